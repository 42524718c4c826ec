"""What is known of the faces of a recording now: features on disk, and over them what people marked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from hrm_core.errors import InvalidFileError
from hrm_core.faces.eye_cover import EyeCover, cover_eyes, locate_eyes
from hrm_core.faces.eye_mask import MaskStyle
from hrm_core.faces.feature_file import FeatureNote, read_features
from hrm_core.faces.follow import face_at
from hrm_core.records.face import FrameFaces
from hrm_core.records.face_mark import FaceMark, FaceMarkKind
from hrm_core.records.people import Participant
from hrm_core.records.recording import Recording
from hrm_core.workflows.import_features import IMPORTED
from hrm_core.workflows.project import FEATURES, Project

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["FaceSight", "mark_in_pixels", "see_faces", "without_score"]

UNREADABLE = "its face features are damaged or of a newer version: run hrm extract faces --again"
UNCHECKED = "its faces come from another program and were not compared with the pictures"
NOT_LOOKED_AT = "nobody has looked for a face in this frame"


@dataclass(frozen=True, slots=True)
class FaceSight:
    """The faces of one recording.

    Attributes
    ----------
    note : FeatureNote or None
        Where the features come from; None if there are none that belong to this file.
    problem : str
        Why there are no features; empty if there are.
    frames : mapping of int to FrameFaces
        By frame.
    covers : mapping of int to EyeCover
        By frame; frames that are missing are not located.
    marks : tuple of FaceMark
        What people marked.
    size : (int, int) or None
        Width and height of the pictures in which these are places; None if that is not known.
    """

    note: FeatureNote | None
    problem: str
    frames: Mapping[int, FrameFaces]
    covers: Mapping[int, EyeCover]
    marks: tuple[FaceMark, ...]
    size: tuple[int, int] | None = None

    def cover(self, frame: int) -> EyeCover:
        """What is to be covered in a frame, or why that is not known."""
        return self.covers.get(frame) or EyeCover((), self.problem or NOT_LOOKED_AT)

    def covered(
        self, frame: int, rgb: NDArray[np.uint8], style: MaskStyle = MaskStyle.GREY_GREEN
    ) -> NDArray[np.uint8] | None:
        """A picture with its eyes covered; None if they cannot be located, so that it is withheld."""
        cover = self.cover(frame)
        if not cover.located or (rgb.shape[1], rgb.shape[0]) != self.size:
            return None
        return cover_eyes(rgb, cover, style)


def see_faces(project: Project, who: Participant, recording: Recording) -> FaceSight:
    """Read what is known of the faces of a recording.

    Parameters
    ----------
    project : Project
        The open study.
    who : Participant
        The child.
    recording : Recording
        The recording.

    Returns
    -------
    FaceSight
        Without features if there are none, or if they were made from another file.

    Raises
    ------
    StoreError
        If the marks cannot be read.
    """
    marks = tuple(project.store.face_marks.of_video(recording.id))
    note, problem, frames = _features(project, who, recording)
    bands = {
        mark.frame: mark_in_pixels(mark, recording) if mark.kind is FaceMarkKind.EYES else None
        for mark in marks
        if mark.kind is not FaceMarkKind.FACE
    }
    drawn = {
        mark.frame: mark_in_pixels(mark, recording).reshape(-1)
        for mark in marks
        if mark.kind is FaceMarkKind.FACE
    }
    covers = locate_eyes([_as_drawn(entry, drawn.get(entry.frame)) for entry in frames], bands)
    if note is not None and note.settings.get("faces") == IMPORTED:
        covers = {frame: _unchecked(cover, frame in bands) for frame, cover in covers.items()}
    width, height = recording.width, recording.height
    size = None if width is None or height is None else (width, height)
    return FaceSight(note, problem, {entry.frame: entry for entry in frames}, covers, marks, size)


def _unchecked(cover: EyeCover, is_marked: bool) -> EyeCover:
    """Imported faces are not trusted with eyes: their file may be about another recording."""
    return cover if is_marked or cover.problem else replace(cover, problem=UNCHECKED)


def _as_drawn(entry: FrameFaces, box: NDArray[np.float64] | None) -> FrameFaces:
    """A frame whose child is who a person has said; faces may have been followed before that."""
    if box is None:
        return entry
    return replace(entry, target=face_at([face.box for face in entry.faces], box))


def _features(
    project: Project, who: Participant, recording: Recording
) -> tuple[FeatureNote | None, str, list[FrameFaces]]:
    path = project.face_path(FEATURES, who, recording)
    try:
        # With all landmarks: a mask is widened by those of the eyes.
        note, frames = read_features(path)
    except InvalidFileError:
        # Not the error's own words: they name a path, in which the group stands, and go into exports.
        return None, UNREADABLE if path.exists() else "faces have not been looked for yet", []
    known = project.identified(recording)
    about = (note.fingerprint, note.frame_count, note.width, note.height)
    if about != (known.fingerprint, known.frame_count, known.width, known.height):
        return None, "its faces were looked for in another file: run hrm extract faces --again", []
    return note, "", frames


def without_score(problem: str) -> str:
    """Why eyes are not located, in the same words for a run of doubtful frames of different scores."""
    return problem.partition(" (score ")[0]


def mark_in_pixels(mark: FaceMark, recording: Recording) -> NDArray[np.float64]:
    """The points of a mark in pixels of the recording's frames, shape (n, 2).

    Raises
    ------
    InvalidFileError
        If the size of the frames is not known.
    """
    if recording.width is None or recording.height is None:
        raise InvalidFileError(
            f"The size of video {recording.name!r} is not known: connect its file with hrm add video "
            "--replace."
        )
    return np.array(mark.points, dtype=np.float64).reshape(-1, 2) * (recording.width, recording.height)
