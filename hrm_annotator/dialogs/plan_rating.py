"""Plan a rating session: what is asked, of whom, about what; beside it, what comes of that."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMessageBox,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QTabWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from hrm_annotator.dialogs.plan_clips import ClipsPage, OrderPage
from hrm_annotator.dialogs.plan_judges import JudgesPage
from hrm_annotator.dialogs.plan_next import PlannedPage
from hrm_annotator.dialogs.plan_outlook import OutlookBox
from hrm_annotator.dialogs.plan_parts import add_row
from hrm_annotator.dialogs.plan_playback import PlaybackPage
from hrm_annotator.dialogs.plan_scale import ScalePage
from hrm_annotator.language import tr
from hrm_annotator.operations.rating_plans import Outlook, PlanWish, StudyForPlan
from hrm_core.records.rating_plan import Presentation, RatingSession

__all__ = ["PlanRatingDialog"]

_QUIET_MS = 300
_SIZE = (980, 620)


class PlanRatingDialog(QDialog):
    """Pages of choices, what they come to, and at last what is to be done next.

    Parameters
    ----------
    study : StudyForPlan
        What a session can be planned from.
    """

    outlook_wanted = Signal(object)
    """Say what this :class:`PlanWish` comes to."""
    plan_wanted = Signal(object)
    """Plan the session of this :class:`PlanWish`."""
    stop_wanted = Signal()
    """Stop planning; nothing of it stays."""

    def __init__(self, study: StudyForPlan, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Plan a rating session"))
        self.name = QLineEdit()
        self.name.setPlaceholderText(tr("Judges see this name"))
        self.judges = JudgesPage(study.people)
        self.clips = ClipsPage(study)
        self.scale = ScalePage()
        self.order = OrderPage()
        self.playback = PlaybackPage(eyes_covered=study.eyes_covered)
        self.tabs = QTabWidget()
        # Its bar takes the keyboard; the pages around it are no control.
        self.tabs.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.tabs.tabBar().setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.tabs.tabBar().setAccessibleName(tr("Pages of the plan"))
        for side, words in (("Left", tr("Pages before")), ("Right", tr("Pages after"))):
            # Qt names them in English, whether they are seen or not.
            button = self.tabs.tabBar().findChild(QToolButton, f"Scroll{side}Button")
            if button is not None:
                button.setAccessibleName(words)
        self.outlook = OutlookBox()
        self.words = QLabel()
        self.words.setWordWrap(True)
        self.bar = QProgressBar()
        self.bar.setAccessibleName(tr("How far the clips are prepared"))
        self.planned = PlannedPage()
        self.plan_button, self.stop_button = QPushButton(tr("&Plan session")), QPushButton(tr("S&top"))
        self.close_button = QPushButton(tr("Close"))
        self._pages = QStackedWidget()
        self._busy, self._can = False, False
        self._quiet = QTimer(self)
        self._quiet.setSingleShot(True)
        self._quiet.setInterval(_QUIET_MS)
        self._quiet.timeout.connect(lambda: self.outlook_wanted.emit(self.wish))
        self._lay_out()
        self._connect()
        self.judges.show_children(self.clips.concerned)
        self.show_busy(False)
        self.resize(*_SIZE)
        self._at_first = self.wish

    @property
    def wish(self) -> PlanWish:
        """What is chosen now."""
        presentation = Presentation(
            question=self.scale.question,
            question_translations=self.scale.question_translations,
            scale=self.scale.scale,
            speed=round(self.playback.speed.value(), 2),
            max_replays=self.playback.max_replays,
            least_watch_s=self.playback.least_watch_s,
            scrubbing=self.playback.scrubbing.isChecked(),
            sound=self.playback.sound.isChecked(),
            eyes_covered=self.playback.eyes.isChecked(),
            break_every=self.order.break_every.value(),
        )
        return PlanWish(
            name=" ".join(self.name.text().split()),
            judges=self.judges.judges,
            children=self.clips.children_chosen,
            presentation=presentation,
            practice=self.order.practice.value(),
            repeats=self.order.repeats.value(),
            attention_checks=self.order.checks.value(),
            order=self.order.order.currentData(),
            seed=self.order.seed.value(),
            grey=self.playback.eyes.isChecked() and self.playback.grey.isChecked(),
        )

    @property
    def is_planned(self) -> bool:
        """Whether the session was planned, and only what to do next is shown."""
        return self._pages.currentIndex() == 1

    # -- what is told ---------------------------------------------------------------------------

    def show_outlook(self, outlook: Outlook) -> None:
        """Show what the wish comes to; it can be planned if no problem is among it."""
        self.outlook.show_outlook(outlook)
        self._can = not outlook.problems
        self._enable()

    def show_busy(self, busy: bool) -> None:
        """Whether the session is being planned."""
        self._busy = busy
        self.bar.setVisible(busy)
        self.stop_button.setVisible(busy)
        self.bar.setRange(0, 0)
        for part in (self.name, self.tabs):
            part.setEnabled(not busy)
        if busy:
            self.words.setText(tr("Preparing the clips: each is written once as a film of its own …"))
            self.stop_button.setFocus()
        self._enable()

    def show_progress(self, done: int, total: int) -> None:
        """How far it is."""
        self.bar.setRange(0, total)
        self.bar.setValue(done)

    def show_words(self, words: str) -> None:
        """Say why it was not planned."""
        self.words.setText(words)

    def show_planned(self, session: RatingSession, command: str) -> None:
        """Say what is to be done next.

        Parameters
        ----------
        session : RatingSession
            What was planned.
        command : str
            What opens the judge's window from a command line.
        """
        self.planned.show_session(session, command)
        self.words.clear()
        self._pages.setCurrentIndex(1)
        self._enable()
        self.close_button.setFocus()

    # -- parts ----------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        for page, words in (
            (self.judges, tr("&Judges")),
            (self.clips, tr("C&lips")),
            (self.scale, tr("&Question and scale")),
            (self.order, tr("&Order and extras")),
            (self.playback, tr("Play&back")),
        ):
            self.tabs.addTab(page, words)
        top = QFormLayout()
        add_row(top, tr("&Name"), self.name)
        left = QVBoxLayout()
        left.addLayout(top)
        left.addWidget(self.tabs, 1)
        choices = QWidget()
        row = QHBoxLayout(choices)
        row.setContentsMargins(0, 0, 0, 0)
        row.addLayout(left, 3)
        row.addWidget(self.outlook, 2)
        self._pages.addWidget(choices)
        self._pages.addWidget(self.planned)
        buttons = QDialogButtonBox()
        for button in (self.plan_button, self.stop_button):
            buttons.addButton(button, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.addButton(self.close_button, QDialogButtonBox.ButtonRole.RejectRole)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(self._pages, 1)
        column.addWidget(self.words)
        column.addWidget(self.bar)
        column.addWidget(buttons)
        for button in self.findChildren(QPushButton):
            # Return in a field must neither plan nor close.
            button.setAutoDefault(False)

    def _connect(self) -> None:
        self.name.textChanged.connect(self._on_changed)
        for page in (self.judges, self.clips, self.scale, self.order, self.playback):
            page.changed.connect(self._on_changed)
        self.clips.changed.connect(lambda: self.judges.show_children(self.clips.concerned))
        self.plan_button.clicked.connect(lambda: self.plan_wanted.emit(self.wish))
        self.stop_button.clicked.connect(self.stop_wanted)

    def _on_changed(self) -> None:
        # What stands beside the choices is no longer about them.
        self._can = False
        self.words.clear()
        self._enable()
        self._quiet.start()

    def _enable(self) -> None:
        self.plan_button.setVisible(not self.is_planned)
        self.plan_button.setEnabled(self._can and not self._busy)
        self.close_button.setEnabled(not self._busy)

    # -- keys -----------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        focused = self.focusWidget()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(focused, QPushButton):
            focused.click()
            return
        super().keyPressEvent(event)

    def reject(self) -> None:
        """Close; while clips are prepared, stop that first, and drop no plan unasked."""
        if self._busy:
            self.stop_wanted.emit()
        elif self.is_planned or (self.wish == self._at_first and not self.judges.is_typing):
            super().reject()
        else:
            self._ask_whether_to_drop()

    def _ask_whether_to_drop(self) -> None:
        box = QMessageBox(self)
        box.setIcon(QMessageBox.Icon.Question)
        box.setText(tr("Close without planning the session?"))
        box.setInformativeText(tr("What was entered here is kept nowhere."))
        stay = box.addButton(tr("Stay"), QMessageBox.ButtonRole.RejectRole)
        drop = box.addButton(tr("Close without planning"), QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(stay)
        box.setEscapeButton(stay)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        drop.clicked.connect(lambda: self.done(QDialog.DialogCode.Rejected))
        box.open()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._busy:
            self.stop_wanted.emit()
            event.ignore()
            return
        super().closeEvent(event)
