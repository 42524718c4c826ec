"""The files of a report, read back by what other people read them with."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import matplotlib
import numpy as np
import openpyxl
import pypdf
import pytest

from hrm_core.errors import Cancelled
from hrm_core.facs import action
from hrm_core.progress import CancelToken
from hrm_core.records.agreement import (
    ActionAgreement,
    AgreementOptions,
    Estimate,
    ReliabilityReport,
    Source,
    SourceKind,
)
from hrm_core.reporting import ReportError, libraries, report_files
from hrm_core.reporting.action_tables import counts_table, icc_table, sides_table
from hrm_core.reporting.methods import methods_paragraphs
from hrm_core.reporting.overview import summary_points, table_iii
from hrm_core.reporting.reliability_report import reliability_tables
from hrm_core.reporting.table import Cell
from tests.support.made_files import Page, pdf_text
from tests.support.reliability_reports import (
    ANNA,
    BEN,
    MADE_ON,
    NEVER_USED,
    OPENFACE,
    a_report,
    an_action,
)

# One that nobody used, one that no tool has, one with all sides.
KEYS = ("AU1", "AU8", "AU12", "AU13", "AD37")
HOSTILE = Source(SourceKind.RATER, "x", '=1+1 <script>&"$x_1$ \\input{a}%\n研究')


def small(**changes: object) -> ReliabilityReport:
    chosen = {"pairs": ((ANNA, BEN), (ANNA, OPENFACE)), "actions": tuple(map(action, KEYS)), "recordings": 1}
    return a_report(**(chosen | changes))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def report() -> ReliabilityReport:
    return small()


@pytest.fixture(scope="module")
def files(report: ReliabilityReport) -> Mapping[str, bytes]:
    return report_files(report)


@pytest.fixture(scope="module")
def hostile() -> Mapping[str, bytes]:
    return report_files(small(pairs=((HOSTILE, BEN),), study="研究 #1 & <b>"))


def test_the_same_report_gives_the_same_bytes(
    report: ReliabilityReport, files: Mapping[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    # What the user set for figures of their own must not show here, nor be changed.
    monkeypatch.setitem(matplotlib.rcParams, "font.size", 23)
    before = dict(matplotlib.rcParams)
    assert report_files(report) == files
    assert dict(matplotlib.rcParams) == before


def test_another_date_changes_the_date_only(report: ReliabilityReport, files: Mapping[str, bytes]) -> None:
    later = report_files(replace(report, made_on=MADE_ON + timedelta(days=40)))
    for name in ("reliability.html", "reliability.tex"):
        pairs = zip(files[name].splitlines(), later[name].splitlines(), strict=True)
        changed = [old for old, new in pairs if old != new]
        assert len(changed) == 1
        assert b"Made on 2026-08-01" in changed[0]
    assert all(later[name] == files[name] for name in files if name.endswith(".csv"))
    old, new = (zipfile.ZipFile(io.BytesIO(entry["reliability.xlsx"])) for entry in (files, later))
    assert {name for name in old.namelist() if old.read(name) != new.read(name)} == {
        "docProps/core.xml",
        "xl/sharedStrings.xml",
    }
    texts = [pdf_text(entry["reliability.pdf"]) for entry in (files, later)]
    assert texts[0] != texts[1]
    assert texts[0].replace("2026-08-01", "2026-09-10") == texts[1]


def test_the_page_needs_nothing_else_and_is_sound(files: Mapping[str, bytes]) -> None:
    page = Page(files["reliability.html"])
    names = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(names) == len(set(names))
    for _, attributes in page.tags:
        assert not {"src", "srcset"} & attributes.keys()
        for key in ("href", "xlink:href"):
            link = attributes.get(key)
            assert link is None or link[1:] in names
    text = files["reliability.html"].decode()
    assert not re.search(r"@import|url\((?!#)", text)
    assert page.all("html") == [{"lang": "en"}]
    assert len(page.all("table")) == len(page.all("caption")) > 15
    assert all(attributes.get("scope") in ("row", "col") for attributes in page.all("th"))
    drawings = [a for _, a in page.tags if a.get("role") == "img"]
    assert len(drawings) == len(page.all("svg")) >= 8
    assert all(len(a["aria-label"] or "") > 30 for a in drawings)
    assert "Synthetic data" in page.words


def test_every_missing_value_says_why(files: Mapping[str, bytes]) -> None:
    page = Page(files["reliability.html"])
    told = [attributes["title"] for attributes in page.all("abbr")]
    cells = [cell for row in page.rows for cell in row]
    assert NEVER_USED in told
    assert "OpenFace has no such action" in told
    assert len(told) == cells.count("n/a") > 20
    assert all(told)
    assert not {"nan", "None", "NaN", "inf"} & set(cells)
    # A reason in a tooltip is lost on paper, so it also stands below the table.
    assert NEVER_USED in " ".join(page.words)
    assert NEVER_USED in pdf_text(files["reliability.pdf"])


def test_the_page_prints_what_was_measured(report: ReliabilityReport, files: Mapping[str, bytes]) -> None:
    rows = Page(files["reliability.html"]).rows
    leading = next(row for row in rows if row[0] == "AU12" and len(row) == 8)
    first, second = (pair.of("AU12") for pair in report.pairs)
    assert first.icc.value is not None
    assert second.icc.value is not None
    expected = [f"{first.icc.value:.3f}", f"{second.icc.value:.3f}"]
    assert ["0" + cell for cell in leading[1:3]] == expected
    assert leading[5:] == ["12,345", str(first.first_events), str(first.second_events)]


def test_every_page_of_the_pdf_says_whose_it_is(files: Mapping[str, bytes]) -> None:
    reader = pypdf.PdfReader(io.BytesIO(files["reliability.pdf"]))
    assert len(reader.pages) > 5
    for number, page in enumerate(reader.pages, 1):
        text = page.extract_text()
        assert "Reliability of FACS coding: Synthetic study" in text
        assert "Synthetic data" in text
        assert f"{number} / {len(reader.pages)}" in text
        assert page.mediabox.width == pytest.approx(595.3, abs=0.1)
    assert reader.metadata is not None
    assert reader.metadata.creation_date == MADE_ON
    assert "McGraw, K. O., & Wong, S. P. (1996)" in pdf_text(files["reliability.pdf"])


def test_a_report_without_a_date_has_none_anywhere() -> None:
    files = report_files(small(pairs=((ANNA, OPENFACE),), made_on=None), ("html", "pdf", "latex"))
    assert not any(b"Made on" in data for data in files.values())
    metadata = pypdf.PdfReader(io.BytesIO(files["reliability.pdf"])).metadata
    assert metadata is not None
    assert metadata.creation_date is None


def test_names_are_words_and_never_commands(hostile: Mapping[str, bytes]) -> None:
    page = Page(hostile["reliability.html"])
    assert not page.all("script")
    assert not page.all("b")
    assert "<script>" in " ".join(page.words)
    assert "研究 #1 & <b>" in pdf_text(hostile["reliability.pdf"])
    book = openpyxl.load_workbook(io.BytesIO(hostile["reliability.xlsx"]))
    cell = book["icc"]["A2"]
    assert (cell.value, cell.data_type) == (HOSTILE.label, "s")
    rows = list(csv.DictReader(io.StringIO(hostile["reliability-tables/icc.csv"].decode(), newline="")))
    assert rows[0]["first"] == HOSTILE.label


def test_latex_has_as_many_cells_in_every_row(hostile: Mapping[str, bytes]) -> None:
    text = hostile["reliability.tex"].decode()
    bare = re.sub(r"\\[\\{}$&#%_]", "", text)
    assert bare.count("{") == bare.count("}")
    assert r"\input" not in text
    body = text[text.index(r"\endlastfoot") : text.index(r"\end{longtable}")]
    rows = [re.sub(r"\\[&#%$_]", "", line) for line in body.splitlines() if "&" in line]
    assert len(rows) == len(KEYS) + 3
    assert {row.count("&") for row in rows} == {5}


def test_csv_gives_every_number_back(report: ReliabilityReport, files: Mapping[str, bytes]) -> None:
    text = files["reliability-tables/icc.csv"].decode()
    rows = {(row["second"], row["action"]): row for row in csv.DictReader(io.StringIO(text, newline=""))}
    assert len(rows) == 2 * len(KEYS)
    for pair in report.pairs:
        for found in pair.actions:
            row = rows[pair.second.label, found.action]
            if found.icc.value is None:
                assert row["icc"] == "n/a"
                assert row["icc_why"] == (found.why or found.icc.why)
            else:
                assert float(row["icc"]) == found.icc.value
                assert float(row["icc_participants_ci_low"]) == found.icc_participants.low
    runs = list(csv.reader(io.StringIO(files["reliability-tables/disagreements.csv"].decode(), newline="")))
    assert len(runs) - 1 == sum(len(pair.disagreements) for pair in report.pairs)


def test_every_number_is_the_record_s_in_every_file(
    report: ReliabilityReport, files: Mapping[str, bytes]
) -> None:
    checked = 0
    for name in ("counts", "icc", "agreement", "against_first", "sides", "intensity"):
        data = files[f"reliability-tables/{name}.csv"].decode()
        for line in csv.DictReader(io.StringIO(data, newline="")):
            pair = next(pair for pair in report.pairs if pair.second.label == line["second"])
            row = pair.of(line["action"])
            for column, text in line.items():
                key, _, bound = column.partition("_ci_")
                found = getattr(row, key, None)
                if bound in ("low", "high"):
                    expected = getattr(found, bound)
                elif key == column and isinstance(found, Estimate | int | float):
                    expected = getattr(found, "value", found)
                else:
                    continue
                assert text == "n/a" if row.why or expected is None else float(text) == expected, (
                    name,
                    column,
                )
                checked += 1
    assert checked > 300
    # The workbook says what the CSV files say, cell by cell.
    book = openpyxl.load_workbook(io.BytesIO(files["reliability.xlsx"]))
    for sheet in book.worksheets[1:]:
        data = files[f"reliability-tables/{sheet.title}.csv"].decode()
        rows = list(csv.reader(io.StringIO(data, newline="")))
        for cells, line in zip(sheet.iter_rows(values_only=True), rows, strict=True):
            assert [_excel_text(value) for value in cells] == [_excel_text(_number(text)) for text in line]
    # The page prints the same cells, rounded, and none else.
    printed = Counter(tuple(cell) for cell in Page(files["reliability.html"]).rows)
    for _, table in reliability_tables(report):
        if table.name not in ("pairs", "table_iii") and table.name != "intensity":
            for row in table.on_paper:
                assert printed[tuple(cell.text for cell in row)] > 0, (
                    table.name,
                    [cell.text for cell in row],
                )


def _number(text: str) -> str | float:
    try:
        return float(text)
    except ValueError:
        return text


def _excel_text(value: object) -> object:
    # Excel keeps 15 digits of a number.
    return f"{value:.15g}" if isinstance(value, int | float) else value or ""


def test_a_missing_value_is_told_with_its_own_reason() -> None:
    row = an_action(action("AU12"), np.random.default_rng(0))
    throughout = replace(
        row, f=None, icc=Estimate(1.0, 1.0, 1.0, note="F is infinite: they agree"), effective_frames=None
    )
    pair = replace(small().pairs[0], actions=(throughout,))
    cells = {
        (table.name, column.key): cell
        for table in (counts_table(pair), icc_table(pair, AgreementOptions()))
        for column, cell in zip(table.columns, table.rows[0], strict=True)
    }
    assert cells["icc", "f"].why == "F is infinite: they agree"
    assert cells["counts", "effective_frames"].why == "too rare to judge"
    alike = replace(throughout, first_only=0, second_only=0, neither=row.frames - row.both)
    assert _effective(alike).why == "they agree in every frame, or in none"
    measured = _effective(replace(row, effective_frames=3018.4))
    assert (measured.text, measured.value) == ("3,018", 3018.4)


def _effective(row: ActionAgreement) -> Cell:
    table = counts_table(replace(small().pairs[0], actions=(row,)))
    return table.rows[0][[column.key for column in table.columns].index("effective_frames")]


def test_the_table_of_all_pairs_says_what_its_numbers_are_of(
    report: ReliabilityReport, files: Mapping[str, bytes]
) -> None:
    latex = files["reliability.tex"].decode()
    texts = (" ".join(Page(files["reliability.html"]).words), pdf_text(files["reliability.pdf"]), latex)
    for text in texts:
        assert re.search(r"those of the first pair, Anna -?[–-] Ben, only", text)
        assert "F1 is given against Anna only." in text
        assert "by definition" not in text.partition("Methods")[0]
    (remark,) = table_iii(replace(report, pairs=report.pairs[:1])).remarks
    assert "first pair" not in remark


def test_zeros_by_definition_are_named_beside_the_averages(report: ReliabilityReport) -> None:
    leading = report.pairs[0]
    zero = Estimate(0.0, note="0 by definition: Ben never used it (9 frames); no interval: 1 child")
    rows = tuple(replace(row, icc=zero) if row.action == "AU1" else row for row in leading.actions)
    changed = replace(report, pairs=(replace(leading, actions=rows), *report.pairs[1:]))
    told = "the averages count AU1 as 0 by definition, because one of the two never, or always, scored it."
    assert table_iii(changed).remarks[-1] == f"Anna – Ben: {told}"
    assert [cell.note.partition("; ")[2] for cell in table_iii(changed).foot[0][1:3]] == [
        "0 by definition among them: AU1",
        "",
    ]
    assert [told[4:] in point for point in summary_points(changed)] == [True, False]
    assert told[4:] in report_files(changed, ("latex",))["reliability.tex"].decode()


def test_pairs_that_could_not_be_compared_are_told(report: ReliabilityReport) -> None:
    sentence = "Anna and Cleo could not be compared: Anna and Cleo have no frame in common."
    files = report_files(replace(report, left_out=(sentence,)), ("html", "csv", "xlsx"))
    assert sentence in Page(files["reliability.html"]).words
    assert files["reliability-tables/pairs_left_out.csv"].decode() == f"why\n{sentence}\n"
    book = openpyxl.load_workbook(io.BytesIO(files["reliability.xlsx"]))
    assert sentence in [cell.value for cell in book["Read me"]["A"]]


def test_sides_stand_in_columns_of_their_own() -> None:
    # Both named one side in 20 + 3 + 7 frames, the same one in 20 + 7; "both sides" is none.
    matrix = ((0,) * 6, (0, 50, 4, 0, 0, 0), (0, 6, 20, 3, 0, 0), (0, 0, 0, 7, 0, 0), (0,) * 6, (0,) * 6)
    note = "over 30 frames in which both named a side, of 90 in which both used it; no interval: one child"
    row = replace(
        an_action(action("AU12"), np.random.default_rng(0)),
        sides=matrix,
        side_agreement=Estimate(0.9, note=note),
    )
    (line,) = sides_table(replace(small().pairs[0], actions=(row,))).rows
    assert [cell.text for cell in line[2:5]] == ["30", "27", ".900"]
    assert line[4].note == line[5].why == "no interval: one child"
    sure = Estimate(1.0, 1.0, 1.0, note="3 of 9 lost; the interval has no width: no resample differs")
    (line,) = sides_table(replace(small().pairs[0], actions=(replace(row, side_agreement=sure),))).rows
    assert (line[5].text, line[5].note) == ("[1.00, 1.00]", "the interval has no width: no resample differs")


def test_the_methods_say_why_the_classical_interval_fails() -> None:
    text = " ".join(methods_paragraphs(small()))
    assert "autocorrelation" in text
    assert "is not, least of all where an action is rare" in text
    assert "about the series, frame by frame, of 1 where both say the same" in text
    assert "its intervals resample segments" in text
    without = replace(small(), options=AgreementOptions(replicates=0))
    assert "divided by the sum of the numbers that each of the two scored" in text
    assert "a frame that is missing or left out ends it" in text
    assert "not given where an action is too rare to judge" in text
    assert "resample segments" not in " ".join(methods_paragraphs(without))


def test_excel_has_numbers_under_a_frozen_head(report: ReliabilityReport, files: Mapping[str, bytes]) -> None:
    book = openpyxl.load_workbook(io.BytesIO(files["reliability.xlsx"]))
    assert book.properties.created == MADE_ON.replace(tzinfo=None)
    sheet = book["icc"]
    assert sheet.freeze_panes == "D2"
    head = [cell.value for cell in sheet[1]]
    row = next(row for row in sheet.iter_rows(min_row=2) if row[2].value == "AU12")
    cell = row[head.index("icc")]
    assert (cell.value, cell.number_format) == (report.pairs[0].of("AU12").icc.value, "0.000")
    missing = next(row for row in sheet.iter_rows(min_row=2) if row[2].value == "AU13")
    assert missing[head.index("icc")].value == "n/a"
    assert missing[head.index("icc_why")].value == NEVER_USED


def test_csv_and_latex_do_without_the_extra(
    report: ReliabilityReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(libraries, "find_spec", lambda name: None)
    assert len(report_files(report, ("csv", "latex"))) > 10
    with pytest.raises(ReportError, match=r"needs jinja2, matplotlib: pip install 'hrm-annotator\[report\]'"):
        report_files(report, ("csv", "html"))


def test_wrong_wishes_are_answered_in_one_sentence(report: ReliabilityReport) -> None:
    with pytest.raises(ReportError, match="no report format 'docx': choose from html, pdf"):
        report_files(report, ("docx",))
    with pytest.raises(ValueError, match="at least one pair"):
        report_files(replace(report, pairs=()), ("csv",))
    stopped = CancelToken()
    stopped.cancel()
    with pytest.raises(Cancelled):
        report_files(report, cancel=stopped)


def test_a_pair_without_anything_to_say_still_has_its_report() -> None:
    full = small(pairs=((ANNA, OPENFACE),))
    none: dict[str, tuple[()]] = dict.fromkeys(
        ("averages", "recordings", "dropped", "disagreements", "confusions", "warnings"), ()
    )
    silent = tuple(row for row in full.pairs[0].actions if row.why)
    bare = replace(full.pairs[0], actions=silent, **none)
    files = report_files(replace(full, pairs=(bare,), versions={}), ("html", "csv"))
    words = " ".join(Page(files["reliability.html"]).words)
    assert "No action has an ICC." in words
    assert "No recording was coded by both." in words
