"""A network's weights as an ONNX file, for computers without PyTorch and for other programs."""

from __future__ import annotations

import shutil
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hrm_core import __version__
from hrm_core.errors import NotFoundError, ProjectError
from hrm_core.models.weights import WeightsError, disk_errors
from hrm_core.paths import may_write, whole_file
from hrm_core.progress import CancelToken, Progress
from hrm_core.workflows.look_at_models import model_card, weight_store

if TYPE_CHECKING:
    from hrm_core.models.card import ModelCard, NetworkFacts
    from hrm_core.models.parity import Parity
    from hrm_core.models.weights import WeightStore

__all__ = ["ExportedModel", "export_model", "onnx_metadata"]

_SCRATCH = ".exporting"
_LEFT_BEHIND_S = 24 * 3600.0
# Measured with synthetic weights: 6 of 2816 neighbours, on 3 of 32 pictures.
_FLIPS = (
    "This network chooses which actions are alike anew for each picture: in half precision it chooses "
    "otherwise on some, and its probabilities there move by some thousandths."
)


@dataclass(frozen=True, slots=True)
class ExportedModel:
    """An ONNX file that was made, checked and kept.

    Attributes
    ----------
    name : str
        The model.
    path : pathlib.Path
        Where it is kept.
    copy : pathlib.Path or None
        Where a copy of it was asked for.
    opset : int
        Version of ONNX's operators in it.
    half : bool
        Whether its weights are in half precision.
    size_bytes : int
        Its size.
    sha256, weights_sha256 : str
        SHA-256 of the file, and of the weights that it was made from.
    parity : Parity
        How well it agrees with PyTorch.
    licence, licence_url : str
        The licence of the weights, which is that of the file.
    commercial_use : bool
        Whether it allows commercial use.
    population : str
        Who is on the pictures that the weights were learned from.
    limits : tuple of str
        For whom and what it may not be used unchecked.
    notes : tuple of str
        What else is to be known of this file, a sentence each.
    """

    name: str
    path: Path
    copy: Path | None
    opset: int
    half: bool
    size_bytes: int
    sha256: str
    weights_sha256: str
    parity: Parity
    licence: str
    licence_url: str
    commercial_use: bool
    population: str
    limits: tuple[str, ...]
    notes: tuple[str, ...]


