"""Reports on paper and screen: what was measured elsewhere, set in tables, figures and words.

Nothing is computed here.  The same records give the same bytes, apart from the date.
"""

from __future__ import annotations

from hrm_core.reporting.files import FILE_NAMES, FORMATS, report_files
from hrm_core.reporting.libraries import ReportError, require_libraries

__all__ = ["FILE_NAMES", "FORMATS", "ReportError", "report_files", "require_libraries"]
