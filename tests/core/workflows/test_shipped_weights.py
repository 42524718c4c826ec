"""Weights that lie beside a card are there without being added."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from hrm_core.errors import InvalidFileError, ProjectError
from hrm_core.exchange.predictions import read_predictions
from hrm_core.media import write_still
from hrm_core.models.registered import load_registered, registered_weights
from hrm_core.models.weights import sha256_of
from hrm_core.models.zoo import create_model
from hrm_core.workflows import look_at_models
from hrm_core.workflows.describe_model import describe_model
from hrm_core.workflows.look_at_models import list_models, look_at_model, model_card, weight_store
from hrm_core.workflows.manage_models import fetch_model, remove_model, verify_models
from hrm_core.workflows.predict_actions import PredictOptions, predict_folder
from tests.support.kept_networks import tiny_resnet
from tests.support.registered_networks import register

CARD = """name = "drawn"
kind = "action detector"
what = "for tests"
source = "https://example.org/source"
family = "drawn"
version = 3

[licence]
name = "MIT"
summary = ["You may."]
url = "https://example.org/licence"
commercial_use = true

[[shipped]]
name = "checkpoint.pth"
size_bytes = {size}
sha256 = "{sha256}"

[network]
architecture = "resnet50"
role = "detector"
actions = ["AU1", "AU12"]
activation = "sigmoid"
threshold = 0.5
population = "nobody"
limits = ["For tests alone."]
parameters = 1
multiply_adds = 1
synthetic = true

[network.input]
size = 16
resize = "pil-bilinear"
mean = [0.5, 0.5, 0.5]
std = [0.5, 0.5, 0.5]
"""


@pytest.fixture
def cards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of cards with one whose weights lie beside it."""
    folder = tmp_path / "models"
    (folder / "drawn").mkdir(parents=True)
    with tiny_resnet():
        torch.manual_seed(5)
        torch.save(create_model("resnet50", 2).state_dict(), folder / "drawn" / "checkpoint.pth")
    write_card(folder)
    monkeypatch.setattr(look_at_models, "model_cards_dir", lambda: folder)
    return folder


def write_card(folder: Path, text: str = CARD) -> None:
    path = folder / "drawn" / "checkpoint.pth"
    text = text.format(size=path.stat().st_size, sha256=sha256_of(path))
    (folder / "drawn" / "card.toml").write_text(text, encoding="utf-8")


def test_they_are_there_and_run(cards: Path, tmp_path: Path) -> None:
    (view,) = list_models()
    assert (view.name, view.state, view.shipped, view.trained, view.synthetic) == (
        "drawn", "there", True, False, True,
    )  # fmt: skip
    assert view.path == cards / "drawn" / "checkpoint.pth"
    assert view.size_bytes == view.path.stat().st_size
    assert [each.problem for each in verify_models()] == [""]
    card = model_card("drawn")
    assert (card.family, card.version, card.lineage) == ("drawn", 3, None)

    for number, picture in enumerate(random_pictures()):
        write_still(picture, tmp_path / "faces" / f"{number:06d}.png")
    with tiny_resnet():
        predict_folder(
            tmp_path / "faces", "drawn", tmp_path / "said.parquet", options=PredictOptions(device="cpu")
        )
        network = create_model("resnet50", 2).eval()
        network.load_state_dict(torch.load(view.path, weights_only=True))
    batch = torch.from_numpy(random_pictures()).permute(0, 3, 1, 2).float() / 255
    with torch.no_grad():
        wanted = network((batch - 0.5) / 0.5).sigmoid().numpy()
    assert np.abs(read_predictions(tmp_path / "said.parquet").probabilities - wanted).max() < 1e-5


def random_pictures() -> np.ndarray:
    random = np.random.default_rng(2)
    return np.stack([random.integers(0, 256, (16, 16, 3)).astype(np.uint8) for _ in range(3)])


