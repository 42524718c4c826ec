"""Reads typed keys before any widget or shortcut of Qt sees them."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QKeySequenceEdit,
    QLineEdit,
    QMenuBar,
    QWidget,
)

from hrm_annotator.actions.assist_commands import ASSIST_COMMANDS
from hrm_annotator.actions.bindings import Bindings
from hrm_annotator.actions.clip_commands import CLIP_COMMANDS
from hrm_annotator.actions.face_commands import FACE_COMMANDS
from hrm_annotator.actions.ids import ActionId
from hrm_annotator.actions.profiles import Profile
from hrm_annotator.actions.run_commands import RUN_COMMANDS
from hrm_annotator.actions.strokes import MODIFIERS, SEPARATOR, is_typed, strokes_of
from hrm_annotator.actions.table import COMMANDS, why_off
from hrm_annotator.actions.typed import Reading, TypedKeys
from hrm_annotator.main_window import MainWindow
from hrm_annotator.player.frame_window import FRAME_WINDOW
from hrm_annotator.session import Session

__all__ = ["KeyReader"]

_TEXT_FIELDS = (QLineEdit, QAbstractSpinBox, QComboBox, QKeySequenceEdit)
_FINISHING = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_DROPPING = (Qt.Key.Key_Backspace, Qt.Key.Key_Escape)
# A field for text has no use for some of these, and Qt would give them to the window: they change codes.
_NOT_FROM_FIELDS = (ActionId.NOT_CODABLE, *RUN_COMMANDS, *CLIP_COMMANDS, *FACE_COMMANDS, *ASSIST_COMMANDS)
_COMMANDING = (
    Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier
)


class KeyReader(QObject):
    """Event filter of the program: turns strokes into commands of the bindings.

    Qt's shortcuts know printable keys by their symbol only and cannot wait for a second
    digit, so these keys are read here; arrows, function keys and Control with letters stay
    shortcuts.  Nothing is read while the keyboard is in a field for text, in a menu, in a
    dialog or in another window.

    Attributes
    ----------
    held : bool
        Whether the key pressed last is a repeat of one that is held down.
    """

    waiting_changed = Signal(str)
    """What is typed and not settled yet changed; empty if nothing waits."""

    def __init__(self, window: MainWindow, session: Session) -> None:
        super().__init__(window)
        self._window, self._session = window, session
        self.held = False
        self._profile = Profile.FACE_MAP
        self._typed = TypedKeys({})
        self._lost = ""
        self.use(Bindings())
        session.frame_leaving.connect(self._on_frame_leaving)
        app = QApplication.instance()
        if app is not None:
            app.installEventFilter(self)

    def stop(self) -> None:
        """Read no more keys."""
        self._typed.drop()
        app = QApplication.instance()
        if app is not None:
            app.removeEventFilter(self)

    def use(self, bindings: Bindings) -> None:
        """Read keys by these bindings from now on."""
        self._profile = bindings.profile
        keys: Mapping[str, tuple[str, ...]] = bindings.all_keys()
        self._typed = TypedKeys(keys)
        self.waiting_changed.emit("")

    def finish(self) -> None:
        """Settle a number that waits for another digit: the coder does something else."""
        self._carry_out(self._typed.finish())

    def tell_lost(self) -> None:
        """Say what was half typed when the frame went away; earlier words would be wiped out."""
        if self._lost:
            words, self._lost = self._lost, ""
            self._session.refused.emit(words)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress) and isinstance(event, QKeyEvent):
            return self._on_key(event, first=kind is QEvent.Type.ShortcutOverride)
        if self._typed.waiting and (
            kind in (QEvent.Type.MouseButtonPress, QEvent.Type.WindowDeactivate)
            or (kind is QEvent.Type.Close and watched is self._window)
        ):
            # What is clicked shall find the number on the frame and action it was typed for.
            self.finish()
        return False

    def _on_key(self, event: QKeyEvent, *, first: bool) -> bool:
        """Whether the key is kept from everybody else.

        Qt asks twice: who wants the key (`first`), and then hands it over.  A shortcut
        acts between the two, so what waits is settled when Qt asks first.
        """
        if first:
            self.held = event.isAutoRepeat()
        if event.key() in MODIFIERS:
            return False
        if not self._listens():
            # Accepted here, the key goes to the field instead of to Qt's shortcuts.
            kept = first and self._changes_codes(event) and _takes_text(QApplication.focusWidget())
            if kept:
                event.accept()
            return kept
        strokes = tuple(filter(is_typed, strokes_of(event, by_place=self._profile.by_place)))
        if not self._wants(event, strokes):
            if self._typed.waiting:
                self.finish()
            return False
        event.accept()
        if not first:
            self._press(event, strokes)
        return True

    def _changes_codes(self, event: QKeyEvent) -> bool:
        keys, actions = QKeySequence(event.keyCombination()), self._window.actions_by_id
        return any(keys in actions[name].shortcuts() for name in _NOT_FROM_FIELDS)

    def _wants(self, event: QKeyEvent, strokes: tuple[str, ...]) -> bool:
        waiting = bool(self._typed.waiting)
        commanding = bool(event.modifiers() & _COMMANDING)
        settles = event.key() in (*_FINISHING, *_DROPPING) or not self._typed.complete
        if waiting and not commanding and settles:
            return True
        if not strokes:
            return False
        if self._is_separator(strokes):
            return True
        if not self._typed.takes(strokes):
            return False
        # The picture asks for a digit wherever the keyboard is: "type its number".
        return waiting or not (_wanted_by(QApplication.focusWidget(), event) or self._picks(event))

    def _picks(self, event: QKeyEvent) -> bool:
        picture = self._window.player.current
        return picture.tool is not None and _wanted_by(picture, event)

    def _press(self, event: QKeyEvent, strokes: tuple[str, ...]) -> None:
        if event.isAutoRepeat():
            name = None if self._typed.waiting else self._typed.single(strokes)
            if name is not None and COMMANDS[name].repeats:
                self._carry_out(Reading((name,)))
        elif self._typed.waiting and event.key() in _DROPPING:
            self._typed.drop()
            self._carry_out(Reading())
        elif self._typed.waiting and (not strokes or self._is_separator(strokes)):
            self.finish()
        elif strokes and not self._is_separator(strokes):
            self._carry_out(self._typed.read(strokes))

    def _is_separator(self, strokes: tuple[str, ...]) -> bool:
        return self._profile is Profile.FACS_NUMBERS and SEPARATOR in strokes[:1]

    def _carry_out(self, reading: Reading) -> None:
        waiting = self._typed.waiting
        self.waiting_changed.emit(f"{waiting}…" if waiting else "")
        for name in reading.commands:
            action = self._window.actions_by_id[name]
            if words := why_off(name, action):
                self._session.refused.emit(f"{COMMANDS[name].words}: {words[:1].lower()}{words[1:]}")
            else:
                action.trigger()
        if reading.refused:
            self._window.coding.choose_nothing()
            self._session.refused.emit(reading.refused)

    def _on_frame_leaving(self) -> None:
        if not self._typed.waiting:
            return
        reading = self._typed.finish()
        self._lost = reading.refused
        self._carry_out(Reading(reading.commands))

    def _listens(self) -> bool:
        """Whether typed keys are meant for the program as a whole."""
        if QApplication.activePopupWidget() is not None or QApplication.activeModalWidget() is not None:
            return False
        active = QApplication.activeWindow()
        if active is not self._window and (active is None or active.objectName() != FRAME_WINDOW):
            return False
        return not _takes_text(QApplication.focusWidget())


def _takes_text(widget: QWidget | None) -> bool:
    if widget is None:
        return False
    if isinstance(widget, (*_TEXT_FIELDS, QMenuBar)):
        return True
    return widget.testAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled)


def _wanted_by(widget: QWidget | None, event: QKeyEvent) -> bool:
    """Whether a widget keeps this key for itself, as in picking a face."""
    if widget is None:
        return False
    asked = QKeyEvent(
        QEvent.Type.ShortcutOverride,
        event.key(),
        event.modifiers(),
        event.nativeScanCode(),
        event.nativeVirtualKey(),
        event.nativeModifiers(),
        event.text(),
        event.isAutoRepeat(),
        event.count(),
    )
    asked.setAccepted(False)
    widget.event(asked)
    return asked.isAccepted()
