"""What commands print: tables for people, JSON for scripts, one line for errors."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from hrm_core.records.words import counted

__all__ = ["counted", "done", "note", "print_folded", "print_json", "print_table"]


def _console() -> Console:
    # Made anew, so that redirected output is found where it is now.
    return Console(highlight=False, soft_wrap=True)


def print_table(headers: Sequence[str], rows: Iterable[Sequence[Any]], title: str | None = None) -> None:
    """Print a table; numbers are set to the right."""
    table = Table(title=title, title_justify="left", box=None, header_style="bold", pad_edge=False)
    rows = list(rows)
    for place, header in enumerate(headers):
        numeric = all(isinstance(row[place], int | float) for row in rows)
        table.add_column(header, justify="right" if numeric and rows else "left")
    for row in rows:
        table.add_row(*(Text(_shown(cell)) for cell in row))
    _console().print(table)


def print_folded(
    headers: Sequence[str],
    rows: Iterable[Sequence[Any]],
    title: str | None = None,
    *,
    headed: bool = True,
    right_from: int | None = None,
) -> None:
    """Print a table that is folded to the width of the terminal; numbers are never broken.

    Parameters
    ----------
    headers : sequence of str
        Names of the columns.
    rows : iterable of sequence
        Cells of the rows.
    title : str, optional
        A line above it.
    headed : bool
        Whether the names are shown.
    right_from : int, optional
        Set this column and those behind it to the right; else those that hold numbers alone.
    """
    if title is not None:
        done(title)
    table = Table(box=None, header_style="bold", pad_edge=False, show_header=headed)
    rows = list(rows)
    for place, header in enumerate(headers):
        numeric = bool(rows) and all(isinstance(row[place], int | float) for row in rows)
        right = numeric if right_from is None else place >= right_from
        table.add_column(
            header, justify="right" if right else "left", no_wrap=right or place == 0, overflow="fold"
        )
    for row in rows:
        table.add_row(*(Text(_shown(cell)) for cell in row))
    Console(highlight=False).print(table)


def _shown(cell: Any) -> str:
    # Names may hold [brackets]: as text they are no markup of the terminal.
    return "" if cell is None else f"{cell:g}" if isinstance(cell, float) else str(cell)


def print_json(value: Any) -> None:
    """Print a value for a script."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=_plain))


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


def done(message: str) -> None:
    """Say that something was done."""
    _console().print(message, markup=False)


def note(message: str) -> None:
    """Say something a person should look at, apart from the results."""
    typer.echo(f"Note: {message}", err=True)
