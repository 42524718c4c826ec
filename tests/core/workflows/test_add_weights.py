"""A network's weights are kept byte for byte, and only if they fill the network of their card."""

from __future__ import annotations

import hashlib
import json
import os
import re
from pathlib import Path

import pytest
import torch
from torch import nn

from hrm_core.errors import InvalidFileError, NotFoundError, ProjectError
from hrm_core.models import libraries
from hrm_core.models.libraries import MissingLibraryError
from hrm_core.models.registered import LANDMARKS, load_registered, registered_weights
from hrm_core.models.weights import RECORD_FILE, WeightsError
from hrm_core.workflows.accept_licence import LicenceOffer
from hrm_core.workflows.add_weights import WeightsAdded, add_weights
from hrm_core.workflows.look_at_models import list_models, look_at_model, model_card, weight_store
from hrm_core.workflows.manage_models import (
    add_model,
    fetch_model,
    remove_model,
    verify_models,
    weights_path,
)
from tests.support.checkpoint_files import small_networks
from tests.support.network_files import checkpoint, noted, onnx_file

SHA = "ab" * 32


def yes(offer: LicenceOffer) -> bool:
    return True


def never(offer: LicenceOffer) -> bool:
    raise AssertionError("asked")


def add(name: str, file: Path, beside: Path | None = None) -> WeightsAdded:
    return add_weights(name, file, yes, beside=beside)


def kept() -> dict[str, str]:
    """SHA-256 of all files that are kept, by folder and name."""
    root = weight_store().root
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in root.rglob("*")
        if path.is_file() and path.name != RECORD_FILE
    }


def loaded(name: str) -> nn.Module:
    return load_registered(registered_weights(weight_store(), model_card(name)))


def same(one: nn.Module, other: nn.Module) -> bool:
    mine, theirs = one.state_dict(), other.state_dict()
    return mine.keys() == theirs.keys() and all(torch.equal(mine[key], theirs[key]) for key in mine)


@pytest.fixture
def gru(tmp_path: Path) -> Path:
    """A checkpoint of the regressor, wrapped as the published script does it."""
    checkpoint(tmp_path / "gru_best.pth", "gru", wrap="state_dict")
    return tmp_path / "gru_best.pth"


# ---- checkpoints -------------------------------------------------------------------------


def test_a_checkpoint_is_kept_byte_for_byte_and_gives_the_same_network(tmp_path: Path) -> None:
    model = checkpoint(tmp_path / "mine.pth", "gru", wrap="state_dict")
    content = (tmp_path / "mine.pth").read_bytes()
    report = add("gru", tmp_path / "mine.pth")
    assert kept() == {"gru/gru.pth": hashlib.sha256(content).hexdigest()} == {"gru/gru.pth": report.sha256}
    assert (report.model.state, report.model.files) == ("there", ("gru.pth",))
    assert report.model.size_bytes == len(content)
    assert "98 children" in report.population
    assert any("not East Asian" in line for line in report.limits)
    assert any("10 parameters" in line for line in report.said)
    found = loaded("gru")
    assert same(found, model)
    assert not found.training
    assert [view.problem for view in verify_models("gru")] == [""]


def test_the_licence_is_shown_and_noted(gru: Path) -> None:
    offers: list[LicenceOffer] = []
    add_weights("gru", gru, lambda offer: offers.append(offer) is None)
    assert [(offer.licence, offer.commercial_use) for offer in offers] == [("CC BY-NC-SA 4.0", False)]
    note = json.loads((weight_store().folder("gru") / RECORD_FILE).read_text())
    assert (note["licence"], note["source"], note["own"]) == ("CC BY-NC-SA 4.0", "gru_best.pth", False)
    assert look_at_model("gru", hashes=True).accepted_at


def test_without_a_yes_nothing_is_kept(gru: Path) -> None:
    with pytest.raises(WeightsError, match="licence of gru was not accepted"):
        add_weights("gru", gru, lambda offer: False)
    assert not weight_store().root.exists()


