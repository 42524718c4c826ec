"""Which parameter of a network each entry of a file is, before any number is touched."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from hrm_core.models.zoo import network_of

if TYPE_CHECKING:
    from torch import nn

__all__ = [
    "COUNTER",
    "FAMILIES",
    "IDENTITY",
    "POSITIONS",
    "VARIANCE",
    "Family",
    "Fit",
    "Layout",
    "Shapes",
    "actions_in",
    "fit",
    "layout_of",
    "subjects_in",
]

Shapes = Mapping[str, tuple[int, ...]]

COUNTER = "num_batches_tracked"
"""How many batches a normalisation saw: without influence on what a network says."""

VARIANCE = "running_var"
"""What a normalisation divides by, its root: below 0 all that follows would be NaN."""

POSITIONS = "pos_embed"
IDENTITY = ("ID_head.weight", "ID_head.bias")
_NORMS = {"mean": "fc_norm.", "class": "norm."}


@dataclass(frozen=True, slots=True)
class Family:
    """How a network's files differ from one another.

    Attributes
    ----------
    count : tuple of (str, int)
        Parameter, and its dimension, that tell for how many actions a file is.
    inside : tuple of str
        Prefixes of parts that also are kept in files of their own, without the prefix.
    apart : str
        Prefix of a part that every file has alike and that may come by another one.
    rest : str
        Prefix of the part that may be absent only after another file filled it.
    begun_anew : tuple of tuple of str
        Parts, by prefixes, that training may begin with new values; each is taken from a
        file whole or not at all.
    closed : str
        Pattern of names in parts that are as large as the network says: a file with more
        in them, a further layer above all, is of a network that computes something else.
    """

    count: tuple[str, int]
    inside: tuple[str, ...] = ()
    apart: str = ""
    rest: str = ""
    begun_anew: tuple[tuple[str, ...], ...] = ()
    closed: str = ""


# What counts operations leaves its sums in each layer.
_SUMS = (".total_ops", ".total_params")
_VIT = Family(("head.weight", 0), begun_anew=(("head.",), ("fc_norm.",)), closed=r"blocks\.|patch_embed\.")
_GRAPH = Family(
    ("head.sc", 0),
    inside=("backbone.",),
    begun_anew=(
        ("global_linear.",),
        ("head.class_linears.", "head.sc"),
        ("head.gnn.",),
        ("head.edge_extractor.",),
        ("head.edge_fc.",),
    ),
    closed=r"(backbone\.)?(conv|bn|layer)\d+\.|global_linear\.|head\.",
)
_LAST = "predictor.emo_fc_2.3."

FAMILIES: dict[str, Family] = {
    "resnet50": Family(("fc.weight", 0), begun_anew=(("fc.",),), closed=r"(conv|bn|layer)\d+\."),
    "emofan": Family(
        (f"{_LAST}weight", 0),
        inside=("feature.fan.", "predictor."),
        apart="feature.fan.",
        rest="predictor.",
        begun_anew=(
            ("predictor.conv1x1_input_emo_2.", "predictor.emo_net_2.", "predictor.emo_fc_2.0.")
            + ("predictor.emo_fc_2.1.",),
            (_LAST,),
        ),
        closed=r"(feature\.fan\.)?(conv|bn|m|top_m_|conv_last|bn_end|l|bl|al)\d+\."
        r"|(predictor\.)?emo_(net|fc)_2\.",
    ),
    "me_graphau": _GRAPH,
    "me_graphau_edge": _GRAPH,
    "mae_face": _VIT,
    "fmae": _VIT,
    "fmae_iat": _VIT,
    "starter": Family(("fc.weight", 0), begun_anew=(("fc.",),), closed=r"trunk\."),
    "gru": Family(("gru.weight_ih_l0", 1), closed=r"gru\."),
    "bilstm": Family(("lstm.weight_ih_l0", 1), closed=r"lstm\."),
}


@dataclass(frozen=True, slots=True)
class Fit:
    """What of a file goes where.

    Attributes
    ----------
    source : dict of str to str
        By key of the network, the key of the file that fills it.
    resized : tuple of str
        Keys of the network whose numbers have to be brought to another size.
    skipped : tuple of str
        Keys of the file that are not used.
    beyond : tuple of str
        Those of them that no file of the network may have: it is of a larger one.
    missing : tuple of str
        Keys of the network that neither this file nor one before it fills, and need not.
    lacking : tuple of str
        Keys of the network that must be filled and are not in the file.
    misshapen : dict of str to tuple of int
        Keys of the network whose entry in the file has another shape: that shape.
    pooling : {"mean", "class"} or None
        What the network's head has to look at from now on; None if that is as it is.
    subjects : int or None
        How many people its identity head has to tell apart; None if that is as it is.
    """

    source: dict[str, str]
    resized: tuple[str, ...]
    skipped: tuple[str, ...]
    beyond: tuple[str, ...]
    missing: tuple[str, ...]
    lacking: tuple[str, ...]
    misshapen: dict[str, tuple[int, ...]]
    pooling: Literal["mean", "class"] | None
    subjects: int | None

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong with it."""
        return bool(self.source) and not (self.lacking or self.misshapen or self.beyond)


