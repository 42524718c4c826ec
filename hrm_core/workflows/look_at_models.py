"""What models there are, and whether their weights are on this computer."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from hrm_core.errors import InvalidFileError, NotFoundError
from hrm_core.models.card import ModelCard, is_model_name
from hrm_core.models.weights import WeightRecord, WeightState, WeightStore, flaw_of, total_bytes
from hrm_core.paths import model_cards_dir, user_cache_dir
from hrm_core.progress import CancelToken, Progress

__all__ = [
    "FACES",
    "OWN_KIND",
    "ModelView",
    "list_models",
    "look_at_model",
    "model_card",
    "model_cards",
    "unknown_model",
    "weight_store",
]

OWN_KIND = "face model of your own"
FACES = "faces"


@dataclass(frozen=True, slots=True)
class ModelView:
    """A model as a list shows it.

    Attributes
    ----------
    name, kind, what : str
        The model.
    licence : str
        Name of its licence.
    commercial_use : bool or None
        Whether that allows commercial use; None if nobody said so.
    source : str
        Where it comes from.
    state : {"there", "missing", "damaged"}
        Whether it can be used.
    problem : str
        What is wrong with it; empty if nothing is.
    size_bytes : int
        What is kept of it.
    download_bytes : int
        How much is fetched for that; 0 for what nobody can fetch.
    own : bool
        Whether it was added without a card.
    accepted_at : str
        When its licence was accepted, UTC; empty if it was not.
    path : pathlib.Path or None
        Its file (of a network the first) or folder; None if it is not there.
    role : {"detector", "regressor", "backbone", "faces"}
        What it is for: probabilities of actions, scores of sequences, training, or
        finding faces.
    files : tuple of str
        Names of the files that are kept; empty if it is not there.
    trained : bool
        Whether it was trained on this computer.
    shipped : bool
        Whether its weights are part of the program.
    synthetic : bool
        Whether it learned from drawn faces.
    """

    name: str
    kind: str
    what: str
    licence: str
    commercial_use: bool | None
    source: str
    state: str
    problem: str
    size_bytes: int
    download_bytes: int
    own: bool
    accepted_at: str
    path: Path | None
    role: str
    files: tuple[str, ...]
    trained: bool = False
    shipped: bool = False
    synthetic: bool = False

    @property
    def folder(self) -> Path | None:
        """The folder that its files are in; None if it is not there."""
        return self.path if self.path is None or self.path.is_dir() else self.path.parent


def list_models() -> list[ModelView]:
    """All models with a card, then those without one; sizes are checked, contents are not.

    Raises
    ------
    InvalidFileError
        If a card is damaged.
    """
    cards, store = model_cards(), weight_store()
    names = [*sorted(cards), *(name for name in store.names() if name not in cards)]
    # Read once: to read all cards for each of them takes seconds.
    return [_look(name, cards, store, hashes=False) for name in names]


def weight_store() -> WeightStore:
    """The weights of whoever uses this computer."""
    return WeightStore(user_cache_dir() / "weights")


def model_cards() -> dict[str, ModelCard]:
    """All cards by name: those of the program, and of networks that were trained on this computer.

    A damaged card of the latter is left out, so that one of them stops no other;
    :func:`look_at_model` says what is wrong with it.

    Raises
    ------
    InvalidFileError
        If a card of the program is damaged.
    """
    from hrm_core.models.card_file import read_cards

    return _own_cards(weight_store()) | read_cards(model_cards_dir())


def _own_cards(store: WeightStore) -> dict[str, ModelCard]:
    from hrm_core.models.card_file import CARD_FILE, read_card

    found = {}
    for name in store.names():
        path = store.folder(name) / CARD_FILE
        if path.is_file():
            with suppress(InvalidFileError):
                found[name] = read_card(path)
    return found


def _flaw_of_card(name: str, store: WeightStore) -> str:
    """What is wrong with the card of a network that was trained on this computer."""
    from hrm_core.models.card_file import CARD_FILE, read_card

    try:
        read_card(store.folder(name) / CARD_FILE)
    except InvalidFileError as error:
        return str(error)
    return ""


def model_card(name: str) -> ModelCard:
    """The card of a model.

    Raises
    ------
    NotFoundError
        If there is none of this name.
    """
    card = model_cards().get(name)
    if card is None:
        raise unknown_model(name)
    return card


def unknown_model(name: str) -> NotFoundError:
    """What is said of a name that nobody gave to a model."""
    known = ", ".join(view.name for view in list_models())
    return NotFoundError(
        f"There is no model {name!r}: there are {known}; one without a card is added with "
        "hrm models add NAME FOLDER --as-own --licence “…”."
    )


def look_at_model(
    name: str, *, hashes: bool, progress: Progress | None = None, cancel: CancelToken | None = None
) -> ModelView:
    """A model as it is on this disk.

    Parameters
    ----------
    name : str
        Its name.
    hashes : bool
        Read its files, rather than compare their sizes alone.
    progress : Progress, optional
        Told of bytes.
    cancel : CancelToken, optional
        Asked between chunks.

    Raises
    ------
    NotFoundError
        If there is neither a card nor a record of it.
    InvalidFileError
        If a card is damaged.
    Cancelled
        If stopped.
    """
    return _look(name, model_cards(), weight_store(), hashes=hashes, progress=progress, cancel=cancel)


def _look(
    name: str,
    cards: Mapping[str, ModelCard],
    store: WeightStore,
    *,
    hashes: bool,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> ModelView:
    card = cards.get(name)
    record, problem = None, ""
    if is_model_name(name):
        try:
            record = store.record(name)
        except InvalidFileError as error:
            problem = str(error)
    if card is None and record is None and not problem:
        raise unknown_model(name)
    if record is not None and card is not None and not _of_card(record, card):
        problem = "it was kept for another version of this program"
    elif record is not None:
        problem = store.flaw(record, hashes=hashes, progress=progress, cancel=cancel)
        if card is None and not record.own:
            problem = problem or _flaw_of_card(name, store)
    elif not problem and card is not None and card.shipped and card.folder is not None:
        problem = flaw_of(card.folder, card.shipped, hashes=hashes, progress=progress, cancel=cancel)
    view = _on_card(card, record) if card is not None else _without_card(name, record)
    if problem:
        return replace(view, state=WeightState.DAMAGED.value, problem=problem)
    if record is None and card is not None and card.shipped and card.folder is not None:
        return replace(
            view,
            state=WeightState.THERE.value,
            path=card.folder / card.shipped[0].name,
            files=tuple(file.name for file in card.shipped),
        )
    if record is None:
        return view
    return replace(
        view,
        state=WeightState.THERE.value,
        accepted_at=record.accepted_at,
        path=store.path_of(record),
        files=tuple(file.name for file in record.files),
    )


def _of_card(record: WeightRecord, card: ModelCard) -> bool:
    """Whether what is kept is what this card speaks of."""
    if card.network is None:
        return not record.own and set(record.files) == set(card.files)
    from hrm_core.models.registered import FileNames

    known = FileNames(card.name).all
    return not (record.own or record.pack) and all(file.name in known for file in record.files)


def _kept_of(card: ModelCard, record: WeightRecord | None) -> int:
    """How many bytes are there or would be."""
    if record is not None and card.download is None:
        return total_bytes(record.files)
    return total_bytes(card.files or card.shipped)


def _on_card(card: ModelCard, record: WeightRecord | None) -> ModelView:
    return ModelView(
        name=card.name,
        kind=card.kind,
        what=card.what,
        licence=card.licence.name,
        commercial_use=card.licence.commercial_use,
        source=card.source,
        state=WeightState.MISSING.value,
        problem="",
        size_bytes=_kept_of(card, record),
        download_bytes=0 if card.download is None else card.download.size_bytes,
        own=False,
        accepted_at="",
        path=None,
        role=FACES if card.network is None else card.network.role,
        files=(),
        trained=card.lineage is not None,
        shipped=record is None and bool(card.shipped),
        synthetic=card.network is not None and card.network.synthetic,
    )


def _without_card(name: str, record: WeightRecord | None) -> ModelView:
    return ModelView(
        name=name,
        kind=OWN_KIND if record is None else record.kind,
        what="" if record is None else record.what,
        licence="" if record is None else record.licence,
        commercial_use=None,
        source="" if record is None else record.source,
        state=WeightState.MISSING.value,
        problem="",
        size_bytes=0 if record is None else total_bytes(record.files),
        download_bytes=0,
        own=True,
        accepted_at="" if record is None else record.accepted_at,
        path=None,
        role=FACES,
        files=(),
    )
