"""What a person says about faces in a frame, over anything a detector says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["FaceMark", "FaceMarkKind", "Unmasking"]

Points = tuple[tuple[float, float], ...]


class FaceMarkKind(StrEnum):
    """What was marked."""

    FACE = "face"
    """This box is the child's face: two points, left top and right bottom."""
    EYES = "eyes"
    """This band covers both eyes of the child: four corners in order around it."""
    NO_EYES = "no eyes"
    """No eye of the child is seen in this frame: no points."""


@dataclass(frozen=True, slots=True)
class FaceMark:
    """One mark in one frame.

    Attributes
    ----------
    video_id, frame : int
        Where.
    kind : FaceMarkKind
        What was marked. In one frame, the newest of "eyes" and "no eyes" holds, and the
        newest "face".
    points : tuple of (float, float)
        In parts of the picture's width and height, 0-1 within it, so that a mark outlives a copy
        in another size; a band may reach beyond.
    rater_id : int
        Who marked it.
    """

    video_id: int
    frame: int
    kind: FaceMarkKind
    points: Points
    rater_id: int


@dataclass(frozen=True, slots=True)
class Unmasking:
    """Somebody was shown, or given, uncovered eyes.

    Attributes
    ----------
    at : str
        When, UTC, as ISO 8601.
    rater : str
        Name of who it was.
    video_id : int or None
        Whose eyes; None where the right to see them was given.
    first_frame, last_frame : int or None
        Which frames, if not the whole recording.
    act : str
        What was done, in words: ``"shown in the window"``, ``"exported"``.
    """

    at: str
    rater: str
    video_id: int | None
    first_frame: int | None
    last_frame: int | None
    act: str
