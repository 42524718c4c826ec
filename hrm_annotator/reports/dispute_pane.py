"""Disputed frames: which there are, what both say of the one on the screen, and what holds."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from PySide6.QtCore import QEvent, QModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListView,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from hrm_annotator.itemmodels.disputes import DisputeModel, RunKey, key_of
from hrm_annotator.language import said, tr, trn
from hrm_annotator.language.words import action_words, code_words, shortened
from hrm_annotator.operations.reliability import Disputed, SideBySide
from hrm_annotator.reports.side_by_side import SideBySideTable, remarks_of
from hrm_annotator.widgets.elided_label import ElidedLabel
from hrm_annotator.widgets.elided_lines import ElidedLines
from hrm_annotator.widgets.spoken import Spoken, announce
from hrm_core.facs import Code, action
from hrm_core.records.adjudication import Dispute
from hrm_core.records.agreement import Dropped

__all__ = ["CODE_KEYS", "DisputePane", "hidden_words"]

_REMARK_LINES = 2
_RETURN = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_MOVES = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)
CODE_KEYS = {
    "0": Code.ABSENT,
    "S": Code.BOTH,
    "L": Code.LEFT,
    "R": Code.RIGHT,
    "T": Code.UPPER,
    "B": Code.LOWER,
}
"""Keys of codes, those of the profile FACS numbers: both profiles have them here."""


class DisputePane(QWidget, Spoken):
    """Shows disputes and asks for decisions; it decides nothing itself."""

    dispute_wanted = Signal(object)
    """Show the frames of this Dispute."""
    decision_wanted = Signal(int, bool)
    """This code holds, for the whole run or (True) only for the frame on the screen."""
    take_back_wanted = Signal()
    leave_wanted = Signal()
    table_wanted = Signal()
    """Back to the numbers."""
    agreed_wanted = Signal()
    """Take over all frames on which both agree."""
    reason_given = Signal()
    """Return was pressed in the line of the reason."""
    reason_left = Signal()
    """Escape was pressed in it: what it was asked for is not wanted any more."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._disputed, self._names, self._frame = Disputed(), ("", ""), -1
        self._waiting: frozenset[RunKey] = frozenset()
        self._can_decide = self._sides = True
        self._current: Dispute | None = None
        self._title, self._progress, self._hidden = ElidedLabel(), QLabel(), QLabel()
        self.kind = QComboBox()
        self.model = DisputeModel(self)
        self.list = _List()
        self.list.setModel(self.model)
        self._heading, self._remarks = ElidedLabel(), ElidedLines(_REMARK_LINES)
        self.table = SideBySideTable()
        self.buttons: dict[str, QPushButton] = {key: QPushButton() for key in ("1", "2", *CODE_KEYS)}
        self.reason = _Reason()
        self._reason_label = QLabel()
        self._hint = QLabel()
        self.back, self.leave = QPushButton(), QPushButton()
        self.numbers, self.agreed = QPushButton(), QPushButton()
        self._lay_out()
        self._connect()
        self.show_words()

    # -- what is shown -----------------------------------------------------------------------

    @property
    def current(self) -> Dispute | None:
        """The run that is decided now; None if nothing is disputed."""
        return self._current

    @property
    def progress_words(self) -> str:
        """How far the decisions are."""
        return self._progress.text()

    @property
    def hidden_words(self) -> str:
        """What is not shown yet; empty if all is."""
        return self._hidden.text()

    def start(
        self, names: tuple[str, str], kind: str, *, can_decide: bool = True, sides: bool = True
    ) -> None:
        """Show disputes of two others, of one action or (empty) of all.

        Parameters
        ----------
        names : (str, str)
            Of both codings.
        kind : str
            Key of an action, or empty.
        can_decide : bool
            Whether they are decided, or only looked at.
        sides : bool
            Whether both say on which side an action is.
        """
        self._names, self._can_decide, self._sides = names, can_decide, sides
        self._disputed, self._current, self._waiting = Disputed(), None, frozenset()
        self.table.show_names(*names, consensus=can_decide)
        # Below other names, codes of those before would be taken for theirs.
        self.show_frame(-1, None, None)
        self.kind.clear()
        self.kind.addItem("", kind)
        self.show_words()
        self._show_list()

    def forget(self) -> None:
        """Show nothing of what was shown, nor the reason that was typed."""
        self.start(("", ""), "")
        self.reason.clear()

    def show_disputes(self, disputed: Disputed, waiting: Collection[RunKey]) -> None:
        """Show how the disputes stand now; the chosen run stays chosen, or the one that took its place."""
        self._disputed, self._waiting = disputed, frozenset(waiting)
        self._show_kinds()
        self._show_list()

    def listed(self) -> Sequence[Dispute]:
        """The runs of the chosen action, or all."""
        return self.model.disputes

    def is_open(self, dispute: Dispute) -> bool:
        """Whether a run is undecided, and no decision is on its way."""
        return dispute.decision is None and key_of(dispute.disagreement) not in self._waiting

    def following(self, steps: int, *, only_open: bool = False) -> Dispute | None:
        """The next listed run (1) or the one before (-1), round the end; None if there is none."""
        runs = self.model.disputes
        if not runs:
            return None
        here = self.model.place_of(None if self._current is None else key_of(self._current.disagreement))
        start = (-1 if steps > 0 else 0) if here is None else here
        ring = [runs[(start + steps * ahead) % len(runs)] for ahead in range(1, len(runs) + 1)]
        return next((one for one in ring if not only_open or self.is_open(one)), None)

    def choose(self, dispute: Dispute | None) -> None:
        """Make a run the one that is decided."""
        self._current = dispute
        place = None if dispute is None else self.model.place_of(key_of(dispute.disagreement))
        self.list.blockSignals(True)
        index = self.model.index(-1 if place is None else place)
        self.list.setCurrentIndex(index)
        self.list.scrollTo(index)
        self.list.blockSignals(False)
        self._show_buttons()

    def show_frame(self, frame: int, video_id: int | None, codings: SideBySide | None) -> None:
        """Show what both say of the frame on the screen."""
        moved, self._frame = frame != self._frame, frame
        here = [
            one
            for one in self._disputed.disputes
            if one.disagreement.video_id == video_id
            and one.disagreement.first_frame <= frame <= one.disagreement.last_frame
        ]
        run = None if self._current is None else self._current.disagreement
        at_run = run is not None and any(one.disagreement == run for one in here)
        self._heading.setText(
            tr("Frame {frame}: {action}", frame=frame, action=action_words(action(run.action)))
            if run is not None and at_run
            else tr("Frame {frame}", frame=frame)
        )
        mine = None if codings is None or codings.video_id != video_id else codings
        self.table.show_frame(frame, mine, here, run.action if run is not None and at_run else None)
        self._remarks.set_text(remarks_of(frame, mine, self._names))
        if moved and at_run and (said_of_it := self.table.words_of_row(0)):
            # The keyboard is nowhere in the table: who does not see it hears what both say.
            announce(self.table, f"{self._heading.text()}: {said_of_it}")

    def show_words(self) -> None:
        """Say everything in the language in use."""
        self.setAccessibleName(tr("Disputed frames"))
        self._title.setText(
            tr("Disputed frames: {first} and {second}", first=self._names[0], second=self._names[1])
        )
        for part, words in (
            (self.kind, tr("Which action is listed")),
            (self.list, tr("Runs of disputed frames")),
            (self.table, tr("Both codings of this frame")),
            (self._remarks, tr("Doubts and notes")),
            (self.reason, tr("Why this holds")),
        ):
            part.setAccessibleName(words)
        self._reason_label.setText(tr("Reason:"))
        self.reason.setPlaceholderText(tr("Why this holds (needed)"))
        self._hint.setText(
            tr("Shift: only this frame. ↑ ↓: disputed frames. Page Up, Page Down: runs. Semicolon: reason.")
            if self._can_decide
            else tr(
                "Only what two raters disagree about is decided. "
                "↑ ↓: disputed frames. Page Up, Page Down: runs."
            )
        )
        self.back.setText(tr("Take back (Ctrl+Z)"))
        self.leave.setText(tr("Leave (Esc)"))
        self.numbers.setText(tr("Numbers"))
        self.numbers.setToolTip(tr("Back to the table of agreement"))
        self.agreed.setText(tr("Take over what both agree on"))
        self._show_buttons()

    def ask_reason(self) -> None:
        """Put the keyboard into the line of the reason."""
        self.reason.setFocus()
        self.reason.selectAll()

    def code_for(self, key: str) -> int | None:
        """What a key decides; None if nothing is to be decided, or it is no key of a code."""
        if self._current is None:
            return None
        run = self._current.disagreement
        codes = {
            "1": run.first_code,
            "2": run.second_code,
            **{name: int(code) for name, code in CODE_KEYS.items()},
        }
        return codes.get(key)

    # -- how it is shown --------------------------------------------------------------------------

    def _show_kinds(self) -> None:
        chosen = self.kind.currentData() or ""
        counts: dict[str, int] = {}
        for one in self._disputed.disputes:
            counts[one.disagreement.action] = counts.get(one.disagreement.action, 0) + 1
        if chosen:
            counts.setdefault(chosen, 0)
        self.kind.blockSignals(True)
        self.kind.clear()
        self.kind.addItem(tr("All actions: {count} runs", count=len(self._disputed.disputes)), "")
        for key, count in counts.items():
            self.kind.addItem(
                trn(
                    "{action}: {count} run", "{action}: {count} runs", count, action=action_words(action(key))
                ),
                key,
            )
        self.kind.setCurrentIndex(max(self.kind.findData(chosen), 0))
        self.kind.blockSignals(False)

    def _show_list(self) -> None:
        kind = self.kind.currentData() or ""
        runs = [one for one in self._disputed.disputes if kind in ("", one.disagreement.action)]
        row = self.list.currentIndex().row()
        old = self._current
        self.list.blockSignals(True)
        self.model.show(runs, self._waiting, sides=self._sides)
        self.list.blockSignals(False)
        kept = None if old is None else _like(old, runs)
        if kept is None and runs and old is not None:
            kept = runs[min(max(row, 0), len(runs) - 1)]
        self.choose(kept)
        done = sum(one.decision is not None for one in runs)
        self._progress.setText(
            trn("{done} of {count} run decided", "{done} of {count} runs decided", len(runs), done=done)
            if self._can_decide
            else trn("{count} run", "{count} runs", len(runs))
        )
        hidden = self._disputed.hidden
        self._hidden.setVisible(bool(hidden))
        self._hidden.setText("\n".join(hidden_words(hidden)))

    def _show_buttons(self) -> None:
        run = None if self._current is None else self._current.disagreement
        for key, button in self.buttons.items():
            code = self.code_for(key)
            button.setVisible(self._can_decide)
            if run is None or code is None:
                words = shortened(self._names[int(key) - 1]) if key in ("1", "2") else ""
                button.setText(f"{key}  {words}" if key in ("1", "2") else key)
                button.setEnabled(False)
                continue
            entry = action(run.action)
            word = code_words(entry, code)
            name = f"{shortened(self._names[int(key) - 1])}: " if key in ("1", "2") else ""
            button.setText(f"{key}  {name}{word}")
            button.setEnabled(key in ("1", "2") or entry.allows(code))
            button.setToolTip(tr("{code} holds for the whole run; with Shift only for this frame", code=word))
        for part in (self.back, self.agreed, self.reason, self._reason_label):
            part.setVisible(self._can_decide)

    def _lay_out(self) -> None:
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, False)
        for label in (self._title, self._heading):
            font = label.font()
            font.setBold(True)
            label.setFont(font)
        for words in (self._hidden, self._hint, self._progress):
            words.setWordWrap(True)
        self.kind.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.kind.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.kind.setMinimumContentsLength(12)
        grid = QGridLayout()
        grid.setSpacing(4)
        for place, key in enumerate(("1", "2")):
            grid.addWidget(self.buttons[key], 0, place * 3, 1, 3)
        for place, key in enumerate(CODE_KEYS):
            grid.addWidget(self.buttons[key], 1 + place // 3, (place % 3) * 2, 1, 2)
        why = QHBoxLayout()
        why.addWidget(self._reason_label)
        why.addWidget(self.reason, 1)
        ends = QGridLayout()
        ends.setSpacing(4)
        for place, button in enumerate((self.back, self.agreed, self.numbers, self.leave)):
            ends.addWidget(button, place // 2, place % 2)
        for button in (*self.buttons.values(), self.back, self.leave, self.numbers, self.agreed):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 4, 8, 8)
        column.setSpacing(4)
        for part in (self._title, self.kind, self._progress, self._hidden):
            column.addWidget(part)
        column.addWidget(self.list, 2)
        column.addWidget(self._heading)
        column.addWidget(self.table, 3)
        column.addWidget(self._remarks)
        column.addLayout(grid)
        column.addLayout(why)
        column.addWidget(self._hint)
        column.addLayout(ends)

    def _connect(self) -> None:
        self.kind.currentIndexChanged.connect(lambda _: self._on_kind())
        self.list.selectionModel().currentChanged.connect(self._on_current)
        for key, button in self.buttons.items():
            button.clicked.connect(lambda _=False, key=key: self._on_button(key))
        self.back.clicked.connect(self.take_back_wanted)
        self.leave.clicked.connect(self.leave_wanted)
        self.numbers.clicked.connect(self.table_wanted)
        self.agreed.clicked.connect(self.agreed_wanted)
        self.reason.finished.connect(self._on_reason_typed)
        self.reason.left.connect(self.setFocus)
        self.reason.left.connect(self.reason_left)

    def _on_kind(self) -> None:
        self._show_list()
        if (first := self._current or self.following(1)) is not None:
            self.dispute_wanted.emit(first)

    def _on_current(self, index: QModelIndex, _: QModelIndex) -> None:
        dispute = index.data(Qt.ItemDataRole.UserRole)
        # Blocked signals of the list do not block those of its selection.
        if dispute is not None and not self.list.signalsBlocked():
            self.dispute_wanted.emit(dispute)

    def _on_reason_typed(self) -> None:
        self.setFocus()
        self.reason_given.emit()

    def _on_button(self, key: str) -> None:
        code = self.code_for(key)
        if code is not None:
            self.decision_wanted.emit(code, False)
            announce(self._progress, self._progress.text())


def hidden_words(hidden: Sequence[Dropped]) -> list[str]:
    """Which frames are not shown to somebody yet, and why."""
    return [
        trn(
            "{count} frame is not shown: {why}.",
            "{count} frames are not shown: {why}.",
            entry.frames,
            why=said(entry.why),
        )
        for entry in hidden
    ]


def _like(old: Dispute, runs: Sequence[Dispute]) -> Dispute | None:
    """The run itself, or what overlaps it after it was cut by a decision."""
    was = old.disagreement
    for one in runs:
        if key_of(one.disagreement) == key_of(was):
            return one
    for one in runs:
        now = one.disagreement
        same = (now.video_id, now.action) == (was.video_id, was.action)
        if same and now.first_frame <= was.last_frame and was.first_frame <= now.last_frame:
            return one
    return None


class _List(QListView):
    """Keeps the keys that move in it, which are keys of the window elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setUniformItemSizes(True)
        self.setSpacing(2)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabKeyNavigation(False)
        self.setMinimumHeight(72)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def event(self, event: QEvent) -> bool:
        override = event.type() is QEvent.Type.ShortcutOverride
        if override and isinstance(event, QKeyEvent) and event.key() in _MOVES and not event.modifiers():
            event.accept()
            return True
        return super().event(event)

    def keyboardSearch(self, search: str) -> None:
        """Letters are decisions, not beginnings of words."""


class _Reason(QLineEdit):
    """Return is an end of typing, Escape leaves; neither reaches the window."""

    finished = Signal()
    left = Signal()

    def event(self, event: QEvent) -> bool:
        override = event.type() is QEvent.Type.ShortcutOverride
        if override and isinstance(event, QKeyEvent) and event.key() in (*_RETURN, Qt.Key.Key_Escape):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        elif event.key() in _RETURN:
            self.finished.emit()
        else:
            super().keyPressEvent(event)
