"""What a study has coded becomes a model of this computer, and the next version goes on from it."""

from __future__ import annotations

import json
import shutil
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from hrm_core import media
from hrm_core.errors import InvalidFileError, NotFoundError, ProjectError
from hrm_core.exchange.held_out import read_held_out
from hrm_core.exchange.predictions import read_predictions
from hrm_core.models.card import ModelCard
from hrm_core.models.train.card_draft import kept_card
from hrm_core.models.train.run_folder import FOLDER
from hrm_core.models.weights import RECORD_FILE
from hrm_core.models.zoo import create_model
from hrm_core.records.coding import ActionCode, Origin
from hrm_core.workflows.keep_trained import trained_network
from hrm_core.workflows.look_at_models import list_models, look_at_model, model_card, weight_store
from hrm_core.workflows.manage_models import remove_model, verify_models
from hrm_core.workflows.own_cards import learned_from, line_of, new_version, newer_cards, unseen_ancestor
from hrm_core.workflows.predict_actions import PredictOptions, predict_study
from hrm_core.workflows.project import Project, open_project
from hrm_core.workflows.train_actions import plan_training, resume_training, train_actions
from hrm_core.workflows.train_from_project import options_to_go_on
from hrm_core.workflows.training_plan import TrainOptions
from hrm_core.workflows.training_report import TrainReport
from tests.core.workflows.test_train_actions import CPU, KilledError, Seen
from tests.support.kept_networks import PECULIAR, tiny_resnet
from tests.support.registered_networks import register
from tests.support.training_study import ACTIONS, FRAMES, coded_study

KEYS = tuple(ACTIONS.split(","))
FIRST = TrainOptions(network="resnet50", preset="smoke", actions=ACTIONS, name="one", keep=True)


