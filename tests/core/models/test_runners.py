"""Running networks by PyTorch and by ONNX Runtime: the same numbers, and by what they were had."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from hrm_core.models import create_model, libraries
from hrm_core.models.libraries import MissingLibraryError
from hrm_core.models.onnx_graph import halve_weights, write_metadata
from hrm_core.models.runners import OnnxRunner, Runner, RunnerError, TorchRunner, input_shape
from tests.support.onnx_networks import frames, gru, gru_onnx, one_thread, product_onnx  # noqa: F401 - a fixture


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The ONNX file of a regressor."""
    path = tmp_path / "gru.onnx"
    path.write_bytes(gru_onnx())
    return path


@pytest.fixture(params=["torch", "onnx"])
def runner(request: pytest.FixtureRequest, file: Path) -> TorchRunner | OnnxRunner:
    """The same regressor, run in either way."""
    return TorchRunner(gru(), name="mine") if request.param == "torch" else OnnxRunner(file, name="mine")


def test_both_give_what_the_network_itself_gives(runner: Runner) -> None:
    batch = frames(4)
    with torch.inference_mode():
        wanted = gru()(torch.from_numpy(batch)).numpy()
    found = runner.run(batch)
    assert (found.dtype, found.shape) == (np.float32, (4, 1))
    assert np.abs(found - wanted).max() < 1e-6


def test_a_batch_of_any_size_gives_the_same_numbers(runner: Runner) -> None:
    batch = frames(8)
    whole = runner.run(batch)
    for size in (1, 2, 3, 8):
        pieces = [runner.run(batch[start : start + size]) for start in range(0, 8, size)]
        assert np.abs(np.concatenate(pieces) - whole).max() < 1e-5