@dataclass(frozen=True, slots=True)
class Layout:
    """What of a network decides which files suit it.

    Attributes
    ----------
    name : str
        Its name.
    shapes : dict of str to tuple of int
        Shape of each parameter and buffer.
    pooling : {"mean", "class"} or None
        What its head looks at; None unless it is a transformer.
    """

    name: str
    shapes: dict[str, tuple[int, ...]]
    pooling: Literal["mean", "class"] | None


def layout_of(model: nn.Module) -> Layout:
    """The layout of a network, which may be without numbers (on PyTorch's device ``meta``)."""
    shapes = {key: tuple(value.shape) for key, value in model.state_dict().items()}
    pooling = getattr(model, "pooling", None)
    return Layout(network_of(model).name, shapes, pooling)


def actions_in(name: str, file: Shapes) -> int | None:
    """For how many actions a file is, if it is one of this network; None if it does not tell."""
    key, dimension = FAMILIES[name].count
    shape = file.get(_sources(FAMILIES[name], (key,), file).get(key, ""), ())
    return shape[dimension] if len(shape) > dimension else None


def subjects_in(file: Shapes, width: int) -> int | None:
    """How many people a file's identity head tells apart; None if it has none of one layer.

    Parameters
    ----------
    file : mapping of str to tuple of int
        Shapes in the file.
    width : int
        Length of the network's tokens.
    """
    weight, bias = IDENTITY
    count = next(iter(file.get(bias, ())), -1)
    # A head of several layers (a variant that its authors also published) has more entries.
    layered = any(key.startswith("ID_head2.") for key in file)
    return count if (file.get(weight), file.get(bias), layered) == ((count, width), (count,), False) else None


def fit(network: Layout, file: Shapes, *, new_head: bool = False, filled: Collection[str] = ()) -> Fit:
    """Lay a file's entries beside a network's parameters.

    Parameters
    ----------
    network : Layout
        The network.
    file : mapping of str to tuple of int
        Shapes in the file.
    new_head : bool
        Whether parts that training begins anew may keep the values that they have.
    filled : collection of str
        Keys that an earlier file filled.
    """
    family, shapes = FAMILIES[network.name], dict(network.shapes)
    pooling = _pooling(network.pooling, file, new_head=new_head)
    if pooling is not None:
        shapes = {_renamed(key, pooling): shape for key, shape in shapes.items()}
    sources = _sources(family, shapes, file)
    subjects = _subjects(shapes, file, sources, new_head=new_head)
    left = _left_out(family, shapes, file, sources) if new_head else set()
    taken = {key: name for key, name in sources.items() if key not in left}
    resized = tuple(key for key in taken if key == POSITIONS and _grids(shapes[key], file[taken[key]]))
    misshapen = {
        key: file[name]
        for key, name in taken.items()
        if file[name] != shapes[key] and key not in resized and not _is_counter(key, file[name])
    }
    absent = [key for key in shapes if key not in taken]
    spared = left | _apart(family, shapes, taken, filled)
    lacking = tuple(key for key in absent if not (key in spared or key in IDENTITY or key.endswith(COUNTER)))
    used = set(taken.values())
    skipped = tuple(name for name in file if name not in used)
    return Fit(
        source={key: name for key, name in taken.items() if key not in misshapen},
        resized=resized,
        skipped=skipped,
        beyond=_beyond(family, skipped, new_head=new_head),
        missing=tuple(key for key in absent if key not in lacking and key not in filled),
        lacking=lacking,
        misshapen=misshapen,
        pooling=pooling,
        subjects=subjects,
    )


