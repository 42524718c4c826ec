"""Figures along time: where two sources differ, and how agreement drifts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from hrm_core.facs import ALL_ACTIONS
from hrm_core.facs import action as action_of
from hrm_core.records.agreement import Disagreement, DriftPoint, Estimate, PairAgreement
from hrm_core.records.words import counted
from hrm_core.reporting.document import Figure
from hrm_core.reporting.drawing import FAINT, FIRST, SECOND, SIDE, Margins, drawn, plain_axes
from hrm_core.reporting.overview import pair_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["drift_figure", "timelines"]

_TIMELINES = 3
_TICKS = 16
# A run of one frame in thousands must still be seen, and a drawing stays small.
_MARKS_ACROSS = 400

_ORDER = {entry.key: place for place, entry in enumerate(ALL_ACTIONS)}


def timelines(pair: PairAgreement, name: str) -> tuple[Figure, ...]:
    """Where the two differ, for the recordings in which they differ most."""
    frames: Counter[int] = Counter()
    for run in pair.disagreements:
        frames[run.video_id] += len(run)
    chosen = sorted(frames, key=lambda video: (-frames[video], video))[:_TIMELINES]
    return tuple(
        _timeline(
            pair, [run for run in pair.disagreements if run.video_id == video], f"{name}-{place}", len(frames)
        )
        for place, video in enumerate(chosen, 1)
    )


def _timeline(pair: PairAgreement, runs: Sequence[Disagreement], name: str, recordings: int) -> Figure:
    keys = sorted({run.action for run in runs}, key=_ORDER.__getitem__)
    rows = {key: place for place, key in enumerate(keys)}
    first, last = min(run.first_frame for run in runs), max(run.last_frame for run in runs) + 1
    shortest = max((last - first) / _MARKS_ACROSS, 1.0)
    kinds = (
        (f"only {pair.first.label}", FIRST, -0.42, 0.38, [run for run in runs if not run.second_code]),
        (f"only {pair.second.label}", SECOND, 0.04, 0.38, [run for run in runs if not run.first_code]),
        ("different sides", SIDE, -0.2, 0.4, [run for run in runs if run.only_side]),
    )
    with drawn(name, 0.75 + 0.13 * len(keys)) as (figure, done):
        axes = figure.add_subplot()
        for label, colour, below, height, some in kinds:
            if some:
                _marks(axes, some, rows, shortest, (below, height), colour, label)
        for place in range(len(keys)):
            axes.axhline(place + 0.5, color=FAINT, linewidth=0.4, zorder=0)
        axes.set(xlim=(first, max(last, first + 1)), ylim=(len(keys) - 0.5, -0.5), xlabel="frame")
        axes.set_yticks(range(len(keys)), [_label(key) for key in keys])
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, borderaxespad=0.2, handlelength=1.2)
        plain_axes(axes)
    return Figure(name, _caption(pair, runs, recordings), _alt(runs), done[0])


def _caption(pair: PairAgreement, runs: Sequence[Disagreement], recordings: int) -> str:
    where = f"child {runs[0].participant}, video {runs[0].video}"
    text = f"Where {pair.first.label} and {pair.second.label} differ: {where}, {counted(len(runs), 'run')}."
    if recordings > _TIMELINES:
        text += (
            f" Shown are the {_TIMELINES} of {recordings} recordings in which they differ in most frames; "
            "the CSV and Excel files list all."
        )
    return text


def _alt(runs: Sequence[Disagreement]) -> str:
    often = Counter(run.action for run in runs).most_common(3)
    told = ", ".join(f"{_label(key)} ({number})" for key, number in often)
    return f"Timeline of disagreements by frame and action; most runs: {told}."


def _label(key: str) -> str:
    entry = action_of(key)
    return f"{entry.kind}{entry.label}"


def _marks(
    axes: Axes,
    runs: Iterable[Disagreement],
    rows: dict[str, int],
    shortest: float,
    place: tuple[float, float],
    colour: str,
    label: str,
) -> None:
    """All marks of one kind as one path: thousands of elements would make a page slow."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    below, height = place
    corners = np.array([(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)], dtype=float)
    boxes = [
        corners * (width, height) + (left, rows[key] + below) for key, left, width in _joined(runs, shortest)
    ]
    path = Path.make_compound_path(*(Path(box, closed=True) for box in boxes))
    axes.add_patch(PathPatch(path, facecolor=colour, linewidth=0, label=label))


def _joined(runs: Iterable[Disagreement], shortest: float) -> list[tuple[str, float, float]]:
    """Action, left edge and width; runs closer than a mark is wide become one mark."""
    marks: list[tuple[str, float, float]] = []
    for run in sorted(runs, key=lambda run: (_ORDER[run.action], run.first_frame)):
        left, right = float(run.first_frame), max(run.last_frame + 1.0, run.first_frame + shortest)
        if marks:
            key, begin, width = marks[-1]
            if key == run.action and left - (begin + width) < shortest / 2:
                marks[-1] = (key, begin, max(begin + width, right) - begin)
                continue
        marks.append((run.action, left, right - left))
    return marks


def drift_figure(pair: PairAgreement, name: str) -> Figure | None:
    """Agreement over time; None where there is but one moment."""
    points = pair.drift
    if len(points) < 2:
        return None
    with drawn(name, 2.4, margins_in=Margins(bottom=0.65)) as (figure, done):
        axes = figure.add_subplot()
        _line(axes, points, [point.kappa for point in points], FIRST, "o", "κ")
        _line(axes, points, [point.positive for point in points], SECOND, "s", "PA")
        step = -(-len(points) // _TICKS)
        places = range(0, len(points), step)
        axes.set_xticks(list(places), [points[place].label for place in places])
        axes.tick_params(axis="x", rotation=45 if len(points) > 6 else 0)
        low, high = axes.get_ylim()
        axes.set(xlim=(-0.5, len(points) - 0.5), ylim=(min(low, 0.0), max(high, 1.0)), ylabel="agreement")
        axes.grid(axis="y", color=FAINT, linewidth=0.5)
        axes.set_axisbelow(True)
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, borderaxespad=0.2)
        plain_axes(axes, keep=("bottom", "left"))
    caption = (
        f"Agreement of {pair_name(pair)} over time: κ and PA (specific agreement on presence), all actions."
    )
    alt = f"Line chart of κ and PA over {len(points)} points in time; the table has the numbers."
    return Figure(name, caption, alt, done[0])


def _line(
    axes: Axes,
    points: Sequence[DriftPoint],
    estimates: Sequence[Estimate],
    colour: str,
    marker: str,
    label: str,
) -> None:
    shift = -0.06 if marker == "o" else 0.06
    values = [float("nan") if entry.value is None else entry.value for entry in estimates]
    places = [place + shift for place in range(len(points))]
    axes.plot(places, values, color=colour, marker=marker, markersize=4, linewidth=1.2, label=label)
    for place, entry in zip(places, estimates, strict=True):
        if entry.low is not None and entry.high is not None:
            axes.plot([place, place], [entry.low, entry.high], color=colour, linewidth=0.9)
