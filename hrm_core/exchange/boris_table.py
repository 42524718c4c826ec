"""BORIS' tabular export of events: TSV or CSV, one row per START, STOP or POINT.

Columns changed between versions of BORIS and are found by their names.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hrm_core.errors import InvalidFileError
from hrm_core.exchange.boris import observation_name
from hrm_core.exchange.boris_events import (
    CATEGORIES,
    FRAMES,
    MODIFIER_SETS,
    POINT,
    START,
    STOP,
    BorisEvent,
    about_coding,
    chosen_subject,
    events_of,
    note_foreign,
    read_events,
)
from hrm_core.exchange.code_runs import ALL_BUT_RUNS, losses_beyond
from hrm_core.exchange.csv_text import read_file
from hrm_core.exchange.frame_times import FrameTimes, finite, rate, whole
from hrm_core.exchange.sheet_runs import SheetBuilder, names, require_times, shown
from hrm_core.exchange.sheet_table import write_file
from hrm_core.facs import action
from hrm_core.records.coding_sheet import CodingSheet, Loss, ReadSheet

__all__ = ["COLUMNS", "HOLDS", "losses_boris_table", "read_boris_table", "write_boris_table"]

COLUMNS: tuple[str, ...] = (
    "Observation id",
    "Observation date",
    "Description",
    "Observation duration",
    "Observation type",
    "Source",
    "Time offset (s)",
    "Media duration (s)",
    "FPS",
    "rater",
    "video",
    "Subject",
    "Behavior",
    "Behavioral category",
    *(f"Modifier #{place}" for place in range(1, len(MODIFIER_SETS) + 1)),
    "Behavior type",
    "Time",
    "Media file name",
    "Image index",
    "Image file path",
    "Comment",
)
"""Columns as BORIS 8 writes them; ``rater`` and ``video`` are independent variables."""

_OTHER_NAMES = {
    "status": "behavior type",
    "event type": "behavior type",
    "modifiers": "modifier #1",
    "modifier": "modifier #1",
    "media file path": "source",
    "media file": "media file name",
    "fps (frame/s)": "fps",
    "total length": "observation duration",
    "time offset": "time offset (s)",
    "frame index": "image index",
}
_MODIFIER = re.compile(r"modifiers?( #?\d+)?")
# BORIS once wrote some lines about the observation above the table.
_MOST_LINES_ABOVE = 60
_MOST_BYTES = 256 * 1024 * 1024


HOLDS = ALL_BUT_RUNS
"""What the file can say: everything."""

# ---- writing --------------------------------------------------------------------------------


def losses_boris_table(sheet: CodingSheet) -> tuple[Loss, ...]:
    """What a sheet says and BORIS' table cannot hold."""
    return losses_beyond(sheet, HOLDS)


def write_boris_table(path: Path, sheet: CodingSheet) -> tuple[Loss, ...]:
    """Write the events as a table: with commas if the name ends with ``.csv``, else with tabs.

    Parameters
    ----------
    path : pathlib.Path
        An old file is replaced.
    sheet : CodingSheet
        With the times of all frames.

    Returns
    -------
    tuple of Loss
        As :func:`losses_boris_table`.

    Raises
    ------
    InvalidFileError
        If times are unknown, or the file cannot be written; an old one is as it was.
    """
    require_times(path, sheet)
    out = io.StringIO(newline="")
    table = csv.writer(out, delimiter="," if path.suffix.lower() == ".csv" else "\t", lineterminator="\r\n")
    table.writerow(COLUMNS)
    times = FrameTimes(sheet.times)
    length = f"{times.start_of(times.count or 0):.3f}"
    media = sheet.media or sheet.video or "film"
    head = (
        *(observation_name(sheet), "", "", length, "Media file(s)", f"player #1:{media}", "0.000", length),
        *(f"{sheet.fps or (times.count or 0) / max(float(length), 0.001):.3f}", sheet.rater, sheet.video),
    )
    for event in events_of(sheet):
        values = [value for _, value in event.modifiers]
        category = "" if event.behaviour == FRAMES else CATEGORIES[action(event.behaviour).group]
        row = [*head, event.subject, event.behaviour, category]
        row += [*values, *[""] * (len(MODIFIER_SETS) - len(values))]
        row += [event.kind, f"{event.seconds or 0.0:.3f}", media, str(event.frame), "NA", event.comment]
        table.writerow(row)
    write_file(path, out.getvalue().encode())
    return losses_boris_table(sheet)


# ---- reading --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Row:
    """A row by the small names of its columns."""

    where: str
    cells: dict[str, str]
    modifiers: tuple[str, ...]

    def get(self, name: str) -> str:
        return self.cells.get(name, "")


