"""A group analysis for programs: one JSON file with everything that was found."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any

from hrm_core.records.analysis_results import AnalysisReport

__all__ = ["FORMAT", "analysis_json"]

FORMAT = "hrm-analysis 1"
"""Stands first in the file; docs/analysis-results.md describes it."""


def analysis_json(report: AnalysisReport) -> bytes:
    """The file, UTF-8; numbers to the last bit, null where there is none."""
    text = json.dumps({"format": FORMAT, **_plain(report)}, ensure_ascii=False, indent=1, allow_nan=False)
    return f"{text}\n".encode()


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {entry.name: _plain(getattr(value, entry.name)) for entry in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if isinstance(value, datetime):
        return value.isoformat()
    # JSON knows neither NaN nor infinity.
    return None if isinstance(value, float) and not math.isfinite(value) else value
