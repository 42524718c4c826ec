"""Read the frames of a recording in a thread of its own while somebody works on those before."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Container, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from hrm_core import media
from hrm_core.errors import InvalidFileError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["decoded_ahead", "looked_ahead", "pictures_at_once"]

Found = TypeVar("Found")

# Decoded pictures that a run may hold; at least two, however large they are.
_ROOM_BYTES = 256 * 1024 * 1024
_MOST = 8


def pictures_at_once(size: tuple[int, int]) -> int:
    """How many decoded pictures of this width and height may wait in memory."""
    return max(2, min(_MOST, _ROOM_BYTES // max(1, 3 * size[0] * size[1])))


def decoded_ahead(
    video: media.Video, numbers: Iterable[int], ahead: int
) -> Iterator[tuple[int, NDArray[np.uint8] | None]]:
    """Frames in the order asked for, each decoded once.

    Parameters
    ----------
    video : Video
        Open; nobody else may read it meanwhile.
    numbers : iterable of int
        Which frames, best in ascending order.
    ahead : int
        How many to decode ahead.

    Yields
    ------
    (int, ndarray of uint8, shape (height, width, 3), or None)
        The number of the frame and its picture; None if it is damaged.
    """
    coming = iter(numbers)
    waiting: deque[tuple[int, Future[NDArray[np.uint8] | None]]] = deque()
    with ThreadPoolExecutor(1, thread_name_prefix="hrm-decode") as reader:
        try:
            for number in islice(coming, ahead):
                waiting.append((number, reader.submit(_picture, video, number)))
            while waiting:
                number, future = waiting.popleft()
                rgb = future.result()
                for following in islice(coming, 1):
                    waiting.append((following, reader.submit(_picture, video, following)))
                yield number, rgb
        finally:
            for _, future in waiting:
                future.cancel()


def looked_ahead(
    coming: Iterable[tuple[int, NDArray[np.uint8] | None]],
    look: Callable[[int, NDArray[np.uint8]], Found],
    wanted: Container[int],
    at_once: int,
) -> Generator[tuple[int, NDArray[np.uint8] | None, Found | None]]:
    """What is found in each picture, several pictures at a time and handed on in their order.

    Parameters
    ----------
    coming : iterable of (int, ndarray or None)
        From :func:`decoded_ahead`.
    look : callable
        Looks at one picture; called in several threads at once.
    wanted : container of int
        The frames to look at.
    at_once : int
        How many at a time.

    Yields
    ------
    (int, ndarray or None, object or None)
        The number of the frame, its picture, and what was found; None if nothing was looked for.
    """
    waiting: deque[tuple[int, NDArray[np.uint8] | None, Future[Found] | None]] = deque()

    def first() -> tuple[int, NDArray[np.uint8] | None, Found | None]:
        number, rgb, future = waiting.popleft()
        return number, rgb, None if future is None else future.result()

    with ThreadPoolExecutor(at_once, thread_name_prefix="hrm-look") as lookers:
        try:
            for number, rgb in coming:
                asked = lookers.submit(look, number, rgb) if rgb is not None and number in wanted else None
                waiting.append((number, rgb, asked))
                if len(waiting) > at_once:
                    yield first()
            while waiting:
                yield first()
        finally:
            for _, _, future in waiting:
                if future is not None:
                    future.cancel()


def _picture(video: media.Video, number: int) -> NDArray[np.uint8] | None:
    try:
        return video[number]
    except InvalidFileError:
        return None
