"""All files of a report, made before the first one is written."""

from __future__ import annotations

from collections.abc import Sequence

from hrm_core.progress import CancelToken, NoProgress, Progress
from hrm_core.records.agreement import ReliabilityReport
from hrm_core.records.analysis_results import AnalysisReport
from hrm_core.records.assistance_results import AssistanceReport
from hrm_core.records.detection_results import DetectionReport
from hrm_core.records.rating_results import RatingResults
from hrm_core.reporting.analysis_json import analysis_json
from hrm_core.reporting.analysis_report import analysis_content
from hrm_core.reporting.assistance_report import assistance_content
from hrm_core.reporting.content import FORMATS, ReportContent, file_names
from hrm_core.reporting.detection_report import detection_content
from hrm_core.reporting.document import Document
from hrm_core.reporting.html_page import html_page
from hrm_core.reporting.latex_table import latex_table
from hrm_core.reporting.libraries import require_libraries
from hrm_core.reporting.pdf_paper import pdf_paper
from hrm_core.reporting.rating_report import rating_content
from hrm_core.reporting.reliability_report import reliability_content
from hrm_core.reporting.tidy_tables import csv_files
from hrm_core.reporting.workbook import excel_workbook

__all__ = [
    "ANALYSIS_RESULT",
    "analysis_report_files",
    "assistance_report_files",
    "detection_report_files",
    "rating_report_files",
    "report_files",
]

ANALYSIS_RESULT = "analysis.json"
"""Goes with every report of a group analysis, whatever its formats."""


def report_files(
    report: ReliabilityReport,
    formats: Sequence[str] = FORMATS,
    *,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> dict[str, bytes]:
    """What is to be written of a report of reliability, by file name (POSIX, relative to its folder).

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
    return _all_files(reliability_content(report), formats, progress, cancel)


def rating_report_files(
    results: RatingResults,
    formats: Sequence[str] = FORMATS,
    *,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> dict[str, bytes]:
    """What is to be written of a session of ratings, by file name (POSIX, relative to its folder).

    Parameters
    ----------
    results : RatingResults
        What to say.
    formats, progress, cancel
        As for :func:`report_files`.

    Raises
    ------
    ReportError
        If a format is unknown, a library is missing or the PDF could not be set.
    Cancelled
        On request.
    """
    return _all_files(rating_content(results), formats, progress, cancel)


def detection_report_files(
    report: DetectionReport,
    formats: Sequence[str] = FORMATS,
    *,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> dict[str, bytes]:
    """What is to be written of a report on detectors, by file name (POSIX, relative to its folder).

    Parameters
    ----------
    report : DetectionReport
        What to say; at least one source.
    formats, progress, cancel
        As for :func:`report_files`.

    Raises
    ------
    ReportError
        If a format is unknown, a library is missing or the PDF could not be set.
    ValueError
        If the report has no source.
    Cancelled
        On request.
    """
    return _all_files(detection_content(report), formats, progress, cancel)


def assistance_report_files(
    report: AssistanceReport,
    formats: Sequence[str] = FORMATS,
    *,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> dict[str, bytes]:
    """What is to be written of a report on suggestions, by file name (POSIX, relative to its folder).

    Parameters
    ----------
    report : AssistanceReport
        What to say; at least one coder.
    formats, progress, cancel
        As for :func:`report_files`.

    Raises
    ------
    ReportError
        If a format is unknown, a library is missing or the PDF could not be set.
    ValueError
        If the report has no coder.
    Cancelled
        On request.
    """
    return _all_files(assistance_content(report), formats, progress, cancel)


def analysis_report_files(
    report: AnalysisReport,
    formats: Sequence[str] = FORMATS,
    *,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> dict[str, bytes]:
    """What is to be written of a group analysis, by file name (POSIX, relative to its folder).

    Parameters
    ----------
    report : AnalysisReport
        What to say.
    formats, progress, cancel
        As for :func:`report_files`; ``analysis.json`` comes last, whatever they are.

    Raises
    ------
    ReportError
        If a format is unknown, a library is missing or the PDF could not be set.
    Cancelled
        On request.
    """
    files = _all_files(analysis_content(report), formats, progress, cancel)
    return files | {ANALYSIS_RESULT: analysis_json(report)}


def _all_files(
    content: ReportContent,
    formats: Sequence[str],
    progress: Progress | None,
    cancel: CancelToken | None,
) -> dict[str, bytes]:
    wanted = tuple(dict.fromkeys(formats))
    require_libraries(wanted)
    progress, cancel = progress or NoProgress(), cancel or CancelToken()
    files: dict[str, bytes] = {}
    document = None
    progress.start("Making the report", len(wanted))
    for name in wanted:
        cancel.raise_if_cancelled()
        if name in ("html", "pdf"):
            document = document or content.document()
        files |= _files(name, content, document)
        progress.advance()
    progress.finish()
    return files


def _files(name: str, content: ReportContent, document: Document | None) -> dict[str, bytes]:
    place = file_names(content.stem)[name]
    if name == "csv":
        return {f"{place}/{file}": data for file, data in csv_files(content.tables()).items()}
    if name == "latex":
        data = latex_table(content)
    elif name == "xlsx":
        data = excel_workbook(content)
    else:
        assert document is not None
        data = html_page(document) if name == "html" else pdf_paper(document, content.made_on)
    return {place: data}
