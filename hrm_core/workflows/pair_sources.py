"""Bring what two sources say of the recordings of a study frame to frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from hrm_core.errors import NotFoundError, ProjectError
from hrm_core.progress import CancelToken, NoProgress, Progress
from hrm_core.records.agreement import Source, SourceKind
from hrm_core.records.people import Participant
from hrm_core.records.recording import Recording
from hrm_core.records.segments import segments
from hrm_core.records.words import counted
from hrm_core.reliability.pairing import Paired, RecordingPair, SourceCodes, pair
from hrm_core.workflows.choose_clips import clips_of_recording, excluded_frames
from hrm_core.workflows.frame_times import frame_times
from hrm_core.workflows.project import Project
from hrm_core.workflows.source_codes import SourceSays, source_says, tells_sides

__all__ = ["UNKNOWN_FPS", "pair_sources", "require_two"]

UNKNOWN_FPS = 30.0
"""Frames per second of a recording whose frame rate nobody knows; a warning says so."""

_EXCLUDED = "in a clip that is excluded"
_MOST_NAMED = 2
_NEVER = np.datetime64("NaT", "us")


def pair_sources(
    project: Project,
    first: Source,
    second: Source,
    *,
    participant: str | None = None,
    video: str | None = None,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> tuple[Paired, tuple[str, ...]]:
    """Bring two sources frame to frame.

    Where one of them is a program, which knows no sides, the codes of both say only whether an
    action is there.

    Parameters
    ----------
    project : Project
        The open study; nothing in it is changed.
    first, second : Source
        What is compared.
    participant, video : str, optional
        Only this participant (code) or video (name).
    progress : Progress, optional
        Told of recordings.
    cancel : CancelToken, optional
        Asked between them.

    Returns
    -------
    paired : Paired
        The frames that both coded, at least one.
    notes : tuple of str
        Sentences about files and recordings that a reader must see.

    Raises
    ------
    NotFoundError
        If `participant` or `video` is unknown, or nothing was imported of a tool.
    ProjectError
        If both sources are the same, one coded nothing, or they have no frame in common.
    InvalidFileError
        If an imported file does not fit its recording, or holds no usable numbers.
    StoreError
        If the log cannot say what a rater said then.
    """
    require_two(first, second)
    progress, cancel = progress or NoProgress(), cancel or CancelToken()
    recordings = list(project.recordings(participant, video))
    read: list[RecordingPair] = []
    notes: list[str] = []
    touched = [0, 0]
    progress.start("Reading codes", len(recordings))
    try:
        for who, recording in recordings:
            cancel.raise_if_cancelled()
            says = [source_says(project, source, who, recording, cancel=cancel) for source in (first, second)]
            one, told = _recording_pair(
                project, who, recording, says, sided=tells_sides(first) and tells_sides(second)
            )
            read.append(one)
            common = set(np.intersect1d(one.first.frames, one.second.frames).tolist())
            touched = [
                number + len(common & entry.machine_touched)
                for number, entry in zip(touched, says, strict=True)
            ]
            notes += told
            progress.advance()
    finally:
        progress.finish()
    where = _where(participant, video)
    _require_something(first, [one.first for one in read], where)
    _require_something(second, [one.second for one in read], where)
    paired = pair(read, (first.label, second.label))
    if not len(paired):
        raise ProjectError(
            f"{first.label} and {second.label} have no frame in common{where}: "
            f"{first.label} coded {_coded_words([(one, one.first) for one in read])}; "
            f"{second.label} coded {_coded_words([(one, one.second) for one in read])}. "
            "Let both code the same frames."
        )
    notes += [
        _touched_words(source, number, len(paired))
        for source, number in zip((first, second), touched, strict=True)
        if number
    ]
    return paired, tuple(notes)


def _touched_words(source: Source, touched: int, compared: int) -> str:
    """What a reader must know of codes that a model had a part in."""
    return (
        f"A model's suggestions were accepted or corrected on {touched} of the {compared} compared frames of "
        f"{source.label}: agreement there is not that of an independent coding."
    )


def require_two(first: Source, second: Source) -> None:
    """Refuse to compare a source with itself.

    Raises
    ------
    ProjectError
        If both are the same.
    """
    if first == second:
        raise ProjectError(
            f"{first.label} cannot be compared with {first.label}: name two different sources, or a day in "
            "the past as NAME@2026-01-31 to see whether a rater codes as before."
        )


def _where(participant: str | None, video: str | None) -> str:
    words = f" in video {video!r}" if video is not None else ""
    return words + (f" of participant {participant}" if participant is not None else "")


def _require_something(source: Source, sides: Sequence[SourceCodes], where: str) -> None:
    if any(_said_something(side) for side in sides):
        return
    if source.kind is SourceKind.TOOL:
        raise NotFoundError(
            f"No {source.label} file was imported{where or ' in this study'}: run {source.label} on the "
            f"video and import its CSV with hrm import {source.name} FILE --participant CODE."
        )
    if source.kind is SourceKind.MODEL:
        raise NotFoundError(
            f"{source.label} suggested nothing{where}: choose another run or other recordings."
        )
    if source.kind is SourceKind.THEN:
        raise ProjectError(
            f"{source.name} had coded nothing{where} by then ({source.label}): choose a later day."
        )
    raise ProjectError(f"{source.label} has coded nothing{where}: choose another rater, or code first.")


def _said_something(side: SourceCodes) -> bool:
    return bool(len(side) or len(side.not_codable) or side.left_out)


def _recording_pair(
    project: Project, who: Participant, recording: Recording, says: Sequence[SourceSays], *, sided: bool
) -> tuple[RecordingPair, list[str]]:
    """One recording as both see it, and what a reader must know of it."""
    excluded = excluded_frames(project, recording)
    sides = [_without_excluded(entry.codes, excluded) for entry in says]
    if not sided:
        sides = [replace(side, codes=(side.codes > 0).astype(np.uint8)) for side in sides]
    notes: list[str] = []
    times: NDArray[np.float64] | None = None
    fps = recording.fps
    # What is not compared costs no look at its video.
    if len(np.intersect1d(sides[0].frames, sides[1].frames)):
        notes = [sentence for entry in says for sentence in entry.notes]
        times = frame_times(project, recording)
        if times is None and not fps:
            notes.append(
                f"The frame rate of video {recording.name!r} of participant {who.code} is not known: "
                f"{UNKNOWN_FPS:g} frames per second were taken for the tolerances of events."
            )
    return RecordingPair(
        who.code,
        recording.name,
        recording.id,
        sides[0],
        sides[1],
        times,
        fps or UNKNOWN_FPS,
        [
            (clip.first_frame, clip.last_frame)
            for clip in clips_of_recording(project, recording)
            if not clip.is_excluded
        ],
        _coded_at(sides, says),
    ), notes


def _without_excluded(side: SourceCodes, excluded: NDArray[np.int64]) -> SourceCodes:
    """The side without frames that are not to be coded, which are told apart."""
    counts, out = np.isin(side.frames, excluded), np.isin(side.not_codable, excluded)
    if not counts.any() and not out.any():
        return side
    gone = np.union1d(side.frames[counts], side.not_codable[out])
    return replace(
        side,
        frames=side.frames[~counts],
        codes=side.codes[~counts],
        intensities=None if side.intensities is None else side.intensities[~counts],
        not_codable=side.not_codable[~out],
        left_out={**side.left_out, _EXCLUDED: gone},
    )


def _coded_at(sides: Sequence[SourceCodes], says: Sequence[SourceSays]) -> NDArray[np.datetime64] | None:
    """When the later of the two codings of each frame was made."""
    dated = [entry.coded_at for entry in says if entry.coded_at is not None]
    if not dated:
        return None
    size = max((int(side.frames[-1]) + 1 for side in sides if len(side)), default=0)
    latest: NDArray[np.datetime64] | None = None
    for frames, times in dated:
        known = frames < size
        spread = np.full(size, _NEVER, dtype="datetime64[us]")
        spread[frames[known]] = times[known]
        latest = spread if latest is None else np.maximum(latest, spread)
    return latest


def _coded_words(sides: Sequence[tuple[RecordingPair, SourceCodes]]) -> str:
    """What a source coded, by recording: ``frames 0–5 of play (S1)``."""
    with_frames = [(one, side.frames) for one, side in sides if len(side)]
    if not with_frames:
        left = sum(len(frames) for _, side in sides for frames in side.left_out.values())
        out = sum(len(side.not_codable) for _, side in sides)
        return f"no frame that counts ({left} left out, {out} not codable)"
    words = []
    for one, frames in with_frames[:_MOST_NAMED]:
        spans = segments(frames)
        shown = ", ".join(f"{a}–{b}" if a < b else f"{a}" for a, b in spans[:_MOST_NAMED])
        more = " and others" if len(spans) > _MOST_NAMED else ""
        words.append(f"frames {shown}{more} of {one.video!r} of participant {one.participant}")
    rest = len(with_frames) - _MOST_NAMED
    return " and ".join(words) + (f" and frames of {counted(rest, 'more video')}" if rest > 0 else "")
