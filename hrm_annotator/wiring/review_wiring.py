"""The list of what to look at: filled beside the window, and what its keys do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject

from hrm_annotator.actions.ids import ActionId
from hrm_annotator.actions.strokes import shown
from hrm_annotator.actions.table import COMMANDS, keys_on
from hrm_annotator.itemmodels.to_look_at import Entry, entries_of
from hrm_annotator.language import tr
from hrm_annotator.main_window import MainWindow
from hrm_annotator.operations.rule_watch import Look, RuleWatch
from hrm_annotator.operations.runner import Runner
from hrm_annotator.session import Session

__all__ = ["ReviewWiring"]


class ReviewWiring(QObject):
    """Connects the rules, the list, the pictures and the boxes.

    Attributes
    ----------
    watch : RuleWatch
        Holds the codes against the rules.
    """

    def __init__(self, window: MainWindow, session: Session, runner: Runner) -> None:
        super().__init__(window)
        self._window, self._session, self._pane = window, session, window.review
        self.watch = RuleWatch(session, runner, self)
        self._kept_last: Entry | None = None
        self.watch.looked.connect(self._on_looked)
        self.watch.failed.connect(window.show_message)
        session.recording_changed.connect(self._forget_kept)
        session.undo_changed.connect(self._withhold)
        pane, actions = self._pane, window.actions_by_id
        pane.entry_wanted.connect(self._go_to_and_code)
        pane.keep_wanted.connect(self._keep)
        pane.take_back_wanted.connect(self._take_back)
        pane.left.connect(window.player.current.setFocus)
        pane.show_kept_changed.connect(actions[ActionId.SHOW_KEPT].setChecked)
        handlers: dict[ActionId, Callable[[], Any]] = {
            ActionId.NEXT_TO_LOOK_AT: lambda: self._step(1),
            ActionId.PREVIOUS_TO_LOOK_AT: lambda: self._step(-1),
            ActionId.KEEP_ANYWAY: self._keep_chosen,
            ActionId.KEEP_NO_MORE: self._keep_no_more,
        }
        for name, handler in handlers.items():
            actions[name].triggered.connect(lambda _=False, handler=handler: handler())
        actions[ActionId.TO_LOOK_AT].setChecked(True)
        actions[ActionId.TO_LOOK_AT].toggled.connect(self._show_pane)
        actions[ActionId.SHOW_KEPT].toggled.connect(pane.show_kept.setChecked)

    def stop(self) -> None:
        """Look no more."""
        self.watch.stop()

    def _on_looked(self, look: Look) -> None:
        self._pane.show_entries(entries_of(look), look.failure, is_pending=look.is_pending)

    def _withhold(self) -> None:
        # Told with undo: it too says nothing while a check hides codes.
        self._pane.withhold(self._session.shown.concealment is not None)

    def _show_pane(self, wanted: bool) -> None:
        self._pane.setVisible(wanted)
        if wanted:
            self._pane.list.setFocus()

    # -- going there -----------------------------------------------------------------------

    def _step(self, direction: int) -> None:
        frame = self._session.frame
        entry = None if frame is None else self._pane.next_entry(frame, direction)
        if entry is not None:
            self._pane.choose(entry)
            self._go_to(entry)
        elif direction > 0:
            self._window.show_message(tr("There is nothing more to look at after this."))
        else:
            self._window.show_message(tr("There is nothing more to look at before this."))

    def _go_to(self, entry: Entry) -> None:
        self._window.player.transport.stop()
        self._window.player.transport.go_to(entry.first_frame)
        if entry.actions:
            self._window.coding.choose(entry.actions[0])
        self._window.show_message(entry.where + tr(": ") + entry.words, outlasts_frame=True)

    def _go_to_and_code(self, entry: Entry) -> None:
        self._go_to(entry)
        self._window.player.current.setFocus()

    # -- keeping ---------------------------------------------------------------------------

    def _keep_chosen(self) -> None:
        entry = self._pane.current
        if entry is None:
            key = self._key(ActionId.NEXT_TO_LOOK_AT)
            self._session.refused.emit(tr("Choose a finding first: {key} goes to the next one.", key=key))
        elif entry.finding is None:
            self._session.refused.emit(tr("A doubt is settled by taking the flag off, not by keeping it."))
        else:
            self._pane.keep_current()

    def _keep(self, entry: Entry, reason: str) -> None:
        assert entry.finding is not None
        self._kept_last = entry
        self.watch.keep(entry.finding, reason)
        key = self._key(ActionId.KEEP_NO_MORE)
        words = tr("Kept: {where}. {key} takes it back.", where=entry.where, key=key)
        self._window.show_message(words, outlasts_frame=True)

    def _take_back(self, entry: Entry) -> None:
        assert entry.finding is not None
        self._kept_last = None
        self.watch.take_back(entry.finding)
        self._window.show_message(tr("Kept no more: {where}.", where=entry.where), outlasts_frame=True)

    def _keep_no_more(self) -> None:
        chosen = self._pane.current
        entry = chosen if chosen is not None and chosen.kept is not None else self._kept_last
        if entry is None or self._session.shown.concealment is not None:
            self._session.refused.emit(
                tr("Nothing was kept just now: show what was kept, and choose what to take back.")
            )
        else:
            self._take_back(entry)

    def _key(self, name: ActionId) -> str:
        """The first key of a command, or its words where it has none."""
        keys = keys_on(self._window.actions_by_id[name])
        return shown(keys[0]) if keys else tr(COMMANDS[name].words)

    def _forget_kept(self) -> None:
        self._kept_last = None
