"""All rating sessions, how far each judge is, and what a coordinator does about them; never a score."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, SignalInstance
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QProgressBar,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from hrm_annotator.language import said, tr, trn
from hrm_annotator.operations.rating_overview import SeatLine, SessionLine
from hrm_annotator.widgets.spoken import announce

__all__ = ["RatingSessionsDialog"]

_WHAT = Qt.ItemDataRole.UserRole
_SIZE = (860, 520)
_NOTHING = "–"


class RatingSessionsDialog(QDialog):
    """A tree of sessions and their judges; buttons below do what the chosen line allows."""

    folder_wanted = Signal(str, str)
    """Write the folder in which this judge of this session rates in a browser."""
    answers_wanted = Signal()
    """Take files with answers in."""
    report_wanted = Signal(str)
    """Write the report of this session."""
    close_wanted = Signal(str, bool)
    """Close this session (True), or open it again (False)."""
    unblind_wanted = Signal(str, str)
    """Make this judge of this session not blind."""
    stop_wanted = Signal()
    """Stop what is under way."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Rating sessions"))
        self._sessions: dict[str, SessionLine] = {}
        self._items: dict[tuple[str, str], QTreeWidgetItem] = {}
        self._busy = False
        self.tree = self._make_tree()
        self.folder = QPushButton(tr("&Folder for a browser …"))
        self.answers = QPushButton(tr("Take &answers in …"))
        self.report = QPushButton(tr("&Report …"))
        self.end = QPushButton(tr("C&lose session"))
        self.unblind = QPushButton(tr("&Unblind judge …"))
        self.stop = QPushButton(tr("S&top"))
        self.words = QLabel()
        self.words.setWordWrap(True)
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.bar = QProgressBar()
        self.bar.setAccessibleName(tr("How far it is"))
        self._lay_out()
        self._connect()
        self.show_words("")
        self.show_busy(False)
        self.resize(*_SIZE)

    # -- what is told ---------------------------------------------------------------------------

    def show_sessions(self, sessions: Sequence[SessionLine]) -> None:
        """Show all sessions; the line that was chosen is chosen again."""
        chosen = self._chosen()
        self._sessions = {session.name: session for session in sessions}
        self.tree.clear()
        self._items = {}
        for session in sessions:
            top = self._add(self.tree.invisibleRootItem(), session.name, "", _session_cells(session))
            for seat in session.seats:
                item = self._add(top, session.name, seat.judge, _seat_cells(seat))
                item.setToolTip(3, said(seat.why_not_blind))
            top.setExpanded(True)
        known = list(self._items)
        if known:
            again = chosen if chosen is not None and chosen in self._items else known[0]
            self.tree.setCurrentItem(self._items[again])
        if not sessions:
            self.show_words(tr("No rating session yet: Study ▸ Plan a rating session makes one."))
        self._enable()

    def show_busy(self, busy: bool, words: str = "") -> None:
        """Whether something is under way, and what."""
        self._busy = busy
        self.bar.setVisible(busy)
        self.stop.setVisible(busy)
        self.bar.setRange(0, 0)
        if busy:
            self.show_words(words)
        self._enable()

    def show_progress(self, done: int, total: int) -> None:
        """How far it is."""
        self.bar.setRange(0, total)
        self.bar.setValue(done)

    def show_words(self, words: str) -> None:
        """Say what was done, or why it could not be."""
        self.words.setText(words)
        self.words.setVisible(bool(words))
        announce(self.words, words)

    # -- parts ----------------------------------------------------------------------------------

    def _make_tree(self) -> QTreeWidget:
        tree = QTreeWidget()
        tree.setAccessibleName(tr("Sessions and their judges"))
        tree.setHeaderLabels([tr("Session, judge"), tr("Answered"), tr("State"), tr("Blinding")])
        tree.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        tree.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        tree.setAlternatingRowColors(True)
        tree.setStyleSheet("QTreeView::item { padding: 3px 8px 3px 2px; }")
        header = tree.header()
        header.setStretchLastSection(True)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        tree.currentItemChanged.connect(lambda *_: self._enable())
        return tree

    def _lay_out(self) -> None:
        words = QLabel(
            tr("How far everybody is. What judges answered is told once all have finished, or it was closed.")
        )
        words.setWordWrap(True)
        grid = QGridLayout()
        for place, button in enumerate((self.folder, self.answers, self.report, self.end, self.unblind)):
            grid.addWidget(button, place // 3, place % 3)
        last = QHBoxLayout()
        last.addWidget(self.stop)
        last.addStretch(1)
        close = QPushButton(tr("Close"))
        close.clicked.connect(self.reject)
        last.addWidget(close)
        column = QVBoxLayout(self)
        column.addWidget(words)
        column.addWidget(self.tree, 1)
        column.addLayout(grid)
        column.addWidget(self.words)
        column.addWidget(self.bar)
        column.addLayout(last)
        for button in self.findChildren(QPushButton):
            button.setAutoDefault(False)

    def _connect(self) -> None:
        self.folder.clicked.connect(lambda: self._ask(self.folder_wanted, seat=True))
        self.answers.clicked.connect(self.answers_wanted)
        self.report.clicked.connect(lambda: self._ask(self.report_wanted))
        self.end.clicked.connect(self._on_end)
        self.unblind.clicked.connect(lambda: self._ask(self.unblind_wanted, seat=True))
        self.stop.clicked.connect(self.stop_wanted)

    def _add(self, above: QTreeWidgetItem, session: str, judge: str, cells: Sequence[str]) -> QTreeWidgetItem:
        item = self._items[(session, judge)] = QTreeWidgetItem(above, list(cells))
        item.setData(0, _WHAT, (session, judge))
        return item

    # -- choices --------------------------------------------------------------------------------

    def _chosen(self) -> tuple[str, str] | None:
        """Session and judge of the chosen line; the judge is empty for a whole session."""
        item = self.tree.currentItem()
        if item is None:
            return None
        session, judge = item.data(0, _WHAT)
        return session, judge

    def _enable(self) -> None:
        chosen = self._chosen()
        session = None if chosen is None else self._sessions.get(chosen[0])
        seat = _seat(session, chosen[1]) if session and chosen else None
        free = not self._busy
        planned = session is not None and session.planned
        self.answers.setEnabled(free)
        self._allow(
            self.folder,
            free and seat is not None and planned and not (session and session.closed),
            tr("Choose a judge of a session that is open."),
        )
        self._allow(
            self.report,
            free and session is not None and session.may_be_reported,
            tr("Told only once all judges have finished, or the session was closed."),
        )
        self._allow(self.end, free and planned, tr("Choose a session that was planned here."))
        self._allow(
            self.unblind, free and seat is not None and seat.blind, tr("Choose a judge who is blind.")
        )
        closed = session is not None and session.closed
        self.end.setText(tr("Reopen sessi&on") if closed else tr("C&lose session"))

    @staticmethod
    def _allow(button: QPushButton, allowed: bool, why_not: str) -> None:
        button.setEnabled(allowed)
        button.setToolTip("" if allowed else why_not)

    def _ask(self, wanted: SignalInstance, *, seat: bool = False) -> None:
        if (chosen := self._chosen()) is not None:
            wanted.emit(*(chosen if seat else chosen[:1]))

    def _on_end(self) -> None:
        if (chosen := self._chosen()) is not None:
            self.close_wanted.emit(chosen[0], not self._sessions[chosen[0]].closed)

    def reject(self) -> None:
        """Close; what is under way is stopped first."""
        self.stop_wanted.emit()
        super().reject()


def _seat(session: SessionLine, judge: str) -> SeatLine | None:
    return next((seat for seat in session.seats if seat.judge == judge), None)


def _session_cells(session: SessionLine) -> tuple[str, ...]:
    if not session.planned:
        return (session.name, _NOTHING, tr("imported"), _NOTHING)
    done = sum(seat.finished for seat in session.seats)
    state = tr("closed") if session.closed else tr("under way")
    if session.sound:
        state = tr("{state}, with sound: only in a browser", state=state)
    count, blind = len(session.seats), sum(seat.blind for seat in session.seats)
    return (
        session.name,
        trn("{done} of {count} judge finished", "{done} of {count} judges finished", count, done=done),
        state,
        trn("{blind} of {count} judge is blind", "{blind} of {count} judges are blind", count, blind=blind),
    )


def _seat_cells(seat: SeatLine) -> tuple[str, ...]:
    state = tr("finished") if seat.finished else tr("begun") if seat.done else tr("not begun")
    blinding = tr("blind") if seat.blind else tr("not blind: {why}", why=said(seat.why_not_blind))
    return (seat.judge, f"{seat.done} / {seat.total}", state, blinding)
