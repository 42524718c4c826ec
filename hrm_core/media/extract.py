"""Frames of a video as JPEG files; a run that was killed goes on where it stopped."""

from __future__ import annotations

import re
import threading
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
    is_frame_name,
    number_in_name,
    read_manifest,
    write_manifest,
)
from hrm_core.media.image_folder import IMAGE_SUFFIXES
from hrm_core.media.stills import StillError, encode_still, put_still
from hrm_core.media.video import Video
from hrm_core.progress import CancelToken

__all__ = ["FramePlan", "extract_frames", "picture_room", "plan_frames"]

# Pictures that wait to be compressed: enough to keep every core busy, and 1080p of them take 75 MB.
_MOST_WAITING = 12
# What a killed run leaves of the files it writes here.
_HALF_WRITTEN = re.compile(rf"\.(?:[0-9]{{6,12}}|{Path(MANIFEST).stem})-[0-9a-f]{{32}}\.part")


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
        Replace frames that were written here before, from another file or in
        another quality.

    Raises
    ------
    StillError
        If such frames are there and `again` is False; or, whatever it is, if the
        folder is a link or holds pictures that no extraction has written.
    InvalidFileError
        If the note that is there cannot be read.
    """
    wanted = note.wanted()
    if folder.is_symlink():
        raise StillError(
            f"{folder} is a link, and what lies behind it may be the only copy: take the link away, then "
            "extract again."
        )
    if not folder.is_dir():
        return FramePlan(folder, note, tuple(wanted), 0)
    holds_pictures = _holds_pictures(folder)
    try:
        kept = read_manifest(folder)
    except InvalidFileError:
        # Only the note says that the pictures can be made again.
        if holds_pictures or not again:
            raise
        kept = None
    if holds_pictures and (kept is None or kept.quality is None):
        raise StillError(
            f"{folder} holds pictures that were not extracted from a video here, and they may be the only "
            "copy: move the folder away, then extract again."
        )
    same = kept is not None and (kept.source, kept.quality) == (note.source, note.quality)
    if not same and holds_pictures:
        if not again:
            assert kept is not None
            cause = "from another file" if kept.source != note.source else f"in quality {kept.quality}"
            raise StillError(f"The pictures in {folder} were taken {cause}: use --again to replace them.")
        # All that were there come back, also those that nobody asks for now.
        there = {number for number in _numbers(folder) if number < note.frame_count}
        return FramePlan(folder, note, tuple(sorted(there.union(wanted))), 0, clear=True)
    missing = tuple(number for number in wanted if not is_whole(folder / frame_name(number)))
    return FramePlan(folder, note, missing, len(wanted) - len(missing))


def _numbers(folder: Path) -> list[int]:
    """Frames that lie in a folder that was written here."""
    names = (number_in_name(file.name) for file in folder.glob("*.jpg"))
    return [number for number in names if number is not None]


def _holds_pictures(folder: Path) -> bool:
    try:
        names = [file.name for file in folder.iterdir() if file.suffix.lower() in IMAGE_SUFFIXES]
    except OSError as error:
        raise StillError(
            f"The folder {folder} cannot be listed ({error.strerror}): check its permissions."
        ) from error
    return not all(name.startswith(".") for name in names)


def picture_room(jobs: int = 1) -> threading.Semaphore:
    """Room for the decoded pictures of a whole run, however many videos it reads at a time."""
    return threading.Semaphore(_MOST_WAITING + jobs)


def extract_frames(
    video: Video,
    plan: FramePlan,
    helpers: Executor,
    *,
    room: threading.Semaphore | None = None,
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
    room : threading.Semaphore, optional
        From :func:`picture_room`, shared by all videos that are read at the same time.
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
    room = room or picture_room()
    _clear(plan.folder, everything=plan.clear)
    write_manifest(plan.folder, plan.note)
    damaged: list[int] = []
    waiting: deque[Future[None]] = deque()
    try:
        for number in plan.missing:
            cancel.raise_if_cancelled()
            written = _begin(video, plan, number, helpers, room)
            if written is None:
                damaged.append(number)
                advance()
            else:
                waiting.append(written)
            while waiting and waiting[0].done():
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


def _begin(
    video: Video, plan: FramePlan, number: int, helpers: Executor, room: threading.Semaphore
) -> Future[None] | None:
    """Decode a frame and have it written; None if it is damaged."""
    # Before decoding, or every video would hold one more picture.  The writers never
    # wait for anybody, so that there is always room again.
    room.acquire()
    try:
        written = helpers.submit(_write, video[number], plan, number)
    except InvalidFileError:
        room.release()
        return None
    except BaseException:
        room.release()
        raise
    # Called for a cancelled one, too.
    written.add_done_callback(lambda _: room.release())
    return written


def _write(rgb: NDArray[np.uint8], plan: FramePlan, number: int) -> None:
    path = plan.folder / frame_name(number)
    assert plan.note.quality is not None
    put_still(encode_still(rgb, path, plan.note.quality), path, at_once=False)


def _clear(folder: Path, *, everything: bool) -> None:
    """Take away what a killed run has left half written, or all pictures; what bears another name stays."""
    try:
        files = list(folder.iterdir()) if folder.is_dir() else []
        old = [file for file in files if _HALF_WRITTEN.fullmatch(file.name)]
        if everything:
            old += [file for file in files if is_frame_name(file.name)]
            # The note goes last: without it nobody knows what the pictures are.
            old.append(folder / MANIFEST)
        for file in old:
            file.unlink(missing_ok=True)
    except OSError as error:
        raise StillError(
            f"The old pictures in {folder} cannot be taken away ({error.strerror}): allow it, or delete the "
            "folder yourself."
        ) from error
