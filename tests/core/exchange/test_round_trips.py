"""What is written for other programs comes back exactly, and what cannot is listed."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from hrm_core.errors import InvalidFileError
from hrm_core.records.coding import CodingState
from hrm_core.records.coding_sheet import CodingSheet, RowSeverity
from tests.support.coding_sheets import FORMATS, SheetFormat, a_sheet, coding_sheets, holdable

ROUND_TRIPS = int(os.environ.get("HRM_ROUND_TRIPS", "10"))


def there_and_back(form: SheetFormat, sheet: CodingSheet, *, with_times: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"sheet{form.suffix}"
        lost = form.write(path, sheet)
        read = form.read(path, sheet.times if with_times else None)
        assert [entry.name for entry in Path(folder).iterdir()] == [path.name]
    assert lost == form.losses(sheet)
    counts = Counter({loss.what: loss.count for loss in lost})
    codes = [code for coding in sheet.codings.values() for code in coding.codes]
    assert counts.pop("number of the model run", 0) == sum(code.model_run_id is not None for code in codes)
    assert counts.pop("time spent on a frame", 0) == sum(c.seconds_spent > 0 for c in sheet.codings.values())
    assert not counts
    assert read.importable
    assert read.exact_frames
    assert not read.passed_over
    # Sides that an action cannot have are pointed at; nothing else needs a word.
    assert all(" cannot be " in note.message for note in read.notes if sheet.codings)
    assert holdable(read.sheet.codings) == holdable(sheet.codings)
    if sheet.codings:
        assert (read.sheet.participant, read.sheet.video, read.sheet.rater) == (
            sheet.participant,
            sheet.video,
            sheet.rater,
        )


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_generated_codings_come_back(form: SheetFormat) -> None:
    @settings(max_examples=ROUND_TRIPS, suppress_health_check=[HealthCheck.too_slow], database=None)
    @given(coding_sheets())
    def trip(sheet: CodingSheet) -> None:
        there_and_back(form, sheet, with_times=True)
        there_and_back(form, sheet, with_times=False)

    trip()


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_a_thousand_generated_codings_come_back(form: SheetFormat) -> None:
    @settings(
        max_examples=1000,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        database=None,
    )
    @given(coding_sheets())
    def trip(sheet: CodingSheet) -> None:
        there_and_back(form, sheet, with_times=True)

    trip()


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_a_plain_coding_comes_back_without_a_word(form: SheetFormat, tmp_path: Path) -> None:
    sheet = a_sheet()
    path = tmp_path / f"sheet{form.suffix}"
    assert form.write(path, sheet) == ()
    read = form.read(path, sheet.times)
    assert read.notes == ()
    assert holdable(read.sheet.codings) == holdable(sheet.codings)
    states = Counter(coding.state for coding in read.sheet.codings.values())
    assert states[CodingState.NOT_CODABLE] == 1
    assert 9 not in read.sheet.codings
    assert not read.sheet.codings[0].codes


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_the_same_coding_makes_the_same_file(form: SheetFormat, tmp_path: Path) -> None:
    for name in ("a", "b"):
        form.write(tmp_path / f"{name}{form.suffix}", a_sheet())
    assert (tmp_path / f"a{form.suffix}").read_bytes() == (tmp_path / f"b{form.suffix}").read_bytes()


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_a_coding_without_times_or_behind_the_end_is_not_written(form: SheetFormat, tmp_path: Path) -> None:
    path = tmp_path / f"sheet{form.suffix}"
    path.write_bytes(b"old")
    with pytest.raises(InvalidFileError, match="needs the times of the frames"):
        form.write(path, replace(a_sheet(), times=None))
    with pytest.raises(InvalidFileError, match="frame 39 is coded, but the video has 20 frames"):
        form.write(path, replace(a_sheet(), times=a_sheet(20).times))
    (tmp_path / "folder").mkdir()
    with pytest.raises(InvalidFileError, match="cannot be written"):
        form.write(tmp_path / "folder", a_sheet())
    assert path.read_bytes() == b"old"


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_a_sheet_of_another_recording_is_not_imported(form: SheetFormat, tmp_path: Path) -> None:
    """A film half as long: entries behind its end are errors, not frames."""
    path = tmp_path / f"sheet{form.suffix}"
    form.write(path, a_sheet(80))
    read = form.read(path, a_sheet(40).times)
    assert not read.importable
    errors = [note.message for note in read.notes if note.severity is RowSeverity.ERROR]
    assert all("outside the recording" in message for message in errors)
    assert max(read.sheet.codings) < 40
