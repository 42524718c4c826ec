"""Datavyu's ``.opf`` file: a ZIP of a project and of columns with cells from an onset to an offset.

One column per action with a cell per run: ``side, intensity, frames, origin, doubt, note``.
The column ``HRM_frames`` says which frames were coded, ``HRM_recording`` whose face and
whose codes they are.  ``frames`` keeps the numbers of the first and the last frame, because
milliseconds may not tell neighbours apart; a cell that was moved in Datavyu is read by its
times.
"""

from __future__ import annotations

import codecs
import io
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hrm_core.errors import InvalidFileError
from hrm_core.exchange.code_runs import ALL_BUT_RUNS, CodeRun, code_runs, losses_beyond
from hrm_core.exchange.code_words import (
    DOUBTFUL,
    STATE_WORDS,
    STATES,
    action_named,
    offered_actions,
    read_code,
)
from hrm_core.exchange.csv_text import read_file
from hrm_core.exchange.datavyu_db import Cell, Column, parse_db, plain_text, quoted_text, render_db
from hrm_core.exchange.frame_times import FrameTimes
from hrm_core.exchange.sheet_runs import (
    FrameRun,
    SheetBuilder,
    frame_runs,
    require_times,
    shown,
)
from hrm_core.exchange.sheet_table import write_file
from hrm_core.facs import Action, action
from hrm_core.records.coding import Origin
from hrm_core.records.coding_sheet import CodingSheet, Loss, ReadSheet

__all__ = ["HOLDS", "losses_datavyu", "read_datavyu", "write_datavyu"]

_FRAMES = "HRM_frames"
_RECORDING = "HRM_recording"
_CODE_ARGUMENTS = ("side", "intensity", "frames", "origin", "doubt", "note")
_FRAME_ARGUMENTS = ("state", "frames", "doubt", "note")
_RECORDING_ARGUMENTS = ("participant", "video", "rater", "film")
_SPAN = re.compile(r"(\d{1,9})-(\d{1,9})")
_FEED = re.compile(r"^\s*feed:\s*(.+?)\s*$", re.MULTILINE)
_MOST_BYTES = 64 * 1024 * 1024
_LONGEST_MS = 100 * 3600 * 1000 - 1
_LONG_AGO = (1980, 1, 1, 0, 0, 0)


HOLDS = ALL_BUT_RUNS
"""What the file can say: everything."""

# ---- writing --------------------------------------------------------------------------------


def losses_datavyu(sheet: CodingSheet) -> tuple[Loss, ...]:
    """What a sheet says and a file of Datavyu cannot hold."""
    return losses_beyond(sheet, HOLDS)


def write_datavyu(path: Path, sheet: CodingSheet) -> tuple[Loss, ...]:
    """Write a project of Datavyu.

    The film is named in a cell and not opened by the project: which plugin plays it
    depends on the computer.

    Parameters
    ----------
    path : pathlib.Path
        ``*.opf``; an old file is replaced.
    sheet : CodingSheet
        With the times of all frames.

    Returns
    -------
    tuple of Loss
        As :func:`losses_datavyu`.

    Raises
    ------
    InvalidFileError
        If times are unknown, or the file cannot be written; an old one is as it was.
    """
    require_times(path, sheet)
    times = FrameTimes(sheet.times)
    if times.start_of(times.count or 0) * 1000 > _LONGEST_MS:
        raise InvalidFileError(f"{path} cannot be written: Datavyu's times end before 100 hours.")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in (("db", render_db(_columns(sheet, times))), ("project", _project(sheet))):
            # A fixed date: the same codes make the same file.
            entry = zipfile.ZipInfo(name, _LONG_AGO)
            entry.compress_type = zipfile.ZIP_DEFLATED
            file.writestr(entry, text.encode())
    write_file(path, out.getvalue())
    return losses_datavyu(sheet)


def _project(sheet: CodingSheet) -> str:
    name = re.sub(r"[^\w .-]", "_", sheet.video) or "coding"
    return f"!project\ndbFile: db\nname: '{name}'\norigpath: ''\nversion: 5\nviewerSettings: []\n"


def _columns(sheet: CodingSheet, times: FrameTimes) -> list[Column]:
    recording = [sheet.participant, sheet.video, sheet.rater, sheet.media]
    last = (times.count or 1) - 1
    columns = [
        Column(
            _RECORDING,
            _RECORDING_ARGUMENTS,
            [Cell(_onset(times, 0), _offset(times, 0, last), tuple(map(quoted_text, recording)))],
        ),
        Column(_FRAMES, _FRAME_ARGUMENTS),
    ]
    for run in frame_runs(sheet):
        doubt = DOUBTFUL if run.doubtful else ""
        values = (STATE_WORDS[run.state], f"{run.first}-{run.last}", doubt, quoted_text(run.comment))
        columns[-1].cells.append(Cell(_onset(times, run.first), _offset(times, run.first, run.last), values))
    of_action = {entry.key: Column(entry.key, _CODE_ARGUMENTS) for entry in offered_actions(sheet)}
    for code_run in code_runs(sheet.codings):
        of_action[code_run.code.action].cells.append(_code_cell(code_run, times))
    return [*columns, *of_action.values()]


