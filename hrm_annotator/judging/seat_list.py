"""The list of seats in which a judge finds their own."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem, QWidget

from hrm_annotator.judging.ground import larger
from hrm_annotator.language import tr
from hrm_core.records.sitting import Seated

__all__ = ["SeatList"]

_PAD = 18


class SeatList(QListWidget):
    """Seats by session and name; those that cannot be taken say why."""

    chosen = Signal(str, str)
    """Names of a session and of a judge."""

    def __init__(self, seats: Sequence[Seated], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Sessions and names"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSpacing(3)
        self.setFont(larger(self.font(), 1.1))
        self.setMinimumHeight(260)
        height = 2 * self.fontMetrics().lineSpacing() + _PAD
        for seat in seats:
            item = _item(seat)
            item.setSizeHint(QSize(0, height))
            self.addItem(item)
        first = next((row for row in range(self.count()) if self.item(row).flags()), -1)
        self.setCurrentRow(first)
        self.itemActivated.connect(self._choose)
        self.itemClicked.connect(self._choose)

    def choose_current(self) -> None:
        """Take the seat that is chosen in the list."""
        if (item := self.currentItem()) is not None:
            self._choose(item)

    def _choose(self, item: QListWidgetItem) -> None:
        # Enter on a list activates and reaches the window too: the first of the two has emptied the page.
        if self.isEnabled() and item.flags() & Qt.ItemFlag.ItemIsEnabled:
            self.setEnabled(False)
            self.chosen.emit(*item.data(Qt.ItemDataRole.UserRole))


def _item(seat: Seated) -> QListWidgetItem:
    words, can_rate = _standing(seat)
    item = QListWidgetItem(f"{seat.judge}\n{seat.session} · {words}")
    item.setData(Qt.ItemDataRole.UserRole, (seat.session, seat.judge))
    if not can_rate:
        item.setFlags(Qt.ItemFlag.NoItemFlags)
    return item


def _standing(seat: Seated) -> tuple[str, bool]:
    """How far a seat is, and whether it can be taken here."""
    if seat.closed:
        return tr("closed: nothing can be rated any more"), False
    if seat.total and seat.done >= seat.total:
        # The last answer may still be taken back.
        return tr("finished, thank you"), True
    if seat.sound:
        return tr("with sound: rated in a browser"), False
    if not seat.done:
        return tr("not begun"), True
    return tr("{done} of {total} done", done=seat.done, total=seat.total), True
