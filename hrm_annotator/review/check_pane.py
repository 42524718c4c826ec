"""The pane of an omission check: one group of actions after another, each answered for."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from hrm_annotator.language.catalogue import said, tr, trn
from hrm_annotator.review.check_row import CheckRow
from hrm_annotator.widgets.spoken import Spoken, announce
from hrm_core.records.check_standing import CheckStanding
from hrm_core.records.recording import Clip
from hrm_core.records.segments import segments

__all__ = ["CheckPane"]

_MOST_SPANS = 3


class CheckPane(QWidget, Spoken):
    """Shows how far a check is and asks for answers; it decides nothing itself."""

    wanted = Signal(str, str)
    """Action, and what is wanted: "present", "absent", "change" or "remove"."""
    group_wanted = Signal(int)
    """Another group: its place."""
    leave_wanted = Signal()
    submit_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: list[CheckRow] = []
        self._place = self._current = 0
        self._seen_all = False
        self._title, self._group, self._done, self._seen = QLabel(), QLabel(), QLabel(), QLabel()
        self._hint = QLabel()
        self._groups: list[QPushButton] = []
        self._group_grid = QGridLayout()
        self._list = QVBoxLayout()
        self._leave, self._submit = QPushButton(), QPushButton()
        self._leave.clicked.connect(self.leave_wanted)
        self._submit.clicked.connect(self.submit_wanted)
        self._lay_out()

    @property
    def current(self) -> str | None:
        """Key of the action that the keyboard is on."""
        return self._rows[self._current].action.key if self._rows else None

    @property
    def seen_words(self) -> str:
        """What is said of the viewing of the clip."""
        return self._seen.text()

    def row(self, key: str) -> CheckRow:
        """The row of an action of the group that is shown."""
        return next(row for row in self._rows if row.action.key == key)

    def show_check(self, clip: Clip, standing: CheckStanding, place: int, unseen: Sequence[int]) -> None:
        """Show the group at a place, and how far the whole check is."""
        group = standing.groups[place]
        span = f"{clip.first_frame}–{clip.last_frame}"
        self._title.setText(
            tr("Omission check of clip {number}, frames {span}", number=clip.number, span=span)
        )
        words = said(group.group.title)
        self._group.setText(
            tr("Region {place} of {count}: {name}", place=place + 1, count=len(standing.groups), name=words)
        )
        asked = sum(len(entry.actions) for entry in standing.groups)
        self._done.setText(
            tr("Answered: {done} of {asked} actions.", done=asked - len(standing.missing), asked=asked)
        )
        self._show_groups(standing, place)
        if [row.action.key for row in self._rows] != list(group.group.actions):
            self._make_rows(group.group.actions)
        self._place = place
        self._seen_all = not unseen
        for row, entry in zip(self._rows, group.actions, strict=True):
            row.show_standing(entry, revealed=group.is_revealed, seen=self._seen_all)
        self._leave.setText(tr("Leave the check (Esc)"))
        self._submit.setText(tr("Submit (Ctrl+F12)"))
        self._submit.setEnabled(standing.is_complete)
        self._hint.setText(tr("↑ ↓ choose an action, Page Up and Page Down a region, Space plays the clip."))
        self.show_seen(unseen, len(clip))
        self._tell_current()

    def _tell_current(self) -> None:
        """Have the chosen action read out when another one is chosen or its answer has come."""
        if not self._rows:
            return
        words = self._rows[self._current].words
        if words != self.accessibleName() and self._rows[self._current].wishes:
            self.setAccessibleName(words)
            announce(self._rows[self._current], words)

    def show_seen(self, unseen: Sequence[int], frames: int) -> None:
        """Show what of the clip is still to be displayed for this group."""
        if not unseen:
            words = tr("✓ The whole clip was shown: answer for each action.")
            if words != self._seen.text():
                self._seen.setText(words)
                announce(self._seen, words)
        else:
            spans = segments(unseen)
            words = ", ".join(f"{a}" if a == b else f"{a}–{b}" for a, b in spans[:_MOST_SPANS])
            words += " …" if len(spans) > _MOST_SPANS else ""
            self._seen.setText(
                trn(
                    "Watch the whole clip first: {done} of {count} frame shown, still to come: {spans}",
                    "Watch the whole clip first: {done} of {count} frames shown, still to come: {spans}",
                    frames,
                    done=frames - len(unseen),
                    spans=words,
                )
            )

    @property
    def shows_seen_all(self) -> bool:
        """Whether the rows take answers."""
        return self._seen_all

    def choose(self, key: str) -> None:
        """Put the keyboard on an action of the group that is shown."""
        for place, row in enumerate(self._rows):
            if row.action.key == key:
                self._current = place
            row.show_chosen(row.action.key == key)
        self._tell_current()

    def choose_next(self, steps: int) -> None:
        """Put the keyboard on another action."""
        if self._rows:
            place = (self._current + steps) % len(self._rows)
            self.choose(self._rows[place].action.key)

    def turn(self, groups: int) -> None:
        """Ask for a group further on (1) or back (-1)."""
        place = self._place + groups
        if 0 <= place < len(self._groups):
            self.group_wanted.emit(place)

    def ask(self, wish: str) -> bool:
        """Want something of the chosen action by keyboard; whether it is on offer."""
        if not self._rows or wish not in self._rows[self._current].wishes:
            return False
        self.wanted.emit(self._rows[self._current].action.key, wish)
        return True

    def _show_groups(self, standing: CheckStanding, place: int) -> None:
        while len(self._groups) < len(standing.groups):
            number = len(self._groups)
            button = QPushButton()
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setCheckable(True)
            button.clicked.connect(lambda _=False, number=number: self.group_wanted.emit(number))
            self._groups.append(button)
            self._group_grid.addWidget(button, number // 5, number % 5)
        for number, button in enumerate(self._groups):
            button.setVisible(number < len(standing.groups))
            if number < len(standing.groups):
                entry = standing.groups[number]
                sign = "✓" if entry.is_settled else "○"
                button.setText(f"{number + 1} {sign}")
                button.setChecked(number == place)
                name = said(entry.group.title)
                words = (
                    tr("{name}: answered", name=name) if entry.is_settled else tr("{name}: open", name=name)
                )
                button.setToolTip(words)
                button.setAccessibleName(words)

    def _make_rows(self, keys: Sequence[str]) -> None:
        for row in self._rows:
            self._list.removeWidget(row)
            row.deleteLater()
        self._rows = []
        for key in keys:
            row = CheckRow(key)
            row.chosen.connect(self.choose)
            row.wanted.connect(self.wanted)
            self._list.insertWidget(len(self._rows), row)
            self._rows.append(row)
        self._current = 0
        self.choose(keys[0])

    def _lay_out(self) -> None:
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, False)
        large = self._group.font()
        large.setPointSizeF(large.pointSizeF() * 1.25)
        large.setBold(True)
        self._group.setFont(large)
        for label in (self._title, self._group, self._done, self._seen, self._hint):
            label.setWordWrap(True)
        self._list.setSpacing(2)
        self._list.addStretch(1)
        rows = QWidget()
        rows.setLayout(self._list)
        self._list.setContentsMargins(0, 0, 0, 0)
        scroll = QScrollArea()
        scroll.setWidget(rows)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        ends = QHBoxLayout()
        for button in (self._leave, self._submit):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            ends.addWidget(button)
        ends.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.addWidget(self._title)
        column.addLayout(self._group_grid)
        column.addWidget(self._group)
        column.addWidget(self._seen)
        column.addWidget(scroll, 1)
        column.addWidget(self._done)
        column.addWidget(self._hint)
        column.addLayout(ends)