def _code_cell(run: CodeRun, times: FrameTimes) -> Cell:
    code = run.code
    values = (
        action(code.action).word(code.code),
        code.intensity or "",
        f"{run.first}-{run.last}",
        "" if code.origin is Origin.HUMAN else code.origin.value,
        DOUBTFUL if code.doubtful else "",
        quoted_text(code.note),
    )
    return Cell(_onset(times, run.first), _offset(times, run.first, run.last), values)


def _onset(times: FrameTimes, frame: int) -> int:
    return max(int(np.floor(times.start_of(frame) * 1000 + 1e-6)), 0)


def _offset(times: FrameTimes, first: int, last: int) -> int:
    """The millisecond before the next frame, as Datavyu ends a cell where the next begins."""
    return max(_onset(times, first), _onset(times, last + 1) - 1)


# ---- reading --------------------------------------------------------------------------------


def read_datavyu(path: Path, times: NDArray[np.float64] | None) -> ReadSheet:
    """Read the columns of a project that are about actions.

    Parameters
    ----------
    path : pathlib.Path
        ``*.opf``.
    times : ndarray of float64, shape (n_frames,), or None
        Seconds of the frames of the recording; without, cells must name their frames.

    Returns
    -------
    ReadSheet
        With an error among its notes if it cannot be imported as it is.

    Raises
    ------
    NotFoundError
        If there is no such file.
    InvalidFileError
        If it is no project of Datavyu.
    """
    text, project, readable = _entries(path)
    columns = parse_db(text)
    if columns is None:
        raise InvalidFileError(f"{path} has no columns of Datavyu: save it again there as an .opf file.")
    builder = SheetBuilder(path)
    if not readable:
        builder.note("file", "It has characters that are not UTF-8: they are shown as \ufffd.")
    recording: Mapping[str, str] = {}
    actions: list[tuple[Action, Column]] = []
    frames: list[Column] = []
    for column in columns:
        entry = action_named(column.name)
        if column.name == _RECORDING and len(column.cells) == 1:
            recording = dict(zip(column.arguments, map(plain_text, column.cells[0].values), strict=False))
        elif column.name == _FRAMES:
            frames.append(column)
        elif entry is not None:
            actions.append((entry, column))
        else:
            builder.pass_over(column.name, len(column.cells))
    reader = _Reader(FrameTimes(times), builder, readable=readable)
    # Frames first: what is said of actions then finds the state of its frames.
    for column in frames:
        reader.read_frames(column)
    for entry, column in actions:
        reader.read_codes(entry, column)
    reader.finish()
    if not frames and not actions:
        builder.note("file", "No column of it is an action: name columns AU1, AU2 and so on.")
    feed = _FEED.search(project)
    sheet = CodingSheet(
        builder.name(recording.get("participant", "")),
        builder.name(recording.get("video", "")),
        builder.name(recording.get("rater", "")),
        builder.finish(),
        times,
        None,
        builder.name(recording.get("film") or (feed[1].strip("'\"") if feed else "")),
    )
    return ReadSheet(sheet, tuple(builder.notes), builder.exact, dict(builder.passed_over))


def _entries(path: Path) -> tuple[str, str, bool]:
    """Text of the columns and of the project, and whether the first could be read whole."""
    data = read_file(path)
    strange = f"{path} is no project of Datavyu: save it again there as an .opf file."
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as file:
            contents: list[bytes | None] = []
            for name in ("db", "project"):
                if name not in file.namelist():
                    contents.append(None)
                    continue
                with file.open(name) as entry:
                    # What an entry says of its size need not be true.
                    content = entry.read(_MOST_BYTES + 1)
                if len(content) > _MOST_BYTES:
                    raise InvalidFileError(
                        f"{path} is too large for a project of Datavyu: make it smaller there."
                    )
                contents.append(content)
    except InvalidFileError:
        raise
    # Passwords, unknown compression and broken tables of contents, as the library tells them.
    except (
        *(zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError),
        *(NotImplementedError, RuntimeError, OverflowError, MemoryError),
    ) as error:
        raise InvalidFileError(strange) from error
    columns, project = contents
    if columns is None:
        raise InvalidFileError(strange)
    text = columns.decode("utf-8-sig", errors="replace")
    # Datavyu writes in the encoding of its computer, which the file does not name.
    readable = text.encode() == columns.removeprefix(codecs.BOM_UTF8)
    return text, (project or b"").decode("utf-8-sig", errors="replace"), readable


