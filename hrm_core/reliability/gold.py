"""A coder's codes beside a gold standard."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from hrm_core.facs import ALL_ACTIONS
from hrm_core.records.code_table import CodeTable
from hrm_core.records.training import ActionResult, GoldClip, Mistake, MistakeKind, TrainingScore
from hrm_core.stats.facs_agreement import PASS_MARK, facs_agreement

__all__ = ["compare_with_gold"]


def compare_with_gold(
    clip: GoldClip, gold: CodeTable, coded: CodeTable, hidden: frozenset[str] = frozenset()
) -> TrainingScore:
    """Compare what a coder says of a clip with the gold standard.

    Parameters
    ----------
    clip : GoldClip
        Which frames.
    gold, coded : CodeTable
        What both say; frames that are missing in one are left out.
    hidden : frozenset of str
        Keys of actions that this coder cannot see, which are left out.

    Returns
    -------
    TrainingScore
        With attempt 1.
    """
    shared = np.intersect1d(gold.frames, coded.frames, assume_unique=True)
    shared = shared[(shared >= clip.first_frame) & (shared <= clip.last_frame)]
    judged = np.array([entry.key not in hidden for entry in ALL_ACTIONS])
    right = np.where(judged, gold.codes[np.searchsorted(gold.frames, shared)], 0).astype(np.uint8)
    said = np.where(judged, coded.codes[np.searchsorted(coded.frames, shared)], 0).astype(np.uint8)
    found = facs_agreement(right, said)
    sides = ((right != said) & (right != 0) & (said != 0)).sum(axis=0)
    index = None if np.isnan(found.index) else found.index
    return TrainingScore(
        clip,
        frames=len(shared),
        left_out=len(clip) - len(shared),
        index=index,
        passed=None if index is None else index >= PASS_MARK,
        actions=tuple(
            ActionResult(
                ALL_ACTIONS[at].key,
                float(found.per_action[at]),
                int(found.both[at]),
                int(found.first[at]),
                int(found.second[at]),
                int(sides[at]),
            )
            for at in np.flatnonzero(found.first + found.second)
        ),
        mistakes=tuple(_mistakes(shared, right, said)),
    )


def _mistakes(
    frames: NDArray[np.int64], right: NDArray[np.uint8], said: NDArray[np.uint8]
) -> Iterator[Mistake]:
    """Stretches of neighbouring frames with the same difference, by first frame."""
    found = []
    for at in np.flatnonzero((right != said).any(axis=0)):
        current: Mistake | None = None
        for frame, gold, code in zip(
            frames.tolist(), right[:, at].tolist(), said[:, at].tolist(), strict=True
        ):
            goes_on = current is not None and frame == current.last_frame + 1
            if current and goes_on and (gold, code) == (current.gold, current.coded):
                current = replace(current, last_frame=frame)
                continue
            if current:
                found.append((current.first_frame, int(at), current))
            current = None
            if gold != code:
                kind = (
                    MistakeKind.SIDE if gold and code else MistakeKind.MISSED if gold else MistakeKind.EXTRA
                )
                current = Mistake(kind, ALL_ACTIONS[at].key, frame, frame, gold, code)
        if current:
            found.append((current.first_frame, int(at), current))
    return (mistake for _, _, mistake in sorted(found, key=lambda entry: entry[:2]))
