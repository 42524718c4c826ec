"""Turn a folder in the manner of the HRM release into a project."""

from __future__ import annotations

import errno
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hrm_core import media
from hrm_core.config import StudySettings
from hrm_core.errors import InvalidFileError, ProjectError, UserError
from hrm_core.exchange.hrm_folder import find_hrm_folder
from hrm_core.media.frame_folder import number_in_name, write_manifest
from hrm_core.media.image_folder import IMAGE_SUFFIXES
from hrm_core.media.stills import StillError
from hrm_core.progress import CancelToken, NoProgress, Progress
from hrm_core.records.code_table import CodeTable
from hrm_core.records.people import Participant, Rater, Role
from hrm_core.records.rating import Rating
from hrm_core.records.recording import Recording
from hrm_core.workflows.add_participant import add_participant, add_rater
from hrm_core.workflows.folder_import_report import FolderImportReport, report_on
from hrm_core.workflows.project import Project, create_project
from hrm_core.workflows.read_hrm_folder import ReadChild, ReadVideo, read_children

__all__ = ["import_hrm_folder"]

_SESSION = "Imported ratings"
_QUESTION = "Imported: how atypical does this clip look, 1 natural to 5 highly atypical?"
# What a project finds as a neutral face; other kinds of picture are written anew.
_KEPT_SUFFIXES = frozenset({".jpg", ".jpeg", ".png"})
# The file system, or the bounds of a disk, allow no second name for a file.
_NO_LINK = {errno.EXDEV, errno.EPERM, errno.EACCES, errno.EMLINK, errno.ENOSYS, errno.EINVAL, errno.ENOTSUP}


