"""Take recordings, neutral frames and clips into the study."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from hrm_core import media
from hrm_core.errors import InvalidFileError, NotFoundError, ProjectError
from hrm_core.progress import CancelToken, Progress
from hrm_core.records.frame_ledger import FrameLedger
from hrm_core.records.recording import Clip, Recording
from hrm_core.workflows.note_frames import note_frames
from hrm_core.workflows.placing import placed
from hrm_core.workflows.privacy import names_group, require_no_group
from hrm_core.workflows.project import Project

__all__ = ["add_clips", "add_video", "change_video", "recording_of", "set_neutral"]


def add_video(
    project: Project,
    participant_code: str,
    file: Path,
    *,
    name: str | None = None,
    copy: bool = True,
    mirrored: bool | None = None,
    replace_file: bool = False,
    clips: Sequence[tuple[int, int]] = (),
    note_frames: bool = True,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> Recording:
    """Add a recording of a participant.

    The file is read once from beginning to end, so that its frame count is exact
    and it is kept how every frame looks; nothing is added if it cannot be read.

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
    mirrored : bool, optional
        Whether the child's left is on the viewer's left; left out, a recording that
        exists stays as it is and a new one is not mirrored.
    replace_file : bool
        Connect the file to the recording of this name that exists already.
    clips : sequence of (int, int)
        First and last frame of runs that are to be coded, both included.
    note_frames : bool
        Keep how every frame looks, for :func:`~hrm_core.workflows.relink_video.relink_video`;
        this decodes the whole file.
    progress : Progress, optional
        Told of packets and frames.
    cancel : CancelToken, optional
        Asked between packets.

    Returns
    -------
    Recording
        With its number and exact frame count.

    Raises
    ------
    InvalidFileError
        If the file is not a video that can be read, or does not show the frames
        of the labels it is connected to, or nobody can tell.
    NotFoundError
        If the file or the participant does not exist.
    ProjectError
        If the name is taken or tells the group, a clip does not fit, labels would
        get a file without `note_frames`, or the copy cannot be written; then
        nothing was added.
    """
    who = project.store.people.participant(participant_code)
    with media.open_video(file, progress=progress, cancel=cancel) as opened:
        frame_count, (width, height), fps = len(opened), opened.size, opened.fps
        # A file may list frames that it does not hold any more.
        opened[0], opened[frame_count - 1]
        ledger = media.ledger_of(opened, progress=progress, cancel=cancel) if note_frames else None
    _require_fitting(file.name, frame_count, clips)
    known = {entry.name: entry for entry in project.store.recordings.of_participant(who.id)}
    name = _name(project, file, name, known, replace_file=replace_file)
    old, coded = known.get(name), []
    content = media.fingerprint(file) if file.is_file() else None
    if old is not None:
        if not replace_file:
            raise ProjectError(
                f"Participant {who.code} already has a video named {old.name!r}: give it another name with "
                "--name, or connect this file in its place with --replace."
            )
        coded = _coded_frames(project, old)
        _require_same_film(project, old, file, content, frame_count, coded, ledger, progress, cancel)
    # A window that still shows the old file must not code its frames into the new one.
    same = old is None or _is_same_file(old, content)
    writing = project.store.all_or_nothing if same else project.store.shutting_out_others
    with placed(project, who, file, name, copy=copy) as path, writing():
        if old is not None and _coded_frames(project, old) != coded:
            raise ProjectError(
                f"Somebody has coded frames of video {old.name!r} while {file.name} was looked at: nothing "
                "was changed; start again."
            )
        new = Recording(0, who.id, name, path, content, fps, frame_count, width, height, bool(mirrored))
        new = project.store.recordings.add(new) if old is None else _connect(project, old, new, mirrored)
        _keep_look(project, old, new, ledger)
        for first, last in clips:
            project.store.clips.add(new.id, first, last, None)
    return new


def _connect(project: Project, old: Recording, new: Recording, mirrored: bool | None) -> Recording:
    """Write the facts of a new file to a recording that exists."""
    recordings = project.store.recordings
    recordings.connect_file(
        old.id,
        path=new.path,
        fingerprint=new.fingerprint,
        fps=new.fps,
        frame_count=new.frame_count,
        width=new.width,
        height=new.height,
    )
    if mirrored is not None:
        recordings.set_mirrored(old.id, mirrored)
    return recordings.get(old.id)


def _keep_look(project: Project, old: Recording | None, new: Recording, ledger: FrameLedger | None) -> None:
    if ledger is not None:
        project.store.ledgers.put(new.id, ledger)
    elif old is not None and not _is_same_file(old, new.fingerprint) and not _coded_frames(project, old):
        # What is kept is about a file that is not connected any more, and nothing hangs on it.
        project.store.ledgers.put(new.id, None)


def _name(
    project: Project, file: Path, wanted: str | None, known: dict[str, Recording], *, replace_file: bool
) -> str:
    if wanted is not None:
        if not wanted.strip() or not wanted.isprintable() or set(wanted) & set("/\\"):
            raise ProjectError(f"Video name {wanted!r} cannot name a file: use letters, digits and blanks.")
        require_no_group("Video name", wanted, project.settings)
        return wanted
    if replace_file and len(known) == 1:
        return next(iter(known))
    stem = file.stem if file.is_file() else file.name
    return stem if names_group(stem, project.settings) is None else f"video-{len(known) + 1}"


def _require_same_film(
    project: Project,
    old: Recording,
    file: Path,
    content: str | None,
    frame_count: int,
    coded: list[int],
    ledger: FrameLedger | None,
    progress: Progress | None,
    cancel: CancelToken | None,
) -> None:
    """Labels must not come to other pictures, nor point behind the end of the file they are connected to."""
    if _is_same_file(old, content):
        return
    clips = [clip for clip in project.store.recordings.clips(old.id) if clip.last_frame >= frame_count]
    if clips:
        raise InvalidFileError(
            f"{file} has {frame_count} frames, but clip {clips[0].number} of video {old.name!r} goes to "
            f"frame {clips[0].last_frame}: this is not the file it was cut from."
        )
    if not coded:
        return
    if coded[-1] >= frame_count:
        raise InvalidFileError(
            f"{file} has {frame_count} frames, but frame {coded[-1]} of video {old.name!r} is coded: "
            "this is not the file those labels were made on. If it is the same recording, trimmed or made "
            "smaller, connect it with hrm video relink."
        )
    if old.path is None:
        # Labels came first, and nobody knows what their frames looked like.
        return
    if ledger is None:
        raise ProjectError(
            f"Frames of video {old.name!r} are coded, so it must be seen whether {file} shows the same: "
            "leave out --without-ledger."
        )
    kept = _old_look(project, old, file, progress, cancel)
    if kept is not None and not _looks_same(kept, ledger, coded):
        raise InvalidFileError(
            f"Coded frames of video {old.name!r} do not look the same in {file}: this is not the file those "
            "labels were made on. If it is the same recording, connect it with hrm video relink."
        )


def _coded_frames(project: Project, recording: Recording) -> list[int]:
    """Frames that anybody has said something of, ascending."""
    of_video = project.store.codings.of_video
    coded = {frame for rater in project.raters() for frame in of_video(rater.id, recording.id)}
    # Above all that no eyes are seen: of another film that would be no more true.
    return sorted(coded.union(mark.frame for mark in project.store.face_marks.of_video(recording.id)))


def _is_same_file(old: Recording, content: str | None) -> bool:
    return content is not None and content == old.fingerprint


def _old_look(
    project: Project, old: Recording, file: Path, progress: Progress | None, cancel: CancelToken | None
) -> FrameLedger | None:
    """How the old frames look; None for pictures that are gone and of which it was never noted."""
    try:
        return note_frames(project, old, progress=progress, cancel=cancel)
    except (NotFoundError, InvalidFileError) as error:
        if old.fingerprint is None:
            return None
        raise InvalidFileError(
            f"It was never noted how the frames of video {old.name!r} look, and its first file is not there "
            f"to be looked at, so nobody can tell whether its labels fit {file}: put the old file back, run "
            "hrm video ledger, then connect this one."
        ) from error


def _looks_same(kept: FrameLedger, new: FrameLedger, coded: list[int]) -> bool:
    """Whether every coded frame is where it was, and the film around them is the same."""
    # Black frames of any two films look alike: so most of the others must agree as well.
    if len(kept) == len(new):
        equal = (kept.hashes == new.hashes).all(axis=1)
        # Damaged frames have no look that could be matched, but stay what they are.
        if equal[coded].all() and 2 * equal.sum() > len(equal):
            return True
    match = media.match_frames(kept, new)
    mostly = 2 * match.found > min(len(kept), len(new))
    return match.alike and mostly and match.new_of_old[coded].tolist() == coded


def add_clips(project: Project, recording: Recording, spans: list[tuple[int, int]]) -> list[Clip]:
    """Add clips to a recording: all of them, or none.

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
        If a span is backwards, outside the video, or overlaps another clip.
    """
    _require_fitting(recording.name, recording.frame_count, spans)
    with project.store.all_or_nothing():
        for first, last in spans:
            project.store.clips.add(recording.id, first, last, None)
    return project.store.recordings.clips(recording.id)


def _require_fitting(name: str, frame_count: int | None, spans: Sequence[tuple[int, int]]) -> None:
    for first, last in spans:
        if first > last:
            raise ProjectError(f"Clip {first}-{last} ends before it begins: write the first frame first.")
        if not 0 <= first <= last or (frame_count is not None and last >= frame_count):
            end = f"0 to {frame_count - 1}" if frame_count else "from 0 up"
            raise ProjectError(f"Clip {first}-{last} does not fit: the frames of {name!r} go {end}.")


def change_video(project: Project, participant_code: str, video: str | None, *, mirrored: bool) -> Recording:
    """Correct whether a recording is mirrored.

    Raises
    ------
    NotFoundError
        If the participant or video does not exist, or `video` is needed to tell
        several apart.
    """
    recording = recording_of(project, participant_code, video)
    project.store.recordings.set_mirrored(recording.id, mirrored)
    return replace(recording, mirrored=mirrored)


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
    if source is not None:
        picture = media.read_still(source)
    else:
        recording = recording_of(project, who.code, video)
        assert frame is not None
        count = recording.frame_count
        if count is not None and not 0 <= frame < count:
            raise NotFoundError(
                f"Video {recording.name!r} has no frame {frame}; its frames go 0 to {count - 1}."
            )
        with media.open_video(project.video_path(recording)) as opened:
            picture = opened[frame]
    media.write_still(picture, target)
    # One of another kind, or from before the group was corrected, must not be found first.
    while (other := project.neutral_path(who.code)) not in (None, target):
        assert other is not None
        other.unlink()
    return target


def recording_of(project: Project, code: str, video: str | None = None) -> Recording:
    """The recording of a participant.

    Parameters
    ----------
    project : Project
        The open study.
    code : str
        Whose recording.
    video : str, optional
        Its name; may be left out if there is one only.

    Raises
    ------
    NotFoundError
        If the participant or video does not exist, or `video` is needed to tell
        several apart.
    """
    found = list(project.recordings(code, video))
    if len(found) != 1:
        names = ", ".join(repr(recording.name) for _, recording in found) or "none yet"
        raise NotFoundError(f"Say which video of participant {code} with --video; there are: {names}.")
    return found[0][1]
