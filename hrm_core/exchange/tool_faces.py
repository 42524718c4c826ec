"""What another program's table says of faces: which there are, where they lie, which actions are named."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hrm_core.errors import InvalidFileError, NotFoundError
from hrm_core.exchange.tool_table import ToolFeatures, as_frame
from hrm_core.facs import ALL_ACTIONS
from hrm_core.records.face import Face
from hrm_core.records.words import counted

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "LARGEST",
    "FaceCount",
    "ToolAction",
    "action_columns",
    "boxes_elsewhere",
    "child_rows",
    "count_faces",
    "faces_by_frame",
    "farthest_time",
    "has_places",
    "is_landmark",
    "located_boxes",
    "most_faces_at_once",
    "pose_in_degrees",
    "tidy_features",
]

LARGEST = "largest"
"""In place of a face's number: the largest face of each frame."""

_N_LANDMARKS = 68
_LANDMARK = re.compile(r"(?:eye_lmk_)?[xyzXYZ]_\d+")
_BOX = ("FaceRectX", "FaceRectY", "FaceRectWidth", "FaceRectHeight")
_SIDES = ("left", "top", "right", "bottom")
# Pitch, yaw, roll of either program.
_POSES = (("pose_Rx", "pose_Ry", "pose_Rz"), ("Pitch", "Yaw", "Roll"))
_ACTION = re.compile(r"AU(\d+)(?:_([rcd]))?")
_MEASURES = {"r": "intensity 0-5", "c": "presence 0/1", "d": "distance to the threshold", None: "probability"}
_APART = {
    "AU26": "AU26 (Jaw Drop) alone; this study codes AU2X, which is 26 or 27",
    "AU27": "AU27 (Mouth Stretch) alone; this study codes AU2X, which is 26 or 27",
    "AU45": "AU45, a blink; this study codes AU43, which is eye closure",
}


@dataclass(frozen=True, slots=True)
class FaceCount:
    """One face of a file.

    Attributes
    ----------
    number : int
        The number that the file gives it.
    frames : int
        Frames in which it was found.
    size : float
        Median of the square root of its box, in pixels; NaN without box and landmarks.
    confidence : float
        Mean confidence; NaN if the file does not say.
    """

    number: int
    frames: int
    size: float
    confidence: float


@dataclass(frozen=True, slots=True)
class ToolAction:
    """One column about an action.

    Attributes
    ----------
    column : str
        Its name in the file.
    action : str or None
        The action of the catalogue that it is about; None if there is none.
    says : str
        What its numbers are, or why it is no action of the catalogue.
    """

    column: str
    action: str | None
    says: str


def action_columns(names: Iterable[str]) -> tuple[ToolAction, ...]:
    """The columns about actions, and which actions of the catalogue they are.

    Parameters
    ----------
    names : iterable of str
        Names of columns such as ``AU01_r`` and ``AU43``.
    """
    keys = {entry.key for entry in ALL_ACTIONS}
    found: list[ToolAction] = []
    for name in names:
        match = _ACTION.fullmatch(name)
        if match is None:
            continue
        number, says = int(match[1]), _MEASURES[match[2]]
        own = f"AU{number}"
        key = next((key for key in (own, f"AD{number}") if key in keys), None)
        if key is None:
            says = f"{says}; {_APART.get(own, f'{own} is not in the catalogue')}"
        found.append(ToolAction(name, key, says))
    return tuple(found)


def is_landmark(name: str) -> bool:
    """Whether a column holds a coordinate of a landmark of face or eye."""
    return _LANDMARK.fullmatch(name) is not None


def _grid(table: pd.DataFrame, names: Sequence[str]) -> NDArray[np.float64] | None:
    """Some columns side by side, shape (n_rows, n_names); None if one is missing."""
    if not set(names) <= set(table.columns):
        return None
    return np.asarray(table[list(names)].to_numpy(dtype=np.float64))


