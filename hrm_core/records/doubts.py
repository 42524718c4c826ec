"""What a coder wants to look at again, and what they noted beside their codes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from hrm_core.facs import ALL_ACTIONS
from hrm_core.records.coding import FrameCoding

__all__ = ["Doubt", "Remark", "doubts_of", "next_doubt", "remarks_of"]

_PLACE = {None: -1} | {entry.key: place for place, entry in enumerate(ALL_ACTIONS)}


@dataclass(frozen=True, slots=True)
class Remark:
    """A doubt, a note or both, on one frame or on one code of it.

    Attributes
    ----------
    frame : int
        The frame.
    action : str or None
        Key of the action whose code is meant; None where the frame as a whole is.
    doubtful : bool
        Whether it is to be looked at again.
    note : str
        What was noted.
    """

    frame: int
    action: str | None
    doubtful: bool
    note: str


@dataclass(frozen=True, slots=True)
class Doubt:
    """A stretch of consecutive frames with the same doubt.

    Attributes
    ----------
    first, last : int
        Frames, both included.
    action : str or None
        Key of the action whose code is doubtful; None where the frames as a whole are.
    note : str
        What was noted, the same on all of them.
    """

    first: int
    last: int
    action: str | None
    note: str

    @property
    def place(self) -> tuple[int, int]:
        """What doubts are sorted by: first frame, and the frame itself before its actions."""
        return self.first, _PLACE[self.action]


def remarks_of(codings: Mapping[int, FrameCoding]) -> Iterator[Remark]:
    """Every doubt and note of a rater, by frame; of a frame first its own, then those of its codes.

    Parameters
    ----------
    codings : mapping of int to FrameCoding
        By frame, in any order.
    """
    for frame in sorted(codings):
        coding = codings[frame]
        if coding.doubtful or coding.comment:
            yield Remark(frame, None, coding.doubtful, coding.comment)
        for code in coding.codes:
            if code.doubtful or code.note:
                yield Remark(frame, code.action, code.doubtful, code.note)


def doubts_of(codings: Mapping[int, FrameCoding]) -> list[Doubt]:
    """What is flagged as doubtful: frames and single codes, equal neighbours joined.

    Parameters
    ----------
    codings : mapping of int to FrameCoding
        By frame, in any order.

    Returns
    -------
    list of Doubt
        By first frame; the frame itself before its actions, these in the order of the catalogue.
    """
    found: list[Doubt] = []
    open_ones: dict[str | None, int] = {}
    for remark in remarks_of(codings):
        if not remark.doubtful:
            continue
        at = open_ones.get(remark.action)
        before = None if at is None else found[at]
        if before and at is not None and (before.last + 1, before.note) == (remark.frame, remark.note):
            found[at] = replace(before, last=remark.frame)
        else:
            open_ones[remark.action] = len(found)
            found.append(Doubt(remark.frame, remark.frame, remark.action, remark.note))
    return found


def next_doubt(
    codings: Mapping[int, FrameCoding], frame: int, direction: int, at: Doubt | None = None
) -> Doubt | None:
    """The next doubt going on or back; several of one frame come one after the other.

    Parameters
    ----------
    codings : mapping of int to FrameCoding
        By frame.
    frame : int
        Where to start.
    direction : {1, -1}
        On or back.
    at : Doubt, optional
        The one that was gone to last, if `frame` was not left since.

    Returns
    -------
    Doubt or None
        None if there is none on that side.
    """
    after = at.place if at is not None and at.first == frame else None
    doubts = doubts_of(codings)
    if direction > 0:
        here = after or (frame, len(_PLACE))
        return next((doubt for doubt in doubts if doubt.place > here), None)
    here = after or (frame, -2)
    return next((doubt for doubt in reversed(doubts) if doubt.place < here), None)
