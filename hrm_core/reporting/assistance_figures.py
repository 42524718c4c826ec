"""Figures of a report on suggestions: effort, anchoring, acceptance, calibration with counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from hrm_core.facs import action as action_of
from hrm_core.records.agreement import Estimate
from hrm_core.records.assistance_results import ActionAnchoring, RaterAssistance
from hrm_core.records.detection_results import CalibrationBin
from hrm_core.records.suggestion import Condition
from hrm_core.reporting.assistance_tables import plain_number
from hrm_core.reporting.document import Figure
from hrm_core.reporting.drawing import FAINT, FIRST, INK, MUTED, SECOND, SIDE, Margins, drawn, plain_axes
from hrm_core.reporting.numbers import NOT_AVAILABLE, decimal, interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["acceptance_figure", "anchoring_figure", "calibration_figure", "effort_figure", "followed_figure"]

# A colour and a mark of its own, so that print and every eye tell them apart.
_CONTROL, _ASSISTED = (FIRST, "o", "-"), (SECOND, "s", "--")
_OF_CONDITION = {
    Condition.UNAIDED: (MUTED, "D"),
    Condition.CONTROL: _CONTROL[:2],
    Condition.ASSISTED: _ASSISTED[:2],
    Condition.AFTER: (SIDE, "^"),
}
_BESIDE: dict[str, Any] = {"va": "center", "fontsize": 7, "clip_on": False}


def effort_figure(one: RaterAssistance, name: str) -> Figure | None:
    """Acts and seconds per frame of each condition; None if nothing is known of them."""
    rows = one.effort.conditions
    if not rows:
        return None
    with drawn(name, 0.8 + 0.24 * len(rows), margins_in=Margins(left=0.75, right=0.3)) as (figure, done):
        panels = figure.subplots(1, 2, sharey=True)
        for axes, what in zip(panels, ("acts", "seconds"), strict=True):
            for height, row in enumerate(rows):
                colour, mark = _OF_CONDITION[row.condition]
                _amount(axes, height, getattr(row, what), colour, mark)
            axes.set(ylim=(len(rows) - 0.4, -0.6), xlabel=f"{what} per frame")
            axes.set_xlim(0, 1.35 * max(_most(getattr(row, what)) for row in rows))
            axes.set_yticks(range(len(rows)), [row.condition.value for row in rows])
            plain_axes(axes)
    caption = (
        f"What a frame cost {one.rater}, up to the stay in which it was first coded. Bars: intervals by "
        "resampling stretches. Only control and assisted frames are parted by lot; others may be other "
        "material, coded at another time."
    )
    told = "; ".join(f"{row.condition.value} {plain_number(row.acts.value or 0)}" for row in rows)
    return Figure(name, caption, f"Acts per frame: {told}. The table has all numbers.", done[0])


def _most(value: Estimate) -> float:
    return max(value.value or 0, value.high or 0) or 1.0


def _amount(axes: Axes, height: int, value: Estimate, colour: str, mark: str) -> None:
    if value.value is None:
        return
    end = value.value
    if value.low is not None and value.high is not None:
        bar: dict[str, Any] = {"color": colour, "alpha": 0.35, "linewidth": 5, "solid_capstyle": "butt"}
        axes.plot([value.low, value.high], [height, height], **bar)
        end = value.high
    axes.plot([value.value], [height], mark, color=colour, markersize=4)
    axes.annotate(
        plain_number(value.value), (end, height), (5, 0), textcoords="offset points", color=INK, **_BESIDE
    )


def anchoring_figure(one: RaterAssistance, name: str) -> Figure | None:
    """Positive agreement with the model, assisted less control, by action; None if not measured."""
    if one.anchoring is None:
        return None
    rows = [one.anchoring.overall, *one.anchoring.actions]
    values = [each.positive_difference for each in rows]
    bounds = [
        bound for value in values for bound in (value.low, value.high, value.value) if bound is not None
    ]
    reach = 1.1 * max([0.05, *(abs(bound) for bound in bounds)])
    with drawn(name, 0.75 + 0.17 * len(rows), margins_in=Margins(left=0.75, right=1.4)) as (figure, done):
        axes = figure.add_subplot()
        axes.axvline(0, color=MUTED, linewidth=0.8, zorder=0)
        for height, (row, value) in enumerate(zip(rows, values, strict=True)):
            _difference(axes, height, value, reach, whole=not row.action)
        axes.set(xlim=(-reach, reach), ylim=(len(rows) - 0.4, -0.6))
        axes.set_xlabel("positive agreement with the model, assisted less control")
        axes.set_yticks(range(len(rows)), [_label(row) for row in rows])
        plain_axes(axes)
    overall = one.anchoring.overall.positive_difference
    shown = "n/a" if overall.value is None else decimal(overall.value)
    caption = (
        f"Anchoring of {one.rater}: right of the line, codes agree more with the model where its suggestions "
        "were seen first. Bars: intervals by resampling stretches of frames."
    )
    alt = f"Differences in positive agreement by action; over all actions {shown}. The table has all numbers."
    return Figure(name, caption, alt, done[0])


def _label(row: ActionAnchoring) -> str:
    if not row.action:
        return "All"
    entry = action_of(row.action)
    return f"{entry.kind}{entry.label}"


def _difference(axes: Axes, height: int, value: Estimate, reach: float, *, whole: bool) -> None:
    if value.value is None:
        axes.text(0, height, NOT_AVAILABLE, color=MUTED, ha="center", **_BESIDE)
        return
    text = decimal(value.value)
    colour = SECOND if whole else FIRST
    if value.low is not None and value.high is not None:
        bar: dict[str, Any] = {"color": colour, "alpha": 0.35, "linewidth": 5, "solid_capstyle": "butt"}
        axes.plot([value.low, value.high], [height, height], **bar)
        text = f"{text} {interval(value.low, value.high)}"
    axes.plot([value.value], [height], "D" if whole else "o", color=colour, markersize=4)
    axes.text(1.04 * reach, height, text, color=INK, ha="left", **_BESIDE)


def followed_figure(one: RaterAssistance, name: str) -> Figure | None:
    """Share coded against probability said, on control and on assisted frames; None if not measured."""
    if one.anchoring is None:
        return None
    bins = one.anchoring.followed
    with drawn(name, 3.5, 4.2, Margins(0.6, 0.15, 0.5, 0.4)) as (figure, done):
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
        upper.plot([0, 1], [0, 1], color=FAINT, linewidth=1, zorder=0)
        for side, (colour, mark, dash) in (("control", _CONTROL), ("assisted", _ASSISTED)):
            middles = [(each.low + each.high) / 2 for each in bins]
            shares = [getattr(each, side) for each in bins]
            there = [(x, y) for x, y in zip(middles, shares, strict=True) if y is not None]
            style: dict[str, Any] = {"color": colour, "marker": mark, "linestyle": dash, "markersize": 3.5}
            upper.plot([x for x, _ in there], [y for _, y in there], linewidth=1.2, label=side, **style)
            counts = [getattr(each, f"{side}_decisions") for each in bins]
            shift = -0.018 if side == "control" else 0.018
            lower.bar([x + shift for x in middles], counts, 0.034, color=colour)
        upper.set(ylim=(0, 1), ylabel="share coded")
        upper.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, borderaxespad=0.2, handlelength=3)
        _counts_axis(lower)
        plain_axes(upper, keep=("left", "bottom"))
    caption = (
        f"How often {one.rater} coded an action by how probable the model called it. Where the lines part, "
        "codes follow what was shown. Below: decisions (each action of each frame is one; logarithmic)."
    )
    return Figure(name, caption, "Share coded by probability, control and assisted; see the table.", done[0])


def _counts_axis(axes: Axes) -> None:
    axes.set(xlim=(0, 1), xlabel="probability said", ylabel="decisions", yscale="log", ylim=(0.8, None))
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.minorticks_off()
    plain_axes(axes, keep=("left", "bottom"))


def acceptance_figure(one: RaterAssistance, name: str) -> Figure | None:
    """Share of acts that accept, by probability; None if there was no act on a single action."""
    bins = [each for each in one.acceptance.bins if each.share.value is not None]
    if not bins:
        return None
    with drawn(name, 2.4, 4.2, Margins(0.6, 0.15, 0.5, 0.3)) as (figure, done):
        axes = figure.add_subplot()
        for each in bins:
            middle, acts = (each.low + each.high) / 2, each.accepted + each.rejected + each.corrected
            share, low, high = each.share.value or 0.0, each.share.low or 0.0, each.share.high or 0.0
            axes.plot([middle, middle], [low, high], color=FIRST, alpha=0.35, linewidth=5)
            axes.plot([middle], [share], "o", color=FIRST, markersize=4)
            axes.text(middle, 1.06, f"{acts:,}", ha="center", color=MUTED, fontsize=6.5, clip_on=False)
        axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="probability said", ylabel="share accepted")
        plain_axes(axes, keep=("left", "bottom"))
    caption = (
        f"Acts of {one.rater} on single actions that accept what is suggested. Bars: Wilson intervals, which "
        "take acts for independent; above: number of acts. Who passes over a suggestion without an act is "
        "not in it."
    )
    return Figure(name, caption, "Share accepted by probability; the table has the numbers.", done[0])


def calibration_figure(label: str, bins: Sequence[CalibrationBin], name: str) -> Figure | None:
    """Share coded against probability said, with the number of decisions below; None without any."""
    there = [each for each in bins if each.probability is not None and each.share is not None]
    if not there:
        return None
    with drawn(name, 3.5, 4.2, Margins(0.6, 0.15, 0.5, 0.15)) as (figure, done):
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
        upper.plot([0, 1], [0, 1], color=FAINT, linewidth=1, zorder=0)
        xs, ys = [each.probability or 0.0 for each in there], [each.share or 0.0 for each in there]
        upper.plot(xs, ys, "o-", color=FIRST, markersize=3.5, linewidth=1.2, clip_on=False)
        upper.set(ylim=(0, 1), ylabel="share coded")
        plain_axes(upper, keep=("left", "bottom"))
        width = 1 / len(bins)
        middles = [(place + 0.5) * width for place in range(len(bins))]
        lower.bar(middles, [each.decisions for each in bins], 0.8 * width, color=FIRST)
        _counts_axis(lower)
    caption = (
        f"Calibration of {label} on frames coded without suggestions, over all actions, in {len(bins)} bins "
        "of equal width. On the line, what is said with a probability is there as often. Below: decisions "
        "(logarithmic)."
    )
    return Figure(name, caption, "Reliability diagram with counts; the table has the numbers.", done[0])
