"""One frame as a picture file, its eyes covered unless study and rater allow them."""

from __future__ import annotations

from pathlib import Path

from hrm_core import media
from hrm_core.errors import InvalidFileError
from hrm_core.progress import CancelToken
from hrm_core.records.people import Participant, Rater
from hrm_core.records.recording import Recording
from hrm_core.workflows.privacy import hide_groups
from hrm_core.workflows.project import Project
from hrm_core.workflows.see_faces import see_faces
from hrm_core.workflows.show_video import show_video

__all__ = ["must_cover", "picture_name", "save_picture"]

_ACT = "saved as a picture"


def picture_name(project: Project, who: Participant, recording: Recording, frame: int) -> str:
    """A file name for a picture of a frame, such as ``Participant-7_play_000412.png``; without a group."""
    return hide_groups(f"Participant-{who.code}_{recording.name}_{frame:06d}.png", project.settings)


def must_cover(project: Project, rater: Rater) -> bool:
    """Whether pictures that this rater saves have their eyes covered."""
    return (
        project.settings.privacy.mask_eyes_in_exports
        or not rater.sees_eyes
        # Asked anew: the right may have been taken away since the study was opened.
        or not project.store.people.rater(rater.name).sees_eyes
    )


def save_picture(
    project: Project,
    rater: Rater,
    who: Participant,
    recording: Recording,
    frame: int,
    path: Path,
    *,
    covered: bool = False,
    cancel: CancelToken | None = None,
) -> bool:
    """Write a frame as PNG or JPEG.

    Parameters
    ----------
    project : Project
        The open study.
    rater : Rater
        Who wants it.
    who : Participant
        The child.
    recording : Recording
        Its recording.
    frame : int
        Frame number.
    path : pathlib.Path
        The file; its suffix says which kind.
    covered : bool
        Whether the rater wants the eyes covered, also where they may be seen.
    cancel : CancelToken, optional
        Stops while the video is indexed.

    Returns
    -------
    bool
        Whether the eyes are covered in it.

    Raises
    ------
    InvalidFileError
        If the eyes must be covered and are not located, or the frame cannot be read.
    StoreWriteError
        If uncovered eyes cannot be logged; then nothing is written.
    StillError
        If the picture cannot be written.
    """
    covered = covered or must_cover(project, rater)
    sight = see_faces(project, who, recording) if covered else None
    if sight is not None and not sight.cover(frame).located:
        raise InvalidFileError(
            f"Frame {frame} cannot be saved with its eyes covered, because they are not located "
            f"({sight.cover(frame).problem}): find faces with hrm extract faces, or mark the eyes in the "
            "window."
        )
    with show_video(project, recording, cancel=cancel) as video:
        picture = video[frame]
    if sight is not None:
        masked = sight.covered(frame, picture)
        if masked is None:
            raise InvalidFileError(
                f"Frame {frame} has another size than the first one, so its eyes cannot be covered: choose "
                "another frame."
            )
        picture = masked
    else:
        project.store.face_marks.log_unmasking(rater.id, recording.id, _ACT, (frame, frame))
    media.write_still(picture, path)
    return covered
