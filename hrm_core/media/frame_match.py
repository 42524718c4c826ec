"""Which frame of a new file is which frame of the old one, from how they look.

Neighbouring frames of a face hardly differ, so no frame can be recognised on
its own.  Whole recordings can: both ledgers are aligned in order, at least
total cost, with frames left out on either side (global alignment with affine
gaps, O. Gotoh, J. Mol. Biol. 162, 1982).  Times break the ties of still scenes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hrm_core.media.frame_hash import HASH_BITS, bits_apart
from hrm_core.records.frame_ledger import FrameLedger

__all__ = ["FrameMatch", "match_frames"]

# Costs in bits of the hash.  The same picture made smaller and compressed hard
# was 4-12 bits away in the recordings tried, another moment of the same scene
# 20-110, another scene 128.
_GAP_OPEN_OLD = 8.0
_GAP_OLD = 40.0
_GAP_OPEN_NEW = 1.0
_GAP_NEW = 1.0
# For coming at another moment than the offset of the files says: per frame, and at most.
_LATE = 8.0
_MOST_LATE = 32.0
_MOST_APART = 48
_MOST_APART_TYPICALLY = 24

# Simple opinions about times hold unless another is better by more bits per frame;
# another one is heard if it is better by so many bits on so large a part.
_SAME_OPINION = 3.0
_MUCH_BETTER = 10
_WORTH_HEARING = 0.03
_LEAST_INSIDE = 0.1
_GIVEN_UP = 4.0
_OFFSETS = 6
_SAMPLES = 400
_MOST_CELLS = 150_000_000
_INFINITE = np.float32(1e9)

# What a cell of the alignment ends in.
_MATCH, _OLD, _NEW = 0, 1, 2


@dataclass(frozen=True, slots=True, eq=False)
class FrameMatch:
    """Where the frames of a recording are in another file.

    Attributes
    ----------
    new_of_old : ndarray of int64, shape (n_old,)
        Frame number in the new file, rising; -1 where it is not there.
    apart : ndarray of int64, shape (n_old,)
        Bits in which the hashes differ; -1 where it is not there.
    alike : bool
        Whether this is the same recording at all.
    off_time : int
        Frames found at other times than the rest of the file says.  Where the
        scene is still, these may be a frame or more beside the right one.
    """

    new_of_old: NDArray[np.int64]
    apart: NDArray[np.int64]
    alike: bool
    off_time: int

    @property
    def found(self) -> int:
        """How many frames were found."""
        return int((self.new_of_old >= 0).sum())


def match_frames(old: FrameLedger, new: FrameLedger) -> FrameMatch:
    """Find the frames of one file in another: re-encoded, resized, trimmed, cut or with frames dropped.

    Parameters
    ----------
    old, new : FrameLedger
        Made by the same method.

    Returns
    -------
    FrameMatch
        Each new frame stands for one old frame at most.

    Raises
    ------
    ValueError
        If the ledgers were made by different methods.
    """
    if old.method != new.method:
        raise ValueError(f"hashes of {old.method} and {new.method} cannot be compared")
    expected = _expected_times(old, new)
    low, high = _band(old, new, expected)
    path = _align(old, new, expected, low, high)
    new_of_old = np.full(len(old), -1, dtype=np.int64)
    apart = np.full(len(old), -1, dtype=np.int64)
    if len(path):
        rows, columns = path[:, 0], path[:, 1]
        distance = bits_apart(old.hashes[rows], new.hashes[columns])
        seen = (distance <= _MOST_APART) & old.hashes[rows].any(axis=1) & new.hashes[columns].any(axis=1)
        new_of_old[rows[seen]] = columns[seen]
        apart[rows[seen]] = distance[seen]
    found = apart[apart >= 0]
    alike = len(found) > 0 and float(np.median(found)) <= _MOST_APART_TYPICALLY
    rows = np.flatnonzero(new_of_old >= 0)
    late = np.abs(new.times[new_of_old[rows]] - expected[:, rows]).min(axis=0)
    return FrameMatch(new_of_old, apart, bool(alike), int((late > 1.5 * _interval(new)).sum()))


def _interval(ledger: FrameLedger) -> float:
    """Typical seconds between two frames."""
    gaps = np.diff(ledger.times)
    return float(np.median(gaps)) if len(gaps) else 1.0


def _expected_times(old: FrameLedger, new: FrameLedger) -> NDArray[np.float64]:
    """When each old frame would be shown in the new file, in several opinions, shape (n_opinions, n_old).

    The files begin together, end together, or run at another speed; and every
    cut begins an opinion of its own.  Another opinion is heard only where it
    explains what those before it cannot: a hard compression makes frames of a
    still scene look like the one before, and would shift them all.
    """
    sample = np.unique(np.linspace(0, len(old) - 1, min(_SAMPLES, len(old))).astype(np.int64))
    opinions = [old.times, old.times - (old.times[-1] - new.times[-1])]
    n_simple = len(opinions)
    opinions += [old.times - offset for offset in _voted_offsets(old, new, sample)]
    if old.times[-1] > 0 and new.times[-1] > 0:
        opinions.append(old.times * (new.times[-1] / old.times[-1]))
    unlike, inside = map(
        np.array, zip(*(_unlikeness(old, new, at[sample], sample) for at in opinions), strict=True)
    )
    scores = _scores(unlike, inside)
    scores[:n_simple] -= _SAME_OPINION
    chosen = [int(scores.argmin())]
    while len(chosen) < len(opinions):
        # What lies outside the new file is explained: it was cut off.
        open_questions = inside[chosen].any(axis=0)
        explained = (unlike[chosen].min(axis=0) - unlike > _MUCH_BETTER) & open_questions
        best = int(explained.sum(axis=1).argmax())
        if explained[best].sum() < max(2, len(sample) * _WORTH_HEARING):
            break
        chosen.append(best)
    return np.array([opinions[at] for at in chosen])


def _scores(unlike: NDArray[np.int64], inside: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Mean bits of each opinion, with a little for every frame it gives up."""
    count = inside.sum(axis=1)
    means = np.where(inside, unlike, 0).sum(axis=1) / np.maximum(1, count)
    share = count / inside.shape[1]
    scores: NDArray[np.float64] = np.where(share < _LEAST_INSIDE, HASH_BITS, means + _GIVEN_UP * (1 - share))
    return scores


