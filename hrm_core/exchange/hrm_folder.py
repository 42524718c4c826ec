"""What lies where in a folder in the manner of the HRM release.

Only paths and names are looked at, and the first line of tables: which files are
labels, which pictures are frames or neutral faces, and of whom.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from hrm_core.errors import NotFoundError
from hrm_core.exchange.hrm_csv import BEFORE_VIDEO, HEADER
from hrm_core.exchange.hrm_extras import label_file_of
from hrm_core.exchange.hrm_folder_parts import Child, Film, HrmFolder, HrmFolderError
from hrm_core.records.findings import FindingKind
from hrm_core.records.recording import MOST_FRAMES

__all__ = ["UNNAMED_VIDEO", "find_hrm_folder", "survey_hrm_folder"]

UNNAMED_VIDEO = "recording"
"""What a recording is called that neither a folder nor a file names."""

_NEUTRAL = frozenset({"natural", "neutral", "neutral frames", "neutral faces"})
_ALIGNED = frozenset({"aligned", "aligned face", "aligned faces"})
_HEADER_BYTES = 8192
# How names mean a participant, the clearest first: Participant-7, S7, 7.
_FORMS = tuple(
    re.compile(form, re.IGNORECASE) for form in (r"participant(?:-|[ _]*(?=s?\d))(\S.*)", r"(s\d+)", r"(\d+)")
)


def find_hrm_folder(
    root: Path,
    *,
    groups: tuple[str, ...],
    frame_number: Callable[[str], int | None],
    image_suffixes: frozenset[str],
) -> HrmFolder:
    """Find label files, frames and neutral faces below a folder.

    Parameters
    ----------
    root : pathlib.Path
        The folder; hidden files and folders in it are passed over.
    groups : tuple of str
        Names of the groups' folders, and what may stand behind a participant's number.
    frame_number : callable
        The frame number that a picture's name says; None if it says none.
    image_suffixes : frozenset of str
        What makes a file a picture, as ``".jpg"``.

    Raises
    ------
    NotFoundError
        If there is no such folder, or nothing of a participant in it.
    InvalidFileError
        If a folder cannot be read, a label file does not say whose it is, or two
        files contradict each other.
    """
    found = survey_hrm_folder(root, groups=groups, frame_number=frame_number, image_suffixes=image_suffixes)
    if found.problems:
        raise found.problems[0]
    if not found.children:
        raise NotFoundError(
            f"{root} holds neither label files nor frames of participants: name the folder above S7.csv, S7/ "
            "or Participant-7/."
        )
    return found


def survey_hrm_folder(
    root: Path,
    *,
    groups: tuple[str, ...],
    frame_number: Callable[[str], int | None],
    image_suffixes: frozenset[str],
) -> HrmFolder:
    """What :func:`find_hrm_folder` finds, with every contradiction instead of the first.

    Returns
    -------
    HrmFolder
        Of files that contradict each other the first is taken; without children
        if there is nothing of a participant.

    Raises
    ------
    NotFoundError
        If there is no such folder.
    """
    if not root.is_dir():
        raise NotFoundError(f"There is no folder {root}: name the one that holds labels and frames.")
    search = _Search(root, groups)
    for place, files in _walk(search):
        for path in files:
            suffix = path.suffix.lower()
            try:
                if suffix == ".csv":
                    search.take_table(place, path)
                elif suffix in image_suffixes:
                    search.take_picture(place, path, frame_number(path.name))
            except HrmFolderError as problem:
                search.note(problem)
    return search.result()


@dataclass(frozen=True, slots=True)
class _Mark:
    """Whom a name means: the same key is the same child, however it is written."""

    key: str
    code: str
    group: str | None
    form: int


@dataclass(frozen=True, slots=True)
class _Place:
    """What the names of a folder and of those above it say."""

    folder: Path
    mark: _Mark | None
    levels: tuple[str, ...]
    groups: tuple[tuple[Path, str], ...]
    is_neutral: bool
    is_aligned: bool


@dataclass(slots=True)
class _Found:
    """What was found of one child so far; by level of folders, None where there is none."""

    labels: dict[str | None, Path] = field(default_factory=dict)
    frames: dict[str | None, dict[int, Path]] = field(default_factory=dict)
    aligned: dict[str | None, dict[int, Path]] = field(default_factory=dict)
    neutral: Path | None = None
    group: str | None = None
    group_from: Path | None = None
    # By what was named so: label files before frames, frames before the neutral face.
    codes: dict[int, str] = field(default_factory=dict)


class _Search:
    """Takes one file after the other for what its place and name say."""

    def __init__(self, root: Path, groups: tuple[str, ...]) -> None:
        self.root = root
        self.groups = {group.casefold(): group for group in groups}
        names = "|".join(re.escape(group) for group in groups)
        self._suffix = re.compile(rf"(.*\d|.+(?=[ _-]))[ _-]?({names})", re.IGNORECASE)
        self._found: dict[str, _Found] = {}
        self._other_tables: list[Path] = []
        self._other_pictures: list[Path] = []
        self._problems: dict[object, HrmFolderError] = {}

    def note(self, problem: HrmFolderError) -> None:
        """Keep a problem, or count it if there is one like it."""
        first = self._problems.setdefault(problem.like, problem)
        if first is not problem:
            first.more += 1

    def mark(self, name: str) -> _Mark | None:
        """Whom a name means; None if nobody."""
        name, group = name.strip(), None
        suffixed = self._suffix.fullmatch(name)
        if suffixed is not None:
            name, group = suffixed[1].strip(" _-"), self.groups[suffixed[2].casefold()]
        for form, pattern in enumerate(_FORMS):
            said = pattern.fullmatch(name)
            if said is not None:
                code = said[1].upper() if form == 1 else said[1]
                bare = re.sub(r"^s(?=\d)", "", code.casefold())
                return _Mark(bare.lstrip("0") or bare, code, group, form)
        return None

    def place(self, folder: Path) -> _Place:
        """What the names from the root (not included) down to `folder` say."""
        parts = folder.relative_to(self.root).parts
        marks = [(mark.form, at, mark) for at, part in enumerate(parts) if (mark := self.mark(part))]
        _, at, mark = min(marks, key=lambda entry: entry[:2], default=(0, len(parts), None))
        paths = [self.root.joinpath(*parts[: place + 1]) for place in range(len(parts))]
        said = [
            (path, self.groups[part.casefold()])
            for path, part in zip(paths, parts, strict=True)
            if part.casefold() in self.groups
        ]
        if mark is not None and mark.group is not None:
            said.append((paths[at], mark.group))
        folded = [part.casefold() for part in parts]
        # S7/neutral/ is a video of that name; natural/S7.jpg is a neutral face.
        is_neutral = not _NEUTRAL.isdisjoint(folded[:at])
        is_aligned = not _ALIGNED.isdisjoint(folded)
        return _Place(folder, mark, parts[at + 1 :], tuple(said), is_neutral, is_aligned)

    def take_table(self, place: _Place, path: Path) -> None:
        """Take a CSV file for labels if its header is that of labels."""
        # Intensities have nearly the header of labels.
        if label_file_of(path) is not None or not _has_label_header(path):
            self._other_tables.append(path)
            return
        who, _, video = path.stem.partition(BEFORE_VIDEO)
        mark = self.mark(who)
        if mark is None:
            raise HrmFolderError(
                f"{path} holds labels, but its name does not say whose: rename it to S<number>.csv or "
                "Participant-<code>.csv.",
                FindingKind.LABEL_FILE_FAULTY,
                path,
            )
        child = self._child(mark, 0, place, path)
        other = child.labels.setdefault(video or None, path)
        if other != path:
            _refuse_two_labels(other, path, mark.code)

    def take_picture(self, place: _Place, path: Path, number: int | None) -> None:
        """Take a picture for a neutral face or a frame, if it is one."""
        mark = place.mark
        if place.is_neutral:
            mark = mark or self.mark(path.stem)
            if mark is None:
                self._other_pictures.append(path)
                return
            child = self._child(mark, 2, place, path)
            if child.neutral is not None:
                raise HrmFolderError(
                    f"{child.neutral} and {path} both show the neutral face of participant {mark.code}: "
                    "leave one out.",
                    FindingKind.FILES_CONTRADICT,
                    path,
                    mark.code,
                )
            child.neutral = path
        elif mark is None or number is None or len(place.levels) > 1:
            self._other_pictures.append(path)
        else:
            if number >= MOST_FRAMES:
                raise HrmFolderError(
                    f"{path}: there is no frame {number} in any recording: name the picture by its frame.",
                    FindingKind.PICTURE_MISNAMED,
                    path,
                    mark.code,
                    like=("number", place.folder),
                )
            child = self._child(mark, 1, place, path)
            films = child.aligned if place.is_aligned else child.frames
            other = films.setdefault(next(iter(place.levels), None), {}).setdefault(number, path)
            if other != path:
                raise HrmFolderError(
                    f"{other} and {path} are both frame {number} of participant {mark.code}: leave one out.",
                    FindingKind.FILES_CONTRADICT,
                    path,
                    mark.code,
                    like=("frame", other.parent, path.parent),
                )

    def _child(self, mark: _Mark, kind: int, place: _Place, path: Path) -> _Found:
        """What is known of the child; the groups that names say are checked."""
        child = self._found.setdefault(mark.key, _Found())
        child.codes.setdefault(kind, mark.code)
        own = () if mark.group is None or mark is place.mark else ((path, mark.group),)
        for source, group in (*place.groups, *own):
            if child.group is None:
                child.group, child.group_from = group, source
            elif child.group != group:
                raise HrmFolderError(
                    f"{child.group_from} puts participant {mark.code} into group {child.group}, but "
                    f"{source} into {group}: correct one of them, or give one another number if they are "
                    "two children.",
                    FindingKind.FILES_CONTRADICT,
                    source,
                    mark.code,
                    like=("group", mark.key, group),
                )
        return child

    def result(self) -> HrmFolder:
        """All children, with labels and frames matched."""
        taken: set[Path] = set()
        left: set[Path] = set()
        children = []
        for child in self._found.values():
            if not (child.labels or child.frames or child.aligned or child.neutral):
                # All its files were refused.
                continue
            folders = {path.parent for pictures in child.aligned.values() for path in pictures.values()}
            (left if child.frames else taken).update(folders)
            children.append(_to_child(child, self.note))
        return HrmFolder(
            tuple(sorted(children, key=_natural)),
            tuple(self._other_tables),
            tuple(self._other_pictures),
            tuple(sorted(taken)),
            tuple(sorted(left)),
            tuple(self._problems.values()),
        )


def _walk(search: _Search) -> Iterator[tuple[_Place, list[Path]]]:
    """Every folder with its files, in the order of their names."""

    def refuse(error: OSError) -> None:
        search.note(
            HrmFolderError(
                f"The folder {error.filename} cannot be listed ({error.strerror}): check its access rights.",
                FindingKind.FILE_UNREADABLE,
                Path(error.filename),
            )
        )

    seen: set[str] = set()
    for folder, folders, files in os.walk(search.root, onerror=refuse, followlinks=True):
        # A link may lead back to where it is.
        if (real := os.path.realpath(folder)) in seen:
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if not name.startswith((".", "__MACOSX")))
        paths = [Path(folder, name) for name in sorted(files) if not name.startswith(".")]
        if paths:
            yield search.place(Path(folder)), paths


def _has_label_header(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            start = file.read(_HEADER_BYTES)
    except OSError as error:
        raise HrmFolderError(
            f"{path} cannot be read ({error.strerror}): check its access rights.",
            FindingKind.FILE_UNREADABLE,
            path,
        ) from error
    first = re.split(r"[\r\n]", start.decode("utf-8-sig", "replace"), maxsplit=1)[0]
    names = {name.strip(' "') for name in re.split(r"[,;\t]", first)}
    # A label file with a misspelt column is one still: it is to be mended, not passed over.
    return len(names & set(HEADER)) > len(HEADER) // 2


def _to_child(found: _Found, note: Callable[[HrmFolderError], None]) -> Child:
    frames = found.frames or found.aligned
    code = found.codes[min(found.codes)]
    labels: dict[str | None, Path] = {}
    for video, path in found.labels.items():
        try:
            level = _level(path, video, frames, code)
            if level in labels:
                _refuse_two_labels(labels[level], path, code)
        except HrmFolderError as problem:
            note(problem)
        else:
            labels[level] = path
    levels = sorted({*frames, *labels}, key=lambda level: (level is not None, level or ""))
    films = []
    for level in levels:
        pictures = dict(sorted(frames.get(level, {}).items()))
        folders = tuple(dict.fromkeys(path.parent for path in pictures.values()))
        films.append(Film(level, labels.get(level), pictures, folders))
    aligned = found.aligned if found.frames else {}
    return Child(code, found.group, found.group_from, tuple(films), found.neutral, aligned)


def _level(path: Path, video: str | None, frames: Mapping[str | None, object], code: str) -> str | None:
    """The level of folders that a label file is about."""
    if video is not None:
        # A single video without a name is exported under the name it was given here.
        return None if video == UNNAMED_VIDEO and video not in frames and None in frames else video
    if not frames or None in frames:
        return None
    if len(frames) == 1:
        return next(iter(frames))
    names = ", ".join(sorted(repr(name) for name in frames))
    raise HrmFolderError(
        f"{path}: participant {code} has several videos ({names}): rename the file to "
        f"Participant-{code}{BEFORE_VIDEO}<video>.csv.",
        FindingKind.LABEL_FILE_FAULTY,
        path,
        code,
    )


def _refuse_two_labels(first: Path, second: Path, code: str) -> NoReturn:
    raise HrmFolderError(
        f"{first} and {second} are both labels of participant {code}: leave one out, or give one another "
        "number if they are two children.",
        FindingKind.FILES_CONTRADICT,
        second,
        code,
    )


def _natural(child: Child) -> tuple[int, str]:
    digits = re.search(r"\d+", child.code)
    return (int(digits[0]) if digits else -1, child.code)
