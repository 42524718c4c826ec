"""A clip is checked by the coder who coded it, and submitted once every action is answered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from hrm_core.config import Check
from hrm_core.errors import ProjectError
from hrm_core.facs import ACTIONS
from hrm_core.records.check import Answer
from hrm_core.records.coding import CodingState, FrameCoding
from hrm_core.records.people import Participant, Rater
from hrm_core.records.recording import Clip, ExclusionReason, Recording
from hrm_core.workflows import check_clip as checking
from hrm_core.workflows.choose_clips import exclude_clip, new_clip
from hrm_core.workflows.project import Project, create_project
from hrm_core.workflows.report_checks import check_trail, checks_of_study


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A study with one recording that only labels are known of."""
    with create_project(tmp_path / "study") as project:
        who = project.store.people.add_participant(Participant(0, "7", "ASD"))
        project.store.recordings.add(Recording(0, who.id, "play", frame_count=40))
        yield project


class Desk:
    """Ada, one clip of six frames, and what she does."""

    def __init__(self, project: Project, name: str = "Ada") -> None:
        self.project = project
        self.rater: Rater = project.store.people.ensure_rater(name)
        _, self.recording = next(project.recordings())
        clips = project.store.recordings.clips(self.recording.id)
        self.clip: Clip = clips[0] if clips else new_clip(project, self.rater, self.recording, 3, 8)

    @property
    def here(self) -> tuple[Project, Rater, Recording, Clip]:
        """What every workflow asks for."""
        return self.project, self.rater, self.recording, self.clip

    def code(self, *frames: int, **codes: int) -> None:
        """Code frames."""
        found = self.project.store.codings.of_video(self.rater.id, self.recording.id)
        for frame in frames:
            coding = found.get(frame) or FrameCoding(self.rater.id, self.recording.id, frame)
            for key, code in codes.items():
                coding = coding.with_code(key, code)
            self.project.store.codings.save(coding, reason="coded")

    def answer_all(self) -> None:
        """Say of every open action what is coded."""
        for key in checking.check_status(*self.here).missing:
            checking.answer(*self.here, key, present=bool(checking.check_status(*self.here).of(key).runs))


def test_only_a_clip_that_is_wholly_coded_is_checked(project: Project) -> None:
    desk = Desk(project)
    desk.code(3, 4, 5, 7, 8)
    with pytest.raises(ProjectError, match="Clip 1 cannot be checked yet: frame 6 of it not coded"):
        checking.start_check(*desk.here)
    project.store.codings.save(FrameCoding(desk.rater.id, desk.recording.id, 6, state=CodingState.CARRIED))
    with pytest.raises(ProjectError, match="frame 6 of it carried, not confirmed"):
        checking.submit(*desk.here)
    with pytest.raises(ProjectError, match="is not being checked: start its check first"):
        checking.answer(*desk.here, "AU1", present=False)
    desk.clip = exclude_clip(project, desk.rater, desk.clip, ExclusionReason.OCCLUDED, "a cup")
    with pytest.raises(ProjectError, match=r"is excluded \(face occluded: a cup\)"):
        checking.start_check(*desk.here)
    assert not project.store.checks.log(desk.rater.id)


def test_submitting_waits_for_every_answer_and_an_edit_reopens_one(project: Project) -> None:
    desk = Desk(project)
    desk.code(*range(3, 9), AU12=1)
    checking.start_check(*desk.here)
    with pytest.raises(ProjectError, match=r"no answer for AU1, AU2, AU4, AU5, AU6, AU7 and 27 more actions"):
        checking.submit(*desk.here)
    desk.code(5, AU4=2)
    desk.answer_all()
    edits = len(project.store.history.log(desk.rater.id, desk.recording.id))
    assert not checking.submit(*desk.here).changed_since
    found = project.store.codings.of_video(desk.rater.id, desk.recording.id)
    assert {coding.state for coding in found.values()} == {CodingState.CHECKED}
    (checked,) = project.store.history.log(desk.rater.id, desk.recording.id)[edits:]
    assert (checked.reason, checked.actor_id, len(checked.after)) == ("checked", desk.rater.id, 6)
    with pytest.raises(ProjectError, match="is submitted already"):
        checking.submit(*desk.here)
    # Undoing the step of states leaves what was answered.
    project.store.history.undo(desk.rater.id, desk.recording.id)
    assert checking.check_status(*desk.here).is_complete
    desk.code(8, AU12=0)
    now = checking.check_status(*desk.here)
    assert (now.missing, now.changed_since) == (("AU12",), True)
    assert [mark.changed_since for mark in checking.submission_marks(project, desk.rater).values()] == [True]
    with pytest.raises(ProjectError, match="reason"):
        checking.take_back(*desk.here, "  ")
    checking.take_back(*desk.here, "coded too fast")
    assert checking.submission_marks(project, desk.rater) == {}
    with pytest.raises(ProjectError, match="nothing to take back"):
        checking.take_back(*desk.here, "again")
    (report,) = checks_of_study(project)
    assert [(c.action, c.before, c.after) for c in report.omissions] == [("AU4", "", "5 left")]
    trail = check_trail(*desk.here)
    assert [entry.at for entry in trail] == sorted(entry.at for entry in trail)
    assert {entry.phase for entry in trail} == {"first pass", "second pass", "submission"}
    assert "AU4 omission: nothing → 5 left" in [entry.what for entry in trail]
    assert trail[-1].what == "taken back: coded too fast"


