"""What is written for other programs comes back exactly, and what cannot is listed."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from hrm_core.errors import InvalidFileError
from hrm_core.exchange import parquet_cells, tidy
from hrm_core.exchange.code_runs import Detail
from hrm_core.exchange.hrm_csv import HrmLabels, read_hrm_csv, write_hrm_csvs
from hrm_core.exchange.hrm_extras import intensity_bytes, notes_bytes, read_intensities, read_notes
from hrm_core.facs import ALL_ACTIONS, INTENSITIES
from hrm_core.media import open_video
from hrm_core.records.coding import ActionCode, CodingState, FrameCoding, Origin
from hrm_core.records.coding_sheet import CodingSheet, RowSeverity
from hrm_core.records.doubts import remarks_of
from tests.support.coding_sheets import FORMATS, SheetFormat, a_sheet, coding_sheets, holdable
from tests.support.tool_files import real_file

ROUND_TRIPS = int(os.environ.get("HRM_ROUND_TRIPS", "5"))
MANY_ROUND_TRIPS = int(os.environ.get("HRM_MANY_ROUND_TRIPS", "1000"))


def there_and_back(form: SheetFormat, sheet: CodingSheet, *, with_times: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"sheet{form.suffix}"
        lost = form.write(path, sheet)
        read = form.read(path, sheet.times if with_times else None)
        assert [entry.name for entry in Path(folder).iterdir()] == [path.name]
    assert lost == form.losses(sheet)
    assert {loss.what: loss.count for loss in lost} == lost_counts(form, sheet)
    assert read.importable
    assert read.exact_frames
    assert not read.passed_over
    # Sides that an action cannot have are pointed at; nothing else needs a word.
    assert all(" cannot be " in note.message for note in read.notes if sheet.codings)
    assert holdable(read.sheet.codings, form.holds) == holdable(sheet.codings, form.holds)
    # A table without rows names nobody.
    if sheet.codings:
        names = (read.sheet.participant, read.sheet.video, read.sheet.rater)
        for found, said in zip(names, (sheet.participant, sheet.video, sheet.rater), strict=True):
            # ELAN's files name a film; a video without a name has that of the film.
            assert found.strip() == said.strip() or (form.name == "elan" and not said)


def lost_counts(form: SheetFormat, sheet: CodingSheet) -> dict[str, int]:
    """How often a sheet says something that a format cannot hold."""
    frames = sheet.codings.values()
    codes = [code for coding in frames for code in coding.codes]
    said = {
        Detail.ORIGIN: sum(code.origin is not Origin.HUMAN for code in codes),
        Detail.RUN: sum(code.model_run_id is not None for code in codes),
        Detail.DOUBT: sum(coding.doubtful for coding in frames),
        Detail.NOTE: sum(coding.comment != "" for coding in frames),
        Detail.CODE_DOUBT: sum(code.doubtful for code in codes),
        Detail.CODE_NOTE: sum(code.note != "" for code in codes),
    }
    assert form.holds >= {Detail.INTENSITY, Detail.STATE}
    lost = {str(detail): count for detail, count in said.items() if detail not in form.holds}
    lost["time spent on a frame"] = sum(coding.seconds_spent > 0 for coding in frames)
    return {what: count for what, count in lost.items() if count}


@pytest.fixture
def in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parquet is read here: files that were just written are whole, and a process each takes a second."""
    monkeypatch.setattr(tidy, "read_parquet_texts", parquet_cells.parquet_texts)


@pytest.mark.usefixtures("in_process")
@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_generated_codings_come_back(form: SheetFormat) -> None:
    @settings(max_examples=ROUND_TRIPS, suppress_health_check=[HealthCheck.too_slow], database=None)
    @given(coding_sheets())
    def trip(sheet: CodingSheet) -> None:
        there_and_back(form, sheet, with_times=True)
        there_and_back(form, sheet, with_times=False)

    trip()


