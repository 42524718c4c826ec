"""Tables of a report on suggestions: effort, anchoring, acceptance, how good the model is, drift."""

from __future__ import annotations

from hrm_core.records.agreement import Estimate
from hrm_core.records.assistance_results import (
    AcceptanceBin,
    ActionAnchoring,
    ActionDrift,
    Anchoring,
    AssistanceReport,
    FollowedBin,
    RaterAssistance,
    RunDrift,
)
from hrm_core.reporting.numbers import MINUS, count, decimal
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
    ratio_cell,
    text_cell,
)

__all__ = [
    "acceptance_table",
    "anchoring_table",
    "difference_table",
    "drift_table",
    "effort_table",
    "followed_table",
    "overview_table",
    "plain_number",
    "rates_table",
    "run_drift_name",
]

_EMPTY = Cell("", "")
_ALL = "All actions"


def plain_number(value: float) -> str:
    """A number of acts or seconds, with its zero: ``"0.36"``, ``"−1.20"``, ``"12.4"``."""
    shown = f"{abs(value):.2f}" if abs(value) < 10 else f"{abs(value):.1f}"
    return (MINUS if value < 0 and float(shown) else "") + shown


def _amount_cells(estimate: Estimate) -> tuple[Cell, Cell]:
    """A number of acts or seconds, and its interval."""
    if estimate.value is None:
        return missing(estimate.why), missing(estimate.why)
    value = Cell(plain_number(estimate.value), estimate.value, note=estimate.note)
    if estimate.low is None or estimate.high is None:
        return value, interval_cell(estimate)
    shown = f"[{plain_number(estimate.low)}, {plain_number(estimate.high)}]"
    return value, Cell(shown, None, estimate.low, estimate.high)


def _pair(estimate: Estimate) -> tuple[Cell, Cell]:
    return ratio_cell(estimate), interval_cell(estimate)


def _level(report: AssistanceReport) -> str:
    return f"{100 * report.options.level:g} %"


def _range(low: float, high: float) -> Cell:
    return text_cell(f"{low:.1f} – {high:.1f}")


def _name(action: str) -> Cell:
    return action_cell(action) if action else text_cell(_ALL)


# ---- all coders --------------------------------------------------------------------------------


def overview_table(report: AssistanceReport) -> Table:
    """One row for each coder: what assistance saved, and whether codes lean towards the model."""
    about = _level(report)
    columns = (
        Column("rater", "Coder", Kind.TEXT),
        Column("control", "Control frames", Kind.COUNT, "Suggestions were withheld by lot"),
        Column("assisted", "Assisted frames", Kind.COUNT, "Suggestions were seen first"),
        Column("acts_ratio", "Acts ratio", explained="Acts per frame, assisted divided by control"),
        Column("acts_ratio_interval", about, Kind.INTERVAL),
        Column("seconds_ratio", "Time ratio", explained="Seconds per frame, assisted divided by control"),
        Column("seconds_ratio_interval", about, Kind.INTERVAL),
        Column("positive", "Agreement difference", explained="Positive agreement, assisted less control"),
        Column("positive_interval", about, Kind.INTERVAL),
        Column("f1", "Mean F1", explained="Of the model, on frames coded without suggestions"),
    )
    remarks = (
        "Ratios are assisted divided by control, the difference is assisted less control; intervals by "
        "resampling stretches. Agreement is positive agreement of codes and proposals over all actions. F1 "
        "is the mean over actions that are coded.",
    )
    rows = tuple(_overview_row(one) for one in report.raters)
    return Table("overview", "What suggestions did to coding", columns, rows, remarks=remarks)


def _overview_row(one: RaterAssistance) -> tuple[Cell, ...]:
    no = Estimate(None, why="there are not both control and assisted frames")
    frames = {each.condition.value: each.frames for each in one.effort.conditions}
    difference, bias = one.effort.difference, one.anchoring
    none = Estimate(None, why="no frame that can test it was coded unaided")
    f1 = one.model.quality.means[0].f1 if one.model else none
    return (
        text_cell(one.rater),
        count_cell(frames.get("control", 0)),
        count_cell(frames.get("assisted", 0)),
        *_amount_cells(no if difference is None else difference.acts_ratio),
        *_amount_cells(no if difference is None else difference.seconds_ratio),
        *_pair(no if bias is None else bias.overall.positive_difference),
        ratio_cell(f1),
    )


# ---- one coder ---------------------------------------------------------------------------------


