"""One model in full: its card, what it costs, which weights are here, and how fast they run here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hrm_core.errors import InvalidFileError, ProjectError
from hrm_core.facs import action
from hrm_core.models.card import ModelCard, NetworkFacts
from hrm_core.models.libraries import has_onnxruntime, has_torch
from hrm_core.models.measure import flops, this_computer, weight_bytes
from hrm_core.models.measure_apart import Measured, measure_apart
from hrm_core.progress import CancelToken, Progress
from hrm_core.workflows.look_at_models import look_at_model, model_card, weight_store

if TYPE_CHECKING:
    from hrm_core.models.open_runner import Prefer

__all__ = ["Cost", "KeptFile", "Measured", "ModelDescription", "NamedAction", "describe_model"]

# What a file is, by how its name ends after the card's.
_FORMS: tuple[tuple[str, str, Prefer | None], ...] = (
    ("-fp16.onnx", "ONNX, weights in half precision", "half"),
    (".onnx", "ONNX", "onnx"),
    ("-fan.pth", "landmark network", None),
    (".pth", "checkpoint", "torch"),
)
_BESIDE_A_CARD: dict[str, tuple[str, Prefer | None]] = {
    "weights.onnx": ("ONNX", "onnx"),
    "checkpoint.pth": ("checkpoint", "torch"),
    "card.toml": ("card", None),
}


@dataclass(frozen=True, slots=True)
class NamedAction:
    """An action of a network, in the order of its outputs (of a regressor: inputs).

    Attributes
    ----------
    key, name : str
        As in label files, and its FACS name.
    threshold : float or None
        From which probability on it is said to be there; None unless it is told.
    published_f1 : float or None
        F1 in percent, as its authors report it.
    """

    key: str
    name: str
    threshold: float | None
    published_f1: float | None


@dataclass(frozen=True, slots=True)
class Cost:
    """What a network costs by its construction.

    Attributes
    ----------
    parameters : int
        How many it has.
    multiply_adds, flops : int
        For one picture or sequence; FLOPs are twice the multiplications with addition.
    float32_bytes, float16_bytes : int
        What its weights take in single and in half precision.
    """

    parameters: int
    multiply_adds: int
    flops: int
    float32_bytes: int
    float16_bytes: int


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file of weights on this computer.

    Attributes
    ----------
    form : str
        What it is: ``"checkpoint"``, ``"ONNX"``.
    name : str
        Its name.
    size_bytes : int
        Its size.
    sha256 : str
        What its SHA-256 was when it was kept.
    """

    form: str
    name: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class ModelDescription:
    """All that is known of a model.

    Attributes
    ----------
    card : ModelCard
        Its card.
    actions : tuple of NamedAction
        In the order of its outputs; empty for what tells no actions.
    cost : Cost or None
        None for models that find faces.
    state : {"there", "missing", "damaged"}
        Whether weights are here.
    problem : str
        What is wrong with them; empty if nothing is.
    files : tuple of KeptFile
        The weights that are here.
    processor : str
        Name of this computer's.
    cores : int
        How many this program may use.
    measured : tuple of Measured
        By everything that can run a file; empty if nothing can or nobody asked.
    advice : tuple of str
        What to add or install so that it can be run, or run in another way, a sentence each.
    """

    card: ModelCard
    actions: tuple[NamedAction, ...]
    cost: Cost | None
    state: str
    problem: str
    files: tuple[KeptFile, ...]
    processor: str
    cores: int
    measured: tuple[Measured, ...]
    advice: tuple[str, ...]


