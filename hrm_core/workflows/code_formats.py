"""Formats that codes of a recording are exported to and imported from: one line each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from hrm_core.errors import NotFoundError
from hrm_core.exchange import boris, boris_table, datavyu, eaf, events, tidy
from hrm_core.exchange.code_runs import Detail
from hrm_core.records.coding_sheet import CodingSheet, Loss, ReadSheet

__all__ = ["FORMATS", "CodeFormat", "format_named", "format_of"]

_Write: TypeAlias = Callable[[Path, CodingSheet], tuple[Loss, ...]]
_Losses: TypeAlias = Callable[[CodingSheet], tuple[Loss, ...]]
_Read: TypeAlias = Callable[[Path, NDArray[np.float64] | None], ReadSheet]

_HEAD_BYTES = 4096
_TABLES = (".csv", ".tsv", ".txt")


@dataclass(frozen=True, slots=True)
class CodeFormat:
    """A format of other programs.

    Attributes
    ----------
    name : str
        As it is typed: ``"elan"``.
    title : str
        As it is shown: ``"ELAN (.eaf)"``.
    suffixes : tuple of str
        Endings of its files, the one that is written first.
    write, losses, read : callable
        As in every file of :mod:`hrm_core.exchange` about codes.
    holds : frozenset of Detail
        What it can say; of what it cannot say an import changes nothing.
    header_words : tuple of str
        Stand together in the line of its files that names the columns, where formats share a suffix.
    """

    name: str
    title: str
    suffixes: tuple[str, ...]
    write: _Write
    losses: _Losses
    read: _Read
    holds: frozenset[Detail]
    header_words: tuple[str, ...] = ()


FORMATS: Mapping[str, CodeFormat] = {
    entry.name: entry
    for entry in (
        CodeFormat("elan", "ELAN (.eaf)", (".eaf",), eaf.write_eaf, eaf.losses_eaf, eaf.read_eaf, eaf.HOLDS),
        CodeFormat(
            "csv",
            "Tidy table (.csv)",
            _TABLES,
            tidy.write_tidy_csv,
            tidy.losses_tidy,
            tidy.read_tidy_csv,
            tidy.HOLDS,
            header_words=("frame_note",),
        ),
        CodeFormat(
            "parquet",
            "Tidy table (.parquet)",
            (".parquet",),
            tidy.write_tidy_parquet,
            tidy.losses_tidy,
            tidy.read_tidy_parquet,
            tidy.HOLDS,
        ),
        CodeFormat(
            "events",
            "Table of events (.csv)",
            _TABLES,
            events.write_events,
            events.losses_events,
            events.read_events,
            events.HOLDS,
            header_words=("onset_",),
        ),
        CodeFormat(
            "boris",
            "BORIS (.boris)",
            (".boris", ".boris.gz"),
            boris.write_boris,
            boris.losses_boris,
            boris.read_boris,
            boris.HOLDS,
        ),
        CodeFormat(
            "boris-table",
            "BORIS, table of events (.tsv)",
            (".tsv", ".csv", ".txt"),
            boris_table.write_boris_table,
            boris_table.losses_boris_table,
            boris_table.read_boris_table,
            boris_table.HOLDS,
            header_words=("behavior", "time"),
        ),
        CodeFormat(
            "datavyu",
            "Datavyu (.opf)",
            (".opf",),
            datavyu.write_datavyu,
            datavyu.losses_datavyu,
            datavyu.read_datavyu,
            datavyu.HOLDS,
        ),
    )
}
"""All formats by name."""


def format_named(name: str) -> CodeFormat:
    """The format of this name.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    if name not in FORMATS:
        raise NotFoundError(f"There is no format {name!r}: choose one of {', '.join(FORMATS)}.")
    return FORMATS[name]


def format_of(path: Path) -> CodeFormat:
    """The format that a file seems to have, by its ending and the line that names its columns.

    Raises
    ------
    NotFoundError
        If there is no such file, or no format has such files.
    """
    fitting = [entry for entry in FORMATS.values() if path.name.casefold().endswith(entry.suffixes)]
    if not path.is_file():
        raise NotFoundError(f"There is no file {path}: check its name.")
    if not fitting:
        known = ", ".join(dict.fromkeys(suffix for entry in FORMATS.values() for suffix in entry.suffixes))
        raise NotFoundError(f"{path} has an ending that no format has: it may be {known}.")
    for line in _first_lines(path):
        for entry in fitting:
            if entry.header_words and all(word in line for word in entry.header_words):
                return entry
    return fitting[0]


def _first_lines(path: Path) -> list[str]:
    """More than one, because BORIS once wrote some lines about the observation above its table."""
    try:
        with path.open("rb") as file:
            data = file.read(_HEAD_BYTES)
    except OSError:
        return []  # whoever reads it says why it cannot be read
    # Also where every second byte is 0, as in UTF-16.
    return data.replace(b"\0", b"").decode("utf-8", errors="replace").casefold().splitlines()