def _sources(family: Family, keys: Collection[str], file: Shapes) -> dict[str, str]:
    """By key of the network, the entry of the file that is meant."""
    found = {}
    for key in keys:
        short = next((key.removeprefix(each) for each in family.inside if key.startswith(each)), key)
        name = key if key in file else short
        if name in file:
            found[key] = name
    return found


def _pooling(
    own: Literal["mean", "class"] | None, file: Shapes, *, new_head: bool
) -> Literal["mean", "class"] | None:
    """What the head of the file looked at, if the network's looks at something else."""
    there = [each for each, prefix in _NORMS.items() if f"{prefix}weight" in file]
    if own is None or len(there) != 1 or there[0] == own:
        return None
    if new_head and own == "mean" and "head.weight" not in file:
        # Pre-training ends with a class token's normalisation and no head; fine-tuning by
        # the mean begins its own.
        return None
    return "mean" if own == "class" else "class"


def _renamed(key: str, pooling: Literal["mean", "class"]) -> str:
    other = _NORMS["class" if pooling == "mean" else "mean"]
    return _NORMS[pooling] + key.removeprefix(other) if key.startswith(other) else key


def _subjects(
    shapes: dict[str, tuple[int, ...]], file: Shapes, sources: dict[str, str], *, new_head: bool
) -> int | None:
    """How many people a file's identity head tells apart, if the network's tells others.

    Sets `shapes` to that number, and forgets in `sources` a head that is another one.
    """
    weight, bias = IDENTITY
    if weight not in shapes:
        return None
    count = subjects_in(file, shapes[weight][1])
    # Training goes on with the people of its own study.
    if count is None or (new_head and shapes[bias] != (count,)):
        for key in IDENTITY:
            sources.pop(key, None)
        return None
    if shapes[bias] == (count,):
        return None
    shapes[weight], shapes[bias] = (count, shapes[weight][1]), (count,)
    return count


def _left_out(family: Family, shapes: Shapes, file: Shapes, sources: Mapping[str, str]) -> set[str]:
    """Keys of those parts that a file does not have whole and in the right size."""
    left: set[str] = set()
    for prefixes in family.begun_anew:
        part = [key for key in shapes if key.startswith(prefixes)]
        if any(file.get(sources.get(key, "")) != shapes[key] for key in part if not key.endswith(COUNTER)):
            left.update(part)
    return left


def _beyond(family: Family, skipped: Collection[str], *, new_head: bool) -> tuple[str, ...]:
    """Entries that lie in the network's own parts and have no place there."""
    anew = tuple(prefix for prefixes in family.begun_anew for prefix in prefixes) if new_head else ()
    closed = re.compile(family.closed)
    return tuple(
        name
        for name in skipped
        if closed.match(name)
        and not any(f"{inside}{name}".startswith(anew) for inside in ("", *family.inside))
        and not name.endswith((*_SUMS, COUNTER))
    )


def _apart(family: Family, shapes: Shapes, taken: Mapping[str, str], filled: Collection[str]) -> set[str]:
    """Keys of parts that are not in this file at all and come, or came, by another one."""
    spared: set[str] = set()
    for prefix in filter(None, (family.apart, family.rest)):
        part = [key for key in shapes if key.startswith(prefix)]
        came = all(key in filled for key in part if not key.endswith(COUNTER))
        if not any(key in taken for key in part) and (came or prefix == family.apart):
            spared.update(part)
    return spared


def _is_counter(key: str, shape: tuple[int, ...]) -> bool:
    return key.endswith(COUNTER) and math.prod(shape) == 1


def _grids(own: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Whether two shapes of position embeddings differ by their grid of patches alone."""
    return (
        own != other
        and len(other) == len(own)
        and (other[0], other[2]) == (own[0], own[2])
        and other[1] > 1
        and all(math.isqrt(each[1] - 1) ** 2 == each[1] - 1 for each in (own, other))
    )
