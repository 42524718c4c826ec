"""What stands first: the summary in plain words, and the table of all pairs as in the paper's Table III."""

from __future__ import annotations

from hrm_core.facs import action as action_of
from hrm_core.records.agreement import Average, PairAgreement, ReliabilityReport
from hrm_core.records.words import counted
from hrm_core.reporting.numbers import count, decimal
from hrm_core.reporting.table import (
    CAUTION,
    Cell,
    Column,
    Kind,
    Table,
    action_cell,
    count_cell,
    decimal_cell,
    missing,
    ratio_cell,
    text_cell,
)

__all__ = ["averages_table", "pair_name", "summary_points", "table_iii", "warning_points"]

_HOW = {"mean": "arithmetic mean"}
_RANGE = "\N{EN DASH}"


def pair_name(pair: PairAgreement) -> str:
    """``"Anna – Ben"``."""
    return f"{pair.first.label} {_RANGE} {pair.second.label}"


def table_iii(report: ReliabilityReport) -> Table:
    """Rows are actions; columns ICC(3,1) of each pair, F1 against the first expert, frames and events."""
    leading = report.pairs[0]
    expert = leading.first
    judged = [pair for pair in report.pairs if pair.first == expert]
    columns = (
        Column("action", "Action", Kind.TEXT),
        *(Column(f"icc {pair_name(pair)}", f"ICC(3,1) {pair_name(pair)}") for pair in report.pairs),
        *(Column(f"f1 {pair_name(pair)}", f"F1 {pair_name(pair)}") for pair in judged),
        Column("frames", f"n, {pair_name(leading)}", Kind.COUNT),
        Column("first_events", f"Events, {expert.label}", Kind.COUNT),
        Column("second_events", f"Events, {leading.second.label}", Kind.COUNT),
    )
    rows = tuple(_row(report, judged, row.action) for row in leading.actions)
    remarks = [
        f"n and events: frames that both {expert.label} and {leading.second.label} coded, and the events "
        f"each scored in them. F1: with {expert.label} as the reference. Each average says how it averages.",
    ]
    if len(report.pairs) > 1:
        remarks.append(
            f"n and events are those of the first pair, {pair_name(leading)}, only: other pairs may have "
            f"other frames and events. F1 is given against {expert.label} only."
        )
    remarks += _by_definition(report)
    return Table(
        "table_iii", "Agreement of all pairs", columns, rows, _averages(report, judged), None, tuple(remarks)
    )


def _by_definition(report: ReliabilityReport) -> list[str]:
    """Which zeros in the averages are no measurement, pair by pair."""
    return [
        f"{pair_name(pair)}: the averages count {_zeros(keys)}."
        for pair in report.pairs
        if (keys := _zero_by_definition(pair))
    ]


def _zero_by_definition(pair: PairAgreement) -> tuple[str, ...]:
    """Keys of actions whose ICC is 0 because one source never, or always, scored them."""
    return tuple(row.action for row in pair.actions if row.icc.note.startswith("0 by definition"))


def _zeros(keys: tuple[str, ...]) -> str:
    return f"{_named(keys)} as 0 by definition, because one of the two never, or always, scored it"


def _row(report: ReliabilityReport, judged: list[PairAgreement], action: str) -> tuple[Cell, ...]:
    leading = report.pairs[0].of(action)
    return (
        action_cell(action),
        *(_icc_cell(pair, action) for pair in report.pairs),
        *(_f1_cell(pair, action) for pair in judged),
        count_cell(None if leading.why else leading.frames, leading.why),
        count_cell(None if leading.why else leading.first_events, leading.why),
        count_cell(None if leading.why else leading.second_events, leading.why),
    )


def _icc_cell(pair: PairAgreement, action: str) -> Cell:
    row = next((row for row in pair.actions if row.action == action), None)
    if row is None:
        return missing(f"{pair_name(pair)} do not have it")
    cell = ratio_cell(row.icc, row.why)
    if cell.value is None or not row.warnings:
        return cell
    note = f"{CAUTION}see the cautions on {pair_name(pair)}"
    return Cell(cell.text, cell.value, cell.low, cell.high, note=note)


def _f1_cell(pair: PairAgreement, action: str) -> Cell:
    row = next((row for row in pair.actions if row.action == action), None)
    if row is None:
        return missing(f"{pair_name(pair)} do not have it")
    cell = ratio_cell(row.f1, row.why)
    # Its notes are about an interval that this table does not show.
    return cell if cell.value is None else Cell(cell.text, cell.value)


def _averages(report: ReliabilityReport, judged: list[PairAgreement]) -> tuple[tuple[Cell, ...], ...]:
    ways = list(dict.fromkeys(average.how for pair in report.pairs for average in pair.averages))
    # Only ICCs are averaged, so these cells have nothing to say, and no reason to give.
    empty = Cell("", "")
    return tuple(
        (
            text_cell(f"ICC, {_HOW.get(how, how)}"),
            *(_average_cell(pair, how) for pair in report.pairs),
            *(empty for _ in range(len(judged) + 3)),
        )
        for how in ways
    )


