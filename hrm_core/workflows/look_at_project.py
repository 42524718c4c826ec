"""What is in a study, for the tree in the window and for ``hrm info``."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hrm_core.records.coding_progress import RecordingProgress
from hrm_core.records.people import Participant, Rater
from hrm_core.records.recording import Clip, Recording
from hrm_core.workflows.coding_progress import progress_by_recording
from hrm_core.workflows.privacy import hide_groups
from hrm_core.workflows.project import Project

__all__ = ["ParticipantView", "RecordingView", "clips_of", "look_at_project", "title_of"]


@dataclass(frozen=True, slots=True)
class RecordingView:
    """A recording with its clips and how many frames the viewer has coded; how far that is, if asked."""

    recording: Recording
    clips: tuple[Clip, ...]
    coded_frames: int
    progress: RecordingProgress | None = None


@dataclass(frozen=True, slots=True)
class ParticipantView:
    """A participant, as the viewer may see it, with its recordings."""

    participant: Participant
    recordings: tuple[RecordingView, ...]
    has_neutral: bool


def look_at_project(project: Project, viewer: Rater | None = None) -> list[ParticipantView]:
    """Everything in the study, as `viewer` may see it.

    Parameters
    ----------
    project : Project
        The open study.
    viewer : Rater, optional
        Who looks: a blind rater gets no groups, also not in paths (the films can
        be shown all the same); coded frames and progress are this rater's.

    Returns
    -------
    list of ParticipantView
        In natural order of their codes.
    """
    coded = project.store.codings.count(viewer.id) if viewer else {}
    progress = progress_by_recording(project, viewer) if viewer else {}
    clips: dict[int, list[Clip]] = {}
    for clip in project.store.recordings.clips():
        clips.setdefault(clip.video_id, []).append(clip)
    recordings: dict[int, list[RecordingView]] = {}
    blind = viewer is not None and viewer.blind
    for entry in project.store.recordings.of_participant():
        if blind and entry.path is not None:
            # Films lie in a folder named by the group.
            entry = replace(entry, path=hide_groups(entry.path, project.settings))
        of_entry = tuple(clips.get(entry.id, ()))
        view = RecordingView(entry, of_entry, coded.get(entry.id, 0), progress.get(entry.id))
        recordings.setdefault(entry.participant_id, []).append(view)
    return [
        ParticipantView(who, tuple(recordings.get(who.id, ())), project.neutral_path(who.code) is not None)
        for who in project.participants(viewer)
    ]


def clips_of(project: Project, recording: Recording) -> tuple[Clip, ...]:
    """Clips of a recording in order."""
    return tuple(project.store.recordings.clips(recording.id))


def title_of(project: Project, recording: Recording) -> str:
    """What a window writes above a recording: participant and video, never the group."""
    codes = {who.id: who.code for who in project.participants()}
    return f"Participant {codes[recording.participant_id]} · {recording.name}"
