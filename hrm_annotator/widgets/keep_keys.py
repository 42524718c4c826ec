"""Let a field or button keep a key for itself, though it is a key of the window too."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

__all__ = ["KeepReturn", "KeepSpace"]

_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape)


class KeepReturn(QObject):
    """Event filter of a field: Return and Escape finish it and give the keyboard back.

    Parameters
    ----------
    field : QWidget
        The field.
    then : QWidget
        Who gets the keyboard afterwards.
    on_escape : callable, optional
        What Escape does before, such as taking back what was typed.
    """

    def __init__(self, field: QWidget, then: QWidget, on_escape: Callable[[], object] | None = None) -> None:
        super().__init__(field)
        self._then, self._on_escape = then, on_escape
        field.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.key() in _KEYS:
            if event.type() is QEvent.Type.ShortcutOverride:
                event.accept()
                return True
            if event.type() is QEvent.Type.KeyPress:
                if event.key() == Qt.Key.Key_Escape and self._on_escape is not None:
                    self._on_escape()
                self._then.setFocus()
                return True
        return super().eventFilter(watched, event)


class KeepSpace(QObject):
    """Event filter of a button: Space presses it instead of starting playback."""

    def __init__(self, button: QWidget) -> None:
        super().__init__(button)
        button.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        override = event.type() is QEvent.Type.ShortcutOverride
        if override and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Space:
            event.accept()
            return True
        return super().eventFilter(watched, event)
