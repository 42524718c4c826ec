"""What to code next, in a list beside the window."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from hrm_annotator.dialogs.plan_parts import add_row
from hrm_annotator.language import mark, tr, trn
from hrm_annotator.language.words import listed
from hrm_annotator.operations.queue import QueueWish
from hrm_core.facs import action
from hrm_core.records.queue import QueueBy, QueueEntry, QueueLevel

__all__ = ["NextToCodeDialog", "entry_words", "why_words"]

_ORDERS = {
    QueueBy.MIX: mark("A bit of everything"),
    QueueBy.DOUBT: mark("Where the model is uncertain"),
    QueueBy.CONFLICT: mark("Where the model and I differ"),
    QueueBy.DIVERSITY: mark("Faces unlike the others"),
    QueueBy.RARITY: mark("Uncertain about rare actions"),
}
_WHY = {
    QueueBy.DOUBT: mark("uncertain"),
    QueueBy.CONFLICT: mark("you differ"),
    QueueBy.DIVERSITY: mark("unlike the others"),
    QueueBy.RARITY: mark("uncertain about something rare"),
}
_MOST = 5000


class NextToCodeDialog(QDialog):
    """Choose what counts, list it, go there by Enter; the window stays in reach."""

    list_wanted = Signal(object)
    """Make the queue of this QueueWish."""
    entry_wanted = Signal(object)
    """Go to this QueueEntry."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("What to code next"))
        self._entries: tuple[QueueEntry, ...] = ()
        self.by = QComboBox()
        for by, words in _ORDERS.items():
            self.by.addItem(tr(words), by)
        self.level = QComboBox()
        for level, words in ((QueueLevel.FRAMES, tr("Single frames")), (QueueLevel.CLIPS, tr("Clips"))):
            self.level.addItem(words, level)
        self.count = QSpinBox()
        self.count.setRange(1, _MOST)
        self.count.setValue(QueueWish().count)
        self.mine = QCheckBox(tr("Only among what I have &coded"))
        self.by_place = QCheckBox(tr("In the order of the &recordings"))
        self.by_place.toggled.connect(lambda _: self._fill())
        self.show_list = QPushButton(tr("&List them"))
        self.show_list.clicked.connect(lambda: self.list_wanted.emit(self.wish))
        self.show_list.setDefault(True)
        self._words = QLabel()
        self._words.setWordWrap(True)
        self.list = _List()
        self.list.setAccessibleName(tr("What to code next"))
        self.list.setUniformItemSizes(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.activated.connect(lambda _index: self._go())
        self.go = QPushButton(tr("&Go there"))
        self.go.setAutoDefault(False)
        self.go.clicked.connect(self._go)
        self.list.currentRowChanged.connect(lambda row: self.go.setEnabled(row >= 0))
        self._lay_out()
        self.say("")

    @property
    def wish(self) -> QueueWish:
        """What is chosen."""
        return QueueWish(
            QueueBy(self.by.currentData()),
            QueueLevel(self.level.currentData()),
            self.count.value(),
            self.mine.isChecked(),
        )

    @property
    def current(self) -> QueueEntry | None:
        """The chosen entry."""
        row = self.list.currentRow()
        entry = self.list.item(row).data(Qt.ItemDataRole.UserRole) if row >= 0 else None
        return entry if isinstance(entry, QueueEntry) else None

    def show_entries(self, entries: Sequence[QueueEntry]) -> None:
        """List a queue, none of it chosen yet."""
        self._entries = tuple(entries)
        self._fill()
        self.set_busy(False)
        if entries:
            self.say(trn("{count} place found.", "{count} places found.", len(entries)))
        else:
            self.say(tr("Nothing is left in this queue."))

    def say(self, words: str) -> None:
        """Say why the list is as it is."""
        self._words.setText(words)

    def set_busy(self, busy: bool) -> None:
        """Wait for a queue, or no more."""
        self.show_list.setEnabled(not busy)
        if busy:
            self.say(tr("Looking for what to code next …"))

    def step(self, direction: int) -> QueueEntry | None:
        """Choose the next entry (1) or the one before (-1); None if there is none."""
        row = self.list.currentRow() + direction
        if not 0 <= row < self.list.count():
            return None
        self.list.setCurrentRow(row)
        return self.current

    def _fill(self) -> None:
        shown = list(self._entries)
        if self.by_place.isChecked():
            shown.sort(key=lambda entry: (entry.video_id, entry.first))
        self.list.clear()
        for entry in shown:
            item = QListWidgetItem(entry_words(entry))
            item.setToolTip(entry_words(entry))
            item.setData(Qt.ItemDataRole.UserRole, entry)
            self.list.addItem(item)
        self.go.setEnabled(False)

    def _go(self) -> None:
        if (entry := self.current) is not None:
            self.entry_wanted.emit(entry)

    def _lay_out(self) -> None:
        form = QFormLayout()
        add_row(form, tr("&What counts"), self.by)
        add_row(form, tr("&Of what"), self.level)
        add_row(form, tr("How &many at most"), self.count)
        buttons = QHBoxLayout()
        buttons.addWidget(self.show_list)
        buttons.addStretch(1)
        below = QHBoxLayout()
        below.addWidget(self.go)
        below.addStretch(1)
        column = QVBoxLayout(self)
        column.addLayout(form)
        column.addWidget(self.mine)
        column.addWidget(self.by_place)
        column.addLayout(buttons)
        column.addWidget(self._words)
        column.addWidget(self.list, 1)
        column.addLayout(below)
        self.resize(460, 560)


class _List(QListWidget):
    """Return goes to the chosen place, and does not press the button that is the default."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            # Not everywhere does Return activate by itself.
            self.activated.emit(self.currentIndex())
        else:
            super().keyPressEvent(event)


def entry_words(entry: QueueEntry) -> str:
    """Where an entry is, and why."""
    where = {"participant": entry.participant, "video": entry.video, "first": entry.first}
    why = why_words(entry)
    if entry.first == entry.last:
        return tr("{participant}, {video}, frame {first}: {why}", **where, why=why)
    return tr("{participant}, {video}, frames {first}–{last}: {why}", **where, last=entry.last, why=why)


def why_words(entry: QueueEntry) -> str:
    """Why somebody should look there; names an action only where that may be told."""
    why = tr(_WHY[entry.by])
    if entry.flagged:
        why = tr("flagged by you, {why}", why=why)
    names = listed([f"{action(key).kind}{action(key).label}" for key in entry.actions])
    return tr("{why} ({actions})", why=why, actions=names) if names else why
