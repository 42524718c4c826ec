"""Reports on paper and screen: what was measured elsewhere, set in tables, figures and words.

Nothing is computed here.  The same records give the same bytes, apart from the date.
"""

from __future__ import annotations

from hrm_core.reporting.content import FORMATS, file_names
from hrm_core.reporting.files import (
    ANALYSIS_RESULT,
    analysis_report_files,
    assistance_report_files,
    detection_report_files,
    rating_report_files,
    report_files,
)
from hrm_core.reporting.libraries import ReportError, require_libraries

__all__ = [
    "ANALYSIS_RESULT",
    "FORMATS",
    "ReportError",
    "analysis_report_files",
    "assistance_report_files",
    "detection_report_files",
    "file_names",
    "rating_report_files",
    "report_files",
    "require_libraries",
]
