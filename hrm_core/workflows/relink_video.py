"""Connect labels to another file of the same recording: each to the frame it was made on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hrm_core import media
from hrm_core.errors import InvalidFileError, NotFoundError, ProjectError
from hrm_core.progress import CancelToken, Progress
from hrm_core.records.frame_ledger import FrameLedger
from hrm_core.records.recording import Recording
from hrm_core.records.segments import frames_in_words, segments
from hrm_core.workflows.add_video import recording_of
from hrm_core.workflows.note_frames import note_frames
from hrm_core.workflows.placing import placed
from hrm_core.workflows.project import Project

if TYPE_CHECKING:
    from hrm_core.media import FrameMatch

__all__ = ["FrameRun", "RelinkReport", "find_moved_videos", "note_frames", "relink_video"]

VIDEO_SUFFIXES = frozenset(
    {".3gp", ".asf", ".avi", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".mts", ".mxf", ".ts"}
    | {".webm", ".wmv"}
)


@dataclass(frozen=True, slots=True)
class FrameRun:
    """Frames that moved together.

    Attributes
    ----------
    first, last : int
        Old numbers, both included.
    new_first : int or None
        New number of the first; None if they are not in the new file.
    """

    first: int
    last: int
    new_first: int | None


@dataclass(frozen=True, slots=True)
class RelinkReport:
    """What :func:`relink_video` did, or would do.

    Attributes
    ----------
    video : str
        Name of the recording.
    old_frames, new_frames, found : int
        Frames of the old and the new file, and how many of the old are in the new.
    runs : tuple of FrameRun
        Where the old frames are, in order.
    moved : mapping of str to int
        Labelled frames kept, by rater.
    left : mapping of str to tuple of int
        Old numbers of labelled frames that were not found, by rater.
    clips_cut, clips_lost : tuple of int
        Clips that lost some or all of their frames.
    doubtful : tuple of int
        Old numbers of frames that may be taken for a neighbour.
    doubtful_labels : tuple of int
        Those of them that somebody has labelled, or in which faces or eyes are marked.
    apart : float
        Bits of 256 in which the look of a found frame differs, in the median.
    marks_left : tuple of int
        Old numbers of frames with marks of faces or eyes that were not found.
    backup : pathlib.Path or None
        The labels as they were before.
    dry_run : bool
        Whether nothing was written.
    """

    video: str
    old_frames: int
    new_frames: int
    found: int
    runs: tuple[FrameRun, ...]
    moved: Mapping[str, int]
    left: Mapping[str, tuple[int, ...]]
    clips_cut: tuple[int, ...]
    clips_lost: tuple[int, ...]
    doubtful: tuple[int, ...]
    doubtful_labels: tuple[int, ...]
    apart: float
    marks_left: tuple[int, ...] = ()
    backup: Path | None = None
    dry_run: bool = False


def relink_video(
    project: Project,
    participant_code: str,
    file: Path,
    *,
    by: str | None = None,
    video: str | None = None,
    copy: bool = True,
    leave_missing: bool = False,
    accept_uncertain: bool = False,
    dry_run: bool = False,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> RelinkReport:
    """Connect another file of the same recording: re-encoded, resized, trimmed or cut.

    Every label, clip and suggestion moves to the number its frame has in the new
    file, with one history entry per rater; the labels are backed up before.  The
    old file is left where it is.

    Parameters
    ----------
    project : Project
        The open study.
    participant_code : str
        Whose recording it is.
    file : pathlib.Path
        The new file, or a folder of images.
    by : str, optional
        Name of the rater who does it, for the history; may be left out if one
        rater at most has labelled the recording.
    video : str, optional
        Name of the recording; may be left out if there is one only.
    copy : bool
        Copy the file into the project; otherwise it is referenced where it is.
    leave_missing : bool
        Go on if labelled frames are not in the new file; their labels stay in
        the history only.
    accept_uncertain : bool
        Go on if another shift would explain the frames as well.
    dry_run : bool
        Say what would happen, write nothing.
    progress : Progress, optional
        Told of frames.
    cancel : CancelToken, optional
        Asked between frames.

    Returns
    -------
    RelinkReport
        Where each frame went.

    Raises
    ------
    InvalidFileError
        If the new file shows something else.
    ProjectError
        If labelled frames or whole clips are not in it and `leave_missing` is False,
        or frames may be taken for their neighbours and `accept_uncertain` is False.
    NotFoundError
        If a name is unknown, or nothing is known of how the old frames looked.
    """
    who = project.store.people.participant(participant_code)
    recording = recording_of(project, participant_code, video)
    actor = _actor(project, recording, by)
    old = _old_ledger(project, recording, progress, cancel)
    with media.open_video(file, progress=progress, cancel=cancel) as opened:
        (width, height), fps = opened.size, opened.fps
        new = media.ledger_of(opened, progress=progress, cancel=cancel)
    match = media.match_frames(old, new, progress=progress, cancel=cancel)
    if not match.alike:
        raise InvalidFileError(
            f"{file} does not show what video {recording.name!r} shows: nothing was changed; "
            "choose the file that was made from the same recording."
        )
    store = project.store
    with store.rehearsal():
        report = _renumber(project, recording, match, len(new), actor)
    if dry_run:
        return replace(report, dry_run=True)
    if not accept_uncertain:
        _require_no_doubt(report, file)
    if not leave_missing:
        _require_nothing_lost(report, file)
    backup = store.back_up()
    with placed(project, who, file, recording.name, copy=copy) as path, store.shutting_out_others():
        report = _renumber(project, recording, match, len(new), actor)
        if not leave_missing:
            # Somebody may have coded one more frame since the rehearsal.
            _require_nothing_lost(report, file)
        if not accept_uncertain:
            _require_no_doubt(report, file)
        store.ledgers.put(recording.id, new)
        store.recordings.connect_file(
            recording.id,
            path=path,
            fingerprint=media.fingerprint(file) if file.is_file() else None,
            fps=fps,
            frame_count=len(new),
            width=width,
            height=height,
        )
    return replace(report, backup=backup)


def _actor(project: Project, recording: Recording, by: str | None) -> int:
    """Number of the rater who does it; 0 where there is no label to write a history of."""
    if by is not None:
        return project.store.people.rater(by).id
    coders = [
        rater for rater in project.raters() if project.store.codings.has_history(rater.id, recording.id)
    ]
    if len(coders) > 1:
        names = ", ".join(rater.name for rater in coders)
        raise NotFoundError(
            f"Several raters have labelled video {recording.name!r} ({names}): say with --by who connects "
            "the file, for the history."
        )
    return coders[0].id if coders else 0


def _renumber(
    project: Project, recording: Recording, match: FrameMatch, frame_count: int, actor: int
) -> RelinkReport:
    frames = (project.store.codings.of_video(rater.id, recording.id) for rater in project.raters())
    labelled = {frame for codings in frames for frame in codings}
    marked = {mark.frame for mark in project.store.face_marks.of_video(recording.id)}
    doubtful = np.flatnonzero(match.doubtful).tolist()
    result = project.store.recordings.renumber(
        recording.id,
        {at: to for at, to in enumerate(match.new_of_old.tolist()) if to >= 0},
        frame_count=frame_count,
        actor_id=actor,
        reason="connected to another file",
    )
    return RelinkReport(
        recording.name,
        len(match.new_of_old),
        frame_count,
        match.found,
        _runs(match),
        result.moved,
        result.left,
        result.clips_cut,
        result.clips_lost,
        tuple(doubtful),
        tuple(sorted((labelled | marked).intersection(doubtful))),
        float(np.median(match.apart[match.apart >= 0])),
        tuple(frame for frame in sorted(marked) if match.new_of_old[frame] < 0),
    )


def _old_ledger(
    project: Project, recording: Recording, progress: Progress | None, cancel: CancelToken | None
) -> FrameLedger:
    if recording.path is None:
        project.video_path(recording)  # says how labels get their first file
    try:
        return note_frames(project, recording, progress=progress, cancel=cancel)
    except NotFoundError as error:
        raise NotFoundError(
            f"It was never noted how the frames of video {recording.name!r} look, and its first file is not "
            "there to be looked at: put that file back, run hrm video ledger, then re-link."
        ) from error


def _runs(match: FrameMatch) -> tuple[FrameRun, ...]:
    """Old frames in runs that moved by the same number."""
    runs: list[FrameRun] = []
    for at, to in enumerate(match.new_of_old.tolist()):
        new = to if to >= 0 else None
        last = runs[-1] if runs else None
        if last is not None and _goes_on(last, at, new):
            runs[-1] = replace(last, last=at)
        else:
            runs.append(FrameRun(at, at, new))
    return tuple(runs)


def _goes_on(run: FrameRun, at: int, new: int | None) -> bool:
    if run.new_first is None or new is None:
        return run.new_first is new
    return new - at == run.new_first - run.first


def _require_no_doubt(report: RelinkReport, file: Path) -> None:
    if report.doubtful_labels:
        raise ProjectError(
            f"{frames_in_words(report.doubtful_labels).capitalize()} of video {report.video!r} may be taken "
            f"for neighbours in {file.name}, because the scene is still, the copy poor or re-timed: nothing "
            "was changed; compare them in both files (--dry-run says where they went), then use "
            "--accept-uncertain."
        )


def _require_nothing_lost(report: RelinkReport, file: Path) -> None:
    frames = sorted({frame for lost in report.left.values() for frame in lost})
    if frames:
        spans = ", ".join(f"{a}-{b}" if a != b else f"{a}" for a, b in segments(frames)[:5])
        raise ProjectError(
            f"{len(frames)} coded frames of video {report.video!r} are not in {file.name} ({spans}): nothing "
            "was changed; use --leave-missing to go on without them (their labels stay in the history)."
        )
    if report.marks_left:
        raise ProjectError(
            f"Faces or eyes are marked in {frames_in_words(report.marks_left)} of video {report.video!r}, "
            f"not in {file.name}: nothing was changed; use --leave-missing to go on without these marks "
            "(they stay in the backup)."
        )
    if report.clips_lost:
        clips = ", ".join(map(str, report.clips_lost))
        raise ProjectError(
            f"Clips {clips} of video {report.video!r} are not in {file.name} at all: nothing was changed; "
            "use --leave-missing to exclude them."
        )


def _is_in_place(recording: Recording, path: Path) -> bool:
    """Whether the file that was added is still there; another one of its name is not."""
    if not path.is_file() or recording.fingerprint is None:
        return path.exists()
    return path.stat().st_size > 0 and media.fingerprint(path) == recording.fingerprint


def find_moved_videos(
    project: Project, folder: Path, *, progress: Progress | None = None, cancel: CancelToken | None = None
) -> list[tuple[Recording, Path | None]]:
    """Look in a folder for the files of recordings that are not where they were.

    Files are recognised by what they hold, whatever they are called now; folders of
    images are not.

    Returns
    -------
    list of (Recording, pathlib.Path or None)
        Recordings whose file was missing, and where it is now; None: not found.

    Raises
    ------
    NotFoundError
        If there is no such folder.
    """
    if not folder.is_dir():
        raise NotFoundError(f"There is no folder {folder}: name the folder the videos were moved to.")
    missing = [
        recording
        for _, recording in project.recordings()
        if recording.path is not None and not _is_in_place(recording, project.folder / recording.path)
    ]
    # A folder of images has no fingerprint: it is named as missing, but cannot be recognised.
    wanted = {recording.fingerprint for recording in missing} - {None}
    found: dict[str, Path] = {}
    files = [file for file in sorted(folder.rglob("*")) if file.suffix.lower() in VIDEO_SUFFIXES]
    cancel = cancel or CancelToken()
    if progress is not None:
        progress.start("Looking at videos", len(files))
    for file in files if wanted else ():
        cancel.raise_if_cancelled()
        if file.is_file() and file.stat().st_size > 0 and (print_ := media.fingerprint(file)) in wanted:
            found.setdefault(print_, file.resolve())
        if progress is not None:
            progress.advance()
    if progress is not None:
        progress.finish()
    answers = [(recording, found.get(recording.fingerprint or "")) for recording in missing]
    with project.store.all_or_nothing():
        for recording, place in answers:
            # Looking takes minutes: meanwhile somebody may have connected another file.
            now = project.store.recordings.get(recording.id)
            if place is not None and (now.path, now.fingerprint) == (recording.path, recording.fingerprint):
                inside = place.is_relative_to(project.folder)
                path = (place.relative_to(project.folder) if inside else place).as_posix()
                project.store.recordings.move_file(recording.id, path)
    return answers
