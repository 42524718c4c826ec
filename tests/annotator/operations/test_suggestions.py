"""What a model suggests in the window: when it is seen, accepted, rejected, corrected, and logged."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from hrm_annotator.actions.ids import ActionId
from hrm_core.errors import StoreWriteError
from hrm_core.records.coding import CodingState, Origin
from hrm_core.records.suggestion import Condition, Verdict
from hrm_core.store.suggestion_log import SuggestionLog
from hrm_core.workflows.add_participant import add_rater, change_rater
from hrm_core.workflows.code_frames import CodingDesk
from hrm_core.workflows.project import open_project
from hrm_core.workflows.train_coder import add_gold
from tests.support.suggested import RUNS, decisions, leave, painted_frames, seen, sit, suggest, visits
from tests.support.window import CLIPS, CODER, FRAMES, Seat

SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
START = 10


@pytest.fixture
def run(study: Path) -> int:
    """Frown everywhere, smile in the frames 14-19 and 70-79."""
    return suggest(study, RUNS)


@pytest.fixture
def assisted(new_seat: Callable[..., Seat], study: Path, run: int) -> Seat:
    """A coder who sees suggestions at once, without control frames."""
    return sit(new_seat, study, mode="assist", control_share=0.0)


# -- when they are seen -------------------------------------------------------------------


def test_at_first_a_frame_is_coded_before_anything_is_told_of_it(
    new_seat: Callable[..., Seat], study: Path, run: int
) -> None:
    seat = sit(new_seat, study)
    assert seen(seat) == {}
    assert painted_frames(seat) == set()
    seat.press("A")
    # The first code of a frame tells nothing of the others.
    assert seen(seat) == {}
    assert painted_frames(seat) == set()
    seat.press(Qt.Key.Key_Right)
    seat.wait_frame(START + 1)
    assert seen(seat) == {}
    assert painted_frames(seat) == {START}
    seat.press(Qt.Key.Key_Left)
    seat.wait_frame(START)
    assert seen(seat) == {"AU4": 1, "AU12": 0}
    assert "suggested: absent, 5 %" in seat.coding.box("AU12").accessibleName()


def test_carried_frames_tell_nothing_until_they_are_confirmed(
    new_seat: Callable[..., Seat], study: Path, run: int
) -> None:
    seat = sit(new_seat, study)
    seat.strokes("Shift+'")
    seat.press("A")
    for frame in (11, 12, 13):
        seat.press(Qt.Key.Key_Right)
        seat.wait_frame(frame)
    assert painted_frames(seat) == {START}
    seat.press(Qt.Key.Key_Return)
    seat.wait_frame(14)
    seat.saved()
    assert painted_frames(seat) == {10, 11, 12, 13}


def test_assisted_coders_see_them_at_once_but_never_of_control_frames(
    new_seat: Callable[..., Seat], study: Path, run: int
) -> None:
    seat = sit(new_seat, study, mode="assist", control_share=0.5, control_frames=5, seed=3)
    suggestions = seat.program.assist.suggestions
    control = {frame for frame in range(FRAMES) if suggestions.is_control(frame)}
    assert 20 <= len(control) <= 100
    assert painted_frames(seat) == set(range(FRAMES)) - control
    for frame in (min(control), min(set(range(FRAMES)) - control)):
        seat.go_to(frame)
        assert bool(seen(seat)) == (frame not in control)
    # Coding a control frame opens nothing.
    seat.go_to(min(control))
    seat.press("A")
    seat.press(Qt.Key.Key_Return)
    seat.wait_frame(min(control) + 1)
    assert not painted_frames(seat) & control


@pytest.mark.slow
def test_modes_are_chosen_in_the_menu_unless_the_study_fixed_one(
    new_seat: Callable[..., Seat], study: Path, run: int
) -> None:
    seat = sit(new_seat, study, control_share=0.0)
    actions = seat.window.actions_by_id
    assert actions[ActionId.SUGGEST_AFTER].isChecked()
    actions[ActionId.SUGGEST_AT_ONCE].trigger()
    assert seen(seat) == {"AU4": 1, "AU12": 0}
    actions[ActionId.SUGGEST_NEVER].trigger()
    assert seen(seat) == {}
    assert painted_frames(seat) == set()
    leave(seat)
    fixed = sit(new_seat, study, mode="control", mode_fixed=True)
    choices = [ActionId.SUGGEST_AFTER, ActionId.SUGGEST_AT_ONCE, ActionId.SUGGEST_NEVER]
    for name in choices:
        action = fixed.window.actions_by_id[name]
        assert not action.isEnabled()
        assert "The study has chosen" in action.toolTip()
    assert seen(fixed) == {}


def code_clip(study: Path, coder: str) -> None:
    """Code the first clip as faces without action."""
    first, last = CLIPS[0]
    with open_project(study) as project:
        _, recording = next(project.recordings("7"))
        desk = CodingDesk(project, add_rater(project, coder), recording)
        codings = {frame: desk.uncoded(frame) for frame in range(first, last + 1)}
        desk.save_frames(codings, dict.fromkeys(codings), "coded")


def test_a_check_shows_nothing(new_seat: Callable[..., Seat], study: Path, run: int) -> None:
    code_clip(study, CODER)
    seat = sit(new_seat, study, mode="assist", control_share=0.0)
    assert painted_frames(seat) == set(range(FRAMES))
    seat.go_to(START)
    seat.press(Qt.Key.Key_F12)
    seat.wait(lambda: seat.session.checking)
    assert painted_frames(seat) == set()
    assert seen(seat) == {}
    seat.press(Qt.Key.Key_Escape)
    seat.wait(lambda: not seat.session.checking)
    assert painted_frames(seat) == set(range(FRAMES))


@pytest.mark.slow
def test_checks_and_disputes_show_nothing(assisted: Seat) -> None:
    assert painted_frames(assisted)
    for attribute in ("checking", "deciding"):
        setattr(assisted.session, attribute, True)
        assisted.window.side_shown.emit(None)
        assert seen(assisted) == {}
        assert painted_frames(assisted) == set()
        setattr(assisted.session, attribute, False)
        assisted.window.side_shown.emit(None)
        assert painted_frames(assisted) == set(range(FRAMES))


@pytest.mark.slow
def test_gold_standard_clips_show_nothing(new_seat: Callable[..., Seat], study: Path, run: int) -> None:
    first, last = CLIPS[0]
    code_clip(study, "Gold")
    with open_project(study) as project:
        gold = add_rater(project, "Gold")
        _, recording = next(project.recordings("7"))
        add_gold(project, gold, recording, project.store.recordings.clips(recording.id)[0])
    seat = sit(new_seat, study, mode="assist", control_share=0.0)
    assert seen(seat) == {}
    assert painted_frames(seat) == set(range(FRAMES)) - set(range(first, last + 1))


# -- accept ---------------------------------------------------------------------------------


def test_a_frame_is_accepted_by_one_key_and_taken_back_by_one_step(assisted: Seat, run: int) -> None:
    assisted.go_to(15)
    assisted.strokes("Ctrl+Return")
    assert assisted.codes() == {"AU4": 1, "AU12": 1}
    coding = assisted.on_disk()[15]
    assert coding.state is CodingState.CODED
    assert {(code.origin, code.model_run_id) for code in coding.codes} == {(Origin.ACCEPTED, run)}
    assisted.press(Qt.Key.Key_Z, CONTROL)
    assisted.wait(lambda: assisted.codes() == {})
    assert assisted.on_disk() == {}
    assisted.press(Qt.Key.Key_Y, CONTROL)
    assisted.wait(lambda: assisted.codes() == {"AU4": 1, "AU12": 1})
    folder = leave(assisted)
    log = decisions(folder)
    assert [(row.first_frame, row.last_frame, row.action, row.run_id) for row in log] == [
        (15, 15, None, run)
    ] * 3
    assert [row.taken_back for row in log] == [False, True, False]
    assert {row.verdict for row in log} == {Verdict.ACCEPTED}
    assert {row.condition for row in log} == {Condition.ASSISTED}


@pytest.mark.slow
def test_an_earlier_sittings_act_can_be_taken_back(assisted: Seat) -> None:
    assisted.go_to(15)
    assisted.strokes("Ctrl+Return")
    again = assisted.restart()
    again.wait(lambda: again.program.assist.suggestions.proposals is not None)
    again.press(Qt.Key.Key_Z, CONTROL)
    again.wait(lambda: again.codes() == {})
    assert [row.taken_back for row in decisions(leave(again))] == [False, True]


@pytest.mark.slow
def test_taking_back_an_earlier_sittings_act_renews_no_rejection(assisted: Seat) -> None:
    assisted.go_to(15)
    assisted.choose("AU12")
    assisted.strokes("Ctrl+Backspace")
    assisted.strokes("Ctrl+Shift+Return")
    again = assisted.restart()
    again.wait(lambda: again.program.assist.suggestions.proposals is not None)
    again.press(Qt.Key.Key_Z, CONTROL)
    again.wait(lambda: again.codes() == {})
    again.saved()
    assert painted_frames(again, "AU12") == set(range(FRAMES)) - set(range(14, 20))
    back = [row.verdict for row in decisions(leave(again)) if row.taken_back]
    assert set(back) == {Verdict.ACCEPTED}


@pytest.mark.slow
def test_other_actions_stay_as_they_are(assisted: Seat) -> None:
    assisted.go_to(15)
    assisted.press("Q")
    assisted.strokes("Ctrl+Return")
    by_action = {code.action: code.origin for code in assisted.on_disk()[15].codes}
    assert by_action == {"AU1": Origin.HUMAN, "AU4": Origin.ACCEPTED, "AU12": Origin.ACCEPTED}


def test_a_run_is_accepted_for_the_chosen_action_only(assisted: Seat) -> None:
    assisted.go_to(16)
    assisted.choose("AU12")
    assisted.strokes("Shift+]")
    found = assisted.on_disk()
    assert set(found) == set(range(14, 20))
    assert all([code.action for code in coding.codes] == ["AU12"] for coding in found.values())
    states = {frame: coding.state for frame, coding in found.items()}
    assert states.pop(16) is CodingState.CODED
    assert set(states.values()) == {CodingState.CARRIED}
    (row,) = decisions(leave(assisted))
    assert (row.first_frame, row.last_frame, row.action) == (14, 19, "AU12")
    assert row.probability == pytest.approx(0.9, abs=1e-6)


def test_a_clip_is_accepted_without_its_control_frames(
    new_seat: Callable[..., Seat], study: Path, run: int
) -> None:
    seat = sit(new_seat, study, mode="assist", control_share=0.5, control_frames=1, seed=3)
    first, last = CLIPS[0]
    control = {f for f in range(first, last + 1) if seat.program.assist.suggestions.is_control(f)}
    assert 0 < len(control) < last + 1 - first
    seat.strokes("Ctrl+Shift+Return")
    assert f"{len(control)} control frames are left to you" in seat.message
    assert set(seat.on_disk()) == set(range(first, last + 1)) - control
    seat.press(Qt.Key.Key_Z, CONTROL)
    seat.saved()
    assert seat.on_disk() == {}


def test_after_commit_a_clip_is_accepted_only_where_it_was_coded(
    new_seat: Callable[..., Seat], study: Path, run: int
) -> None:
    seat = sit(new_seat, study)
    for frame in (11, 12):
        seat.press(Qt.Key.Key_Return, SHIFT)
        seat.wait_frame(frame)
    seat.strokes("Ctrl+Shift+Return")
    found = seat.on_disk()
    assert set(found) == {10, 11}
    assert all(coding.codes[0].origin is Origin.ACCEPTED for coding in found.values())
    assert {row.condition for row in decisions(leave(seat))} == {Condition.AFTER}


def test_covered_eyes_are_never_written(new_seat: Callable[..., Seat], study: Path, run: int) -> None:
    with open_project(study) as project:
        change_rater(project, add_rater(project, CODER).name, sees_eyes=False)
    seat = sit(new_seat, study, mode="assist", control_share=0.0)
    assert painted_frames(seat, "AU4") == set()
    assert painted_frames(seat, "AU12") == set(range(FRAMES))
    seat.strokes("Ctrl+Shift+Return")
    actions = {code.action for coding in seat.on_disk().values() for code in coding.codes}
    assert actions == {"AU12"}


def test_nothing_to_accept_is_said(new_seat: Callable[..., Seat], study: Path, run: int) -> None:
    seat = sit(new_seat, study)
    seat.strokes("Ctrl+Return")
    assert "once it is coded" in seat.message
    seat.window.actions_by_id[ActionId.SUGGEST_NEVER].trigger()
    seat.strokes("Ctrl+Return")
    assert "switched off" in seat.message
    assert seat.on_disk() == {}
    assert decisions(leave(seat)) == []


@pytest.mark.slow
def test_a_recording_without_a_run_suggests_nothing(seat: Seat) -> None:
    seat.strokes("Ctrl+Return")
    assert "No model was run on this recording" in seat.message
    seat.press("A")
    assert seat.on_disk()[START].codes[0].origin is Origin.HUMAN
    (visit,) = [row for row in visits(leave(seat)) if row.committed]
    assert (visit.condition, visit.run_id, visit.frame) == (Condition.UNAIDED, None, START)


# -- reject and correct ------------------------------------------------------------------------


@pytest.mark.slow
def test_rejected_proposals_stay_away_also_after_a_restart(assisted: Seat) -> None:
    assisted.go_to(15)
    assisted.choose("AU12")
    assisted.strokes("Ctrl+Backspace")
    assert seen(assisted) == {"AU4": 1}
    assert painted_frames(assisted, "AU12") == set(range(FRAMES)) - set(range(14, 20))
    again = assisted.restart()
    again.wait(lambda: again.program.assist.suggestions.proposals is not None)
    assert painted_frames(again, "AU12") == set(range(FRAMES)) - set(range(14, 20))
    # Clip and all: what was rejected is not written.
    again.strokes("Ctrl+Shift+Return")
    assert {code.action for coding in again.on_disk().values() for code in coding.codes} == {"AU4"}
    again.strokes("Shift+Backspace")
    assert seen(again) == {}
    again.strokes("Shift+Backspace")
    assert seen(again)["AU4"] == 1
    rows = decisions(leave(again))
    # Around the rejected run whole frames are accepted, in it the other action.
    accepted = [row.action for row in rows if row.verdict is Verdict.ACCEPTED]
    assert accepted == [None, None, "AU4"]
    rejected = [row for row in rows if row.verdict is Verdict.REJECTED]
    assert [row.taken_back for row in rejected] == [False, False, True]


def test_a_run_takes_the_code_of_this_frame(assisted: Seat, run: int) -> None:
    assisted.go_to(15)
    assisted.press("A")
    assisted.press("2")  # left
    assisted.strokes("Shift+[")
    found = assisted.on_disk()
    assert {frame: coding.code_of("AU12") for frame, coding in found.items()} == dict.fromkeys(
        range(14, 20), 2
    )
    codes = [coding.entry_of("AU12") for coding in found.values()]
    assert {(code.origin, code.model_run_id) for code in codes if code} == {(Origin.CORRECTED, run)}
    log = decisions(leave(assisted))
    assert (log[-1].first_frame, log[-1].last_frame, log[-1].verdict) == (14, 19, Verdict.CORRECTED)


def test_a_code_typed_against_a_visible_proposal_is_a_correction(assisted: Seat, run: int) -> None:
    assisted.go_to(15)
    assisted.press("A")  # as suggested: said by hand
    assert assisted.on_disk()[15].codes[0].origin is Origin.HUMAN
    assisted.press("3")  # right, where both sides were suggested
    (code,) = assisted.on_disk()[15].codes
    assert (code.code, code.origin, code.model_run_id) == (3, Origin.CORRECTED, run)
    assert "AU12" not in seen(assisted)
    assisted.press(Qt.Key.Key_Z, CONTROL)
    assisted.wait(lambda: assisted.codes() == {"AU12": 1})
    assert "AU12" in seen(assisted)
    log = decisions(leave(assisted))
    assert [(row.action, row.verdict, row.taken_back) for row in log] == [
        ("AU12", Verdict.CORRECTED, False),
        ("AU12", Verdict.CORRECTED, True),
    ]


@pytest.mark.slow
def test_what_was_not_seen_is_not_corrected(new_seat: Callable[..., Seat], study: Path, run: int) -> None:
    seat = sit(new_seat, study)
    seat.go_to(15)
    seat.press("A")
    seat.press("3")
    assert seat.on_disk()[15].codes[0].origin is Origin.HUMAN
    assert decisions(leave(seat)) == []


# -- what was found by trying to break it ---------------------------------------------------------


def test_a_refused_confirmation_opens_nothing(new_seat: Callable[..., Seat], study: Path, run: int) -> None:
    seat = sit(new_seat, study)
    seat.go_to(FRAMES - 1)
    seat.press(Qt.Key.Key_Return)
    assert "is not coded" in seat.message
    seat.press("A")
    assert seen(seat) == {}


def test_what_was_rejected_is_neither_accepted_with_the_rest_nor_followed(assisted: Seat) -> None:
    assisted.go_to(15)
    assisted.choose("AU12")
    assisted.strokes("Ctrl+Backspace")
    rejected = set(range(FRAMES)) - set(range(14, 20))
    assisted.go_to(12)
    assisted.strokes("Ctrl+Shift+'")
    assisted.press("Q")
    for frame in (13, 14):
        assisted.press(Qt.Key.Key_Right)
        assisted.wait_frame(frame)
    assert "AU12" not in assisted.codes()
    assisted.strokes("Ctrl+Shift+Return")
    assert painted_frames(assisted, "AU12") == rejected
    accepted = [row for row in decisions(leave(assisted)) if row.verdict is Verdict.ACCEPTED]
    assert {(row.first_frame, row.last_frame) for row in accepted if row.action is None} == {
        (CLIPS[0][0], 13),
        (20, CLIPS[0][1]),
    }
    assert {(row.first_frame, row.last_frame, row.action) for row in accepted if row.action} == {
        (14, 19, "AU4")
    }


@pytest.mark.slow
def test_not_codable_corrects_nothing(assisted: Seat) -> None:
    assisted.go_to(15)
    assisted.press("A")
    assisted.window.actions_by_id[ActionId.NOT_CODABLE].trigger()
    assert assisted.on_disk()[15].state is CodingState.NOT_CODABLE
    assert decisions(leave(assisted)) == []


@pytest.mark.slow
def test_another_run_forgets_no_decision_that_is_not_on_disk(
    assisted: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise StoreWriteError("The disk is full.")

    monkeypatch.setattr(SuggestionLog, "add_decisions", refuse)
    assisted.go_to(15)
    assisted.choose("AU12")
    assisted.strokes("Ctrl+Backspace")
    assert "AU12" not in seen(assisted)
    before = assisted.program.assist.suggestions._suggested
    assisted.program.assist.reload()
    assisted.wait(lambda: assisted.program.assist.suggestions._suggested is not before)
    assert "AU12" not in seen(assisted)
