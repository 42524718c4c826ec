"""All files of a report of reliability, made before the first one is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from hrm_core.progress import CancelToken, NoProgress, Progress
from hrm_core.records.agreement import ReliabilityReport
from hrm_core.reporting.document import Document
from hrm_core.reporting.html_page import html_page
from hrm_core.reporting.latex_table import latex_table
from hrm_core.reporting.libraries import require_libraries
from hrm_core.reporting.pdf_paper import pdf_paper
from hrm_core.reporting.reliability_report import reliability_document
from hrm_core.reporting.tidy_tables import csv_files
from hrm_core.reporting.workbook import excel_workbook

__all__ = ["FILE_NAMES", "FORMATS", "report_files"]

FILE_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "html": "reliability.html",
        "pdf": "reliability.pdf",
        "latex": "reliability.tex",
        "csv": "reliability-tables",
        "xlsx": "reliability.xlsx",
    }
)
"""File of each format; a folder of files for CSV."""

FORMATS = tuple(FILE_NAMES)
"""What a report can be written as."""


def report_files(
    report: ReliabilityReport,
    formats: Sequence[str] = FORMATS,
    *,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> dict[str, bytes]:
    """What is to be written, by file name (POSIX, relative to the report's folder).

    Parameters
    ----------
    report : ReliabilityReport
        What to say; at least one pair.
    formats : sequence of str
        Of :data:`FORMATS`.
    progress : Progress, optional
        Told of formats.
    cancel : CancelToken, optional
        Asked between formats.

    Raises
    ------
    ReportError
        If a format is unknown, a library is missing or the PDF could not be set.
    ValueError
        If the report has no pair.
    Cancelled
        On request.
    """
    wanted = tuple(dict.fromkeys(formats))
    require_libraries(wanted)
    progress, cancel = progress or NoProgress(), cancel or CancelToken()
    files: dict[str, bytes] = {}
    document = None
    progress.start("Making the report", len(wanted))
    for name in wanted:
        cancel.raise_if_cancelled()
        if name in ("html", "pdf"):
            document = document or reliability_document(report)
        files |= _files(name, report, document)
        progress.advance()
    progress.finish()
    return files


def _files(name: str, report: ReliabilityReport, document: Document | None) -> dict[str, bytes]:
    if name == "csv":
        return {f"{FILE_NAMES[name]}/{file}": data for file, data in csv_files(report).items()}
    if name == "latex":
        data = latex_table(report)
    elif name == "xlsx":
        data = excel_workbook(report)
    else:
        assert document is not None
        data = html_page(document) if name == "html" else pdf_paper(document, report.made_on)
    return {FILE_NAMES[name]: data}
