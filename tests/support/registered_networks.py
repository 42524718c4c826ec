"""Weights of a network as they lie on this computer after they were added."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

from hrm_core.models.card import WeightFile
from hrm_core.models.registered import RegisteredWeights, registered_weights
from hrm_core.models.weights import WeightRecord, sha256_of, write_record
from hrm_core.workflows.look_at_models import model_card, weight_store

__all__ = ["register"]


def register(name: str = "gru", model: nn.Module | None = None, **onnx: bytes) -> RegisteredWeights:
    """Keep synthetic weights of a card; without a model, ONNX files alone.

    ONNX files are given as ``onnx=…`` and ``onnx_fp16=…``.
    """
    card, store = model_card(name), weight_store()
    with store.incoming(name) as folder:
        if model is not None:
            torch.save({"state_dict": model.state_dict()}, folder / f"{name}.pth")
        for kind, content in onnx.items():
            (folder / {"onnx": f"{name}.onnx", "onnx_fp16": f"{name}-fp16.onnx"}[kind]).write_bytes(content)
        write_record(folder, _record(name, sorted(folder.iterdir())))
    return registered_weights(store, card)


def _record(name: str, files: list[Path]) -> WeightRecord:
    kept = tuple(WeightFile(path.name, path.stat().st_size, sha256_of(path)) for path in files)
    return WeightRecord(
        name=name,
        kind="synthetic",
        what="synthetic weights",
        licence="none",
        licence_url="https://example.org",
        accepted_at="2025-01-01T00:00:00+00:00",
        source="synthetic.pth",
        own=False,
        pack=False,
        files=kept,
    )
