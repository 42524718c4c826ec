"""A report of ratings is written whole or not at all, and never over another without being asked."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from hrm_core.workflows.write_rating_report import ReportError, require_room, write_rating_report
from tests.support.rating_reports import some_results

# Those that cost no time to make.
QUICK = ("latex", "csv", "xlsx")
RESULTS = some_results(clips=4)


def _all(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_it_writes_what_was_asked_for_beside_other_reports(tmp_path: Path) -> None:
    (tmp_path / "reliability.html").write_text("another report")
    written = write_rating_report(RESULTS, tmp_path, QUICK)
    assert written[0] == tmp_path / "rating.tex"
    assert written[-1] == tmp_path / "rating.xlsx"
    assert tmp_path / "rating-tables" / "clips.csv" in written
    assert {path.name for path in written} | {"reliability.html"} == _all(tmp_path).keys()
    with pytest.raises(ReportError, match=r"rating\.tex is there already.*--replace"):
        write_rating_report(RESULTS, tmp_path, QUICK)
    with pytest.raises(ReportError, match=r"in other formats too \(rating-tables, rating\.xlsx\)"):
        require_room(tmp_path, ("latex",), replace=True)
    before = _all(tmp_path)
    write_rating_report(some_results(clips=5), tmp_path, QUICK, replace=True)
    after = _all(tmp_path)
    assert after["clips.csv"] != before["clips.csv"]
    assert after.keys() == before.keys()


def test_a_full_disk_leaves_the_older_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "rating.tex").write_text("older")
    calls = []

    def full_after_five(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) > 5:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_after_five)
    with pytest.raises(ReportError, match=r"could not be written to .*; the disk is full: make room\."):
        write_rating_report(RESULTS, tmp_path, QUICK, replace=True)
    assert _all(tmp_path) == {"rating.tex": b"older"}
