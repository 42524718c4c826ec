"""Check a folder of label files and frames as the HRM release has them, without a project."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hrm_core.analysis.coverage import all_frames, lacking
from hrm_core.errors import ProjectError, UserError
from hrm_core.exchange.hrm_csv import read_hrm_csv
from hrm_core.media.frame_files import not_whole
from hrm_core.media.frame_folder import number_in_name
from hrm_core.progress import CancelToken, NoProgress, Progress
from hrm_core.records.findings import (
    CheckSummary,
    DatasetCheck,
    Finding,
    FindingKind,
    SegmentsOf,
    Severity,
)
from hrm_core.records.participant_codes import bare_code, group_in_code
from hrm_core.records.segments import frames_in_words, segment_lengths
from hrm_core.records.words import counted

__all__ = ["check_hrm_folder"]

# Without a project nobody has named the groups: those of the release.
_GROUPS = ("ASD", "TD")
_PICTURES = frozenset({".jpg", ".jpeg", ".png"})
_NEUTRAL = frozenset({"natural", "neutral frames"})
# What a folder is called that stands for a participant whether or not there are labels.
_NAMED_AS_PARTICIPANT = re.compile(r"(participant[ _-]*|s)\d+", re.IGNORECASE)
_BETWEEN = "__"


@dataclass(frozen=True, slots=True)
class _LabelFile:
    """A file with the header of a label file."""

    path: Path
    code: str
    group: str | None
    video: str | None

    @property
    def key(self) -> str:
        """Equal for codes that may mean the same child."""
        return bare_code(self.code, _GROUPS)


@dataclass(frozen=True, slots=True)
class _FrameFolder:
    """A folder of numbered pictures of one participant."""

    path: Path
    kind: str
    code: str
    group: str | None
    video: str | None
    files: dict[int, Path]

    @property
    def key(self) -> str:
        """Equal for codes that may mean the same child."""
        return bare_code(self.code, _GROUPS)


@dataclass(frozen=True, slots=True)
class _HrmFolder:
    """What lies where; ``neutral`` is None if there is no folder of neutral frames."""

    labels: tuple[_LabelFile, ...]
    frames: tuple[_FrameFolder, ...]
    neutral: frozenset[str] | None

    def frames_of(self, labels: _LabelFile) -> list[_FrameFolder]:
        """Folders whose pictures a label file is about."""
        alike = [entry for entry in self.labels if entry.key == labels.key]
        several = len({entry.group for entry in alike}) > 1
        return [
            folder
            for folder in self.frames
            if folder.key == labels.key
            and labels.video in (None, folder.video)
            # S7 and S7TD may be two children: then each has the frames of its group.
            and (not several or folder.group in (None, labels.group))
        ]


def check_hrm_folder(
    folder: Path, *, progress: Progress | None = None, cancel: CancelToken | None = None
) -> DatasetCheck:
    """Compare label files with the frames and neutral frames around them.

    Parameters
    ----------
    folder : pathlib.Path
        Searched with all its subfolders.
    progress : Progress, optional
        Told of label files.
    cancel : CancelToken, optional
        Asked between them.

    Raises
    ------
    ProjectError
        If there is no such folder or no label file in it.
    Cancelled
        On request.
    """
    progress, cancel = progress or NoProgress(), cancel or CancelToken()
    scanned = _scan_hrm_folder(folder)
    if not scanned.labels:
        raise ProjectError(
            f"{folder} is neither a project nor a folder with label files: name a project folder, or the "
            "folder that holds labels and frames of the release."
        )
    findings = [*_check_participants(folder, scanned), *_check_unlabelled(folder, scanned)]
    segments = []
    progress.start("Checking label files", len(scanned.labels))
    for labels in scanned.labels:
        cancel.raise_if_cancelled()
        try:
            frames = _frames_in(labels.path)
        except UserError as error:
            findings.append(_finding(folder, FindingKind.LABEL_FILE_FAULTY, labels, labels.path, str(error)))
        else:
            segments.append(SegmentsOf(labels.code, labels.video, None, segment_lengths(frames)))
            findings += _compare(folder, scanned, labels, frames)
        progress.advance()
    progress.finish()
    for pictures in scanned.frames:
        cancel.raise_if_cancelled()
        findings += _check_whole(folder, pictures)
    severities = list(Severity)
    findings.sort(key=lambda entry: severities.index(entry.severity))
    counts = [sum(entry.severity is severity for entry in findings) for severity in severities]
    children = {(entry.key, entry.group) for entry in scanned.labels}
    n_pictures = sum(len(entry.files) for entry in scanned.frames)
    summary = CheckSummary(str(folder), False, len(children), len(scanned.labels), n_pictures, *counts)
    return DatasetCheck(tuple(findings), tuple(segments), summary)


# ---- what lies where -----------------------------------------------------------------------


def _scan_hrm_folder(folder: Path) -> _HrmFolder:
    """Find label files, frame folders and neutral frames; no picture is read."""
    labels: list[_LabelFile] = []
    numbered: dict[Path, dict[int, Path]] = {}
    neutral: set[str] | None = None
    for place, below, names in os.walk(folder):
        below[:] = sorted(name for name in below if not name.startswith("."))
        here = Path(place)
        files = [here / name for name in sorted(names) if not name.startswith(".")]
        labels += [_label_file(folder, file) for file in files if _is_label_file(file)]
        pictures = [file for file in files if file.suffix.lower() in _PICTURES]
        if any(part.casefold() in _NEUTRAL for part in here.relative_to(folder).parts):
            neutral = (neutral or set()) | {bare_code(file.stem, _GROUPS) for file in pictures}
        elif by_number := _by_number(pictures):
            numbered[here] = by_number
    keys = {entry.key for entry in labels}
    frames = [_frame_folder(folder, path, files, keys) for path, files in numbered.items()]
    return _HrmFolder(
        tuple(labels),
        tuple(entry for entry in frames if entry is not None),
        None if neutral is None else frozenset(neutral),
    )


def _is_label_file(file: Path) -> bool:
    """Whether the first row names the columns that only label files have together."""
    if file.suffix.lower() != ".csv":
        return False
    try:
        with file.open("rb") as stream:
            head = stream.read(4096)
    except OSError:
        return False
    first = head.decode("utf-8-sig", errors="replace").splitlines()[:1]
    names = {name.strip() for name in "".join(first).split(",")}
    return {"frame", "AU1", "AU12", "AU0"} <= names


def _label_file(folder: Path, path: Path) -> _LabelFile:
    stem, _, video = path.stem.partition(_BETWEEN)
    return _LabelFile(path, _code(stem), _group(folder, path.parent, stem), video or None)


def _code(name: str) -> str:
    """The code in the name of a file or folder: S7TD in ``S7TD`` and 7 in ``Participant-7``."""
    return re.sub(r"^participant[ _-]*", "", name, flags=re.IGNORECASE) or name


def _group(folder: Path, place: Path, name: str) -> str | None:
    """The group that a name or a folder above it says."""
    named = {group.casefold(): group for group in _GROUPS}
    parts = place.relative_to(folder).parts
    found = [named[part.casefold()] for part in parts if part.casefold() in named]
    return group_in_code(name, _GROUPS) or (found[-1] if found else None)


def _by_number(pictures: Sequence[Path]) -> dict[int, Path]:
    found: dict[int, Path] = {}
    for picture in pictures:
        number = number_in_name(picture.name)
        if number is not None:
            found.setdefault(number, picture)
    return dict(sorted(found.items()))


def _frame_folder(folder: Path, path: Path, files: dict[int, Path], keys: set[str]) -> _FrameFolder | None:
    """Whose frames these are, as its own name or one above it says; None if nobody's."""
    parts = path.relative_to(folder).parts
    # A video may be called 7: a name that says participant comes first, then the innermost.
    named = [at for at, part in enumerate(parts) if _NAMED_AS_PARTICIPANT.match(part)]
    known = [at for at in range(len(parts)) if bare_code(parts[at], _GROUPS) in keys]
    chosen = [at for at in named if at in known] or named or known[::-1]
    if not chosen:
        return None
    at = chosen[0]
    groups = {group.casefold() for group in _GROUPS}
    kind = "/".join(part for part in parts[:at] if part.casefold() not in groups)
    video = "/".join(parts[at + 1 :]) or None
    group = _group(folder, path, parts[at])
    return _FrameFolder(path, kind, _code(parts[at]), group, video, files)


