"""All that one rater says of one recording, on its way to or from a file of another program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from hrm_core.records.coding import FrameCoding

__all__ = ["CodingSheet", "Loss", "ReadSheet", "RowNote", "RowSeverity"]


@dataclass(frozen=True, slots=True, eq=False)
class CodingSheet:
    """What one rater says of one recording, with what a file needs besides.

    Attributes
    ----------
    participant, video, rater : str
        Code of the child, name of the recording, name of the rater; empty where a file does not say.
    codings : mapping of int to FrameCoding
        By 0-based frame; frames that are missing are uncoded.  The numbers of rater and video in
        them mean nothing (0) in what was read.
    times : ndarray of float64, shape (n_frames,), or None
        Seconds of each frame of the recording, as its file has them; None where unknown.
    fps : float or None
        Nominal rate; for what a header says, never to find a frame.
    media : str
        Path of the film as the file should name it; empty for none.
    models : mapping of int to str
        Names of the models whose runs the codes name, by number of the run.
    """

    participant: str
    video: str
    rater: str
    codings: Mapping[int, FrameCoding]
    times: NDArray[np.float64] | None = None
    fps: float | None = None
    media: str = ""
    models: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Loss:
    """Something that a sheet says and a format cannot hold.

    Attributes
    ----------
    what : str
        As words: ``"intensity"``, ``"state carried"``.
    count : int
        How often.
    frames : tuple of int
        The first few frames where.
    """

    what: str
    count: int
    frames: tuple[int, ...] = ()


class RowSeverity(StrEnum):
    """What a note on a row of a file means for it."""

    ERROR = "error"
    """Nothing of the file can be imported until it is mended."""
    LEFT_OUT = "left out"
    """This row is left out of an import."""
    NOTE = "note"
    """It is imported; somebody should know how it was understood."""


@dataclass(frozen=True, slots=True)
class RowNote:
    """One line of the report of a dry run.

    Attributes
    ----------
    where : str
        Row, tier, cell or entry of the file.
    severity : RowSeverity
        What becomes of it.
    message : str
        One sentence: what is there, and what to do or what was made of it.
    """

    where: str
    severity: RowSeverity
    message: str


@dataclass(frozen=True, slots=True, eq=False)
class ReadSheet:
    """What a file says, and how it was understood.

    Attributes
    ----------
    sheet : CodingSheet
        What can be imported.
    notes : tuple of RowNote
        Everything somebody should know before, in the order of the file.
    exact_frames : bool
        Whether the file names frames by number; else they were found by their times.
    passed_over : mapping of str to int
        Parts that are not about actions (tiers, behaviours, columns) and how many entries each has.
    """

    sheet: CodingSheet
    notes: tuple[RowNote, ...] = ()
    exact_frames: bool = True
    passed_over: Mapping[str, int] = field(default_factory=dict)

    @property
    def importable(self) -> bool:
        """Whether no note is an error."""
        return all(note.severity is not RowSeverity.ERROR for note in self.notes)
