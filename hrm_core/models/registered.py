"""The files of a network whose weights a person added, and making the network from them."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hrm_core.errors import InvalidFileError, NotFoundError, UserError
from hrm_core.models.card import ModelCard, NetworkFacts, WeightFile
from hrm_core.models.checkpoint import LoadReport, load_checkpoint, load_network, unfilled
from hrm_core.models.libraries import require_torch
from hrm_core.models.source_files import take_file
from hrm_core.models.weights import WeightRecord, WeightStore, flaw_of, sha256_of, write_record
from hrm_core.models.zoo import create_model
from hrm_core.progress import CancelToken, Progress
from hrm_core.records.words import counted

if TYPE_CHECKING:
    from torch import nn

__all__ = [
    "LANDMARKS",
    "CheckedFile",
    "FileNames",
    "RegisteredWeights",
    "is_untrained",
    "keep_also",
    "keep_checked",
    "load_files",
    "load_registered",
    "registered_weights",
]

LANDMARKS = "feature.fan."
"""EmoFAN's landmark network, which its authors publish in a file of its own."""

_IMAGENET = ("resnet50", 1000)
# Made for one size of picture, which no file says in so many words.
_SIZED = ("mae_face", "fmae", "fmae_iat")
_CARD = "card.toml"


@dataclass(frozen=True, slots=True)
class FileNames:
    """What the files of a network are called in its folder.

    Attributes
    ----------
    card : str
        Name of the card.
    """

    card: str

    @property
    def checkpoint(self) -> str:
        """The person's own checkpoint, byte for byte."""
        return f"{self.card}.pth"

    @property
    def landmarks(self) -> str:
        """The file that holds EmoFAN's landmark network, where the checkpoint does not."""
        return f"{self.card}-fan.pth"

    @property
    def onnx(self) -> str:
        """The ONNX file."""
        return f"{self.card}.onnx"

    @property
    def onnx_fp16(self) -> str:
        """The ONNX file in half precision."""
        return f"{self.card}-fp16.onnx"

    @property
    def all(self) -> tuple[str, ...]:
        """All of them, and the card of a network that was trained on this computer."""
        return (self.checkpoint, self.landmarks, self.onnx, self.onnx_fp16, _CARD)


