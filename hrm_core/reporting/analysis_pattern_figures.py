"""Figures of a group analysis: combinations of actions, what follows what, and their time course."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from hrm_core.records.agreement import Estimate
from hrm_core.records.analysis_patterns import (
    ComplexityRow,
    CoOccurrence,
    DynamicsRow,
    Rarefaction,
    Transition,
)
from hrm_core.records.analysis_results import AnalysisReport
from hrm_core.reporting.analysis_figures import GROUP_LOOKS, label_of
from hrm_core.reporting.analysis_tables import level_of, name_of
from hrm_core.reporting.document import Figure
from hrm_core.reporting.drawing import FAINT, FIRST, INK, MUTED, SECOND, Margins, drawn, plain_axes
from hrm_core.reporting.numbers import count

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "co_occurrence_figure",
    "complexity_figure",
    "dynamics_figure",
    "rarefaction_figure",
    "transition_figure",
]

_MOST_CELLS = 18
_MOST_ARROWS = 14
_MOST_ACTIONS = 14
_ROW_IN = 0.2
# With more of the colour, letters on it could not be read in one of the two themes.
_DEEPEST = 0.45


# ---- combinations --------------------------------------------------------------------------------


def complexity_figure(report: AnalysisReport, expression: str, name: str) -> Figure | None:
    """Frames and different combinations by complexity, of both groups."""
    groups = report.options.groups
    rows = [row for row in report.combinations.complexity if row.expression == expression and row.frames]
    if not rows:
        return None
    with drawn(name, 2.3, margins_in=Margins(0.6, 0.15, 0.45, 0.35)) as (figure, done):
        figure.subplots_adjust(wspace=0.25)
        shares, unique = figure.subplots(1, 2)
        for group, look in zip(groups, GROUP_LOOKS, strict=True):
            own = [row for row in rows if row.group == group]
            _complexity_lines(shares, unique, own, group, look)
        shares.set(xlabel="actions at once", ylabel="% of frames")
        unique.set(xlabel="actions at once", ylabel="different combinations")
        for axes in (shares, unique):
            axes.set_ylim(bottom=0)
            axes.locator_params(axis="x", integer=True)
            plain_axes(axes, keep=("bottom", "left"))
        shares.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, borderaxespad=0.2, handlelength=3)
    caption = (
        f"{name_of(expression)}. Left: how many actions are present at once. Right: how many different "
        "combinations these are, left and right counted as different. The group with more frames shows more "
        "combinations for that reason alone; the next figure compares equal numbers of frames."
    )
    alt = f"Complexity and different combinations, {name_of(expression).lower()}; the table has the numbers."
    return Figure(name, caption, alt, done[0])


def _complexity_lines(
    shares: Axes, unique: Axes, rows: Sequence[ComplexityRow], group: str, look: tuple[str, str, str]
) -> None:
    colour, mark, dash = look
    style: dict[str, Any] = {"color": colour, "marker": mark, "linestyle": dash, "markersize": 3.5}
    total = sum(row.frames for row in rows)
    at = [row.complexity for row in rows]
    shares.plot(at, [100 * row.frames / total for row in rows], linewidth=1.2, label=group, **style)
    unique.plot(at, [row.unique for row in rows], linewidth=1.2, **style)


def rarefaction_figure(report: AnalysisReport, name: str) -> Figure | None:
    """Different combinations against frames, one part for each expression."""
    curves = [one for one in report.combinations.rarefaction if len(one.frames) > 1]
    expressions = list(dict.fromkeys(one.expression for one in curves))
    if not expressions:
        return None
    wide = min(len(expressions), 2)
    deep = math.ceil(len(expressions) / wide)
    with drawn(name, 0.55 + 2.0 * deep, margins_in=Margins(0.6, 0.15, 0.45, 0.5)) as (figure, done):
        figure.subplots_adjust(wspace=0.25, hspace=0.55)
        parts = figure.subplots(deep, wide, squeeze=False).ravel()
        for axes, expression in zip(parts, expressions, strict=False):
            own = [one for one in curves if one.expression == expression]
            for one in own:
                _curve(axes, one, GROUP_LOOKS[report.options.groups.index(one.group)])
            axes.axvline(own[0].at, color=MUTED, linewidth=0.7, linestyle=(0, (4, 3)), zorder=0)
            axes.set_title(name_of(expression), loc="left")
            axes.set(xlabel="frames", ylabel="combinations")
            axes.set_xlim(left=0)
            axes.set_ylim(bottom=0)
            axes.locator_params(axis="x", nbins=5)
            axes.xaxis.set_major_formatter(lambda value, _: count(value))
            plain_axes(axes, keep=("bottom", "left"))
        for axes in parts[len(expressions) :]:
            axes.set_axis_off()
        parts[0].legend(
            loc="lower left", bbox_to_anchor=(0, 1.12), ncols=2, borderaxespad=0.2, handlelength=3
        )
    caption = (
        "Different combinations that so many frames of a group hold on average (Hurlbert, 1971); bands: "
        f"{level_of(report)} intervals by leaving out one child at a time. At the dashed line both "
        "groups have the same "
        "number of frames."
    )
    alt = f"Rarefaction curves of both groups for {', '.join(name_of(one).lower() for one in expressions)}."
    return Figure(name, caption, f"{alt} The table has the numbers.", done[0])


def _curve(axes: Axes, one: Rarefaction, look: tuple[str, str, str]) -> None:
    colour, mark, dash = look
    if one.low != one.expected or one.high != one.expected:
        axes.fill_between(one.frames, one.low, one.high, color=colour, alpha=0.18, linewidth=0)
    axes.plot(one.frames, one.expected, color=colour, linestyle=dash, linewidth=1.2, label=one.group)
    axes.plot([one.frames[-1]], [one.expected[-1]], mark, color=colour, markersize=4)


def co_occurrence_figure(report: AnalysisReport, name: str) -> Figure | None:
    """Lift of pairs of actions in one square: the first group below the diagonal, the second above."""
    matrices = {one.group: one for one in report.combinations.co_occurrence if not one.expression}
    groups = report.options.groups
    if not all(group in matrices for group in groups) or len(matrices[groups[0]].actions) < 2:
        return None
    first, second = (matrices[group] for group in groups)
    often = [
        a.together[i][i] + b.together[i][i] for a, b in ((first, second),) for i in range(len(a.actions))
    ]
    chosen = sorted(sorted(range(len(often)), key=lambda place: -often[place])[:_MOST_CELLS])
    labels = [label_of(first.actions[place]) for place in chosen]
    across = 0.33 * len(chosen)
    with drawn(name, across + 0.9, across + 0.75, Margins(0.65, 0.1, 0.2, 0.7)) as (figure, done):
        axes = figure.add_subplot()
        for row, one in enumerate(chosen):
            for column, other in enumerate(chosen):
                if row != column:
                    _cell(axes, (row, column), first if row > column else second, (one, other))
        size = len(chosen)
        axes.plot([-0.5, size - 0.5], [-0.5, size - 0.5], color=MUTED, linewidth=0.6)
        axes.set(xlim=(-0.5, size - 0.5), ylim=(size - 0.5, -0.5))
        axes.set_xticks(range(size), labels, rotation=90)
        axes.set_yticks(range(size), labels)
        axes.xaxis.tick_top()
        plain_axes(axes, keep=())
        axes.tick_params(axis="x", length=0)
        axes.text(-0.5, size - 0.25, f"below: {groups[0]}", ha="left", va="center", fontsize=7.5)
        axes.text(size - 0.5, size - 0.25, f"above: {groups[1]}", ha="right", va="center", fontsize=7.5)
    left = len(often) - len(chosen)
    more = (
        f" The {len(chosen)} most frequent actions; the CSV and Excel files have {left} more." if left else ""
    )
    caption = (
        f"Lift of pairs of actions over all frames: below the diagonal {groups[0]}, above it {groups[1]}. At "
        "1.0 two actions are independent; blue: more often together than that; brown: less often; a dot: one "
        f"never occurs.{more}"
    )
    return Figure(name, caption, f"Matrix of lift for {len(chosen)} actions; the files have all.", done[0])


def _cell(axes: Axes, place: tuple[int, int], matrix: CoOccurrence, pair: tuple[int, int]) -> None:
    from matplotlib.patches import Rectangle

    row, column = place
    lift = matrix.lift[pair[0]][pair[1]]
    if lift is None:
        axes.plot([column], [row], ".", color=FAINT, markersize=2)
        return
    # Three times as often, or a third, is as deep as it gets.
    depth = _DEEPEST * min(abs(math.log(max(lift, 1e-3))) / math.log(3), 1.0)
    colour = FIRST if lift >= 1 else SECOND
    corner = (column - 0.47, row - 0.47)
    axes.add_patch(Rectangle(corner, 0.94, 0.94, facecolor=colour, alpha=depth, linewidth=0))
    shown = f"{lift:.1f}" if lift < 10 else f"{lift:.0f}"
    axes.text(column, row, shown, color=INK, ha="center", va="center", fontsize=6)


# ---- transitions ---------------------------------------------------------------------------------


def transition_figure(report: AnalysisReport, name: str) -> Figure | None:
    """The most frequent changes of each group as arrows between combinations."""
    of_group = {
        group: [one for one in report.combinations.transitions if one.group == group][:_MOST_ARROWS]
        for group in report.options.groups
    }
    if not any(of_group.values()):
        return None
    with drawn(name, 3.0, margins_in=Margins(0.1, 0.1, 0.1, 0.3)) as (figure, done):
        figure.subplots_adjust(wspace=0.05)
        for axes, (group, changes), look in zip(
            figure.subplots(1, 2), of_group.items(), GROUP_LOOKS, strict=True
        ):
            _graph(axes, changes, look[0])
            axes.set_title(group)
    caption = (
        f"The {_MOST_ARROWS} most frequent changes from one frame to the next in each group. Thicker arrows "
        "are more frequent. 0 is a face without any action."
    )
    alt = "Graph of changes between combinations for each group; the table has the numbers."
    return Figure(name, caption, alt, done[0])


def _graph(axes: Axes, changes: Sequence[Transition], colour: str) -> None:
    from matplotlib.patches import FancyArrowPatch

    nodes = sorted({score for one in changes for score in (one.before, one.after)}, key=_score_order)
    turn = [2 * math.pi * place / max(len(nodes), 1) for place in range(len(nodes))]
    at = {node: (math.sin(angle), math.cos(angle)) for node, angle in zip(nodes, turn, strict=True)}
    most = max((one.count for one in changes), default=1)
    for one in changes:
        width = 0.5 + 2.0 * one.count / most
        axes.add_patch(
            FancyArrowPatch(
                at[one.before],
                at[one.after],
                connectionstyle="arc3,rad=0.18",
                arrowstyle="-|>",
                mutation_scale=5 + 2 * width,
                shrinkA=5,
                shrinkB=5,
                color=colour,
                linewidth=width,
                alpha=0.75,
            )
        )
    for node, (x, y) in at.items():
        axes.plot([x], [y], "o", color=INK, markersize=4)
        side = "center" if abs(x) < 0.2 else "left" if x > 0 else "right"
        axes.text(1.12 * x, 1.12 * y, node, ha=side, va="center", fontsize=7, clip_on=False)
    if not changes:
        axes.text(0, 0, "no changes", color=MUTED, ha="center", va="center")
    axes.set(xlim=(-1.9, 1.9), ylim=(-1.3, 1.3), aspect="equal")
    axes.set_axis_off()


def _score_order(score: str) -> tuple[int, str]:
    return (0 if score == "0" else score.count("+") + 1, score)


# ---- time course ---------------------------------------------------------------------------------


def dynamics_figure(report: AnalysisReport, name: str) -> Figure | None:
    """How often events of each action begin and how long they last, of both groups."""
    rows = [row for row in report.dynamics.rows if row.duration_s.value is not None]
    often: dict[str, int] = {}
    for row in rows:
        often[row.action] = often.get(row.action, 0) + row.events
    kept = set(sorted(often, key=lambda key: -often[key])[:_MOST_ACTIONS])
    actions = [key for key in often if key in kept]
    if not actions:
        return None
    with drawn(name, 0.85 + 0.24 * len(actions), margins_in=Margins(0.65, 0.15, 0.45, 0.35)) as (
        figure,
        done,
    ):
        figure.subplots_adjust(wspace=0.12)
        rate, duration = figure.subplots(1, 2)
        for side, (group, look) in enumerate(zip(report.options.groups, GROUP_LOOKS, strict=True)):
            own = {row.action: row for row in rows if row.group == group}
            _times(rate, duration, [own.get(key) for key in actions], look, (-0.15, 0.15)[side], group)
        rate.set_yticks(range(len(actions)), [label_of(key) for key in actions])
        duration.set_yticks([])
        rate.set(xlabel="events per minute")
        duration.set(xlabel="duration (s)")
        for axes in (rate, duration):
            axes.set_xlim(left=0)
            axes.set_ylim(len(actions) - 0.4, -0.6)
            plain_axes(axes)
        rate.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, borderaxespad=0.2)
    left = len(often) - len(actions)
    more = f" The {len(actions)} actions with most events; the table has {left} more." if left else ""
    caption = (
        "How often events of an action begin, and how long they last (mean over children of their median). "
        f"Lines: {level_of(report)} intervals by resampling children. Events that are cut off by the end of "
        f"what was coded are left out of durations.{more}"
    )
    return Figure(name, caption, f"Events per minute and durations of {len(actions)} actions.", done[0])


def _times(
    rate: Axes,
    duration: Axes,
    rows: Sequence[DynamicsRow | None],
    look: tuple[str, str, str],
    shift: float,
    group: str,
) -> None:
    colour, mark, _ = look
    for axes, found in (
        (rate, [None if row is None else row.per_minute for row in rows]),
        (duration, [None if row is None else row.duration_s for row in rows]),
    ):
        known = [
            (place + shift, one, one.value)
            for place, one in enumerate(found)
            if one is not None and one.value is not None
        ]
        for height, one, _ in known:
            _bounds(axes, height, one, colour)
        heights, values = [height for height, _, _ in known], [value for _, _, value in known]
        axes.plot(values, heights, mark, color=colour, markersize=4, label=group)


def _bounds(axes: Axes, height: float, one: Estimate, colour: str) -> None:
    if one.low is not None and one.high is not None:
        axes.plot([one.low, one.high], [height, height], color=colour, linewidth=1.2)
