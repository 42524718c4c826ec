"""Pictures for a window: a recording's frames and the neutral face."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hrm_core import media
from hrm_core.progress import CancelToken, Progress
from hrm_core.records.recording import Recording
from hrm_core.workflows.project import Project

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from hrm_core.media import Video as Video  # noqa: PLC0414 - re-exported for the window

__all__ = ["neutral_picture", "show_video"]


def show_video(
    project: Project,
    recording: Recording,
    *,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> Video:
    """Open the file of a recording for exact access by frame number.

    Raises
    ------
    NotFoundError
        If only labels are known, or the file is gone.
    InvalidFileError
        If the file cannot be read, or is not the one that was added.
    """
    path = project.original_path(recording)
    cache = project.folder / ".hrm-cache"
    return media.open_video(path, cache_dir=cache, prefetch=True, progress=progress, cancel=cancel)


def neutral_picture(project: Project, participant_id: int) -> NDArray[np.uint8] | None:
    """The participant's neutral face, RGB uint8 of shape (height, width, 3); None if not chosen.

    Raises
    ------
    InvalidFileError
        If the picture cannot be read.
    """
    code = next(who.code for who in project.participants() if who.id == participant_id)
    path = project.neutral_path(code)
    return None if path is None else media.read_still(path)
