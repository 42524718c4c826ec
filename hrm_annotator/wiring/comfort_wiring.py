"""Comfort: the typed score, the frame's own window, where the coder was and how windows stood."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QSplitter, QWidget

from hrm_annotator.actions.table import ActionId
from hrm_annotator.coding.coding_pane import frame_words
from hrm_annotator.language import tr
from hrm_annotator.main_window import MainWindow
from hrm_annotator.player.frame_window import FrameWindow
from hrm_annotator.session import Session
from hrm_annotator.settings import place
from hrm_annotator.settings.layout import restore_layout, store_layout, was_open
from hrm_annotator.widgets.moved_by_keys import MovedByKeys

__all__ = ["ComfortWiring"]

_MAIN, _FRAME = "main", "frame"
_WRITE_AFTER_MS = 400


class ComfortWiring(QObject):
    """Connects what spares a coder steps; none of it touches a label by itself."""

    def __init__(self, window: MainWindow, session: Session) -> None:
        super().__init__(window)
        self._window, self._session = window, session
        # A second window must not forget what the first has open.
        self.has_seat = True
        self._places: place.Places | None = None
        self._here: tuple[int, int] | None = None
        # Started, not started anew, by each frame: who steps on and on is followed too.
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_WRITE_AFTER_MS)
        self._timer.timeout.connect(self._write_place)
        self.frame_window = FrameWindow(window.player.current, list(window.actions_by_id.values()))
        self._frame_action = window.actions_by_id[ActionId.FRAME_WINDOW]
        self._frame_wanted = was_open(_FRAME)
        restore_layout(_MAIN, window)
        restore_layout(_FRAME, self.frame_window)
        last: QWidget = window.review.show_kept
        for splitter in window.findChildren(QSplitter):
            for number in range(1, splitter.count()):
                splitter.handle(number).setAccessibleName(tr("Divider between two parts of the window"))
                MovedByKeys(splitter, number)
                # Last of all: who goes from the picture to the score passes none of them.
                QWidget.setTabOrder(last, splitter.handle(number))
                last = splitter.handle(number)
        self._connect()

    def stop(self) -> None:
        """Remember place and layout, and take the frame's window away."""
        self._write_place()
        store_layout(_MAIN, self._window)
        store_layout(_FRAME, self.frame_window, is_open=self._frame_wanted)
        self.frame_window.hide()
        self.frame_window.deleteLater()
        if self.has_seat:
            place.note_closed()

    def _connect(self) -> None:
        session, window = self._session, self._window
        session.project_changed.connect(self._on_project_changed)
        session.recording_changed.connect(self._on_recording_changed)
        session.frame_changed.connect(self._on_frame_changed)
        session.coding_changed.connect(self._name_pictures)
        session.edited.connect(lambda *_: self._write_place())
        window.player.current.changed.connect(self._name_pictures)
        window.coding.score.begun.connect(window.player.transport.stop)
        window.coding.score.left.connect(window.player.current.setFocus)
        window.tree.left.connect(window.player.current.setFocus)
        self._frame_action.triggered.connect(self._show_frame_window)
        self.frame_window.closed.connect(self._on_frame_window_closed)
        for name, handler in (
            (ActionId.TYPE_SCORE, window.coding.score.begin),
            (ActionId.WRITE_CODE_NOTE, window.coding.write_code_note),
            (ActionId.WRITE_NOTE, window.coding.write_note),
            (ActionId.GO_TO_FRAME, window.player.focus_number),
        ):
            action = window.actions_by_id[name]
            action.triggered.connect(lambda _=False, handler=handler: self._in_main_window(handler))
        for name in (ActionId.WHOLE_PICTURE, ActionId.REGISTER):
            window.actions_by_id[name].triggered.connect(lambda _=False: self.frame_window.zoom.reset())

    # -- where the coder is ------------------------------------------------------------

    def _on_project_changed(self) -> None:
        project, rater = self._session.project, self._session.rater
        if project is None or rater is None:
            self._places = None
            self.frame_window.hide()
            self._frame_action.setChecked(False)
            if self.has_seat:
                place.note_closed()
            return
        self._places = place.places_of(project, rater)
        if self.has_seat:
            place.note_open(project.folder)

    def _on_recording_changed(self) -> None:
        # Of the recording that was left, before its project and coder are forgotten.
        self._write_place()
        if self._session.recording is not None and self._frame_wanted:
            self._show_frame_window(True)

    def _on_frame_changed(self, frame: int) -> None:
        self._name_pictures()
        if self._session.recording is not None:
            self._here = self._session.recording.id, frame
        if not self._timer.isActive():
            self._timer.start()

    def _write_place(self) -> None:
        self._timer.stop()
        if self._places is not None and self._here is not None:
            self._places.store(*self._here)
        self._here = None

    # -- the frame's own window -----------------------------------------------------------

    def _show_frame_window(self, wanted: bool) -> None:
        self._frame_wanted = wanted
        self._frame_action.setChecked(wanted)
        self.frame_window.setVisible(wanted)
        if wanted:
            self.frame_window.raise_()
        else:
            self._window.activateWindow()

    def _on_frame_window_closed(self) -> None:
        # The end of the program closes it too; then it comes back with the next start.
        if self._window.isVisible():
            self._show_frame_window(False)

    def _in_main_window(self, put_keyboard: Callable[[], object]) -> None:
        """Put the keyboard into a field, also if the key was pressed in the frame's window."""
        occupied = self._session.checking or self._session.deciding
        if occupied and put_keyboard != self._window.player.focus_number:
            # The fields of the codes are out of sight: what is typed there would be, too.
            self._session.may_code()
            return
        self._window.player.transport.stop()
        if self.frame_window.isActiveWindow():
            self._window.activateWindow()
        put_keyboard()

    # -- words for screen readers ---------------------------------------------------------

    def _name_pictures(self, _: object = None) -> None:
        """Name the pictures after their frame and its codes: a screen reader says a new name."""
        view, frame = self._window.player.current, self._session.frame
        # The picture comes first, the news of its frame just after it.
        if frame is None or self._session.withheld:
            return
        if view.caption.partition(" · ")[0] != tr("frame {frame}", frame=frame):
            return
        words = f"{view.caption}: {frame_words(self._session.coding())}"
        view.setAccessibleName(words)
        self.frame_window.view.setAccessibleName(words)
