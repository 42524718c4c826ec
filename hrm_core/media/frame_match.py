"""Which frame of a new file is which frame of the old one, from how they look.

Both ledgers are aligned in order, at least total cost, with frames left out on
either side (global alignment with affine gaps, O. Gotoh, J. Mol. Biol. 162,
1982), near the times at which :mod:`hrm_core.media.time_maps` expects them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hrm_core.errors import UserError
from hrm_core.media.frame_hash import bits_apart
from hrm_core.media.time_maps import expected_times, interval, is_sure, nearest_frames
from hrm_core.progress import CancelToken, NoProgress, Progress
from hrm_core.records.frame_ledger import FrameLedger

__all__ = ["FrameMatch", "match_frames"]

# Costs in bits of the hash.  The same picture made smaller and compressed hard
# was 4-20 bits away in the recordings tried, another moment of the same scene
# 5-110, another scene 128.
_GAP_OPEN_OLD = 8.0
_GAP_OLD = 40.0
_GAP_OPEN_NEW = 1.0
_GAP_NEW = 1.0
# For coming at another moment than expected: per frame, and at most.
_LATE = 8.0
_MOST_LATE = 32.0
# A damaged frame has no look; its neighbours tell where it belongs.
_UNKNOWN = 16
_MOST_APART = 48
_MOST_APART_TYPICALLY = 24
_LEAST_FOUND = 0.6
# How far beside a cut frames are looked at, and how much worse the other side must be in all.
_AROUND_BORDER = 60
_MOST_WORSE = 6.0

_MOST_CELLS = 100_000_000
_LEAST_MARGIN = 64
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
    doubtful : ndarray of bool, shape (n_old,)
        Found, but may be taken for a neighbour: all where another shift would
        explain the frames as well, else those beside a cut in a still moment and
        those that come at other times than the rest of the file says.
    """

    new_of_old: NDArray[np.int64]
    apart: NDArray[np.int64]
    alike: bool
    doubtful: NDArray[np.bool_]

    @property
    def found(self) -> int:
        """How many frames were found."""
        return int((self.new_of_old >= 0).sum())


