"""Answers leave the store as label files that read back the same, and as rows; every joining is logged."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hrm_core.errors import NotFoundError, ProjectError
from hrm_core.exchange.hrm_ratings import read_hrm_ratings
from hrm_core.records.people import Rater, Role
from hrm_core.records.rating_plan import PlannedJudge, RatingSession
from hrm_core.workflows.export_ratings import RatedLabelsReport, export_rated_labels, list_answers
from hrm_core.workflows.import_hrm_folder import import_hrm_folder
from hrm_core.workflows.measure_ratings import ResultOptions, measure_ratings
from hrm_core.workflows.project import Project, create_project, open_project
from tests.support.builders import random_table
from tests.support.rated_sessions import FRAMES_PER_CLIP, add_children, answer, plan, scale_of

JUDGES = (PlannedJudge("Ann, MD"), PlannedJudge('Bo "B"'), PlannedJudge("李"))
CALM = ResultOptions(replicates=0)


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """Four children with three clips each, coded by Ada; Cora coordinates."""
    with create_project(tmp_path / "study") as project:
        clips = add_children(project, 4, 3)
        ada = project.store.people.ensure_rater("Ada")
        project.store.people.ensure_rater("Cora", Role.COORDINATOR)
        for video in {clip.video_id for clip in clips}:
            _code(project, ada, video, range(18))
        yield project


def _code(project: Project, coder: Rater, video: int, frames: range | list[int]) -> None:
    table = random_table(coder.id, video, len(frames), seed=video)
    table = replace(table, frames=np.array(list(frames), np.int64))
    project.store.codings.import_tables([table], actor_id=coder.id, reason="test")


def _rated(project: Project, scores: np.ndarray) -> RatingSession:
    session = plan(project, "G", project.store.recordings.clips(), JUDGES)
    answer(project, session, scores)
    return session


def _export(project: Project, into: Path, rater: str = "Ada") -> RatedLabelsReport:
    return export_rated_labels(project, "G", into, rater=rater, by="Cora", why="for the paper")


@pytest.mark.parametrize("seed", range(4))
def test_files_read_back_with_the_same_codes_and_scores(project: Project, tmp_path: Path, seed: int) -> None:
    scores = np.random.default_rng(seed).choice([1.0, 2.0, 3.0, 4.0, 5.0, np.nan], (12, 3))
    scores[0] = (1, 3, 3)
    session = _rated(project, scores)
    report = _export(project, tmp_path / "out")
    assert session.plan is not None
    clips = project.store.recordings.clips()
    seen = 0
    for path in report.files:
        rated = read_hrm_ratings(path)
        assert rated.wrong_averages == ()
        assert rated.judges == ("Ann, MD", 'Bo "B"', "李")
        code = path.stem.removeprefix("Participant-")
        who = project.store.people.participant(code)
        assert path.parent.name == who.group
        (recording,) = project.store.recordings.of_participant(who.id)
        table = project.store.codings.table(project.coder("Ada").id, recording.id)
        rows = np.searchsorted(table.frames, rated.labels.frames)
        assert np.array_equal(rated.labels.codes, table.codes[rows])
        for span, given in zip(rated.segments, rated.scores.tolist(), strict=True):
            (row,) = (
                at
                for at, clip in enumerate(clips)
                if clip.video_id == recording.id and (clip.first_frame, clip.last_frame) == span
            )
            assert given == np.nan_to_num(scores[row]).astype(int).tolist()
            seen += 1
    rated_clips = int((~np.isnan(scores)).any(axis=1).sum())
    assert (seen, report.clips, report.frames) == (rated_clips, rated_clips, rated_clips * FRAMES_PER_CLIP)


def test_a_folder_of_these_files_imports_as_the_same_ratings(project: Project, tmp_path: Path) -> None:
    scores = np.random.default_rng(9).integers(1, 6, (12, 3)).astype(float)
    _rated(project, scores)
    _export(project, tmp_path / "out")
    before = measure_ratings(project, "G", CALM)
    import_hrm_folder(tmp_path / "out", tmp_path / "again", rater="Ada")
    with open_project(tmp_path / "again") as again:
        (session,) = again.store.rating_sessions.all()
        after = measure_ratings(again, session.name, CALM)
    assert after.agreements[0].icc_single == before.agreements[0].icc_single
    assert after.agreements[0].kappa == before.agreements[0].kappa
    # A child's clips stay together, in whatever order children are.
    assert sorted(clip.scores for clip in after.clips) == sorted(clip.scores for clip in before.clips)


def test_the_mean_has_its_digits_and_missing_answers_are_empty(project: Project, tmp_path: Path) -> None:
    scores = np.full((12, 3), np.nan)
    scores[0] = (1, 3, 4)
    scores[1, 0] = 5
    _rated(project, scores)
    report = _export(project, tmp_path / "out")
    with report.files[0].open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0][-4:] == ["Abnormal-Ann, MD", 'Abnormal-Bo "B"', "Abnormal-李", "Abnormal-avg"]
    assert rows[1][-4:] == ["0", "2", "3", "1.666666667"]
    assert rows[5][-4:] == ["4", "", "", "4"]
    assert len(rows) == 1 + 2 * FRAMES_PER_CLIP
    assert report.notes == ("10 clips of the session that nobody rated left out.",)


def test_what_the_coder_did_not_code_is_said(project: Project, tmp_path: Path) -> None:
    bea = project.store.people.ensure_rater("Bea")
    project.store.people.update_rater(replace(bea, sees_eyes=False))
    first = project.store.recordings.clips()[0].video_id
    # All of the first clip but frame 1, and nothing of the third.
    _code(project, bea, first, [0, 2, 3, 6, 7, 8, 9])
    _rated(project, np.tile([1.0, 2.0, 5.0], (12, 1)))
    report = _export(project, tmp_path / "out", "Bea")
    rated = read_hrm_ratings(report.files[0])
    assert rated.segments == ((0, 0), (2, 3), (6, 9))
    assert rated.scores.tolist() == [[1, 2, 5]] * 3
    assert report.notes[0] == (
        "10 rated clips without a frame that Bea coded are left out with all answers: participant S1, "
        "video 'play 1', clip 3; participant S2, video 'play 2', clip 1; participant S2, video 'play 2', "
        "clip 2 and 7 more."
    )
    assert report.notes[1] == "In 1 rated clip, 1 frame without confirmed codes of Bea is left out."
    assert report.notes[2].startswith("Bea does not see eyes: in the columns AU1, AU2")


def test_clips_without_a_gap_are_refused(tmp_path: Path) -> None:
    with create_project(tmp_path / "study") as project:
        clips = add_children(project, 1, 3, gap=0)
        ada = project.store.people.ensure_rater("Ada")
        project.store.people.ensure_rater("Cora", Role.COORDINATOR)
        _code(project, ada, clips[0].video_id, range(12))
        _rated(project, np.tile([1.0, 2.0, 5.0], (3, 1)))
        with pytest.raises(ProjectError, match=r"no gap between them \(frames 0–3 and 4–7\)"):
            _export(project, tmp_path / "out")
        assert not (tmp_path / "out").exists()
        assert project.store.rating_sessions.log(1) == [], "what was not written is not logged"


def test_frames_are_those_that_judges_saw(project: Project, tmp_path: Path) -> None:
    _rated(project, np.tile([1.0, 2.0, 5.0], (12, 1)))
    first = project.store.recordings.clips()[0]
    project.store.clips.change(first.id, 1, 2, None, even_rated=True)
    report = _export(project, tmp_path / "out")
    assert read_hrm_ratings(report.files[0]).segments[0] == (0, 3)


def test_answers_stay_with_their_frames_in_another_file(project: Project, tmp_path: Path) -> None:
    """Frames 3 to 17 of the first film are frames 0 to 14 of the file that is connected now."""
    _rated(project, np.arange(36).reshape(12, 3) % 5 + 1.0)
    ada = project.coder("Ada")
    first = project.store.recordings.clips()[0].video_id
    before = project.store.codings.table(ada.id, first)
    with project.store.shutting_out_others():
        project.store.recordings.renumber(
            first, {old: old - 3 for old in range(3, 18)}, frame_count=15, actor_id=ada.id, reason="trimmed"
        )
    rated = read_hrm_ratings(_export(project, tmp_path / "out").files[0])
    # Clips were 0-3, 6-9 and 12-15.
    assert rated.segments == ((0, 0), (3, 6), (9, 12))
    assert rated.scores.tolist() == [[1, 2, 3], [4, 5, 1], [2, 3, 4]]
    seen = [3, *range(6, 10), *range(12, 16)]
    assert np.array_equal(rated.labels.codes, before.codes[np.searchsorted(before.frames, seen)])
    found = measure_ratings(project, "G", CALM)
    assert not any("changed after being prepared" in sentence for sentence in found.warnings)


@pytest.mark.parametrize("name", ["avg", "AVG"])
def test_a_judge_called_like_the_mean_is_refused(project: Project, tmp_path: Path, name: str) -> None:
    clips = project.store.recordings.clips()
    answer(project, plan(project, "G", clips, [PlannedJudge(name)]), np.ones((12, 1)))
    with pytest.raises(ProjectError, match="holds the judges' mean"):
        _export(project, tmp_path / "out")


def test_only_the_scale_of_the_paper_and_only_answers(project: Project, tmp_path: Path) -> None:
    plan(project, "G", project.store.recordings.clips(), JUDGES, presentation=scale_of(7))
    with pytest.raises(ProjectError, match=r"has 7 points.*hrm rating results --csv"):
        _export(project, tmp_path / "out")
    plan(project, "empty", project.store.recordings.clips(), JUDGES)
    with pytest.raises(NotFoundError, match="Nobody has rated"):
        export_rated_labels(project, "empty", tmp_path / "out", by="Cora", why="x")


def test_only_a_coordinator_with_a_reason_and_each_time_in_the_log(project: Project, tmp_path: Path) -> None:
    session = _rated(project, np.tile([1.0, 2.0, 5.0], (12, 1)))
    log = project.store.rating_sessions.log
    for by, why in ((None, "x"), ("Cora", " "), ("Ada", "x")):
        with pytest.raises(ProjectError, match="coordinator"):
            export_rated_labels(project, "G", tmp_path / "out", rater="Ada", by=by, why=why)
        with pytest.raises(ProjectError, match="coordinator"):
            list_answers(project, "G", by=by, why=why, with_children=True)
    assert (log(session.id), (tmp_path / "out").exists()) == ([], False)
    _export(project, tmp_path / "out")
    list_answers(project, "G", by="Cora", why="check", with_children=True)
    assert [(entry.what, entry.actor, entry.detail["why"]) for entry in log(session.id)] == [
        ("unblinded", "Cora", "for the paper"),
        ("unblinded", "Cora", "check"),
    ]
    said = measure_ratings(project, "G", CALM).joined
    assert said[0].endswith(
        "joined answers to children, for label files with the codes of Ada (for the paper)."
    )
    with pytest.raises(ProjectError, match="is not empty"):
        _export(project, tmp_path / "out")


def test_rows_without_children_tell_nothing_and_with_them_which_clip(project: Project) -> None:
    session = plan(project, "G", project.store.recordings.clips(), JUDGES, repeats=2)
    scores = np.column_stack([np.arange(12) % 5 + 1.0, np.arange(12) % 3 + 1.0, np.full(12, np.nan)])
    answer(project, session, scores, again=1, response_s=2.5)
    plain = list_answers(project, "G")
    assert len(plain) == 24
    assert {(row.participant, row.video, row.video_clip) for row in plain} == {("", "", None)}
    assert sum(row.second_score is not None for row in plain) == 4
    clips = project.store.recordings.clips()
    numbers = {clip.number: clip.scores for clip in measure_ratings(project, "G", CALM).clips}
    for row in list_answers(project, "G", by="Cora", why="check", with_children=True):
        who = project.store.people.participant(row.participant)
        (at,) = (
            place
            for place, clip in enumerate(clips)
            if clip.number == row.video_clip
            and project.store.recordings.get(clip.video_id).participant_id == who.id
        )
        column = [judge.name for judge in JUDGES].index(row.judge)
        assert row.score == scores[at, column]
        assert numbers[row.clip][column] == row.score
        assert (row.response_s, row.video) == (2.5, project.store.recordings.get(clips[at].video_id).name)
