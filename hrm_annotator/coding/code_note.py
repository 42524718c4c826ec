"""The note of one code: a field beside the note of the frame, there only when a code is meant."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QLineEdit, QWidget

from hrm_annotator.language import tr
from hrm_annotator.operations.remarks import remark_target, set_code_note
from hrm_annotator.session import Session
from hrm_core.facs import Code, action
from hrm_core.records.coding import ActionCode

__all__ = ["CodeNote"]


class CodeNote(QLineEdit):
    """Shows and takes the note of the chosen action's code, and says before whose it is.

    It is hidden while the chosen action is absent in the frame on the screen: then there
    is only the note of the frame, and nobody can take one for the other.

    Parameters
    ----------
    session : Session
        What is open.

    Attributes
    ----------
    caption, frame_caption : QLabel
        Stand before this field and before the note of the frame while there are both.
    """

    begun = Signal()
    """Somebody types."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._chosen: str | None = None
        self._target: tuple[int, str] | None = None
        self.caption, self.frame_caption = QLabel(), QLabel()
        for label in (self.caption, self.frame_caption):
            label.hide()
        self.editingFinished.connect(self.commit)
        self.textEdited.connect(self.begun)
        self.hide()

    @property
    def target(self) -> str | None:
        """Key of the action whose note this is; None where there is only the frame's."""
        return None if self._target is None else self._target[1]

    def show_chosen(self, chosen: str | None) -> None:
        """Be about this action from now on, if the frame has it."""
        self.commit()
        self._chosen = chosen
        self.refresh()

    def refresh(self) -> None:
        """Show what the frame on the screen says now; what is being typed stays."""
        frame, key = self._session.frame, remark_target(self._session, self._chosen)
        target = None if frame is None or key is None else (frame, key)
        if target != self._target:
            # What was typed for another code was handed over, or its code is gone.
            self.setModified(False)
        self._target = target
        coding = self._session.coding()
        entry = coding.entry_of(key) if coding is not None and key is not None else None
        if entry is not None:
            self._name(entry)
            if not self.isModified() and self.text() != entry.note:
                self.setText(entry.note)
                self.setCursorPosition(0)
        elif self.text():
            self.clear()
        pane = self.parentWidget()
        if entry is None and self.hasFocus() and pane is not None:
            # Else Qt would pass the keyboard on to the note of the frame, and codes would be typed there.
            pane.setFocus()
        for widget in (self.caption, self, self.frame_caption):
            widget.setVisible(entry is not None)

    def commit(self) -> None:
        """Hand over what is still being typed."""
        if not self.isModified() or self._target is None or self._session.frame != self._target[0]:
            return
        self.setModified(False)
        if not set_code_note(self._session, self._target[1], self.text()):
            self.setModified(True)

    def _name(self, entry: ActionCode) -> None:
        name = f"{action(entry.action).kind}{action(entry.action).label}"
        side = "" if entry.code == Code.BOTH else tr(Code(entry.code).word)
        code = " ".join(part for part in (name, side, entry.intensity) if part)
        words = tr("Note on {code}", code=code)
        self.caption.setText(name)
        self.frame_caption.setText(tr("Frame"))
        self.setPlaceholderText(words)
        self.setAccessibleName(words)
        self.setToolTip(words)
