"""What was filmed: recordings and the clips cut from them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["MOST_FRAMES", "Clip", "ClipState", "Recording"]

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
    """How far the coding of a clip is."""

    OPEN = "open"
    CODED = "coded"
    CHECKED = "checked"
    EXCLUDED = "excluded"


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
        How far it is.
    exclusion_reason : str
        Why it is excluded; empty otherwise.
    """

    id: int
    video_id: int
    number: int
    first_frame: int
    last_frame: int
    state: ClipState = ClipState.OPEN
    exclusion_reason: str = ""

    def __len__(self) -> int:
        return self.last_frame - self.first_frame + 1
