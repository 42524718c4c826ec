"""Where two codings differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from hrm_core.records.agreement import Disagreement, RecordingPart
from hrm_core.records.code_grid import COLUMN_OF
from hrm_core.reliability.pairing import Paired

__all__ = ["disagreements", "disagreements_in"]


def disagreements(paired: Paired, actions: Sequence[str]) -> tuple[Disagreement, ...]:
    """Runs of frames to which two sources give different codes.

    Parameters
    ----------
    paired : Paired
        The common frames.
    actions : sequence of str
        Keys of the actions that count; where one source cannot judge an action, nothing is said.

    Returns
    -------
    tuple of Disagreement
        By recording, first frame and action.
    """
    bounds = np.searchsorted(paired.recording, np.arange(len(paired.parts) + 1))
    found: list[Disagreement] = []
    for number, part in enumerate(paired.parts):
        here = slice(bounds[number], bounds[number + 1])
        judged = [key for key in actions if paired.judged[number, COLUMN_OF[key]]]
        found += disagreements_in(part, paired.frames[here], paired.first[here], paired.second[here], judged)
    return tuple(found)


def disagreements_in(
    part: RecordingPart,
    frames: NDArray[np.int64],
    first: NDArray[np.uint8],
    second: NDArray[np.uint8],
    actions: Sequence[str],
) -> list[Disagreement]:
    """Runs of frames of one recording to which two sources give different codes.

    Parameters
    ----------
    part : RecordingPart
        Which recording; its counts are not looked at.
    frames : ndarray of int64, shape (n_frames,)
        Frames that both coded, ascending.
    first, second : ndarray of uint8, shape (n_frames, 35)
        Codes 0-5; columns in the order of the catalogue.
    actions : sequence of str
        Keys of the actions that both can judge.

    Returns
    -------
    list of Disagreement
        By first frame, then in the order of `actions`.  A run ends where the frames do
        not follow one another, or either code changes.
    """
    if not len(frames):
        return []
    found = [
        (run.first_frame, place, run)
        for place, key in enumerate(actions)
        for run in _runs(part, key, frames, first[:, COLUMN_OF[key]], second[:, COLUMN_OF[key]])
    ]
    return [run for _, _, run in sorted(found, key=lambda entry: entry[:2])]


def _runs(
    part: RecordingPart,
    key: str,
    frames: NDArray[np.int64],
    first: NDArray[np.uint8],
    second: NDArray[np.uint8],
) -> Iterator[Disagreement]:
    new = np.ones(len(frames), dtype=np.bool_)
    new[1:] = (np.diff(frames) != 1) | (first[1:] != first[:-1]) | (second[1:] != second[:-1])
    starts = np.flatnonzero(new)
    ends = np.append(starts[1:], len(frames)) - 1
    differ = first[starts] != second[starts]
    for start, end in zip(starts[differ].tolist(), ends[differ].tolist(), strict=True):
        yield Disagreement(
            key,
            part.participant,
            part.video,
            part.video_id,
            int(frames[start]),
            int(frames[end]),
            int(first[start]),
            int(second[start]),
        )
