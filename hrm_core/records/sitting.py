"""A judge's way through a session: all that the judge's side of the program ever holds.

Nothing here has room for a child, a group, a code or the answer of somebody else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from hrm_core.records.rating_plan import TrialKind

__all__ = ["SeatTrial", "Seated", "SittingAct", "SittingEvent", "SittingState", "standing"]


@dataclass(frozen=True, slots=True)
class Seated:
    """A seat that a judge can take.

    Attributes
    ----------
    session, judge : str
        Names.
    done, total : int
        Trials that are answered, and all.
    sound : bool
        Whether the session needs sound, which only browsers play.
    closed : bool
        Whether nobody rates in it any more.
    """

    session: str
    judge: str
    done: int
    total: int
    sound: bool = False
    closed: bool = False


@dataclass(frozen=True, slots=True)
class SeatTrial:
    """One trial as the judge may know it.

    Attributes
    ----------
    position : int
        0-based place in the order.
    token : str
        Random name of the trial.
    kind : TrialKind
        Practice, rating or attention; a repeated clip is called a rating.
    file : str or None
        Name of the prepared clip; None for a check of attention.
    sha256 : str
        Of the file; empty for a check of attention.
    expected : int or None
        The score asked for in a check of attention.
    break_before : bool
        Whether a break is offered first.
    """

    position: int
    token: str
    kind: TrialKind
    file: str | None
    sha256: str = ""
    expected: int | None = None
    break_before: bool = False


class SittingAct(StrEnum):
    """What happens in a sitting."""

    SHOWN = "shown"
    """A clip began to play."""
    ANSWERED = "answered"
    TAKEN_BACK = "taken back"
    """The last answer, to be given again."""
    PAUSED = "paused"
    WENT_ON = "went on"


@dataclass(frozen=True, slots=True)
class SittingEvent:
    """One entry of the log of a sitting, which forgets nothing.

    Attributes
    ----------
    position : int
        Which trial.
    act : SittingAct
        What happened.
    score : int or None
        The answer, 1 the first point of the scale; only of answers.
    response_s : float or None
        Seconds from the end of the clip to the answer, below 0 where it was given before the end;
        None if it was not measured, as after a pause or an answer that was taken back.
    replays : int
        How often the clip had been played again on the judge's wish, this showing included.
    watched_s : float or None
        Seconds of the clip that had been shown at least once when the answer was given.
    via : str
        ``"window"`` or ``"browser"``.
    at : datetime or None
        When it was stored, UTC; None before.
    said_at : datetime or None
        When the judge's own computer says it happened; None in the window.
    """

    position: int
    act: SittingAct
    score: int | None = None
    response_s: float | None = None
    replays: int = 0
    watched_s: float | None = None
    via: str = "window"
    at: datetime | None = None
    said_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SittingState:
    """How far a judge has come.

    Attributes
    ----------
    answered : frozenset of int
        Positions with an answer that stands.
    may_take_back : int or None
        Position of the last answer, if it is the last thing that was answered or taken back;
        only that one can be taken back.
    showings : mapping of int to int
        How often the clip at a position began to play.
    replays : mapping of int to int
        How many of these showings the judge had asked for; the others were interruptions.
    """

    answered: frozenset[int] = frozenset()
    may_take_back: int | None = None
    showings: Mapping[int, int] = field(default_factory=dict, hash=False)
    replays: Mapping[int, int] = field(default_factory=dict, hash=False)


def standing(events: Iterable[SittingEvent]) -> dict[int, SittingEvent]:
    """The answers that stand at the end of a log.

    Parameters
    ----------
    events : iterable of SittingEvent
        The log of one judge, the oldest first.

    Returns
    -------
    dict of int to SittingEvent
        By position; without answers that were taken back and not given again.
    """
    found: dict[int, SittingEvent] = {}
    for event in events:
        if event.act is SittingAct.ANSWERED:
            found[event.position] = event
        elif event.act is SittingAct.TAKEN_BACK:
            found.pop(event.position, None)
    return found
