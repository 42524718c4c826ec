"""Let a divider between two parts of a window be moved by arrow keys."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QSplitter, QSplitterHandle

__all__ = ["MovedByKeys"]

_STEP_PX = 16
_ALONG = {
    Qt.Orientation.Horizontal: {Qt.Key.Key_Left: -_STEP_PX, Qt.Key.Key_Right: _STEP_PX},
    Qt.Orientation.Vertical: {Qt.Key.Key_Up: -_STEP_PX, Qt.Key.Key_Down: _STEP_PX},
}


class MovedByKeys(QObject):
    """Event filter of a divider: Tab reaches it, arrow keys move it.

    Parameters
    ----------
    splitter : QSplitter
        Whose divider it is.
    number : int
        Place of the part behind the divider.
    """

    def __init__(self, splitter: QSplitter, number: int) -> None:
        handle: QSplitterHandle = splitter.handle(number)
        super().__init__(handle)
        self._splitter, self._number = splitter, number
        handle.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        handle.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent):
            step = _ALONG[self._splitter.orientation()].get(Qt.Key(event.key()))
            if step is not None and event.type() is QEvent.Type.ShortcutOverride:
                # Arrows are keys of the window elsewhere.
                event.accept()
                return True
            if step is not None and event.type() is QEvent.Type.KeyPress:
                self._move(step)
                return True
        return False

    def _move(self, step: int) -> None:
        sizes = self._splitter.sizes()
        sizes[self._number - 1] += step
        sizes[self._number] -= step
        if min(sizes) >= 0:
            self._splitter.setSizes(sizes)
