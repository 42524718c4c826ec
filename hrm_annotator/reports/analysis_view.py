"""What differs between two groups: p over children first, p over frames beside it and why not to trust it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractTableModel, QEvent, QModelIndex, QSortFilterProxyModel, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QMenu,
    QProgressBar,
    QPushButton,
    QTableView,
    QTabWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from hrm_annotator.itemmodels.differences import (
    EXPRESSION_WORDS,
    SORT,
    DifferencesModel,
    action_name,
    row_lines,
)
from hrm_annotator.itemmodels.top_combinations import CombinationsModel
from hrm_annotator.language import said, tr, trn
from hrm_annotator.language.words import listed
from hrm_annotator.operations.group_analysis import Analysable, AnalysisWish
from hrm_annotator.widgets.elided_lines import ElidedLines
from hrm_annotator.widgets.spoken import announce
from hrm_core.records.analysis_results import AnalysisOptions, AnalysisReport
from hrm_core.records.coded_frames import EXPRESSIONS

__all__ = ["AnalysisView"]

_ROW_LINES, _MOST_WARNINGS = 6, 3
_USUAL = AnalysisOptions(("", "")).expressions
"""Those of commands, too; first in the menu, so that both give one report."""


class AnalysisView(QDialog):
    """Coder, groups and expressions to choose above, tables below; it analyses nothing itself.

    Attributes
    ----------
    report : AnalysisReport or None
        What is shown; None as long as nothing was analysed as it is chosen now.
    """

    analysis_wanted = Signal(object)
    """Analyse this: an :class:`AnalysisWish`."""
    stop_wanted = Signal()
    """Stop what is being analysed."""
    report_wanted = Signal()
    """Write a report of what is shown."""
    example_wanted = Signal(object)
    """Go to this :class:`ExampleFrame`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.report: AnalysisReport | None = None
        self._busy = False
        self.setWindowTitle(tr("Groups compared"))
        self.coder, self.first, self.second = QComboBox(), QComboBox(), QComboBox()
        self.expressions = QToolButton()
        self.analyse = QPushButton(tr("&Analyse"))
        self.summary, self.trust = _wrapped(), _wrapped()
        self.shown = QComboBox()
        self.model, self.combinations = DifferencesModel(self), CombinationsModel(self)
        self.differences_table, self.combinations_table = _Table(self.model), _Table(self.combinations)
        self.row_words, self.spread = ElidedLines(_ROW_LINES), _wrapped()
        self.tabs = self._make_tabs()
        self.state, self.bar = QLabel(), QProgressBar()
        self.stop = QPushButton(tr("&Stop"))
        self.write = QPushButton(tr("&Report …"))
        self.close_button = QPushButton(tr("Close"))
        self._make_expressions()
        self._name_parts()
        self._lay_out()
        self._connect()
        self.show_busy(False)
        self.show_report(None)
        self.show_choices(Analysable())
        self.resize(1120, 700)

    # -- what is chosen -------------------------------------------------------------------

    @property
    def wish(self) -> AnalysisWish | None:
        """What is chosen; None if there is nobody to choose, or not two different groups."""
        coder, groups = self.coder.currentText(), (self.first.currentText(), self.second.currentText())
        if not coder or not all(groups) or groups[0] == groups[1]:
            return None
        return AnalysisWish(coder, AnalysisOptions(groups, self._chosen_expressions()))

    def show_choices(self, found: Analysable) -> None:
        """Offer these coders and groups; what was chosen stays chosen."""
        for box, names, place in (
            (self.coder, found.coders, 0),
            (self.first, found.groups, 0),
            (self.second, found.groups, 1),
        ):
            before = box.currentText()
            box.blockSignals(True)
            box.clear()
            box.addItems(list(names))
            box.setCurrentIndex(names.index(before) if before in names else min(place, len(names) - 1))
            box.blockSignals(False)
        if self.report is None:
            self._show_what_to_do()
        self._enable()

    def _chosen_expressions(self) -> tuple[str, ...]:
        actions = self.expressions.menu().actions()
        return tuple(action.data() for action in actions if action.isChecked())

    def _on_chosen(self) -> None:
        """Numbers never stand beside choices that they were not made with."""
        self.show_report(None)
        self._show_what_to_do()

    def _show_what_to_do(self) -> None:
        if not self.coder.count():
            words = tr("Nobody has coded a frame of this study yet.")
        elif self.first.count() < 2:
            words = tr("The study has fewer than two groups to compare.")
        elif self.wish is None:
            words = tr("Choose two different groups.")
        else:
            words = tr("Choose whose codes, which groups and expressions, then Analyse.")
        self.summary.setText(words)

    # -- what is shown ----------------------------------------------------------------------

    def show_report(self, report: AnalysisReport | None) -> None:
        """Show what was found, the chosen action still chosen; None shows nothing."""
        self.report = report
        self.shown.blockSignals(True)
        before = self.shown.currentData()
        self.shown.clear()
        for name in ("", *(() if report is None else report.options.expressions)):
            self.shown.addItem(tr(EXPRESSION_WORDS[name]), name)
        self.shown.setCurrentIndex(max(self.shown.findData(before), 0))
        self.shown.blockSignals(False)
        for part in (self.tabs, self.trust, self.shown, self._shown_label):
            part.setVisible(report is not None)
        self._show_expression()
        self._enable()
        if report is not None:
            self.differences_table.setFocus()

    def show_problem(self, words: str) -> None:
        """Say why there is nothing to show."""
        self.show_report(None)
        self.summary.setText(words)
        announce(self.summary, words)

    def show_busy(self, busy: bool) -> None:
        """Whether groups are being compared."""
        had_keyboard = self.focusWidget()
        self._busy = busy
        self.state.setText(tr("Analysing …") if busy else "")
        for part in (self.bar, self.stop):
            part.setVisible(busy)
        self.bar.setRange(0, 0)
        self._enable()
        # Left to itself, the keyboard goes on to the button that closes all this.
        if busy and had_keyboard is self.analyse:
            self.stop.setFocus()
        elif not busy and had_keyboard is self.stop:
            self.analyse.setFocus()

    def show_progress(self, done: int, total: int) -> None:
        """How far the present step is."""
        self.bar.setRange(0, total)
        self.bar.setValue(done)

    def _show_expression(self) -> None:
        report, expression = self.report, self.shown.currentData() or ""
        key = self._current_action()
        self.model.show(report, expression)
        self.combinations.show(report, expression)
        if report is None:
            self.row_words.set_text("")
            return
        place = self.model.place_of(key) or 0
        table = self.differences_table
        table.setCurrentIndex(table.proxy.mapFromSource(self.model.index(place, 0)))
        self.combinations_table.setCurrentIndex(self.combinations_table.proxy.index(0, 0))
        warnings = [f"▲ {said(entry)}" for entry in report.warnings]
        more = warnings[_MOST_WARNINGS:]
        if more:
            warnings[_MOST_WARNINGS:] = [tr("… and {count} more: hold the mouse here.", count=len(more))]
        words = "\n".join([_units(report, expression), *warnings])
        self.summary.setText(words)
        self.summary.setToolTip("\n".join(more))
        announce(self.summary, words)
        self.spread.setText(_spread(report, expression))
        self._show_row()

    def _current_action(self) -> str | None:
        row = self.model.row_at(self.differences_table.current)
        return None if row is None else row.children.action

    def _show_row(self) -> None:
        row = self.model.row_at(self.differences_table.current)
        if row is None:
            self.row_words.set_text("")
            return
        words = " ".join(row_lines(row, self.model.groups))
        name = action_name(row.children.action)
        self.row_words.set_text(tr("{action}: {words}", action=name, words=words))

    def _enable(self) -> None:
        choices = (self.coder, self.first, self.second, self.expressions)
        for part in choices:
            part.setEnabled(not self._busy)
        self.analyse.setEnabled(not self._busy and self.wish is not None)
        self.write.setEnabled(not self._busy and self.report is not None)

    # -- parts ------------------------------------------------------------------------------

    def _make_tabs(self) -> QTabWidget:
        tabs = QTabWidget()
        # Its bar takes the keyboard; the pages around it are no control.
        tabs.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        tabs.tabBar().setFocusPolicy(Qt.FocusPolicy.TabFocus)
        tabs.tabBar().setAccessibleName(tr("Pages of the comparison"))
        for side, words in (("Left", tr("Pages before")), ("Right", tr("Pages after"))):
            # Qt names them in English, whether they are seen or not.
            button = tabs.tabBar().findChild(QToolButton, f"Scroll{side}Button")
            if button is not None:
                button.setAccessibleName(words)
        return tabs

    def _make_expressions(self) -> None:
        menu = QMenu(self.expressions)
        for name in dict.fromkeys((*_USUAL, *EXPRESSIONS)):
            action = QAction(tr(EXPRESSION_WORDS[name]), menu)
            action.setData(name)
            action.setCheckable(True)
            action.setChecked(name in _USUAL)
            action.toggled.connect(lambda _: self._on_expressions_chosen())
            menu.addAction(action)
        self.expressions.setMenu(menu)
        self.expressions.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.expressions.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._say_expressions()

    def _say_expressions(self) -> None:
        chosen = [tr(EXPRESSION_WORDS[name]) for name in self._chosen_expressions()]
        self.expressions.setText(
            trn("{count} e&xpression", "{count} e&xpressions", len(chosen))
            if chosen
            else tr("No e&xpression")
        )
        words = listed(chosen) if chosen else tr("All frames together only")
        self.expressions.setToolTip(words)
        self.expressions.setAccessibleDescription(words)

    def _on_expressions_chosen(self) -> None:
        self._say_expressions()
        self._on_chosen()

    def _name_parts(self) -> None:
        for part, words in (
            (self.coder, tr("Whose codes")),
            (self.first, tr("First group")),
            (self.second, tr("Second group: what is subtracted")),
            (self.expressions, tr("Expressions compared beside all frames")),
            (self.shown, tr("Frames shown in the tables")),
            (self.differences_table, tr("Differences by action")),
            (self.combinations_table, tr("Most frequent combinations")),
            (self.row_words, tr("About the chosen action")),
            (self.bar, tr("How far the analysis is")),
        ):
            part.setAccessibleName(words)
        self.trust.setText(
            tr(
                "Trust p over children. Frames of one child resemble one another; p over frames, in "
                "brackets, takes each of them for a child of its own and finds differences where there "
                "are none."
            )
        )

    def _lay_out(self) -> None:
        choices = QHBoxLayout()
        for words, box in ((tr("Co&der"), self.coder), (tr("&Groups"), self.first), (tr("and"), self.second)):
            label = QLabel(words)
            label.setBuddy(box)
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
            box.setMaximumWidth(260)
            choices.addWidget(label)
            choices.addWidget(box)
        choices.addWidget(self.expressions)
        choices.addWidget(self.analyse)
        choices.addStretch(1)
        self._shown_label = QLabel(tr("S&how"))
        self._shown_label.setBuddy(self.shown)
        self.shown.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        choices.addWidget(self._shown_label)
        choices.addWidget(self.shown)
        for words, parts in (
            (tr("D&ifferences"), (self.trust, self.differences_table, self.row_words)),
            (tr("&Combinations"), (self.spread, self.combinations_table)),
        ):
            self.tabs.addTab(_column(parts), words)
        work = QHBoxLayout()
        work.addWidget(self.state)
        work.addWidget(self.bar, 1)
        work.addWidget(self.stop)
        buttons = QHBoxLayout()
        buttons.addWidget(self.write)
        buttons.addStretch(1)
        buttons.addWidget(self.close_button)
        for button in (self.analyse, self.write, self.stop, self.close_button):
            button.setAutoDefault(False)
        column = QVBoxLayout(self)
        column.addLayout(choices)
        column.addWidget(self.summary)
        # The tables' room stays empty while there are none: nothing jumps when they come.
        room = QGridLayout()
        room.addWidget(self.tabs, 0, 0)
        room.setRowStretch(0, 1)
        column.addLayout(room, 1)
        column.addLayout(work)
        column.addLayout(buttons)

    def _connect(self) -> None:
        for box in (self.coder, self.first, self.second):
            box.currentIndexChanged.connect(lambda _: self._on_chosen())
        self.shown.currentIndexChanged.connect(lambda _: self._show_expression())
        self.differences_table.selectionModel().currentChanged.connect(lambda *_: self._show_row())
        self.combinations_table.wanted.connect(self._on_combination_wanted)
        self.analyse.clicked.connect(lambda: self.analysis_wanted.emit(self.wish))
        self.stop.clicked.connect(self.stop_wanted)
        self.write.clicked.connect(self.report_wanted)
        self.close_button.clicked.connect(self.reject)

    def _on_combination_wanted(self, index: QModelIndex) -> None:
        row = self.combinations.row_at(index)
        if row is not None and row.examples:
            self.example_wanted.emit(row.examples[0])


