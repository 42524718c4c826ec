"""Figures of a report on detectors: F1 of each action with intervals, and calibration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from hrm_core.facs import action as action_of
from hrm_core.records.detection_results import ActionDetection, DetectionReport, DetectorQuality
from hrm_core.reporting.document import Figure
from hrm_core.reporting.drawing import (
    FAINT,
    FIRST,
    INK,
    MUTED,
    SECOND,
    SIDE,
    Margins,
    drawn,
    plain_axes,
)
from hrm_core.reporting.numbers import NOT_AVAILABLE, decimal, interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["calibration_figure", "f1_figure"]

_LINES = ((FIRST, "o", "-"), (SECOND, "s", "--"), (SIDE, "^", "-."), (INK, "D", ":"))
_MOST_LINES = len(_LINES)


def f1_figure(one: DetectorQuality, name: str) -> Figure:
    """F1 of each action with its interval, and the folds as marks."""
    rows = one.actions
    with drawn(name, 0.75 + 0.17 * len(rows), margins_in=Margins(right=1.25)) as (figure, done):
        axes = figure.add_subplot()
        for height, row in enumerate(rows):
            _f1_row(axes, height, row, several=len(one.folds) > 1)
        if (mean := one.means[0].f1.value) is not None:
            axes.axvline(mean, color=MUTED, linewidth=0.7, linestyle=(0, (4, 3)), zorder=0)
        axes.set(xlim=(-0.02, 1.02), ylim=(len(rows) - 0.4, -0.6), xlabel="F1")
        axes.set_yticks(range(len(rows)), [_label(row.action) for row in rows])
        plain_axes(axes)
        _f1_key(axes, several=len(one.folds) > 1)
    folds = " Small marks: single folds." if len(one.folds) > 1 else ""
    caption = (
        f"F1 of {one.label} for each action, over all frames that are compared. Bars: interval by resampling "
        f"children.{folds} The dashed line is the mean over actions that are coded."
    )
    return Figure(name, caption, f"F1 by action: {_spoken(one)}", done[0])


def _label(key: str) -> str:
    entry = action_of(key)
    return f"{entry.kind}{entry.label}"


def _f1_row(axes: Axes, height: int, row: ActionDetection, *, several: bool) -> None:
    beside: dict[str, Any] = {"va": "center", "fontsize": 7, "clip_on": False}
    if row.f1.value is None:
        axes.text(0, height, NOT_AVAILABLE, color=MUTED, ha="left", **beside)
        return
    text = decimal(row.f1.value)
    if row.f1.low is not None and row.f1.high is not None:
        bar: dict[str, Any] = {"color": FIRST, "alpha": 0.35, "linewidth": 5, "solid_capstyle": "butt"}
        axes.plot([row.f1.low, row.f1.high], [height, height], **bar)
        text = f"{text} {interval(row.f1.low, row.f1.high)}"
    if several:
        values = [fold.f1.value for fold in row.folds if fold.f1.value is not None]
        axes.plot(values, [height] * len(values), "|", color=INK, markersize=5, markeredgewidth=0.8)
    axes.plot([row.f1.value], [height], "o", color=FIRST, markersize=4)
    axes.text(1.04, height, text, color=INK, ha="left", **beside)


def _f1_key(axes: Axes, *, several: bool) -> None:
    from matplotlib.lines import Line2D

    keys = [
        Line2D([], [], color=FIRST, linestyle="", marker="o", markersize=4, label="F1"),
        Line2D([], [], color=FIRST, alpha=0.35, linewidth=5, label="children resampled"),
    ]
    if several:
        keys.append(Line2D([], [], color=INK, linestyle="", marker="|", markersize=5, label="single folds"))
    axes.legend(handles=keys, loc="lower left", bbox_to_anchor=(0, 1), ncols=3, borderaxespad=0.2)


def _spoken(one: DetectorQuality) -> str:
    told = [(row.f1.value, _label(row.action)) for row in one.actions if row.f1.value is not None]
    if not told:
        return f"no action of {one.label} has a value."
    (low, worst), (high, best) = min(told), max(told)
    return (
        f"{len(told)} actions, from {decimal(low)} ({worst}) to {decimal(high)} ({best}). All numbers are "
        "in the "
        "tables."
    )


def calibration_figure(report: DetectionReport, name: str) -> Figure | None:
    """Share coded against probability said, of each source that says one; None if none does."""
    sources = [one for one in report.sources if one.calibration][:_MOST_LINES]
    if not sources:
        return None
    with drawn(name, 3.4, 3.6, Margins(0.6, 0.15, 0.5, 0.2 + 0.17 * len(sources))) as (figure, done):
        axes = figure.add_subplot()
        axes.plot([0, 1], [0, 1], color=FAINT, linewidth=1, zorder=0)
        for one, (colour, mark, dash) in zip(sources, _LINES, strict=False):
            _curve(axes, one, colour, mark, dash)
        axes.set(
            xlim=(0, 1), ylim=(0, 1), xlabel="mean probability said", ylabel="share coded", aspect="equal"
        )
        plain_axes(axes, keep=("left", "bottom"))
        # Lines are named here, not where they are drawn: there a name such as "_2" would hide them.
        axes.legend(
            axes.lines[1:],
            [one.label for one in sources],
            loc="lower left",
            bbox_to_anchor=(0, 1),
            ncols=1,
            borderaxespad=0.2,
            handlelength=3,
        )
    left = len([one for one in report.sources if one.calibration]) - len(sources)
    more = f" The first {len(sources)} sources are drawn; the tables have all." if left else ""
    caption = (
        "Calibration over all actions, in 15 bins of equal width: on the line, what is said with a "
        "probability "
        f"is there as often. Each action of each frame is one decision; empty bins are left out.{more}"
    )
    labels = ", ".join(one.label for one in sources)
    return Figure(name, caption, f"Calibration of {labels}. The tables have the numbers.", done[0])


def _curve(axes: Axes, one: DetectorQuality, colour: str, mark: str, dash: str) -> None:
    points: Sequence[tuple[float, float]] = [
        (entry.probability, entry.share)
        for entry in one.calibration
        if entry.probability is not None and entry.share is not None
    ]
    style: dict[str, Any] = {"color": colour, "marker": mark, "linestyle": dash}
    xs, ys = [x for x, _ in points], [y for _, y in points]
    axes.plot(xs, ys, markersize=3.5, linewidth=1.2, clip_on=False, **style)
