"""What a run of a network over pictures did."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

__all__ = ["PredictedVideo", "PredictionReport"]


@dataclass(frozen=True, slots=True)
class PredictedVideo:
    """What came of one video or folder.

    Attributes
    ----------
    pictures : pathlib.Path or None
        Its aligned faces; None if there are none.
    participant, video : str
        Which one it is; empty for a folder outside a study.
    parquet, csv : pathlib.Path or None
        What was written, or was there; None if it was not.
    frames : int
        Pictures that were or would be looked at.
    without : int or None
        Frames of the video without a picture, of which nothing is said; None if it is not known.
    there : bool
        Whether the predictions were there already, so that nothing was done.
    actions_per_frame : float or None
        How many actions are said to be there on average; None where nothing was done.
    problem : str
        Why there are no predictions; empty if there are.
    """

    pictures: Path | None
    participant: str = ""
    video: str = ""
    parquet: Path | None = None
    csv: Path | None = None
    frames: int = 0
    without: int | None = None
    there: bool = False
    actions_per_frame: float | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class PredictionReport:
    """What a run of a network did, and for whom its results are good.

    Attributes
    ----------
    model : str
        Name of the card.
    weights_sha256 : str
        Of the file that was or would be run.
    ran_on : str
        What ran it; empty if nothing was to be done.
    passed_over : tuple of str
        What could not run it, a sentence each.
    population : str
        Who is on the pictures the model learned from.
    limits : tuple of str
        For whom and what it may not be used without checking.
    videos : tuple of PredictedVideo
        In the order they were asked for.
    frames : int
        Pictures that were or would be looked at.
    seconds : float
        How long that took, reading included.
    dry_run : bool
        Whether nothing was written.
    """

    model: str
    weights_sha256: str
    ran_on: str
    passed_over: tuple[str, ...]
    population: str
    limits: tuple[str, ...]
    videos: tuple[PredictedVideo, ...]
    frames: int
    seconds: float
    dry_run: bool

    @property
    def frames_per_s(self) -> float:
        """Frames per second; 0 if there were none."""
        return self.frames / self.seconds if self.seconds > 0 else 0.0
