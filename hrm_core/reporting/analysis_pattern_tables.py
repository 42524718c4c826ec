"""Tables of a group analysis: which actions occur together, and their time course."""

from __future__ import annotations

from collections import Counter

from hrm_core.records.agreement import Estimate
from hrm_core.records.analysis_patterns import CoOccurrence, DynamicsRow, ExampleFrame, TopCombination
from hrm_core.records.analysis_results import AnalysisReport
from hrm_core.reporting.analysis_tables import level_of, name_of, pair_cells
from hrm_core.reporting.numbers import MINUS
from hrm_core.reporting.table import (
    Cell,
    Column,
    Kind,
    Table,
    action_cell,
    count_cell,
    decimal_cell,
    interval_cell,
    missing,
    p_cell,
    text_cell,
)

__all__ = [
    "co_occurrence_table",
    "complexity_table",
    "dynamics_table",
    "entropy_table",
    "overlap_table",
    "phases_table",
    "rarefaction_table",
    "synchrony_table",
    "top_table",
    "transition_table",
]

_EMPTY = Cell("", "")
_EXPRESSION = Column("expression", "Frames of", Kind.TEXT, narrow=True)
_GROUP = Column("group", "Group", Kind.TEXT, narrow=True)
_BY_CHILDREN = "By resampling children"
_BY_LEAVING_OUT = "By leaving out one child at a time"
_TOP_PRINTED, _PAIRS_PRINTED = 30, 40


def _amount_cells(estimate: Estimate) -> tuple[Cell, Cell]:
    """A number that has its zero, such as seconds or combinations, and its interval."""
    if estimate.value is None:
        return missing(estimate.why), missing(estimate.why)
    value = Cell(_amount(estimate.value), estimate.value, note=estimate.note)
    if estimate.low is None or estimate.high is None:
        return value, interval_cell(estimate)
    shown = f"[{_amount(estimate.low)}, {_amount(estimate.high)}]"
    return value, Cell(shown, None, estimate.low, estimate.high)


def _amount(value: float) -> str:
    shown = f"{abs(value):.2f}" if abs(value) < 100 else f"{abs(value):,.0f}"
    return (MINUS if value < 0 and float(shown.replace(",", "")) else "") + shown


# ---- combinations --------------------------------------------------------------------------------


def complexity_table(report: AnalysisReport) -> Table:
    """How many actions at once, and how many different combinations these are."""
    columns = (
        _EXPRESSION,
        _GROUP,
        Column("complexity", "Complexity", Kind.COUNT, "Actions at once"),
        Column("frames", "Frames", Kind.COUNT),
        Column("unique", "Combinations", Kind.COUNT, "Different ones, sides counted as different"),
        Column("unique_sideless", "Without sides", Kind.COUNT, "Different ones, sides left out"),
    )
    rows = tuple(
        (
            text_cell(name_of(row.expression)),
            text_cell(row.group),
            *(count_cell(number) for number in (row.complexity, row.frames, row.unique, row.unique_sideless)),
        )
        for row in report.combinations.complexity
    )
    return Table("complexity", "Complexity and different combinations", columns, rows, folded=True)


def rarefaction_table(report: AnalysisReport) -> Table:
    """Different combinations at equal numbers of frames."""
    columns = (
        _EXPRESSION,
        _GROUP,
        Column("frames", "Frames", Kind.COUNT, "All of the group"),
        Column("found", "Combinations", Kind.COUNT, "Different ones in all frames of the group"),
        Column("at", "At frames", Kind.COUNT, "The number that both groups reach"),
        Column("unique", "Expected", explained="Combinations expected in so many frames"),
        Column("unique_interval", level_of(report), Kind.INTERVAL, _BY_LEAVING_OUT),
    )
    rows = tuple(
        (
            text_cell(name_of(one.expression)),
            text_cell(one.group),
            count_cell(one.frames[-1] if one.frames else 0),
            count_cell(round(one.expected[-1]) if one.expected else 0),
            count_cell(one.at),
            *_amount_cells(one.unique),
        )
        for one in report.combinations.rarefaction
    )
    remarks = (
        "Groups with more frames show more combinations for that reason alone: compare the column Expected.",
    )
    return Table("rarefaction", "Combinations at equal numbers of frames", columns, rows, remarks=remarks)


