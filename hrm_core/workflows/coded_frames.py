"""Frames that one coder coded, of the whole study, ready to be analysed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hrm_core.errors import NotFoundError
from hrm_core.facs import ALL_ACTIONS
from hrm_core.progress import CancelToken, NoProgress, Progress
from hrm_core.records.coded_frames import NO_EXPRESSION, NOT_CODABLE, AnalysedChild, CodedFrames
from hrm_core.records.people import Participant, Rater
from hrm_core.records.recording import Recording
from hrm_core.workflows.choose_clips import excluded_frames
from hrm_core.workflows.frame_times import frame_times
from hrm_core.workflows.machine_touched import machine_touched
from hrm_core.workflows.project import Project

__all__ = ["coded_frames"]


def coded_frames(
    project: Project,
    rater: str | None = None,
    *,
    human_only: bool = False,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> CodedFrames:
    """Coded and checked frames of one rater, with group, age and sex of the children.

    Frames that were carried and never confirmed, that are not codable or that lie in excluded clips take no
    part.  Expressions and strengths are not in it yet.

    Parameters
    ----------
    project : Project
        The open study.
    rater : str, optional
        Name of the rater; may be left out if only one has coded.
    human_only : bool
        Leave out frames that a network's suggestions had a part in.
    progress : Progress, optional
        Told of recordings.
    cancel : CancelToken, optional
        Asked between recordings.

    Raises
    ------
    NotFoundError
        If the rater is unknown, several have coded and none is named, or nothing is left to analyse.
    Cancelled
        On request.
    """
    progress, cancel = progress or NoProgress(), cancel or CancelToken()
    coder = project.coder(rater)
    keys = tuple(action.key for action in project.actions())
    columns = [place for place, action in enumerate(ALL_ACTIONS) if action.key in set(keys)]
    hidden = [
        place for place, at in enumerate(columns) if not coder.sees_eyes and ALL_ACTIONS[at].group == "upper"
    ]
    everybody = project.participants()
    of_child = {who.code: place for place, who in enumerate(everybody)}
    videos: list[tuple[int, str]] = []
    parts: list[tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.float64], NDArray[np.uint8]]] = []
    there = sorted(project.recordings(), key=lambda pair: (of_child[pair[0].code], pair[1].name))
    progress.start("Reading codes", len(there))
    for who, recording in there:
        cancel.raise_if_cancelled()
        progress.advance()
        part = _of_recording(project, coder, recording, human_only=human_only)
        if part is None:
            continue
        frames, seconds, codes = part
        chosen = codes[:, columns]
        chosen[:, hidden] = NOT_CODABLE
        place = np.full(len(frames), len(videos), dtype=np.int32)
        videos.append((of_child[who.code], recording.name))
        parts.append((place, frames, seconds, chosen))
    progress.finish()
    if not parts:
        raise NotFoundError(
            f"{coder.name} has coded no frame that could be analysed: code some, or name another rater."
        )
    video, frame, seconds, codes = (np.concatenate(each) for each in zip(*parts, strict=True))
    of_video = np.array([child for child, _ in videos], dtype=np.int32)
    return CodedFrames(
        coder.name,
        keys,
        tuple(_analysed(who) for who in everybody),
        tuple(videos),
        of_video[video],
        video,
        frame,
        seconds,
        codes,
        np.full(len(frame), NO_EXPRESSION, dtype=np.int8),
        np.full(codes.shape, np.nan, dtype=np.float32),
    )


def _analysed(who: Participant) -> AnalysedChild:
    return AnalysedChild(who.code, who.group or "", who.sex, who.age_years)


def _of_recording(
    project: Project, coder: Rater, recording: Recording, *, human_only: bool
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.uint8]] | None:
    """Frames, their times and codes of all catalogued actions; None if there are none."""
    table = project.store.codings.table(coder.id, recording.id)
    kept = ~np.isin(table.frames, excluded_frames(project, recording))
    if recording.frame_count is not None:
        kept &= table.frames < recording.frame_count
    if human_only:
        touched = np.array(sorted(machine_touched(project, coder, recording)), dtype=np.int64)
        kept &= ~np.isin(table.frames, touched)
    if not kept.any():
        return None
    frames = table.frames[kept]
    seconds = np.full(len(frames), np.nan)
    times = frame_times(project, recording)
    if times is not None:
        known = frames < len(times)
        seconds[known] = times[frames[known]]
    return frames, seconds, table.codes[kept]
