"""Footnotes: every reason is told, and none so often that nobody reads it."""

from __future__ import annotations

from hrm_core.records.agreement import Estimate
from hrm_core.reporting.table import Cell, Column, Kind, Table, footnotes, ratio_cell, text_cell


def _table(*rows: tuple[Cell, ...]) -> Table:
    width = len(rows[0]) - 1
    columns = (Column("action", "Action", Kind.TEXT), *(Column(f"c{n}", f"C{n}") for n in range(width)))
    return Table("t", "T", columns, rows)


def _value(note: str) -> Cell:
    return ratio_cell(Estimate(0.5, note=note))


def _none(why: str) -> Cell:
    return ratio_cell(Estimate(None, why=why))


def test_a_reason_of_a_whole_row_stands_at_its_head() -> None:
    found = footnotes(_table((text_cell("AU1"), _none("never used"), _none("never used"), _none("no side"))))
    assert found.notes == (("a", "never used"), ("b", "no side"))
    assert found.marks == {(0, 0): "a", (0, 3): "b"}


def test_two_notes_of_a_cell_are_two_footnotes() -> None:
    rows = [(text_cell("AU1"), _value("first; second")), (text_cell("AU2"), _value("second"))]
    found = footnotes(_table(*rows))
    assert found.marks == {(0, 1): "a,b", (1, 1): "b"}


def test_what_most_rows_say_is_said_once() -> None:
    rows = [(text_cell(f"AU{n}"), _value("few children")) for n in range(5)]
    found = footnotes(_table(*rows, (text_cell("AU9"), _value("rare"))))
    assert found.remarks == ("For most values: few children.",)
    assert found.notes == (("a", "rare"),)


def test_a_note_for_every_row_is_left_to_the_files_but_no_reason_is() -> None:
    rows = [(text_cell(f"AU{n}"), _value(f"over {n} events"), _none(f"reason {n}")) for n in range(9)]
    found = footnotes(_table(*rows))
    assert found.remarks == ("Notes on single values of “C0” are in the CSV and Excel files.",)
    assert {text for _, text in found.notes} == {f"reason {n}" for n in range(9)}


def test_there_are_enough_letters() -> None:
    rows = [(text_cell(f"AU{n}"), _none(f"reason {n}")) for n in range(30)]
    marks = [mark for mark, _ in footnotes(_table(*rows)).notes]
    assert marks[25:29] == ["z", "aa", "ab", "ac"]
