"""Doubts and notes of single codes, and the way from one doubt to the next."""

from __future__ import annotations

from collections.abc import Mapping

from hrm_annotator.language import said, tr
from hrm_annotator.session import Session
from hrm_core.facs import action
from hrm_core.records.coding import FrameCoding
from hrm_core.records.doubts import Doubt, doubts_of

__all__ = ["doubt_words", "remark_target", "set_code_doubtful", "set_code_note"]


def remark_target(session: Session, chosen: str | None) -> str | None:
    """Key of the action that a doubt or note is about: the chosen one, if this frame has it.

    None stands for the frame as a whole.  It never is an action that only another frame
    has, nor one that this rater cannot see.
    """
    coding = session.coding()
    if chosen is None or coding is None or chosen in session.closed_actions:
        return None
    return chosen if coding.code_of(chosen) else None


def set_code_doubtful(session: Session, key: str, wanted: bool) -> None:
    """Flag the code of an action in the frame on the screen, or take the flag off."""
    coding = _coding_with(session, key)
    if coding is not None:
        _edit(session, coding.with_remark(key, doubtful=wanted), key, "doubt" if wanted else "no doubt")


def set_code_note(session: Session, key: str, text: str) -> bool:
    """Write a note on the code of an action in the frame on the screen; whether it was taken."""
    # Taken even while the disk refuses: it was typed already, and waits with the others.
    coding = _coding_with(session, key, even_unsafe=True)
    if coding is not None:
        _edit(session, coding.with_remark(key, note=text), key, "note")
    return coding is not None


def _coding_with(session: Session, key: str, *, even_unsafe: bool = False) -> FrameCoding | None:
    """The coding of the frame on the screen if this rater may put something on a code of it."""
    coding = session.remarkable(even_unsafe=even_unsafe)
    if coding is None:
        return None
    if key in session.closed_actions:
        session.refused.emit(session.closed_words(key))
        return None
    if not coding.code_of(key):
        name = said(str(action(key)))
        session.refused.emit(
            tr("{action} is absent in this frame: only what is there has a doubt or a note.", action=name)
        )
        return None
    return coding


def _edit(session: Session, coding: FrameCoding, key: str, what: str) -> None:
    if not coding.says_the_same_as(session.coding()):
        # The log keeps English whichever language the window speaks.
        session.edit_frames({coding.frame: coding}, f"{action(key).kind}{action(key).label} {what}")


def doubt_words(codings: Mapping[int, FrameCoding], doubt: Doubt) -> str:
    """Which of all doubts this is and what it is about: ``"Doubt 3 of 12: AU12, frames 30–34"``."""
    doubts = doubts_of(codings)
    about = (
        tr("the frame") if doubt.action is None else action(doubt.action).kind + action(doubt.action).label
    )
    where = (
        tr("frame {frame}", frame=doubt.first)
        if doubt.first == doubt.last
        else tr("frames {first}–{last}", first=doubt.first, last=doubt.last)
    )
    which: dict[str, object] = {"number": doubts.index(doubt) + 1, "count": len(doubts)}
    if doubt.note:
        return tr(
            "Doubt {number} of {count}: {about}, {where} – “{note}”",
            **which,
            about=about,
            where=where,
            note=doubt.note,
        )
    return tr("Doubt {number} of {count}: {about}, {where}.", **which, about=about, where=where)
