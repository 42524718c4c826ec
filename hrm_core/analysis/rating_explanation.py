"""Which actions of a clip go with its mean rating, and how much.

Permutation importance (Breiman, Machine Learning 45, 2001; Fisher, Rudin & Dominici, JMLR 20, 2019): the mean
absolute error with an action's share permuted over all clips, less that without; always on children that the
model has not learned from.  Nothing is drawn: with a linear model the mean over all permutations is the mean
over all values that a clip could be given, its own among them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hrm_core.analysis.left_out_ridge import FEWEST_CHILDREN, RatingModel, fit_left_out
from hrm_core.progress import CancelToken, Progress
from hrm_core.records.agreement import Estimate
from hrm_core.records.analysis_results import AnalysisOptions, ExplainedRatings, Importance
from hrm_core.records.coded_frames import NOT_CODABLE, CodedFrames
from hrm_core.stats.bootstrap import cluster_bootstrap, cluster_sums

__all__ = ["ClipShares", "RatedSpan", "clip_shares", "explain"]

_Floats = NDArray[np.float64]

_CORRELATED = (
    "Actions that come together share their importance, and none of this says that an action makes a clip "
    "look atypical: judges see more than actions."
)
_NO_BETTER = (
    "On children that it did not learn from the model is no better than always saying the mean rating: its "
    "importances say nothing."
)


@dataclass(frozen=True, slots=True)
class RatedSpan:
    """Where a rated clip is.

    Attributes
    ----------
    child, video : str
        Code of the child, name of the recording.
    first_frame, last_frame : int
        Both included, 0-based.
    rating : float
        Mean over judges.
    """

    child: str
    video: str
    first_frame: int
    last_frame: int
    rating: float


@dataclass(frozen=True, slots=True, eq=False)
class ClipShares:
    """Rated clips with at least one frame that takes part.

    Attributes
    ----------
    shares : ndarray of float64, shape (n_clips, n_actions)
        Of the frames in which the action could be seen, the share that shows it; where it could be seen in
        none, the mean of the other clips (0 if there are none).
    ratings : ndarray of float64, shape (n_clips,)
        Mean ratings.
    children : ndarray of int64, shape (n_clips,)
        Places in ``frames.children``.
    """

    shares: _Floats
    ratings: _Floats
    children: NDArray[np.int64]


def clip_shares(frames: CodedFrames, spans: Sequence[RatedSpan]) -> ClipShares:
    """How often each action is there in rated clips.

    Parameters
    ----------
    frames : CodedFrames
        Of one coder.
    spans : sequence of RatedSpan
        Clips; those without a frame in `frames` are left out.
    """
    video_of = {
        (frames.children[child].code, name): place for place, (child, name) in enumerate(frames.videos)
    }
    bounds = np.searchsorted(frames.video, np.arange(len(frames.videos) + 1))
    there, seen, ratings, children = [], [], [], []
    for span in spans:
        video = video_of.get((span.child, span.video))
        if video is None:
            continue
        first, stop = bounds[video : video + 2]
        begin, end = first + np.searchsorted(
            frames.frame[first:stop], (span.first_frame, span.last_frame + 1)
        )
        if begin == end:
            continue
        codable = frames.codes[begin:end] != NOT_CODABLE
        there.append(((frames.codes[begin:end] > 0) & codable).sum(axis=0))
        seen.append(codable.sum(axis=0))
        ratings.append(span.rating)
        children.append(frames.videos[video][0])
    shape = (len(ratings), len(frames.actions))
    n = np.array(seen, dtype=np.float64).reshape(shape)
    shares = np.array(there, dtype=np.float64).reshape(shape) / np.maximum(n, 1)
    known = n > 0
    means = shares.sum(axis=0, where=known) / np.maximum(known.sum(axis=0), 1)
    return ClipShares(
        np.where(known, shares, means),
        np.array(ratings, dtype=np.float64),
        np.array(children, dtype=np.int64),
    )


def explain(
    frames: CodedFrames,
    spans: Sequence[RatedSpan],
    session: str,
    options: AnalysisOptions,
    *,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> ExplainedRatings:
    """Foretell mean ratings of clips from the shares of their frames that show each action.

    Parameters
    ----------
    frames : CodedFrames
        Of one coder.
    spans : sequence of RatedSpan
        All rated clips.
    session : str
        Name of the rating session.
    options : AnalysisOptions
        Resamples of children (below 2, there are no intervals), their seed, and the level of intervals.
    progress : Progress, optional
        Told of children.
    cancel : CancelToken, optional
        Asked between them.

    Returns
    -------
    ExplainedRatings
        With the reason where there is nothing.  Intervals resample children and keep the models as they are.

    Raises
    ------
    Cancelled
        On request.
    """
    clips = clip_shares(frames, spans)
    children = len(np.unique(clips.children))
    varying = np.ptp(clips.shares, axis=0) > 0 if children else np.zeros(len(frames.actions), dtype=bool)
    why = _why_not(children, clips.ratings, varying)
    if why:
        return ExplainedRatings(session, len(clips.ratings), children, why=why)
    names = [action for action, kept in zip(frames.actions, varying, strict=True) if kept]
    shares = clips.shares[:, varying]
    model = fit_left_out(shares, clips.ratings, clips.children, progress=progress, cancel=cancel)
    error, baseline, actions = _importances(clips, shares, names, model, options)
    notes = [_CORRELATED]
    if (error.value or 0.0) >= (baseline.value or 0.0):
        notes.append(_NO_BETTER)
    if missing := len(spans) - len(clips.ratings):
        notes.append(f"{missing} of {len(spans)} rated clips have no coded frame: left out.")
    residual = clips.ratings - model.predicted
    return ExplainedRatings(
        session,
        len(clips.ratings),
        children,
        error,
        baseline,
        1 - float((residual**2).sum() / ((clips.ratings - clips.ratings.mean()) ** 2).sum()),
        actions,
        note=" ".join(notes),
    )


def _why_not(children: int, ratings: _Floats, varying: NDArray[np.bool_]) -> str:
    if children < FEWEST_CHILDREN:
        return (
            f"Rated clips with coded frames are of fewer than {FEWEST_CHILDREN} children: each must be left "
            "out in turn, and two be left."
        )
    if np.ptp(ratings) == 0:
        return "All rated clips have the same mean rating: there is nothing to explain."
    if not varying.any():
        return "Every action is as frequent in all rated clips: there is nothing that could explain ratings."
    return ""


def _importances(
    clips: ClipShares, shares: _Floats, names: Sequence[str], model: RatingModel, options: AnalysisOptions
) -> tuple[Estimate, Estimate, tuple[Importance, ...]]:
    """Errors of the model and of the mean, and actions, most important first."""
    residual = clips.ratings - model.predicted
    plain = np.abs(residual)[:, None]
    permuted = [_permuted_error(residual, shares[:, at], model.slopes[:, at]) for at in range(len(names))]
    rows = np.column_stack(
        [
            np.ones_like(plain),
            plain,
            np.abs(clips.ratings - model.baseline),
            np.column_stack(permuted) - plain,
        ]
    )
    sums = np.asarray(cluster_sums(rows, clips.children), dtype=np.float64)
    error, baseline, *importances = _estimates(sums, options)
    found = [
        Importance(name, float(coefficient), each)
        for name, coefficient, each in zip(names, model.coefficients, importances, strict=True)
    ]
    found.sort(key=lambda each: -(each.importance.value or 0.0))
    return error, baseline, tuple(found)


def _permuted_error(residual: _Floats, values: _Floats, slopes: _Floats) -> _Floats:
    """Mean over all values v of ``|residual - slope * (v - own value)|``, shape (n_clips,).

    With the values in order, the distances to those below a point and above it are differences of sums.
    """
    ordered = np.sort(values)
    below = np.concatenate([[0.0], np.cumsum(ordered)])
    flat = slopes == 0
    point = values + residual / np.where(flat, 1.0, slopes)
    place = np.searchsorted(ordered, point)
    distance = (2 * place - len(ordered)) * point - 2 * below[place] + below[-1]
    return np.asarray(np.where(flat, np.abs(residual), np.abs(slopes) * distance / len(ordered)))


def _estimates(sums: _Floats, options: AnalysisOptions) -> list[Estimate]:
    """Means per clip of what was added up for each child, shape (n_children, 1 + k), with intervals."""
    values = (sums[:, 1:].sum(axis=0) / sums[:, 0].sum()).tolist()
    if options.replicates < 2:
        return [Estimate(value) for value in values]
    found = cluster_bootstrap(
        sums,
        lambda drawn: drawn[:, 1:] / drawn[:, :1],
        replicates=options.replicates,
        seed=options.seed,
        level=options.level,
    )
    bounds = zip(np.ravel(found.low).tolist(), np.ravel(found.high).tolist(), strict=True)
    return [
        Estimate(value, low, high, note=note)
        for value, (low, high), note in zip(values, bounds, found.note, strict=True)
    ]
