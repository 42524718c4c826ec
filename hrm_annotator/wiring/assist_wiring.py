"""What a model suggests: read behind the window, shown by mode, decided on by key, and logged."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtGui import QActionGroup

from hrm_annotator.actions.assist_commands import MODE_OF
from hrm_annotator.actions.ids import ActionId
from hrm_annotator.actions.table import tool_tip
from hrm_annotator.language import tr
from hrm_annotator.main_window import MainWindow
from hrm_annotator.operations.assist import LogWriter, Suggested, read_suggestions
from hrm_annotator.operations.assisted_edits import AssistedEdits
from hrm_annotator.operations.decisions import Decisions
from hrm_annotator.operations.ranges import Ranges
from hrm_annotator.operations.runner import Runner
from hrm_annotator.operations.study import words_for
from hrm_annotator.operations.suggestions import Suggestions
from hrm_annotator.operations.visits import Visits
from hrm_annotator.session import Session
from hrm_annotator.wiring.coding_wiring import CodingWiring
from hrm_core.errors import UserError
from hrm_core.records.revision import Changes
from hrm_core.records.suggestion import Mode

__all__ = ["AssistWiring"]


class AssistWiring(QObject):
    """Connects the menu Suggest, and shows suggestions on timeline and boxes.

    Attributes
    ----------
    suggestions : Suggestions
        What may be seen now.
    """

    def __init__(
        self, window: MainWindow, session: Session, runner: Runner, coding: CodingWiring, ranges: Ranges
    ) -> None:
        super().__init__(window)
        self._window, self._session, self._runner, self._ranges = window, session, runner, ranges
        self.suggestions = Suggestions(session, self)
        self._decisions = Decisions(session, self.suggestions, self)
        self._edits = AssistedEdits(session, self.suggestions, self._decisions, self)
        transport = window.player.transport
        self._visits = Visits(session, self.suggestions, lambda: transport.playing, self)
        self._log: LogWriter | None = None
        self._barred = self._follows_next = False
        self._connect(coding)
        self._connect_actions()

    def stop(self) -> None:
        """Write what is not in the log yet."""
        self._visits.leave()
        self._stop_log()

    def reload(self) -> None:
        """Read the suggestions for the open recording: a model may have been run since."""
        project, rater, recording = self._session.project, self._session.rater, self._session.recording
        if project is None or rater is None or recording is None:
            return

        def show(suggested: Suggested) -> None:
            here = self._session.recording
            same = self._session.project is project and self._session.rater == rater
            if not same or here is None or here.id != recording.id:
                return  # something else was opened meanwhile
            if self._log is None:
                self._use(LogWriter(suggested.desk, self))
            self.suggestions.take_up(suggested)

        def tell(error: UserError) -> None:
            if self._session.project is project:
                words = words_for(error, project, rater)
                self._window.show_message(
                    tr("Suggestions cannot be shown: {why}", why=words), outlasts_frame=True
                )

        self._runner.run(lambda: read_suggestions(project, rater, recording), show, tell)

    def go_on_as(self, before: AssistWiring) -> None:
        """See and follow suggestions as in the window before, in the study that is opened next."""
        self.suggestions.choose_for_next(before.suggestions.mode)
        self._follows_next = before.follows

    @property
    def follows(self) -> bool:
        """Whether suggested changes are followed."""
        return self._ranges.following is not None

    # -- connections ------------------------------------------------------------------------

    def _connect(self, coding: CodingWiring) -> None:
        session, window = self._session, self._window
        session.project_changed.connect(self._on_project_changed)
        session.recording_changed.connect(self._on_recording_changed)
        session.frame_leaving.connect(self._visits.leave)
        session.frame_changed.connect(self._on_frame_changed)
        session.coding_changed.connect(lambda _: self._show_boxes())
        session.frames_changed.connect(self._show_frames)
        # Told when a check hides codes; panes that take the codes' place tell of checks and disputes.
        session.undo_changed.connect(self._on_maybe_barred)
        window.side_shown.connect(lambda _: self._on_maybe_barred())
        self.suggestions.changed.connect(self._on_changed)
        coding.stepped.connect(self._on_stepped)

    def _connect_actions(self) -> None:
        edits, chosen, actions = self._edits, self._chosen, self._window.actions_by_id
        handlers: dict[str, Callable[[], Any]] = {
            ActionId.ACCEPT_FRAME: edits.accept_frame,
            ActionId.ACCEPT_RUN: lambda: edits.accept_run(chosen()),
            ActionId.ACCEPT_CLIP: edits.accept_clip,
            ActionId.REJECT_FRAME: self._counted(edits.reject_frame),
            ActionId.REJECT_RUN: self._counted(lambda: edits.reject_run(chosen())),
            ActionId.REJECT_CLIP: self._counted(edits.reject_clip),
            ActionId.CORRECT_RUN: lambda: edits.correct_run(chosen()),
            ActionId.NEXT_DIFFERENCE: partial(self._go, 1),
            ActionId.PREVIOUS_DIFFERENCE: partial(self._go, -1),
        }
        acts = (ActionId.NEXT_BOX, ActionId.PREVIOUS_BOX, ActionId.UNDO, ActionId.REDO)
        handlers.update(dict.fromkeys(acts, self._visits.act))
        commits = (ActionId.CONFIRM_AND_NEXT, ActionId.NO_ACTION_AND_NEXT)
        handlers.update(dict.fromkeys(commits, self.suggestions.commit))
        modes = QActionGroup(self)
        for chooser, mode in MODE_OF.items():
            modes.addAction(actions[chooser])
            handlers[chooser] = partial(self._choose_mode, mode)
        for name, handler in handlers.items():
            actions[name].triggered.connect(lambda _=False, handler=handler: handler())
        actions[ActionId.FOLLOW_MODEL].toggled.connect(self._follow)
        self._show_mode()

    def _chosen(self) -> str | None:
        return self._window.coding.current

    def _counted(self, handler: Callable[[], None]) -> Callable[[], None]:
        def handle() -> None:
            self._visits.act()
            handler()

        return handle

    # -- what is open -------------------------------------------------------------------------

    def _on_project_changed(self) -> None:
        self._show_mode()
        if self._session.project is not None:
            follows, self._follows_next = self._follows_next, False
            if follows and self.suggestions.mode is Mode.ASSIST:
                self._window.actions_by_id[ActionId.FOLLOW_MODEL].setChecked(True)

    def _on_recording_changed(self) -> None:
        self._stop_log()
        self._show_mode()
        self.reload()

    def _stop_log(self) -> None:
        log, self._log = self._log, None
        self._decisions.use(None)
        self._visits.use(None)
        if log is not None:
            log.stop()
            log.deleteLater()

    def _use(self, log: LogWriter) -> None:
        self._log = log
        log.failed.connect(self._on_log_failed)
        self._decisions.use(log)
        self._visits.use(log)
        if self._session.frame is not None:
            self._visits.arrive(self._session.frame)

    def _on_frame_changed(self, frame: int) -> None:
        self.suggestions.arrive(frame)
        self._visits.arrive(frame)
        self._show_boxes()

    def _on_log_failed(self, why: str) -> None:
        words = words_for(why, self._session.project, self._session.rater)
        self._window.show_message(
            tr(
                "Codes are kept, but what you do with suggestions cannot be noted at the moment: {why}",
                why=words,
            ),
            outlasts_frame=True,
        )

    # -- modes ----------------------------------------------------------------------------------

    def _choose_mode(self, mode: Mode) -> None:
        self.suggestions.choose_mode(mode)
        self._show_mode()

    def _show_mode(self) -> None:
        suggestions, actions = self.suggestions, self._window.actions_by_id
        for name, mode in MODE_OF.items():
            action = actions[name]
            action.setChecked(mode is suggestions.mode)
            locked = suggestions.fixed and self._session.project is not None
            if locked:
                action.setEnabled(False)
            why = tr("The study has chosen when suggestions are seen.") if locked else ""
            action.setToolTip(tool_tip(name, why))
        follow = actions[ActionId.FOLLOW_MODEL]
        if follow.isChecked() and suggestions.mode is not Mode.ASSIST:
            follow.setChecked(False)

    def _follow(self, wanted: bool) -> None:
        actions = self._window.actions_by_id
        if wanted and self.suggestions.mode is not Mode.ASSIST:
            actions[ActionId.FOLLOW_MODEL].setChecked(False)
            self._session.refused.emit(
                tr("Suggested changes can be followed only where suggestions are seen at once.")
            )
            return
        self._ranges.following = self._edits.follow if wanted else None
        if wanted:
            # Without codes in hand there is nothing that could change.
            actions[ActionId.CARRY_ON].setChecked(True)

    # -- showing ----------------------------------------------------------------------------------

    def _on_maybe_barred(self) -> None:
        if self.suggestions.is_barred != self._barred:
            self._barred = self.suggestions.is_barred
            self._show_all()

    def _show_all(self) -> None:
        self._show_boxes()
        timeline, count = self._window.timeline, self._session.frame_count
        if self.suggestions.proposals is None or not count:
            timeline.show_suggestions(None, None)
            return
        layer = self.suggestions.layer(timeline.rows, 0, count - 1)
        timeline.show_suggestions(layer.probabilities, layer.proposed)

    def _on_changed(self, span: tuple[int, int] | None) -> None:
        if span is None:
            self._show_all()
        else:
            self._show_boxes()
            self._show_frames(span)

    def _on_stepped(self, changes: Changes) -> None:
        self._decisions.on_stepped(changes)
        self._show_boxes()
        self._show_frames(tuple(changes.codings))

    def _show_frames(self, frames: tuple[int, ...]) -> None:
        if self.suggestions.proposals is None or not frames:
            return
        first, last = max(min(frames), 0), min(max(frames), self._session.frame_count - 1)
        if first <= last:
            layer = self.suggestions.layer(self._window.timeline.rows, first, last)
            self._window.timeline.update_suggestions(first, layer.probabilities, layer.proposed)

    def _show_boxes(self) -> None:
        frame = self._session.frame
        offers = {} if frame is None else self.suggestions.offered(frame)
        self._window.coding.show_suggested(
            {key: (each.code, each.probability) for key, each in offers.items()}
        )

    def _go(self, direction: int) -> None:
        session = self._session
        if session.frame is None:
            return
        frame = self.suggestions.next_difference(session.frame, direction)
        if frame is None:
            session.refused.emit(tr("There is no difference that can be seen on that side."))
        else:
            self._window.player.transport.go_to(frame)
