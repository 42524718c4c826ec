"""A judge's way through a session: what comes next, when an answer counts, what has been counted.

Everything that touches the store or a file runs in a worker thread.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hrm_annotator.language import said, tr
from hrm_core.errors import UserError
from hrm_core.records.rating_plan import Presentation, TrialKind
from hrm_core.records.sitting import Seated, SeatTrial

if TYPE_CHECKING:
    from hrm_core.workflows.sit_for_rating import Sitting, Video

__all__ = [
    "Count",
    "Memory",
    "OpenClip",
    "Step",
    "begin_clip",
    "count",
    "may_answer",
    "next_step",
    "open_sitting",
    "seats",
    "words_for",
]

# A picture that stands alone is shown as long as one of a film would be.
_ONE_FRAME_S = 0.04


class Step(Enum):
    """What the judge meets next."""

    PRACTICE_OVER = auto()
    BREAK = auto()
    CLIP = auto()
    ATTENTION = auto()
    DONE = auto()


@dataclass
class Memory:
    """What the window remembers of one trial while it is open; the log on disk knows more.

    Attributes
    ----------
    replays : int
        How often the judge had the clip played again.
    watched_s : float
        Seconds of the clip that have been shown.
    ended_at : float or None
        When it ended, on the clock that answers are timed by; None where no time is measured.
    """

    replays: int = 0
    watched_s: float = 0.0
    ended_at: float | None = None


@dataclass(frozen=True)
class OpenClip:
    """A clip that is about to play.

    Attributes
    ----------
    video : Video
        Its frames; whoever plays it closes it.
    times : ndarray of float64, shape (n_frames,)
        When each frame is shown, seconds from the first one.
    length_s : float
        When the last one has been shown.
    """

    video: Video
    times: NDArray[np.float64]
    length_s: float


@dataclass(frozen=True)
class Count:
    """How far the judge is, in clips that count or, while practising, in practice clips.

    Attributes
    ----------
    done, total : int
        Answered, and all.
    practice : bool
        Whether these are practice clips.
    """

    done: int
    total: int
    practice: bool = field(default=False)


def seats(folder: Path) -> list[Seated]:
    """The seats that judges can take."""
    from hrm_core.workflows.sit_for_rating import seats_of

    return seats_of(folder)


def open_sitting(folder: Path, session: str, judge: str) -> Sitting:
    """Take a seat."""
    from hrm_core.workflows.sit_for_rating import open_sitting as take_seat

    return take_seat(folder, session, judge)


def begin_clip(sitting: Sitting, trial: SeatTrial, replays: int = 0) -> OpenClip:
    """Open the clip of a trial and write that it begins; neither where the other fails."""
    # Its first frame is decoded by now: a clip that cannot be seen never counts as shown.
    video = sitting.open_clip(trial)
    try:
        sitting.shown(trial, replays=replays)
    except UserError:
        video.close()
        raise
    times = np.asarray(video.times, dtype=np.float64)
    steps = np.diff(times)
    last_s = float(np.median(steps)) if len(steps) else _ONE_FRAME_S
    return OpenClip(video, times, float(times[-1]) + last_s)


def next_step(sitting: Sitting, before: SeatTrial | None, rested_at: int | None) -> Step:
    """What comes before or in the current trial.

    Parameters
    ----------
    sitting : Sitting
        The judge's.
    before : SeatTrial or None
        The trial that was answered last while this window has been open.
    rested_at : int or None
        Position of the trial before which this was asked already.
    """
    trial = sitting.current
    if trial is None:
        return Step.DONE
    if rested_at != trial.position and before is not None:
        if before.kind is TrialKind.PRACTICE and trial.kind is not TrialKind.PRACTICE:
            return Step.PRACTICE_OVER
        if trial.break_before:
            return Step.BREAK
    return Step.ATTENTION if trial.kind is TrialKind.ATTENTION else Step.CLIP


def count(sitting: Sitting) -> Count:
    """How far the judge is; checks of attention are no clips and are not counted."""
    trial = sitting.current
    practice = trial is not None and trial.kind is TrialKind.PRACTICE
    kind = TrialKind.PRACTICE if practice else TrialKind.RATING
    counted = [entry.position for entry in sitting.trials if entry.kind is kind]
    return Count(len(sitting.state.answered.intersection(counted)), len(counted), practice)


def may_answer(presentation: Presentation, watched_s: float, *, ended: bool) -> bool:
    """Whether an answer counts after so many seconds of a clip."""
    least = presentation.least_watch_s
    return ended or (least is not None and watched_s >= least)


def words_for(error: UserError | str, folder: Path) -> str:
    """A sentence of the core as a judge may read it: translated, and without where the study lies."""
    words = str(error)
    for path in {folder, folder.absolute(), folder.resolve()}:
        if path.name:
            words = words.replace(str(path), tr("the study's folder"))
    return said(words)
