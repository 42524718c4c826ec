"""What was taken for what when a folder was turned into a project."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hrm_core.exchange.hrm_folder_parts import HrmFolder
from hrm_core.exchange.hrm_ratings import RatedLabels
from hrm_core.records.words import counted
from hrm_core.workflows.exchange_hrm_csv import notes_on_labels
from hrm_core.workflows.read_hrm_folder import ReadChild, ReadVideo

__all__ = ["FolderImportReport", "TakenChild", "TakenVideo", "report_on"]

_MOST_NAMED = 6


@dataclass(frozen=True, slots=True)
class TakenVideo:
    """What became a recording; paths are relative to the folder that was read.

    Attributes
    ----------
    name : str
        Of the recording.
    called : str or None
        What the folder calls it; None where it has no name there.
    labels : pathlib.Path or None
        The label file.
    frames, segments : int
        Labelled frames, and runs of them.
    folders : tuple of pathlib.Path
        Where its pictures lie.
    pictures : int
        How many there are.
    without_picture, without_labels : int
        Labelled frames that have no picture; pictures that have no label.
    """

    name: str
    called: str | None
    labels: Path | None
    frames: int
    segments: int
    folders: tuple[Path, ...]
    pictures: int
    without_picture: int
    without_labels: int


@dataclass(frozen=True, slots=True)
class TakenChild:
    """What became a participant.

    Attributes
    ----------
    code : str
        Of the participant.
    group : str or None
        As names and label files say; None if none does.
    neutral : pathlib.Path or None
        Picture of the neutral face, relative to the folder that was read.
    videos : tuple of TakenVideo
        Recordings.
    """

    code: str
    group: str | None
    neutral: Path | None
    videos: tuple[TakenVideo, ...]


@dataclass(frozen=True, slots=True)
class FolderImportReport:
    """What the import of a folder did, or would do.

    Attributes
    ----------
    project : pathlib.Path
        The project folder.
    participants : tuple of TakenChild
        What was taken for whom.
    frames, segments, pictures : int
        Labelled frames, runs of them, and pictures of frames.
    judges : tuple of str
        Who rated.
    ratings : int
        Answers of the judges on segments.
    notes : tuple of str
        What a person should look at, one sentence each.
    dry_run : bool
        Whether nothing was written.
    """

    project: Path
    participants: tuple[TakenChild, ...]
    frames: int
    segments: int
    pictures: int
    judges: tuple[str, ...]
    ratings: int
    notes: tuple[str, ...]
    dry_run: bool


def report_on(
    source: Path, target: Path, found: HrmFolder, people: Sequence[ReadChild], rater: str, *, dry_run: bool
) -> FolderImportReport:
    """The report on the import of a folder.

    Parameters
    ----------
    source, target : pathlib.Path
        The folder that was read, and the project.
    found : HrmFolder
        What lies where.
    people : sequence of ReadChild
        What the files say.
    rater : str
        Whose codes they are.
    dry_run : bool
        Whether nothing was written.
    """
    children = [
        TakenChild(
            person.child.code,
            person.group,
            person.child.neutral and person.child.neutral.relative_to(source),
            tuple(_taken(source, video) for video in person.videos),
        )
        for person in people
    ]
    rated = [video.rated for person in people for video in person.videos if video.rated is not None]
    labels = [
        (video.film.labels.relative_to(source), video.rated)
        for person in people
        for video in person.videos
        if video.film.labels is not None and video.rated is not None
    ]
    judges = tuple(dict.fromkeys(judge for entry in rated for judge in entry.judges))
    return FolderImportReport(
        project=target,
        participants=tuple(children),
        frames=sum(len(entry.labels.frames) for entry in rated),
        segments=sum(len(entry.segments) for entry in rated),
        pictures=sum(len(video.film.pictures) for person in people for video in person.videos),
        judges=judges,
        ratings=sum(int((entry.scores > 0).sum()) for entry in rated),
        notes=_notes(source, found, children, labels, rater),
        dry_run=dry_run,
    )


def _taken(source: Path, video: ReadVideo) -> TakenVideo:
    film, rated = video.film, video.rated
    labelled = set() if rated is None else set(rated.labels.frames.tolist())
    return TakenVideo(
        name=video.name,
        called=film.name,
        labels=film.labels and film.labels.relative_to(source),
        frames=len(labelled),
        segments=0 if rated is None else len(rated.segments),
        folders=tuple(folder.relative_to(source) for folder in film.folders),
        pictures=len(film.pictures),
        without_picture=len(labelled - film.pictures.keys()),
        without_labels=len(film.pictures.keys() - labelled),
    )


def _notes(
    source: Path,
    found: HrmFolder,
    children: Sequence[TakenChild],
    labels: Sequence[tuple[Path, RatedLabels]],
    rater: str,
) -> tuple[str, ...]:
    notes = []
    for path, rated in labels:
        notes += notes_on_labels(path.name, rated.labels)
        notes += _notes_on_ratings(path.name, rated)
    notes += _notes_on_matching(children)
    judges = {judge for _, rated in labels for judge in rated.judges}
    if " ".join(rater.split()) in judges:
        notes.append(f"{rater} is coder and judge: one rater, listed as a coder.")
    notes += _notes_on_the_rest(source, found)
    return tuple(notes)


def _notes_on_ratings(name: str, rated: RatedLabels) -> list[str]:
    notes = []
    if rated.labels.passed_over:
        notes.append(f"{name}: {', '.join(rated.labels.passed_over)} without its judges was passed over.")
    unrated = int((rated.scores == 0).sum())
    if unrated:
        notes.append(f"{name}: {unrated} ratings are empty for a whole segment; no rating was made of them.")
    if rated.wrong_averages:
        notes.append(
            f"{name}: the average is not the judges' mean in {len(rated.wrong_averages)} rows (first: "
            f"{rated.wrong_averages[0]}); the judges' own ratings count."
        )
    return notes


def _notes_on_matching(children: Sequence[TakenChild]) -> list[str]:
    notes = []
    unseen = {who.code: sum(video.without_picture for video in who.videos) for who in children}
    unlabelled = {
        who.code: sum(video.without_labels for video in who.videos if video.labels is not None)
        for who in children
    }
    if any(unseen.values()):
        notes.append(f"Without a picture, but taken: {_counts(unseen, 'labelled frame')}.")
    if any(unlabelled.values()):
        notes.append(f"Without a label, but taken: {_counts(unlabelled, 'picture')}.")
    for who in children:
        for video in who.videos:
            if video.labels is None:
                pictures = counted(video.pictures, "picture")
                notes.append(f"{who.code}: {video.name} has {pictures} but no labels; taken too.")
            if video.called not in (None, video.name):
                notes.append(f"{who.code}: a video's own name tells the group: it is called {video.name}.")
        if not who.videos:
            notes.append(f"{who.code}: there is a neutral face but no video; taken too.")
        if who.group is None:
            notes.append(f"{who.code}: no name and no label file says the group; set it before exporting.")
    return notes


def _notes_on_the_rest(source: Path, found: HrmFolder) -> list[str]:
    notes = []
    if found.other_tables:
        notes.append(
            f"{counted(len(found.other_tables), 'CSV file')} without the columns of labels passed over: "
            f"{_listed([str(path.relative_to(source)) for path in found.other_tables])}."
        )
    if found.other_pictures:
        notes.append(
            f"{counted(len(found.other_pictures), 'picture')} that are neither numbered frames of a "
            "participant nor neutral faces passed over: "
            f"{_listed([str(path.relative_to(source)) for path in found.other_pictures])}."
        )
    for folders, what in ((found.aligned_taken, "taken for frames"), (found.aligned_left, "passed over")):
        if folders:
            names = _listed([str(path.relative_to(source)) for path in folders])
            notes.append(f"{counted(len(folders), 'folder')} of aligned faces {what}: {names}.")
    return notes


def _counts(numbers: dict[str, int], noun: str) -> str:
    """``3 pictures (S7: 2, S9: 1)``."""
    each = _listed([f"{code}: {number}" for code, number in numbers.items() if number])
    return f"{counted(sum(numbers.values()), noun)} ({each})"


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more
