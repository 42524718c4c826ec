"""Which file of a network's weights is run, known before it is opened."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hrm_core.errors import BugError
from hrm_core.models.libraries import has_onnxruntime, has_torch
from hrm_core.models.open_runner import open_runner

if TYPE_CHECKING:
    from hrm_core.models.open_runner import Prefer
    from hrm_core.models.registered import RegisteredWeights

__all__ = ["ChosenFile", "choose_file"]


@dataclass(frozen=True, slots=True)
class ChosenFile:
    """A registered file of weights that can be run here.

    Attributes
    ----------
    by : {"onnx", "half", "torch"}
        As :func:`~hrm_core.models.open_runner.open_runner` takes it.
    path : pathlib.Path
        The file.
    sha256 : str
        What its SHA-256 was when it was registered.
    same_weights : frozenset of str
        SHA-256 of all registered files that give the same numbers, this one among them.
    """

    by: Prefer
    path: Path
    sha256: str
    same_weights: frozenset[str]


def choose_file(weights: RegisteredWeights, prefer: Prefer = "auto") -> ChosenFile:
    """Which registered file :func:`~hrm_core.models.open_runner.open_runner` would run.

    Nothing is opened and no library imported.

    Parameters
    ----------
    weights : RegisteredWeights
        What is registered for a card.
    prefer : {"auto", "onnx", "half", "torch"}
        What is to run it.

    Raises
    ------
    NotFoundError
        If the weights are not registered, or not as the file that `prefer` needs.
    MissingLibraryError
        If what would run them is not installed.
    """
    # Those with weights in half precision give other numbers.
    whole = frozenset(each for each in (weights.onnx_sha256, weights.checkpoint_sha256) if each)
    half = frozenset({weights.onnx_fp16_sha256 or ""})
    by_onnx = has_onnxruntime()
    files: tuple[tuple[Prefer, Path | None, str | None, frozenset[str], bool], ...] = (
        ("onnx", weights.onnx, weights.onnx_sha256, whole, by_onnx),
        ("half", weights.onnx_fp16, weights.onnx_fp16_sha256, half, by_onnx),
        ("torch", weights.checkpoint, weights.checkpoint_sha256, whole, has_torch()),
    )
    for kind, path, sha256, same_weights, runs in files:
        if prefer in ("auto", kind) and path is not None and sha256 is not None and runs:
            return ChosenFile(kind, path, sha256, same_weights)
    # It says why none can be run.
    open_runner(weights, prefer)
    raise BugError(f"{weights.card.name} can be run, but no file of it was chosen")
