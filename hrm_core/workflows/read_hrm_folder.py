"""Read the files of a folder in the manner of the HRM release, before anything is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from hrm_core import media
from hrm_core.config import StudySettings
from hrm_core.errors import Cancelled, InvalidFileError, UserError
from hrm_core.exchange.hrm_folder import UNNAMED_VIDEO
from hrm_core.exchange.hrm_folder_parts import Child, Film
from hrm_core.exchange.hrm_ratings import RatedLabels, read_hrm_ratings
from hrm_core.media.frame_folder import MANIFEST, FrameFolder, read_manifest
from hrm_core.media.image_folder import NOMINAL_FPS
from hrm_core.progress import CancelToken, Progress
from hrm_core.records.findings import FindingKind
from hrm_core.records.recording import MOST_FRAMES
from hrm_core.records.segments import segments
from hrm_core.workflows.add_participant import require_code
from hrm_core.workflows.privacy import names_group

__all__ = ["Fault", "ReadChild", "ReadVideo", "read_children"]


@dataclass(frozen=True, slots=True)
class ReadVideo:
    """A recording to be made.

    Attributes
    ----------
    name : str
        Unique within the participant; does not tell the group.
    film : Film
        Its files.
    rated : RatedLabels or None
        What its label file says.
    facts : FrameFolder or None
        What is to be noted beside its pictures; None if it has none.
    size : (int, int) or None
        Width and height of the first picture.
    """

    name: str
    film: Film
    rated: RatedLabels | None
    facts: FrameFolder | None
    size: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class ReadChild:
    """A participant to be made.

    Attributes
    ----------
    child : Child
        What the folder holds of them.
    group : str or None
        As names and label files say.
    videos : tuple of ReadVideo
        Recordings.
    """

    child: Child
    group: str | None
    videos: tuple[ReadVideo, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a file cannot be taken.

    Attributes
    ----------
    kind : FindingKind
        What is wrong.
    path : pathlib.Path
        The file or folder it is about.
    code : str
        Of the participant.
    video : str or None
        What the folder calls the video; None if it has no name or it is about none.
    error : UserError
        What the import says of it.
    """

    kind: FindingKind
    path: Path
    code: str
    video: str | None
    error: UserError


def read_children(
    children: Sequence[Child],
    settings: StudySettings,
    fps: float | None,
    progress: Progress,
    cancel: CancelToken,
    *,
    ignore_au0: bool,
    faults: list[Fault] | None = None,
) -> list[ReadChild]:
    """Read all label files, and one picture of each kind.

    Parameters
    ----------
    children : sequence of Child
        What lies where.
    settings : StudySettings
        Of the study to be made.
    fps : float, optional
        Frames per second of the videos; what a note beside the frames says, else 30.
    progress : Progress
        Told of label files.
    cancel : CancelToken
        Asked between files.
    ignore_au0 : bool
        Do not require that ``AU0`` agrees with the codes.
    faults : list of Fault, optional
        Takes every fault instead of raising the first; what is faulty is then
        missing in what is returned.

    Raises
    ------
    InvalidFileError
        Naming the file, and row and column where there are any, of the first fault.
    ProjectError
        If a code cannot name a participant.
    """
    labelled = sum(film.labels is not None for child in children for film in child.films)
    progress.start("Reading label files", labelled)
    read = [
        _read_child(child, settings, fps, progress, cancel, faults, ignore_au0=ignore_au0)
        for child in children
    ]
    progress.finish()
    return read


