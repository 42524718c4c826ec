"""The report on suggestions, read back by what other people read it with."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import openpyxl
import pypdf
import pytest

from hrm_core.records.agreement import Estimate
from hrm_core.records.assistance_results import AssistanceOptions, AssistanceReport
from hrm_core.reporting import assistance_report_files
from hrm_core.reporting.assistance_tables import plain_number
from hrm_core.workflows.measure_assistance import measure_assistance
from tests.support.assisted_coding import assisted_study
from tests.support.made_files import Page, pdf_text

MADE_ON = datetime(2026, 8, 1, 12, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> AssistanceReport:
    """Two synthetic coders beside a synthetic model."""
    folder = tmp_path_factory.mktemp("synthetic") / "study"
    with assisted_study(folder, children=7, frames=120, raters=("Ada", "Ben")) as project:
        return measure_assistance(project, options=AssistanceOptions(replicates=60), made_on=MADE_ON)


@pytest.fixture(scope="module")
def files(report: AssistanceReport) -> Mapping[str, bytes]:
    return assistance_report_files(report)


def _rows(files: Mapping[str, bytes], table: str) -> list[dict[str, str]]:
    text = files[f"assistance-tables/{table}.csv"].decode()
    return [*csv.DictReader(io.StringIO(text, newline=""))]


def _words(files: Mapping[str, bytes]) -> str:
    return " ".join(" ".join(Page(files["assistance.html"]).words).split())


def test_tables_for_programs_hold_what_was_measured_to_the_last_bit(
    report: AssistanceReport, files: Mapping[str, bytes]
) -> None:
    for one in report.raters:
        assert one.anchoring is not None
        rows = {row["action"]: row for row in _rows(files, "anchoring") if row["rater"] == one.rater}
        value = one.anchoring.overall.positive_difference
        assert float(rows["All actions"]["positive"]) == value.value
        assert float(rows["All actions"]["positive_interval_low"]) == value.low
        for each in one.anchoring.actions:
            assert float(rows[each.action]["control"]) == each.control
        assert one.anchoring.by_child is not None
        assert (
            float(rows["The same, 6 children resampled"]["interval_high"]) == one.anchoring.by_child[0].high
        )
        (control, assisted) = (row for row in _rows(files, "effort") if row["rater"] == one.rater)
        assert (control["condition"], assisted["condition"]) == ("control", "assisted")
        assert float(assisted["acts"]) == one.effort.conditions[1].acts.value
        assert one.model is not None
        figures = [row for row in _rows(files, "figures") if row["rater"] == one.rater]
        assert float(figures[0]["f1"]) == one.model.quality.actions[0].f1.value
        rates = [row for row in _rows(files, "rates") if row["rater"] == one.rater]
        assert float(rates[0]["consistency"]) == one.model.rates[0].consistency.value
    (drift,) = report.drift
    assert int(_rows(files, "drift")[-1]["changed"]) == drift.overall.changed
    assert {row["rater"] for row in _rows(files, "comparison")} == {"Ada", "Ben"}


@pytest.mark.parametrize(
    ("value", "shown"), [(0.364, "0.36"), (-1.2, "−1.20"), (12.44, "12.4"), (-0.001, "0.00"), (0, "0.00")]
)
def test_acts_and_seconds_keep_their_zero_and_three_digits(value: float, shown: str) -> None:
    assert plain_number(value) == shown


def test_every_warning_is_on_the_page_the_paper_and_the_first_sheet(
    report: AssistanceReport, files: Mapping[str, bytes]
) -> None:
    book = openpyxl.load_workbook(io.BytesIO(files["assistance.xlsx"]))
    read_me = " ".join(str(cell.value) for (cell,) in book["Read me"].iter_rows())
    paper = " ".join(pdf_text(files["assistance.pdf"]).split())
    told = [*report.warnings, *report.raters[0].warnings]
    assert told
    for text in (_words(files), paper, read_me):
        assert all(warning in text for warning in told)
        assert "says that codes moved towards the model" in text or text is read_me
    assert len(_rows(files, "warnings")) == len(report.warnings) + sum(
        len(one.warnings) for one in report.raters
    )


def test_the_verdict_follows_the_interval(report: AssistanceReport) -> None:
    one = report.raters[0]
    assert one.anchoring is not None

    def told(low: float | None, high: float | None) -> str:
        overall = replace(one.anchoring.overall, positive_difference=Estimate(0.02, low, high))  # type: ignore[union-attr]
        changed = replace(one, anchoring=replace(one.anchoring, overall=overall))  # type: ignore[arg-type]
        made = assistance_report_files(replace(report, raters=(changed,)), ("xlsx",))
        book = openpyxl.load_workbook(io.BytesIO(made["assistance.xlsx"]))
        return " ".join(str(cell.value) for (cell,) in book["Read me"].iter_rows())

    assert "[.01, .03]: codes lean towards the model" in told(0.01, 0.03)
    assert "[−.03, −.01]: codes lean away from the model" in told(-0.03, -0.01)
    assert "no leaning is shown, which does not show that there is none" in told(-0.01, 0.03)
    assert "difference .020, without an interval" in told(None, None)


def test_a_coder_of_whom_little_is_known_has_a_report_too(report: AssistanceReport) -> None:
    one = report.raters[0]
    bare = replace(
        one,
        effort=replace(one.effort, conditions=(), difference=None),
        acceptance=replace(one.acceptance, bins=(), taken_back=0),
        anchoring=None,
        model=None,
    )
    made = assistance_report_files(replace(report, raters=(bare,), drift=()))
    words = _words(made)
    for sentence in (
        "No stay on a frame was logged.",
        "There are not both control and assisted frames that are coded.",
        "Nothing was accepted, rejected or corrected.",
        "No frame was coded without suggestions of which the run says something, of a child that it "
        "did not learn from.",
    ):
        assert sentence in words
    (row,) = _rows(made, "overview")
    assert (row["acts_ratio"], row["acts_ratio_why"] != "") == ("n/a", True)
    with pytest.raises(ValueError, match="at least one coder"):
        assistance_report_files(replace(report, raters=()))


def test_the_page_needs_nothing_else_and_tells_every_reason(files: Mapping[str, bytes]) -> None:
    page = Page(files["assistance.html"])
    names = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(names) == len(set(names))
    for _, attributes in page.tags:
        assert not {"src", "srcset"} & attributes.keys()
        for key in ("href", "xlink:href"):
            link = attributes.get(key)
            assert link is None or link[1:] in names
    assert not re.search(r"@import|url\((?!#)", files["assistance.html"].decode())
    drawings = [a for _, a in page.tags if a.get("role") == "img"]
    # Effort, anchoring, coded by probability, acts, F1 and calibration of both coders.
    assert len(drawings) == 12
    assert all(len(a["aria-label"] or "") > 30 for a in drawings)
    cells = [cell for row in page.rows for cell in row]
    assert not {"nan", "None", "NaN", "inf"} & set(cells)


def test_it_is_synthetic_on_every_page_and_names_no_child(files: Mapping[str, bytes]) -> None:
    reader = pypdf.PdfReader(io.BytesIO(files["assistance.pdf"]))
    texts = [page.extract_text() for page in reader.pages]
    assert all("Synthetic data" in text for text in texts)
    tables = b" ".join(data for name, data in files.items() if name.endswith(".csv")).decode()
    for text in (*texts, _words(files), tables, files["assistance.tex"].decode()):
        assert not re.search(r"\bS7\d\b|\bASD\b|\bTD\b|play\d", text)


def test_another_date_changes_the_date_only(report: AssistanceReport, files: Mapping[str, bytes]) -> None:
    later = assistance_report_files(
        replace(report, made_on=MADE_ON + timedelta(days=40)), ("html", "latex", "csv")
    )
    for name in ("assistance.html", "assistance.tex"):
        pairs = zip(files[name].splitlines(), later[name].splitlines(), strict=True)
        (changed,) = [old for old, new in pairs if old != new]
        assert b"Made on 2026-08-01" in changed
    assert all(later[name] == files[name] for name in files if name.endswith(".csv"))
