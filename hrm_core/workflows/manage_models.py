"""The models on this computer: what there is, fetching, adding, checking and removing weights."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hrm_core.errors import InvalidFileError, NotFoundError, ProjectError
from hrm_core.models.card import ModelCard, is_model_name
from hrm_core.models.source_files import take_all, take_listed
from hrm_core.models.weights import WeightRecord, WeightState, megabytes, write_record
from hrm_core.progress import CancelToken, Progress
from hrm_core.workflows.accept_licence import Agree, LicenceOffer, accepted, now
from hrm_core.workflows.look_at_models import (
    OWN_KIND,
    ModelView,
    list_models,
    look_at_model,
    model_card,
    model_cards,
    unknown_model,
    weight_store,
)

__all__ = [
    "Agree",
    "LicenceOffer",
    "ModelAdded",
    "ModelView",
    "add_model",
    "add_own_model",
    "fetch_model",
    "list_models",
    "remove_model",
    "verify_models",
    "weights_path",
]


@dataclass(frozen=True, slots=True)
class ModelAdded:
    """What fetching or adding did.

    Attributes
    ----------
    model : ModelView
        The model as it is now.
    changed : bool
        False if it was there already, so that nothing was done.
    left_out : tuple of str
        Files of a pack of one's own that are not kept, because they recognise people or
        guess age and sex.
    """

    model: ModelView
    changed: bool
    left_out: tuple[str, ...] = ()


def weights_path(name: str) -> Path:
    """The weights of a model, for whoever runs it.

    Parameters
    ----------
    name : str
        The model: ``"yunet"``, ``"buffalo_l"``, or a name of the user's own.

    Returns
    -------
    pathlib.Path
        Its ONNX file; for a pack the folder of its ONNX files.

    Raises
    ------
    NotFoundError
        If it is not on this computer; the message says how to get it.
    InvalidFileError
        If it is damaged.
    """
    # Read whole: a changed byte can crash the libraries that run the net, past any message.
    view = look_at_model(name, hashes=True)
    return _require_there(view, model_cards().get(name))


def verify_models(
    name: str | None = None, *, progress: Progress | None = None, cancel: CancelToken | None = None
) -> list[ModelView]:
    """Read all weights and compare them with what they were when they were put there.

    Parameters
    ----------
    name : str, optional
        Only this model.
    progress : Progress, optional
        Told of bytes.
    cancel : CancelToken, optional
        Asked between chunks.

    Returns
    -------
    list of ModelView
        Those that are there or damaged.

    Raises
    ------
    NotFoundError
        If the model is unknown or not there.
    Cancelled
        If stopped.
    """
    if name is None:
        names = [view.name for view in list_models() if view.state != WeightState.MISSING]
        return [look_at_model(each, hashes=True, progress=progress, cancel=cancel) for each in names]
    view = look_at_model(name, hashes=True, progress=progress, cancel=cancel)
    if view.state == WeightState.MISSING:
        _require_there(view, model_cards().get(name))
    return [view]


def fetch_model(
    name: str,
    agree: Agree,
    *,
    url: str | None = None,
    proxy: str | None = None,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> ModelAdded:
    """Fetch the weights of a model once its licence is accepted.

    Parameters
    ----------
    name : str
        A model with a card.
    agree : callable
        Shows the licence; asked before anything is asked of the network.
    url : str, optional
        A mirror of the file that the card names.
    proxy : str, optional
        Address of a proxy, in place of the system's.
    progress : Progress, optional
        Told of bytes.
    cancel : CancelToken, optional
        Asked between chunks.

    Returns
    -------
    ModelAdded
        The model; not changed if it was there and sound.

    Raises
    ------
    NotFoundError
        If there is no such card.
    ProjectError
        If it names no address.
    WeightsError
        If the licence is not accepted, or the file cannot be fetched or kept.
    InvalidFileError
        If another file came.
    Cancelled
        If stopped; what came is kept for the next time.
    """
    from hrm_core.models.fetch import fetch_file, host_of, require_safe

    card, store = model_card(name), weight_store()
    if card.shipped or card.lineage is not None:
        raise ProjectError(f"{name} is on this computer and nowhere else: there is nothing to fetch.")
    if card.download is None:
        raise ProjectError(
            f"The card of {name} names no address to fetch it from: take the file from {card.source} and add "
            f"it with hrm models add {name} --weights FILE."
        )
    if url is not None:
        require_safe(url)
    there = look_at_model(name, hashes=True, progress=progress, cancel=cancel)
    if there.state == WeightState.THERE:
        return ModelAdded(there, changed=False)
    accepted_at = accepted(card, agree)
    part = fetch_file(
        card.download,
        store.downloads,
        by_hand=f"hrm models add {name} FILE",
        url=url,
        proxy=proxy,
        progress=progress,
        cancel=cancel,
    )
    with store.incoming(name) as folder:
        take_listed(part, card.files, folder, progress=progress, cancel=cancel)
        write_record(folder, _record(card, accepted_at, host_of(url or card.download.url)))
    part.unlink(missing_ok=True)
    return ModelAdded(look_at_model(name, hashes=False), changed=True)


def add_model(
    name: str,
    source: Path,
    agree: Agree,
    *,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> ModelAdded:
    """Keep a model that finds faces from files that a person has and its card knows.

    Parameters
    ----------
    name : str
        A model whose card names its files; for networks there is
        :func:`hrm_core.workflows.add_weights.add_weights`.
    source : pathlib.Path
        The ONNX file, or the zip archive or folder of a pack.
    agree : callable
        Shows the licence.
    progress : Progress, optional
        Told of bytes.
    cancel : CancelToken, optional
        Asked between chunks.

    Raises
    ------
    NotFoundError
        If there is no such card or source.
    ProjectError
        If it is a network.
    InvalidFileError
        If the files are not those of the card; nothing is kept.
    WeightsError
        If the licence is not accepted, or the disk refuses.
    Cancelled
        If stopped; nothing is kept.
    """
    card, store = model_card(name), weight_store()
    if card.download is None:
        raise ProjectError(f"{name} is a network: add its file with hrm models add {name} --weights FILE.")
    if not source.exists():
        raise NotFoundError(f"There is no file or folder {source}: check its path.")
    accepted_at = accepted(card, agree)
    with store.incoming(name) as folder:
        take_listed(source, card.files, folder, progress=progress, cancel=cancel)
        write_record(folder, _record(card, accepted_at, source.name))
    return ModelAdded(look_at_model(name, hashes=False), changed=True)


def add_own_model(
    name: str,
    source: Path,
    licence: str,
    *,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> ModelAdded:
    """Keep an ONNX file or pack that has no card, under a name of one's own.

    Parameters
    ----------
    name : str
        Small letters, digits, ``-`` and ``_``; not the name of a card.
    source : pathlib.Path
        An ONNX file, or a folder of them.
    licence : str
        On which terms it may be used, in the words of whoever adds it.
    progress : Progress, optional
        Told of bytes.
    cancel : CancelToken, optional
        Asked between chunks.

    Raises
    ------
    ProjectError
        If the name cannot be used or is taken, or no licence is named.
    NotFoundError
        If there is no such source.
    InvalidFileError
        If it holds no ONNX file that can be kept.
    WeightsError
        If the disk refuses.
    Cancelled
        If stopped; nothing is kept.
    """
    store, licence = weight_store(), " ".join(licence.split())
    if not is_model_name(name):
        raise ProjectError(f"A model cannot be called {name!r}: use small letters, digits, - and _.")
    if name in model_cards() or store.folder(name).exists():
        raise ProjectError(f"There is a model {name} already: choose another name, or remove that one first.")
    if not licence:
        raise ProjectError(f"Say on which terms {name} may be used, with --licence “…”.")
    with store.incoming(name) as folder:
        files, left_out = take_all(source, folder, progress=progress, cancel=cancel)
        record = WeightRecord(
            name=name,
            kind=OWN_KIND,
            what=f"added from {source.name}",
            licence=licence,
            licence_url="",
            accepted_at=now(),
            source=source.name,
            own=True,
            pack=source.is_dir(),
            files=files,
        )
        write_record(folder, record)
    return ModelAdded(look_at_model(name, hashes=False), changed=True, left_out=tuple(left_out))


def remove_model(name: str) -> int:
    """Delete the weights of a model, and what is left of fetching it.

    Parameters
    ----------
    name : str
        The model.

    Returns
    -------
    int
        How many bytes are free again; 0 if it was not there.

    Raises
    ------
    NotFoundError
        If the name is unknown.
    ProjectError
        If its weights are part of the program.
    WeightsError
        If it cannot be deleted.
    """
    store, card = weight_store(), model_cards().get(name)
    if card is None and not (is_model_name(name) and store.folder(name).is_dir()):
        raise unknown_model(name)
    if card is not None and card.shipped and not store.folder(name).is_dir():
        raise ProjectError(f"{name} is part of the program and goes with it: it cannot be removed alone.")
    freed = store.remove(name)
    if card is not None and card.download is not None:
        for part in store.downloads.glob(f"{card.download.sha256[:16]}-*"):
            freed += part.stat().st_size
            part.unlink(missing_ok=True)
    return freed


def _require_there(view: ModelView, card: ModelCard | None) -> Path:
    """Where a model is, or what to do about it."""
    if view.path is not None:
        return view.path
    if card is None:
        raise InvalidFileError(
            f"The {view.kind} {view.name} is damaged ({view.problem}): remove it with hrm models remove "
            f"{view.name} and add it again."
        )
    if card.lineage is not None:
        raise InvalidFileError(
            f"The {view.kind} {view.name} is damaged ({view.problem}): remove it with hrm models remove "
            f"{view.name} and make it anew in {card.lineage.study} with hrm train au --resume "
            f"{card.lineage.run}."
        )
    if view.shipped:
        raise InvalidFileError(
            f"The {view.kind} {view.name} is damaged ({view.problem}): install the program anew, which "
            "brings it."
        )
    again = "again " if view.problem else ""
    fetched = (
        f"fetch it {again}with hrm models fetch {view.name} ({megabytes(view.download_bytes)}, "
        f"{view.licence}, from {card.source.removeprefix('https://')}), or add "
        f"{'the pack' if card.pack else 'a file'} you have with hrm models add {view.name} FILE."
    )
    added = (
        f"take its file {again}from {card.source} and add it with hrm models add {view.name} --weights FILE."
    )
    advice = fetched if card.network is None else added
    if view.problem:
        raise InvalidFileError(f"The {view.kind} {view.name} is damaged ({view.problem}): {advice}")
    raise NotFoundError(f"The {view.kind} {view.name} is not on this computer: {advice}")


def _record(card: ModelCard, accepted_at: str, source: str) -> WeightRecord:
    return WeightRecord(
        name=card.name,
        kind=card.kind,
        what=card.what,
        licence=card.licence.name,
        licence_url=card.licence.url,
        accepted_at=accepted_at,
        source=source,
        own=False,
        pack=card.pack,
        files=card.files,
    )
