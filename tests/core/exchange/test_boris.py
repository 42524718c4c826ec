"""BORIS' files: its toggles, its unpaired and cut-off states, its times and its tables of several versions.

The files are synthetic; their structure is that of projects and tables saved by BORIS 7 and 8.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hrm_core.errors import InvalidFileError, NotFoundError
from hrm_core.exchange.boris import losses_boris, read_boris, write_boris
from hrm_core.exchange.boris_table import read_boris_table, write_boris_table
from hrm_core.records.coding import ActionCode, CodingState, FrameCoding
from hrm_core.records.coding_sheet import CodingSheet, ReadSheet, RowSeverity
from tests.support.coding_sheets import a_sheet

TIMES = np.arange(100) / 25

Write = Callable[..., Path]


def _state(code: str, *sets: tuple[str, list[str]], kind: str = "State event") -> dict[str, Any]:
    modifiers = {
        str(n): {"name": name, "description": "", "type": 0, "ask at stop": False, "values": values}
        for n, (name, values) in enumerate(sets)
    }
    rest = {"description": "", "color": "", "category": "", "excluded": "", "coding map": ""}
    return {"type": kind, "key": "q", "code": code, "modifiers": modifiers, **rest}


SIDES = ("Side", ["left (l)", "right (r)", "both (b)"])


def _observation(events: list[list[Any]], **changes: Any) -> dict[str, Any]:
    media = "C:/films/play.mp4"
    return {
        "file": {"1": [media], **{str(n): [] for n in range(2, 9)}},
        "type": "MEDIA",
        "date": "2024-05-02T10:00:00.000",
        "description": "",
        "time offset": 0.0,
        "events": events,
        "observation time interval": [0, 0],
        "independent_variables": {},
        "media_info": {"length": {media: 4.0}, "fps": {media: 25.0}, "offset": {"1": 0.0}},
        **changes,
    }


@pytest.fixture
def project(tmp_path: Path) -> Write:
    """A project with one observation of these events, as BORIS saves it."""

    def write(events: list[list[Any]], *behaviours: dict[str, Any], **changes: Any) -> Path:
        found = behaviours or (_state("AU12", SIDES), _state("AU4"), _state("play alone"))
        content = {
            "time_format": "hh:mm:ss",
            "project_format_version": "7.0",
            "subjects_conf": {"0": {"key": "", "name": "S7", "description": ""}},
            "behaviors_conf": {str(n): entry for n, entry in enumerate(found)},
            "observations": {"first": _observation(events, **changes)},
        }
        path = tmp_path / "study.boris"
        path.write_text(json.dumps(content), encoding="utf-8")
        return path

    return write


def _frames(read: ReadSheet, action: str) -> dict[int, int]:
    return {f: c.code_of(action) for f, c in read.sheet.codings.items() if c.code_of(action)}


def _said(read: ReadSheet, severity: RowSeverity) -> list[str]:
    return [note.message for note in read.notes if note.severity is severity]


# ---- what is written -------------------------------------------------------------------------


def test_a_project_as_boris_writes_it(tmp_path: Path) -> None:
    path = tmp_path / "a.boris"
    write_boris(path, a_sheet())
    content = json.loads(path.read_bytes())
    smile = next(entry for entry in content["behaviors_conf"].values() if entry["code"] == "AU12")
    assert smile["type"] == "State event"
    assert smile["category"] in content["behavioral_categories"]
    assert smile["modifiers"]["0"]["values"] == ["both (1)", "left (2)", "right (3)"]
    assert smile["modifiers"]["1"]["values"][0] == "A (a)"
    assert len(content["behaviors_conf"]) == 34
    (observation,) = content["observations"].values()
    events = [event for event in observation["events"] if event[2] == "AU12"]
    # The run ends where frame 9, which is uncoded, begins, and goes on behind it.
    assert events[:2] == [
        [0.12, "S7", "AU12", "left|B|None|doubtful", "to the left, (perhaps)", 3],
        [0.36, "S7", "AU12", "left|B|None|doubtful", "", 9],
    ]
    assert [event[5] for event in events] == [3, 9, 10, 12]
    (last,) = [e for e in observation["events"] if e[3].startswith("not codable") and e[5] == 40]
    assert last[0] == 1.6  # behind the last frame, where a frame after it would begin
    assert observation["media_info"]["length"] == {"films/play.mp4": 1.601}
    assert not any(word in path.read_text() for word in ("ASD", "TD"))


def test_compressed_and_plain_are_told_apart_by_content(tmp_path: Path) -> None:
    write_boris(tmp_path / "a.boris.gz", a_sheet())
    (tmp_path / "b.boris").write_bytes((tmp_path / "a.boris.gz").read_bytes())
    assert gzip.decompress((tmp_path / "b.boris").read_bytes()).startswith(b"{")
    assert read_boris(tmp_path / "b.boris", None).importable


def test_what_boris_cannot_hold_is_listed() -> None:
    code = ActionCode("AU12", 1, model_run_id=4)
    said = {
        3: FrameCoding(1, 1, 3, (code, ActionCode("AU4", 1, model_run_id=4)), seconds_spent=2.5),
        4: FrameCoding(1, 1, 4, (ActionCode("AU6", 1),), CodingState.NOT_CODABLE),
    }
    found = {loss.what: (loss.count, loss.frames) for loss in losses_boris(CodingSheet("", "", "", said))}
    assert found == {
        "number of the model run": (2, (3,)),
        "time spent on a frame": (1, (3,)),
        "codes of frames that are not codable": (1, (4,)),
    }


# ---- what BORIS itself may have written -------------------------------------------------------


def test_states_are_toggles_by_subject_behaviour_and_modifier(project: Write) -> None:
    events = [
        [0.4, "S7", "AU12", "left", "smirk", 10],
        [0.6, "S7", "AU4", "", "", "NA"],
        # Another side: BORIS stops the first a millisecond before and does not know the frame.
        [0.799, "S7", "AU12", "left", "", "NA"],
        [0.8, "S7", "AU12", "both", "", 20],
        [1.0, "S7", "AU4", "", "", "NA"],
        [1.2, "S7", "AU12", "both", "", 30],
    ]
    read = read_boris(project(events), TIMES)
    assert _frames(read, "AU12") == dict.fromkeys(range(10, 20), 2) | dict.fromkeys(range(20, 30), 1)
    assert _frames(read, "AU4") == dict.fromkeys(range(15, 25), 1)
    assert {code.note for code in read.sheet.codings[10].codes} == {"smirk"}
    assert set(read.sheet.codings) == set(range(10, 30))
    assert read.importable
    assert not read.exact_frames
    # Subjects and observations of other people are no children and films of the study.
    assert (read.sheet.participant, read.sheet.video, read.sheet.fps) == ("", "", 25.0)
    assert read.sheet.media == "C:/films/play.mp4"
    notes = _said(read, RowSeverity.NOTE)
    assert any("does not say which frames were coded" in note for note in notes)
    assert any("subject 'S7' in observation 'first'" in note for note in notes)
    assert "No side is said of AU4: taken as both." in notes


def test_what_is_no_action_is_passed_over_and_counted(project: Write) -> None:
    events = [[0.4, "S7", "play alone", "", "", 1], [0.5, "S7", "play alone", "", "", 2]]
    read = read_boris(project(events), TIMES)
    assert read.passed_over == {"play alone": 2}
    assert not read.sheet.codings
    assert any("No behaviour of it is an action" in note for note in _said(read, RowSeverity.NOTE))


@pytest.mark.parametrize(
    ("events", "message", "frames"),
    [
        ([[0.4, "S7", "AU4", "", "", 10]], "AU4 starts and never stops.", []),
        ([[0.4, "S7", "AU4", "", "\ud800", 10], [0.5, "S7", "AU4", "", "", 12]], "damaged characters", []),
        ([[0.4, "S7", "AU4", "", "a\0b", 10], [0.5, "S7", "AU4", "", "", 12]], "damaged characters", []),
        ([[0.4, "S7", "AU4", "", "", 10], [0.4, "S7", "AU4", "", "", 10]], "lasts less than a frame", []),
        ([[0.4, "S7", "AU12", "wide", "", 10], [0.5, "S7", "AU12", "wide", "", 12]], "'wide' is no side", []),
        ([["NA", "S7", "AU4", "", "", 10], [0.5, "S7", "AU4", "", "", 12]], "'NA' is no time", []),
        (
            [[0.4, "S7", "AU4"], [0.4, "S7", "AU4", "", "", 1], [0.5, "S7", "AU4", "", "", 12]],
            "no event of BORIS",
            [10, 11],
        ),
        (
            [
                *([0.4, "S7", "AU12", "left", "", 10], [0.6, "S7", "AU12", "both", "", 15]),
                *([0.8, "S7", "AU12", "left", "", 20], [1.0, "S7", "AU12", "both", "", 25]),
            ],
            "Another code of AU12 in frame 15 stands in the file already.",
            [*range(10, 20)],
        ),
    ],
)
def test_what_is_not_understood_is_left_out(
    project: Write, events: list[list[Any]], message: str, frames: list[int]
) -> None:
    read = read_boris(project(events), TIMES)
    assert read.importable
    assert any(message in note for note in _said(read, RowSeverity.LEFT_OUT))
    assert sorted(read.sheet.codings) == frames


@pytest.mark.parametrize(
    ("time", "index", "frame", "message"),
    [
        (0.4, 10, 10, None),
        (0.4, "10", 10, None),
        (0.4, 11, 11, None),  # the player's estimate may be one off, and says what was on the screen
        (0.4, 20, 10, "It says frame 20, but 0.400 s is the time of frame 10: the time was taken."),
        (0.4, 5000, 10, "It says frame 5000"),
        (0.4, "NA", 10, None),
        ("0.4", "NA", 10, None),
        (0.42, "NA", 10, "0.420 s lies midway between frames 10 and 11: frame 10 was taken."),
    ],
)
def test_numbers_of_frames_and_times(
    project: Write, time: Any, index: Any, frame: int, message: str | None
) -> None:
    read = read_boris(project([[time, "S7", "AU4", "", "", index], [1.0, "S7", "AU4", "", "", 25]]), TIMES)
    assert min(read.sheet.codings) == frame
    assert max(read.sheet.codings) == 24
    assert any(message is not None and message in note.message for note in read.notes) == (
        message is not None
    )


def test_a_gap_in_the_film(project: Write) -> None:
    """A screen recorder paused for two seconds: nobody knows what a time in between means."""
    times = np.concatenate([np.arange(10) / 25, 3 + np.arange(30) / 25])
    read = read_boris(project([[1.0, "S7", "AU4", "", "", "NA"], [3.2, "S7", "AU4", "", "", "NA"]]), times)
    assert sorted(read.sheet.codings) == [9, 10, 11, 12, 13, 14]
    assert any("1.000 s lies more than half a frame from any frame" in note.message for note in read.notes)


def test_the_time_offset_of_an_observation(project: Write) -> None:
    events = [[100.4, "S7", "AU4", "", "", "NA"], [101.0, "S7", "AU4", "", "", "NA"]]
    assert sorted(read_boris(project(events, **{"time offset": "100.0"}), TIMES).sheet.codings) == [
        *range(10, 25)
    ]


def test_point_events_are_one_frame(project: Write) -> None:
    read = read_boris(project([[0.4, "", "AU9", "", "", 10]], _state("AU9", kind="Point event")), TIMES)
    assert sorted(read.sheet.codings) == [10]
    assert "AU9 is a point event: taken for one frame." in _said(read, RowSeverity.NOTE)
    assert read.sheet.participant == ""


def test_names_and_modifiers_of_other_peoples_projects(project: Write) -> None:
    sets = (("context", ["play", "meal"]), ("Laterality", ["L", "R"]), ("Intensity", ["A", "B"]))
    events = [
        *([0.4, "S7", "au 26", "play|R|b", "", 10], [0.6, "S7", "au 26", "play|R|b", "", 15]),
        *([0.4, "S7", "AU06 Cheek Raiser", "", "", 10], [0.6, "S7", "AU06 Cheek Raiser", "", "", 15]),
        *([0.4, "S7", "AU12 smile", "", "", 10], [0.4, "S7", "12", "", "", 10]),
    ]
    read = read_boris(project(events, _state("au 26", *sets), _state("AU06 Cheek Raiser")), TIMES)
    assert read.sheet.codings[10].codes == (ActionCode("AU6", 1), ActionCode("AU2X", 3, "B"))
    assert read.passed_over == {"AU12 smile": 1, "12": 1}
    notes = _said(read, RowSeverity.NOTE)
    assert "Modifiers of the set 'context' are not imported." in notes
    assert any("AU2X cannot be right" in note for note in notes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"type": "LIVE"}, "observed live or in pictures"),
        ({"file": {"1": ["a.mp4", "b.mp4"]}}, "Several films are shown one after another"),
        ({"media_info": {"offset": {"1": 2.0}}}, "The film of the first player is shifted"),
        ({"media_creation_date_as_offset": True}, "The film of the first player is shifted"),
    ],
)
def test_what_has_no_times_of_one_film_is_not_imported(
    project: Write, changes: dict[str, Any], message: str
) -> None:
    events = [[0.4, "S7", "AU4", "", "", 10], [0.6, "S7", "AU4", "", "", 15]]
    read = read_boris(project(events, **changes), TIMES)
    assert not read.importable
    assert any(message in note for note in _said(read, RowSeverity.ERROR))


def test_several_observations_and_subjects_must_be_told_apart(project: Write) -> None:
    events = [[at / 25, name, "AU4", "", "", at] for name in ("S7", "mother") for at in (10, 15)]
    path = project(events)
    read = read_boris(path, TIMES)
    assert not read.importable
    assert "Actions of several subjects are coded ('S7', 'mother')" in read.notes[0].message
    assert sorted(read_boris(path, TIMES, subject="mother").sheet.codings) == [*range(10, 15)]
    content = json.loads(path.read_bytes())
    content["observations"]["second"] = _observation(
        [[0.4, "S7", "AU4", "", "", 3], [0.6, "S7", "AU4", "", "", 9]]
    )
    path.write_text(json.dumps(content))
    read = read_boris(path, TIMES)
    assert not read.importable
    assert "several observations ('first', 'second')" in read.notes[0].message
    assert read_boris(path, TIMES, observation="second").importable


def test_without_times_frames_must_be_named(project: Write) -> None:
    events = [[0.4, "S7", "AU4", "", "", "NA"], [0.6, "S7", "AU4", "", "", 15]] * 3
    read = read_boris(project(events), None)
    assert not read.importable
    assert len(_said(read, RowSeverity.ERROR)) == 1
    assert "link the video first" in _said(read, RowSeverity.ERROR)[0]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[1, 2]",
        b'{"observations": {}}',
        b'{"observations": [], "behaviors_conf": {}}',
        b'{"observations": {"a": {}}, "behaviors_conf": {}}',
        b'{"observations": {}, "behaviors_conf": {"0": {}}}',
        b"[" * 100_000,
        b'{"observations": {}, "behaviors_conf": ' + b"1" * 10_000 + b"}",
        "{}".encode("utf-16"),
        b"\x1f\x8b\x08\x00",
        gzip.compress(b"{}", mtime=0)[:-6],
        b"PK\x03\x04",
    ],
)
def test_what_is_no_project_is_refused_in_one_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.boris"
    path.write_bytes(content)
    with pytest.raises(InvalidFileError, match=r"with BORIS|of BORIS") as caught:
        read_boris(path, TIMES)
    assert len(str(caught.value).splitlines()) == 1


def test_a_gzip_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hrm_core.exchange.boris._MOST_BYTES", 10_000)
    path = tmp_path / "a.boris.gz"
    path.write_bytes(gzip.compress(b" " * 1_000_000))
    with pytest.raises(InvalidFileError, match="too large"):
        read_boris(path, TIMES)
    with pytest.raises(NotFoundError):
        read_boris(tmp_path / "gone.boris", TIMES)


# ---- tables ---------------------------------------------------------------------------------

_BORIS_8 = """Observation id\tObservation date\tDescription\tObservation duration\tObservation type\t\
Source\tTime offset (s)\tMedia duration (s)\tFPS\tSubject\tBehavior\tBehavioral category\tModifier #1\t\
Behavior type\tTime\tMedia file name\tImage index\tImage file path\tComment
first\t2024-05-02 10:00:00\t\t4.000\tMedia file(s)\tplayer #1:a.mp4\t0.000\t4.000\t25.000\t\
No focal subject\tAU12\tUpper\tleft\tSTART\t0.400\ta.mp4\t10\tNA\t
first\t2024-05-02 10:00:00\t\t4.000\tMedia file(s)\tplayer #1:a.mp4\t0.000\t4.000\t25.000\t\
No focal subject\tAU12\tUpper\tleft\tSTOP\t0.599\ta.mp4\tNA\tNA\t
"""
_BORIS_7 = """Observation id\tfirst

