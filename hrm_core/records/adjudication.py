"""Decisions on what two raters disagree about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

__all__ = ["Decision", "DecisionKey"]

DecisionKey = tuple[int, str, int]
"""Recording, key of the action, frame."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided about one action of a stretch of frames.

    Decisions are a log: the newest one of a frame and action holds, and one that was taken
    back is a new entry.  A decision is about two codes: when a rater changes theirs
    afterwards, it no longer answers the question, and the frame is open again.

    Attributes
    ----------
    video_id : int
        Which recording.
    first_frame, last_frame : int
        Both included.
    action : str
        Key of the action.
    first_rater_id, second_rater_id : int
        Whose codings differ.
    first_code, second_code : int
        What they say, 0-5.
    code : int
        What holds, 0-5; it may be neither of the two.
    reason : str
        Why.
    rater_id : int
        The adjudicator whose codes are the consensus.
    actor_id : int
        Who decided.
    at : datetime or None
        When, UTC; None before it is stored.
    taken_back : bool
        Whether this entry takes a decision back.
    """

    video_id: int
    first_frame: int
    last_frame: int
    action: str
    first_rater_id: int
    second_rater_id: int
    first_code: int
    second_code: int
    code: int
    reason: str
    rater_id: int
    actor_id: int
    at: datetime | None = None
    taken_back: bool = False

    def __len__(self) -> int:
        return self.last_frame - self.first_frame + 1