@dataclass(frozen=True)
class Made:
    """A study of two children, what came of training on it, and the weights that were kept."""

    study: Path
    weights: Path
    report: TrainReport
    seen: Seen


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Trained once; nobody may change it."""
    folder, seen = tmp_path_factory.mktemp("made"), Seen()
    study = coded_study(folder / "My study", participants=2)
    with pytest.MonkeyPatch.context() as patch, tiny_resnet(), open_project(study) as project:
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        patch.setenv("LOCALAPPDATA", str(folder / "cache"))
        return Made(study, weight_store().root, trained(project, seen=seen), seen)


@pytest.fixture
def project(made: Made, tmp_path: Path) -> Iterator[Project]:
    """A copy of the study and of the weights, and a small network to train."""
    copied = shutil.copytree(made.study, tmp_path / "My study")
    shutil.copytree(made.weights, weight_store().root)
    with tiny_resnet(), open_project(copied) as project:
        yield project


@pytest.fixture
def first(made: Made, project: Project) -> TrainReport:
    """What came of training, in the copy."""
    return replace(made.report, folder=project.folder / FOLDER / made.report.name)


def trained(project: Project, options: TrainOptions = FIRST, seen: Seen | None = None) -> TrainReport:
    plan = plan_training(project, options)
    return train_actions(project, plan, seen or Seen(), machines=CPU, progress=seen)


def going_on(card: str, name: str, **options: Any) -> TrainOptions:
    asked = TrainOptions(network="", actions="", name=name, keep=True)
    return options_to_go_on(card, replace(asked, **options))


def facts_of(card: ModelCard) -> Any:
    assert card.network is not None
    return card.network


def lineage_of(card: ModelCard) -> Any:
    assert card.lineage is not None
    return card.lineage


def test_what_two_children_taught_is_kept_and_says_so(made: Made, first: TrainReport) -> None:
    seen, report = made.seen, first
    assert report.kept == "my-study-resnet50-v1"
    card = model_card(report.kept)
    assert (card.family, card.version) == ("my-study-resnet50", 1)
    # Three folds were asked for, and there are two children: each network was tested on the other child.
    assert [fold.participants for fold in seen.folds] in ([("1",), ("2",)], [("2",), ("1",)])
    lineage = lineage_of(card)
    assert (lineage.study, lineage.run, lineage.preset) == ("My study", "one", "smoke")
    assert (lineage.participants, lineage.frames, lineage.folds) == (2, 2 * FRAMES, 2)
    assert lineage.began_from == ""
    noted = json.loads((report.folder / "metrics.json").read_text())
    assert lineage.held_out["mean_f1"] == noted["mean_f1"] == report.mean_f1
    facts = facts_of(card)
    assert (facts.actions, facts.synthetic) == (KEYS, True)
    assert "2 drawn (synthetic) participants" in facts.population
    assert any(
        "figures are those of networks that learned from the other folds" in each for each in facts.limits
    )
    assert card.licence.name == "to be chosen by the study"
    assert not card.licence.commercial_use

    view = look_at_model(report.kept, hashes=True)
    assert (view.state, view.role, view.trained, view.own) == ("there", "detector", True, False)
    assert view.files == (f"{report.kept}.pth", f"{report.kept}.onnx", "card.toml")
    assert report.kept in [each.name for each in list_models()]


def test_the_model_says_what_the_trained_network_says(project: Project, first: TrainReport) -> None:
    """hrm predict prepares pictures as training did: cut, resized twice and normalised one by one."""
    report = first
    for backend in ("onnx", "torch"):
        predict_study(project, report.kept, options=PredictOptions(backend=backend, device="cpu", force=True))
        path = min((project.folder / "AU Predictions").rglob("*.parquet"))
        said = read_predictions(path)
        network = create_model("resnet50", 3).eval()
        network.load_state_dict(torch.load(report.folder / "all-participants" / "weights.pth"))
        faces = min((project.folder / "Aligned Face").rglob("000000.png")).parent
        wanted = []
        for frame in said.frames.tolist():
            picture = torch.from_numpy(np.array(media.read_still(faces / f"{frame:06d}.png")))
            wanted.append(by_hand(picture, network))
        assert np.abs(said.probabilities - np.stack(wanted)).max() < 1e-4


def by_hand(picture: torch.Tensor, network: torch.nn.Module) -> np.ndarray:
    """The recipe's preparation by torch alone, on a picture of 24 pixels: to 20 whole levels, then to 16."""
    from PIL import Image

    first = Image.fromarray(picture.numpy()).resize((20, 20), Image.Resampling.BILINEAR)
    view = torch.from_numpy(np.array(first)).permute(2, 0, 1)[None].float() / 255
    view = torch.nn.functional.interpolate(view, (16, 16), mode="bilinear", antialias=True)
    with torch.no_grad():
        said: np.ndarray = network((view - view.mean()) / (view.std() + 1e-3)).sigmoid()[0].numpy()
    return said


@pytest.mark.slow
def test_the_next_version_begins_where_no_child_of_the_study_was_seen(
    project: Project, first: TrainReport
) -> None:
    """Weights that learned from a child would flatter what is measured on it when it is held out."""
    again = trained(project, going_on(first.kept, "again"), Seen())
    # The same weights to the last bit: nothing of the first version was taken along, and no second is kept.
    assert again.kept == first.kept
    second = trained(project, going_on(first.kept, "two", seed=5), Seen())
    assert second.kept == "my-study-resnet50-v2"
    card = model_card(second.kept)
    assert (card.family, card.version) == ("my-study-resnet50", 2)
    assert lineage_of(card).began_from == ""
    plan = plan_training(project, going_on(second.kept, "three"))
    assert (plan.beginning.card, plan.beginning.files) == ("", ())
    assert plan.beginning.words == f"random weights, as {second.kept} knows the children who are held out"
    assert unseen_ancestor(second.kept, "Another study") == second.kept
    assert [card.name for card in newer_cards(first.kept, "My study")] == [second.kept]
    assert newer_cards(first.kept, "Another study") == newer_cards(second.kept, "My study") == []
    assert learned_from(project, second.kept) == {"1", "2"}
    assert learned_from(project, "resnet50") == frozenset()
    shutil.rmtree(first.folder)
    # Nobody knows any more whom it saw: all it could have.
    assert learned_from(project, first.kept) == {"1", "2"}
    # One whose record is damaged stops no other.
    (weight_store().folder(first.kept) / RECORD_FILE).write_text("{")
    assert trained(project, replace(FIRST, name="four", seed=6)).kept == "my-study-resnet50-v3"


