"""The frame's score is shown, and typed as experts write it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QEnterEvent, QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from hrm_core.facs import ACTIONS, action, parse_score
from hrm_core.records.coding import ActionCode, CodingState, FrameCoding, Origin
from hrm_core.workflows.add_participant import add_rater
from hrm_core.workflows.project import open_project
from tests.support.window import Seat, painted

START = 10
CONTROL = Qt.KeyboardModifier.ControlModifier


def test_a_whole_frame_is_typed_shown_taken_back_and_refused(seat: Seat) -> None:
    field, line = seat.coding.score, seat.coding.score._line
    assert field.text() == ""  # uncoded
    seat.click("AU25")
    assert field.text() == "25"
    seat.press(Qt.Key.Key_L, CONTROL)
    assert QApplication.focusWidget() is line
    assert line.selectedText() == "25"
    height = field.height()
    seat.type("1+l12")
    assert field.words == "+1, +12 left, −25"
    seat.type("c+")
    assert field.words == "…"
    plain = painted(line)
    seat.type("99+25")
    assert "not among the actions" in field.words
    assert line._wrong == (7, 9)
    line.mark(None)
    unmarked = painted(line)
    field._read()
    assert (painted(line) != unmarked).any()
    assert plain.shape == unmarked.shape
    seat.press(Qt.Key.Key_Return)
    assert QApplication.focusWidget() is line, "what cannot be read is not taken"
    assert seat.codes() == {"AU25": 1}
    assert field.height() == height
    line.selectAll()
    seat.type("1+l12c+25")
    assert field.words == "+1, +12 left C"
    seat.press(Qt.Key.Key_Return)
    assert QApplication.focusWidget() is seat.player.current
    assert (field.text(), field.words) == ("1+L12C+25", "")
    assert seat.session.frame == START, "Return in the field does not go on"
    assert seat.on_disk()[START].codes == (
        ActionCode("AU1", 1),
        ActionCode("AU12", 2, "C"),
        ActionCode("AU25", 1),
    )
    seat.press(Qt.Key.Key_Z, CONTROL)
    seat.wait(lambda: field.text() == "25")  # one step for the whole frame
    QTest.mouseClick(line, Qt.MouseButton.LeftButton, pos=QPoint(line.width() - 9, line.height() // 2))
    assert line.selectedText() == "25"
    seat.type("0")
    assert field.words == "−25"
    seat.press(Qt.Key.Key_Escape)
    assert (field.text(), field.words) == ("25", "")
    assert QApplication.focusWidget() is seat.player.current
    seat.press(Qt.Key.Key_D, CONTROL)
    assert (field.text(), line.placeholderText()) == ("", "× not codable")
    seat.press(Qt.Key.Key_L, CONTROL)
    seat.type("12")
    seat.player.transport.go_to(START + 1)
    seat.wait_frame(START + 1)
    assert field.text() == ""
    assert "“12” was not taken for frame 10" in field.words
    assert set(seat.on_disk()) == {START}
    assert seat.on_disk()[START].state is CodingState.NOT_CODABLE


def test_input_methods_cannot_swallow_a_score_and_full_width_signs_are_read(seat: Seat) -> None:
    line = seat.coding.score._line
    seat.press(Qt.Key.Key_L, CONTROL)
    assert not line.testAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled)
    commit = QInputMethodEvent()
    commit.setCommitString("１＋Ｌ１２Ｃ")
    QApplication.sendEvent(line, commit)
    assert line.text() == "1+L12C"
    assert seat.coding.score.words == "+1, +12 left C"
    seat.press(Qt.Key.Key_Return)
    assert seat.codes() == {"AU1": 1, "AU12": 2}
    # What every action is stands below the boxes: the chosen one, or the one under the mouse.
    strip = seat.coding._description
    height = strip.height()
    seat.choose("AU2")
    for entry in ACTIONS:
        spot = QPointF(5, 5)
        QApplication.sendEvent(seat.coding.box(entry.key), QEnterEvent(spot, spot, spot))
        for part in (entry.name, entry.muscles, entry.change):
            assert part in strip.accessibleDescription()
        assert strip.height() == height
        QApplication.sendEvent(seat.coding.box(entry.key), QEvent(QEvent.Type.Leave))
    assert strip.shown == action("AU2")


def test_a_score_confirms_a_carried_frame_and_is_a_humans_word(seat: Seat) -> None:
    session = seat.session
    carried = (
        ActionCode("AU4", 1, "B", Origin.CARRIED),
        ActionCode("AU12", 2, None, Origin.ACCEPTED),
    )
    coding = FrameCoding(session.rater.id, session.recording.id, START, carried, CodingState.CARRIED)
    session.replace_codings({START: coding})
    assert session.set_score(parse_score("4B+L12"))
    assert session.coding().state is CodingState.CODED
    assert session.coding().codes == (ActionCode("AU4", 1, "B"), carried[1])
    assert session.set_score(parse_score("A4"))
    assert session.coding().codes == (ActionCode("AU4", 1),)
    assert session.set_score(parse_score("0"))
    assert session.coding().codes == ()
    seat.saved()
    session.withheld = True
    assert not session.set_score(parse_score("12"))
    assert session.coding().codes == ()


def test_who_may_not_see_the_eyes_can_neither_write_nor_drop_what_is_there(
    new_seat: Callable[..., Seat], study: Path
) -> None:
    with open_project(study) as project:
        add_rater(project, "Covered", sees_eyes=False)
    seat = new_seat("Covered")
    seat.program.study.open_project(study)
    seat.wait(lambda: seat.session.frame is not None)
    session = seat.session
    session.withheld = False
    said: list[str] = []
    session.refused.connect(said.append)
    assert not session.set_score(parse_score("4+12"))
    assert "eyes are covered" in said[-1]
    seen = FrameCoding(session.rater.id, session.recording.id, session.frame, (ActionCode("AU4", 1, "C"),))
    session.replace_codings({session.frame: seen})
    assert session.set_score(parse_score("12"))
    assert session.coding().codes == (ActionCode("AU4", 1, "C"), ActionCode("AU12", 1))
    assert not session.set_score(parse_score("4D+12"))
    assert session.set_score(parse_score("4C"))
    assert replace(session.coding(), seconds_spent=0) == seen
