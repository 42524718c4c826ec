"""Write a report on suggestions: all of its files, or none."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hrm_core.progress import CancelToken, Progress
from hrm_core.records.assistance_results import AssistanceReport
from hrm_core.reporting import FORMATS, ReportError, assistance_report_files
from hrm_core.workflows.report_folder import require_room_for, write_files

__all__ = ["FORMATS", "ReportError", "require_room", "write_assistance_report"]


def require_room(folder: Path, formats: Sequence[str] = FORMATS, *, replace: bool = False) -> None:
    """See to it that a report can be made and put there, before it is measured.

    Parameters
    ----------
    folder, formats, replace
        As for :func:`write_assistance_report`, which asks this once more.

    Raises
    ------
    ReportError
        If a format is unknown, a library is missing, a report is there already, one that is to
        be replaced is there in other formats too, or something that is no folder is in the way.
    """
    require_room_for("assistance", folder, formats, replace=replace)


def write_assistance_report(
    report: AssistanceReport,
    folder: Path,
    formats: Sequence[str] = FORMATS,
    *,
    replace: bool = False,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> tuple[Path, ...]:
    """Write ``assistance.html``, ``.pdf``, ``.tex``, ``.xlsx`` and ``assistance-tables/*.csv``.

    No child and no group is named in them.  The same report gives the same bytes; only `made_on`
    changes one line of the page and of the LaTeX file, and the dates inside the PDF and the workbook.

    Parameters
    ----------
    report : AssistanceReport
        What to say; at least one coder.
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
        The files, in the order of `formats`.

    Raises
    ------
    ReportError
        If a format is unknown, a library is missing, a report is there already (or would be
        replaced in part only) or the disk refuses; nothing is written then.
    Cancelled
        On request.
    """
    require_room(folder, formats, replace=replace)
    return write_files(assistance_report_files(report, formats, progress=progress, cancel=cancel), folder)
