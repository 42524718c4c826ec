"""Which frame comes next: stepping, jumping, playing at a chosen speed."""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal

__all__ = ["SPEEDS", "Transport"]

SPEEDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0)
"""Playback speeds on offer; 1 is real time."""

_SHORTEST_PAUSE_S = 0.004


class Transport(QObject):
    """Turns what the coder asks for into requests for single frames.

    It never runs ahead of the pictures: a held key waits for each one, and
    playback asks for the next frame only after the last was shown.
    """

    wanted = Signal(int, int)
    """Frame to show, and the direction of travel (-1, 0, 1)."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._times: NDArray[np.float64] = np.empty(0)
        self._shown: int | None = None
        self._asked: int | None = None
        self._speed = 1.0
        self._direction = 0
        self._loop: tuple[int, int] | None = None
        self._started_at = self._started_time = 0.0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._play_on)

    @property
    def playing(self) -> bool:
        """Whether the recording is in motion."""
        return self._direction != 0

    @property
    def speed(self) -> float:
        """Playback speed; 1 is real time."""
        return self._speed

    def open(self, times: NDArray[np.float64]) -> None:
        """Take up a recording with these presentation times, in seconds."""
        self.stop()
        self._times, self._shown, self._asked = times, None, None

    def close(self) -> None:
        """Forget the recording."""
        self.open(np.empty(0))

    def waits_for(self, frame: int) -> bool:
        """Whether `frame` was asked for and not shown yet."""
        return frame == self._asked

    def on_shown(self, frame: int) -> None:
        """Note that the picture of `frame` is on the screen."""
        self._shown = frame
        if frame == self._asked:
            self._asked = None
        if self._loop is not None and frame == self._loop[0]:
            self._start_clock()
        # While the next one is on its way, its picture sets the pace.
        if self.playing and self._asked is None:
            self._schedule()

    def on_failed(self) -> None:
        """Note that the picture asked for is not coming."""
        self._asked = None
        self.stop()

    def step(self, frames: int, *, held: bool = False) -> None:
        """Go on by `frames`; a repeat of a held key waits for the last picture instead."""
        self.stop()
        if held and self._asked is not None:
            return
        start = self._asked if self._asked is not None else self._shown
        if start is not None:
            self._ask(start + frames, 1 if frames > 0 else -1)

    def go_to(self, frame: int) -> None:
        """Go to a frame; beyond the ends, to the end."""
        self.stop()
        self._ask(frame, 0)

    def set_speed(self, speed: float) -> None:
        """Play at `speed` times real time from now on."""
        self._speed = speed
        if self.playing:
            self._start_clock()

    def play(self, direction: int = 1) -> None:
        """Play from the frame on the screen, forwards (1) or backwards (-1)."""
        if self._shown is None:
            return
        self._direction = direction
        self._start_clock()
        self._schedule()

    def loop(self, first: int, last: int) -> None:
        """Play from `first` to `last`, both included, again and again."""
        self.stop()
        if self._shown is None or first >= last:
            return
        self._loop, self._direction = (first, last), 1
        if self._shown == first:
            self._start_clock()
            self._schedule()
        else:
            self._ask(first, 0)

    def stop(self) -> None:
        """Stop on the frame that is on the screen."""
        self._timer.stop()
        self._loop = None
        if self.playing:
            self._direction = 0

    def _ask(self, frame: int, direction: int) -> None:
        frame = min(max(frame, 0), len(self._times) - 1)
        if frame < 0 or (frame == self._shown and self._asked is None):
            return
        self._asked = frame
        self.wanted.emit(frame, direction)

    def _start_clock(self) -> None:
        assert self._shown is not None
        self._started_at = time.monotonic()
        self._started_time = float(self._times[self._shown])

    def _schedule(self) -> None:
        """Wake up when the next frame is due."""
        assert self._shown is not None
        following = self._shown + self._direction
        if self._loop is not None and following > self._loop[1]:
            self._ask(self._loop[0], 0)
            return
        if not 0 <= following < len(self._times):
            self.stop()
            return
        distance = abs(float(self._times[following]) - self._started_time)
        due = self._started_at + distance / self._speed
        pause = max(due - time.monotonic(), _SHORTEST_PAUSE_S)
        self._timer.start(round(pause * 1000))

    def _play_on(self) -> None:
        """Ask for the frame that is due; frames that came too late are passed over."""
        if self._shown is None or not self.playing:
            return
        elapsed = (time.monotonic() - self._started_at) * self._speed * self._direction
        now = self._started_time + elapsed
        following = self._shown + self._direction
        if self._direction > 0:
            due = int(np.searchsorted(self._times, now, side="right")) - 1
            target = max(due, following)
        else:
            due = int(np.searchsorted(self._times, now, side="left"))
            target = min(due, following)
        if self._loop is not None:
            target = min(target, self._loop[1])
        self._ask(target, self._direction)
