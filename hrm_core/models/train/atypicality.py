"""The comparison of Table V: networks, baselines and our model, over repeats and folds by person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hrm_core.errors import UserError
from hrm_core.models.train.baselines import choose_penalty, fit_ridge
from hrm_core.models.train.dynamics import dynamics
from hrm_core.models.train.sequence_recipes import SequenceRecipe
from hrm_core.models.train.splits import random_folds, same_person
from hrm_core.models.train.windows import Windows
from hrm_core.progress import CancelToken, Progress

if TYPE_CHECKING:
    from hrm_core.models.train.regressors import Trained

__all__ = ["METRICS", "MODELS", "Comparison", "Fold", "Row", "compare_models", "make_folds"]

METRICS = ("mae", "mse", "rmse", "mape")
"""Errors of scores: mean absolute, mean squared, its root, and mean absolute in percent of the rating."""

MODELS: Mapping[str, str] = {
    "mean": "Training mean",
    "ridge_window": "Ridge, window rates",
    "ridge_segment": "Ridge, segment rates",
    "gru": "GRU",
    "bilstm": "BiLSTM",
    "dynamics": "Ridge, dynamics",
}
"""Models in the order of the table, with the names that it gives them."""

_Floats = NDArray[np.float64]
_INNER = 4


@dataclass(frozen=True, slots=True)
class Fold:
    """Children of one fold of one repeat.

    Attributes
    ----------
    repeat, fold : int
        From 1.
    training, validation, test : tuple of str
        Codes; no person is in two of them, unless `validation` is `test` as in the published protocol.
    """

    repeat: int
    fold: int
    training: tuple[str, ...]
    validation: tuple[str, ...]
    test: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A model in the table.

    Attributes
    ----------
    model : str
        Key of :data:`MODELS`.
    mean, sd : dict of str to float
        Of each of :data:`METRICS` over repeats; `sd` (divisor n - 1) is empty with one repeat.
    segment_mean, segment_sd : dict of str to float
        The same of segments: a segment's score is the mean score of its windows.
    """

    model: str
    mean: Mapping[str, float]
    sd: Mapping[str, float]
    segment_mean: Mapping[str, float]
    segment_sd: Mapping[str, float]


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """What came of it.

    Attributes
    ----------
    rows : tuple of Row
        In the order of :data:`MODELS`.
    folds : tuple of Fold
        All repeats and folds.
    trained : dict of str to list of Trained
        By network, in the order of `folds`.
    """

    rows: tuple[Row, ...]
    folds: tuple[Fold, ...]
    trained: Mapping[str, Sequence[Trained]] = field(default_factory=dict)


def make_folds(
    participants: Sequence[str], *, repeats: int, folds: int, seed: int, as_published: bool
) -> tuple[Fold, ...]:
    """Draw folds by person anew for each repeat, and validation persons among those of training.

    Parameters
    ----------
    participants : sequence of str
        Codes, each once.
    repeats, folds : int
        How often, and into how many.
    seed : int
        Of the draws.
    as_published : bool
        Validate on the test fold, as the published script does.

    Raises
    ------
    UserError
        If there are fewer persons than folds, or too few to validate on.
    """
    drawn = []
    for repeat in range(1, repeats + 1):
        parts = random_folds(participants, folds, _seed(seed, repeat))
        for number, test in enumerate(parts, 1):
            rest = tuple(code for code in participants if code not in test)
            if as_published:
                drawn.append(Fold(repeat, number, rest, test, test))
                continue
            persons = len({same_person(code) for code in rest})
            if persons < 2:
                raise UserError(
                    "With one person left to train on, nobody is left to choose the best epoch by: have "
                    "clips of more persons rated."
                )
            inner = random_folds(rest, min(_INNER, persons), _seed(seed, repeat, number))[0]
            kept = tuple(code for code in rest if code not in inner)
            drawn.append(Fold(repeat, number, kept, inner, test))
    return tuple(drawn)


