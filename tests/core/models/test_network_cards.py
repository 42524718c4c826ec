"""What the packaged cards say of networks is counted, and a card with a mistake is refused."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from hrm_core.errors import InvalidFileError
from hrm_core.facs import ALL_ACTIONS
from hrm_core.models import create_model, list_models
from hrm_core.models.card import ModelCard, NetworkFacts
from hrm_core.models.card_file import read_cards
from hrm_core.models.zoo import network
from hrm_core.paths import model_cards_dir

CARDS = {name: card for name, card in read_cards(model_cards_dir()).items() if card.network is not None}
DETECTORS_22 = {
    "resnet50", "emofan", "me_graphau", "me_graphau_edge", "fmae", "fmae_iat", "mae_face", "mae_face_paper",
}  # fmt: skip
DETECTORS_17 = {"resnet50_17", "emofan_17", "me_graphau_17", "mae_face_17", "fmae_17"}
BACKBONES = {"resnet50_imagenet", "mae_face_pretrained", "fmae_pretrained", "fan"}
REGRESSORS = {"gru", "bilstm"}
STARTER = "demo_starter"

# One of each family is counted each time; the others, which take a second each, with the slow tests.
QUICK = {"resnet50_17", "me_graphau", "mae_face", "gru", STARTER}
COUNTED = [pytest.param(name, marks=[pytest.mark.slow] * (name not in QUICK)) for name in sorted(CARDS)]

# As the published label files number them: 27 is 26 or 27 (2X), 19 and 32 are descriptors.
NUMBERS_22 = [1, 2, 4, 6, 7, 9, 10, 12, 14, 15, 16, 17, 18, 19, 20, 23, 24, 25, 27, 28, 32, 43]
NUMBERS_17 = [1, 2, 4, 6, 7, 9, 10, 12, 14, 15, 16, 17, 20, 23, 24, 25, 27]
# Mean F1 and accuracy over actions and folds, as the results sheet has them.
RESULTS = {
    "resnet50": (45.30, 93.53), "emofan": (47.37, 91.28), "me_graphau": (50.83, 93.03),
    "me_graphau_edge": (50.98, 93.00), "fmae": (50.81, 92.81), "fmae_iat": (51.28, 93.97),
    "mae_face": (54.48, 94.50), "mae_face_paper": (52.28, 94.21),
}  # fmt: skip


def facts(name: str) -> NetworkFacts:
    found = CARDS[name].network
    assert found is not None
    return found


def on_meta(name: str) -> nn.Module:
    """What of a card's network is counted: all of it, of a backbone all but the head."""
    said = facts(name)
    with torch.device("meta"):
        model = create_model(said.architecture, len(said.actions) or 22).eval()
    if name == "fan":
        return model.feature
    if said.role == "backbone":
        model.set_submodule("fc" if said.architecture == "resnet50" else "head", nn.Identity())
    return model


# ---- the packaged ones -------------------------------------------------------------------


def test_there_is_a_card_for_each_published_file_and_backbone() -> None:
    roles: dict[str, set[str]] = {"detector": set(), "regressor": set(), "backbone": set()}
    for name in CARDS:
        roles[facts(name).role].add(name)
    assert roles == {
        "detector": DETECTORS_22 | DETECTORS_17 | {STARTER}, "regressor": REGRESSORS, "backbone": BACKBONES,
    }  # fmt: skip
    assert {facts(name).architecture for name in CARDS} == set(list_models())


@pytest.mark.parametrize("name", COUNTED)
def test_parameters_and_multiplications_are_those_of_the_network(name: str) -> None:
    said, model = facts(name), on_meta(name)
    assert sum(each.numel() for each in model.parameters()) == said.parameters
    size = said.input.size
    shape = (1, size, len(said.actions)) if said.role == "regressor" else (1, 3, size, size)
    counter = FlopCounterMode(display=False)
    with torch.inference_mode(), counter:
        model(torch.empty(shape, device="meta"))
    # PyTorch counts a multiplication and its addition as two.
    assert said.multiply_adds == pytest.approx(counter.get_total_flops() / 2, rel=1e-3)


@pytest.mark.parametrize(
    ("name", "billions"), [("resnet50_imagenet", 4.09), ("mae_face", 17.56), ("fmae", 61.55)]
)
def test_multiplications_are_those_that_torchvision_states(name: str, billions: float) -> None:
    """Of ResNet-50, ViT-B/16 and ViT-L/16, whose heads hardly count."""
    assert facts(name).multiply_adds / 1e9 == pytest.approx(billions, rel=2e-3)


@pytest.mark.parametrize("name", sorted(CARDS))
def test_input_is_what_the_network_takes(name: str) -> None:
    assert facts(name).input.size == network(facts(name).architecture).input_size


