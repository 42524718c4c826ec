"""What a model suggested to whom, when it was shown, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

__all__ = ["Condition", "FrameVisit", "Mode", "RunFit", "SuggestionDecision", "Verdict"]


class Mode(StrEnum):
    """When a coder sees what a model suggests."""

    AFTER_COMMIT = "after-commit"
    """Only once the coder has coded the frame: then differences are offered."""
    ASSIST = "assist"
    """At once, but for a seeded share of frames, see :attr:`Condition.CONTROL`."""
    CONTROL = "control"
    """Never."""


class Condition(StrEnum):
    """What a coder could see of a model's suggestions while coding a frame."""

    UNAIDED = "unaided"
    """There were none, or the coder chose to see none."""
    CONTROL = "control"
    """There were some, and they were withheld by design."""
    ASSISTED = "assisted"
    """They were shown before the coder had said anything of the frame."""
    AFTER = "after"
    """They were shown once the coder had coded the frame."""


class Verdict(StrEnum):
    """What a coder did with what was suggested."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    CORRECTED = "corrected"


@dataclass(frozen=True, slots=True)
class SuggestionDecision:
    """One act of one coder on what a run suggests for a stretch of frames.

    Attributes
    ----------
    rater_id, video_id : int
        Who, and of which recording.
    first_frame, last_frame : int
        The frames, both included.
    run_id : int
        Whose suggestions.
    action : str or None
        Key of the action; None is all that the run says of these frames, absence included.
    verdict : Verdict
        What was done.
    condition : Condition
        What the coder had seen of them before.
    probability : float or None
        Mean calibrated probability of the action on these frames; None where it is about all actions.
    taken_back : bool
        The coder took the act back: it holds no more.
    at : str
        UTC, as ISO 8601; empty before it is written.
    """

    rater_id: int
    video_id: int
    first_frame: int
    last_frame: int
    run_id: int
    action: str | None
    verdict: Verdict
    condition: Condition
    probability: float | None = None
    taken_back: bool = False
    at: str = ""


@dataclass(frozen=True, slots=True)
class FrameVisit:
    """One stay of one coder on one frame.

    Attributes
    ----------
    rater_id, video_id, frame : int
        Who was where.
    condition : Condition
        What could be seen of suggestions when the frame was first coded in this stay.
    run_id : int or None
        Of which run; None if there was none.
    acts : int
        Keys and clicks that were meant to code, not those that lead to another frame.
    seconds : float
        Time on the screen while somebody worked.
    committed : bool
        Whether the coder coded or confirmed the frame in this stay.
    at : str
        UTC, as ISO 8601; empty before it is written.
    """

    rater_id: int
    video_id: int
    frame: int
    condition: Condition
    run_id: int | None
    acts: int
    seconds: float
    committed: bool
    at: str = ""


@dataclass(frozen=True, slots=True)
class RunFit:
    """What was fitted to a run from a study's own codes: calibration, smoothing, thresholds.

    Attributes
    ----------
    run_id : int
        Which run.
    fitted_on : str
        Whose codes of how many frames, in words.
    detail : mapping
        Plain values for JSON, see ``hrm_core.suggestions``.
    at : str
        UTC, as ISO 8601; empty before it is written.
    """

    run_id: int
    fitted_on: str
    detail: Mapping[str, Any]
    at: str = ""
