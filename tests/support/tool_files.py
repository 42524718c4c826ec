"""Synthetic output of OpenFace and Py-Feat: made-up numbers in the columns that the programs write."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

Row = dict[str, object]

_DATA = Path(__file__).parents[2].parent / "shared" / "data"
AXES_2D = [f"{axis}_{place}" for axis in "xy" for place in range(68)]


def real_file(name: str) -> Path:
    """A file that the program itself wrote, if this machine has it."""
    path = _DATA / name
    if not path.exists():
        pytest.skip(f"{name} is not on this machine: shared/ is not beside the project")
    return path


def points(left: float, top: float, size: float) -> dict[str, float]:
    """68 landmarks on a circle that fills a square."""
    turns = [2 * math.pi * place / 68 for place in range(68)]
    x = {f"x_{n}": left + size / 2 * (1 + math.cos(turn)) for n, turn in enumerate(turns)}
    return x | {f"y_{n}": top + size / 2 * (1 + math.sin(turn)) for n, turn in enumerate(turns)}


def openface_row(number: int, *, face: int | None = None, fps: float = 25.0, **changes: object) -> Row:
    """A row of FeatureExtraction about the frame that OpenFace calls `number`."""
    row: Row = {"frame": number}
    if face is not None:
        row["face_id"] = face
    row |= {"timestamp": round((number - 1) / fps, 3), "confidence": 0.98, "success": 1}
    row |= {"gaze_angle_x": 0.1, "pose_Tx": 1.5, "pose_Rx": 0.1, "pose_Ry": -0.2, "pose_Rz": 0.05}
    row |= points(10, 8, 20)
    row |= {"AU01_r": number / 10, "AU26_r": 0.5, "AU45_r": 0.0, "AU01_c": 1, "AU28_c": 0}
    return row | changes


def pyfeat_row(frame: int, *, left: float = 10.0, size: float = 20.0, **changes: object) -> Row:
    """A row of Py-Feat."""
    row: Row = {"FaceRectX": left, "FaceRectY": 8.0, "FaceRectWidth": size, "FaceRectHeight": size}
    row |= {"FaceScore": 0.9, **points(left, 8, size), "Pitch": 1.0, "Roll": 2.0, "Yaw": 3.0}
    row |= {"AU01": 0.25, "AU26": 0.5, "AU43": 0.75, "happiness": 0.9, "input": "clip_1.mp4", "frame": frame}
    return row | changes


def no_face(frame: int) -> Row:
    """A row of Py-Feat about a frame without a face."""
    return dict.fromkeys(pyfeat_row(0), "") | {"input": "clip_1.mp4", "frame": frame}


def as_text(rows: Sequence[Mapping[str, object]], separator: str = ",", end: str = "\n") -> str:
    """Rows as a table with a header."""
    names = [*rows[0]]
    lines = [names, *([str(row[name]) for name in names] for row in rows)]
    return end.join(separator.join(line) for line in lines) + end


def write_rows(path: Path, rows: Sequence[Mapping[str, object]]) -> Path:
    """A CSV of rows."""
    path.write_text(as_text(rows), encoding="utf-8")
    return path