@pytest.mark.parametrize(
    ("batch", "said"),
    [
        (np.zeros((2, 15, 22), np.uint8), "float32, not uint8"),
        (np.zeros((2, 15, 22), np.float64), "float32, not float64"),
        (np.zeros((2, 15, 21), np.float32), r"\[any, 15, 22\], not \[2, 15, 21\]"),
        (np.zeros((2, 14, 22), np.float32), r"not \[2, 14, 22\]"),
        (np.zeros((15, 22), np.float32), r"not \[15, 22\]"),
        (np.zeros((0, 15, 22), np.float32), r"not \[0, 15, 22\]"),
    ],
)
def test_what_a_network_does_not_take_is_refused(runner: Runner, batch: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        runner.run(batch)


def test_arrays_that_may_only_be_read_or_are_turned_are_taken(runner: Runner) -> None:
    batch = frames(3)
    turned = np.ascontiguousarray(batch.transpose(2, 1, 0)).transpose(2, 1, 0)
    turned.flags.writeable = False
    assert np.array_equal(runner.run(turned), runner.run(batch))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_is_never_taken(runner: Runner, bad: float) -> None:
    batch = frames(2)
    batch[1, 3, 4] = bad
    with pytest.raises(ValueError, match="takes numbers"):
        runner.run(batch)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_no_number_is_never_given(tmp_path: Path, bad: float) -> None:
    weights = np.array([[1, bad], [1, 1]], np.float32)
    path = tmp_path / "broken.onnx"
    path.write_bytes(product_onnx(weights).SerializeToString())
    with pytest.raises(RunnerError, match=r"mine gives something that is no number.*add them again"):
        OnnxRunner(path, name="mine").run(np.ones((1, 2), np.float32))
    model = gru()
    with torch.no_grad():
        model.get_parameter("fc.weight")[0, 3] = bad
    with pytest.raises(RunnerError, match=r"mine gives something that is no number.*add them again"):
        TorchRunner(model, name="mine").run(frames(1))


def test_a_closed_runner_runs_no_more(runner: TorchRunner | OnnxRunner) -> None:
    with runner as opened:
        opened.run(frames(1))
    with pytest.raises(ValueError, match="closed"):
        runner.run(frames(1))


def test_each_says_by_what_it_ran(file: Path) -> None:
    assert TorchRunner(gru()).ran_on == f"PyTorch {torch.__version__.partition('+')[0]}, cpu"
    found = OnnxRunner(file, ["CPUExecutionProvider"])
    assert found.ran_on == f"ONNX Runtime {onnxruntime.__version__}, CPUExecutionProvider"
    assert found.passed_over == ()
    halved = onnx.ModelProto.FromString(gru_onnx())
    halve_weights(halved)
    write_metadata(halved, {"hrm_precision": "weights float16, computed in float32"})
    file.write_bytes(halved.SerializeToString())
    assert OnnxRunner(file).ran_on.endswith("weights in half precision")


def test_a_network_is_put_into_evaluation_mode() -> None:
    model = create_model("bilstm").train()
    runner = TorchRunner(model)
    assert np.array_equal(runner.run(frames(2)), runner.run(frames(2)))
    assert not model.training


def test_only_the_first_output_is_given_in_single_precision() -> None:
    found = TorchRunner(_Two()).run(frames(3))
    assert found.dtype == np.float32
    assert np.array_equal(found, frames(3).sum((1, 2))[:, None])


class _Two(torch.nn.Module):
    """Two outputs in double precision."""

    def __init__(self) -> None:
        super().__init__()
        self.network, self.num_actions = "gru", 22

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return x.double().sum((1, 2)).unsqueeze(1), x


def test_what_a_network_takes_is_known_before_it_runs() -> None:
    with torch.device("meta"):
        assert input_shape(create_model("emofan")) == (3, 256, 256)
        assert input_shape(create_model("mae_face", input_size=32)) == (3, 32, 32)
        assert input_shape(create_model("gru", 17)) == (15, 17)
    with pytest.raises(ValueError, match="not made by create_model"):
        input_shape(torch.nn.Linear(2, 2))


def test_a_device_that_is_not_there_is_told() -> None:
    if torch.cuda.is_available():
        pytest.skip("there is a card here")
    with pytest.raises(RunnerError, match=r"gru cannot be run on cuda .*on the processor"):
        TorchRunner(gru(), "cuda")


def test_too_little_memory_is_told(runner: TorchRunner | OnnxRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    def too_little(*_: object) -> None:
        raise RuntimeError("cannot allocate 9 GB\nmore words")

    inner = runner._model if isinstance(runner, TorchRunner) else runner._session
    assert inner is not None
    monkeypatch.setattr(inner, "forward" if isinstance(runner, TorchRunner) else "run", too_little)
    with pytest.raises(RunnerError, match=r"on 3 at once \(cannot allocate 9 GB\): take fewer"):
        runner.run(frames(3))


class TestProviders:
    """Which of ONNX Runtime's providers is taken, and what is said of the others."""

    def test_one_that_is_not_installed_is_passed_over_and_named(self, file: Path) -> None:
        found = OnnxRunner(file, ["CUDAExecutionProvider", "CPUExecutionProvider"])
        assert found.provider == "CPUExecutionProvider"
        assert found.passed_over == ("CUDAExecutionProvider is not part of the installed ONNX Runtime.",)

    def test_nothing_is_taken_in_place_of_the_only_one_asked_for(self, file: Path) -> None:
        with pytest.raises(RunnerError, match=r"mine cannot be run\. CUDAExecutionProvider is not part"):
            OnnxRunner(file, ["CUDAExecutionProvider"], name="mine")

    def test_the_processor_is_found_without_being_named(self, file: Path) -> None:
        # The cloud's provider, which is installed as well, is never taken: pictures would leave the house.
        assert OnnxRunner(file).provider == "CPUExecutionProvider"

    @pytest.mark.parametrize("how", ["raises", "falls back"])
    def test_one_that_does_not_start_is_passed_over_with_its_reason(
        self, file: Path, monkeypatch: pytest.MonkeyPatch, how: str, capfd: pytest.CaptureFixture[str]
    ) -> None:
        true_session, asked = onnxruntime.InferenceSession, []

        def session(path: str, options: Any, *, providers: list[Any], **others: Any) -> Any:
            asked.append((providers[0], options.enable_mem_pattern))
            if providers[0][0] == "CUDAExecutionProvider" and how == "raises":
                raise RuntimeError("libcudnn.so.9 is missing\n[a trace]")
            return true_session(path, options, providers=["CPUExecutionProvider"], **others)

        monkeypatch.setattr(onnxruntime, "InferenceSession", session)
        installed = ["AzureExecutionProvider", "CPUExecutionProvider", "DmlExecutionProvider"]
        monkeypatch.setattr(
            onnxruntime, "get_available_providers", lambda: [*installed, "CUDAExecutionProvider"]
        )
        found = OnnxRunner(file)
        assert [(name, pattern) for (name, _), pattern in asked] == [
            ("CUDAExecutionProvider", True),
            ("DmlExecutionProvider", False),
            ("CPUExecutionProvider", True),
        ]
        assert asked[0][0][1] == {"use_tf32": "0"}
        assert found.provider == "CPUExecutionProvider"
        reason = "libcudnn.so.9 is missing" if how == "raises" else "device are missing"
        assert reason in found.passed_over[0]
        assert len(found.passed_over) == 2
        assert np.isfinite(found.run(frames(1))).all()
        assert capfd.readouterr() == ("", "")


def test_a_picture_goes_in_as_it_is(tmp_path: Path) -> None:
    """A handwritten graph, whose product can be reckoned by hand."""
    path = tmp_path / "product.onnx"
    path.write_bytes(product_onnx().SerializeToString())
    found = OnnxRunner(path).run(np.array([[1, 2], [0, -1]], np.float32))
    assert np.array_equal(found, [[6, 9, 12], [-3, -4, -5]])


def test_without_the_libraries_the_extras_are_named(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = gru()
    monkeypatch.setattr(libraries, "find_spec", lambda _: None)
    with pytest.raises(MissingLibraryError, match=r"\[train\]"):
        TorchRunner(model)
    with pytest.raises(MissingLibraryError, match=r"\[predict\]"):
        OnnxRunner(file)
