"""Commands about keys: profile, own keys, palette, sheet and card."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QFileDialog, QMessageBox

from hrm_annotator.actions.bindings import Bindings, apply, from_stored
from hrm_annotator.actions.profiles import Profile, profile_named
from hrm_annotator.actions.table import ActionId
from hrm_annotator.dialogs.change_keys import ChangeKeysDialog
from hrm_annotator.dialogs.command_palette import CommandPalette
from hrm_annotator.dialogs.key_profile import KeyProfileDialog
from hrm_annotator.dialogs.key_sheet import KeySheet, write_card
from hrm_annotator.language import said, tr
from hrm_annotator.main_window import MainWindow
from hrm_annotator.session import Session
from hrm_annotator.wiring.key_reader import KeyReader
from hrm_annotator.wiring.study_wiring import StudyWiring

__all__ = ["KeyWiring"]

_OF_PROFILE = {Profile.FACE_MAP: ActionId.FACE_MAP_KEYS, Profile.FACS_NUMBERS: ActionId.NUMBER_KEYS}


class KeyWiring(QObject):
    """Gives actions, reader and dialogs the keys of the profile and of this person.

    Attributes
    ----------
    bindings : Bindings
        The keys that hold now.
    """

    def __init__(self, window: MainWindow, session: Session, reader: KeyReader, study: StudyWiring) -> None:
        super().__init__(window)
        self._window, self._session, self._reader, self._study = window, session, reader, study
        self._sheet: KeySheet | None = None
        self.bindings = Bindings()
        self._connect()
        self._choose(profile_named(study.settings.key_profile))

    def _connect(self) -> None:
        actions = self._window.actions_by_id
        handlers: dict[ActionId, Callable[[], Any]] = {
            ActionId.KEYS: self._show_sheet,
            ActionId.FIND_COMMAND: self._find_command,
            ActionId.KEY_CARD: self._save_card,
            ActionId.CHANGE_KEYS: self._change_keys,
        }
        for name, handler in handlers.items():
            actions[name].triggered.connect(lambda _=False, handler=handler: handler())
        group = QActionGroup(self)
        for profile, name in _OF_PROFILE.items():
            group.addAction(actions[name])
            actions[name].triggered.connect(lambda _=False, profile=profile: self.set_profile(profile))
        self._reader.waiting_changed.connect(self._window.coding.show_waiting)
        self._session.frame_changed.connect(self._reader.tell_lost)
        self._session.project_changed.connect(self._ask_once)

    def set_profile(self, profile: Profile) -> None:
        """Use the keys of a profile from now on, with the user's own."""
        self._study.remember({"key_profile": profile.value})
        self._choose(profile)

    def _choose(self, profile: Profile) -> None:
        bindings, dropped = from_stored(profile, self._study.settings.own_keys.get(profile.value, {}))
        self._use(bindings)
        if dropped:
            words = tr("Some of your own keys cannot be used and were left out:")
            self._tell("\n• ".join([words, *dropped]))

    def _use(self, bindings: Bindings) -> None:
        self.bindings = bindings
        self._reader.use(bindings)
        apply(bindings, self._window.actions_by_id)
        self._window.actions_by_id[_OF_PROFILE[bindings.profile]].setChecked(True)
        if self._sheet is not None:
            self._sheet.show_bindings(bindings)

    def _use_and_keep(self, bindings: Bindings) -> None:
        own = {**asdict(self._study.settings)["own_keys"], bindings.profile.value: dict(bindings.own)}
        self._study.remember({"own_keys": own})
        self._use(bindings)

    def _ask_once(self) -> None:
        """Let somebody who has not chosen yet choose a profile; nothing waits for it."""
        if self._session.project is None or self._study.settings.key_profile:
            return
        # Leaving without a choice is one, too: the question does not come back.
        self._study.remember({"key_profile": self.bindings.profile.value})
        dialog = KeyProfileDialog(self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(lambda: self.set_profile(dialog.profile))
        dialog.open()

    def _find_command(self) -> None:
        palette = CommandPalette(self._window.actions_by_id, self._window)
        palette.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        # Given once the palette is gone: the command may open a window of its own.
        palette.chosen.connect(self._give, Qt.ConnectionType.QueuedConnection)
        palette.open()

    def _give(self, name: str) -> None:
        self._window.actions_by_id[name].trigger()

    def _show_sheet(self) -> None:
        if self._sheet is None:
            self._sheet = KeySheet(self.bindings, self._window)
        self._sheet.show()
        self._sheet.raise_()
        self._sheet.activateWindow()

    def _change_keys(self) -> None:
        dialog = ChangeKeysDialog(self.bindings, self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.bindings_changed.connect(self._use_and_keep)
        dialog.open()

    def _save_card(self) -> None:
        name, _ = QFileDialog.getSaveFileName(
            self._window,
            tr("Key card"),
            tr("keys {profile}.pdf", profile=self.bindings.profile.words),
            tr("PDF, one page A4 (*.pdf);;Picture (*.png)"),
        )
        if not name:
            return
        try:
            write_card(Path(name), self.bindings)
        except OSError as error:
            why = said(str(error.strerror))
            self._window.show_message(
                tr("{file} cannot be written ({why}): choose another place.", file=name, why=why)
            )
            return
        self._window.show_message(tr("The key card was written to {file}.", file=name))

    def _tell(self, words: str) -> None:
        box = QMessageBox(QMessageBox.Icon.Information, "HRM Annotator", words, parent=self._window)
        box.open()
        box.finished.connect(box.deleteLater)
