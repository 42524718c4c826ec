"""How much there is of two groups, and what to know before comparing them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from hrm_core.records.analysis_results import AnalysisOptions, FrameTest, Unit
from hrm_core.records.coded_frames import NO_EXPRESSION, CodedFrames
from hrm_core.records.words import counted

__all__ = ["cautions", "units"]

FEW_CHILDREN = 10
"""Fewer in a group, and neither an interval by resampling nor a test over children says much."""


def units(frames: CodedFrames, options: AnalysisOptions) -> tuple[Unit, ...]:
    """Children, recordings and frames of both groups: all frames, then each expression."""
    group, step = frames.groups_of_frames, _seconds_per_frame(frames)
    return tuple(
        _unit(frames, name, expression, frames.chosen(expression) & (group == name), step)
        for expression in ("", *options.expressions)
        for name in options.groups
    )


def _unit(
    frames: CodedFrames,
    group: str,
    expression: str,
    rows: NDArray[np.bool_],
    step: NDArray[np.float64],
) -> Unit:
    videos = frames.video[rows]
    seconds = float(step[videos].sum())
    return Unit(
        group,
        expression,
        len(np.unique(frames.child[rows])),
        len(np.unique(videos)),
        int(rows.sum()),
        seconds if np.isfinite(seconds) else None,
    )


def _seconds_per_frame(frames: CodedFrames) -> NDArray[np.float64]:
    """How long a frame of each recording is shown, shape (n_videos,); NaN where nobody knows."""
    step = np.full(len(frames.videos), np.nan)
    for video in range(len(frames.videos)):
        rows = frames.video == video
        seconds, number = frames.seconds[rows], frames.frame[rows]
        if len(number) > 1 and np.isfinite(seconds).all():
            step[video] = np.median(np.diff(seconds) / np.diff(number))
    return step


def cautions(
    frames: CodedFrames, options: AnalysisOptions, tests: Iterable[FrameTest], *, machine_touched: int
) -> tuple[str, ...]:
    """What to read before any number.

    Parameters
    ----------
    frames : CodedFrames
        What was compared.
    options : AnalysisOptions
        How.
    tests : iterable of FrameTest
        Of all frames and of the expressions.
    machine_touched : int
        How many of the frames suggestions of a model had a part in.
    """
    told = [_few(frames, group) for group in options.groups]
    if machine_touched:
        told.append(
            f"Suggestions of a model had a part in {counted(machine_touched, 'frame')}: leave them out with "
            "--human-only to see whether anything changes."
        )
    told += [_without_group(frames), _other_groups(frames, options), _no_expression(frames, options)]
    told.append(_constant(tests, len(frames.actions)))
    return tuple(text for text in told if text)


def _few(frames: CodedFrames, group: str) -> str:
    there = len(np.unique(frames.child[frames.groups_of_frames == group]))
    if there >= FEW_CHILDREN:
        return ""
    are = "is only 1 child" if there == 1 else f"are only {there} children"
    return (
        f"There {are} with codes in {group}: differences between groups cannot be told from differences "
        "between single children, and intervals are too narrow."
    )


def _without_group(frames: CodedFrames) -> str:
    rows = frames.groups_of_frames == ""
    if not rows.any():
        return ""
    children = len(np.unique(frames.child[rows]))
    of = "1 child" if children == 1 else f"{children} children"
    return f"{counted(int(rows.sum()), 'frame')} of {of} without a group are left out."


def _other_groups(frames: CodedFrames, options: AnalysisOptions) -> str:
    names = sorted({child.group for child in frames.children} - {"", *options.groups})
    left = int(np.isin(frames.groups_of_frames, names).sum())
    return f"{counted(left, 'frame')} of other groups are left out: {', '.join(names)}." if left else ""


def _no_expression(frames: CodedFrames, options: AnalysisOptions) -> str:
    if (frames.expression == NO_EXPRESSION).all():
        return (
            "No expression of any frame is known, so only all frames together are compared: import what "
            "expression models say with hrm import expressions."
        )
    empty = [
        f"{expression} in {group}"
        for expression in options.expressions
        for group in options.groups
        if not (frames.chosen(expression) & (frames.groups_of_frames == group)).any()
    ]
    return f"There are no frames of {', '.join(empty)}." if empty else ""


def _constant(tests: Iterable[FrameTest], actions: int) -> str:
    never = sum(not any(test.present) for test in tests if not test.expression)
    if not never:
        return ""
    return (
        f"{never} of {counted(actions, 'action')} occur in no frame of either group: Z is 0 and p is 1, "
        "and they do not count when p is adjusted for the number of tests."
    )