def export_model(
    name: str,
    *,
    half: bool = False,
    to: Path | None = None,
    force: bool = False,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> ExportedModel:
    """Make an ONNX file of a model's weights, compare it with PyTorch and keep it beside them.

    Parameters
    ----------
    name : str
        A network with a card, whose checkpoint was added.
    half : bool
        Keep weights in half precision: half the size, nearly the same numbers.
    to : pathlib.Path, optional
        Where a copy is written.
    force : bool
        Replace what is at `to`.
    progress : Progress, optional
        Told of steps.
    cancel : CancelToken, optional
        Asked between steps.

    Returns
    -------
    ExportedModel
        The file.

    Raises
    ------
    NotFoundError
        If there is no such card, or no checkpoint of it.
    ProjectError
        If it says nothing of actions, or there is a file at `to` already.
    InvalidFileError
        If the weights are damaged.
    MissingLibraryError
        If PyTorch, ONNX or ONNX Runtime is not installed.
    ParityError
        If the file gives other numbers than PyTorch; it is not kept.
    WeightsError
        If the disk refuses.
    Cancelled
        If stopped; nothing is kept.
    """
    from hrm_core.models.registered import FileNames, load_registered, registered_weights

    card, store = model_card(name), weight_store()
    network = _network(card)
    weights, names = registered_weights(store, card), FileNames(name)
    if weights.checkpoint is None:
        raise NotFoundError(
            f"There is no checkpoint of {name} on this computer to make an ONNX file of: add it with "
            f"hrm models add {name} --weights FILE."
        )
    if weights.checkpoint.parent != store.folder(name):
        raise ProjectError(f"{name} is part of the program and has an ONNX file already: {weights.onnx}.")
    _require_place(to, force=force)
    from hrm_core.models.onnx_export import export_onnx

    with _scratch(store, name) as folder:
        exported = export_onnx(
            load_registered(weights, progress=progress, cancel=cancel),
            folder / (names.onnx_fp16 if half else names.onnx),
            metadata=onnx_metadata(card, network, weights.checkpoint_sha256, half=half),
            half=half,
            progress=progress,
            cancel=cancel,
        )
        path = _kept(store, name, exported.path, to, progress, cancel)
    return ExportedModel(
        name=name,
        path=path,
        copy=to,
        opset=exported.opset,
        half=half,
        size_bytes=exported.size_bytes,
        sha256=exported.sha256,
        weights_sha256=weights.checkpoint_sha256,
        parity=exported.parity,
        licence=card.licence.name,
        licence_url=card.licence.url,
        commercial_use=card.licence.commercial_use,
        population=network.population,
        limits=network.limits,
        notes=(_FLIPS,) if half and network.architecture == "me_graphau" else (),
    )


def _network(card: ModelCard) -> NetworkFacts:
    if card.network is None:
        raise ProjectError(
            f"{card.name} finds faces and is an ONNX file already: choose a network of actions."
        )
    if card.network.role == "backbone":
        raise ProjectError(
            f"{card.name} is what training begins from and says nothing of actions by itself: choose a "
            "network that was trained on actions."
        )
    return card.network


def _require_place(to: Path | None, *, force: bool) -> None:
    """Refuse before minutes of work what would be refused behind them."""
    if to is None:
        return
    if to.is_dir():
        raise ProjectError(f"{to} is a folder: name the file in it, for example {to / 'network.onnx'}.")
    # So that --force replaces no store, label file or checkpoint that was named by mistake.
    if to.suffix.lower() != ".onnx":
        raise ProjectError(f"{to} must end in .onnx: choose another name.")
    if to.exists() and not force:
        raise ProjectError(f"There is a file {to} already: choose another name, or replace it with --force.")
    if not may_write(to):
        raise WeightsError(f"{to} cannot be written: allow writing in its folder, or choose another.")


@contextmanager
def _scratch(store: WeightStore, name: str) -> Iterator[Path]:
    """A folder on the disk of the weights, empty and gone behind the block."""
    place = store.root / _SCRATCH
    # A name of its own, because the file in half precision may be made at the same time.
    folder = place / f"{name}-{uuid.uuid4().hex}"
    with disk_errors(store.root):
        # What a power cut left behind is as large as a network.
        for each in place.glob("*"):
            if time.time() - each.stat().st_mtime > _LEFT_BEHIND_S:
                shutil.rmtree(each, ignore_errors=True)
        folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _kept(
    store: WeightStore,
    name: str,
    file: Path,
    to: Path | None,
    progress: Progress | None,
    cancel: CancelToken | None,
) -> Path:
    """Keep a file beside the weights, and a copy where it was asked for: both, or none."""
    from hrm_core.models.registered import keep_also

    if to is None:
        keep_also(store, name, file, file.name, progress=progress, cancel=cancel)
    else:
        with disk_errors(to.parent), whole_file(to) as copy:
            shutil.copyfile(file, copy)
            keep_also(store, name, file, file.name, progress=progress, cancel=cancel)
    return store.folder(name) / file.name


def onnx_metadata(
    card: ModelCard, network: NetworkFacts, weights_sha256: str, *, half: bool = False
) -> Mapping[str, str]:
    """What an ONNX file says of itself wherever it goes.

    Parameters
    ----------
    card : ModelCard
        Of the network.
    network : NetworkFacts
        Its network.
    weights_sha256 : str
        SHA-256 of the checkpoint that the file is made from.
    half : bool
        Whether it keeps its weights in half precision.
    """
    return {
        "hrm_card": card.name,
        "hrm_architecture": network.architecture,
        "hrm_actions": ",".join(network.actions),
        "hrm_weights_sha256": weights_sha256,
        "hrm_input_size": str(network.input.size),
        "hrm_activation": network.activation,
        "hrm_licence": ", ".join(filter(None, (card.licence.name, card.licence.url))),
        "hrm_population": network.population,
        "hrm_limits": " ".join(network.limits),
        "hrm_precision": "weights float16, computed in float32" if half else "float32",
        "hrm_program": f"HRM Annotator {__version__}",
    }
