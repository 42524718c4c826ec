"""The text that Datavyu keeps its columns and cells in: entry ``db`` of an ``.opf`` file.

::

    #4
    AU12 (MATRIX,true,)-side|NOMINAL,intensity|NOMINAL
    00:00:01:040,00:00:01:119,(left,B)

A backslash takes the meaning of the character behind it; at the end of a line it
stands for a line end within a value.  Datavyu ends lines at CR, LF and both.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

__all__ = ["Cell", "Column", "milliseconds", "parse_db", "plain_text", "quoted_text", "render_db"]

_VERSIONS = ("#4", "#3", "#2")
_CELL = re.compile(r"(\d\d:\d\d:\d\d:\d\d\d),(\d\d:\d\d:\d\d:\d\d\d),?")
_IS_CELL = re.compile(r"\d\d:")
_HEADER = re.compile(r"(.*?) \((\w+)[^)]*\)(?:-(.*))?", re.DOTALL)
_LINE_END = re.compile(r"\r\n|\r|\n")
_UNESCAPED_COMMA = re.compile(r"(?<!\\),")


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell.

    Attributes
    ----------
    onset, offset : int
        Milliseconds, both included; 0 for an offset that was never set.
    values : tuple of str
        In the order of the column's arguments.
    line : int
        Of the text, from 1.
    """

    onset: int
    offset: int
    values: tuple[str, ...]
    line: int = 0


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes
    ----------
    name : str
        Letters, digits and underscores; it begins with a letter.
    arguments : tuple of str
        Names of the values of its cells.
    cells : list of Cell
        In order of the text.
    damaged : list of int
        Lines that look like cells and are none.
    """

    name: str
    arguments: tuple[str, ...]
    cells: list[Cell] = field(default_factory=list)
    damaged: list[int] = field(default_factory=list)


# ---- writing --------------------------------------------------------------------------------


def render_db(columns: Iterable[Column]) -> str:
    """The text of some columns, without empty lines, which Datavyu cannot read."""
    lines = ["#4"]
    for column in columns:
        arguments = ",".join(f"{_escaped(name)}|NOMINAL" for name in column.arguments)
        lines.append(f"{column.name} (MATRIX,true,)-{arguments}")
        for cell in column.cells:
            values = ",".join(map(_escaped, cell.values))
            lines.append(f"{_clock(cell.onset)},{_clock(cell.offset)},({values})")
    return "\n".join(lines) + "\n"


def quoted_text(text: str) -> str:
    """Free text as a value that Datavyu keeps as it is: it trims, and knows one line end only."""
    simple = text == text.strip() and text.isprintable() and not text.startswith('"')
    return text if simple else json.dumps(text, ensure_ascii=False)


def plain_text(value: str) -> str:
    """Free text from a value; what nobody quoted is as it stands."""
    if value.startswith('"') and value.endswith('"') and len(value) > 1:
        try:
            text = json.loads(value)
        except (ValueError, RecursionError):
            return value
        if isinstance(text, str):
            return text
    return value


def _escaped(value: str) -> str:
    return re.sub(r"([\\(),|\n-])", r"\\\1", value)


def _clock(milliseconds: int) -> str:
    seconds, thousandths = divmod(milliseconds, 1000)
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours:02d}:{minute:02d}:{second:02d}:{thousandths:03d}"


# ---- reading --------------------------------------------------------------------------------


def milliseconds(clock: str) -> int:
    """A time such as ``00:00:01:040`` in milliseconds."""
    hours, minutes, seconds, thousandths = map(int, clock.split(":"))
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + thousandths


def parse_db(text: str) -> list[Column] | None:
    """Columns of a text; None if it is none of Datavyu.

    Lines that cannot be understood are listed in their column, never guessed.
    """
    lines = _lines(text)
    if next(lines, (0, ""))[1].strip() not in _VERSIONS:
        return None
    columns: list[Column] = []
    for number, line in lines:
        if not line.strip():
            continue
        if _IS_CELL.match(line):
            if not columns:
                return None
            cell = _cell(number, line)
            if cell is None:
                columns[-1].damaged.append(number)
            else:
                columns[-1].cells.append(cell)
            continue
        match = _HEADER.fullmatch(line)
        if match is not None:
            arguments = _UNESCAPED_COMMA.split(match[3]) if match[3] else []
            named = [_unescaped(argument.rpartition("|")[0]).strip() for argument in arguments]
            columns.append(Column(_unescaped(match[1]).strip(), tuple(named)))
        elif columns:
            columns[-1].damaged.append(number)
        else:
            return None
    return columns


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines with their numbers; those that end with a backslash go on in the next."""
    number, begun, at = 0, 0, ""
    for line in _LINE_END.split(text):
        number += 1
        begun = begun or number
        at += line
        if (len(at) - len(at.rstrip("\\"))) % 2:
            at += "\n"
            continue
        yield begun, at
        begun, at = 0, ""
    if at:
        yield begun, at


def _cell(number: int, line: str) -> Cell | None:
    match = _CELL.match(line)
    if match is None:
        return None
    return Cell(milliseconds(match[1]), milliseconds(match[2]), tuple(_values(line[match.end() :])), number)


def _values(text: str) -> Sequence[str]:
    """Values of a cell; the first and last parenthesis are not theirs."""
    body = text.strip()
    if body.startswith("(") and body.endswith(")"):
        body = body[1:-1]
    values, value, at = [], [], 0
    while at < len(body):
        if body[at] == "\\" and at + 1 < len(body):
            at += 1
            value.append(body[at])
        elif body[at] == ",":
            values.append("".join(value).strip())
            value = []
        else:
            value.append(body[at])
        at += 1
    return [*values, "".join(value).strip()]


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)
