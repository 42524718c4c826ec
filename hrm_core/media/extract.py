"""Frames of a video as JPEG files; a run that was killed goes on where it stopped."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hrm_core.errors import InvalidFileError
from hrm_core.media.frame_files import is_whole
from hrm_core.media.frame_folder import (
    MANIFEST,
    FrameFolder,
    frame_name,
    read_manifest,
    write_manifest,
)
from hrm_core.media.stills import StillError, encode_still, put_still
from hrm_core.media.video import Video
from hrm_core.progress import CancelToken

__all__ = ["FramePlan", "extract_frames", "plan_frames"]

# Pictures that wait to be compressed: enough to keep every core busy, and 1080p of them take 75 MB.
_MOST_WAITING = 12


@dataclass(frozen=True, slots=True)
class FramePlan:
    """Which frames of a video are to be written.

    Attributes
    ----------
    folder : pathlib.Path
        Where they go.
    note : FrameFolder
        What will be noted beside them.
    missing : tuple of int
        Frames that are not there yet, or not whole.
    there : int
        Frames that need not be done again.
    clear : bool
        Whether what lies in the folder is taken away first.
    """

    folder: Path
    note: FrameFolder
    missing: tuple[int, ...]
    there: int
    clear: bool = False


def plan_frames(folder: Path, note: FrameFolder, *, again: bool = False) -> FramePlan:
    """Look which frames are there already; nothing is written.

    Parameters
    ----------
    folder : pathlib.Path
        Where the frames of this video go; it may not exist yet.
    note : FrameFolder
        What is wanted, of which file, in which quality.
    again : bool
        Replace frames of another file or quality.

    Raises
    ------
    StillError
        If such frames, or pictures of unknown origin, are there and `again` is False.
    InvalidFileError
        If the note that is there cannot be read.
    """
    wanted = note.wanted()
    if not folder.is_dir():
        return FramePlan(folder, note, tuple(wanted), 0)
    try:
        kept = read_manifest(folder)
    except InvalidFileError:
        if not again:
            raise
        kept = None
    same = kept is not None and (kept.source, kept.quality) == (note.source, note.quality)
    if not same and any(folder.glob("*.jpg")):
        if not again:
            raise StillError(
                f"The pictures in {folder} were taken from another file or in another quality: "
                "use --again to replace them."
            )
        return FramePlan(folder, note, tuple(wanted), 0, clear=True)
    missing = tuple(number for number in wanted if not is_whole(folder / frame_name(number)))
    return FramePlan(folder, note, missing, len(wanted) - len(missing))


def extract_frames(
    video: Video,
    plan: FramePlan,
    helpers: Executor,
    *,
    advance: Callable[[], None],
    cancel: CancelToken,
) -> list[int]:
    """Write the missing frames of a plan.

    Each picture is there whole or not at all, and the note is written first, so
    that a killed run can be repeated: it goes on, and ends with the same bytes.

    Parameters
    ----------
    video : Video
        Open.
    plan : FramePlan
        From :func:`plan_frames`.
    helpers : concurrent.futures.Executor
        Threads that compress and write while this one decodes.
    advance : callable
        Called for every frame that is done.
    cancel : CancelToken
        Asked between frames.

    Returns
    -------
    list of int
        Frames that are damaged in the video and were left out.

    Raises
    ------
    StillError
        If the disk refuses; what is finished stays.
    Cancelled
        On request; what is finished stays.
    """
    _clear(plan.folder, everything=plan.clear)
    write_manifest(plan.folder, plan.note)
    damaged: list[int] = []
    waiting: deque[Future[None]] = deque()
    try:
        for number in plan.missing:
            cancel.raise_if_cancelled()
            try:
                rgb = video[number]
            except InvalidFileError:
                damaged.append(number)
                advance()
                continue
            waiting.append(helpers.submit(_write, rgb, plan, number))
            if len(waiting) > _MOST_WAITING:
                waiting.popleft().result()
                advance()
        while waiting:
            waiting.popleft().result()
            advance()
    finally:
        # After an error nothing may still be writing when the caller hears of it.
        for future in waiting:
            future.cancel() or future.exception()
    return damaged


def _write(rgb: NDArray[np.uint8], plan: FramePlan, number: int) -> None:
    path = plan.folder / frame_name(number)
    assert plan.note.quality is not None
    put_still(encode_still(rgb, path, plan.note.quality), path, at_once=False)


def _clear(folder: Path, *, everything: bool) -> None:
    """Take away what a killed run has left half written, or all pictures."""
    # The note goes last: without it nobody knows what the pictures are.
    old = [*folder.glob("*.jpg"), folder / MANIFEST] if everything else []
    try:
        for file in [*folder.glob(".*.part"), *old]:
            file.unlink(missing_ok=True)
    except OSError as error:
        raise StillError(
            f"The old pictures in {folder} cannot be taken away ({error.strerror}): allow it, or delete the "
            "folder yourself."
        ) from error
