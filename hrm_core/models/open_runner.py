"""What runs a registered network here: its ONNX file or its checkpoint, by what is installed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from hrm_core.errors import InvalidFileError, NotFoundError, ProjectError, UserError
from hrm_core.models.libraries import MissingLibraryError, has_onnxruntime, has_torch
from hrm_core.models.onnx_file import OnnxFacts
from hrm_core.models.runners import Device, OnnxRunner, TorchRunner
from hrm_core.models.weights import sha256_of
from hrm_core.progress import CancelToken, Progress

if TYPE_CHECKING:
    from hrm_core.models.card import NetworkFacts
    from hrm_core.models.registered import RegisteredWeights

__all__ = ["PROVIDERS", "ChosenFile", "Kind", "Prefer", "choose_file", "open_runner"]

Kind = Literal["onnx", "torch", "half"]
"""The ONNX file, the checkpoint by PyTorch, or the ONNX file with weights in half precision."""

Prefer = Kind | Literal["auto"]
"""One of these, or the first that can be run here."""

PROVIDERS: dict[str, list[str] | None] = {
    "auto": None,
    "cpu": ["CPUExecutionProvider"],
    "cuda": ["CUDAExecutionProvider"],
}
"""What :class:`OnnxRunner` is told of each device."""


@dataclass(frozen=True, slots=True)
class ChosenFile:
    """A registered file of weights that can be run here.

    Attributes
    ----------
    by : {"onnx", "torch", "half"}
        What runs it.
    path : pathlib.Path
        The file.
    sha256 : str
        What its SHA-256 was when it was registered; of both where the checkpoint is two files.
    same_weights : frozenset of str
        SHA-256 of all registered files that give the same numbers, this one among them.
    """

    by: Kind
    path: Path
    sha256: str
    same_weights: frozenset[str]


def open_runner(
    weights: RegisteredWeights,
    prefer: Prefer = "auto",
    device: Device = "auto",
    *,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> OnnxRunner | TorchRunner:
    """Make ready what runs a registered network.

    Parameters
    ----------
    weights : RegisteredWeights
        The network's card and files.
    prefer : {"auto", "onnx", "half", "torch"}
        By what; ``auto`` takes the ONNX file, else the checkpoint, else the ONNX file with
        weights in half precision, as far as there is such a file and what runs it is installed.
    device : {"auto", "cpu", "cuda"}
        Where; ``auto`` takes the fastest that works and notes in ``passed_over`` why
        another was not taken.
    progress : Progress, optional
        Told of bytes while an ONNX file is compared with its SHA-256.
    cancel : CancelToken, optional
        Asked between chunks.

    Returns
    -------
    OnnxRunner or TorchRunner

    Raises
    ------
    NotFoundError
        If there is no file of the kind asked for; the message says how to get it.
    MissingLibraryError
        If there is one and what runs it is not installed; the message says what to install.
    ProjectError
        If the card is of no network.
    InvalidFileError
        If a file is damaged or is not this card's.
    RunnerError
        If the device cannot be used.
    Cancelled
        If stopped.
    """
    card = weights.card
    if card.network is None:
        raise ProjectError(
            f"{card.name} finds faces and says nothing of actions: choose a network of actions."
        )
    chosen = choose_file(weights, prefer)
    if chosen.by == "torch":
        return _by_torch(weights, device, progress, cancel)
    path = chosen.path
    # Read whole: a changed byte can crash the library that runs it, past any message.
    if sha256_of(path, progress=progress, cancel=cancel) != chosen.sha256:
        raise InvalidFileError(
            f"{path} has changed since it was kept: make it anew with hrm models export {card.name}, or add "
            "its weights again."
        )
    runner = OnnxRunner(path, PROVIDERS[device], name=card.name)
    _require_of_card(path, runner.facts, weights, card.network)
    return runner


def choose_file(weights: RegisteredWeights, prefer: Prefer = "auto") -> ChosenFile:
    """Which registered file is run; nothing is opened and no library imported.

    Parameters
    ----------
    weights : RegisteredWeights
        What is registered for a card.
    prefer : {"auto", "onnx", "half", "torch"}
        As for :func:`open_runner`.

    Raises
    ------
    NotFoundError
        If the weights are not registered, or not as the file that `prefer` needs.
    MissingLibraryError
        If what would run them is not installed.
    """
    by_onnx = has_onnxruntime()
    # Weights in half precision give other numbers: they come last.
    whole = frozenset(each for each in (weights.onnx_sha256, weights.trained_sha256) if each)
    half = frozenset(each for each in (weights.onnx_fp16_sha256,) if each)
    files: tuple[tuple[Kind, Path | None, str | None, frozenset[str], bool], ...] = (
        ("onnx", weights.onnx, weights.onnx_sha256, whole, by_onnx),
        ("torch", weights.checkpoint, weights.trained_sha256, whole, has_torch()),
        ("half", weights.onnx_fp16, weights.onnx_fp16_sha256, half, by_onnx),
    )
    there = [entry for entry in files if entry[1] is not None]
    asked = [entry for entry in there if prefer in {"auto", entry[0]}]
    for by, path, sha256, same_weights, runs in asked:
        if runs and path is not None and sha256:
            return ChosenFile(by, path, sha256, same_weights)
    raise _none_runs(
        weights.card.name, prefer, registered=bool(there), kinds=frozenset(entry[0] for entry in asked)
    )


def _none_runs(name: str, prefer: Prefer, *, registered: bool, kinds: frozenset[Kind]) -> UserError:
    """What to do where there is no file that was asked for, or nothing that runs it."""
    if not registered:
        return NotFoundError(
            f"The weights of {name} are not on this computer: add them with "
            f"hrm models add {name} --weights FILE."
        )
    if not kinds:
        if prefer == "torch":
            return NotFoundError(
                f"There is no checkpoint of {name} on this computer: add it with hrm models add {name} "
                "--weights FILE."
            )
        option = " --half" if prefer == "half" else ""
        return NotFoundError(
            f"There is no such ONNX file of {name} on this computer: make it with hrm models export "
            f"{name}{option}."
        )
    if kinds - {"torch"}:
        return MissingLibraryError(
            f"The ONNX file of {name} is run by ONNX Runtime, which is not installed: "
            "pip install 'hrm-annotator[predict]'."
        )
    return MissingLibraryError(
        f"The weights of {name} are run by PyTorch, which is not installed: "
        "pip install 'hrm-annotator[train]', or add an ONNX file that hrm models export made elsewhere, with "
        f"hrm models add {name} --weights FILE."
    )


def _by_torch(
    weights: RegisteredWeights, device: Device, progress: Progress | None, cancel: CancelToken | None
) -> TorchRunner:
    import torch

    from hrm_core.models.registered import load_registered

    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    model = load_registered(weights, progress=progress, cancel=cancel)
    return TorchRunner(model, device, name=weights.card.name)


def _require_of_card(path: Path, facts: OnnxFacts, weights: RegisteredWeights, network: NetworkFacts) -> None:
    """Refuse a file whose outputs would be given wrong names."""
    noted = facts.metadata
    actions = ",".join(network.actions)
    if noted.get("hrm_architecture") != network.architecture or noted.get("hrm_actions") != actions:
        raise InvalidFileError(
            f"{path} is not a network of the card {weights.card.name}: make it anew with "
            f"hrm models export {weights.card.name}."
        )
    if weights.checkpoint is not None and noted.get("hrm_weights_sha256") != weights.checkpoint_sha256:
        raise InvalidFileError(
            f"{path} was made from other weights than those that are kept beside it: make it anew with "
            f"hrm models export {weights.card.name}."
        )
