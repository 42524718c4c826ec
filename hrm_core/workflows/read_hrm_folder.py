"""Read the files of a folder in the manner of the HRM release, before anything is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hrm_core import media
from hrm_core.config import StudySettings
from hrm_core.errors import InvalidFileError
from hrm_core.exchange.hrm_folder import UNNAMED_VIDEO, Child, Film
from hrm_core.exchange.hrm_ratings import RatedLabels, read_hrm_ratings
from hrm_core.media.frame_folder import FrameFolder, read_manifest
from hrm_core.media.image_folder import NOMINAL_FPS
from hrm_core.progress import CancelToken, Progress
from hrm_core.records.segments import segments
from hrm_core.workflows.add_participant import require_code
from hrm_core.workflows.privacy import names_group

__all__ = ["ReadChild", "ReadVideo", "read_children"]


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


def read_children(
    children: Sequence[Child],
    settings: StudySettings,
    fps: float | None,
    progress: Progress,
    cancel: CancelToken,
    *,
    ignore_au0: bool,
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

    Raises
    ------
    InvalidFileError
        Naming the file, and row and column where there are any, of the first fault.
    ProjectError
        If a code cannot name a participant.
    """
    labelled = sum(film.labels is not None for child in children for film in child.films)
    progress.start("Reading label files", labelled)
    read = [_read_child(child, settings, fps, progress, cancel, ignore_au0=ignore_au0) for child in children]
    progress.finish()
    return read


def _read_child(
    child: Child,
    settings: StudySettings,
    fps: float | None,
    progress: Progress,
    cancel: CancelToken,
    *,
    ignore_au0: bool,
) -> ReadChild:
    require_code(child.code, settings)
    group, said_by = child.group, child.group_from
    videos = []
    for film, name in zip(child.films, _video_names(child, settings), strict=True):
        cancel.raise_if_cancelled()
        rated = None
        if film.labels is not None:
            rated = read_hrm_ratings(film.labels, ignore_au0=ignore_au0)
            marked = _marked_group(rated.labels.asd, settings)
            if None not in (group, marked) and group != marked:
                raise InvalidFileError(
                    f"{film.labels}: its column ASD says group {marked}, but {said_by} says {group}: correct "
                    "one of them."
                )
            if group is None:
                group, said_by = marked, film.labels
            progress.advance()
        videos.append(ReadVideo(name, film, rated, _facts(film, rated, fps), _size(film)))
    if child.neutral is not None:
        # A picture that cannot be opened is named now, while its old name is known.
        media.read_still(child.neutral)
    return ReadChild(child, group, tuple(videos))


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


def _facts(film: Film, rated: RatedLabels | None, fps: float | None) -> FrameFolder | None:
    """What is noted beside the frames; None for a recording without pictures."""
    if not film.pictures:
        return None
    known = read_manifest(film.folders[0]) if len(film.folders) == 1 else None
    highest, wanted = max(film.pictures), set(film.pictures)
    if rated is not None and len(rated.labels.frames):
        # Labels may go on where pictures are missing: their frames are frames all the same.
        highest = max(highest, int(rated.labels.frames[-1]))
        wanted |= set(rated.labels.frames.tolist())
    count = max(highest + 1, known.frame_count if known else 0)
    fps = fps or (known and known.fps) or NOMINAL_FPS
    # Only segments were kept: the gaps between them are not missing frames.
    return FrameFolder(frame_count=count, fps=fps, spans=tuple(segments(list(wanted))))


def _size(film: Film) -> tuple[int, int] | None:
    if not film.pictures:
        return None
    height, width = media.read_still(next(iter(film.pictures.values()))).shape[:2]
    return width, height
