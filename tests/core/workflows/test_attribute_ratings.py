"""Ratings of a run's networks are taken apart for children they never saw, kept, and read without PyTorch."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from hrm_core.errors import Cancelled, InvalidFileError, NotFoundError, ProjectError
from hrm_core.models.train.attribution_files import attribution_file
from hrm_core.models.zoo import create_model
from hrm_core.progress import CancelToken
from hrm_core.records.people import Role
from hrm_core.records.recording import Recording
from hrm_core.workflows import train_atypicality as training
from hrm_core.workflows.attribute_ratings import attribute_clip, attribute_ratings
from hrm_core.workflows.clip_attributions import clip_attributions
from hrm_core.workflows.project import Project, create_project, open_project
from hrm_core.workflows.train_atypicality import AtypicalityOptions, train_atypicality
from tests.core.workflows.test_train_atypicality import FRAMES, add_child, rows_of
from tests.support.rated_sessions import add_imported


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of four synthetic children, and a run of one epoch; nobody may change it."""
    folder = tmp_path_factory.mktemp("trained") / "study"
    short = replace(training.sequence_recipe("small"), epochs=1)
    with pytest.MonkeyPatch.context() as patch, create_project(folder, synthetic=True) as project:
        patch.setattr(training, "sequence_recipe", lambda preset: short)
        coder = project.store.people.ensure_rater("Ann", Role.CODER)
        clips = [clip for code in ("S1", "S2", "S3", "S4") for clip in add_child(project, code, coder)]
        scores = np.array([[1, 2], [2, 3], [3, 3], [4, 5], [1, 1], [2, 2], [5, 5], [3, 4]], dtype=float)
        add_imported(project, "first", clips, ["Bo", "Cy"], scores)
        options = AtypicalityOptions(networks=("gru",), preset="small", repeats=2, name="tried")
        train_atypicality(project, options=options)
    return folder


@pytest.fixture
def study(trained: Path, tmp_path: Path) -> Iterator[Project]:
    """A copy of it."""
    shutil.copytree(trained, tmp_path / "study")
    with open_project(tmp_path / "study") as project:
        yield project


def recording_of(study: Project, code: str) -> Recording:
    (found,) = study.store.recordings.of_participant(study.store.people.participant(code).id)
    return found


