"""What a rule points at, and what a rater keeps in spite of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hrm_core.facs.rules import RuleKind

__all__ = ["FindingIdentity", "KeptFinding", "RuleFinding"]

FindingIdentity = tuple[str, tuple[str, ...], int, int, str]
"""Rule, actions, first and last frame, digest: what is the same is the same finding."""


@dataclass(frozen=True, slots=True)
class RuleFinding:
    """Codes of one rater on one recording to be looked at again.

    Attributes
    ----------
    rule : str
        Id of the rule.
    kind : RuleKind
        What it looks for.
    actions : tuple of str
        Keys of the actions it is about, in the order of the rule or of the catalogue.
    first_frame, last_frame : int
        Both included.
    sentence : str
        What is there, in one sentence; why it is worth a look is said by the rule.
    digest : str
        Of the codes concerned: another one once they were changed.
    """

    rule: str
    kind: RuleKind
    actions: tuple[str, ...]
    first_frame: int
    last_frame: int
    sentence: str
    digest: str

    @property
    def identity(self) -> FindingIdentity:
        """What it is kept under."""
        return self.rule, self.actions, self.first_frame, self.last_frame, self.digest


@dataclass(frozen=True, slots=True)
class KeptFinding:
    """A finding whose codes a rater keeps as they are; it holds as long as they do.

    Attributes
    ----------
    rater_id, video_id : int
        Whose codes of which recording.
    rule, actions, first_frame, last_frame, digest
        As in :class:`RuleFinding`.
    reason : str
        Why, in the rater's words; may be empty.
    at : datetime
        When, UTC.
    taken_back : bool
        Whether this says that the finding is kept no more.
    """

    rater_id: int
    video_id: int
    rule: str
    actions: tuple[str, ...]
    first_frame: int
    last_frame: int
    digest: str
    reason: str
    at: datetime
    taken_back: bool = False

    @property
    def identity(self) -> FindingIdentity:
        """The finding it is about."""
        return self.rule, self.actions, self.first_frame, self.last_frame, self.digest
