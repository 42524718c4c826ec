"""What follows from two codings and the decisions on what they disagree about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hrm_core.records.adjudication import TAKEN_OVER, Decision, Dispute
from hrm_core.records.agreement import Disagreement
from hrm_core.records.code_grid import COLUMN_OF

__all__ = ["BothCodings", "OneCoding", "Resolution", "differing", "resolve"]

_NOBODY = -1


@dataclass(frozen=True, slots=True, eq=False)
class BothCodings:
    """What two raters say of one recording.

    Attributes
    ----------
    frames : ndarray of int64, shape (n_frames,)
        Frames that both coded, ascending.
    first, second : ndarray of uint8, shape (n_frames, 35)
        Codes 0-5, in the order of the catalogue; 0 where an action is not judged.
    first_intensities, second_intensities : ndarray of uint8, shape (n_frames, 35)
        1-5 for A-E, 0 where none is told.
    judged : ndarray of bool, shape (35,)
        Actions that both can judge.
    not_codable : ndarray of int64
        Frames that both call not codable.
    one_not_codable : ndarray of int64
        Frames that one coded and the other calls not codable.
    """

    frames: NDArray[np.int64]
    first: NDArray[np.uint8]
    second: NDArray[np.uint8]
    first_intensities: NDArray[np.uint8]
    second_intensities: NDArray[np.uint8]
    judged: NDArray[np.bool_]
    not_codable: NDArray[np.int64]
    one_not_codable: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class OneCoding:
    """What one rater says of one recording.

    Attributes
    ----------
    frames : ndarray of int64, shape (n_frames,)
        Frames with codes, ascending.
    codes, intensities : ndarray of uint8, shape (n_frames, 35)
        Codes 0-5, and intensities 1-5 or 0.
    not_codable : ndarray of int64
        Frames that are called not codable, ascending.
    """

    frames: NDArray[np.int64]
    codes: NDArray[np.uint8]
    intensities: NDArray[np.uint8]
    not_codable: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.frames) + len(self.not_codable)


@dataclass(frozen=True, slots=True, eq=False)
class Resolution:
    """How the decisions settle what two raters disagree about, frame by frame.

    Attributes
    ----------
    frames : ndarray of int64, shape (n_frames,)
        Frames that both coded, ascending.
    differ : ndarray of bool, shape (n_frames, 35)
        Whether they give an action different codes.
    entry : ndarray of int64, shape (n_frames, 35)
        Place in the log of the newest decision on an action of a frame, whether it holds or
        not; -1 where there is none, or it was taken back.
    decided : ndarray of bool, shape (n_frames, 35)
        Disagreements whose newest decision is about the codes as they are now.
    outdated : ndarray of bool, shape (n_frames, 35)
        Where the newest decision is about other codes than those of now.
    taken : ndarray of bool, shape (n_frames,)
        Frames taken over as far as both agree.
    settled : ndarray of bool, shape (n_frames,)
        Frames that have a consensus: every disagreement is decided, or there is none and the
        frame is taken over.
    codes, intensities : ndarray of uint8, shape (n_frames, 35)
        The consensus; it means nothing where a frame is not settled.
    not_codable : ndarray of int64
        Frames that both call not codable and that are taken over.
    """

    frames: NDArray[np.int64]
    differ: NDArray[np.bool_]
    entry: NDArray[np.int64]
    decided: NDArray[np.bool_]
    outdated: NDArray[np.bool_]
    taken: NDArray[np.bool_]
    settled: NDArray[np.bool_]
    codes: NDArray[np.uint8]
    intensities: NDArray[np.uint8]
    not_codable: NDArray[np.int64]

    @property
    def consensus(self) -> OneCoding:
        """What holds of the frames that are settled."""
        return OneCoding(
            self.frames[self.settled],
            self.codes[self.settled],
            self.intensities[self.settled],
            self.not_codable,
        )

    def disputes(self, runs: Sequence[Disagreement], log: Sequence[Decision]) -> Iterator[Dispute]:
        """Each run with its decision, parted where another decision begins.

        A decision that was undone on some frames and holds there again is still one decision.

        Parameters
        ----------
        runs : sequence of Disagreement
            Of these frames.
        log : sequence of Decision
            The one these were resolved with.
        """
        known_at: dict[Decision, int] = {}
        same = np.array(
            [
                *(
                    known_at.setdefault(replace(entry, first_frame=0, last_frame=0), place)
                    for place, entry in enumerate(log)
                ),
                _NOBODY,
            ],
            dtype=np.int64,
        )
        for run in runs:
            column = COLUMN_OF[run.action]
            start = int(np.searchsorted(self.frames, run.first_frame))
            # The last place stands for nobody, as -1 does.
            entries = same[self.entry[start : start + len(run), column]]
            breaks = np.flatnonzero(np.diff(entries)) + 1
            for first, last in zip([0, *breaks], [*breaks, len(run)], strict=True):
                here = start + int(first)
                part = replace(
                    run,
                    first_frame=run.first_frame + int(first),
                    last_frame=run.first_frame + int(last) - 1,
                )
                known = None if entries[first] == _NOBODY else log[entries[first]]
                holds = bool(self.decided[here, column])
                yield Dispute(part, known if holds else None, None if holds else known)


def resolve(both: BothCodings, log: Sequence[Decision]) -> Resolution:
    """What two codings and a log of decisions make of a recording.

    The newest entry on an action of a frame counts, and only if it is about the codes that the
    raters give now.  A frame is settled as a whole or not at all.  Where both say the same
    intensity it stays; where they do not, nobody has decided it and none is told.

    Parameters
    ----------
    both : BothCodings
        The codings as they are now.
    log : sequence of Decision
        Of this recording and these raters in this order, the oldest first.

    Returns
    -------
    Resolution
    """
    shape = both.first.shape
    entry = np.full(shape, _NOBODY, dtype=np.int64)
    about = np.zeros((*shape, 3), dtype=np.uint8)
    taken = np.zeros(len(both.frames), dtype=np.bool_)
    taken_unseen = np.zeros(len(both.not_codable), dtype=np.bool_)
    for place, decision in enumerate(log):
        rows = _rows(both.frames, decision)
        if decision.action == TAKEN_OVER:
            taken[rows] = not decision.taken_back
            taken_unseen[_rows(both.not_codable, decision)] = not decision.taken_back
            continue
        column = COLUMN_OF[decision.action]
        entry[rows, column] = _NOBODY if decision.taken_back else place
        about[rows, column] = (decision.first_code, decision.second_code, decision.code)
    differ = (both.first != both.second) & both.judged
    known = entry != _NOBODY
    same = (about[..., 0] == both.first) & (about[..., 1] == both.second)
    decided = differ & known & same
    disputed = differ.any(axis=1)
    codes = np.where(decided, about[..., 2], both.first) * both.judged
    agreed = (both.first_intensities == both.second_intensities) & (codes != 0)
    return Resolution(
        frames=both.frames,
        differ=differ,
        entry=entry,
        decided=decided,
        outdated=known & ~same & both.judged,
        taken=taken,
        settled=(differ == decided).all(axis=1) & (disputed | taken),
        codes=codes.astype(np.uint8),
        intensities=np.where(agreed, both.first_intensities, 0).astype(np.uint8),
        not_codable=both.not_codable[taken_unseen],
    )


def differing(wanted: OneCoding, kept: OneCoding) -> NDArray[np.int64]:
    """Frames, ascending, of which two codings do not say the same."""
    shared, here, there = np.intersect1d(wanted.frames, kept.frames, assume_unique=True, return_indices=True)
    changed = (wanted.codes[here] != kept.codes[there]) | (
        wanted.intensities[here] != kept.intensities[there]
    )
    parts = (
        shared[changed.any(axis=1)],
        np.setxor1d(wanted.frames, kept.frames, assume_unique=True),
        np.setxor1d(wanted.not_codable, kept.not_codable, assume_unique=True),
    )
    found: NDArray[np.int64] = np.unique(np.concatenate(parts))
    return found


def _rows(frames: NDArray[np.int64], decision: Decision) -> slice:
    first, last = np.searchsorted(frames, (decision.first_frame, decision.last_frame + 1))
    return slice(int(first), int(last))
