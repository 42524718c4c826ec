"""Ask why a clip is not to be coded."""

from __future__ import annotations

from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QDialogButtonBox,
    QLabel,
    QLineEdit,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from hrm_annotator.language import tr
from hrm_core.records.recording import OFFERED_REASONS, Clip, ExclusionReason

__all__ = ["ExcludeClipDialog"]

# The style's own circles can hardly be seen on dark ground.
_STYLE = """
QRadioButton { padding: 3px 6px; border: 1px solid transparent; border-radius: 4px; spacing: 8px; }
QRadioButton:focus { border-color: palette(accent); }
QRadioButton::indicator { width: 10px; height: 10px; border: 1px solid palette(window-text);
                          border-radius: 6px; background: palette(base); }
QRadioButton::indicator:checked { border: 4px solid palette(accent); width: 4px; height: 4px;
                                  background: palette(highlighted-text); }
"""


class ExcludeClipDialog(QDialog):
    """A digit or a click chooses the reason, words may be added, Return excludes the clip.

    Parameters
    ----------
    clip : Clip
        The clip; of one that is excluded already, its reason is chosen at first.
    """

    def __init__(self, clip: Clip, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Exclude clip {number}", number=clip.number))
        question = QLabel(
            tr(
                "Why are frames {first}–{last} not to be coded? "
                "It holds for all coders. What is coded in them stays, and the clip can be reopened.",
                first=clip.first_frame,
                last=clip.last_frame,
            )
        )
        question.setWordWrap(True)
        self._choices = QButtonGroup(self)
        column = QVBoxLayout(self)
        column.addWidget(question)
        for number, reason in enumerate(OFFERED_REASONS, start=1):
            words = tr(reason.words)
            choice = QRadioButton(f"{number}   {words[:1].upper()}{words[1:]}")
            choice.setStyleSheet(_STYLE)
            choice.setAccessibleName(tr("{reason}, key {number}", reason=words, number=number))
            choice.setChecked(clip.exclusion_reason is reason)
            self._choices.addButton(choice, number)
            column.addWidget(choice)
        self._words = QLineEdit(clip.exclusion_words if clip.is_excluded else "")
        self._words.setAccessibleName(tr("In your own words"))
        self._words.textChanged.connect(self._on_changed)
        self._choices.idToggled.connect(self._on_changed)
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self._exclude = self._buttons.addButton(tr("Exclude clip"), QDialogButtonBox.ButtonRole.AcceptRole)
        # Else Return would cancel as long as nothing can be excluded.
        self._buttons.button(QDialogButtonBox.StandardButton.Cancel).setAutoDefault(False)
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)
        column.addWidget(self._words)
        column.addWidget(self._buttons)
        self.setMinimumWidth(400)
        self._on_changed()
        (self._choices.checkedButton() or self._choices.button(1)).setFocus()

    @property
    def reason(self) -> ExclusionReason | None:
        """What was chosen; None if nothing was yet."""
        number = self._choices.checkedId()
        return OFFERED_REASONS[number - 1] if number > 0 else None

    @property
    def words(self) -> str:
        """What was added, blanks folded."""
        return " ".join(self._words.text().split())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        choice = self._choices.button(int(event.text())) if event.text() in _DIGITS else None
        if choice is None:
            super().keyPressEvent(event)
            return
        choice.setChecked(True)
        # Where words are needed, they can be typed at once.
        (self._words if self.reason is ExclusionReason.OTHER else choice).setFocus()

    def _on_changed(self, *_: object) -> None:
        needed = self.reason is ExclusionReason.OTHER
        self._words.setPlaceholderText(tr("Say why") if needed else tr("More words, if you like"))
        self._exclude.setEnabled(self.reason is not None and bool(self.words or not needed))
        self._exclude.setDefault(True)


_DIGITS = frozenset("123456789")
