"""Synthetic faces in the numbered study: points that move as a head would, in no real face."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hrm_core.faces.feature_file import FeatureNote, write_features
from hrm_core.records.face import Face, FrameFaces
from hrm_core.records.people import Participant
from hrm_core.records.recording import Recording
from hrm_core.workflows.add_participant import add_rater
from hrm_core.workflows.project import FEATURES, Project, open_project
from tests.support.window import CODER, FRAMES

__all__ = ["BLANK", "child_box", "five_points", "let_see_eyes", "synthetic_faces", "write_synthetic_faces"]

BLANK = range(40, 46)
"""Frames in which no face is found."""

_UPRIGHT = np.array([[-10.0, -8.0], [10.0, -8.0], [0.0, 2.0], [-7.0, 13.0], [7.0, 13.0]])


def five_points(centre: tuple[float, float], size: float = 1.0, turn: float = 0.0) -> NDArray[np.float64]:
    """Five points of an upright face, 20 pixels between the eyes at size 1; `turn` moves the nose."""
    points = _UPRIGHT * size
    points[2, 0] += turn * size
    return points + centre


def child_box(five: NDArray[np.float64]) -> NDArray[np.float64]:
    """A box around five points."""
    low, high = five.min(axis=0), five.max(axis=0)
    return np.concatenate([low - 8, high + 8])


def synthetic_faces(frames: int, width: int, height: int) -> list[FrameFaces]:
    """A child that rests around frames 20 and 100 and moves otherwise; somebody else beside it."""
    found = []
    for frame in range(frames):
        rests = abs(frame - 20) < 8 or abs(frame - 100) < 8
        shift = 0.0 if rests else 4.0 * np.sin(frame)
        five = five_points((width * 0.4 + shift, height * 0.5), turn=0.0 if rests else 6.0)
        child = Face(child_box(five), 0.95, five)
        other = five_points((width * 0.8, height * 0.5), 0.6)
        faces = (child, Face(child_box(other), 0.8, other))
        entry = FrameFaces(frame, frame / 25, faces, 0)
        found.append(FrameFaces(frame, frame / 25) if frame in BLANK else entry)
    return found


def write_synthetic_faces(study: Path, code: str = "7", frames: int = FRAMES) -> list[FrameFaces]:
    """Write features for a participant's recording."""
    with open_project(study) as project:
        who, recording = next(project.recordings(code))
        return _write(project, who, recording, frames)


def _write(project: Project, who: Participant, recording: Recording, frames: int) -> list[FrameFaces]:
    assert recording.width is not None
    assert recording.height is not None
    found = synthetic_faces(frames, recording.width, recording.height)
    note = FeatureNote(
        "synthetic", recording.fingerprint, frames, recording.width, recording.height, synthetic=True
    )
    path = project.face_path(FEATURES, who, recording)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_features(path, note, found)
    return found


def let_see_eyes(study: Path, sees_eyes: bool, coder: str = CODER) -> None:
    """Say whether a coder may see eyes."""
    with open_project(study) as project:
        project.store.people.update_rater(replace(add_rater(project, coder), sees_eyes=sees_eyes))
