"""What moved a network's rating, under the codes: only for who may know of ratings, and only when asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from hrm_annotator.actions.ids import ActionId
from hrm_annotator.language import tr
from hrm_annotator.main_window import MainWindow
from hrm_annotator.operations import group_analysis
from hrm_annotator.operations.runner import Runner
from hrm_annotator.operations.study import words_for
from hrm_annotator.session import Session
from hrm_core.errors import UserError

if TYPE_CHECKING:
    from hrm_core.records.attributions import ClipAttribution

__all__ = ["AttributionWiring"]


class AttributionWiring(QObject):
    """Connects the strip under the timeline; it is off until somebody switches it on.

    Who codes while seeing what raises a rating is no independent coder: nothing
    of it is read before it is asked for.
    """

    def __init__(self, window: MainWindow, session: Session, runner: Runner) -> None:
        super().__init__(window)
        self._window, self._session, self._runner = window, session, runner
        self._asked = 0
        self._switch = window.actions_by_id[ActionId.SHOW_ATTRIBUTIONS]
        self._switch.toggled.connect(lambda _: self._read())
        session.project_changed.connect(self._switch_off)
        session.recording_changed.connect(self._read)
        # Told with undo: it too says nothing while a check hides codes, from which ratings follow.
        session.undo_changed.connect(self._withhold)

    def _switch_off(self) -> None:
        """What one person was shown is not for the next one."""
        self._switch.setChecked(False)

    def _withhold(self) -> None:
        if self._session.shown.concealment is not None and self._switch.isChecked():
            self._refuse(tr("Hidden as long as the codes are."))

    def _read(self) -> None:
        self._asked += 1
        mine, pane, session = self._asked, self._window.timeline, self._session
        project, rater, recording = session.project, session.rater, session.recording
        pane.show_attributions(None)
        if not self._switch.isChecked() or project is None or rater is None or recording is None:
            return
        if session.shown.concealment is not None:
            self._refuse(tr("Hidden as long as the codes are."))
            return

        def show(found: tuple[ClipAttribution, ...]) -> None:
            if mine == self._asked:
                pane.show_attributions(found)

        def fail(error: UserError) -> None:
            if mine == self._asked:
                self._refuse(words_for(error, project, rater))

        self._runner.run(lambda: group_analysis.attributions(project, rater, recording), show, fail)

    def _refuse(self, words: str) -> None:
        self._switch.setChecked(False)
        self._session.refused.emit(words)
