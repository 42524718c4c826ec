"""The omission check of a clip: what is checked together, what was answered, and what is still open.

A check is a second pass: the coder watches the whole clip once more for each group of
actions and says of every single action whether its codes stand, also of those that are
absent.  An answer holds only as long as the codes it was given about stay as they are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from hrm_core.facs import ALL_ACTIONS, Action, Code, action
from hrm_core.records.coding import CodingState, FrameCoding
from hrm_core.records.words import counted

__all__ = [
    "Answer",
    "CheckAct",
    "CheckAnswer",
    "CheckEvent",
    "CheckGroup",
    "CheckLog",
    "CodeRun",
    "checked_frames",
    "clip_digest",
    "code_runs",
    "code_runs_by_action",
    "codes_of",
    "digest_of",
    "digests_of",
    "groups_of",
    "names_of",
    "uncheckable",
    "whole_digest",
    "without_check",
]

Codings = Mapping[int, FrameCoding]


class Answer(StrEnum):
    """What a coder said of one action over a whole clip; the values are kept and never change."""

    SEEN = "seen"
    """Present somewhere in the clip, said while the codes of the first pass were hidden."""
    NOT_SEEN = "not_seen"
    """Nowhere in the clip, said while the codes of the first pass were hidden."""
    AS_CODED = "as_coded"
    """Present, and coded rightly in the first pass."""
    ABSENT = "absent"
    """Nowhere in the clip, and not coded in the first pass."""
    CHANGED = "changed"
    """The codes stand as they are now, which is not how the first pass left them."""

    @property
    def is_final(self) -> bool:
        """Whether it settles the action; a verdict on hidden codes still meets them."""
        return self not in (Answer.SEEN, Answer.NOT_SEEN)


class CheckAct(StrEnum):
    """What was done about the check of a clip as a whole."""

    START = "start"
    SUBMIT = "submit"
    TAKE_BACK = "take_back"


@dataclass(frozen=True, slots=True)
class CheckAnswer:
    """One answer, as the append-only log keeps it.

    Attributes
    ----------
    rater_id, video_id : int
        Who said it of which recording.
    first_frame, last_frame : int
        Frames of the clip as it was then, both included.
    action : str
        Key of the action.
    answer : Answer
        What was said.
    digest : str
        Of the codes it was said about, see :func:`digest_of`.
    hidden : bool
        Whether the codes of the first pass were hidden until the coder had judged.
    detail : mapping
        ``omission`` where the first pass said nothing and codes were added, ``before`` and
        ``after`` (runs) where codes were changed, ``verdict`` where it was another one.
    id : int
        Number in the store.
    at : datetime or None
        When, UTC; None until it is stored.
    """

    rater_id: int
    video_id: int
    first_frame: int
    last_frame: int
    action: str
    answer: Answer
    digest: str
    hidden: bool = False
    detail: Mapping[str, Any] = field(default_factory=dict)
    id: int = 0
    at: datetime | None = None

    @property
    def is_omission(self) -> bool:
        """Whether the first pass had said nothing of an action that is there."""
        return bool(self.detail.get("omission"))


@dataclass(frozen=True, slots=True)
class CheckEvent:
    """A check was started, or a clip submitted or taken back; as the append-only log keeps it.

    Attributes
    ----------
    rater_id, video_id : int
        Who did it with which recording.
    first_frame, last_frame : int
        Frames of the clip as it was then, both included.
    what : CheckAct
        What was done.
    digest : str
        Of all codes of the clip, see :func:`clip_digest`.
    detail : mapping
        ``codes`` (runs by action) at a start, ``reason`` of taking back.
    id : int
        Number in the store.
    at : datetime or None
        When, UTC; None until it is stored.
    """

    rater_id: int
    video_id: int
    first_frame: int
    last_frame: int
    what: CheckAct
    digest: str
    detail: Mapping[str, Any] = field(default_factory=dict)
    id: int = 0
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CheckLog:
    """All that was said and done about the check of one stretch of frames, the oldest first."""

    answers: tuple[CheckAnswer, ...] = ()
    events: tuple[CheckEvent, ...] = ()

    def of_frames(self, first: int, last: int) -> CheckLog:
        """Only what is about exactly these frames."""
        return CheckLog(
            tuple(entry for entry in self.answers if (entry.first_frame, entry.last_frame) == (first, last)),
            tuple(entry for entry in self.events if (entry.first_frame, entry.last_frame) == (first, last)),
        )

    def since(self, moment: datetime | None) -> CheckLog:
        """Only what was said after a moment; all of it if there is none."""
        if moment is None:
            return self
        return CheckLog(
            tuple(entry for entry in self.answers if entry.at is None or entry.at > moment),
            tuple(entry for entry in self.events if entry.at is None or entry.at > moment),
        )

    def with_answer(self, answer: CheckAnswer) -> CheckLog:
        """The log with one more answer."""
        return replace(self, answers=(*self.answers, answer))

    def with_event(self, event: CheckEvent) -> CheckLog:
        """The log with one more event."""
        return replace(self, events=(*self.events, event))

    @property
    def start(self) -> CheckEvent | None:
        """The start of the check that is under way; None if none is."""
        open_ones = [entry for entry in self.events[-1:] if entry.what is CheckAct.START]
        return open_ones[0] if open_ones else None

    @property
    def last_start(self) -> CheckEvent | None:
        """The newest start, also of a check that was submitted; None if there was none."""
        return next((entry for entry in reversed(self.events) if entry.what is CheckAct.START), None)

    @property
    def submission(self) -> CheckEvent | None:
        """The submission that was not taken back; None if there is none."""
        for entry in reversed(self.events):
            if entry.what is not CheckAct.START:
                return entry if entry.what is CheckAct.SUBMIT else None
        return None


@dataclass(frozen=True, slots=True)
class CodeRun:
    """A stretch of frames with one code of one action.

    Attributes
    ----------
    first, last : int
        Both included.
    code : int
        1-5.
    intensity : str or None
        ``"A"``-``"E"``.
    """

    first: int
    last: int
    code: int
    intensity: str | None = None

    def words(self, entry: Action) -> str:
        """As people write it: ``"34–45 left C"``."""
        span = f"{self.first}" if self.first == self.last else f"{self.first}–{self.last}"
        side = "" if entry.sides == {Code.BOTH} and self.code == Code.BOTH else Code(self.code).word
        return " ".join(part for part in (span, side, self.intensity) if part)


@dataclass(frozen=True, slots=True)
class CheckGroup:
    """Actions that are looked for in one viewing.

    Attributes
    ----------
    title : str
        What part of the face it is.
    actions : tuple of str
        Keys, in the order of the catalogue.
    """

    title: str
    actions: tuple[str, ...]


# Regions of the face from top to bottom; whoever is not named here is looked for last.
_GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Brows and forehead", ("AU1", "AU2", "AU4")),
    ("Eyes and cheeks", ("AU5", "AU6", "AU7", "AU43")),
    ("Nose and upper lip", ("AU9", "AU10")),
    ("Lip corners", ("AU12", "AU13", "AU14", "AU15", "AU20")),
    ("Lower lip and chin", ("AU16", "AU17")),
    ("Shape of the lips", ("AU8", "AU18", "AU22", "AU23", "AU24", "AU28")),
    ("Lips parted and jaw", ("AU25", "AU2X", "AD29", "AD30", "AU31")),
    ("Tongue and bite", ("AD19", "AD32", "AD37")),
)
_REST = "Cheeks and neck"


def groups_of(actions: Iterable[Action], closed: Collection[str] = ()) -> tuple[CheckGroup, ...]:
    """The groups in which a coder checks the actions of a study.

    Parameters
    ----------
    actions : iterable of Action
        What the study codes.
    closed : collection of str
        Keys of actions that this coder cannot see, and is not asked about.

    Returns
    -------
    tuple of CheckGroup
        Every open action stands in exactly one; groups without any are left out.
    """
    wanted = {entry.key for entry in actions} - set(closed)
    named = {key for _, keys in _GROUPS for key in keys}
    rest = tuple(entry.key for entry in ALL_ACTIONS if entry.key not in named)
    return tuple(
        CheckGroup(title, found)
        for title, keys in (*_GROUPS, (_REST, rest))
        if (found := tuple(key for key in keys if key in wanted))
    )


def code_runs(codings: Codings, frames: range, key: str) -> tuple[CodeRun, ...]:
    """Where an action is coded among `frames`; a gap, another side or intensity begins a new run."""
    return code_runs_by_action(codings, frames).get(key, ())


def code_runs_by_action(codings: Codings, frames: range) -> dict[str, tuple[CodeRun, ...]]:
    """:func:`code_runs` of every action that is coded among `frames`, in one reading."""
    found: dict[str, list[CodeRun]] = {}
    open_ones: dict[str, tuple[int, int, int, str | None]] = {}
    for frame in frames:
        coding = codings.get(frame)
        for code in coding.codes if coding is not None else ():
            said = int(code.code), code.intensity
            run = open_ones.get(code.action)
            goes_on = run is not None and run[1] == frame - 1 and run[2:] == said
            if run is not None and not goes_on:
                found.setdefault(code.action, []).append(CodeRun(*run))
            open_ones[code.action] = (run[0] if run is not None and goes_on else frame, frame, *said)
    for key, run in open_ones.items():
        found.setdefault(key, []).append(CodeRun(*run))
    return {key: tuple(runs) for key, runs in found.items()}


def codes_of(codings: Codings, frames: range) -> dict[str, list[list[int | str | None]]]:
    """All that is coded among `frames`, by action, as the log keeps it."""
    found = code_runs_by_action(codings, frames)
    return {
        entry.key: [[run.first, run.last, run.code, run.intensity] for run in found[entry.key]]
        for entry in ALL_ACTIONS
        if entry.key in found
    }


def digest_of(codings: Codings, frames: range, key: str) -> str:
    """What tells the codes of one action over a clip from any others.

    Frame numbers, state, code and intensity are in it.  That a frame was checked is not: the
    check itself says so in the end.

    Parameters
    ----------
    codings : mapping of int to FrameCoding
        What one rater says, by frame.
    frames : range
        Frames of the clip.
    key : str
        The action.

    Returns
    -------
    str
        Hexadecimal SHA-256.
    """
    return _hashed(key, _states(codings, frames), _codes(codings, frames).get(key, {}))


def digests_of(codings: Codings, frames: range) -> dict[str, str]:
    """:func:`digest_of` of every action of the catalogue, in one reading."""
    states, codes = _states(codings, frames), _codes(codings, frames)
    return {entry.key: _hashed(entry.key, states, codes.get(entry.key, {})) for entry in ALL_ACTIONS}


def clip_digest(codings: Codings, frames: range) -> str:
    """What tells all codes of a clip from any others: of every action of the catalogue."""
    return whole_digest(digests_of(codings, frames))


def whole_digest(digests: Mapping[str, str]) -> str:
    """:func:`clip_digest`, from the digests of every action of the catalogue."""
    return hashlib.sha256("\n".join(digests.values()).encode()).hexdigest()


def _states(codings: Codings, frames: range) -> list[tuple[int, str]]:
    """Every frame with its state as text, the checked ones as coded."""
    found = []
    for frame in frames:
        coding = codings.get(frame)
        checked = coding is not None and coding.state is CodingState.CHECKED
        state = "uncoded" if coding is None else str(CodingState.CODED if checked else coding.state)
        found.append((frame, f"{frame} {state} "))
    return found


def _codes(codings: Codings, frames: range) -> dict[str, dict[int, str]]:
    """Code and intensity by frame, of every action that is coded."""
    found: dict[str, dict[int, str]] = {}
    for frame in frames:
        coding = codings.get(frame)
        for code in coding.codes if coding is not None else ():
            found.setdefault(code.action, {})[frame] = f"{int(code.code)}{code.intensity or ''}"
    return found


def _hashed(key: str, states: list[tuple[int, str]], codes: Mapping[int, str]) -> str:
    lines = [key, *(head + codes.get(frame, "0") for frame, head in states)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def uncheckable(codings: Codings, frames: range) -> dict[str, list[int]]:
    """Frames that keep a clip from being checked: ``{"uncoded": […], "carried": […]}``."""
    uncoded = [frame for frame in frames if frame not in codings]
    carried = [frame for frame in frames if frame in codings and codings[frame].state is CodingState.CARRIED]
    return {name: found for name, found in (("uncoded", uncoded), ("carried", carried)) if found}


def checked_frames(codings: Codings, frames: range) -> dict[int, FrameCoding]:
    """The frames that become *checked* once everything is answered: those that are coded."""
    return {
        frame: replace(codings[frame], state=CodingState.CHECKED)
        for frame in frames
        if frame in codings and codings[frame].state is CodingState.CODED
    }


def without_check(new: FrameCoding, old: FrameCoding | None) -> FrameCoding:
    """A changed coding; no longer *checked* if other codes were checked than it has now."""
    if old is None or new.state is not CodingState.CHECKED or old.state is not CodingState.CHECKED:
        return new
    said = [[(code.action, int(code.code), code.intensity) for code in entry.codes] for entry in (new, old)]
    return new if said[0] == said[1] else replace(new, state=CodingState.CODED)


def names_of(keys: Iterable[str], most: int = 6) -> str:
    """Actions as a sentence names them: ``"AU1, AU4 and 3 more actions"``."""
    words = [f"{action(key).kind}{action(key).label}" for key in keys]
    return ", ".join(words[:most]) + (
        f" and {counted(len(words) - most, 'more action')}" if len(words) > most else ""
    )
