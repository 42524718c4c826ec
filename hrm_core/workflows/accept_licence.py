"""Nothing is fetched or kept before its licence is shown and accepted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from hrm_core.models.card import ModelCard
from hrm_core.models.weights import WeightsError

__all__ = ["Agree", "LicenceOffer", "accepted", "now"]


@dataclass(frozen=True, slots=True)
class LicenceOffer:
    """What a person must accept before weights are asked for or kept.

    Attributes
    ----------
    model, kind, what : str
        The model.
    licence : str
        Name of its licence.
    summary : tuple of str
        What it says, a paragraph each.
    url : str
        Where its text is.
    commercial_use : bool
        Whether it allows commercial use.
    source : str
        Where the model comes from.
    download_bytes : int
        How much would be fetched; 0 for what nobody can fetch.
    """

    model: str
    kind: str
    what: str
    licence: str
    summary: tuple[str, ...]
    url: str
    commercial_use: bool
    source: str
    download_bytes: int


Agree = Callable[[LicenceOffer], bool]
"""Shows an offer and answers whether it is accepted."""


def accepted(card: ModelCard, agree: Agree) -> str:
    """When the licence was accepted, UTC, ISO 8601; nothing goes on without.

    Parameters
    ----------
    card : ModelCard
        What is to be fetched or kept.
    agree : callable
        Shows the licence.

    Raises
    ------
    WeightsError
        If it is not accepted.
    """
    offer = LicenceOffer(
        model=card.name,
        kind=card.kind,
        what=card.what,
        licence=card.licence.name,
        summary=card.licence.summary,
        url=card.licence.url,
        commercial_use=card.licence.commercial_use,
        source=card.source,
        download_bytes=0 if card.download is None else card.download.size_bytes,
    )
    if not agree(offer):
        raise WeightsError(
            f"The licence of {card.name} was not accepted, so nothing was fetched or kept: run it again to "
            "accept it."
        )
    return now()


def now() -> str:
    """The time in UTC, ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")
