"""Say which face is the child's; the recording is followed anew from there without looking for faces."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from hrm_core import media
from hrm_core.errors import InvalidFileError, NotFoundError, ProjectError
from hrm_core.faces.align import ALIGNED_SIZE
from hrm_core.faces.feature_file import FeatureNote, read_features
from hrm_core.media.frame_folder import MANIFEST, FrameFolder, read_manifest
from hrm_core.progress import CancelToken
from hrm_core.records.face import FrameFaces
from hrm_core.records.face_mark import FaceMark, FaceMarkKind
from hrm_core.records.people import Participant
from hrm_core.records.recording import Recording
from hrm_core.workflows.add_video import recording_of
from hrm_core.workflows.extract_faces import ALIGNED, CROPS, own_pictures, picks_of
from hrm_core.workflows.face_pictures import FacePictures, PictureChoice
from hrm_core.workflows.faces_report import FaceEvent, events_of
from hrm_core.workflows.look_for_faces import ALIGNED_SETTING, FaceTask, LookedAt, look_for_faces
from hrm_core.workflows.project import FEATURES, Project

__all__ = ["Picked", "follow_again", "pick_face"]


@dataclass(frozen=True, slots=True)
class Picked:
    """What a pick has changed.

    Attributes
    ----------
    participant, video : str
        Code of the child and name of the recording.
    frame, face : int
        The frame, and which of its faces is the child's.
    changed : tuple of int
        Frames in which another face, or none, is the child's now.
    aligned, crops : int
        Pictures that were written anew.
    events : tuple of FaceEvent
        All that should be looked at now.
    """

    participant: str
    video: str
    frame: int
    face: int
    changed: tuple[int, ...]
    aligned: int
    crops: int
    events: tuple[FaceEvent, ...]


def pick_face(
    project: Project,
    code: str,
    frame: int,
    *,
    by: str,
    face: int | None = None,
    at: tuple[float, float] | None = None,
    video: str | None = None,
    cancel: CancelToken | None = None,
) -> Picked:
    """Mark a face as the child's and follow it from there until the next mark.

    Parameters
    ----------
    project : Project
        The open study.
    code : str
        Code of the child.
    frame : int
        The frame.
    by : str
        Name of the rater who says so.
    face : int, optional
        Place of the face among those of the frame, as ``hrm faces show`` lists them.
    at : (float, float), optional
        Or a point inside its box, in pixels.
    video : str, optional
        Name of the recording; may be left out if there is one only.
    cancel : CancelToken, optional
        Asked between frames.

    Raises
    ------
    NotFoundError
        If the child, video, rater, frame or face does not exist.
    ProjectError
        If neither or both of `face` and `at` are given.
    InvalidFileError
        If the features cannot be read, or belong to another file.
    StoreError
        If the mark cannot be written; then nothing has changed.
    """
    who, recording = project.store.people.participant(code), recording_of(project, code, video)
    rater = project.store.people.rater(by)
    note, frames = _features(project, who, recording)
    entry = next((entry for entry in frames if entry.frame == frame), None)
    if entry is None:
        raise NotFoundError(
            f"Nobody has looked for faces in frame {frame} of video {recording.name!r}: choose another "
            "frame, or run hrm extract faces."
        )
    chosen = _chosen(entry, face, at)
    left, top, right, bottom = entry.faces[chosen].box.tolist()
    width, height = note.width or 1, note.height or 1
    # A box may reach beyond the picture, a mark may not.
    points = tuple(
        (min(max(x / width, 0.0), 1.0), min(max(y / height, 0.0), 1.0))
        for x, y in ((left, top), (right, bottom))
    )
    project.original_path(recording)
    project.store.face_marks.add(FaceMark(recording.id, frame, FaceMarkKind.FACE, points, rater.id))
    found = follow_again(project, who, recording, cancel=cancel)
    before = {entry.frame: entry.target for entry in frames}
    changed = tuple(entry.frame for entry in found.frames if entry.target != before[entry.frame])
    return Picked(
        who.code,
        recording.name,
        frame,
        chosen,
        changed,
        found.aligned,
        found.crops,
        events_of(found.events),
    )


def _features(
    project: Project, who: Participant, recording: Recording
) -> tuple[FeatureNote, list[FrameFaces]]:
    path = project.face_path(FEATURES, who, recording)
    note, frames = read_features(path)
    if note.fingerprint != project.identified(recording).fingerprint:
        raise InvalidFileError(
            f"The faces in {path} were looked for in another file: run hrm extract faces --again."
        )
    return note, frames


def _chosen(entry: FrameFaces, face: int | None, at: tuple[float, float] | None) -> int:
    if (face is None) == (at is None):
        raise ProjectError("Say which face is the child's: its number with --face, or a point with --at.")
    boxes = [", ".join(f"{value:.0f}" for value in found.box) for found in entry.faces]
    known = "; ".join(f"{place} at {box}" for place, box in enumerate(boxes))
    there = f"there are: {known}" if known else "none was found in it"
    if face is not None:
        if not 0 <= face < len(entry.faces):
            raise NotFoundError(f"Frame {entry.frame} has no face {face}; {there}.")
        return face
    assert at is not None
    x, y = at
    around = [
        (float((box[2] - box[0]) * (box[3] - box[1])), place)
        for place, box in enumerate(found.box for found in entry.faces)
        if box[0] <= x <= box[2] and box[1] <= y <= box[3]
    ]
    if not around:
        raise NotFoundError(f"No face of frame {entry.frame} lies at {x:g},{y:g}; {there}.")
    return min(around)[1]


def follow_again(
    project: Project, who: Participant, recording: Recording, *, cancel: CancelToken | None = None
) -> LookedAt:
    """Follow the child anew by the marks that hold now; faces are not looked for again.

    The feature file is rewritten, and the pictures of those frames in which another
    face is the child's now: only these are decoded.

    Parameters
    ----------
    project : Project
        The open study.
    who : Participant
        The child.
    recording : Recording
        The recording.
    cancel : CancelToken, optional
        Asked between frames.

    Raises
    ------
    InvalidFileError, NotFoundError, StillError
        If features, video or pictures cannot be read or written.
    """
    path = project.original_path(recording)
    note, frames = _features(project, who, recording)
    pictures = _pictures(project, who, project.identified(recording), note)
    known = {entry.frame: entry for entry in frames}
    features = project.face_path(FEATURES, who, recording)
    task = FaceTask(features, note, pictures, known, (), picks_of(project, who, recording, note))
    with (
        media.open_video(path, cache_bytes=0, cancel=cancel) as opened,
        ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="hrm-write") as helpers,
    ):
        return look_for_faces(
            task, opened, None, helpers, advance=lambda: None, cancel=cancel or CancelToken()
        )


def _pictures(project: Project, who: Participant, recording: Recording, note: FeatureNote) -> FacePictures:
    """The pictures that there are: of a kind that was not wanted, none are written now."""
    beside = FrameFolder(
        recording.frame_count or note.frame_count, recording.fps or 0.0, recording.fingerprint
    )
    wanted = []
    for kind in (ALIGNED, CROPS):
        folder = project.face_path(kind, who, recording)
        there = read_manifest(folder) if (folder / MANIFEST).is_file() else None
        wanted.append(there is not None)
        beside = there or beside
    size = note.settings.get(ALIGNED_SETTING, "").removesuffix(" px")
    choice = PictureChoice(wanted[0], wanted[1], int(size) if size.isdigit() else ALIGNED_SIZE)
    return own_pictures(project, who, recording, beside, choice)
