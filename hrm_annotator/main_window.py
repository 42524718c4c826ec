"""Lays panes out, nothing more."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QMainWindow,
    QMenu,
    QPushButton,
    QScrollArea,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from hrm_annotator.actions.menus import MENUS, SubMenu
from hrm_annotator.actions.table import COMMANDS, ActionId, make_actions
from hrm_annotator.coding.coding_pane import CodingPane
from hrm_annotator.language import tr
from hrm_annotator.navigator.study_tree import StudyTree
from hrm_annotator.player.player_pane import PlayerPane
from hrm_annotator.reports.dispute_pane import DisputePane
from hrm_annotator.review.check_pane import CheckPane
from hrm_annotator.review.review_pane import ReviewPane
from hrm_annotator.session import Session
from hrm_annotator.start.start_page import StartPage
from hrm_annotator.timeline.timeline_pane import TimelinePane
from hrm_annotator.widgets.elided_label import ElidedLabel
from hrm_annotator.widgets.notice_bar import NoticeBar
from hrm_annotator.widgets.save_state import FailureBanner, SaveState
from hrm_annotator.widgets.spoken import announce

__all__ = ["MainWindow"]

_TITLE = "HRM Annotator"
_READABLE_S = 3.0
_BUTTONS = (
    ActionId.FIRST_FRAME,
    ActionId.PREVIOUS_FRAME,
    ActionId.PLAY_BACK,
    ActionId.PLAY,
    ActionId.NEXT_FRAME,
    ActionId.LAST_FRAME,
)


class MainWindow(QMainWindow):
    """Start page, or tree, pictures and code panel; a status bar that tells about the disk.

    Parameters
    ----------
    session : Session
        What is open.
    """

    side_shown = Signal(object)
    """This pane stands in the place of the codes now; None: the codes."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.setWindowTitle(_TITLE)
        self.resize(1280, 800)
        self.actions_by_id = make_actions(self)
        self.start_page = StartPage()
        self.tree = StudyTree(session)
        self.review = ReviewPane()
        self.player = PlayerPane(session)
        self.player.add_buttons([self.actions_by_id[name] for name in _BUTTONS])
        self.timeline = TimelinePane(session)
        self.coding = CodingPane(session)
        self.check = CheckPane()
        self.disputes = DisputePane()
        self.back_to_check = QPushButton()
        self.banner = FailureBanner()
        self.notice = NoticeBar()
        self.save_state = SaveState()
        self.message = ElidedLabel()
        self._readable_until = 0.0
        self.may_close: Callable[[], bool] = lambda: True
        self._make_menus()
        self._lay_out()
        session.project_changed.connect(self._on_project_changed)
        session.recording_changed.connect(self._enable_actions)
        self._on_project_changed()

    def show_message(self, words: str, *, outlasts_frame: bool = False) -> None:
        """Say something that need not be answered; replaced by the next message.

        What was done shall be read also when the next frame is shown at once.
        """
        self.message.setText(words)
        announce(self.message, words)
        self._readable_until = time.monotonic() + _READABLE_S if outlasts_frame else 0.0

    def keep_message(self) -> None:
        """Leave what was said last readable though another frame is about to be shown."""
        self._readable_until = time.monotonic() + _READABLE_S

    def drop_old_message(self) -> None:
        """Say nothing any more of the frame that was left."""
        if time.monotonic() > self._readable_until:
            self.show_message("")

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.may_close():
            event.accept()
        else:
            event.ignore()

    def _on_project_changed(self) -> None:
        project = self._session.project
        self._stack.setCurrentWidget(self.start_page if project is None else self._workbench)
        name = f"{project.settings.name} – {_TITLE}" if project else _TITLE
        self.setWindowTitle(name)
        self.show_message("")
        self._enable_actions()

    def _enable_actions(self) -> None:
        opened = {"": True, "project": self._session.project is not None}
        opened["recording"] = self._session.recording is not None
        for name, action in self.actions_by_id.items():
            # What needs faces is switched by the wiring that knows of them.
            if COMMANDS[name].needs in opened:
                action.setEnabled(opened[COMMANDS[name].needs])

    def _make_menus(self) -> None:
        for title, entries in MENUS.items():
            self._fill_menu(self.menuBar().addMenu(tr(title)), entries)

    def _fill_menu(self, menu: QMenu, entries: Sequence[str | SubMenu | None]) -> None:
        menu.setToolTipsVisible(True)
        for entry in entries:
            if entry is None:
                menu.addSeparator()
            elif isinstance(entry, SubMenu):
                self._fill_menu(menu.addMenu(tr(entry.title)), entry.names)
            else:
                menu.addAction(self.actions_by_id[entry])

    def show_side(self, pane: QWidget | None) -> None:
        """Show a pane in the place of the codes, or the codes again (None)."""
        self._side.setCurrentIndex(0 if pane is None else self._side.indexOf(pane))
        self.side_shown.emit(pane)

    def _make_side(self, codes: QWidget) -> QWidget:
        """The codes, or what takes their place for a while."""
        self._side = QStackedWidget()
        for pane in (codes, self.check, self.disputes):
            self._side.addWidget(pane)
        self.back_to_check.hide()
        side = QWidget()
        side.setMinimumWidth(400)
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.back_to_check)
        column.addWidget(self._side, 1)
        return side

    def _lay_out(self) -> None:
        codes = QScrollArea()
        codes.setWidget(self.coding)
        codes.setWidgetResizable(True)
        codes.setFrameShape(QScrollArea.Shape.NoFrame)
        codes.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        codes.setMinimumWidth(400)
        codes.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        film = QSplitter(Qt.Orientation.Vertical)
        film.addWidget(self.player)
        film.addWidget(self.timeline)
        film.setCollapsible(0, False)
        film.setStretchFactor(0, 1)
        film.setSizes([560, 230])
        self._workbench = QSplitter(Qt.Orientation.Horizontal)
        self._workbench.setObjectName("workbench")
        self._workbench.setChildrenCollapsible(False)
        for pane, stretch in ((self._left_column(), 0), (film, 1), (self._make_side(codes), 0)):
            self._workbench.addWidget(pane)
            self._workbench.setStretchFactor(self._workbench.count() - 1, stretch)
        self._workbench.setSizes([205, 660, 415])
        self._stack = QStackedWidget()
        self._stack.addWidget(self.start_page)
        self._stack.addWidget(self._workbench)
        central = QWidget()
        column = QVBoxLayout(central)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.banner)
        column.addWidget(self.notice)
        column.addWidget(self._stack, 1)
        self.setCentralWidget(central)
        self.message.setContentsMargins(8, 0, 8, 0)
        self.save_state.setContentsMargins(8, 0, 8, 2)
        self.statusBar().addWidget(self.message, 1)
        self.statusBar().addPermanentWidget(self.save_state)

    def _left_column(self) -> QSplitter:
        """The study, and below it what to look at in the open recording."""
        column = QSplitter(Qt.Orientation.Vertical)
        column.setObjectName("left column")
        column.setChildrenCollapsible(False)
        for pane in (self.tree, self.review):
            column.addWidget(pane)
        column.setStretchFactor(0, 1)
        column.setSizes([420, 300])
        return column