class _Table(QTableView):
    """Rows to choose, sorted by value; Return and a double click want one of them."""

    wanted = Signal(QModelIndex)
    """The row of the model."""

    def __init__(self, model: QAbstractTableModel) -> None:
        super().__init__()
        self.proxy = QSortFilterProxyModel(self)
        self.proxy.setSortRole(SORT)
        self.proxy.setSourceModel(model)
        self.setModel(self.proxy)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setTabKeyNavigation(False)
        self.setAlternatingRowColors(True)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setSortingEnabled(True)
        self.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        self.verticalHeader().hide()
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.horizontalHeader().setStretchLastSection(True)
        self.doubleClicked.connect(lambda index: self.wanted.emit(self.proxy.mapToSource(index)))
        self._space_rows()

    @property
    def current(self) -> QModelIndex:
        """The row of the model that the keyboard is on."""
        return self.proxy.mapToSource(self.currentIndex())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.wanted.emit(self.current)
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self._space_rows()

    def _space_rows(self) -> None:
        self.verticalHeader().setDefaultSectionSize(round(self.fontMetrics().height() * 1.4))


def _column(parts: Sequence[QWidget]) -> QWidget:
    page = QWidget()
    column = QVBoxLayout(page)
    for part in parts:
        column.addWidget(part, 1 if isinstance(part, QTableView) else 0)
    return page


