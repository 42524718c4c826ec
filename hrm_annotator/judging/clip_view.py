"""The picture of a clip, and playing it at the times of its frames."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAccessible, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from hrm_annotator.judging.film import Film
from hrm_annotator.language import tr
from hrm_annotator.widgets.spoken import Spoken

__all__ = ["ClipView"]

_LEAST = QSize(320, 200)


class ClipView(QWidget, Spoken):
    """Plays a film once, each frame at its own time; a late frame is passed over, but never the last."""

    spoken_role = QAccessible.Role.Graphic

    ended = Signal()
    """The time of the last frame is over."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Clip"))
        self.setMinimumSize(_LEAST)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._film: Film | None = None
        self._image: QImage | None = None
        self._speed = 1.0
        self._listener: Callable[[], None] = self._play_on
        self._shown = -1
        self._started: float | None = None
        self._over_at: float | None = None
        self._ended_at: float | None = None
        self.frames_shown = 0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._play_on)

    @property
    def playing(self) -> bool:
        """Whether a film runs."""
        return self._film is not None and self._ended_at is None

    @property
    def ended_at(self) -> float | None:
        """When the last frame's time was over, on the clock of :func:`time.perf_counter`; None before."""
        return self._ended_at

    @property
    def watched_s(self) -> float:
        """Seconds of the clip that have been shown."""
        if self._film is None or self._started is None:
            return 0.0
        if self._ended_at is not None:
            return self._film.length_s
        reached = (time.perf_counter() - self._started) * self._speed
        # A picture that stands still because the next is not decoded in time shows no more of the clip.
        after = self._shown + 1
        known = self._film.length_s if after > self._film.last else float(self._film.times[after])
        return float(min(reached, known))

    @property
    def ends_at(self) -> float | None:
        """When the clip ends or has ended if nothing is late; None before it began."""
        if self._film is None or self._started is None:
            return None
        return self._ended_at or self._started + self._film.length_s / self._speed

    def play(self, film: Film, speed: float) -> None:
        """Play a film from its first frame; time runs from when that is painted."""
        self.clear()
        self._film, self._speed, self._listener = film, speed, self._play_on
        film.ready.connect(self._play_on)
        film.start(self.size() * self.devicePixelRatioF())

    def browse(self, film: Film) -> None:
        """Show single frames of a film that has been played, the last one first."""
        self.clear()
        self._film, self._ended_at, self._listener = film, time.perf_counter(), self._show_wanted
        film.ready.connect(self._show_wanted)
        self.show_frame(film.last)

    def show_frame(self, number: int) -> None:
        """Show one frame of the film that is browsed."""
        if self._film is not None:
            self._shown = number
            self._film.want(number)

    def clear(self) -> None:
        """Show nothing, and let go of the film without closing it."""
        self._timer.stop()
        if self._film is not None:
            self._film.ready.disconnect(self._listener)
        self._film, self._image = None, None
        self._shown, self.frames_shown = -1, 0
        self._started = self._over_at = self._ended_at = None
        self.update()

    def _show_wanted(self) -> None:
        if self._film is not None and (taken := self._film.take(self._film.last)) is not None:
            self._image = taken[1]
            self.update()

    def _play_on(self) -> None:
        """Show what is due, and wake up for what is next."""
        film = self._film
        if film is None or self._ended_at is not None:
            return
        now = time.perf_counter()
        if self._started is None:
            if not film.can_begin or (taken := film.take(0)) is None:
                return
            self._started = now
            self._show(*taken, now)
        else:
            due = int(np.searchsorted(film.times, (now - self._started) * self._speed, side="right")) - 1
            if due > self._shown and (taken := film.take(due)) is not None:
                self._show(*taken, now)
        if self._over_at is not None and now >= self._over_at:
            self._ended_at = self._over_at
            # What stays on the screen is for whoever asked for the film to say.
            self.ended.emit()
            return
        self._wait(now)

    def _show(self, number: int, image: QImage, now: float) -> None:
        assert self._film is not None
        assert self._started is not None
        self._shown, self._image = number, image
        self.frames_shown += 1
        if number == self._film.last:
            # Shown late, it still stays for its whole time.
            last_s = (self._film.length_s - float(self._film.times[-1])) / self._speed
            self._over_at = max(self._started + self._film.length_s / self._speed, now + last_s)
        self.update()

    def _wait(self, now: float) -> None:
        assert self._film is not None
        assert self._started is not None
        if self._over_at is not None:
            at = self._over_at
        else:
            at = self._started + float(self._film.times[self._shown + 1]) / self._speed
        # What is late already is shown as soon as it is there: the film says when.
        if at > now or self._over_at is not None:
            self._timer.start(max(0, int(np.ceil((at - now) * 1000))))

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._image is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        size = self._image.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        place = QRectF((self.width() - size.width()) / 2, (self.height() - size.height()) / 2, 0, 0)
        place.setSize(size.toSizeF())
        painter.drawImage(place, self._image)
