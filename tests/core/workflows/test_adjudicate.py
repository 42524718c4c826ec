"""Deciding what two raters disagree about: the consensus follows, and theirs stay as they are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from hrm_core.errors import NotFoundError, ProjectError
from hrm_core.records.coding import ActionCode, CodingState, Origin
from hrm_core.records.people import Rater, Role
from hrm_core.records.recording import ExclusionReason
from hrm_core.workflows import adjudicate as adj
from hrm_core.workflows.add_participant import add_rater, change_rater
from hrm_core.workflows.export_hrm_csv import export_hrm_csv
from hrm_core.workflows.export_sheets import export_sheets
from hrm_core.workflows.project import Project
from tests.support.two_coders import Room, literal, new_room

_ACTIONS = ("AU1", "AU12", "AU25")
_FRAMES = 3


@pytest.fixture
def room(project: Project) -> Room:
    """Anna and Ben have coded nothing yet; Cleo is an adjudicator."""
    return new_room(project, "play")


_codes = st.lists(
    st.tuples(st.sampled_from(_ACTIONS), st.integers(1, 3), st.sampled_from([None, "B", "C"])),
    unique_by=lambda entry: entry[0],
    max_size=3,
)
_whose = st.booleans()
_steps = st.one_of(
    st.tuples(
        st.just("edit"),
        _whose,
        st.integers(0, _FRAMES - 1),
        st.sampled_from([CodingState.CODED, CodingState.CODED, *CodingState, None]),
        _codes,
    ),
    st.tuples(st.just("decide"), st.integers(0, 9), st.integers(0, 2), st.booleans(), _whose),
    st.tuples(st.just("undo"), _whose),
    st.tuples(st.just("eyes"), _whose, st.booleans()),
    st.tuples(st.just("decide"), st.integers(0, 9), st.integers(0, 2), st.booleans(), _whose),
    st.tuples(st.just("take back"), st.integers(0, 9), st.booleans()),
    st.tuples(st.sampled_from(["take agreed", "give back", "refresh"])),
)


@settings(
    max_examples=8,
    deadline=None,
    # Each example works on a store: a failing one is told as it was found.
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    first=st.lists(_codes, min_size=_FRAMES, max_size=_FRAMES),
    second=st.lists(_codes, min_size=_FRAMES, max_size=_FRAMES),
    steps=st.lists(_steps, min_size=6, max_size=14),
)
def test_the_consensus_is_always_what_the_codings_and_the_log_say(
    project: Project, first: list[list[Any]], second: list[list[Any]], steps: list[tuple[Any, ...]]
) -> None:
    room = new_room(project, f"film {len(list(project.recordings()))}")
    for rater, said in ((room.anna, first), (room.ben, second)):
        for frame, codes in enumerate(said):
            room.code(rater, frame, *(f"{key}={code}{grade or ''}" for key, code, grade in codes))
    lagging = False
    for step in steps:
        before = [(room.said(rater), _history(room, rater)) for rater in (room.anna, room.ben)]
        acted = _ACTS[step[0]](room, *step[1:])
        if acted:
            assert before == [(room.said(rater), _history(room, rater)) for rater in (room.anna, room.ben)]
            assert room.consensus() == literal(room)
            lagging = False
        lagging = lagging or step[0] == "eyes"
        wanted, there = literal(room), room.consensus()
        if not lagging:
            # A changed code may leave a frame to be written, but never one that is wrong.
            assert there == {frame: wanted.get(frame) for frame in there}
        behind = {frame for frame in wanted.keys() | there.keys() if wanted.get(frame) != there.get(frame)}
        found = adj.standing(project, room.anna, room.ben, video=room.film.name)
        assert (found.behind, found.consensus) == (len(behind), len(there))
        disputed = {run.disagreement.first_frame for run in room.disputes() if run.is_open}
        assert not disputed & wanted.keys()
    assert project.store.verify().sound


def _history(room: Room, rater: Rater) -> object:
    return room.project.store.history.log(rater.id, room.film.id)


def _edit(room: Room, annas: bool, frame: int, state: CodingState | None, codes: list[Any]) -> bool:
    rater = room.anna if annas else room.ben
    if state is None:
        old = room.project.store.codings.get(rater.id, room.film.id, frame)
        room.project.store.codings.save_frames(
            rater.id, room.film.id, {frame: None}, based_on={frame: old.revision if old else None}
        )
    else:
        shown = [] if state is CodingState.NOT_CODABLE else codes
        room.code(rater, frame, *(f"{key}={code}{grade or ''}" for key, code, grade in shown), state=state)
    return False


def _undo(room: Room, annas: bool) -> bool:
    room.project.store.history.undo((room.anna if annas else room.ben).id, room.film.id)
    return False


def _eyes(room: Room, annas: bool, sees: bool) -> bool:
    change_rater(room.project, (room.anna if annas else room.ben).name, sees_eyes=sees)
    return False


def _decide(room: Room, which: int, choice: int, one_frame: bool, turned: bool) -> bool:
    found = room.disputes(room.cleo)
    if not found:
        return False
    run = found[which % len(found)].disagreement
    code = (0, run.first_code, run.second_code)[choice]
    frame = run.last_frame if one_frame else None
    raters = (room.anna, room.ben)
    if turned:
        raters = (room.ben, room.anna)
        run = replace(run, first_code=run.second_code, second_code=run.first_code)
    adj.decide(room.project, room.cleo, *raters, run, code, "seen", frame=frame)
    entry = adj.decisions(room.project, *raters)[-1]
    assert (entry.first_code, entry.second_code, entry.code) == (run.first_code, run.second_code, code)
    return True


def _take_back(room: Room, which: int, one_frame: bool) -> bool:
    found = [entry for entry in room.disputes(room.cleo) if entry.decision]
    if not found:
        return False
    run = found[which % len(found)].disagreement
    frame = run.first_frame if one_frame else None
    adj.take_back(room.project, room.cleo, room.anna, room.ben, run, frame=frame)
    return True


def _agreed(back: bool) -> Any:
    def act(room: Room) -> bool:
        try:
            (adj.give_back_agreed if back else adj.take_agreed)(
                room.project, room.cleo, room.anna, room.ben, room.film
            )
        except ProjectError:
            return False
        return True

    return act


def _refresh(room: Room) -> bool:
    if adj.consensus_rater(room.project, room.anna, room.ben) is None:
        return False
    adj.refresh(room.project, room.cleo, room.anna, room.ben, video=room.film.name)
    return True


_ACTS: dict[str, Any] = {
    "edit": _edit,
    "undo": _undo,
    "eyes": _eyes,
    "decide": _decide,
    "take back": _take_back,
    "take agreed": _agreed(back=False),
    "give back": _agreed(back=True),
    "refresh": _refresh,
}


def _smile(room: Room) -> None:
    """Frames 0-3: they agree on 0, dispute AU12 on 1-3, and AU25 on 3, too."""
    for frame in range(4):
        room.code(room.anna, frame, *(["AU12=1C"] if frame else []), "AU6=1B")
        room.code(room.ben, frame, *(["AU25=1"] if frame == 3 else []), "AU6=1B")


def test_a_frame_has_a_consensus_only_when_all_of_it_is_decided(room: Room) -> None:
    _smile(room)
    smile, parted = room.disputes(room.cleo)
    assert (smile.disagreement.action, len(smile.disagreement)) == ("AU12", 3)
    assert adj.consensus_rater(room.project, room.anna, room.ben) is None
    changes = adj.decide(
        room.project, room.cleo, room.anna, room.ben, smile.disagreement, 1, "  both\nlooked "
    )
    assert sorted(changes.codings) == [1, 2]
    consensus = adj.consensus_rater(room.project, room.ben, room.anna)
    assert consensus is not None
    assert (consensus.name, consensus.role) == ("Consensus of Anna and Ben", Role.ADJUDICATOR)
    first = room.said(consensus)[1]
    # Both call the raised cheek B; of the smile only Anna told an intensity.
    assert first.codes == (
        ActionCode("AU6", 1, "B", Origin.ADJUDICATED),
        ActionCode("AU12", 1, None, Origin.ADJUDICATED),
    )
    (entry,) = room.project.store.history.log(consensus.id, room.film.id)
    assert (entry.actor_id, entry.reason) == (room.cleo.id, "AU12 both: both looked")
    # Nobody can take it away from under the log of decisions.
    assert room.project.store.history.undo(consensus.id, room.film.id) is None
    adj.decide(room.project, room.cleo, room.anna, room.ben, parted.disagreement, 0, "lips closed")
    assert sorted(room.consensus()) == [1, 2, 3]
    held = [(run.decision.reason, len(run.disagreement)) for run in room.disputes() if run.decision]
    assert held == [("both looked", 3), ("lips closed", 1)]
    adj.take_back(room.project, room.cleo, room.anna, room.ben, smile.disagreement, frame=2)
    assert sorted(room.consensus()) == [1, 3]
    assert [(run.is_open, len(run.disagreement)) for run in room.disputes(action="AU12")] == [
        (False, 1),
        (True, 1),
        (False, 1),
    ]
    assert [entry.taken_back for entry in adj.decisions(room.project, room.anna, room.ben)] == [
        False,
        False,
        True,
    ]


def test_a_changed_code_withdraws_the_consensus_at_once_and_opens_the_dispute(room: Room) -> None:
    _smile(room)
    adj.take_agreed(room.project, room.cleo, room.anna, room.ben, room.film)
    smile = room.disputes()[0].disagreement
    adj.decide(room.project, room.cleo, room.anna, room.ben, smile, 1, "seen")
    assert sorted(room.consensus()) == [0, 1, 2]
    # Going over a frame, or noting something about it, says nothing else of the face.
    room.code(room.anna, 1, "AU12=1C", "AU6=1B", state=CodingState.CHECKED)
    assert sorted(room.consensus()) == [0, 1, 2]
    room.code(room.anna, 2, "AU12=2C", "AU6=1B")
    assert sorted(room.consensus()) == [0, 1]
    (changed,) = [run for run in room.disputes(action="AU12") if run.earlier]
    assert (changed.is_open, changed.earlier and changed.earlier.reason) == (True, "seen")
    assert changed.disagreement.first_frame == changed.disagreement.last_frame == 2
    found = adj.standing(room.project, room.anna, room.ben)
    assert (found.compared, found.agreed, found.disputed) == (4, 1, 3)
    assert (found.decided, found.open, found.changed, found.behind) == (1, 2, 1, 0)
    room.project.store.history.undo(room.anna.id, room.film.id)
    assert adj.standing(room.project, room.anna, room.ben).behind == 1
    assert adj.refresh(room.project, room.cleo, room.anna, room.ben) == 1
    assert sorted(room.consensus()) == [0, 1, 2]
    # Any other act on the recording catches up as well, and the log tells the two apart.
    room.code(room.anna, 2, "AU12=2C", "AU6=1B")
    room.project.store.history.undo(room.anna.id, room.film.id)
    (parted,) = room.disputes(action="AU25")
    adj.decide(room.project, room.cleo, room.anna, room.ben, parted.disagreement, 1, "lips part")
    assert sorted(room.consensus()) == [0, 1, 2, 3]
    consensus = adj.consensus_rater(room.project, room.anna, room.ben)
    assert consensus is not None
    late, now = room.project.store.history.log(consensus.id, room.film.id)[-2:]
    assert [(list(late.after), late.reason), (list(now.after), now.reason)] == [
        ([2], "follows the codes as they are now"),
        ([3], "AU25 present: lips part"),
    ]


def test_what_only_one_can_see_is_neither_disputed_nor_in_the_consensus(room: Room) -> None:
    change_rater(room.project, "Ben", sees_eyes=False, blind=True)
    change_rater(room.project, "Anna", blind=False)
    room.code(room.anna, 0, "AU1=1", "AU12=1")
    room.code(room.ben, 0)
    (smile,) = room.disputes()
    assert smile.disagreement.action == "AU12"
    adj.decide(room.project, room.cleo, room.anna, room.ben, smile.disagreement, 1, "seen")
    consensus = adj.consensus_rater(room.project, room.anna, room.ben)
    assert consensus is not None
    # As blind as the blinder one; its zeros of the upper face must not read as absent.
    assert (consensus.sees_eyes, consensus.blind) == (False, True)
    assert room.consensus() == {0: (CodingState.CODED, [("AU12", 1, None)])}
    change_rater(room.project, "Ben", sees_eyes=True)
    assert adj.standing(room.project, room.anna, room.ben).behind == 1
    adj.refresh(room.project, room.cleo, room.anna, room.ben)
    assert room.consensus() == {}
    assert adj.consensus_rater(room.project, room.anna, room.ben) == replace(consensus, sees_eyes=True)


def test_frames_out_of_the_comparison_are_counted_or_left_alone(room: Room) -> None:
    for frame, (anna, ben) in enumerate(
        [
            (CodingState.NOT_CODABLE, CodingState.CODED),
            (CodingState.NOT_CODABLE, CodingState.NOT_CODABLE),
            (CodingState.CARRIED, CodingState.CODED),
            (CodingState.CODED, CodingState.CODED),
            (CodingState.CODED, CodingState.CODED),
        ]
    ):
        room.code(room.anna, frame, *(["AU12=1"] if anna is not CodingState.NOT_CODABLE else []), state=anna)
        room.code(room.ben, frame, state=ben)
    clips = room.project.store.recordings.add_clips(room.film.id, [(0, 3), (4, 9)])
    room.project.store.clips.exclude(clips[1].id, ExclusionReason.OCCLUDED, "", room.anna.id)
    found = adj.open_disagreements(room.project, None, room.anna, room.ben)
    assert [(run.disagreement.first_frame, run.disagreement.last_frame) for run in found.disputes] == [(3, 3)]
    assert found.one_not_codable == 1
    adj.take_agreed(room.project, room.cleo, room.anna, room.ben, room.film)
    assert room.consensus() == {1: (CodingState.NOT_CODABLE, [])}


def test_what_cannot_be_decided_is_said_and_nothing_is_written(room: Room) -> None:
    _smile(room)
    add_rater(room.project, "Consensus of Anna and Ben", Role.ADJUDICATOR)
    smile = room.disputes()[0].disagreement
    act = (room.project, room.cleo, room.anna, room.ben)
    with pytest.raises(ProjectError, match="Say why"):
        adj.decide(*act, smile, 1, " \n")
    with pytest.raises(ProjectError, match="no code 4"):
        adj.decide(*act, smile, 4, "seen")
    with pytest.raises(ProjectError, match="from 0 to 5"):
        adj.decide(*act, smile, 6, "seen")
    with pytest.raises(ProjectError, match="Frame 4 is not in this run"):
        adj.decide(*act, smile, 1, "seen", frame=4)
    with pytest.raises(ProjectError, match="these codes any more"):
        adj.decide(*act, replace(smile, last_frame=9), 1, "seen")
    with pytest.raises(ProjectError, match="Nothing is decided"):
        adj.take_back(*act, smile)
    with pytest.raises(ProjectError, match="name two raters"):
        adj.open_disagreements(room.project, None, room.anna, room.anna)
    with pytest.raises(NotFoundError, match="no consensus yet"):
        adj.refresh(*act)
    with pytest.raises(ProjectError, match="do not disagree about AU4"):
        adj.decide_frames(*act, room.film, "AU4", (0, 3), 1, "seen")
    assert room.project.store.adjudications.log(room.anna.id, room.ben.id) == []
    adj.decide(*act, smile, 1, "seen")
    consensus = adj.consensus_rater(room.project, room.anna, room.ben)
    assert consensus is not None
    assert consensus.name == "Consensus of Anna and Ben (2)"
    room.code(room.ben, 1, "AU12=1", "AU6=1B")
    with pytest.raises(ProjectError, match="these codes any more"):
        adj.decide(*act, smile, 1, "seen")
    with pytest.raises(ProjectError, match="no person"):
        adj.decide(room.project, consensus, room.anna, room.ben, smile, 1, "seen")


def test_a_stretch_of_frames_is_decided_and_taken_back_run_by_run(room: Room) -> None:
    for frame, (anna, ben) in enumerate([(1, 0), (1, 2), (1, 1), (0, 2), (0, 3)]):
        for rater, code in ((room.anna, anna), (room.ben, ben)):
            room.code(rater, frame, *([f"AU12={code}"] if code else []))
    act = (room.project, room.cleo, room.anna, room.ben, room.film, "AU12")
    assert adj.decide_frames(*act, (1, 3), 2, "seen")[0] == 2
    assert sorted(room.consensus()) == [1, 3]
    assert adj.take_back_frames(*act, (3, 4))[0] == 1
    assert sorted(room.consensus()) == [1]


def test_another_file_of_the_video_takes_codings_decisions_and_consensus_along(room: Room) -> None:
    _smile(room)
    adj.take_agreed(room.project, room.cleo, room.anna, room.ben, room.film)
    smile = room.disputes()[0].disagreement
    adj.decide(room.project, room.cleo, room.anna, room.ben, smile, 1, "seen")
    before = room.consensus()
    room.project.store.recordings.renumber(
        room.film.id, {0: 10, 1: 11, 3: 12}, frame_count=20, actor_id=room.anna.id, reason="cut"
    )
    assert room.consensus() == literal(room) == {10: before[0], 11: before[1]}
    assert adj.standing(room.project, room.anna, room.ben).behind == 0
    # A frame that is gone took its decision with it: its number means another picture now.
    assert [(run.disagreement.first_frame, run.is_open) for run in room.disputes()] == [
        (11, False),
        (12, True),
    ]


def test_the_consensus_is_exported_as_any_coding(room: Room, tmp_path: Path) -> None:
    _smile(room)
    adj.take_agreed(room.project, room.cleo, room.anna, room.ben, room.film)
    adj.decide(room.project, room.cleo, room.anna, room.ben, room.disputes()[0].disagreement, 2, "left only")
    name = "Consensus of Anna and Ben"
    (label,) = export_hrm_csv(room.project, tmp_path / "labels", rater=name).files
    header, *rows = [line.split(",") for line in label.read_text().splitlines()]
    told = [{key: cell for key, cell in zip(header, row, strict=True) if cell != "0"} for row in rows]
    for row in told:
        row.pop("ASD", None)
    assert told == [
        {"AU6": "1"},
        {"frame": "1", "AU6": "1", "AU12": "2"},
        {"frame": "2", "AU6": "1", "AU12": "2"},
    ]
    export_sheets(room.project, "csv", tmp_path / "sheets", rater=name)
    (sheet,) = (tmp_path / "sheets").rglob("*.csv")
    smiles = [line for line in sheet.read_text().splitlines() if "AU12" in line]
    assert smiles
    assert all(Origin.ADJUDICATED.value in line for line in smiles)
