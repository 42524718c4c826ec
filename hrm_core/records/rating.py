"""How atypical a judge found a clip."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Rating"]


@dataclass(frozen=True, slots=True)
class Rating:
    """One judge's answer on one clip.

    Attributes
    ----------
    judge_id, clip_id : int
        Numbers in the store.
    score : int
        1 (natural) to 5 (highly atypical), or to the last point of the session's scale.
    position : int
        0-based place in the judge's order.
    response_s : float or None
        Seconds from the end of the clip to the answer.
    replays : int
        How often the clip was played again.
    repeat : bool
        Whether the judge rates the clip for the second time; such answers count for test and
        retest alone.
    """

    judge_id: int
    clip_id: int
    score: int
    position: int = 0
    response_s: float | None = None
    replays: int = 0
    repeat: bool = False
