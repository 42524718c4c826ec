"""The frame on the screen in a window of its own, for a second monitor."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QCloseEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from hrm_annotator.language import mark, tr
from hrm_annotator.player.picture_view import PictureView, Zoom

__all__ = ["FRAME_WINDOW", "FrameWindow"]

FRAME_WINDOW = "frame-window"
"""Object name of the window: the keys of the main window work in it too."""

# No child, no study, no group: others in the room can read a title.
_TITLE = mark("HRM Annotator – frame")


class FrameWindow(QWidget):
    """Shows what the main window's picture shows, as closely as its own zoom says.

    Parameters
    ----------
    picture : PictureView
        The picture of the main window.  All is taken from it, so that nothing that is
        covered or withheld there can be seen here.
    actions : sequence of QAction
        Commands whose keys work here.
    """

    closed = Signal()
    """Somebody closed the window."""

    def __init__(self, picture: PictureView, actions: Sequence[QAction]) -> None:
        super().__init__()
        self._picture = picture
        self.setObjectName(FRAME_WINDOW)
        self.setWindowTitle(tr(_TITLE))
        # Closing the main window ends the program, whatever else is open.
        self.setAttribute(Qt.WidgetAttribute.WA_QuitOnClose, False)
        # Codes are keys, not text: an input method must never swallow one.
        self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, False)
        self.zoom = Zoom(self)
        self.view = PictureView(self.zoom, "")
        self.view.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.view)
        self.addActions(actions)
        self.resize(960, 720)
        picture.changed.connect(self._follow)
        self._follow()

    def closeEvent(self, event: QCloseEvent) -> None:
        event.accept()
        self.closed.emit()

    def _follow(self) -> None:
        self.view.show_same_as(self._picture)