@dataclass(frozen=True, slots=True)
class RegisteredWeights:
    """What is kept of a network.

    Attributes
    ----------
    card : ModelCard
        Its card; it has a network.
    checkpoint, onnx, onnx_fp16 : pathlib.Path or None
        The checkpoint as it was added, the ONNX file, and the one in half precision;
        None where there is none.
    checkpoint_sha256, onnx_sha256, onnx_fp16_sha256 : str
        What their SHA-256 was when they were kept; empty where there is none.
    landmarks : pathlib.Path or None
        EmoFAN's landmark network, where it was added beside the checkpoint.
    landmarks_sha256 : str
        Its SHA-256.
    """

    card: ModelCard
    checkpoint: Path | None
    checkpoint_sha256: str
    onnx: Path | None
    onnx_sha256: str
    onnx_fp16: Path | None
    onnx_fp16_sha256: str
    landmarks: Path | None = None
    landmarks_sha256: str = ""

    @property
    def trained_sha256(self) -> str:
        """SHA-256 of all that was added, joined by ``+`` where a network comes in two files."""
        return "+".join(filter(None, (self.checkpoint_sha256, self.landmarks_sha256)))


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A file that was found to be right and may be kept.

    Attributes
    ----------
    source : pathlib.Path
        Where it is.
    name : str
        What it is called from now on.
    sha256 : str
        What it was when it was checked.
    """

    source: Path
    name: str
    sha256: str


def registered_weights(store: WeightStore, card: ModelCard) -> RegisteredWeights:
    """What is kept of a network, or lies beside its card; sizes are checked, contents are not.

    Parameters
    ----------
    store : WeightStore
        Where weights are kept.
    card : ModelCard
        A card with a network.

    Returns
    -------
    RegisteredWeights
        Without any file if nobody added one.

    Raises
    ------
    InvalidFileError
        If the record or a file is damaged.
    ValueError
        If the card has no network.
    """
    _facts(card)
    try:
        record = store.record(card.name)
        flaw = "" if record is None else store.flaw(record)
    except InvalidFileError as error:
        raise _damaged(card, str(error)) from error
    if record is None and card.shipped:
        return _shipped_weights(card)
    if flaw:
        raise _damaged(card, flaw)
    files = () if record is None else record.files
    return _of_files(card, store.folder(card.name), files, FileNames(card.name).all)


def _shipped_weights(card: ModelCard) -> RegisteredWeights:
    """What lies beside a card."""
    assert card.folder is not None
    if flaw := flaw_of(card.folder, card.shipped):
        raise _damaged(card, flaw)
    return _of_files(card, card.folder, card.shipped, ("checkpoint.pth", "", "weights.onnx", ""))


def _of_files(
    card: ModelCard, folder: Path, files: Sequence[WeightFile], names: Sequence[str]
) -> RegisteredWeights:
    """Files by what they are called, in the order of :attr:`FileNames.all`."""
    by_name = {file.name: file for file in files}
    found: dict[str, Any] = {}
    for part, name in zip(("checkpoint", "landmarks", "onnx", "onnx_fp16"), names[:4], strict=True):
        file = by_name.get(name)
        found[part] = None if file is None else folder / file.name
        found[f"{part}_sha256"] = "" if file is None else file.sha256
    return RegisteredWeights(card, **found)


def load_registered(
    weights: RegisteredWeights, *, progress: Progress | None = None, cancel: CancelToken | None = None
) -> nn.Module:
    """The network of a registered checkpoint, in evaluation mode.

    Its files are read whole and compared with what they were when they were kept.

    Parameters
    ----------
    weights : RegisteredWeights
        What is kept.  Of a backbone the head is random: it is for training to learn.
    progress : Progress, optional
        Told of bytes.
    cancel : CancelToken, optional
        Asked between chunks.

    Raises
    ------
    MissingLibraryError
        If PyTorch is not installed.
    NotFoundError
        If no checkpoint is registered.
    InvalidFileError
        If it has changed since, or does not fill the network any more.
    Cancelled
        If stopped.
    """
    require_torch()
    name, checkpoint = weights.card.name, weights.checkpoint
    if checkpoint is None:
        having = "only an ONNX file of it is" if weights.onnx or weights.onnx_fp16 else "none is"
        raise NotFoundError(
            f"This needs a checkpoint of {name} and {having} on this computer: add it with hrm models add "
            f"{name} --weights FILE."
        )
    for path, sha256 in (
        (checkpoint, weights.checkpoint_sha256),
        (weights.landmarks, weights.landmarks_sha256),
    ):
        if path is not None and _sha256(weights.card, path, progress, cancel) != sha256:
            raise _damaged(weights.card, f"the content of {path.name} has changed")
    model, _ = load_files(weights.card, checkpoint, weights.landmarks, progress=progress, cancel=cancel)
    return model.eval()


def load_files(
    card: ModelCard,
    checkpoint: Path,
    landmarks: Path | None = None,
    *,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> tuple[nn.Module, tuple[LoadReport, ...]]:
    """Make a card's network from its files; all that its output depends on comes from them.

    Parameters
    ----------
    card : ModelCard
        Its card.  Of a backbone the head may be missing: it is random then.
    checkpoint : pathlib.Path
        The checkpoint.
    landmarks : pathlib.Path, optional
        EmoFAN's landmark network, if the checkpoint is without it.
    progress : Progress, optional
        Told of bytes and parameters.
    cancel : CancelToken, optional
        Asked between them.

    Returns
    -------
    torch.nn.Module
        The network, in training mode.
    tuple of LoadReport
        Of each file.

    Raises
    ------
    MissingLibraryError
        If PyTorch is not installed.
    NotFoundError, InvalidFileError
        If a file is not there, is damaged, is of another network or leaves parameters
        without values.
    Cancelled
        If stopped.
    """
    require_torch()
    facts = _facts(card)
    if facts.role == "backbone":
        model = create_model(facts.architecture)
        report = load_checkpoint(model, checkpoint, new_head=True, progress=progress, cancel=cancel)
    else:
        sized = {"input_size": facts.input.size} if facts.architecture in _SIZED else {}
        model, report = load_network(
            facts.architecture, checkpoint, len(facts.actions), progress=progress, cancel=cancel, **sized
        )
        # Networks of convolutions take any size, and an ONNX file is made for the one of the card.
        model.input_size = facts.input.size  # type: ignore[assignment]
    reports = [report]
    missing = any(key.startswith(LANDMARKS) for key in unfilled(model))
    _require_landmarks(card, checkpoint, landmarks, missing=missing)
    if landmarks is not None:
        reports.append(load_checkpoint(model, landmarks, progress=progress, cancel=cancel))
    left = unfilled(model)
    head = report.head_in_file
    if facts.role == "backbone" and not is_untrained(facts.architecture, head):
        # Its population and licence would be those of another model's card.
        raise InvalidFileError(
            f"{checkpoint} was trained on {counted(head or 0, 'action')} already, and {card.name} is what "
            "such training begins from: add it under the name of its detector, or choose another file."
        )
    if left and facts.role != "backbone":
        raise InvalidFileError(
            f"{landmarks or checkpoint} leaves {left[0]} of {card.name} without values: choose the whole "
            "checkpoint."
        )
    return model, tuple(reports)


def is_untrained(architecture: str, head: int | None) -> bool:
    """Whether a file with such a head (None: without one) was not trained on actions yet."""
    return head is None or (architecture, head) == _IMAGENET


def _sha256(card: ModelCard, path: Path, progress: Progress | None, cancel: CancelToken | None) -> str:
    try:
        return sha256_of(path, progress=progress, cancel=cancel)
    except UserError:
        raise
    except OSError as error:
        raise _damaged(card, f"{path.name} cannot be read: {error.strerror or error}") from error


def _require_landmarks(card: ModelCard, checkpoint: Path, landmarks: Path | None, *, missing: bool) -> None:
    """EmoFAN's landmark network comes once: with the checkpoint, or beside it."""
    if landmarks is not None and not missing:
        raise InvalidFileError(
            f"{checkpoint} brings all that {card.name} needs, its landmark network included: add it without "
            f"{landmarks.name}."
        )
    if missing and _facts(card).role == "backbone":
        raise InvalidFileError(
            f"{checkpoint} holds no landmark network, which {card.name} is: choose the file of that."
        )
    if missing and landmarks is None:
        raise InvalidFileError(
            f"{checkpoint} holds EmoFAN's predictor without its landmark network: add both with hrm models "
            f"add {card.name} --weights {checkpoint.name} --with FAN.pth (2dfan2.pth of its authors)."
        )


