"""Networks that were trained on this computer: their names, their line of descent, and whom they know."""

from __future__ import annotations

import re
from collections.abc import Mapping

from hrm_core.errors import InvalidFileError, NotFoundError
from hrm_core.models.card import ModelCard
from hrm_core.models.train.run_folder import FOLDER, open_run
from hrm_core.workflows.look_at_models import model_card, model_cards, weight_store
from hrm_core.workflows.project import Project

__all__ = ["learned_from", "line_of", "new_version", "newer_cards", "unseen_ancestor"]

# Of a name's 64 characters a network takes at most 15, a number and a version the rest.
_LONGEST = 32


def new_version(study: str, network: str) -> tuple[str, int, str]:
    """What the next network of a study is called.

    Parameters
    ----------
    study : str
        Name of the study.
    network : str
        Name of the network.

    Returns
    -------
    str
        The family, ``<study>-<network>``; with a number behind where another study has taken that.
    int
        The version, one more than the highest there is.
    str
        The name, ``<family>-v<version>``.
    """
    cards = model_cards()
    base = "-".join((_plain(study, "study")[:_LONGEST].strip("-_"), _plain(network, "network")))
    family, number = base, 1
    while any(not _is_of(card, study) for card in cards.values() if card.family == family):
        number += 1
        family = f"{base}-{number}"
    # One whose card is damaged still has its name.
    taken = {*cards, *weight_store().names()}
    version = 1 + max((card.version for card in cards.values() if card.family == family), default=0)
    while f"{family}-v{version}" in taken:
        version += 1
    return family, version, f"{family}-v{version}"


def line_of(name: str, cards: Mapping[str, ModelCard] | None = None) -> tuple[ModelCard, ...]:
    """A card, that which it began from, and so on.

    Parameters
    ----------
    name : str
        Name of a card.
    cards : mapping of str to ModelCard, optional
        All cards, where they were read already.

    Returns
    -------
    tuple of ModelCard
        The youngest first; it ends where a card is not on this computer any more.
    """
    cards = model_cards() if cards is None else cards
    line: list[ModelCard] = []
    card = cards.get(name)
    while card is not None and card not in line:
        line.append(card)
        card = cards.get(card.lineage.began_from) if card.lineage is not None else None
    return tuple(line)


def newer_cards(name: str, study: str) -> list[ModelCard]:
    """Networks that a study trained after one, in its family or beginning from it.

    Parameters
    ----------
    name : str
        Name of a card; it need not be on this computer any more.
    study : str
        Name of the study.

    Returns
    -------
    list of ModelCard
        The newest last.
    """
    cards = model_cards()
    known = cards.get(name)
    found = [
        card
        for card in cards.values()
        if card.name != name
        and _is_of(card, study)
        and (
            (known is not None and card.family == known.family and card.version > known.version)
            or any(older.lineage and older.lineage.began_from == name for older in line_of(card.name, cards))
        )
    ]
    return sorted(found, key=lambda card: (card.lineage.trained_at if card.lineage else "", card.version))


def learned_from(project: Project, name: str) -> frozenset[str]:
    """Which participants of a study a network has seen in training, or one that it began from.

    What it says of them flatters it: they take no part in figures of how good it is.

    Parameters
    ----------
    project : Project
        The open study.
    name : str
        Name of a card.

    Returns
    -------
    frozenset of str
        Their codes: none of a network that this study did not train, all if the run in which it was
        trained is gone.

    Raises
    ------
    NotFoundError
        If there is no such card.
    """
    model_card(name)
    seen: set[str] = set()
    for card in line_of(name):
        if card.lineage is None or not _is_of(card, project.settings.name):
            continue
        try:
            _, run = open_run(project.folder / FOLDER, card.lineage.run)
            seen.update(who for fold in run.read_json("data")["folds"] for who in fold)
        except (NotFoundError, InvalidFileError, KeyError):
            return frozenset(who.code for who in project.participants())
    return frozenset(seen)


def unseen_ancestor(name: str, study: str) -> str:
    """The card nearest to one in its line of descent that has not learned from a study.

    Networks that are tested on children who are held out must begin from it: what a version of the study's
    own learned from these children would flatter the figures.

    Parameters
    ----------
    name : str
        Name of a card.
    study : str
        Name of the study.

    Returns
    -------
    str
        Its name: `name` itself where that was not trained in the study; empty where the line begins with
        random weights.
    """
    cards = model_cards()
    card = cards.get(name)
    while card is not None and _is_of(card, study):
        assert card.lineage is not None
        name = card.lineage.began_from
        card = cards.get(name)
    return name


def _is_of(card: ModelCard, study: str) -> bool:
    return card.lineage is not None and card.lineage.study == study


def _plain(text: str, otherwise: str) -> str:
    """Small letters, digits, - and _ of a text."""
    return re.sub("[^a-z0-9_-]+", "-", text.lower()).strip("-_") or otherwise
