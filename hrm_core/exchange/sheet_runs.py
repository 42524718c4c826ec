"""Codings as runs of frames, and runs as codings: what every file with onsets and offsets needs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from hrm_core.errors import InvalidFileError
from hrm_core.facs import ACTIONS, ALL_ACTIONS, Action, action
from hrm_core.records.coding import ActionCode, CodingState, FrameCoding
from hrm_core.records.coding_sheet import CodingSheet, Loss, RowNote, RowSeverity
from hrm_core.records.words import counted

__all__ = [
    "CodeRun",
    "FrameRun",
    "SheetBuilder",
    "action_named",
    "code_runs",
    "frame_runs",
    "names",
    "offered_actions",
    "require_times",
    "run_losses",
    "shown",
]

_EXAMPLES = 5
# Frames times actions: hours of film, and still little memory.
_MOST_CODED = 3_000_000
_ACTION = re.compile(r"(A[UD])[ _-]?0*(2X|\d{1,2})(E?)(?:[ _:–-]+(.*))?", re.IGNORECASE | re.DOTALL)
_BY_NUMBER = {number: entry for entry in ALL_ACTIONS for number in (entry.number, *entry.aliases)}

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class CodeRun:
    """Consecutive frames with the same code of one action; the last is included."""

    first: int
    last: int
    code: ActionCode


@dataclass(frozen=True, slots=True)
class FrameRun:
    """Consecutive frames of which the same is said besides their actions; the last is included."""

    first: int
    last: int
    state: CodingState = CodingState.CODED
    doubtful: bool = False
    comment: str = ""


def action_named(text: str) -> Action | None:
    """The action that a tier, behaviour or column of another program is about, if its name says so.

    ``AU12``, ``au 12``, ``AU12 Lip Corner Puller`` and ``AU26`` (for AU2X) name actions;
    a bare number or a name with anything else behind it does not.
    """
    match = _ACTION.fullmatch(text.strip())
    entry = _BY_NUMBER.get(match[2].upper()) if match else None
    if match is None or entry is None or (match[3] and not entry.label.endswith("E")):
        return None
    if match[1].upper() == "AD" and entry.kind == "AU":
        return None
    rest = " ".join((match[4] or "").replace("_", " ").split()).casefold()
    return entry if rest in ("", entry.name.casefold(), entry.short.casefold()) else None


def offered_actions(sheet: CodingSheet) -> tuple[Action, ...]:
    """The actions that a file offers for coding: those of the study and all that are coded."""
    used = {code.action for coding in sheet.codings.values() for code in coding.codes}
    return tuple(entry for entry in ALL_ACTIONS if entry in ACTIONS or entry.key in used)


def code_runs(sheet: CodingSheet) -> list[CodeRun]:
    """All runs of all actions, by action in catalogue order, then by frame."""
    by_action: dict[str, dict[int, ActionCode]] = {entry.key: {} for entry in ALL_ACTIONS}
    for frame, coding in sorted(sheet.codings.items()):
        for code in _writable(coding):
            by_action[code.action][frame] = replace(code, model_run_id=None)
    return [CodeRun(*run) for codes in by_action.values() for run in _runs(codes)]


def frame_runs(sheet: CodingSheet) -> list[FrameRun]:
    """Runs of frames with the same state, doubt and comment."""
    said = {
        frame: (coding.state, coding.doubtful, coding.comment)
        for frame, coding in sorted(sheet.codings.items())
    }
    return [FrameRun(first, last, *values) for first, last, values in _runs(said)]


def _writable(coding: FrameCoding) -> tuple[ActionCode, ...]:
    return () if coding.state is CodingState.NOT_CODABLE else coding.codes


def _runs(said: Mapping[int, _Value]) -> Iterator[tuple[int, int, _Value]]:
    """First frame, last frame and value of each run; frames come in order."""
    first = last = -2
    value: _Value | None = None
    for frame, now in said.items():
        if value is not None and frame == last + 1 and now == value:
            last = frame
            continue
        if value is not None:
            yield first, last, value
        first, last, value = frame, frame, now
    if value is not None:
        yield first, last, value


def run_losses(sheet: CodingSheet) -> tuple[Loss, ...]:
    """What a sheet says that files with onsets and offsets cannot hold."""
    codings = sorted(sheet.codings.items())
    lost = [
        _loss("number of the model run", codings, lambda c: sum(x.model_run_id is not None for x in c.codes)),
        _loss("codes of frames that are not codable", codings, lambda c: len(c.codes) - len(_writable(c))),
        _loss("time spent on a frame", codings, lambda c: int(c.seconds_spent > 0)),
    ]
    return tuple(loss for loss in lost if loss.count)


def _loss(what: str, codings: list[tuple[int, FrameCoding]], count: Callable[[FrameCoding], int]) -> Loss:
    counts = {frame: number for frame, coding in codings if (number := count(coding))}
    return Loss(what, sum(counts.values()), tuple(counts)[:_EXAMPLES])


def require_times(path: Path, sheet: CodingSheet) -> None:
    """Refuse a sheet whose frames have no times.

    Raises
    ------
    InvalidFileError
        Saying what is missing.
    """
    if sheet.times is None or not len(sheet.times):
        raise InvalidFileError(
            f"{path} needs the times of the frames, which are unknown: link the video of {sheet.video!r} "
            "first."
        )
    last = max(sheet.codings, default=0)
    if last >= len(sheet.times):
        raise InvalidFileError(
            f"{path} cannot be written: frame {last} is coded, but the video has {len(sheet.times)} frames: "
            "check that it is the right one."
        )


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
        self._path = path
        self._frames: dict[int, FrameRun] = {}
        self._codes: dict[int, dict[str, ActionCode]] = {}
        self._said = 0

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
        frames = self._span(run.first, run.last)
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
        frames = self._span(run.first, run.last)
        key = run.code.action
        clash = [frame for frame in frames if self._codes.get(frame, {}).get(key, run.code) != run.code]
        if clash:
            self.left_out(where, f"Another code of {key} in frame {clash[0]} stands in the file already.")
            return
        if not action(key).allows(run.code.code):
            word = action(key).word(run.code.code)
            self.note(where, f"{key} cannot be {word}: it is imported as it is; look at it.")
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

    def _span(self, first: int, last: int) -> range:
        self._said += last - first + 1
        if self._said > _MOST_CODED:
            raise InvalidFileError(
                f"{self._path} codes more frames than any recording has: check that its times are in seconds "
                "and that the file is whole."
            )
        return range(first, last + 1)


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
