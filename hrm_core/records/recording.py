"""What was filmed: recordings and the clips cut from them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

__all__ = [
    "MOST_FRAMES",
    "OFFERED_REASONS",
    "Clip",
    "ClipAct",
    "ClipChange",
    "ClipState",
    "ExclusionReason",
    "Recording",
]

MOST_FRAMES = 10_000_000
"""Four days at 30 frames per second: a higher frame number in a file is a date, a time or a slip."""


@dataclass(frozen=True, slots=True)
class Recording:
    """One video of one participant.

    Attributes
    ----------
    id, participant_id : int
        Numbers in the store.
    name : str
        File name without suffix; unique within the participant.
    path : str or None
        POSIX path relative to the project folder where possible, else absolute;
        None while only labels are known (imported from a label file).
    fingerprint : str or None
        Content hash that recognises the file when it was moved.
    fps : float or None
        Mean frame rate, in frames per second; for display only, never to compute
        a frame number.
    frame_count : int or None
        Exact number of frames; frames are numbered 0 to ``frame_count - 1``.
    width, height : int or None
        Displayed size in pixels, after rotation.
    mirrored : bool
        Whether the child's left is on the viewer's left.
    """

    id: int
    participant_id: int
    name: str
    path: str | None = None
    fingerprint: str | None = None
    fps: float | None = None
    frame_count: int | None = None
    width: int | None = None
    height: int | None = None
    mirrored: bool = False


class ClipState(StrEnum):
    """Whether a clip is to be coded.

    That is said by people, once for all raters.  How far each rater has coded it is
    counted from the frames: :mod:`hrm_core.records.coding_progress`.
    """

    OPEN = "open"
    EXCLUDED = "excluded"


class ExclusionReason(StrEnum):
    """Why a clip is not to be coded; the values are kept in the store and never change."""

    LEFT_FRAME = "left_frame"
    POSE = "pose"
    OCCLUDED = "occluded"
    NO_NEUTRAL = "no_neutral"
    OTHER_FACE = "other_face"
    OTHER = "other"
    """Something else, which must be said in words."""
    NOT_IN_FILE = "not_in_file"
    """Said by the program: the frames of the clip are not in the file that is connected now."""

    @property
    def words(self) -> str:
        """As people read it: ``"left the frame"``."""
        return _REASONS[self]


_REASONS = {
    ExclusionReason.LEFT_FRAME: "left the frame",
    ExclusionReason.POSE: "pose beyond range",
    ExclusionReason.OCCLUDED: "face occluded",
    ExclusionReason.NO_NEUTRAL: "no neutral face",
    ExclusionReason.OTHER_FACE: "somebody else's face",
    ExclusionReason.OTHER: "other",
    ExclusionReason.NOT_IN_FILE: "not in this file",
}

OFFERED_REASONS = tuple(entry for entry in ExclusionReason if entry is not ExclusionReason.NOT_IN_FILE)
"""Reasons that people choose from, in the order they are offered."""


@dataclass(frozen=True, slots=True)
class Clip:
    """A run of frames of one recording that is to be coded.

    Attributes
    ----------
    id, video_id : int
        Numbers in the store.
    number : int
        1-based place among the recording's clips.
    first_frame, last_frame : int
        0-based, both included.
    state : ClipState
        Whether it is to be coded.
    exclusion_reason : ExclusionReason or None
        Why it is excluded; None for an open one.
    exclusion_words : str
        What was added to the reason in somebody's own words.
    """

    id: int
    video_id: int
    number: int
    first_frame: int
    last_frame: int
    state: ClipState = ClipState.OPEN
    exclusion_reason: ExclusionReason | None = None
    exclusion_words: str = ""

    def __len__(self) -> int:
        return self.last_frame - self.first_frame + 1

    @property
    def is_excluded(self) -> bool:
        """Whether it is not to be coded."""
        return self.state is ClipState.EXCLUDED

    @property
    def is_nowhere(self) -> bool:
        """Whether its frames are not in the file that is connected now; the numbers it has mean nothing."""
        return self.exclusion_reason is ExclusionReason.NOT_IN_FILE

    @property
    def why(self) -> str:
        """Why it is excluded, as people read it: ``"face occluded: by a cup"``; empty for an open one."""
        if self.exclusion_reason is None:
            return self.exclusion_words
        if not self.exclusion_words:
            return self.exclusion_reason.words
        # "other" says nothing that the words do not.
        if self.exclusion_reason is ExclusionReason.OTHER:
            return self.exclusion_words
        return f"{self.exclusion_reason.words}: {self.exclusion_words}"


class ClipAct(StrEnum):
    """What was done to the clips of a recording."""

    ADD = "add"
    CHANGE = "change"
    SPLIT = "split"
    EXCLUDE = "exclude"
    REOPEN = "reopen"
    REMOVE = "remove"
    RELINK = "relink"
    """The frames got other numbers, because another file was connected."""


@dataclass(frozen=True, slots=True)
class ClipChange:
    """One entry of the append-only log of clips.

    Attributes
    ----------
    at : datetime
        When, UTC.
    rater : str or None
        Name of who did it; None where nobody was named (an import, a first list of clips).
    video_id : int
        Of which recording.
    what : ClipAct
        What was done.
    before, after : tuple of Clip
        The clips it touched, as they were and as they became; empty where there was none.
        Clips that only got another number because of it are not among them.
    """

    at: datetime
    rater: str | None
    video_id: int
    what: ClipAct
    before: tuple[Clip, ...]
    after: tuple[Clip, ...]