@pytest.mark.slow
@pytest.mark.usefixtures("in_process")
@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_many_generated_codings_come_back(form: SheetFormat) -> None:
    @settings(
        max_examples=MANY_ROUND_TRIPS,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        database=None,
    )
    @given(coding_sheets())
    def trip(sheet: CodingSheet) -> None:
        there_and_back(form, sheet, with_times=True)

    trip()


@pytest.mark.usefixtures("in_process")
@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_a_plain_coding_comes_back_without_a_word(form: SheetFormat, tmp_path: Path) -> None:
    sheet = a_sheet()
    path = tmp_path / f"sheet{form.suffix}"
    assert {loss.what: loss.count for loss in form.write(path, sheet)} == lost_counts(form, sheet)
    read = form.read(path, sheet.times)
    assert read.notes == ()
    assert holdable(read.sheet.codings, form.holds) == holdable(sheet.codings, form.holds)
    states = Counter(coding.state for coding in read.sheet.codings.values())
    assert states[CodingState.NOT_CODABLE] == 1
    assert 9 not in read.sheet.codings
    assert not read.sheet.codings[0].codes


# ELAN asks for the date on which a file was written.
@pytest.mark.parametrize("form", [f for f in FORMATS if f.name != "elan"], ids=lambda form: form.name)
def test_the_same_coding_makes_the_same_file(form: SheetFormat, tmp_path: Path) -> None:
    for name in ("a", "b"):
        form.write(tmp_path / f"{name}{form.suffix}", a_sheet())
    assert (tmp_path / f"a{form.suffix}").read_bytes() == (tmp_path / f"b{form.suffix}").read_bytes()


@pytest.mark.parametrize("form", [f for f in FORMATS if f.needs_times], ids=lambda form: form.name)
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


@pytest.mark.parametrize("form", [f for f in FORMATS if f.by_events], ids=lambda form: form.name)
def test_a_sheet_of_another_recording_is_not_imported(form: SheetFormat, tmp_path: Path) -> None:
    """A film half as long: entries behind its end are errors, not frames."""
    path = tmp_path / f"sheet{form.suffix}"
    form.write(path, a_sheet(80))
    read = form.read(path, a_sheet(40).times)
    assert not read.importable
    errors = [note.message for note in read.notes if note.severity is RowSeverity.ERROR]
    assert all("outside the recording" in message for message in errors)
    assert max(read.sheet.codings) < 40


# ---- films as cameras make them, hours of film, and what no frame can be ----------------------------


@pytest.mark.usefixtures("in_process")
@pytest.mark.parametrize("name", ["face_noface.mov", pytest.param("single_face.mp4", marks=pytest.mark.slow)])
def test_codes_come_back_at_the_times_of_real_films(name: str) -> None:
    with open_video(real_file(name)) as video:
        times = np.array(video.times)
    dice = np.random.default_rng(7)
    keys = [entry.key for entry in ALL_ACTIONS]
    said = {
        frame: FrameCoding(
            0, 0, frame, tuple(ActionCode(keys[at], int(dice.integers(1, 6))) for at in present)
        )
        for frame in range(0, len(times))
        if (present := np.flatnonzero(dice.random(len(keys)) < 0.1)).size or frame % 3
    }
    for form in FORMATS:
        there_and_back(form, CodingSheet("7", "play", "Ada", said, times, 25.0, name), with_times=True)


@pytest.mark.slow
@pytest.mark.parametrize(
    "form",
    [f for f in FORMATS if f.name in ("elan", "events", "boris tsv")],
    ids=lambda form: form.name,
)
def test_an_hour_of_film_is_no_slip(form: SheetFormat, tmp_path: Path) -> None:
    """Ten actions on 108,000 frames: more than a million codes, which files with onsets tell in ten rows."""
    frames = 30 * 3600
    codes = tuple(ActionCode(entry.key, min(entry.sides)) for entry in ALL_ACTIONS[:10])
    said = {frame: FrameCoding(0, 0, frame, codes) for frame in range(frames)}
    path = tmp_path / f"sheet{form.suffix}"
    form.write(path, CodingSheet("7", "play", "Ada", said, np.arange(frames) / 30))
    assert len(form.read(path, None).sheet.codings) == frames


