"""A run learns, is tested on children it has not seen, and goes on exactly where it was stopped."""

from __future__ import annotations

import csv
import errno
import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from hrm_core.errors import Cancelled, InvalidFileError, NotFoundError, ProjectError, UserError
from hrm_core.exchange.held_out import read_held_out
from hrm_core.models import create_model, load_checkpoint
from hrm_core.models.card_file import read_cards
from hrm_core.models.train import loop, state
from hrm_core.models.train.fold_job import EpochFacts
from hrm_core.models.train.run_folder import FOLDER, RunFolder, new_run, open_run
from hrm_core.progress import CancelToken
from hrm_core.records.coding import FrameCoding
from hrm_core.workflows.project import Project, open_project
from hrm_core.workflows.train_actions import _Run, plan_training, resume_training, train_actions
from hrm_core.workflows.training_plan import TrainingPlan, TrainOptions
from hrm_core.workflows.training_report import FoldFigures, Machines, TrainReport
from tests.support.training_study import ACTIONS, FRAMES, SMALL, coded_study, small_network

OPTIONS = TrainOptions(network="resnet50", preset="smoke", actions=ACTIONS, name="my run")
CPU = Machines("cpu")


class Seen:
    """A watcher, and a progress, that keeps what it was told and may end the world at a step."""

    def __init__(self, last_step: int | None = None, cancel: CancelToken | None = None) -> None:
        self.sentences: list[str] = []
        self.epochs: list[EpochFacts] = []
        self.folds: list[FoldFigures] = []
        self.steps, self._last, self._cancel, self._title = 0, last_step, cancel, ""

    def begun(self, plan: TrainingPlan, name: str, runs_on: str) -> None:
        self.runs_on = runs_on

    def epoch(self, history: Sequence[EpochFacts]) -> None:
        self.epochs.append(history[-1])

    def said(self, sentence: str) -> None:
        self.sentences.append(sentence)

    def fold(self, figures: FoldFigures) -> None:
        self.folds.append(figures)

    def start(self, title: str, total: int | None) -> None:
        self._title = title

    def advance(self, units: int = 1) -> None:
        if not self._title.startswith("Fold"):
            return
        self.steps += units
        if self.steps == self._last:
            if self._cancel is None:
                raise KilledError
            self._cancel.cancel()

    def finish(self) -> None:
        pass


