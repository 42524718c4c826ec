"""Edits that take over what a model proposes.

As for every edit of many frames (see :mod:`hrm_core.records.runs`), what is written on a frame other
than the one on the screen is *carried* until that frame was displayed and confirmed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from hrm_core.records.coding import ActionCode, CodingState, FrameCoding, Origin
from hrm_core.records.runs import Edit, Pen

__all__ = ["accept", "correct", "follow", "sign"]


def accept(pen: Pen, proposed: Mapping[int, Mapping[str, int]], run_id: int) -> Edit:
    """Write proposed codes; actions of which nothing is proposed, and closed ones, stay.

    Parameters
    ----------
    pen : Pen
        Of the coder.
    proposed : mapping of int to mapping of str to int
        By frame: codes by action, absent ones as 0.
    run_id : int
        Whose proposals.

    Returns
    -------
    mapping of int to FrameCoding or None
        Frames that change.  Frames that are not codable are left alone, as are those that say the same
        already; of these the one on the screen is coded by it where it was not yet.
    """
    return _write(pen, proposed, Origin.ACCEPTED, run_id)


def correct(pen: Pen, frames: Iterable[int], action: str, code: int, run_id: int) -> Edit:
    """Give one action another code than was proposed on frames; all other actions stay.

    Taking it off leaves uncoded frames uncoded: nothing is said of them by that.
    """
    places = [frame for frame in frames if code or frame in pen.codings]
    return _write(pen, {frame: {action: code} for frame in places}, Origin.CORRECTED, run_id)


def follow(
    before: Mapping[str, int],
    after: Mapping[str, int],
    carried: FrameCoding,
    closed: Iterable[str],
    run_id: int,
) -> tuple[FrameCoding, list[str]]:
    """A frame with the codes of the frame before it and what changes there as a model proposes.

    Who has changed a code before keeps it: only where the model proposes another code than for the
    frame before is anything taken over.

    Parameters
    ----------
    before, after : mapping of str to int
        Proposed codes of the frame before and of this one.
    carried : FrameCoding
        This frame with the codes of the frame before.
    closed : iterable of str
        Actions that stay as they are.
    run_id : int
        Whose proposals.

    Returns
    -------
    coding : FrameCoding
        The frame; its state stays.
    changed : list of str
        Actions that the model's change gave another code.
    """
    barred = set(closed)
    changes = {
        action: code
        for action, code in after.items()
        if action not in barred and action in before and before[action] != code
    }
    changed = [action for action, code in changes.items() if carried.code_of(action) != code]
    taken = {action: changes[action] for action in changed}
    return replace(carried, codes=_codes(carried, taken, Origin.ACCEPTED, run_id)), changed


def sign(new: FrameCoding, old: FrameCoding | None, proposed: Mapping[str, int], run_id: int) -> FrameCoding:
    """A coding changed by hand, its codes called *corrected* where another one was proposed in sight.

    Parameters
    ----------
    new : FrameCoding
        What the coder says now.
    old : FrameCoding or None
        What stood there.
    proposed : mapping of str to int
        What was proposed, and seen.
    run_id : int
        Whose proposals.
    """
    codes = tuple(
        replace(code, origin=Origin.CORRECTED, model_run_id=run_id)
        if proposed.get(code.action, code.code) != code.code and _code_in(old, code.action) != code.code
        else code
        for code in new.codes
    )
    return replace(new, codes=codes)


def _write(pen: Pen, wanted: Mapping[int, Mapping[str, int]], origin: Origin, run_id: int) -> Edit:
    edit: Edit = {}
    for frame, codes in wanted.items():
        old = pen.codings.get(frame)
        if old is not None and old.state is CodingState.NOT_CODABLE:
            continue
        base = old or pen.blank(frame)
        changed = {
            action: code
            for action, code in codes.items()
            if action not in pen.closed and base.code_of(action) != code
        }
        here = frame == pen.here
        if not changed and old is not None and not (here and old.state is CodingState.CARRIED):
            continue
        state = CodingState.CODED if here else CodingState.CARRIED
        edit[frame] = replace(base, codes=_codes(base, changed, origin, run_id), state=state)
    return edit


def _codes(
    base: FrameCoding, changed: Mapping[str, int], origin: Origin, run_id: int
) -> tuple[ActionCode, ...]:
    kept = [code for code in base.codes if code.action not in changed]
    for action, code in changed.items():
        if code:
            # Another side of the same action is as strong as it was, and as doubtful.
            old = base.entry_of(action) or ActionCode(action, code)
            kept.append(replace(old, code=code, origin=origin, model_run_id=run_id))
    return tuple(kept)


def _code_in(coding: FrameCoding | None, action: str) -> int:
    return coding.code_of(action) if coding is not None else 0
