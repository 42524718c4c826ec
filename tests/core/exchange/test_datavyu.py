"""Datavyu's file: its escapes, its clocks, cells moved there, and columns of other people.

The files are synthetic; their structure is that of files saved by Datavyu 1.3 to 1.5.
"""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrm_core.errors import InvalidFileError
from hrm_core.exchange.datavyu import read_datavyu, write_datavyu
from hrm_core.exchange.datavyu_db import Cell, Column, parse_db, plain_text, quoted_text, render_db
from hrm_core.records.coding import CodingState
from hrm_core.records.coding_sheet import ReadSheet, RowSeverity
from tests.support.builders import comments
from tests.support.coding_sheets import a_sheet

TIMES = np.arange(100) / 25

_DB = r"""#4
child_face (MATRIX,true,)-code01|NOMINAL
00:00:00:000,00:00:01:000,(happy \(very\)\, yes)
AU12 (MATRIX,true,)-side|NOMINAL,intensity|NOMINAL
00:00:00:400,00:00:00:799,(left,B)
00:00:00:800,00:00:01:199,(both,c)
AU4 (MATRIX,false,)-code01|NOMINAL
00:00:00:600,00:00:00:999,()
"""


def _opf(folder: Path, db: str | bytes, project: str = "!project\nname: study\nversion: 5\n") -> Path:
    path = folder / "study.opf"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("project", project)
        file.writestr("db", db)
        file.writestr("1", "volume=1.0\nvisible=true\noffset=0\n")
    return path


def _said(read: ReadSheet, severity: RowSeverity) -> list[str]:
    return [note.message for note in read.notes if note.severity is severity]


def _frames(read: ReadSheet, action: str) -> list[int]:
    return [frame for frame, coding in read.sheet.codings.items() if coding.code_of(action)]


# ---- the text ---------------------------------------------------------------------------------


def _as_datavyu_reads(line: str) -> list[str]:
    """Values of one cell by the rules of the program: a backslash frees what follows, blanks go."""
    _, _, values = line.split(",", 2)
    plain = re.sub(r"\\(.)", lambda match: f"\0{ord(match[1]):08x}", values)
    assert plain[0] == "("
    assert plain[-1] == ")"
    found = plain[1:-1].split(",")
    return [re.sub("\0([0-9a-f]{8})", lambda match: chr(int(match[1], 16)), value).strip() for value in found]


@given(st.lists(comments, min_size=1, max_size=4))
def test_any_text_survives_datavyu(texts: list[str]) -> None:
    values = tuple(map(quoted_text, texts))
    column = Column("AU12", tuple(f"code{n}" for n in range(len(texts))), [Cell(40, 79, values)])
    lines = re.split(r"\r\n|\r|\n", render_db([column]))
    assert len(lines) == 4, "no value may break a line"
    read = _as_datavyu_reads(lines[2])
    assert [plain_text(value) for value in read] == texts
    # As the program saves them again: more is escaped than needed, and lines end as on Windows.
    again = ",".join(re.sub(r"([\\()\n\r,|-])", r"\\\1", value) for value in read)
    found = parse_db("\r\n".join(["#4", lines[1], f"00:00:00:040,00:00:00:079,({again})", ""]))
    assert found is not None
    assert [plain_text(value) for value in found[0].cells[0].values] == texts


def test_a_value_that_goes_on_in_the_next_line() -> None:
    found = parse_db("#4\nnote (MATRIX,true,)-code01|NOMINAL\n00:00:00:000,00:00:00:040,(one\\\r\ntwo\\\\)\n")
    assert found is not None
    assert found[0].cells == [Cell(0, 40, ("one\ntwo\\",), 3)]


# ---- what is written ----------------------------------------------------------------------------


def test_a_file_as_datavyu_writes_it(tmp_path: Path) -> None:
    path = tmp_path / "a.opf"
    write_datavyu(path, a_sheet())
    with zipfile.ZipFile(path) as file:
        assert file.testzip() is None
        assert sorted(file.namelist()) == ["db", "project"]
        project, db = file.read("project").decode(), file.read("db").decode()
    assert project.startswith("!project\n")
    assert "version: 5\nviewerSettings: []\n" in project
    lines = db.splitlines()
    assert lines[0] == "#4"
    # Datavyu asks the third character of every line and cannot read an empty one.
    assert all(len(line) > 2 for line in lines[1:])
    at = next(n for n, line in enumerate(lines) if line.startswith("AU12 "))
    assert lines[at] == (
        "AU12 (MATRIX,true,)-side|NOMINAL,intensity|NOMINAL,frames|NOMINAL,origin|NOMINAL,doubt|NOMINAL,"
        "note|NOMINAL"
    )
    assert lines[at + 1] == (r"00:00:00:120,00:00:00:359,(left,B,3\-8,,doubtful,to the left\, \(perhaps\))")
    assert not any(word in db + project for word in ("ASD", "TD"))


def test_a_cell_that_was_moved_is_read_by_its_times(tmp_path: Path) -> None:
    write_datavyu(tmp_path / "a.opf", a_sheet())
    with zipfile.ZipFile(tmp_path / "a.opf") as file:
        db = file.read("db").decode()
    moved = db.replace("00:00:00:200,00:00:00:319,(present", "00:00:00:240,00:00:00:279,(present")
    assert moved != db
    read = read_datavyu(_opf(tmp_path, moved), a_sheet().times)
    assert _frames(read, "AU25") == [6]
    assert not read.exact_frames
    (note,) = read.notes
    assert note.where == "column AU25, cell 1"
    assert note.message == "It says frames 5-7, but its times are those of frames 6-6: the times were taken."


