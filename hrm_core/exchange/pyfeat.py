"""The CSV of Py-Feat: box, landmarks, head, probabilities of action units and emotions.

J. H. Cheong et al., *Py-Feat: Python Facial Expression Analysis Toolbox*, Affective
Science 2023.  One row per face; frames are counted from 0, and a frame without a face
has a row of empty cells.
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
    require_in_order,
    whole_numbers,
)
from hrm_core.progress import CancelToken, Progress
from hrm_core.records.words import counted

__all__ = ["PYFEAT", "read_pyfeat"]

PYFEAT = "Py-Feat"
"""Name of the program in reports and notes."""

_BOX = ("FaceRectX", "FaceRectY", "FaceRectWidth", "FaceRectHeight")
_NUMBERS = re.compile(
    r"frame|FaceRect(?:X|Y|Width|Height)|FaceScore|[xyz]_\d+|AU\d\d|Pitch|Roll|Yaw|[XYZ]|[Ff]rame(?:Height|Width)"
    r"|anger|disgust|fear|happiness|sadness|surprise|neutral|Identity_\d+"
)
_TEXTS = ("input", "approx_time", "identity")
_OWN = re.compile(r"AU\d\d|FaceRect\w+|FaceScore|x_\d+|Pitch")
_OPENFACE = re.compile(r"AU\d+_[rc]|pose_[TR][xyz]|gaze_[01]_[xyz]")
_EMBEDDING = re.compile(r"Identity_\d+")


def read_pyfeat(
    path: Path,
    *,
    rows_are_frames: bool = False,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> ToolFeatures:
    """Read a CSV of Py-Feat 0.3 or newer.

    Parameters
    ----------
    path : pathlib.Path
        The CSV.
    rows_are_frames : bool
        Where there is no column ``frame``: take row after row for frame after frame.
    progress : Progress, optional
        Told of rows.
    cancel : CancelToken, optional
        Asked between rows.

    Returns
    -------
    ToolFeatures
        Columns that recognise a person (``Identity_1`` and so on) are left out of its table.

    Raises
    ------
    NotFoundError
        If there is no such file.
    InvalidFileError
        Naming file, row and column of the first fault and what to do.
    """

    def check(names: Sequence[str]) -> None:
        _require_pyfeat(path, names, rows_are_frames=rows_are_frames)

    table = read_table(path, _NUMBERS, texts=_TEXTS, check=check, progress=progress, cancel=cancel)
    frames = _frames(table)
    table.require_same()
    embeddings = [name for name in table.columns if _EMBEDDING.fullmatch(name)]
    for name in embeddings:
        del table.columns[name]
    if embeddings:
        table.notes.append(
            f"{counted(len(embeddings), 'column')} that recognise a person (Identity_1 and so on) stay in "
            "the file and are used and exported nowhere."
        )
    size = _picture_size(table)
    confidence = table.take("FaceScore")
    success = _success(table, confidence)
    _require_no_row_twice(table, frames)
    if confidence is None:
        table.notes.append("There is no column FaceScore: no face counts as sure.")
        confidence = np.full(len(table), np.nan)
    if not success.all():
        table.notes.append(f"{counted(int((~success).sum()), 'row')} without a face.")
    return ToolFeatures(
        PYFEAT,
        frames,
        _faces(table, frames, success),
        np.full(len(table), np.nan),
        confidence,
        success,
        as_frame(table.columns),
        tuple(table.notes),
        picture_size=size,
        # With the position of the head, from version 0.7 on, its angles are in radians.
        pose_in_radians={"X", "Y", "Z"} <= table.columns.keys(),
    )


def _require_pyfeat(path: Path, names: Sequence[str], *, rows_are_frames: bool) -> None:
    if any(_OPENFACE.fullmatch(name) for name in names) or {"confidence", "success"} <= set(names):
        raise InvalidFileError(f"{path} looks like OpenFace: use hrm import openface.")
    if "AU0" in names and "AU1" in names:
        raise InvalidFileError(f"{path} looks like labels of the HRM release: use hrm import hrm-csv.")
    if not any(_OWN.fullmatch(name) for name in names):
        raise InvalidFileError(
            f"{path} is no output of Py-Feat: it has no column such as FaceScore, FaceRectX or AU01; name "
            "the CSV that the detector wrote."
        )
    if "frame" not in names and not rows_are_frames:
        raise InvalidFileError(
            f"{path}, row 1: the column 'frame' is missing, so nobody can tell which frames these are: "
            "export it again with its index, or use --rows-are-frames if there is one row for every frame."
        )


def _frames(table: ToolTable) -> NDArray[np.int64]:
    column = table.take("frame")
    others = table.differing.pop("frame", [])
    if column is None:
        table.notes.append("There is no column frame: the first row is taken for frame 0, and so on.")
        return np.arange(len(table), dtype=np.int64)
    # The index is written under the name of frames too, and may count rows in place of frames.
    told = [entry for entry in (column, *others) if not np.array_equal(entry, np.arange(len(table)))]
    if len(told) > 1:
        table.differing["frame"] = told
        table.require_same(["frame"])
    if others:
        column = told[0]
        table.notes.append("Of two columns frame, one counts rows: the other one is taken.")
    frames = whole_numbers(table, "frame", column, of_frames=True)
    inputs = len(set(table.texts.get("input", ())))
    hint = "its rows were moved: sort them by frame, or export the file again."
    if inputs > 1:
        hint = f"the file is about {inputs} inputs: write a file for each."
    require_in_order(table, frames, hint)
    return frames


def _picture_size(table: ToolTable) -> tuple[int, int] | None:
    sides = []
    for names in (("FrameWidth", "frameWidth"), ("FrameHeight", "frameHeight")):
        column = next((table.columns.pop(name) for name in names if name in table.columns), None)
        known = np.unique(column[~np.isnan(column)]) if column is not None else np.empty(0)
        if len(known) > 1:
            raise InvalidFileError(
                f"{table.path}, column {names[0]}: {known[0]:g} in some rows, {known[-1]:g} in others; one "
                "file is one recording: write a file for each."
            )
        sides.append(int(known[0]) if len(known) else 0)
    return (sides[0], sides[1]) if all(side > 0 for side in sides) else None


def _success(table: ToolTable, confidence: NDArray[np.float64] | None) -> NDArray[np.bool_]:
    """Rows with a face: what says where it is holds numbers."""
    wanted = [table.columns[name] for name in _BOX if name in table.columns]
    if confidence is not None:
        wanted.append(confidence)
    if not wanted:
        # Without box and score: any number at all.
        return np.asarray(~np.isnan(np.stack([*table.columns.values()])).all(axis=0))
    return np.asarray(~np.isnan(np.stack(wanted)).any(axis=0))


def _require_no_row_twice(table: ToolTable, frames: NDArray[np.int64]) -> None:
    """Refuse the same numbers twice in one frame: no two faces are so alike."""
    values = np.stack([frames.astype(np.float64), *table.columns.values()], axis=1)
    seen: dict[bytes, int] = {}
    begin = -1
    for row, content in enumerate(values):
        if frames[row] != begin:
            seen, begin = {}, int(frames[row])
        first = seen.setdefault(content.tobytes(), row)
        if first != row:
            raise InvalidFileError(
                f"{table.path}, row {table.lines[row]}: frame {begin} stands in row {table.lines[first]} "
                "already with the same numbers: delete one of them."
            )


def _faces(table: ToolTable, frames: NDArray[np.int64], success: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Numbers of faces: by the persons that Py-Feat has told apart, else by place in the frame."""
    begins = np.flatnonzero(np.r_[True, np.diff(frames) > 0])
    places = np.arange(len(frames)) - np.repeat(begins, np.diff(np.r_[begins, len(frames)]))
    several = bool((places[success] > 0).any())
    persons = table.texts.get("identity")
    if persons is None or not any(persons):
        if several:
            table.notes.append(
                "Faces are numbered by their place in each frame: face 0 may be another person in the next."
            )
        return places
    known = {name: number for number, name in enumerate(dict.fromkeys(filter(None, persons)))}
    numbers = np.array([known.get(name, len(known)) for name in persons], dtype=np.int64)
    pairs = np.stack([frames, numbers], axis=1)[success]
    if len(np.unique(pairs, axis=0)) < len(pairs):
        table.notes.append(
            "Py-Feat takes two faces of one frame for the same person: faces are numbered by their place in "
            "each frame instead."
        )
        return places
    return numbers
