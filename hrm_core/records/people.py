"""The people of a study: participants who are filmed, raters who judge them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

__all__ = ["Participant", "Rater", "Role"]


class Role(StrEnum):
    """What a rater does in the study."""

    CODER = "coder"
    JUDGE = "judge"
    ADJUDICATOR = "adjudicator"
    COORDINATOR = "coordinator"
    """Plans rating sessions and may lift the blinding."""


@dataclass(frozen=True, slots=True)
class Participant:
    """A filmed child.

    Attributes
    ----------
    id : int
        Number in the store; 0 before it is stored.
    code : str
        The study's own name for the child, never a real name: ``"7"``, ``"S12"``.
    group : str or None
        Group such as ``"ASD"``; None if unknown, or withheld from a blind rater.
    sex : str or None
        ``"F"`` or ``"M"``.
    age_years : float or None
        Age at recording, in years.
    language_scores : mapping of str to float
        Scores of language tests by test name.
    consent : str
        What the family agreed to, in the study's own words.
    """

    id: int
    code: str
    group: str | None = None
    sex: str | None = None
    age_years: float | None = None
    language_scores: Mapping[str, float] = field(default_factory=dict)
    consent: str = ""


@dataclass(frozen=True, slots=True)
class Rater:
    """Somebody who codes or judges.

    Attributes
    ----------
    id : int
        Number in the store; 0 before it is stored.
    name : str
        As asked once at first start.
    role : Role
        Coder, judge, adjudicator or coordinator.
    blind : bool
        Whether group and diagnosis are kept from this rater.
    sees_eyes : bool
        Whether this rater may see the children's eyes, as who codes the upper face must.
    """

    id: int
    name: str
    role: Role = Role.CODER
    blind: bool = True
    sees_eyes: bool = True