Media file(s)
Player #1\ta.mp4

Time\tMedia file path\tTotal length\tFPS\tSubject\tBehavior\tBehavioral category\tModifiers\tComment\tStatus
0.400\ta.mp4\t4.00\t25.00\t\tAU12\tface\tleft|play\t\tSTART
0.600\ta.mp4\t4.00\t25.00\t\tAU12\tface\tleft|play\t\tSTOP
"""


@pytest.fixture
def table(tmp_path: Path) -> Callable[[str | bytes], Path]:
    """A table with this content."""

    def write(content: str | bytes) -> Path:
        path = tmp_path / "events.tsv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


Table = Callable[[str | bytes], Path]


@pytest.mark.parametrize(
    ("content", "frames"),
    [
        (_BORIS_8, [*range(10, 15)]),
        (_BORIS_7.replace("|play", ""), [*range(10, 15)]),
        (_BORIS_8.replace("\t", ","), [*range(10, 15)]),
        (_BORIS_8.replace("\t", ";"), [*range(10, 15)]),
        ("\ufeff" + _BORIS_8.replace("\n", "\r\n"), [*range(10, 15)]),
        (_BORIS_8.replace("Modifier #1", "Modifiers"), [*range(10, 15)]),
        # The word of another set, whose name the table does not tell.
        (_BORIS_7, []),
        # Somebody deleted the row of the stop.
        (_BORIS_8.rsplit("first", 1)[0], []),
    ],
)
def test_tables_of_several_versions(table: Table, content: str, frames: list[int]) -> None:
    read = read_boris_table(table(content), TIMES)
    assert read.importable
    assert _frames(read, "AU12") == dict.fromkeys(frames, 2)
    assert bool(_said(read, RowSeverity.LEFT_OUT)) == (not frames)


def test_a_table_names_its_columns(table: Table, tmp_path: Path) -> None:
    write_boris_table(tmp_path / "a.tsv", a_sheet())
    header = (tmp_path / "a.tsv").read_text(encoding="utf-8").splitlines()[0].split("\t")
    ours = {"rater", "video", "Modifier #2", "Modifier #3", "Modifier #4"}
    assert [name for name in header if name not in ours] == _BORIS_8.splitlines()[0].split("\t")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a,b\n1,2\n", "no table of events"),
        ("", "no table of events"),
        ("Behavior\tStart (s)\tStop (s)\nAU4\t1\t2\n", "aggregated events"),
        ("Behavior\tBehavior\tBehavior type\tTime\n", "'behavior' stands there twice"),
        (_BORIS_8.encode("utf-16"), "is not a text file"),
        ('Behavior,Behavior type,Time\n"' + "x" * 200_000, "this is no table"),
    ],
)
def test_what_is_no_table_is_refused(table: Table, content: str | bytes, message: str) -> None:
    with pytest.raises(InvalidFileError, match=message):
        read_boris_table(table(content), TIMES)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("STOP\t0.599", "HALT\t0.599", "'HALT' is no type of an event"),
        ("0.400", "noon", "'noon' is no time"),
        ("0.400\ta.mp4\t10\tNA\t", "0.400", "It has 15 cells instead of 19."),
        ("0.599", "44.4", "outside the recording"),
    ],
)
def test_rows_that_are_not_understood(table: Table, old: str, new: str, message: str) -> None:
    read = read_boris_table(table(_BORIS_8.replace(old, new)), TIMES)
    assert any(message in note.message for note in read.notes)
    assert not read.sheet.codings