def effort_table(report: AssistanceReport, one: RaterAssistance) -> Table:
    """What frames of each condition cost."""
    about = _level(report)
    columns = (
        Column("condition", "Condition", Kind.TEXT),
        Column("frames", "Frames", Kind.COUNT, "First coded in this condition"),
        Column("stretches", "Stretches", Kind.COUNT),
        Column("acts", "Acts per frame"),
        Column("acts_interval", about, Kind.INTERVAL, "By resampling stretches"),
        Column("seconds", "Seconds per frame"),
        Column("seconds_interval", about, Kind.INTERVAL, "By resampling stretches"),
        Column("review_acts", "Review acts", Kind.COUNT, "On later stays, all frames together"),
        Column("review_seconds", "Review s", Kind.COUNT, "Seconds of later stays, all frames together"),
        Column("unfinished", "Never coded", Kind.COUNT, "Looked at and never coded; in no mean"),
    )
    rows = tuple(
        (
            text_cell(each.condition.value),
            count_cell(each.frames),
            count_cell(each.stretches),
            *_amount_cells(each.acts),
            *_amount_cells(each.seconds),
            count_cell(each.review_acts),
            Cell(count(round(each.review_seconds)), each.review_seconds),
            count_cell(each.unfinished),
        )
        for each in one.effort.conditions
    )
    return Table("effort", f"{one.rater}: acts and time", columns, rows)


def difference_table(report: AssistanceReport, one: RaterAssistance) -> Table:
    """Assisted against control frames; without rows where there are not both."""
    columns = (
        Column("what", "Per frame", Kind.TEXT),
        Column("difference", "Assisted less control"),
        Column("difference_interval", _level(report), Kind.INTERVAL),
        Column("ratio", "Assisted / control"),
        Column("ratio_interval", _level(report), Kind.INTERVAL),
    )
    found = one.effort.difference
    rows: tuple[tuple[Cell, ...], ...] = ()
    if found is not None:
        rows = (
            (text_cell("acts"), *_amount_cells(found.acts), *_amount_cells(found.acts_ratio)),
            (text_cell("seconds"), *_amount_cells(found.seconds), *_amount_cells(found.seconds_ratio)),
        )
    return Table("difference", f"{one.rater}: what assistance saved", columns, rows)


def anchoring_table(report: AssistanceReport, one: RaterAssistance) -> Table:
    """Agreement with the model by action; without rows where there are not both conditions."""
    about = _level(report)
    columns = (
        Column("action", "Action", Kind.TEXT),
        Column("control_positive", "PA control", explained="Positive agreement on control frames"),
        Column("assisted_positive", "PA assisted", explained="Positive agreement on assisted frames"),
        Column("positive", "PA difference", explained="Assisted less control"),
        Column("positive_interval", about, Kind.INTERVAL, "By resampling stretches"),
        Column("control", "Same control", explained="Share of decisions that are the same"),
        Column("assisted", "Same assisted", explained="Share of decisions that are the same"),
        Column("difference", "Same difference", explained="Assisted less control"),
        Column("interval", about, Kind.INTERVAL, "By resampling stretches"),
    )
    bias = one.anchoring
    rows = () if bias is None else tuple(_anchored(each) for each in bias.actions)
    feet: tuple[tuple[Cell, ...], ...] = ()
    if bias is not None:
        feet = (_anchored(bias.overall), *_by_child(bias))
    return Table("anchoring", f"{one.rater}: agreement with the model", columns, rows, feet)


def _anchored(each: ActionAnchoring) -> tuple[Cell, ...]:
    why = "neither coded nor proposed on these frames"
    return (
        _name(each.action),
        decimal_cell(each.control_positive, why),
        decimal_cell(each.assisted_positive, why),
        *_pair(each.positive_difference),
        decimal_cell(each.control, why),
        decimal_cell(each.assisted, why),
        *_pair(each.difference),
    )


def _by_child(bias: Anchoring) -> tuple[tuple[Cell, ...], ...]:
    if bias.by_child is None:
        return ()
    plain, positive = bias.by_child
    head = text_cell(f"The same, {bias.participants} children resampled")
    return ((head, _EMPTY, _EMPTY, *_pair(positive), _EMPTY, _EMPTY, *_pair(plain)),)


def followed_table(report: AssistanceReport, one: RaterAssistance) -> Table:
    """How often an action is coded by how probable the model called it, control and assisted."""
    columns = (
        Column("probability", "Probability from – to", Kind.TEXT),
        Column("control_decisions", "Decisions control", Kind.COUNT),
        Column("control", "Coded control", explained="Share coded on control frames"),
        Column("assisted_decisions", "Decisions assisted", Kind.COUNT),
        Column("assisted", "Coded assisted", explained="Share coded on assisted frames"),
        Column("difference", "Difference"),
        Column("interval", _level(report), Kind.INTERVAL, "By resampling stretches"),
    )
    bins = () if one.anchoring is None else one.anchoring.followed
    return Table(
        "followed", f"{one.rater}: coded by probability", columns, tuple(_followed(each) for each in bins)
    )


