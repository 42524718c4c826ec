"""Files of ELAN, tidy tables and tables of events: others read them, change them and write their own."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow.parquet
import pympi
import pytest

from hrm_core.errors import InvalidFileError
from hrm_core.exchange import eaf, events, tidy
from hrm_core.records.coding import ActionCode, CodingState, FrameCoding
from hrm_core.records.coding_sheet import CodingSheet, Loss, ReadSheet, RowSeverity

REAL_EAF = Path(__file__).parents[4] / "shared" / "data" / "pympi_sample_3.0.eaf"
# Variable rate: 40 ms, then three frames within one millisecond, then half a second of stillness.
TIMES = np.array([0, 0.04, 0.08, 0.0801, 0.0802, 0.12, 0.62, 0.66, 0.70, 0.74])


def sheet(**codes: dict[int, ActionCode | None]) -> CodingSheet:
    """Participant 7 with these codes: frames by action."""
    frames: dict[int, FrameCoding] = {}
    for of_action in codes.values():
        for frame, code in of_action.items():
            old = frames.get(frame, FrameCoding(0, 0, frame))
            frames[frame] = replace(old, codes=(*old.codes, *([code] if code else [])))
    return CodingSheet("7", "play", "Ada", frames, TIMES, 25.0, "play.mp4")


SMILE = sheet(
    smile={frame: ActionCode("AU12", 1 if frame < 4 else 2, "C") for frame in range(1, 7)},
    brow={frame: ActionCode("AU4", 1, doubtful=True, note="or AU9?") for frame in range(3, 5)},
    none={8: None},
)


def kept(read: ReadSheet) -> list[str]:
    """Notes of a report that are about more than sides an action cannot have."""
    return [note.message for note in read.notes if "kept as it is" not in note.message]


# ---- others read what we wrote -----------------------------------------------------------------


def test_pympi_reads_tiers_values_and_times(tmp_path: Path) -> None:
    path = tmp_path / "s.eaf"
    eaf.write_eaf(path, SMILE)
    found = pympi.Eaf(str(path))
    # Frame 3 begins at 80.1 ms and frame 4 at 80.2 ms: each has a millisecond of its own.
    assert found.get_annotation_data_for_tier("AU12") == [(40, 81, "both C"), (81, 660, "left C")]
    assert found.get_annotation_data_for_tier("AU4") == [(80, 120, "both")]
    assert found.get_annotation_data_for_tier("AU1") == []
    assert [text for *_, text in found.get_annotation_data_for_tier("HRM frames")] == [
        *("1–2", "3", "4", "5–6", "8")
    ]
    assert found.get_annotation_data_for_tier("HRM codes") == [(80, 120, "AU4 doubtful: or AU9?")]
    assert found.get_linked_files()[0]["RELATIVE_MEDIA_URL"] == "./play.mp4"
    kind = found.get_parameters_for_tier("AU12")["LINGUISTIC_TYPE_REF"]
    vocabulary = found.get_parameters_for_linguistic_type(kind)["CONTROLLED_VOCABULARY_REF"]
    words = [value for entry, _ in found.get_cv_entries(vocabulary).values() for value, *_ in entry]
    assert {"both", "left", "right", "left C"} <= set(words)
    # A tier has no overlaps, and its times go up.
    for tier in found.get_tier_names():
        spans = sorted(found.get_annotation_data_for_tier(tier))
        assert all(first[1] <= second[0] for first, second in pairwise(spans))


def test_what_pympi_saves_again_is_the_same(tmp_path: Path) -> None:
    path, again = tmp_path / "s.eaf", tmp_path / "again.eaf"
    eaf.write_eaf(path, SMILE)
    pympi.Eaf(str(path)).to_file(str(again))
    assert eaf.read_eaf(again, TIMES).sheet.codings == SMILE.codings


def test_pyarrow_reads_the_types(tmp_path: Path) -> None:
    path = tmp_path / "s.parquet"
    tidy.write_tidy_parquet(path, SMILE)
    table = pyarrow.parquet.read_table(path)
    types = {field.name: str(field.type) for field in table.schema}
    assert types | {"frame": "int32", "time_s": "double", "code": "int8", "doubtful": "bool"} == types
    assert {types[name] for name in ("action", "note", "participant")} == {"string"}
    rows = table.to_pylist()
    assert [row["frame"] for row in rows if row["action"] == "AU12"] == [1, 2, 3, 4, 5, 6]
    assert [(row["frame"], row["code"]) for row in rows if not row["action"]] == [(8, 0)]
    # The same table as somebody else writes it, read in its own process.
    pyarrow.parquet.write_table(table, tmp_path / "other.parquet")
    assert tidy.read_tidy_parquet(tmp_path / "other.parquet", TIMES).sheet.codings == SMILE.codings


def test_the_table_of_events_says_when(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    lost = events.write_events(path, SMILE)
    assert lost == (*(Loss("doubt about a code", 2, (3, 4)), Loss("note on a code", 2, (3, 4))),)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    smile = next(row for row in rows if row["side"] == "left")
    assert (smile["onset_frame"], smile["offset_frame"], smile["n_frames"]) == ("4", "6", "3")
    assert (float(smile["onset_s"]), float(smile["offset_s"])) == (0.0802, 0.66)
    coded = [(row["onset_frame"], row["offset_frame"]) for row in rows if row["kind"] == "frames"]
    assert coded == [("1", "6"), ("8", "8")], "frames 0, 7 and 9 are uncoded, not absent"


# ---- what others write or change -----------------------------------------------------------------


def elan(tmp_path: Path, change: Callable[[pympi.Eaf], None]) -> ReadSheet:
    """A file that was written, changed with pympi and read."""
    path = tmp_path / "s.eaf"
    eaf.write_eaf(path, SMILE)
    found = pympi.Eaf(str(path))
    change(found)
    found.to_file(str(path))
    return eaf.read_eaf(path, TIMES)


def test_annotations_moved_and_drawn_in_elan_are_placed_by_time(tmp_path: Path) -> None:
    def change(file: pympi.Eaf) -> None:
        file.remove_annotation("AU12", 100)
        file.add_annotation("AU12", 121, 659, "right")
        file.add_annotation("AU9", 640, 720, "present E")

    read = elan(tmp_path, change)
    codes = {frame: coding.code_of("AU12") for frame, coding in read.sheet.codings.items()}
    assert codes == {1: 1, 2: 1, 3: 1, 4: 0, 5: 3, 6: 3, 7: 0, 8: 0}
    # 0.64 s lies between frames 6 (0.62) and 7 (0.66): told, and the earlier one taken.
    assert [frame for frame, coding in read.sheet.codings.items() if coding.code_of("AU9")] == [6, 7]
    assert not read.exact_frames
    said = " ".join(kept(read))
    assert "Two frames are as near" in said
    assert "taken as frames 5–6" in said
    assert "frame 7 without a state" in said


def test_contradictions_in_elan_are_told(tmp_path: Path) -> None:
    def change(file: pympi.Eaf) -> None:
        file.remove_annotation("AU4", 100)
        file.add_annotation("AU4", 80, 120, "both")
        file.add_annotation("AU4", 40, 120, "left")
        file.add_annotation("AU1", 40, 120, "smirk")
        file.add_annotation("HRM notes", 700, 740, "nothing is coded in frame 9, and this is frame 8")
        file.add_tier("Speech")
        file.add_annotation("Speech", 0, 600, "hello")

    read = elan(tmp_path, change)
    assert {frame: c.code_of("AU4") for frame, c in read.sheet.codings.items() if c.code_of("AU4")} == {
        **{1: 2, 2: 2, 3: 2, 4: 2}
    }
    left_out = [note for note in read.notes if note.severity is RowSeverity.LEFT_OUT]
    assert [note.where.partition(",")[0] for note in left_out] == ["tier AU1", "tier AU4"]
    assert read.passed_over == {"Speech": 1}
    assert read.sheet.codings[8].comment.startswith("nothing")
    assert read.importable


def test_a_film_with_other_times_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "s.eaf"
    eaf.write_eaf(path, SMILE)
    assert not eaf.read_eaf(path, np.arange(10) / 50).importable
    tidy.write_tidy_csv(path, SMILE)
    assert not tidy.read_tidy_csv(path, np.arange(10) / 50).importable
    events.write_events(path, SMILE)
    assert not events.read_events(path, np.arange(10) / 50).importable


@pytest.mark.skipif(not REAL_EAF.exists(), reason="shared/data is not there")
def test_a_real_file_without_actions_is_passed_over() -> None:
    read = eaf.read_eaf(REAL_EAF, None)
    whole = pympi.Eaf(str(REAL_EAF))
    tiers = {name: len(whole.tiers[name][0]) + len(whole.tiers[name][1]) for name in whole.get_tier_names()}
    assert read.passed_over == tiers
    assert read.sheet.codings == {}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
@pytest.mark.parametrize("comma", [",", ";", "\t"])
def test_tables_as_spreadsheets_save_them(tmp_path: Path, encoding: str, comma: str) -> None:
    path = tmp_path / "s.csv"
    tidy.write_tidy_csv(path, SMILE)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row["time_s"] = row["time_s"].replace(".", "," if comma == ";" else ".")
        row["doubtful"] = row["doubtful"].upper()
        row["code"] += ".0" if row["code"] else ""
    with path.open("w", encoding=encoding, newline="") as file:
        table = csv.DictWriter(file, [*rows[0], "remark of mine"], delimiter=comma)
        table.writeheader()
        table.writerows(random.Random(0).sample(rows, len(rows)))
    read = tidy.read_tidy_csv(path, TIMES)
    assert read.sheet.codings == SMILE.codings
    assert read.passed_over == {"remark of mine": 0}


def test_rows_that_contradict_one_another_are_errors(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text(
        "participant,frame,state,action,code,side,intensity\n"
        "7,1,coded,AU12,2,right,\n"
        "7,2,coded,AU12,1,,F\n"
        "7,3,asleep,AU12,1,,\n"
        "7,4,not_codable,AU12,1,,\n"
        "7,5,coded,AU12,1,,\n"
        "7,5,coded,AU12,2,,\n"
        "7,6,coded,,,,\n"
        "7,6,coded,AU12,1,,\n"
        "7,x,coded,AU12,1,,\n"
        "8,9,coded,AU12,1,,\n"
        "7,10,coded,AU12,1,,,,surplus\n"
        "7,11,coded,AU12,1,,\n"
    )
    read = tidy.read_tidy_csv(path, None)
    wrong = [note.where for note in read.notes if note.severity is RowSeverity.ERROR]
    assert sorted(wrong, key=lambda where: int(where[4:])) == [
        f"row {row}" for row in (2, 3, 4, 5, 7, 9, 10, 11, 12)
    ]
    assert not read.importable


def test_events_without_frames_are_found_by_their_times(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text("action,side,onset_s,offset_s\nAU12,both,0.1,0.62\nAU4,left,0.63,0.655\nAU9,both,3,4\n")
    read = events.read_events(path, TIMES)
    found = {frame: [code.action for code in c.codes] for frame, c in read.sheet.codings.items()}
    # 0.1 s lies between frames 4 (0.0802) and 5 (0.12), nearer to 4; 0.63–0.655 is nearest to 6 alone.
    assert found == {4: ["AU12"], 5: ["AU12"], 6: ["AU4"]}
    assert [note.where for note in read.notes if note.severity is RowSeverity.ERROR] == ["row 4"]
    assert not read.exact_frames


# ---- damage ----------------------------------------------------------------------------------


def test_a_footer_that_kills_its_reader_only_refuses_the_file(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    tidy.write_tidy_parquet(path, SMILE)
    data = path.read_bytes()
    size = int.from_bytes(data[-8:-4], "little")
    # Types and sizes of the footer's fields are trusted by the reader.
    path.write_bytes(data[: -8 - size] + b"\xff" * size + data[-8:])
    with pytest.raises(InvalidFileError, match="is damaged"):
        tidy.read_tidy_parquet(path, None)


@pytest.mark.parametrize(
    "content",
    [
        b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>'
        b"<ANNOTATION_DOCUMENT>&b;</ANNOTATION_DOCUMENT>",
        b"<ANNOTATION_DOCUMENT>" + b"<a>" * 100_000,
        b"<html></html>",
        b"",
        b'<?xml version="1.0" encoding="nonsense"?><ANNOTATION_DOCUMENT/>',
        "<ANNOTATION_DOCUMENT>嘴".encode("gbk"),
    ],
    ids=["entity", "deep", "html", "empty", "encoding", "gbk"],
)
def test_xml_that_is_no_elan_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "s.eaf"
    path.write_bytes(content)
    with pytest.raises(InvalidFileError):
        eaf.read_eaf(path, None)


def test_elan_without_times_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "s.eaf"
    with pytest.raises(InvalidFileError, match="needs the times of the frames"):
        eaf.write_eaf(path, replace(SMILE, times=None))
    assert not path.exists()
    states = {coding.state for coding in SMILE.codings.values()}
    assert states == {CodingState.CODED}
