"""A group analysis from the study to the record: what is counted, what is said, what is refused."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from hrm_core.errors import NotFoundError, ProjectError
from hrm_core.progress import Cancelled, CancelToken
from hrm_core.records.analysis_results import AnalysisOptions, AnalysisReport
from hrm_core.workflows.analyze_groups import analyze_groups, choose_groups
from hrm_core.workflows.project import Project, open_project
from hrm_core.workflows.write_analysis_report import ReportError, require_room, write_analysis_report
from tests.support.group_study import CODER, FRAMES, SMILING, group_study

OPTIONS = AnalysisOptions(("ASD", "TD"), replicates=0)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Seven children in two groups, and one without a group; nobody changes it."""
    folder = tmp_path_factory.mktemp("synthetic") / "study"
    group_study(folder, smiling=SMILING | {"": (7,)}).close()
    return folder


@pytest.fixture(scope="module")
def report(study: Path) -> AnalysisReport:
    with open_project(study) as project:
        return analyze_groups(project, options=OPTIONS)


def _empty(tmp_path: Path, smiling: dict[str, tuple[int, ...]]) -> Project:
    return group_study(tmp_path / "other", smiling=smiling)


def test_both_tests_count_what_was_coded(report: AnalysisReport) -> None:
    assert len(report.frame_tests) == len(report.participant_tests) == len(report.actions)
    (frames,) = (test for test in report.frame_tests if test.action == "AU12")
    (children,) = (test for test in report.participant_tests if test.action == "AU12")
    assert frames.frames == (4 * FRAMES, 3 * FRAMES)
    assert frames.present == (40, 100)
    assert children.children == (4, 3)
    assert children.mean == pytest.approx((0.25, 100 / 120))
    assert children.difference.value == pytest.approx(0.25 - 100 / 120)
    # All of 4 below all of 3: 2 of the 35 arrangements are as far apart, and ties change none of them.
    assert children.p_exact == pytest.approx(2 / 35)
    assert frames.p is not None
    assert frames.p < 1e-10
    (never,) = (test for test in report.frame_tests if test.action == "AU1")
    assert (never.z, never.p) == (0.0, 1.0)


def test_units_are_children_recordings_frames_and_their_time(report: AnalysisReport) -> None:
    assert [(unit.group, unit.children, unit.videos, unit.frames) for unit in report.units] == [
        ("ASD", 4, 4, 160),
        ("TD", 3, 3, 120),
    ]


def test_the_record_is_whole_and_says_what_to_know(report: AnalysisReport) -> None:
    assert (report.study, report.synthetic, report.coder) == ("Synthetic study", True, CODER)
    assert report.made_on is None
    assert {"HRM Annotator", "Python", "numpy"} == set(report.versions)
    told = " ".join(report.warnings)
    assert "There are only 4 children with codes in ASD" in told
    assert "40 frames of 1 child without a group are left out." in told
    assert "No expression of any frame is known" in told
    assert report.options.expressions == ()
    assert "occur in no frame of either group" in told
    top = [one for one in report.combinations.top if one.group == "ASD"]
    assert [(one.score, one.frames) for one in top[:2]] == [("0", 120), ("12", 36)]
    # Nobody has rated: the reason is told, not an empty table.
    assert report.ratings.why


def test_the_same_study_gives_the_same_record(study: Path, report: AnalysisReport) -> None:
    with open_project(study) as project:
        again = analyze_groups(project, rater=CODER, options=OPTIONS)
    for entry in fields(report):
        assert repr(getattr(again, entry.name)) == repr(getattr(report, entry.name))


def test_groups_are_those_named_or_the_only_two(tmp_path: Path, study: Path) -> None:
    with open_project(study) as project:
        assert choose_groups(project) == ("ASD", "TD")
        assert choose_groups(project, ["TD", "ASD"]) == ("TD", "ASD")
        with pytest.raises(ProjectError, match=r"No child is in a group 'XX'.*ASD, TD"):
            choose_groups(project, ["ASD", "XX"])
        for wrong in (["ASD"], ["ASD", "ASD"], ["ASD", "TD", "X"]):
            with pytest.raises(ProjectError, match="Two different groups"):
                choose_groups(project, wrong)
    with (
        _empty(tmp_path, {"ASD": (3,)}) as project,
        pytest.raises(ProjectError, match=r"this study has 1 \(ASD\)"),
    ):
        choose_groups(project)


def test_what_cannot_be_analysed_is_refused_in_words(study: Path) -> None:
    with open_project(study) as project:
        with pytest.raises(ProjectError, match=r"no expression 'joy'.*happiness"):
            analyze_groups(project, options=AnalysisOptions(("ASD", "TD"), ("joy",)))
        with pytest.raises(ProjectError, match="no covariate 'height'"):
            analyze_groups(project, options=AnalysisOptions(("ASD", "TD"), covariates=("height",)))
        with pytest.raises(NotFoundError):
            analyze_groups(project, rater="Nobody", options=OPTIONS)
        stopped = CancelToken()
        stopped.cancel()
        with pytest.raises(Cancelled):
            analyze_groups(project, options=OPTIONS, cancel=stopped)


def test_a_report_is_written_whole_and_replaced_only_when_told(
    report: AnalysisReport, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    written = write_analysis_report(report, out, ("latex", "csv"))
    assert (written[0], written[-1]) == (out / "analysis.tex", out / "analysis.json")
    before = {path: path.read_bytes() for path in written}
    with pytest.raises(ReportError, match=r"analysis\.tex is there already.*--replace"):
        write_analysis_report(report, out, ("latex", "csv"))
    with pytest.raises(ReportError, match=r"analysis\.json is there already"):
        require_room(out, ("xlsx",))
    with pytest.raises(ReportError, match="in other formats too"):
        require_room(out, ("latex",), replace=True)
    assert write_analysis_report(report, out, ("latex", "csv"), replace=True) == written
    assert {path: path.read_bytes() for path in written} == before
