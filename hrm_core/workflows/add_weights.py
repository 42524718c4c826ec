"""Keep the weights of a network from a person's own file, if they are what its card says."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hrm_core.errors import ProjectError
from hrm_core.models.weights import WeightRecord
from hrm_core.progress import CancelToken, Progress
from hrm_core.workflows.accept_licence import Agree, accepted
from hrm_core.workflows.look_at_models import ModelView, look_at_model, model_card, model_cards, weight_store

__all__ = ["WeightsAdded", "add_weights"]


@dataclass(frozen=True, slots=True)
class WeightsAdded:
    """What adding weights did.

    Attributes
    ----------
    model : ModelView
        The network as it is now.
    said : tuple of str
        What was found in the file: loaded, resized, left out; a sentence each.
    sha256 : str
        SHA-256 of the file that was named.
    population : str
        Who is on the pictures the network learned from.
    limits : tuple of str
        For whom and what it may not be used without checking.
    citation : str
        What whoever uses it cites; empty if its authors ask for nothing.
    """

    model: ModelView
    said: tuple[str, ...]
    sha256: str
    population: str
    limits: tuple[str, ...]
    citation: str


def add_weights(
    name: str,
    file: Path,
    agree: Agree,
    *,
    beside: Path | None = None,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> WeightsAdded:
    """Keep the weights of a network, byte for byte, once they were loaded into it.

    What was kept of it before is replaced; an ONNX file that was exported from the
    registered checkpoint is kept beside it.

    Parameters
    ----------
    name : str
        A card with a network.
    file : pathlib.Path
        A checkpoint in any wrapping that is published, or an ONNX file that
        ``hrm models export`` made.
    agree : callable
        Shows the licence; asked before the file is read.
    beside : pathlib.Path, optional
        The file of EmoFAN's landmark network, for a checkpoint of its predictor alone.
    progress : Progress, optional
        Told of bytes.
    cancel : CancelToken, optional
        Asked between chunks.

    Raises
    ------
    NotFoundError
        If there is no such card or file.
    ProjectError
        If the card is of a model that finds faces, or of a network that was trained on this computer.
    InvalidFileError
        If the file is damaged, of another network or for other actions, or leaves
        parameters without values; nothing is kept.
    MissingLibraryError
        If what reads the file is not installed.
    WeightsError
        If the licence is not accepted, or the disk refuses.
    Cancelled
        If stopped; nothing is kept.
    """
    from hrm_core.models.check_weights import check_weights, require_checkable
    from hrm_core.models.registered import keep_checked

    card = model_card(name)
    if card.network is None:
        raise ProjectError(
            f"{name} finds faces, and its files are known beforehand: add it with hrm models add {name} FILE."
        )
    if card.lineage is not None:
        raise ProjectError(
            f"{name} was trained on this computer and is kept with its own weights: train the next version "
            f"with hrm train au --from-project --warm-start {name}."
        )
    require_checkable(card, file, beside)
    accepted_at = accepted(card, agree)
    others = [each for each in model_cards().values() if each.lineage is None]
    checked = check_weights(card, file, beside, others=others, progress=progress, cancel=cancel)
    record = WeightRecord(
        name=card.name,
        kind=card.kind,
        what=card.what,
        licence=card.licence.name,
        licence_url=card.licence.url,
        accepted_at=accepted_at,
        source=file.name,
        own=False,
        pack=False,
        files=(),
    )
    keep_checked(weight_store(), record, checked.files, checked.made_from, progress=progress, cancel=cancel)
    return WeightsAdded(
        model=look_at_model(name, hashes=False),
        said=checked.said,
        sha256=checked.files[0].sha256,
        population=card.network.population,
        limits=card.network.limits,
        citation=card.citation,
    )
