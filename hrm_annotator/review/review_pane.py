"""What to look at in the open recording: findings of the rules, and the coder's own doubts."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QLabel,
    QLineEdit,
    QListView,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from hrm_annotator.itemmodels.to_look_at import Entry, LookKind, ToLookAtModel
from hrm_annotator.language import said, tr
from hrm_annotator.look.theme import alarm_words
from hrm_annotator.review.entry_cell import EntryCell
from hrm_annotator.widgets.elided_label import ElidedLabel
from hrm_annotator.widgets.elided_lines import ElidedLines
from hrm_annotator.widgets.keep_keys import KeepSpace
from hrm_annotator.widgets.spoken import Spoken

__all__ = ["ReviewPane"]

_WHY_LINES = 6
_NO_MODIFIER = Qt.KeyboardModifier.NoModifier
_RETURN = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_MOVES = (
    *(Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown),
    *(Qt.Key.Key_Home, Qt.Key.Key_End),
)


class ReviewPane(QWidget, Spoken):
    """A list with a line that says why, and a button that keeps what is meant.

    It hints and never blocks.  What is done with an entry is left to who made the pane.
    """

    entry_wanted = Signal(object)
    """Show the frames of this :class:`Entry`."""
    keep_wanted = Signal(object, str)
    """Keep the finding of this entry, for this reason."""
    take_back_wanted = Signal(object)
    """Keep the finding of this entry no more."""
    show_kept_changed = Signal(bool)
    """Whether what was kept is shown, too."""
    left = Signal()
    """The coder is done with the list: the keyboard belongs to the pictures."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entries: Sequence[Entry] = ()
        self._failure: str | None = None
        self._pending = True
        self._withheld = False
        self.model = ToLookAtModel(self)
        self._title = ElidedLabel()
        self.kinds = QComboBox()
        self.list = _List()
        self.list.setModel(self.model)
        self.list.setItemDelegate(EntryCell(self.list))
        self._nothing = QLabel()
        self._nothing.setWordWrap(True)
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._why = ElidedLines(_WHY_LINES)
        self.reason = _Reason()
        self.keep = QPushButton()
        self.show_kept = QCheckBox()
        self._lay_out()
        self.show_words()
        self.kinds.currentIndexChanged.connect(self._refresh)
        self.show_kept.toggled.connect(self._on_show_kept)
        self.list.activated.connect(self._on_activated)
        self.list.left.connect(self.left)
        self.list.selectionModel().currentChanged.connect(self._on_current_changed)
        self.keep.clicked.connect(self.keep_current)
        self.reason.returnPressed.connect(self.keep_current)
        self.reason.left.connect(self.list.setFocus)

    # -- what is shown ----------------------------------------------------------------

    @property
    def current(self) -> Entry | None:
        """The chosen entry; None if there is none or the list is withheld."""
        entry = self.list.currentIndex().data(Qt.ItemDataRole.UserRole)
        return entry if isinstance(entry, Entry) else None

    def show_words(self) -> None:
        """Say everything in the language in use."""
        chosen = self.kinds.currentIndex()
        self.kinds.blockSignals(True)
        self.kinds.clear()
        self.kinds.addItem(tr("Everything"), None)
        for kind in LookKind:
            self.kinds.addItem(kind.words, kind)
        self.kinds.setCurrentIndex(max(chosen, 0))
        self.kinds.blockSignals(False)
        self.setAccessibleName(tr("To look at"))
        self.kinds.setAccessibleName(tr("Which kinds are listed"))
        self.kinds.setAccessibleDescription(tr("Which kinds are listed"))
        self.list.setAccessibleName(tr("What to look at"))
        self.reason.setPlaceholderText(tr("Reason (optional)"))
        self.reason.setAccessibleName(tr("Why it is kept (optional)"))
        self._why.setAccessibleName(tr("Why it is listed"))
        self.show_kept.setText(tr("Show kept"))
        self.show_kept.setToolTip(tr("Show what was kept, too"))
        self._refresh()

    def show_entries(
        self, entries: Sequence[Entry], failure: str | None = None, *, is_pending: bool = False
    ) -> None:
        """Show other entries; the chosen one stays chosen if it is still there.

        Parameters
        ----------
        entries : sequence of Entry
            By frame.
        failure : str, optional
            Why there are no findings of the rules.
        is_pending : bool
            Whether nobody has looked yet: then nothing is said of there being nothing.
        """
        now = (tuple(entries), failure, is_pending)
        if now == (self._entries, self._failure, self._pending):
            return
        self._entries, self._failure, self._pending = now
        self._refresh()

    def withhold(self, wanted: bool) -> None:
        """Show nothing, as long as codes are hidden from the coder who checks them."""
        if wanted is not self._withheld:
            self._withheld = wanted
            self._refresh()

    def next_entry(self, frame: int, direction: int) -> Entry | None:
        """The next entry (1) or the one before (-1), seen from the chosen one or a frame.

        Parameters
        ----------
        frame : int
            The frame on the screen.
        direction : {1, -1}
            On or back.
        """
        entries, current = self.model.entries, self.current
        if current is not None and current.first_frame <= frame <= current.last_frame:
            place = self.list.currentIndex().row() + direction
            return entries[place] if 0 <= place < len(entries) else None
        if direction > 0:
            return next((entry for entry in entries if entry.last_frame >= frame), None)
        return next((entry for entry in reversed(entries) if entry.first_frame <= frame), None)

    def choose(self, entry: Entry) -> None:
        """Choose an entry, without asking for its frames."""
        if entry in self.model.entries:
            index = self.model.index(self.model.entries.index(entry))
            self.list.setCurrentIndex(index)
            self.list.scrollTo(index)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.LanguageChange:
            self.show_words()

    # -- what the coder does ----------------------------------------------------------

    def keep_current(self) -> None:
        """Keep the chosen finding for the reason that is written, or keep it no more."""
        entry = self.current
        if entry is None or entry.finding is None:
            return
        if entry.kept is not None:
            self.take_back_wanted.emit(entry)
            return
        self.keep_wanted.emit(entry, self.reason.text().strip())
        self.reason.clear()

    def _on_activated(self, index: QModelIndex) -> None:
        entry = index.data(Qt.ItemDataRole.UserRole)
        if isinstance(entry, Entry):
            self.entry_wanted.emit(entry)

    def _on_show_kept(self, wanted: bool) -> None:
        self.show_kept_changed.emit(wanted)
        self._refresh()

    def _on_current_changed(self, _: QModelIndex, __: QModelIndex) -> None:
        # A reason was written for the finding that is left.
        self.reason.clear()
        self._show_current()

    # -- how it is shown ----------------------------------------------------------------

    def _refresh(self) -> None:
        kind, row, old = self.kinds.currentData(), self.list.currentIndex().row(), self.current
        reason = self.reason.text()
        shown = [
            entry
            for entry in ([] if self._withheld else self._entries)
            if kind in (None, entry.kind) and (entry.kept is None or self.show_kept.isChecked())
        ]
        self.model.show(shown)
        like = [entry for entry in shown if old is not None and entry.is_like(old)]
        if like:
            self.choose(like[0])
            self.reason.setText(reason)
        elif old is not None and shown:
            # What was chosen is done: the one behind it takes its place.
            self.choose(shown[min(row, len(shown) - 1)])
        self._say_how_many(len(shown))
        self._show_current()

    def _say_how_many(self, count: int) -> None:
        title = tr("To look at: {count}", count=count) if count else tr("To look at")
        self._title.setText(title)
        words = ""
        if self._withheld:
            words = tr("Hidden as long as the codes are.")
        elif self._failure is not None:
            words = said(self._failure)
        elif not count and not self._pending:
            words = tr("Nothing: no rule points at these codes, and nothing is doubtful.")
        colour = alarm_words(self.palette()) if self._failure and not self._withheld else ""
        self._nothing.setStyleSheet(f"color: {colour}" if colour else "")
        self._nothing.setText(words)
        self._nothing.setToolTip(words)
        self._nothing.setVisible(bool(words))
        self.list.setVisible(count > 0)

    def _show_current(self) -> None:
        entry = self.current
        self._why.set_text("" if entry is None else " ".join(filter(None, (entry.words, entry.why))))
        is_finding = entry is not None and entry.finding is not None
        kept = entry is not None and entry.kept is not None
        self.keep.setText(tr("Take back") if kept else tr("Keep anyway"))
        self.keep.setEnabled(is_finding)
        # Nothing asks for words as long as there is nothing to keep.
        self.reason.setVisible(is_finding and not kept)

    def _lay_out(self) -> None:
        font = self._title.font()
        font.setBold(True)
        self._title.setFont(font)
        self.kinds.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.kinds.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.kinds.setMinimumContentsLength(9)
        for button in (self.keep, self.show_kept):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            KeepSpace(button)
        grid = QGridLayout()
        grid.addWidget(self._title, 0, 0)
        grid.addWidget(self.kinds, 0, 1)
        grid.setColumnStretch(0, 1)
        below = QGridLayout()
        below.setColumnStretch(0, 1)
        below.addWidget(self.reason, 0, 0)
        below.addWidget(self.keep, 0, 1)
        below.addWidget(self.show_kept, 1, 0, 1, 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 4, 8, 8)
        column.setSpacing(4)
        column.addLayout(grid)
        column.addWidget(self._nothing, 1)
        column.addWidget(self.list, 1)
        column.addWidget(self._why)
        column.addLayout(below)


class _List(QListView):
    """Keeps the keys that move in it, which are keys of the window elsewhere."""

    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setUniformItemSizes(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabKeyNavigation(False)
        self.setMinimumHeight(56)

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            keys = (*_MOVES, *_RETURN, Qt.Key.Key_Escape)
            if event.key() in keys and event.modifiers() in (
                _NO_MODIFIER,
                Qt.KeyboardModifier.KeypadModifier,
            ):
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _RETURN:
            # Not everywhere does Return activate by itself.
            self.activated.emit(self.currentIndex())
        elif event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def keyboardSearch(self, search: str) -> None:
        """Letters are codes, not beginnings of words."""


class _Reason(QLineEdit):
    """Return keeps the finding, Escape drops what is written; neither reaches the window."""

    left = Signal()

    def event(self, event: QEvent) -> bool:
        override = event.type() is QEvent.Type.ShortcutOverride
        if override and isinstance(event, QKeyEvent) and event.key() in (*_RETURN, Qt.Key.Key_Escape):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.clear()
            self.left.emit()
            return
        super().keyPressEvent(event)
        if event.key() in _RETURN:
            event.accept()
            self.left.emit()
