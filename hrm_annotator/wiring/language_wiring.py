"""Commands about the language of the window."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QApplication

from hrm_annotator.actions.language_commands import LANGUAGE_OF
from hrm_annotator.language import ENGLISH, LANGUAGES, in_use, language_for, tr
from hrm_annotator.look.fonts import can_write_chinese
from hrm_annotator.main_window import MainWindow
from hrm_annotator.session import Session
from hrm_annotator.wiring.coding_wiring import CodingWiring
from hrm_annotator.wiring.study_wiring import StudyWiring

__all__ = ["LanguageWiring"]


class LanguageWiring(QObject):
    """Lets this person choose a language; whoever made the window makes it anew."""

    wanted = Signal(str)
    """Code of the language that the window shall be made anew in; every label is on disk."""

    def __init__(
        self, window: MainWindow, session: Session, study: StudyWiring, coding: CodingWiring
    ) -> None:
        super().__init__(window)
        self._window, self._session, self._study, self._coding = window, session, study, coding
        group = QActionGroup(self)
        for name, choice in LANGUAGE_OF.items():
            action = window.actions_by_id[name]
            group.addAction(action)
            action.triggered.connect(lambda _=False, choice=choice: self.choose(choice))
        self._show_choice()

    def choose(self, choice: str) -> None:
        """Remember a choice, and ask for another window if it means another language.

        Parameters
        ----------
        choice : str
            Code of a language; empty means as the system.
        """
        language = language_for(choice)
        if language != in_use():
            if why_not := self._why_not(language):
                QApplication.beep()
                self._window.show_message(why_not, outlasts_frame=True)
                self._show_choice()
                return
            if not self._coding.may_leave():
                self._show_choice()
                return
        self._study.remember({"language": choice})
        self._show_choice()
        if language != in_use():
            self.wanted.emit(language)

    def _why_not(self, language: str) -> str:
        """Why the window cannot be made anew now, as a sentence; empty if it can."""
        if language != ENGLISH and not can_write_chinese():
            return tr("No font of this computer has Chinese characters: install one, such as Noto Sans CJK.")
        if self._window.start_page.is_busy:
            return tr("The language can be changed as soon as the study is open.")
        if not self._session.can_code:
            return tr("The language stays as it is until all labels are on disk: see the red line above.")
        self._window.coding.commit_note()
        if frames := self._window.coding.notes_waiting():
            return tr(
                "The language stays as it is: first code the frames that have only a note ({frames}).",
                frames=", ".join(map(str, frames)),
            )
        return ""

    def _show_choice(self) -> None:
        chosen = self._study.settings.language
        known = chosen if chosen in LANGUAGES else ""
        for name, choice in LANGUAGE_OF.items():
            self._window.actions_by_id[name].setChecked(choice == known)