def _landmarks(features: ToolFeatures, axis: str) -> NDArray[np.float64] | None:
    # Programs with more points have another scheme: its first 68 mean other places.
    if f"{axis}_{_N_LANDMARKS}" in features.table.columns:
        return None
    return _grid(features.table, [f"{axis}_{place}" for place in range(_N_LANDMARKS)])


def has_places(features: ToolFeatures) -> bool:
    """Whether the file says where faces are: by boxes or by 68 landmarks."""
    boxed = set(_BOX) <= set(features.table.columns)
    return boxed or (_landmarks(features, "x") is not None and _landmarks(features, "y") is not None)


def located_boxes(features: ToolFeatures) -> NDArray[np.float64]:
    """Boxes of all rows: left, top, right, bottom in pixels.

    Returns
    -------
    ndarray of float64, shape (n_rows, 4)
        The program's own boxes; the extent of the landmarks where there is none, or where it
        lies elsewhere than the landmarks; NaN where nothing is known.
    """
    own, extent = _own_boxes(features), _extents(features)
    if own is None or extent is None:
        known = own if extent is None else extent
        return np.full((len(features), 4), np.nan) if known is None else known
    return np.where(_elsewhere(features)[:, np.newaxis], extent, own)


def boxes_elsewhere(features: ToolFeatures) -> int:
    """In how many rows the box does not hold the middle of the landmarks."""
    return int((_elsewhere(features) & features.success).sum())


def _elsewhere(features: ToolFeatures) -> NDArray[np.bool_]:
    """Rows whose box is not about their landmarks: some versions write the two in different scales."""
    own, extent = _own_boxes(features), _extents(features)
    if own is None or extent is None:
        return np.zeros(len(features), dtype=bool)
    middle = (extent[:, :2] + extent[:, 2:]) / 2
    inside = (middle >= own[:, :2]).all(axis=1) & (middle <= own[:, 2:]).all(axis=1)
    return np.asarray(~inside & ~np.isnan(middle).any(axis=1))


def _own_boxes(features: ToolFeatures) -> NDArray[np.float64] | None:
    own = _grid(features.table, _BOX)
    return None if own is None else np.hstack([own[:, :2], own[:, :2] + own[:, 2:]])


def _extents(features: ToolFeatures) -> NDArray[np.float64] | None:
    x, y = _landmarks(features, "x"), _landmarks(features, "y")
    if x is None or y is None:
        return None
    return np.stack([x.min(axis=1), y.min(axis=1), x.max(axis=1), y.max(axis=1)], axis=1)


def _sizes(features: ToolFeatures) -> NDArray[np.float64]:
    boxes = located_boxes(features)
    sides = np.maximum(boxes[:, 2:] - boxes[:, :2], 0)
    return np.asarray(np.sqrt(sides.prod(axis=1)))


def pose_in_degrees(features: ToolFeatures) -> NDArray[np.float64] | None:
    """Pitch, yaw and roll of the head, with the signs that the program gives them.

    Returns
    -------
    ndarray of float64, shape (n_rows, 3), or None
        In degrees; None if the file does not say.
    """
    for names in _POSES:
        pose = _grid(features.table, names)
        if pose is not None:
            return np.degrees(pose) if features.pose_in_radians else pose
    return None


def count_faces(features: ToolFeatures) -> tuple[FaceCount, ...]:
    """Every face of the file, the one in most frames first."""
    sizes = _sizes(features)
    counts = []
    for number in np.unique(features.faces[features.success]).tolist():
        mine = features.success & (features.faces == number)
        known, sure = (
            sizes[mine & ~np.isnan(sizes)],
            features.confidence[mine & ~np.isnan(features.confidence)],
        )
        counts.append(
            FaceCount(
                number,
                int(mine.sum()),
                float(np.median(known)) if len(known) else float("nan"),
                float(sure.mean()) if len(sure) else float("nan"),
            )
        )
    return tuple(sorted(counts, key=lambda entry: (-entry.frames, entry.number)))