def import_hrm_folder(
    source: Path,
    target: Path,
    *,
    rater: str,
    fps: float | None = None,
    ignore_au0: bool = False,
    dry_run: bool = False,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> FolderImportReport:
    """Make a project of label files, frames, neutral faces and ratings: all of it, or nothing.

    Frames keep their names, and the number in a name stays the number of the frame.
    Every run of consecutive labelled frames becomes a clip.

    Parameters
    ----------
    source : pathlib.Path
        The folder; nothing in it is changed.
    target : pathlib.Path
        The project folder; must not exist, or be empty.
    rater : str
        Whose codes they are.
    fps : float, optional
        Frames per second of the videos, > 0, for display; what a note beside the
        frames says, else 30.
    ignore_au0 : bool
        Do not require that ``AU0`` agrees with the codes.
    dry_run : bool
        Read and match everything, write nothing.
    progress : Progress, optional
        Told of label files read and frames placed.
    cancel : CancelToken, optional
        Asked between files.

    Returns
    -------
    FolderImportReport
        What was taken for what.

    Raises
    ------
    NotFoundError
        If there is no such folder, or nothing of a participant in it.
    InvalidFileError
        Naming the file, and row and column where there are any, of the first fault.
    ProjectError
        If `target` is not empty, lies in `source` or cannot be written.
    Cancelled
        On request; nothing is left.
    """
    progress, cancel = progress or NoProgress(), cancel or CancelToken()
    source, target = source.resolve(), target.resolve()
    _require_usable(source, target)
    if not rater.strip():
        raise ProjectError("Labels need the name of who coded them: name the coder with --rater.")
    settings = StudySettings(target.name)
    found = find_hrm_folder(
        source, groups=settings.groups, frame_number=number_in_name, image_suffixes=IMAGE_SUFFIXES
    )
    people = read_children(found.children, settings, fps, progress, cancel, ignore_au0=ignore_au0)
    report = report_on(source, target, found, people, rater, dry_run=dry_run)
    if not dry_run:
        with _whole_project(target) as project:
            _place_pictures(project, people, progress, cancel)
            _fill(project, people, rater, progress, cancel)
    return report


def _require_usable(source: Path, target: Path) -> None:
    if target.is_relative_to(source):
        raise ProjectError(f"{target} lies in {source}, which is not changed: name a folder elsewhere.")
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise ProjectError(f"{target} is not empty: name a new folder for the project.")


@contextmanager
def _whole_project(target: Path) -> Iterator[Project]:
    """A new project that gets its place and name when the block ends well, and else is gone."""
    scratch = target.with_name(f".{uuid.uuid4().hex}.part")
    try:
        with create_project(scratch, name=target.name) as project:
            yield project
        if target.exists():
            target.rmdir()
        scratch.rename(target)
    except StillError as error:
        # Its own message names a folder that is gone by now.
        raise _unwritable(target, error.__cause__ or error) from error
    except UserError as error:
        if str(scratch) not in str(error):
            raise
        # The scratch folder means nothing to anybody, and is gone by now.
        raise ProjectError(str(error).replace(str(scratch), str(target))) from error
    except OSError as error:
        raise _unwritable(target, error) from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _unwritable(target: Path, cause: BaseException) -> ProjectError:
    return ProjectError(
        f"The project cannot be written to {target} ({getattr(cause, 'strerror', None) or cause}): free some "
        "space or name another folder."
    )


def _frame_folder(project: Project, person: ReadChild, video: ReadVideo) -> Path:
    # Neither is in the store yet when the pictures are placed.
    who = Participant(0, person.child.code, person.group)
    return project.frames_folder(who, Recording(0, 0, video.name))


def _place_pictures(
    project: Project, people: list[ReadChild], progress: Progress, cancel: CancelToken
) -> None:
    films = [(person, video) for person in people for video in person.videos if video.facts is not None]
    progress.start("Placing frames", sum(len(video.film.pictures) for _, video in films))
    for person, video in films:
        assert video.facts is not None
        folder = _frame_folder(project, person, video)
        folder.mkdir(parents=True)
        for picture in video.film.pictures.values():
            cancel.raise_if_cancelled()
            _put(picture, folder / picture.name)
            progress.advance()
        write_manifest(folder, video.facts)
    progress.finish()
    for person in people:
        if person.child.neutral is not None:
            _put_neutral(project, person, person.child.neutral)


def _put(picture: Path, place: Path) -> None:
    """Give a file a second name, or copy it where that cannot be."""
    try:
        # The file itself: a link to it would point nowhere from here.
        os.link(os.path.realpath(picture) if picture.is_symlink() else picture, place)
    except OSError as error:
        if error.errno not in _NO_LINK:
            raise
        try:
            shutil.copyfile(picture, place)
        except OSError as failure:
            if str(failure.filename) != str(picture):
                raise
            raise InvalidFileError(
                f"{picture} cannot be read ({failure.strerror}): check its access rights."
            ) from failure


def _put_neutral(project: Project, person: ReadChild, picture: Path) -> None:
    group = project.group_folder(Participant(0, person.child.code, person.group))
    folder = project.folder / "Neutral Frames" / group
    folder.mkdir(parents=True, exist_ok=True)
    suffix = picture.suffix.lower()
    place = folder / f"Participant-{person.child.code}{suffix if suffix in _KEPT_SUFFIXES else '.jpg'}"
    if suffix in _KEPT_SUFFIXES:
        _put(picture, place)
    else:
        media.write_still(media.read_still(picture), place)


def _fill(
    project: Project, people: list[ReadChild], rater: str, progress: Progress, cancel: CancelToken
) -> None:
    """Participants, recordings, codes, clips and ratings."""
    progress.start("Writing labels", sum(len(person.videos) for person in people))
    with project.store.all_or_nothing():
        coder = add_rater(project, rater)
        ratings: list[tuple[str, int, int]] = []
        for person in people:
            who = add_participant(project, person.child.code, group=person.group)
            for video in person.videos:
                cancel.raise_if_cancelled()
                ratings += _fill_video(project, person, who, video, coder)
                progress.advance()
        _rate(project, ratings)
    progress.finish()


def _fill_video(
    project: Project, person: ReadChild, who: Participant, video: ReadVideo, coder: Rater
) -> list[tuple[str, int, int]]:
    """Store a recording; returns its ratings as judge, clip number in the store, and score."""
    new = Recording(0, who.id, video.name)
    if video.facts is not None and video.size is not None:
        path = _frame_folder(project, person, video).relative_to(project.folder).as_posix()
        new = Recording(
            0,
            who.id,
            video.name,
            path=path,
            fps=video.facts.fps,
            frame_count=video.facts.frame_count,
            width=video.size[0],
            height=video.size[1],
        )
    recording = project.store.recordings.add(new)
    if video.rated is None:
        return []
    labels, scores = video.rated.labels, video.rated.scores
    table = CodeTable(coder.id, recording.id, labels.frames, labels.codes)
    project.store.codings.import_tables([table], actor_id=coder.id, reason="label file")
    clips = project.store.recordings.add_clips(recording.id, list(video.rated.segments))
    return [
        (judge, clip.id, score)
        for clip, given in zip(clips, scores.tolist(), strict=True)
        for judge, score in zip(video.rated.judges, given, strict=True)
        if score
    ]


def _rate(project: Project, ratings: list[tuple[str, int, int]]) -> None:
    if not ratings:
        return
    names = dict.fromkeys(judge for judge, _, _ in ratings)
    judges = {name: add_rater(project, name, Role.JUDGE) for name in names}
    session = project.store.ratings.add_session(_SESSION, _QUESTION)
    # In which order they were asked is not known: the files' own order stands for it.
    position = dict.fromkeys(names, 0)
    rows = []
    for judge, clip_id, score in ratings:
        rows.append(Rating(judges[judge].id, clip_id, score, position[judge]))
        position[judge] += 1
    project.store.ratings.add(session, rows)
