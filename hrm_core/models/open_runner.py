"""What runs a registered network here: its ONNX file or its checkpoint, by what is installed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from hrm_core.errors import InvalidFileError, NotFoundError, ProjectError
from hrm_core.models.libraries import MissingLibraryError, has_onnxruntime, has_torch
from hrm_core.models.onnx_file import OnnxFacts
from hrm_core.models.runners import Device, OnnxRunner, TorchRunner
from hrm_core.models.weights import sha256_of
from hrm_core.progress import CancelToken, Progress

if TYPE_CHECKING:
    from hrm_core.models.card import NetworkFacts
    from hrm_core.models.registered import RegisteredWeights

__all__ = ["Prefer", "open_runner"]

Prefer = Literal["auto", "onnx", "half", "torch"]
"""The ONNX file, the one with weights in half precision, or PyTorch; ``auto`` takes the first there is."""

_PROVIDERS: dict[str, list[str] | None] = {
    "auto": None,
    "cpu": ["CPUExecutionProvider"],
    "cuda": ["CUDAExecutionProvider"],
}


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
        By what; ``auto`` takes the ONNX file, else the one with weights in half precision,
        else the checkpoint, as far as there is such a file and what runs it is installed.
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
    kind = _kind(weights, prefer)
    if kind == "torch":
        return _by_torch(weights, device, progress, cancel)
    path, sha256 = (
        (weights.onnx, weights.onnx_sha256)
        if kind == "onnx"
        else (weights.onnx_fp16, weights.onnx_fp16_sha256)
    )
    assert path is not None
    # Read whole: a changed byte can crash the library that runs it, past any message.
    if sha256_of(path, progress=progress, cancel=cancel) != sha256:
        raise InvalidFileError(
            f"{path} has changed since it was kept: make it anew with hrm models export {card.name}, or add "
            "its weights again."
        )
    runner = OnnxRunner(path, _PROVIDERS[device], name=card.name)
    _require_of_card(path, runner.facts, weights, card.network)
    return runner


def _kind(weights: RegisteredWeights, prefer: Prefer) -> Literal["onnx", "half", "torch"]:
    """The first kind that was asked for, is there and can be run."""
    name = weights.card.name
    there: dict[Literal["onnx", "half", "torch"], bool] = {
        "onnx": weights.onnx is not None,
        "half": weights.onnx_fp16 is not None,
        "torch": weights.checkpoint is not None,
    }
    if not any(there.values()):
        raise NotFoundError(
            f"The weights of {name} are not on this computer: add them with "
            f"hrm models add {name} --weights FILE."
        )
    asked = [kind for kind in there if prefer in {"auto", kind}]
    runs = {"onnx": has_onnxruntime(), "half": has_onnxruntime(), "torch": has_torch()}
    for kind in asked:
        if there[kind] and runs[kind]:
            return kind
    if not any(there[kind] for kind in asked):
        option = " --half" if prefer == "half" else ""
        what, how = (
            ("checkpoint", f"add it with hrm models add {name} --weights FILE")
            if prefer == "torch"
            else ("such ONNX file", f"make it with hrm models export {name}{option}")
        )
        raise NotFoundError(f"There is no {what} of {name} on this computer: {how}.")
    if any(there[kind] for kind in asked if kind != "torch"):
        raise MissingLibraryError(
            f"The ONNX file of {name} is run by ONNX Runtime, which is not installed: "
            "pip install 'hrm-annotator[predict]'."
        )
    raise MissingLibraryError(
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