def _unlikeness(
    old: FrameLedger, new: FrameLedger, at: NDArray[np.float64], sample: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Bits between sampled old frames and the new ones shown at some times, and whether any is shown."""
    right = np.clip(np.searchsorted(new.times, at), 0, len(new) - 1)
    left = np.maximum(right - 1, 0)
    nearest = np.where(np.abs(new.times[left] - at) <= np.abs(new.times[right] - at), left, right)
    step = _interval(new)
    inside = (at > -0.6 * step) & (at < new.times[-1] + 0.6 * step)
    apart = bits_apart(old.hashes[sample], new.hashes[nearest])
    return np.where(inside, apart, HASH_BITS // 2), inside


def _voted_offsets(old: FrameLedger, new: FrameLedger, sample: NDArray[np.int64]) -> list[float]:
    """Seconds by which parts of the new file are early, the likeliest first.

    Every sampled old frame votes for the new frames it looks most like; votes of
    still scenes scatter, those of moving ones agree.
    """
    step = _interval(new)
    votes: dict[int, float] = {}
    for row in sample.tolist():
        distance = bits_apart(old.hashes[row], new.hashes)
        likely = np.flatnonzero(distance <= distance.min() + 2)
        for bin_ in np.unique(np.round((old.times[row] - new.times[likely]) / step)).astype(int).tolist():
            votes[bin_] = votes.get(bin_, 0.0) + 1 / len(likely)
    # Rounding splits the votes of one offset over two neighbours.
    smooth = {bin_: votes[bin_] + votes.get(bin_ - 1, 0.0) + votes.get(bin_ + 1, 0.0) for bin_ in votes}
    chosen: list[int] = []
    for bin_ in sorted(smooth, key=lambda bin_: (-votes[bin_], abs(bin_))):
        supported = len(chosen) < _OFFSETS and smooth[bin_] >= 0.05 * max(smooth.values())
        if supported and all(abs(bin_ - other) > 2 for other in chosen):
            chosen.append(bin_)
    return [bin_ * step for bin_ in chosen]


def _band(
    old: FrameLedger, new: FrameLedger, expected: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """New frames each old one is compared with, first and past the last: all, where that is affordable."""
    n_old, n_new = len(old), len(new)
    margin = max(64, _MOST_CELLS // max(1, n_old) // 2)
    if 2 * margin >= n_new:
        return np.zeros(n_old, dtype=np.int64), np.full(n_old, n_new, dtype=np.int64)
    near = np.searchsorted(new.times, expected)
    low = np.clip(near.min(axis=0) - margin, 0, n_new - 1)
    high = np.clip(near.max(axis=0) + margin, 1, n_new)
    return low.astype(np.int64), np.maximum(high, low + 1).astype(np.int64)


def _align(
    old: FrameLedger,
    new: FrameLedger,
    expected: NDArray[np.float64],
    low: NDArray[np.int64],
    high: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Pairs (old, new) of the cheapest alignment, ascending, shape (n_pairs, 2).

    One row per old frame; cell `j` of a row: the first `j` new frames are dealt
    with.  It ends in a match, in old frames without partner, or in new ones.
    Such runs at the ends of the files open free.
    """
    n_old, n_new = len(old), len(new)
    columns = np.arange(n_new + 1, dtype=np.float32)
    nothing = np.full(n_new + 1, _INFINITE, dtype=np.float32)
    cells = np.stack([nothing, nothing, columns * np.float32(_GAP_NEW)])
    ends = [(n_old * _GAP_OLD + n_new * _GAP_NEW, 0, 0, _NEW)]
    steps: list[NDArray[np.uint8]] = []
    opening = np.array([[_GAP_OPEN_OLD], [0], [_GAP_OPEN_OLD]], dtype=np.float32)
    for row in range(n_old):
        first, last = int(low[row]), int(high[row])
        here = slice(first + 1, last + 1)
        diagonal, above = cells[:, first:last], cells[:, here] + opening
        match, gap_old = nothing.copy(), nothing.copy()
        match[here] = diagonal.min(axis=0) + _costs(old, new, expected[:, row], row, first, last)
        gap_old[here] = above.min(axis=0) + np.float32(_GAP_OLD)
        gap_old[0] = (row + 1) * _GAP_OLD
        gap_new, from_new = _along(match, gap_old, columns, here)
        from_match, from_old = diagonal.argmin(axis=0), above.argmin(axis=0)
        steps.append((from_match | from_old << 2 | from_new << 4).astype(np.uint8))
        cells = np.stack([match, gap_old, gap_new])
        state = int(cells[:, n_new].argmin())
        ends.append((float(cells[state, n_new]) + (n_old - 1 - row) * _GAP_OLD, row + 1, n_new, state))
    closing = cells.min(axis=0) + (n_new - columns) * np.float32(_GAP_NEW)
    column = int(closing.argmin())
    ends.append((float(closing[column]), n_old, column, int(cells[:, column].argmin())))
    _, row, column, state = min(ends)
    return _traced(steps, low, row, column, state)


def _costs(
    old: FrameLedger, new: FrameLedger, expected: NDArray[np.float64], row: int, first: int, last: int
) -> NDArray[np.float32]:
    """What it costs to take the new frames `first` to `last` (excluded) for an old one."""
    late = np.abs(new.times[np.newaxis, first:last] - expected[:, np.newaxis]).min(axis=0) / _interval(new)
    unlike = bits_apart(old.hashes[row], new.hashes[first:last])
    return np.asarray(unlike + np.minimum(_LATE * late, _MOST_LATE), dtype=np.float32)


def _along(
    match: NDArray[np.float32], gap_old: NDArray[np.float32], columns: NDArray[np.float32], here: slice
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Cells of a row that end in new frames left out, and what the cell before each ends in."""
    base = np.minimum(match, gap_old) + np.float32(_GAP_OPEN_NEW)
    slope = columns * np.float32(_GAP_NEW)
    gap_new = np.full_like(match, _INFINITE)
    # A run is cheapest from wherever it is cheapest to open it: a running minimum.
    gap_new[1:] = np.minimum.accumulate(base - slope)[:-1] + slope[1:]
    goes_on = gap_new[:-1] <= base[:-1]
    before = np.where(goes_on, _NEW, np.where(match[:-1] <= gap_old[:-1], _MATCH, _OLD))
    came_from = before[here.start - 1 : here.stop - 1]
    gap_new[: here.start] = _INFINITE
    gap_new[here.stop :] = _INFINITE
    return gap_new, came_from


def _traced(
    steps: list[NDArray[np.uint8]], low: NDArray[np.int64], row: int, column: int, state: int
) -> NDArray[np.int64]:
    """Follow the cheapest alignment back from its end."""
    pairs: list[tuple[int, int]] = []
    while row > 0 and column > 0:
        step = int(steps[row - 1][column - 1 - int(low[row - 1])])
        if state == _MATCH:
            row, column = row - 1, column - 1
            pairs.append((row, column))
            state = step & 3
        elif state == _OLD:
            row -= 1
            state = step >> 2 & 3
        else:
            column -= 1
            state = step >> 4 & 3
    return np.array(pairs[::-1], dtype=np.int64).reshape(-1, 2)
