"""The append-only log of edits, and what an edit touched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from hrm_core.records.coding import FrameCoding

__all__ = ["Changes", "Revision", "RevisionKind", "UndoStatus", "step_words"]


def step_words(reason: str, first_frame: int, last_frame: int) -> str:
    """A step of undo or redo in words: ``"AU12 left, frame 7"``."""
    where = f"frame {first_frame}"
    if last_frame != first_frame:
        where = f"frames {first_frame}–{last_frame}"
    return f"{reason}, {where}" if reason else where


class RevisionKind(StrEnum):
    """Which act wrote a revision."""

    SAVE = "save"
    UNDO = "undo"
    REDO = "redo"
    IMPORT = "import"
    RELINK = "relink"
    ADJUDICATE = "adjudicate"
    """The consensus of two raters follows decisions, or a change of what they were about."""


@dataclass(frozen=True, slots=True)
class Revision:
    """One act that changed labels.

    Attributes
    ----------
    id : int
        Ascending number.
    at : datetime
        When, UTC.
    actor_id : int
        The rater who did it.
    rater_id, video_id : int
        Whose labels of which recording it changed.
    kind : RevisionKind
        Save, undo, redo, import, relink (the frames got other numbers), or adjudicate.
    target_id : int or None
        The revision that an undo or redo acted on.
    reason : str
        In words, for the history and the undo menu: ``"AU12 left"``.
    before, after : mapping of int to FrameCoding or None
        By frame; None is uncoded.
    """

    id: int
    at: datetime
    actor_id: int
    rater_id: int
    video_id: int
    kind: RevisionKind
    target_id: int | None
    reason: str
    before: Mapping[int, FrameCoding | None]
    after: Mapping[int, FrameCoding | None]


@dataclass(frozen=True, slots=True)
class Changes:
    """What an edit touched, so that views know what to read again.

    Attributes
    ----------
    revision_id : int or None
        The revision that was written; None if nothing had to change.
    rater_id, video_id : int
        Whose labels of which recording.
    codings : mapping of int to FrameCoding or None
        The frames as they are in the store now; None is uncoded.
    reason : str
        What was done, in words.
    undone : bool
        Whether it was an undo or redo, which may touch frames nobody is looking at.
    redone : bool
        Whether it was a redo.
    """

    revision_id: int | None
    rater_id: int
    video_id: int
    codings: Mapping[int, FrameCoding | None]
    reason: str = ""
    undone: bool = False
    redone: bool = False


@dataclass(frozen=True, slots=True)
class UndoStatus:
    """What undo and redo would do now, in words; None where there is nothing."""

    undo: str | None = None
    redo: str | None = None
