"""What a rater wants to look at again, over a whole study."""

from __future__ import annotations

from dataclasses import dataclass

from hrm_core.records.doubts import Doubt, doubts_of
from hrm_core.records.people import Rater
from hrm_core.workflows.project import Project

__all__ = ["DoubtIn", "list_doubts"]


@dataclass(frozen=True, slots=True)
class DoubtIn:
    """A doubt, and where it is.

    Attributes
    ----------
    participant : str
        Code of the child; no group is told.
    video : str
        Name of the recording.
    clips : tuple of int
        Numbers of the clips that its frames are in; none if they are in no clip.
    doubt : Doubt
        Frames, action and note.
    """

    participant: str
    video: str
    clips: tuple[int, ...]
    doubt: Doubt


def list_doubts(
    project: Project, rater: Rater, *, participant: str | None = None, video: str | None = None
) -> tuple[DoubtIn, ...]:
    """Every doubtful code and frame of a rater, equal neighbours joined.

    Parameters
    ----------
    project : Project
        The open study.
    rater : Rater
        Whose doubts.
    participant, video : str, optional
        Only of this child (code) or recording (name).

    Returns
    -------
    tuple of DoubtIn
        By participant, recording and frame.

    Raises
    ------
    NotFoundError
        If `participant` or `video` is unknown.
    """
    found: list[DoubtIn] = []
    for who, recording in project.recordings(participant, video):
        doubts = doubts_of(project.store.codings.of_video(rater.id, recording.id))
        clips = project.store.recordings.clips(recording.id) if doubts else []
        for doubt in doubts:
            inside = tuple(
                clip.number
                for clip in clips
                if clip.first_frame <= doubt.last and doubt.first <= clip.last_frame
            )
            found.append(DoubtIn(who.code, recording.name, inside, doubt))
    return tuple(found)
