"""Choose the clips of a recording: which frames are to be coded, and which are not and why.

Clips never touch the labels of frames: what was coded stays, whatever becomes of the
clip around it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hrm_core.config import StudySettings
from hrm_core.errors import NotFoundError, ProjectError
from hrm_core.records.people import Rater
from hrm_core.records.recording import OFFERED_REASONS, Clip, ClipChange, ExclusionReason, Recording
from hrm_core.workflows.privacy import names_group
from hrm_core.workflows.project import Project

__all__ = [
    "change_clip",
    "clip_log",
    "clip_numbered",
    "clips_of_recording",
    "exclude_clip",
    "excluded_frames",
    "new_clip",
    "remove_clip",
    "reopen_clip",
    "split_clip",
]


def clips_of_recording(project: Project, recording: Recording) -> tuple[Clip, ...]:
    """Clips of a recording by number."""
    return tuple(project.store.recordings.clips(recording.id))


def excluded_frames(project: Project, recording: Recording) -> NDArray[np.int64]:
    """Frames, ascending, that are only in clips that nobody is to code.

    Where a list of clips overlaps itself, what is to be coded anywhere is to be coded.  A clip that
    is in no file of the recording any more excludes nothing: its numbers mean other frames now.
    """
    excluded, open_ = set[int](), set[int]()
    for clip in project.store.recordings.clips(recording.id):
        if not clip.is_nowhere:
            among = excluded if clip.is_excluded else open_
            among.update(range(clip.first_frame, clip.last_frame + 1))
    return np.array(sorted(excluded - open_), dtype=np.int64)


def clip_numbered(project: Project, recording: Recording, number: int) -> Clip:
    """The clip that has this place among those of a recording.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    clips = clips_of_recording(project, recording)
    for clip in clips:
        if clip.number == number:
            return clip
    there = ", ".join(str(clip.number) for clip in clips) or "none"
    raise NotFoundError(f"Video {recording.name!r} has no clip {number}; it has: {there}.")


def new_clip(project: Project, rater: Rater, recording: Recording, first: int, last: int) -> Clip:
    """Add a clip to a recording.

    The recording's clips are numbered anew by their first frames; ratings stay with
    the clips they were given on.

    Parameters
    ----------
    project : Project
        The open study.
    rater : Rater
        Who chooses.
    recording : Recording
        Of which video.
    first, last : int
        Its frames, both included.

    Raises
    ------
    ProjectError
        If it ends before it begins, leaves the recording or overlaps another clip.
    """
    return project.store.clips.add(recording.id, first, last, rater.id)


def change_clip(
    project: Project,
    rater: Rater,
    clip: Clip,
    *,
    first: int | None = None,
    last: int | None = None,
    even_rated: bool = False,
) -> Clip:
    """Move one or both edges of a clip.

    Parameters
    ----------
    project : Project
        The open study.
    rater : Rater
        Who does it.
    clip : Clip
        The clip.
    first, last : int, optional
        Where it begins and ends from now on; what is left out stays.
    even_rated : bool
        Also if judges have rated it as it was; what it was stays in the log.

    Raises
    ------
    NotFoundError
        If somebody has removed it.
    ProjectError
        As :func:`new_clip`; if it was rated and `even_rated` is False.
    """
    now = project.store.clips.get(clip.id)
    return project.store.clips.change(
        clip.id,
        now.first_frame if first is None else first,
        now.last_frame if last is None else last,
        rater.id,
        even_rated=even_rated,
    )


def split_clip(
    project: Project, rater: Rater, clip: Clip, frame: int, *, even_rated: bool = False
) -> tuple[Clip, Clip]:
    """Make two clips of one; both keep its state.

    Parameters
    ----------
    project : Project
        The open study.
    rater : Rater
        Who does it.
    clip : Clip
        The clip.
    frame : int
        First frame of the second part.
    even_rated : bool
        Also if judges have rated it as a whole; their ratings stay with the first part.

    Raises
    ------
    NotFoundError
        If somebody has removed it.
    ProjectError
        If a part would have no frame; if it was rated and `even_rated` is False.
    """
    return project.store.clips.split(clip.id, frame, rater.id, even_rated=even_rated)


def exclude_clip(
    project: Project, rater: Rater, clip: Clip, reason: ExclusionReason, words: str = ""
) -> Clip:
    """Say that a clip is not to be coded, and why.

    Parameters
    ----------
    project : Project
        The open study.
    rater : Rater
        Who says so; it holds for all raters.
    clip : Clip
        The clip.
    reason : ExclusionReason
        One of :data:`~hrm_core.records.recording.OFFERED_REASONS`.
    words : str
        What is to be added; needed where the reason is "other".

    Raises
    ------
    NotFoundError
        If somebody has removed it.
    ProjectError
        If words are missing or would tell blind coders a group.
    """
    words = " ".join(words.split())
    if reason not in OFFERED_REASONS:
        raise ProjectError(
            f"{reason.words.capitalize()!r} is said by the program alone: choose another reason."
        )
    if reason is ExclusionReason.OTHER and not words:
        raise ProjectError("Say in words why the clip is excluded, or choose one of the reasons.")
    _require_no_group(words, project.settings)
    return project.store.clips.exclude(clip.id, reason, words, rater.id)


def reopen_clip(project: Project, rater: Rater, clip: Clip) -> Clip:
    """Say that an excluded clip is to be coded after all.

    Raises
    ------
    NotFoundError
        If somebody has removed it.
    ProjectError
        If its frames are not in the file that is connected now.
    """
    return project.store.clips.reopen(clip.id, rater.id)


def remove_clip(project: Project, rater: Rater, clip: Clip) -> None:
    """Take a clip away; the labels of its frames stay.

    Raises
    ------
    NotFoundError
        If somebody has removed it already.
    ProjectError
        If judges have rated it.
    """
    project.store.clips.remove(clip.id, rater.id)


def clip_log(project: Project, recording: Recording | None = None) -> list[ClipChange]:
    """Who changed the clips of a recording, or of all (None), the oldest first."""
    return project.store.clips.log(None if recording is None else recording.id)


def _require_no_group(words: str, settings: StudySettings) -> None:
    # Every rater reads why a clip is excluded.
    group = names_group(words, settings)
    if group is not None:
        raise ProjectError(
            f"Blind coders read why a clip is excluded, and {words!r} would tell them a group ({group}): "
            "say it without the group."
        )