def entropy_table(report: AnalysisReport) -> Table:
    """How evenly combinations are spread."""
    columns = (
        _EXPRESSION,
        _GROUP,
        Column("frames", "Frames", Kind.COUNT),
        Column("unique", "Combinations", Kind.COUNT),
        Column("bits", "Entropy", explained="Shannon, in bits"),
        Column("bits_interval", level_of(report), Kind.INTERVAL, _BY_LEAVING_OUT),
        Column("corrected", "Corrected", explained="After Miller and Madow, for few frames"),
        Column("mean_complexity", "Mean complexity", explained="Actions per frame"),
        Column("mean_complexity_interval", level_of(report), Kind.INTERVAL, _BY_CHILDREN),
    )
    rows = tuple(
        (
            text_cell(name_of(one.expression)),
            text_cell(one.group),
            count_cell(one.frames),
            count_cell(one.unique),
            *_amount_cells(one.bits),
            missing("no frames") if one.corrected is None else Cell(_amount(one.corrected), one.corrected),
            *_amount_cells(one.mean_complexity),
        )
        for one in report.combinations.entropy
    )
    return Table("entropy", "How evenly combinations are spread", columns, rows)


def top_table(report: AnalysisReport) -> Table:
    """The most frequent combinations of each group, and where to look at them."""
    columns = (
        _EXPRESSION,
        _GROUP,
        Column("score", "Combination", Kind.TEXT),
        Column("frames", "Frames", Kind.COUNT),
        Column("share", "Share", explained="Of the group's frames"),
        Column("children", "Children", Kind.COUNT),
        Column("examples", "Examples (child/video/frame)", Kind.TEXT),
    )
    # On paper those of all frames; those of single expressions are more of the same.
    top = sorted(report.combinations.top, key=lambda one: one.expression != "")
    whole = sum(not one.expression for one in top)
    rows = tuple(_top_row(one) for one in top)
    remarks = ("0 is a face without any action. Frames are counted from 0.",)
    return Table(
        "top-combinations",
        "The most frequent combinations",
        columns,
        rows,
        shown=min(whole or len(rows), _TOP_PRINTED),
        remarks=remarks,
    )


def _top_row(one: TopCombination) -> tuple[Cell, ...]:
    return (
        text_cell(name_of(one.expression)),
        text_cell(one.group),
        text_cell(one.score),
        count_cell(one.frames),
        decimal_cell(one.share),
        count_cell(one.children),
        text_cell("; ".join(_place(example) for example in one.examples)),
    )


def _place(example: ExampleFrame) -> str:
    return f"{example.participant}/{example.video}/{example.frame}"


def co_occurrence_table(report: AnalysisReport) -> Table:
    """Pairs of actions, of each group."""
    columns = (
        _EXPRESSION,
        _GROUP,
        Column("first", "Action", Kind.TEXT),
        Column("second", "With", Kind.TEXT),
        Column("together", "Frames with both", Kind.COUNT),
        Column("lift", "Lift", explained="1 if the two are independent"),
    )
    rows = tuple(row for one in report.combinations.co_occurrence for row in _pair_rows(one))
    return Table("co-occurrence", "Actions that occur together", columns, rows)


def _pair_rows(one: CoOccurrence) -> list[tuple[Cell, ...]]:
    return [
        (
            text_cell(name_of(one.expression)),
            text_cell(one.group),
            action_cell(first),
            action_cell(second),
            count_cell(one.together[row][column]),
            _lift_cell(one.lift[row][column]),
        )
        for row, first in enumerate(one.actions)
        for column, second in enumerate(one.actions)
        if row < column
    ]


def _lift_cell(lift: float | None) -> Cell:
    if lift is None:
        return missing("one of the two never occurs in this group")
    return Cell(_amount(lift), lift)


def transition_table(report: AnalysisReport) -> Table:
    """Which combination follows which."""
    columns = (
        _GROUP,
        Column("before", "From", Kind.TEXT),
        Column("after", "To", Kind.TEXT),
        Column("count", "Times", Kind.COUNT),
        Column("children", "Children", Kind.COUNT),
        Column("probability", "Share", explained="Of the changes that leave the first"),
    )
    rows = tuple(
        (
            text_cell(one.group),
            text_cell(one.before),
            text_cell(one.after),
            count_cell(one.count),
            count_cell(one.children),
            decimal_cell(one.probability),
        )
        for one in report.combinations.transitions
    )
    return Table("transitions", "Changes from frame to frame", columns, rows, folded=True)


# ---- time course ---------------------------------------------------------------------------------


