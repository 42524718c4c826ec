"""Buttons above the pictures that compare them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QAccessible, QAction
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolButton, QWidget

from hrm_annotator.language import tr
from hrm_annotator.look.icons import icon
from hrm_annotator.widgets.spoken import Spoken

__all__ = ["CompareBar"]

_ICON_PX = 18


class CompareBar(QWidget, Spoken):
    """A button to be held down for flicker, and one for each view.

    Parameters
    ----------
    flicker : QAction
        Says when flicker can be used, and why not.
    actions : sequence of (QAction, str)
        Views that are on or off, and the name of the icon of each.
    """

    spoken_role = QAccessible.Role.ToolBar
    held = Signal(bool)
    """The button of flicker is held down, or let go."""

    def __init__(
        self, flicker: QAction, actions: Sequence[tuple[QAction, str]], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Compare"))
        self._flicker = flicker
        self._hold = QToolButton()
        self._hold.setIcon(icon("flicker"))
        self._hold.pressed.connect(lambda: self.held.emit(True))
        self._hold.released.connect(lambda: self.held.emit(False))
        flicker.changed.connect(self._refresh)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        row.addWidget(self._dressed(self._hold))
        for action, name in actions:
            button = self._dressed(QToolButton())
            action.setIcon(icon(name))
            # In menus the words are enough, and columns of ticks and pictures would mix.
            action.setIconVisibleInMenu(False)
            button.setDefaultAction(action)
            row.addWidget(button)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._refresh()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.LanguageChange:
            self._refresh()
        super().changeEvent(event)

    def _dressed(self, button: QToolButton) -> QToolButton:
        button.setAutoRaise(True)
        button.setIconSize(QSize(_ICON_PX, _ICON_PX))
        # Keys do the same: the keyboard stays on codes.
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        return button

    def _refresh(self) -> None:
        self._hold.setEnabled(self._flicker.isEnabled())
        self._hold.setToolTip(self._flicker.toolTip())
        self._hold.setAccessibleName(tr("Hold: flicker to neutral"))
