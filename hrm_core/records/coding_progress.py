"""How far one rater is: frames by state, and time, for clips, recordings, children and days."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from hrm_core.records.coding import CodingState, FrameCoding
from hrm_core.records.recording import Clip, Recording

__all__ = [
    "ClipProgress",
    "DayProgress",
    "FrameCounts",
    "ParticipantProgress",
    "RecordingProgress",
    "StudyProgress",
    "counts_of",
    "recording_progress",
    "summed",
]


@dataclass(frozen=True, slots=True)
class FrameCounts:
    """Frames of one rater by state; coded, checked, carried, not codable and uncoded add up.

    Attributes
    ----------
    frames : int
        All frames that are to be coded.
    coded, checked, carried, not_codable : int
        Frames in each state; a checked frame is counted as checked alone.
    doubtful : int
        Frames in whichever state that are flagged to be looked at again.
    seconds : float
        Time these frames were on the rater's screen.
    """

    frames: int = 0
    coded: int = 0
    checked: int = 0
    carried: int = 0
    not_codable: int = 0
    doubtful: int = 0
    seconds: float = 0.0

    def __add__(self, other: FrameCounts) -> FrameCounts:
        return FrameCounts(
            self.frames + other.frames,
            self.coded + other.coded,
            self.checked + other.checked,
            self.carried + other.carried,
            self.not_codable + other.not_codable,
            self.doubtful + other.doubtful,
            self.seconds + other.seconds,
        )

    @property
    def done(self) -> int:
        """Frames that somebody looked at and settled: coded, checked or not codable, never carried."""
        return self.coded + self.checked + self.not_codable

    @property
    def uncoded(self) -> int:
        """Frames of which nothing is said."""
        return max(self.frames - self.done - self.carried, 0)

    @property
    def is_complete(self) -> bool:
        """Whether every frame is settled, and there is one."""
        return 0 < self.frames <= self.done


@dataclass(frozen=True, slots=True)
class ClipProgress:
    """How far a rater is with a clip.

    Attributes
    ----------
    clip : Clip
        The clip; an excluded one need not be coded.
    counts : FrameCounts
        Its frames.
    """

    clip: Clip
    counts: FrameCounts


@dataclass(frozen=True, slots=True)
class RecordingProgress:
    """How far a rater is with a recording.

    Attributes
    ----------
    video_id : int
        The recording's number in the store.
    video : str
        Its name.
    clips : tuple of ClipProgress
        All clips in order, also excluded ones.
    counts : FrameCounts
        Frames of the clips that are to be coded; of a recording without clips, all frames.
    excluded : FrameCounts
        Frames of excluded clips, those left out that are not in the file that is connected now.
    outside : FrameCounts
        Frames that were coded although they are in no clip.
    frames_known : bool
        Whether it is known how many frames there are; of labels without a film, ``counts.frames`` are
        those that are coded or carried.
    today : int
        Frames that were settled today.
    today_seconds : float
        Time these frames were on the rater's screen.
    """

    video_id: int
    video: str
    clips: tuple[ClipProgress, ...]
    counts: FrameCounts
    excluded: FrameCounts = FrameCounts()
    outside: FrameCounts = FrameCounts()
    frames_known: bool = True
    today: int = 0
    today_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class ParticipantProgress:
    """How far a rater is with a child.

    Attributes
    ----------
    participant : str
        Code of the child.
    recordings : tuple of RecordingProgress
        In the order added.
    counts, excluded, outside : FrameCounts
        Sums over the recordings.
    """

    participant: str
    recordings: tuple[RecordingProgress, ...]
    counts: FrameCounts
    excluded: FrameCounts
    outside: FrameCounts


@dataclass(frozen=True, slots=True)
class DayProgress:
    """What a rater did on one day.

    A frame belongs to the day on which the rater changed it last, with all the time it was
    ever on the screen.

    Attributes
    ----------
    day : date
        On the clock of this computer.
    frames : int
        Frames settled: coded, checked or not codable.
    carried : int
        Frames filled from a neighbour and not confirmed.
    seconds : float
        Time all these frames were on the screen.
    median_seconds : float or None
        Of the coded and checked frames that were on the screen at all; None if there is none.
    """

    day: date
    frames: int
    carried: int
    seconds: float
    median_seconds: float | None


@dataclass(frozen=True, slots=True)
class StudyProgress:
    """How far a rater is with the study.

    Attributes
    ----------
    rater : str
        Name of the rater.
    participants : tuple of ParticipantProgress
        In natural order of their codes.
    counts, excluded, outside : FrameCounts
        Sums over the participants.
    """

    rater: str
    participants: tuple[ParticipantProgress, ...]
    counts: FrameCounts
    excluded: FrameCounts
    outside: FrameCounts


def summed(counts: Iterable[FrameCounts]) -> FrameCounts:
    """All of them together."""
    return sum(counts, FrameCounts())


def counts_of(codings: Iterable[FrameCoding], frames: int = 0) -> FrameCounts:
    """Count codings of different frames.

    Parameters
    ----------
    codings : iterable of FrameCoding
        What was said.
    frames : int
        How many frames are to be coded.
    """
    by_state = dict.fromkeys(CodingState, 0)
    doubtful, seconds = 0, 0.0
    for coding in codings:
        by_state[coding.state] += 1
        doubtful += coding.doubtful
        seconds += coding.seconds_spent
    return FrameCounts(
        frames,
        by_state[CodingState.CODED],
        by_state[CodingState.CHECKED],
        by_state[CodingState.CARRIED],
        by_state[CodingState.NOT_CODABLE],
        doubtful,
        seconds,
    )


def recording_progress(
    recording: Recording,
    clips: Iterable[ClipProgress],
    outside: FrameCounts,
    *,
    today: int = 0,
    today_seconds: float = 0.0,
) -> RecordingProgress:
    """Put together what is known of the frames of one recording.

    Parameters
    ----------
    recording : Recording
        The recording.
    clips : iterable of ClipProgress
        Its clips in order.
    outside : FrameCounts
        What was said of frames that are in no clip.
    today : int
        Frames that were settled today.
    today_seconds : float
        Their time on the screen.
    """
    entries = tuple(clips)
    said = outside.done + outside.carried
    known = bool(entries) or recording.frame_count is not None
    if entries:
        counts = summed(entry.counts for entry in entries if not entry.clip.is_excluded)
    else:
        total = recording.frame_count if recording.frame_count is not None else said
        counts, outside = outside + FrameCounts(total), FrameCounts()
    return RecordingProgress(
        recording.id,
        recording.name,
        entries,
        counts,
        summed(entry.counts for entry in entries if entry.clip.is_excluded and not entry.clip.is_nowhere),
        outside + FrameCounts(said) if entries else outside,
        known,
        today,
        today_seconds,
    )