def _frames_in(path: Path) -> NDArray[np.int64]:
    """Frames that a label file has rows for."""
    return read_hrm_csv(path).frames


# ---- findings -------------------------------------------------------------------------------


def _finding(folder: Path, kind: FindingKind, labels: _LabelFile | None, path: Path, message: str) -> Finding:
    where = path.relative_to(folder).as_posix()
    code, video = (labels.code, labels.video) if labels else (None, None)
    return Finding(kind, kind.severity, code, video, where, message)


def _check_participants(folder: Path, scanned: _HrmFolder) -> Iterator[Finding]:
    alike: dict[str, list[_LabelFile]] = {}
    for labels in scanned.labels:
        alike.setdefault(labels.key, []).append(labels)
    for entries in alike.values():
        one = entries[0]
        # Several videos of one child have a file each.
        if len({(entry.path.parent, entry.code) for entry in entries}) > 1:
            names = " and ".join(entry.path.relative_to(folder).as_posix() for entry in entries)
            yield _finding(
                folder,
                FindingKind.PARTICIPANT_TWICE,
                one,
                one.path,
                f"{names} may be about the same child: if they are, keep one of them; if not, use codes that "
                "cannot be mistaken for each other.",
            )
        if scanned.neutral is not None and one.key not in scanned.neutral:
            yield _finding(
                folder,
                FindingKind.NEUTRAL_MISSING,
                one,
                one.path,
                f"There is no picture of the neutral face of {one.code}: put one among the neutral frames.",
            )
    if scanned.neutral is None:
        yield _finding(
            folder,
            FindingKind.NEUTRAL_MISSING,
            None,
            folder,
            "There is no folder of neutral frames: put the pictures into natural/S7.jpg and so on.",
        )


