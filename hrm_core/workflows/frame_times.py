"""When the frames of a recording are shown."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hrm_core import media
from hrm_core.errors import InvalidFileError, NotFoundError, StoreError
from hrm_core.progress import CancelToken, Progress
from hrm_core.records.recording import Recording
from hrm_core.workflows.project import Project

__all__ = ["frame_times"]


def frame_times(
    project: Project,
    recording: Recording,
    *,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> NDArray[np.float64] | None:
    """Seconds of every frame from the first, as noted with the labels or as its file has them.

    Returns
    -------
    ndarray of float64, shape (n_frames,), or None
        None where only labels are known, or the file is gone, unreadable or another one.
    """
    try:
        ledger = project.store.ledgers.get(recording.id)
    except StoreError:
        ledger = None
    if ledger is not None and recording.frame_count in (None, len(ledger)):
        return ledger.times
    try:
        path = project.original_path(recording)
        cache = project.folder / ".hrm-cache"
        with media.open_video(path, cache_dir=cache, progress=progress, cancel=cancel) as opened:
            times = np.array(opened.times)
    except (NotFoundError, InvalidFileError):
        return None
    # Other frames than those the labels are about: their times mean nothing here.
    return times if recording.frame_count in (None, len(times)) else None
