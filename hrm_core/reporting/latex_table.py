"""The leading table of a report for a LaTeX manuscript (packages booktabs and longtable)."""

from __future__ import annotations

import re

from hrm_core.reporting.content import ReportContent, date_line
from hrm_core.reporting.numbers import MINUS
from hrm_core.reporting.table import Cell, Footnotes, Kind, Table, footnotes

__all__ = ["escaped", "latex_table"]

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "κ": r"$\kappa$",
    "α": r"$\alpha$",
    "“": "``",
    "”": "''",
    "–": "--",
    MINUS: r"$-$",
}


def escaped(text: str) -> str:
    """`text` as LaTeX prints it letter for letter, on one line."""
    # A line break would end a comment and let the rest of a name be read as commands.
    return "".join(_SPECIAL.get(letter, letter) for letter in re.sub(r"\s+", " ", text))


def latex_table(content: ReportContent) -> bytes:
    """The file, UTF-8."""
    table = content.manuscript()
    notes = footnotes(table)
    synthetic = " Synthetic data." if content.synthetic else ""
    shape = "".join("l" if column.kind is Kind.TEXT else "r" for column in table.columns)
    head = " & ".join(rf"\shortstack{{{_broken(column.heading)}}}" for column in table.columns) + r" \\"
    caption = f"{table.caption}: {content.study}.{synthetic}"
    lines = [
        "% Needs \\usepackage{booktabs,longtable}; Chinese names need XeLaTeX or LuaLaTeX with a CJK font.",
        f"% {date_line(content.made_on)}".rstrip(),
        rf"\begin{{longtable}}{{{shape}}}",
        rf"\caption{{{escaped(caption)}}}\label{{tab:{content.stem}}}\\",
        r"\toprule",
        head,
        r"\midrule",
        r"\endfirsthead",
        r"\toprule",
        head,
        r"\midrule",
        r"\endhead",
        r"\bottomrule",
        r"\endlastfoot",
        *_rows(table, notes),
        r"\end{longtable}",
        r"\begingroup\footnotesize\noindent",
        *(escaped(remark) + r"\par" for remark in (*table.remarks, *notes.remarks)),
        *(rf"\textsuperscript{{{mark}}}\,{escaped(text)}\par" for mark, text in notes.notes),
        r"\endgroup",
    ]
    return ("\n".join(lines) + "\n").encode()


def _broken(heading: str) -> str:
    """A heading on two lines: what is measured, and of whom."""
    what, _, whom = heading.partition(" ")
    return rf"{escaped(what)}\\{escaped(whom)}" if whom else escaped(what)


def _rows(table: Table, notes: Footnotes) -> list[str]:
    lines = [_row(row, number, notes) for number, row in enumerate(table.rows)]
    foot = [_row(row, number, notes) for number, row in enumerate(table.foot, len(table.rows))]
    return [*lines, r"\midrule", *foot] if foot else lines


def _row(row: tuple[Cell, ...], number: int, notes: Footnotes) -> str:
    cells = []
    for place, cell in enumerate(row):
        mark = notes.marks.get((number, place), "")
        cells.append(escaped(cell.text) + (rf"\textsuperscript{{{mark}}}" if mark else ""))
    return " & ".join(cells) + r" \\"
