"""Synthetic files of networks: checkpoints with random weights, and ONNX files of a few numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from hrm_core.models import create_model
from hrm_core.models.card import ModelCard

__all__ = ["checkpoint", "noted", "onnx_file"]

_OPSET = 17


def checkpoint(path: Path, name: str, num_actions: int = 22, *, seed: int = 1, wrap: str = "") -> nn.Module:
    """Save a network with random weights, and give it back in evaluation mode."""
    torch.manual_seed(seed)
    model = create_model(name, num_actions)
    state = model.state_dict()
    torch.save({wrap: state} if wrap else state, path)
    return model.eval()


def noted(card: ModelCard, sha256: str, **changes: str) -> dict[str, str]:
    """What an exported file of a card says of itself."""
    assert card.network is not None
    said = {
        "hrm_card": card.name,
        "hrm_architecture": card.network.architecture,
        "hrm_actions": ",".join(card.network.actions),
        "hrm_weights_sha256": sha256,
        "hrm_precision": "float32",
    }
    return said | changes


def onnx_file(path: Path, metadata: dict[str, str], shape: tuple[int, ...], outputs: int) -> Path:
    """An ONNX file that takes [any, *shape] and gives [any, outputs]: sums, copied."""
    axes = numpy_helper.from_array(np.arange(2, 1 + len(shape), dtype=np.int64), "axes")
    weights: Any = np.ones((shape[0], outputs), np.float32)
    nodes = [
        helper.make_node("ReduceSum", ["x", "axes"], ["sums"], keepdims=0),
        helper.make_node("MatMul", ["sums", "weights"], ["y"]),
    ]
    graph = helper.make_graph(
        nodes,
        "synthetic",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", *shape])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", outputs])],
        [axes, numpy_helper.from_array(weights, "weights")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=9)
    helper.set_model_props(model, metadata)
    onnx.save(model, str(path))
    return path
