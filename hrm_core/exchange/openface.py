"""The CSV of OpenFace: landmarks, head, gaze, and action units as intensity and presence.

T. Baltrušaitis, A. Zadeh, Y. C. Lim, L.-P. Morency, *OpenFace 2.0: Facial Behavior
Analysis Toolkit*, FG 2018.  ``FeatureExtraction`` and ``FaceLandmarkVidMulti``
write a row per frame (and face), ``FaceLandmarkImg`` a row per face of one picture.
Frames are counted from 1 there, and blanks stand before the names in versions before 2.1.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hrm_core.errors import InvalidFileError
from hrm_core.exchange.tool_table import (
    ToolFeatures,
    ToolTable,
    as_frame,
    read_table,
    require_each_face_once,
    require_in_order,
    whole_numbers,
)
from hrm_core.progress import CancelToken, Progress
from hrm_core.records.words import counted

__all__ = ["OPENFACE", "read_openface"]

OPENFACE = "OpenFace"
"""Name of the program in reports and notes."""

_OWN = re.compile(
    r"AU\d+_[rcd]|pose_[TR][xyz]|gaze_[01]_[xyz]|gaze_angle_[xy]|eye_lmk_[xyXYZ]_\d+|[xyXYZ]_\d+"
    r"|p_(?:scale|r[xyz]|t[xy]|\d+)"
)
_HEAD = re.compile(r"frame|face_id|face|timestamp|confidence|success")
_NUMBERS = re.compile(f"{_HEAD.pattern}|{_OWN.pattern}")
_PYFEAT = re.compile(r"FaceRect\w+|FaceScore")


def read_openface(
    path: Path, *, progress: Progress | None = None, cancel: CancelToken | None = None
) -> ToolFeatures:
    """Read a CSV of OpenFace 1 or 2.

    Parameters
    ----------
    path : pathlib.Path
        The CSV.
    progress : Progress, optional
        Told of rows.
    cancel : CancelToken, optional
        Asked between rows.

    Returns
    -------
    ToolFeatures
        With frames counted from 0; angles in radians and positions in millimetres, as
        OpenFace has them.

    Raises
    ------
    NotFoundError
        If there is no such file.
    InvalidFileError
        Naming file, row and column of the first fault and what to do.
    """

    def check(names: Sequence[str]) -> None:
        _require_openface(path, names)

    table = read_table(path, _NUMBERS, check=check, progress=progress, cancel=cancel)
    table.require_same()
    notes = table.notes
    frames, first_number, one_picture = _frames(table)
    faces = _faces(table)
    hint = "the file joins several recordings, or its rows were moved: import each recording's own file."
    require_in_order(table, frames, hint)
    hint = "delete the wrong row, or export it again."
    require_each_face_once(table, frames + first_number, faces, hint)
    empty = np.full(len(table), np.nan)
    time_s, confidence = table.take("timestamp"), table.take("confidence")
    if confidence is None:
        notes.append("There is no column confidence: no face counts as sure.")
    elif (confidence > 1).any() or (confidence < 0).any():
        notes.append("Some confidences lie outside 0-1: check which version of OpenFace wrote the file.")
    return ToolFeatures(
        OPENFACE,
        frames,
        faces,
        empty if time_s is None else time_s,
        empty if confidence is None else confidence,
        _success(table, one_picture=one_picture),
        as_frame(table.columns),
        tuple(notes),
        first_number,
        one_picture,
        pose_in_radians=True,
    )


def _require_openface(path: Path, names: Sequence[str]) -> None:
    if any(_PYFEAT.fullmatch(name) for name in names):
        raise InvalidFileError(f"{path} looks like Py-Feat: use hrm import pyfeat.")
    if "AU0" in names and "AU1" in names:
        raise InvalidFileError(f"{path} looks like labels of the HRM release: use hrm import hrm-csv.")
    if not any(_OWN.fullmatch(name) for name in names):
        raise InvalidFileError(
            f"{path} is no output of OpenFace: it has no column such as AU01_r, pose_Rx, gaze_0_x or x_0; "
            "name the CSV that FeatureExtraction wrote."
        )
    if "frame" not in names and "face" not in names:
        raise InvalidFileError(
            f"{path}, row 1: the column 'frame' is missing, so nobody can tell which frames these are: "
            "export it again with FeatureExtraction."
        )


def _frames(table: ToolTable) -> tuple[NDArray[np.int64], int, bool]:
    """Frames from 0, the number of the first frame in the file, and whether it is about one picture."""
    column = table.take("frame")
    if column is None:
        table.notes.append("The file is about one picture (FaceLandmarkImg) and names no frame.")
        return np.zeros(len(table), dtype=np.int64), 0, True
    numbers = whole_numbers(table, "frame", column, of_frames=True)
    if numbers.min() > 0:
        table.notes.append("OpenFace counts frames from 1; here frame 1 is frame 0.")
        return numbers - 1, 1, False
    table.notes.append(
        "The file counts frames from 0, as OpenFace itself does not: taken as they are; check them."
    )
    return numbers, 0, False


def _faces(table: ToolTable) -> NDArray[np.int64]:
    for name in ("face_id", "face"):
        column = table.take(name)
        if column is not None:
            return whole_numbers(table, name, column, of_frames=False)
    return np.zeros(len(table), dtype=np.int64)


def _success(table: ToolTable, *, one_picture: bool) -> NDArray[np.bool_]:
    column = table.take("success")
    if column is None:
        if not one_picture:
            table.notes.append("There is no column success: every row counts as a face that was found.")
        return np.ones(len(table), dtype=bool)
    other = ~np.isin(column, (0, 1))
    if other.any():
        row = int(np.argmax(other))
        raise InvalidFileError(
            f"{table.path}, row {table.lines[row]}, column success: "
            + ("the cell is empty" if np.isnan(column[row]) else f"{column[row]:g} is neither 0 nor 1")
            + ": correct it, or export the file again."
        )
    failed = int((column == 0).sum())
    if failed:
        table.notes.append(f"{counted(failed, 'row')} without success: no face there.")
    return np.asarray(column == 1)
