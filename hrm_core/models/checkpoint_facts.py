"""What a file of weights is, told by the keys and shapes in it, and why it does not suit a network."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from hrm_core.errors import InvalidFileError
from hrm_core.models.checkpoint_file import CheckpointFile, open_checkpoint, shown
from hrm_core.models.checkpoint_fit import (
    COUNTER,
    FAMILIES,
    IDENTITY,
    Fit,
    Layout,
    Shapes,
    actions_in,
    fit,
    layout_of,
    subjects_in,
)
from hrm_core.models.zoo import create_model, list_models, network_of
from hrm_core.progress import CancelToken, Progress
from hrm_core.records.words import counted

if TYPE_CHECKING:
    from torch import nn

__all__ = [
    "CheckpointFacts",
    "UnsuitableFileError",
    "checkpoint_facts",
    "facts_of",
    "networks_like",
    "refusal",
    "without_numbers",
]

# A damaged or malicious file can claim any number; ImageNet's thousand is the most that is known.
_MOST_ACTIONS = 1000
_USUAL_ACTIONS = 22


@dataclass(frozen=True, slots=True)
class CheckpointFacts:
    """What a file of weights is.

    Attributes
    ----------
    networks : tuple of str
        Networks it fits, head included; the one it fits best is first.
    backbone_of : tuple of str
        Networks whose training can begin from it, those of `networks` included.
    num_actions : int or None
        For how many actions its head is; for ImageNet's ResNet-50 its 1000 classes, as
        nothing in a file tells classes from actions; None if it has no head.
    pooling : {"mean", "class"} or None
        What its head looks at; None unless it is a transformer whose final
        normalisation tells.
    subjects : int or None
        How many people its identity head tells apart; None if it has none.
    complete : bool
        Whether the first of `networks` needs no other file; EmoFAN's predictor alone does.
    wrapping : str
        How the weights lie in the file, for a person.
    """

    networks: tuple[str, ...]
    backbone_of: tuple[str, ...]
    num_actions: int | None
    pooling: Literal["mean", "class"] | None
    subjects: int | None
    complete: bool
    wrapping: str


class UnsuitableFileError(InvalidFileError):
    """A sound file of weights that does not suit a network.

    Its message is for whoever loads it by a program of their own; who says it to others says
    `what` and advice of theirs.

    Parameters
    ----------
    what : str
        What is wrong, without advice and full stop.
    advice : str
        What to do in Python.
    facts : CheckpointFacts
        What the file is.
    """

    def __init__(self, what: str, advice: str, facts: CheckpointFacts) -> None:
        super().__init__(f"{what}: {advice}.")
        self.what = what
        self.facts = facts


def checkpoint_facts(
    path: Path | str, *, progress: Progress | None = None, cancel: CancelToken | None = None
) -> CheckpointFacts:
    """What a file of weights is; no number of it is looked at.

    Parameters
    ----------
    path : pathlib.Path or str
        The file.
    progress : Progress, optional
        Told of bytes while the file is checked for damage.
    cancel : CancelToken, optional
        Asked between chunks.

    Raises
    ------
    NotFoundError
        If there is no such file.
    InvalidFileError
        If it cannot be read, is damaged, or holds more than weights and plain values. A
        file whose weights fit no network is none: both lists of names are empty then.
    MissingLibraryError
        If PyTorch is not installed.
    Cancelled
        If stopped.
    """
    return facts_of(open_checkpoint(path, progress=progress, cancel=cancel))


def facts_of(file: CheckpointFile) -> CheckpointFacts:
    """What an opened file is."""
    shapes = {key: tuple(value.shape) for key, value in file.weights.items()}
    fits: dict[str, Fit] = {}
    backbone_of = []
    for name in list_models():
        actions = actions_in(name, shapes)
        known = actions is not None and 1 <= actions <= _MOST_ACTIONS
        layout = _layout(name, actions if known and actions else _USUAL_ACTIONS)
        as_it_is = fit(layout, shapes)
        if known and as_it_is.whole:
            fits[name] = as_it_is
        if as_it_is.whole or fit(layout, shapes, new_head=True).whole:
            backbone_of.append(name)
    networks = sorted(fits, key=lambda name: len(fits[name].missing) + len(fits[name].skipped))
    heads = {actions_in(name, shapes) for name in networks or backbone_of} - {None}
    width = shapes.get("cls_token", (0,))[-1]
    return CheckpointFacts(
        networks=tuple(networks),
        backbone_of=tuple(backbone_of),
        num_actions=heads.pop() if len(heads) == 1 else None,
        pooling=_pooling(shapes) if width else None,
        subjects=subjects_in(shapes, width),
        complete=bool(networks) and _complete(fits[networks[0]]),
        wrapping=file.wrapping,
    )


def networks_like(name: str, num_actions: int) -> tuple[str, ...]:
    """Networks that a file of this one would fill just as well, this one among them."""
    own = _layout(name, num_actions)
    return tuple(other for other in list_models() if fit(_layout(other, num_actions), own.shapes).whole)


def _complete(found: Fit) -> bool:
    return all(key in IDENTITY or key.endswith(COUNTER) for key in found.missing)


def _pooling(shapes: Shapes) -> Literal["mean", "class"] | None:
    mean, by_class = "fc_norm.weight" in shapes, "norm.weight" in shapes
    if mean == by_class:
        return None
    return "mean" if mean else "class"


@lru_cache(maxsize=32)
def _layout(name: str, num_actions: int) -> Layout:
    return layout_of(without_numbers(name, num_actions))


def without_numbers(name: str, num_actions: int, **options: Any) -> nn.Module:
    """A network of shapes alone, on PyTorch's device ``meta``: it takes no memory and no time.

    Parameters
    ----------
    name, num_actions, **options
        As :func:`~hrm_core.models.zoo.create_model` takes them.
    """
    import torch
    from torch.overrides import TorchFunctionMode

    class _DrawsNothing(TorchFunctionMode):
        """Spares drawing normal numbers that nobody keeps: on ``meta`` it loads a compiler for seconds."""

        def __torch_function__(
            self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
        ) -> Any:
            named = kwargs or {}
            if getattr(func, "__name__", "").endswith("normal_"):
                return named["tensor"] if "tensor" in named else args[0]
            return func(*args, **named)

    with torch.device("meta"), _DrawsNothing():
        return create_model(name, num_actions, **options)


def refusal(model: nn.Module, file: CheckpointFile, found: Fit, *, new_head: bool) -> UnsuitableFileError:
    """Why a file does not suit a network, what it is, and what to do: one sentence.

    Parameters
    ----------
    model : torch.nn.Module
        The network.
    file : CheckpointFile
        The opened file.
    found : Fit
        What :func:`hrm_core.models.checkpoint_fit.fit` found, which is not whole.
    new_head : bool
        Whether training was to begin from it.
    """
    name, own = network_of(model).name, int(getattr(model, "num_actions", 0))
    facts = facts_of(file)
    begin = not new_head and name in facts.backbone_of and bool(FAMILIES[name].begun_anew)
    what, advice = _told(name, own, file, found, facts, begin=begin)
    if begin:
        advice += ", or begin training from it with a new head (new_head=True)"
    return UnsuitableFileError(f"{file.path} {what}", advice, facts)


def _told(
    name: str, own: int, file: CheckpointFile, found: Fit, facts: CheckpointFacts, *, begin: bool
) -> tuple[str, str]:
    """What is wrong with a file, and what to do about it in Python."""
    there = facts.num_actions
    if name in facts.networks and there not in {None, own}:
        return (
            f"is a file of {name} for {counted(there or 0, 'action')}, and this network is for {own}",
            f"make it by create_model({name!r}, {there}) and use the card for {there} actions, or choose a "
            f"file for {own}",
        )
    if facts.networks and name not in facts.networks:
        return (
            f"is a file of {' or '.join(facts.networks)} for {counted(there or 0, 'action')}, not of {name}",
            f"make that network, or choose a file of {name}",
        )
    if begin:
        return _headless(name, found)
    if facts.backbone_of and name not in facts.backbone_of:
        return (
            f"is a backbone of {' or '.join(facts.backbone_of)} without a head for actions, and not of "
            f"{name}",
            f"choose a file of {name}",
        )
    return _misfit(name, file, found)


def _headless(name: str, found: Fit) -> tuple[str, str]:
    rest = FAMILIES[name].rest
    if rest and not found.misshapen and not any(key.startswith(rest) for key in found.source):
        return (
            f"holds no predictor of {name}, and none was loaded before, so its outputs would be random",
            "load the predictor's file first",
        )
    what = f"lacks {found.lacking[0]}" if found.lacking else f"has another {next(iter(found.misshapen))}"
    return (
        f"has no head of {name} for these actions (it {what}), so its outputs would be random",
        "choose a file that was trained to the end",
    )


def _misfit(name: str, file: CheckpointFile, found: Fit) -> tuple[str, str]:
    choose = f"choose a file of {name}"
    if not found.source and not found.misshapen:
        first = ", ".join(map(shown, list(file.weights)[:3]))
        return (
            f"holds nothing of {name} (its first entries are {first}), nor a network that is known here",
            choose,
        )
    if found.misshapen:
        key, shape = next(iter(found.misshapen.items()))
        return (
            f"is no file of this {name}: {key} has the shape {list(shape)} in it, which does not fit "
            f"({counted(len(found.misshapen), 'parameter')} of another shape, {len(found.lacking)} missing)",
            choose,
        )
    if found.lacking:
        return (
            f"lacks {counted(len(found.lacking), 'parameter')} of {name}, the first {found.lacking[0]}, "
            "which would stay random",
            "choose a whole file",
        )
    return (
        f"is of a larger network than {name}, without "
        f"{counted(len(found.beyond), 'parameter')} of which ({shown(found.beyond[0])} first) its outputs "
        "would be others",
        choose,
    )