def dynamics_table(report: AnalysisReport) -> Table:
    """How often events of each action begin, and how long they last."""
    columns = (
        Column("action", "Action", Kind.TEXT),
        _GROUP,
        Column("events", "Events", Kind.COUNT, "Whole ones"),
        Column("cut", "Cut off", Kind.COUNT, "By the end of what was coded"),
        Column("children", "Children", Kind.COUNT, "With a whole event"),
        Column("per_minute", "Per minute"),
        Column("per_minute_interval", level_of(report), Kind.INTERVAL, _BY_CHILDREN),
        Column("duration", "Duration s"),
        Column("duration_interval", level_of(report), Kind.INTERVAL, _BY_CHILDREN),
        Column("p_duration", "p children", Kind.P, "Between groups, of the median duration"),
    )
    rows = tuple(
        (
            action_cell(row.action),
            text_cell(row.group),
            count_cell(row.events),
            count_cell(row.cut),
            count_cell(row.children),
            *_amount_cells(row.per_minute),
            *_amount_cells(row.duration_s),
            # Said once for both groups.
            p_cell(row.p_duration, "too few children with a whole event")
            if row.group == report.options.groups[0]
            else _EMPTY,
        )
        for row in report.dynamics.rows
    )
    return Table("dynamics", "Events of each action", columns, rows)


def phases_table(report: AnalysisReport) -> Table:
    """Onset, apex and offset of the events of each action; no row where no strength is known."""
    columns = (
        Column("action", "Action", Kind.TEXT),
        _GROUP,
        Column("onset", "Onset s"),
        Column("onset_interval", level_of(report), Kind.INTERVAL, _BY_CHILDREN),
        Column("apex", "Apex s"),
        Column("apex_interval", level_of(report), Kind.INTERVAL, _BY_CHILDREN),
        Column("offset", "Offset s"),
        Column("offset_interval", level_of(report), Kind.INTERVAL, _BY_CHILDREN),
        Column("speed", "Speed", explained="Steepest rise, in parts of the whole scale per second"),
        Column("speed_interval", level_of(report), Kind.INTERVAL, _BY_CHILDREN),
    )
    known = [row for row in report.dynamics.rows if any(one.value is not None for one in _phases(row))]
    rows = tuple(
        (
            action_cell(row.action),
            text_cell(row.group),
            *(cell for one in _phases(row) for cell in _amount_cells(one)),
        )
        for row in known
    )
    remarks = (f"Strengths: {report.dynamics.strength_source}.",)
    return Table("phases", "Onset, apex and offset", columns, rows, remarks=remarks)


def _phases(row: DynamicsRow) -> tuple[Estimate, Estimate, Estimate, Estimate]:
    return row.onset_s, row.apex_s, row.offset_s, row.speed_per_s


def overlap_table(report: AnalysisReport) -> Table:
    """How much events of two actions overlap."""
    columns = (
        Column("first", "Action", Kind.TEXT),
        Column("second", "With", Kind.TEXT),
        _GROUP,
        Column("events", "Overlapping", Kind.COUNT, "Pairs of events"),
        Column("jaccard", "Overlap", explained="Frames with both / frames with either"),
        Column("jaccard_interval", level_of(report), Kind.INTERVAL, _BY_CHILDREN),
        Column("lead", "Lead s", explained="From the onset of the first to that of the second"),
        Column("lead_interval", level_of(report), Kind.INTERVAL, _BY_CHILDREN),
    )
    often: Counter[tuple[str, str]] = Counter()
    for row in report.dynamics.overlaps:
        often[row.first, row.second] += row.events
    # The pairs that overlap most often come first, each with both of its groups.
    ordered = sorted(report.dynamics.overlaps, key=lambda row: -often[row.first, row.second])
    rows = tuple(
        (
            action_cell(row.first),
            action_cell(row.second),
            text_cell(row.group),
            count_cell(row.events),
            *pair_cells(row.jaccard),
            *_amount_cells(row.lead_s),
        )
        for row in ordered
    )
    return Table(
        "overlaps", "Events that overlap", columns, rows, shown=min(len(rows), _PAIRS_PRINTED), folded=True
    )


def synchrony_table(report: AnalysisReport) -> Table:
    """Whether both sides of an action move together."""
    columns = (
        Column("action", "Action", Kind.TEXT),
        _GROUP,
        Column("events", "Events", Kind.COUNT, "With a frame that shows both sides"),
        Column("together", "Together", explained="Share that begins on both sides in one frame"),
        Column("together_interval", level_of(report), Kind.INTERVAL, _BY_CHILDREN),
        Column("lag", "Lag s", explained="Between the onsets of the sides"),
        Column("lag_interval", level_of(report), Kind.INTERVAL, _BY_CHILDREN),
        Column("left_leads", "Left leads", explained="Share of the others in which the left begins"),
        Column("left_leads_interval", level_of(report), Kind.INTERVAL, _BY_CHILDREN),
    )
    rows = tuple(
        (
            action_cell(row.action),
            text_cell(row.group),
            count_cell(row.events),
            *pair_cells(row.together),
            *_amount_cells(row.lag_s),
            *pair_cells(row.left_leads),
        )
        for row in report.dynamics.synchrony
    )
    return Table("synchrony", "Both sides of an action", columns, rows)
