"""The tables as an Excel workbook: one sheet each, numbers as numbers."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from hrm_core.reporting.content import ReportContent, date_line
from hrm_core.reporting.table import Kind
from hrm_core.reporting.tidy_tables import TidyTable

if TYPE_CHECKING:
    from xlsxwriter import Workbook

__all__ = ["excel_workbook"]

# Excel wants a date in every file; without one of the report this stands for none.
_NO_DATE = datetime(2000, 1, 1)
_FORMATS = {Kind.COUNT: "#,##0", Kind.RATIO: "0.000", Kind.INTERVAL: "0.000", Kind.P: "0.000"}
_WIDEST, _NARROWEST = 60, 8
# More rows do not fit into a sheet of Excel.
_MOST_ROWS = 1_048_575


def excel_workbook(content: ReportContent) -> bytes:
    """The file."""
    from xlsxwriter import Workbook

    buffer = io.BytesIO()
    book = Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    created = content.made_on.astimezone(UTC).replace(tzinfo=None) if content.made_on else _NO_DATE
    book.set_properties({"title": f"{content.title}: {content.study}", "created": created})
    _read_me(book, content)
    for table in content.tables():
        _sheet(book, table)
    book.close()
    return buffer.getvalue()


def _read_me(book: Workbook, content: ReportContent) -> None:
    sheet = book.add_worksheet("Read me")
    bold, wrapped = book.add_format({"bold": True, "font_size": 14}), book.add_format({"text_wrap": True})
    sheet.set_column(0, 0, 110, wrapped)
    sheet.write_string(0, 0, f"{content.title}: {content.study}", bold)
    lines = [
        *(["Synthetic data: everything in this study is generated."] if content.synthetic else []),
        *([date_line(content.made_on)] if content.made_on else []),
        *content.read_me(),
    ]
    for number, line in enumerate(lines, 1):
        sheet.write_string(number, 0, line, wrapped)


def _sheet(book: Workbook, table: TidyTable) -> None:
    sheet = book.add_worksheet(table.name[:31])
    head = book.add_format({"bold": True, "text_wrap": True, "bottom": 1, "valign": "top"})
    formats = {kind: book.add_format({"num_format": text}) for kind, text in _FORMATS.items()}
    missing = book.add_format({"font_color": "#666666", "align": "right"})
    rows = table.rows[:_MOST_ROWS]
    for place, name in enumerate(table.columns):
        kind = table.kinds[place]
        sheet.write_string(0, place, name, head)
        sheet.set_column(place, place, _width(name, kind, [row[place] for row in rows[:200]]))
        for number, row in enumerate(rows, 1):
            value = row[place]
            if isinstance(value, str):
                sheet.write_string(number, place, value, *([] if kind is Kind.TEXT else [missing]))
            else:
                _number(sheet, number, place, value, formats[kind])
    # Who and what stay in sight.
    sheet.freeze_panes(1, table.heads)
    if rows:
        sheet.autofilter(0, 0, len(rows), len(table.columns) - 1)


def _number(sheet: Any, row: int, place: int, value: float | int, look: Any) -> None:
    try:
        sheet.write_number(row, place, value, look)
    except TypeError:
        # Excel has no infinity: F of two equal codings.
        sheet.write_string(row, place, str(value))


def _width(name: str, kind: Kind, values: list[Any]) -> float:
    if kind is not Kind.TEXT:
        return max(_NARROWEST, min(len(name) * 0.7, 16))
    longest = max([len(name), *(len(str(value)) for value in values)])
    return max(_NARROWEST, min(longest, _WIDEST))
