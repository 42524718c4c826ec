"""A document as one HTML page that needs nothing else: no link leaves it."""

from __future__ import annotations

from hrm_core.paths import resource
from hrm_core.reporting.document import Bullets, Document, Figure, Paragraph, Section
from hrm_core.reporting.drawing import themed
from hrm_core.reporting.table import Kind, Table, footnotes

__all__ = ["html_page"]


def html_page(document: Document) -> bytes:
    """The page, UTF-8."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    folder = resource("reports")
    room = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    room.filters["themed"] = themed
    room.globals.update(footnotes=footnotes, numeric=lambda kind: kind is not Kind.TEXT)
    room.tests.update(
        paragraph=lambda block: isinstance(block, Paragraph),
        bullets=lambda block: isinstance(block, Bullets),
        table=lambda block: isinstance(block, Table),
        figure=lambda block: isinstance(block, Figure),
    )
    style = "\n".join((folder / name).read_text(encoding="utf-8") for name in document.styles)
    text = room.get_template("report.html").render(
        document=document, chapters=_chapters(document), style=style
    )
    return text.encode()


def _chapters(document: Document) -> list[tuple[Section, list[Section]]]:
    """Sections of level 1, each with those below it."""
    chapters: list[tuple[Section, list[Section]]] = []
    for section in document.sections:
        if section.level == 1:
            chapters.append((section, []))
        else:
            chapters[-1][1].append(section)
    return chapters
