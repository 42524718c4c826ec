"""Simulates three expression models, in the tables that people would make of what they say.

Wholly synthetic: no network ran.  Each model sees the expression that the actions suggest, late or early by a
few frames, is now and then sure of another one, and sometimes of none.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from hrm_core.demo.expression import ACTION_PLACE
from hrm_core.records.coded_frames import EXPRESSIONS

__all__ = ["DEMO_MODELS", "shown_expression", "simulate_expression_model"]

DEMO_MODELS = ("synthetic-A", "synthetic-B", "synthetic-C")
"""The first writes probabilities under the expressions' names, the second probabilities in RAF-DB's order
under numbers, the third logits in AffectNet's order."""

# In the order in which one outweighs the next; what stands in one bracket must be there together.
_SHOWN: tuple[tuple[str, tuple[tuple[str, ...], ...]], ...] = (
    ("happiness", (("AU12",),)),
    ("surprise", (("AU2",), ("AU5",), ("AU1", "AU2X"))),
    ("sadness", (("AU15",), ("AU17",), ("AU1", "AU4"))),
    ("disgust", (("AU9",), ("AU10",))),
    ("anger", (("AU4", "AU7"), ("AU23",))),
    ("fear", (("AU20",),)),
)
_RAF_DB = ("surprise", "fear", "disgust", "happiness", "sadness", "anger", "neutral")
_SURE, _ELSEWHERE, _NOISE = 3.8, 3.0, 0.5
_LAG = 2.0
_WRONG_PER_FRAME = 1 / 150
_LOST_PER_FRAME = 1 / 400


def shown_expression(truth: NDArray[np.uint8]) -> NDArray[np.int8]:
    """The expression that actions suggest, for the demo alone: no rule of any coding manual.

    Parameters
    ----------
    truth : ndarray of uint8, shape (n_frames, 35)
        What is there, codes 0-5, actions as in ``facs.ALL_ACTIONS``.

    Returns
    -------
    ndarray of int8, shape (n_frames,)
        Place in ``EXPRESSIONS``.
    """
    found = np.full(len(truth), EXPRESSIONS.index("neutral"), dtype=np.int8)
    for name, signs in reversed(_SHOWN):
        for keys in signs:
            together = (truth[:, [ACTION_PLACE[key] for key in keys]] > 0).all(axis=1)
            found[together] = EXPRESSIONS.index(name)
    return found


def simulate_expression_model(truths: Mapping[str, NDArray[np.uint8]], model: str, *, seed: int) -> str:
    """Write what an expression model would say of the recordings of a study.

    Parameters
    ----------
    truths : mapping of str to ndarray of uint8, shape (n_frames, 35)
        What is there, by participant, as for :func:`shown_expression`.
    model : str
        One of :data:`DEMO_MODELS`.
    seed : int
        Same seed and model, same text.

    Returns
    -------
    str
        A CSV with columns ``participant``, ``frame`` from 0 and seven of numbers; frames without a face have
        no row.
    """
    place = DEMO_MODELS.index(model)
    names: tuple[str, ...] = EXPRESSIONS
    order = list(range(len(names)))
    if place == 1:
        order = [EXPRESSIONS.index(name) for name in _RAF_DB]
        names = tuple(f"class_{number}" for number in range(len(_RAF_DB)))
    elif place == 2:
        names = tuple(f"logit_{name}" for name in EXPRESSIONS)
    lines = [",".join(("participant", "frame", *names))]
    for child, (code, truth) in enumerate(truths.items()):
        rng = np.random.default_rng([seed, 5, place, child])
        logits = _logits(rng, shown_expression(truth))
        raised = np.exp(logits)
        values = logits if place == 2 else raised / raised.sum(axis=1, keepdims=True)
        seen = ~_stretches(rng, len(truth), _LOST_PER_FRAME)
        lines += [
            ",".join([code, str(frame), *(f"{value:.5f}" for value in values[frame, order].tolist())])
            for frame in np.flatnonzero(seen).tolist()
        ]
    return "\n".join(lines) + "\n"


def _logits(rng: np.random.Generator, shown: NDArray[np.int8]) -> NDArray[np.float64]:
    count = len(shown)
    late = np.clip(np.arange(count) + round(rng.normal(0, _LAG)), 0, count - 1)
    logits = np.zeros((count, len(EXPRESSIONS)))
    logits[np.arange(count), shown[late]] = _SURE
    # Sure of something else for a while: what a vote and the coded actions are there for.
    wrong = _stretches(rng, count, _WRONG_PER_FRAME)
    logits[wrong, int(rng.integers(1, 4))] += _ELSEWHERE
    # Noise of neighbouring frames is alike: a model's mind changes slowly.
    noise = rng.normal(0, 1, (count + 8, len(EXPRESSIONS)))
    smooth = np.cumsum(noise, axis=0)
    return np.asarray(logits + _NOISE * (smooth[8:] - smooth[:-8]) / np.sqrt(8))


def _stretches(rng: np.random.Generator, count: int, per_frame: float) -> NDArray[np.bool_]:
    inside = np.zeros(count, dtype=bool)
    for start in rng.integers(0, count, rng.poisson(count * per_frame)).tolist():
        inside[start : start + int(rng.integers(4, 20))] = True
    return inside