def read_boris_table(
    path: Path,
    times: NDArray[np.float64] | None,
    *,
    observation: str | None = None,
    subject: str | None = None,
) -> ReadSheet:
    """Read one observation of a table of events.

    Parameters
    ----------
    path : pathlib.Path
        TSV or CSV.
    times : ndarray of float64, shape (n_frames,), or None
        Seconds of the frames of the recording; without, rows must name their frames.
    observation : str, optional
        Which one, where actions are coded in several.
    subject : str, optional
        Who of it, where actions of several are coded.

    Returns
    -------
    ReadSheet
        With an error among its notes if it cannot be imported as it is.

    Raises
    ------
    NotFoundError
        If there is no such file.
    InvalidFileError
        If it is no table of events.
    """
    builder = SheetBuilder(path)
    rows = [row for row in _rows(path, builder) if observation in (None, row.get("observation id"))]
    for row in rows:
        if not about_coding(row.get("behavior")):
            builder.pass_over(row.get("behavior"))
    rows = [row for row in rows if about_coding(row.get("behavior"))]
    observations = list(dict.fromkeys(row.get("observation id") for row in rows))
    if not rows:
        builder.note("file", "No behaviour of it is an action: name behaviours AU1, AU2 and so on.")
    if len(observations) > 1:
        builder.error(
            "file",
            f"Actions are coded in several observations ({names(observations)}): export the events of "
            "one alone, as a table, with BORIS.",
        )
        rows = []
    films = set(filter(None, (row.get("media file name") for row in rows))) - {"NA", "Not found"}
    if len(films) > 1:
        builder.error("file", "Several films are shown one after another: make one observation of each.")
    events = chosen_subject([event for row in rows if (event := _event(row, builder))], subject, builder)
    read_events(events, FrameTimes(times), builder)
    first = rows[0] if rows else _Row("", {}, ())
    whose = events[0].subject if events else ""
    ours = "video" in first.cells
    if events and not ours:
        note_foreign(first.get("observation id"), whose, builder)
    sheet = CodingSheet(
        builder.name(whose) if ours else "",
        builder.name(first.get("video")),
        builder.name(first.get("rater")),
        builder.finish(),
        times,
        rate(first.get("fps")),
        builder.name(next(iter(films), "")),
    )
    return ReadSheet(sheet, tuple(builder.notes), builder.exact, dict(builder.passed_over))


def _rows(path: Path, builder: SheetBuilder) -> Iterator[_Row]:
    lines = _lines(path)
    header: list[str] = []
    observation = ""
    for _, cells in zip(range(_MOST_LINES_ABOVE), lines, strict=False):
        found = [_OTHER_NAMES.get(name, name) for name in (cell.strip().casefold() for cell in cells[1])]
        if {"behavior", "start (s)", "stop (s)"} <= set(found):
            raise InvalidFileError(
                f"{path} is a table of aggregated events: export events, not aggregated events, with BORIS."
            )
        if {"behavior", "time", "behavior type"} <= set(found):
            header = found
            break
        if len(found) > 1 and found[0] == "observation id":
            observation = cells[1][1].strip()
    if not header:
        raise InvalidFileError(
            f"{path} is no table of events: it needs columns Behavior, Behavior type and Time; export events "
            "as TSV or CSV with BORIS."
        )
    twice = [name for name in header if name and header.count(name) > 1 and not _MODIFIER.fullmatch(name)]
    if twice:
        raise InvalidFileError(f"{path}: the column {twice[0]!r} stands there twice: remove one.")
    modifiers = [at for at, name in enumerate(header) if _MODIFIER.fullmatch(name)]
    for line, row in lines:
        where = f"row {line}"
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != len(header):
            builder.left_out(where, f"It has {len(row)} cells instead of {len(header)}.")
            continue
        yield _Row(
            where,
            {"observation id": observation, **dict(zip(header, row, strict=True))},
            tuple(value for at in modifiers for part in row[at].split("|") for value in part.split(",")),
        )


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Rows of the file with the number of the line they end in."""
    data = read_file(path)
    if len(data) > _MOST_BYTES:
        raise InvalidFileError(f"{path} is too large for a table of events: export fewer observations.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidFileError(
            f"{path} is not a text file: export it again as TSV or CSV (UTF-8)."
        ) from error
    # Comments may have line ends of their own, which must stay as they are.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    try:
        for row in reader:
            yield reader.line_num, row
    except csv.Error as error:
        raise InvalidFileError(
            f"{path}, row {reader.line_num}: this is no table ({error}): export it again as TSV or CSV."
        ) from error


def _delimiter(text: str) -> str:
    """What parts the cells of the line that looks most like a header."""
    lines: Sequence[str] = text[:50_000].splitlines()[:_MOST_LINES_ABOVE]
    header = next((line for line in lines if "behavior" in line.casefold() and "time" in line.casefold()), "")
    return max("\t,;", key=header.count)


def _event(row: _Row, builder: SheetBuilder) -> BorisEvent | None:
    kind = row.get("behavior type").strip().upper()
    # Before version 8 it was said to be a state first.
    kind = kind.removeprefix("STATE ").strip()
    if kind not in (START, STOP, POINT):
        builder.left_out(row.where, f"{shown(kind)} is no type of an event: START, STOP or POINT.")
        return None
    seconds = finite(row.get("time"))
    offset = finite(row.get("time offset (s)") or 0.0)
    if seconds is None or offset is None:
        builder.left_out(row.where, f"{shown(row.get('time'))} is no time in seconds.")
        return None
    subject = row.get("subject")
    return BorisEvent(
        row.where,
        seconds - offset,
        whole(row.get("image index")),
        "" if subject == "No focal subject" else subject,
        row.get("behavior").strip(),
        tuple(("", value) for value in row.modifiers),
        row.get("comment"),
        kind,
    )
