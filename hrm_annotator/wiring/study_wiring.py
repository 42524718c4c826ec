"""Commands about whole studies: open, new, demo, coder, backup, theme, help."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QMessageBox

from hrm_annotator import __version__
from hrm_annotator.actions.table import ActionId
from hrm_annotator.dialogs.coder_name import CoderNameDialog
from hrm_annotator.dialogs.new_project import NewProjectDialog
from hrm_annotator.language import said, tr
from hrm_annotator.look.theme import apply_theme
from hrm_annotator.main_window import MainWindow
from hrm_annotator.operations import study
from hrm_annotator.operations.runner import Runner
from hrm_annotator.session import Session
from hrm_annotator.settings import personal, place
from hrm_annotator.wiring.coding_wiring import CodingWiring
from hrm_core.errors import UserError
from hrm_core.progress import CancelToken

__all__ = ["StudyWiring"]

# How often to look whether the hourly backup is due.
_LOOK_FOR_BACKUP_MS = 10 * 60 * 1000


class _QtProgress(QObject):
    """Carries progress of a worker to the main thread."""

    changed = Signal(str, int, int)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._title, self._done, self._total = "", 0, 0

    def start(self, title: str, total: int | None) -> None:
        self._title, self._done, self._total = said(title), 0, total or 0
        self.changed.emit(self._title, 0, self._total)

    def advance(self, units: int = 1) -> None:
        before, self._done = self._done, self._done + units
        # A hundred steps are enough to be seen; more would crowd the event queue.
        if not self._total or before * 100 // self._total != self._done * 100 // self._total:
            self.changed.emit(self._title, self._done, self._total)

    def finish(self) -> None:
        self.changed.emit(self._title, self._total, self._total)


class StudyWiring(QObject):
    """Connects the start page and the menus Study, View and Help."""

    def __init__(self, window: MainWindow, session: Session, runner: Runner, coding: CodingWiring) -> None:
        super().__init__(window)
        self._window, self._session, self._runner, self._coding = window, session, runner, coding
        self._cancel = CancelToken()
        self._progress = _QtProgress(self)
        self._progress.changed.connect(window.start_page.show_busy)
        self.settings = personal.load()
        self._backup_timer = QTimer(self)
        self._backup_timer.setInterval(_LOOK_FOR_BACKUP_MS)
        self._backup_timer.timeout.connect(self._back_up_if_due)
        self._connect()
        window.start_page.show_recent(self.settings.recent)
        window.player.set_speed(self.settings.speed)
        window.player.speed_changed.connect(lambda speed: self._remember(speed=speed))

    def open_project(self, folder: Path, coder: str = "") -> None:
        """Open a project, asking for the coder's name if it is not known yet."""
        coder = coder or self.settings.coder or self._ask_coder()
        if not coder or not self._coding.may_leave():
            return
        self._window.start_page.show_busy(tr("Opening {folder} …", folder=folder.name))
        self._runner.run(lambda: study.open_study(folder, coder), self._on_opened, self._on_failure)

    def open_demo(self, folder: Path) -> None:
        """Open the synthetic study in `folder`, made first if it is missing."""
        self._window.start_page.show_busy(tr("Preparing the demo study …"))
        self._runner.run(
            lambda: study.make_demo_study(folder, self._progress, self._cancel),
            self.open_project,
            self._on_failure,
        )

    def _open_own_demo(self) -> None:
        self.open_demo(Path.home() / "HRM demo study")

    def stop(self) -> None:
        """Stop what is under way; half a demo study is removed."""
        self._backup_timer.stop()
        self._cancel.cancel()

    def _connect(self) -> None:
        page, actions = self._window.start_page, self._window.actions_by_id
        page.open_wanted.connect(self._choose_project)
        page.new_wanted.connect(self._make_project)
        page.demo_wanted.connect(self._open_own_demo)
        page.recent_wanted.connect(lambda folder: self.open_project(Path(folder)))
        handlers: dict[ActionId, Callable[[], Any]] = {
            ActionId.OPEN_PROJECT: self._choose_project,
            ActionId.NEW_PROJECT: self._make_project,
            ActionId.OPEN_DEMO: self._open_own_demo,
            ActionId.CLOSE_PROJECT: self._close_project,
            ActionId.CHANGE_CODER: self._change_coder,
            ActionId.BACK_UP: self._back_up,
            ActionId.QUIT: self._window.close,
            ActionId.THEME_SYSTEM: lambda: self._set_theme("system"),
            ActionId.THEME_LIGHT: lambda: self._set_theme("light"),
            ActionId.THEME_DARK: lambda: self._set_theme("dark"),
            ActionId.ABOUT: self._show_about,
        }
        for name, handler in handlers.items():
            actions[name].triggered.connect(lambda _=False, handler=handler: handler())

    def _choose_project(self) -> None:
        folder = QFileDialog.getExistingDirectory(self._window, tr("Open the folder of a project"))
        if folder:
            self.open_project(Path(folder))

    def _make_project(self) -> None:
        dialog = NewProjectDialog(self._window)
        if dialog.exec() == QDialog.DialogCode.Accepted:
            folder, name, groups = dialog.folder, dialog.name, dialog.groups
            self._runner.run(
                lambda: study.make_study(folder, name, groups), self.open_project, self._on_failure
            )
        dialog.deleteLater()

    def _close_project(self) -> None:
        if self._coding.may_leave():
            self._close_now()

    def _close_now(self) -> None:
        project = self._session.project
        self._backup_timer.stop()
        self._coding.close_recording()
        self._session.open_project(None, None)
        if project is not None:
            project.close()
        self._window.start_page.show_recent(self.settings.recent)

    def _change_coder(self) -> None:
        project = self._session.project
        if project is not None and (coder := self._ask_coder(self.settings.coder)):
            self.open_project(project.folder, coder)

    def _ask_coder(self, suggestion: str = "") -> str:
        dialog = CoderNameDialog(suggestion, self._window)
        accepted = dialog.exec() == QDialog.DialogCode.Accepted
        dialog.deleteLater()
        if not accepted or not dialog.name:
            self._window.start_page.show_busy(None)
            return ""
        return dialog.name

    def _back_up(self) -> None:
        project = self._session.project
        if project is not None:
            self._runner.run(lambda: study.back_up(project), self._on_backed_up, self._on_failure)

    def _back_up_if_due(self) -> None:
        project = self._session.project
        if project is not None:
            self._runner.run(lambda: study.back_up_if_due(project), lambda _: None, self._on_failure)

    def _on_backed_up(self, path: Path) -> None:
        self._window.show_message(tr("The labels are backed up as {file}.", file=path.name))

    def _on_opened(self, opened: study.OpenStudy) -> None:
        self._window.start_page.show_busy(None)
        if self._session.project is not None:
            if not self._coding.may_leave():
                opened.project.close()
                return
            self._close_now()
        self._remember(coder=opened.rater.name)
        self._remember(recent=personal.remember_project(self.settings, opened.project.folder).recent)
        self._session.open_project(opened.project, opened.rater)
        settings = opened.project.settings
        self._window.coding.show_actions(opened.actions)
        self._window.timeline.show_actions(opened.actions)
        lines = [settings.name, tr("Coder: {name}", name=opened.rater.name)]
        if settings.synthetic:
            lines.append(tr("Synthetic: nothing in it is real."))
        self._window.tree.show_study("\n".join(lines), opened.views)
        if opened.backup_failure:
            # Not in the status bar: the first picture would wipe it away.
            self._warn(opened.backup_failure)
        self._backup_timer.start()
        self._window.tree.select(place.places_of(opened.project, opened.rater).last)

    def _on_failure(self, error: UserError) -> None:
        self._window.start_page.show_busy(None)
        self._warn(error)

    def _warn(self, error: UserError | str) -> None:
        words = study.words_for(error, self._session.project, self._session.rater)
        box = QMessageBox(QMessageBox.Icon.Warning, "HRM Annotator", words, parent=self._window)
        box.open()
        box.finished.connect(box.deleteLater)

    def _set_theme(self, theme: str) -> None:
        self._remember(theme=theme)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            apply_theme(app, theme)

    def remember(self, changes: dict[str, Any]) -> None:
        """Keep these personal settings."""
        self._remember(**changes)

    def _remember(self, **changes: Any) -> None:
        self.settings = replace(self.settings, **changes)
        personal.store(self.settings)

    def _show_about(self) -> None:
        self._inform(
            tr("About HRM Annotator"),
            tr(
                "<b>HRM Annotator {version}</b><br>Frame-by-frame coding of facial action units.<br>"
                "After the study <i>Hugging Rain Man</i> (Ji et al., arXiv 2411.13797).<br>MIT licence.",
                version=__version__,
            ),
        )

    def _inform(self, title: str, words: str) -> None:
        box = QMessageBox(QMessageBox.Icon.NoIcon, title, words, parent=self._window)
        box.open()
        box.finished.connect(box.deleteLater)
