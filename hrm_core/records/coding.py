"""Who said what about one frame."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from hrm_core.facs import ALL_ACTIONS, INTENSITIES

__all__ = ["ActionCode", "CodingState", "FrameCoding", "Origin"]

_ORDER = {entry.key: place for place, entry in enumerate(ALL_ACTIONS)}


class CodingState(StrEnum):
    """What is known of a frame; a frame without a coding is *uncoded*."""

    CARRIED = "carried"
    """Filled from a neighbour; not yet displayed and confirmed."""
    CODED = "coded"
    """Coded by looking at it."""
    CHECKED = "checked"
    """Coded, and gone over again in an omission check."""
    NOT_CODABLE = "not_codable"
    """Face out of view or covered; never counted as 0."""


class Origin(StrEnum):
    """Where one code came from."""

    HUMAN = "human"
    CARRIED = "carried"
    ACCEPTED = "accepted"
    CORRECTED = "corrected"
    ADJUDICATED = "adjudicated"


@dataclass(frozen=True, slots=True)
class ActionCode:
    """One action that is present in one frame.

    Attributes
    ----------
    action : str
        Key of the catalogue, ``"AU12"``.
    code : int
        1-5; absent actions are not listed.
    intensity : str or None
        ``"A"``-``"E"``.
    origin : Origin
        Typed by a human, carried, accepted from a model, ...
    model_run_id : int or None
        The run whose suggestion was accepted or corrected, on this frame or on the one that the
        code was copied from.
    doubtful : bool
        The rater is not sure of this code and wants to look at it again.
    note : str
        What the rater noted about this code.

    Notes
    -----
    Doubt and note belong to one code of one frame.  They stay when the action gets another
    side or intensity, and go with the action when it is taken off.  Copying, filling, carrying
    or moving a code to another frame does not take them along: nobody doubted it there.
    """

    action: str
    code: int
    intensity: str | None = None
    origin: Origin = Origin.HUMAN
    model_run_id: int | None = None
    doubtful: bool = False
    note: str = ""

    def __post_init__(self) -> None:
        if self.action not in _ORDER:
            raise ValueError(f"{self.action!r} is not in the action catalogue")
        if not 1 <= self.code <= 5:
            raise ValueError(f"code of {self.action} must be 1-5, not {self.code}")
        if self.intensity is not None and self.intensity not in INTENSITIES:
            raise ValueError(f"intensity of {self.action} must be A-E, not {self.intensity!r}")

    @property
    def is_machine_touched(self) -> bool:
        """Whether a model's suggestion had a part in it, here or where it was copied from."""
        return self.model_run_id is not None or self.origin in (Origin.ACCEPTED, Origin.CORRECTED)


@dataclass(frozen=True, slots=True)
class FrameCoding:
    """All that one rater says of one frame.

    Attributes
    ----------
    rater_id, video_id : int
        Numbers in the store.
    frame : int
        0-based position in presentation order.
    codes : tuple of ActionCode
        Present actions in catalogue order; empty is a face without action.
    state : CodingState
        Carried, coded, checked or not codable.
    comment : str
        The rater's note.
    doubtful : bool
        Flagged to be looked at again.
    seconds_spent : float
        Time the frame was on the rater's screen while somebody worked, up to the last change
        of the frame, in seconds.
    revision : int or None
        Revision that last wrote it; None if it was never stored.  A save is
        refused when the store holds another revision by then.
    changed_at : datetime or None
        When it was last written, UTC.
    """

    rater_id: int
    video_id: int
    frame: int
    codes: tuple[ActionCode, ...] = ()
    state: CodingState = CodingState.CODED
    comment: str = ""
    doubtful: bool = False
    seconds_spent: float = 0.0
    revision: int | None = None
    changed_at: datetime | None = None

    def __post_init__(self) -> None:
        keys = [code.action for code in self.codes]
        if len(set(keys)) != len(keys):
            raise ValueError(f"frame {self.frame} names an action twice: {keys}")
        object.__setattr__(self, "codes", tuple(sorted(self.codes, key=lambda c: _ORDER[c.action])))

    def code_of(self, action: str) -> int:
        """Code 0-5 of `action`."""
        return next((code.code for code in self.codes if code.action == action), 0)

    def entry_of(self, action: str) -> ActionCode | None:
        """All that is said of `action`; None if it is absent."""
        return next((code for code in self.codes if code.action == action), None)

    def with_code(self, action: str, code: int, intensity: str | None = None) -> FrameCoding:
        """The same coding with `action` set to `code` by hand (0 removes it)."""
        others = [entry for entry in self.codes if entry.action != action]
        if code:
            # Another side of the same action is as strong as it was, and as doubtful.
            old = self.entry_of(action) or ActionCode(action, code)
            others.append(
                replace(
                    old,
                    code=code,
                    intensity=intensity or old.intensity,
                    origin=Origin.HUMAN,
                    model_run_id=None,
                )
            )
        # Who changes a carried frame has looked at it; what has an action is codable.
        looked = self.state in (CodingState.NOT_CODABLE, CodingState.CARRIED)
        state = CodingState.CODED if looked else self.state
        return replace(self, codes=tuple(others), state=state)

    def with_intensity(self, action: str, intensity: str | None) -> FrameCoding:
        """The same coding with the intensity of a present `action` said by hand, or taken off."""
        codes = tuple(
            replace(code, intensity=intensity, origin=Origin.HUMAN) if code.action == action else code
            for code in self.codes
        )
        looked = self.state is CodingState.CARRIED
        return replace(self, codes=codes, state=CodingState.CODED if looked else self.state)

    def with_remark(
        self, action: str, *, doubtful: bool | None = None, note: str | None = None
    ) -> FrameCoding:
        """The same coding with another doubt or note of a present `action`; None leaves it as it is.

        State and origin stay: a doubt is no look at the frame that would confirm it.
        """
        said: dict[str, Any] = {"doubtful": doubtful, "note": note}
        changed = {name: value for name, value in said.items() if value is not None}
        codes = tuple(replace(code, **changed) if code.action == action else code for code in self.codes)
        return replace(self, codes=codes)

    def says_the_same_as(self, other: FrameCoding | None) -> bool:
        """Whether nothing a reader of the labels could see differs (times aside)."""
        if other is None:
            return False
        return (self.codes, self.state, self.comment, self.doubtful) == (
            other.codes,
            other.state,
            other.comment,
            other.doubtful,
        )