@pytest.mark.parametrize("name", sorted(DETECTORS_22 | DETECTORS_17 | REGRESSORS))
def test_what_was_published_by_hugging_rain_man(name: str) -> None:
    said, card = facts(name), CARDS[name]
    number = {"AU2X": "27", **{action.key: action.number for action in ALL_ACTIONS if action.key != "AU2X"}}
    wanted = NUMBERS_17 if name in DETECTORS_17 else NUMBERS_22
    assert [int(number[key]) for key in said.actions] == wanted
    assert not card.licence.commercial_use
    assert card.licence.name == "CC BY-NC-SA 4.0"
    assert "non-commercial" in " ".join(card.licence.summary)
    for word in ("98 children", "66 autistic", "32 typically developing", "2 to 12", "East Asian"):
        assert word in said.population
    assert "not East Asian" in said.limits[0]
    assert "no diagnostic instrument" in " ".join(said.limits)
    assert "10.1109/TAFFC.2025.3558914" in card.citation
    assert card.download is None


@pytest.mark.parametrize("name", sorted(DETECTORS_22 | DETECTORS_17))
def test_pictures_are_prepared_and_decided_as_published(name: str) -> None:
    said = facts(name)
    assert said.input.mean == (0.4434122, 0.36354306, 0.35404983)
    assert said.input.std == (0.19467306, 0.19811313, 0.1991408)
    assert said.input.resize == "pil-bilinear"
    assert said.thresholds == (0.5,) * len(said.actions)
    assert said.activation == ("none" if said.architecture.startswith("me_graphau") else "sigmoid")
    result = said.published
    if name in DETECTORS_17:
        assert result is None
    else:
        assert result is not None
        assert (result.f1, result.accuracy) == RESULTS[name]
        assert not result.f1_by_action


def test_figures_that_are_known_to_be_wrong_say_so() -> None:
    caveats = {name: " ".join(getattr(facts(name).published, "caveats", ())) for name in DETECTORS_22}
    assert "partly a copy" in caveats["mae_face"]
    assert "too low" in caveats["fmae"]


# ---- mistakes ----------------------------------------------------------------------------

TEXT = """\
name = "tiny"
kind = "action detector"
what = "synthetic"
source = "https://example.org/tiny"
citation = "Nobody (2026)"

[licence]
name = "Test-1.0"
summary = ["You may test with it."]
url = "https://example.org/licence"
commercial_use = false

[network]
architecture = "resnet50"
role = "detector"
actions = ["AU1", "AU12"]
activation = "sigmoid"
threshold = 0.4
population = "nobody"
limits = ["Synthetic."]
parameters = 23_512_130
multiply_adds = 4_087_136_256

[network.input]
size = 224
resize = "pil-bilinear"
mean = [0.5, 0.5, 0.5]
std = [0.25, 0.25, 0.25]

[network.published]
source = "a synthetic sheet"
f1 = 45
accuracy = 93.5
caveats = ["Nothing of it is true."]

[network.published.f1_by_action]
AU12 = 60.5
"""
MAY_BE_LEFT_OUT = {"citation", "network.published.f1", "network.published.accuracy"} | {
    "network.published.caveats", "network.published.f1_by_action.AU12",
}  # fmt: skip


def read(folder: Path, text: str) -> ModelCard:
    (folder / "tiny").mkdir(exist_ok=True)
    (folder / "tiny" / "card.toml").write_text(text, encoding="utf-8")
    return read_cards(folder)["tiny"]


def entries() -> list[tuple[str, str]]:
    """Each entry with its section, and its line."""
    section, found = "", []
    for line in TEXT.splitlines():
        if line.startswith("["):
            section = line.strip("[]") + "."
        elif line:
            found.append((section + line.split(" = ")[0], line + "\n"))
    return found


def test_a_card_is_read_as_written(tmp_path: Path) -> None:
    card = read(tmp_path, TEXT)
    said = card.network
    assert said is not None
    table: dict[str, Any] = tomllib.loads(TEXT)
    assert (card.name, card.citation, card.download, card.files) == ("tiny", "Nobody (2026)", None, ())
    assert said.thresholds == (0.4, 0.4)
    assert said.input.std == tuple(table["network"]["input"]["std"])
    assert said.published is not None
    assert (said.published.f1, said.published.f1_by_action) == (45, {"AU12": 60.5})
    one_each = TEXT.replace("threshold = 0.4\n", "") + "[network.thresholds]\nAU12 = 0.7\nAU1 = 0.2\n"
    other = read(tmp_path, one_each).network
    assert other is not None
    assert other.thresholds == (0.2, 0.7)


