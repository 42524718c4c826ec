"""Runs of frames as codings: what readers of files with onsets and offsets share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hrm_core.errors import InvalidFileError
from hrm_core.exchange.code_runs import CodeRun, SpokenOf, value_runs
from hrm_core.facs import action
from hrm_core.records.coding import ActionCode, CodingState, FrameCoding
from hrm_core.records.coding_sheet import CodingSheet, RowNote, RowSeverity
from hrm_core.records.words import counted

__all__ = [
    "FrameRun",
    "SheetBuilder",
    "frame_runs",
    "names",
    "require_times",
    "shown",
]


@dataclass(frozen=True, slots=True)
class FrameRun:
    """Consecutive frames of which the same is said besides their actions; the last is included."""

    first: int
    last: int
    state: CodingState = CodingState.CODED
    doubtful: bool = False
    comment: str = ""


def frame_runs(sheet: CodingSheet) -> list[FrameRun]:
    """Runs of frames with the same state, doubt and comment."""
    said = {frame: (coding.state, coding.doubtful, coding.comment) for frame, coding in sheet.codings.items()}
    return [FrameRun(first, last, *values) for first, last, values in value_runs(said)]


def require_times(path: Path, sheet: CodingSheet) -> NDArray[np.float64]:
    """The times of a sheet's frames, without which it cannot be written.

    Returns
    -------
    ndarray of float64, shape (n_frames,)
        Seconds.

    Raises
    ------
    InvalidFileError
        Saying what is missing.
    """
    if sheet.times is None or not len(sheet.times):
        raise InvalidFileError(
            f"{path} needs the times of the frames, which are unknown: link the video of {sheet.video!r} "
            "or note its times with hrm video ledger first."
        )
    last = max(sheet.codings, default=0)
    if last >= len(sheet.times):
        raise InvalidFileError(
            f"{path} cannot be written: frame {last} is coded, but the video has {len(sheet.times)} frames: "
            "check that it is the right one."
        )
    return sheet.times


class SheetBuilder:
    """Puts together what a file says about frames, one run after another.

    Parameters
    ----------
    path : pathlib.Path
        The file, for messages.
    """

    def __init__(self, path: Path) -> None:
        self.notes: list[RowNote] = []
        self.exact = True
        self.passed_over: Counter[str] = Counter()
        self._spoken_of = SpokenOf(path)
        self._frames: dict[int, FrameRun] = {}
        self._codes: dict[int, dict[str, ActionCode]] = {}

    def error(self, where: str, message: str) -> None:
        """Note something that keeps the whole file from being imported."""
        self.notes.append(RowNote(where, RowSeverity.ERROR, message))

    def error_once(self, message: str) -> None:
        """Note what is wrong with the whole file, however many entries show it."""
        if all(note.message != message for note in self.notes):
            self.error("file", message)

    def left_out(self, where: str, message: str) -> None:
        """Note a row that is left out."""
        self.notes.append(RowNote(where, RowSeverity.LEFT_OUT, message))

    def note(self, where: str, message: str) -> None:
        """Note how a row was understood."""
        self.notes.append(RowNote(where, RowSeverity.NOTE, message))

    def pass_over(self, name: str, entries: int = 1) -> None:
        """Count a part of the file that is not about actions."""
        self.passed_over[_cleaned(name)] += entries

    def name(self, text: str) -> str:
        """A name in the file without characters that no store can hold."""
        clean = _cleaned(text)
        if clean != text:
            self.note("file", f"The name {shown(text)} has damaged characters: taken as {shown(clean)}.")
        return clean

    def add_frames(self, where: str, run: FrameRun) -> None:
        """Say that frames were looked at; a run that contradicts an earlier one is left out."""
        if run.comment != _cleaned(run.comment):
            self.left_out(where, "Its note has damaged characters.")
            return
        frames = self._spoken_of.frames(where, run.first, run.last)
        said = replace(run, first=0, last=0)
        clash = [frame for frame in frames if self._frames.get(frame, said) != said]
        if clash:
            self.left_out(where, f"Another state of frame {clash[0]} stands in the file already.")
        else:
            self._frames.update(dict.fromkeys(frames, said))

    def add_codes(self, where: str, run: CodeRun) -> None:
        """Say that an action is present; a run that contradicts an earlier one is left out."""
        if run.code.note != _cleaned(run.code.note):
            self.left_out(where, "Its note has damaged characters.")
            return
        frames = self._spoken_of.frames(where, run.first, run.last)
        key = run.code.action
        clash = [frame for frame in frames if self._codes.get(frame, {}).get(key, run.code) != run.code]
        if clash:
            self.left_out(where, f"Another code of {key} in frame {clash[0]} stands in the file already.")
            return
        if not action(key).allows(run.code.code):
            word = action(key).word(run.code.code)
            self.note(where, f"{key} cannot be {word}; kept as it is.")
        for frame in frames:
            self._codes.setdefault(frame, {})[key] = run.code

    def finish(self) -> dict[int, FrameCoding]:
        """The codings, with notes on frames whose state nobody said."""
        unsaid = sorted(self._codes.keys() - self._frames.keys())
        if unsaid and not self._frames:
            self.note(
                "file",
                "It does not say which frames were coded: only frames with an action are imported, all "
                "others stay uncoded.",
            )
        elif unsaid:
            self.note(
                "file",
                f"No entry says that {counted(len(unsaid), 'frame')} with an action, from frame {unsaid[0]} "
                "on, were coded: taken as coded.",
            )
        codings = {}
        dropped = []
        for frame in sorted(self._codes.keys() | self._frames.keys()):
            said = self._frames.get(frame, FrameRun(0, 0))
            codes = tuple(self._codes.get(frame, {}).values())
            if codes and said.state is CodingState.NOT_CODABLE:
                dropped.append(frame)
                codes = ()
            codings[frame] = FrameCoding(
                0, 0, frame, codes, said.state, comment=said.comment, doubtful=said.doubtful
            )
        if dropped:
            self.left_out(
                f"frame {dropped[0]}",
                f"{counted(len(dropped), 'frame')} not codable, but with actions: the actions are left out.",
            )
        return codings


def _cleaned(text: str) -> str:
    """Without NUL and halves of characters, which JSON can write and no database takes."""
    return text.replace("\0", "").encode("utf-8", "ignore").decode()


def shown(text: str) -> str:
    """A text of a file in a message."""
    return repr(text if len(text) <= 40 else f"{text[:40]}…")


def names(values: Iterable[str], most: int = 4) -> str:
    """A few names for a message."""
    listed = list(values)
    return ", ".join(shown(name) for name in listed[:most]) + (", …" if len(listed) > most else "")
