"""What a report holds before it is a file: a document, tables for programs, and words for the first sheet."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from hrm_core.reporting.document import Document
from hrm_core.reporting.table import Table
from hrm_core.reporting.tidy_tables import TidyTable

__all__ = ["FORMATS", "ReportContent", "date_line", "file_names"]

_ENDINGS = {"html": ".html", "pdf": ".pdf", "latex": ".tex", "csv": "-tables", "xlsx": ".xlsx"}

FORMATS = tuple(_ENDINGS)
"""What a report can be written as."""


@dataclass(frozen=True, slots=True)
class ReportContent:
    """All that the formats need of one kind of report.

    The parts are functions, because most formats need one of them only and figures take
    seconds to draw.

    Attributes
    ----------
    stem : str
        What the names of its files begin with: ``"reliability"``.
    title, study : str
        What it is, and of which study.
    synthetic : bool
        Whether the data are generated.
    made_on : datetime or None
        When, UTC.
    document : callable
        The page and the paper, with figures drawn.
    manuscript : callable
        The table for a LaTeX manuscript.
    tables : callable
        The tables for programs.
    read_me : callable
        Lines of the first sheet of the workbook.
    """

    stem: str
    title: str
    study: str
    synthetic: bool
    made_on: datetime | None
    document: Callable[[], Document]
    manuscript: Callable[[], Table]
    tables: Callable[[], tuple[TidyTable, ...]]
    read_me: Callable[[], tuple[str, ...]]


def date_line(made_on: datetime | None) -> str:
    """``"Made on 2026-08-01 12:30 UTC"``; empty if there is no date."""
    return f"Made on {made_on:%Y-%m-%d %H:%M} UTC" if made_on else ""


def file_names(stem: str) -> Mapping[str, str]:
    """File of each format; a folder of files for CSV."""
    return MappingProxyType({name: f"{stem}{ending}" for name, ending in _ENDINGS.items()})
