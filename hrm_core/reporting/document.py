"""A report before it is HTML or paper: sections of words, tables and figures."""

from __future__ import annotations

from dataclasses import dataclass

from hrm_core.reporting.table import Table

__all__ = ["Block", "Bullets", "Document", "Figure", "Paragraph", "Section"]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Words; `warning` sets them apart."""

    text: str
    warning: bool = False


@dataclass(frozen=True, slots=True)
class Bullets:
    """Points of a list; `warning` sets them apart."""

    points: tuple[str, ...]
    warning: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure.

    Attributes
    ----------
    name : str
        Unique in the report; letters, digits and hyphens.
    caption : str
        Below it.
    alt : str
        What it shows, for those who do not see it.
    svg : str
        The drawing in the colours of paper.
    """

    name: str
    caption: str
    alt: str
    svg: str


Block = Paragraph | Bullets | Table | Figure


@dataclass(frozen=True, slots=True)
class Section:
    """A section; level 2 stands below the level 1 before it."""

    name: str
    title: str
    blocks: tuple[Block, ...]
    level: int = 1


@dataclass(frozen=True, slots=True)
class Document:
    """A whole report.

    Attributes
    ----------
    title, study : str
        On the first page and at the head of every other.
    synthetic : bool
        Whether every page must say that the data are generated.
    date : str
        The date line; empty if there is none.
    sections : tuple of Section
        In order.
    styles : tuple of str
        Style sheets of the page, by name.
    """

    title: str
    study: str
    synthetic: bool
    date: str
    sections: tuple[Section, ...]
    styles: tuple[str, ...] = ("report.css",)