def _read_child(
    child: Child,
    settings: StudySettings,
    fps: float | None,
    progress: Progress,
    cancel: CancelToken,
    faults: list[Fault] | None,
    *,
    ignore_au0: bool,
) -> ReadChild:
    with _Noted(faults, FindingKind.CODE_UNUSABLE, _some_path(child), child):
        require_code(child.code, settings)
    group, said_by = child.group, child.group_from
    videos = []
    for film, name in zip(child.films, _video_names(child, settings), strict=True):
        cancel.raise_if_cancelled()
        rated = None
        if film.labels is not None:
            with _Noted(faults, FindingKind.LABEL_FILE_FAULTY, film.labels, child, film):
                rated = read_hrm_ratings(film.labels, ignore_au0=ignore_au0)
            marked = None if rated is None else _marked_group(rated.labels.asd, settings)
            with _Noted(faults, FindingKind.FILES_CONTRADICT, film.labels, child, film):
                _require_same_group(film.labels, marked, said_by, group)
            if group is None:
                group, said_by = marked, film.labels
            progress.advance()
        videos.append(_read_pictures(child, film, name, rated, fps, faults))
    if child.neutral is not None:
        # A picture that cannot be opened is named now, while its old name is known.
        with _Noted(faults, FindingKind.FILE_UNREADABLE, child.neutral, child):
            media.read_still(child.neutral)
    return ReadChild(child, group, tuple(videos))


def _read_pictures(
    child: Child,
    film: Film,
    name: str,
    rated: RatedLabels | None,
    fps: float | None,
    faults: list[Fault] | None,
) -> ReadVideo:
    facts = size = None
    if film.pictures:
        with _Noted(faults, FindingKind.FILE_UNREADABLE, film.folders[0] / MANIFEST, child, film):
            facts = _facts(film, rated, fps)
        first = next(iter(film.pictures.values()))
        with _Noted(faults, FindingKind.FILE_UNREADABLE, first, child, film):
            height, width = media.read_still(first).shape[:2]
            size = width, height
    return ReadVideo(name, film, rated, facts, size)


@dataclass(frozen=True, slots=True)
class _Noted:
    """Keeps what goes wrong in a block if there is a list for it."""

    faults: list[Fault] | None
    kind: FindingKind
    path: Path
    child: Child
    film: Film | None = None

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        # A stop on request is no fault of a file.
        if self.faults is None or not isinstance(error, UserError) or isinstance(error, Cancelled):
            return False
        video = None if self.film is None else self.film.name
        self.faults.append(Fault(self.kind, self.path, self.child.code, video, error))
        return True


def _some_path(child: Child) -> Path:
    """A file that is called after the child."""
    labels = [film.labels for film in child.films if film.labels is not None]
    folders = [folder for film in child.films for folder in film.folders]
    neutral = [] if child.neutral is None else [child.neutral]
    return [*labels, *folders, *neutral][0]


def _require_same_group(labels: Path, marked: str | None, said_by: Path | None, group: str | None) -> None:
    if None not in (group, marked) and group != marked:
        raise InvalidFileError(
            f"{labels}: its column ASD says group {marked}, but {said_by} says {group}: correct one of them."
        )


def _marked_group(asd: int | None, settings: StudySettings) -> str | None:
    if asd is None:
        return None
    return next(group for group in settings.groups if (group == settings.asd_group) == bool(asd))


def _video_names(child: Child, settings: StudySettings) -> list[str]:
    """Names for the recordings, as the folder has them unless they tell the group."""
    names: list[str] = []
    there = {film.name for film in child.films}
    for film in child.films:
        name, number = film.name or UNNAMED_VIDEO, len(names)
        while (
            name in names
            or (name != film.name and name in there)
            or names_group(name, settings) is not None
            or not name.isprintable()
        ):
            number += 1
            name = f"video-{number}"
        names.append(name)
    return names


def _facts(film: Film, rated: RatedLabels | None, fps: float | None) -> FrameFolder:
    """What is noted beside the frames."""
    known = read_manifest(film.folders[0]) if len(film.folders) == 1 else None
    highest, wanted = max(film.pictures), set(film.pictures)
    if rated is not None and len(rated.labels.frames):
        # Labels may go on where pictures are missing: their frames are frames all the same.
        highest = max(highest, int(rated.labels.frames[-1]))
        wanted |= set(rated.labels.frames.tolist())
    count = max(highest + 1, known.frame_count if known else 0)
    if count > MOST_FRAMES:
        raise InvalidFileError(
            f"{film.folders[0] / MANIFEST}: no recording has {count} frames: correct the number or delete it."
        )
    fps = fps or (known and known.fps) or NOMINAL_FPS
    # Only segments were kept: the gaps between them are not missing frames.
    return FrameFolder(frame_count=count, fps=fps, spans=tuple(segments(list(wanted))))
