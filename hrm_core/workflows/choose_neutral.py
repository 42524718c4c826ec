"""Choose a child's neutral face: take a frame, or let frames be proposed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hrm_core import media
from hrm_core.errors import InvalidFileError
from hrm_core.faces.eye_cover import LEAST_SCORE
from hrm_core.faces.stillness import motion, rank_still_frames, turned_away
from hrm_core.progress import CancelToken, NoProgress, Progress
from hrm_core.records.face import Face, FrameFaces
from hrm_core.records.face_mark import FaceMarkKind
from hrm_core.records.people import Participant
from hrm_core.records.recording import Recording
from hrm_core.workflows.add_video import set_neutral
from hrm_core.workflows.neutral_face import write_neutral_face
from hrm_core.workflows.project import Project
from hrm_core.workflows.see_faces import FaceSight, mark_in_pixels

__all__ = ["NeutralProposal", "propose_neutral", "use_as_neutral"]


@dataclass(frozen=True, slots=True, eq=False)
class NeutralProposal:
    """A frame that may show the neutral face.

    Attributes
    ----------
    frame : int
        Frame number.
    turned_deg : float
        How far the face is turned away from the front, in degrees, roughly.
    motion : float
        How much it moves around that frame, in sizes of the face per frame.
    picture : ndarray of uint8, shape (height, width, 3), or None
        The face, small; None if it is withheld because its eyes cannot be covered.
    """

    frame: int
    turned_deg: float
    motion: float
    picture: NDArray[np.uint8] | None


def use_as_neutral(
    project: Project, who: Participant, recording: Recording, frame: int, sight: FaceSight
) -> Path:
    """Make a frame the child's neutral picture, and keep where the face is in it.

    Parameters
    ----------
    project : Project
        The open study.
    who : Participant
        The child.
    recording : Recording
        Its recording.
    frame : int
        Frame number.
    sight : FaceSight
        What is known of the faces of the recording.

    Returns
    -------
    pathlib.Path
        The picture; it has replaced the one before.

    Raises
    ------
    InvalidFileError, NotFoundError
        As ``workflows.add_video.set_neutral``.
    """
    path = set_neutral(project, who.code, video=recording.name, frame=frame)
    found = sight.frames.get(frame)
    # A frame that is doubtful beside its neighbours would not be alone, and be covered elsewhere
    # than at its eyes.
    faces = None if found is None or not sight.cover(frame).located else _as_marked(found, sight, recording)
    if faces is not None:
        detector = sight.note.detector if sight.note is not None else "by hand"
        write_neutral_face(project, who.code, faces, detector)
    return path


def _as_marked(found: FrameFaces, sight: FaceSight, recording: Recording) -> FrameFaces | None:
    """The faces of a frame with the eyes where a person has said they are; None if that is in no face."""
    for mark in sight.marks:
        child = found.child
        if mark.frame != found.frame or mark.kind is not FaceMarkKind.EYES:
            continue
        band = mark_in_pixels(mark, recording)
        if found.target is None or child is None or not _is_in(child.box, band.mean(axis=0)):
            # Whom the detector took for the child is somebody else, whose own eyes would stay bare.
            return None
        faces = list(found.faces)
        faces[found.target] = replace(child, eyes=band)
        return replace(found, faces=tuple(faces))
    return found


def _is_in(box: NDArray[np.float64], point: NDArray[np.float64]) -> bool:
    return bool((box[:2] <= point).all() and (point <= box[2:]).all())


def propose_neutral(
    project: Project,
    recording: Recording,
    sight: FaceSight,
    *,
    covered: bool,
    count: int = 5,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> list[NeutralProposal]:
    """Frames that show the child's face from the front and at rest, from all over the recording.

    Parameters
    ----------
    project : Project
        The open study.
    recording : Recording
        The recording.
    sight : FaceSight
        What is known of its faces.
    covered : bool
        Whether eyes must be covered in the pictures.
    count : int
        How many at most.
    progress : Progress, optional
        Told of each picture.
    cancel : CancelToken, optional
        Asked between pictures.

    Returns
    -------
    list of NeutralProposal
        The best first; fewer than `count` where fewer frames are fit.

    Raises
    ------
    InvalidFileError
        If there is no frame to propose, or the video cannot be read.
    NotFoundError
        If the file of the recording is gone.
    """
    progress = progress or NoProgress()
    children = [(entry.frame, entry.child) for entry in sight.frames.values() if entry.child is not None]
    fit = sorted(
        ((frame, child) for frame, child in children if child.score >= LEAST_SCORE), key=lambda pair: pair[0]
    )
    numbers = np.array([frame for frame, _ in fit], dtype=np.int64)
    five = _stacked([child.five for _, child in fit], (5, 2))
    pose = _stacked([child.pose for _, child in fit], (3,))
    length = recording.frame_count or (int(numbers[-1]) + 1 if len(numbers) else 0)
    places = rank_still_frames(numbers, five, pose, count=count, apart=max(1, length // (2 * count)))
    if not len(places):
        raise InvalidFileError(
            f"No frame of video {recording.name!r} can be proposed: in none is the child's face found surely "
            "(score 0.7 or more) with its five points, also before or after it; choose a frame yourself, or "
            "run hrm extract faces --again."
        )
    turned, moving = turned_away(five, pose), motion(numbers, five)
    proposals = []
    progress.start("Reading the proposed frames", len(places))
    path, cache = project.original_path(recording), project.folder / ".hrm-cache"
    with media.open_video(path, cache_dir=cache, cancel=cancel) as video:
        for place in places:
            if cancel is not None:
                cancel.raise_if_cancelled()
            frame, child = fit[place]
            rgb = video[frame]
            shown = sight.covered(frame, rgb) if covered else rgb
            picture = None if shown is None else _around(shown, child)
            proposals.append(NeutralProposal(frame, float(turned[place]), float(moving[place]), picture))
            progress.advance()
    progress.finish()
    return proposals


def _stacked(values: Sequence[NDArray[np.float64] | None], shape: tuple[int, ...]) -> NDArray[np.float64]:
    table = np.full((len(values), *shape), np.nan)
    for place, value in enumerate(values):
        if value is not None:
            table[place] = value
    return table


def _around(rgb: NDArray[np.uint8], child: Face) -> NDArray[np.uint8]:
    """The face with a margin; cut out, so that it is large enough to be judged."""
    left, top, right, bottom = child.box
    margin = 0.3 * max(right - left, bottom - top)
    height, width = rgb.shape[:2]
    rows = slice(max(0, round(top - margin)), max(1, min(height, round(bottom + margin))))
    columns = slice(max(0, round(left - margin)), max(1, min(width, round(right + margin))))
    part = rgb[rows, columns]
    return part.copy() if part.size else rgb
