"""What assistive technology is told of widgets that paint themselves, and of what happens."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QAccessibleEvent, QAccessibleInterface
from PySide6.QtWidgets import QAccessibleWidget, QWidget

__all__ = ["Spoken", "SpokenGroup", "announce", "tell_changed"]

_Text = QAccessible.Text


class Spoken:
    """Mixed into a widget that Qt would call a client of no kind, without a value.

    Its name and description stay those of the widget.

    Attributes
    ----------
    spoken_role : QAccessible.Role
        What it is for who cannot see it.
    """

    spoken_role: QAccessible.Role = QAccessible.Role.Grouping

    def spoken_value(self) -> str:
        """What it shows now; empty if its name says all."""
        return ""

    def spoken_checked(self) -> bool | None:
        """Whether it is switched on; None if it is no switch."""
        return None

    def spoken_press(self) -> bool:
        """Do what a click does; False if it cannot be pressed."""
        return False


class SpokenGroup(QWidget, Spoken):
    """A part of the window with a name.

    Parameters
    ----------
    words : str
        The name.
    """

    def __init__(self, words: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(words)


def announce(widget: QWidget, words: str, *, urgent: bool = False) -> None:
    """Have something read out that happened outside the control that has the keyboard.

    Parameters
    ----------
    widget : QWidget
        Where it happened.
    words : str
        What is read; nothing if empty.
    urgent : bool
        Whether it interrupts what is being read.
    """
    if not words or not QAccessible.isActive():
        return
    event = QAccessibleAnnouncementEvent(widget, words)
    politeness = QAccessible.AnnouncementPoliteness
    event.setPoliteness(politeness.Assertive if urgent else politeness.Polite)
    QAccessible.updateAccessibility(event)


def tell_changed(widget: QWidget) -> None:
    """Tell that a widget that paints itself shows something else now."""
    if QAccessible.isActive():
        QAccessible.updateAccessibility(QAccessibleEvent(widget, QAccessible.Event.ValueChanged))


class _Told(QAccessibleWidget):
    """What is told of one widget."""

    def _spoken(self) -> Spoken | None:
        widget = self.object()
        return widget if isinstance(widget, Spoken) else None

    def text(self, kind: QAccessible.Text) -> str:
        spoken = self._spoken()
        if kind is _Text.Value and spoken is not None:
            return spoken.spoken_value()
        return super().text(kind)

    def state(self) -> QAccessible.State:
        state, spoken = super().state(), self._spoken()
        checked = None if spoken is None else spoken.spoken_checked()
        if checked is not None:
            state.checkable, state.checked = True, checked
        return state

    def actionNames(self) -> list[str]:
        names, spoken = list(super().actionNames()), self._spoken()
        if spoken is not None and spoken.spoken_checked() is not None and not self.state().disabled:
            names.insert(0, self.pressAction())
        return names

    def doAction(self, name: str) -> None:
        spoken = self._spoken()
        if name == self.pressAction() and spoken is not None and not self.state().disabled:
            spoken.spoken_press()
        else:
            super().doAction(name)


def _interface_of(_: str, widget: QObject | None) -> QAccessibleInterface | None:
    if isinstance(widget, QWidget) and isinstance(widget, Spoken):
        return _Told(widget, widget.spoken_role, "")
    return None


# Once for the whole program: Qt asks it of everything that assistive technology looks at.
QAccessible.installFactory(_interface_of)
