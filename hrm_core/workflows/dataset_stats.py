"""Describe a data set: who is in it, what occurs how often, and how bright its pictures are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from hrm_core import media
from hrm_core.analysis.base_rates import BaseRates, add_up, count_codes
from hrm_core.analysis.spread import Spread, spread
from hrm_core.errors import Cancelled, UserError
from hrm_core.facs import ALL_ACTIONS, Action, Code
from hrm_core.media.image_folder import IMAGE_SUFFIXES, ImageFolder
from hrm_core.media.pixel_stats import PixelMeter, PixelStats
from hrm_core.progress import CancelToken, NoProgress, Progress
from hrm_core.records.code_table import CodeTable
from hrm_core.records.people import Rater
from hrm_core.records.recording import Recording
from hrm_core.records.segments import segments
from hrm_core.workflows.project import Project

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["ActionRates", "DatasetLine", "DatasetStats", "GroupRate", "PixelReport", "dataset_stats"]

_NO_GROUP = "no group"
_PICTURE_FOLDERS = ("Aligned Face", "Convert Frames")
_VIDEOS = "videos"
_EVERY_OF_VIDEOS = 10


@dataclass(frozen=True, slots=True)
class DatasetLine:
    """What a table that compares data sets says of this one.

    Attributes
    ----------
    participants : int
        Children.
    groups, sexes : dict of str to int
        Children by group and by sex, unknown ones included.
    age_years : Spread
        Of the children whose age is known, in years.
    videos, clips : int
        Recordings, and clips cut from them.
    coded_frames, segments : int
        Frames the rater has coded, and runs of consecutive ones.
    actions : int
        Actions that occur at all.
    coders, judges : int
        People who have coded a frame, rated a clip.
    ratings : int
        Answers of the judges, without those on clips that were repeated for test and retest.
    """

    participants: int
    groups: dict[str, int]
    sexes: dict[str, int]
    age_years: Spread
    videos: int
    clips: int
    coded_frames: int
    segments: int
    actions: int
    coders: int
    judges: int
    ratings: int


@dataclass(frozen=True, slots=True)
class GroupRate:
    """Frames in which an action occurs, and of how many; percent is None without frames."""

    frames: int
    coded_frames: int
    percent: float | None


@dataclass(frozen=True, slots=True)
class ActionRates:
    """How often one action occurs.

    Attributes
    ----------
    action : str
        Key of the catalogue.
    name : str
        FACS name.
    everybody : GroupRate
        Over all children.
    groups : dict of str to GroupRate
        By group.
    sides : dict of str to int
        Frames by code: both, left, right, upper, lower.
    """

    action: str
    name: str
    everybody: GroupRate
    groups: dict[str, GroupRate]
    sides: dict[str, int]


@dataclass(frozen=True, slots=True)
class PixelReport:
    """Pixels for normalisation.

    Attributes
    ----------
    source : str
        Folder of the pictures, or ``videos``.
    every : int
        Every how manyth picture was measured.
    stats : PixelStats or None
        None if no picture could be read.
    unreadable : tuple of str
        Why each picture that was left out could not be read, one sentence each.
    """

    source: str
    every: int
    stats: PixelStats | None
    unreadable: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DatasetStats:
    """A data set in numbers; ``rater`` is None if nobody has coded yet."""

    dataset: DatasetLine
    rater: str | None
    actions: tuple[ActionRates, ...]
    pixels: PixelReport


def dataset_stats(
    project: Project,
    rater: str | None = None,
    *,
    every: int | None = None,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> DatasetStats:
    """Describe a study: for whoever coordinates it, since groups are shown.

    Parameters
    ----------
    project : Project
        The open study.
    rater : str, optional
        Whose codes are counted; may be left out if only one has coded.
    every : int, optional
        Measure every how manyth picture; every tenth frame of videos and every
        picture of a folder if left out.
    progress : Progress, optional
        Told of pictures.
    cancel : CancelToken, optional
        Asked between pictures.

    Raises
    ------
    NotFoundError
        If the rater is unknown, or several have coded and none is named.
    Cancelled
        On request.
    """
    coders = [who for who in project.people() if project.coded_frames(who)]
    coder = project.coder(rater) if rater is not None or coders else None
    tables = _tables(project, coder)
    counts = {
        group: add_up((count_codes(table.codes) for table in entries), len(ALL_ACTIONS))
        for group, entries in tables.items()
    }
    everybody = add_up(counts.values(), len(ALL_ACTIONS))
    line = _line(project, [table for entries in tables.values() for table in entries], everybody, len(coders))
    rates = tuple(_rates(action, everybody, counts) for action in project.actions()) if coder else ()
    pixels = _pixels(project, every, progress or NoProgress(), cancel or CancelToken())
    return DatasetStats(line, coder.name if coder else None, rates, pixels)


def _tables(project: Project, coder: Rater | None) -> dict[str, list[CodeTable]]:
    """Codes by group, in the order of the settings; those of nobody are empty."""
    people = project.participants()
    groups = {who.group for who in people}
    tables: dict[str, list[CodeTable]] = {name: [] for name in project.settings.groups if name in groups}
    if None in groups:
        tables[_NO_GROUP] = []
    if coder is not None:
        for who, recording in project.recordings():
            table = project.store.codings.table(coder.id, recording.id)
            tables.setdefault(who.group or _NO_GROUP, []).append(table)
    return tables


def _line(project: Project, tables: Sequence[CodeTable], counts: BaseRates, coders: int) -> DatasetLine:
    people = project.participants()
    known = Counter(who.group or _NO_GROUP for who in people)
    order = [*project.settings.groups, *sorted(known)]
    # A clip that was rated for the second time tells of the judge, not of the clip.
    ratings = [entry for entry in project.store.ratings.table() if not entry["repeat"]]
    return DatasetLine(
        participants=len(people),
        groups={group: known[group] for group in dict.fromkeys(order) if known[group]},
        sexes=dict(sorted(Counter(who.sex or "unknown" for who in people).items())),
        age_years=spread([who.age_years for who in people if who.age_years is not None]),
        videos=len(project.store.recordings.of_participant()),
        clips=len(project.store.recordings.clips()),
        coded_frames=counts.frames,
        segments=sum(len(segments(table.frames)) for table in tables),
        actions=sum(bool(frames) for frames in counts.occurrence.tolist()),
        coders=coders,
        judges=len({rating["judge"] for rating in ratings}),
        ratings=len(ratings),
    )


def _rates(action: Action, everybody: BaseRates, groups: dict[str, BaseRates]) -> ActionRates:
    at = ALL_ACTIONS.index(action)
    sides = zip(list(Code)[1:], everybody.by_code[at].tolist(), strict=True)
    return ActionRates(
        action.key,
        action.name,
        _rate(everybody, at),
        {group: _rate(counts, at) for group, counts in groups.items()},
        {code.word: frames for code, frames in sides},
    )


def _rate(counts: BaseRates, at: int) -> GroupRate:
    percent = float(counts.percent[at]) if counts.frames else None
    return GroupRate(int(counts.occurrence[at]), counts.frames, percent)


# ---- pixels ---------------------------------------------------------------------------------

_Picture = Callable[[], "NDArray[np.uint8]"]


def _pixels(project: Project, every: int | None, progress: Progress, cancel: CancelToken) -> PixelReport:
    meter = PixelMeter()
    unreadable: list[str] = []
    source, files = _VIDEOS, list[Path]()
    for name in _PICTURE_FOLDERS:
        files = _pictures_in(project.folder / name)
        if files:
            source = name
            break
    step = every or (1 if files else _EVERY_OF_VIDEOS)
    if files:
        pictures = _of_files(files[::step], progress)
    else:
        pictures = _of_videos(project, step, progress, cancel, unreadable)
    for picture in pictures:
        cancel.raise_if_cancelled()
        try:
            meter.add(picture())
        except Cancelled:
            raise
        except UserError as error:
            unreadable.append(str(error))
        progress.advance()
    progress.finish()
    return PixelReport(source, step, meter.result(), tuple(unreadable))


def _pictures_in(folder: Path) -> list[Path]:
    found = (file for file in folder.rglob("*") if file.suffix.lower() in IMAGE_SUFFIXES)
    return sorted(file for file in found if not file.name.startswith("."))


def _of_files(files: Sequence[Path], progress: Progress) -> Iterator[_Picture]:
    progress.start("Measuring pictures", len(files))
    for file in files:
        yield partial(media.read_still, file)


def _of_videos(
    project: Project, every: int, progress: Progress, cancel: CancelToken, unreadable: list[str]
) -> Iterator[_Picture]:
    """Every how manyth frame of the recordings that have a file."""
    recordings: list[Recording] = [
        entry for entry in project.store.recordings.of_participant() if entry.path is not None
    ]
    counts = [len(range(0, entry.frame_count or 0, every)) for entry in recordings]
    progress.start("Measuring frames", sum(counts))
    for recording in recordings:
        try:
            video = media.open_video(
                project.video_path(recording), cache_dir=project.folder / ".hrm-cache", cancel=cancel
            )
        except Cancelled:
            raise
        except UserError as error:
            unreadable.append(str(error))
            continue
        with video:
            # Of a folder of frames some may be left out on purpose.
            numbers = video.numbers if isinstance(video, ImageFolder) else range(len(video))
            for number in numbers[::every]:
                yield partial(video.__getitem__, number)
