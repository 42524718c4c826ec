"""Networks as ONNX files: parity, what is in them, and when none is kept."""

from __future__ import annotations

import getpass
import importlib.util
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from hrm_core.errors import Cancelled, UserError
from hrm_core.models import onnx_export, parity
from hrm_core.models.libraries import MissingLibraryError
from hrm_core.models.onnx_export import OPSET, export_onnx
from hrm_core.models.parity import HALF_TOLERANCE, TOLERANCE, ParityError, check_parity, parity_inputs
from hrm_core.models.runners import OnnxRunner, RunnerError, TorchRunner
from hrm_core.models.weights import WeightsError, sha256_of
from hrm_core.progress import CancelToken
from tests.architecture.source_tree import ROOT
from tests.support.onnx_networks import METADATA, frames, gru, gru_onnx, one_thread, remembered_trace  # noqa: F401 - a fixture


@pytest.fixture
def traced(monkeypatch: pytest.MonkeyPatch) -> None:
    """The graph that was traced before, whatever network it is asked of."""
    monkeypatch.setattr(onnx_export, "_traced", remembered_trace)


def test_a_file_gives_the_numbers_of_pytorch_for_batches_of_any_size() -> None:
    session = onnxruntime.InferenceSession(gru_onnx(), providers=["CPUExecutionProvider"])
    model = gru()
    for count in (1, 2, 5, 17):
        batch = frames(count, seed=count)
        with torch.inference_mode():
            wanted = model(torch.from_numpy(batch)).numpy()
        (found,) = session.run(["score"], {"sequences": batch})
        assert found.shape == (count, 1)
        assert np.abs(found - wanted).max() < 1e-5


def test_a_file_says_its_opset_and_is_a_right_one() -> None:
    model = onnx.ModelProto.FromString(gru_onnx())
    onnx.checker.check_model(model, full_check=True)
    assert {(each.domain, each.version) for each in model.opset_import} == {("", OPSET)}


def test_nothing_of_this_computer_is_in_a_file() -> None:
    content = gru_onnx()
    here = [ROOT, Path.home(), Path(sys.prefix), Path(torch.__file__).parent, Path(__file__).parent]
    for trace in (*map(str, here), "site-packages", "torch/", ".py", 'File "', "stack_trace"):
        assert trace.encode() not in content
    if len(getpass.getuser()) > 4:
        assert getpass.getuser().encode() not in content
    model = onnx.ModelProto.FromString(content)
    assert not any(part.metadata_props or part.doc_string for part in (*model.graph.node, model.graph))
    assert {each.key for each in model.metadata_props} == METADATA.keys()


@pytest.mark.usefixtures("traced")
def test_what_is_told_of_a_file_is_what_it_is(tmp_path: Path) -> None:
    target = tmp_path / "new" / "gru.onnx"
    exported = export_onnx(gru(), target, metadata=METADATA)
    assert exported.path == target
    assert (exported.opset, exported.half) == (20, False)
    assert (exported.size_bytes, exported.sha256) == (target.stat().st_size, sha256_of(target))
    assert exported.parity.output_apart <= 1e-6
    assert (exported.parity.allowed, exported.parity.batch_sizes) == (TOLERANCE, (1, 3, 8))
    assert exported.parity.inputs == ("random numbers", "random actions")
    assert [path.name for path in target.parent.iterdir()] == ["gru.onnx"]


@pytest.mark.usefixtures("traced")
def test_half_precision_has_its_own_tolerance_and_half_the_size(tmp_path: Path) -> None:
    exported = export_onnx(gru(), tmp_path / "half.onnx", metadata=METADATA, half=True)
    assert exported.half
    assert exported.size_bytes < 0.52 * len(gru_onnx())
    assert TOLERANCE < exported.parity.output_apart < HALF_TOLERANCE == exported.parity.allowed
    with OnnxRunner(exported.path) as runner:
        assert runner.run(frames(2)).dtype == np.float32


@pytest.mark.usefixtures("traced")
def test_a_file_with_other_numbers_is_not_kept(tmp_path: Path) -> None:
    target = tmp_path / "gru.onnx"
    target.write_bytes(b"as it was")
    other = gru()
    with torch.no_grad():
        other.get_parameter("fc.bias").add_(0.01)
    with pytest.raises(ParityError, match=r"random numbers, 1 at once.* 0\.01 apart .*1e-04 is allowed"):
        export_onnx(other, target, metadata=METADATA)
    assert target.read_bytes() == b"as it was"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.usefixtures("traced")
def test_one_wrong_number_in_the_last_batch_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    right = OnnxRunner.run

    def wrong(self: OnnxRunner, batch: Any) -> Any:
        found = right(self, batch)
        if len(batch) == 8:
            found[7, 0] += 2e-4
        return found

    monkeypatch.setattr(OnnxRunner, "run", wrong)
    with pytest.raises(ParityError, match="8 at once"):
        export_onnx(gru(), tmp_path / "gru.onnx", metadata=METADATA)
    assert list(tmp_path.iterdir()) == []