def test_a_card_names_no_group_and_its_draft_says_what_it_began_from(
    project: Project, first: TrainReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Coders who are blind to groups read what suggests codes to them; the draft is for a paper."""
    assert "ASD" not in facts_of(model_card(first.kept)).population
    draft = (first.folder / "card.toml").read_text(encoding="utf-8")
    assert "2 ASD" in draft
    assert "before that" not in draft
    plan = plan_training(project, FIRST)
    begun = replace(plan, beginning=replace(plan.beginning, card="demo_starter"))
    monkeypatch.setattr(project, "settings", replace(project.settings, synthetic=False))
    trained = trained_network(project, begun, "draft", {})
    assert "before that, as demo_starter, 72 invented children" in trained.population
    assert trained.synthetic


def test_that_drawn_faces_may_be_sold_allows_nothing_with_what_children_taught(
    project: Project, first: TrainReport
) -> None:
    card, starter = model_card(first.kept), model_card("demo_starter")
    assert starter.licence.commercial_use
    named = trained_network(project, plan_training(project, FIRST), first.kept, {})
    text = kept_card(named, lineage_of(card), starter.licence, card.family, 1)
    terms = tomllib.loads(text)["licence"]
    assert (terms["name"], terms["commercial_use"]) == ("MIT", False)


@pytest.mark.slow
def test_a_licence_holds_for_what_began_from_it(project: Project) -> None:
    torch.manual_seed(1)
    register("resnet50", create_model("resnet50", 22))
    report = trained(project, going_on("resnet50", "begun", actions=ACTIONS))
    card = model_card(report.kept)
    assert card.licence.name == "CC BY-NC-SA 4.0"
    assert not card.licence.commercial_use
    assert "under the same licence" in " ".join(card.licence.summary)
    assert "as resnet50, 98 children aged 2 to 12" in facts_of(card).population
    again = trained(project, going_on(report.kept, "again"))
    grandchild = model_card(again.kept)
    assert lineage_of(grandchild).began_from == "resnet50"
    assert [older.name for older in line_of(grandchild.name)] == [again.kept, "resnet50"]
    assert grandchild.licence == card.licence
    # Its parent learned from the same children; what is told is whom the first had learned from.
    assert facts_of(grandchild).population.count("before that") == 1
    assert "98 children" in facts_of(grandchild).population


def test_other_actions_of_the_same_number_are_refused(first: TrainReport) -> None:
    report = first
    with pytest.raises(ProjectError, match="3 other actions, or these in another order"):
        going_on(report.kept, "two", actions="AU12,AU1,AU25")
    assert going_on(report.kept, "two", actions="AU12,AU1").actions == "AU12,AU1"
    assert going_on(report.kept, "two").actions == ACTIONS
    with pytest.raises(NotFoundError, match="no model 'nothing'"):
        going_on("nothing", "two")
    with pytest.raises(ProjectError, match="finds faces"):
        going_on("yunet", "two")


def test_one_child_is_not_enough(tmp_path: Path) -> None:
    with tiny_resnet(), open_project(coded_study(tmp_path / "one", participants=1)) as project:
        with pytest.raises(
            ProjectError, match=r"one child so far of whom there are aligned.*code some frames of a second"
        ):
            plan_training(project, FIRST)
        assert not (project.folder / FOLDER).exists()


def test_what_a_network_said_teaches_no_network(project: Project) -> None:
    rater = project.coder(None)
    for number, (_, recording) in enumerate(project.recordings()):
        for frame in range(4 if number == 0 else 2):
            coding = project.store.codings.get(rater.id, recording.id, frame)
            assert coding is not None
            code = ActionCode("AU12", 1, origin=Origin.ACCEPTED)
            project.store.codings.save(replace(coding, codes=(*without(coding.codes, "AU12"), code)))
    # Whether a model is kept or not.
    assert plan_training(project, replace(FIRST, keep=False, folds=2)).frames.machine_touched == 6
    human = plan_training(project, FIRST)
    assert human.frames.machine_touched == 6
    assert len(human.frames.frames) == 2 * FRAMES - 6
    assert human.data()["frames_machine_touched"] == 6
    everything = plan_training(project, replace(FIRST, machine_touched=True))
    assert (everything.frames.machine_touched, len(everything.frames.frames)) == (0, 2 * FRAMES)


def without(codes: Any, action: str) -> Any:
    return tuple(code for code in codes if code.action != action)


@pytest.mark.slow
def test_a_killed_run_keeps_what_it_would_have_kept_and_keeps_it_once(
    project: Project, first: TrainReport
) -> None:
    whole = first
    # One step an epoch in each fold, three in the network that learns from all.
    with pytest.raises(KilledError):
        trained(project, replace(FIRST, name="killed", checkpoint_minutes=0), Late(2 * PECULIAR.epochs + 7))
    assert (project.folder / FOLDER / "killed" / "all-participants" / "last.ckpt").is_file()
    again = resume_training(project, "killed", Seen(), machines=CPU)
    # The very numbers of the run that was not killed, so that its model is that one's.
    assert [view.name for view in list_models() if view.trained] == [again.kept] == [whole.kept]
    weights = [
        torch.load(run / "all-participants" / "weights.pth", weights_only=True)
        for run in (whole.folder, again.folder)
    ]
    assert all(torch.equal(weights[0][key], weights[1][key]) for key in weights[0])
    assert read_held_out(whole.folder / "held-out.parquet").said.tobytes() == (
        read_held_out(again.folder / "held-out.parquet").said.tobytes()
    )
    # A run that is finished finds its model, and makes it anew only where that was removed.
    assert resume_training(project, "killed", Seen(), machines=CPU).kept == again.kept
    assert remove_model(again.kept) > 0
    with pytest.raises(NotFoundError):
        look_at_model(again.kept, hashes=False)
    anew = resume_training(project, "killed", Seen(), machines=CPU)
    assert model_card(anew.kept).lineage is not None


class Late(Seen):
    """Ends the world at a step of any network."""

    def advance(self, units: int = 1) -> None:
        self.steps += units * self._title.endswith(f"of {PECULIAR.epochs}")
        if self._last is not None and self.steps >= self._last:
            raise KilledError


def test_a_damaged_card_stops_no_other_model(project: Project, first: TrainReport) -> None:
    path = weight_store().folder(first.kept) / "card.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("version = 1", "version = 0"), encoding="utf-8")
    by_name = {view.name: view for view in list_models()}
    assert by_name["demo_starter"].state == "there"
    assert by_name[first.kept].state == "damaged"
    assert first.kept in by_name[first.kept].problem
    # Its name stays taken.
    assert new_version("My study", "resnet50")[2] == "my-study-resnet50-v2"

    # A card that can be read and is another than what was kept.
    path.write_text(text.replace("version = 1", "version = 7"), encoding="utf-8")
    (found,) = verify_models(first.kept)
    assert found.problem == "the content of card.toml has changed"
    (path.parent / f"{first.kept}.onnx").unlink()
    with pytest.raises(InvalidFileError, match="hrm train au --resume one"):
        predict_study(project, first.kept, options=PredictOptions(device="cpu"))


@pytest.mark.parametrize(
    ("study", "network", "name"),
    [
        ("Demo study", "starter", "demo-study-starter-v1"),
        ("研究一", "fmae_iat", "study-fmae_iat-v1"),
        ("x" * 90, "me_graphau_edge", f"{'x' * 32}-me_graphau_edge-v1"),
        ("--", "gru", "study-gru-v1"),
    ],
)
def test_names_that_a_folder_can_have_on_every_system(study: str, network: str, name: str) -> None:
    assert new_version(study, network) == (name.removesuffix("-v1"), 1, name)


@pytest.mark.usefixtures("first")
def test_two_studies_of_like_names_have_families_of_their_own() -> None:
    assert new_version("My study", "resnet50")[2] == "my-study-resnet50-v2"
    assert new_version("My  study!", "resnet50")[2] == "my-study-resnet50-2-v1"
