"""Signed answers: what was changed, cut off or made elsewhere is refused; what is good is read as it was."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hrm_core.errors import InvalidFileError, NotFoundError, ProjectError, UserError
from hrm_core.rating import answer_file
from hrm_core.rating.answer_file import (
    AnswerFile,
    answer_bytes,
    events_of,
    new_events,
    read_answer_file,
    require_signed,
    seat_key,
)
from hrm_core.records.rating_plan import Presentation, Trial, TrialKind
from hrm_core.records.sitting import SittingAct, SittingEvent

SIGN_KEY = "ab" * 32
KEY = seat_key(SIGN_KEY, "seat 1")
TRIALS = [Trial(n, f"token{n}", TrialKind.RATING, n + 10) for n in range(6)]
TOKENS = {trial.position: trial.token for trial in TRIALS}
START = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
PLAN = Presentation(max_replays=2)


def _at(number: int) -> datetime:
    return START + timedelta(milliseconds=1500 * number)


def _answers(*scores: int) -> list[SittingEvent]:
    """A sitting without mishaps."""
    events: list[SittingEvent] = []
    for position, score in enumerate(scores):
        events.append(SittingEvent(position, SittingAct.SHOWN, via="browser", said_at=_at(2 * position)))
        answer = SittingEvent(
            position, SittingAct.ANSWERED, score, 0.75, 1, 2.5, via="browser", said_at=_at(2 * position + 1)
        )
        events.append(answer)
    return events


def _write(folder: Path, events: list[SittingEvent], key: bytes = KEY) -> Path:
    path = folder / "answers.json"
    path.write_bytes(answer_bytes("session 1", "seat 1", events, TOKENS, key))
    return path


def _read(path: Path, key: bytes = KEY) -> list[SittingEvent]:
    file = read_answer_file(path)
    require_signed(file, key)
    return events_of(file, TRIALS, PLAN)


@st.composite
def _sittings(draw: st.DrawFn) -> list[SittingEvent]:
    """Any log that a page can have written, in order."""
    acts = draw(st.lists(st.tuples(st.integers(0, 5), st.sampled_from(SittingAct)), max_size=12))
    seconds = st.none() | st.integers(0, 10**7).map(lambda value: value / 1000)
    return [
        SittingEvent(
            position,
            act,
            draw(st.integers(1, 5)) if act is SittingAct.ANSWERED else None,
            draw(seconds),
            draw(st.integers(0, 2)),
            draw(seconds),
            via="browser",
            said_at=_at(number),
        )
        for number, (position, act) in enumerate(acts)
    ]


@given(events=_sittings())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_written_is_read(events: list[SittingEvent], tmp_path: Path) -> None:
    assert _read(_write(tmp_path, events)) == events


@given(place=st.integers(0, 10**6), bits=st.integers(1, 255))
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_byte_can_be_changed_unseen(place: int, bits: int, tmp_path: Path) -> None:
    path = _write(tmp_path, _answers(1, 5, 3))
    before, data = read_answer_file(path), bytearray(path.read_bytes())
    data[place % len(data)] ^= bits
    path.write_bytes(data)
    try:
        file = read_answer_file(path)
        require_signed(file, KEY)
    except UserError:
        return
    assert (file.payload, file.events) == (before.payload, before.events)


@given(length=st.integers(0, 10**6))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_part_of_a_file_is_refused(length: int, tmp_path: Path) -> None:
    path = _write(tmp_path, _answers(1, 5, 3))
    data = path.read_bytes()
    path.write_bytes(data[: length % len(data)])
    with pytest.raises(InvalidFileError, match="not a file of answers"):
        read_answer_file(path)


def test_the_signature_is_hmac_as_rfc_2104_says() -> None:
    """Computed by hand from two runs of SHA-256, not by the library that makes it."""

    def mac(key: bytes, text: bytes) -> bytes:
        block = key.ljust(64, b"\0")
        inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block) + text).digest()
        return hashlib.sha256(bytes(byte ^ 0x5C for byte in block) + inner).digest()

    assert mac(bytes.fromhex(SIGN_KEY), b"seat:seat 1") == KEY
    assert mac(KEY, "第 1 段".encode()).hex() == answer_file.signed("第 1 段", KEY)
    assert hmac.compare_digest(KEY, seat_key(SIGN_KEY, "seat 1"))
    assert seat_key(SIGN_KEY, "seat 2") != KEY


def test_another_seats_key_signs_nothing_here(tmp_path: Path) -> None:
    path = _write(tmp_path, _answers(1), seat_key(SIGN_KEY, "seat 2"))
    with pytest.raises(InvalidFileError, match="changed after it was saved, or signed with another key"):
        _read(path)


def _outer(**changes: Any) -> dict[str, Any]:
    return {**json.loads(answer_bytes("session 1", "seat 1", _answers(1), TOKENS, KEY)), **changes}


WRONG: dict[str, tuple[Any, str]] = {
    "another format": (_outer(format="csv"), "is not a file of answers"),
    "a later version": (_outer(version=2), "has version 2"),
    "True is no version": (_outer(version=True), "has version True"),
    "a payload that is no text": (_outer(payload={}), "only a part of one"),
    "a payload that is no JSON": (_outer(payload="{"), "only a part of one"),
    "a payload with NaN": (_outer(payload='{"session": NaN}'), "only a part of one"),
    "a payload without events": (_outer(payload='{"session": "a", "seat": "b"}'), "only a part of one"),
    "events that are no objects": (
        _outer(payload='{"session": "a", "seat": "b", "events": [1]}'),
        "only a part of one",
    ),
    "no signature": (_outer(signature=None), "only a part of one"),
    "half a surrogate pair": (
        _outer(payload='{"session": "\\ud800", "seat": "b", "events": []}\ud800'),
        "a part of one|was changed",
    ),
    "a list": ([], "only a part of one"),
    "a number of a million digits": (None, "only a part of one"),
    "too deep": (None, "only a part of one"),
}


@pytest.mark.parametrize(("value", "words"), WRONG.values(), ids=WRONG.keys())
def test_what_is_no_file_of_answers_is_refused(
    value: Any, words: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    path = tmp_path / "answers.json"
    text = json.dumps(value)
    if "million" in request.node.callspec.id:
        text = '{"version": ' + "9" * 1_000_000 + "}"
    elif "deep" in request.node.callspec.id:
        text = "[" * 200_000
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidFileError, match=words):
        _read(path)


def test_huge_files_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _write(tmp_path, _answers(1, 2))
    monkeypatch.setattr(answer_file, "LARGEST_BYTES", path.stat().st_size - 1)
    with pytest.raises(InvalidFileError, match="larger than"):
        read_answer_file(path)
    monkeypatch.undo()
    assert len(read_answer_file(path).events) == 4


def test_missing_files_and_folders_are_told(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="There is no file"):
        read_answer_file(tmp_path / "none.json")
    with pytest.raises(InvalidFileError, match="cannot be read"):
        read_answer_file(tmp_path)


def test_a_byte_order_mark_is_no_damage(tmp_path: Path) -> None:
    path = _write(tmp_path, _answers(2))
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert _read(path) == _answers(2)


BENT: dict[str, tuple[dict[str, Any], str]] = {
    "a strange trial": ({"trial": "token9"}, "not one of this judge's"),
    "a trial that is a list": ({"trial": []}, "its trial has no name"),
    "a strange act": ({"act": "guessed"}, "guessed"),
    "a score off the scale": ({"score": 6}, "1 to 5"),
    "no score": ({"score": None}, "1 to 5"),
    "half a score": ({"score": 2.5}, "1 to 5"),
    "True as score": ({"score": True}, "1 to 5"),
    "a score of what is no answer": ({"act": "shown"}, "only answers"),
    "too many replays": ({"replays": 3}, "more often than planned"),
    "fewer replays than none": ({"replays": -1}, "more often than planned"),
    "a time without zone": ({"said_at": "2026-05-04T10:00:00.000"}, "UTC"),
    "a time that is none": ({"said_at": "soon"}, "soon"),
    "a time before the one before": ({"said_at": "2026-05-04T09:29:00.000Z"}, "not later"),
    "endless seconds": ({"response_s": 1e300}, "seconds"),
    "words as seconds": ({"watched_s": "2"}, "seconds"),
    "negative watching": ({"watched_s": -1}, "seconds"),
    "an entry too many": ({"note": "hello"}, "parts"),
}


@pytest.mark.parametrize(("change", "words"), BENT.values(), ids=BENT.keys())
def test_an_entry_that_no_page_writes_is_refused(change: dict[str, Any], words: str, tmp_path: Path) -> None:
    good = read_answer_file(_write(tmp_path, _answers(1)))
    rows = [dict(good.events[0]), {**good.events[1], **change}]
    with pytest.raises(InvalidFileError, match=words) as refusal:
        events_of(replace(good, events=tuple(rows)), TRIALS, PLAN)
    assert "number 2" in str(refusal.value)


def test_what_cannot_be_signed_needs_a_signature_too(tmp_path: Path) -> None:
    """Half of a surrogate pair has no bytes to sign: an empty signature must not pass for theirs."""
    good = json.loads(_write(tmp_path, _answers(5)).read_text(encoding="utf-8"))
    payload = good["payload"][:-1] + ', "x": "\ud800"}'
    for signature in ("", "\ud800", good["signature"]):
        forged = tmp_path / "forged.json"
        forged.write_text(json.dumps({**good, "payload": payload, "signature": signature}), encoding="utf-8")
        with pytest.raises(InvalidFileError, match="was changed after it was saved"):
            _read(forged)


@pytest.mark.parametrize("replays", [2**31, 2**63, 10**30])
def test_numbers_that_no_store_can_hold_are_refused(replays: int, tmp_path: Path) -> None:
    good = read_answer_file(_write(tmp_path, _answers(1)))
    rows = (dict(good.events[0]), {**good.events[1], "replays": replays})
    with pytest.raises(InvalidFileError, match="more often than planned"):
        events_of(replace(good, events=rows), TRIALS, replace(PLAN, max_replays=None))


@pytest.mark.parametrize("change", [{"act": "x" * 10**5}, {"said_at": "9\n" * 10**5}])
def test_what_a_file_says_does_not_fill_the_screen(change: dict[str, Any], tmp_path: Path) -> None:
    good = read_answer_file(_write(tmp_path, _answers(1)))
    with pytest.raises(InvalidFileError) as refusal:
        events_of(replace(good, events=({**good.events[1], **change},)), TRIALS, PLAN)
    assert len(str(refusal.value)) < len(str(good.path)) + 250
    assert "\n" not in str(refusal.value)
    strange = tmp_path / "strange.json"
    strange.write_text(json.dumps(_outer(version="v" * 10**5)), encoding="utf-8")
    with pytest.raises(InvalidFileError, match="has version 'vvv") as refusal:
        read_answer_file(strange)
    assert len(str(refusal.value)) < len(str(strange)) + 250


def test_scales_of_eleven_points_and_any_number_of_replays() -> None:
    wide = replace(PLAN, scale=PLAN.scale * 2 + PLAN.scale[:1], max_replays=None)
    row = {
        "trial": "token0",
        "act": "answered",
        "score": 11,
        "response_s": -0.5,
        "replays": 40,
        "watched_s": 1,
    }
    file = AnswerFile(Path("a.json"), "s", "t", ({**row, "said_at": "2026-05-04T09:30:00.123Z"},), "", "")
    (event,) = events_of(file, TRIALS, wide)
    assert (event.score, event.replays, event.response_s, event.watched_s) == (11, 40, -0.5, 1.0)


FILE = AnswerFile(Path("answers.json"), "session 1", "seat 1", (), "", "")
Change = Callable[[list[SittingEvent]], list[SittingEvent]]


@given(events=_sittings(), cut=st.integers(0, 12))
def test_a_later_file_adds_what_is_new_and_the_same_nothing(events: list[SittingEvent], cut: int) -> None:
    try:
        whole = new_events(FILE, events, [])
    except ProjectError:
        return
    assert whole == events
    assert new_events(FILE, events, events) == []
    # An earlier file after a later one, and a later one after an earlier.
    assert new_events(FILE, events[:cut], events) == []
    assert new_events(FILE, events, events[:cut]) == events[cut:]


def test_what_was_answered_in_the_window_meanwhile_is_not_overwritten() -> None:
    elsewhere = [SittingEvent(1, SittingAct.ANSWERED, 2)]
    with pytest.raises(ProjectError, match="trial 2 was answered elsewhere"):
        new_events(FILE, _answers(4, 4), elsewhere)
    # What was answered in the window before the folder was made is in no file.
    later = [replace(event, position=event.position + 2) for event in _answers(4, 4)]
    assert new_events(FILE, later, elsewhere) == later


def test_only_the_last_answer_can_have_been_taken_back() -> None:
    back = SittingEvent(0, SittingAct.TAKEN_BACK, via="browser", said_at=_at(50))
    with pytest.raises(ProjectError, match="takes back trial 1"):
        new_events(FILE, [*_answers(1, 2), back], [])
    again = SittingEvent(0, SittingAct.ANSWERED, 3, via="browser", said_at=_at(51))
    assert len(new_events(FILE, [*_answers(1), back, again], [])) == 4


def test_two_ways_on_from_the_same_file_are_refused() -> None:
    first, second = _answers(1, 2, 3), _answers(1, 2, 4)
    second[-1] = replace(second[-1], said_at=_at(77))
    with pytest.raises(ProjectError, match="trial 3 was answered elsewhere"):
        new_events(FILE, second, first)
    # Entries in another order than they were taken in.
    with pytest.raises(ProjectError, match="in different ways"):
        new_events(FILE, [second[-1], *first], first)
