"""A document on A4 paper, set by Typst."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hrm_core.paths import resource
from hrm_core.reporting.document import Block, Bullets, Document, Figure, Paragraph
from hrm_core.reporting.drawing import CJK_FONTS
from hrm_core.reporting.libraries import ReportError
from hrm_core.reporting.table import Cell, Kind, Table, footnotes

__all__ = ["pdf_paper"]

# The last letter that Libertinus and DejaVu, which come along, certainly have.
_LAST_OWN_LETTER = 0x052F
_OWN_SYMBOLS = range(0x2000, 0x2300)


def pdf_paper(document: Document, made_on: datetime | None) -> bytes:
    """The PDF.

    Raises
    ------
    ReportError
        If Typst could not set it.
    """
    import matplotlib
    import typst

    text = json.dumps(_data(document, made_on), ensure_ascii=False)
    # Fonts of this computer only where those that come along lack a letter: elsewhere the
    # same report would look different.
    foreign = any(ord(letter) > _LAST_OWN_LETTER and ord(letter) not in _OWN_SYMBOLS for letter in text)
    try:
        return bytes(
            typst.compile(
                resource("reports/report.typ"),
                font_paths=[Path(matplotlib.get_data_path()) / "fonts" / "ttf"],
                ignore_system_fonts=not foreign,
                sys_inputs={"data": text},
            )
        )
    except typst.TypstError as error:
        raise ReportError(f"The PDF could not be set ({error}): ask for the formats html and csv.") from error


def _data(document: Document, made_on: datetime | None) -> dict[str, Any]:
    return {
        "title": document.title,
        "study": document.study,
        "synthetic": document.synthetic,
        "date": document.date,
        "made_on": [*made_on.astimezone(UTC).timetuple()[:6]] if made_on else None,
        "fonts": list(CJK_FONTS),
        "sections": [
            {
                "title": section.title,
                "level": section.level,
                "blocks": [_block(block) for block in section.blocks],
            }
            for section in document.sections
        ],
    }


def _block(block: Block) -> dict[str, Any]:
    match block:
        case Paragraph():
            return {"kind": "paragraph", "text": block.text, "warning": block.warning}
        case Bullets():
            return {"kind": "bullets", "points": list(block.points), "warning": block.warning}
        case Figure():
            return {"kind": "figure", "svg": block.svg, "caption": block.caption, "alt": block.alt}
        case Table():
            return _table(block)


def _table(table: Table) -> dict[str, Any]:
    notes = footnotes(table)
    printed = (*table.on_paper, *table.foot)
    return {
        "kind": "table",
        "caption": table.caption,
        "columns": [
            {
                "heading": column.heading,
                "numeric": column.kind is not Kind.TEXT,
                "narrow": column.narrow,
            }
            for column in table.columns
        ],
        "rows": [
            [_cell(cell, notes.marks.get((number, place), "")) for place, cell in enumerate(row)]
            for number, row in enumerate(printed)
        ],
        "foot": len(table.foot),
        "together": table.together,
        "notes": [list(note) for note in notes.notes],
        "remarks": [*table.remarks, *notes.remarks],
    }


def _cell(cell: Cell, mark: str) -> dict[str, str]:
    return {"text": cell.text, "mark": mark, "detail": cell.detail}
