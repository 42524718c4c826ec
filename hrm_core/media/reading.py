"""Read one file at a time to a wanted frame and keep everything on the way."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

from av.video.frame import VideoFrame

from hrm_core.media.decoder import Decoder, start_keys
from hrm_core.media.frame_cache import FrameCache
from hrm_core.media.frame_index import FrameIndex

__all__ = ["Reading"]

# Decoding this far across a key frame is cheaper than a seek.
_READ_ON_FRAMES = 12
# Pictures in flight may come out of order; past this many the frame is not coming.
_PATIENCE_FRAMES = 16


class Reading:
    """A decoder, where it stands, and the cache it fills.

    Parameters
    ----------
    path : pathlib.Path
        A video file.
    index : FrameIndex
        Its index.
    cache : FrameCache
        Gets every whole frame that is decoded.
    """

    def __init__(self, path: Path, index: FrameIndex, cache: FrameCache[VideoFrame]) -> None:
        self._path = path
        self._index = index
        self._cache = cache
        self._decoder: Decoder | None = Decoder(path, index)
        self._last: int | None = None
        self._searches = 0
        self.lock = threading.RLock()
        """Held by whoever lets the decoder take a step."""

    @property
    def closed(self) -> bool:
        """Whether the file was closed."""
        return self._decoder is None

    @property
    def searches(self) -> int:
        """How often a search was begun: if it has grown, an older search is void."""
        return self._searches

    def is_near(self, number: int) -> bool:
        """Whether a frame is kept, or comes within a few frames of where the decoder stands."""
        last = self._last
        return number in self._cache or (last is not None and 0 < number - last <= _READ_ON_FRAMES)

    def fetch(self, number: int, given_up: Callable[[], bool] | None = None) -> VideoFrame | None:
        """Frame `number`, at once.

        Parameters
        ----------
        number : int
            Frame number.
        given_up : callable, optional
            Asked after each packet whether to leave off.

        Returns
        -------
        av.VideoFrame or None
            None if the frame is damaged or was given up.

        Raises
        ------
        ValueError
            If the file was closed.
        InvalidFileError
            If the file can no longer be read.
        """
        with self.lock:
            # It may have come while this thread waited for the lock.
            kept = self._cache.get(number)
            if kept is not None:
                return kept
            for step in self.search(number):
                # What was decoded is kept, and the next search reads on from here.
                if step is not None or (given_up is not None and given_up()):
                    return step
            return None

    def search(self, number: int, since: int | None = None) -> Iterator[VideoFrame | None]:
        """Decode to frame `number` in steps of one packet, between which the lock may be let go.

        Parameters
        ----------
        number : int
            Frame number.
        since : int, optional
            An earlier frame to begin with, where decoding has to begin anew.

        Yields
        ------
        av.VideoFrame or None
            None for each step on the way, at last the frame; no frame if it is damaged.

        Raises
        ------
        ValueError
            If the file was closed.
        InvalidFileError
            If the file can no longer be read.
        """
        decoder = self._decoder
        if decoder is None:
            raise ValueError(f"{self._path} was closed")
        self._searches += 1
        if self._can_read_on(number) and (yield from self._read_to(decoder, number)):
            return
        keys = [int(self._index.key_of[n]) for n in (since, number) if n is not None]
        for start in dict.fromkeys(start for key in keys for start in start_keys(key)):
            decoder.start_at(start)
            self._last = None
            if (yield from self._read_to(decoder, number)):
                return
        self._last = None

    def close(self) -> None:
        """Close the file; closing twice is fine."""
        with self.lock:
            if self._decoder is not None:
                self._decoder.close()
            self._decoder = None

    def _can_read_on(self, number: int) -> bool:
        if self._last is None or number <= self._last:
            return False
        same_group = self._index.key_of[number] == self._index.key_of[self._last]
        return bool(same_group) or number - self._last <= _READ_ON_FRAMES

    def _read_to(self, decoder: Decoder, number: int) -> Generator[VideoFrame | None, None, bool]:
        """Decode on until frame `number`; say whether it came."""
        late = 0
        for step in decoder.steps():
            if step is None:
                yield None
                continue
            self._last, frame = step
            if frame is not None:
                self._cache.put(self._last, frame, _held_bytes(frame))
            if self._last == number:
                if frame is not None:
                    yield frame
                return frame is not None
            late += self._last > number
            if late > _PATIENCE_FRAMES:
                return False
            yield None
        self._last = None
        return False


def _held_bytes(frame: VideoFrame) -> int:
    return sum(plane.buffer_size for plane in frame.planes)