def test_another_coder_and_a_masked_one_see_only_their_own(project: Project) -> None:
    desk, other = Desk(project), Desk(project, "Bo")
    desk.code(*range(3, 9), AU12=1)
    checking.start_check(*desk.here)
    desk.answer_all()
    checking.submit(*desk.here)
    other.code(*range(3, 9))
    now = checking.check_status(*other.here)
    assert len(now.missing) == len(ACTIONS)
    assert now.submission is None
    assert not now.of("AU12").runs
    assert checking.submission_marks(project, other.rater) == {}
    other.rater = replace(other.rater, sees_eyes=False)
    checking.start_check(*other.here)
    assert not {"AU1", "AU43"} & set(checking.check_status(*other.here).missing)
    with pytest.raises(ProjectError, match="not among the actions that Bo checks"):
        checking.answer(*other.here, "AU1", present=False)
    other.answer_all()
    assert checking.submit(*other.here).submission is not None


def test_with_the_first_pass_hidden_verdicts_come_first_and_differences_are_resolved(
    project: Project,
) -> None:
    project.settings = replace(project.settings, check=Check(hide_first_pass=True))
    desk = Desk(project)
    desk.code(*range(3, 9), AU1=1)
    checking.start_check(*desk.here)
    checking.answer(*desk.here, "AU1", present=True)
    checking.answer(*desk.here, "AU2", present=True)
    assert "AU1" in checking.check_status(*desk.here).concealed
    now = checking.answer(*desk.here, "AU4", present=False)
    assert not {"AU1", "AU2", "AU4"} & now.concealed
    assert "AU2" in now.missing
    assert not {"AU1", "AU4"} & set(now.missing)
    desk.code(4, AU2=3)
    checking.answer(*desk.here, "AU2", present=True)
    log = checking.check_log(project, desk.rater, desk.recording)
    assert [entry.answer for entry in log.answers] == [
        *(Answer.SEEN, Answer.SEEN, Answer.NOT_SEEN),
        *(Answer.AS_CODED, Answer.ABSENT, Answer.CHANGED),
    ]
    assert [entry.is_omission for entry in log.answers] == [False] * 5 + [True]


def test_what_was_seen_is_not_hidden_again_from_the_coder_who_changes_it(project: Project) -> None:
    project.settings = replace(project.settings, check=Check(hide_first_pass=True))
    desk = Desk(project)
    desk.code(*range(3, 9), AU1=1)
    checking.start_check(*desk.here)
    for key, present in (("AU1", True), ("AU2", False), ("AU4", False)):
        checking.answer(*desk.here, key, present=present)
    desk.code(5, AU1=0)
    now = checking.check_status(*desk.here)
    assert "AU1" in now.missing
    assert not {"AU1", "AU2", "AU4"} & now.concealed
    assert "AU12" in now.concealed
    assert "AU1" not in checking.answer(*desk.here, "AU1", present=True).missing
    # Another check is another look, and hides what it has no answer for.
    desk.answer_all()
    desk.answer_all()
    checking.submit(*desk.here)
    checking.take_back(*desk.here, "too fast")
    desk.code(6, AU1=2)
    checking.start_check(*desk.here)
    assert checking.check_status(*desk.here).concealed == {"AU1"}


def test_a_clip_that_takes_the_place_of_a_submitted_one_is_not_submitted(project: Project) -> None:
    desk = Desk(project)
    clip = desk.clip
    desk.clip = new_clip(project, desk.rater, desk.recording, 9, 14)
    desk.code(*range(3, 15))
    checking.start_check(*desk.here)
    desk.answer_all()
    checking.submit(*desk.here)
    # Another file in which every frame has the number it had: nothing is another picture now.
    store, same = project.store.recordings, {old: old for old in range(40)}
    store.renumber(desk.recording.id, same, frame_count=40, actor_id=desk.rater.id, reason="smaller")
    assert list(checking.submission_marks(project, desk.rater)) == [desk.clip.id]
    later = {old: old + 6 for old in range(34)}
    store.renumber(desk.recording.id, later, frame_count=40, actor_id=desk.rater.id, reason="longer")
    desk.clip = next(entry for entry in store.clips(desk.recording.id) if entry.id == clip.id)
    assert (desk.clip.first_frame, desk.clip.last_frame) == (9, 14)
    now = checking.check_status(*desk.here)
    assert (now.submission, len(now.missing)) == (None, len(ACTIONS))
    assert checking.submission_marks(project, desk.rater) == {}
    assert [entry.state for entry in checks_of_study(project)] == ["coded", "coded"]


def test_an_omission_that_was_taken_off_again_is_not_reported(project: Project) -> None:
    desk = Desk(project)
    desk.code(*range(3, 9), AU12=1)
    checking.start_check(*desk.here)
    desk.code(5, AU4=2)
    checking.answer(*desk.here, "AU4", present=True)
    desk.code(5, AU4=0)
    checking.answer(*desk.here, "AU4", present=False)
    desk.code(6, AU1=1)
    desk.answer_all()
    checking.submit(*desk.here)
    checking.take_back(*desk.here, "once more")
    # To the next check the omission of the first is what was coded; it stays an omission found.
    desk.code(7, AU15=1)
    checking.start_check(*desk.here)
    desk.code(7, AU1=1)
    desk.answer_all()
    (report,) = checks_of_study(project)
    assert [change.action for change in report.omissions] == ["AU1"]


def test_an_answer_about_codes_that_are_not_there_any_more_is_not_written(project: Project) -> None:
    desk = Desk(project)
    desk.code(*range(3, 9), AU12=1)
    checking.start_check(*desk.here)
    checking.answer(*desk.here, "AU12", present=True)
    (taken,) = checking.check_log(project, desk.rater, desk.recording).answers
    desk.code(4, AU12=2)
    with pytest.raises(ProjectError, match="codes of AU12 were changed by another window"):
        checking.write_answers(project, [taken])
    assert len(checking.check_log(project, desk.rater, desk.recording).answers) == 1
