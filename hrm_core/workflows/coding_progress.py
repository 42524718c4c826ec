"""How far a rater is, for ``hrm progress`` and the tree in the window."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time

import numpy as np

from hrm_core.records.coding import CodingState
from hrm_core.records.coding_progress import (
    ClipProgress,
    DayProgress,
    FrameCounts,
    ParticipantProgress,
    RecordingProgress,
    StudyProgress,
    recording_progress,
    summed,
)
from hrm_core.records.people import Rater
from hrm_core.records.recording import Clip, Recording
from hrm_core.workflows.project import Project

__all__ = ["coding_days", "coding_progress", "progress_by_recording"]


def coding_progress(project: Project, rater: Rater) -> StudyProgress:
    """How far a rater is with every clip, recording and child; no group is in it.

    Parameters
    ----------
    project : Project
        The open study.
    rater : Rater
        Whose frames are counted.

    Returns
    -------
    StudyProgress
        All participants, also those of whom nothing is coded.
    """
    found = progress_by_recording(project, rater)
    recordings: dict[int, list[RecordingProgress]] = {}
    for recording in project.store.recordings.of_participant():
        recordings.setdefault(recording.participant_id, []).append(found[recording.id])
    participants = []
    for who in project.participants(replace(rater, blind=True)):
        entries = tuple(recordings.get(who.id, ()))
        participants.append(ParticipantProgress(who.code, entries, *_sums(entries)))
    return StudyProgress(rater.name, tuple(participants), *_sums(participants))


def progress_by_recording(
    project: Project, rater: Rater, only: Recording | None = None
) -> dict[int, RecordingProgress]:
    """How far a rater is with every recording, by its number in the store.

    Parameters
    ----------
    project : Project
        The open study.
    rater : Rater
        Whose frames are counted.
    only : Recording, optional
        Of this recording alone.
    """
    counts, number = project.store.coding_counts, None if only is None else only.id
    by_clip, outside = counts.by_clip(rater.id, number), counts.outside_clips(rater.id, number)
    today = counts.settled_since(rater.id, _start_of(date.today()), number)
    clips: dict[int, list[Clip]] = {}
    for clip in project.store.recordings.clips(number):
        clips.setdefault(clip.video_id, []).append(clip)
    found = {}
    for recording in project.store.recordings.of_participant() if only is None else [only]:
        frames, seconds = today.get(recording.id, (0, 0.0))
        found[recording.id] = recording_progress(
            recording,
            [
                ClipProgress(clip, by_clip.get(clip.id, FrameCounts()) + FrameCounts(len(clip)))
                for clip in clips.get(recording.id, ())
            ],
            outside.get(recording.id, FrameCounts()),
            today=frames,
            today_seconds=seconds,
        )
    return found


def coding_days(project: Project, rater: Rater) -> list[DayProgress]:
    """What a rater did on each day, the oldest first, on the clock of this computer.

    Frames whose last change was an import, or another file under the labels, or somebody
    else's, belong to no day.
    """
    minutes, states, seconds = project.store.coding_counts.last_changes(rater.id)
    known, place = np.unique(minutes, return_inverse=True)
    days, day_of_minute = np.unique([_local_day(text) for text in known.tolist()], return_inverse=True)
    day = day_of_minute[place] if len(known) else place
    carried = states == str(CodingState.CARRIED)
    timed = np.isin(states, (str(CodingState.CODED), str(CodingState.CHECKED))) & (seconds > 0)
    found = []
    for number, text in enumerate(days.tolist()):
        here = day == number
        spent = seconds[here & timed]
        found.append(
            DayProgress(
                date.fromisoformat(text),
                frames=int((here & ~carried).sum()),
                carried=int((here & carried).sum()),
                seconds=float(seconds[here].sum()),
                median_seconds=float(np.median(spent)) if len(spent) else None,
            )
        )
    return found


def _sums(
    parts: tuple[RecordingProgress, ...] | list[ParticipantProgress],
) -> tuple[FrameCounts, FrameCounts, FrameCounts]:
    return (
        summed(part.counts for part in parts),
        summed(part.excluded for part in parts),
        summed(part.outside for part in parts),
    )


def _start_of(day: date) -> str:
    """When a day begins on this computer's clock, as the log writes times."""
    return datetime.combine(day, time()).astimezone(UTC).isoformat(timespec="microseconds")


def _local_day(minute: str) -> str:
    return datetime.fromisoformat(f"{minute}+00:00").astimezone().date().isoformat()
