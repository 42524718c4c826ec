"""What runs a registered network, and what is said where nothing can."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import onnx
import pytest

from hrm_core.errors import InvalidFileError, NotFoundError, ProjectError
from hrm_core.models import open_runner as opening
from hrm_core.models.libraries import MissingLibraryError
from hrm_core.models.onnx_graph import halve_weights, write_metadata
from hrm_core.models.open_runner import open_runner
from hrm_core.models.registered import RegisteredWeights
from hrm_core.models.runners import OnnxRunner, RunnerError, TorchRunner
from hrm_core.workflows.look_at_models import model_card
from tests.support.onnx_networks import frames, gru, gru_onnx, one_thread  # noqa: F401 - a fixture
from tests.support.registered_networks import register


def onnx_of_card(*, half: bool = False, **changed: str) -> bytes:
    """The regressor's ONNX file as the workflow notes it."""
    network = model_card("gru").network
    assert network is not None
    noted = {"hrm_architecture": "gru", "hrm_actions": ",".join(network.actions)}
    model = onnx.ModelProto.FromString(gru_onnx())
    if half:
        halve_weights(model)
        noted["hrm_precision"] = "weights float16, computed in float32"
    write_metadata(model, {**noted, **changed})
    return model.SerializeToString()


@pytest.fixture
def weights() -> RegisteredWeights:
    """A checkpoint, and both ONNX files made of it."""
    made_from = {"hrm_weights_sha256": register("gru", gru()).checkpoint_sha256}
    both = {"onnx": onnx_of_card(**made_from), "onnx_fp16": onnx_of_card(half=True, **made_from)}
    found = register("gru", gru(), **both)
    assert found.checkpoint_sha256 == made_from["hrm_weights_sha256"]
    return found


def test_the_onnx_file_comes_first_and_each_can_be_asked_for(weights: RegisteredWeights) -> None:
    batch = frames(3)
    by_torch = open_runner(weights, "torch")
    wanted = by_torch.run(batch)
    assert isinstance(by_torch, TorchRunner)
    for prefer, half, allowed in (("auto", False, 1e-5), ("onnx", False, 1e-5), ("half", True, 5e-3)):
        runner = open_runner(weights, prefer)  # type: ignore[arg-type]
        assert isinstance(runner, OnnxRunner)
        assert runner.ran_on.endswith("half precision") is half
        assert np.abs(runner.run(batch) - wanted).max() < allowed


def test_what_is_there_and_can_be_run_is_taken(
    weights: RegisteredWeights, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert isinstance(open_runner(replace(weights, onnx=None, onnx_fp16=None)), TorchRunner)
    assert "half" in open_runner(replace(weights, onnx=None, checkpoint=None)).ran_on
    monkeypatch.setattr(opening, "has_onnxruntime", lambda: False)
    assert isinstance(open_runner(weights), TorchRunner)


def test_without_files_it_is_said_how_to_get_them(weights: RegisteredWeights) -> None:
    nothing = replace(weights, checkpoint=None, onnx=None, onnx_fp16=None)
    with pytest.raises(NotFoundError, match="hrm models add gru --weights FILE"):
        open_runner(nothing)
    bare = replace(nothing, checkpoint=weights.checkpoint)
    with pytest.raises(NotFoundError, match=r"no such ONNX file of gru .* hrm models export gru\."):
        open_runner(bare, "onnx")
    with pytest.raises(NotFoundError, match=r"hrm models export gru --half\."):
        open_runner(bare, "half")
    with pytest.raises(NotFoundError, match="no checkpoint of gru"):
        open_runner(replace(weights, checkpoint=None), "torch")


def test_without_what_runs_them_the_extra_is_named(
    weights: RegisteredWeights, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "has_torch", lambda: False)
    with pytest.raises(MissingLibraryError, match=r"PyTorch.*\[train\].*or add an ONNX file"):
        open_runner(replace(weights, onnx=None, onnx_fp16=None))
    monkeypatch.setattr(opening, "has_onnxruntime", lambda: False)
    with pytest.raises(MissingLibraryError, match=r"ONNX Runtime.*\[predict\]"):
        open_runner(weights)


def test_a_changed_file_is_never_opened(weights: RegisteredWeights) -> None:
    assert weights.onnx is not None
    content = bytearray(weights.onnx.read_bytes())
    content[len(content) // 2] ^= 1
    weights.onnx.write_bytes(content)
    with pytest.raises(InvalidFileError, match=r"has changed since it was kept.*hrm models export gru"):
        open_runner(weights)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"hrm_architecture": "bilstm"}, "not a network of the card gru"),
        ({"hrm_actions": "AU1,AU2"}, "not a network of the card gru"),
        ({"hrm_weights_sha256": "0" * 64}, "made from other weights"),
    ],
)
def test_a_file_of_another_card_or_other_weights_is_refused(changed: dict[str, str], said: str) -> None:
    found = register("gru", gru(), onnx=onnx_of_card(**changed))
    with pytest.raises(InvalidFileError, match=said):
        open_runner(found)


def test_a_model_that_finds_faces_is_no_network(weights: RegisteredWeights) -> None:
    with pytest.raises(ProjectError, match="yunet finds faces"):
        open_runner(replace(weights, card=model_card("yunet")))


def test_a_device_that_was_asked_for_is_not_replaced(weights: RegisteredWeights) -> None:
    with pytest.raises(RunnerError, match="CUDAExecutionProvider is not part"):
        open_runner(weights, "onnx", "cuda")
    assert open_runner(weights, "onnx", "cpu").passed_over == ()