def _average_cell(pair: PairAgreement, how: str) -> Cell:
    average = _average(pair, how)
    if average is None or average.value is None:
        return missing("no action has an ICC")
    note = f"over {counted(average.actions, 'action')}"
    if keys := _zero_by_definition(pair):
        note += f"; 0 by definition among them: {_named(keys)}"
    return Cell(decimal(average.value), average.value, note=note)


def _average(pair: PairAgreement, how: str) -> Average | None:
    return next((average for average in pair.averages if average.how == how), None)


def averages_table(report: ReliabilityReport) -> Table:
    """One row for each pair."""
    ways = list(dict.fromkeys(average.how for pair in report.pairs for average in pair.averages))
    columns = (
        Column("pair", "Pair", Kind.TEXT),
        Column("frames", "Frames", Kind.COUNT),
        Column("children", "Children", Kind.COUNT),
        Column("segments", "Segments", Kind.COUNT),
        Column("actions", "Actions with ICC", Kind.COUNT),
        *(Column(f"icc_{how.replace(' ', '_')}", f"ICC(3,1), {_HOW.get(how, how)}") for how in ways),
        Column("facs_index", "FACS index"),
    )
    rows = tuple(
        (
            text_cell(pair_name(pair)),
            count_cell(pair.frames),
            count_cell(pair.participants),
            count_cell(pair.segments),
            count_cell(pair.averages[0].actions if pair.averages else 0),
            *(_plain_average(pair, how) for how in ways),
            ratio_cell(pair.facs_index),
        )
        for pair in report.pairs
    )
    return Table("pairs", "All pairs in one line each", columns, rows)


def _plain_average(pair: PairAgreement, how: str) -> Cell:
    average = _average(pair, how)
    return decimal_cell(average.value if average else None, "no action has an ICC")


def summary_points(report: ReliabilityReport) -> tuple[str, ...]:
    """What was found, a few sentences for each pair; then the pairs that could not be compared."""
    return (*(_summary(pair) for pair in report.pairs), *report.left_out)


def _summary(pair: PairAgreement) -> str:
    extent = (
        f"{pair.first.label} and {pair.second.label} were compared on {count(pair.frames)} frames of "
        f"{_children(pair.participants)} in {counted(pair.segments, 'segment')}."
    )
    return " ".join(filter(None, (extent, _summary_of_icc(pair), _summary_of_index(pair))))


def _children(number: int) -> str:
    return "1 child" if number == 1 else f"{number} children"


def _summary_of_icc(pair: PairAgreement) -> str:
    told = [average for average in pair.averages if average.value is not None]
    if not told:
        return "No action has an ICC."
    leading, *others = told
    assert leading.value is not None
    rest = "; ".join(
        f"{average.how} {decimal(average.value)}" for average in others if average.value is not None
    )
    text = (
        f"The {_HOW.get(leading.how, leading.how)} of ICC(3,1) over {leading.actions} of "
        f"{counted(len(pair.actions), 'action')} is {decimal(leading.value)}"
        + (f" ({rest})." if rest else ".")
    )
    if leading.left_out:
        text += f" Without an ICC: {_named(leading.left_out)}."
    if zeros := _zero_by_definition(pair):
        text += f" The averages count {_zeros(zeros)}."
    return text


def _summary_of_index(pair: PairAgreement) -> str:
    if pair.facs_index.value is None:
        return ""
    side = "at or above" if pair.facs_index.value >= 0.7 else "below"
    return f"The FACS agreement index is {decimal(pair.facs_index.value)}, {side} the .70 of the FACS test."


def _named(keys: tuple[str, ...]) -> str:
    return ", ".join(f"{entry.kind}{entry.label}" for entry in map(action_of, keys))


def warning_points(report: ReliabilityReport) -> tuple[str, ...]:
    """What a reader must know before any number is used."""
    said: dict[str, list[str]] = {}
    for pair in report.pairs:
        for text in pair.warnings:
            said.setdefault(text, []).append(pair_name(pair))
    points = [f"{', '.join(names)}: {text}" for text, names in said.items()]
    for pair in report.pairs:
        marked = tuple(row.action for row in pair.actions if row.warnings)
        if marked:
            points.append(
                f"{pair_name(pair)}: figures of {counted(len(marked), 'action')} need caution, as said in "
                f"the list of cautions: {_named(marked)}."
            )
        if pair.shifts:
            points.append(
                f"{pair_name(pair)}: the frame numbers of {counted(len(pair.shifts), 'recording')} look "
                "shifted."
            )
    return tuple(points)
