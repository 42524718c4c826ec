"""Pictures for a window: a recording's frames and the neutral face."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hrm_core.media import open_video, read_still
from hrm_core.media.video import Video
from hrm_core.progress import CancelToken, Progress
from hrm_core.records.recording import Recording
from hrm_core.workflows.project import Project

__all__ = ["Video", "neutral_picture", "show_video"]


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
    cache = project.folder / ".hrm-cache"
    return open_video(project.video_path(recording), cache_dir=cache, progress=progress, cancel=cancel)


def neutral_picture(project: Project, participant_id: int) -> NDArray[np.uint8] | None:
    """The participant's neutral face, RGB uint8 of shape (height, width, 3); None if not chosen.

    Raises
    ------
    InvalidFileError
        If the picture cannot be read.
    """
    path = project.neutral_path(participant_id)
    return None if path is None else read_still(path)
