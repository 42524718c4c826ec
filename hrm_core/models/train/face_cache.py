"""All faces of a study that a network is trained on, in one file of uint8 that is mapped into memory.

It lies in the study's folder, because it shows the children's faces.
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from hrm_core.errors import InvalidFileError
from hrm_core.models.inputs import part_of, squeezed
from hrm_core.paths import whole_file
from hrm_core.progress import CancelToken, NoProgress, Progress

__all__ = ["cached_faces"]

_NAME = ".faces-{fingerprint}-{size}.npy"
_ABANDONED_AFTER_S = 600
_AHEAD = 64
_MOST_THREADS = 8


def cached_faces(
    folder: Path,
    pictures: Sequence[Callable[[], NDArray[np.uint8]]],
    fingerprint: str,
    size: int,
    *,
    cut: tuple[float, float, float, float] | None = None,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> NDArray[np.uint8]:
    """Faces at the size of a cache, decoded once.

    Parameters
    ----------
    folder : pathlib.Path
        Where the cache lies; caches of other pictures or sizes in it are removed.
    pictures : sequence of callable
        Each reads one picture, RGB uint8 [height, width, 3]; called in threads.
    fingerprint : str
        Hexadecimal digits that are others whenever a picture is another.
    size : int
        Height and width in pixels.
    cut : (float, float, float, float), optional
        Left, top, right and bottom of the part that is kept, as shares of a picture's width and height.
    progress : Progress, optional
        Told of pictures.
    cancel : CancelToken, optional
        Asked between pictures.

    Returns
    -------
    ndarray of uint8, shape (n, size, size, 3)
        RGB; a read-only map of the file.

    Raises
    ------
    InvalidFileError
        If a picture cannot be read or the disk refuses; no cache is left then.
    MissingLibraryError
        If Pillow is needed and not installed.
    Cancelled
        On request; no cache is left then.
    """
    part = "" if cut is None else "-" + "-".join(f"{round(1000 * share)}" for share in cut)
    path = folder / _NAME.format(fingerprint=fingerprint[:16], size=f"{size}{part}")
    _remove_others(path)
    shape = (len(pictures), size, size, 3)
    faces = _mapped(path, shape)
    if faces is None:
        try:
            kept = [partial(_part, read, cut) for read in pictures]
            _write(path, kept, shape, progress or NoProgress(), cancel or CancelToken())
        except OSError as error:
            if isinstance(error, InvalidFileError) or error.strerror is None:
                raise
            gigabytes = float(np.prod(shape)) / 1e9
            raise InvalidFileError(
                f"The faces ({gigabytes:.2g} GB) could not be cached in {folder} ({error.strerror}): free "
                "some space and start again."
            ) from error
        faces = _mapped(path, shape)
        if faces is None:
            raise InvalidFileError(
                f"{path} was removed or damaged while it was written: start again when no other program "
                "is at the study."
            )
    return faces


def _mapped(path: Path, shape: tuple[int, ...]) -> NDArray[np.uint8] | None:
    """A cache that is there and whole."""
    try:
        faces: NDArray[np.uint8] = np.load(path, mmap_mode="r")
    except (OSError, ValueError):
        return None
    return faces if faces.shape == shape and faces.dtype == np.uint8 else None


def _write(
    path: Path,
    pictures: Sequence[Callable[[], NDArray[np.uint8]]],
    shape: tuple[int, ...],
    progress: Progress,
    cancel: CancelToken,
) -> None:
    progress.start("Caching faces", len(pictures))
    try:
        # Written as a file, not through a map of it: a map whose disk is full kills the program.
        with whole_file(path) as scratch, scratch.open("xb") as file:
            header = {"descr": "|u1", "fortran_order": False, "shape": shape}
            npy.write_array_header_1_0(file, header)
            for face in _resized(pictures, shape[1]):
                cancel.raise_if_cancelled()
                file.write(np.ascontiguousarray(face).data)
                progress.advance()
            file.flush()
            os.fsync(file.fileno())
    finally:
        progress.finish()


def _resized(pictures: Sequence[Callable[[], NDArray[np.uint8]]], size: int) -> Iterator[NDArray[np.uint8]]:
    """In order, read and resized by a few threads that are never far ahead."""
    source = iter(pictures)
    threads = min(_MOST_THREADS, os.cpu_count() or 1)
    with ThreadPoolExecutor(threads, thread_name_prefix="hrm-faces") as helpers:
        waiting: deque[Future[NDArray[np.uint8]]] = deque()
        try:
            while True:
                more = islice(source, _AHEAD - len(waiting))
                waiting.extend(helpers.submit(lambda read: squeezed(read(), size), each) for each in more)
                if not waiting:
                    return
                yield waiting.popleft().result()
        finally:
            for each in waiting:
                each.cancel()


def _part(
    read: Callable[[], NDArray[np.uint8]], cut: tuple[float, float, float, float] | None
) -> NDArray[np.uint8]:
    face = read()
    return face if cut is None else part_of(face, cut)


def _remove_others(path: Path) -> None:
    caches = path.parent.glob(_NAME.format(fingerprint="*", size="*"))
    # What a killed program left half written; one that writes now touches its file all the time.
    old = time.time() - _ABANDONED_AFTER_S
    left = [part for part in path.parent.glob("..faces-*.part") if _touched(part) < old]
    for other in (*caches, *left):
        if other != path:
            # On Windows a cache that another run has open stays; elsewhere that run keeps what it opened.
            with suppress(OSError):
                other.unlink()


def _touched(path: Path) -> float:
    """When a file was last written to, in seconds of this computer's clock; never, if it is gone by now."""
    try:
        return path.stat().st_mtime
    except OSError:
        return float("inf")
