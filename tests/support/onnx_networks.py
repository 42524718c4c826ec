"""A small network as an ONNX file, made once for all tests, and handwritten graphs."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from hrm_core.models import create_model, onnx_export
from hrm_core.models.onnx_export import export_onnx
from tests.support.filled_network import fill

METADATA = {
    "hrm_card": "gru",
    "hrm_architecture": "gru",
    "hrm_actions": "AU1,AU2",
    "hrm_activation": "none",
    "hrm_population": "synthetic, 小",
}
# Tests put the graph that is made with it in its place, some before it was made.
_TRACED = onnx_export._traced
WEIGHTS = np.arange(6, dtype=np.float32).reshape(2, 3)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Small networks are the faster for it, most of all where the processor is busy."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def gru(gain: float = 1.0) -> nn.Module:
    """A regressor with values that are always the same."""
    model = create_model("gru").eval()
    fill(model, gain)
    return model


@cache
def gru_onnx() -> bytes:
    """Its ONNX file, as :func:`export_onnx` writes it."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(onnx_export, "_traced", _TRACED)
        return export_onnx(gru(), Path(folder) / "gru.onnx", metadata=METADATA).path.read_bytes()


def remembered_trace(_: nn.Module) -> onnx.ModelProto:
    """Its graph once more, in place of ``onnx_export._traced``: tracing takes seconds."""
    return onnx.ModelProto.FromString(gru_onnx())


def frames(count: int, seed: int = 1) -> NDArray[np.float32]:
    """Sequences of actions: [count, 15, 22] of 0 and 1."""
    drawn = np.random.default_rng(seed).random((count, 15, 22)) < 0.3
    return drawn.astype(np.float32)


def product_onnx(
    weights: NDArray[np.float32] = WEIGHTS, *, kept_in: str = "", takes: int = TensorProto.FLOAT
) -> onnx.ModelProto:
    """A handwritten graph that multiplies its input, [B, 2], by a matrix.

    With `kept_in` the matrix is looked for in that file.
    """
    tensor = numpy_helper.from_array(weights, "w")
    if kept_in:
        tensor.ClearField("raw_data")
        tensor.data_location = TensorProto.EXTERNAL
        entry = tensor.external_data.add()
        entry.key, entry.value = "location", kept_in
    rows, columns = weights.shape
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["pictures", "w"], ["product"], name="multiply")],
        "handwritten",
        [helper.make_tensor_value_info("pictures", takes, ["batch", rows])],
        [helper.make_tensor_value_info("product", takes, ["batch", columns])],
        [tensor],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
