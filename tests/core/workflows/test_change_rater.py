"""Somebody known gets another role, but none that undoes what they are believed not to know."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hrm_core.errors import NotFoundError, ProjectError
from hrm_core.records.coding import FrameCoding
from hrm_core.records.people import Role
from hrm_core.records.rating_plan import PlannedJudge
from hrm_core.workflows.add_participant import add_rater, change_rater
from hrm_core.workflows.plan_rating import SessionChoice, preview
from hrm_core.workflows.project import Project, create_project
from hrm_core.workflows.rating_sessions import require_coordinator, unblind_answers, unblind_judge
from tests.support.rated_sessions import add_children, plan


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Project]:
    """Two children, and Ada who opened the window once."""
    with create_project(tmp_path / "study") as project:
        add_children(project, 2, 1)
        add_rater(project, "Ada", blind=False, sees_eyes=True)
        yield project


def test_a_coder_becomes_coordinator_and_nothing_else_changes(study: Project) -> None:
    with pytest.raises(ProjectError, match="hrm set rater makes one of somebody known"):
        require_coordinator(study, "Ada")
    before = study.store.people.rater("Ada")
    after = change_rater(study, "Ada", role=Role.COORDINATOR)
    assert require_coordinator(study, "Ada") == after
    assert (after.id, after.blind, after.sees_eyes) == (before.id, before.blind, before.sees_eyes)
    assert change_rater(study, "Ada", role=Role.CODER) == before, "nothing was lifted yet"
    with pytest.raises(NotFoundError):
        change_rater(study, "Nobody", role=Role.COORDINATOR)


def test_a_blind_judge_stays_what_they_are(study: Project) -> None:
    add_rater(study, "Cora", Role.COORDINATOR)
    judges = [PlannedJudge("Mei"), PlannedJudge("Jo", blind=False, why_not_blind="coded the children")]
    plan(study, "Round 1", study.store.recordings.clips(), judges)
    for role in (Role.COORDINATOR, Role.CODER):
        with pytest.raises(ProjectError, match="Mei is a blind judge in 'Round 1', so stays judge"):
            change_rater(study, "Mei", role=role)
    assert study.store.people.rater("Mei").role is Role.JUDGE
    # Rights may still change, and the same role is no change.
    assert not change_rater(study, "Mei", role=Role.JUDGE, blind=False).blind
    assert change_rater(study, "Jo", role=Role.COORDINATOR).role is Role.COORDINATOR
    unblind_judge(study, "Round 1", "Mei", by="Cora", why="met the family")
    assert change_rater(study, "Mei", role=Role.CODER).role is Role.CODER


def test_who_lifted_a_blinding_does_not_become_a_judge(study: Project) -> None:
    add_rater(study, "Cora", Role.COORDINATOR)
    plan(study, "Round 1", study.store.recordings.clips(), [PlannedJudge("Mei")])
    unblind_answers(study, "Round 1", by="Cora", why="paper")
    with pytest.raises(ProjectError, match="Cora has lifted a blinding in 'Round 1', so stays coordinator"):
        change_rater(study, "Cora", role=Role.JUDGE)


def test_a_consensus_has_no_other_role(study: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = study.store.people.rater("Ada")
    monkeypatch.setattr(study.store.adjudications, "consensus_raters", lambda: {ada.id: (1, 2)})
    with pytest.raises(ProjectError, match="Ada is a consensus and nobody in person"):
        change_rater(study, "Ada", role=Role.COORDINATOR)
    assert change_rater(study, "Ada", sees_eyes=False).role is Role.CODER


def test_coded_children_are_named_in_the_order_of_their_codes(tmp_path: Path) -> None:
    with create_project(tmp_path / "large") as project:
        clips = add_children(project, 10, 1)
        ada = add_rater(project, "Ada")
        for number in (10, 2):
            project.store.codings.save(FrameCoding(ada.id, clips[number - 1].video_id, 2))
        # Clips for practice come first.
        practice = ("S10:play 10:1",)
        choice = SessionChoice("Round 1", (PlannedJudge("Ada"),), practice_clips=practice, eyes_covered=False)
        told = [problem for problem in preview(project, choice).problems if "has coded" in problem]
    assert [problem.partition(", so")[0] for problem in told] == [
        "Ada has coded children of this session (S2, S10)"
    ]
