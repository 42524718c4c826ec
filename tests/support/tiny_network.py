"""A synthetic network of three numbers a picture: the means of red, green and blue, weighted.

It is written as ONNX with what our own exports note in a file, so that it is run as a real one is,
in a millisecond, and anybody can work out what it must say.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from hrm_core.models.card import InputSpec, Licence, ModelCard, NetworkFacts
from hrm_core.models.registered import RegisteredWeights

__all__ = [
    "ACTIONS",
    "INPUT",
    "LIMITS",
    "THRESHOLDS",
    "TINY",
    "said_of",
    "tiny_card",
    "tiny_facts",
    "tiny_onnx",
    "tiny_weights",
]

TINY = "tiny"
ACTIONS = ("AU1", "AD19", "AU2X", "AU43")
THRESHOLDS = (0.5, 0.5, 0.25, 0.75)
LIMITS = ("Drawn faces alone.", "For tests alone.")
INPUT = InputSpec(8, "pil-bilinear", (0.4434122, 0.36354306, 0.35404983), (0.19467306, 0.19811313, 0.1991408))
_WEIGHTS = np.array([[1, 0, -1], [0, 2, 0], [-1, -1, -1], [0, 0, 3]], dtype=np.float32)


def tiny_facts(role: str = "detector", activation: str = "sigmoid") -> NetworkFacts:
    """What its card says of it; it calls itself resnet50, for a card must name one of ours."""
    return NetworkFacts(
        "resnet50", role, ACTIONS, INPUT, activation, THRESHOLDS, "nobody at all", LIMITS, 12, 12, None
    )


def tiny_card(facts: NetworkFacts | None = None) -> ModelCard:
    """Its card."""
    licence = Licence("Test-1.0", ("You may test with it.",), "https://example.org/licence", True)
    return ModelCard(
        TINY, "action detector", "synthetic", "https://example.org", licence, None, facts or tiny_facts()
    )


def tiny_onnx(path: Path, scale: float = 1.0) -> Path:
    """Write it; its weights are multiplied by `scale`."""
    parts = [
        numpy_helper.from_array((_WEIGHTS * np.float32(scale)).T.copy(), "weights"),
        numpy_helper.from_array(np.array([2, 3], dtype=np.int64), "axes"),
    ]
    nodes = [
        helper.make_node("ReduceMean", ["pictures", "axes"], ["means"], keepdims=0),
        helper.make_node("MatMul", ["means", "weights"], ["au_logits"]),
    ]
    graph = helper.make_graph(
        nodes,
        TINY,
        [helper.make_tensor_value_info("pictures", TensorProto.FLOAT, ["batch", 3, INPUT.size, INPUT.size])],
        [helper.make_tensor_value_info("au_logits", TensorProto.FLOAT, ["batch", len(ACTIONS)])],
        parts,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
    noted = {"hrm_architecture": "resnet50", "hrm_actions": ",".join(ACTIONS)}
    for key, value in noted.items():
        model.metadata_props.add(key=key, value=value)
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, path)
    return path


def tiny_weights(onnx_file: Path | None, checkpoint: Path | None = None) -> RegisteredWeights:
    """Its files as they are registered."""
    sha256s = [
        None if file is None else hashlib.sha256(file.read_bytes()).hexdigest()
        for file in (checkpoint, onnx_file)
    ]
    return RegisteredWeights(tiny_card(), checkpoint, sha256s[0], onnx_file, sha256s[1], None, None)


def said_of(pictures: Sequence[NDArray[np.uint8]]) -> NDArray[np.float64]:
    """The probabilities it must give for pictures of one colour each, worked out in float64."""
    means = np.stack([picture.reshape(-1, 3).mean(axis=0) for picture in pictures]) / 255
    logits = (means - np.array(INPUT.mean)) / np.array(INPUT.std) @ _WEIGHTS.T.astype(np.float64)
    return 1 / (1 + np.exp(-logits))
