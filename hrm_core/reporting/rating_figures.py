"""Figures of a session of ratings: the answers, the clips, and the judges' standards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple
from unicodedata import east_asian_width

from hrm_core.records.agreement import Estimate
from hrm_core.records.rating_results import ClipRating, JudgeResult, RatingResults
from hrm_core.records.words import counted
from hrm_core.reporting.document import Figure
from hrm_core.reporting.drawing import (
    FAINT,
    FIRST,
    FULL_WIDTH_IN,
    INK,
    MUTED,
    PAPER,
    SECOND,
    Margins,
    drawn,
    plain_axes,
)
from hrm_core.reporting.numbers import MINUS, NOT_AVAILABLE, decimal, interval
from hrm_core.reporting.rating_tables import CLIPS_PRINTED, number_of_clips, words_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing

__all__ = ["answers_figure", "clips_figure", "standards_figure"]

# Ends of the colour map: its darkest blue cannot be told from a dark page.
_LIGHTEST, _DARKEST = 0.97, 0.12
# A narrower part of a bar has no room for two digits.
_NARROWEST_LABELLED = 0.035
# Luminance below which white has more contrast than black, as WCAG measures it.
_WHITE_BELOW = 0.179
_LETTER_IN = 0.066
_WIDEST_NAME_IN = 1.7
_ROW_IN = 0.17


def answers_figure(results: RatingResults, name: str) -> Figure | None:
    """How often each judge gave each answer, as one bar each; None if nobody rated."""
    judges = [judge for judge in results.judges if sum(judge.counts)]
    if not judges:
        return None
    colours = _shades(results.points)
    key = [_entry(results, point) for point in range(1, results.points + 1)]
    lines = list(_flowed(key, FULL_WIDTH_IN - 0.1))
    top = 0.12 + _ROW_IN * len(lines)
    left = _room_for([judge.name for judge in judges]) + 0.1
    height = top + 0.27 * len(judges) + 0.45
    with drawn(name, height, margins_in=Margins(left, 0.6, 0.42, top)) as (figure, done):
        axes = figure.add_subplot()
        for place, judge in enumerate(judges):
            _bar(axes, place, judge, colours)
        axes.set(xlim=(0, 1), ylim=(len(judges) - 0.5, -0.5), xlabel="share of the clips rated (%)")
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "25", "50", "75", "100"])
        axes.set_yticks(range(len(judges)), [_shortened(judge.name) for judge in judges])
        plain_axes(axes)
        _key(figure, lines, colours, height)
    caption = (
        "How often each judge gave each answer; the numbers in the bars are percent, those at the right "
        "clips rated. Practice, repetitions and checks are not in it."
    )
    alt = (
        f"Stacked bars of the {results.points} answers for {counted(len(judges), 'judge')}; "
        "the tables have the numbers."
    )
    return Figure(name, caption, alt, done[0])


def _entry(results: RatingResults, point: int) -> str:
    words = words_of(results, point)
    return f"{point} {_cut(words, 60)}" if words else str(point)


def _shades(points: int) -> list[tuple[str, str]]:
    """Fill and ink of each answer: ordered by lightness, so that print and every eye keep the order."""
    from matplotlib import colormaps
    from matplotlib.colors import to_hex

    colours = []
    for place in range(points):
        share = place / (points - 1)
        red, green, blue, _ = colormaps["cividis"](_LIGHTEST + share * (_DARKEST - _LIGHTEST))
        light = 0.2126 * _linear(red) + 0.7152 * _linear(green) + 0.0722 * _linear(blue)
        colours.append((to_hex((red, green, blue)), "#ffffff" if light < _WHITE_BELOW else "#000000"))
    return colours


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def _bar(axes: Axes, place: int, judge: JudgeResult, colours: Sequence[tuple[str, str]]) -> None:
    total, left = sum(judge.counts), 0.0
    for number, (fill, ink) in zip(judge.counts, colours, strict=True):
        share = number / total
        if not number:
            continue
        axes.barh(place, share, left=left, height=0.72, color=fill, edgecolor=MUTED, linewidth=0.4)
        if share >= _NARROWEST_LABELLED:
            axes.text(
                left + share / 2, place, f"{100 * share:.0f}", color=ink, ha="center", va="center", fontsize=7
            )
        left += share
    axes.text(1.015, place, f"{total:,}", color=INK, ha="left", va="center", fontsize=7, clip_on=False)


def _key(
    figure: Drawing,
    lines: Sequence[Sequence[tuple[int, float, str]]],
    colours: Sequence[tuple[str, str]],
    height: float,
) -> None:
    """Swatch and words of each answer, flowing over as many lines as they need."""
    from matplotlib.patches import Rectangle

    for row, line in enumerate(lines):
        middle = 1 - (0.1 + _ROW_IN * row) / height
        for place, left, words in line:
            figure.add_artist(
                Rectangle(
                    (left / FULL_WIDTH_IN, middle - 0.055 / height),
                    0.11 / FULL_WIDTH_IN,
                    0.11 / height,
                    facecolor=colours[place][0],
                    edgecolor=MUTED,
                    linewidth=0.4,
                )
            )
            figure.text(
                (left + 0.16) / FULL_WIDTH_IN,
                middle,
                words,
                va="center_baseline",
                ha="left",
                fontsize=7.5,
                color=INK,
            )


def _flowed(entries: Sequence[str], room: float) -> Iterator[list[tuple[int, float, str]]]:
    """Lines of number, left edge in inches and words."""
    line: list[tuple[int, float, str]] = []
    left = 0.02
    for place, words in enumerate(entries):
        wide = 0.16 + _width(words) + 0.2
        if line and left + wide > room:
            yield line
            line, left = [], 0.02
        line.append((place, left, words))
        left += wide
    yield line


def clips_figure(results: RatingResults, name: str) -> Figure | None:
    """Clips sorted by their mean, with every answer or with the range of answers; None if there are none."""
    clips = [clip for clip in results.clips if clip.mean is not None]
    if not clips:
        return None
    clips.sort(key=lambda clip: (clip.mean, *_range(clip), clip.number))
    few = len(clips) <= CLIPS_PRINTED
    with drawn(name, 2.9, margins_in=Margins(0.6, 0.15, 0.45, 0.32)) as (figure, done):
        axes = figure.add_subplot()
        (_answers if few else _ranges)(axes, clips)
        edge = 0.7 if few else 0.5
        axes.set(
            xlim=(1 - edge, len(clips) + edge),
            ylim=(0.6, results.points + 0.4),
            xlabel="clips, sorted by their mean",
            ylabel="answer",
        )
        axes.set_yticks(range(1, results.points + 1))
        if len(clips) < 10:
            axes.set_xticks(range(1, len(clips) + 1))
        axes.grid(axis="y", color=FAINT, linewidth=0.5)
        axes.set_axisbelow(True)
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, borderaxespad=0.2, handlelength=1.4)
        plain_axes(axes, keep=("bottom", "left"))
    told = (
        "Circles are answers, the larger the more judges gave that answer to the clip."
        if few
        else "The band goes from the lowest to the highest answer."
    )
    caption = f"Mean answer of each of {number_of_clips(len(clips))}. {told}"
    alt = f"Means of {number_of_clips(len(clips))} in rising order; the table of clips has the numbers."
    return Figure(name, caption, alt, done[0])


def _range(clip: ClipRating) -> tuple[int, int]:
    given = [score for score in clip.scores if score is not None]
    return min(given), max(given)


def _answers(axes: Axes, clips: Sequence[ClipRating]) -> None:
    dots = [
        (place, score, judges)
        for place, clip in enumerate(clips, 1)
        for score, judges in sorted(Counter(score for score in clip.scores if score is not None).items())
    ]
    x, y, judges = zip(*dots, strict=True)
    # Wide enough to see where there are few clips, never wider than the room of one.
    largest = min(11.0, 5.9 * 72 / (len(clips) + 1) * 0.95)
    most = max(judges)
    areas = [largest**2 * number / most for number in judges]
    axes.scatter(x, y, s=areas, facecolor=FIRST, alpha=0.5, linewidth=0, label="answers")
    means = [clip.mean for clip in clips if clip.mean is not None]
    axes.scatter(
        range(1, len(clips) + 1),
        means,
        s=14,
        marker="D",
        facecolor=SECOND,
        edgecolor=PAPER,
        linewidth=0.5,
        label="mean",
    )


def _ranges(axes: Axes, clips: Sequence[ClipRating]) -> None:
    edges = [0.5 + place for place in range(len(clips) + 1)]
    lows, highs = zip(*(_range(clip) for clip in clips), strict=True)
    axes.stairs(
        highs, edges, baseline=lows, fill=True, color=FIRST, alpha=0.3, linewidth=0, label="lowest to highest"
    )
    means = [clip.mean for clip in clips if clip.mean is not None]
    axes.stairs(means, edges, baseline=None, color=SECOND, linewidth=1.4, label="mean")


class _Panel(NamedTuple):
    title: str
    of: Callable[[JudgeResult], Estimate]


_PANELS = (
    _Panel("severity (points)", lambda judge: judge.severity),
    _Panel("drift per 100 trials (points)", lambda judge: judge.order_effect),
)


def standards_figure(results: RatingResults, name: str) -> Figure | None:
    """Severity and drift of each judge with intervals; None where there is nothing to draw."""
    judges = results.judges
    panels = [panel for panel in _PANELS if any(panel.of(judge).value is not None for judge in judges)]
    if not panels:
        return None
    left = _room_for([judge.name for judge in judges]) + 0.1
    numbers = 1.1
    with drawn(name, 0.8 + 0.22 * len(judges), margins_in=Margins(left, numbers, 0.45, 0.3)) as (
        figure,
        done,
    ):
        room = FULL_WIDTH_IN - left - numbers * len(panels)
        # matplotlib counts the room between panels in widths of one of them.
        figure.subplots_adjust(wspace=numbers / (room / len(panels)))
        for place, (axes, panel) in enumerate(
            zip(figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True)
        ):
            _forest(axes, judges, panel)
            labels = [_shortened(judge.name) for judge in judges] if place == 0 else []
            axes.set_yticks(range(len(judges)) if labels else [], labels)
        _blind_key(figure, judges, left)
    caption = (
        "Each judge against the mean of the others: right of 0 finds clips more atypical than they do"
        + (", and, in the second part, more so the longer the session lasts" if len(panels) > 1 else "")
        + ". Lines are intervals by resampling children, where there are any."
    )
    alt = (
        f"Forest plot of {' and '.join(panel.title for panel in panels)} for {counted(len(judges), 'judge')}."
    )
    return Figure(name, caption, f"{alt} The table has the numbers.", done[0])


def _forest(axes: Axes, judges: Sequence[JudgeResult], panel: _Panel) -> None:
    bounds = [
        abs(bound)
        for judge in judges
        for bound in (panel.of(judge).value, panel.of(judge).low, panel.of(judge).high)
        if bound is not None
    ]
    # The same room on both sides, so that 0 stands in the middle and nobody looks severe by scale.
    edge = 1.08 * max(*bounds, 0.05)
    for place, judge in enumerate(judges):
        found, colour = panel.of(judge), FIRST if judge.blind else SECOND
        if found.value is None:
            axes.text(0, place, NOT_AVAILABLE, color=MUTED, ha="center", va="center", fontsize=7)
            continue
        text = decimal(found.value, 2)
        if found.low is not None and found.high is not None:
            axes.plot([found.low, found.high], [place, place], color=colour, linewidth=1.3)
            text += f" {interval(found.low, found.high)}"
        fill = colour if judge.blind else PAPER
        axes.plot([found.value], [place], marker="o", markersize=4.5, color=colour, markerfacecolor=fill)
        axes.text(1.04 * edge, place, text, color=INK, ha="left", va="center", fontsize=7, clip_on=False)
    axes.axvline(0, color=MUTED, linewidth=0.6, zorder=0)
    axes.set(xlim=(-edge, edge), ylim=(len(judges) - 0.5, -0.5), xlabel=panel.title)
    axes.locator_params(axis="x", nbins=5)
    axes.xaxis.set_major_formatter(
        lambda value, _: f"{abs(value):g}" if value >= 0 else f"{MINUS}{abs(value):g}"
    )
    plain_axes(axes)


def _blind_key(figure: Drawing, judges: Sequence[JudgeResult], left: float) -> None:
    from matplotlib.lines import Line2D

    look = {True: (FIRST, FIRST, "blind"), False: (SECOND, PAPER, "not blind")}
    keys = [
        Line2D(
            [], [], color=colour, marker="o", markersize=4.5, markerfacecolor=fill, linewidth=1.3, label=label
        )
        for kind, (colour, fill, label) in look.items()
        if any(judge.blind is kind for judge in judges)
    ]
    figure.legend(
        handles=keys, loc="upper left", bbox_to_anchor=(left / FULL_WIDTH_IN, 1), ncols=2, borderaxespad=0.1
    )


def _width(text: str) -> float:
    """Inches that `text` takes, roughly: measuring would depend on the fonts of this computer."""
    return sum(_LETTER_IN * (1.75 if east_asian_width(letter) in "WF" else 1) for letter in text)


def _room_for(names: Sequence[str]) -> float:
    return max(_width(_shortened(name)) for name in names)


def _shortened(name: str) -> str:
    while _width(name) > _WIDEST_NAME_IN:
        name = name[:-2].rstrip() + "…"
    return name


def _cut(text: str, letters: int) -> str:
    return text if len(text) <= letters else text[: letters - 1].rstrip() + "…"
