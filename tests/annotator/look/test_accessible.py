"""Who cannot see the window hears what can be pressed, and what is on the screen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtWidgets import QAbstractButton, QSplitterHandle, QWidget
from pytestqt.qtbot import QtBot

from hrm_annotator.coding.action_box import ActionBox
from hrm_annotator.dialogs.coder_name import CoderNameDialog
from hrm_annotator.dialogs.conflict import ConflictDialog
from hrm_annotator.dialogs.new_project import NewProjectDialog
from hrm_annotator.player.picture_view import PictureView
from hrm_annotator.player.ruler import Ruler
from hrm_annotator.start.start_page import StartPage
from hrm_core.records.coding import FrameCoding
from tests.support.window import Seat

_PRESSED = (QAbstractButton, ActionBox, PictureView, Ruler, QSplitterHandle)
_FILLED = (QAccessible.Role.Tree, QAccessible.Role.List, QAccessible.Role.Table)


def parts(interface: QAccessibleInterface | None) -> Iterator[QAccessibleInterface]:
    """What assistive technology is told of, from a window down."""
    if interface is None or not interface.isValid() or interface.state().invisible:
        return
    yield interface
    if interface.role() not in _FILLED:
        for place in range(interface.childCount()):
            yield from parts(interface.child(place))


def nameless(root: QWidget) -> list[str]:
    """What takes the keyboard or clicks and has no name."""
    found = []
    for part in parts(QAccessible.queryAccessibleInterface(root)):
        widget = part.object()
        takes = part.state().focusable or isinstance(widget, _PRESSED)
        # A field inside another one (of a number, of a list) is named by that.
        inner = isinstance(widget, QWidget) and widget.objectName() == "qt_spinbox_lineedit"
        if takes and not inner and not part.text(QAccessible.Text.Name).strip():
            found.append(f"{part.role().name} {type(widget).__name__}")
    return found


def test_all_that_can_be_pressed_in_the_window_has_a_name(seat: Seat) -> None:
    names = [
        part.text(QAccessible.Text.Name) for part in parts(QAccessible.queryAccessibleInterface(seat.window))
    ]
    assert len([name for name in names if name.startswith(("AU", "AD"))]) >= 33
    assert nameless(seat.window) == []
    seat.press(Qt.Key.Key_F11)
    assert nameless(seat.program.comfort.frame_window) == []
    seat.coding._neutral.setText("")
    assert nameless(seat.window) == ["Button QPushButton"], "the search is sharp"
    seat.click("AU12")
    assert seat.coding.box("AU12").accessibleName() == "AU12 Lip Corner Puller: both"
    assert seat.player.current.accessibleName() == "frame 10: coded, 12"
    seat.press(Qt.Key.Key_Right)
    seat.wait_frame(11)
    assert seat.player.current.accessibleName() == "frame 11: not coded yet"


@pytest.mark.parametrize("kind", [StartPage, CoderNameDialog, NewProjectDialog, ConflictDialog])
def test_all_that_can_be_pressed_in_pages_and_dialogs_has_a_name(
    kind: type[QWidget], qtbot: QtBot, tmp_path: Path
) -> None:
    widget = kind(3, FrameCoding(1, 1, 3), None) if kind is ConflictDialog else kind()
    qtbot.addWidget(widget)
    if isinstance(widget, StartPage):
        widget.show_recent([str(tmp_path)])
    widget.show()
    assert nameless(widget) == []