def match_frames(
    old: FrameLedger,
    new: FrameLedger,
    *,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> FrameMatch:
    """Find the frames of one file in another: re-encoded, resized, trimmed, cut or with frames dropped.

    Parameters
    ----------
    old, new : FrameLedger
        Made by the same method.
    progress : Progress, optional
        Told of frames.
    cancel : CancelToken, optional
        Asked between frames.

    Returns
    -------
    FrameMatch
        Each new frame stands for one old frame at most.

    Raises
    ------
    UserError
        If the files are so long and so differently cut that they cannot be compared.
    Cancelled
        On request.
    ValueError
        If the ledgers were made by different methods.
    """
    if old.method != new.method:
        raise ValueError(f"hashes of {old.method} and {new.method} cannot be compared")
    if np.array_equal(old.hashes, new.hashes) and np.allclose(old.times, new.times, atol=1e-3):
        same = np.arange(len(old))
        return FrameMatch(same, np.zeros_like(same), alike=True, doubtful=np.zeros(len(old), dtype=np.bool_))
    expected = expected_times(old, new)
    table = _Table(old, new, expected, *_band(old, new, expected))
    path = table.path(progress or NoProgress(), cancel or CancelToken())
    new_of_old, apart = _accepted(old, new, path)
    found = new_of_old >= 0
    if is_sure(old, new, expected, new_of_old):
        doubtful = _late_rows(new, expected, new_of_old) | _border_rows(old, new, expected, new_of_old)
    else:
        doubtful = found.copy()
    return FrameMatch(new_of_old, apart, _alike(old, new, expected, new_of_old), doubtful)


def _late_rows(
    new: FrameLedger, expected: NDArray[np.float64], new_of_old: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Frames found at other times than any opinion says."""
    late = np.abs(new.times[new_of_old] - expected).min(axis=0) > 1.5 * interval(new)
    return np.asarray((new_of_old >= 0) & late, dtype=np.bool_)


def _border_rows(
    old: FrameLedger, new: FrameLedger, expected: NDArray[np.float64], new_of_old: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Frames on either side of a cut that would fit the other side as well."""
    doubtful = np.zeros(len(old), dtype=np.bool_)
    rows = np.flatnonzero(new_of_old >= 0)
    shift = new_of_old[rows] - rows
    for at in np.flatnonzero(np.diff(shift)).tolist():
        # Before the cut with the shift behind it, and the other way round.
        for row, step, other in ((int(rows[at]), -1, shift[at + 1]), (int(rows[at + 1]), 1, shift[at])):
            worse = 0.0
            for place in range(row, row + step * _AROUND_BORDER, step):
                column = place + int(other)
                if not (0 <= place < len(old) and 0 <= column < len(new)) or new_of_old[place] < 0:
                    break
                worse += _cost(old, new, expected, place, column)
                worse -= _cost(old, new, expected, place, int(new_of_old[place]))
                if worse > _MOST_WORSE:
                    break
                doubtful[place] = True
    return doubtful


def _cost(old: FrameLedger, new: FrameLedger, expected: NDArray[np.float64], row: int, column: int) -> float:
    late = float(np.abs(new.times[column] - expected[:, row]).min()) / interval(new)
    return float(bits_apart(old.hashes[row], new.hashes[column])) + min(_LATE * late, _MOST_LATE)


def _accepted(
    old: FrameLedger, new: FrameLedger, path: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of the path that look alike, or lie between two that do."""
    new_of_old = np.full(len(old), -1, dtype=np.int64)
    apart = new_of_old.copy()
    rows, columns = path[:, 0], path[:, 1]
    known = old.hashes[rows].any(axis=1) & new.hashes[columns].any(axis=1)
    distance = bits_apart(old.hashes[rows], new.hashes[columns])
    seen = known & (distance <= _MOST_APART)
    new_of_old[rows[seen]] = columns[seen]
    apart[rows[seen]] = distance[seen]
    for row, column in path[~known].tolist():
        # One by one and in order, so that a run of damaged frames is followed too.
        before = row == 0 or new_of_old[row - 1] == column - 1
        after = np.flatnonzero(new_of_old[row + 1 :] >= 0)
        closed = not len(after) or new_of_old[row + 1 + after[0]] == column + 1 + after[0]
        if before and closed:
            new_of_old[row], apart[row] = column, _UNKNOWN
    return new_of_old, apart


def _alike(
    old: FrameLedger, new: FrameLedger, expected: NDArray[np.float64], new_of_old: NDArray[np.int64]
) -> bool:
    """Whether most of what both files should show was found, and looks alike."""
    places = np.stack([nearest_frames(new, opinion) for opinion in expected])
    inside = (places >= 0).any(axis=0) & old.hashes.any(axis=1)
    # Of a copy with half the frames no more than half can be found.
    possible = min(int(inside.sum()), len(new))
    if not inside.any() or (new_of_old[inside] >= 0).sum() < _LEAST_FOUND * possible:
        return False
    apart = np.where(places >= 0, bits_apart(old.hashes[np.newaxis], new.hashes[places]), 256)
    return float(np.median(apart.min(axis=0)[inside])) <= _MOST_APART_TYPICALLY


def _band(
    old: FrameLedger, new: FrameLedger, expected: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Cells of each row that are computed, first and last: all, where that is affordable."""
    n_old, n_new = len(old), len(new)
    margin = max(_LEAST_MARGIN, _MOST_CELLS // max(1, n_old) // 2)
    if 2 * margin >= n_new:
        return np.zeros(n_old, dtype=np.int64), np.full(n_old, n_new, dtype=np.int64)
    near = np.searchsorted(new.times, expected)
    low = np.clip(near.min(axis=0) - margin, 0, n_new)
    high = np.clip(near.max(axis=0) + margin, 0, n_new)
    if int((high - low + 1).sum()) > 4 * _MOST_CELLS:
        raise UserError(
            f"The two files ({n_old} and {n_new} frames) are cut so differently that comparing them would "
            "take too long: cut the recording into shorter videos first."
        )
    return low.astype(np.int64), high.astype(np.int64)


class _Table:
    """The alignment: a row per old frame, of which only a band is computed.

    Cell `j` of a row: the first `j` new frames are dealt with.  It ends in a
    match, in old frames without partner, or in new ones.  Such runs at the ends
    of the files open free.
    """

    def __init__(
        self,
        old: FrameLedger,
        new: FrameLedger,
        expected: NDArray[np.float64],
        low: NDArray[np.int64],
        high: NDArray[np.int64],
    ) -> None:
        self._old, self._new, self._expected = old, new, expected
        self._low, self._high = low, high
        self._step = interval(new)
        self._known: NDArray[np.bool_] = np.asarray(new.hashes.any(axis=1))
        self._steps: list[NDArray[np.uint8]] = []

    def path(self, progress: Progress, cancel: CancelToken) -> NDArray[np.int64]:
        """Pairs (old, new) of the cheapest alignment, ascending, shape (n_pairs, 2)."""
        n_old, n_new = len(self._old), len(self._new)
        progress.start("Looking for every frame", n_old)
        columns = np.arange(n_new + 1, dtype=np.float32)
        # Before the first old frame: only new ones can have been left out.
        start = np.full((3, n_new + 1), _INFINITE, dtype=np.float32)
        start[_NEW] = columns * np.float32(_GAP_NEW)
        cells, first = start, 0
        ends = [(n_old * _GAP_OLD + n_new * _GAP_NEW, 0, 0, _NEW)]
        try:
            for row in range(n_old):
                if row % 64 == 0:
                    cancel.raise_if_cancelled()
                cells, first = self._row(row, cells, first), int(self._low[row])
                if int(self._high[row]) == n_new:
                    state = int(cells[:, -1].argmin())
                    tail = float(cells[state, -1]) + (n_old - 1 - row) * _GAP_OLD
                    ends.append((tail, row + 1, n_new, state))
                progress.advance()
        finally:
            progress.finish()
        left = (n_new - first - np.arange(cells.shape[1], dtype=np.float32)) * np.float32(_GAP_NEW)
        closing = cells.min(axis=0) + left
        at = int(closing.argmin())
        ends.append((float(closing[at]), n_old, first + at, int(cells[:, at].argmin())))
        _, row, column, state = min(ends)
        return self._traced(row, column, state)

    def _row(self, row: int, above: NDArray[np.float32], above_first: int) -> NDArray[np.float32]:
        first, last = int(self._low[row]), int(self._high[row])
        opening = np.array([[_GAP_OPEN_OLD], [0], [_GAP_OPEN_OLD]], dtype=np.float32)
        diagonal = _window(above, above_first, first - 1, last)
        straight = _window(above, above_first, first, last + 1) + opening
        cells = np.empty((3, last - first + 1), dtype=np.float32)
        cells[_MATCH] = diagonal.min(axis=0) + self._costs(row, first, last)
        cells[_OLD] = straight.min(axis=0) + np.float32(_GAP_OLD)
        if first == 0:
            # A run of old frames at the beginning opens free.
            cells[_OLD, 0] = (row + 1) * _GAP_OLD
        np.minimum(cells, _INFINITE, out=cells)
        cells[_NEW], from_new = _along(cells[_MATCH], cells[_OLD])
        from_match, from_old = diagonal.argmin(axis=0), straight.argmin(axis=0)
        self._steps.append((from_match | from_old << 2 | from_new << 4).astype(np.uint8))
        return cells

    def _costs(self, row: int, first: int, last: int) -> NDArray[np.float32]:
        """What it costs to take the new frame before each cell for the old one."""
        begin = max(0, first - 1)
        hashes, times = self._new.hashes[begin:last], self._new.times[begin:last]
        unlike = np.array(bits_apart(self._old.hashes[row], hashes), dtype=np.float32)
        unlike[~self._known[begin:last]] = _UNKNOWN
        if not self._old.hashes[row].any():
            unlike[:] = _UNKNOWN
        late = np.abs(times[np.newaxis] - self._expected[:, row, np.newaxis]).min(axis=0) / self._step
        costs = unlike + np.minimum(_LATE * late, _MOST_LATE).astype(np.float32)
        # No frame lies before the cell of none.
        return costs if first > 0 else np.concatenate(([_INFINITE], costs)).astype(np.float32)

    def _traced(self, row: int, column: int, state: int) -> NDArray[np.int64]:
        """Follow the cheapest alignment back from its end."""
        pairs: list[tuple[int, int]] = []
        while row > 0 and column > 0:
            step = int(self._steps[row - 1][column - int(self._low[row - 1])])
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


def _window(cells: NDArray[np.float32], first: int, start: int, stop: int) -> NDArray[np.float32]:
    """Cells `start` to `stop` (excluded) of a row that begins with cell `first`, infinite beyond it."""
    there = slice(max(start, first), min(stop, first + cells.shape[1]))
    window = np.full((3, stop - start), _INFINITE, dtype=np.float32)
    if there.start < there.stop:
        window[:, there.start - start : there.stop - start] = cells[
            :, there.start - first : there.stop - first
        ]
    return window


def _along(
    match: NDArray[np.float32], gap_old: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Cells of a row that end in new frames left out, and what the cell before each ends in."""
    base = np.minimum(match, gap_old) + np.float32(_GAP_OPEN_NEW)
    slope = np.arange(len(match), dtype=np.float32) * np.float32(_GAP_NEW)
    gap_new = np.full_like(match, _INFINITE)
    # A run is cheapest from wherever it is cheapest to open it: a running minimum.
    gap_new[1:] = np.minimum.accumulate(base - slope)[:-1] + slope[1:]
    before = np.asarray(np.where(match <= gap_old, _MATCH, _OLD), dtype=np.int64)
    before[gap_new <= base] = _NEW
    return gap_new, np.concatenate(([_MATCH], before[:-1]))
