"""Who sees whose codes, before and after their own are submitted."""

from __future__ import annotations

import pytest

from hrm_core.errors import NotFoundError, ProjectError
from hrm_core.records.check import CheckAct, CheckEvent
from hrm_core.records.people import Role
from hrm_core.records.training import GoldClip
from hrm_core.workflows import adjudicate as adj
from hrm_core.workflows.add_participant import add_rater
from hrm_core.workflows.agreement_sources import sources, two_coders
from hrm_core.workflows.project import Project
from tests.support.two_coders import Room, new_room


@pytest.fixture
def room(project: Project) -> Room:
    """Anna and Ben have coded nothing yet; Cleo is an adjudicator."""
    return new_room(project, "play")


def test_nobody_sees_codes_of_frames_they_are_still_to_code(room: Room) -> None:
    store, film = room.project.store, room.film
    for frame in range(8):
        room.code(room.anna, frame, "AU12=1")
        room.code(room.ben, frame)
    clips = store.recordings.add_clips(film.id, [(0, 2), (3, 5)])
    for clip, what in ((clips[0], CheckAct.SUBMIT), (clips[1], CheckAct.START)):
        store.checks.add_event(CheckEvent(room.ben.id, film.id, clip.first_frame, clip.last_frame, what, ""))
    found = adj.open_disagreements(room.project, room.ben, room.anna, room.ben)
    # The submitted clip, and frames outside clips, all of which he has coded himself.
    assert [(run.disagreement.first_frame, run.disagreement.last_frame) for run in found.disputes] == [
        (0, 2),
        (6, 7),
    ]
    assert (found.hidden, [entry.frames for entry in found.why_hidden]) == (3, [3])
    assert "Ben" in found.why_hidden[0].why
    room.code(room.anna, 8, "AU12=1")
    sight = adj.may_see(room.project, room.ben, room.anna, room.ben, film)
    assert sight.frames.tolist() == [0, 1, 2]
    assert not sight.shows(7)
    (whole,) = room.disputes(room.cleo)
    assert len(whole.disagreement) == 8
    for rater, reason in (
        (room.ben, "not to be seen by Ben"),
        (add_rater(room.project, "Jo", Role.JUDGE), "judge"),
    ):
        with pytest.raises(ProjectError, match=reason):
            adj.decide(room.project, rater, room.anna, room.ben, whole.disagreement, 1, "seen")
    third = add_rater(room.project, "Dora")
    assert len(adj.may_see(room.project, third, room.anna, room.ben, film).frames) == 9
    store.gold.add(GoldClip(film.id, 0, 5, room.anna.id))
    assert adj.may_see(room.project, third, room.anna, room.ben, film).frames.tolist() == [6, 7, 8]
    room.code(third, 0)
    assert adj.may_see(room.project, third, room.anna, room.ben, film).frames.tolist() == []
    assert adj.consensus_rater(room.project, room.anna, room.ben) is None


def test_a_consensus_is_no_person(room: Room) -> None:
    project = room.project
    room.code(room.anna, 0, "AU12=1")
    room.code(room.ben, 0)
    (open_,) = room.disputes(room.cleo)
    adj.decide(project, room.cleo, room.anna, room.ben, open_.disagreement, 1, "seen")
    consensus = adj.consensus_rater(project, room.anna, room.ben)
    assert consensus is not None
    assert project.coded_frames(consensus) == 1
    assert consensus in project.raters()
    # Nobody is it: it can neither be chosen as who one is nor stand in for a coder.
    assert consensus not in project.people()
    assert [source.name for source in two_coders(project)] == ["Anna", "Ben"]
    assert consensus.name in [source.name for source in sources(project)]
    with pytest.raises(NotFoundError, match=r"frames were coded by: Anna, Ben\.$"):
        project.coder(None)
    dora = add_rater(project, "Dora", Role.ADJUDICATOR)
    room.code(dora, 0)
    (other,) = adj.open_disagreements(project, room.cleo, room.anna, dora).disputes
    with pytest.raises(ProjectError, match="is no person"):
        adj.decide(project, consensus, room.anna, dora, other.disagreement, 1, "seen")
