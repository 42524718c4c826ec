"""What assistive technology hears of the window, asked for as it asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QAccessibleInterface
from PySide6.QtWidgets import QAbstractButton, QComboBox, QWidget

from hrm_annotator.coding.action_box import ActionBox
from hrm_annotator.dialogs.training import TrainingDialog
from hrm_annotator.player.picture_view import PictureView
from hrm_annotator.player.ruler import Ruler
from hrm_annotator.timeline.tracks import Tracks
from hrm_annotator.widgets import spoken
from tests.annotator.language.dialogs import every_dialog
from tests.support.window import Seat

Role, Text = QAccessible.Role, QAccessible.Text
_UNFIT = (Role.NoRole, Role.Client, Role.Pane)
_CELLS = (Role.TreeItem, Role.ListItem, Role.Cell)


def told(widget: QWidget) -> QAccessibleInterface:
    """What assistive technology is handed for a widget."""
    found = QAccessible.queryAccessibleInterface(widget)
    assert found is not None
    return found


def parts(interface: QAccessibleInterface | None) -> Iterator[QAccessibleInterface]:
    """A window and all that is seen in it; of long lists the beginning."""
    if interface is None or not interface.isValid() or interface.state().invisible:
        return
    yield interface
    for place in range(min(interface.childCount(), 40)):
        yield from parts(interface.child(place))


def faults(root: QWidget) -> list[str]:
    """Controls without a name or with a role that says nothing."""
    found = []
    for part in parts(told(root)):
        widget, role, state = part.object(), part.role(), part.state()
        taken = state.focusable or isinstance(
            widget, QAbstractButton | ActionBox | PictureView | Ruler | Tracks
        )
        if not taken or getattr(widget, "objectName", str)() == "qt_spinbox_lineedit":
            continue
        # On Linux the name of a list is what is chosen in it.
        name = widget.accessibleName() if isinstance(widget, QComboBox) else part.text(Text.Name)
        scrolls = type(widget).__name__ == "QScrollArea"
        if not name.strip() or (role in _UNFIT and not scrolls):
            found.append(f"{role.name} {type(widget).__name__} {name!r}")
    return found


def test_every_control_of_the_window_has_a_name_and_a_role(
    seat: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    seat.click("AU12")
    seat.qtbot.wait(50)
    assert faults(seat.window) == []
    roles = {type(part.object()).__name__: part.role() for part in parts(told(seat.window))}
    assert roles["ActionBox"] is Role.CheckBox
    assert roles["Ruler" if "Ruler" in roles else "Tracks"] in (Role.Slider, Role.Graphic)
    assert roles["Tracks"] is roles["PictureView"] is roles["ComparisonView"] is Role.Graphic
    assert roles["CompareBar"] is Role.ToolBar
    for pane in ("CodingPane", "PlayerPane", "ReviewPane", "StudyTree", "TimelinePane", "SpokenGroup"):
        assert roles[pane] is Role.Grouping, pane
    for dialog in every_dialog(seat.window):
        assert faults(dialog) == [], type(dialog).__name__
        assert told(dialog).role() is Role.Dialog
        assert told(dialog).text(Text.Name)
        if type(dialog).__name__ in ("KeyProfileDialog", "NeutralPicker"):
            choices = [part for part in parts(told(dialog)) if part.role() is Role.RadioButton]
            assert len(choices) >= 2
    training = TrainingDialog(seat.window)
    training.show()
    assert faults(training) == []
    training.hide()
    training.deleteLater()
    seat.coding._neutral.setText("")
    assert faults(seat.window) == ["Button QPushButton ''"], "the search is sharp"


def test_the_start_page_has_names_and_roles(new_seat: Callable[..., Seat], tmp_path: Path) -> None:
    seat = new_seat()
    seat.window.start_page.show_recent([str(tmp_path)])
    assert faults(seat.window) == []


def test_what_is_painted_is_told_and_can_be_acted_on(seat: Seat) -> None:
    box = told(seat.coding.box("AU12"))
    assert (box.text(Text.Value), box.state().checked) == ("absent", False)
    assert "<" not in box.text(Text.Description)
    action = box.actionInterface()
    assert action is not None
    action.doAction(action.actionNames()[0])
    assert seat.codes() == {"AU12": 1}
    assert (box.text(Text.Value), box.state().checked) == ("both", True)
    seat.coding.code_current(2)
    seat.coding.grade_current("C")
    seat.coding.toggle_doubt()
    assert box.text(Text.Value) == "left, intensity C, doubtful"
    assert box.text(Text.Name).startswith("AU12 Lip Corner Puller: left C")
    timeline = seat.window.timeline.timeline
    assert timeline is not None
    tracks = told(timeline._tracks)
    assert "frame 10" in tracks.text(Text.Value)
    assert "AU12 Lip Corner Puller: left, intensity C, frames 10–10, doubtful here" in tracks.text(Text.Value)
    seat.press(Qt.Key.Key_Right)
    seat.wait_frame(11)
    assert "frame 11" in tracks.text(Text.Value)
    assert "not coded" in tracks.text(Text.Value)
    assert "AU12" not in tracks.text(Text.Value)
    ruler = told(seat.player._ruler)
    assert ruler.role() is Role.Slider
    assert (seat.player._ruler.value(), seat.player._ruler.maximum()) == (11, 119)
    # As assistive technology does it.
    seat.player._ruler.setValue(40)
    seat.wait_frame(40)
    seat.saved()
    assert "All labels are on disk" in told(seat.window.save_state).text(Text.Name)


def test_what_happens_elsewhere_is_announced(seat: Seat, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[tuple[str, bool]] = []

    class Listening(QAccessible):
        """Qt's own, and an ear."""

        @staticmethod
        def updateAccessibility(event: object) -> None:
            if isinstance(event, QAccessibleAnnouncementEvent):
                urgent = event.politeness() is QAccessible.AnnouncementPoliteness.Assertive
                heard.append((event.message(), urgent))

    monkeypatch.setattr(spoken, "QAccessible", Listening)
    was = QAccessible.isActive()
    QAccessible.setActive(True)
    try:
        seat.choose("AU1")
        assert heard[-1] == ("AU1 Inner Brow Raiser: absent", False)
        seat.coding.code_current(1)
        assert ("AU1 Inner Brow Raiser: both", False) in heard
        seat.window.show_message("The words of a message.")
        assert heard[-1] == ("The words of a message.", False)
        seat.window.banner.show_failure("The disk is full.")
        assert heard[-1][0].startswith("The disk is full.")
        assert heard[-1][1], "what must not be overlooked interrupts"
        count = len(heard)
        seat.window.banner.show_failure("The disk is full.")
        assert len(heard) == count, "each retry says the same and is not read again"
        banner = told(seat.window.banner)
        assert banner.role() is Role.AlertMessage
        assert banner.text(Text.Name).startswith("The disk is full.")
        seat.window.save_state.show_pending(3)
        seat.window.save_state.show_failed(True)
        assert "NOT SAVED: 3 changes" in told(seat.window.save_state).text(Text.Name)
        seat.coding.show_waiting("1…")
        assert told(seat.coding._waiting).text(Text.Name) == "Typed so far: 1…"
    finally:
        QAccessible.setActive(was)
        seat.window.save_state.show_failed(False)
        seat.window.banner.hide()
