"""Groups compared beside the window: what is chosen, what was found, and a report of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from hrm_annotator.actions.ids import ActionId
from hrm_annotator.dialogs.analysis_report import AnalysisReportDialog
from hrm_annotator.language import tr, trn
from hrm_annotator.main_window import MainWindow
from hrm_annotator.operations import group_analysis
from hrm_annotator.operations.group_analysis import Analysable, AnalysisWish
from hrm_annotator.operations.runner import Runner
from hrm_annotator.operations.study import words_for
from hrm_annotator.reports.analysis_view import AnalysisView
from hrm_annotator.session import Session
from hrm_annotator.wiring.coding_wiring import CodingWiring
from hrm_annotator.wiring.told import Told
from hrm_core.errors import Cancelled, UserError
from hrm_core.progress import CancelToken

if TYPE_CHECKING:
    from hrm_core.records.analysis_patterns import ExampleFrame
    from hrm_core.records.analysis_results import AnalysisReport

__all__ = ["AnalysisWiring"]


class AnalysisWiring(QObject):
    """Connects Analyse codes of the menu Study.

    Attributes
    ----------
    view : AnalysisView or None
        The window with the tables; None until somebody asked for it who may see groups.
    report : AnalysisReportDialog or None
        The dialog that is open.
    """

    def __init__(self, window: MainWindow, session: Session, runner: Runner, coding: CodingWiring) -> None:
        super().__init__(window)
        self._window, self._session, self._runner, self._coding = window, session, runner, coding
        self.view: AnalysisView | None = None
        self.report: AnalysisReportDialog | None = None
        self._found = Analysable()
        self._cancel, self._report_cancel = CancelToken(), CancelToken()
        self._asked = 0
        window.actions_by_id[ActionId.ANALYSE_CODES].triggered.connect(lambda _=False: self._show())
        session.project_changed.connect(self._forget)

    def stop(self) -> None:
        """Stop what is under way; nothing is half written."""
        self._cancel.cancel()
        self._report_cancel.cancel()
        for dialog in (self.report, self.view):
            if dialog is not None:
                dialog.hide()

    # -- comparing ------------------------------------------------------------------------------

    def _show(self) -> None:
        project, rater = self._session.project, self._session.rater
        if project is None or rater is None:
            return

        def show(found: Analysable) -> None:
            if self._session.project is not project or self._session.rater is not rater:
                return
            self._found = found
            view = self.view = self.view or self._make_view()
            view.show_choices(found)
            view.show()
            view.raise_()
            view.activateWindow()
            (view.analyse if view.report is None else view.differences_table).setFocus()

        self._runner.run(lambda: group_analysis.analysable(project, rater), show, self._refuse)

    def _make_view(self) -> AnalysisView:
        view = AnalysisView(self._window)
        view.analysis_wanted.connect(self._analyse)
        view.stop_wanted.connect(self._stop)
        view.report_wanted.connect(self._open_report)
        view.example_wanted.connect(self._go_to)
        # Nobody waits for numbers of a window that was closed.
        view.finished.connect(lambda _: self._stop())
        return view

    def _stop(self) -> None:
        self._cancel.cancel()

    def _analyse(self, wish: AnalysisWish | None) -> None:
        project, rater, view = self._session.project, self._session.rater, self.view
        if project is None or rater is None or view is None or wish is None:
            return
        self._cancel = cancel = CancelToken()
        self._asked += 1
        mine = self._asked
        told = Told(
            self, lambda done, total: view.show_progress(done, total) if mine == self._asked else None
        )
        view.show_problem("")
        view.show_busy(True)

        def is_wanted() -> bool:
            told.deleteLater()
            return mine == self._asked and self.view is view

        def show(report: AnalysisReport) -> None:
            if is_wanted():
                view.show_busy(False)
                view.show_report(report)

        def fail(error: UserError) -> None:
            if is_wanted():
                view.show_busy(False)
                stopped = isinstance(error, Cancelled)
                view.show_problem(tr("Stopped: nothing was compared.") if stopped else self._words(error))

        written = self._coding.written
        self._runner.run(
            lambda: group_analysis.analyse(project, rater, wish, written, told, cancel), show, fail
        )

    def _go_to(self, example: ExampleFrame) -> None:
        recording = (self._found.recordings or {}).get((example.participant, example.video))
        if recording is None:
            return
        self._window.activateWindow()
        if recording == self._session.recording:
            self._window.player.transport.stop()
            self._window.player.transport.go_to(example.frame)
        else:
            self._coding.open_recording(recording, None, example.frame)

    # -- report ---------------------------------------------------------------------------------

    def _open_report(self) -> None:
        project, view = self._session.project, self.view
        if project is None or view is None or view.report is None or self.report is not None:
            return
        found = view.report
        what = tr(
            "{first} and {second}, by the codes of {coder}",
            first=found.options.groups[0],
            second=found.options.groups[1],
            coder=found.coder,
        )
        dialog = self.report = AnalysisReportDialog(what, project.folder / "Analysis Report", view)
        dialog.wanted.connect(lambda folder, formats: self._write_report(dialog, found, folder, formats))
        dialog.stop_wanted.connect(self._stop_report)
        dialog.finished.connect(lambda _: self._end_report(dialog))
        dialog.setModal(True)
        dialog.open()

    def _stop_report(self) -> None:
        self._report_cancel.cancel()

    def _end_report(self, dialog: AnalysisReportDialog) -> None:
        self._report_cancel.cancel()
        self.report = None
        dialog.deleteLater()

    def _write_report(
        self, dialog: AnalysisReportDialog, found: AnalysisReport, folder: Path, formats: Sequence[str]
    ) -> None:
        rater = self._session.rater
        if rater is None:
            return
        self._report_cancel = cancel = CancelToken()
        told = Told(self, lambda done, total: dialog.show_progress(done, total) if is_open() else None)
        again = dialog.again.isChecked()
        dialog.show_files(())
        dialog.show_busy(True)

        def is_open() -> bool:
            return self.report is dialog

        def end(words: str, files: Sequence[Path] = ()) -> None:
            told.deleteLater()
            if is_open():
                dialog.show_busy(False)
                dialog.show_words(words)
                dialog.show_files(files)

        def show(files: tuple[Path, ...]) -> None:
            words = trn(
                "{count} file was written into {folder}.",
                "{count} files were written into {folder}.",
                len(files),
                folder=folder,
            )
            end(words, files)

        self._runner.run(
            lambda: group_analysis.write_report(rater, found, folder, formats, told, cancel, again=again),
            show,
            lambda error: end(self._words(error)),
        )

    # -- small things -----------------------------------------------------------------------------

    def _forget(self) -> None:
        """What one person was shown is not for the next one, nor for another study."""
        self._asked += 1
        self._cancel.cancel()
        self._report_cancel.cancel()
        self._found = Analysable()
        if self.report is not None:
            self.report.close()
        if self.view is not None:
            self.view.close()
            self.view.deleteLater()
            self.view = None

    def _words(self, error: UserError) -> str:
        return words_for(error, self._session.project, self._session.rater)

    def _refuse(self, error: UserError) -> None:
        self._session.refused.emit(self._words(error))
