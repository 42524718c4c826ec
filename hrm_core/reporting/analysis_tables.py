"""Tables of a group analysis: what there is, differences between groups, sides, and ratings."""

from __future__ import annotations

from collections.abc import Iterable

from hrm_core.records.agreement import Estimate
from hrm_core.records.analysis_results import (
    AnalysisReport,
    Asymmetry,
    FrameTest,
    Importance,
    MixedModel,
    ParticipantTest,
)
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
    ratio_cell,
    text_cell,
)

__all__ = [
    "asymmetry_table",
    "differences_table",
    "frame_tests_table",
    "importance_table",
    "is_required",
    "level_of",
    "mixed_table",
    "name_of",
    "pair_cells",
    "paired_tests",
    "participant_tests_table",
    "trusted_p",
    "units_table",
    "z_cell",
]

_EMPTY = Cell("", "")
_NO_CHILD = "one of the groups has no child with such frames"
_NO_INTERVAL = "no interval by resampling"
_BY_RULE = "frames were chosen by this action: a difference in it says little"
_SMALL_P = "as printed; files hold log10 of p where p is too small for a number"


def name_of(expression: str) -> str:
    """``"All frames"``, ``"Happiness"``."""
    return expression.capitalize() or "All frames"


def level_of(report: AnalysisReport) -> str:
    """``"95 %"``."""
    return f"{100 * report.options.level:g} %"


def trusted_p(test: ParticipantTest) -> float | None:
    """The p of a comparison of children that is adjusted: the exact one where there is one."""
    return test.p if test.p_exact is None else test.p_exact


def paired_tests(report: AnalysisReport, expression: str) -> list[tuple[FrameTest, ParticipantTest]]:
    """Both tests of each action, side by side: neither is shown without the other."""
    of_children = {test.action: test for test in report.participant_tests if test.expression == expression}
    return [(test, of_children[test.action]) for test in report.frame_tests if test.expression == expression]


def is_required(report: AnalysisReport, expression: str, action: str) -> bool:
    """Whether frames were taken for the expression because of this action, so that it says little there."""
    return action in report.required.get(expression, ())


def z_cell(value: float | None, why: str = "") -> Cell:
    """A Z as statistics print it, with its zero: ``"−0.42"``."""
    if value is None:
        return missing(why)
    shown = f"{abs(value):.2f}"
    return Cell((MINUS if value < 0 and float(shown) else "") + shown, value)


def pair_cells(estimate: Estimate) -> tuple[Cell, Cell]:
    """An estimate and its interval."""
    told = estimate.why or estimate.note
    return ratio_cell(estimate), interval_cell(estimate, "" if told else _NO_INTERVAL)


# ---- what there is -------------------------------------------------------------------------------


def units_table(report: AnalysisReport) -> Table:
    """Children, recordings and frames of each group."""
    columns = (
        Column("expression", "Frames of", Kind.TEXT, narrow=True),
        Column("group", "Group", Kind.TEXT, narrow=True),
        Column("children", "Children", Kind.COUNT),
        Column("videos", "Recordings", Kind.COUNT),
        Column("frames", "Frames", Kind.COUNT),
        Column("minutes", "Minutes", Kind.RATIO),
    )
    rows = tuple(
        (
            text_cell(name_of(unit.expression)),
            text_cell(unit.group),
            count_cell(unit.children),
            count_cell(unit.videos),
            count_cell(unit.frames),
            missing("the time of some frames is not known")
            if unit.seconds is None
            else Cell(f"{unit.seconds / 60:.2f}", unit.seconds / 60),
        )
        for unit in report.units
    )
    return Table("units", "What was compared", columns, rows)


# ---- differences ---------------------------------------------------------------------------------


def differences_table(report: AnalysisReport, expressions: Iterable[str]) -> Table:
    """Both tests of each action, those of children first; an action that never occurs is in it, too."""
    expressions = tuple(expressions)
    first, second = report.options.groups
    columns: tuple[Column, ...] = (
        Column("action", "Action", Kind.TEXT),
        Column("first", first, explained=f"Mean over children of the share of frames, {first}"),
        Column("second", second, explained=f"Mean over children of the share of frames, {second}"),
        Column("difference", "Difference", explained=f"{first} less {second}"),
        Column("difference_interval", level_of(report), Kind.INTERVAL, "By resampling children"),
        Column("p_children", "p children", Kind.P, "Mann-Whitney over children"),
        Column("p_children_holm", "Holm children", Kind.P, "The same, adjusted for all actions"),
        Column("z_frames", "Z frames", explained="Mann-Whitney over frames, corrected for ties"),
        Column("p_frames", "p frames", Kind.P, "Takes frames of one child for independent"),
        Column("p_frames_holm", "Holm frames", Kind.P, "The same, adjusted for all actions"),
    )
    remarks = (
        "p children compares one number per child and is the one to rely on. p frames is computed as in "
        "the HRM study and takes neighbouring frames of one child for independent, which they are not: it is "
        "far too small.",
    )
    several = len(expressions) > 1
    if several:
        columns = (Column("expression", "Frames of", Kind.TEXT, narrow=True), *columns)
    rows = tuple(
        (*([text_cell(name_of(expression))] if several else []), *_difference(report, frames, children))
        for expression in expressions
        for frames, children in paired_tests(report, expression)
    )
    about = "" if several else f", {name_of(expressions[0]).lower()}"
    return Table("differences", f"{first} and {second}{about}", columns, rows, remarks=remarks)


