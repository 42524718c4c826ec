"""Faces without a detector: drawn by people and tracked from there, or found by another program."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hrm_core.errors import InvalidFileError, NotFoundError
from hrm_core.faces.given import GivenFaces
from hrm_core.faces.track import drawn_face, track_faces
from hrm_core.progress import CancelToken, Progress
from hrm_core.records.face import Face
from hrm_core.records.face_mark import FaceMarkKind
from hrm_core.records.people import Participant
from hrm_core.records.recording import Recording
from hrm_core.workflows.import_features import IMPORTED, tool_faces
from hrm_core.workflows.project import Project
from hrm_core.workflows.see_faces import mark_in_pixels

if TYPE_CHECKING:
    from hrm_core.faces.detector import Detector
    from hrm_core.media import Video

__all__ = ["given_faces"]


def given_faces(
    project: Project,
    who: Participant,
    recording: Recording,
    video: Video,
    spans: Sequence[tuple[int, int]],
    *,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> Detector:
    """What people drew in a recording, tracked; else what another program found in it.

    Parameters
    ----------
    project : Project
        The open study.
    who : Participant
        The child.
    recording : Recording
        The recording.
    video : Video
        Its frames, open.
    spans : sequence of (int, int)
        First and last frame (included) of each part whose faces are wanted.
    progress : Progress, optional
        Told of every frame that is tracked.
    cancel : CancelToken, optional
        Asked before every frame.

    Returns
    -------
    Detector
        That looks faces up by frame.

    Raises
    ------
    NotFoundError
        If nobody drew a face and none was imported.
    InvalidFileError
        If a drawn face has no extent, or the size of the frames is not known.
    Cancelled
        On request.
    """
    drawn = _drawn(project, recording, len(video))
    if drawn:
        frames = [n for first, last in spans for n in range(max(first, 0), min(last, len(video) - 1) + 1)]
        tracked = track_faces(video.__getitem__, drawn, frames, progress=progress, cancel=cancel)
        number = "1 frame" if len(drawn) == 1 else f"{len(drawn)} frames"
        return GivenFaces(
            {frame: (face,) for frame, face in tracked.items()}, f"drawn by hand in {number} and tracked"
        )
    imported = tool_faces(project, who, recording)
    if not imported:
        raise NotFoundError(
            f"No face is given for video {recording.name!r} of participant {who.code}: draw one with "
            "hrm faces mark, or take over what another program found with hrm import openface."
        )
    return GivenFaces(imported, IMPORTED)


def _drawn(project: Project, recording: Recording, frame_count: int) -> dict[int, Face]:
    """Faces that people drew, by frame, with the eyes that they drew in the same frame."""
    marks = [mark for mark in project.store.face_marks.of_video(recording.id) if mark.frame < frame_count]
    eyes = {mark.frame: mark_in_pixels(mark, recording) for mark in marks if mark.kind is FaceMarkKind.EYES}
    drawn = {}
    for mark in marks:
        if mark.kind is not FaceMarkKind.FACE:
            continue
        corners = mark_in_pixels(mark, recording)
        low, high = corners.min(axis=0), corners.max(axis=0)
        if (high - low).min() < 1:
            raise InvalidFileError(
                f"The face that was drawn in frame {mark.frame} of video {recording.name!r} has no extent: "
                "draw it again with hrm faces mark."
            )
        drawn[mark.frame] = drawn_face((*low, *high), eyes.get(mark.frame))
    return drawn
