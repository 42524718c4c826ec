"""Write the frames of the study's videos as pictures, several videos at a time."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from hrm_core import media
from hrm_core.errors import InvalidFileError, NotFoundError, ProjectError
from hrm_core.media.extract import FramePlan, extract_frames, picture_room, plan_frames
from hrm_core.media.frame_folder import FrameFolder
from hrm_core.media.stills import StillError
from hrm_core.progress import CancelToken, NoProgress, Progress
from hrm_core.records.people import Participant
from hrm_core.records.recording import ClipState, Recording
from hrm_core.workflows.project import Project

__all__ = ["ExtractReport", "ExtractedVideo", "extract_study"]

# The GOP cache serves people who step back; extraction only walks forwards.
_CACHE_BYTES = 0


@dataclass(frozen=True, slots=True)
class ExtractedVideo:
    """What became of one video.

    Attributes
    ----------
    participant, video : str
        Code of the child and name of the recording.
    folder : pathlib.Path or None
        Where its frames are; None if nothing was to be done.
    written, there : int
        Frames written now (or to be written), and frames that were there already.
    damaged : tuple of int
        Frames left out because they are damaged in the video.
    problem : str
        Why its frames could not be extracted; empty if they were.
    """

    participant: str
    video: str
    folder: Path | None = None
    written: int = 0
    there: int = 0
    damaged: tuple[int, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ExtractReport:
    """What :func:`extract_study` did, or would do.

    Attributes
    ----------
    videos : tuple of ExtractedVideo
        In the order of the study.
    frames : int
        Frames written now, or to be written.
    seconds : float
        How long that took.
    dry_run : bool
        Whether nothing was written.
    """

    videos: tuple[ExtractedVideo, ...]
    frames: int
    seconds: float = 0.0
    dry_run: bool = False

    @property
    def frames_per_s(self) -> float:
        """Frames written in a second; 0 where none were."""
        return self.frames / self.seconds if self.seconds > 0 else 0.0


@dataclass(frozen=True, slots=True)
class _Job:
    """One video and what is to be done; or why it cannot be."""

    who: Participant
    recording: Recording
    path: Path | None = None
    plan: FramePlan | None = None
    problem: str = ""


def extract_study(
    project: Project,
    *,
    participants: Sequence[str] = (),
    every: int = 1,
    clips_only: bool = False,
    quality: int = 95,
    again: bool = False,
    jobs: int | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> ExtractReport:
    """Write frames as ``Convert Frames/<group>/Participant-<code>/<video>/<frame>.jpg``.

    The number in a file's name is the frame number, counted from 0.  What is there
    already is not done again, and a run that was killed goes on.

    Parameters
    ----------
    project : Project
        The open study.
    participants : sequence of str
        Codes; all if empty.
    every : int
        Every how manyth frame, from frame 0 on.
    clips_only : bool
        Only frames of clips that are not excluded.
    quality : int
        JPEG quality, 1-100.
    again : bool
        Replace frames that were extracted from another file or in another quality.
        Pictures that no extraction has written are never taken away.
    jobs : int, optional
        Videos at a time; as many as there are cores if left out.
    dry_run : bool
        Say what would be done, write nothing.
    progress : Progress, optional
        Told of frames.
    cancel : CancelToken, optional
        Asked between frames.

    Raises
    ------
    NotFoundError
        If a participant is unknown.
    ProjectError
        If there is no video to extract from.
    StillError
        If the disk refuses; what is finished stays.
    Cancelled
        On request; what is finished stays.
    """
    if every < 1 or not 1 <= quality <= 100:
        raise ValueError(f"every must be at least 1 and quality 1-100, not {every} and {quality}")
    codes: list[str | None] = [*dict.fromkeys(participants)] or [None]
    chosen = [entry for code in codes for entry in project.recordings(code)]
    if not chosen:
        raise ProjectError("There is no video to extract frames from: add one with hrm add video.")
    places = _places(project)
    planned = [
        _plan(project, who, recording, places, every, clips_only, quality, again) for who, recording in chosen
    ]
    total = sum(len(job.plan.missing) for job in planned if job.plan)
    if dry_run:
        return ExtractReport(tuple(_answer(job) for job in planned), total, dry_run=True)
    begin = time.perf_counter()
    answers = _run(planned, jobs or os.cpu_count() or 1, total, progress or NoProgress(), cancel)
    written = sum(answer.written for answer in answers)
    return ExtractReport(tuple(answers), written, time.perf_counter() - begin)


def _places(project: Project) -> dict[Path, Recording]:
    """What must not be written over: files and folders that are recordings themselves."""
    stored = [recording for _, recording in project.recordings()]
    return {(project.folder / entry.path).resolve(): entry for entry in stored if entry.path is not None}


def _plan(
    project: Project,
    who: Participant,
    recording: Recording,
    places: Mapping[Path, Recording],
    every: int,
    clips_only: bool,
    quality: int,
    again: bool,
) -> _Job:
    """What is to be done for one video; whatever is wrong with it stops no other."""
    try:
        path = project.original_path(recording)
        if path.is_dir() or recording.frame_count is None:
            return _Job(who, recording)
        folder = project.frames_folder(who, recording)
        _require_own(folder, places)
        spans = None
        if clips_only:
            clips = project.store.recordings.clips(recording.id)
            spans = tuple((c.first_frame, c.last_frame) for c in clips if c.state is not ClipState.EXCLUDED)
        note = FrameFolder(
            recording.frame_count, recording.fps or 0.0, recording.fingerprint, every, quality, spans
        )
        return _Job(who, recording, path, plan_frames(folder, note, again=again))
    except (NotFoundError, InvalidFileError, StillError) as error:
        return _Job(who, recording, problem=str(error))


def _require_own(folder: Path, places: Mapping[Path, Recording]) -> None:
    real = folder.resolve()
    for place, recording in places.items():
        if real.is_relative_to(place) or place.is_relative_to(real):
            raise StillError(
                f"{folder} belongs to video {recording.name!r} itself, and what lies there may be the only "
                "copy: move it away, connect it again with hrm add video --replace, then extract again."
            )


def _answer(job: _Job, damaged: Sequence[int] = ()) -> ExtractedVideo:
    if job.plan is None:
        return ExtractedVideo(job.who.code, job.recording.name, problem=job.problem)
    return ExtractedVideo(
        job.who.code,
        job.recording.name,
        job.plan.folder,
        len(job.plan.missing) - len(damaged),
        job.plan.there,
        tuple(damaged),
    )


def _run(
    planned: list[_Job], at_once: int, total: int, progress: Progress, cancel: CancelToken | None
) -> list[ExtractedVideo]:
    lock, stop = threading.Lock(), CancelToken()

    def advance() -> None:
        # Bars are not made for several threads at once.
        with lock:
            progress.advance()
        if cancel is not None and cancel.cancelled:
            stop.cancel()

    if cancel is not None and cancel.cancelled:
        stop.cancel()
    progress.start("Extracting frames", total)
    room = picture_room(at_once)
    try:
        with (
            ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="hrm-write") as helpers,
            ThreadPoolExecutor(at_once, thread_name_prefix="hrm-extract") as workers,
        ):
            futures = [workers.submit(_extract, job, helpers, room, advance, stop) for job in planned]
            try:
                return [future.result() for future in futures]
            except BaseException:
                # A full disk, or Ctrl+C: nothing new is begun, and what runs stops at the next frame.
                stop.cancel()
                for future in futures:
                    future.cancel()
                raise
    finally:
        progress.finish()


def _extract(
    job: _Job,
    helpers: ThreadPoolExecutor,
    room: threading.Semaphore,
    advance: Callable[[], None],
    cancel: CancelToken,
) -> ExtractedVideo:
    if job.plan is None or job.path is None or not job.plan.missing:
        return _answer(job)
    cancel.raise_if_cancelled()
    try:
        video = media.open_video(job.path, cache_bytes=_CACHE_BYTES, cancel=cancel)
    except (NotFoundError, InvalidFileError) as error:
        return _answer(replace(job, plan=None, problem=str(error)))
    with video:
        damaged = extract_frames(video, job.plan, helpers, room=room, advance=advance, cancel=cancel)
    return _answer(job, damaged)