def _difference(report: AnalysisReport, frames: FrameTest, children: ParticipantTest) -> tuple[Cell, ...]:
    rule = _BY_RULE if is_required(report, frames.expression, frames.action) else ""
    return (
        action_cell(frames.action, note="; ".join(filter(None, (rule, children.note)))),
        *_two(children.mean, children.note),
        *pair_cells(children.difference),
        p_cell(trusted_p(children), children.note or _NO_CHILD),
        p_cell(children.p_holm, children.note or _NO_CHILD),
        z_cell(frames.z, frames.note or _NO_CHILD),
        p_cell(frames.p, frames.note or _NO_CHILD),
        p_cell(frames.p_holm, frames.note or _NO_CHILD),
    )


def _two(values: tuple[float, float] | None, why: str) -> tuple[Cell, Cell]:
    if values is None:
        return missing(why or _NO_CHILD), missing(why or _NO_CHILD)
    return decimal_cell(values[0]), decimal_cell(values[1])


_HEAD = (Column("expression", "Frames of", Kind.TEXT, narrow=True), Column("action", "Action", Kind.TEXT))


def frame_tests_table(report: AnalysisReport) -> Table:
    """All of the tests over frames, beside the p over children."""
    first, second = report.options.groups
    columns = (
        *_HEAD,
        Column("frames_first", f"{first} frames", Kind.COUNT),
        Column("frames_second", f"{second} frames", Kind.COUNT),
        Column("present_first", f"{first} present", Kind.COUNT),
        Column("present_second", f"{second} present", Kind.COUNT),
        Column("u", "U", Kind.RATIO),
        Column("z", "Z", Kind.RATIO),
        Column("p", "p", Kind.P),
        Column("log10_p", "log10 p", Kind.RATIO),
        Column("z_continuity", "Z with continuity", Kind.RATIO),
        Column("p_continuity", "p with continuity", Kind.P),
        Column("p_exact", "p exact", Kind.P),
        Column("rank_biserial", "r", Kind.RATIO, "Rank-biserial"),
        Column("rank_biserial_interval", level_of(report), Kind.INTERVAL),
        Column("p_holm", "Holm", Kind.P),
        Column("p_bh", "BH", Kind.P),
        Column("family", "Family", Kind.COUNT),
        Column("p_children", "p children", Kind.P),
        Column("note", "Note", Kind.TEXT),
    )
    children = {(test.expression, test.action): test for test in report.participant_tests}
    rows = tuple(_frame_row(test, children[test.expression, test.action]) for test in report.frame_tests)
    return Table("frame-tests", "Mann-Whitney over frames", columns, rows, remarks=(_SMALL_P,))


def _frame_row(test: FrameTest, children: ParticipantTest) -> tuple[Cell, ...]:
    why = test.note or _NO_CHILD
    return (
        text_cell(name_of(test.expression)),
        action_cell(test.action),
        *(count_cell(number) for number in (*test.frames, *test.present)),
        *(decimal_cell(value, why) for value in (test.u, test.z)),
        p_cell(test.p, why),
        decimal_cell(test.log10_p, why),
        decimal_cell(test.z_continuity, why),
        p_cell(test.p_continuity, why),
        p_cell(test.p_exact, "too many frames for an exact p"),
        *pair_cells(test.rank_biserial),
        p_cell(test.p_holm, why),
        p_cell(test.p_bh, why),
        count_cell(test.family),
        p_cell(trusted_p(children), children.note or _NO_CHILD),
        text_cell(test.note),
    )


def participant_tests_table(report: AnalysisReport) -> Table:
    """All of the comparisons of children."""
    first, second = report.options.groups
    columns = (
        *_HEAD,
        Column("children_first", f"{first} children", Kind.COUNT),
        Column("children_second", f"{second} children", Kind.COUNT),
        Column("mean_first", f"{first} mean"),
        Column("mean_second", f"{second} mean"),
        Column("median_first", f"{first} median"),
        Column("median_second", f"{second} median"),
        Column("z", "Z"),
        Column("p", "p", Kind.P),
        Column("p_exact", "p exact", Kind.P),
        Column("p_permutation", "p permutation", Kind.P),
        Column("rank_biserial", "r", Kind.RATIO, "Rank-biserial"),
        Column("rank_biserial_interval", level_of(report), Kind.INTERVAL),
        Column("difference", "Difference"),
        Column("difference_interval", level_of(report), Kind.INTERVAL),
        Column("pooled", "Pooled difference"),
        Column("pooled_interval", level_of(report), Kind.INTERVAL),
        Column("p_holm", "Holm", Kind.P),
        Column("p_bh", "BH", Kind.P),
        Column("family", "Family", Kind.COUNT),
        Column("note", "Note", Kind.TEXT),
    )
    rows = tuple(_child_row(test) for test in report.participant_tests)
    return Table("participant-tests", "Comparison of children", columns, rows)