class _Reader:
    """Reads cells into a sheet; one for a file."""

    def __init__(self, times: FrameTimes, builder: SheetBuilder, *, readable: bool) -> None:
        self._times = times
        self._readable = readable
        self._builder = builder
        self._told: Counter[str] = Counter()

    def read_frames(self, column: Column) -> None:
        for where, cell, values in self._cells(column):
            state = values.get("state", "").casefold()
            doubt = values.get("doubt", "").casefold()
            if state not in ("", *STATES) or doubt not in ("", DOUBTFUL):
                word = values.get("state", "") if state not in STATES else values["doubt"]
                self._builder.left_out(where, f"{shown(word)} is no state of a frame.")
                continue
            span = self._span(where, cell, values.get("frames", ""))
            if span is not None:
                run = FrameRun(
                    *span, STATES.get(state, STATES["coded"]), bool(doubt), plain_text(values.get("note", ""))
                )
                self._builder.add_frames(where, run)

    def read_codes(self, entry: Action, column: Column) -> None:
        for where, cell, values in self._cells(column):
            span = self._span(where, cell, values.pop("frames", ""))
            if span is None:
                continue
            note = plain_text(values.pop("note", ""))
            words = read_code(entry, values.items(), note)
            if words.code is None:
                self._builder.left_out(
                    where, f"{shown(words.unknown)} is no side, intensity or mark of {entry.key}."
                )
                continue
            if not words.side_said:
                self._told[f"No side is said of {entry.key}: taken as both."] += 1
            for name in words.ignored:
                self._told[f"Values of {shown(name)} are not imported."] += 1
            self._builder.add_codes(where, CodeRun(*span, words.code))

    def finish(self) -> None:
        for message, count in self._told.items():
            self._builder.note("file", message if count == 1 else f"{message} ({count} times)")

    def _cells(self, column: Column) -> list[tuple[str, Cell, dict[str, str]]]:
        for line in column.damaged:
            self._builder.left_out(f"line {line}", "It is no cell of Datavyu.")
        cells = []
        for number, cell in enumerate(column.cells, 1):
            where = f"column {column.name}, cell {number}"
            # Columns without named values have one.
            arguments = column.arguments or ("",)
            if len(cell.values) != len(arguments):
                self._builder.left_out(
                    where, f"It has {len(cell.values)} values instead of {len(arguments)}."
                )
            elif not self._readable and any("\ufffd" in value for value in cell.values):
                self._builder.left_out(where, "It has characters that cannot be read.")
            else:
                cells.append((where, cell, dict(zip(arguments, cell.values, strict=True))))
        return cells

    def _span(self, where: str, cell: Cell, frames: str) -> tuple[int, int] | None:
        """First and last frame of a cell."""
        match = _SPAN.fullmatch(frames)
        if frames and (match is None or int(match[1]) > int(match[2])):
            self._builder.note(where, f"{shown(frames)} is no first and last frame: its times are used.")
            match = None
        said = (int(match[1]), int(match[2])) if match else None
        if not self._times.known:
            return self._by_number(where, said)
        if said is not None and self._unmoved(cell, *said):
            return said
        if cell.offset < cell.onset:
            self._builder.left_out(where, "Its offset lies before its onset.")
            return None
        onset = self._times.place(cell.onset / 1000, None)
        last = self._times.shown_at(cell.offset / 1000)
        if onset.beyond or last.beyond or onset.frame is None or last.frame is None:
            self._builder.error(
                where, "It lies outside the recording: check that the file belongs to this video."
            )
            return None
        found = (onset.frame, max(onset.frame, last.frame))
        self._builder.exact = False
        if said is not None and said != found:
            self._builder.note(
                where,
                f"It says frames {said[0]}-{said[1]}, but its times are those of frames {found[0]}-{found[1]}"
                ": the times were taken.",
            )
        elif onset.message:
            self._builder.note(where, onset.message)
        return found

    def _by_number(self, where: str, said: tuple[int, int] | None) -> tuple[int, int] | None:
        if said is None:
            self._builder.error_once(
                "Entries name no frame, and the times of the frames are unknown: link the video first."
            )
        return said

    def _unmoved(self, cell: Cell, first: int, last: int) -> bool:
        """Whether a cell lies where its frames are."""
        if last >= (self._times.count or 0):
            return False
        near = self._times.place(cell.onset / 1000, None).frame == first
        onset = near or abs(cell.onset - _onset(self._times, first)) <= 1
        end = self._times.shown_at(cell.offset / 1000).frame == last
        return onset and (end or abs(cell.offset - _offset(self._times, first, last)) <= 1)
