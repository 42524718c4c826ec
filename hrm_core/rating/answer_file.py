"""Answers that were given in a browser, as a signed file.

The file is one JSON object: ``format``, ``version``, ``payload`` (JSON again, as a text) and
``signature``, the HMAC-SHA256 of the payload's UTF-8 bytes with the key of the judge's seat. That key
lies in the folder that was given out, so a signature tells damage, tampering and foreign files, but
not a forger who reads the folder's script.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import math
import reprlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from hrm_core.errors import InvalidFileError, NotFoundError, ProjectError
from hrm_core.records.rating_plan import Presentation, Trial
from hrm_core.records.sitting import SittingAct, SittingEvent, standing

__all__ = [
    "FORMAT",
    "LARGEST_BYTES",
    "VERSION",
    "AnswerFile",
    "answer_bytes",
    "events_of",
    "file_name",
    "new_events",
    "read_answer_file",
    "require_signed",
    "seat_key",
    "signed",
]

FORMAT, VERSION = "hrm-rating-answers", 1
LARGEST_BYTES = 32 * 1024 * 1024
"""Answers on 10,000 clips need a tenth of this."""

_EVENT = ("trial", "act", "score", "response_s", "replays", "watched_s", "said_at")
_LONGEST_S = 7 * 24 * 3600.0
# Of one clip, where the plan sets no limit: beyond it, stores have no room for the number.
_MOST_REPLAYS = 1_000_000
_LONGEST_QUOTE = 100


@dataclass(frozen=True, slots=True)
class AnswerFile:
    """A file of answers whose signature nobody has looked at yet.

    Attributes
    ----------
    path : pathlib.Path
        Where it lies.
    session, seat : str
        Tokens of the session and of the judge's seat.
    events : tuple of mapping
        What happened, by tokens of trials, as the file says.
    payload, signature : str
        What was signed, and how.
    """

    path: Path
    session: str
    seat: str
    events: tuple[Mapping[str, Any], ...]
    payload: str
    signature: str


def seat_key(sign_key: str, seat: str) -> bytes:
    """The key with which the answers of one seat are signed.

    Parameters
    ----------
    sign_key : str
        Key of the plan in hexadecimals.
    seat : str
        Token of the seat.

    Returns
    -------
    bytes
        32 bytes, from which neither the plan's key nor that of another seat can be told.
    """
    return hmac.digest(bytes.fromhex(sign_key), f"seat:{seat}".encode(), hashlib.sha256)


def signed(payload: str, key: bytes) -> str:
    """The signature of a payload in hexadecimals."""
    return hmac.new(key, payload.encode(), hashlib.sha256).hexdigest()


def file_name(seat: str) -> str:
    """How the browser calls the file of a seat."""
    return f"answers-{seat}.json"


def answer_bytes(
    session: str, seat: str, events: Sequence[SittingEvent], tokens: Mapping[int, str], key: bytes
) -> bytes:
    """A signed file, as a browser saves it.

    Parameters
    ----------
    session, seat : str
        Tokens.
    events : sequence of SittingEvent
        What happened, each with `said_at`.
    tokens : mapping of int to str
        Tokens of the trials by position.
    key : bytes
        Of the seat.
    """
    rows = [
        {
            "trial": tokens[event.position],
            "act": str(event.act),
            "score": event.score,
            "response_s": event.response_s,
            "replays": event.replays,
            "watched_s": event.watched_s,
            "said_at": "" if event.said_at is None else event.said_at.isoformat(timespec="milliseconds"),
        }
        for event in events
    ]
    payload = json.dumps({"session": session, "seat": seat, "events": rows}, ensure_ascii=False)
    outer = {"format": FORMAT, "version": VERSION, "payload": payload, "signature": signed(payload, key)}
    return json.dumps(outer, ensure_ascii=False).encode()


def read_answer_file(path: Path) -> AnswerFile:
    """Read a file of answers; only its form is looked at.

    Raises
    ------
    NotFoundError
        If there is no such file.
    InvalidFileError
        If it is too large, no file of answers, cut off, or of a newer version.
    """
    outer = _object(_text(path), path)
    if outer.get("format") != FORMAT:
        raise InvalidFileError(
            f"{path} is not a file of answers: choose one that was saved in the folder for browsers."
        )
    version = outer.get("version")
    if version != VERSION or isinstance(version, bool):
        raise InvalidFileError(
            f"{path} has version {reprlib.repr(version)}, but this program reads version {VERSION}: "
            "update the program that is older."
        )
    payload, signature = outer.get("payload"), outer.get("signature")
    if not isinstance(payload, str) or not isinstance(signature, str):
        raise _cut_off(path)
    inner = _object(payload, path)
    session, seat, events = inner.get("session"), inner.get("seat"), inner.get("events")
    if not isinstance(session, str) or not isinstance(seat, str) or not isinstance(events, list):
        raise _cut_off(path)
    if not all(isinstance(event, dict) for event in events):
        raise _cut_off(path)
    return AnswerFile(path, session, seat, tuple(events), payload, signature)


def _text(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            data = stream.read(LARGEST_BYTES + 1)
    except FileNotFoundError as error:
        raise NotFoundError(f"There is no file {path}.") from error
    except OSError as error:
        raise InvalidFileError(f"{path} cannot be read ({error.strerror or error}).") from error
    if len(data) > LARGEST_BYTES:
        raise InvalidFileError(
            f"{path} is larger than {LARGEST_BYTES // 1024**2} MB, which no file of answers is: "
            "choose one that was saved in the folder for browsers."
        )
    try:
        # Mail programs and editors put a byte order mark before a text.
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _cut_off(path) from error


def _object(text: str, path: Path) -> dict[str, Any]:
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise _cut_off(path) from error
    if not isinstance(value, dict):
        raise _cut_off(path)
    return value


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")


def _cut_off(path: Path) -> InvalidFileError:
    return InvalidFileError(
        f"{path} is not a file of answers, or only a part of one: have the answers saved and sent once more."
    )


def require_signed(file: AnswerFile, key: bytes) -> None:
    """Refuse a file that was not signed with this key, or changed since.

    Raises
    ------
    InvalidFileError
        If the signature is not that of the payload.
    """
    try:
        good = hmac.compare_digest(signed(file.payload, key).encode(), file.signature.encode())
    except UnicodeEncodeError:
        # Half of a surrogate pair, which no browser writes and nobody can have signed.
        good = False
    if not good:
        raise InvalidFileError(
            f"{file.path} was changed after it was saved, or signed with another key, so nothing of it is "
            "taken: have the answers saved and sent once more."
        )


def events_of(file: AnswerFile, trials: Sequence[Trial], presentation: Presentation) -> list[SittingEvent]:
    """What a file says, as events of the sitting.

    Parameters
    ----------
    file : AnswerFile
        Whose signature was found good.
    trials : sequence of Trial
        All of the judge.
    presentation : Presentation
        Of the session.

    Raises
    ------
    InvalidFileError
        If a trial is not one of the judge's, or a value cannot be.
    """
    places = {trial.token: trial.position for trial in trials}
    events: list[SittingEvent] = []
    for number, row in enumerate(file.events, 1):
        try:
            event = _event(row, places, presentation)
            if events and event.said_at is not None and events[-1].said_at is not None:
                _require(event.said_at > events[-1].said_at, "it is not later than the one before")
        except (ValueError, TypeError, KeyError, OverflowError) as error:
            why = (
                "its trial is not one of this judge's" if isinstance(error, KeyError) else _short(str(error))
            )
            raise InvalidFileError(
                f"{file.path} has an entry (number {number}) that this session cannot have: {why}."
            ) from error
        events.append(event)
    return events


def _short(why: str) -> str:
    """What a file says may be quoted, but must not fill a screen."""
    return why if len(why) <= _LONGEST_QUOTE else why[:_LONGEST_QUOTE].rstrip() + "…"


def _event(row: Mapping[str, Any], places: Mapping[str, int], presentation: Presentation) -> SittingEvent:
    _require(set(row) == set(_EVENT), "its parts are not those of an answer")
    _require(isinstance(row["trial"], str), "its trial has no name")
    position, act = places[row["trial"]], SittingAct(row["act"])
    score, replays, points = row["score"], row["replays"], len(presentation.scale)
    if act is SittingAct.ANSWERED:
        _require(type(score) is int and 1 <= score <= points, f"an answer is a whole number, 1 to {points}")
    else:
        _require(score is None, "only answers have a score")
    most = _MOST_REPLAYS if presentation.max_replays is None else presentation.max_replays
    _require(type(replays) is int and 0 <= replays <= most, "the clip was replayed more often than planned")
    said_at = datetime.fromisoformat(row["said_at"])
    _require(said_at.utcoffset() == timedelta(0), "its time is not in UTC")
    return SittingEvent(
        position=position,
        act=act,
        score=score,
        response_s=_seconds(row["response_s"], -_LONGEST_S),
        replays=replays,
        watched_s=_seconds(row["watched_s"], 0.0),
        via="browser",
        said_at=said_at,
    )


def _seconds(value: Any, least: float) -> float | None:
    if value is None:
        return None
    number = type(value) in (int, float) and math.isfinite(value)
    _require(number and least <= value <= _LONGEST_S, "a duration is no number of seconds")
    return float(value)


def _require(condition: bool, why: str) -> None:
    if not condition:
        raise ValueError(why)


def new_events(
    file: AnswerFile, events: Sequence[SittingEvent], stored: Sequence[SittingEvent]
) -> list[SittingEvent]:
    """What a file adds to what is in the store already, by the store's own rules.

    Parameters
    ----------
    file : AnswerFile
        For messages.
    events : sequence of SittingEvent
        What it says, the oldest first.
    stored : sequence of SittingEvent
        The whole log of the judge, the oldest first.

    Raises
    ------
    ProjectError
        If the two cannot both be true, as when the same clip was answered in the window too.
    """
    # Times of a browser never repeat, so they tell the events apart.
    known = {_identity(event) for event in stored if event.via == "browser"}
    first = next((place for place, event in enumerate(events) if _identity(event) not in known), len(events))
    added = list(events[first:])
    if any(_identity(event) in known for event in added):
        raise _conflict(file, "it and an earlier file have gone on from the same place in different ways")
    answered = set(standing(stored))
    # Only what was answered last, and not taken back since, may be taken back.
    acts = [event for event in stored if event.act in (SittingAct.ANSWERED, SittingAct.TAKEN_BACK)]
    last = acts[-1].position if acts and acts[-1].act is SittingAct.ANSWERED else None
    for event in added:
        if event.act is SittingAct.ANSWERED:
            if event.position in answered:
                raise _conflict(file, f"trial {event.position + 1} was answered elsewhere in the meantime")
            answered.add(event.position)
            last = event.position
        elif event.act is SittingAct.TAKEN_BACK:
            if last != event.position:
                raise _conflict(file, f"it takes back trial {event.position + 1}, which was not the last")
            answered.discard(event.position)
            last = None
    return added


def _identity(event: SittingEvent) -> tuple[int, SittingAct, int | None, datetime | None]:
    return event.position, event.act, event.score, event.said_at


def _conflict(file: AnswerFile, why: str) -> ProjectError:
    return ProjectError(
        f"{file.path} does not fit what this judge has answered already ({why}), so nothing of it is taken: "
        "a seat is rated in the window or in one browser, not in two places at a time."
    )