def describe_model(
    name: str,
    *,
    batch_sizes: Sequence[int] = (1, 8),
    speed: bool = True,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> ModelDescription:
    """Say all that is known of a model; neither weights nor PyTorch need be there.

    Parameters
    ----------
    name : str
        Its card.
    batch_sizes : sequence of int
        Pictures or sequences at once, for which its speed is measured, each at least 1.
    speed : bool
        Measure how fast it runs here, by everything that can run it.
    progress : Progress, optional
        Told of what is measured.
    cancel : CancelToken, optional
        Asked while something is measured.

    Raises
    ------
    NotFoundError
        If there is no model of this name.
    ProjectError
        If it was added without a card, or a batch is below 1.
    InvalidFileError
        If a card is damaged.
    Cancelled
        If stopped.
    """
    if min(batch_sizes, default=1) < 1:
        raise ProjectError(f"A batch has at least 1 picture, not {min(batch_sizes)}: name a larger number.")
    view = look_at_model(name, hashes=False)
    if view.own:
        raise ProjectError(
            f"{name} was added without a card, so there is nothing to describe: hrm models list shows what "
            "is known of it."
        )
    card, computer = model_card(name), this_computer()
    files = () if view.problem else _files(card)
    measured: tuple[Measured, ...] = ()
    if speed and card.network is not None:
        measured = _measured(card, files, batch_sizes, progress, cancel)
    return ModelDescription(
        card=card,
        actions=() if card.network is None else _actions(card.network),
        cost=None if card.network is None else _cost(card.network),
        state=view.state,
        problem=view.problem,
        files=files,
        processor=computer.processor,
        cores=computer.cores,
        measured=measured,
        advice=_advice(card, view.problem, files),
    )


def _files(card: ModelCard) -> tuple[KeptFile, ...]:
    try:
        record = weight_store().record(card.name)
    except InvalidFileError:
        return ()
    kept = card.shipped if record is None else record.files
    return tuple(
        KeptFile(_form(card.name, each.name)[0], each.name, each.size_bytes, each.sha256) for each in kept
    )


def _form(card: str, file: str) -> tuple[str, Prefer | None]:
    """What a file is, and by which of the ways to run a network it is run."""
    for ending, form, by in _FORMS:
        if file == card + ending:
            return form, by
    return _BESIDE_A_CARD.get(file, ("ONNX", None))


def _actions(network: NetworkFacts) -> tuple[NamedAction, ...]:
    published = {} if network.published is None else network.published.f1_by_action
    thresholds = network.thresholds or (None,) * len(network.actions)
    return tuple(
        NamedAction(key, action(key).name, threshold, published.get(key))
        for key, threshold in zip(network.actions, thresholds, strict=True)
    )


def _cost(network: NetworkFacts) -> Cost:
    return Cost(
        parameters=network.parameters,
        multiply_adds=network.multiply_adds,
        flops=flops(network.multiply_adds),
        float32_bytes=weight_bytes(network.parameters, 32),
        float16_bytes=weight_bytes(network.parameters, 16),
    )


def _measured(
    card: ModelCard,
    files: Sequence[KeptFile],
    batch_sizes: Sequence[int],
    progress: Progress | None,
    cancel: CancelToken | None,
) -> tuple[Measured, ...]:
    """Every file by what runs it; each in a process of its own, for its memory's sake."""
    assert card.folder is not None
    cards = card.folder.parent
    ways = [_form(card.name, file.name)[1] for file in files]
    return tuple(
        measure_apart(weight_store(), cards, card.name, way, batch_sizes, progress=progress, cancel=cancel)
        for way in ways
        if way is not None and (has_torch() if way == "torch" else has_onnxruntime())
    )


def _advice(card: ModelCard, problem: str, files: Sequence[KeptFile]) -> tuple[str, ...]:
    """One sentence about each thing without which it cannot be run in some way."""
    name, network = card.name, card.network
    if problem:
        again = "add or fetch them again"
        if card.lineage is not None:
            again = f"remove it and make it anew with hrm train au --resume {card.lineage.run}"
        return (f"Its weights are damaged ({problem}): {again}.",)
    if network is None:
        return () if files else (f"Its weights are not here: fetch them with hrm models fetch {name}.",)
    if not files:
        libraries = (
            ("ONNX Runtime", "predict", has_onnxruntime()),
            ("PyTorch", "train", has_torch()),
        )
        return (
            f"Its weights are not here: add them with hrm models add {name} --weights FILE.",
            *(_install(what, extra) for what, extra, there in libraries if not there),
        )
    ways = {_form(name, file.name)[1] for file in files}
    advice = []
    if ways & {"onnx", "half"} and not has_onnxruntime():
        advice.append(_install("ONNX Runtime", "predict"))
    if "torch" in ways and not has_torch():
        advice.append(_install("PyTorch", "train"))
    if "torch" in ways and "onnx" not in ways and network.role != "backbone":
        advice.append(f"An ONNX file runs without PyTorch: make one with hrm models export {name}.")
    return tuple(advice)


def _install(what: str, extra: str) -> str:
    return f"{what} is not installed: pip install 'hrm-annotator[{extra}]'."
