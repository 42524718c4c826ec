"""A report on suggestions is written whole or not at all, and never over another without being asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from hrm_core.records.assistance_results import AssistanceOptions
from hrm_core.workflows.measure_assistance import measure_assistance
from hrm_core.workflows.write_assistance_report import (
    ReportError,
    require_room,
    write_assistance_report,
)
from tests.support.assisted_coding import assisted_study


def test_it_writes_what_was_asked_for_and_replaces_only_when_told(tmp_path: Path) -> None:
    with assisted_study(tmp_path / "s", children=2, frames=60) as project:
        found = measure_assistance(project, options=AssistanceOptions(replicates=0))
    out = tmp_path / "out"
    written = write_assistance_report(found, out, ("latex", "csv"))
    assert written[0] == out / "assistance.tex"
    assert out / "assistance-tables" / "anchoring.csv" in written
    with pytest.raises(ReportError, match=r"assistance\.tex is there already.*--replace"):
        write_assistance_report(found, out, ("latex",))
    with pytest.raises(ReportError, match="in other formats too"):
        require_room(out, ("latex",), replace=True)
    assert write_assistance_report(found, out, ("latex", "csv"), replace=True) == written
