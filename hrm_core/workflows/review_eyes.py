"""Look at frames whose eyes are not located, and say by hand where they are."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hrm_core.errors import InvalidFileError, NotFoundError, ProjectError
from hrm_core.faces.hand_band import band_of_centres, band_of_corners
from hrm_core.records.face_mark import FaceMark, FaceMarkKind, Unmasking
from hrm_core.records.people import Participant, Rater
from hrm_core.records.recording import Recording
from hrm_core.workflows.project import Project
from hrm_core.workflows.see_faces import see_faces, without_score

__all__ = [
    "LoggedUnmasking",
    "ReviewItem",
    "band_of_centres",
    "eyes_to_review",
    "mark_eyes",
    "mark_face",
    "mark_no_eyes",
    "take_back",
    "unmaskings",
]


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """A run of frames that is withheld for one reason.

    Attributes
    ----------
    first_frame, last_frame : int
        Both included.
    reason : str
        Why the eyes are not known to be covered.
    """

    first_frame: int
    last_frame: int
    reason: str

    @property
    def frame(self) -> int:
        """The first frame: where to look."""
        return self.first_frame

    @property
    def frames(self) -> range:
        """All of them."""
        return range(self.first_frame, self.last_frame + 1)

    def __len__(self) -> int:
        return len(self.frames)


def eyes_to_review(project: Project, who: Participant, recording: Recording) -> tuple[ReviewItem, ...]:
    """Frames of a recording whose eyes are not located, as runs of one reason in order.

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
    tuple of ReviewItem
        Empty if every frame may be shown, or if only labels are known.

    Raises
    ------
    StoreError
        If the marks cannot be read.
    """
    sight = see_faces(project, who, recording)
    items: list[ReviewItem] = []
    for frame in range(recording.frame_count or 0):
        reason = without_score(sight.cover(frame).problem)
        if not reason:
            continue
        last = items[-1] if items else None
        if last is not None and (last.last_frame, last.reason) == (frame - 1, reason):
            items[-1] = replace(last, last_frame=frame)
        else:
            items.append(ReviewItem(frame, frame, reason))
    return tuple(items)


def mark_eyes(
    project: Project, rater: Rater, recording: Recording, frame: int, band: ArrayLike
) -> NDArray[np.float64]:
    """Say which band of a frame covers both eyes of the child.

    Parameters
    ----------
    project : Project
        The open study.
    rater : Rater
        Who says so.
    recording : Recording
        The recording.
    frame : int
        Which frame.
    band : array_like of float, shape (4, 2)
        Corners in pixels of the frame.

    Returns
    -------
    ndarray of float64, shape (4, 2)
        The band as it was kept, its corners in order.

    Raises
    ------
    ProjectError
        If the rater may not see eyes.
    NotFoundError
        If there is no such frame.
    InvalidFileError
        If the corners enclose no band in the picture, or the size of the frames is not known.
    StoreWriteError
        If it could not be written.
    """
    _require_sight(project, rater)
    width, height = _size(recording)
    corners = band_of_corners(band, width, height)
    _add(project, rater, recording, frame, FaceMarkKind.EYES, corners)
    return corners


def mark_no_eyes(project: Project, rater: Rater, recording: Recording, frame: int) -> None:
    """Say that no eye of the child is seen in a frame, so that it may be shown as it is.

    Raises
    ------
    ProjectError
        If the rater may not see eyes.
    NotFoundError
        If there is no such frame.
    StoreWriteError
        If it could not be written.
    """
    _require_sight(project, rater)
    _add(project, rater, recording, frame, FaceMarkKind.NO_EYES, np.empty((0, 2)))


def mark_face(project: Project, rater: Rater, recording: Recording, frame: int, box: ArrayLike) -> None:
    """Say where the child's face is in a frame.

    It covers no eyes: faces are looked for again with it, or eyes are marked too.

    Parameters
    ----------
    project, rater, recording, frame
        As :func:`mark_eyes`; who may not see eyes can tell a face by its mouth.
    box : array_like of float, shape (4,)
        Left, top, right, bottom in pixels of the frame.

    Raises
    ------
    NotFoundError
        If there is no such frame.
    InvalidFileError
        If it is no box in the picture, or the size of the frames is not known.
    StoreWriteError
        If it could not be written.
    """
    width, height = _size(recording)
    corners = np.asarray(box, dtype=np.float64).reshape(2, 2)
    cut = np.clip(corners, 0, (width, height))
    if not np.isfinite(corners).all() or (cut[1] - cut[0] < 1).any():
        raise InvalidFileError(
            f"This is no box in a picture of {width} × {height} pixels: give left, top, right and bottom."
        )
    _add(project, rater, recording, frame, FaceMarkKind.FACE, cut)


def take_back(project: Project, rater: Rater, recording: Recording, frame: int) -> tuple[FaceMark, ...]:
    """Let what was marked in a frame hold no more: what the detector says counts again.

    Returns
    -------
    tuple of FaceMark
        What was taken back.

    Raises
    ------
    NotFoundError
        If nothing is marked there.
    ProjectError
        If eyes were marked and the rater may not see them.
    StoreWriteError
        If it could not be written.
    """
    _require_frame(recording, frame)
    marks = tuple(m for m in project.store.face_marks.of_video(recording.id) if m.frame == frame)
    if not marks:
        raise NotFoundError(f"Nothing is marked in frame {frame} of video {recording.name!r}.")
    if any(mark.kind is not FaceMarkKind.FACE for mark in marks):
        _require_sight(project, rater)
    for mark in marks:
        project.store.face_marks.take_back(replace(mark, rater_id=rater.id))
    return marks


def _require_sight(project: Project, rater: Rater) -> None:
    # Asked anew: the right may have been taken away since the window was opened.
    if not project.store.people.rater(rater.name).sees_eyes:
        raise ProjectError(
            f"{rater.name} may not see the children's eyes, so cannot say where they are: ask one who may."
        )


def _require_frame(recording: Recording, frame: int) -> None:
    count = recording.frame_count or 0
    if not 0 <= frame < count:
        raise NotFoundError(
            f"Video {recording.name!r} has no frame {frame}: its frames are 0 to {count - 1}."
            if count
            else f"Only labels are known of video {recording.name!r}: connect its file with hrm add video "
            "--replace."
        )


def _size(recording: Recording) -> tuple[int, int]:
    if recording.width is None or recording.height is None:
        raise InvalidFileError(
            f"The size of video {recording.name!r} is not known: connect its file with hrm add video "
            "--replace."
        )
    return recording.width, recording.height


def _add(
    project: Project,
    rater: Rater,
    recording: Recording,
    frame: int,
    kind: FaceMarkKind,
    corners: NDArray[np.float64],
) -> None:
    _require_frame(recording, frame)
    parts = corners / _size(recording) if len(corners) else corners
    points = tuple((float(x), float(y)) for x, y in parts)
    project.store.face_marks.add(FaceMark(recording.id, frame, kind, points, rater.id))


@dataclass(frozen=True, slots=True)
class LoggedUnmasking:
    """One line of the log of unmaskings.

    Attributes
    ----------
    what : Unmasking
        As it was logged.
    participant, video : str or None
        Whose eyes; None where the right to see them was given.
    """

    what: Unmasking
    participant: str | None
    video: str | None


def unmaskings(project: Project) -> list[LoggedUnmasking]:
    """Who was shown, or given, uncovered eyes, the oldest first.

    Raises
    ------
    StoreError
        If the log cannot be read.
    """
    names = {recording.id: (who.code, recording.name) for who, recording in project.recordings()}
    nobody = (None, None)
    return [
        LoggedUnmasking(entry, *(nobody if entry.video_id is None else names.get(entry.video_id, nobody)))
        for entry in project.store.face_marks.unmaskings()
    ]
