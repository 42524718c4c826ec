"""What is proposed for one recording: probabilities, codes, and runs with onset and offset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hrm_core.facs import Code
from hrm_core.records.proposal import ProposedRun
from hrm_core.suggestions.calibration import MOST_LOGIT, logit, sigmoid
from hrm_core.suggestions.context import context_scores
from hrm_core.suggestions.fitted import Fitted, Shown
from hrm_core.suggestions.sides import hinted_side, may_have_sides
from hrm_core.suggestions.smoothing import posteriors
from hrm_core.suggestions.thresholds import decide, drop_short

__all__ = ["Proposed", "boundary_logits", "calibrated", "presence", "propose"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Proposed:
    """What :func:`propose` proposes.

    Attributes
    ----------
    probabilities : ndarray of float32, shape (n_frames, n_actions)
        Calibrated.
    codes : ndarray of uint8, shape (n_frames, n_actions)
        0-5.
    runs : tuple of ProposedRun
        By action and frame.
    """

    probabilities: NDArray[np.float32]
    codes: NDArray[np.uint8]
    runs: tuple[ProposedRun, ...]


def propose(
    fitted: Fitted,
    frames: NDArray[np.int64],
    spans: Sequence[slice],
    probabilities: Floats,
    left: Floats | None = None,
    right: Floats | None = None,
) -> Proposed:
    """Propose codes for the frames of one recording.

    Parameters
    ----------
    fitted : Fitted
        How.
    frames : ndarray of int64, shape (n_frames,)
        Their numbers.
    spans : sequence of slice
        Rows without a gap, of :func:`hrm_core.suggestions.boundaries.sequences`.
    probabilities : ndarray of float64, shape (n_frames, n_actions)
        What the model says, actions as in `fitted`; finite.
    left, right : ndarray of float64, shape (n_frames, n_actions), optional
        The same for the left half twice and the right half twice; NaN where not looked at.

    Returns
    -------
    Proposed
    """
    logits = calibrated(fitted, probabilities)
    context = context_scores(logits, spans, fitted.context)
    there = presence(fitted, logits, context, spans)
    shown = _shown(fitted, probabilities, logits, context)
    halves = None
    if left is not None and right is not None:
        halves = calibrated(fitted, left), calibrated(fitted, right)
    codes = there.astype(np.uint8)
    runs = list[ProposedRun]()
    for span in spans:
        begins, ends = boundary_logits(context[span], fitted.switch)
        slope, bias = fitted.sureness
        onsets, offsets = sigmoid(slope * begins + bias), sigmoid(slope * ends + bias)
        for column, first, end in _runs(there[span]):
            rows = slice(span.start + first, span.start + end)
            side = Code.BOTH
            if halves is not None and may_have_sides(fitted.actions[column]):
                side = hinted_side(halves[0][rows, column], halves[1][rows, column], fitted.side_margin)
                codes[rows, column] = side
            runs.append(
                ProposedRun(
                    fitted.actions[column],
                    int(frames[rows.start]),
                    int(frames[rows.stop - 1]),
                    int(side),
                    float(shown[rows, column].mean()),
                    float(onsets[first, column]),
                    float(offsets[end, column]),
                    side is not Code.BOTH,
                )
            )
    place = {key: number for number, key in enumerate(fitted.actions)}
    runs.sort(key=lambda run: (place[run.action], run.first))
    return Proposed(shown.astype(np.float32), codes, tuple(runs))


def calibrated(fitted: Fitted, probabilities: Floats) -> Floats:
    """Logits by Platt's line of each action; NaN stays NaN."""
    lines = fitted.lines[:, 0] * logit(probabilities) + fitted.lines[:, 1]
    return np.clip(lines, -MOST_LOGIT, MOST_LOGIT)


def presence(fitted: Fitted, logits: Floats, context: Floats, spans: Sequence[slice]) -> NDArray[np.bool_]:
    """Which actions are there, after smoothing and without runs that are too short."""
    there = np.empty(logits.shape, dtype=np.bool_)
    for method in dict.fromkeys(fitted.methods):
        columns = np.array([each is method for each in fitted.methods])
        scores = (context if method.context else logits)[:, columns]
        there[:, columns] = decide(method, scores, fitted.switch[columns], spans)
    there = drop_short(there, spans, fitted.shortest_gap, there=False)
    return drop_short(there, spans, fitted.shortest_there, there=True)


def boundary_logits(context: Floats, switch: Floats) -> tuple[Floats, Floats]:
    """How sure the two-state model is of a beginning, and of an end, within one frame of each place.

    Parameters
    ----------
    context : ndarray of float64, shape (n_frames, n_actions)
        Scores of one sequence.
    switch : ndarray of float64, shape (n_actions,)
        Share of frames after which an action changes.

    Returns
    -------
    begins, ends : ndarray of float64, shape (n_frames + 1, n_actions)
        Logits; row ``n`` is about a change between frame ``n - 1`` and ``n``.
    """
    found = posteriors(context, switch)
    near = []
    for each in (found.begins, found.ends):
        total = each.copy()
        total[1:] += each[:-1]
        total[:-1] += each[1:]
        near.append(logit(np.minimum(total, 1.0)))
    return near[0], near[1]


def _shown(fitted: Fitted, said: Floats, logits: Floats, context: Floats) -> Floats:
    if fitted.shown is Shown.SAID:
        return said
    if fitted.shown is Shown.CONTEXT:
        return sigmoid(context)
    shown = sigmoid(logits)
    if fitted.shown is Shown.STEPS:
        for column, key in enumerate(fitted.actions):
            if key in fitted.steps:
                shown[:, column] = np.interp(logits[:, column], *fitted.steps[key])
    return shown


def _runs(there: NDArray[np.bool_]) -> list[tuple[int, int, int]]:
    """Column, first row and row after the last of each run of presence in one sequence."""
    edge = np.zeros((1, there.shape[1]), dtype=np.int8)
    steps = np.diff(np.concatenate([edge, there.astype(np.int8), edge]), axis=0).T
    columns, firsts = np.nonzero(steps == 1)
    _, ends = np.nonzero(steps == -1)
    return list(zip(columns.tolist(), firsts.tolist(), ends.tolist(), strict=True))
