"""Rating sessions as whoever plans them sees them: planning, and what goes on."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QDialog, QFileDialog

from hrm_annotator.actions.ids import ActionId
from hrm_annotator.dialogs.give_out_folder import GiveOutFolderDialog
from hrm_annotator.dialogs.plan_rating import PlanRatingDialog
from hrm_annotator.dialogs.rating_report import RatingReportDialog
from hrm_annotator.dialogs.rating_sessions import RatingSessionsDialog
from hrm_annotator.dialogs.unblind_judge import UnblindJudgeDialog
from hrm_annotator.language import tr, trn
from hrm_annotator.main_window import MainWindow
from hrm_annotator.operations import rating_overview, rating_plans
from hrm_annotator.operations.rating_overview import FolderWish, SessionLine
from hrm_annotator.operations.rating_plans import Outlook, PlanWish, StudyForPlan
from hrm_annotator.operations.runner import Runner
from hrm_annotator.operations.study import words_for
from hrm_annotator.session import Session
from hrm_annotator.wiring.told import Told
from hrm_core.errors import Cancelled, UserError
from hrm_core.progress import CancelToken

if TYPE_CHECKING:
    from hrm_core.records.people import Rater
    from hrm_core.records.rating_plan import RatingSession
    from hrm_core.workflows.project import Project
    from hrm_core.workflows.take_in_answers import TakenIn

__all__ = ["RatingWiring"]

_FOLDERS = "Rating Folders"


class RatingWiring(QObject):
    """Connects Plan a rating session and Rating sessions of the menu Study.

    Attributes
    ----------
    planning : PlanRatingDialog or None
        The dialog that is open.
    overview : RatingSessionsDialog or None
        The dialog that is open.
    report : RatingReportDialog or None
        The dialog that is open.
    looking : bool
        Whether it is being found out what a plan comes to.
    """

    def __init__(self, window: MainWindow, session: Session, runner: Runner) -> None:
        super().__init__(window)
        self._window, self._session, self._runner = window, session, runner
        self.planning: PlanRatingDialog | None = None
        self.overview: RatingSessionsDialog | None = None
        self.report: RatingReportDialog | None = None
        self._cancel = CancelToken()
        self.looking = False
        self._waiting: PlanWish | None = None
        window.actions_by_id[ActionId.PLAN_RATING].triggered.connect(lambda _=False: self._begin_plan())
        window.actions_by_id[ActionId.RATING_SESSIONS].triggered.connect(lambda _=False: self._show())
        session.project_changed.connect(self._forget)

    def stop(self) -> None:
        """Stop what is under way; nothing is half written."""
        self._cancel.cancel()
        for dialog in (self.report, self.overview, self.planning):
            if dialog is not None:
                dialog.hide()

    # -- planning --------------------------------------------------------------------------------

    def _begin_plan(self) -> None:
        project, rater = self._open_study()
        if project is None or rater is None or self.planning is not None:
            return
        self._window.player.transport.stop()

        def show(study: StudyForPlan) -> None:
            if self._session.project is project and self._session.rater is rater and self.planning is None:
                self._open_plan(project, rater, study)

        self._runner.run(lambda: rating_plans.study_for_plan(project, rater), show, self._refuse)

    def _open_plan(self, project: Project, rater: Rater, study: StudyForPlan) -> None:
        dialog = self.planning = PlanRatingDialog(study, self._window)
        dialog.outlook_wanted.connect(lambda wish: self._look_ahead(dialog, project, rater, wish))
        dialog.plan_wanted.connect(lambda wish: self._plan(dialog, project, rater, wish))
        dialog.stop_wanted.connect(self._stop)
        dialog.finished.connect(lambda _: self._end_plan(dialog))
        dialog.setModal(True)
        dialog.open()
        dialog.name.setFocus()
        self._look_ahead(dialog, project, rater, dialog.wish)

    def _end_plan(self, dialog: PlanRatingDialog) -> None:
        self.planning = self._waiting = None
        dialog.deleteLater()

    def _look_ahead(self, dialog: PlanRatingDialog, project: Project, rater: Rater, wish: PlanWish) -> None:
        # One at a time, and of those that waited only the last: in a large study each takes a while.
        self._waiting = wish
        if not self.looking:
            self._look_at_last(dialog, project, rater)

    def _look_at_last(self, dialog: PlanRatingDialog, project: Project, rater: Rater) -> None:
        wish, self._waiting = self._waiting, None
        if wish is None or self.planning is not dialog:
            return
        self.looking = True

        def show(found: Outlook) -> None:
            self.looking = False
            if self.planning is dialog and self._waiting is None:
                problems, notes = (
                    tuple(map(self._readable, words)) for words in (found.problems, found.notes)
                )
                dialog.show_outlook(Outlook(found.clips, found.judges, problems, notes))
            elif self.planning is not None:
                # Of this dialog, or of one that was opened meanwhile, be it in another study.
                now, person = self._open_study()
                if now is not None and person is not None:
                    self._look_at_last(self.planning, now, person)

        def fail(error: UserError) -> None:
            show(Outlook(problems=(str(error),)))

        self._runner.run(lambda: rating_plans.look_ahead(project, rater, wish), show, fail)

    def _plan(self, dialog: PlanRatingDialog, project: Project, rater: Rater, wish: PlanWish) -> None:
        self._cancel = cancel = CancelToken()
        told = Told(self, lambda done, total: dialog.show_progress(done, total) if is_open() else None)
        dialog.show_busy(True)

        def is_open() -> bool:
            return self.planning is dialog

        def show(session: RatingSession) -> None:
            told.deleteLater()
            if is_open():
                dialog.show_busy(False)
                dialog.show_planned(session, f'hrm-annotator --rate "{project.folder}"')

        def fail(error: UserError) -> None:
            told.deleteLater()
            if is_open():
                dialog.show_busy(False)
                dialog.show_words(
                    tr("Stopped: no session was planned, and no clip is left.")
                    if isinstance(error, Cancelled)
                    else self._readable(str(error))
                )

        self._runner.run(lambda: rating_plans.plan(project, rater, wish, told, cancel), show, fail)

    # -- overview --------------------------------------------------------------------------------

    def _show(self) -> None:
        project, rater = self._open_study()
        if project is None or rater is None:
            return
        self._window.player.transport.stop()

        def show(lines: tuple[SessionLine, ...]) -> None:
            if self._session.project is project and self._session.rater is rater:
                dialog = self.overview = self.overview or self._make_overview()
                dialog.show_sessions(lines)
                dialog.show()
                dialog.raise_()
                dialog.activateWindow()
                dialog.tree.setFocus()

        self._runner.run(lambda: rating_overview.overview(project, rater), show, self._refuse)

    def _make_overview(self) -> RatingSessionsDialog:
        dialog = RatingSessionsDialog(self._window)
        dialog.folder_wanted.connect(self._begin_folder)
        dialog.answers_wanted.connect(self._choose_answers)
        dialog.report_wanted.connect(self._open_report)
        dialog.close_wanted.connect(self._set_closed)
        dialog.unblind_wanted.connect(self._begin_unblind)
        dialog.stop_wanted.connect(self._stop)
        return dialog

    def _set_closed(self, session: str, closed: bool) -> None:
        words = (
            tr("“{name}” is closed: nobody rates in it any more, and all answers stay.", name=session)
            if closed
            else tr("“{name}” is open again.", name=session)
        )
        self._do(
            lambda project, rater, _told, _cancel: rating_overview.set_closed(
                project, rater, session, closed=closed
            ),
            lambda _: words,
        )

    def _begin_unblind(self, session: str, judge: str) -> None:
        project = self._session.project
        if project is None or self.overview is None:
            return

        def ask(names: tuple[str, ...]) -> None:
            if self.overview is None or self._session.project is not project:
                return
            dialog = UnblindJudgeDialog(judge, session, names, self.overview)
            dialog.finished.connect(lambda result: self._unblind(dialog, session, judge, result))
            dialog.setModal(True)
            dialog.open()

        self._runner.run(lambda: rating_overview.coordinators(project), ask, self._refuse)

    def _unblind(self, dialog: UnblindJudgeDialog, session: str, judge: str, result: int) -> None:
        by, why = dialog.by, dialog.reason
        dialog.deleteLater()
        if result == QDialog.DialogCode.Accepted:
            self._do(
                lambda project, _rater, _told, _cancel: rating_overview.unblind(
                    project, session, judge, by, why
                ),
                lambda _: tr("{judge} counts as not blind from now on; it is logged.", judge=judge),
            )

    # -- judges without the program ----------------------------------------------------------------

    def _begin_folder(self, session: str, judge: str) -> None:
        if self.overview is None:
            return
        # Not in the study's folder, whose name judges need not read.
        name = re.sub(r"[^\w -]", "_", f"{session} {judge}").strip()
        dialog = GiveOutFolderDialog(judge, session, Path.home() / _FOLDERS / name, self.overview)
        dialog.finished.connect(lambda result: self._give_out(dialog, session, judge, result))
        dialog.setModal(True)
        dialog.open()

    def _give_out(self, dialog: GiveOutFolderDialog, session: str, judge: str, result: int) -> None:
        wish = FolderWish(session, judge, dialog.folder, dialog.video, dialog.page_language)
        dialog.deleteLater()
        if result == QDialog.DialogCode.Accepted:
            self._do(
                lambda project, rater, told, cancel: rating_overview.give_out(
                    project, rater, wish, told, cancel
                ),
                lambda done: tr(
                    "Written: {folder}. Give this folder to {judge}, and nobody else.",
                    folder=done.folder,
                    judge=judge,
                ),
                tr("Writing the folder …"),
            )

    def _choose_answers(self) -> None:
        if self.overview is None:
            return
        kinds = tr("Answers ({pattern})", pattern="*.json")
        names, _ = QFileDialog.getOpenFileNames(self.overview, tr("Files with answers"), "", kinds)
        if names:
            self.take_in([Path(name) for name in names])

    def take_in(self, files: Sequence[Path]) -> None:
        """Take answers in that were given in a browser, and say what was new."""

        def words(found: tuple[TakenIn, ...]) -> str:
            return "\n".join(
                tr(
                    "{judge}, “{session}”: {answers}; {done} of {total} answered.",
                    judge=entry.judge,
                    session=entry.session,
                    answers=trn("{count} new answer", "{count} new answers", entry.answers),
                    done=entry.done,
                    total=entry.total,
                )
                for entry in found
            )

        self._do(
            lambda project, rater, _told, _cancel: rating_overview.take_in(project, rater, files),
            words,
            tr("Taking answers in …"),
        )

    # -- report ----------------------------------------------------------------------------------

    def _open_report(self, session: str) -> None:
        project = self._session.project
        if project is None or self.overview is None or self.report is not None:
            return
        dialog = RatingReportDialog(session, project.folder / "Rating Report", self.overview)
        self.report = dialog
        dialog.wanted.connect(lambda folder, formats: self._write_report(dialog, session, folder, formats))
        dialog.stop_wanted.connect(self._stop)
        dialog.finished.connect(lambda _: self._end_report(dialog))
        dialog.setModal(True)
        dialog.open()

    def _end_report(self, dialog: RatingReportDialog) -> None:
        self._cancel.cancel()
        self.report = None
        dialog.deleteLater()

    def _write_report(
        self, dialog: RatingReportDialog, session: str, folder: Path, formats: Sequence[str]
    ) -> None:
        project, rater = self._open_study()
        if project is None or rater is None:
            return
        self._cancel = cancel = CancelToken()
        told = Told(self, lambda done, total: dialog.show_progress(done, total) if is_open() else None)
        again = dialog.again.isChecked()
        dialog.show_busy(True)

        def is_open() -> bool:
            return self.report is dialog

        def end(words: str) -> None:
            told.deleteLater()
            if is_open():
                dialog.show_busy(False)
                dialog.show_words(words)

        def written(files: tuple[Path, ...]) -> None:
            end(
                trn(
                    "{count} file was written into {folder}.",
                    "{count} files were written into {folder}.",
                    len(files),
                    folder=folder,
                )
            )

        self._runner.run(
            lambda: rating_overview.write_report(
                project, rater, session, folder, formats, told, cancel, again=again
            ),
            written,
            lambda error: end(self._readable(str(error))),
        )

    # -- work beside the window --------------------------------------------------------------------

    def _do(
        self,
        work: Callable[[Project, Rater, Told, CancelToken], Any],
        words: Callable[[Any], str],
        doing: str = "",
    ) -> None:
        """Do something about sessions, say what came of it, and show them as they are then."""
        project, rater = self._open_study()
        dialog = self.overview
        if project is None or rater is None or dialog is None:
            return
        self._cancel = cancel = CancelToken()
        told = Told(self, lambda done, total: dialog.show_progress(done, total) if is_open() else None)
        dialog.show_busy(True, doing or tr("One moment …"))

        def is_open() -> bool:
            return self.overview is dialog

        def end(what: str, lines: tuple[SessionLine, ...] | None) -> None:
            told.deleteLater()
            if is_open():
                dialog.show_busy(False)
                if lines is not None:
                    dialog.show_sessions(lines)
                dialog.show_words(what)

        def both() -> tuple[Any, tuple[SessionLine, ...]]:
            return work(project, rater, told, cancel), rating_overview.overview(project, rater)

        self._runner.run(
            both,
            lambda found: end(words(found[0]), found[1]),
            lambda error: end(self._readable(str(error)), None),
        )

    def _open_study(self) -> tuple[Project | None, Rater | None]:
        return self._session.project, self._session.rater

    def _stop(self) -> None:
        self._cancel.cancel()

    def _forget(self) -> None:
        """What one coder was shown is not for the next one, nor for another study."""
        self._cancel.cancel()
        for dialog in (self.report, self.overview, self.planning):
            if dialog is not None:
                dialog.hide()
                dialog.deleteLater()
        self.report = self.overview = self.planning = None

    def _readable(self, words: str) -> str:
        return words_for(words, self._session.project, self._session.rater)

    def _refuse(self, error: UserError) -> None:
        self._session.refused.emit(self._readable(str(error)))