@pytest.mark.parametrize(("entry", "line"), entries(), ids=[entry for entry, _ in entries()])
def test_an_entry_that_is_missing_is_named(tmp_path: Path, entry: str, line: str) -> None:
    assert TEXT.count(line) >= 1
    section = entry.rpartition(".")[0]
    start = TEXT.index(f"[{section}]\n") if section else 0
    at = TEXT.index(line, start)
    text = TEXT[:at] + TEXT[at + len(line) :]
    if entry in MAY_BE_LEFT_OUT:
        assert read(tmp_path, text).name == "tiny"
        return
    with pytest.raises(InvalidFileError, match=rf"it lacks the entry {re.escape(entry)}\b") as told:
        read(tmp_path, text)
    assert str(told.value).startswith(f"The model card {tmp_path / 'tiny' / 'card.toml'} is not right: ")
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('architecture = "resnet50"', 'architecture = "resnet51"', "must be one of resnet50, emofan"),
        ('role = "detector"', 'role = "oracle"', "must be 'detector', 'regressor' or 'backbone'"),
        ('role = "detector"', 'role = "regressor"', "network.role must be detector or backbone"),
        ('role = "detector"', 'role = "backbone"', "network.activation must be 'none'"),
        ('architecture = "resnet50"', 'architecture = "gru"', "network.role must be regressor"),
        ('architecture = "resnet50"', 'architecture = "me_graphau"', "gives au_cosine"),
        ('"AU1", "AU12"', '"AU1", "AU1"', "name AU1 twice"),
        ('"AU1", "AU12"', '"AU1", "AU27"', "which has no 'AU27'"),
        ('"AU1", "AU12"', '"AU1", 12', "network.actions (number 2) must be a text, not 12"),
        ('["AU1", "AU12"]', "[]", "network.actions must name an action"),
        ('activation = "sigmoid"', 'activation = "softmax"', "activation must be 'sigmoid' or 'none'"),
        ("threshold = 0.4", "threshold = 1.4", "network.threshold must be less than or equal to 1, not 1.4"),
        ("threshold = 0.4", "threshold = nan", "network.threshold must be a finite number"),
        ("threshold = 0.4", 'threshold = "0.4"', "network.threshold must be a number, not '0.4'"),
        ("threshold = 0.4", "thresholds = {AU1 = 0.4}", "which fails for AU12"),
        ("threshold = 0.4", "thresholds = {AU1 = 0.4, AU12 = 0.4, AU2 = 0.4}", "which fails for AU2"),
        ("threshold = 0.4", "thresholds = [0.4, 0.4]", "network.thresholds must be a section"),
        ("threshold = 0.4", "threshold = 0.4\nthresholds = {AU1 = 1, AU12 = 1}", "must not have both"),
        ('limits = ["Synthetic."]', "limits = []", "network.limits must be a list that is not empty"),
        ("parameters = 23_512_130", "parameters = 2.5e7", "network.parameters must be a whole number"),
        ("size = 224", "size = 0", "network.input.size must be greater than 0"),
        ('"pil-bilinear"', '"bicubic"', "network.input.resize must be 'pil-bilinear' or 'none'"),
        ('"pil-bilinear"', '"none"', "network.input.resize must be 'none' for a regressor, and only"),
        ("mean = [0.5, 0.5, 0.5]", "mean = [0.5]", "network.input.mean must be three numbers"),
        ("[0.25, 0.25, 0.25]", "[0.25, 0.0, 0.25]", "network.input.std must be more than 0"),
        ("f1 = 45", "f1 = 450", "network.published.f1 must be less than or equal to 100"),
        ("AU12 = 60.5", "AU2 = 60.5", "f1_by_action has AU2, which is not in its actions"),
        ("[network.input]", "[network.inputs]", "no entry network.inputs; there are: architecture, role"),
        ("[network]", "[[network]]", "network must be a section, not a list; mend it."),
        ("[network]", "[network2]", "no entry network"),
        ("[licence]", "[[file]]\n[licence]", "lacks the entry file.name"),
    ],
)  # fmt: skip
def test_a_card_with_a_mistake_is_refused(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    assert old in TEXT
    with pytest.raises(InvalidFileError, match=re.escape(complaint)) as told:
        read(tmp_path, TEXT.replace(old, new, 1))
    assert "\n" not in str(told.value)
    assert str(tmp_path / "tiny" / "card.toml") in str(told.value)


def test_a_card_is_of_files_or_of_a_network(tmp_path: Path) -> None:
    head = TEXT.partition("[network]")[0]
    with pytest.raises(InvalidFileError, match=r"either exactly one section \[\[file\]\] or a section"):
        read(tmp_path, head)
