"""Let a person see which faces were found and which of them is followed as the child's."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hrm_core import media
from hrm_core.errors import NotFoundError, ProjectError
from hrm_core.faces.draw import contact_sheet, draw_faces, withheld
from hrm_core.progress import CancelToken, NoProgress, Progress
from hrm_core.records.face import FrameFaces
from hrm_core.records.people import Rater
from hrm_core.records.recording import Recording
from hrm_core.workflows.add_video import recording_of
from hrm_core.workflows.decode_ahead import decoded_ahead
from hrm_core.workflows.project import Project
from hrm_core.workflows.see_faces import FaceSight, see_faces

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["FaceShown", "FramesShown", "draw_contact_sheet", "faces_of_frame"]

_MOST_PICTURES = 400


@dataclass(frozen=True, slots=True)
class FaceShown:
    """One face as it is printed.

    Attributes
    ----------
    face : int
        Its place among the faces of the frame, as ``hrm faces pick --face`` takes it.
    child : bool
        Whether it is followed as the child's.
    score : float
        How sure the detector is.
    box : tuple of float
        Left, top, right, bottom in pixels.
    """

    face: int
    child: bool
    score: float
    box: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class FramesShown:
    """What :func:`draw_contact_sheet` drew.

    Attributes
    ----------
    file : pathlib.Path
        The picture.
    frames : int
        How many frames it shows.
    withheld : tuple of int
        Frames that are not shown because their eyes cannot be covered.
    """

    file: Path
    frames: int
    withheld: tuple[int, ...]


def faces_of_frame(
    project: Project, code: str, frame: int, *, video: str | None = None
) -> tuple[FaceShown, ...]:
    """The faces that were found in a frame.

    Parameters
    ----------
    project : Project
        The open study.
    code : str
        Code of the child.
    frame : int
        The frame.
    video : str, optional
        Name of the recording; may be left out if there is one only.

    Raises
    ------
    NotFoundError
        If nobody has looked for faces there.
    """
    recording = recording_of(project, code, video)
    sight = _sight(project, code, recording)
    entry = sight.frames.get(frame)
    if entry is None:
        raise NotFoundError(
            f"Nobody has looked for faces in frame {frame} of video {recording.name!r}: choose another "
            "frame, or run hrm extract faces."
        )
    return tuple(
        FaceShown(place, place == entry.target, round(face.score, 3), tuple(face.box.round(1).tolist()))
        for place, face in enumerate(entry.faces)
    )


def _sight(project: Project, code: str, recording: Recording) -> FaceSight:
    sight = see_faces(project, project.store.people.participant(code), recording)
    if sight.note is None:
        raise NotFoundError(f"No faces are known of video {recording.name!r}: {sight.problem}.")
    return sight


def draw_contact_sheet(
    project: Project,
    code: str,
    file: Path,
    *,
    video: str | None = None,
    every: int = 1,
    frame: int | None = None,
    eyes_shown_to: str | None = None,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> FramesShown:
    """Draw frames with their faces side by side.

    Parameters
    ----------
    project : Project
        The open study.
    code : str
        Code of the child.
    file : pathlib.Path
        The picture to be written, ``.png`` or ``.jpg``.
    video : str, optional
        Name of the recording; may be left out if there is one only.
    every : int
        Every how manyth frame of those that were looked at.
    frame : int, optional
        This frame alone.
    eyes_shown_to : str, optional
        Name of the rater to whom uncovered eyes are shown, which is logged; eyes are
        covered if left out.
    progress : Progress, optional
        Told of frames.
    cancel : CancelToken, optional
        Asked between frames.

    Raises
    ------
    NotFoundError
        If the child, video, rater or frame does not exist, or nobody has looked for faces.
    ProjectError
        If the rater may not see eyes, or it would be too many pictures.
    StoreError
        If the unmasking cannot be logged; then nothing is drawn.
    StillError
        If the picture cannot be written.
    """
    recording = recording_of(project, code, video)
    sight = _sight(project, code, recording)
    numbers = sorted(sight.frames)[::every] if frame is None else [frame]
    if frame is not None and frame not in sight.frames:
        faces_of_frame(project, code, frame, video=recording.name)
    if len(numbers) > _MOST_PICTURES:
        raise ProjectError(
            f"That would be {len(numbers)} pictures on one sheet (at most {_MOST_PICTURES}): take fewer with "
            f"--every {-(-len(sight.frames) // _MOST_PICTURES)}."
        )
    path = project.original_path(recording)
    shown = eyes_shown_to is not None
    if eyes_shown_to is not None and numbers:
        rater = _may_see_eyes(project, eyes_shown_to)
        project.store.face_marks.log_unmasking(
            rater.id, recording.id, "drawn on a contact sheet", (numbers[0], numbers[-1])
        )
    progress, cancel, hidden = progress or NoProgress(), cancel or CancelToken(), []
    tiles: list[tuple[str, NDArray[np.uint8]]] = []
    progress.start("Drawing the contact sheet", len(numbers))
    try:
        with media.open_video(path, cache_bytes=0, cancel=cancel) as opened:
            for number, rgb in decoded_ahead(opened, numbers, 2):
                cancel.raise_if_cancelled()
                entry = sight.frames[number]
                picture = None if rgb is None else _tile(sight, entry, rgb, eyes_shown=shown)
                if picture is None:
                    hidden.append(number)
                    why = "the frame is damaged" if rgb is None else sight.cover(number).problem
                    picture = withheld(opened.size, why)
                tiles.append((f"{number}  {len(entry.faces)} found", picture))
                progress.advance()
    finally:
        progress.finish()
    media.write_still(contact_sheet(tiles), file)
    return FramesShown(file, len(tiles), tuple(hidden))


def _may_see_eyes(project: Project, name: str) -> Rater:
    rater = project.store.people.rater(name)
    if not rater.sees_eyes:
        raise ProjectError(f"{name} may not see the children's eyes: draw the sheet with eyes covered.")
    return rater


def _tile(
    sight: FaceSight, entry: FrameFaces, rgb: NDArray[np.uint8], *, eyes_shown: bool
) -> NDArray[np.uint8] | None:
    bands = sight.cover(entry.frame).bands
    picture = rgb if eyes_shown else sight.covered(entry.frame, rgb)
    return None if picture is None else draw_faces(picture, entry, bands)
