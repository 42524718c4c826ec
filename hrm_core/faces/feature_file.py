"""Faces of a recording as a Parquet file, one row per face; ``docs/face-features.md`` is its schema."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hrm_core.errors import InvalidFileError
from hrm_core.parquet import open_parquet
from hrm_core.paths import whole_file
from hrm_core.records.face import Face, FrameFaces

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "FORMAT",
    "FeatureNote",
    "feature_columns",
    "read_features",
    "tidy_faces",
    "write_features",
    "write_table",
]

FORMAT = "hrm-faces 1"
"""Raised when an older program could not read the file rightly."""

_NOTE_KEY = "hrm_faces"

# Groups of columns and the field of a face they hold; a group that no face has is left out.
_POINTS: dict[str, tuple[str, int, str]] = {
    "five": ("five", 5, "xy"),
    "eyes": ("eyes", 4, "xy"),
    "p106": ("points_2d", 106, "xy"),
    "p68": ("points_3d", 68, "xyz"),
}
_BOX = ("left", "top", "right", "bottom")
_POSE = ("pitch", "yaw", "roll")
_MATRIX = tuple(f"align_{row}{column}" for row in range(2) for column in range(3))
_CROP = ("crop_left", "crop_top", "crop_side")


@dataclass(frozen=True, slots=True)
class FeatureNote:
    """Where the faces of a file come from.

    Attributes
    ----------
    detector : str
        Name of the detector.
    fingerprint : str or None
        Fingerprint of the video they were found in.
    frame_count, width, height : int
        Frames of that video, and its size in pixels.
    weights : mapping of str to str
        SHA-256 of each model file, by file name.
    settings : mapping of str to str
        Settings of the detector and of cropping, in words.
    synthetic : bool
        Whether the faces were drawn.
    """

    detector: str
    fingerprint: str | None
    frame_count: int
    width: int
    height: int
    weights: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    synthetic: bool = False


def feature_columns(group: str) -> list[str]:
    """Names of the columns of one group of points: ``five``, ``eyes``, ``p106`` or ``p68``."""
    _, number, axes = _POINTS[group]
    return [f"{group}_{place}_{axis}" for place in range(number) for axis in axes]


def write_features(path: Path, note: FeatureNote, frames: Sequence[FrameFaces]) -> None:
    """Write the faces of a recording, whole or not at all.

    Parameters
    ----------
    path : pathlib.Path
        The Parquet file.
    note : FeatureNote
        Where they come from.
    frames : sequence of FrameFaces
        Every frame that was looked at, in order; also those without a face.

    Raises
    ------
    InvalidFileError
        If it could not be written.
    """
    import fastparquet

    table = _to_table(frames)
    text = json.dumps({"format": FORMAT, **asdict(note)}, ensure_ascii=False)
    try:
        with whole_file(path) as scratch:
            fastparquet.write(
                str(scratch), table, compression="ZSTD", write_index=False, custom_metadata={_NOTE_KEY: text}
            )
    except OSError as error:
        raise InvalidFileError(
            f"{path} cannot be written ({error.strerror or error}): free some space or allow writing there."
        ) from error


def tidy_faces(frames: Sequence[FrameFaces]) -> pd.DataFrame:
    """Faces as a table for other programs: what is about our own pictures is left out.

    Parameters
    ----------
    frames : sequence of FrameFaces
        In order.

    Returns
    -------
    pandas.DataFrame
        A row per face, and one for each frame without a face, whose ``face`` is -1: frame,
        time_s, face, child, score, the box, the five points and, where there are any, landmarks
        and pose; as in ``docs/face-features.md``.
    """
    table = _to_table(frames)
    own = {*_MATRIX, *_CROP, *feature_columns("eyes")}
    return table[[name for name in table.columns if name not in own]]


def write_table(path: Path, table: pd.DataFrame) -> None:
    """Write a table as Parquet or CSV, whole or not at all.

    Parameters
    ----------
    path : pathlib.Path
        Ends in ``.parquet`` or ``.csv``.
    table : pandas.DataFrame
        Its index is not written.

    Raises
    ------
    InvalidFileError
        If it could not be written.
    """
    try:
        with whole_file(path) as scratch:
            if path.suffix == ".parquet":
                import fastparquet

                fastparquet.write(str(scratch), table, compression="ZSTD", write_index=False)
            else:
                table.to_csv(scratch, index=False, lineterminator="\n")
    except OSError as error:
        raise InvalidFileError(
            f"{path} cannot be written ({error.strerror or error}): free some space or allow writing there."
        ) from error


def _to_table(frames: Sequence[FrameFaces]) -> pd.DataFrame:
    import pandas as pd

    rows = [
        (entry, place) for entry in frames for place in (range(len(entry.faces)) if entry.faces else (-1,))
    ]
    faces = [entry.faces[place] if place >= 0 else None for entry, place in rows]
    child = np.array(
        [entry.target is not None and entry.target == place for entry, place in rows], dtype=bool
    )
    columns: dict[str, NDArray[Any]] = {
        "frame": np.array([entry.frame for entry, _ in rows], dtype=np.int32),
        "time_s": np.array([entry.time_s for entry, _ in rows], dtype=np.float64),
        "face": np.array([place for _, place in rows], dtype=np.int16),
        "child": child,
        "score": _numbers([None if face is None else [face.score] for face in faces], 1)[:, 0],
    }
    columns.update(_named(_BOX, _numbers([None if face is None else face.box for face in faces], 4)))
    for group, (name, number, axes) in _POINTS.items():
        values = [None if face is None else getattr(face, name) for face in faces]
        if any(value is not None for value in values):
            columns.update(_named(feature_columns(group), _numbers(values, number * len(axes))))
    poses = [None if face is None else face.pose for face in faces]
    if any(pose is not None for pose in poses):
        columns.update(_named(_POSE, _numbers(poses, 3)))
    mine = list(zip(rows, child, strict=True))
    matrices = [entry.alignment if is_child else None for (entry, _), is_child in mine]
    crops = [entry.crop if is_child else None for (entry, _), is_child in mine]
    # In full precision: coordinates are to come back from an aligned picture exactly.
    columns.update(_named(_MATRIX, _numbers(matrices, 6, np.float64)))
    columns.update(_named(_CROP, _numbers(crops, 3)))
    return pd.DataFrame(columns)


def _numbers(values: Sequence[Any], width: int, dtype: type = np.float32) -> NDArray[Any]:
    """Values row by row, flat; NaN where there are none."""
    table: NDArray[Any] = np.full((len(values), width), np.nan, dtype=dtype)
    for place, value in enumerate(values):
        if value is not None:
            table[place] = np.asarray(value).reshape(-1)
    return table


def _named(names: Sequence[str], table: NDArray[Any]) -> dict[str, NDArray[Any]]:
    return {name: np.ascontiguousarray(table[:, place]) for place, name in enumerate(names)}


def read_features(path: Path, *, landmarks: bool = True) -> tuple[FeatureNote, list[FrameFaces]]:
    """Read what :func:`write_features` wrote.

    Parameters
    ----------
    path : pathlib.Path
        The Parquet file.
    landmarks : bool
        Whether to read the 106 and 68 landmarks too; without them it is faster.

    Returns
    -------
    note : FeatureNote
        Where the faces come from.
    frames : list of FrameFaces
        In order of frames.

    Raises
    ------
    InvalidFileError
        If the file is missing, damaged, of another kind or made by a newer version.
    """
    table: Any
    try:
        file = open_parquet(path.read_bytes())
        note = _to_note(path, file.key_value_metadata)
        unwanted = () if landmarks else ("p106_", "p68_")
        table = file.to_pandas(columns=[name for name in file.columns if not name.startswith(unwanted)])
    except FileNotFoundError as error:
        raise InvalidFileError(f"There is no file {path}: make it with hrm extract faces.") from error
    except OSError as error:
        if isinstance(error, InvalidFileError):
            raise
        raise InvalidFileError(f"{path} cannot be read ({error.strerror or error}): try again.") from error
    except InvalidFileError:
        raise
    except Exception as error:  # fastparquet raises whatever the damaged bytes lead to
        raise InvalidFileError(
            f"{path} cannot be read as Parquet ({error}): make it again with hrm extract faces."
        ) from error
    return note, _to_frames(path, {str(name): table[name].to_numpy() for name in table.columns})


def _to_note(path: Path, metadata: Mapping[str, str]) -> FeatureNote:
    text = metadata.get(_NOTE_KEY)
    if text is None:
        raise InvalidFileError(
            f"{path} is a Parquet file of another program: make face features with hrm extract faces."
        )
    values = json.loads(text)
    found = values.pop("format", None)
    if found != FORMAT:
        raise InvalidFileError(
            f"{path} has the format {found!r}, which this version does not know: update the program, or make "
            "the file again with hrm extract faces."
        )
    return FeatureNote(**values)


def _to_frames(path: Path, columns: Mapping[str, NDArray[Any]]) -> list[FrameFaces]:
    try:
        boxes = _stacked(columns, _BOX)
        groups = {
            name: _stacked(columns, feature_columns(group)).reshape(-1, number, len(axes))
            for group, (name, number, axes) in _POINTS.items()
            if feature_columns(group)[0] in columns
        }
        if _POSE[0] in columns:
            groups["pose"] = _stacked(columns, _POSE)
        matrices, crops = _stacked(columns, _MATRIX).reshape(-1, 2, 3), _stacked(columns, _CROP)
        numbers, times, places = columns["frame"], columns["time_s"], columns["face"]
        child, scores = columns["child"].astype(bool), columns["score"]
    except KeyError as error:
        raise InvalidFileError(
            f"{path} has no column {error}: make it again with hrm extract faces."
        ) from error
    frames: list[FrameFaces] = []
    begins = np.flatnonzero(np.r_[True, numbers[1:] != numbers[:-1]]) if len(numbers) else np.empty(0, int)
    ends = np.r_[begins[1:], len(numbers)] if len(numbers) else begins
    for begin, end in zip(begins, ends, strict=True):
        rows = [row for row in range(begin, end) if places[row] >= 0]
        faces = tuple(
            Face(
                boxes[row], float(scores[row]), **{name: _unless_nan(at[row]) for name, at in groups.items()}
            )
            for row in rows
        )
        target = next((place for place, row in enumerate(rows) if child[row]), None)
        at = None if target is None else rows[target]
        frames.append(
            FrameFaces(
                int(numbers[begin]),
                float(times[begin]),
                faces,
                target,
                None if at is None else _unless_nan(matrices[at]),
                None if at is None or np.isnan(crops[at]).any() else tuple(crops[at].tolist()),
            )
        )
    return frames


def _stacked(columns: Mapping[str, NDArray[Any]], names: Sequence[str]) -> NDArray[np.float64]:
    return np.stack([columns[name] for name in names], axis=1).astype(np.float64)


def _unless_nan(values: NDArray[np.float64]) -> NDArray[np.float64] | None:
    return None if np.isnan(values).any() else values