def compare_models(
    windows: Windows,
    folds: Sequence[Fold],
    networks: Sequence[str],
    recipe: SequenceRecipe,
    *,
    seed: int = 0,
    as_published: bool = False,
    device: str = "cpu",
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> Comparison:
    """Fit everything on the training persons of each fold and measure it on those of its test.

    Parameters
    ----------
    windows : Windows
        Codes and ratings.
    folds : sequence of Fold
        Of :func:`make_folds`.
    networks : sequence of str
        Of ``"gru"`` and ``"bilstm"``; without any, PyTorch is not needed.
    recipe : SequenceRecipe
        Of the networks.
    seed : int
        Of networks and of inner folds.
    as_published : bool
        Ratings cut to whole numbers, and figures as means over folds of means over batches.
    device, progress, cancel
        As for :func:`hrm_core.models.train.regressors.train_regressors`.

    Notes
    -----
    Each repeat tests every window once, in the fold that its child is in.  Its figures are of the windows of
    all folds together; mean and standard deviation are over repeats.  Baselines and our model learn from
    training and validation persons together; their penalty is chosen by leaving persons out.

    Raises
    ------
    UserError
        If ratings are all alike, or a loss is no number any more.
    Cancelled
        On request.
    """
    labels = np.trunc(windows.labels) if as_published else windows.labels
    if np.ptp(labels) == 0:
        count, rating = len(windows.segments), labels[0]
        if as_published:
            raise UserError(
                f"Cut to whole numbers as published, the mean ratings of all {count} rated segments are "
                f"{rating:g}: there is nothing to learn from them; leave --as-published out."
            )
        raise UserError(
            f"All {count} rated segments have the same mean rating ({rating:g}): there is nothing to learn "
            "from them."
        )
    said: dict[str, list[_Floats]] = _simple(windows, labels, folds, seed)
    trained = {}
    if networks:
        from hrm_core.models.train.regressors import Training, train_regressors

        trainings = [
            Training(each.repeat, each.fold, *map(windows.of, (each.training, each.validation, each.test)))
            for each in folds
        ]
        how: dict[str, Any] = {
            "seed": seed,
            "per_batch": as_published,
            "device": device,
            "progress": progress,
            "cancel": cancel,
        }
        for network in networks:
            trained[network] = train_regressors(network, windows, labels, trainings, recipe, **how)
            said[network] = [each.scores for each in trained[network]]
    batch = recipe.batch_size if as_published else None
    rows = tuple(_row(model, windows, labels, folds, said[model], batch) for model in MODELS if model in said)
    return Comparison(rows, tuple(folds), trained)


def _simple(windows: Windows, labels: _Floats, folds: Sequence[Fold], seed: int) -> dict[str, list[_Floats]]:
    """What the models without a network say of each fold's test windows."""
    first = np.unique(windows.of_segment, return_index=True)[1]
    segment_rates = np.array([(each.codes > 0).mean(axis=0) for each in windows.segments])
    moves = np.array([dynamics(each) for each in windows.segments])
    child = np.array(windows.participants, dtype=object)
    said: dict[str, list[_Floats]] = {"mean": [], "ridge_window": [], "ridge_segment": [], "dynamics": []}
    for each in folds:
        learn = windows.of([*each.training, *(() if each.validation == each.test else each.validation)])
        test = windows.of(each.test)
        inner = _seed(seed, each.repeat, each.fold, 1)
        said["mean"].append(np.full(len(test), labels[learn].mean()))
        of_window = (windows.rates, labels, windows.of_participant, learn)
        segments = np.unique(windows.of_segment[learn])
        of_segment = (labels[first], windows.of_participant[first], segments)
        for model, (features, ratings, whose, rows) in {
            "ridge_window": of_window,
            "ridge_segment": (segment_rates, *of_segment),
            "dynamics": (moves, *of_segment),
        }.items():
            penalty = choose_penalty(features[rows], ratings[rows], child[whose[rows]].tolist(), inner)
            fitted = fit_ridge(features[rows], ratings[rows], penalty)
            at = test if model == "ridge_window" else windows.of_segment[test]
            said[model].append(fitted.scores(features[at]))
    return said


def _row(
    model: str,
    windows: Windows,
    labels: _Floats,
    folds: Sequence[Fold],
    said: Sequence[_Floats],
    batch: int | None,
) -> Row:
    found: list[dict[str, float]] = []
    by_segment: list[dict[str, float]] = []
    for repeat in dict.fromkeys(each.repeat for each in folds):
        scores = np.full(len(windows), np.nan)
        parts = []
        for each, says in zip(folds, said, strict=True):
            if each.repeat == repeat:
                test = windows.of(each.test)
                scores[test] = says
                parts.append((says, labels[test]))
        found.append(_errors(scores, labels) if batch is None else _errors_per_batch(parts, batch))
        counts = np.bincount(windows.of_segment)
        means = [np.bincount(windows.of_segment, values) / counts for values in (scores, labels)]
        by_segment.append(_errors(means[0], means[1]))
    return Row(model, *_over_repeats(found), *_over_repeats(by_segment))


def _errors(scores: _Floats, ratings: _Floats) -> dict[str, float]:
    errors = scores - ratings
    mse = float((errors**2).mean())
    return {
        "mae": float(np.abs(errors).mean()),
        "mse": mse,
        "rmse": mse**0.5,
        "mape": float(100 * np.abs(errors / ratings).mean()),
    }


def _errors_per_batch(parts: Sequence[tuple[_Floats, _Floats]], batch: int) -> dict[str, float]:
    """Means of folds' means of batches' figures: what the published script reports."""
    folds = []
    for scores, ratings in parts:
        cuts = range(0, len(scores), batch)
        batches = [_errors(scores[cut : cut + batch], ratings[cut : cut + batch]) for cut in cuts]
        folds.append({name: float(np.mean([each[name] for each in batches])) for name in METRICS})
    return {name: float(np.mean([each[name] for each in folds])) for name in METRICS}


def _over_repeats(found: Sequence[dict[str, float]]) -> tuple[dict[str, float], dict[str, float]]:
    table = np.array([[each[name] for name in METRICS] for each in found])
    sd = table.std(axis=0, ddof=1).tolist() if len(table) > 1 else []
    return (
        dict(zip(METRICS, table.mean(axis=0).tolist(), strict=True)),
        dict(zip(METRICS, sd, strict=False)),
    )


def _seed(*parts: Any) -> int:
    return int(np.random.SeedSequence(parts).generate_state(1)[0])
