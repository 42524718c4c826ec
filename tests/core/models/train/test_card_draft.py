from __future__ import annotations

from pathlib import Path

import pytest
from torch import nn

from hrm_core.models import create_model
from hrm_core.models.card import InputSpec, ModelCard
from hrm_core.models.card_file import read_cards
from hrm_core.models.train.card_draft import TrainedNetwork, draft_card, population
from hrm_core.paths import model_cards_dir
from hrm_core.records.people import Participant

_PUBLISHED = read_cards(model_cards_dir())
_QUICK = {"resnet50", "me_graphau_edge", "gru"}
_NETWORKS = [
    pytest.param(name, marks=[pytest.mark.slow] * (name not in _QUICK))
    for name in (
        "resnet50",
        "emofan",
        "me_graphau",
        "me_graphau_edge",
        "mae_face",
        "fmae",
        "fmae_iat",
        "gru",
        "bilstm",
    )
]


def _trained(architecture: str, **changes: object) -> TrainedNetwork:
    facts = _PUBLISHED[architecture].network
    assert facts is not None
    known = {
        "name": "my-model",
        "architecture": architecture,
        "actions": facts.actions,
        "input": facts.input,
        "thresholds": tuple(round(0.3 + place / 100, 2) for place in range(len(facts.thresholds))),
        "study": "Our study",
        "population": "3 participants, on 10 frames of Our study",
        "synthetic": False,
        "measured": {},
    }
    return TrainedNetwork(**{**known, **changes})  # type: ignore[arg-type]


def _read(folder: Path, text: str, name: str = "my-model") -> ModelCard:
    (folder / name).mkdir()
    (folder / name / "card.toml").write_text(text, encoding="utf-8")
    return read_cards(folder)[name]


@pytest.mark.parametrize("architecture", _NETWORKS)
def test_the_program_reads_the_draft_of_each_network(tmp_path: Path, architecture: str) -> None:
    wanted = _PUBLISHED[architecture].network
    assert wanted is not None
    trained = _trained(architecture)

    card = _read(tmp_path, draft_card(trained))

    said = card.network
    assert said is not None
    for fact in ("architecture", "role", "actions", "activation", "input", "parameters", "multiply_adds"):
        assert getattr(said, fact) == getattr(wanted, fact), fact
    assert said.thresholds == trained.thresholds
    assert said.population == trained.population
    assert said.published is None
    assert "no diagnostic instrument" in " ".join(said.limits)
    assert card.licence.name == "to be chosen by the study"
    assert not card.licence.commercial_use
    assert card.download is None


def test_a_smaller_input_costs_less(tmp_path: Path) -> None:
    small = InputSpec(128, "pil-bilinear", (0.5, 0.5, 0.5), (0.25, 0.25, 0.25))

    card = _read(tmp_path, draft_card(_trained("resnet50", input=small)))

    assert card.network is not None
    assert card.network.input == small
    published = _PUBLISHED["resnet50"].network
    assert published is not None
    # 4 x 4 places in the last layer instead of 7 x 7, and so in all before.
    assert card.network.multiply_adds == pytest.approx(published.multiply_adds * 16 / 49, rel=0.001)
    assert card.network.parameters == published.parameters


def test_the_identity_head_is_counted_as_large_as_it_is(tmp_path: Path) -> None:
    card = _read(tmp_path, draft_card(_trained("fmae_iat", people=4)))

    assert card.network is not None
    published = _PUBLISHED["fmae_iat"].network
    assert published is not None
    assert published.parameters - card.network.parameters == (98 - 4) * (1024 + 1)


def test_what_was_measured_is_a_comment_and_synthetic_is_said(tmp_path: Path) -> None:
    text = draft_card(_trained("gru", synthetic=True, measured={"MAE\nevil = 1": 0.6234567, "R2": 0.5}))

    card = _read(tmp_path, text)

    assert "#   MAE evil = 1 = 0.6235\n" in text
    assert "DRAFT" in text.splitlines()[0]
    assert card.network is not None
    assert card.network.published is None
    assert "drawn faces" in card.network.limits[0]
    assert "synthetic" in card.what


@pytest.mark.parametrize(
    "study", ['The "big" study', "C:\\studies\\new", "研究一", "two\nlines\t\x7f\x01", "# no comment"]
)
def test_any_name_of_a_study_is_kept(tmp_path: Path, study: str) -> None:
    card = _read(tmp_path, draft_card(_trained("gru", study=study)))

    assert card.what == f"gru, 22 actions over 15 frames, trained on {study}"


def test_the_population_is_counted() -> None:
    people = [
        Participant(1, "1", group="ASD", sex="M", age_years=2.8),
        Participant(2, "2", group="ASD", sex="F", age_years=11.0),
        Participant(3, "3", group="TD", sex="M", age_years=7.25),
    ]

    assert population(people, frames=131758, study="Ours", synthetic=False) == (
        "3 participants aged 2.8 to 11 years (2 ASD, 1 TD; 1 F, 2 M), on 131,758 frames of Ours"
    )
    assert population(people[:1], frames=20, study="Ours", synthetic=True, what="windows") == (
        "1 drawn (synthetic) participant aged 2.8 years (1 ASD; 1 M), on 20 windows of Ours"
    )
    assert population([Participant(1, "1"), people[0]], frames=9, study="Ours", synthetic=False) == (
        "2 participants aged 2.8 years (age known of 1) (1 ASD; 1 M), on 9 frames of Ours"
    )
    assert population([Participant(4, "4")], frames=9, study="Ours", synthetic=False) == (
        "1 participant, on 9 frames of Ours"
    )


def test_counting_leaves_no_weights_behind() -> None:
    """What is counted is the very network that training makes."""
    model: nn.Module = create_model("gru", 3, hidden=128)

    assert f"parameters = {sum(each.numel() for each in model.parameters())}\n" in draft_card(
        _trained("gru", actions=("AU1", "AU2", "AU4"))
    )
