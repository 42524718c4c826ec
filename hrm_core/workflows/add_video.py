"""Take recordings, neutral frames and clips into the study."""

from __future__ import annotations

import shutil
import uuid
from pathlib import Path

from hrm_core.errors import InvalidFileError, NotFoundError, ProjectError
from hrm_core.media import fingerprint, open_video, read_still, write_still
from hrm_core.progress import CancelToken, Progress
from hrm_core.records.people import Participant
from hrm_core.records.recording import Clip, Recording
from hrm_core.workflows.privacy import names_group, require_no_group
from hrm_core.workflows.project import Project

__all__ = ["add_clips", "add_video", "set_neutral"]


def add_video(
    project: Project,
    participant_code: str,
    file: Path,
    *,
    name: str | None = None,
    copy: bool = True,
    mirrored: bool = False,
    replace_file: bool = False,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> Recording:
    """Add a recording of a participant.

    The file is read once from beginning to end of its packets, so that its frame
    count is exact; nothing is added if it cannot be read.

    Parameters
    ----------
    project : Project
        The open study.
    participant_code : str
        Whose recording it is.
    file : pathlib.Path
        A video, or a folder of images.
    name : str, optional
        Name within the participant; that of the file if left out (unless it
        tells the group).
    copy : bool
        Copy the file into the project; otherwise it is referenced where it is.
    mirrored : bool
        Whether the child's left is on the viewer's left.
    replace_file : bool
        Connect the file to the recording of this name that exists already.
    progress : Progress, optional
        Told of packets read.
    cancel : CancelToken, optional
        Asked between packets.

    Returns
    -------
    Recording
        With its number and exact frame count.

    Raises
    ------
    InvalidFileError
        If the file is not a video that can be read, or has too few frames for
        the labels it is connected to.
    NotFoundError
        If the file or the participant does not exist.
    ProjectError
        If the name is taken or tells the group, or the copy cannot be written.
    """
    who = project.store.people.participant(participant_code)
    with open_video(file, progress=progress, cancel=cancel) as opened:
        frame_count, (width, height), fps = len(opened), opened.size, opened.fps
        # A file may list frames that it does not hold any more.
        opened[0], opened[frame_count - 1]
    known = {entry.name: entry for entry in project.store.recordings.of_participant(who.id)}
    name = _name(project, file, name, known, replace_file=replace_file)
    old = known.get(name)
    if old is not None:
        if old.path is not None and not replace_file:
            raise ProjectError(
                f"Participant {who.code} already has a video named {name!r}: give it another name with "
                "--name, or connect this file in its place with --replace."
            )
        _require_enough_frames(project, old, file, frame_count)
    new = Recording(
        id=old.id if old else 0,
        participant_id=who.id,
        name=name,
        path=_place(project, who, file, name, copy=copy),
        fingerprint=fingerprint(file) if file.is_file() else None,
        fps=fps,
        frame_count=frame_count,
        width=width,
        height=height,
        mirrored=mirrored,
    )
    if old is None:
        return project.store.recordings.add(new)
    project.store.recordings.update(new)
    return new


def _name(
    project: Project, file: Path, wanted: str | None, known: dict[str, Recording], *, replace_file: bool
) -> str:
    if wanted is not None:
        if not wanted.strip() or not wanted.isprintable() or set(wanted) & set("/\\"):
            raise ProjectError(f"Video name {wanted!r} cannot name a file: use letters, digits and blanks.")
        require_no_group("Video name", wanted, project.settings)
        return wanted
    labels_only = [entry.name for entry in known.values() if entry.path is None]
    if (replace_file or labels_only) and len(known) == 1:
        return next(iter(known))
    stem = file.stem if file.is_file() else file.name
    return stem if names_group(stem, project.settings) is None else f"video-{len(known) + 1}"


def _require_enough_frames(project: Project, old: Recording, file: Path, frame_count: int) -> None:
    """Labels must not point behind the end of the file they are connected to."""
    for rater in project.store.people.raters():
        frames = project.store.codings.of_video(rater.id, old.id)
        if frames and max(frames) >= frame_count:
            raise InvalidFileError(
                f"{file} has {frame_count} frames, but frame {max(frames)} of video {old.name!r} is coded: "
                "this is not the file those labels were made on."
            )


def _place(project: Project, who: Participant, file: Path, name: str, *, copy: bool) -> str:
    """Path of the recording as the store keeps it, after copying it if asked to."""
    file = file.resolve()
    if file.is_relative_to(project.folder):
        return file.relative_to(project.folder).as_posix()
    if not copy:
        return file.as_posix()
    suffix = file.suffix if file.is_file() else ""
    folder = project.folder / "Origin Videos" / project.group_folder(who) / f"Participant-{who.code}"
    target = folder / f"{name}{suffix}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _copy_whole(file, target)
    except OSError as error:
        raise ProjectError(
            f"{file.name} cannot be copied into the project ({error.strerror}): free some space, or "
            "reference it where it is with --link."
        ) from error
    return target.relative_to(project.folder).as_posix()


def _copy_whole(source: Path, target: Path) -> None:
    scratch = target.with_name(f".{target.name}-{uuid.uuid4().hex}.part")
    try:
        if source.is_dir():
            shutil.copytree(source, scratch)
        else:
            shutil.copyfile(source, scratch)
        scratch.replace(target)
    except BaseException:
        if scratch.is_dir():
            shutil.rmtree(scratch, ignore_errors=True)
        else:
            scratch.unlink(missing_ok=True)
        raise


def add_clips(project: Project, recording: Recording, spans: list[tuple[int, int]]) -> list[Clip]:
    """Append clips to a recording.

    Parameters
    ----------
    project : Project
        The open study.
    recording : Recording
        Of which video.
    spans : list of (int, int)
        First and last frame of each, both included.

    Raises
    ------
    ProjectError
        If a span is backwards or outside the video.
    """
    for first, last in spans:
        count = recording.frame_count
        if not 0 <= first <= last or (count is not None and last >= count):
            end = f"0 to {count - 1}" if count else "from 0 up"
            raise ProjectError(f"Clip {first}-{last} does not fit: frames of {recording.name!r} go {end}.")
    return project.store.recordings.add_clips(recording.id, spans)


def set_neutral(
    project: Project,
    participant_code: str,
    source: Path | None = None,
    *,
    video: str | None = None,
    frame: int | None = None,
) -> Path:
    """Choose the picture of a participant's neutral face.

    Parameters
    ----------
    project : Project
        The open study.
    participant_code : str
        Whose face.
    source : pathlib.Path, optional
        An image; or else
    video : str, optional
        the name of a recording (may be left out if there is one only) and
    frame : int, optional
        the number of a frame of it.

    Returns
    -------
    pathlib.Path
        The picture in the project.

    Raises
    ------
    InvalidFileError
        If the image cannot be read.
    NotFoundError
        If the video or frame does not exist.
    """
    who = project.store.people.participant(participant_code)
    target = project.folder / "Neutral Frames" / project.group_folder(who) / f"Participant-{who.code}.jpg"
    if (source is None) == (frame is None):
        raise ProjectError("Name the neutral frame by an image file, or by --frame (and --video).")
    target.parent.mkdir(parents=True, exist_ok=True)
    if source is not None:
        write_still(read_still(source), target)
        return target
    _, recording = _one_recording(project, who.code, video)
    assert frame is not None
    if recording.frame_count is not None and not 0 <= frame < recording.frame_count:
        raise NotFoundError(
            f"Video {recording.name!r} has no frame {frame}; its frames go 0 to {recording.frame_count - 1}."
        )
    with open_video(project.video_path(recording)) as opened:
        write_still(opened[frame], target)
    return target


def _one_recording(project: Project, code: str, video: str | None) -> tuple[Participant, Recording]:
    found = list(project.recordings(code, video))
    if len(found) != 1:
        names = ", ".join(repr(recording.name) for _, recording in found) or "none yet"
        raise NotFoundError(f"Say which video of participant {code} with --video; there are: {names}.")
    return found[0]
