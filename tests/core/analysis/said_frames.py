"""Coded frames written as scores, so that a test can be read and counted by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hrm_core.facs import ACTIONS, parse_score
from hrm_core.records.coded_frames import EXPRESSIONS, NO_EXPRESSION, NOT_CODABLE, AnalysedChild, CodedFrames

KEYS = tuple(entry.key for entry in ACTIONS)
FPS = 10.0
GAP = "|"
"""A frame that nobody coded."""
HIDDEN = "?"
"""Before the action that could not be seen: ``"?6"``, alone in its frame."""


@dataclass(frozen=True)
class Said:
    """One recording.

    Attributes
    ----------
    child, group : str
        Whose it is.
    scores : str
        One score for each frame, with blanks between.
    expression : str
        Of all its frames; unknown if empty.
    video : str
        Its name.
    """

    child: str
    group: str
    scores: str
    expression: str = ""
    video: str = "play"


def said_frames(*recordings: Said, actions: Sequence[str] = KEYS) -> CodedFrames:
    """Frames of some recordings, those of one child behind one another, shown ten a second."""
    groups = {one.child: one.group for one in recordings}
    names = list(groups)
    rows: list[tuple[int, int, int, int]] = []
    codes: list[np.ndarray] = []
    for video, one in enumerate(recordings):
        for frame, score in enumerate(one.scores.split()):
            if score == GAP:
                continue
            shown = EXPRESSIONS.index(one.expression) if one.expression else NO_EXPRESSION
            rows.append((names.index(one.child), video, frame, shown))
            codes.append(_codes(score, actions))
    child, of_video, frame, expression = np.array(rows, dtype=np.int64).reshape(-1, 4).T
    grid = np.array(codes, dtype=np.uint8).reshape(-1, len(actions))
    return CodedFrames(
        "Coder",
        tuple(actions),
        tuple(AnalysedChild(name, group) for name, group in groups.items()),
        tuple((names.index(one.child), one.video) for one in recordings),
        child.astype(np.int32),
        of_video.astype(np.int32),
        frame,
        frame / FPS,
        grid,
        expression.astype(np.int8),
        np.full(grid.shape, np.nan, dtype=np.float32),
    )


def random_frames(
    seed: int, children: int = 6, frames: int = 60, actions: Sequence[str] = KEYS
) -> CodedFrames:
    """Made-up frames of children in two groups, in which actions last some frames and a few are hidden."""
    rng = np.random.default_rng(seed)
    blank = [Said(f"C{at}", ("ASD", "TD")[at % 2], "0 " * frames) for at in range(children)]
    said = said_frames(*blank, actions=actions)
    n = len(said.frame)
    held = rng.random((n, len(actions)))[np.repeat(np.arange(n), rng.integers(1, 9, n))[:n]]
    said.codes[:] = np.where(held < 0.3, rng.integers(1, 4, held.shape), 0)
    said.codes[rng.random(held.shape) < 0.01] = NOT_CODABLE
    said.frame[:] += np.cumsum(rng.random(len(said.frame)) < 0.05)
    said.seconds[:] = said.frame / FPS
    said.expression[:] = rng.integers(-1, len(EXPRESSIONS), len(said.frame))
    return said


def _codes(score: str, actions: Sequence[str]) -> np.ndarray:
    codes = np.zeros(len(actions), dtype=np.uint8)
    if score.startswith(HIDDEN):
        (hidden,) = parse_score(score[1:])
        codes[list(actions).index(hidden.key)] = NOT_CODABLE
        return codes
    for entry in parse_score(score):
        codes[list(actions).index(entry.key)] = entry.code
    return codes
