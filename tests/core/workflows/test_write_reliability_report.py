"""A report is written whole or not at all, and never over another without being asked."""

from __future__ import annotations

import errno
import os
from functools import partial
from pathlib import Path

import pytest

from hrm_core.facs import action
from hrm_core.records.agreement import ReliabilityReport
from hrm_core.reporting import libraries
from hrm_core.workflows.write_reliability_report import ReportError, require_room, write_reliability_report
from tests.support.reliability_reports import ANNA, BEN, a_report

# Those that cost no time to make.
QUICK = ("latex", "csv", "xlsx")


@pytest.fixture
def report() -> ReliabilityReport:
    return a_report(pairs=((ANNA, BEN),), actions=(action("AU12"), action("AU13")), recordings=2)


def _all(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_it_writes_what_was_asked_for(report: ReliabilityReport, tmp_path: Path) -> None:
    written = write_reliability_report(report, tmp_path / "new", QUICK)
    assert written[0] == tmp_path / "new" / "reliability.tex"
    assert written[-1] == tmp_path / "new" / "reliability.xlsx"
    assert (tmp_path / "new" / "reliability-tables" / "icc.csv") in written
    assert {path.name for path in written} == _all(tmp_path).keys()


def test_an_older_report_stays_unless_it_is_to_be_replaced(report: ReliabilityReport, tmp_path: Path) -> None:
    (tmp_path / "reliability.xlsx").write_text("older")
    with pytest.raises(ReportError, match=r"reliability\.xlsx is there already.*--replace"):
        write_reliability_report(report, tmp_path, QUICK)
    assert _all(tmp_path) == {"reliability.xlsx": b"older"}
    write_reliability_report(report, tmp_path, QUICK, replace=True)
    assert _all(tmp_path)["reliability.xlsx"].startswith(b"PK")


def test_no_report_is_replaced_by_half(report: ReliabilityReport, tmp_path: Path) -> None:
    write_reliability_report(report, tmp_path, QUICK)
    before = _all(tmp_path)
    told = r"holds a report in other formats too \(reliability-tables, reliability\.xlsx\): name them all"
    for ask in (require_room, partial(write_reliability_report, report)):
        with pytest.raises(ReportError, match=told):
            ask(tmp_path, ("latex",), replace=True)
    assert _all(tmp_path) == before


def test_room_is_asked_for_before_anything_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    require_room(tmp_path / "new", QUICK)
    assert not (tmp_path / "new").exists()
    (tmp_path / "reliability.tex").write_text("older")
    with pytest.raises(ReportError, match="is there already"):
        require_room(tmp_path, QUICK)
    require_room(tmp_path, QUICK, replace=True)
    require_room(tmp_path, ("csv",))
    with pytest.raises(ReportError, match="a file of that name is in the way"):
        require_room(tmp_path / "reliability.tex" / "below", QUICK)
    with pytest.raises(ReportError, match="no report format 'doc'"):
        require_room(tmp_path / "new", ("doc",))
    monkeypatch.setattr(libraries, "find_spec", lambda name: None)
    with pytest.raises(ReportError, match=r"needs xlsxwriter: pip install"):
        require_room(tmp_path / "new", ("xlsx",))


def test_a_full_disk_leaves_the_older_report(
    report: ReliabilityReport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "reliability.tex").write_text("older")
    calls = []

    def full_after_five(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) > 5:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_after_five)
    with pytest.raises(ReportError, match=r"could not be written to .*; the disk is full: make room\."):
        write_reliability_report(report, tmp_path, QUICK, replace=True)
    assert len(calls) == 6
    assert _all(tmp_path) == {"reliability.tex": b"older"}


def test_a_file_in_the_way_is_named(report: ReliabilityReport, tmp_path: Path) -> None:
    (tmp_path / "here").write_text("a file")
    with pytest.raises(ReportError, match="a file of that name is in the way"):
        write_reliability_report(report, tmp_path / "here", QUICK)
