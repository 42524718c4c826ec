"""Doubt, note and intensity of single codes by key, in both profiles, down to the disk and back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from hrm_annotator import language
from hrm_annotator.actions.profiles import Profile
from hrm_annotator.language.catalogue import load
from hrm_annotator.operations.labels import write_copy
from hrm_annotator.timeline.tool_tip import tool_tip
from hrm_core.records.coding import ActionCode, FrameCoding
from tests.support.window import Seat, painted

START = 10
SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
TYPED = {
    # AU12 left C, and AU25, as each profile types them.
    Profile.FACE_MAP: (["A", "2", "Shift+3"], ["C"], ["A"]),
    Profile.FACS_NUMBERS: (["1", "2", "L", "C"], ["2", "5"], ["1", "2"]),
}


@pytest.fixture(params=Profile)
def coder(request: pytest.FixtureRequest, new_seat: Callable[..., Seat], study: Path) -> tuple[Seat, Profile]:
    """A coder in each profile."""
    place = new_seat(key_profile=request.param.value)
    place.open(study)
    return place, request.param


def entry(seat: Seat, key: str, frame: int = START) -> ActionCode | None:
    """What the disk holds of an action."""
    return seat.on_disk()[frame].entry_of(key)


def tip(seat: Seat, key: str, frame: int) -> str:
    """What the timeline says of a cell."""
    view = seat.window.timeline.timeline._view
    rows = {view.actions[row].key: y for y in range(230) if (row := view.row_at(y)) is not None}
    return tool_tip(view, QPointF(view.x_of(frame + 0.5), rows[key]), None)


def test_a_code_is_graded_doubted_noted_and_found_again(coder: tuple[Seat, Profile]) -> None:
    seat, profile = coder
    left_c, lips, again = TYPED[profile]
    for stroke in [*left_c, "/", *lips]:
        seat.strokes(stroke)
    box = seat.coding.box("AU12")
    assert entry(seat, "AU12") == ActionCode("AU12", 2, "C", doubtful=True)
    assert entry(seat, "AU25") == ActionCode("AU25", 1)
    assert not seat.on_disk()[START].doubtful
    assert box.accessibleName().endswith("left C, doubtful")
    assert "doubtful" in box.toolTip()
    # The note goes where its field says: AU25 was coded last.
    seat.press(";")
    field = seat.coding._code_note
    assert (field.isVisible(), field.placeholderText()) == (True, "Note on AU25")
    assert (field.caption.text(), seat.coding._note.isVisible()) == ("AU25", True)
    QTest.keyClicks(QApplication.focusWidget(), "lisp <1>; /12")
    seat.press(Qt.Key.Key_Return)
    assert entry(seat, "AU25") == ActionCode("AU25", 1, note="lisp <1>; /12")
    assert (seat.codes(), seat.session.frame) == ({"AU12": 2, "AU25": 1}, START)
    assert "note: “lisp <1>; /12”" in seat.coding._description.text()
    assert "&lt;1&gt;" in seat.coding.box("AU25").toolTip()
    # Another side and another intensity keep doubt and note; off and on again does not.
    seat.choose("AU12")
    seat.strokes("3" if profile is Profile.FACE_MAP else "R")
    seat.strokes("Shift+5" if profile is Profile.FACE_MAP else "E")
    assert entry(seat, "AU12") == ActionCode("AU12", 3, "E", doubtful=True)
    assert tip(seat, "AU12", START).endswith("intensity E, frames 10–10, doubtful here")
    # Nothing of it is taken along to another frame, the intensity is.
    seat.press(Qt.Key.Key_Right)
    seat.wait_frame(START + 1)
    seat.press("'")
    assert seat.on_disk()[START + 1].codes == (ActionCode("AU12", 3, "E"), ActionCode("AU25", 1))
    # On an action that this frame has not, both are about the frame.
    seat.choose("AU4")
    assert not field.isVisible()
    seat.press("/")
    seat.press(";")
    assert QApplication.focusWidget() is seat.coding._note
    QTest.keyClicks(QApplication.focusWidget(), "turns away")
    seat.press(Qt.Key.Key_Return)
    assert (seat.on_disk()[START + 1].doubtful, seat.on_disk()[START + 1].comment) == (True, "turns away")
    assert "turns away" in tip(seat, "AU25", START + 1)
    for stroke in again * 2:
        seat.strokes(stroke)
    seat.saved()
    second = seat.restart()
    second.go_to(START)
    assert second.coding.box("AU12").accessibleName().endswith("right E, doubtful")
    second.choose("AU25")
    assert second.coding._code_note.text() == "lisp <1>; /12"
    second.leave()


def test_doubts_are_gone_through_one_after_another(coder: tuple[Seat, Profile]) -> None:
    seat, profile = coder
    left_c, lips, _ = TYPED[profile]
    for frame in (START, START + 5, START + 6):
        seat.go_to(frame)
        for stroke in [*left_c, "/", *lips]:
            seat.strokes(stroke)
    seat.strokes("/")
    seat.strokes("Shift+/")
    seat.press(Qt.Key.Key_Home)
    seat.wait_frame(0)
    seat.choose("AU4")
    met = []
    for _ in range(4):
        seat.strokes("Ctrl+/")
        QApplication.processEvents()
        seat.wait(lambda: seat.program.doubts._wanted is None)
        met.append((seat.session.frame, seat.coding.current, seat.message.partition(":")[0]))
    assert met == [
        (START, "AU12", "Doubt 1 of 4"),
        (START + 5, "AU12", "Doubt 2 of 4"),
        (START + 6, None, "Doubt 3 of 4"),
        (START + 6, "AU25", "Doubt 4 of 4"),
    ]
    seat.strokes("Ctrl+/")
    assert "no doubtful code or frame on that side" in seat.message
    # The box is the doubtful one: the same key takes its flag off, nothing else.
    seat.strokes("/")
    assert not entry(seat, "AU25", START + 6).doubtful  # type: ignore[union-attr]
    assert seat.on_disk()[START + 6].doubtful
    seat.strokes("Ctrl+Shift+/")
    assert (seat.session.frame, seat.coding.current) == (START + 6, None)
    seat.strokes("Ctrl+Z")
    seat.saved()
    assert entry(seat, "AU25", START + 6).doubtful  # type: ignore[union-attr]


# Qt's platform without a screen cannot tell a menu's keys from others.
@pytest.mark.qt_log_ignore("grabbing the keyboard", extend=True)
def test_typed_notes_stay_with_their_code_and_marks_are_painted(seat: Seat, tmp_path: Path) -> None:
    seat.type("ac")
    bare = painted(seat.coding.box("AU25"))
    timeline = painted(seat.window.timeline)
    seat.press(";")
    QTest.keyClicks(QApplication.focusWidget(), "first")
    seat.click("AU12")  # takes it off, with the keyboard now there
    seat.type("a")
    assert entry(seat, "AU25") == ActionCode("AU25", 1, note="first")
    seat.press(";")
    QTest.keyClicks(QApplication.focusWidget(), "left behind")
    seat.player.transport.go_to(START + 1)
    seat.wait_frame(START + 1)
    assert entry(seat, "AU12") == ActionCode("AU12", 1, note="left behind")
    assert START + 1 not in seat.on_disk()
    seat.go_to(START)
    box = seat.coding.box("AU25")
    middle = box.rect().center()
    asked = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, middle, box.mapToGlobal(middle))
    QApplication.sendEvent(box, asked)
    menu = box.findChild(QMenu)
    next(choice for choice in menu.actions() if choice.text() == "Doubtful").trigger()
    menu.close()
    assert entry(seat, "AU25") == ActionCode("AU25", 1, doubtful=True, note="first")
    seat.choose("AU4")
    assert not np.array_equal(painted(box), bare)
    assert not np.array_equal(painted(seat.window.timeline), timeline)
    copy = tmp_path / "copy.txt"
    write_copy(copy, seat.on_disk())
    assert "AU12=1 AU25=1?\t\t\tAU12: left behind; AU25: first" in copy.read_text(encoding="utf-8")
    # Off the action, off with what was noted of it.
    seat.type("cc")
    assert entry(seat, "AU25") == ActionCode("AU25", 1)


def test_a_doubt_needs_a_code_that_this_coder_may_see(seat: Seat) -> None:
    seat.strokes("/")
    assert "Code the frame first" in seat.message
    assert seat.on_disk() == {}
    assert not FrameCoding(1, 1, 0).with_remark("AU12", doubtful=True).codes


def test_every_text_of_doubts_has_its_chinese() -> None:
    texts = load("zh_CN").texts
    for text in ("Dou&btful code", "Note on {code}", "doubtful: “{note}”", "{action} no doubt"):
        assert texts[text] != text
    catalogue = load("zh_CN")
    assert catalogue.find("AU12 no doubt") == "AU12 取消存疑"
    assert language.in_use() == language.catalogue.ENGLISH
