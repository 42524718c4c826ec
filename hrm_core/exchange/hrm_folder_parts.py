"""What a folder in the manner of the HRM release consists of, and what can be wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hrm_core.errors import InvalidFileError
from hrm_core.records.findings import FindingKind

__all__ = ["Child", "Film", "HrmFolder", "HrmFolderError"]


class HrmFolderError(InvalidFileError):
    """A file of the folder contradicts another, or cannot be understood.

    Attributes
    ----------
    kind : FindingKind
        What is wrong.
    path : pathlib.Path
        The file or folder it is about.
    code : str or None
        Of the participant; None if it is about no single one.
    more : int
        Further files of which the same could be said.
    """

    def __init__(
        self, message: str, kind: FindingKind, path: Path, code: str | None = None, *, like: object = None
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.path = path
        self.code = code
        self.more = 0
        # Equal where one sentence says it of all: a whole folder in the wrong place is one fault.
        self.like = message if like is None else like


@dataclass(frozen=True, slots=True)
class Film:
    """One video of a child: its frames as pictures, and its labels.

    Attributes
    ----------
    name : str or None
        As the level of folders, or the label file, calls it; None where neither does.
    labels : pathlib.Path or None
        The label file.
    pictures : mapping of int to pathlib.Path
        By frame number, ascending.
    folders : tuple of pathlib.Path
        Where they lie.
    """

    name: str | None
    labels: Path | None
    pictures: Mapping[int, Path]
    folders: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Child:
    """All that the folder holds of one participant.

    Attributes
    ----------
    code : str
        Without the group: ``"S7"`` for ``S7TD``.
    group : str or None
        The group that names say; None if none does.
    group_from : pathlib.Path or None
        The file or folder that says so.
    films : tuple of Film
        Videos; none if there is a neutral face only.
    neutral : pathlib.Path or None
        Picture of the neutral face.
    aligned : mapping of (str or None) to mapping of int to pathlib.Path
        Aligned faces that lie beside the frames, by level of folders and frame
        number; empty where they stand for the frames.
    """

    code: str
    group: str | None
    group_from: Path | None
    films: tuple[Film, ...]
    neutral: Path | None
    aligned: Mapping[str | None, Mapping[int, Path]]


@dataclass(frozen=True, slots=True)
class HrmFolder:
    """What was found, and what was taken for nothing.

    Attributes
    ----------
    children : tuple of Child
        In natural order of their codes.
    other_tables, other_pictures : tuple of pathlib.Path
        CSV files that are no label files; pictures that are neither numbered
        frames of a participant nor neutral faces.
    aligned_taken, aligned_left : tuple of pathlib.Path
        Folders of aligned faces that stand for frames because a participant has
        no others, and folders that are not needed.
    problems : tuple of HrmFolderError
        What could not be taken, in the order it was found.
    """

    children: tuple[Child, ...]
    other_tables: tuple[Path, ...]
    other_pictures: tuple[Path, ...]
    aligned_taken: tuple[Path, ...]
    aligned_left: tuple[Path, ...]
    problems: tuple[HrmFolderError, ...] = ()
