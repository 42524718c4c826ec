"""Tables of events: a row per run of an action with its onset and offset.

Rows of the kind ``frames`` say which frames were coded at all and in which state:
a frame that none of them names is uncoded, never absent.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hrm_core.errors import InvalidFileError
from hrm_core.exchange.code_cells import compare_times, read_code, read_seconds, read_state
from hrm_core.exchange.code_runs import (
    Detail,
    SpokenOf,
    code_runs,
    losses_beyond,
    value_runs,
)
from hrm_core.exchange.frame_times import frame_edges, nearest_edge
from hrm_core.exchange.sheet_table import (
    SheetRow,
    SheetTable,
    frame_number,
    read_sheet_table,
    table_bytes,
    write_file,
)
from hrm_core.facs import Code
from hrm_core.records.coding import ActionCode, CodingState, FrameCoding
from hrm_core.records.coding_sheet import CodingSheet, Loss, ReadSheet, RowSeverity

__all__ = ["COLUMNS", "HOLDS", "losses_events", "read_events", "write_events"]

COLUMNS = (
    *("kind", "participant", "video", "rater", "action", "code", "side", "intensity", "state"),
    *("onset_frame", "offset_frame", "onset_s", "offset_s", "duration_s", "n_frames"),
)
"""Columns of the table, in order; the offset frame is the last with the action, ``offset_s`` its end."""

HOLDS = frozenset({Detail.INTENSITY, Detail.STATE})
"""What the table can say besides which action is where."""

_EVENT, _FRAMES = "event", "frames"
_KIND = "a table of events"


def losses_events(sheet: CodingSheet) -> tuple[Loss, ...]:
    """What the table cannot hold of a sheet."""
    return losses_beyond(sheet, HOLDS)


def write_events(path: Path, sheet: CodingSheet) -> tuple[Loss, ...]:
    """Write a sheet as a table of events, whole or not at all.

    Parameters
    ----------
    path : pathlib.Path
        The CSV.
    sheet : CodingSheet
        What is written; seconds are left empty where they are not known.

    Returns
    -------
    tuple of Loss
        What the table cannot hold.

    Raises
    ------
    InvalidFileError
        If it cannot be written.
    """
    write_file(path, table_bytes(COLUMNS, _rows(sheet)))
    return losses_events(sheet)


def _rows(sheet: CodingSheet) -> Iterator[list[str]]:
    edges = None if sheet.times is None else frame_edges(sheet.times)
    who = [sheet.participant, sheet.video, sheet.rater]
    states = {frame: coding.state.value for frame, coding in sheet.codings.items()}
    for first, last, state in value_runs(states):
        yield [_FRAMES, *who, "", "", "", "", state, *_span(first, last, edges)]
    for run in code_runs(sheet.codings, bare=True):
        said = run.code
        code = [said.action, str(int(said.code)), Code(said.code).word, said.intensity or "", ""]
        yield [_EVENT, *who, *code, *_span(run.first, run.last, edges)]


def _span(first: int, last: int, edges: NDArray[np.float64] | None) -> list[str]:
    seconds = ["", "", ""]
    if edges is not None and last + 1 < len(edges):
        onset, offset = float(edges[first]), float(edges[last + 1])
        seconds = [f"{value:.6f}" for value in (onset, offset, offset - onset)]
    return [str(first), str(last), *seconds, str(last - first + 1)]


def read_events(path: Path, times: NDArray[np.float64] | None) -> ReadSheet:
    """Read a table of events; frames count where they are named, else the times.

    Parameters
    ----------
    path : pathlib.Path
        The CSV.
    times : ndarray of float64, shape (n_frames,), or None
        Seconds of the recording's frames.

    Raises
    ------
    NotFoundError
        If there is no such file.
    InvalidFileError
        If it is no such table.
    """
    table = read_sheet_table(path, COLUMNS, ("action",), _KIND)
    if not any({"onset_frame", "onset_s"} & row.cells.keys() for row in table.rows[:1]) and table.rows:
        raise InvalidFileError(
            f"{path} is not {_KIND}: the column 'onset_frame' is missing; check that it is the right file."
        )
    return _Reading(table, times).read()


class _Reading:
    """One table on its way to a sheet."""

    def __init__(self, table: SheetTable, times: NDArray[np.float64] | None) -> None:
        self._table, self._times = table, times
        self._edges = None if times is None else frame_edges(times)
        self._states: dict[int, CodingState] = {}
        self._codes: dict[int, dict[str, ActionCode]] = {}
        self._exact = True
        self._spoken_of = SpokenOf(table.path)

    def read(self) -> ReadSheet:
        table = self._table
        shown: list[tuple[str, int, str]] = []
        for row in table.rows:
            kind = row.get("kind").casefold() or (_EVENT if row.get("action") else _FRAMES)
            if kind not in (_EVENT, _FRAMES):
                table.error(row.where, f"{row.get('kind')!r} is no kind of row: write event or frames.")
                continue
            span = self._frames(row)
            if span is None:
                continue
            if row.get("onset_frame"):
                shown.append((row.where, span[0], row.get("onset_s")))
            (self._add_event if kind == _EVENT else self._add_frames)(row, *span)
        compare_times(table, shown, self._times)
        self._complete()
        codings = {
            frame: FrameCoding(0, 0, frame, tuple(self._codes.get(frame, {}).values()), state)
            for frame, state in sorted(self._states.items())
        }
        sheet = CodingSheet(
            table.the_one("participant"), table.the_one("video"), table.the_one("rater"), codings, self._times
        )
        return ReadSheet(sheet, tuple(table.notes), self._exact, table.unknown)

    def _frames(self, row: SheetRow) -> tuple[int, int] | None:
        """First and last frame of a row; None, and an error, if they cannot be known."""
        first, last = frame_number(row.get("onset_frame")), frame_number(row.get("offset_frame"))
        if not row.get("onset_frame") and not row.get("offset_frame"):
            span = self._by_time(row)
            if span is None:
                return None
            first, last = span
        if first is None or last is None:
            self._table.error(row.where, "Onset or offset is no frame number: write whole numbers from 0 up.")
            return None
        if last < first:
            self._table.error(
                row.where, f"The offset {last} lies before the onset {first}: correct one of them."
            )
            return None
        self._spoken_of.frames(row.where, first, last)
        return first, last

    def _by_time(self, row: SheetRow) -> tuple[int, int] | None:
        onset, offset = read_seconds(row.get("onset_s")), read_seconds(row.get("offset_s"))
        edges = self._edges
        self._exact = False
        if onset is None or offset is None:
            self._table.error(
                row.where, "There are neither frames nor times of onset and offset: write them."
            )
        elif edges is None or not len(edges):
            self._table.error(
                row.where, "Only times are given, and when this recording's frames are shown is not known."
            )
        elif offset < onset:
            self._table.error(
                row.where, f"The offset {offset:g} lies before the onset {onset:g}: correct one of them."
            )
        elif onset >= edges[-1] or onset < edges[0] - 1 or offset > edges[-1] + 1:
            self._table.error(
                row.where,
                f"{onset:g}–{offset:g} s lies outside the recording, which ends at {edges[-1]:.3f} s.",
            )
        else:
            return self._nearest(row, onset, offset)
        return None

    def _nearest(self, row: SheetRow, onset: float, offset: float) -> tuple[int, int]:
        assert self._edges is not None
        first, one = nearest_edge(self._edges, onset)
        end, other = nearest_edge(self._edges, offset)
        first = min(first, len(self._edges) - 2)
        last = max(end - 1, first)
        found = f"{onset:g}–{offset:g} s was taken as frames {first}–{last}."
        tie = "Two frames are as near to its time; the earlier was taken."
        self._table.say(row.where, RowSeverity.NOTE, f"{found} {tie}" if one or other else found)
        return first, last

    def _add_frames(self, row: SheetRow, first: int, last: int) -> None:
        state = read_state(self._table, row)
        for frame in range(first, last + 1) if state else ():
            if self._states.setdefault(frame, state or CodingState.CODED) is not state:
                self._table.error(row.where, f"Frame {frame} has two states: correct one of them.")
                return

    def _add_event(self, row: SheetRow, first: int, last: int) -> None:
        code = read_code(self._table, row)
        for frame in range(first, last + 1) if code else ():
            assert code is not None
            if self._codes.setdefault(frame, {}).setdefault(code.action, code) != code:
                self._table.error(
                    row.where, f"{code.action} has two codes in frame {frame}: correct onset or offset."
                )
                return

    def _complete(self) -> None:
        """Give a state to frames that have an action and no row of the kind ``frames``."""
        bare = [frame for frame in sorted(self._codes) if frame not in self._states]
        if bare:
            self._table.say(
                "whole file",
                RowSeverity.NOTE,
                f"{len(bare)} frames have an action and no row that says they were coded; taken as coded. "
                "Frames without either stay uncoded.",
            )
        for frame in bare:
            self._states[frame] = CodingState.CODED
        closed = [frame for frame in sorted(self._codes) if self._states[frame] is CodingState.NOT_CODABLE]
        if closed:
            self._table.error(
                "whole file", f"Frame {closed[0]} is not codable, but has an action: correct one of them."
            )