def test_what_cannot_be_is_refused_before_the_question(gru: Path, tmp_path: Path) -> None:
    for name, file, beside, error, complaint in (
        ("gru", tmp_path / "no.pth", None, NotFoundError, "no file"),
        ("gru", tmp_path, None, InvalidFileError, "is a folder"),
        ("gru", gru, gru, InvalidFileError, "leave --with out"),
        ("yunet", gru, None, ProjectError, "yunet finds faces"),
        ("nothing", gru, None, NotFoundError, "no model 'nothing'"),
        (
            "fan",
            onnx_file(tmp_path / "x.onnx", {}, (3, 8, 8), 2),
            None,
            InvalidFileError,
            "nobody can train further",
        ),
    ):
        with pytest.raises(error, match=complaint):
            add_weights(name, file, never, beside=beside)


@pytest.mark.parametrize(
    ("network", "actions", "complaint"),
    [("gru", 17, "17 actions"), ("bilstm", 22, "bilstm"), ("resnet50", 22, "resnet50")],
)
def test_another_network_or_number_of_actions_is_refused_and_nothing_kept(
    tmp_path: Path, network: str, actions: int, complaint: str
) -> None:
    checkpoint(tmp_path / "other.pth", network, actions)
    with pytest.raises(InvalidFileError, match=complaint):
        add("gru", tmp_path / "other.pth")
    assert kept() == {}


