"""A model that suggests codes beside the window, and the quiet notice that it could."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QDialog

from hrm_annotator.actions.ids import ActionId
from hrm_annotator.dialogs.let_suggest import LetSuggestDialog
from hrm_annotator.language import said, tr, trn
from hrm_annotator.main_window import MainWindow
from hrm_annotator.operations import prelabel
from hrm_annotator.operations.prelabel import ModelChoice
from hrm_annotator.operations.runner import Runner
from hrm_annotator.operations.study import words_for
from hrm_annotator.session import Session
from hrm_annotator.wiring.told import Told
from hrm_core.errors import Cancelled, UserError
from hrm_core.progress import CancelToken

if TYPE_CHECKING:
    from hrm_core.workflows.newer_models import NewerModel
    from hrm_core.workflows.prelabel import PrelabelReport

__all__ = ["PrelabelWiring"]


class PrelabelWiring(QObject):
    """Connects Let a model suggest codes, and the bar that tells how far it is."""

    suggested = Signal()
    """A model has suggested codes in the open study: what is shown of suggestions is old."""

    def __init__(self, window: MainWindow, session: Session) -> None:
        super().__init__(window)
        self._window, self._session = window, session
        # Of its own: what takes hours must not keep recordings from being opened.
        self._runner = Runner(self)
        self._cancel: CancelToken | None = None
        self._running = ""
        self._offered: NewerModel | None = None
        self._declined: set[tuple[Path, str]] = set()
        window.actions_by_id[ActionId.LET_SUGGEST].triggered.connect(lambda _=False: self._choose())
        window.notice.wanted.connect(self._take_offer)
        window.notice.closed.connect(self._on_closed)
        session.project_changed.connect(self._on_project_changed)

    def stop(self) -> None:
        """Stop what is under way; whole blocks that were written stay."""
        if self._cancel is not None:
            self._cancel.cancel()
        self._runner.stop()

    # -- the notice ------------------------------------------------------------------------------

    def _on_project_changed(self) -> None:
        self._offered = None
        self._window.notice.hide()
        if self._cancel is not None:
            self._cancel.cancel()
            self._cancel = None
        if self._running and self._session.project is not None:
            # Another coder, or another study, came while it ran.
            self._tell_stopped(self._running)
            self._running = ""
        self.look()

    def look(self) -> None:
        """Look beside the window whether a model could be run, and offer it if so."""
        project, rater = self._session.project, self._session.rater
        if project is None or rater is None:
            return

        def show(newer: NewerModel | None) -> None:
            same = self._session.project is project and self._session.rater == rater
            declined = newer is None or (project.folder, newer.model) in self._declined
            if same and not declined and newer is not None and self._cancel is None:
                self._offer(newer)

        # Nobody asked: what is wrong with a card is said where models are chosen.
        self._runner.run(lambda: prelabel.what_is_newer(project, rater), show, lambda _: None)

    def _offer(self, newer: NewerModel) -> None:
        self._offered = newer
        if newer.than is None:
            words = trn(
                "{count} clip that you have not coded has no suggestions of {model} yet.",
                "{count} clips that you have not coded have no suggestions of {model} yet.",
                newer.clips,
                model=newer.model,
            )
        else:
            words = trn(
                "{model} is newer than {old}, which suggested until now; {count} clip is uncoded.",
                "{model} is newer than {old}, which suggested until now; {count} clips are uncoded.",
                newer.clips,
                model=newer.model,
                old=newer.than,
            )
        self._window.notice.offer(words, tr("Run it on them"))

    def _take_offer(self) -> None:
        if self._offered is not None:
            self.run(self._offered.model, only_uncoded=True)

    def _on_closed(self) -> None:
        project = self._session.project
        if self._cancel is not None:
            self._cancel.cancel()
            return
        if self._offered is not None and project is not None:
            self._declined.add((project.folder, self._offered.model))
        self._offered = None
        self._window.notice.hide()
        self._window.player.current.setFocus()

    # -- running -----------------------------------------------------------------------------------

    def _choose(self) -> None:
        project = self._session.project
        if project is None:
            return
        if self._cancel is not None:
            self._session.refused.emit(tr("A model is looking at this study already: stop it first."))
            return

        def ask(models: tuple[ModelChoice, ...]) -> None:
            if self._session.project is not project:
                return
            self._window.player.transport.stop()
            dialog = LetSuggestDialog(models, self._window)
            dialog.finished.connect(lambda result: self._on_chosen(dialog, result))
            dialog.open()

        self._runner.run(lambda: prelabel.models_there(project), ask, self._refuse)

    def _on_chosen(self, dialog: LetSuggestDialog, result: int) -> None:
        model = dialog.model
        if result == QDialog.DialogCode.Accepted and model is not None:
            self.run(model, only_uncoded=dialog.only_uncoded.isChecked())
        dialog.deleteLater()

    def run(self, model: str, *, only_uncoded: bool) -> None:
        """Let a model suggest codes beside the window."""
        project, rater = self._session.project, self._session.rater
        if project is None or rater is None or self._cancel is not None:
            return
        cancel = self._cancel = CancelToken()
        self._running, self._offered = model, None
        notice, folder = self._window.notice, project.folder
        notice.show_busy(tr("{model} looks at the pictures; go on coding meanwhile.", model=model))

        def count(done: int, total: int) -> None:
            if self._cancel is cancel:
                notice.show_done(done, total)

        told = Told(self, count)

        def end() -> bool:
            """Whether the coder is still where it was begun."""
            told.deleteLater()
            here = self._cancel is cancel
            if here:
                self._cancel, self._running = None, ""
            return here

        def succeed(report: PrelabelReport) -> None:
            if end():
                notice.tell(self._report_words(report))
                self.suggested.emit()

        def fail(error: UserError) -> None:
            if not end():
                return
            # What was written before is there.
            self.suggested.emit()
            if isinstance(error, Cancelled):
                self._tell_stopped(model)
            else:
                notice.tell(self._readable(error))

        self._runner.run(
            lambda: prelabel.suggest(folder, rater, model, only_uncoded, told, cancel), succeed, fail
        )

    def _tell_stopped(self, model: str) -> None:
        self._window.notice.tell(tr("{model} was stopped; run again, it goes on from there.", model=model))

    def _report_words(self, report: PrelabelReport) -> str:
        frames = sum(video.frames for video in report.videos)
        failed = [video for video in report.videos if video.problem]
        done = trn(
            "{model} looked at {count} frame, run by {device}.",
            "{model} looked at {count} frames, run by {device}.",
            frames,
            model=report.model,
            device=report.ran_on,
        )
        if not frames and not failed:
            done = tr("There is nothing that {model} has not looked at already.", model=report.model)
        words = [done, *(self._readable(sentence) for sentence in report.passed_over)]
        if failed:
            words.append(
                trn(
                    "{count} recording was not done to its end: {why}",
                    "{count} recordings were not done to their ends, the first because: {why}",
                    len(failed),
                    why=self._readable(failed[0].problem),
                )
            )
        return " ".join(words)

    def _readable(self, words: UserError | str) -> str:
        return said(words_for(words, self._session.project, self._session.rater))

    def _refuse(self, error: UserError) -> None:
        self._session.refused.emit(self._readable(error))