def test_only_what_lies_here_may_come_from_nowhere(cards: Path) -> None:
    nowhere = CARD.replace('source = "https://example.org/source"\n', "")
    write_card(cards, nowhere)
    assert list_models()[0].source == ""
    begin, end = nowhere.index("[[shipped]]"), nowhere.index("[network]")
    write_card(cards, nowhere[:begin] + nowhere[end:])
    with pytest.raises(InvalidFileError, match="it lacks the entry source"):
        list_models()


@pytest.mark.usefixtures("cards")
def test_they_go_with_the_program() -> None:
    with pytest.raises(ProjectError, match="goes with it"):
        remove_model("drawn")
    with pytest.raises(ProjectError, match="nothing to fetch"):
        fetch_model("drawn", lambda _: True)
    described = describe_model("drawn", speed=False)
    assert [(file.form, file.name) for file in described.files] == [("checkpoint", "checkpoint.pth")]


def test_a_persons_own_come_first_and_can_be_removed(cards: Path) -> None:
    with tiny_resnet():
        own = register("drawn", create_model("resnet50", 2))
    found = registered_weights(weight_store(), model_card("drawn"))
    assert found == own
    assert not look_at_model("drawn", hashes=True).shipped
    assert remove_model("drawn") > 0
    shipped = registered_weights(weight_store(), model_card("drawn")).checkpoint
    assert shipped == cards / "drawn" / "checkpoint.pth"


def test_damaged_ones_are_told(cards: Path) -> None:
    path = cards / "drawn" / "checkpoint.pth"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    assert look_at_model("drawn", hashes=True).problem == "the content of checkpoint.pth has changed"
    weights = registered_weights(weight_store(), model_card("drawn"))
    with tiny_resnet(), pytest.raises(InvalidFileError, match="install the program anew"):
        load_registered(weights)
    path.unlink()
    with pytest.raises(InvalidFileError, match=r"checkpoint.pth is missing.*install the program anew"):
        registered_weights(weight_store(), model_card("drawn"))


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('name = "checkpoint.pth"', 'name = "other.pth"', "shipped.name must be one of weights.onnx"),
        ('url = "https://example.org/licence"\n', "", "it lacks the entry licence.url"),
        ("version = 3", "version = 0", "version must be greater than 0"),
        ("size = 16", "size = 16\nfirst_size = 15", "first_size must be at least its size, 16"),
        ("size = 16", "size = 16\nmiddle = true", "network.input.middle needs"),
        ("size = 16", "size = 16\ncut = [0.5, 0.0, 0.5, 1.0]", "network.input.cut must be left, top"),
        ("size = 16", "size = 16\ncut = [0.0, 0.0, 1.0]", "network.input.cut must be"),
        ("size = 16", "size = 16\ncut = [0.0, 0.0, 1.0, 1.5]", "must be less than or equal to 1"),
        ("size = 16", 'size = 16\nnormalised_by = "me"', "network.input.normalised_by must be 'card' or"),
        ("[[shipped]]", '[lineage]\nstudy = "s"\n\n[[shipped]]', "it lacks the entry lineage.run"),
    ],
)
def test_what_is_wrong_with_a_card_is_one_sentence(cards: Path, old: str, new: str, complaint: str) -> None:
    assert CARD.count(old) == 1
    write_card(cards, CARD.replace(old, new))
    with pytest.raises(InvalidFileError) as caught:
        list_models()
    assert complaint in str(caught.value)


def test_several_cards_may_be_of_one_family(cards: Path) -> None:
    shutil.copytree(cards / "drawn", cards / "drawn-2")
    path = cards / "drawn-2" / "card.toml"
    path.write_text(
        path.read_text().replace('name = "drawn"', 'name = "drawn-2"').replace("version = 3", "version = 4")
    )
    assert {view.name for view in list_models()} == {"drawn", "drawn-2"}
    assert {model_card(name).family for name in ("drawn", "drawn-2")} == {"drawn"}
