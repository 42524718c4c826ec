"""The window of a judge: one page at a time, and the keys of all pages."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QListWidget, QMainWindow, QStackedWidget, QWidget

from hrm_annotator.judging.answer_keys import score_of
from hrm_annotator.judging.clip_page import ClipPage
from hrm_annotator.judging.ground import ground_palette
from hrm_annotator.judging.notice_page import NoticePage
from hrm_annotator.judging.question_page import QuestionPage
from hrm_annotator.language import mark, tr

__all__ = ["JudgeWindow"]

_TITLE = mark("HRM Annotator — rating")
# Window managers take the keyboard away for a moment when a window fills the screen.
_AWAY_MS = 250
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class JudgeWindow(QMainWindow):
    """Shows pages and says what the judge wants; knows nothing of sessions.

    Attributes
    ----------
    clip, question, notice
        The pages.
    points : int
        How many answers the scale has.
    """

    answered = Signal(int)
    """A score, 1 for the first point; whether it counts now is not asked here."""
    replay_wanted = Signal()
    take_back_wanted = Signal()
    pause_wanted = Signal()
    escape_wanted = Signal()
    unwatched = Signal()
    """The window is minimised, or another has had the keyboard for a moment, as when the screen is locked."""
    closed = Signal()

    def __init__(self) -> None:
        super().__init__()
        # In every state: a title is seen by whoever passes, and in lists of windows.
        self.setWindowTitle(tr(_TITLE))
        self.setPalette(ground_palette())
        self.setMinimumSize(760, 560)
        self.resize(1280, 800)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.points = 0
        self.may_close: Callable[[], bool] = lambda: True
        self.clip, self.question, self.notice = ClipPage(), QuestionPage(), NoticePage()
        self._away = QTimer(self)
        self._away.setSingleShot(True)
        self._away.setInterval(_AWAY_MS)
        self._away.timeout.connect(lambda: None if self.is_watched else self.unwatched.emit())
        self._pages = QStackedWidget()
        for page in (self.notice, self.clip, self.question):
            self._pages.addWidget(page)
        self.setCentralWidget(self._pages)
        self.clip.answered.connect(self.answered)
        self.clip.pause_wanted.connect(self.pause_wanted)
        self.question.answered.connect(self.answered)
        self.question.replay_wanted.connect(self.replay_wanted)
        self.question.take_back_wanted.connect(self.take_back_wanted)
        self.question.pause_wanted.connect(self.pause_wanted)

    @property
    def is_watched(self) -> bool:
        """Whether the judge can see the window and has the keyboard on it."""
        return self.isActiveWindow() and not self.isMinimized()

    def look_whether_watched(self) -> None:
        """Say so in a moment if the window is not watched then."""
        self._away.start()

    @property
    def page(self) -> QWidget | None:
        """The page that is shown."""
        return self._pages.currentWidget()

    def show_page(self, page: QWidget) -> None:
        """Show one of the pages, with the keyboard on it."""
        self._pages.setCurrentWidget(page)
        if page is self.notice and self.notice.first is not None:
            self.notice.first.setFocus()
        else:
            # No control has the keyboard: Space pauses, and no ring is drawn around a picture.
            self.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # A key that is held does what it did once.
        if event.isAutoRepeat() or not self._does(event):
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.may_close():
            event.accept()
            self.closed.emit()
        else:
            event.ignore()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.WindowStateChange and self.isMinimized():
            # Nobody sees the clip any more.
            self.unwatched.emit()
        elif event.type() is QEvent.Type.ActivationChange and not self.isActiveWindow():
            self.look_whether_watched()
        super().changeEvent(event)

    def _does(self, event: QKeyEvent) -> bool:
        """Do what a key asks for; False if it asks for nothing."""
        key = event.key()
        if key == Qt.Key.Key_F11 or _is(event, Qt.Key.Key_F):
            self.set_full_screen(not self.isFullScreen())
        elif key == Qt.Key.Key_Escape:
            self.escape_wanted.emit()
        elif key == Qt.Key.Key_Backspace or _is(event, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier):
            self.take_back_wanted.emit()
        elif _is(event, Qt.Key.Key_Q, Qt.KeyboardModifier.ControlModifier):
            self.close()
        elif self.page is self.notice:
            return self._goes_on(event)
        elif key in _ENTER:
            return self._press_focused()
        elif key == Qt.Key.Key_Space or _is(event, Qt.Key.Key_P):
            self.pause_wanted.emit()
        elif _is(event, Qt.Key.Key_R):
            self.replay_wanted.emit()
        elif (score := score_of(event, self.points)) is not None:
            self.answered.emit(score)
        else:
            return False
        return True

    def _goes_on(self, event: QKeyEvent) -> bool:
        """Keys of a page of words: Enter presses what has the keyboard, Space and P the first button."""
        if event.key() in _ENTER and self._press_focused():
            return True
        if event.key() not in (*_ENTER, Qt.Key.Key_Space) and not _is(event, Qt.Key.Key_P):
            return False
        if self.notice.first is not None:
            self.notice.first.click()
        return True

    def _press_focused(self) -> bool:
        focused = QApplication.focusWidget()
        if isinstance(focused, QAbstractButton) and focused.isEnabled():
            focused.click()
            return True
        return isinstance(focused, QListWidget)

    def set_full_screen(self, on: bool) -> None:
        """Fill the screen, or be a window again."""
        state = Qt.WindowState.WindowFullScreen
        self.setWindowState(self.windowState() | state if on else self.windowState() & ~state)


def _is(
    event: QKeyEvent, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
) -> bool:
    return event.key() == key and event.modifiers() == modifier
