"""Agreement while it is being coded: the table, its numbers, and reports of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QTimer

from hrm_annotator.actions.ids import ActionId
from hrm_annotator.dialogs.reliability_report import ReliabilityReportDialog
from hrm_annotator.language import said, tr, trn
from hrm_annotator.main_window import MainWindow
from hrm_annotator.operations import reliability
from hrm_annotator.operations.reliability import LIVE, Contents, Extent, Measured, Wish
from hrm_annotator.operations.runner import Runner
from hrm_annotator.operations.study import words_for
from hrm_annotator.reports.agreement_view import AgreementView
from hrm_annotator.session import Session
from hrm_annotator.wiring.coding_wiring import CodingWiring
from hrm_annotator.wiring.dispute_wiring import DisputeWiring
from hrm_annotator.wiring.told import Told
from hrm_core.errors import Cancelled, UserError
from hrm_core.progress import CancelToken
from hrm_core.records.agreement import AgreementOptions

__all__ = ["ReliabilityWiring"]

_QUIET_MS = 600


class ReliabilityWiring(QObject):
    """Connects the table of agreement; it follows what is coded.

    Attributes
    ----------
    view : AgreementView or None
        The table; None until it was asked for.
    report : ReliabilityReportDialog or None
        The dialog that is open.
    disputes : DisputeWiring
        Frames on which the two disagree.
    """

    def __init__(self, window: MainWindow, session: Session, runner: Runner, coding: CodingWiring) -> None:
        super().__init__(window)
        self._window, self._session, self._runner, self._coding = window, session, runner, coding
        self.view: AgreementView | None = None
        self.report: ReliabilityReportDialog | None = None
        self._contents = Contents((), {})
        self._cancel, self._report_cancel = CancelToken(), CancelToken()
        self._asked = 0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_QUIET_MS)
        self._timer.timeout.connect(self._measure)
        self.disputes = DisputeWiring(window, session, runner, coding)
        window.actions_by_id[ActionId.AGREEMENT].triggered.connect(lambda _=False: self._show())
        self.disputes.table_wanted.connect(self._show)
        self.disputes.needs_wish.connect(self._show)
        self.disputes.decided.connect(self._timer.start)
        session.project_changed.connect(self._forget)
        session.recording_changed.connect(self._on_recording_changed)
        session.frames_changed.connect(lambda _: self._on_coded())
        # Told with undo: it too says nothing while a check hides codes.
        session.undo_changed.connect(self._withhold)

    def stop(self) -> None:
        """Measure no more."""
        self._timer.stop()
        self._cancel.cancel()
        self._report_cancel.cancel()
        self.disputes.stop()
        if self.view is not None:
            self.view.close()

    # -- what is compared -----------------------------------------------------------------------

    def _show(self) -> None:
        if self._session.project is None:
            return
        if self.view is None:
            self.view = self._make_view()
        self.view.show()
        self.view.raise_()
        self.view.activateWindow()
        self.view.table.setFocus()
        self._read_contents()

    def _make_view(self) -> AgreementView:
        view = AgreementView(self._readable, self._window)
        view.wish_changed.connect(self._measure)
        view.intervals_wanted.connect(self._resample)
        view.stop_wanted.connect(self._stop_resampling)
        view.disputes_wanted.connect(self._go_to_disputes)
        view.report_wanted.connect(self._open_report)
        # Nobody waits for numbers of a window that was closed.
        view.finished.connect(lambda _: self._cancel.cancel())
        return view

    def _read_contents(self) -> None:
        project, view = self._session.project, self.view
        if project is None or view is None:
            return

        def show(found: Contents) -> None:
            if self._session.project is project and self.view is view:
                self._contents = found
                view.show_sources(found.sources)
                self._show_extents()
                self._measure()

        self._runner.run(lambda: reliability.contents(project), show, self._on_failure)

    def _show_extents(self) -> None:
        recording = self._session.recording
        extents = [(tr("All recordings"), Extent())]
        known = None if recording is None else self._contents.recordings.get(recording.id)
        if known is not None:
            code, here = known
            extents.append((tr("Participant {code}", code=code), Extent(code)))
            extents.append(
                (
                    tr("This recording: {participant}, {video}", participant=code, video=here.name),
                    Extent(code, here.name),
                )
            )
        if self.view is not None:
            self.view.show_extents(extents)

    def _on_recording_changed(self) -> None:
        if self.view is not None and self._session.recording is not None:
            before = self.view.wish
            self._show_extents()
            if self.view.wish != before:
                self._measure()

    # -- measuring ------------------------------------------------------------------------------

    def _on_coded(self) -> None:
        """Measure again a moment after labels of a shown rater have changed."""
        view, rater = self.view, self._session.rater
        if view is None or rater is None or not view.isVisible():
            return
        wish = view.wish
        # Whoever codes their first frame is no source yet.
        if wish is None or rater.name in wish.names:
            self._timer.start()

    def _hides(self) -> bool:
        """Whether a check hides codes, which numbers tell, too."""
        return self._session.shown.concealment is not None

    def _withhold(self) -> None:
        if self.view is not None and self.view.isVisible() and self._hides():
            self._asked += 1
            self._cancel.cancel()
            self.view.show_busy(False)
            self.view.show_problem(tr("Hidden as long as the codes are."))
        elif self.view is not None and self.view.isVisible() and not self.view.disputes.isEnabled():
            self._timer.start()

    def _measure(self) -> None:
        self._run(LIVE)

    def _resample(self) -> None:
        self._run(AgreementOptions())

    def _run(self, options: AgreementOptions) -> None:
        self._timer.stop()
        project, rater, view = self._session.project, self._session.rater, self.view
        if project is None or rater is None or view is None or not view.isVisible():
            return
        if view.wish is None:
            if len(self._contents.sources) < 2:
                self._read_contents_again()
            return
        if self._hides():
            self._withhold()
            return
        self._cancel.cancel()
        self._cancel = cancel = CancelToken()
        self._asked += 1
        mine, wish, resampling = self._asked, view.wish, options.replicates > 0
        told = Told(
            self, lambda done, total: view.show_progress(done, total) if mine == self._asked else None
        )
        view.show_busy(True, resampling=resampling)

        def is_wanted() -> bool:
            told.deleteLater()
            return mine == self._asked and self.view is view

        def show(found: Measured) -> None:
            if is_wanted():
                view.show_busy(False)
                view.show_measured(found, by_children=resampling)

        def fail(error: UserError) -> None:
            if is_wanted():
                view.show_busy(False)
                if not isinstance(error, Cancelled):
                    view.show_problem(self._readable(str(error)))

        written = self._coding.written
        self._runner.run(
            lambda: reliability.measure(project, rater, wish, options, written, told, cancel), show, fail
        )

    def _read_contents_again(self) -> None:
        """Somebody may have become a source by coding a frame."""
        project, view = self._session.project, self.view

        def show(found: Contents) -> None:
            more = len(found.sources) > len(self._contents.sources)
            if more and self._session.project is project and self.view is view and view is not None:
                self._contents = found
                view.show_sources(found.sources)
                self._measure()

        if project is not None:
            self._runner.run(lambda: reliability.contents(project), show, self._on_failure)

    def _stop_resampling(self) -> None:
        self._cancel.cancel()

    # -- where it leads ----------------------------------------------------------------------------

    def _go_to_disputes(self, key: str) -> None:
        view = self.view
        if view is None or view.wish is None:
            return
        wish = view.wish
        picture = self._window.player
        covers = view.frameGeometry().intersects(
            picture.rect().translated(picture.mapToGlobal(picture.rect().topLeft()))
        )
        if covers:
            view.hide()
        self._window.activateWindow()
        self.disputes.begin(wish, self._contents, key)

    def _open_report(self) -> None:
        project, view = self._session.project, self.view
        if project is None or view is None or view.wish is None or self.report is not None:
            return
        wish = view.wish
        what = tr("Agreement of {first} and {second}", first=wish.first.label, second=wish.second.label)
        dialog = ReliabilityReportDialog(self._readable(what), project.folder / "Reliability Report", view)
        self.report = dialog
        dialog.wanted.connect(lambda folder, formats: self._write_report(dialog, wish, folder, formats))
        dialog.stop_wanted.connect(self._stop_report)
        dialog.finished.connect(lambda _: self._end_report(dialog))
        dialog.setModal(True)
        dialog.open()

    def _stop_report(self) -> None:
        self._report_cancel.cancel()

    def _end_report(self, dialog: ReliabilityReportDialog) -> None:
        self._report_cancel.cancel()
        self.report = None
        dialog.deleteLater()

    def _write_report(
        self, dialog: ReliabilityReportDialog, wish: Wish, folder: Path, formats: Sequence[str]
    ) -> None:
        project, rater = self._session.project, self._session.rater
        if project is None or rater is None:
            return
        self._report_cancel = cancel = CancelToken()
        told = Told(self, lambda done, total: dialog.show_progress(done, total) if is_open() else None)
        dialog.show_busy(True)

        def is_open() -> bool:
            return self.report is dialog

        def end(words: str) -> None:
            told.deleteLater()
            if is_open():
                dialog.show_busy(False)
                dialog.show_words(words)

        def show(files: tuple[Path, ...]) -> None:
            end(
                trn(
                    "{count} file was written into {folder}.",
                    "{count} files were written into {folder}.",
                    len(files),
                    folder=folder,
                )
            )

        where = reliability.ReportPlace(folder, tuple(formats), dialog.again.isChecked())
        written = self._coding.written
        self._runner.run(
            lambda: reliability.write_report(project, rater, wish, where, written, told, cancel),
            show,
            lambda error: end(self._readable(str(error))),
        )

    # -- small things --------------------------------------------------------------------------------

    def _forget(self) -> None:
        """What one coder was shown is not for the next one, nor for another study."""
        self._timer.stop()
        self._asked += 1
        self._cancel.cancel()
        self._report_cancel.cancel()
        self._contents = Contents((), {})
        if self.report is not None:
            self.report.close()
        if self.view is not None:
            self.view.close()
            self.view.deleteLater()
            self.view = None

    def _readable(self, words: str) -> str:
        return words_for(words, self._session.project, self._session.rater)

    def _on_failure(self, error: UserError) -> None:
        self._session.refused.emit(said(self._readable(str(error))))
