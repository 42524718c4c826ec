"""What OpenFace and Py-Feat say of a recording, as codes that can be compared with a rater's."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from hrm_core.errors import InvalidFileError
from hrm_core.exchange.csv_text import read_file
from hrm_core.exchange.tool_faces import ToolAction, action_columns, child_rows
from hrm_core.facs import ALL_ACTIONS
from hrm_core.progress import CancelToken
from hrm_core.records.agreement import Source
from hrm_core.records.code_grid import COLUMN_OF
from hrm_core.records.people import Participant
from hrm_core.records.recording import Recording
from hrm_core.records.words import counted
from hrm_core.reliability.pairing import SourceCodes
from hrm_core.workflows.project import Project
from hrm_core.workflows.tool_files import TOOL_NAMES, ToolNote, checked_import, read_tool_file

__all__ = ["LEAST_CONFIDENCE", "tool_codes"]

LEAST_CONFIDENCE = 0.5
"""A face of which the program is less sure than this counts as not found."""

_PRESENCE = "_c"
_NO_FRAMES: NDArray[np.int64] = np.zeros(0, dtype=np.int64)


def tool_codes(
    project: Project,
    source: Source,
    who: Participant,
    recording: Recording,
    *,
    cancel: CancelToken | None = None,
) -> tuple[SourceCodes, tuple[str, ...]]:
    """Presence of actions by another program, from what was imported for a recording.

    OpenFace says presence itself, in its columns ``AU01_c`` and so on; Py-Feat gives
    probabilities, and what reaches the threshold is present.

    Parameters
    ----------
    project : Project
        The open study.
    source : Source
        The tool, with its threshold.
    who : Participant
        The child.
    recording : Recording
        The recording.
    cancel : CancelToken, optional
        Asked between rows.

    Returns
    -------
    codes : SourceCodes
        Codes 0 and 1.  Without frames if nothing was imported.
    notes : tuple of str
        Sentences about the file that a reader must see.

    Raises
    ------
    InvalidFileError
        If the import belongs to another file of the recording, says nothing of actions, or a
        cell of an action is empty or no presence or probability.
    """
    name = TOOL_NAMES[source.name]
    found = checked_import(project, source.name, who, recording)
    if found is None:
        nothing = np.zeros((0, len(ALL_ACTIONS)), np.uint8)
        return SourceCodes(_NO_FRAMES, nothing, np.ones(len(ALL_ACTIONS), bool)), ()
    note, path = found
    says = _read(note, path, cancel)
    what = f"The {name} features of video {recording.name!r} of participant {who.code}"
    columns = _columns(says, source, what)
    codes = np.zeros((len(says.rows), len(ALL_ACTIONS)), dtype=np.uint8)
    for column in columns:
        if column.action is None:
            continue
        values = says.values[column.column]
        bad = _first_bad(values, exact=source.threshold is None)
        if bad is not None:
            line = _line(read_file(path), int(says.rows[bad]))
            raise InvalidFileError(
                f"{what}, row {line}, column {column.column}: {_fault(values[bad], source)}"
            )
        limit = 1.0 if source.threshold is None else source.threshold
        codes[:, COLUMN_OF[column.action]] = values >= limit
    known = {column.action for column in columns}
    unseen = np.setdiff1d(says.every, says.frames)
    return SourceCodes(
        says.frames,
        codes,
        np.array([entry.key in known for entry in ALL_ACTIONS], dtype=bool),
        {entry.key: _why_not(name, entry.key, columns) for entry in ALL_ACTIONS if entry.key not in known},
        # The limit is a choice of ours that a paper has to tell, so it stands in the reason.
        left_out={f"no face of the child found by {name} (or confidence below {LEAST_CONFIDENCE:g})": unseen}
        if len(unseen)
        else {},
    ), _coverage(says.every, note.frame_count, what)


@dataclass(frozen=True, slots=True, eq=False)
class _FileSays:
    """What is needed of a file: the child's rows, and its columns about actions.

    Attributes
    ----------
    every : ndarray of int64
        Frames that the file is about.
    frames : ndarray of int64, shape (n_rows,)
        Frames in which the child's face was found.
    rows : ndarray of int64, shape (n_rows,)
        Which rows of the file these are, the first one 0.
    values : mapping of str to ndarray of float64, shape (n_rows,)
        By name of the column.
    """

    every: NDArray[np.int64]
    frames: NDArray[np.int64]
    rows: NDArray[np.int64]
    values: Mapping[str, NDArray[np.float64]]


# Landmarks make these files large, and a window asks again whenever a code changes.
_MOST_KEPT = 128
_kept: OrderedDict[tuple[str, str, int | str | None, bool], _FileSays] = OrderedDict()
_keeping = Lock()


def _read(note: ToolNote, path: Path, cancel: CancelToken | None) -> _FileSays:
    key = (note.tool, note.sha256, note.face, note.rows_are_frames)
    with _keeping:
        says = _kept.get(key)
    if says is None:
        features = read_tool_file(note.tool, path, note.rows_are_frames, None, cancel)
        sure = ~(features.confidence < LEAST_CONFIDENCE)
        rows = np.flatnonzero(sure & child_rows(features, note.face))
        names = [column.column for column in action_columns(features.table.columns)]
        says = _FileSays(
            np.unique(features.frames),
            features.frames[rows],
            rows,
            {name: features.table[name].to_numpy()[rows] for name in names},
        )
    with _keeping:
        _kept[key] = says
        _kept.move_to_end(key)
        while len(_kept) > _MOST_KEPT:
            _kept.popitem(last=False)
    return says


def _columns(says: _FileSays, source: Source, what: str) -> list[ToolAction]:
    exact = source.threshold is None
    every = action_columns(says.values)
    found = [column for column in every if _is_wanted(column.column, exact=exact)]
    if not any(column.action for column in found):
        wanted = (
            "presence (columns such as AU01_c)"
            if exact
            else "probabilities of actions (columns such as AU01)"
        )
        raise InvalidFileError(
            f"{what} hold no {wanted}: export them with action units and import that file with "
            f"hrm import {source.name} --again."
        )
    return found


def _is_wanted(column: str, *, exact: bool) -> bool:
    return column.endswith(_PRESENCE) if exact else "_" not in column


def _first_bad(values: NDArray[np.float64], *, exact: bool) -> int | None:
    good = np.isin(values, (0.0, 1.0)) if exact else (values >= 0) & (values <= 1)
    return None if good.all() else int(np.argmin(good))


def _fault(value: float, source: Source) -> str:
    wrong = "the cell is empty" if np.isnan(value) else f"{value:g} is no "
    if not np.isnan(value):
        wrong += "presence, which is 0 or 1" if source.threshold is None else "probability from 0 to 1"
    return (
        f"{wrong}, though a face was found there: correct the file and import it again with "
        f"hrm import {source.name} --again."
    )


def _line(data: bytes, row: int) -> int:
    """The row of the file, its header being row 1, in which a row of numbers stands."""
    lines = data.decode("utf-8-sig", errors="replace").splitlines()
    filled = [number for number, text in enumerate(lines, start=1) if text.strip(',;\t "')]
    return filled[row + 1]


def _why_not(name: str, key: str, columns: list[ToolAction]) -> str:
    parts = [column for column in columns if column.action is None and re.search(rf"\b{key}\b", column.says)]
    if not parts:
        return f"{name} does not have it"
    words = " and ".join(column.says.partition("; ")[2].partition(";")[0] for column in parts)
    return f"{name} does not have it; it has {words}"


def _coverage(frames: NDArray[np.int64], frame_count: int, what: str) -> tuple[str, ...]:
    """Whether the file ends long before the recording does: perhaps another cut was analysed."""
    # A file of every fifth frame ends up to four frames early.
    step = int(np.median(np.diff(frames))) if len(frames) > 1 else 1
    missing = frame_count - 1 - int(frames[-1])
    if missing < step:
        return ()
    return (
        f"{what} end at frame {frames[-1]}, {counted(missing, 'frame')} before the recording does: check "
        "that the whole video was analysed and no other cut of it.",
    )
