"""Weights of a network from a file, in every wrapping in which they are published."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hrm_core.errors import InvalidFileError
from hrm_core.models.checkpoint_facts import (
    CheckpointFacts,
    UnsuitableFileError,
    checkpoint_facts,
    refusal,
    without_numbers,
)
from hrm_core.models.checkpoint_file import CheckpointFile, open_checkpoint, shown
from hrm_core.models.checkpoint_fit import COUNTER, IDENTITY, VARIANCE, Fit, actions_in, fit, layout_of
from hrm_core.models.libraries import require_torch
from hrm_core.models.zoo import create_model, network_of
from hrm_core.progress import CancelToken, NoProgress, Progress
from hrm_core.records.words import counted

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

__all__ = [
    "CheckpointFacts",
    "LoadReport",
    "UnsuitableFileError",
    "checkpoint_facts",
    "load_checkpoint",
    "load_network",
    "unfilled",
]

_NAMED = 3


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What came of loading a file.

    Attributes
    ----------
    network : str
        Name of the network.
    num_actions : int
        How many actions its head has.
    wrapping : str
        How the weights lay in the file, for a person: ``"model, with prefix module."``.
    loaded : tuple of str
        Keys of the network that were filled from the file.
    resized : tuple of str
        Those of them that had to be brought to another size (position embeddings).
    skipped : tuple of str
        Keys of the file that the network has no use for.
    missing : tuple of str
        Keys of the network that neither this file has nor one loaded before it: they are
        as they were before.
    adapted : tuple of str
        What was changed about the network, or of the file's numbers, a sentence each.
    head_in_file : int or None
        For how many actions or classes the file's own head is, also where it was not taken;
        None if it has none.
    """

    network: str
    num_actions: int
    wrapping: str
    loaded: tuple[str, ...]
    resized: tuple[str, ...]
    skipped: tuple[str, ...]
    missing: tuple[str, ...]
    adapted: tuple[str, ...]
    head_in_file: int | None = None

    @property
    def complete(self) -> bool:
        """Whether all that its first output depends on came from a file."""
        return not any(_matters(key) for key in self.missing)

    def sentences(self) -> tuple[str, ...]:
        """What came of it, for a person."""
        told = [
            f"Loaded {counted(len(self.loaded), 'parameter')} of {self.network} for "
            f"{counted(self.num_actions, 'action')} ({self.wrapping}).",
            *self.adapted,
        ]
        if self.resized:
            told.append(f"Brought to another size: {_listed(self.resized)}.")
        if self.skipped:
            told.append(f"Not used of the file: {_listed(self.skipped)}.")
        if self.missing:
            told.append(f"Not in the file and left as before: {_listed(self.missing)}.")
        return tuple(told)


