"""Figures of a group analysis: differences between groups action by action, and what goes with ratings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from hrm_core.facs import action as action_of
from hrm_core.records.agreement import Estimate
from hrm_core.records.analysis_results import AnalysisReport, FrameTest, ParticipantTest
from hrm_core.records.words import counted
from hrm_core.reporting.analysis_tables import is_required, level_of, name_of, paired_tests, trusted_p
from hrm_core.reporting.document import Figure
from hrm_core.reporting.drawing import (
    FIRST,
    INK,
    MUTED,
    PAPER,
    SECOND,
    Margins,
    drawn,
    plain_axes,
)
from hrm_core.reporting.numbers import MINUS, NOT_AVAILABLE, p_value

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["BY_RULE", "GROUP_LOOKS", "difference_figure", "importance_figure", "label_of"]

GROUP_LOOKS = ((FIRST, "o", "-"), (SECOND, "s", "--"))
"""Colour, mark and line of the first and of the second group: never colour alone."""

BY_RULE = "†"
"""Marks an action by which frames were chosen."""
_ROW_IN = 0.2
_P_ROOM_IN = 1.35
_MOST_IMPORTANT = 15
Pairs = Sequence[tuple[FrameTest, ParticipantTest]]


def label_of(key: str) -> str:
    """``"AU12"``."""
    entry = action_of(key)
    return f"{entry.kind}{entry.label}"


# ---- differences ---------------------------------------------------------------------------------


def difference_figure(report: AnalysisReport, expression: str, name: str) -> Figure | None:
    """Occurrence in both groups, its difference with interval, and both p; None if nothing ever occurs."""
    everything = paired_tests(report, expression)
    pairs = [(frames, children) for frames, children in everything if any(frames.present)]
    if not pairs:
        return None
    groups = report.options.groups
    margins = Margins(0.65, _P_ROOM_IN, 0.45, 0.5)
    with drawn(name, 0.95 + _ROW_IN * len(pairs), margins_in=margins) as (figure, done):
        figure.subplots_adjust(wspace=0.12)
        bars, forest = figure.subplots(1, 2)
        _occurrence(bars, pairs)
        labels = [_marked(report, frames) for frames, _ in pairs]
        bars.set_yticks(range(len(pairs)), labels)
        _forest(forest, pairs, f"{groups[0]} less {groups[1]}, percentage points")
        _key(bars, groups)
    never = len(everything) - len(pairs)
    more = f" {counted(never, 'action')} that never occur are left out." if never else ""
    marked = any(is_required(report, expression, frames.action) for frames, _ in pairs)
    rule = f" {BY_RULE} Frames were chosen by this action." if marked else ""
    caption = (
        f"{name_of(expression)}. Left: share of frames with each action, mean over children (bars) "
        "and of all "
        f"frames put together (marks). Right: difference of the means with {level_of(report)} intervals by "
        "resampling children; filled where p children is below .05 after Holm. p children compares "
        "one number "
        f"per child; p frames takes frames of one child for independent and is far too small.{rule}{more}"
    )
    alt = (
        f"Bars and forest plot of {counted(len(pairs), 'action')} for {groups[0]} and {groups[1]}, "
        f"{name_of(expression).lower()}; {_spoken(pairs)} The table has the numbers."
    )
    return Figure(name, caption, alt, done[0])


def _marked(report: AnalysisReport, test: FrameTest) -> str:
    mark = BY_RULE if is_required(report, test.expression, test.action) else ""
    return label_of(test.action) + mark


def _spoken(pairs: Pairs) -> str:
    clear = [label_of(test.action) for _, test in pairs if test.p_holm is not None and test.p_holm < 0.05]
    if not clear:
        return "no action differs between children at Holm-adjusted p below .05."
    return f"{', '.join(clear)} differ between children at Holm-adjusted p below .05."


def _rows(axes: Axes, count: int) -> None:
    axes.set_ylim(count - 0.4, -0.6)
    plain_axes(axes)


def _occurrence(axes: Axes, pairs: Pairs) -> None:
    for place, (frames, children) in enumerate(pairs):
        for side, (colour, mark, _) in enumerate(GROUP_LOOKS):
            height = place + (-0.19, 0.19)[side]
            if children.mean is not None:
                axes.barh(height, 100 * children.mean[side], height=0.34, color=colour, linewidth=0)
            if frames.frames[side]:
                pooled = 100 * frames.present[side] / frames.frames[side]
                axes.plot(
                    [pooled],
                    [height],
                    mark,
                    markersize=3.2,
                    color=INK,
                    markerfacecolor=PAPER,
                    markeredgewidth=0.7,
                    clip_on=False,
                )
    axes.set(xlabel="% of frames")
    axes.set_xlim(left=0)
    _rows(axes, len(pairs))


def _forest(axes: Axes, pairs: Pairs, title: str) -> None:
    edge = _edge([children.difference for _, children in pairs])
    beside: dict[str, Any] = {"va": "center", "ha": "left", "fontsize": 7, "clip_on": False}
    places = (1.08 * edge, 1.08 * edge + 0.68 * edge)
    for at, head in zip(places, ("p children", "p frames"), strict=True):
        axes.text(at, -0.95, head, color=INK, weight="bold", **beside)
    for height, (frames, children) in enumerate(pairs):
        _difference(axes, height, children)
        for at, value in zip(places, (trusted_p(children), frames.p), strict=True):
            shown = NOT_AVAILABLE if value is None else p_value(value)
            axes.text(at, height, shown, color=INK if at == places[0] else MUTED, **beside)
    axes.axvline(0, color=MUTED, linewidth=0.6, zorder=0)
    axes.set_yticks([])
    axes.set(xlim=(-edge, edge), xlabel=title)
    _signed_ticks(axes)
    _rows(axes, len(pairs))


def _edge(estimates: Sequence[Estimate]) -> float:
    """The same room on both sides, so that 0 stands in the middle."""
    bounds = [
        100 * abs(bound) for one in estimates for bound in (one.value, one.low, one.high) if bound is not None
    ]
    return 1.08 * max([*bounds, 0.5])


def _difference(axes: Axes, height: int, test: ParticipantTest) -> None:
    found = test.difference
    if found.value is None:
        axes.text(0, height, NOT_AVAILABLE, color=MUTED, ha="center", va="center", fontsize=7)
        return
    first = found.value >= 0
    colour, mark, _ = GROUP_LOOKS[0 if first else 1]
    if found.low is not None and found.high is not None:
        axes.plot([100 * found.low, 100 * found.high], [height, height], color=colour, linewidth=1.3)
    clear = test.p_holm is not None and test.p_holm < 0.05
    axes.plot(
        [100 * found.value],
        [height],
        mark,
        markersize=4.2,
        color=colour,
        markerfacecolor=colour if clear else PAPER,
    )


def _signed_ticks(axes: Axes) -> None:
    axes.locator_params(axis="x", nbins=5)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}" if value >= 0 else f"{MINUS}{abs(value):g}")


def _key(axes: Axes, groups: tuple[str, str]) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    keys: list[Any] = []
    for group, (colour, mark, _) in zip(groups, GROUP_LOOKS, strict=True):
        keys.append(Patch(color=colour, label=f"{group}, children"))
        keys.append(
            Line2D(
                [],
                [],
                color=INK,
                linestyle="",
                marker=mark,
                markersize=3.2,
                markerfacecolor=PAPER,
                label=f"{group}, frames",
            )
        )
    axes.legend(handles=keys, loc="lower left", bbox_to_anchor=(0, 1), ncols=2, borderaxespad=0.2)


# ---- ratings -------------------------------------------------------------------------------------


def importance_figure(report: AnalysisReport, name: str) -> Figure | None:
    """What is lost without each action; None if nothing was explained."""
    rows = report.ratings.actions[:_MOST_IMPORTANT]
    if not rows:
        return None
    with drawn(name, 0.6 + _ROW_IN * len(rows), margins_in=Margins(0.65, 0.15, 0.45, 0.1)) as (figure, done):
        axes = figure.add_subplot()
        for height, one in enumerate(rows):
            found = one.importance
            colour, mark, _ = GROUP_LOOKS[0 if one.coefficient >= 0 else 1]
            if found.value is None:
                axes.text(0, height, NOT_AVAILABLE, color=MUTED, ha="left", va="center", fontsize=7)
                continue
            if found.low is not None and found.high is not None:
                axes.plot([found.low, found.high], [height, height], color=colour, linewidth=1.3)
            axes.plot([found.value], [height], mark, color=colour, markersize=4.2)
        axes.axvline(0, color=MUTED, linewidth=0.6, zorder=0)
        axes.set_yticks(range(len(rows)), [label_of(one.action) for one in rows])
        axes.set(xlabel="growth of the mean absolute error without the action (points)")
        _signed_ticks(axes)
        _rows(axes, len(rows))
    left = len(report.ratings.actions) - len(rows)
    more = f" The table has {left} more." if left else ""
    caption = (
        "How much worse ratings of other children are foretold when an action is shuffled over "
        "clips. Circles: "
        "more of the action goes with higher ratings; squares: with lower ones. Lines: intervals by "
        f"resampling children. It says what goes together, not what causes a rating.{more}"
    )
    best = ", ".join(label_of(one.action) for one in rows[:3])
    return Figure(name, caption, f"Importance of actions for ratings; most important: {best}.", done[0])
