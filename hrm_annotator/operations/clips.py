"""Change the clips of a recording; every function here runs in a worker thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hrm_annotator.language import said, tr

if TYPE_CHECKING:
    from hrm_core.records.coding_progress import RecordingProgress
    from hrm_core.records.people import Rater
    from hrm_core.records.recording import Clip, ExclusionReason, Recording
    from hrm_core.workflows.project import Project

__all__ = [
    "ClipsNow",
    "change_clip",
    "exclude_clip",
    "new_clip",
    "read_clips",
    "remove_clip",
    "reopen_clip",
    "split_clip",
]


@dataclass(frozen=True, slots=True)
class ClipsNow:
    """The clips of a recording after one was changed.

    Attributes
    ----------
    clips : tuple of Clip
        All of them in order, for player and timeline.
    progress : RecordingProgress
        The same clips and how far they are, for the tree.
    words : str
        What was done, for the status line.
    """

    clips: tuple[Clip, ...]
    progress: RecordingProgress
    words: str


def read_clips(project: Project, rater: Rater, recording: Recording, words: str = "") -> ClipsNow:
    """The clips of a recording as they are on disk now."""
    from hrm_core.workflows.coding_progress import progress_by_recording

    progress = progress_by_recording(project, rater, recording)[recording.id]
    return ClipsNow(tuple(entry.clip for entry in progress.clips), progress, words)


def new_clip(project: Project, rater: Rater, recording: Recording, first: int, last: int) -> ClipsNow:
    """Add a clip of these frames; a UserError says why it cannot be."""
    from hrm_core.workflows import choose_clips

    clip = choose_clips.new_clip(project, rater, recording, first, last)
    return read_clips(project, rater, recording, tr("{clip} is new.", clip=_named(clip)))


def change_clip(
    project: Project,
    rater: Rater,
    recording: Recording,
    clip: Clip,
    *,
    first: int | None = None,
    last: int | None = None,
    even_rated: bool = False,
) -> ClipsNow:
    """Move one or both edges of a clip; a UserError says why it cannot be."""
    from hrm_core.workflows import choose_clips

    new = choose_clips.change_clip(project, rater, clip, first=first, last=last, even_rated=even_rated)
    words = tr(
        "Clip {number} is frames {first}–{last} now.",
        number=new.number,
        first=new.first_frame,
        last=new.last_frame,
    )
    return read_clips(project, rater, recording, words)


def split_clip(
    project: Project,
    rater: Rater,
    recording: Recording,
    clip: Clip,
    frame: int,
    *,
    even_rated: bool = False,
) -> ClipsNow:
    """Make two clips of one, the second from `frame` on; a UserError says why it cannot be."""
    from hrm_core.workflows import choose_clips

    one, other = choose_clips.split_clip(project, rater, clip, frame, even_rated=even_rated)
    words = tr(
        "{clip} was split: {one} and {other}.", clip=_named(clip), one=_named(one), other=_named(other)
    )
    return read_clips(project, rater, recording, words)


def exclude_clip(
    project: Project,
    rater: Rater,
    recording: Recording,
    clip: Clip,
    reason: ExclusionReason,
    words: str = "",
) -> ClipsNow:
    """Say that a clip is not to be coded, and why; a UserError says why it cannot be."""
    from hrm_core.workflows import choose_clips

    new = choose_clips.exclude_clip(project, rater, clip, reason, words)
    said_why = tr("{clip} is excluded: {why}.", clip=_named(new), why=said(new.why))
    return read_clips(project, rater, recording, said_why)


def reopen_clip(project: Project, rater: Rater, recording: Recording, clip: Clip) -> ClipsNow:
    """Say that an excluded clip is to be coded after all; a UserError says why it cannot be."""
    from hrm_core.workflows import choose_clips

    new = choose_clips.reopen_clip(project, rater, clip)
    return read_clips(project, rater, recording, tr("{clip} is to be coded.", clip=_named(new)))


def remove_clip(project: Project, rater: Rater, recording: Recording, clip: Clip) -> ClipsNow:
    """Take a clip away, not the labels of its frames; a UserError says why it cannot be."""
    from hrm_core.workflows import choose_clips

    choose_clips.remove_clip(project, rater, clip)
    return read_clips(
        project, rater, recording, tr("{clip} was removed; its labels stay.", clip=_named(clip))
    )


def _named(clip: Clip) -> str:
    return tr(
        "Clip {number} (frames {first}–{last})",
        number=clip.number,
        first=clip.first_frame,
        last=clip.last_frame,
    )