def test_large_logits_are_judged_by_their_size_and_their_probabilities_as_they_are() -> None:
    class Scaled:
        ran_on = "a test"

        def __init__(self, add: float) -> None:
            self.add = add

        def run(self, batch: Any) -> Any:
            return TorchRunner(model).run(batch) + np.float32(self.add)

    model = gru()
    with torch.no_grad():
        model.get_parameter("fc.bias").fill_(50)
    assert check_parity(model, Scaled(2e-3), activation="sigmoid").largest_output > 20
    with pytest.raises(ParityError):
        check_parity(model, Scaled(2e-3), activation="none")
    with pytest.raises(ParityError):
        check_parity(model, Scaled(2e-2), activation="sigmoid")


def test_weights_that_give_no_numbers_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = onnx.ModelProto.FromString(gru_onnx())
    monkeypatch.setattr(onnx_export, "_traced", lambda _: broken)
    model = gru()
    with torch.no_grad():
        model.get_parameter("fc.weight")[0, 3] = float("nan")
    with pytest.raises(RunnerError, match="gru gives something that is no number"):
        export_onnx(model, tmp_path / "gru.onnx", metadata=METADATA)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("traced")
def test_a_disk_that_refuses_is_told_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(WeightsError, match="cannot be written"):
        export_onnx(gru(), tmp_path / "file" / "gru.onnx", metadata=METADATA)

    def full(self: Path, data: bytes) -> int:
        self.touch()
        raise OSError(28, "No space left on device", str(self))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(WeightsError, match="make room on that disk"):
        export_onnx(gru(), tmp_path / "gru.onnx", metadata=METADATA)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.usefixtures("traced")
def test_a_stop_leaves_nothing(tmp_path: Path) -> None:
    class StopsAt:
        def __init__(self, title: str, cancel: CancelToken) -> None:
            self.title, self.cancel = title, cancel

        def start(self, title: str, total: int | None) -> None:
            if title.startswith(self.title):
                self.cancel.cancel()

        def advance(self, units: int = 1) -> None: ...

        def finish(self) -> None: ...

    for title in ("Writing gru", "Comparing"):
        cancel = CancelToken()
        with pytest.raises(Cancelled):
            export_onnx(
                gru(), tmp_path / "gru.onnx", metadata={}, progress=StopsAt(title, cancel), cancel=cancel
            )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("library", ["onnx", "onnxscript"])
def test_without_the_exporter_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, library: str
) -> None:
    monkeypatch.setattr(
        onnx_export, "find_spec", lambda name: None if name == library else importlib.util.find_spec(name)
    )
    with pytest.raises(
        MissingLibraryError, match=rf"with {library}, which .*hrm-annotator\[train\]"
    ) as caught:
        export_onnx(gru(), tmp_path / "gru.onnx", metadata={})
    assert isinstance(caught.value, UserError)


def test_inputs_are_the_same_each_time_and_not_all_alike() -> None:
    for shape in ((3, 32, 32), (15, 22)):
        first, again = (dict(parity_inputs(shape, 8)) for _ in range(2))
        assert len(first) == 2
        for kind, batch in first.items():
            assert np.array_equal(batch, again[kind])
            assert batch.shape == (8, *shape)
            assert batch.dtype == np.float32
            assert len({each.tobytes() for each in batch}) == 8
    smooth = dict(parity_inputs((3, 224, 224), 2))["smooth pictures"]
    assert np.abs(np.diff(smooth, axis=-1)).max() < 0.5 < np.abs(smooth).max() <= 2


def test_large_networks_are_compared_on_fewer() -> None:
    with torch.device("meta"):
        assert parity.batch_sizes(torch.nn.Linear(20_000, 20_000)) == (1, 2)
        assert parity.batch_sizes(torch.nn.Linear(20_000, 200)) == (1, 3, 8)


@pytest.mark.slow
def test_the_same_weights_give_the_same_bytes_and_the_network_is_as_it_was(tmp_path: Path) -> None:
    model = gru().train()
    before = {key: each.clone() for key, each in model.state_dict().items()}
    exported = export_onnx(model, tmp_path / "gru.onnx", metadata=METADATA)
    assert exported.path.read_bytes() == gru_onnx()
    assert before.keys() == model.state_dict().keys()
    assert all(torch.equal(each, before[key]) for key, each in model.state_dict().items())
    assert np.array_equal(TorchRunner(model).run(frames(3)), TorchRunner(gru()).run(frames(3)))
    assert all(each.requires_grad for each in model.parameters())
