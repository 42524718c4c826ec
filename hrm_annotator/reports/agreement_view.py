"""How far two codings agree, action by action, while they are being made."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QProgressBar,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from hrm_annotator.itemmodels.agreement import AgreementModel, ByValue, Column, reasons_of
from hrm_annotator.language import said, tr, trn
from hrm_annotator.language.words import action_words, listed
from hrm_annotator.operations.reliability import Extent, Measured, Wish
from hrm_annotator.reports.dispute_pane import hidden_words
from hrm_annotator.reports.estimate_cell import EstimateCell
from hrm_annotator.widgets.elided_label import ElidedLabel
from hrm_annotator.widgets.elided_lines import ElidedLines
from hrm_annotator.widgets.spoken import announce
from hrm_core.facs import action
from hrm_core.records.agreement import PairAgreement, Source

__all__ = ["AgreementView"]

_ROW_LINES, _DROPPED_LINES, _MOST_LINES = 4, 2, 5


class AgreementView(QDialog):
    """Two codings to choose above, a table of actions below; it measures nothing itself.

    Parameters
    ----------
    readable : callable
        Makes a sentence one that this coder may read.
    """

    wish_changed = Signal()
    """Other codings, or another extent, are chosen: see :attr:`wish`."""
    intervals_wanted = Signal()
    """Measure with intervals by resampling children."""
    stop_wanted = Signal()
    """Stop what is being measured."""
    disputes_wanted = Signal(str)
    """Show the disputed frames of this action; empty: of all."""
    report_wanted = Signal()
    """Write a report of these two codings."""

    def __init__(self, readable: Callable[[str], str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._readable = readable
        self._measured: Measured | None = None
        self._table_had_keyboard = False
        self.setWindowTitle(tr("Agreement"))
        self.first, self.second, self.extent = QComboBox(), QComboBox(), QComboBox()
        self.model = AgreementModel(self)
        self.sorted = ByValue(self)
        self.sorted.setSourceModel(self.model)
        self.table = _Table()
        self.table.setModel(self.sorted)
        self.table.setItemDelegateForColumn(Column.ICC, EstimateCell(self.table))
        self.summary, self.row_words = _wrapped(), ElidedLines(_ROW_LINES)
        self.averages, self.dropped = _wrapped(), ElidedLines(_DROPPED_LINES)
        self.state = ElidedLabel()
        self.bar = QProgressBar()
        self.stop = QPushButton(tr("&Stop"))
        self.disputes = QPushButton(tr("&Disputed frames"))
        self.intervals = QPushButton(tr("With &intervals by children"))
        self.report = QPushButton(tr("&Report …"))
        self.close_button = QPushButton(tr("Close"))
        self._name_parts()
        self._lay_out()
        self._connect()
        self.show_busy(False)
        self.show_measured(None)
        self.resize(1180, 700)

    # -- what is chosen -------------------------------------------------------------------

    @property
    def wish(self) -> Wish | None:
        """What is chosen; None if there are not two different codings."""
        first, second = self.first.currentData(), self.second.currentData()
        if not isinstance(first, Source) or not isinstance(second, Source) or first == second:
            return None
        extent = self.extent.currentData()
        return Wish(first, second, extent if isinstance(extent, Extent) else Extent())

    @property
    def current(self) -> str | None:
        """Key of the action that the keyboard is on."""
        row = self.model.row_at(self.sorted.mapToSource(self.table.currentIndex()))
        return None if row is None else row.action

    def show_sources(self, sources: Sequence[Source]) -> None:
        """Offer these codings; what was chosen stays chosen."""
        chosen = [box.currentData() for box in (self.first, self.second)]
        for place, box in enumerate((self.first, self.second)):
            box.blockSignals(True)
            box.clear()
            for source in sources:
                box.addItem(self._readable(source.label), source)
            kept = list(sources).index(chosen[place]) if chosen[place] in sources else place
            box.setCurrentIndex(min(kept, len(sources) - 1))
            box.blockSignals(False)
        if self.wish is None:
            self.show_problem(
                tr("Two codings are needed to compare: so far there is only one, or the same twice.")
            )

    def show_extents(self, extents: Sequence[tuple[str, Extent]]) -> None:
        """Offer these extents, the first one chosen unless the same kind was chosen before."""
        chosen = max(self.extent.currentIndex(), 0)
        fits = self.extent.count() == len(extents)
        self.extent.blockSignals(True)
        self.extent.clear()
        for words, extent in extents:
            self.extent.addItem(words, extent)
        self.extent.setCurrentIndex(chosen if fits else 0)
        self.extent.blockSignals(False)

    # -- what is shown ----------------------------------------------------------------------

    def show_measured(self, measured: Measured | None, *, by_children: bool = False) -> None:
        """Show numbers, the chosen action still chosen; None shows none."""
        self._measured = measured
        key = self.current
        agreement = None if measured is None else measured.agreement
        self.model.show(agreement, by_children=by_children)
        appears = agreement is not None and self.table.isHidden()
        if agreement is None and self.table.hasFocus():
            # Left to itself, the keyboard goes on to the button that closes all this.
            self.second.setFocus()
            self._table_had_keyboard = True
        self.table.setVisible(agreement is not None)
        # A table that is not there yet cannot have the keyboard, and a dialog gives it to a button then.
        waiting = self._table_had_keyboard and self.focusWidget() is self.second
        if appears and (waiting or self.focusWidget() in (None, self.first, self.close_button)):
            self.table.setFocus()
        if appears:
            self._table_had_keyboard = False
        for part in (self.row_words, self.averages, self.dropped):
            part.setVisible(agreement is not None)
        self.disputes.setEnabled(agreement is not None)
        self.intervals.setEnabled(agreement is not None)
        self.report.setEnabled(agreement is not None)
        if measured is not None:
            lines = _summary(measured)
            more = [tr("… and {count} more: hold the mouse here.", count=len(lines) - _MOST_LINES)]
            self.summary.setText("\n".join([*lines[:_MOST_LINES], *(more if lines[_MOST_LINES:] else [])]))
            self.summary.setToolTip("\n".join(lines[_MOST_LINES:]))
            if agreement is None:
                announce(self.summary, self.summary.text())
        if agreement is not None:
            self.averages.setText(_averages(agreement))
            self.dropped.set_text(_dropped(agreement))
            self._choose(key)
        self._show_row()

    def show_problem(self, words: str) -> None:
        """Say why there are no numbers."""
        self.show_measured(None)
        self.summary.setText(words)
        announce(self.summary, words)

    def show_busy(self, busy: bool, *, resampling: bool = False) -> None:
        """Whether something is being measured; resampling can be stopped."""
        self.state.setText(tr("Measuring …") if busy else "")
        for part in (self.bar, self.stop):
            part.setVisible(busy and resampling)
        self.bar.setRange(0, 0)

    def show_progress(self, done: int, total: int) -> None:
        """How far the resampling is."""
        self.bar.setRange(0, total)
        self.bar.setValue(done)

    def _choose(self, key: str | None) -> None:
        place = None if key is None else self.model.place_of(key)
        index = self.sorted.mapFromSource(self.model.index(0 if place is None else place, 0))
        self.table.setCurrentIndex(index)

    def _show_row(self) -> None:
        row = self.model.row_at(self.sorted.mapToSource(self.table.currentIndex()))
        if row is None:
            self.row_words.set_text("")
            return
        icc = self.model.icc_of(row)
        lines = reasons_of(row, icc)
        if not row.why and icc.low is not None:
            lines.append(
                tr("Interval of ICC(3,1): by resampling children.")
                if self.model.by_children
                else tr("Interval of ICC(3,1): classical, which takes frames for independent.")
            )
        name = action_words(action(row.action))
        self.row_words.set_text(tr("{action}: {words}", action=name, words=" ".join(lines)))

    # -- parts ------------------------------------------------------------------------------

    def _name_parts(self) -> None:
        for part, words in (
            (self.first, tr("First coding: the reference")),
            (self.second, tr("Second coding")),
            (self.extent, tr("Which recordings")),
            (self.table, tr("Agreement by action")),
            (self.row_words, tr("About the chosen action")),
            (self.dropped, tr("What is not compared")),
            (self.bar, tr("How far the resampling is")),
        ):
            part.setAccessibleName(words)
        self.intervals.setToolTip(
            tr("Resamples children 2,000 times: frames of one child are not independent of one another.")
        )

    def _lay_out(self) -> None:
        choices = QHBoxLayout()
        for box in (self.first, self.second, self.extent):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
            box.setMaximumWidth(320)
        versus = QLabel(tr("and"))
        choices.addWidget(self.first)
        choices.addWidget(versus)
        choices.addWidget(self.second)
        choices.addSpacing(16)
        choices.addWidget(self.extent)
        choices.addWidget(self.state, 1)
        work = QHBoxLayout()
        work.addWidget(self.bar, 1)
        work.addWidget(self.stop)
        buttons = QHBoxLayout()
        buttons.addWidget(self.disputes)
        buttons.addWidget(self.intervals)
        buttons.addWidget(self.report)
        buttons.addStretch(1)
        buttons.addWidget(self.close_button)
        for button in (self.disputes, self.intervals, self.report, self.close_button, self.stop):
            button.setAutoDefault(False)
        column = QVBoxLayout(self)
        column.addLayout(choices)
        column.addWidget(self.summary)
        column.addWidget(self.table, 1)
        for part in (self.row_words, self.averages, self.dropped):
            column.addWidget(part)
        column.addLayout(work)
        column.addLayout(buttons)

    def _connect(self) -> None:
        for box in (self.first, self.second, self.extent):
            box.currentIndexChanged.connect(lambda _: self._on_chosen())
        self.table.selectionModel().currentChanged.connect(lambda *_: self._show_row())
        self.table.wanted.connect(self._on_wanted)
        self.disputes.clicked.connect(lambda: self.disputes_wanted.emit(""))
        self.intervals.clicked.connect(self.intervals_wanted)
        self.report.clicked.connect(self.report_wanted)
        self.stop.clicked.connect(self.stop_wanted)
        self.close_button.clicked.connect(self.reject)

    def _on_chosen(self) -> None:
        if self.wish is None:
            self.show_problem(tr("Choose two different codings."))
        self.wish_changed.emit()

    def _on_wanted(self, index: QModelIndex) -> None:
        row = self.model.row_at(self.sorted.mapToSource(index))
        if row is None:
            return
        if not self.model.disputed(row.action):
            self.state.setText(tr("No frame of this action is disputed."))
            announce(self.state, self.state.text())
            return
        self.disputes_wanted.emit(row.action)


class _Table(QTableView):
    """Return and a double click want the disputed frames of a row."""

    wanted = Signal(QModelIndex)

    def __init__(self) -> None:
        super().__init__()
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setTabKeyNavigation(False)
        self.setAlternatingRowColors(True)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setSortingEnabled(True)
        self.sortByColumn(Column.ACTION, Qt.SortOrder.AscendingOrder)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(True)
        self.doubleClicked.connect(self.wanted)
        self._space_rows()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.wanted.emit(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self._space_rows()

    def _space_rows(self) -> None:
        self.verticalHeader().setDefaultSectionSize(round(self.fontMetrics().height() * 1.4))


def _wrapped() -> QLabel:
    label = QLabel()
    label.setWordWrap(True)
    label.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label


def _summary(measured: Measured) -> list[str]:
    agreement = measured.agreement
    if agreement is None:
        return hidden_words(measured.hidden)
    words = trn(
        "{count} frame coded by both, of {recordings} recordings and {children} children.",
        "{count} frames coded by both, of {recordings} recordings and {children} children.",
        agreement.frames,
        recordings=len(agreement.recordings),
        children=agreement.participants,
    )
    index = agreement.facs_index
    if index.value is not None:
        words += " " + tr("FACS agreement index {index}.", index=f"{index.value:.2f}")
    return [words, *(f"▲ {said(entry)}" for entry in agreement.warnings)]


def _averages(agreement: PairAgreement) -> str:
    """Ways to sum ICC(3,1) up, each by its name, and which actions are in none of them."""
    parts = [
        f"{said(one.how)} " + (tr("n/a") if one.value is None else f"{one.value:.2f}")
        for one in agreement.averages
    ]
    if not parts:
        return ""
    first = agreement.averages[0]
    words = trn(
        "ICC(3,1) over {count} action: {averages}.",
        "ICC(3,1) over {count} actions: {averages}.",
        first.actions,
        averages=listed(parts),
    )
    if first.left_out:
        names = [f"{action(key).kind}{action(key).label}" for key in first.left_out]
        words += " " + tr("Without a value: {actions}.", actions=listed(names))
    return words


def _dropped(agreement: PairAgreement) -> str:
    if not agreement.dropped:
        return tr("Nothing that one of them coded was left out.")
    parts = [
        # Two reasons of the same frames must not look like the next frames.
        trn(
            "{count} frame {why}",
            "{count} frames {why}",
            entry.frames,
            why=said(entry.why).replace(tr("; "), tr(", also ")),
        )
        for entry in agreement.dropped
    ]
    return tr("Not compared: {parts}.", parts=tr("; ").join(parts))
