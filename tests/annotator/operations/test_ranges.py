"""Runs of frames by keyboard: carried codes, ranges, and one step of undo each."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from hrm_annotator.actions.ids import ActionId, toggle
from hrm_core.records.coding import CodingState, Origin
from hrm_core.workflows.add_participant import add_rater, change_rater
from hrm_core.workflows.project import open_project
from tests.support.window import CODER, Seat

CONTROL, SHIFT, ALT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)
START, CLIP_END = 10, 39
CARRIED, CODED = CodingState.CARRIED, CodingState.CODED


def code(seat: Seat, *keys: str) -> None:
    for key in keys:
        seat.window.actions_by_id[toggle(key)].trigger()


def give(seat: Seat, command: ActionId) -> None:
    seat.window.actions_by_id[command].trigger()


def walk(seat: Seat, frames: int) -> None:
    for _ in range(frames):
        here = seat.session.frame
        seat.press(Qt.Key.Key_Right)
        seat.wait_frame(here + 1)


def undo(seat: Seat) -> None:
    seat.saved()
    seat.press(Qt.Key.Key_Z, CONTROL)
    seat.saved()
    seat.wait(lambda: not seat.session.stepping)


def table(seat: Seat) -> dict[int, tuple[str, str]]:
    """State and actions of every coded frame on disk."""
    return {
        frame: (coding.state.value, "+".join(entry.action for entry in coding.codes))
        for frame, coding in sorted(seat.on_disk().items())
    }


def test_walking_carries_the_codes_until_they_are_confirmed(seat: Seat) -> None:
    give(seat, ActionId.CARRY_ON)
    code(seat, "AU12", "AU25")
    walk(seat, 4)
    code(seat, "AU25")  # off again, seen in this very frame
    walk(seat, 2)
    both, one = "AU12+AU25", "AU12"
    expected = {START: ("coded", both), **{START + n: ("carried", both) for n in (1, 2, 3)}}
    expected |= {START + 4: ("coded", one), START + 5: ("carried", one), START + 6: ("carried", one)}
    assert table(seat) == expected
    origins = {entry.origin for entry in seat.on_disk()[START + 1].codes}
    assert origins == {Origin.CARRIED}
    seat.press(Qt.Key.Key_Return)
    seat.wait_frame(START + 7)
    seat.saved()
    assert {frame: state for frame, (state, _) in table(seat).items()} == {
        **{START + n: "coded" for n in range(7)},
        START + 7: "carried",
    }
    undo(seat)  # what was carried to the next frame
    undo(seat)  # one step takes the whole confirmation back
    assert table(seat) == expected


def test_nothing_is_carried_out_of_a_clip_nor_over_coded_frames_nor_by_a_jump(seat: Seat) -> None:
    give(seat, ActionId.CARRY_ON)
    code(seat, "AU4")
    seat.go_to(CLIP_END)
    assert seat.session.coding() is None
    code(seat, "AU1")
    walk(seat, 1)
    assert seat.session.coding() is None  # behind the clip
    seat.go_to(START + 1)
    assert seat.session.coding() is None
    seat.go_to(CLIP_END - 1)
    code(seat, "AU9")
    walk(seat, 1)
    assert seat.codes() == {"AU1": 1}


def test_undo_of_a_carried_frame_does_not_carry_it_again(seat: Seat) -> None:
    give(seat, ActionId.CARRY_ON)
    code(seat, "AU12")
    walk(seat, 2)
    undo(seat)
    undo(seat)
    assert table(seat) == {START: ("coded", "AU12")}


def test_a_filled_range_waits_until_it_was_seen(seat: Seat) -> None:
    code(seat, "AU12", "AU6")
    seat.press("[")
    seat.go_to(START + 20)
    seat.press("]")
    assert (seat.session.marks.first, seat.session.marks.last) == (START, START + 20)
    seat.press("\\")
    filled = table(seat)
    assert filled == {
        START: ("coded", "AU6+AU12"),
        START + 20: ("coded", "AU6+AU12"),
        **dict.fromkeys(range(START + 1, START + 20), ("carried", "AU6+AU12")),
    }
    assert "19 of them carried" in seat.message
    seat.press(Qt.Key.Key_Return)  # nothing of them was displayed yet
    seat.saved()
    assert table(seat) == filled
    assert "19 carried frames" in seat.message
    assert seat.session.frame == START + 20
    seat.go_to(START + 1)
    walk(seat, 18)
    seat.press(Qt.Key.Key_Return)
    assert {state for state, _ in table(seat).values()} == {"coded"}
    undo(seat)
    undo(seat)
    assert table(seat) == {START: ("coded", "AU6+AU12")}


def test_same_as_before_until_here(seat: Seat) -> None:
    code(seat, "AU17")
    seat.go_to(START + 5)
    seat.press("'", CONTROL)
    assert list(table(seat).values()) == [("coded", "AU17"), *[("carried", "AU17")] * 4, ("coded", "AU17")]
    undo(seat)
    assert list(table(seat)) == [START]
    seat.go_to(START + 5)
    seat.press("'")
    assert "no codes to be copied" in seat.message
    seat.go_to(START + 1)
    seat.press("'")
    assert table(seat)[START + 1] == ("coded", "AU17")


def test_runs_move_grow_and_split_each_in_one_step(seat: Seat) -> None:
    seat.press("[")
    seat.go_to(START + 6)
    seat.press("]")
    seat.go_to(START + 3)
    code(seat, "AU12")
    seat.press("\\", SHIFT)

    def run() -> list[int]:
        return [frame for frame, (_, keys) in table(seat).items() if "AU12" in keys]

    whole = list(range(START, START + 7))
    assert run() == whole
    seat.press(Qt.Key.Key_Right, ALT)
    assert run() == [frame + 1 for frame in whole]
    undo(seat)
    assert run() == whole
    seat.go_to(START + 8)
    seat.press("]", CONTROL)
    assert run() == list(range(START, START + 9))
    seat.go_to(START + 4)
    seat.press("\\", CONTROL)
    assert START + 4 not in run()
    seat.press(Qt.Key.Key_Right, CONTROL)
    seat.wait_frame(START + 5)
    seat.press("R", CONTROL)
    assert (seat.session.marks.first, seat.session.marks.last) == (START + 5, START + 8)
    seat.press(Qt.Key.Key_Delete, SHIFT)
    assert run() == list(range(START, START + 4))
    seat.press(Qt.Key.Key_Delete, CONTROL)
    assert max(table(seat)) == START + 4


def test_copy_and_not_codable_ranges(seat: Seat) -> None:
    code(seat, "AU1")
    seat.press("[")
    walk(seat, 1)
    code(seat, "AU2")
    seat.press("]")
    seat.press("C", CONTROL)
    seat.go_to(START + 10)
    seat.press("V", CONTROL)
    assert {START + 10: ("coded", "AU1"), START + 11: ("carried", "AU2")}.items() <= table(seat).items()
    seat.press("D", CONTROL | SHIFT)
    assert [table(seat)[frame][0] for frame in (START, START + 1)] == ["not_codable"] * 2
    undo(seat)
    assert table(seat)[START] == ("coded", "AU1")


def test_what_is_to_do_is_found(seat: Seat) -> None:
    seat.press("[")
    seat.go_to(CLIP_END)
    seat.press("]")
    code(seat, "AU12")
    seat.press("\\")
    seat.press(Qt.Key.Key_Up, CONTROL)
    seat.wait_frame(CLIP_END - 1)
    assert seat.session.coding().state is CARRIED
    seat.go_to(CLIP_END)
    seat.press(Qt.Key.Key_Down, CONTROL)
    seat.wait_frame(60)  # the next clip is not coded at all
    assert seat.session.coding() is None


def test_time_on_screen_counts_also_for_frames_that_were_only_walked_through(seat: Seat) -> None:
    now = [100.0]
    seat.session.clock = lambda: now[0]
    seat.session._shown_at = 100.0
    give(seat, ActionId.CARRY_ON)
    now[0] += 5
    code(seat, "AU12")
    now[0] += 1
    walk(seat, 1)
    now[0] += 2
    walk(seat, 1)
    now[0] += 3
    seat.press(Qt.Key.Key_Return)
    seconds = {frame: coding.seconds_spent for frame, coding in seat.on_disk().items()}
    assert seconds[START] == 5
    assert seconds[START + 1] == 2
    assert seconds[START + 2] == 3


def test_quick_steps_carry_over_every_frame_that_was_shown(seat: Seat) -> None:
    give(seat, ActionId.CARRY_ON)
    code(seat, "AU12")
    seat.saved()
    give(seat, ActionId.NEXT_FRAME)
    time.sleep(0.3)  # decoded; its news waits in the queue
    give(seat, ActionId.NEXT_FRAME)
    seat.wait_frame(START + 2)
    assert list(table(seat).values()) == [("coded", "AU12"), ("carried", "AU12"), ("carried", "AU12")]


def test_a_jump_with_a_step_right_behind_it_takes_nothing_along(seat: Seat) -> None:
    give(seat, ActionId.CARRY_ON)
    code(seat, "AU12")
    seat.saved()
    seat.player.transport.go_to(START + 20)
    give(seat, ActionId.NEXT_FRAME)
    seat.wait_frame(START + 21)
    assert table(seat) == {START: ("coded", "AU12")}


def test_same_until_here_leaves_what_was_said_of_this_frame(seat: Seat) -> None:
    code(seat, "AU12")
    seat.go_to(START + 3)
    code(seat, "AU4")
    give(seat, ActionId.SAME_UNTIL_HERE)
    assert [keys for _, keys in table(seat).values()] == ["AU12", "AU12", "AU12", "AU4"]


def test_a_run_is_not_pushed_into_frames_that_cannot_take_it(seat: Seat) -> None:
    code(seat, "AU12")
    seat.go_to(START + 1)
    give(seat, ActionId.NOT_CODABLE)
    seat.go_to(START)
    before = table(seat)
    give(seat, ActionId.RUN_LATER)
    assert table(seat) == before
    assert "not codable" in seat.message
    seat.go_to(START - 1)
    code(seat, "AU12")
    seat.press("2")
    give(seat, ActionId.RUN_LATER)
    assert "another run" in seat.message


def test_a_copy_keeps_its_place_in_the_range(seat: Seat) -> None:
    seat.press("[")
    seat.go_to(START + 2)
    code(seat, "AU9")
    seat.go_to(START + 4)
    seat.press("]")
    give(seat, ActionId.COPY_RANGE)
    seat.go_to(60)
    give(seat, ActionId.PASTE_RANGE)
    assert table(seat) == {START + 2: ("coded", "AU9"), 62: ("carried", "AU9")}


def test_a_withheld_frame_is_not_seen_by_filling_it(seat: Seat) -> None:
    code(seat, "AU12")
    walk(seat, 1)
    seat.session.show_frame(START + 1, withheld=True)
    seat.session.edit_frames(seat.session.pen().fill([START + 1], seat.session.coding(START)), "filled")
    walk(seat, 1)
    give(seat, ActionId.COPY_PREVIOUS)
    give(seat, ActionId.CONFIRM_AND_NEXT)
    assert table(seat)[START + 1] == ("carried", "AU12")


@pytest.mark.parametrize("profile", ["face_map", "facs_numbers"])
def test_a_side_behind_a_refused_action_lands_nowhere(
    new_seat: Callable[..., Seat], study: Path, profile: str
) -> None:
    with open_project(study) as project:
        add_rater(project, CODER)
        change_rater(project, CODER, sees_eyes=False)
    seat = new_seat(key_profile=profile)
    seat.open(study)
    seat.session.withheld = False
    code(seat, "AU12")
    seat.type("e2" if profile == "face_map" else "4l")  # AU4 cannot be coded by who does not see it
    assert seat.codes() == {"AU12": 1}
    if profile == "facs_numbers":
        code(seat, "AU25")
        seat.type("41l")  # no such action
        assert seat.codes() == {"AU12": 1, "AU25": 1}


def test_a_new_clip_is_reached_by_its_key_at_once(seat: Seat) -> None:
    seat.go_to(45)
    seat.press("[")
    seat.go_to(50)
    seat.press("]")
    seat.press("C", CONTROL | SHIFT)
    seat.wait(lambda: [clip.first_frame for clip in seat.session.clips] == [10, 45, 60])
    seat.go_to(20)
    seat.press(Qt.Key.Key_PageDown)
    seat.wait_frame(45)
    assert [clip.first_frame for clip in seat.player._ruler._clips] == [10, 45, 60]
