"""Events as BORIS has them: what its project file and its table share.

An action is a state event: a START, and a STOP at the beginning of the frame after
its last.  Sides, intensities, origins and doubts are modifiers; another one means a STOP
and a new START.  A behaviour of its own, ``HRM frame``, says which frames were coded, so that
frames without action differ from frames that nobody has looked at.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from hrm_core.exchange.code_runs import CodeRun, code_runs
from hrm_core.exchange.code_words import DOUBTFUL, STATE_WORDS, STATES, action_named, read_code
from hrm_core.exchange.frame_times import FrameTimes
from hrm_core.exchange.sheet_runs import (
    FrameRun,
    SheetBuilder,
    frame_runs,
    names,
    shown,
)
from hrm_core.facs import action
from hrm_core.records.coding import CodingState, Origin
from hrm_core.records.coding_sheet import CodingSheet

__all__ = [
    "CATEGORIES",
    "FRAMES",
    "MODIFIER_SETS",
    "NONE",
    "POINT",
    "START",
    "STOP",
    "BorisEvent",
    "about_coding",
    "chosen_subject",
    "events_of",
    "note_foreign",
    "read_events",
]

FRAMES = "HRM frame"
"""The behaviour that says which frames were coded, and how."""

MODIFIER_SETS = ("side", "intensity", "origin", "doubt")
"""Sets of modifiers of an action, in order."""

CATEGORIES = {"upper": "Upper face", "lower": "Lower face", "other": "Other"}
"""Behavioural categories by the group of an action."""

NONE = "None"
"""What BORIS writes for a set of which nothing is chosen."""

START, STOP, POINT = "START", "STOP", "POINT"


@dataclass(frozen=True, slots=True)
class BorisEvent:
    """One event.

    Attributes
    ----------
    where : str
        Its place in the file.
    seconds : float or None
        Time of the film; None if the file does not say.
    frame : int or None
        0-based; None where BORIS says ``NA``.
    subject, behaviour : str
        Names.
    modifiers : tuple of (str, str)
        Set (empty if the file does not name it) and value, also of sets of which nothing is chosen.
    comment : str
        Free text.
    kind : str
        ``"START"``, ``"STOP"`` or ``"POINT"``; empty if it toggles a state.
    """

    where: str
    seconds: float | None
    frame: int | None
    subject: str
    behaviour: str
    modifiers: tuple[tuple[str, str], ...] = ()
    comment: str = ""
    kind: str = ""

    @property
    def _chosen(self) -> tuple[str, ...]:
        return tuple(value for _, value in self.modifiers)


def about_coding(behaviour: str) -> bool:
    """Whether a behaviour is an action, or says which frames were coded."""
    return behaviour.strip() == FRAMES or action_named(behaviour) is not None


# ---- from codings ---------------------------------------------------------------------------


def events_of(sheet: CodingSheet) -> list[BorisEvent]:
    """All events of a sheet in the order of their frames, each STOP before the next START."""
    times = FrameTimes(sheet.times)
    events: list[BorisEvent] = []
    words: tuple[tuple[str, str], ...]
    for run in frame_runs(sheet):
        words = (("state", STATE_WORDS[run.state]), ("doubt", DOUBTFUL if run.doubtful else NONE))
        events += _pair(sheet, times, FRAMES, run.first, run.last, words, run.comment)
    for code_run in code_runs(sheet.codings):
        code = code_run.code
        values = (
            action(code.action).word(code.code),
            code.intensity or NONE,
            NONE if code.origin is Origin.HUMAN else code.origin.value,
            DOUBTFUL if code.doubtful else NONE,
        )
        words = tuple(zip(MODIFIER_SETS, values, strict=True))
        events += _pair(sheet, times, code.action, code_run.first, code_run.last, words, code.note)
    return sorted(events, key=lambda event: (event.frame or 0, event.kind == START))


def _pair(
    sheet: CodingSheet,
    times: FrameTimes,
    behaviour: str,
    first: int,
    last: int,
    words: tuple[tuple[str, str], ...],
    comment: str,
) -> list[BorisEvent]:
    start = BorisEvent(
        "", times.start_of(first), first, sheet.participant, behaviour, words, comment, kind=START
    )
    stop = replace(start, seconds=times.start_of(last + 1), frame=last + 1, comment="", kind=STOP)
    return [start, stop]


# ---- to codings -----------------------------------------------------------------------------


def read_events(events: Iterable[BorisEvent], times: FrameTimes, builder: SheetBuilder) -> None:
    """Add what events say to a sheet; what cannot be understood is noted there.

    Parameters
    ----------
    events : iterable of BorisEvent
        Those of one subject in one observation, in the order of the file.
    times : FrameTimes
        Of the recording.
    builder : SheetBuilder
        Takes them.
    """
    runs: dict[tuple[str, tuple[str, ...]], list[BorisEvent]] = {}
    for event in events:
        runs.setdefault((event.behaviour.strip(), event._chosen), []).append(event)
    told: Counter[str] = Counter()
    # Frames first: what is said of actions then finds the state of its frames.
    for key in sorted(runs, key=lambda key: key[0] != FRAMES):
        for start, stop in _pairs(runs[key], builder):
            _read_pair(start, stop, times, builder, told)
    for message, count in told.items():
        builder.note("file", message if count == 1 else f"{message} ({count} times)")


def _in_order(events: Sequence[BorisEvent]) -> list[BorisEvent]:
    """By time; events within the same millisecond by frame, as far as all of them say one.

    There, BORIS sorts by comment and calls the first of two START, so that its words are no help.
    """
    numbered = all(event.frame is not None for event in events)
    ordered: list[BorisEvent] = []
    for _, group in groupby(sorted(events, key=_milliseconds), key=_milliseconds):
        same = sorted(group, key=lambda event: (event.frame or 0) if numbered else 0)
        if numbered and {event.kind for event in same} == {START, STOP}:
            same = [replace(event, kind="") for event in same]
        ordered += same
    return ordered


def _milliseconds(event: BorisEvent) -> int:
    return round((event.seconds or 0.0) * 1000)


def _pairs(events: Sequence[BorisEvent], builder: SheetBuilder) -> list[tuple[BorisEvent, BorisEvent | None]]:
    """Starts with their stops; point events without."""
    pairs: list[tuple[BorisEvent, BorisEvent | None]] = []
    opened: BorisEvent | None = None
    for event in _in_order(events):
        kind = event.kind or (START if opened is None else STOP)
        if kind == POINT:
            pairs.append((event, None))
        elif kind == START:
            if opened is not None:
                builder.left_out(opened.where, f"{opened.behaviour} starts and never stops.")
            opened = event
        elif opened is None:
            builder.left_out(event.where, f"{event.behaviour} stops, but did not start.")
        else:
            pairs.append((opened, event))
            opened = None
    if opened is not None:
        builder.left_out(opened.where, f"{opened.behaviour} starts and never stops.")
    return pairs


def _read_pair(
    start: BorisEvent,
    stop: BorisEvent | None,
    times: FrameTimes,
    builder: SheetBuilder,
    told: Counter[str],
) -> None:
    span = _span(start, stop, times, builder)
    if span is None:
        return
    if stop is not None and stop.comment.strip() and stop.comment != start.comment:
        builder.note(stop.where, "The comment of a stop is not imported.")
    if start.behaviour.strip() == FRAMES:
        _add_frames(start, span, builder)
        return
    entry = action_named(start.behaviour)
    if entry is None:
        raise ValueError(start.behaviour)
    words = read_code(entry, start.modifiers, start.comment)
    if words.code is None:
        builder.left_out(start.where, f"{shown(words.unknown)} is no side, intensity or mark of {entry.key}.")
        return
    if not words.side_said:
        told[f"No side is said of {entry.key}: taken as both."] += 1
    for name in words.ignored:
        told[f"Modifiers of the set {shown(name)} are not imported."] += 1
    builder.add_codes(start.where, CodeRun(*span, words.code))


def _span(
    start: BorisEvent, stop: BorisEvent | None, times: FrameTimes, builder: SheetBuilder
) -> tuple[int, int] | None:
    """First and last frame of a state, or the one frame of a point event."""
    # The number is the player's estimate, which may be one off.
    first = times.place(start.seconds, start.frame, slack=1)
    after = times.place(stop.seconds, stop.frame, end=True, slack=1) if stop is not None else None
    for event, place in ((start, first), (stop, after)):
        if event is None or place is None:
            continue
        if place.beyond:
            builder.error(
                event.where,
                f"{event.seconds:.3f} s lies outside the recording: check that the file belongs to this "
                "video.",
            )
            return None
        if place.frame is None:
            _without_frame(event, place.message, builder)
            return None
        if place.message:
            builder.note(event.where, place.message)
        builder.exact &= place.exact
    if first.frame is None:
        return None
    if after is None or after.frame is None:
        builder.note(start.where, f"{start.behaviour} is a point event: taken for one frame.")
        return first.frame, first.frame
    if after.frame <= first.frame:
        builder.left_out(start.where, f"{start.behaviour} lasts less than a frame.")
        return None
    return first.frame, after.frame - 1


def _without_frame(event: BorisEvent, message: str, builder: SheetBuilder) -> None:
    if message:
        builder.error(event.where, f"{message} Check that the file belongs to this video.")
    else:
        builder.error_once(
            "Entries name no frame, and the times of the frames are unknown: link the video first."
        )


def _add_frames(start: BorisEvent, span: tuple[int, int], builder: SheetBuilder) -> None:
    state = CodingState.CODED
    doubtful = False
    for _, word in start.modifiers:
        small = word.strip().casefold()
        if small in STATES:
            state = STATES[small]
        elif small == DOUBTFUL:
            doubtful = True
        elif small not in ("", NONE.casefold()):
            builder.left_out(start.where, f"{shown(word)} is no state of a frame.")
            return
    builder.add_frames(start.where, FrameRun(*span, state, doubtful, start.comment))


def note_foreign(observation: str, subject: str, builder: SheetBuilder) -> None:
    """Say what is read of a file that was not written here: its names are not those of the study."""
    where, whose = shown(observation), shown(subject)
    builder.note(
        "file",
        f"It was coded with BORIS: the events of subject {whose} in observation {where} are read."
        if subject
        else f"It was coded with BORIS: the events in observation {where} are read.",
    )


def chosen_subject(
    events: Sequence[BorisEvent], subject: str | None, builder: SheetBuilder
) -> list[BorisEvent]:
    """The events of one subject; none of them, and an error noted, where several are coded."""
    coded = [event for event in events if about_coding(event.behaviour)]
    subjects = list(dict.fromkeys(event.subject for event in coded))
    if subject is None and len(subjects) > 1:
        builder.error(
            "file",
            f"Actions of several subjects are coded ({names(subjects)}): export the events of one "
            "alone, as a table, with BORIS.",
        )
        return []
    return [event for event in coded if subject is None or event.subject == subject]
