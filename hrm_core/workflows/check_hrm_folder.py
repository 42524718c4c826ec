"""Check a folder of label files and frames as the HRM release has them, without a project.

What lies where, and what the files say, is found by the functions of the import: a
folder without errors is one that :func:`~hrm_core.workflows.import_hrm_folder` takes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from hrm_core.analysis.coverage import all_frames, lacking
from hrm_core.config import StudySettings
from hrm_core.errors import NotFoundError, ProjectError
from hrm_core.exchange.hrm_csv import BEFORE_VIDEO
from hrm_core.exchange.hrm_folder import survey_hrm_folder
from hrm_core.exchange.hrm_folder_parts import Child, Film, HrmFolder, HrmFolderError
from hrm_core.media.frame_files import not_whole
from hrm_core.media.frame_folder import number_in_name
from hrm_core.media.image_folder import IMAGE_SUFFIXES
from hrm_core.progress import CancelToken, NoProgress, Progress
from hrm_core.records.findings import (
    CheckSummary,
    DatasetCheck,
    Finding,
    FindingKind,
    SegmentsOf,
    Severity,
)
from hrm_core.records.segments import frames_in_words, segment_lengths
from hrm_core.records.words import counted
from hrm_core.workflows.read_hrm_folder import Fault, ReadChild, ReadVideo, read_children

__all__ = ["check_hrm_folder"]

_Level = str | None
_Pictures = Mapping[int, Path]


def check_hrm_folder(
    folder: Path, *, progress: Progress | None = None, cancel: CancelToken | None = None
) -> DatasetCheck:
    """Compare label files with the frames and neutral frames around them.

    Whatever would keep the folder from being imported is an error.

    Parameters
    ----------
    folder : pathlib.Path
        Searched with all its subfolders.
    progress : Progress, optional
        Told of label files.
    cancel : CancelToken, optional
        Asked between files.

    Raises
    ------
    ProjectError
        If there is no such folder or nothing of a participant in it.
    Cancelled
        On request.
    """
    progress, cancel = progress or NoProgress(), cancel or CancelToken()
    # Without a project nobody has named the groups: those of the release.
    settings = StudySettings(folder.name)
    found = _survey(folder, settings)
    faults: list[Fault] = []
    people = read_children(found.children, settings, None, progress, cancel, ignore_au0=False, faults=faults)
    findings = [_contradiction(folder, problem) for problem in found.problems]
    findings += _check_neutral(folder, found)
    segments: list[SegmentsOf] = []
    broken: set[Path] = set()
    n_pictures = 0
    for person in people:
        findings += _check_names(folder, person.child)
        for video, kinds in _kinds(person):
            cancel.raise_if_cancelled()
            film = video.film
            if video.rated is not None:
                lengths = segment_lengths(video.rated.labels.frames)
                segments.append(SegmentsOf(person.child.code, film.name, None, lengths))
            findings += _compare(folder, person.child, video, kinds)
            for pictures in kinds:
                torn = not_whole(pictures)
                broken.update(pictures[number] for number in torn)
                findings += _torn(folder, person.child, film, pictures, torn)
                n_pictures += len(pictures)
    # That a picture cut off cannot be opened either is no further fault.
    findings += [_faulty(folder, fault) for fault in faults if fault.path not in broken]
    severities = list(Severity)
    findings.sort(key=lambda entry: severities.index(entry.severity))
    counts = [sum(entry.severity is severity for entry in findings) for severity in severities]
    labelled = [child for child in found.children if _label_files(child)]
    files = sum(len(_label_files(child)) for child in labelled)
    summary = CheckSummary(str(folder), False, len(labelled), files, n_pictures, *counts)
    return DatasetCheck(tuple(findings), tuple(segments), summary)


def _survey(folder: Path, settings: StudySettings) -> HrmFolder:
    """What lies where; refused if it is nothing of a participant."""
    try:
        found = survey_hrm_folder(
            folder, groups=settings.groups, frame_number=number_in_name, image_suffixes=IMAGE_SUFFIXES
        )
    except NotFoundError:
        found = None
    if found is None or not (found.children or found.problems):
        raise ProjectError(
            f"{folder} is neither a project nor a folder with label files: name a project folder, or the "
            "folder that holds labels and frames of the release."
        )
    return found


def _label_files(child: Child) -> list[Path]:
    return [film.labels for film in child.films if film.labels is not None]


def _kinds(person: ReadChild) -> Iterator[tuple[ReadVideo, list[_Pictures]]]:
    """Each video with its frames as filmed and, where there are such, as aligned faces."""
    aligned: dict[_Level, _Pictures] = dict(person.child.aligned)
    for video in person.videos:
        level = video.film.name
        if level not in aligned and len(person.videos) == len(aligned) == 1:
            # One of them has a level of folders for its single video, the other has none.
            level = next(iter(aligned))
        beside = aligned.pop(level, {})
        yield (
            video,
            [dict(sorted(pictures.items())) for pictures in (video.film.pictures, beside) if pictures],
        )
    for level, pictures in aligned.items():
        folders = tuple(dict.fromkeys(path.parent for path in pictures.values()))
        alone = ReadVideo(level or "", Film(level, None, pictures, folders), None, None, None)
        yield alone, [dict(sorted(pictures.items()))]


# ---- findings -------------------------------------------------------------------------------


def _finding(kind: FindingKind, folder: Path, child: Child, film: Film, path: Path, message: str) -> Finding:
    where = path.relative_to(folder).as_posix()
    return Finding(kind, kind.severity, child.code, film.name, where, message)


def _contradiction(folder: Path, problem: HrmFolderError) -> Finding:
    message = str(problem)
    if problem.more:
        message = f"{message.removesuffix('.')} (the same goes for {counted(problem.more, 'more file')})."
    where = problem.path.relative_to(folder).as_posix()
    return Finding(problem.kind, problem.kind.severity, problem.code, None, where, message)


def _faulty(folder: Path, fault: Fault) -> Finding:
    where = fault.path.relative_to(folder).as_posix()
    return Finding(fault.kind, fault.kind.severity, fault.code, fault.video, where, str(fault.error))


def _check_neutral(folder: Path, found: HrmFolder) -> Iterator[Finding]:
    kind = FindingKind.NEUTRAL_MISSING
    if not any(child.neutral for child in found.children):
        message = "There is no folder of neutral frames: put the pictures into natural/S7.jpg and so on."
        yield Finding(kind, kind.severity, None, None, ".", message)
        return
    for child in found.children:
        files = _label_files(child)
        if files and child.neutral is None:
            message = (
                f"There is no picture of the neutral face of {child.code}: put one among the neutral frames."
            )
            yield Finding(
                kind, kind.severity, child.code, None, files[0].relative_to(folder).as_posix(), message
            )


def _check_names(folder: Path, child: Child) -> Iterator[Finding]:
    """Label files of several videos that call the child by different names."""
    files = _label_files(child)
    if len({(path.parent, path.stem.partition(BEFORE_VIDEO)[0]) for path in files}) > 1:
        names = " and ".join(path.relative_to(folder).as_posix() for path in files)
        kind = FindingKind.PARTICIPANT_TWICE
        yield Finding(
            kind,
            kind.severity,
            child.code,
            None,
            files[0].relative_to(folder).as_posix(),
            f"{names} are taken for videos of one child: if they are two children, give one another number.",
        )


def _compare(folder: Path, child: Child, video: ReadVideo, kinds: Sequence[_Pictures]) -> Iterator[Finding]:
    """Labels against pictures, once for each kind of frames (as filmed, aligned)."""
    film = video.film
    if film.labels is None:
        for pictures in kinds:
            path, where = _place(folder, pictures)
            yield _finding(
                FindingKind.PICTURE_WITHOUT_LABEL,
                folder,
                child,
                film,
                path,
                f"No label file is about the {counted(len(pictures), 'picture')} in {where}: add it, "
                "or leave them out.",
            )
        return
    name = film.labels.relative_to(folder).as_posix()
    if not kinds:
        yield _finding(
            FindingKind.LABELS_ONLY,
            folder,
            child,
            film,
            film.labels,
            f"{name} has labels, but there is no folder with its frames: put it beside the labels, named "
            f"after the participant ({child.code}).",
        )
    # Of a faulty label file it is not known which frames it means.
    if video.rated is None:
        return
    frames = video.rated.labels.frames
    for pictures in kinds:
        path, where = _place(folder, pictures)
        present = all_frames([list(pictures)])
        bare, unlabelled = lacking(frames, present), lacking(present, frames)
        if len(bare):
            message = (
                f"{where} lacks the pictures of {counted(len(bare), 'row')} of {name} "
                f"({frames_in_words(bare)}): add them, or take the rows away."
            )
            yield _finding(FindingKind.LABEL_WITHOUT_PICTURE, folder, child, film, path, message)
        if len(unlabelled):
            message = (
                f"{name} lacks rows for {counted(len(unlabelled), 'picture')} in {where} "
                f"({frames_in_words(unlabelled)}): code them, or leave them out."
            )
            yield _finding(FindingKind.PICTURE_WITHOUT_LABEL, folder, child, film, path, message)


def _torn(
    folder: Path, child: Child, film: Film, pictures: _Pictures, torn: Sequence[int]
) -> Iterator[Finding]:
    if torn:
        path, where = _place(folder, pictures)
        message = (
            f"{where} holds {counted(len(torn), 'picture')} empty or cut off ({frames_in_words(torn)}): "
            "copy again."
        )
        yield _finding(FindingKind.PICTURE_NOT_WHOLE, folder, child, film, path, message)


def _place(folder: Path, pictures: _Pictures) -> tuple[Path, str]:
    """The first folder that pictures lie in, and all of them in words."""
    folders = list(dict.fromkeys(path.parent for path in pictures.values()))
    return folders[0], " and ".join(entry.relative_to(folder).as_posix() for entry in folders)