def keep_also(
    store: WeightStore,
    name: str,
    file: Path,
    as_name: str,
    *,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> WeightFile:
    """Keep another file of a model that is registered; one of the same name is replaced.

    Parameters
    ----------
    store : WeightStore
        Where weights are kept.
    name : str
        The model.
    file : pathlib.Path
        The file; it is copied.
    as_name : str
        What it is called there.
    progress : Progress, optional
        Told of bytes.
    cancel : CancelToken, optional
        Asked between chunks.

    Raises
    ------
    NotFoundError
        If the model is not registered, or there is no such file.
    InvalidFileError
        If what is registered is damaged.
    WeightsError
        If the disk refuses.
    Cancelled
        If stopped; in all these cases what was there stays as it was.
    """
    with store.incoming(name) as folder:
        record = store.record(name)
        if record is None:
            raise NotFoundError(f"{name} is not on this computer: add it with hrm models add {name} FILE.")
        if flaw := store.flaw(record):
            raise InvalidFileError(
                f"{name} is damaged ({flaw}): add it again with hrm models add {name} FILE."
            )
        stay = [each for each in record.files if each.name != as_name]
        _take_over(store.folder(name), stay, folder)
        kept = take_file(file, folder, as_name, progress=progress, cancel=cancel)
        write_record(folder, replace(record, files=(*stay, kept)))
    return kept


def keep_checked(
    store: WeightStore,
    record: WeightRecord,
    files: Sequence[CheckedFile],
    made_from: str = "",
    *,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> tuple[WeightFile, ...]:
    """Keep files of a network in place of what was there.

    Parameters
    ----------
    store : WeightStore
        Where weights are kept.
    record : WeightRecord
        What is noted; its files are filled in.
    files : sequence of CheckedFile
        The files.
    made_from : str
        SHA-256 of the checkpoint that they were made from: where that one is registered,
        it stays, and what was made from it before.
    progress : Progress, optional
        Told of bytes.
    cancel : CancelToken, optional
        Asked between chunks.

    Returns
    -------
    tuple of WeightFile
        All that is kept of the network now.

    Raises
    ------
    InvalidFileError
        If a file is not what was checked; what was there stays.
    WeightsError
        If the disk refuses.
    Cancelled
        If stopped.
    """
    with store.incoming(record.name) as folder:
        stay: list[WeightFile] = []
        there = _sound(store, record.name) if made_from else ()
        if any(each.sha256 == made_from for each in there):
            stay = [each for each in there if each.name not in {file.name for file in files}]
        _take_over(store.folder(record.name), stay, folder)
        taken = []
        for checked in files:
            file = take_file(checked.source, folder, checked.name, progress=progress, cancel=cancel)
            if file.sha256 != checked.sha256:
                raise InvalidFileError(
                    f"{checked.source} was changed while it was checked: run it again when it is whole."
                )
            taken.append(file)
        kept = (*stay, *taken)
        write_record(folder, replace(record, files=kept))
    return kept


def _take_over(place: Path, files: Sequence[WeightFile], folder: Path) -> None:
    """Files of a model's folder that stay when it is made anew."""
    for each in files:
        _also(place / each.name, folder / each.name)


def _also(path: Path, target: Path) -> None:
    """The same file in a second folder, without its bytes where the disk can do that."""
    try:
        target.hardlink_to(path)
    except OSError:
        shutil.copyfile(path, target)


def _sound(store: WeightStore, name: str) -> tuple[WeightFile, ...]:
    """Files of a model; none if it is damaged, for nothing of that is worth keeping."""
    try:
        record = store.record(name)
    except InvalidFileError:
        return ()
    return () if record is None or store.flaw(record) else record.files


def _facts(card: ModelCard) -> NetworkFacts:
    if card.network is None:
        raise ValueError(f"{card.name} has no network")
    return card.network


def _damaged(card: ModelCard, why: str) -> InvalidFileError:
    if card.lineage is not None:
        return InvalidFileError(
            f"The {card.kind} {card.name} is damaged ({why}): remove it with hrm models remove {card.name} "
            f"and make it anew in {card.lineage.study} with hrm train au --resume {card.lineage.run}."
        )
    if card.shipped:
        return InvalidFileError(
            f"The {card.kind} {card.name} is damaged ({why}): install the program anew, which brings it."
        )
    return InvalidFileError(
        f"The {card.kind} {card.name} is damaged ({why}): add its file again with hrm models add {card.name} "
        "--weights FILE."
    )
