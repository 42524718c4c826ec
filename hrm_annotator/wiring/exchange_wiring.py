"""Codes to and from files of other programs: a coder's own, and a report before anything is written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QDialog, QFileDialog, QMessageBox, QProgressDialog

from hrm_annotator.actions.ids import ActionId
from hrm_annotator.dialogs.export_codes import ExportCodesDialog
from hrm_annotator.dialogs.import_codes import ImportCodesDialog
from hrm_annotator.language import said, tr, trn
from hrm_annotator.main_window import MainWindow
from hrm_annotator.operations import exchange
from hrm_annotator.operations.exchange import ExportWish
from hrm_annotator.operations.runner import Runner
from hrm_annotator.operations.study import words_for
from hrm_annotator.session import Session
from hrm_annotator.wiring.coding_wiring import CodingWiring
from hrm_annotator.wiring.told import Told
from hrm_core.errors import Cancelled, UserError
from hrm_core.progress import CancelToken

if TYPE_CHECKING:
    from hrm_core.workflows.export_sheets import SheetExport
    from hrm_core.workflows.import_sheet import SheetPlan
    from hrm_core.workflows.project import Project

__all__ = ["ExchangeWiring"]

_SHOWN_AFTER_MS = 600


class ExchangeWiring(QObject):
    """Connects Import codes and Export codes of the menu Study."""

    def __init__(self, window: MainWindow, session: Session, runner: Runner, coding: CodingWiring) -> None:
        super().__init__(window)
        self._window, self._session, self._runner, self._coding = window, session, runner, coding
        self._cancel = CancelToken()
        self._looks = 0
        window.actions_by_id[ActionId.IMPORT_CODES].triggered.connect(lambda _=False: self._choose_files())
        window.actions_by_id[ActionId.EXPORT_CODES].triggered.connect(lambda _=False: self.export_codes())

    def stop(self) -> None:
        """Stop what is under way; nothing is half written."""
        self._cancel.cancel()

    # -- import ----------------------------------------------------------------------------------

    def _choose_files(self) -> None:
        self._window.player.transport.stop()
        names, _ = QFileDialog.getOpenFileNames(self._window, tr("Files with your codes"))
        if names:
            self.import_files([Path(name) for name in names])

    def import_files(self, files: Sequence[Path]) -> None:
        """Compare files with the study, show the report, and import them if the coder then wants to."""
        project, rater, recording = self._session.project, self._session.rater, self._session.recording
        # The report must be about what is on disk.
        if project is None or rater is None or not self._coding.may_leave():
            return
        self._run(
            tr("Reading codes …"),
            lambda told, cancel: exchange.look_into(project, rater, files, recording, told, cancel),
            self._on_looked_into,
        )

    def _on_looked_into(self, plans: tuple[SheetPlan, ...]) -> None:
        dialog = ImportCodesDialog(plans, self._readable, self._window)
        dialog.report_wanted.connect(lambda: self._save_report(plans))
        wanted = dialog.exec() == QDialog.DialogCode.Accepted
        replace = dialog.replace.isChecked()
        dialog.deleteLater()
        project, rater = self._session.project, self._session.rater
        if not wanted or project is None or rater is None or not self._coding.may_leave():
            return
        self._run(
            tr("Importing codes …"),
            lambda _told, _cancel: exchange.import_planned(project, rater, plans, replace=replace),
            lambda done: self._on_imported(project, plans, done),
            can_cancel=False,
        )

    def _on_imported(self, project: Project, plans: Sequence[SheetPlan], done: exchange.Imported) -> None:
        recording = self._session.recording
        if self._session.project is not project:
            return  # what another coder imported is nobody's business here
        if recording is not None and recording.id in {plan.recording.id for plan in plans}:
            # What is on the screen was read before the import.
            self._coding.close_recording()
            self._coding.open_recording(recording, None)
        for progress in done.progress:
            self._window.tree.show_progress(progress)
        frames = done.counts.added + done.counts.replaced
        self._window.show_message(
            trn(
                "The codes of {count} frame were imported.",
                "The codes of {count} frames were imported.",
                frames,
            ),
            outlasts_frame=True,
        )

    def _save_report(self, plans: Sequence[SheetPlan]) -> None:
        name, _ = QFileDialog.getSaveFileName(self._window, tr("Report to a file"), "report.csv")
        if not name:
            return
        self._runner.run(
            lambda: exchange.write_report(Path(name), plans),
            lambda _: self._window.show_message(
                tr("The report was written as {name}.", name=Path(name).name)
            ),
            self._warn,
        )

    # -- export ----------------------------------------------------------------------------------

    def export_codes(self) -> None:
        """Ask for format and folder, and show what the files cannot hold."""
        project = self._session.project
        if project is None or not self._coding.may_leave():
            return
        self._window.player.transport.stop()
        home = project.folder / "Exported Codes"
        dialog = ExportCodesDialog(
            exchange.formats(), home, self._session.recording, self._readable, self._window
        )
        dialog.look_wanted.connect(lambda wish: self._export(dialog, wish, dry_run=True))
        dialog.export_wanted.connect(lambda wish: self._export(dialog, wish, dry_run=False))
        dialog.finished.connect(self._end_export)
        dialog.finished.connect(dialog.deleteLater)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
        dialog.setModal(True)
        dialog.open()
        dialog.start()

    def _end_export(self) -> None:
        # An answer that comes now belongs to no dialog any more.
        self._looks += 1
        self._cancel.cancel()

    def _export(self, dialog: ExportCodesDialog, wish: ExportWish, *, dry_run: bool) -> None:
        project, rater = self._session.project, self._session.rater
        if project is None or rater is None:
            return
        self._looks += 1
        mine, cancel = self._looks, CancelToken()
        self._cancel.cancel()
        self._cancel = cancel

        def count(done: int, total: int) -> None:
            if mine == self._looks and not dry_run:
                words = tr("Writing codes: {done} of {total} recordings …", done=done, total=total)
                dialog.show_words(words)

        told = Told(self, count)
        dialog.set_busy(not dry_run)
        if not dry_run:
            dialog.show_words(tr("Writing codes …"))

        def show(report: SheetExport) -> None:
            told.deleteLater()
            if mine == self._looks:
                dialog.set_busy(False)
                dialog.show_report(report)

        def fail(error: UserError) -> None:
            told.deleteLater()
            if mine == self._looks and not isinstance(error, Cancelled):
                dialog.set_busy(False)
                dialog.show_words(self._readable(said(str(error))))

        self._runner.run(
            lambda: exchange.export(project, rater, wish, told, cancel, dry_run=dry_run), show, fail
        )

    # -- work beside the window --------------------------------------------------------------------

    def _run(
        self,
        title: str,
        work: Callable[[Told, CancelToken], Any],
        on_success: Callable[[Any], None],
        *,
        can_cancel: bool = True,
    ) -> None:
        """Work in a worker, with a bar and a way to stop it where it takes long."""
        self._cancel = cancel = CancelToken()
        bar = QProgressDialog(title, tr("Cancel") if can_cancel else "", 0, 0, self._window)
        if not can_cancel:
            bar.setCancelButton(None)
        bar.setWindowTitle(title)
        bar.setWindowModality(Qt.WindowModality.WindowModal)
        bar.setMinimumDuration(_SHOWN_AFTER_MS)
        if not can_cancel:
            # At once: nothing shall be coded over what is being written.
            bar.show()
        bar.setAutoReset(False)
        bar.setAutoClose(False)
        bar.canceled.connect(cancel.cancel)

        def count(done: int, total: int) -> None:
            bar.setMaximum(total)
            bar.setValue(done)

        told = Told(self, count)

        def end() -> None:
            bar.canceled.disconnect()
            bar.close()
            bar.deleteLater()
            told.deleteLater()

        def succeed(result: Any) -> None:
            end()
            on_success(result)

        def fail(error: UserError) -> None:
            end()
            if not isinstance(error, Cancelled):
                self._warn(error)

        self._runner.run(lambda: work(told, cancel), succeed, fail)

    def _readable(self, words: str) -> str:
        """A sentence as this coder may read it."""
        return words_for(words, self._session.project, self._session.rater)

    def _warn(self, error: UserError) -> None:
        words = self._readable(said(str(error)))
        box = QMessageBox(QMessageBox.Icon.Warning, "HRM Annotator", words, parent=self._window)
        box.open()
        box.finished.connect(box.deleteLater)