def test_a_cut_or_emptied_file_is_refused_and_the_good_one_stays(gru: Path, tmp_path: Path) -> None:
    before = add("gru", gru).sha256
    content = gru.read_bytes()
    for cut in (content[: len(content) // 2], b"", content[:100]):
        (tmp_path / "cut.pth").write_bytes(cut)
        with pytest.raises(InvalidFileError, match=r"cut\.pth"):
            add("gru", tmp_path / "cut.pth")
    assert kept() == {"gru/gru.pth": before}
    assert look_at_model("gru", hashes=True).state == "there"


class _Malicious:
    """A pickle that makes a folder when it is read."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (str(self.path),)


def test_a_file_with_a_program_in_it_does_not_run(tmp_path: Path) -> None:
    torch.save({"state_dict": _Malicious(tmp_path / "ran")}, tmp_path / "bad.pth")
    with pytest.raises(InvalidFileError, match="not opened"):
        add("gru", tmp_path / "bad.pth")
    assert not (tmp_path / "ran").exists()
    assert kept() == {}


def test_a_full_disk_keeps_what_was_there(gru: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = add("gru", gru).sha256
    checkpoint(tmp_path / "second.pth", "gru", seed=2)

    def full(folder: Path, size_bytes: int) -> None:
        raise WeightsError("the disk is full")

    monkeypatch.setattr("hrm_core.models.source_files.require_room", full)
    with pytest.raises(WeightsError, match="full"):
        add("gru", tmp_path / "second.pth")
    assert kept() == {"gru/gru.pth": before}


def test_a_file_that_changes_while_it_is_checked_is_refused(
    gru: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hrm_core.models import check_weights

    def changed(*args: object, **options: object) -> object:
        gru.write_bytes(gru.read_bytes() + b" ")
        return None, ()

    def reports(*args: object, **options: object) -> object:
        found = load_files(*args, **options)
        changed()
        return found

    load_files = check_weights.load_files
    monkeypatch.setattr(check_weights, "load_files", reports)
    with pytest.raises(InvalidFileError, match="changed while it was checked"):
        add("gru", gru)
    assert kept() == {}


def test_without_pytorch_it_says_what_to_install(gru: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hrm_core.models.check_weights.has_torch", lambda: False)
    with pytest.raises(MissingLibraryError, match=r"hrm-annotator\[train\]"):
        add_weights("gru", gru, never)


def test_a_file_that_cannot_be_read_is_one_sentence(gru: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("hrm_core.models.check_weights.sha256_of", refuse)
    with pytest.raises(InvalidFileError, match=r"gru_best\.pth cannot be read \(Permission denied\): allow"):
        add("gru", gru)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such files")
def test_what_may_never_end_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InvalidFileError, match="no ordinary file"):
        add_weights("gru", tmp_path / "pipe", never)


# ---- which card a file is of -------------------------------------------------------------


@pytest.mark.parametrize(
    ("network", "actions", "card", "complaint"),
    [
        ("mae_face", 17, "mae_face", "and this network is for 22: add it as mae_face_17, or"),
        ("mae_face", 22, "mae_face_17", "add it as mae_face or mae_face_paper, or choose"),
        ("mae_face", 12, "mae_face", "for 12 actions, and this network is for 22: choose"),
        ("mae_face", 17, "fmae_17", "17 actions, not of fmae: add it as mae_face_17, or"),
        ("resnet50", 1000, "resnet50", "add it as resnet50_imagenet, or choose a file of resnet50"),
        ("resnet50", 1000, "me_graphau", "add it as resnet50_imagenet, or"),
        # What was trained on actions is nobody's backbone, whatever their number.
        ("mae_face", 17, "mae_face_pretrained", "trained on 17 actions already"),
        ("resnet50", 22, "resnet50_imagenet", "trained on 22 actions already"),
        ("emofan", 17, "fan", "trained on 17 actions already"),
    ],
)  # fmt: skip
def test_a_file_of_another_card_is_told_by_the_name_of_that_card(
    tmp_path: Path, network: str, actions: int, card: str, complaint: str
) -> None:
    with small_networks():
        checkpoint(tmp_path / "other.pth", network, actions)
        with pytest.raises(InvalidFileError, match=complaint) as caught:
            add(card, tmp_path / "other.pth")
    # Who adds a file writes no Python.
    assert not re.search(r"create_model|new_head", str(caught.value))
    assert kept() == {}


@pytest.mark.parametrize(
    ("network", "card", "other"),
    [
        ("mae_face", "mae_face_paper", "mae_face"),
        ("fmae", "fmae_iat", "fmae"),
        ("fmae_iat", "fmae", "fmae_iat"),
        ("gru", "gru", ""),
    ],
)
def test_a_card_whose_files_look_the_same_is_named(
    tmp_path: Path, network: str, card: str, other: str
) -> None:
    with small_networks():
        checkpoint(tmp_path / "mine.pth", network)
        said = add(card, tmp_path / "mine.pth").said
    assert [line for line in said if "would load just the same" in line] == [
        f"A file of {other} would load just the same: look once more where this one comes from, for its "
        f"results will be said to be those of {card}."
    ] * bool(other)


def test_imagenets_resnet_is_a_backbone(tmp_path: Path) -> None:
    with small_networks():
        checkpoint(tmp_path / "mine.pth", "resnet50", 1000)
        assert add("resnet50_imagenet", tmp_path / "mine.pth").model.role == "backbone"


# ---- EmoFAN and backbones ----------------------------------------------------------------


@pytest.fixture(scope="module")
def emofan(tmp_path_factory: pytest.TempPathFactory) -> tuple[nn.Module, Path]:
    """EmoFAN whole, and in the two files that its authors publish."""
    folder = tmp_path_factory.mktemp("emofan")
    model = checkpoint(folder / "whole.pth", "emofan")
    for prefix, name in (("predictor.", "predictor.pth"), (LANDMARKS, "2dfan2.pth")):
        part = {
            key.removeprefix(prefix): value
            for key, value in model.state_dict().items()
            if key.startswith(prefix)
        }
        torch.save(part, folder / name)
    return model, folder


@pytest.mark.slow
def test_a_predictor_needs_its_landmark_network_and_both_are_kept(emofan: tuple[nn.Module, Path]) -> None:
    model, folder = emofan
    with pytest.raises(InvalidFileError, match=r"--weights predictor\.pth --with"):
        add("emofan", folder / "predictor.pth")
    assert kept() == {}
    report = add("emofan", folder / "predictor.pth", folder / "2dfan2.pth")
    assert report.model.files == ("emofan.pth", "emofan-fan.pth")
    assert not any("left as before" in line for line in report.said)
    assert same(loaded("emofan"), model)
    path = weight_store().folder("emofan") / "emofan-fan.pth"
    path.write_bytes(path.read_bytes()[::-1])
    with pytest.raises(InvalidFileError, match=r"the content of emofan-fan\.pth has changed"):
        loaded("emofan")


@pytest.mark.slow
def test_emofans_two_files_in_other_ways_are_refused(emofan: tuple[nn.Module, Path]) -> None:
    _, folder = emofan
    with pytest.raises(InvalidFileError, match="predictor"):
        add("emofan", folder / "2dfan2.pth")
    with pytest.raises(InvalidFileError, match=r"add it without 2dfan2\.pth"):
        add("emofan", folder / "whole.pth", folder / "2dfan2.pth")
    assert kept() == {}


@pytest.mark.slow
def test_a_backbone_is_what_training_begins_from(emofan: tuple[nn.Module, Path], tmp_path: Path) -> None:
    model, folder = emofan
    for file, complaint in (("predictor.pth", "no landmark network"), ("whole.pth", "trained on 22 actions")):
        with pytest.raises(InvalidFileError, match=complaint):
            add("fan", folder / file)
    report = add("fan", folder / "2dfan2.pth")
    assert report.model.role == "backbone"
    found = loaded("fan").state_dict()
    wanted = {key: value for key, value in model.state_dict().items() if key.startswith(LANDMARKS)}
    assert all(torch.equal(found[key], value) for key, value in wanted.items())


# ---- ONNX files --------------------------------------------------------------------------


def test_an_exported_file_is_kept_without_a_checkpoint(tmp_path: Path) -> None:
    card = model_card("resnet50_17")
    file = onnx_file(tmp_path / "any name.onnx", noted(card, SHA), (3, 224, 224), 17)
    report = add("resnet50_17", file)
    assert kept() == {"resnet50_17/resnet50_17.onnx": report.sha256}
    weights = registered_weights(weight_store(), card)
    assert (weights.checkpoint, weights.onnx_sha256) == (None, report.sha256)
    with pytest.raises(NotFoundError, match="only an ONNX file of it is on this computer"):
        load_registered(weights)


def test_an_exported_file_lies_beside_its_checkpoint_and_replaces_another(gru: Path, tmp_path: Path) -> None:
    card, sha256 = model_card("gru"), add("gru", gru).sha256
    full = onnx_file(tmp_path / "a.onnx", noted(card, sha256), (15, 22), 1)
    half = noted(card, sha256, hrm_precision="weights float16, computed in float32")
    add("gru", full)
    report = add("gru", onnx_file(tmp_path / "b.onnx", half, (15, 22), 1))
    assert report.model.files == ("gru.pth", "gru.onnx", "gru-fp16.onnx")
    assert registered_weights(weight_store(), card).onnx_fp16 is not None
    assert same(loaded("gru"), loaded("gru"))
    other = onnx_file(tmp_path / "c.onnx", noted(card, SHA), (15, 22), 1)
    assert add("gru", other).model.files == ("gru.onnx",)
    # What was exported from other weights never stays beside new ones.
    assert add("gru", gru).model.files == ("gru.pth",)


@pytest.mark.parametrize(
    ("changes", "shape", "outputs", "complaint"),
    [
        ({"hrm_actions": "AU1,AU2"}, (3, 224, 224), 2, "for 2 actions, and the card resnet50_17"),
        ({"hrm_architecture": "mae_face"}, (3, 224, 224), 17, "is mae_face for 17 actions"),
        ({"hrm_architecture": ""}, (3, 224, 224), 17, "does not say which actions it tells"),
        ({"hrm_weights_sha256": "x"}, (3, 224, 224), 17, "does not say which actions it tells"),
        ({"hrm_card": "resnet50"}, (3, 224, 224), 17, "was exported from resnet50"),
        ({}, (3, 112, 112), 17, "takes any × 3 × 112 × 112 and gives any × 17, and its card"),
        ({}, (3, 224, 224), 22, "gives any × 22"),
    ],
)  # fmt: skip
def test_an_onnx_file_of_something_else_is_refused(
    tmp_path: Path, changes: dict[str, str], shape: tuple[int, ...], outputs: int, complaint: str
) -> None:
    metadata = noted(model_card("resnet50_17"), SHA, **changes)
    with pytest.raises(InvalidFileError, match=complaint):
        add("resnet50_17", onnx_file(tmp_path / "x.onnx", metadata, shape, outputs))
    assert kept() == {}


def test_an_onnx_file_from_elsewhere_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidFileError, match="does not say which actions it tells"):
        add("resnet50_17", onnx_file(tmp_path / "x.onnx", {}, (3, 224, 224), 17))


def test_an_onnx_file_needs_its_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libraries, "has_onnxruntime", lambda: False)
    file = onnx_file(tmp_path / "x.onnx", {}, (3, 224, 224), 17)
    with pytest.raises(MissingLibraryError, match=r"hrm-annotator\[predict\]"):
        add_weights("resnet50_17", file, never)


# ---- what becomes of them ----------------------------------------------------------------


def test_networks_are_listed_verified_and_removed(gru: Path) -> None:
    views = {view.name: view for view in list_models()}
    assert (views["gru"].state, views["gru"].role, views["gru"].size_bytes) == ("missing", "regressor", 0)
    assert (views["yunet"].role, views["fan"].role, views["fmae_iat"].role) == (
        "faces",
        "backbone",
        "detector",
    )
    with pytest.raises(
        NotFoundError, match="regressor gru is not on this computer: take its file from https"
    ):
        verify_models("gru")
    add("gru", gru)
    path = weights_path("gru")
    assert path == weight_store().folder("gru") / "gru.pth"
    path.write_bytes(path.read_bytes()[::-1])
    # What ships with the program is looked at, too.
    shipped, view = verify_models()
    assert (shipped.name, shipped.state) == ("demo_starter", "there")
    assert (view.state, view.problem) == ("damaged", "the content of gru.pth has changed")
    with pytest.raises(InvalidFileError, match=r"damaged .* take its file again from .* and add it"):
        weights_path("gru")
    assert remove_model("gru") > gru.stat().st_size
    assert look_at_model("gru", hashes=False).state == "missing"
    assert remove_model("gru") == 0


def test_a_network_cannot_be_fetched_or_taken_for_a_face_model(gru: Path) -> None:
    with pytest.raises(ProjectError, match="names no address to fetch it from: take the file from https"):
        fetch_model("gru", never)
    with pytest.raises(ProjectError, match="gru is a network: add its file with"):
        add_model("gru", gru, never)


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / RECORD_FILE).write_text("{"),
        lambda folder: (folder / RECORD_FILE).write_text("[]"),
        lambda folder: (folder / "gru.pth").unlink(),
        lambda folder: (folder / "stranger.onnx").write_bytes(b"1"),
        lambda folder: (folder / RECORD_FILE).write_text(
            (folder / RECORD_FILE).read_text().replace('"gru.pth"', '"other.pth"')
        ),
    ],
)
def test_a_damaged_record_or_folder_is_one_sentence_and_adding_mends_it(gru: Path, damage: object) -> None:
    add("gru", gru)
    assert callable(damage)
    damage(weight_store().folder("gru"))
    view = look_at_model("gru", hashes=False)
    assert view.state == "damaged"
    assert view.problem
    assert "\n" not in view.problem
    assert "gru" in {each.name for each in list_models()}
    with pytest.raises(InvalidFileError, match=r"regressor gru is damaged .*: add its file again with"):
        registered_weights(weight_store(), model_card("gru"))
    assert add("gru", gru).model.state == "there"
