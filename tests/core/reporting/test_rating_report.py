"""The report of a session of ratings, read back by what other people read it with."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pypdf
import pytest
from matplotlib.colors import to_rgb

from hrm_core.rating.estimates import ResultOptions
from hrm_core.rating.rating_table import JudgeConduct, RatingTable
from hrm_core.rating.results import SessionFacts, rating_results
from hrm_core.records.rating_plan import Presentation, ScalePoint
from hrm_core.records.rating_results import RatingResults
from hrm_core.reporting import rating_report_files
from tests.support.made_files import Page, pdf_text
from tests.support.rating_reports import (
    EXPERT,
    JOINED,
    MADE_ON,
    NAMES,
    UNBLINDED,
    nothing_rated,
    some_results,
)

_GOLDEN = Path(__file__).parents[2] / "golden" / "statistics"
_HOSTILE = '=1+1 <script>&"$x_1$ \\input{a}%\n研究'


@pytest.fixture(scope="module")
def results() -> RatingResults:
    return some_results(clips=20)


@pytest.fixture(scope="module")
def files(results: RatingResults) -> Mapping[str, bytes]:
    return rating_report_files(results)


def _rows(files: Mapping[str, bytes], table: str) -> list[dict[str, str]]:
    text = files[f"rating-tables/{table}.csv"].decode()
    return [*csv.DictReader(io.StringIO(text, newline=""))]


def _words(files: Mapping[str, bytes]) -> str:
    return " ".join(" ".join(Page(files["rating.html"]).words).split())


def _measured(name: str) -> tuple[dict[str, Any], Mapping[str, bytes]]:
    """What R says of answers, and the report of the same answers."""
    reference = json.loads((_GOLDEN / f"{name}.json").read_text(encoding="utf-8"))
    scores = np.array(reference["data"]["ratings"], dtype=np.float64)
    unknown = np.full(scores.shape, np.nan)
    clips, judges = scores.shape
    table = RatingTable(
        points=5,
        judges=tuple(JudgeConduct(f"J{number}", planned=clips) for number in range(judges)),
        numbers=np.arange(1, clips + 1),
        children=np.arange(clips) % 30,
        scores=scores,
        positions=unknown,
        response_s=unknown,
        replays=np.zeros(scores.shape, dtype=np.int64),
    )
    found = rating_results(table, SessionFacts("S", "T", Presentation()), ResultOptions(replicates=0))
    return reference["expected"], rating_report_files(found, ("csv", "latex"))


def test_kappa_is_r_s() -> None:
    expected, files = _measured("fleiss_likert5x300")
    row = next(row for row in _rows(files, "agreement") if row["coefficient"] == "Fleiss’ κ")
    irr, interval = expected["irr_fleiss"], expected["irrCAC_fleiss"]
    assert float(row["value"]) == pytest.approx(irr["kappa"], abs=1e-12)
    assert float(row["statistic"]) == pytest.approx(irr["z"], rel=1e-9)
    bounds = [float(row["ci_low"]), float(row["ci_high"])]
    assert bounds == pytest.approx([interval["ci_lower"], interval["ci_upper"]], abs=1e-9)
    for line in _rows(files, "kappa_by_answer"):
        of_point = irr["per_category"][line["point"]]["kappa"]
        assert float(line["kappa all judges"]) == pytest.approx(of_point, abs=1e-12)
    assert rf"& 300 & {irr['kappa']:.3f} &".replace("0.", ".") in files["rating.tex"].decode()


def test_the_icc_is_r_s() -> None:
    expected, files = _measured("icc_likert5x300")
    rows = {row["coefficient"]: row for row in _rows(files, "agreement")}
    forms = {"ICC(3,1)": "ICC3", "ICC(3,k)": "ICC3k", "ICC(2,1)": "ICC2", "ICC(2,k)": "ICC2k"}
    for name, form in forms.items():
        of_r, row = expected["irr_icc"][form], rows[name]
        assert float(row["value"]) == pytest.approx(of_r["icc"], abs=1e-12)
        bounds = [float(row["ci_low"]), float(row["ci_high"])]
        assert bounds == pytest.approx([of_r["ci95_lower"], of_r["ci95_upper"]], abs=1e-8)
    single, of_r = rows["ICC(3,1)"], expected["irr_icc"]["ICC3"]
    assert (float(single["df1"]), float(single["df2"])) == (of_r["df1"], of_r["df2"])
    assert float(single["statistic"]) == pytest.approx(of_r["F"], rel=1e-12)
    assert float(single["p"]) == pytest.approx(of_r["p"], rel=1e-6)
    # Without resampling there is no interval by children, and the report says so.
    assert single["children_ci_low"] == "n/a"
    assert single["children_ci_why"]


def _with_gaps(replicates: int) -> Mapping[str, bytes]:
    """A report of answers of which two judges have left some out, a 5 among those on such a clip."""
    scores = np.array([[1, 2, 2], [2, 2, 3], [4, 3, 4], [1, 1, 1], [5, np.nan, 4], [2, 3, np.nan]])
    table = RatingTable(
        points=5,
        judges=tuple(JudgeConduct(name, planned=6) for name in NAMES[:3]),
        numbers=np.arange(1, 7),
        children=np.arange(6) % 3,
        scores=scores,
        positions=np.full(scores.shape, np.nan),
        response_s=np.full(scores.shape, np.nan),
        replays=np.zeros(scores.shape, dtype=np.int64),
    )
    found = rating_results(
        table, SessionFacts("S", "T", Presentation()), ResultOptions(replicates=replicates)
    )
    return rating_report_files(found, ("html", "csv"))


def test_every_number_of_the_summary_says_what_it_is_of() -> None:
    files = _with_gaps(50)
    words = _words(files)
    told = re.search(r"All judges \(3\), on 4 clips that all of them rated: (.*?)\. ", words)
    assert told is not None
    assert re.search(r"ordinal α \S+ \[.*?\] on 6 that two or more rated", words)
    assert "the other numbers have those by children" in words
    # Of three children, resampling makes intervals that are as likely too narrow.
    assert "Trust neither beyond the wider of the two" in words
    # One 5 was given, to a clip that kappa leaves out: both are said, and which clips each is of.
    (row,) = (row for row in _rows(files, "kappa_by_answer") if row["point"] == "5")
    assert (row["answers"], row["kappa all judges"]) == ("1", "n/a")
    assert "the answers counted are those of all judges to all clips" in words


def test_many_children_make_intervals_to_trust(results: RatingResults) -> None:
    many = _words(rating_report_files(replace(results, participants=20), ("html",)))
    assert "Trust the intervals that resample children" in many
    assert "Trust neither" not in many


def test_without_resampling_no_interval_by_children_is_spoken_of() -> None:
    words = _words(_with_gaps(0))
    assert "No children were resampled" in words
    assert "have those by children" not in words
    assert "Trust the intervals that resample children" not in words


def test_another_date_changes_the_date_only(results: RatingResults, files: Mapping[str, bytes]) -> None:
    assert rating_report_files(results, ("html", "xlsx")).items() <= files.items()
    later = rating_report_files(replace(results, made_on=MADE_ON + timedelta(days=40)))
    for name in ("rating.html", "rating.tex"):
        pairs = zip(files[name].splitlines(), later[name].splitlines(), strict=True)
        (changed,) = [old for old, new in pairs if old != new]
        assert b"Made on 2026-08-01" in changed
    assert all(later[name] == files[name] for name in files if name.endswith(".csv"))
    old, new = (zipfile.ZipFile(io.BytesIO(entry["rating.xlsx"])) for entry in (files, later))
    changed_parts = {name for name in old.namelist() if old.read(name) != new.read(name)}
    assert changed_parts == {"docProps/core.xml", "xl/sharedStrings.xml"}
    texts = [pdf_text(entry["rating.pdf"]) for entry in (files, later)]
    assert texts[0].replace("2026-08-01", "2026-09-10") == texts[1] != texts[0]


def test_the_page_needs_nothing_else_and_tells_every_reason(files: Mapping[str, bytes]) -> None:
    page = Page(files["rating.html"])
    names = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(names) == len(set(names))
    for _, attributes in page.tags:
        assert not {"src", "srcset"} & attributes.keys()
        for key in ("href", "xlink:href"):
            link = attributes.get(key)
            assert link is None or link[1:] in names
    assert not re.search(r"@import|url\((?!#)", files["rating.html"].decode())
    drawings = [a for _, a in page.tags if a.get("role") == "img"]
    assert len(drawings) == 3
    assert all(len(a["aria-label"] or "") > 30 for a in drawings)
    cells = [cell for row in page.rows for cell in row]
    told = [attributes["title"] for attributes in page.all("abbr")]
    assert len(told) == cells.count("n/a") > 0
    assert all(told)
    assert not {"nan", "None", "NaN", "inf"} & set(cells)


def test_it_says_of_whom_what_was_asked_and_who_was_blind(
    results: RatingResults, files: Mapping[str, bytes]
) -> None:
    book = openpyxl.load_workbook(io.BytesIO(files["rating.xlsx"]))
    read_me = " ".join(str(cell.value) for (cell,) in book["Read me"].iter_rows())
    for text in (_words(files), pdf_text(files["rating.pdf"]), read_me):
        assert "5 judges rated 20 clips of 12 children" in text
        assert results.presentation.question in text
        assert "Blind to the children and their groups: Ana, Bo, Chen." in text
        assert f"Not blind: Dora ({EXPERT}); Emil ({EXPERT})." in text
        assert UNBLINDED in text
        assert results.warnings[0] in text
        assert "Shrout & Fleiss, 1979" in text
    assert [row["blind"] for row in _rows(files, "judges")] == ["yes", "yes", "yes", "no", "no"]
    assert {row["why_not_blind"] for row in _rows(files, "judges")[3:]} == {EXPERT}
    assert _rows(files, "unblinding") == [{"what": UNBLINDED}]
    assert _rows(files, "joined") == [{"what": JOINED}]
    page = _words(files)
    assert "The blinding of judges was lifted once;" in page
    assert "Answers were joined to children by a coordinator once;" in page
    assert UNBLINDED in page
    assert [row["via"] for row in _rows(files, "conduct")] == ["window and browser"] * 3 + ["browser"] * 2
    settings = {row["setting"]: row["value"] for row in _rows(files, "plan")}
    assert settings["Seed of the order"] == "7"
    extras = [settings[name] for name in ("Clips for practice", "Clips shown twice", "Checks of attention")]
    assert extras == ["3", "8", "4"]
    assert settings["An answer counts"] == "after 2 s of the clip"
    assert settings["Eyes of the children"] == "covered"


def test_every_page_of_the_pdf_says_that_it_is_synthetic(files: Mapping[str, bytes]) -> None:
    reader = pypdf.PdfReader(io.BytesIO(files["rating.pdf"]))
    for number, page in enumerate(reader.pages, 1):
        text = page.extract_text()
        assert "Ratings of atypicality: Synthetic study, Session 1" in text
        assert "Synthetic data" in text
        assert f"{number} / {len(reader.pages)}" in text
    assert "Synthetic data." in files["rating.tex"].decode()
    assert "Synthetic data" in Page(files["rating.html"]).words


def test_csv_and_excel_give_every_answer_back(results: RatingResults, files: Mapping[str, bytes]) -> None:
    rows = _rows(files, "clips")
    for clip, row in zip(results.clips, rows, strict=True):
        given = tuple(row[f"judge {name}"] for name in NAMES)
        assert given == tuple("n/a" if score is None else str(score) for score in clip.scores)
        assert float(row["mean"]) == clip.mean
        assert float(row["sd"]) == clip.sd
        assert float(row["mean_blind"]) == clip.mean_blind
    for judge, row in zip(results.judges, _rows(files, "standards"), strict=True):
        for key in ("severity", "spread", "correlation", "order_effect"):
            found = getattr(judge, key)
            assert [float(row[f"{key}{end}"]) for end in ("", "_ci_low", "_ci_high")] == [
                found.value,
                found.low,
                found.high,
            ]
    one_kind = rating_report_files(some_results(not_blind=0, clips=4), ("csv",))
    assert "mean_blind" not in _rows(one_kind, "clips")[0], "it would be the mean once more"
    book = openpyxl.load_workbook(io.BytesIO(files["rating.xlsx"]))
    assert book["agreement"].freeze_panes == "C2"
    for sheet in book.worksheets[1:]:
        text = files[f"rating-tables/{sheet.title}.csv"].decode()
        for cells, line in zip(
            sheet.iter_rows(values_only=True), csv.reader(io.StringIO(text, newline="")), strict=True
        ):
            assert all(map(_same, cells, line)), (sheet.title, line)


def _same(cell: object, text: str) -> bool:
    # Points of the scale are words in the files, and Excel keeps 15 digits of a number.
    if isinstance(cell, int | float):
        return float(text) == pytest.approx(cell, rel=1e-14)
    return (cell or "") == text


def test_names_are_words_and_never_commands() -> None:
    scale = (ScalePoint(_HOSTILE), ScalePoint("b"))
    names = (_HOSTILE, "Bo")
    odd = some_results(names=names, not_blind=0, clips=4, scale=scale, question=_HOSTILE, study="研究")
    files = rating_report_files(odd)
    page = Page(files["rating.html"])
    assert not page.all("script")
    assert "<script>" in " ".join(page.words)
    assert "研究" in pdf_text(files["rating.pdf"])
    book = openpyxl.load_workbook(io.BytesIO(files["rating.xlsx"]))
    cell = book["judges"]["A2"]
    assert (cell.value, cell.data_type) == (_HOSTILE, "s")
    assert _rows(files, "judges")[0]["judge"] == _HOSTILE
    text = files["rating.tex"].decode()
    assert r"\input" not in text


def test_thousands_of_clips_are_in_files_and_not_on_the_page() -> None:
    files = rating_report_files(some_results(clips=1535), ("html", "csv"))
    assert len(_rows(files, "clips")) == 1535
    assert "The answers to all 1,535 clips are in the CSV and Excel files." in _words(files)
    assert len(files["rating.html"]) < 400_000
    few = rating_report_files(some_results(clips=60), ("html",))
    assert len(Page(few["rating.html"]).all("details")) == 2


def test_a_session_without_answers_still_has_its_report() -> None:
    files = rating_report_files(replace(nothing_rated(), study="Pilot"))
    for text in (_words(files), pdf_text(files["rating.pdf"])):
        assert "Nobody has rated a clip yet; 1 judge will." in text
        assert "Fewer than two judges have rated: there is no agreement to measure." in text
        assert "No clip has been rated." in text
        assert "Synthetic" not in text
        assert "Made on" not in text


def test_imported_answers_do_not_look_measured() -> None:
    files = rating_report_files(some_results(planned=False, clips=5), ("html", "csv"))
    words = _words(files)
    # Nor in the files: nobody has counted zero replays.
    for row in _rows(files, "conduct"):
        for key in ("attention_asked", "response_median_s", "replays", "taken_back"):
            assert row[key] == "n/a"
            assert row[f"{key}_why"]
    assert "These ratings were imported: how clips were shown, and in which order, is not known." in words
    assert "response times, replays and checks of attention are not known" in words
    assert "No clip was rated twice." in words
    assert "it is not known whether a blinding was lifted" in words
    assert "Judges saw clips under names that were random" not in words


@pytest.mark.parametrize("points", [2, 5, 7, 11])
def test_answers_can_be_told_apart_in_grey_and_their_numbers_read(points: int) -> None:
    scale = tuple(ScalePoint(f"point {number}") for number in range(1, points + 1))
    found = some_results(names=("Ana",), not_blind=0, clips=points * 5, scale=scale)
    # As often each, so that every part of the bar is there and has its number.
    even = replace(found.judges[0], counts=(5,) * points)
    page = rating_report_files(replace(found, judges=(even,)), ("html",))["rating.html"].decode()
    drawing = page[page.index("Stacked bars") :].partition("</svg>")[0]
    fills = re.findall(r'style="fill: (#[0-9a-f]{6}); stroke', drawing)[:points]
    assert len(set(fills)) == points
    lights = [_luminance(fill) for fill in fills]
    assert lights == sorted(lights, reverse=True)
    assert all(one / other > 1.1 for one, other in pairwise(lights))
    # A letter without a fill of its own is black, as SVG has it.
    percent = f"{100 / points:.0f}"
    inks = [
        (re.findall(r"fill: (#[0-9a-f]{6})", style) or ["#000000"])[0]
        for style, words in re.findall(r"<text([^>]*)>([^<]*)</text>", drawing)
        if words == percent and "font-size: 7px" in style
    ]
    assert len(inks) == points
    for fill, ink in zip(lights, inks, strict=True):
        letter = _luminance(ink)
        assert (max(letter, fill) + 0.05) / (min(letter, fill) + 0.05) >= 4.5


def _luminance(colour: str) -> float:
    """As the Web Content Accessibility Guidelines measure it."""
    parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(colour)]
    return float(np.dot(parts, (0.2126, 0.7152, 0.0722)))
