"""The way from one place that is worth coding to the next."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject

from hrm_annotator.actions.ids import ActionId
from hrm_annotator.actions.strokes import shown
from hrm_annotator.actions.table import COMMANDS, keys_on
from hrm_annotator.dialogs.next_to_code import NextToCodeDialog, entry_words
from hrm_annotator.language import said, tr
from hrm_annotator.main_window import MainWindow
from hrm_annotator.operations.queue import Queued, QueueWish, list_next
from hrm_annotator.operations.runner import Runner
from hrm_annotator.operations.study import words_for
from hrm_annotator.session import Session
from hrm_annotator.wiring.coding_wiring import CodingWiring
from hrm_core.errors import Cancelled, UserError
from hrm_core.progress import CancelToken
from hrm_core.records.queue import QueueBy, QueueEntry
from hrm_core.records.recording import Recording
from hrm_core.records.suggestion import Mode

__all__ = ["QueueWiring"]


class QueueWiring(QObject):
    """Connects What to code next, its list, and the keys that go through it.

    Attributes
    ----------
    mode : callable
        When this coder sees suggestions now; None as the study says.
    dialog : NextToCodeDialog or None
        The list, once it was asked for.
    """

    def __init__(self, window: MainWindow, session: Session, runner: Runner, coding: CodingWiring) -> None:
        super().__init__(window)
        self._window, self._session, self._runner, self._coding = window, session, runner, coding
        self.mode: Callable[[], Mode | None] = lambda: None
        self.dialog: NextToCodeDialog | None = None
        self._recordings: Mapping[int, Recording] = {}
        self._listed_for: Mode | None = None
        self._cancel = CancelToken()
        for name, handler in (
            (ActionId.CODE_NEXT, self._show),
            (ActionId.NEXT_IN_QUEUE, lambda: self._step(1)),
            (ActionId.PREVIOUS_IN_QUEUE, lambda: self._step(-1)),
        ):
            window.actions_by_id[name].triggered.connect(lambda _=False, handler=handler: handler())
        session.project_changed.connect(self._on_project_changed)
        # Told when a check hides codes; panes that take the codes' place tell of checks and disputes.
        session.undo_changed.connect(self._withhold)
        window.side_shown.connect(lambda _: self._withhold())

    def stop(self) -> None:
        """Stop what is under way."""
        self._cancel.cancel()

    def on_mode_changed(self) -> None:
        """Show nothing any more that was listed for a mode in which other things are told."""
        if self.dialog is not None and self.mode() != self._listed_for:
            self._forget("")

    @property
    def is_barred(self) -> bool:
        """Whether nothing of a model may be seen now: codes are checked, or disputes decided."""
        session = self._session
        return session.checking or session.deciding or session.shown.concealment is not None

    def _show(self) -> None:
        if self.is_barred:
            self._refuse_barred()
            return
        if self.dialog is None:
            self.dialog = NextToCodeDialog(self._window)
            self.dialog.list_wanted.connect(self._list)
            self.dialog.entry_wanted.connect(self._go)
            actions = self._window.actions_by_id
            # Their keys work in the list as well.
            self.dialog.addActions([actions[ActionId.NEXT_IN_QUEUE], actions[ActionId.PREVIOUS_IN_QUEUE]])
        self.dialog.show()
        self.dialog.raise_()
        self.dialog.activateWindow()

    def _list(self, wish: QueueWish) -> None:
        project, rater, dialog = self._session.project, self._session.rater, self.dialog
        if project is None or rater is None or dialog is None:
            return
        if self.is_barred:
            self._refuse_barred()
            return
        self._cancel.cancel()
        cancel = self._cancel = CancelToken()
        mode = self._listed_for = self.mode()
        dialog.set_busy(True)

        def is_old() -> bool:
            return cancel is not self._cancel or self.dialog is not dialog or self.is_barred

        def show(found: Queued) -> None:
            if not is_old():
                self._recordings = found.recordings
                dialog.show_entries([entry for entry in found.entries if not self._is_on_screen(entry)])

        def fail(error: UserError) -> None:
            if not is_old() and not isinstance(error, Cancelled):
                dialog.show_entries(())
                dialog.say(said(words_for(error, project, rater)))

        self._runner.run(lambda: list_next(project, rater, wish, mode, cancel), show, fail)

    def _is_on_screen(self, entry: QueueEntry) -> bool:
        """Whether an entry would tell of the frame that is just being coded how the model sees it."""
        session = self._session
        here = session.recording is not None and session.recording.id == entry.video_id
        telling = entry.by is QueueBy.CONFLICT or bool(entry.actions)
        return here and telling and entry.first == session.frame == entry.last

    # -- going there -------------------------------------------------------------------------------

    def _step(self, direction: int) -> None:
        if self.is_barred:
            self._refuse_barred()
        elif self.dialog is None or not self.dialog.list.count():
            keys = keys_on(self._window.actions_by_id[ActionId.CODE_NEXT])
            key = shown(keys[0]) if keys else tr(COMMANDS[ActionId.CODE_NEXT].words)
            self._session.refused.emit(tr("List first what to code next: {key}.", key=key))
        elif (entry := self.dialog.step(direction)) is not None:
            self._go(entry)
        elif direction > 0:
            self._session.refused.emit(tr("This was the last one in the queue."))
        else:
            self._session.refused.emit(tr("This is the first one in the queue."))

    def _go(self, entry: QueueEntry) -> None:
        recording = self._recordings.get(entry.video_id)
        if recording is None:
            return
        self._window.player.transport.stop()
        # To be coded: the list stays beside the window, without the keyboard.
        self._window.activateWindow()
        self._window.player.current.setFocus()
        self._coding.open_recording(recording, None, entry.first)
        if entry.actions:
            self._window.coding.choose(entry.actions[0])
        self._window.show_message(entry_words(entry), outlasts_frame=True)

    # -- hiding ------------------------------------------------------------------------------------

    def _withhold(self) -> None:
        if self.is_barred and self.dialog is not None and self.dialog.list.count():
            self._forget(tr("What a model says is hidden while codes are checked or disputes decided."))

    def _forget(self, words: str) -> None:
        self._cancel.cancel()
        if self.dialog is not None:
            self.dialog.show_entries(())
            self.dialog.say(words)

    def _refuse_barred(self) -> None:
        self._session.refused.emit(
            tr("What a model says is hidden while codes are checked or disputes decided.")
        )

    def _on_project_changed(self) -> None:
        self._cancel.cancel()
        self._recordings = {}
        if self.dialog is not None:
            # What one coder was told is not for the next one.
            self.dialog.close()
            self.dialog.deleteLater()
            self.dialog = None
