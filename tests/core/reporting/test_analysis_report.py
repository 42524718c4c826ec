"""The report of a group analysis, read back by what other people read it with."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Mapping
from dataclasses import fields, replace

import openpyxl
import pytest

from hrm_core.records.agreement import Estimate
from hrm_core.records.analysis_patterns import ActionDynamics, Combinations
from hrm_core.records.analysis_results import AnalysisReport, ExplainedRatings
from hrm_core.reporting import analysis_report_files
from tests.core.reporting.analysis_fixture import ACTIONS, EXPRESSIONS, GROUPS, analysis_report
from tests.support.made_files import Page, pdf_text


@pytest.fixture(scope="module")
def report() -> AnalysisReport:
    return analysis_report()


@pytest.fixture(scope="module")
def files(report: AnalysisReport) -> Mapping[str, bytes]:
    return analysis_report_files(report)


def _rows(files: Mapping[str, bytes], table: str) -> list[dict[str, str]]:
    text = files[f"analysis-tables/{table}.csv"].decode()
    return [*csv.DictReader(io.StringIO(text, newline=""))]


def _words(files: Mapping[str, bytes]) -> str:
    return " ".join(" ".join(Page(files["analysis.html"]).words).split())


def test_the_result_file_holds_everything_to_the_last_bit(
    report: AnalysisReport, files: Mapping[str, bytes]
) -> None:
    found = json.loads(files["analysis.json"])
    assert found["format"] == "hrm-analysis 1"
    assert set(found) == {"format", *(entry.name for entry in fields(report))}
    assert found["options"]["groups"] == [*GROUPS]
    assert len(found["frame_tests"]) == len(found["participant_tests"]) == len(ACTIONS) * len(EXPRESSIONS)
    for test, said in zip(report.frame_tests, found["frame_tests"], strict=True):
        assert (said["p"], said["z"], said["p_exact"]) == (test.p, test.z, None)
    for test, said in zip(report.participant_tests, found["participant_tests"], strict=True):
        assert said["difference"]["low"] == test.difference.low
    matrix = report.combinations.co_occurrence[0]
    assert found["combinations"]["co_occurrence"][0]["lift"][1] == [*matrix.lift[1]]


def test_what_is_no_number_is_null_in_the_result_file(report: AnalysisReport) -> None:
    odd = replace(report.frame_tests[0], z=math.nan, log10_p=-math.inf)
    made = analysis_report_files(replace(report, frame_tests=(odd, *report.frame_tests[1:])), ())
    assert [*made] == ["analysis.json"]

    def refuse(name: str) -> float:
        raise AssertionError(f"{name} is no JSON")

    said = json.loads(made["analysis.json"], parse_constant=refuse)["frame_tests"][0]
    assert (said["z"], said["log10_p"], said["p"]) == (None, None, odd.p)


def test_no_p_of_frames_stands_without_that_of_children(
    report: AnalysisReport, files: Mapping[str, bytes]
) -> None:
    page = Page(files["analysis.html"])
    assert page.words.count("p frames") >= len(EXPRESSIONS)
    assert page.words.count("p children") >= page.words.count("p frames")
    for table, of_frames, of_children in (
        ("differences", "p_frames", "p_children"),
        ("frame-tests", "p", "p_children"),
    ):
        rows = _rows(files, table)
        assert len(rows) == len(report.frame_tests)
        for row, frames, children in zip(rows, report.frame_tests, report.participant_tests, strict=True):
            assert row["action"] == frames.action == children.action
            assert float(row[of_frames]) == frames.p
            # The exact p is the one to rely on where there is one.
            assert float(row[of_children]) == children.p_exact


def test_the_summary_counts_what_holms_p_says(report: AnalysisReport) -> None:
    quiet = tuple(replace(test, p_holm=0.05) for test in report.participant_tests)
    loud = tuple(
        replace(test, p_holm=0.049 if test.action in ("AU12", "AU6") else 0.5)
        for test in report.participant_tests
    )
    frames = tuple(
        replace(test, p_holm=0.001 if test.action in ACTIONS[:7] else 1.0) for test in report.frame_tests
    )

    def told(tests: tuple) -> str:  # type: ignore[type-arg]
        changed = replace(report, participant_tests=tests, frame_tests=frames)
        book = openpyxl.load_workbook(io.BytesIO(analysis_report_files(changed, ("xlsx",))["analysis.xlsx"]))
        return " ".join(str(cell.value) for (cell,) in book["Read me"].iter_rows())

    assert (
        "All frames: no difference between children is shown in any of 35 actions, at p < .05 after Holm. "
        "Taking frames for independent, as they are not, would call 7 different." in told(quiet)
    )
    assert "Sadness: children differ in 2 of 35 actions (AU6, p = .049, AU12, p = .049)" in told(loud)


def test_every_warning_is_on_the_page_the_paper_and_the_first_sheet(
    report: AnalysisReport, files: Mapping[str, bytes]
) -> None:
    book = openpyxl.load_workbook(io.BytesIO(files["analysis.xlsx"]))
    read_me = " ".join(str(cell.value) for (cell,) in book["Read me"].iter_rows())
    paper = " ".join(pdf_text(files["analysis.pdf"]).split())
    for text in (_words(files), paper, read_me):
        assert all(warning in text for warning in report.warnings)
        assert "HRM Annotator 0.0" in text
        assert "Conclusions about groups rest on the comparison of children." in text
    assert [row["warning"] for row in _rows(files, "warnings")] == [*report.warnings]
    assert "Synthetic data" in paper


def test_the_page_needs_nothing_else_and_names_examples_without_pictures(files: Mapping[str, bytes]) -> None:
    page = Page(files["analysis.html"])
    names = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(names) == len(set(names))
    assert "img" not in {tag for tag, _ in page.tags}
    assert "image" not in {tag for tag, _ in page.tags}
    for _, attributes in page.tags:
        assert not {"src", "srcset"} & attributes.keys()
        for key in ("href", "xlink:href"):
            link = attributes.get(key)
            assert link is None or link[1:] in names
    assert "S01/play time 1/120" in _words(files)
    # One for each expression, complexity likewise, and five more.
    assert sum(tag == "figure" for tag, _ in page.tags) == 2 * len(EXPRESSIONS) + 5


def test_the_same_report_gives_the_same_bytes_and_only_the_date_differs(
    report: AnalysisReport, files: Mapping[str, bytes]
) -> None:
    assert analysis_report_files(report, ("html",))["analysis.html"] == files["analysis.html"]
    kinds = ("latex", "csv", "xlsx")
    undated = replace(report, made_on=None)
    first, again = (analysis_report_files(undated, kinds) for _ in range(2))
    assert first == again
    assert {name for name in first if first[name] != files[name]} == {
        "analysis.tex",
        "analysis.xlsx",
        "analysis.json",
    }


def test_a_study_of_which_little_is_known_has_a_report_too(report: AnalysisReport) -> None:
    none = Estimate(None, why="no child")
    bare = replace(
        report,
        frame_tests=tuple(
            replace(test, present=(0, 0), p=None, z=None, p_holm=None, rank_biserial=none, note="no frames")
            for test in report.frame_tests
            if not test.expression
        ),
        participant_tests=tuple(
            replace(test, mean=None, p=None, p_exact=None, p_holm=None, difference=none, mixed=None, note="")
            for test in report.participant_tests
            if not test.expression
        ),
        asymmetry=(),
        combinations=Combinations(),
        dynamics=ActionDynamics(),
        ratings=ExplainedRatings(why="Nobody has rated a clip."),
        warnings=(),
        facts={},
        made_on=None,
    )
    made = analysis_report_files(bare)
    words = _words(made)
    for sentence in (
        "All frames: not compared, as one of the groups has no such frame.",
        "No action was coded on one side only.",
        "Nobody has rated a clip.",
        "No strengths of actions are known",
    ):
        assert sentence in words
    assert "figure" not in {tag for tag, _ in Page(made["analysis.html"]).tags}
    assert {row["p_frames"] for row in _rows(made, "differences")} == {"n/a"}
