"""Every action and every code it can have, by mouse and by keyboard."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication, QMenu

from hrm_annotator.coding.action_box import ActionBox
from hrm_core.facs import ACTIONS, Action, Code
from tests.support.window import Seat

START = 10
IMPOSSIBLE = [(entry, code) for entry in ACTIONS for code in Code if not entry.allows(code)]


def stored(seat: Seat) -> dict[str, int]:
    """Codes of the first coded frame, on disk."""
    codings = seat.on_disk()
    return {entry.action: entry.code for entry in codings[START].codes} if START in codings else {}


def by_chip(seat: Seat, entry: Action, code: Code) -> None:
    seat.click(entry.key, code)


def by_menu(seat: Seat, entry: Action, code: Code) -> None:
    box = seat.coding.box(entry.key)
    middle = box.rect().center()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, middle, box.mapToGlobal(middle))
    QApplication.sendEvent(box, event)
    menu = box.findChild(QMenu)
    sides = [choice for choice in menu.actions() if choice.text()[:1].isdigit()]
    assert [choice.text()[0] for choice in sides] == [
        str(int(choice)) for choice in (Code.ABSENT, *sorted(entry.sides))
    ]
    next(choice for choice in menu.actions() if choice.text().startswith(str(int(code)))).trigger()
    menu.close()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def by_digit(seat: Seat, entry: Action, code: Code) -> None:
    seat.choose(entry.key)
    seat.press(str(int(code)))


def test_all_boxes_are_there_upper_face_first_in_the_order_of_the_catalogue(seat: Seat) -> None:
    boxes = seat.coding.findChildren(ActionBox)
    assert len(boxes) == 33
    places = {box.action: box.mapTo(seat.coding, box.rect().topLeft()) for box in boxes}
    reading = sorted(places, key=lambda entry: (places[entry].y(), places[entry].x()))
    assert reading == list(ACTIONS)
    walked = []
    for _ in ACTIONS:
        seat.press(Qt.Key.Key_Down)
        walked.append(seat.coding.current)
    assert walked == [entry.key for entry in ACTIONS]
    seat.press(Qt.Key.Key_Up)
    assert seat.coding.current == ACTIONS[-2].key
    assert {"43E", "19", "2X"} <= {box.action.label for box in boxes}


# Qt's platform without a screen cannot tell a menu's keys from others.
@pytest.mark.qt_log_ignore("grabbing the keyboard", extend=True)
@pytest.mark.parametrize("act", [by_chip, by_menu, by_digit])
def test_every_code_that_an_action_allows_can_be_given(
    seat: Seat, act: Callable[[Seat, Action, Code], None]
) -> None:
    last = {entry.key: max(entry.sides) for entry in ACTIONS}
    for entry in ACTIONS:
        for code in (Code.ABSENT, *sorted(entry.sides)):
            act(seat, entry, code)
            assert seat.codes().get(entry.key, 0) == code
    assert seat.codes() == last == stored(seat)
    assert seat.message == ""
    for entry in ACTIONS:
        act(seat, entry, Code.ABSENT)
    assert stored(seat) == seat.codes() == {}


def test_a_click_switches_on_and_off(seat: Seat) -> None:
    for entry in ACTIONS:
        seat.click(entry.key)
        assert seat.codes() == {entry.key: Code.BOTH}
        seat.click(entry.key)
        assert seat.codes() == {}


def test_the_point_goes_round_all_codes(seat: Seat) -> None:
    for entry in ACTIONS:
        seat.choose(entry.key)
        seen = []
        for _ in range(len(entry.sides) + 1):
            seat.press(".")
            seen.append(seat.codes().get(entry.key, 0))
        assert seen == [*sorted(entry.sides), Code.ABSENT]


def test_a_side_that_an_action_cannot_have_is_refused_in_words_and_not_stored(seat: Seat) -> None:
    assert ("AU2X", Code.LEFT) in [(entry.key, code) for entry, code in IMPOSSIBLE]
    for entry, code in IMPOSSIBLE:
        seat.choose(entry.key)
        seat.window.show_message("")
        seat.press(str(int(code)))
        assert str(entry) in seat.message
        assert code.word in seat.message
        assert seat.codes() == {}
    assert seat.on_disk() == {}
    seat.press(Qt.Key.Key_Right)
    seat.wait_frame(START + 1)
    assert seat.message == ""


def test_the_code_that_was_there_stays_when_another_is_refused(seat: Seat) -> None:
    seat.choose("AU2X")
    seat.press("1")
    seat.press("2")
    assert "no sides" in seat.message
    assert stored(seat) == {"AU2X": 1}


def test_the_tongue_can_be_one_sided(seat: Seat) -> None:
    """The tool of the paper died of a one-sided 19."""
    seat.choose("AD19")
    seat.press("2")
    assert stored(seat) == {"AD19": Code.LEFT}
    assert "L19" in seat.coding._score.text()


def test_a_digit_without_a_chosen_box_asks_for_one(seat: Seat) -> None:
    seat.press("1")
    assert "Choose an action first" in seat.message
    assert seat.on_disk() == {}


def test_a_click_puts_the_keyboard_on_the_box(seat: Seat) -> None:
    seat.click("AU10")
    seat.press("3")
    assert stored(seat) == {"AU10": Code.RIGHT}


def test_boxes_and_score_are_told_to_screen_readers(seat: Seat) -> None:
    seat.click("AU12", Code.LEFT)
    assert seat.coding.box("AU12").accessibleName() == "AU12 Lip Corner Puller: left"
    assert seat.coding._score.text() == "L12"