def _check_unlabelled(folder: Path, scanned: _HrmFolder) -> Iterator[Finding]:
    keys = {labels.key for labels in scanned.labels}
    for pictures in scanned.frames:
        if pictures.key not in keys:
            where = pictures.path.relative_to(folder).as_posix()
            yield _finding(
                folder,
                FindingKind.PICTURE_WITHOUT_LABEL,
                None,
                pictures.path,
                f"No label file is about the {counted(len(pictures.files), 'picture')} in {where}: add it, "
                "or leave them out.",
            )


def _compare(
    folder: Path, scanned: _HrmFolder, labels: _LabelFile, frames: NDArray[np.int64]
) -> Iterator[Finding]:
    """Labels against pictures, once for each kind of frames (as filmed, aligned)."""
    kinds: dict[str, list[_FrameFolder]] = {}
    for pictures in scanned.frames_of(labels):
        kinds.setdefault(pictures.kind, []).append(pictures)
    name = labels.path.relative_to(folder).as_posix()
    if not kinds:
        yield _finding(
            folder,
            FindingKind.LABELS_ONLY,
            labels,
            labels.path,
            f"{name} has labels, but there is no folder with its frames: put it beside the labels, named "
            f"after the participant ({labels.code}).",
        )
    for entries in kinds.values():
        place = entries[0].path if len(entries) == 1 else entries[0].path.parent
        where = place.relative_to(folder).as_posix()
        present = all_frames(list(entry.files) for entry in entries)
        bare = lacking(frames, present)
        if len(bare):
            yield _finding(
                folder,
                FindingKind.LABEL_WITHOUT_PICTURE,
                labels,
                place,
                f"{where} lacks the pictures of {counted(len(bare), 'row')} of {name} "
                f"({frames_in_words(bare)}): add them, or take the rows away.",
            )
        unlabelled = lacking(present, frames)
        # Frames of other videos have a label file of their own, or none.
        if len(unlabelled):
            yield _finding(
                folder,
                FindingKind.PICTURE_WITHOUT_LABEL,
                labels,
                place,
                f"{name} lacks rows for {counted(len(unlabelled), 'picture')} in {where} "
                f"({frames_in_words(unlabelled)}): code them, or leave them out.",
            )


def _check_whole(folder: Path, pictures: _FrameFolder) -> Iterator[Finding]:
    broken = not_whole(pictures.files)
    if broken:
        where = pictures.path.relative_to(folder).as_posix()
        yield Finding(
            FindingKind.PICTURE_NOT_WHOLE,
            FindingKind.PICTURE_NOT_WHOLE.severity,
            pictures.code,
            pictures.video,
            where,
            f"{where} holds {counted(len(broken), 'picture')} empty or cut off ({frames_in_words(broken)}): "
            "copy again.",
        )
