"""Keys of an omission check: while one runs they answer, wherever the keyboard is."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QMenuBar,
    QWidget,
)

from hrm_annotator.actions.strokes import MODIFIERS, strokes_of
from hrm_annotator.player.frame_window import FRAME_WINDOW

__all__ = ["CheckKeys"]

_FIELDS = (QLineEdit, QAbstractSpinBox, QComboBox, QMenuBar)
_PRESSING = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
_WALKING = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


class CheckKeys(QObject):
    """Event filter of the program, there only while a check asks.

    It is newer than the reader of typed keys and so sees a key first: 1 answers, and codes
    nothing.

    Parameters
    ----------
    window : QWidget
        The main window.
    commands : mapping of str to callable
        What a stroke does, named as on a US keyboard.
    """

    def __init__(self, window: QWidget, commands: Mapping[str, Callable[[], object]]) -> None:
        super().__init__(window)
        self._window, self._commands = window, commands
        self._on = False

    def listen(self, wanted: bool) -> None:
        """Read keys from now on, or no more."""
        app = QApplication.instance()
        if app is None or wanted is self._on:
            return
        self._on = wanted
        if wanted:
            app.installEventFilter(self)
        else:
            app.removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kinds = (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress)
        if event.type() not in kinds or not isinstance(event, QKeyEvent) or not self._listens(event):
            return False
        readings = self.readings(event)
        command = next((self._commands[stroke] for stroke in readings if stroke in self._commands), None)
        if command is None:
            return False
        event.accept()
        if event.type() is QEvent.Type.KeyPress and not event.isAutoRepeat():
            command()
        return True

    def readings(self, event: QKeyEvent) -> tuple[str, ...]:
        """What a key is taken for: by place first, as in the face map, by symbol where that says nothing."""
        return strokes_of(event, by_place=True)

    def _listens(self, event: QKeyEvent) -> bool:
        if event.key() in MODIFIERS:
            return False
        if QApplication.activePopupWidget() is not None or QApplication.activeModalWidget() is not None:
            return False
        active, focus = QApplication.activeWindow(), QApplication.focusWidget()
        if active is not self._window and (active is None or active.objectName() != FRAME_WINDOW):
            return False
        if isinstance(focus, QAbstractButton) and event.key() in _PRESSING:
            return False
        if isinstance(focus, QAbstractItemView) and event.key() in (*_PRESSING, *_WALKING):
            return False  # the keyboard walks in the tree or the list
        return not isinstance(focus, _FIELDS)
