"""What to code, or to look at again, next."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["QueueBy", "QueueEntry", "QueueLevel"]


class QueueBy(StrEnum):
    """What puts a frame or clip into the queue."""

    DOUBT = "doubt"
    """The model is uncertain."""
    CONFLICT = "conflict"
    """The coder and the model differ."""
    DIVERSITY = "diversity"
    """It stands for faces that are unlike the others, and unlike what is coded."""
    RARITY = "rarity"
    """The model is uncertain of actions that are rare."""
    MIX = "mix"
    """The best by each of these, in turn."""


class QueueLevel(StrEnum):
    """What the queue consists of."""

    FRAMES = "frames"
    CLIPS = "clips"


@dataclass(frozen=True, slots=True)
class QueueEntry:
    """One place of the queue.

    Attributes
    ----------
    participant : str
        Code of the child; no group is told.
    video : str
        Name of the recording.
    video_id : int
        Its number in the store.
    clip : int or None
        Number of the clip that its frames are in; None if they are in no clip.
    first, last : int
        Frames, both included; the same for a single frame.
    by : QueueBy
        What put it here, never ``MIX``.
    score : float
        The higher the earlier; comparable with scores of the same `by` only.  Bits of uncertainty for
        ``DOUBT`` and ``RARITY`` (there weighted by rareness), the sum of the model's confidence in the
        actions that differ for ``CONFLICT``, the share of looked-at faces that it stands for for
        ``DIVERSITY``.
    actions : tuple of str
        Keys of at most three actions that count most, the first most of all; empty where the coder may
        not be told what the model says, or where no single action counts.
    flagged : bool
        Whether the coder flagged it as doubtful.
    """

    participant: str
    video: str
    video_id: int
    clip: int | None
    first: int
    last: int
    by: QueueBy
    score: float
    actions: tuple[str, ...] = ()
    flagged: bool = False