class KilledError(BaseException):
    """Stands for a process that ends at once."""


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six children; nobody may change it."""
    return coded_study(tmp_path_factory.mktemp("studies") / "我的 study")


@pytest.fixture
def project(study: Path, tmp_path: Path) -> Iterator[Project]:
    """A copy of the study, and a small network to train."""
    copied = shutil.copytree(study, tmp_path / "my study")
    with small_network(), open_project(copied) as project:
        yield project


def trained(project: Project, seen: Seen | None = None, **options: Any) -> TrainReport:
    seen = seen or Seen()
    plan = plan_training(project, replace(OPTIONS, **options))
    return train_actions(project, plan, seen, machines=CPU, progress=seen)


def resumed(project: Project, seen: Seen | None = None) -> TrainReport:
    seen = seen or Seen()
    return resume_training(project, "my run", seen, machines=CPU, progress=seen)


def curves(project: Project, name: str = "my run") -> list[dict[str, str]]:
    """Curves of a run, less how long it took."""
    with (project.folder / FOLDER / name / "curves.csv").open(newline="") as file:
        return [
            {key: value for key, value in row.items() if key != "seconds"} for row in csv.DictReader(file)
        ]


def noted(project: Project, file: str) -> Any:
    return json.loads((project.folder / FOLDER / "my run" / file).read_text())


def run_state(project: Project) -> tuple[str, str]:
    summary, _ = open_run(project.folder / FOLDER, "my run")
    return summary.state, summary.problem


def test_a_run_learns_and_leaves_what_it_learned(project: Project) -> None:
    seen = Seen()
    report = trained(project, seen, epochs=8)
    assert report.mean_f1 is not None
    assert report.mean_f1 > 0.9
    assert report.folder == project.folder / FOLDER / "my run"
    assert [figures.fold for figures in seen.folds] == [1, 2, 3]
    assert seen.runs_on == "CPU, 32-true"

    # Each frame was predicted once, by the network of the fold in which its child was held out.
    said = read_held_out(report.folder / "held-out.parquet")
    assert len(said.frames) == 6 * FRAMES
    fold_of = {row["participant"]: int(row["fold"]) for row in csv.DictReader(
        (report.folder / "splits.csv").read_text().splitlines()
    )}  # fmt: skip
    assert [fold_of[said.participants[who]] for who in said.of_participant] == said.folds.tolist()
    codes = project.codes("Ada")[list(said.actions)].to_numpy()[:-1]
    assert said.truth.sum() == (codes > 0).sum()

    # F1 by hand, and the epochs as the curves tell them.
    metrics = noted(project, "metrics.json")
    for fold in metrics["folds"]:
        rows = said.folds == fold["fold"]
        truth, found = said.truth[rows][:, 1] == 1, said.said[rows][:, 1] >= 0.5
        hits, wrong = (truth & found).sum(), (truth ^ found).sum()
        assert fold["f1"]["AU12"] == pytest.approx(2 * hits / (2 * hits + wrong))
        assert fold["accuracy"]["AU12"] == pytest.approx(1 - wrong / rows.sum())
        assert fold["epochs"] == 8
    rows = curves(project)
    assert [(row["fold"], row["epoch"], row["step"]) for row in rows] == [
        (str(fold), str(epoch), str(6 * epoch)) for fold in (1, 2, 3) for epoch in range(1, 9)
    ]
    assert float(rows[7]["loss"]) < 0.5 * float(rows[0]["loss"])
    assert run_state(project) == ("finished", "")
    assert list((report.folder / "tensorboard" / "fold-3").glob("events.*"))
    assert not (report.folder / "fold-1" / "last.ckpt").exists()
    (card,) = read_cards(_as_models(report.folder / "card.toml")).values()
    assert card.network is not None
    assert (card.network.actions, card.network.input.size) == (tuple(ACTIONS.split(",")), 16)
    assert noted(project, "environment.json")["device"] == "cpu"
    data = noted(project, "data.json")
    assert (data["frames"], data["frames_without_face"], data["rater"]) == (72, 6, "Ada")


def _as_models(card: Path) -> Path:
    """A folder of models that holds this card."""
    models = card.parent / "models"
    (models / "my-run").mkdir(parents=True)
    shutil.copy(card, models / "my-run")
    return models


def test_nobody_held_out_is_seen_in_training(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[tuple[bool, set[int]]] = []
    one_step, outputs = loop._Training._one_step, loop._Training._outputs

    def stepping(self: Any, rows: Any, pictures: Any) -> Any:
        looked.append((True, set(rows.tolist())))
        return one_step(self, rows, pictures)

    def looking(self: Any, rows: Any) -> Any:
        looked.append((False, set(rows.tolist())))
        return outputs(self, rows)

    monkeypatch.setattr(loop._Training, "_one_step", stepping)
    monkeypatch.setattr(loop._Training, "_outputs", looking)
    plan = plan_training(project, replace(OPTIONS, only_fold=2, early_stop=3))
    report = train_actions(project, plan, Seen(), machines=CPU)
    held_out = set(np.flatnonzero(plan.fold_of_frame == 2).tolist())
    aside = {
        row
        for row, who in enumerate(plan.frames.of_participant.tolist())
        if plan.frames.participants[who] in plan.set_aside(2)
    }
    assert looked[-1] == (False, held_out)
    assert aside
    assert not aside & held_out
    for learning, rows in looked[:-1]:
        assert not rows & held_out
        assert not (learning and rows & aside)
        assert learning or rows == aside
    assert len(report.folds) == 1


@pytest.mark.parametrize(
    ("last_step", "more"),
    [
        (3, {}),
        (11, {}),
        (5, {"batch_size": 4, "sampling": "balanced", "early_stop": 2, "precision": "bf16-mixed"}),
    ],
)
def test_a_stopped_run_goes_on_as_if_nothing_had_been(
    project: Project, last_step: int, more: dict[str, Any]
) -> None:
    how = {"folds": 2, "epochs": 2, **more}
    whole = trained(project, name="whole", **how)
    with pytest.raises(KilledError):
        trained(project, Seen(last_step), checkpoint_minutes=0, **how)
    going_on = Seen()
    again = resumed(project, going_on)
    assert curves(project) == curves(project, "whole")
    first, second = (read_held_out(report.folder / "held-out.parquet") for report in (whole, again))
    assert first.said.tobytes() == second.said.tobytes()
    # What was done was not done again, but for the step in which it ended.
    of_fold = [int(row["step"]) for row in curves(project)]
    ends = [of_fold[0], of_fold[1], of_fold[1] + of_fold[2], of_fold[1] + of_fold[3]]
    assert len(going_on.epochs) == sum(end >= last_step for end in ends)
    assert len(going_on.epochs) > 0
    assert run_state(project) == ("finished", "")


def test_a_run_killed_before_it_removed_a_checkpoint_removes_it_when_it_goes_on(project: Project) -> None:
    with pytest.raises(KilledError):
        trained(project, Seen(20), checkpoint_minutes=0)
    left = project.folder / FOLDER / "my run" / "fold-1" / "last.ckpt"
    assert (left.parent / "fold.json").is_file()
    left.write_bytes(b"of the finished fold")
    resumed(project)
    assert not left.exists()


def test_a_run_killed_before_it_noted_what_to_train_says_what_to_do(project: Project) -> None:
    with new_run(project.folder / FOLDER, "au", "resnet50", "smoke", name="my run") as run:
        run.set_state(state="stopped")
    with pytest.raises(
        ProjectError, match=r"my run was stopped before .*: remove .*my run and start a new run\.$"
    ):
        resumed(project)


def test_only_the_first_of_several_processes_shows_progress_and_writes(project: Project) -> None:
    # A stand-in for the second process of two: it does not lead.
    plan = plan_training(project, OPTIONS)
    trained(project)
    run = project.folder / FOLDER / "my run"
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    (run / "metrics.json").unlink()
    # A shared folder may show this process the cache late, and then it makes its own.
    next(run.parent.glob(".faces-*")).unlink()
    session = SimpleNamespace(leads=False, device=torch.device("cpu"), wait=lambda: None)
    seen = Seen()
    seen.start = seen.advance = pytest.fail  # type: ignore[assignment, method-assign]
    report = _Run(project, plan, session, RunFolder(run), seen, seen, CancelToken()).done()  # type: ignore[arg-type]
    assert not report.leads
    assert seen.sentences == []
    del before[run / "metrics.json"]
    assert {path: path.read_bytes() for path in run.rglob("*") if path.is_file()} == before


def test_ctrl_c_stops_between_steps_and_says_how_to_go_on(project: Project) -> None:
    cancel = CancelToken()
    seen = Seen(8, cancel)
    plan = plan_training(project, OPTIONS)
    with pytest.raises(Cancelled, match=r"^Stopped: go on with hrm train au --resume my run\.$"):
        train_actions(project, plan, seen, machines=CPU, progress=seen, cancel=cancel)
    assert run_state(project) == ("stopped", "")
    going_on = Seen()
    resumed(project, going_on)
    # Kept although the checkpoint of the clock was not due; the progress of a step that was done is told.
    assert [facts.epoch for facts in going_on.epochs[:2]] == [2, 3]
    assert curves(project)[0]["epoch"] == "1"


def test_weights_of_a_fold_are_those_that_predicted(project: Project) -> None:
    report = trained(project, epochs=1, only_fold=1)
    said = read_held_out(report.folder / "held-out.parquet")
    from tests.support import training_study

    model = training_study._made("resnet50", 3)
    model.load_state_dict(torch.load(report.folder / "fold-1" / "weights.pth", weights_only=True))
    model.eval()
    cache = np.load(next((project.folder / FOLDER).glob(".faces-*-16.npy")))
    plan = plan_training(project, OPTIONS)
    faces = torch.from_numpy(cache[plan.fold_of_frame == 1]).permute(0, 3, 1, 2).float() / 255
    mean, std = (
        torch.tensor(values)[:, None, None] for values in (plan.facts.input.mean, plan.facts.input.std)
    )
    with torch.no_grad():
        wanted = torch.sigmoid(model((faces - mean) / std)).numpy()
    assert np.abs(said.said - wanted).max() < 1e-6


def test_a_loss_that_is_no_number_ends_the_run_and_keeps_the_checkpoint_before(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    loss = loop._Training._loss
    steps = 0

    def exploding(self: Any, outputs: Any, places: Any) -> Any:
        nonlocal steps
        steps += 1
        return loss(self, outputs, places) * (float("nan") if steps == 9 else 1)

    monkeypatch.setattr(loop._Training, "_loss", exploding)
    with pytest.raises(UserError, match=r"in fold 1, epoch 2, step 3 of 6: .*--learning-rate.*32-true"):
        trained(project, checkpoint_minutes=0)
    how, problem = run_state(project)
    assert how == "failed"
    assert "epoch 2, step 3" in problem
    kept = state.read_state(project.folder / FOLDER / "my run" / "fold-1" / "last.ckpt")
    assert kept is not None
    assert (kept["epoch"], kept["step"]) == (1, 2)
    assert all(bool(torch.isfinite(each).all()) for each in kept["model"].values())


def test_too_little_memory_halves_what_is_worked_on_at_once(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.support import training_study

    forward = training_study._Small.forward

    def short_of_memory(self: Any, images: torch.Tensor) -> torch.Tensor:
        if self.training and len(images) > 2:
            raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried …")
        return forward(self, images)

    monkeypatch.setattr(training_study._Small, "forward", short_of_memory)
    seen = Seen()
    trained(project, seen)
    assert seen.sentences == [
        "8 pictures at once do not fit into memory: from now on 4 at once, and a step still learns from 8.",
        "4 pictures at once do not fit into memory: from now on 2 at once, and a step still learns from 8.",
    ]
    assert {facts.pictures for facts in seen.epochs} == {48}
    assert {facts.step for facts in seen.epochs if facts.epoch == 3} == {18}


def test_not_even_two_pictures_fit(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(self: Any, *_: Any) -> Any:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate …")

    monkeypatch.setattr(loop._Training, "_one_step", none)
    with pytest.raises(UserError, match=r"2 pictures at once do not fit into memory: .*smaller --batch-size"):
        trained(project)


def test_a_full_disk_ends_the_run_and_it_goes_on_when_there_is_room(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = trained(project, name="whole")
    saves = 0
    save = torch.save

    def full(*args: Any) -> None:
        nonlocal saves
        saves += 1
        if saves == 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        save(*args)

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(InvalidFileError, match=r"No space left on device.*--resume my run\.$"):
        trained(project)
    assert run_state(project)[0] == "failed"
    monkeypatch.undo()
    assert resumed(project).mean_f1 == whole.mean_f1
    assert curves(project) == curves(project, "whole")


def test_a_run_does_not_go_on_with_other_codes_or_faces(project: Project) -> None:
    with pytest.raises(KilledError):
        trained(project, Seen(8), checkpoint_minutes=0)
    _, recording = next(project.recordings())
    rater = project.store.people.rater("Ada")
    project.store.codings.save(FrameCoding(rater.id, recording.id, FRAMES + 1).with_code("AU12", 1))
    # A frame without a face teaches nothing, so nothing has changed.
    resumed_ok = plan_training(project, OPTIONS)
    assert resumed_ok.frames.without_face == 7
    face = next(project.folder.glob("Aligned Face/ASD/Participant-1/play/000003.png"))
    content = face.read_bytes()
    face.write_bytes(next(face.parent.glob("000004.png")).read_bytes())
    with pytest.raises(ProjectError, match="aligned faces have changed since my run began"):
        resumed(project)
    face.write_bytes(content)
    coding = project.store.codings.get(rater.id, recording.id, 3)
    assert coding is not None
    project.store.codings.save(coding.with_code("AU12", 0 if coding.codes else 1))
    with pytest.raises(ProjectError, match="codes of Ada have changed since my run began"):
        resumed(project)


def test_an_action_that_training_never_shows_is_left_out_and_told(project: Project) -> None:
    seen = Seen()
    report = trained(project, seen, actions="AU1,AU12,AU9", epochs=1)
    assert [sentence for sentence in seen.sentences if "AU9" in sentence] == [
        f"Fold {fold} never shows AU9 in training: left out of its loss, and what it says of that in the end "
        "means nothing."
        for fold in (1, 2, 3)
    ]
    assert {figures.f1["AU9"] for figures in report.folds} == {None}
    assert all(np.isfinite(facts.loss) for facts in seen.epochs)


def test_what_cannot_be_trained_is_refused(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match="7 folds by person need at least 7 persons, and there are 6"):
        plan_training(project, replace(OPTIONS, folds=7))
    with pytest.raises(ProjectError, match="There is no fold 4: there are 3"):
        plan_training(project, replace(OPTIONS, only_fold=4))
    with pytest.raises(NotFoundError, match="No rater named 'Bo'"):
        plan_training(project, replace(OPTIONS, rater="Bo"))
    with pytest.raises(NotFoundError, match="'AU99'"):
        plan_training(project, replace(OPTIONS, actions="AU1,AU99"))
    with pytest.raises(NotFoundError, match=r"no checkpoint of it .* --begin-from none"):
        plan_training(project, replace(OPTIONS, begin_from="resnet50_imagenet"))
    trained(project, epochs=1, only_fold=1)
    with pytest.raises(ProjectError, match="There is a run my run already"):
        trained(project, epochs=1)
    with pytest.raises(NotFoundError):
        resume_training(project, "another", Seen(), machines=CPU)
    with pytest.raises(UserError, match="torchrun --nproc-per-node 2 -m hrm_core"):
        train_actions(
            project, plan_training(project, replace(OPTIONS, name="two")), Seen(), machines=Machines("cpu", 2)
        )
    with pytest.raises(UserError, match="cpu does not compute in 16-mixed"):
        trained(project, name="half", precision="16-mixed")


def test_nobody_can_be_set_aside_of_one_child(tmp_path: Path) -> None:
    with small_network(), open_project(coded_study(tmp_path / "study", 2)) as project:
        two = replace(OPTIONS, folds=2)
        with pytest.raises(
            ProjectError, match=r"^Fold 1 learns from one child, and --early-stop .* coded\.$"
        ):
            plan_training(project, replace(two, early_stop=1))
        assert plan_training(project, two).set_aside(1) == ()


def test_a_smoke_recipe_begins_from_random_weights_where_its_own_are_missing(project: Project) -> None:
    with small_network(replace(SMALL, begins_from="resnet50_imagenet")):
        plan = plan_training(project, OPTIONS)
        assert plan.beginning.words == (
            "random weights, as those of resnet50_imagenet are not on this computer"
        )
        with pytest.raises(NotFoundError, match="hrm models add resnet50_imagenet --weights FILE"):
            plan_training(project, replace(OPTIONS, preset="hrm"))
        assert plan_training(project, replace(OPTIONS, preset="hrm", begin_from="none")).beginning.files == ()


@pytest.mark.slow
def test_weights_can_be_loaded_and_begun_from(study: Path, tmp_path: Path) -> None:
    copied = shutil.copytree(study, tmp_path / "my study")
    recipe = replace(SMALL, input_size=32, cache_size=32, epochs=1)
    from unittest.mock import patch

    from hrm_core.models.train import make_network

    with (
        small_network(recipe),
        open_project(copied) as project,
        patch.object(make_network, "create_model", create_model),
    ):
        first = trained(project, only_fold=1)
        weights = first.folder / "fold-1" / "weights.pth"
        model = create_model("resnet50", 3)
        assert load_checkpoint(model, weights).complete
        seen = Seen()
        plan = plan_training(
            project, replace(OPTIONS, name="second", only_fold=1, begin_from=str(weights), learning_rate=0)
        )
        train_actions(project, plan, seen, machines=CPU)
        # Reports say where it began, and a folder may name a person.
        assert plan.beginning.words == "weights.pth"
        assert plan.beginning.files == (weights.resolve(),)
        assert "Loaded" in " ".join(seen.sentences)
