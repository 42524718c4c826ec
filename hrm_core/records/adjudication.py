"""Decisions on what two raters disagree about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from hrm_core.records.agreement import Disagreement, Dropped

__all__ = ["TAKEN_OVER", "Decision", "DecisionKey", "Dispute", "Disputes", "Sight", "Standing"]

TAKEN_OVER = ""
"""In the place of an action: the frames are taken over wherever both raters agree on everything."""

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
        Key of the action; :data:`TAKEN_OVER` in the entries of the store that say from which
        frames on what both agree is part of the consensus (their codes are 0).
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

    @property
    def turned(self) -> Decision:
        """The same entry with the two raters exchanged."""
        return replace(
            self,
            first_rater_id=self.second_rater_id,
            second_rater_id=self.first_rater_id,
            first_code=self.second_code,
            second_code=self.first_code,
        )


@dataclass(frozen=True, slots=True)
class Dispute:
    """A run of frames with the same disagreement, and what was decided about it.

    Attributes
    ----------
    disagreement : Disagreement
        Where, and both codes.
    decision : Decision or None
        The decision that holds on every frame of it; None if it is open.
    earlier : Decision or None
        The last decision on these frames, if it holds no more because a rater changed a code.
    """

    disagreement: Disagreement
    decision: Decision | None = None
    earlier: Decision | None = None

    @property
    def is_open(self) -> bool:
        """Whether nobody has decided it as it is now."""
        return self.decision is None


@dataclass(frozen=True, slots=True)
class Disputes:
    """What two raters disagree about, as far as somebody may see it.

    Attributes
    ----------
    disputes : tuple of Dispute
        By child, video, first frame and action; decided ones among them.
    hidden : int
        Frames coded by both that are not shown to this person.
    why_hidden : tuple of Dropped
        Why not.
    one_not_codable : int
        Frames that one rater coded and the other called not codable.  They are disagreements
        about what can be seen, not about an action, and are not decided here.
    """

    disputes: tuple[Dispute, ...] = ()
    hidden: int = 0
    why_hidden: tuple[Dropped, ...] = ()
    one_not_codable: int = 0

    @property
    def open(self) -> tuple[Dispute, ...]:
        """Those that nobody has decided as they are now."""
        return tuple(entry for entry in self.disputes if entry.is_open)


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """Which frames of a recording somebody may see two raters' codes of.

    Attributes
    ----------
    frames : ndarray of int64
        Frames that may be shown, ascending, among those of which either rater says anything.
    hidden : mapping of str to ndarray of int64
        The others by reason.
    """

    frames: NDArray[np.int64]
    hidden: Mapping[str, NDArray[np.int64]] = field(default_factory=dict)

    def shows(self, frame: int) -> bool:
        """Whether the codes of a frame may be shown."""
        place = int(np.searchsorted(self.frames, frame))
        return place < len(self.frames) and int(self.frames[place]) == frame


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the adjudication of two raters is, in frames.

    Attributes
    ----------
    compared : int
        Frames that both coded.
    agreed : int
        Of these, frames in which they agree on every action both can judge.
    disputed : int
        The others.
    decided, open : int
        Disputed frames in which every disagreement is decided, and in which one is not.
    changed : int
        Compared frames with a decision that holds no more, because a rater changed a code.
    one_not_codable : int
        Frames that one coded and the other called not codable; in neither of the above.
    consensus : int
        Frames with a consensus coding in the store.
    behind : int
        Frames whose consensus coding the next act, or ``hrm adjudicate refresh``, will write
        or withdraw.
    """

    compared: int = 0
    agreed: int = 0
    disputed: int = 0
    decided: int = 0
    open: int = 0
    changed: int = 0
    one_not_codable: int = 0
    consensus: int = 0
    behind: int = 0

    def __add__(self, other: Standing) -> Standing:
        return Standing(
            self.compared + other.compared,
            self.agreed + other.agreed,
            self.disputed + other.disputed,
            self.decided + other.decided,
            self.open + other.open,
            self.changed + other.changed,
            self.one_not_codable + other.one_not_codable,
            self.consensus + other.consensus,
            self.behind + other.behind,
        )