def _wrapped() -> QLabel:
    label = QLabel()
    label.setWordWrap(True)
    label.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label


def _units(report: AnalysisReport, expression: str) -> str:
    """How much of both groups was analysed."""
    parts = [
        trn(
            "{group}: {frames} frames of {count} child",
            "{group}: {frames} frames of {count} children",
            unit.children,
            group=unit.group,
            frames=f"{unit.frames:,}",
        )
        for unit in report.units
        if unit.expression == expression
    ]
    words = tr("Codes of {coder}.", coder=report.coder)
    return f"{words} {tr('; ').join(parts)}{tr('.')}" if parts else words


def _spread(report: AnalysisReport, expression: str) -> str:
    """How many different combinations each group shows, at equal numbers of frames too."""
    found = report.combinations
    equal = {row.group: row for row in found.rarefaction if row.expression == expression}
    lines = []
    for row in found.entropy:
        if row.expression != expression:
            continue
        words = trn(
            "{group}: {count} combination in {frames} frames",
            "{group}: {count} combinations in {frames} frames",
            row.unique,
            group=row.group,
            frames=f"{row.frames:,}",
        )
        same = equal.get(row.group)
        if same is not None and same.unique.value is not None:
            words += tr(
                ", {expected} expected in {at} frames",
                expected=f"{same.unique.value:.1f}",
                at=f"{same.at:,}",
            )
        if row.mean_complexity.value is not None:
            words += tr("; {actions} actions per frame", actions=f"{row.mean_complexity.value:.2f}")
        lines.append(words + tr("."))
    return "\n".join(lines) or tr("No combination was found in these frames.")
