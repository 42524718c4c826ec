"""What was fitted to a run of a model, as values and as the plain JSON that the store keeps."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hrm_core.errors import InvalidFileError
from hrm_core.suggestions.calibration import logit
from hrm_core.suggestions.context import CONTEXT_WEIGHTS, NOTHING_LEARNED
from hrm_core.suggestions.thresholds import Method, method_named

__all__ = ["VERSION", "Fitted", "Shown", "as_detail", "damaged", "read_detail", "unfitted"]

VERSION = 1
"""Of the form in which it is kept; what is of another version is fitted again."""

Floats = NDArray[np.float64]

# Where nothing was counted: in the field an action changes about once a second.
_SWITCH = 0.03
_DIGITS = 6


class Shown(StrEnum):
    """Which probabilities are shown and counted with."""

    SAID = "said"
    """As the model says."""
    LINE = "line"
    """By Platt's line of each action."""
    STEPS = "steps"
    """By isotonic regression, and by the line where an action was coded too seldom for it."""
    CONTEXT = "context"
    """By the frame and those around it."""


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """All that turns what a model says into proposals.

    Attributes
    ----------
    actions : tuple of str
        Keys of the catalogue.
    lines : ndarray of float64, shape (n_actions, 2)
        Slope and bias of the calibrated logit.
    context : ndarray of float64, shape (CONTEXT_WEIGHTS,)
        Weights of :mod:`hrm_core.suggestions.context`.
    switch : ndarray of float64, shape (n_actions,)
        Share of frames after which the action changes.
    methods : tuple of Method
        How each action is smoothed.
    shortest_there, shortest_gap : ndarray of int64, shape (n_actions,)
        Shorter runs, and shorter gaps between runs, are taken out; in frames.
    shown : Shown
        Which probabilities are shown.
    steps : mapping of str to (ndarray, ndarray)
        Corners of the step functions by action, on the scale of the calibrated logit.
    sureness : tuple of float
        Slope and bias that make the two-state model's logit of a boundary one of being right.
    side_margin : float or None
        By how much the logits of both halves must differ before a side is hinted at; None never hints.
    """

    actions: tuple[str, ...]
    lines: Floats
    context: Floats
    switch: Floats
    methods: tuple[Method, ...]
    shortest_there: NDArray[np.int64]
    shortest_gap: NDArray[np.int64]
    shown: Shown
    steps: Mapping[str, tuple[Floats, Floats]] = field(default_factory=dict)
    sureness: tuple[float, float] = (1.0, 0.0)
    side_margin: float | None = None


def unfitted(actions: Sequence[str], thresholds: Mapping[str, float], side_margin: float) -> Fitted:
    """What holds where nothing was fitted: the thresholds of the card, 0.5 without, and a median of three."""
    count = len(actions)
    at = logit([min(max(thresholds.get(key, 0.5), 0.0), 1.0) for key in actions])
    return Fitted(
        tuple(actions),
        np.stack([np.ones(count), -at], axis=1),
        NOTHING_LEARNED,
        np.full(count, _SWITCH),
        (method_named("median 3"),) * count,
        np.ones(count, dtype=np.int64),
        np.ones(count, dtype=np.int64),
        Shown.SAID,
        side_margin=side_margin,
    )


def as_detail(fitted: Fitted) -> dict[str, Any]:
    """The same as plain values for JSON, rounded to six digits."""
    actions = {}
    for place, key in enumerate(fitted.actions):
        slope, bias = _rounded(fitted.lines[place])
        (switch,) = _rounded(fitted.switch[place : place + 1])
        actions[key] = {
            "slope": slope,
            "bias": bias,
            "switch": switch,
            "method": fitted.methods[place].name,
            "shortest_there": int(fitted.shortest_there[place]),
            "shortest_gap": int(fitted.shortest_gap[place]),
        }
        if key in fitted.steps:
            actions[key]["steps"] = [_rounded(values) for values in fitted.steps[key]]
    return {
        "version": VERSION,
        "actions": actions,
        "context": _rounded(fitted.context),
        "shown": str(fitted.shown),
        "sureness": _rounded(np.array(fitted.sureness)),
        "side_margin": fitted.side_margin,
    }


def read_detail(detail: object, run_id: int) -> Fitted:
    """Read what :func:`as_detail` gave.

    Parameters
    ----------
    detail : object
        From the store, as its JSON was read.
    run_id : int
        Whose it is, for the message.

    Raises
    ------
    InvalidFileError
        If it is of another version, or damaged.
    """
    if not isinstance(detail, Mapping) or detail.get("version") != VERSION:
        raise InvalidFileError(
            f"What was fitted to run:{run_id} is not in the form that this version of the program writes: "
            "fit it again with hrm prelabel fit."
        )
    try:
        return _read(detail)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise damaged(run_id) from error


def damaged(run_id: int) -> InvalidFileError:
    """What is raised where a fit cannot be read."""
    return InvalidFileError(
        f"What was fitted to run:{run_id} is damaged in the label store: fit it again with hrm prelabel fit."
    )


def _read(detail: Mapping[str, Any]) -> Fitted:
    rows: Mapping[str, Mapping[str, Any]] = detail["actions"]
    keys = tuple(rows)
    context = _numbers(detail["context"], CONTEXT_WEIGHTS)
    lines = np.array([_numbers([row["slope"], row["bias"]], 2) for row in rows.values()]).reshape(-1, 2)
    switch = _numbers([row["switch"] for row in rows.values()], len(rows))
    if not ((switch > 0) & (switch < 0.5)).all():
        raise ValueError("a share of changes is not between 0 and 0.5")
    steps = {}
    for key, row in rows.items():
        if "steps" in row:
            at, level = (_numbers(values, len(row["steps"][0])) for values in row["steps"])
            if not len(at) or (np.diff(at) <= 0).any() or level.min() < 0 or level.max() > 1:
                raise ValueError(f"the steps of {key} do not rise from 0 to 1")
            steps[key] = (at, level)
    slope, bias = _numbers(detail["sureness"], 2).tolist()
    margin = detail["side_margin"]
    return Fitted(
        keys,
        lines,
        context,
        switch,
        tuple(method_named(row["method"]) for row in rows.values()),
        np.array([_frames(row["shortest_there"]) for row in rows.values()], dtype=np.int64),
        np.array([_frames(row["shortest_gap"]) for row in rows.values()], dtype=np.int64),
        Shown(detail["shown"]),
        steps,
        (slope, bias),
        None if margin is None else float(_numbers([margin], 1)[0]),
    )


def _numbers(values: Any, count: int) -> Floats:
    read = np.array([float(value) for value in values])
    if len(read) != count or not all(math.isfinite(value) for value in read):
        raise ValueError(f"there are not {count} finite numbers where they should be")
    return read


def _frames(value: Any) -> int:
    if not isinstance(value, int) or not 1 <= value <= 1000:
        raise ValueError(f"a shortest run of {value!r} frames")
    return value


def _rounded(values: Floats) -> list[float]:
    return [round(float(value), _DIGITS) for value in values]