# ---- what Datavyu itself may have written ----------------------------------------------------------


def test_columns_of_other_people(tmp_path: Path) -> None:
    project = "!project\nviewerSettings:\n- !vs\n  feed: /films/play.mp4\n  plugin: x\n"
    read = read_datavyu(_opf(tmp_path, _DB, project), TIMES)
    assert read.importable
    assert read.passed_over == {"child_face": 1}
    assert _frames(read, "AU12") == [*range(10, 30)]
    assert _frames(read, "AU4") == [*range(15, 25)]
    assert [code.intensity for code in read.sheet.codings[29].codes] == ["C"]
    assert read.sheet.codings[15].code_of("AU12") == 2
    assert read.sheet.media == "/films/play.mp4"
    notes = _said(read, RowSeverity.NOTE)
    assert "No side is said of AU4: taken as both." in notes
    assert any("does not say which frames were coded" in note for note in notes)


@pytest.mark.parametrize("version", ["#4", "#3"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_versions_and_line_ends(tmp_path: Path, version: str, end: str) -> None:
    db = _DB.replace("#4", version).replace(",)", ")" if version == "#3" else ",)")
    read = read_datavyu(_opf(tmp_path, db.replace("\n", end)), TIMES)
    assert len(read.sheet.codings) == 20


@pytest.mark.parametrize(
    ("old", "new", "message", "severity"),
    [
        ("(left,B)", "(wide,B)", "'wide' is no side", RowSeverity.LEFT_OUT),
        ("(left,B)", "(left)", "It has 1 values instead of 2.", RowSeverity.LEFT_OUT),
        (
            "00:00:00:799,(left",
            "00:00:00:000,(left",
            "Its offset lies before its onset.",
            RowSeverity.LEFT_OUT,
        ),
        ("00:00:00:799,(left", "00:00:00:79,(left", "It is no cell of Datavyu.", RowSeverity.LEFT_OUT),
        (
            "00:00:00:799,(left",
            "00:00:00:900,(left",
            "Another code of AU12 in frame 20",
            RowSeverity.LEFT_OUT,
        ),
        ("00:00:01:199", "99:00:01:199", "It lies outside the recording", RowSeverity.ERROR),
    ],
)
def test_what_is_not_understood(
    tmp_path: Path, old: str, new: str, message: str, severity: RowSeverity
) -> None:
    assert old in _DB
    read = read_datavyu(_opf(tmp_path, _DB.replace(old, new)), TIMES)
    assert any(message in note for note in _said(read, severity))
    assert read.importable == (severity is not RowSeverity.ERROR)
    assert len(_frames(read, "AU12")) in (10, 13, 20)


def test_a_file_in_the_encoding_of_an_old_computer(tmp_path: Path) -> None:
    """What is not about actions may be unreadable; a code that is, is left out."""
    read = read_datavyu(_opf(tmp_path, _DB.replace("happy", "ç").encode("latin-1")), TIMES)
    assert len(_frames(read, "AU12")) == 20
    assert any("not UTF-8" in note for note in _said(read, RowSeverity.NOTE))
    read = read_datavyu(_opf(tmp_path, _DB.replace("left", "ç").encode("latin-1")), TIMES)
    assert len(_frames(read, "AU12")) == 10


def test_states_are_kept_apart_from_absent(tmp_path: Path) -> None:
    db = "#4\nHRM_frames (MATRIX,true,)-state|NOMINAL,frames|NOMINAL,doubt|NOMINAL,note|NOMINAL\n"
    db += "00:00:00:000,00:00:00:399,(not codable,,,)\n00:00:00:400,00:00:00:799,(carried,,doubtful,turns)\n"
    read = read_datavyu(_opf(tmp_path, db + _DB.replace("#4\n", "")), TIMES)
    assert read.sheet.codings[3].state is CodingState.NOT_CODABLE
    assert read.sheet.codings[12].state is CodingState.CARRIED
    assert (read.sheet.codings[12].doubtful, read.sheet.codings[12].comment) == (True, "turns")
    assert any("10 frames with an action, from frame 20 on" in note.message for note in read.notes)
    assert 30 not in read.sheet.codings


def _without(name: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr(name, "x")
    return out.getvalue()


@pytest.mark.parametrize(
    "content", [b"", b"PK", _without("project"), _without("db"), b"#4\nAU12 (MATRIX,true,)-a|NOMINAL\n"]
)
def test_what_is_no_project_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.opf"
    path.write_bytes(content)
    with pytest.raises(InvalidFileError, match="Datavyu") as caught:
        read_datavyu(path, TIMES)
    assert len(str(caught.value).splitlines()) == 1


def test_a_zip_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hrm_core.exchange.datavyu._MOST_BYTES", 10_000)
    path = tmp_path / "a.opf"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("db", "#4\n" + " " * 5_000_000)
    assert path.stat().st_size < 10_000
    with pytest.raises(InvalidFileError, match="too large"):
        read_datavyu(path, TIMES)
