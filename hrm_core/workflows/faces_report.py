"""What is told of the faces of a study once they were looked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hrm_core.faces.follow import FollowEvent

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["ExtractedFaces", "FaceEvent", "FacesReport", "NeutralFace", "events_of"]


@dataclass(frozen=True, slots=True)
class FaceEvent:
    """Where a person should look whether the right face is followed.

    Attributes
    ----------
    kind : str
        ``"lost"``, ``"found again"``, ``"switched"`` or ``"several faces, unsure"``.
    frame : int
        In which frame, or from which on.
    before, after : tuple of float or None
        Left, top, right, bottom in pixels: the face before, and the one taken then.
    """

    kind: str
    frame: int
    before: tuple[float, ...] | None = None
    after: tuple[float, ...] | None = None


@dataclass(frozen=True, slots=True)
class ExtractedFaces:
    """What became of one video.

    Attributes
    ----------
    participant, video : str
        Code of the child and name of the recording.
    features : pathlib.Path or None
        The feature file; None if nothing was to be done.
    frames : int
        Frames of which faces are known now.
    looked, there : int
        Frames that were looked at now (or are to be), and of which faces were known already.
    with_child, without_face, several_faces : int
        Of all `frames`: those with the child's face, with no face, with more than one.
    switches : tuple of int
        Frames in which another face was taken for the child's.
    events : tuple of FaceEvent
        All that should be looked at, the switches too.
    aligned, crops : int
        Pictures written now.
    damaged : tuple of int
        Frames that cannot be decoded.
    problem : str
        Why it could not be done; empty if it was.
    """

    participant: str
    video: str
    features: Path | None = None
    frames: int = 0
    looked: int = 0
    there: int = 0
    with_child: int = 0
    without_face: int = 0
    several_faces: int = 0
    switches: tuple[int, ...] = ()
    events: tuple[FaceEvent, ...] = ()
    aligned: int = 0
    crops: int = 0
    damaged: tuple[int, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class NeutralFace:
    """What was found in a child's neutral picture.

    Attributes
    ----------
    participant : str
        Code of the child.
    faces : int
        How many faces.
    problem : str
        Why it could not be looked at; empty if it was.
    """

    participant: str
    faces: int = 0
    problem: str = ""


@dataclass(frozen=True, slots=True)
class FacesReport:
    """What :func:`~hrm_core.workflows.extract_faces.extract_faces` did, or would do.

    Attributes
    ----------
    detector : str
        What found the faces.
    videos : tuple of ExtractedFaces
        In the order of the study.
    neutral : tuple of NeutralFace
        Neutral pictures that were looked at now.
    frames : int
        Frames that were looked at now, or are to be.
    seconds : float
        How long that took.
    dry_run : bool
        Whether nothing was written.
    """

    detector: str
    videos: tuple[ExtractedFaces, ...]
    neutral: tuple[NeutralFace, ...]
    frames: int
    seconds: float = 0.0
    dry_run: bool = False

    @property
    def frames_per_s(self) -> float:
        """Frames looked at in a second; 0 where none were."""
        return self.frames / self.seconds if self.seconds > 0 else 0.0


def events_of(events: Sequence[FollowEvent]) -> tuple[FaceEvent, ...]:
    """Events as they are reported."""
    return tuple(FaceEvent(str(e.kind), e.frame, _plain(e.before), _plain(e.after)) for e in events)


def _plain(box: NDArray[np.float64] | None) -> tuple[float, ...] | None:
    return None if box is None else tuple(box.round(1).tolist())