def _followed(each: FollowedBin) -> tuple[Cell, ...]:
    why = "no decision lies there"
    return (
        _range(each.low, each.high),
        count_cell(each.control_decisions),
        decimal_cell(each.control, why),
        count_cell(each.assisted_decisions),
        decimal_cell(each.assisted, why),
        *_pair(each.difference),
    )


def acceptance_table(report: AssistanceReport, one: RaterAssistance) -> Table:
    """Acts on suggestions by probability."""
    columns = (
        Column("probability", "Probability from – to", Kind.TEXT),
        Column("accepted", "Accepted", Kind.COUNT),
        Column("rejected", "Rejected", Kind.COUNT),
        Column("corrected", "Corrected", Kind.COUNT),
        Column("share", "Share accepted"),
        Column("interval", _level(report), Kind.INTERVAL, "By Wilson; takes acts for independent"),
    )
    rows = tuple(
        (_range(each.low, each.high), *_decided(each)) for each in one.acceptance.bins if _acts(each)
    )
    whole = one.acceptance.whole
    feet = ((text_cell("Of all actions at once"), *_decided(whole)),) if _acts(whole) else ()
    remarks = (
        f"Taken back, and counted nowhere: {one.acceptance.taken_back}."
        if one.acceptance.taken_back
        else "No act was taken back.",
    )
    return Table("acceptance", f"{one.rater}: acts on suggestions", columns, rows, feet, None, remarks)


def _acts(each: AcceptanceBin) -> int:
    return each.accepted + each.rejected + each.corrected


def _decided(each: AcceptanceBin) -> tuple[Cell, ...]:
    return (
        count_cell(each.accepted),
        count_cell(each.rejected),
        count_cell(each.corrected),
        *_pair(each.share),
    )


def rates_table(report: AssistanceReport, one: RaterAssistance) -> Table:
    """Intraclass correlations of model and expert."""
    about = _level(report)
    columns = (
        Column("action", "Action", Kind.TEXT),
        Column("children", "Children", Kind.COUNT),
        Column("coded", "Coded", explained="Share of frames in which it is coded"),
        Column("proposed", "Proposed", explained="Share of frames in which it is proposed"),
        Column("consistency", "ICC(3,1) shares", explained="Of the children's shares, consistency"),
        Column("consistency_interval", about, Kind.INTERVAL),
        Column("agreement", "ICC(2,1) shares", explained="Of the children's shares, absolute agreement"),
        Column("agreement_interval", about, Kind.INTERVAL),
        Column("by_frame", "ICC(3,1) frames", explained="Of presence, frame by frame"),
        Column("by_frame_interval", about, Kind.INTERVAL, "By resampling children"),
    )
    rows = () if one.model is None else one.model.rates
    cells = tuple(
        (
            action_cell(each.action),
            count_cell(each.participants),
            decimal_cell(each.coded),
            decimal_cell(each.proposed),
            *_pair(each.consistency),
            *_pair(each.agreement),
            *_pair(each.by_frame),
        )
        for each in rows
    )
    return Table("rates", f"{one.rater}: ICC of model and expert", columns, cells)


# ---- drift -------------------------------------------------------------------------------------


def run_drift_name(one: RunDrift) -> str:
    """``"starter-v2, run 3 after starter-v1, run 1"``."""
    return f"{one.newer} after {one.older}"


def drift_table(one: RunDrift) -> Table:
    """What changed from an older run to a newer one, by action."""
    columns = [
        Column("action", "Action", Kind.TEXT),
        Column("mean_change", "Mean change", explained="Mean absolute difference of probabilities"),
        Column("older", "Proposed older", Kind.COUNT),
        Column("newer", "Proposed newer", Kind.COUNT),
        Column("changed", "Proposals changed", Kind.COUNT),
        Column("changed_share", "Changed share"),
    ]
    rows = tuple(_drifted(each) for each in one.actions)
    return Table("drift", run_drift_name(one), tuple(columns), rows, (_drifted(one.overall),))


def _drifted(each: ActionDrift) -> tuple[Cell, ...]:
    share = each.changed / each.decisions
    return (
        _name(each.action),
        Cell(decimal(each.mean_change), each.mean_change),
        count_cell(each.older),
        count_cell(each.newer),
        count_cell(each.changed),
        Cell(decimal(share), share),
    )
