"""What a run of a model over recordings did: who is told, and what."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["PrelabelReport", "PrelabeledVideo"]


@dataclass(frozen=True, slots=True)
class PrelabeledVideo:
    """What came of one recording.

    Attributes
    ----------
    participant, video : str
        Which one it is.
    frames : int
        Frames that were (or are to be) looked at now.
    faceless : int
        Those of them in which the child's face is not seen: nothing is suggested for them.
    there : int
        Frames that the same model had looked at before, in the same way.
    unseen : int
        Frames in which nobody has looked for a face, or that cannot be read: they were left out.
    seconds : float
        How long it took, faces that had to be looked for included.
    problem : str
        Why it was not done, or not to its end; empty if it was.
    """

    participant: str
    video: str
    frames: int = 0
    faceless: int = 0
    there: int = 0
    unseen: int = 0
    seconds: float = 0.0
    problem: str = ""


@dataclass(frozen=True, slots=True)
class PrelabelReport:
    """What a run of a model did, and for whom its suggestions are good.

    Attributes
    ----------
    model : str
        Name of the card.
    run : int or None
        Number of the run in the store; None where nothing was written.
    weights_sha256 : str
        Of the file that was or would be run.
    ran_on : str
        What ran it, in the end.
    passed_over : tuple of str
        What could not run it, or not to the end, a sentence each.
    population : str
        Who is on the pictures the model learned from.
    limits : tuple of str
        For whom and what it may not be used without checking.
    videos : tuple of PrelabeledVideo
        In the order they were asked for.
    dry_run : bool
        Whether nothing was written.
    """

    model: str
    run: int | None
    weights_sha256: str
    ran_on: str
    passed_over: tuple[str, ...]
    population: str
    limits: tuple[str, ...]
    videos: tuple[PrelabeledVideo, ...]
    dry_run: bool

    @property
    def frames(self) -> int:
        """Frames that were or would be looked at."""
        return sum(video.frames for video in self.videos)

    @property
    def seconds(self) -> float:
        """How long all of it took."""
        return sum(video.seconds for video in self.videos)

    @property
    def frames_per_s(self) -> float:
        """Frames a second; 0 if there were none."""
        return self.frames / self.seconds if self.seconds > 0 else 0.0