def test_what_is_written_is_read_and_adds_up(study: Project) -> None:
    assert clip_attributions(study, recording_of(study, "S2")) == ()
    report = attribute_ratings(study, "tried")
    assert (report.clips, report.participants, report.left_out, report.changed) == (8, 4, 0, False)
    first, second = clip_attributions(study, recording_of(study, "S2"))
    assert (first.participant, first.video, first.clip, first.run) == ("S2", "play", 1, "tried")
    assert (second.first_frame, second.last_frame, second.judged) == (30, 53, 4.5)
    for each in (first, second):
        assert each.values.shape == (FRAMES, 22)
        assert each.values.sum() == pytest.approx(each.rating - each.baseline, abs=0.01)
        # Only AU43 is ever there, in the first half of a clip.
        assert (each.values[:, :21] == 0).all()
        assert (each.values[: FRAMES // 2, 21] != 0).any()
        assert (each.values[FRAMES // 2 :] == 0).all()


def test_each_child_is_shown_to_the_network_that_held_it_out(study: Project) -> None:
    attribute_ratings(study, "tried")
    folder = study.folder / "Training Runs" / "tried"
    windows = np.zeros((FRAMES - 14, 15, 22), dtype=np.float32)
    for start in range(len(windows)):
        windows[start, :, 21] = np.arange(start, start + 15) < FRAMES // 2
    for row in rows_of(folder / "splits.csv"):
        if (row["repeat"], row["part"]) != ("2", "test"):
            continue
        network = create_model("gru").eval()
        kept = torch.load(folder / f"fold-{row['fold']}" / "gru.pth", weights_only=True)
        network.load_state_dict(kept["state_dict"])
        with torch.no_grad():
            said = network(torch.tensor(windows)).mean().item()
        for each in clip_attributions(study, recording_of(study, row["participant"])):
            assert each.rating == pytest.approx(said, abs=1e-5)


def test_clips_whose_codes_changed_are_not_shown(study: Project) -> None:
    attribute_ratings(study, "tried")
    coder, recording = study.store.people.rater("Ann"), recording_of(study, "S1")
    based = {0: study.store.codings.get(coder.id, recording.id, 0).revision}
    study.store.codings.save_frames(coder.id, recording.id, {0: None}, based_on=based)
    (left,) = clip_attributions(study, recording)
    assert left.clip == 2
    report = attribute_ratings(study, "tried", participants=["S1"])
    assert (report.changed, report.clips) == (True, 2)
    again = clip_attributions(study, recording)[0]
    assert np.isnan(again.values[0]).all()
    assert not np.isnan(again.values[1:]).any()


def test_one_clip(study: Project) -> None:
    attribute_ratings(study, "tried")
    kept = clip_attributions(study, recording_of(study, "S3"))[1]
    made = attribute_clip(study, "tried", "S3", "play", 2)
    np.testing.assert_allclose(made.values, kept.values, atol=1e-6)
    assert made.rating == pytest.approx(kept.rating)
    with pytest.raises(ProjectError, match="No such clip"):
        attribute_clip(study, "tried", "S3", "play", 9)
    with pytest.raises(NotFoundError, match="no network 'bilstm': it has gru"):
        attribute_clip(study, "tried", "S3", "play", 2, network="bilstm")


def test_the_same_bytes_each_time_and_no_torch_to_read_them(study: Project) -> None:
    attribute_ratings(study, "tried")
    recording = recording_of(study, "S4")
    path = attribution_file(study.folder / "Training Runs" / "tried", "gru", recording.id)
    before = path.read_bytes()
    attribute_ratings(study, "tried", participants=["S4"])
    assert path.read_bytes() == before
    code = (
        "import sys\nfrom hrm_core import open_project\n"
        "from hrm_core.workflows.clip_attributions import clip_attributions\n"
        f"with open_project({str(study.folder)!r}) as study:\n"
        "    pairs = list(study.recordings('S4'))\n"
        "    print(len(clip_attributions(study, pairs[0][1])), 'torch' in sys.modules)\n"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["2", "False"]


@pytest.mark.parametrize("damage", [lambda data: data[: len(data) // 2], lambda data: b"no archive"])
def test_a_damaged_file_is_named(study: Project, damage: object) -> None:
    attribute_ratings(study, "tried", participants=["S1"])
    recording = recording_of(study, "S1")
    path = attribution_file(study.folder / "Training Runs" / "tried", "gru", recording.id)
    path.write_bytes(damage(path.read_bytes()))  # type: ignore[operator]
    with pytest.raises(InvalidFileError, match=r"gru-1\.npz cannot be read .* --run tried"):
        clip_attributions(study, recording)


def test_what_cannot_be_asked(study: Project) -> None:
    with pytest.raises(NotFoundError, match="no run 'other': there are tried"):
        attribute_ratings(study, "other")
    with pytest.raises(NotFoundError, match="S9"):
        attribute_ratings(study, "tried", participants=["S9"])
    train_atypicality(study, options=AtypicalityOptions(networks=(), repeats=1, name="plain"))
    with pytest.raises(ProjectError, match="only simple models"):
        attribute_ratings(study, "plain")
    summary = study.folder / "Training Runs" / "tried" / "run.json"
    known = json.loads(summary.read_bytes())
    summary.write_text(json.dumps(known | {"state": "failed"}), encoding="utf-8")
    with pytest.raises(ProjectError, match="is failed"):
        attribute_ratings(study, "tried")
    summary.write_text(json.dumps(known | {"kind": "au"}), encoding="utf-8")
    with pytest.raises(ProjectError, match="did not learn ratings"):
        attribute_ratings(study, "tried")


def test_it_stops_on_request(study: Project) -> None:
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        attribute_ratings(study, "tried", cancel=cancel)
    assert clip_attributions(study, recording_of(study, "S1")) == ()
