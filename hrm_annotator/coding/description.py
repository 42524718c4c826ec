"""What an action is, how it looks and which muscles do it: the catalogue beside the boxes."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QVBoxLayout, QWidget

from hrm_annotator.coding.action_box import ActionBox
from hrm_annotator.language import mark, said, tr
from hrm_annotator.language.words import action_words, code_words, listed
from hrm_annotator.widgets.elided_label import ElidedLabel
from hrm_annotator.widgets.elided_lines import ElidedLines
from hrm_annotator.widgets.spoken import Spoken
from hrm_core.facs import Action, Code

__all__ = ["Description"]

_NOTHING = mark("Point at an action, or choose one: here stands what it is.")


class Description(QWidget, Spoken):
    """Says what is known of the action under the mouse, or else of the chosen one.

    Its height never changes: boxes must not move under a hand that is about to click.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._boxes: dict[str, ActionBox] = {}
        self._pointed: Action | None = None
        self._chosen: Action | None = None
        self._head = ElidedLabel()
        font = self._head.font()
        font.setBold(True)
        self._head.setFont(font)
        self._change = ElidedLines(3)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 2, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._head)
        column.addWidget(self._change)
        self.setAccessibleName(tr("Description of the action"))
        self._change.setAccessibleName(tr("How it looks, and its muscles"))
        self._refresh()

    @property
    def shown(self) -> Action | None:
        """The action that is described."""
        return self._pointed or self._chosen

    def text(self) -> str:
        """All that is said, also what does not fit."""
        return f"{self._head.text()}\n{self._change.text()}".strip()

    def watch(self, box: ActionBox) -> None:
        """Describe the action of this box while the mouse is on it."""
        box.installEventFilter(self)
        self._boxes[box.action.key] = box

    def refresh(self) -> None:
        """Say what is noted of the code now."""
        self._refresh()

    def show_chosen(self, action: Action | None) -> None:
        """Describe this action while the mouse is on none."""
        self._chosen = action
        self._refresh()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(watched, ActionBox):
            if event.type() is QEvent.Type.Enter:
                self._pointed = watched.action
                self._refresh()
            elif event.type() is QEvent.Type.Leave and self._pointed is watched.action:
                self._pointed = None
                self._refresh()
        return super().eventFilter(watched, event)

    def _refresh(self) -> None:
        entry = self.shown
        self._head.setText("" if entry is None else f"{action_words(entry)} · {_sides(entry)}")
        words = tr(_NOTHING) if entry is None else _change(entry)
        box = None if entry is None else self._boxes.get(entry.key)
        # First of all what is said of this frame: the end may not fit.
        remark = box.remark if box is not None else ""
        self._change.set_text(f"[{remark}] {words}" if remark else words)
        self.setAccessibleDescription(self.text())


def _sides(entry: Action) -> str:
    """Which codes it can have, in words."""
    if entry.sides == {Code.BOTH}:
        return tr("no sides")
    return listed(code_words(entry, side) for side in sorted(entry.sides))


def _change(entry: Action) -> str:
    """How it looks, and which muscles do it."""
    return tr("{change} Muscles: {muscles}.", change=said(entry.change), muscles=said(entry.muscles))
