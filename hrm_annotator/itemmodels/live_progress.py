"""How far the open recording is, kept up to date frame by frame while it is coded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from hrm_core.records.coding import CodingState, FrameCoding
from hrm_core.records.coding_progress import (
    ClipProgress,
    FrameCounts,
    RecordingProgress,
    counts_of,
    recording_progress,
)
from hrm_core.records.recording import Clip, Recording

__all__ = ["LiveProgress"]


class LiveProgress:
    """Counts of one recording; a changed frame costs the same however many there are.

    Parameters
    ----------
    recording : Recording
        The open recording.
    clips : sequence of Clip
        Its clips.
    codings : mapping of int to FrameCoding
        All that its rater says of it now.
    today, today_seconds : int, float
        Frames that were settled today until now, and their time.
    """

    def __init__(
        self,
        recording: Recording,
        clips: Sequence[Clip],
        codings: Mapping[int, FrameCoding],
        today: int = 0,
        today_seconds: float = 0.0,
    ) -> None:
        self.recording = recording
        self._seen = dict(codings)
        self._day = date.today()
        self._touched: set[int] = set()
        self._today, self._today_seconds = today, today_seconds
        self.show_clips(clips)

    def show_clips(self, clips: Sequence[Clip]) -> None:
        """Count by these clips from now on."""
        self._clips = tuple(clips)
        inside: set[int] = set()
        self._counts = []
        for clip in self._clips:
            frames = [frame for frame in range(clip.first_frame, clip.last_frame + 1) if frame in self._seen]
            inside.update(frames)
            self._counts.append(counts_of((self._seen[frame] for frame in frames), len(clip)))
        self._outside = counts_of(coding for frame, coding in self._seen.items() if frame not in inside)

    def update(self, frames: Iterable[int], codings: Mapping[int, FrameCoding]) -> None:
        """Take over what is said now of frames that may have changed."""
        if date.today() != self._day:
            self._day, self._today, self._today_seconds = date.today(), 0, 0.0
            self._touched.clear()
        for frame in frames:
            self._replace(frame, self._seen.get(frame), codings.get(frame))

    def update_all(self, codings: Mapping[int, FrameCoding]) -> None:
        """Take over what is said now of any frame."""
        self.update([*self._seen.keys() | codings.keys()], codings)

    @property
    def progress(self) -> RecordingProgress:
        """How far it is now."""
        entries = [ClipProgress(*entry) for entry in zip(self._clips, self._counts, strict=True)]
        today, seconds = self._today, self._today_seconds
        return recording_progress(self.recording, entries, self._outside, today=today, today_seconds=seconds)

    def _replace(self, frame: int, old: FrameCoding | None, new: FrameCoding | None) -> None:
        if new == old:
            return
        self._count_today(frame, old, -1)
        self._touched.add(frame)
        self._count_today(frame, new, 1)
        here = [
            place for place, clip in enumerate(self._clips) if clip.first_frame <= frame <= clip.last_frame
        ]
        for place in here:
            self._counts[place] = _exchanged(self._counts[place], old, new)
        if not here:
            self._outside = _exchanged(self._outside, old, new)
        if new is None:
            del self._seen[frame]
        else:
            self._seen[frame] = new

    def _count_today(self, frame: int, coding: FrameCoding | None, sign: int) -> None:
        if coding is None or coding.state is CodingState.CARRIED:
            return
        # What this window has changed was changed today, whatever it says of when it was read.
        if frame in self._touched or _local_day(coding.changed_at) == self._day:
            self._today += sign
            self._today_seconds += sign * coding.seconds_spent


def _exchanged(counts: FrameCounts, old: FrameCoding | None, new: FrameCoding | None) -> FrameCounts:
    gone, come = counts_of([old] if old else ()), counts_of([new] if new else ())
    return FrameCounts(
        counts.frames,
        counts.coded - gone.coded + come.coded,
        counts.checked - gone.checked + come.checked,
        counts.carried - gone.carried + come.carried,
        counts.not_codable - gone.not_codable + come.not_codable,
        counts.doubtful - gone.doubtful + come.doubtful,
        counts.seconds - gone.seconds + come.seconds,
    )


def _local_day(at: datetime | None) -> date | None:
    return None if at is None else at.astimezone().date()
