"""A coder is measured by a gold standard once all is coded, and every attempt is kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hrm_core.cli.main import app
from hrm_core.errors import NotFoundError, ProjectError
from hrm_core.records.coding import CodingState, FrameCoding
from hrm_core.records.people import Rater
from hrm_core.records.recording import ExclusionReason, Recording
from hrm_core.records.training import MistakeKind
from hrm_core.workflows import choose_clips, train_coder
from hrm_core.workflows.add_participant import add_rater
from hrm_core.workflows.add_video import add_video
from hrm_core.workflows.project import Project


@pytest.fixture
def play(project: Project, film: Path) -> Recording:
    """A recording of twelve frames with a clip from 2 to 5."""
    return add_video(project, "S1", film, clips=[(2, 5)], note_frames=False)


@pytest.fixture
def gold(project: Project, play: Recording) -> Rater:
    """Somebody whose codes of the clip are the standard: AU12 in all frames, AU6 in two."""
    rater = add_rater(project, "Gold")
    for frame in range(2, 6):
        coding = FrameCoding(rater.id, play.id, frame).with_code("AU12", 1)
        project.store.codings.save(coding.with_code("AU6", 1) if frame > 3 else coding)
    return rater


def _code(
    project: Project, rater: Rater, play: Recording, frame: int, state: CodingState = CodingState.CODED
) -> None:
    coding = FrameCoding(rater.id, play.id, frame).with_code("AU12", 1)
    project.store.codings.save(
        FrameCoding(
            rater.id, play.id, frame, coding.codes if state is not CodingState.NOT_CODABLE else (), state
        )
    )


def test_from_gold_to_score(project: Project, play: Recording, gold: Rater) -> None:
    clip = train_coder.add_gold(project, gold, play, choose_clips.clip_numbered(project, play, 1))
    coder = add_rater(project, "New")
    for frame in (2, 3, 4):
        _code(project, coder, play, frame, CodingState.CARRIED if frame == 3 else CodingState.CODED)
    (seen,) = train_coder.training_clips(project, coder)
    assert (seen.number, seen.settled, seen.carried, seen.is_ready, seen.results) == (1, 2, 1, False, ())
    with pytest.raises(
        ProjectError, match=r"Code the whole clip first: 2 frames missing \(frames 3, 5; 1 of"
    ):
        train_coder.score_clip(project, coder, clip)
    assert not train_coder.training_log(project), (
        "who has not finished is told nothing, and nothing is counted"
    )
    saved = project.store.codings.get(coder.id, play.id, 3)
    assert saved is not None
    project.store.codings.save(saved.with_code("AU12", 1))
    _code(project, coder, play, 5, CodingState.NOT_CODABLE)
    score = train_coder.score_clip(project, coder, clip)
    assert (score.frames, score.left_out, score.attempt) == (3, 1, 1)
    assert score.index == pytest.approx(2 * 3 / (3 + 4))
    assert score.passed
    assert [(m.kind, m.action, m.first_frame) for m in score.mistakes] == [(MistakeKind.MISSED, "AU6", 4)]
    assert train_coder.score_clip(project, coder, clip).attempt == 2
    (ready,) = train_coder.training_clips(project, coder)
    assert ready.is_ready
    assert [entry.index for entry in ready.results] == [score.index] * 2
    log = train_coder.training_log(project)
    assert [(entry.rater, entry.attempt, entry.gold) for entry in log] == [
        ("New", 1, "Gold"),
        ("New", 2, "Gold"),
    ]
    assert (log[0].participant, log[0].passed, log[0].frames, log[0].left_out) == ("S1", True, 3, 1)
    assert log[0].by_action == {"AU6": 0.0, "AU12": 1.0}
    with pytest.raises(ProjectError, match="your own codes"):
        train_coder.score_clip(project, gold, clip)
    train_coder.remove_gold(project, clip)
    assert not train_coder.training_clips(project, coder)
    assert len(train_coder.training_log(project, coder)) == 2


def test_what_a_masked_gold_rater_cannot_say_is_no_mistake_of_the_coder(
    project: Project, play: Recording
) -> None:
    masked = add_rater(project, "Masked", sees_eyes=False)
    coder = add_rater(project, "New")
    for frame in range(2, 6):
        _code(project, masked, play, frame)
        coding = FrameCoding(coder.id, play.id, frame).with_code("AU12", 1).with_code("AU6", 1)
        project.store.codings.save(coding)
    clip = train_coder.add_gold(project, masked, play, choose_clips.clip_numbered(project, play, 1))
    score = train_coder.score_clip(project, coder, clip)
    assert (score.index, score.mistakes) == (1.0, ())
    assert [entry.action for entry in score.actions] == ["AU12"]


def test_what_cannot_be_gold(project: Project, play: Recording, gold: Rater) -> None:
    half = add_rater(project, "Half")
    _code(project, half, play, 2)
    clip = choose_clips.clip_numbered(project, play, 1)
    with pytest.raises(
        ProjectError, match=r"Half has not coded all of clip 1: 3 frames missing \(frames 3–5"
    ):
        train_coder.add_gold(project, half, play, clip)
    excluded = choose_clips.exclude_clip(project, gold, clip, ExclusionReason.OCCLUDED)
    with pytest.raises(ProjectError, match="excluded"):
        train_coder.add_gold(project, gold, play, excluded)
    with pytest.raises(NotFoundError, match="there are: none yet"):
        train_coder.gold_numbered(project, 1)


def test_gold_follows_its_frames_to_another_file(project: Project, play: Recording, gold: Rater) -> None:
    train_coder.add_gold(project, gold, play, choose_clips.clip_numbered(project, play, 1))
    store = project.store.recordings
    store.renumber(
        play.id, {old: old - 1 for old in range(1, 12)}, frame_count=11, actor_id=gold.id, reason="cut"
    )
    (clip,) = project.store.gold.clips()
    assert (clip.first_frame, clip.last_frame) == (1, 4)
    there = {old: old for old in range(11) if old != 2}
    store.renumber(play.id, there, frame_count=11, actor_id=gold.id, reason="cut again")
    assert not project.store.gold.clips(), "a clip that lost a frame is looked at again by a person"


def test_a_number_stays_with_its_clip(project: Project, film: Path) -> None:
    gold = add_rater(project, "Gold")
    play = add_video(project, "S1", film, clips=[(2, 3), (6, 7)], note_frames=False)
    for frame in (2, 3, 6, 7):
        _code(project, gold, play, frame)
    early, late = choose_clips.clips_of_recording(project, play)
    second = train_coder.add_gold(project, gold, play, late)
    first = train_coder.add_gold(project, gold, play, early)
    assert (train_coder.gold_numbered(project, 1), train_coder.gold_numbered(project, 2)) == (second, first)
    train_coder.remove_gold(project, second)
    assert [entry.number for entry in train_coder.training_clips(project, None)] == [2]
    with pytest.raises(NotFoundError, match="there are: 2"):
        train_coder.gold_numbered(project, 1)


def test_by_the_command_line(project: Project, play: Recording, gold: Rater) -> None:
    coder = add_rater(project, "New")
    for frame in range(2, 6):
        _code(project, coder, play, frame)
    folder = ["--project", str(project.folder)]

    def run(*words: str) -> str:
        result = CliRunner().invoke(app, ["training", *words, *folder], catch_exceptions=False)
        assert result.exit_code == 0
        return result.output

    assert "No clip is a gold standard yet" in run("list")
    assert "Frames 2–5 as Gold coded them" in run("add", "S1", "--clip", "1", "--by", "Gold")
    text = run("score", "1", "--rater", "New")
    assert "0.80 (0.70 passes): passed" in text
    assert "4–5" in text
    assert "missed" in text
    found = json.loads(run("score", "1", "--rater", "New", "--json"))
    assert found["attempt"] == 2
    assert found["index"] == pytest.approx(0.8)
    (entry,) = json.loads(run("list", "--rater", "New", "--json"))
    assert entry["coded"] == 4
    assert len(entry["attempts"]) == 2
    assert run("log").count("0.80") == 2
    assert json.loads(run("log", "--json"))[1]["attempt"] == 2
    run("remove", "1")
    assert json.loads(run("list", "--json")) == []
