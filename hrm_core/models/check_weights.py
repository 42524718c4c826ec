"""Whether a person's file is what a network's card says: nothing else is ever kept."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

from hrm_core.errors import InvalidFileError, NotFoundError, UserError
from hrm_core.models.card import ModelCard, NetworkFacts, is_sha256
from hrm_core.models.checkpoint_facts import CheckpointFacts, UnsuitableFileError, networks_like
from hrm_core.models.libraries import MissingLibraryError, has_torch, require_onnxruntime
from hrm_core.models.registered import CheckedFile, FileNames, is_untrained, load_files
from hrm_core.models.weights import sha256_of
from hrm_core.models.zoo import network
from hrm_core.progress import CancelToken, Progress
from hrm_core.records.words import counted

__all__ = ["CheckedWeights", "check_weights", "require_checkable"]

_ONNX = ".onnx"


@dataclass(frozen=True, slots=True)
class CheckedWeights:
    """Files that are what a card says.

    Attributes
    ----------
    files : tuple of CheckedFile
        What may be kept; the first is the one that was named.
    said : tuple of str
        What was found in them, a sentence each.
    made_from : str
        SHA-256 of the checkpoint that an ONNX file was exported from; empty for a
        checkpoint.
    """

    files: tuple[CheckedFile, ...]
    said: tuple[str, ...]
    made_from: str


def require_checkable(card: ModelCard, file: Path, beside: Path | None) -> None:
    """Refuse at once what nobody need be asked about.

    Parameters
    ----------
    card : ModelCard
        A card with a network.
    file : pathlib.Path
        A checkpoint, or an ONNX file.
    beside : pathlib.Path or None
        A file with EmoFAN's landmark network.

    Raises
    ------
    NotFoundError
        If there is no such file.
    InvalidFileError
        If it is a folder or a device, if an ONNX file is given for a backbone, or a second file for a
        network that has no use for one.
    MissingLibraryError
        If what reads it is not installed.
    """
    facts = _facts(card)
    for path in (file, beside):
        if path is None:
            continue
        if path.is_dir():
            raise InvalidFileError(f"{path} is a folder: give the file of weights in it.")
        if not path.exists():
            raise NotFoundError(f"There is no file {path}: check its path.")
        if not path.is_file():
            # A pipe or a device may never end.
            raise InvalidFileError(f"{path} is no ordinary file: give the file of weights.")
    if beside is not None and (facts.architecture != "emofan" or facts.role == "backbone" or _is_onnx(file)):
        raise InvalidFileError(
            f"{beside} is of no use beside {file}: only a checkpoint of EmoFAN's predictor takes a second "
            "file; leave --with out."
        )
    if not _is_onnx(file):
        if not has_torch():
            raise MissingLibraryError(
                "Checkpoints are read by PyTorch, which is not installed: pip install "
                "'hrm-annotator[train]', or add the ONNX file that hrm models export makes of it on "
                "another computer."
            )
    elif facts.role == "backbone":
        raise InvalidFileError(
            f"{file} is an ONNX file, which nobody can train further: add the checkpoint of {card.name}."
        )
    else:
        require_onnxruntime()


def check_weights(
    card: ModelCard,
    file: Path,
    beside: Path | None = None,
    *,
    others: Collection[ModelCard] = (),
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> CheckedWeights:
    """Look whether a file fills the network of a card, and is for its actions.

    Parameters
    ----------
    card : ModelCard
        A card with a network.
    file : pathlib.Path
        A checkpoint in any wrapping that is published, or an ONNX file (``.onnx``) of
        :func:`hrm_core.models.onnx_export.export_onnx`.
    beside : pathlib.Path, optional
        A file with EmoFAN's landmark network, for a checkpoint that is without it.
    others : collection of ModelCard
        All cards: a file of another one is told by its name, and so are cards that shapes
        cannot tell from this one.
    progress : Progress, optional
        Told of bytes.
    cancel : CancelToken, optional
        Asked between chunks.

    Raises
    ------
    NotFoundError, InvalidFileError, MissingLibraryError
        As :func:`require_checkable`; and if a file is damaged, of another network, for
        other actions, or leaves parameters without values.
    Cancelled
        If stopped.
    """
    require_checkable(card, file, beside)
    names = FileNames(card.name)
    sha256 = _sha256(file, progress, cancel)
    if _is_onnx(file):
        half, made_from = _check_onnx(card, file)
        line = f"{file.name} is an ONNX file, exported from the checkpoint {made_from[:12]} (SHA-256)."
        kept = CheckedFile(file, names.onnx_fp16 if half else names.onnx, sha256)
        return CheckedWeights((kept,), (line,), made_from)
    files = [CheckedFile(file, names.checkpoint, sha256)]
    if beside is not None:
        sha256 = _sha256(beside, progress, cancel)
        files.append(CheckedFile(beside, names.landmarks, sha256))
    try:
        _, reports = load_files(card, file, beside, progress=progress, cancel=cancel)
    except UnsuitableFileError as error:
        raise InvalidFileError(f"{error.what}: {_advice(card, error.facts, others)}.") from error
    # What the first of two files lacks is in the second.
    told = [*(replace(report, missing=()) for report in reports[:-1]), reports[-1]]
    said = tuple(line for report in told for line in report.sentences())
    return CheckedWeights(tuple(files), (*said, *_alike(card, others)), "")


def _sha256(file: Path, progress: Progress | None, cancel: CancelToken | None) -> str:
    try:
        return sha256_of(file, progress=progress, cancel=cancel)
    except UserError:
        raise
    except OSError as error:
        raise InvalidFileError(
            f"{file} cannot be read ({error.strerror or error}): allow reading it, or copy it again."
        ) from error


def _advice(card: ModelCard, found: CheckpointFacts, others: Collection[ModelCard]) -> str:
    """Under which card a file that does not suit this one could be added."""
    wanted = _facts(card)
    count = f" for {len(wanted.actions)} actions" if wanted.actions else ""
    choose = f"choose a file of {card.name}{count}"
    names = [
        each.name
        for each in others
        if each.network is not None
        and (
            each.network.architecture in found.backbone_of
            and is_untrained(each.network.architecture, found.num_actions)
            if each.network.role == "backbone"
            else each.network.architecture in found.networks
            and len(each.network.actions) == found.num_actions
        )
        and each.name != card.name
    ]
    return f"add it as {' or '.join(names)}, or {choose}" if names else choose


def _alike(card: ModelCard, others: Collection[ModelCard]) -> tuple[str, ...]:
    """That files of another card look the same, if they do."""
    facts = _facts(card)
    if facts.role == "backbone":
        return ()
    networks = networks_like(facts.architecture, len(facts.actions))
    names = [
        each.name
        for each in others
        if each.network is not None
        and each.name != card.name
        and each.network.architecture in networks
        and (each.network.role, each.network.actions) == (facts.role, facts.actions)
    ]
    if not names:
        return ()
    return (
        f"A file of {' or '.join(names)} would load just the same: look once more where this one comes "
        f"from, for its results will be said to be those of {card.name}.",
    )


def _check_onnx(card: ModelCard, file: Path) -> tuple[bool, str]:
    """Whether a file is in half precision, and which checkpoint it was made from."""
    from hrm_core.models.onnx_file import onnx_facts

    facts, found = _facts(card), onnx_facts(file)
    noted = found.metadata
    made_from = noted.get("hrm_weights_sha256", "")
    if not noted.get("hrm_architecture") or "hrm_actions" not in noted or not is_sha256(made_from):
        raise InvalidFileError(
            f"{file} does not say which actions it tells, so its numbers would mean nothing: export the "
            "checkpoint with hrm models export, or add the checkpoint itself."
        )
    actions = tuple(key for key in noted["hrm_actions"].split(",") if key)
    if (noted["hrm_architecture"], actions) != (facts.architecture, facts.actions):
        raise InvalidFileError(
            f"{file} is {noted['hrm_architecture']} for {counted(len(actions), 'action')}, and the card "
            f"{card.name} is of {facts.architecture} for {len(facts.actions)} in an order of its own: choose "
            "another file or card."
        )
    if noted.get("hrm_card", card.name) != card.name:
        raise InvalidFileError(
            f"{file} was exported from {noted['hrm_card']}: add it there, with hrm models add "
            f"{noted['hrm_card']} --weights FILE."
        )
    _require_shapes(facts, file, found.input_shape, found.output_shape)
    return "float16" in noted.get("hrm_precision", ""), made_from


def _require_shapes(
    facts: NetworkFacts, file: Path, given: tuple[int | None, ...], told: tuple[int | None, ...]
) -> None:
    """The input of the card, and one output for each action or score, for batches of any size."""
    sequences = network(facts.architecture).takes == "sequences"
    size, count = facts.input.size, len(facts.actions)
    wanted = (size, count) if sequences else (3, size, size)
    outputs = (1,) if sequences else (count,)
    if given != (None, *wanted) or told != (None, *outputs):
        raise InvalidFileError(
            f"{file} takes {_shape(given)} and gives {_shape(told)}, and its card says "
            f"{_shape((None, *wanted))} and {_shape((None, *outputs))}: make it anew with hrm models export."
        )


def _shape(lengths: tuple[int | None, ...]) -> str:
    return " × ".join("any" if length is None else str(length) for length in lengths)


def _is_onnx(file: Path) -> bool:
    return file.suffix.lower() == _ONNX


def _facts(card: ModelCard) -> NetworkFacts:
    if card.network is None:
        raise ValueError(f"{card.name} has no network")
    return card.network
