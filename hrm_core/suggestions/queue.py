"""Put frames and clips in the order in which they are worth coding, or looking at again.

What counts is in :mod:`hrm_core.suggestions.worth`; which frames stand for others is found by
:mod:`hrm_core.suggestions.clusters`.  A clip is worth what its frames are worth on average, and its place
among the clusters is the mean of theirs.  Of equal worth, what comes first in the study comes first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from hrm_core.records.queue import QueueBy, QueueLevel
from hrm_core.suggestions.clusters import logits, representatives
from hrm_core.suggestions.worth import base_rates, conflicts, entropies, in_turn, rareness, top

__all__ = ["Pool", "Ranked", "joined", "ranked"]

_TURNS = (QueueBy.DOUBT, QueueBy.CONFLICT, QueueBy.DIVERSITY, QueueBy.RARITY)
_MOST_NAMED = 3
# Bits from which on an action is named as uncertain: probabilities of 0.11 to 0.89.
_UNCERTAIN = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """Frames of which a model says something, in the order of the study.

    Attributes
    ----------
    video, frame, clip : ndarray of int64, shape (n,)
        Where: numbers in the store, of the clip -1 where there is none.
    probabilities : ndarray of float32, shape (n, n_actions)
        Calibrated; NaN where nothing is said, or nothing of it is for this coder.
    proposed, coded : ndarray of bool, shape (n, n_actions)
        Whether the action is proposed, and coded.
    settled : ndarray of bool, shape (n,)
        Whether the coder has coded the frame; frames that were only carried are not.
    flagged : ndarray of bool, shape (n,)
        Whether the coder flagged the frame or a code of it as doubtful.
    telling : ndarray of bool, shape (n,)
        Whether the coder may be told which actions count.
    comparable : ndarray of bool, shape (n,)
        Whether the coder may be told that the model differs.
    """

    video: NDArray[np.int64]
    frame: NDArray[np.int64]
    clip: NDArray[np.int64]
    probabilities: NDArray[np.float32]
    proposed: NDArray[np.bool_]
    coded: NDArray[np.bool_]
    settled: NDArray[np.bool_]
    flagged: NDArray[np.bool_]
    telling: NDArray[np.bool_]
    comparable: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.frame)


@dataclass(frozen=True, slots=True)
class Ranked:
    """One frame or clip of the queue.

    Attributes
    ----------
    place : int
        Row of the pool, or number of the clip in the store.
    by : QueueBy
        What put it here.
    score : float
        See :class:`hrm_core.records.queue.QueueEntry`.
    columns : tuple of int
        Actions that count most, as far as they may be told.
    flagged : bool
        Whether the coder flagged it as doubtful.
    """

    place: int
    by: QueueBy
    score: float
    columns: tuple[int, ...] = ()
    flagged: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class _Line:
    """Everything there is by one criterion, the best first."""

    places: NDArray[np.int64]
    scores: NDArray[np.float64]
    worth: NDArray[np.float64] | None
    flagged: NDArray[np.bool_]


def joined(parts: Sequence[Pool]) -> Pool:
    """Several pools as one; at least one."""
    return Pool(*(np.concatenate([getattr(part, entry.name) for part in parts]) for entry in fields(Pool)))


def ranked(
    pool: Pool, by: QueueBy, level: QueueLevel, count: int, *, mine_only: bool = False
) -> list[Ranked]:
    """The frames or clips most worth coding, or looking at again.

    Parameters
    ----------
    pool : Pool
        All frames that may be in the queue.
    by : QueueBy
        What counts.
    level : QueueLevel
        Frames, or clips as wholes; frames in no clip are in no queue of clips.
    count : int
        How many at most.
    mine_only : bool
        Only among frames that the coder has coded, those that were flagged first where uncertainty
        counts; else among those not coded yet.  Conflict is always about frames that are coded.

    Returns
    -------
    list of Ranked
        The most urgent first.
    """
    kinds = _TURNS if by is QueueBy.MIX else (by,)
    open_ = pool.settled if mine_only else ~pool.settled
    if level is QueueLevel.CLIPS:
        open_ = open_ & (pool.clip >= 0)
    rows = {kind: np.flatnonzero(open_) for kind in kinds}
    if QueueBy.CONFLICT in rows:
        among = pool.settled & pool.comparable
        among = among & (pool.clip >= 0) if level is QueueLevel.CLIPS else among
        rows[QueueBy.CONFLICT] = np.flatnonzero(among)
    lines = [_line(pool, kind, rows[kind], level, count, mine_only=mine_only) for kind in kinds]
    places = [line.places for line in lines]
    # Each criterion shall have enough for what others take away from it.
    return [
        _entry(pool, lines[which], kinds[which], rows[kinds[which]], level, place)
        for which, place in in_turn(places, count)
    ]


def _line(
    pool: Pool, by: QueueBy, rows: NDArray[np.int64], level: QueueLevel, count: int, *, mine_only: bool
) -> _Line:
    """All frames or clips among some rows by one criterion."""
    worth = None if by is QueueBy.DIVERSITY else _worth(pool, by, rows)
    if level is QueueLevel.FRAMES:
        keys, member = rows, np.arange(len(rows))
    else:
        keys, member = np.unique(pool.clip[rows], return_inverse=True)
        # By the study, not by the numbers of clips in the store.
        first = np.unique(member, return_index=True)[1]
        order = np.argsort(first, kind="stable")
        keys, member = keys[order], np.argsort(order, kind="stable")[member]
    sizes = np.bincount(member, minlength=len(keys))
    flagged = np.bincount(member, weights=pool.flagged[rows], minlength=len(keys)) > 0
    if worth is None:
        vectors = _means(logits(pool.probabilities[rows]), member, sizes)
        settled = np.flatnonzero(pool.settled)
        covered = None if mine_only else logits(pool.probabilities[settled])
        chosen, scores = representatives(vectors, count, covered)
        return _Line(keys[chosen], scores, None, flagged[chosen])
    mean = np.bincount(member, weights=worth.sum(axis=1), minlength=len(keys)) / np.maximum(sizes, 1)
    chosen = top(mean, len(mean))
    if mine_only and by is QueueBy.DOUBT:
        chosen = chosen[np.argsort(~flagged[chosen], kind="stable")]
    return _Line(keys[chosen], mean[chosen], worth, flagged[chosen])


def _worth(pool: Pool, by: QueueBy, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """What each action adds to the worth of each row, shape (n_rows, n_actions)."""
    probabilities = pool.probabilities[rows]
    if by is QueueBy.CONFLICT:
        return conflicts(pool.coded[rows], pool.proposed[rows], probabilities)
    bits = entropies(probabilities)
    if by is QueueBy.DOUBT:
        return bits
    known = ~np.isnan(pool.probabilities)
    said = known.any(axis=0)
    means = np.where(known, pool.probabilities, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    rates = base_rates(pool.coded[pool.settled].sum(axis=0), means, int(pool.settled.sum()))
    weights = np.zeros(len(rates))
    weights[said] = rareness(rates[said])
    return bits * weights


def _means(
    vectors: NDArray[np.float32], member: NDArray[np.int64], sizes: NDArray[np.int64]
) -> NDArray[np.float32]:
    sums = [np.bincount(member, weights=column, minlength=len(sizes)) for column in vectors.T]
    return (np.stack(sums, axis=1) / np.maximum(sizes, 1)[:, None]).astype(np.float32)


def _entry(
    pool: Pool, line: _Line, by: QueueBy, rows: NDArray[np.int64], level: QueueLevel, place: int
) -> Ranked:
    at = int(np.flatnonzero(line.places == place)[0])
    columns: tuple[int, ...] = ()
    if line.worth is not None:
        mine = rows == place if level is QueueLevel.FRAMES else pool.clip[rows] == place
        told = line.worth[mine & pool.telling[rows]]
        bits = entropies(pool.probabilities[rows[mine & pool.telling[rows]]])
        # Of a clip, what counts in some frame of it.
        enough = told > 0 if by is QueueBy.CONFLICT else bits >= _UNCERTAIN
        best = top((told * enough).sum(axis=0), _MOST_NAMED)
        columns = tuple(best.tolist())
    return Ranked(place, by, float(line.scores[at]), columns, bool(line.flagged[at]))
