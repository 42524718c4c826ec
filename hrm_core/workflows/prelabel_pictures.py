"""From frames to the child's aligned face as a network sees it, by faces that are known or found on the way.

The child is followed through all faces before any frame is left out, so that a run that goes on sees the
faces that it would have seen without a stop.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hrm_core import media
from hrm_core.errors import InvalidFileError
from hrm_core.faces.align import ALIGNED_SIZE, Alignment
from hrm_core.faces.child import ChildFinder, as_kept
from hrm_core.faces.detector import Detector, one_thread_a_call
from hrm_core.faces.half_face import midline_of, on_midline, twice_each_half
from hrm_core.models.card import NetworkFacts
from hrm_core.models.infer import BATCH_SIZE
from hrm_core.models.stream import BLOCK_FRAMES, FrameViews, StreamBlock, predict_stream
from hrm_core.progress import CancelToken, Progress
from hrm_core.records.face import Face, FrameFaces
from hrm_core.workflows.decode_ahead import decoded_ahead, looked_ahead, pictures_at_once

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from hrm_core.models.runners import Runner

__all__ = [
    "VIEWS",
    "ChildPlace",
    "child_places",
    "fingerprint_of",
    "predict_faces",
    "predict_video",
]

VIEWS = {False: 1, True: 3}
"""How many views of a face a network sees, without its sides and with them: the whole face, then the child's
left half twice and its right half twice."""

# Of the picture's halves, the one that is the child's left; mirrored or not.
_LEFT_OF_CHILD = {False: 1, True: 0}


@dataclass(frozen=True, slots=True, eq=False)
class ChildPlace:
    """Where the child's face is in one frame.

    Attributes
    ----------
    whole : Alignment
        To the aligned face.
    upright : Alignment or None
        To the face with its midline upright in the middle; None where its sides are not looked at.
    points : bytes
        The points that both come from, in 32 bits.
    """

    whole: Alignment
    upright: Alignment | None
    points: bytes

    def views(self, rgb: NDArray[np.uint8], *, mirrored: bool) -> list[NDArray[np.uint8]]:
        """What a network sees of a frame.

        Parameters
        ----------
        rgb : ndarray of uint8, shape (height, width, 3)
            The frame.
        mirrored : bool
            Whether the child's left is on the viewer's left.

        Returns
        -------
        list of ndarray of uint8, shape (224, 224, 3)
            As :data:`VIEWS` says.
        """
        views = [self.whole.picture(rgb)]
        if self.upright is not None:
            halves = twice_each_half(self.upright.picture(rgb))
            left = _LEFT_OF_CHILD[mirrored]
            views += [halves[left], halves[1 - left]]
        return views


def child_places(
    frames: Iterable[FrameFaces],
    size: tuple[int, int],
    picks: Mapping[int, NDArray[np.float64]] | None = None,
    *,
    sides: bool = False,
) -> dict[int, ChildPlace | None]:
    """Where the child's face is in frames whose faces are known, by what people say of it now.

    Parameters
    ----------
    frames : iterable of FrameFaces
        In order; which face was the child's is not looked at.
    size : (int, int)
        Width and height of the frames in pixels.
    picks : mapping of int to ndarray of float64, shape (4,), optional
        Boxes that people say are the child's, in pixels, by frame.
    sides : bool
        Whether its halves will be looked at, too.

    Returns
    -------
    dict of int to ChildPlace or None
        By frame; None where the child's face is not seen, or its five points are not known.
    """
    finder = ChildFinder(size, picks)
    return {
        entry.frame: _place(finder.step(entry.frame, entry.time_s, entry.faces), sides=sides)
        for entry in frames
    }


def _place(entry: FrameFaces, *, sides: bool) -> ChildPlace | None:
    face, matrix = entry.child, entry.alignment
    if face is None or face.five is None or matrix is None:
        return None
    whole = Alignment(matrix, ALIGNED_SIZE)
    points = face.five.astype("<f4").tobytes()
    if not sides:
        return ChildPlace(whole, None, points)
    upright = whole
    # Without a midline the middle of the aligned face is the best guess.
    with suppress(InvalidFileError):
        upright = on_midline(whole, midline_of(face))
    if face.points_3d is not None:
        points += face.points_3d.astype("<f4").tobytes()
    return ChildPlace(whole, upright, points)


def fingerprint_of(places: Mapping[int, ChildPlace | None], frames: Iterable[int], *about: str) -> str:
    """What tells whether some frames would show a network the same: where the face lies in each.

    Parameters
    ----------
    places : mapping of int to ChildPlace or None
        From :func:`child_places`.
    frames : iterable of int
        The frames; those that are not in `places` count as such.
    about : str
        What else the pictures depend on, the fingerprint of the video for one.
    """
    digest = hashlib.sha256("\n".join(about).encode())
    for frame in frames:
        place = places.get(frame)
        digest.update(f"\n{frame} ".encode())
        digest.update(b"" if place is None else place.points)
    return f"faces1:{digest.hexdigest()}"


def predict_faces(
    video: media.Video,
    places: Mapping[int, ChildPlace | None],
    frames: Sequence[int],
    facts: NetworkFacts,
    runner: Runner,
    *,
    sides: bool = False,
    mirrored: bool = False,
    batch_size: int = BATCH_SIZE,
    block_frames: int = BLOCK_FRAMES,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> Generator[StreamBlock]:
    """What a network says of frames whose faces are known, block by block; others are not decoded.

    Parameters
    ----------
    video : Video
        Open; nobody else may read it until the generator is read to its end or closed.
    places : mapping of int to ChildPlace or None
        From :func:`child_places`, with `sides` as here.
    frames : sequence of int
        Frames to look at, ascending; all of them in `places`.
    facts, runner
        As for :func:`hrm_core.models.stream.predict_stream`.
    sides : bool
        Whether the halves of each face are looked at, too; :data:`VIEWS` says how many rows a block has.
    mirrored : bool
        Whether the child's left is on the viewer's left.
    batch_size, block_frames, progress, cancel
        As for :func:`hrm_core.models.stream.predict_stream`.

    Yields
    ------
    StreamBlock

    Raises
    ------
    UserError
        As :func:`hrm_core.models.stream.predict_stream`.
    """

    def source() -> Iterator[FrameViews]:
        with_face = [frame for frame in frames if places[frame] is not None]
        room = max(1, pictures_at_once(video.size) // 2)
        decoded = iter(decoded_ahead(video, with_face, room))
        with _closed(decoded), one_thread_a_call():
            for frame in frames:
                place = places[frame]
                rgb = None if place is None else next(decoded)[1]
                yield FrameViews(frame, _seen(place, rgb, video.size, mirrored=mirrored))

    return predict_stream(
        source(),
        facts,
        runner,
        views=VIEWS[sides],
        batch_size=batch_size,
        block_frames=block_frames,
        progress=progress,
        cancel=cancel,
    )


def predict_video(
    video: media.Video,
    detector: Detector,
    facts: NetworkFacts,
    runner: Runner,
    *,
    sides: bool = False,
    mirrored: bool = False,
    batch_size: int = BATCH_SIZE,
    block_frames: int = BLOCK_FRAMES,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> Generator[StreamBlock]:
    """What a network says of a video outside a study: found, followed and looked at in one pass.

    Every frame is decoded once, and no picture is written; the child's is the face that a study without
    any mark of people would follow.

    Parameters
    ----------
    video : Video
        Open, a file or a folder of frames; nobody else may read it meanwhile.
    detector : Detector
        What finds faces.
    facts, runner, sides, mirrored, batch_size, block_frames, progress, cancel
        As for :func:`predict_faces`.

    Yields
    ------
    StreamBlock

    Raises
    ------
    UserError
        As :func:`hrm_core.models.stream.predict_stream`.
    """

    def look(number: int, rgb: NDArray[np.uint8]) -> list[Face]:
        return [as_kept(face) for face in detector.detect(rgb, number)]

    def source() -> Iterator[FrameViews]:
        frames = range(len(video))
        room = pictures_at_once(video.size)
        at_once = min(detector.at_once, max(1, room // 2))
        coming = looked_ahead(decoded_ahead(video, frames, max(1, room // 2)), look, frames, at_once)
        finder = ChildFinder(video.size)
        with closing(coming), one_thread_a_call() if at_once > 1 else nullcontext():
            for number, rgb, faces in coming:
                # A damaged frame says nothing of where the child went.
                known = rgb is not None and (rgb.shape[1], rgb.shape[0]) == video.size
                entry = finder.step(number, video.time(number), faces or []) if known else None
                place = None if entry is None else _place(entry, sides=sides)
                yield FrameViews(number, _seen(place, rgb, video.size, mirrored=mirrored))

    return predict_stream(
        source(),
        facts,
        runner,
        views=VIEWS[sides],
        batch_size=batch_size,
        block_frames=block_frames,
        progress=progress,
        cancel=cancel,
    )


def _seen(
    place: ChildPlace | None,
    rgb: NDArray[np.uint8] | None,
    size: tuple[int, int],
    *,
    mirrored: bool,
) -> Callable[[], Sequence[NDArray[np.uint8]]] | None:
    """What makes the views of a frame; None where it cannot be read or has another size."""
    if place is None or rgb is None or (rgb.shape[1], rgb.shape[0]) != size:
        return None
    return lambda: place.views(rgb, mirrored=mirrored)


@contextmanager
def _closed(coming: Iterator[object]) -> Iterator[None]:
    """Ends the threads of a generator with the block."""
    try:
        yield
    finally:
        if isinstance(coming, Generator):
            coming.close()