@pytest.mark.usefixtures("in_process")
@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_codes_of_frames_that_are_not_codable_are_listed_as_lost(form: SheetFormat, tmp_path: Path) -> None:
    """The store allows them; every reader calls them a contradiction."""
    sheet = a_sheet()
    closed = replace(sheet.codings[5], state=CodingState.NOT_CODABLE)
    path = tmp_path / f"sheet{form.suffix}"
    lost = {
        loss.what: loss for loss in form.write(path, replace(sheet, codings={**sheet.codings, 5: closed}))
    }
    assert lost["codes of frames that are not codable"].count == len(closed.codes) == 2
    read = form.read(path, sheet.times)
    assert read.importable
    assert read.sheet.codings[5].codes == ()
    assert read.sheet.codings[5].state is CodingState.NOT_CODABLE


# ---- the label file of the release, with what stands beside it ------------------------------------


def labels_there_and_back(sheet: CodingSheet) -> None:
    """Codes, intensities, doubts and notes; states, origins and frames that are not codable have no place."""
    codable = [c for _, c in sorted(sheet.codings.items()) if c.state is not CodingState.NOT_CODABLE]
    frames = np.array([coding.frame for coding in codable], np.int64)
    keys = [entry.key for entry in ALL_ACTIONS]
    codes, letters = np.zeros((2, len(codable), len(keys)), np.uint8)
    for row, coding in enumerate(codable):
        for code in coding.codes:
            codes[row, keys.index(code.action)] = code.code
            place = INTENSITIES.index(code.intensity) + 1 if code.intensity else 0
            letters[row, keys.index(code.action)] = place
    with tempfile.TemporaryDirectory() as folder:
        path, strengths, notes = (Path(folder) / name for name in ("7.csv", "7.intensity.csv", "7.notes.csv"))
        write_hrm_csvs({path: HrmLabels(frames, codes, 1)})
        strengths.write_bytes(intensity_bytes(frames, letters))
        notes.write_bytes(notes_bytes(remarks_of({coding.frame: coding for coding in codable})))
        found = read_hrm_csv(path)
        graded = read_intensities(strengths, found.frames, found.codes)
        remarks = {
            (entry.frame, entry.action): entry for entry in read_notes(notes, found.frames, found.codes)
        }
    back = {}
    for row, frame in enumerate(found.frames.tolist()):
        said = []
        for at in np.flatnonzero(found.codes[row]):
            remark = remarks.pop((frame, keys[at]), None)
            said.append(
                ActionCode(
                    keys[at],
                    int(found.codes[row, at]),
                    ("", *INTENSITIES)[graded[row, at]] or None,
                    doubtful=remark is not None and remark.doubtful,
                    note=remark.note if remark else "",
                )
            )
        whole = remarks.pop((frame, None), None)
        doubt, note = (whole.doubtful, whole.note) if whole else (False, "")
        back[frame] = FrameCoding(0, 0, frame, tuple(said), comment=note, doubtful=doubt)
    assert not remarks
    holds = frozenset(Detail) - {Detail.STATE, Detail.ORIGIN, Detail.RUN}
    assert holdable(back, holds) == holdable({coding.frame: coding for coding in codable}, holds)


def test_generated_codings_come_back_from_label_files() -> None:
    settings(max_examples=ROUND_TRIPS, database=None)(given(coding_sheets())(labels_there_and_back))()


@pytest.mark.slow
def test_many_generated_codings_come_back_from_label_files() -> None:
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large]
    settings(max_examples=MANY_ROUND_TRIPS, suppress_health_check=checks, database=None)(
        given(coding_sheets())(labels_there_and_back)
    )()