def most_faces_at_once(features: ToolFeatures) -> int:
    """The highest number of faces found in one frame."""
    found = features.frames[features.success]
    return int(np.bincount(found - found.min()).max()) if len(found) else 0


def child_rows(features: ToolFeatures, child: int | str | None) -> NDArray[np.bool_]:
    """Which rows are the child's face.

    Parameters
    ----------
    features : ToolFeatures
        What the file says.
    child : int, "largest" or None
        Number of the face, the largest of each frame, or the only one.

    Returns
    -------
    ndarray of bool, shape (n_rows,)
        At most one row of each frame.

    Raises
    ------
    NotFoundError
        If the file has no face of this number.
    InvalidFileError
        If the largest is asked for and the file does not say where faces are.
    """
    if child is None:
        if most_faces_at_once(features) > 1:
            raise ValueError("there are several faces in a frame: say which is the child's")
        return features.success
    if child != LARGEST:
        mine = features.success & (features.faces == child)
        if not mine.any():
            raise NotFoundError(f"The file has no face {child}; it has {_listed(features)}.")
        return np.asarray(mine)
    if not has_places(features):
        raise InvalidFileError(
            "The file says neither boxes nor landmarks, so no face is known to be the largest: give the "
            "number of the child's face with --face."
        )
    sizes = np.where(features.success, _sizes(features), -1.0)
    sizes = np.where(np.isnan(sizes), -1.0, sizes)
    # The largest of each frame comes first; of equal ones that of the lowest number.
    order = np.lexsort((features.faces, -sizes, features.frames))
    first = np.r_[True, np.diff(features.frames[order]) > 0]
    mine = np.zeros(len(features), dtype=bool)
    mine[order[first]] = True
    return np.asarray(mine & features.success)


def _listed(features: ToolFeatures) -> str:
    return ", ".join(f"{entry.number} ({counted(entry.frames, 'frame')})" for entry in count_faces(features))


def faces_by_frame(features: ToolFeatures, child: int | str | None) -> dict[int, tuple[Face, ...]]:
    """Faces as records, the child's first.

    Parameters
    ----------
    features : ToolFeatures
        What the file says.
    child : int, "largest" or None
        Which face is the child's, as for :func:`child_rows`.

    Returns
    -------
    dict of int to tuple of Face
        By frame, in pixels.  Empty for frames in which the child's face was not found, also
        where others were: nobody else's face must be taken for the child's.

    Raises
    ------
    NotFoundError, InvalidFileError
        As :func:`child_rows`.
    """
    mine = child_rows(features, child)
    boxes, poses = located_boxes(features), pose_in_degrees(features)
    points, five = _points(features)
    located = features.success & ~np.isnan(boxes).any(axis=1)
    faces: dict[int, list[tuple[bool, Face]]] = {int(frame): [] for frame in np.unique(features.frames)}
    for row in np.flatnonzero(located).tolist():
        score = features.confidence[row]
        face = Face(
            boxes[row],
            # What is not known to be sure must not pass for sure.
            0.0 if np.isnan(score) else float(np.clip(score, 0, 1)),
            _unless_nan(five, row),
            points_3d=_unless_nan(points, row),
            pose=_unless_nan(poses, row),
        )
        faces[int(features.frames[row])].append((bool(mine[row]), face))
    return {frame: _child_first(found) for frame, found in faces.items()}


def _child_first(found: Sequence[tuple[bool, Face]]) -> tuple[Face, ...]:
    if not any(is_child for is_child, _ in found):
        return ()
    return tuple(face for _, face in sorted(found, key=lambda entry: (not entry[0], -entry[1].score)))


