"""How long somebody really worked: time without a key or the mouse does not count."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QEvent, QObject
from PySide6.QtWidgets import QApplication

__all__ = ["IDLE_S", "ActivityClock"]

IDLE_S = 60.0
"""Seconds after the last key or movement of the mouse that still count as work."""

_ACTS = frozenset(
    {
        QEvent.Type.KeyPress,
        QEvent.Type.ShortcutOverride,
        QEvent.Type.MouseButtonPress,
        QEvent.Type.MouseMove,
        QEvent.Type.Wheel,
        QEvent.Type.ApplicationActivate,
    }
)


class ActivityClock(QObject):
    """A clock that stands while nobody works.

    It runs on for :data:`IDLE_S` after each act, since an expert looks at a frame for
    half a minute without touching anything; behind that, and while another program
    is in front, it stands.

    Parameters
    ----------
    now : callable, optional
        Seconds of a clock that never stands.
    """

    def __init__(self, parent: QObject | None = None, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__(parent)
        self._now = now
        self._counted = 0.0
        self._since = self._last_act = now()
        self._away = False
        app = QCoreApplication.instance()
        if app is not None:
            app.installEventFilter(self)

    def stop(self) -> None:
        """Watch no more: left behind, a filter in Python costs every event of the application."""
        app = QCoreApplication.instance()
        if app is not None:
            app.removeEventFilter(self)

    def seconds(self) -> float:
        """Seconds of work so far; never goes back."""
        now = self._now()
        if QApplication.activeModalWidget() is not None:
            # Behind a dialog nobody looks at the frame.
            self._since = now
            return self._counted
        until = min(now, self._last_act + IDLE_S)
        if not self._away and until > self._since:
            self._counted += until - self._since
        self._since = now
        return self._counted

    def act(self) -> None:
        """Note that somebody does something."""
        self.seconds()
        self._last_act = self._now()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind is QEvent.Type.ApplicationDeactivate:
            self.seconds()
            self._away = True
        elif kind in _ACTS:
            self.act()
            self._away = False
        return False
