"""A study's codes and ratings become a run; what cannot be trained on is said in one sentence."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from hrm_core.errors import Cancelled, NotFoundError, ProjectError, UserError
from hrm_core.models.train.run_folder import FOLDER, list_runs
from hrm_core.models.zoo import create_model
from hrm_core.progress import CancelToken
from hrm_core.records.code_grid import COLUMN_OF
from hrm_core.records.code_table import CodeTable
from hrm_core.records.people import Participant, Rater, Role
from hrm_core.records.rating import Rating
from hrm_core.records.recording import Clip, Recording
from hrm_core.workflows import train_atypicality as workflow
from hrm_core.workflows.project import Project, create_project
from hrm_core.workflows.train_atypicality import AtypicalityOptions, train_atypicality
from tests.support.rated_sessions import add_imported

FRAMES, GAP = 24, 6
BASELINES = AtypicalityOptions(networks=(), repeats=2)
QUICK = AtypicalityOptions(networks=("gru",), preset="small", repeats=1)


def add_child(project: Project, code: str, coder: Rater, clips: int = 2) -> list[Clip]:
    """A synthetic child whose clips are coded, with AU43 in the first half of each."""
    who = project.store.people.add_participant(Participant(0, code, project.settings.groups[0]))
    length = clips * (FRAMES + GAP)
    recording = project.store.recordings.add(Recording(0, who.id, "play", frame_count=length))
    firsts = [at * (FRAMES + GAP) for at in range(clips)]
    made = project.store.recordings.add_clips(recording.id, [(first, first + FRAMES - 1) for first in firsts])
    frames = np.concatenate([np.arange(first, first + FRAMES) for first in firsts])
    codes = np.zeros((len(frames), len(COLUMN_OF)), dtype=np.uint8)
    codes[frames % (FRAMES + GAP) < FRAMES // 2, COLUMN_OF["AU43"]] = 1
    table = CodeTable(coder.id, recording.id, frames.astype(np.int64), codes)
    project.store.codings.import_tables([table], actor_id=coder.id, reason="synthetic")
    return made


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Project]:
    """Four synthetic children with two clips each, rated by two judges."""
    with create_project(tmp_path / "study", synthetic=True) as project:
        coder = project.store.people.ensure_rater("Ann", Role.CODER)
        clips = [clip for code in ("S1", "S2", "S3", "S4") for clip in add_child(project, code, coder)]
        scores = np.array([[1, 2], [2, 3], [3, 3], [4, 5], [1, 1], [2, 2], [5, 5], [3, 4]], dtype=float)
        add_imported(project, "first", clips, ["Bo", "Cy"], scores)
        yield project


@pytest.fixture
def _one_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    short = replace(workflow.sequence_recipe("small"), epochs=1)
    monkeypatch.setattr(workflow, "sequence_recipe", lambda preset: short)


@pytest.mark.usefixtures("_one_epoch")
def test_a_run_holds_all_that_it_was_made_of(study: Project) -> None:
    report = train_atypicality(study, options=QUICK)
    assert (report.participants, report.segments, report.windows) == (4, 8, 8 * (FRAMES - 14))
    assert (report.session, report.rater, report.dropped, report.not_coded) == ("first", "Ann", 0, 0)
    (run,) = list_runs(study.folder / FOLDER)
    assert (run.name, run.kind, run.state, run.synthetic) == (report.run, "atypicality", "finished", True)
    assert set(run.headline or {}) == {"mean MAE", "gru MAE", "dynamics MAE"}

    config = json.loads((report.folder / "config.json").read_bytes())
    assert (config["recipe"]["preset"], config["seed"], config["as_published"]) == ("small", 0, False)
    data = json.loads((report.folder / "data.json").read_bytes())
    assert (data["participants"], data["windows"], data["frames_dropped"]) == (4, report.windows, 0)
    assert len(data["fingerprint"]) == 64
    table = rows_of(report.folder / "table-v.csv")
    assert table[0]["model"] == "Training mean"
    metrics = json.loads((report.folder / "metrics.json").read_bytes())
    assert float(table[0]["mae"]) == metrics["models"]["mean"]["mean"]["mae"] == report.rows[0].mean["mae"]
    splits = rows_of(report.folder / "splits.csv")
    assert len(splits) == 3 * 4
    tested = [row["participant"] for row in splits if row["part"] == "test"]
    assert sorted(tested) == ["S1", "S2", "S3", "S4"]
    assert len(rows_of(report.folder / "curves.csv")) == 3
    for fold in (1, 2, 3):
        kept = torch.load(report.folder / f"fold-{fold}" / "gru.pth", weights_only=True)
        create_model("gru").load_state_dict(kept["state_dict"])


def test_what_was_chosen_by_the_test_fold_is_called_optimistic_wherever_it_is_kept(study: Project) -> None:
    honest = train_atypicality(study, options=BASELINES)
    published = train_atypicality(study, options=replace(BASELINES, as_published=True))
    assert published.protocol.startswith("Optimistic")
    for report, optimistic in ((honest, False), (published, True)):
        kept = [json.loads((report.folder / f"{name}.json").read_bytes()) for name in ("config", "metrics")]
        said = [each["protocol"] for each in kept]
        said += [row["protocol"] for row in rows_of(report.folder / "table-v.csv")]
        assert {sentence.startswith("Optimistic") for sentence in said} == {optimistic}
    first, second = list_runs(study.folder / FOLDER)
    assert set(first.headline or {}) == {"mean MAE", "dynamics MAE"}
    assert set(second.headline or {}) == {"mean MAE (optimistic)", "dynamics MAE (optimistic)"}


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_rating_is_the_mean_of_judges_first_answers(
    study: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    (session,) = study.store.rating_sessions.all()
    (clip, *_) = study.store.recordings.clips()
    judge = study.store.people.rater("Bo")
    study.store.ratings.add(session.id, [Rating(judge.id, clip.id, 5, position=9, repeat=True)])
    seen = []
    make = workflow.make_windows
    monkeypatch.setattr(workflow, "make_windows", lambda segments: seen.append(make(segments)) or seen[0])
    train_atypicality(study, options=BASELINES)
    assert [each.rating for each in seen[0].segments] == [1.5, 2.5, 3, 4.5, 1, 2, 5, 3.5]
    # AU43 is the last of the twenty-two, wherever the label file has it.
    assert seen[0].table.shape == (8 * FRAMES, 22)
    assert np.flatnonzero(seen[0].table.any(axis=0)).tolist() == [21]


def test_short_and_uncoded_clips_are_counted(study: Project) -> None:
    coder = study.store.people.rater("Ann")
    (recording, *_) = study.store.recordings.of_participant(study.store.people.participant("S1").id)
    frames = study.store.codings.table(coder.id, recording.id).frames
    first = {int(frame): None for frame in frames if 10 <= frame < 13 or frame >= FRAMES}
    based = {frame: study.store.codings.get(coder.id, recording.id, frame).revision for frame in first}
    study.store.codings.save_frames(coder.id, recording.id, first, based_on=based)
    report = train_atypicality(study, options=BASELINES)
    # Of the first clip, runs of ten and eleven frames are left; of the second none.
    assert (report.segments, report.dropped, report.not_coded) == (6, 1, 1)


def test_nobody_rated(tmp_path: Path) -> None:
    with create_project(tmp_path / "empty") as project:
        with pytest.raises(ProjectError, match="Nobody has rated clips"):
            train_atypicality(project, options=BASELINES)
        assert not (project.folder / FOLDER).exists()


def test_several_sessions_must_be_told_apart(study: Project) -> None:
    clips = study.store.recordings.clips()
    add_imported(study, "second", clips, ["Bo"], np.arange(8.0)[:, None] % 5 + 1)
    with pytest.raises(NotFoundError, match="--session: there are first, second"):
        train_atypicality(study, options=BASELINES)
    assert train_atypicality(study, session="second", options=BASELINES).session == "second"


def test_no_clip_is_long_enough(study: Project) -> None:
    other = study.store.people.ensure_rater("Di", Role.CODER)
    (recording, *_) = study.store.recordings.of_participant(study.store.people.participant("S1").id)
    codes = np.zeros((14, len(COLUMN_OF)), dtype=np.uint8)
    table = CodeTable(other.id, recording.id, np.arange(14), codes)
    study.store.codings.import_tables([table], actor_id=other.id, reason="synthetic")
    with pytest.raises(ProjectError, match="None of the 8 rated clips has 15 frames in a row that Di"):
        train_atypicality(study, rater="Di", options=BASELINES)


def test_too_few_children(tmp_path: Path) -> None:
    with create_project(tmp_path / "study") as project:
        coder = project.store.people.ensure_rater("Ann", Role.CODER)
        add_imported(project, "first", add_child(project, "S1", coder), ["Bo"], np.array([[1.0], [4.0]]))
        with pytest.raises(UserError, match="at least 3 persons, and there is 1"):
            train_atypicality(project, options=BASELINES)
        assert not (project.folder / FOLDER).exists()


def test_equal_ratings_fail_the_run_with_a_reason(study: Project) -> None:
    add_imported(study, "flat", study.store.recordings.clips(), ["Bo"], np.full((8, 1), 3.0))
    with pytest.raises(UserError, match="the same mean rating"):
        train_atypicality(study, session="flat", options=BASELINES)
    (run,) = list_runs(study.folder / FOLDER)
    assert run.state == "failed"
    assert "the same mean rating" in run.problem


def test_a_stopped_run_is_kept_as_stopped(study: Project) -> None:
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        train_atypicality(study, options=QUICK, cancel=cancel)
    (run,) = list_runs(study.folder / FOLDER)
    assert run.state == "stopped"


def test_an_unknown_network(study: Project) -> None:
    with pytest.raises(NotFoundError, match="no regressor of atypicality 'lstm': there are gru, bilstm"):
        train_atypicality(study, options=AtypicalityOptions(networks=("lstm",)))
