"""Gold-standard clips, and how a coder in training did on one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

__all__ = ["ActionResult", "GoldClip", "Mistake", "MistakeKind", "TrainingResult", "TrainingScore"]


@dataclass(frozen=True, slots=True)
class GoldClip:
    """Frames whose codes by one rater are the standard that others are measured by.

    Attributes
    ----------
    video_id : int
        Of which recording.
    first_frame, last_frame : int
        Both included.
    rater_id : int
        Whose codes are the gold standard.
    """

    video_id: int
    first_frame: int
    last_frame: int
    rater_id: int

    def __len__(self) -> int:
        return self.last_frame - self.first_frame + 1


class MistakeKind(StrEnum):
    """In which way a frame differs from the gold standard."""

    MISSED = "missed"
    """The gold standard has the action and the coder does not."""
    EXTRA = "extra"
    """The coder has the action and the gold standard does not."""
    SIDE = "other side"
    """Both have it, on different sides; the FACS index counts it as agreed."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One action of a stretch of frames that differs from the gold standard.

    Attributes
    ----------
    kind : MistakeKind
        In which way.
    action : str
        Key of the action.
    first_frame, last_frame : int
        The longest stretch with these codes, both included.
    gold, coded : int
        Codes 0-5 of the gold standard and of the coder.
    """

    kind: MistakeKind
    action: str
    first_frame: int
    last_frame: int
    gold: int
    coded: int

    def __len__(self) -> int:
        return self.last_frame - self.first_frame + 1


@dataclass(frozen=True, slots=True)
class ActionResult:
    """How a coder did on one action of a clip.

    Attributes
    ----------
    action : str
        Key of the action.
    index : float or None
        FACS agreement index; None if neither coder nor gold standard has the action.
    agreed, gold, coded : int
        Frames in which both, the gold standard, and the coder have it.
    other_side : int
        Frames in which both have it, on different sides.
    """

    action: str
    index: float | None
    agreed: int
    gold: int
    coded: int
    other_side: int


@dataclass(frozen=True, slots=True)
class TrainingScore:
    """A coder's codes of one clip beside the gold standard.

    Attributes
    ----------
    clip : GoldClip
        Which frames.
    frames : int
        Frames that both coded and that were compared.
    left_out : int
        Frames that the coder, or the gold standard, calls not codable.
    index : float or None
        FACS agreement index over all frames and actions; None if neither has any action.
    passed : bool or None
        Whether the index reaches the pass mark; None if there is no index.
    actions : tuple of ActionResult
        Actions that either has, in the order of the catalogue.
    mistakes : tuple of Mistake
        By first frame, then in the order of the catalogue.
    attempt : int
        1 for the first; from the second on the coder has seen the gold standard.
    """

    clip: GoldClip
    frames: int
    left_out: int
    index: float | None
    passed: bool | None
    actions: tuple[ActionResult, ...]
    mistakes: tuple[Mistake, ...]
    attempt: int = 1


@dataclass(frozen=True, slots=True)
class TrainingResult:
    """An entry of the log of attempts.

    Attributes
    ----------
    at : datetime
        When, UTC.
    rater_id : int
        Who was in training.
    clip : GoldClip
        On which frames, against whose codes.
    index : float or None
        What was reached.
    frames, left_out : int
        Frames that were compared, and left out as not codable.
    by_action : mapping of str to float
        Index of each action that either had.
    """

    at: datetime
    rater_id: int
    clip: GoldClip
    index: float | None
    frames: int = 0
    left_out: int = 0
    by_action: Mapping[str, float] = field(default_factory=dict, hash=False)
