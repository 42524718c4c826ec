"""Figures with a row for each action: forest plot, heat map, confusion of sides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hrm_core.facs import Code
from hrm_core.facs import action as action_of
from hrm_core.records.agreement import ActionAgreement, Estimate, PairAgreement, ReliabilityReport
from hrm_core.reporting.action_tables import has_sides
from hrm_core.reporting.document import Figure
from hrm_core.reporting.drawing import (
    FAINT,
    FIRST,
    FULL_WIDTH_IN,
    INK,
    MUTED,
    SECOND,
    Margins,
    drawn,
    plain_axes,
)
from hrm_core.reporting.numbers import NOT_AVAILABLE, decimal, interval
from hrm_core.reporting.overview import pair_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["forest_plot", "heat_map_of_pairs", "heat_map_of_statistics", "side_confusion"]

_BANDS = (0.5, 0.75, 0.9)
_PANELS_PER_ROW = 5

_STATISTICS = (
    ("ICC(3,1)", "icc"),
    ("κ", "kappa"),
    ("PA = F1", "positive"),
    ("NA", "negative"),
    ("AC1", "ac1"),
    ("PABAK", "pabak"),
    ("MCC", "mcc"),
)


def _label(key: str) -> str:
    entry = action_of(key)
    return f"{entry.kind}{entry.label}"


def forest_plot(pair: PairAgreement, name: str) -> Figure:
    """ICC(3,1) of each action with two intervals, and the numbers beside them."""
    rows = pair.actions
    with drawn(name, 0.75 + 0.16 * len(rows), margins_in=Margins(right=1.15)) as (figure, done):
        axes = figure.add_subplot()
        lows = [bound for row in rows for bound in _lows(row)]
        left = min(-0.05, *lows, 0.0) if lows else -0.05
        for height, row in enumerate(rows):
            _forest_row(axes, height, row, left)
        for band in _BANDS:
            axes.axvline(band, color=FAINT, linewidth=0.7, linestyle=(0, (4, 3)), zorder=0)
        axes.axvline(0, color=MUTED, linewidth=0.6, zorder=0)
        axes.set(xlim=(left - 0.03, 1.03), ylim=(len(rows) - 0.4, -0.6), xlabel="ICC(3,1)")
        axes.set_yticks(range(len(rows)), [_label(row.action) for row in rows])
        plain_axes(axes)
        _forest_key(axes, rows)
    caption = (
        f"ICC(3,1) of {pair_name(pair)}. Thick: interval by resampling children. Thin: classical interval, "
        "which takes frames for independent. Dashed lines at .50, .75 and .90 are for orientation only. "
        "The numbers at the right give the interval over children where there is one."
    )
    return Figure(name, caption, f"Forest plot: {_spoken(pair)}", done[0])


def _lows(row: ActionAgreement) -> list[float]:
    return [bound for bound in (row.icc.value, row.icc.low, row.icc_participants.low) if bound is not None]


def _forest_row(axes: Axes, height: int, row: ActionAgreement, left: float) -> None:
    beside: dict[str, Any] = {"va": "center", "fontsize": 7, "clip_on": False}
    if row.icc.value is None:
        axes.text(left, height, NOT_AVAILABLE, color=MUTED, ha="left", **beside)
        return
    wide, thin = row.icc_participants, row.icc
    if wide.low is not None and wide.high is not None:
        axes.plot(
            [wide.low, wide.high],
            [height, height],
            color=FIRST,
            alpha=0.35,
            linewidth=5,
            solid_capstyle="butt",
        )
    if thin.low is not None and thin.high is not None:
        axes.plot([thin.low, thin.high], [height, height], color=INK, linewidth=1)
    axes.plot([row.icc.value], [height], marker="o", markersize=4, color=FIRST)
    axes.text(1.05, height, _numbers(row), color=INK, ha="left", **beside)


def _numbers(row: ActionAgreement) -> str:
    """``".812 [.71, .88]"``: the interval over participants, and never the far too narrow one for it."""
    assert row.icc.value is not None
    text, held = decimal(row.icc.value), row.icc_participants
    return text if held.low is None or held.high is None else f"{text} {interval(held.low, held.high)}"


def _forest_key(axes: Axes, rows: Sequence[ActionAgreement]) -> None:
    from matplotlib.lines import Line2D

    keys = [
        Line2D(
            [],
            [],
            color=INK,
            linewidth=1,
            marker="o",
            markersize=4,
            markerfacecolor=FIRST,
            markeredgecolor=FIRST,
            label="value, frames as if independent",
        )
    ]
    if any(row.icc_participants.low is not None for row in rows):
        keys.append(Line2D([], [], color=FIRST, alpha=0.35, linewidth=5, label="children resampled"))
    axes.legend(handles=keys, loc="lower left", bbox_to_anchor=(0, 1), ncols=2, borderaxespad=0.2)


def _spoken(pair: PairAgreement) -> str:
    told = [(row.icc.value, _label(row.action)) for row in pair.actions if row.icc.value is not None]
    if not told:
        return f"no action of {pair_name(pair)} has an ICC."
    (low, worst), (high, best) = min(told), max(told)
    return (
        f"ICCs of {len(told)} actions of {pair_name(pair)}, from {decimal(low)} ({worst}) to {decimal(high)} "
        f"({best}). All numbers are in the tables."
    )


def heat_map_of_pairs(report: ReliabilityReport, name: str) -> Figure:
    """ICC(3,1) of all pairs."""
    keys = [row.action for row in report.pairs[0].actions]
    values = [[_icc(pair, key).value for pair in report.pairs] for key in keys]
    heads = [f"{pair.first.label} –\n{pair.second.label}" for pair in report.pairs]
    caption = "ICC(3,1) of all pairs; 0 and less have the darkest colour, n/a has none."
    alt = (
        f"Heat map of ICC(3,1): {len(keys)} actions and {len(report.pairs)} pairs. The table has the numbers."
    )
    return Figure(name, caption, alt, _heat_map(name, keys, heads, values))


def _icc(pair: PairAgreement, key: str) -> Estimate:
    return next((row.icc for row in pair.actions if row.action == key), Estimate(None))


def heat_map_of_statistics(pair: PairAgreement, name: str) -> Figure:
    """What each statistic says of each action."""
    keys = [row.action for row in pair.actions]
    values = [[getattr(row, field).value for _, field in _STATISTICS] for row in pair.actions]
    caption = (
        f"What each coefficient says of {pair_name(pair)}; 0 and less have the darkest colour, n/a has none. "
        "Where AC1 and PABAK are high and PA is low, an action is rare and its frames are hardly shared."
    )
    alt = (
        f"Heat map of {len(_STATISTICS)} coefficients for {len(keys)} actions of {pair_name(pair)}. "
        "The tables have the numbers."
    )
    return Figure(name, caption, alt, _heat_map(name, keys, [head for head, _ in _STATISTICS], values))


def _heat_map(
    name: str, keys: Sequence[str], heads: Sequence[str], values: Sequence[Sequence[float | None]]
) -> str:
    from matplotlib import colormaps
    from matplotlib.patches import Rectangle

    colours = colormaps["cividis"]
    longest = max(len(line) for head in heads for line in head.splitlines())
    width = min(FULL_WIDTH_IN, 0.7 + max(0.72, 0.075 * longest) * len(heads))
    with drawn(name, 0.5 + 0.16 * len(keys), width, Margins(0.6, 0.1, 0.05, 0.45)) as (figure, done):
        axes = figure.add_subplot()
        for y, line in enumerate(values):
            for x, value in enumerate(line):
                if value is None:
                    axes.text(x, y, NOT_AVAILABLE, color=MUTED, ha="center", va="center", fontsize=7)
                    continue
                shade = colours(float(np.clip(value, 0, 1)))
                axes.add_patch(Rectangle((x - 0.48, y - 0.46), 0.96, 0.92, facecolor=shade, linewidth=0))
                ink = "#000000" if value > 0.5 else "#ffffff"
                axes.text(x, y, decimal(value, 2), color=ink, ha="center", va="center", fontsize=7)
        axes.set(xlim=(-0.5, len(heads) - 0.5), ylim=(len(keys) - 0.5, -0.5))
        axes.set_xticks(range(len(heads)), heads)
        axes.xaxis.tick_top()
        axes.set_yticks(range(len(keys)), [_label(key) for key in keys])
        plain_axes(axes, keep=())
        axes.tick_params(length=0)
    return done[0]


def side_confusion(pair: PairAgreement, name: str) -> Figure | None:
    """Frames by the sides that both give, for actions that have sides; None where no action has."""
    rows = [row for row in pair.actions if has_sides(row)]
    if not rows:
        return None
    lines = -(-len(rows) // _PANELS_PER_ROW)
    with drawn(name, 0.5 + 1.45 * lines, margins_in=Margins(0.75, 0.05, 0.55, 0.25)) as (figure, done):
        figure.subplots_adjust(wspace=0.45, hspace=0.45)
        panels = figure.subplots(lines, _PANELS_PER_ROW, squeeze=False).ravel()
        for axes, row in zip(panels, rows, strict=False):
            _side_panel(axes, row)
        for axes in panels[len(rows) :]:
            axes.set_visible(False)
        figure.text(0.01, 0.5, f"code of {pair.first.label}", rotation=90, va="center")
        figure.text(0.5, 0.06 / figure.get_figheight(), f"code of {pair.second.label}", ha="center")
    caption = (
        f"Sides where {pair.first.label} and {pair.second.label} both score the action: frames. Agreement "
        "is on the diagonal; left and right are the child's. Shades are shares of the row."
    )
    alt = f"Confusion of sides for {', '.join(_label(row.action) for row in rows)}."
    return Figure(name, caption, alt, done[0])


def _side_panel(axes: Axes, row: ActionAgreement) -> None:
    from matplotlib.patches import Rectangle

    table = np.array(row.sides)[1:, 1:]
    used = np.flatnonzero(table.sum(axis=0) + table.sum(axis=1))
    table = table[np.ix_(used, used)]
    for y, line in enumerate(table):
        for x, frames in enumerate(line):
            share = frames / line.sum() if line.sum() else 0.0
            colour = FIRST if x == y else SECOND
            axes.add_patch(
                Rectangle((x - 0.5, y - 0.5), 1, 1, facecolor=colour, alpha=0.55 * share, linewidth=0)
            )
            axes.text(x, y, f"{frames:,}", ha="center", va="center", fontsize=6.5, color=INK)
    words = [Code(int(code) + 1).word for code in used]
    edge = len(used) - 0.5
    axes.set(xlim=(-0.5, edge), ylim=(edge, -0.5), title=_label(row.action), aspect="equal")
    crowded = len(used) > 3
    axes.set_xticks(range(len(used)), words, fontsize=6.5, rotation=90 if crowded else 0)
    axes.set_yticks(range(len(used)), words, fontsize=6.5)
    plain_axes(axes, keep=("left", "bottom", "top", "right"))
    axes.tick_params(length=0)
