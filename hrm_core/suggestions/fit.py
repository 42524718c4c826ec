"""Fit calibration, smoothing and thresholds to what one coder has coded.

What is chosen (the way of smoothing, shortest runs, which probabilities are shown) is chosen by frames that
took no part in fitting what they choose between: whole children where three or more were coded, else pieces
of clips.  The quality that is told is measured on children that took no part at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from hrm_core.facs import Code
from hrm_core.suggestions.boundaries import boundary_counts
from hrm_core.suggestions.calibration import HOLDS, isotonic, logistic, logit, platt, sigmoid
from hrm_core.suggestions.context import context_scores, fit_context
from hrm_core.suggestions.fitted import Fitted, Shown
from hrm_core.suggestions.propose import boundary_logits, calibrated, presence
from hrm_core.suggestions.sides import best_margin, may_have_sides
from hrm_core.suggestions.smoothing import switch_shares
from hrm_core.suggestions.thresholds import DURATIONS, METHODS, USUAL_METHOD, decide, drop_short

__all__ = ["LEAST_BOUNDARIES", "LEAST_FRAMES", "Coded", "fit", "is_enough"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

LEAST_FRAMES = 100
LEAST_BOUNDARIES = 20
"""With less, the thresholds of the card are the better guess."""

_FOLDS = 8
_CHILDREN = 3
# What all actions together say counts for as much as so many boundaries of one action's own.
_LENT_BOUNDARIES = 40.0
# An action whose steps are fitted needs so many frames with it, and without.
_STEP_FRAMES = 50
# The usual choice stands unless another needs so much less correction.
_USUAL_ALLOWED = 0.8
# A plainer choice stands unless another is better by this much.
_CLEARLY = 0.99


@dataclass(frozen=True, slots=True, eq=False)
class Coded:
    """Coded frames of which a run of a model says something.

    Attributes
    ----------
    actions : tuple of str
        Keys of the catalogue.
    probabilities : ndarray of float64, shape (n_frames, n_actions)
        What the model says; finite.
    codes : ndarray of uint8, shape (n_frames, n_actions)
        What was coded, 0-5.
    spans : tuple of slice
        Rows without a gap, none longer than some seconds.
    child : ndarray of int64, shape (n_frames,)
        Whose frame it is.
    known : ndarray of bool, shape (n_actions,)
        Actions that the coder could see.
    left, right : ndarray of float64, shape (n_frames, n_actions), or None
        What the model says of each half twice; NaN where not looked at.
    """

    actions: tuple[str, ...]
    probabilities: Floats
    codes: NDArray[np.uint8]
    spans: tuple[slice, ...]
    child: NDArray[np.int64]
    known: Flags
    left: Floats | None = None
    right: Floats | None = None

    @property
    def truth(self) -> Flags:
        """Presence on any side, shape (n_frames, n_actions)."""
        there: Flags = self.codes > 0
        return there

    def only(self, kept: Sequence[int]) -> Coded:
        """The sequences of these places, and nothing else."""
        rows = np.concatenate([np.arange(self.spans[place].start, self.spans[place].stop) for place in kept])
        ends = np.cumsum([self.spans[place].stop - self.spans[place].start for place in kept]).tolist()
        return replace(
            self,
            probabilities=self.probabilities[rows],
            codes=self.codes[rows],
            spans=tuple(slice(first, end) for first, end in zip([0, *ends[:-1]], ends, strict=True)),
            child=self.child[rows],
            left=None if self.left is None else self.left[rows],
            right=None if self.right is None else self.right[rows],
        )

    def children(self) -> list[int]:
        """Numbers of the children, ascending."""
        found: list[int] = np.unique(self.child).tolist()
        return found

    def of_children(self, children: Sequence[int]) -> list[int]:
        """Places of the sequences of these children."""
        return [place for place, span in enumerate(self.spans) if self.child[span.start] in children]


@dataclass(frozen=True, slots=True, eq=False)
class _HeldOut:
    """What is said of each frame by what was fitted without it; all in the shape of the codes."""

    logits: Floats
    context: Floats
    steps: Floats
    # By method.
    said: list[Flags]


def is_enough(coded: Coded) -> bool:
    """Whether something can be fitted: frames, boundaries, and two sequences of which one can be left out."""
    truth = coded.truth[:, coded.known]
    boundaries = int(boundary_counts(truth, truth, coded.spans)[:, 0].sum())
    return len(truth) >= LEAST_FRAMES and boundaries >= LEAST_BOUNDARIES and len(coded.spans) > 1


def fit(coded: Coded) -> Fitted:
    """Fit everything; actions that were never coded as present take what holds for all.

    Parameters
    ----------
    coded : Coded
        Enough of it, see :func:`is_enough`.

    Returns
    -------
    Fitted
        The same for the same frames.
    """
    held = _best_hold(coded)
    told = _held_out(coded, held)
    base = _learn(coded, held)
    fitted = replace(base, methods=tuple(METHODS[place] for place in _best_methods(coded, told.said)))
    fitted = _with_durations(coded, told, fitted)
    fitted = replace(fitted, shown=_best_shown(coded, told))
    if fitted.shown is Shown.STEPS:
        fitted = replace(fitted, steps=_steps(coded, fitted))
    return replace(fitted, sureness=_sureness(coded, told, fitted), side_margin=_side_margin(coded, fitted))


def _folds(coded: Coded) -> list[list[int]]:
    """Places of the sequences that are held out together: by child, or by piece where children are few."""
    children = coded.children()
    if len(children) >= _CHILDREN:
        groups = [children[first::_FOLDS] for first in range(min(_FOLDS, len(children)))]
        return [coded.of_children(group) for group in groups]
    count = min(_FOLDS, len(coded.spans))
    return [list(range(first, len(coded.spans), count)) for first in range(count)]


def _best_hold(coded: Coded) -> tuple[float, float]:
    """How strongly lines are held to that of all: by what is said of children, or pieces, left out."""
    children = coded.children()
    folds = [coded.of_children([child]) for child in children[:_FOLDS]]
    if len(children) == 1:
        folds = _folds(coded)
    errors = np.zeros(len(HOLDS))
    every = set(range(len(coded.spans)))
    for out in folds:
        within, without = coded.only(out), coded.only(sorted(every.difference(out)))
        for place, held in enumerate(HOLDS):
            known = coded.known
            lines = platt(logit(without.probabilities), without.truth, known, held)
            said = sigmoid(lines[:, 0] * logit(within.probabilities) + lines[:, 1])
            errors[place] += float(((said - within.truth)[:, known] ** 2).sum())
    return HOLDS[int(np.argmin(errors))]


def _learn(coded: Coded, held: tuple[float, float]) -> Fitted:
    """What needs no choice: lines, context and how often actions change."""
    count = len(coded.actions)
    truth = coded.truth
    ones = np.ones(count, dtype=np.int64)
    start = Fitted(
        coded.actions,
        platt(logit(coded.probabilities), truth, coded.known, held),
        np.empty(0),
        _switches(coded),
        (METHODS[0],) * count,
        ones,
        ones,
        Shown.LINE,
    )
    seen = coded.known & truth.any(axis=0)
    weights = fit_context(calibrated(start, coded.probabilities), truth, coded.spans, seen)
    return replace(start, context=weights)


def _switches(coded: Coded) -> Floats:
    changes = boundary_counts(coded.truth, coded.truth, coded.spans)[:, 0]
    steps = len(coded.codes) - len(coded.spans)
    # That children happen not to show an action does not mean that it never begins in others.
    return switch_shares(changes, steps, coded.known & coded.truth.any(axis=0))


def _held_out(coded: Coded, held: tuple[float, float]) -> _HeldOut:
    shape = coded.codes.shape
    logits, context, steps = (np.empty(shape) for _ in range(3))
    said = [np.empty(shape, dtype=np.bool_) for _ in METHODS]
    every = set(range(len(coded.spans)))
    for out in _folds(coded):
        within, without = coded.only(out), coded.only(sorted(every.difference(out)))
        learned = _learn(without, held)
        rows = np.concatenate([np.arange(coded.spans[place].start, coded.spans[place].stop) for place in out])
        logits[rows] = calibrated(learned, within.probabilities)
        context[rows] = context_scores(logits[rows], within.spans, learned.context)
        stepped = sigmoid(logits[rows])
        for key, corners in _steps(without, learned).items():
            column = coded.actions.index(key)
            stepped[:, column] = np.interp(logits[rows, column], *corners)
        steps[rows] = stepped
        for place, method in enumerate(METHODS):
            scores = context[rows] if method.context else logits[rows]
            said[place][rows] = decide(method, scores, learned.switch, within.spans)
    return _HeldOut(logits, context, steps, said)


def _best_methods(coded: Coded, said: Sequence[Flags]) -> list[int]:
    counts = [boundary_counts(each, coded.truth, coded.spans) for each in said]
    return _fewest(counts, coded.known, usual=METHODS.index(USUAL_METHOD))


def _fewest(counts: Sequence[NDArray[np.int64]], known: Flags, usual: int = 0) -> list[int]:
    """Which of several choices has the fewest wrong boundaries, action by action, drawn towards all."""
    table = np.stack(counts).astype(np.float64)
    wrong = table[:, :, 0] - table[:, :, 1] + table[:, :, 2]
    true = max(table[0, known, 0].sum(), 1.0)
    pooled = wrong[:, known].sum(axis=1) / true
    cost = np.where(known, wrong, 0.0) + _LENT_BOUNDARIES * pooled[:, None]
    # Among choices that are nearly as good, a small study would choose by chance.
    cost[usual] *= _USUAL_ALLOWED
    best: list[int] = np.argmin(cost, axis=0).tolist()
    return best


def _with_durations(coded: Coded, told: _HeldOut, fitted: Fitted) -> Fitted:
    said = np.empty(coded.codes.shape, dtype=np.bool_)
    for column, method in enumerate(fitted.methods):
        said[:, column] = told.said[METHODS.index(method)][:, column]
    shortest = []
    for there in (False, True):
        tried = [
            drop_short(said, coded.spans, np.full(len(coded.actions), frames), there=there)
            for frames in DURATIONS
        ]
        best = _fewest([boundary_counts(each, coded.truth, coded.spans) for each in tried], coded.known)
        frames = np.array([DURATIONS[place] for place in best], dtype=np.int64)
        said = drop_short(said, coded.spans, frames, there=there)
        shortest.append(frames)
    return replace(fitted, shortest_gap=shortest[0], shortest_there=shortest[1])


def _best_shown(coded: Coded, told: _HeldOut) -> Shown:
    truth = coded.truth[:, coded.known]
    best, least = Shown.LINE, np.inf
    choices = (
        (Shown.LINE, sigmoid(told.logits)),
        (Shown.STEPS, told.steps),
        (Shown.CONTEXT, sigmoid(told.context)),
    )
    for shown, values in choices:
        error = float(((values[:, coded.known] - truth) ** 2).mean())
        if error < _CLEARLY * least:
            best, least = shown, error
    return best


def _steps(coded: Coded, fitted: Fitted) -> dict[str, tuple[Floats, Floats]]:
    logits, truth = calibrated(fitted, coded.probabilities), coded.truth
    there = truth.sum(axis=0)
    enough = coded.known & (np.minimum(there, len(truth) - there) >= _STEP_FRAMES)
    found = {}
    for column in np.flatnonzero(enough):
        at, level = isotonic(logits[:, column], truth[:, column])
        # Corners that only differ in what is not stored would not rise any more.
        _, kept = np.unique(at.round(5), return_index=True)
        found[coded.actions[column]] = (at[kept].round(5), level[kept])
    return found


def _sureness(coded: Coded, told: _HeldOut, fitted: Fitted) -> tuple[float, float]:
    """Line from the two-state model's logit of a boundary to that of its being right within a frame."""
    there = presence(fitted, told.logits, told.context, coded.spans)
    truth = coded.truth
    values, right = list[Floats](), list[Flags]()
    for span in coded.spans:
        begins, ends = boundary_logits(told.context[span], fitted.switch)
        for logits, sign in ((begins, 1), (ends, -1)):
            said = np.diff(there[span].astype(np.int8), axis=0) == sign
            true = np.diff(truth[span].astype(np.int8), axis=0) == sign
            near = true.copy()
            near[1:] |= true[:-1]
            near[:-1] |= true[1:]
            said[:, ~coded.known] = False
            values.append(logits[1:-1][said])
            right.append(near[said])
    cases = np.concatenate(values)
    columns = np.stack([cases, np.ones(len(cases))], axis=1)
    slope, bias = logistic(columns, np.concatenate(right), around=(1.0, 0.0), held=(1.0, 1.0))
    return max(float(slope), 0.0), float(bias)


def _side_margin(coded: Coded, fitted: Fitted) -> float | None:
    if coded.left is None or coded.right is None:
        return None
    left, right = calibrated(fitted, coded.left), calibrated(fitted, coded.right)
    runs = list[tuple[Floats, Floats, Code]]()
    for column, key in enumerate(coded.actions):
        if not (may_have_sides(key) and coded.known[column]):
            continue
        for span in coded.spans:
            codes = coded.codes[span, column]
            edges = [0, *(np.flatnonzero(np.diff(codes)) + 1).tolist(), len(codes)]
            for first, end in pairwise(edges):
                if codes[first]:
                    rows = slice(span.start + first, span.start + end)
                    runs.append((left[rows, column], right[rows, column], Code(codes[first])))
    return best_margin(runs)
