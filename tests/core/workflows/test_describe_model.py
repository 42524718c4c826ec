"""One model in full: with and without weights, with and without what runs them."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from hrm_core.errors import Cancelled, NotFoundError, ProjectError
from hrm_core.models.libraries import has_torch
from hrm_core.models.weights import sha256_of
from hrm_core.paths import model_cards_dir
from hrm_core.progress import CancelToken
from hrm_core.workflows import describe_model as describing
from hrm_core.workflows.add_weights import add_weights
from hrm_core.workflows.describe_model import describe_model
from hrm_core.workflows.look_at_models import model_card, model_cards, weight_store
from tests.support.network_files import checkpoint, noted, onnx_file

_NO_TORCH = """
import sys
from importlib.machinery import PathFinder


class _Without(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name in {"onnx", "torch"} else super().find_spec(name, path, target)


sys.meta_path[:] = [_Without if each is PathFinder else each for each in sys.meta_path]
"""


@pytest.fixture
def small_onnx(tmp_path: Path) -> Path:
    """A registered ONNX file that calls itself a regressor, of a few numbers."""
    path = onnx_file(tmp_path / "small.onnx", noted(model_card("gru"), "0" * 64), (15, 22), 1)
    add_weights("gru", path, lambda _: True)
    return path


@pytest.mark.parametrize("name", sorted(model_cards()))
def test_every_card_can_be_described_without_weights(name: str) -> None:
    found = describe_model(name)
    card = model_card(name)
    assert found.card == card
    if card.shipped:
        assert found.state == "there"
        assert [file.name for file in found.files] == [file.name for file in card.shipped]
    else:
        assert (found.state, found.files, found.measured) == ("missing", (), ())
        assert any(name in line and ("hrm models add" in line or "fetch" in line) for line in found.advice)
    if card.network is None:
        assert found.cost is None
        return
    assert [each.key for each in found.actions] == list(card.network.actions)
    assert found.cost is not None
    assert found.cost.flops == 2 * found.cost.multiply_adds
    assert found.cost.float32_bytes == 4 * card.network.parameters


def test_actions_have_their_facs_names_and_thresholds() -> None:
    actions = {each.key: each for each in describe_model("mae_face").actions}
    assert actions["AU12"].name == "Lip Corner Puller"
    assert {each.threshold for each in actions.values()} == {0.5}
    assert {each.threshold for each in describe_model("gru").actions} == {None}


def test_an_onnx_file_is_measured_where_pytorch_is_not_installed(
    small_onnx: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also in the process that measures, which would find it."""
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "sitecustomize.py").write_text(_NO_TORCH, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(hidden))
    monkeypatch.setattr(describing, "has_torch", lambda: False)
    found = describe_model("gru", batch_sizes=(1, 3))
    assert [(each.form, each.sha256) for each in found.files] == [("ONNX", sha256_of(small_onnx))]
    (measured,) = found.measured
    assert measured.problem == ""
    assert measured.ran_on.startswith("ONNX Runtime")
    assert [each.batch_size for each in measured.speeds] == [1, 3]
    assert all(each.per_second > 0 for each in measured.speeds)
    if sys.platform == "linux":
        assert measured.loading_bytes is not None
        # An interpreter with ONNX Runtime; one with PyTorch holds three times as much.
        assert 20e6 < measured.loading_bytes < 250e6


@pytest.mark.skipif(not has_torch(), reason="needs PyTorch")
def test_a_checkpoint_is_measured_by_pytorch_and_advised_to_be_exported(tmp_path: Path) -> None:
    checkpoint(tmp_path / "own.pth", "gru", wrap="state_dict")
    add_weights("gru", tmp_path / "own.pth", lambda _: True)
    found = describe_model("gru", batch_sizes=(2,))
    (measured,) = found.measured
    assert measured.problem == ""
    assert measured.ran_on.startswith("PyTorch")
    assert [each.form for each in found.files] == ["checkpoint"]
    assert any("hrm models export gru" in line for line in found.advice)


def test_what_is_not_installed_is_named(
    tmp_path: Path, small_onnx: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(describing, "has_torch", lambda: False)
    monkeypatch.setattr(describing, "has_onnxruntime", lambda: False)
    found = describe_model("gru")
    assert found.measured == ()
    assert found.advice == ("ONNX Runtime is not installed: pip install 'hrm-annotator[predict]'.",)
    nothing = describe_model("mae_face").advice
    assert [line.split(" ")[0] for line in nothing[1:]] == ["ONNX", "PyTorch"]


def test_a_file_that_changed_is_told_and_not_run(small_onnx: Path) -> None:
    store = weight_store()
    kept = store.folder("gru") / "gru.onnx"
    data = bytearray(kept.read_bytes())
    data[len(data) // 2] ^= 1
    kept.unlink()
    kept.write_bytes(data)
    (measured,) = describe_model("gru").measured
    assert "has changed" in measured.problem
    assert measured.speeds == ()
    kept.write_bytes(data[:-9])
    found = describe_model("gru")
    assert (found.state, found.measured, found.files) == ("damaged", (), ())
    assert "damaged" in found.advice[0]


def test_nothing_is_run_when_nobody_asks(small_onnx: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(describing, "measure_apart", None)
    assert describe_model("gru", speed=False).measured == ()


def test_measuring_can_be_stopped(small_onnx: Path) -> None:
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        describe_model("gru", cancel=cancel)


def test_what_has_no_card_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotFoundError, match="no model 'nothing'"):
        describe_model("nothing")
    with pytest.raises(ProjectError, match="at least 1"):
        describe_model("gru", batch_sizes=(0,))
    view = replace(describing.look_at_model("yunet", hashes=False), own=True)
    monkeypatch.setattr(describing, "look_at_model", lambda name, hashes: view)
    with pytest.raises(ProjectError, match="without a card"):
        describe_model("mine")


def test_cards_are_where_the_measuring_process_looks() -> None:
    assert (model_cards_dir() / "gru" / "card.toml").is_file()