def _points(features: ToolFeatures) -> tuple[NDArray[np.float64] | None, NDArray[np.float64] | None]:
    """The 68 landmarks, shape (n_rows, 68, 3), and the five points, shape (n_rows, 5, 2)."""
    x, y = _landmarks(features, "x"), _landmarks(features, "y")
    if x is None or y is None:
        return None, None
    points = np.stack([x, y, _depth(features, x, y)], axis=2)
    flat = points[:, :, :2]
    # In the picture: points 36-41 are the eye on the left, 48 the corner of the mouth on the left.
    eyes = [flat[:, begin : begin + 6].mean(axis=1) for begin in (36, 42)]
    five = np.stack([*eyes, flat[:, 30], flat[:, 48], flat[:, 54]], axis=1)
    return points, five


def _depth(features: ToolFeatures, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Depth in pixels around the middle of the face, growing away from the camera; 0 if not known."""
    axes = [_landmarks(features, axis) for axis in "XYZ"]
    wide, high, deep = axes
    if wide is None or high is None or deep is None:
        return np.zeros_like(x)
    # OpenFace measures in millimetres: as many pixels as the face has in the picture.
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = np.sqrt((x.var(axis=1) + y.var(axis=1)) / (wide.var(axis=1) + high.var(axis=1)))
    depth = (deep - deep.mean(axis=1, keepdims=True)) * scale[:, np.newaxis]
    return np.asarray(np.where(np.isfinite(depth), depth, 0.0))


def _unless_nan(values: NDArray[np.float64] | None, row: int) -> NDArray[np.float64] | None:
    return None if values is None or np.isnan(values[row]).any() else values[row]


def farthest_time(features: ToolFeatures, times: NDArray[np.float64]) -> tuple[int, float, float] | None:
    """The row whose time is farthest from that of its frame, if more than half a frame.

    Parameters
    ----------
    features : ToolFeatures
        What the file says.
    times : ndarray of float64, shape (n_frames,)
        When the frames of the recording are shown, in seconds from the first.

    Returns
    -------
    (int, float, float) or None
        Frame, its time in the file and in the recording, in seconds; None if all times agree,
        or the file says none.
    """
    known = ~np.isnan(features.time_s)
    if not known.any() or len(times) < 2:
        return None
    real, said = times[features.frames], features.time_s
    apart = np.where(known, np.abs(said - real), 0.0)
    row = int(np.argmax(apart))
    # Times are written with three decimals.
    if apart[row] <= float(np.median(np.diff(times))) / 2 + 0.0005:
        return None
    return int(features.frames[row]), float(said[row]), float(real[row])


def tidy_features(
    features: ToolFeatures, child: int | str | None, times: NDArray[np.float64], *, landmarks: bool
) -> pd.DataFrame:
    """A table for statistics programs, a row for each row of the file.

    Parameters
    ----------
    features : ToolFeatures
        What the file says.
    child : int, "largest" or None
        Which face is the child's, as for :func:`child_rows`.
    times : ndarray of float64, shape (n_rows,)
        When the frames are shown, in seconds.
    landmarks : bool
        Whether coordinates of landmarks are kept.

    Returns
    -------
    pandas.DataFrame
        Frame (from 0), time_s, face, child, confidence, success; left, top, right, bottom in
        pixels and pitch, yaw, roll in degrees, where known; then the program's own columns.

    Raises
    ------
    NotFoundError, InvalidFileError
        As :func:`child_rows`.
    """
    columns: dict[str, NDArray[np.generic]] = {
        "frame": features.frames,
        "time_s": times,
        "face": features.faces,
        "child": child_rows(features, child),
        "confidence": features.confidence,
        "success": features.success,
    }
    replaced = set(_BOX)
    if has_places(features):
        boxes = located_boxes(features)
        columns.update({name: boxes[:, place] for place, name in enumerate(_SIDES)})
    pose = pose_in_degrees(features)
    if pose is not None:
        columns.update({name: pose[:, place] for place, name in enumerate(("pitch", "yaw", "roll"))})
        replaced.update(name for names in _POSES for name in names)
    for name in features.table.columns:
        if name not in replaced and (landmarks or not is_landmark(name)):
            columns[name] = features.table[name].to_numpy()
    return as_frame(columns)