def load_checkpoint(
    model: nn.Module,
    path: Path | str,
    *,
    new_head: bool = False,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> LoadReport:
    """Fill a network from a file, or leave it as it is.

    A file may be wrapped as :func:`~hrm_core.models.checkpoint_file.open_checkpoint` says.
    The network is suited to it in these things: what the head of a transformer looks at
    (``fc_norm`` or ``norm``), the number of people of FMAE-IAT's identity head, and the
    grid of position embeddings, which are brought to the network's by bicubic interpolation.
    Make an optimiser only after loading: such parameters are new ones.

    EmoFAN may come in two files, its landmark network and its predictor, in either order.
    After the predictor alone the report is not ``complete``: load the landmark network, too.

    Parameters
    ----------
    model : torch.nn.Module
        One of :func:`hrm_core.models.zoo.create_model`, on any device.
    path : pathlib.Path or str
        The file; code in it does not run.
    new_head : bool
        Whether training begins from it: the head may be absent or for other actions, and
        then stays as it is; the rest must be there all the same.
    progress : Progress, optional
        Told of bytes while the file is checked, and of parameters.
    cancel : CancelToken, optional
        Asked until the network begins to change.

    Returns
    -------
    LoadReport
        What was loaded, resized, left out and adapted.

    Raises
    ------
    NotFoundError
        If there is no such file.
    InvalidFileError
        If it cannot be read, holds more than weights, or does not suit the network (an
        :class:`~hrm_core.models.checkpoint_facts.UnsuitableFileError`); the network is then
        as it was before.
    MissingLibraryError
        If PyTorch is not installed.
    Cancelled
        If stopped; the network is then as it was before.
    ValueError
        If `model` was not made by :func:`~hrm_core.models.zoo.create_model`, or has no
        numbers (is on PyTorch's device ``meta``).
    """
    name = network_of(model).name
    if any(value.is_meta for value in model.state_dict().values()):
        raise ValueError("the network is on the device 'meta' and has no numbers to fill")
    file = open_checkpoint(path, progress=progress, cancel=cancel)
    shapes = {key: tuple(value.shape) for key, value in file.weights.items()}
    before: frozenset[str] = getattr(model, "filled_keys", frozenset())
    found = fit(layout_of(model), shapes, new_head=new_head, filled=before)
    if not found.whole:
        raise refusal(model, file, found, new_head=new_head)
    numbers = _numbers(model, file, found, progress or NoProgress(), cancel or CancelToken())
    adapted = (*_suited(model, found), *_types(file, found))
    _fill(model, numbers)
    # A module's attributes are typed as parameters or modules; this one is a plain value.
    model.filled_keys = (before | numbers.keys()) & model.state_dict().keys()  # type: ignore[assignment]
    return LoadReport(
        network=name,
        num_actions=int(getattr(model, "num_actions", 0)),
        wrapping=file.wrapping,
        loaded=tuple(found.source),
        resized=found.resized,
        skipped=found.skipped,
        missing=found.missing,
        adapted=adapted,
        head_in_file=actions_in(name, shapes),
    )


def load_network(
    name: str,
    path: Path | str,
    num_actions: int = 22,
    *,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
    **options: Any,
) -> tuple[nn.Module, LoadReport]:
    """Make a network and fill it from a file, without drawing random numbers first.

    Drawing them takes longer than loading does: seconds for a large transformer.

    Parameters
    ----------
    name : str
        One of :func:`~hrm_core.models.zoo.list_models`.
    path : pathlib.Path or str
        The file; code in it does not run.
    num_actions : int
        How many actions it says something of.
    progress, cancel
        As for :func:`load_checkpoint`.
    **options
        As :func:`~hrm_core.models.zoo.create_model` takes them.

    Returns
    -------
    torch.nn.Module
        The network, in training mode and on the CPU.
    LoadReport
        What was loaded, resized, left out and adapted.

    Raises
    ------
    NotFoundError, InvalidFileError, MissingLibraryError, Cancelled
        As for :func:`load_checkpoint`.
    """
    require_torch()
    model = without_numbers(name, num_actions, **options)
    model.to_empty(device="cpu")
    for key, value in model.state_dict().items():
        if key.endswith(COUNTER):
            value.zero_()
    report = load_checkpoint(model, path, progress=progress, cancel=cancel)
    if all(key.endswith(COUNTER) for key in report.missing):
        return model, report
    # What the file does not have must be drawn after all: memory holds anything so far.
    model = create_model(name, num_actions, **options)
    return model, load_checkpoint(model, path, progress=progress, cancel=cancel)


def unfilled(model: nn.Module) -> tuple[str, ...]:
    """Keys that the first output depends on and that no file has filled.

    Empty if a network can be believed; a network that was trained here without a file
    names all of them.
    """
    filled: frozenset[str] = getattr(model, "filled_keys", frozenset())
    return tuple(key for key in model.state_dict() if key not in filled and _matters(key))


def _matters(key: str) -> bool:
    """Whether a network's first output depends on it in use."""
    return key not in IDENTITY and not key.endswith(COUNTER)


def _listed(keys: Sequence[str]) -> str:
    named = ", ".join(map(shown, keys[:_NAMED]))
    return named if len(keys) <= _NAMED else f"{named} and {len(keys) - _NAMED} more"


def _numbers(
    model: nn.Module, file: CheckpointFile, found: Fit, progress: Progress, cancel: CancelToken
) -> dict[str, Tensor]:
    """By key of the network, what it is to be filled with, every number looked at.

    What needs no change still lies in the file, so that a large network is held once.
    """
    own = model.state_dict()
    # The final normalisation may be called otherwise so far; all floating numbers are of one type.
    usual = next(value.dtype for value in own.values() if value.is_floating_point())
    numbers = {}
    progress.start(f"Reading {file.path.name}", len(found.source))
    try:
        for key, entry in found.source.items():
            cancel.raise_if_cancelled()
            dtype = own[key].dtype if key in own else usual
            value = _checked(file.path, entry, file.weights[entry], dtype)
            if key in found.resized:
                value = _resized(value, own[key].shape[1])
            numbers[key] = value.reshape(()) if key.endswith(COUNTER) else value
            progress.advance()
    finally:
        progress.finish()
    return numbers


def _checked(path: Path, entry: str, value: Tensor, dtype: torch.dtype) -> Tensor:
    """The same numbers, if they can be what they are taken for."""
    import torch

    plain = value.layout == torch.strided and not value.is_quantized and not value.is_meta
    # A few numbers spread out to many shapes would let a small file ask for any memory.
    if not plain or value.untyped_storage().nbytes() < value.numel() * value.element_size():
        raise _bad(path, entry, "is not kept number by number")
    counts = entry.endswith(COUNTER)
    if value.is_complex() or not (counts or value.is_floating_point()):
        raise _bad(path, entry, f"holds {_type(value)} where fractions are expected")
    if not bool(torch.isfinite(value if counts else value.to(dtype)).all()):
        raise _bad(path, entry, "holds numbers that are not finite (NaN, or too large)")
    if entry.endswith(VARIANCE) and bool((value < 0).any()):
        raise _bad(path, entry, "holds variances below 0")
    return value


def _bad(path: Path, entry: str, what: str) -> InvalidFileError:
    return InvalidFileError(
        f"{path}: {shown(entry)} {what}, so nothing was loaded: ask its authors for a sound file of weights."
    )


def _type(value: Tensor) -> str:
    return str(value.dtype).removeprefix("torch.")


def _resized(positions: Tensor, tokens: int) -> Tensor:
    """Position embeddings [1, 1 + n², width] for another grid, [1, tokens, width].

    The class token's stays; the others are interpolated as Touvron et al. (2021) do:
    bicubic, corners not aligned.
    """
    import torch
    from torch.nn import functional

    positions = positions.float()
    old, new = math.isqrt(positions.shape[1] - 1), math.isqrt(tokens - 1)
    grid = positions[:, 1:].reshape(1, old, old, -1).permute(0, 3, 1, 2)
    grid = functional.interpolate(grid, size=(new, new), mode="bicubic", align_corners=False)
    return torch.cat((positions[:, :1], grid.flatten(2).transpose(1, 2)), 1)


def _types(file: CheckpointFile, found: Fit) -> tuple[str, ...]:
    """Which numbers were of another type than float32."""
    types = Counter(_type(file.weights[entry]) for entry in found.source.values() if _matters(entry))
    del types["float32"]
    return tuple(
        f"{counted(count, 'parameter')} kept as {name} in the file: converted."
        for name, count in sorted(types.items())
    )


def _suited(model: Any, found: Fit) -> tuple[str, ...]:
    """Change what a file needs to be otherwise; nothing here can fail for the file's sake."""
    told = []
    head = None if found.subjects is None else model.identity_head(found.subjects)
    if found.pooling is not None:
        old = model.fc_norm if model.fc_norm is not None else model.norm
        model.pool_by(found.pooling)
        new = model.fc_norm if model.fc_norm is not None else model.norm
        new.requires_grad_(old.weight.requires_grad).train(old.training)
        what = "the mean of all patches" if found.pooling == "mean" else "the class token"
        told.append(f"The head looks at {what}, as the file's does.")
    if head is not None:
        told.append(
            f"The identity head tells {found.subjects} people apart as the file's does, "
            f"not {model.ID_head.out_features}."
        )
        head.requires_grad_(model.ID_head.weight.requires_grad).train(model.ID_head.training)
        model.ID_head = head
    return tuple(told)


def _fill(model: nn.Module, numbers: dict[str, Tensor]) -> None:
    import torch

    own = model.state_dict()
    with torch.no_grad():
        for key, value in numbers.items():
            own[key].copy_(value)
