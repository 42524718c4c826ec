"""Write a group analysis: all of its files, or none."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hrm_core.progress import CancelToken, Progress
from hrm_core.records.analysis_results import AnalysisReport
from hrm_core.reporting import ANALYSIS_RESULT, FORMATS, ReportError, analysis_report_files
from hrm_core.workflows.report_folder import require_room_for, write_files

__all__ = ["FORMATS", "ReportError", "require_room", "write_analysis_report"]


def require_room(folder: Path, formats: Sequence[str] = FORMATS, *, replace: bool = False) -> None:
    """See to it that a report can be made and put there, before it is measured.

    Parameters
    ----------
    folder, formats, replace
        As for :func:`write_analysis_report`, which asks this once more.

    Raises
    ------
    ReportError
        If a format is unknown, a library is missing, a report is there already, one that is to
        be replaced is there in other formats too, or something that is no folder is in the way.
    """
    require_room_for("analysis", folder, formats, replace=replace)
    result = folder / ANALYSIS_RESULT
    if result.exists() and not replace:
        raise ReportError(
            f"{result} is there already: choose another folder, or have it replaced (--replace)."
        )


def write_analysis_report(
    report: AnalysisReport,
    folder: Path,
    formats: Sequence[str] = FORMATS,
    *,
    replace: bool = False,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> tuple[Path, ...]:
    """Write ``analysis.html``, ``.pdf``, ``.tex``, ``.xlsx``, tables in a folder, and ``analysis.json``.

    Groups are named in them, and children by their codes where an example can be looked at; there is no
    picture.  The same report gives the same bytes; only `made_on` changes one line of the page and of the
    LaTeX file, the result file, and the dates inside the PDF and the workbook.

    Parameters
    ----------
    report : AnalysisReport
        What to say.
    folder : pathlib.Path
        Where; made if missing.
    formats : sequence of str
        Some of ``html``, ``pdf``, ``latex``, ``csv``, ``xlsx``.
    replace : bool
        Whether files of an older report may be replaced; then it must be all of them.
    progress : Progress, optional
        Told of formats.
    cancel : CancelToken, optional
        Asked between formats; then nothing is written.

    Returns
    -------
    tuple of pathlib.Path
        The files, in the order of `formats`, ``analysis.json`` last.

    Raises
    ------
    ReportError
        If a format is unknown, a library is missing, a report is there already (or would be
        replaced in part only) or the disk refuses; nothing is written then.
    Cancelled
        On request.
    """
    require_room(folder, formats, replace=replace)
    return write_files(analysis_report_files(report, formats, progress=progress, cancel=cancel), folder)
