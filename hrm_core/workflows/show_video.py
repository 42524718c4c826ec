"""Pictures for a window: a recording's frames and the neutral face."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hrm_core import media
from hrm_core.progress import CancelToken, Progress
from hrm_core.records.recording import Recording
from hrm_core.workflows.make_proxy import proxy_path
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

    Extracted frames and a coding proxy stand in for frames that are far away,
    if they are there and were made from this very file.

    Raises
    ------
    NotFoundError
        If only labels are known, or the file is gone.
    InvalidFileError
        If the file cannot be read, or is not the one that was added.
    """
    path = project.original_path(recording)
    cache = project.folder / ".hrm-cache"
    return media.open_video(
        path,
        cache_dir=cache,
        prefetch=True,
        stand_in=_stand_ins(project, recording, path),
        progress=progress,
        cancel=cancel,
    )


def _stand_ins(project: Project, recording: Recording, path: Path) -> list[Path]:
    """Where quick pictures of a recording may lie, the quickest first."""
    if path.is_dir():
        return []
    who = next(who for who in project.participants() if who.id == recording.participant_id)
    return [project.frames_folder(who, recording), proxy_path(project, media.fingerprint(path))]


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
