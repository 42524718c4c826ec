"""Decode ahead of somebody who walks through a video frame by frame."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from av.video.frame import VideoFrame

from hrm_core.errors import UserError
from hrm_core.media.frame_cache import FrameCache
from hrm_core.media.frame_index import FrameIndex
from hrm_core.media.reading import Reading

__all__ = ["Prefetcher"]

# Frames at most this far apart belong to one walk (stepping by tens, playing fast).
_LONGEST_STEP = 12
# Decoded ahead even where it is cheap: more than a second of walking.
_AHEAD_FRAMES = 32
# Backwards through short groups, one seek serves this many frames.
_CHUNK_FRAMES = 12


@dataclass(frozen=True, slots=True)
class _Goal:
    """Frame to decode up to, where to begin, and the walk it belongs to."""

    number: int
    since: int
    walk: int


class Prefetcher:
    """Fills the cache in the direction of two steps in a row.

    A request always goes first: while one is served the prefetcher rests, and
    it lets go of the decoder after the packet at hand.  It shares the decoder
    on purpose.  Forwards, that decoder already stands where the walk goes on;
    and memory is counted once, because a decoder keeps the buffers of all
    frames it ever had outside at one time: two would hold two budgets.

    Backwards it decodes the group before the one that is shown.  Of a group of
    `g` frames larger than the `c` frames that fit into the cache it keeps the
    end, and decodes from the key frame again when less than half of `c` is
    left.  Each pass brings at least 3/8 of `c`, so that one walk backwards
    through the group takes at most about ``8 * g / (3 * c)`` passes of
    ``g / 2`` frames on average.

    Parameters
    ----------
    index : FrameIndex
        Of the file.
    cache : FrameCache
        The video's; nothing is kept elsewhere.
    reading : Reading
        The video's.
    """

    def __init__(self, index: FrameIndex, cache: FrameCache[VideoFrame], reading: Reading) -> None:
        self._index = index
        self._cache = cache
        self._reading = reading
        self._longest_group = index.longest_group
        self._changed = threading.Condition()
        self._requests = 0
        self._place = 0
        self._step = 0
        self._direction = 0
        self._walk = 0
        self._not_coming: set[int] = set()
        self._stopping = False
        self._thread: threading.Thread | None = None

    @contextmanager
    def serving(self, number: int) -> Iterator[None]:
        """Rest while frame `number` is decoded and converted for somebody.

        Parameters
        ----------
        number : int
            Frame asked for.

        Yields
        ------
        None
            While the request is served.
        """
        with self._changed:
            self._requests += 1
            self._note(number)
        try:
            yield
        finally:
            with self._changed:
                self._requests -= 1
                self._changed.notify_all()

    def close(self) -> None:
        """End the thread; it is gone when this returns."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()

    def _note(self, number: int) -> None:
        """Tell a walk from jumps: two steps the same way."""
        step = number - self._place
        self._place = number
        if step == 0:
            return
        short = abs(step) <= _LONGEST_STEP
        direction = int(np.sign(step)) if short and step * self._step > 0 else 0
        self._step = step if short else 0
        if direction != self._direction or not short:
            self._direction = direction
            self._walk += 1
            self._not_coming.clear()
        self._cache.favour(number, direction)
        if direction and self._thread is None and not self._stopping:
            # A daemon, lest a video that nobody closed keeps the program from ending.
            self._thread = threading.Thread(target=self._work, name="hrm-prefetch", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        while (goal := self._next_goal()) is not None:
            if not self._reached(goal):
                with self._changed:
                    # Damaged, or too large for the cache; it is told when asked for.
                    self._not_coming.add(goal.number)

    def _reached(self, goal: _Goal) -> bool:
        """Decode to the goal; also true if it was given up for a better one."""
        search, searches = self._reading.search(goal.number, goal.since), None
        while self._may_go_on(goal):
            with self._reading.lock:
                if searches not in (None, self._reading.searches):
                    return True  # a request has moved the decoder
                try:
                    frame = next(search)
                except StopIteration:
                    return False
                except UserError:
                    return False
                searches = self._reading.searches
            if frame is not None:
                return goal.number in self._cache
        return True

    def _may_go_on(self, goal: _Goal) -> bool:
        with self._changed:
            self._changed.wait_for(lambda: self._requests == 0 or self._stopping)
            return not self._stopping and goal.walk == self._walk

    def _next_goal(self) -> _Goal | None:
        """Wait for something to decode; None at the end."""
        goal: _Goal | None = None
        with self._changed:
            while not self._stopping:
                goal = self._goal() if self._requests == 0 else None
                if goal is not None:
                    return goal
                self._changed.wait()
        return None

    def _goal(self) -> _Goal | None:
        room = self._room_frames()
        if self._direction == 0 or room < 2:
            return None
        near = min(_AHEAD_FRAMES, room // 2)
        far = near if self._direction > 0 else max(near, min(self._longest_group, room // 2))
        missing = self._place + self._direction
        while self._is_settled(missing):
            missing += self._direction
            if abs(missing - self._place) > far:
                return None
        if not 0 <= missing < len(self._index):
            return None
        if self._direction > 0:
            return _Goal(missing, missing, self._walk)
        ahead = self._place - missing
        if ahead > max(near, min(missing - self._first(missing) + 1, far)):
            return None
        return _Goal(missing, max(0, missing - min(_CHUNK_FRAMES, near) + 1), self._walk)

    def _is_settled(self, number: int) -> bool:
        if not 0 <= number < len(self._index):
            return False
        return number in self._cache or number in self._not_coming or bool(self._index.damaged[number])

    def _first(self, number: int) -> int:
        """First frame of a frame's group."""
        key = int(self._index.key_of[number])
        return int(self._index.keys.first[key]) if key >= 0 else 0

    def _room_frames(self) -> int:
        """Frames like those kept now that fit into the cache."""
        kept = len(self._cache)
        return self._cache.budget_bytes * kept // max(1, self._cache.used_bytes) if kept else 0