def _child_row(test: ParticipantTest) -> tuple[Cell, ...]:
    why = test.note or _NO_CHILD
    return (
        text_cell(name_of(test.expression)),
        action_cell(test.action),
        *(count_cell(number) for number in test.children),
        *_two(test.mean, why),
        *_two(test.median, why),
        decimal_cell(test.z, why),
        p_cell(test.p, why),
        p_cell(test.p_exact, "too many arrangements for an exact p"),
        p_cell(test.p_permutation, why),
        *pair_cells(test.rank_biserial),
        *pair_cells(test.difference),
        *pair_cells(test.pooled_difference),
        p_cell(test.p_holm, why),
        p_cell(test.p_bh, why),
        count_cell(test.family),
        text_cell(test.note),
    )


def mixed_table(report: AnalysisReport) -> Table | None:
    """Mixed-effects models of all frames and of each expression; None if none was asked for."""
    fitted = [(test, test.mixed) for test in report.participant_tests if test.mixed is not None]
    if not fitted:
        return None
    columns = (
        *_HEAD,
        Column("frames", "Frames", Kind.COUNT),
        Column("children", "Children", Kind.COUNT),
        Column("log_odds", "Log odds", explained="First group less second"),
        Column("log_odds_interval", level_of(report), Kind.INTERVAL),
        Column("p_mixed", "p", Kind.P),
        Column("child_sd", "SD of children", explained="On the scale of log odds"),
    )
    taken = sorted({name for _, model in fitted for name in model.covariates})
    remarks = (f"Also in the model: {', '.join(taken)}.",) if taken else ()
    rows = tuple(_mixed_row(test, model) for test, model in fitted)
    return Table("mixed-models", "Mixed-effects logistic models", columns, rows, remarks=remarks, folded=True)


def _mixed_row(test: ParticipantTest, model: MixedModel) -> tuple[Cell, ...]:
    why = model.log_odds.why or "the model gives none"
    return (
        text_cell(name_of(test.expression)),
        action_cell(test.action),
        count_cell(model.frames),
        count_cell(model.children),
        *pair_cells(model.log_odds),
        p_cell(model.p, why),
        decimal_cell(model.child_sd, why),
    )


# ---- sides and ratings ---------------------------------------------------------------------------


def asymmetry_table(report: AnalysisReport) -> Table:
    """On which side one-sided actions are; left and right are the child's."""
    columns = (
        Column("action", "Action", Kind.TEXT),
        Column("group", "Group", Kind.TEXT, narrow=True),
        Column("both", "Both", Kind.COUNT, "Frames on both sides"),
        Column("left", "Left", Kind.COUNT, "Frames on the child's left only"),
        Column("right", "Right", Kind.COUNT, "Frames on the child's right only"),
        Column("children", "Children", Kind.COUNT, "With a one-sided frame"),
        Column("index", "Index", explained="(left less right) / (left plus right)"),
        Column("index_interval", level_of(report), Kind.INTERVAL),
        Column("one_sided", "One-sided", explained="Share of frames with the action"),
        Column("one_sided_interval", level_of(report), Kind.INTERVAL),
        Column("p", "p children", Kind.P, "Between groups, of the share of one-sided frames"),
    )
    remarks = (
        "Index: 1 is always left, −1 always right, seen from the child. Intervals by resampling children.",
    )
    rows = tuple(_asymmetry_row(report, one) for one in report.asymmetry)
    return Table("asymmetry", "Left and right", columns, rows, remarks=remarks)


def _asymmetry_row(report: AnalysisReport, one: Asymmetry) -> tuple[Cell, ...]:
    return (
        action_cell(one.action),
        text_cell(one.group),
        *(count_cell(number) for number in (one.both, one.left, one.right, one.children)),
        *pair_cells(one.index),
        *pair_cells(one.one_sided),
        # Said once for both groups.
        p_cell(one.p, "too few children with this action")
        if one.group == report.options.groups[0]
        else _EMPTY,
    )


def importance_table(report: AnalysisReport) -> Table:
    """What about a clip goes with its mean rating, most important first."""
    columns = (
        Column("action", "Action", Kind.TEXT),
        Column("importance", "Importance", explained="Growth of the mean absolute error without it"),
        Column("importance_interval", level_of(report), Kind.INTERVAL),
        Column("coefficient", "Coefficient", explained="Points for one standard deviation more"),
    )
    rows = tuple(_importance_row(one) for one in report.ratings.actions)
    return Table("importance", "Actions and mean ratings", columns, rows)


def _importance_row(one: Importance) -> tuple[Cell, ...]:
    return (action_cell(one.action), *pair_cells(one.importance), decimal_cell(one.coefficient))
