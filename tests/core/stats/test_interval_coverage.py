"""How often 95 % intervals of an ICC hold the truth when frames resemble their neighbours.

A simulation with a stated model and seed; all of it is synthetic.
"""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from hrm_core.stats import cluster_bootstrap

PARTICIPANTS, FRAMES, RUNS = 33, 300, 400
EVENT_FRAMES, JITTER = 20, 3.0
Present = NDArray[np.bool_]
Floats = NDArray[np.float64]


def _truth(participants: int, draw: np.random.Generator) -> Present:
    """Presence of one action: events of mean length 20, how common differs by participant."""
    share = np.minimum(draw.beta(0.5, 9.5, participants), 0.9)
    begins = share / (EVENT_FRAMES * (1 - share))
    present = np.empty((participants, FRAMES), dtype=bool)
    present[:, 0] = draw.random(participants) < share
    for frame in range(1, FRAMES):
        chance = draw.random(participants)
        present[:, frame] = np.where(present[:, frame - 1], chance >= 1 / EVENT_FRAMES, chance < begins)
    return present


def _coded(truth: Present, draw: np.random.Generator) -> Present:
    """What a rater codes: every onset and offset is off by some frames."""
    steps = np.diff(np.pad(truth, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    row, onset = np.nonzero(steps == 1)
    _, offset = np.nonzero(steps == -1)
    onset, offset = (
        np.clip(edge + np.rint(draw.normal(0, JITTER, edge.size)).astype(int), 0, FRAMES)
        for edge in (onset, offset)
    )
    seen = offset > onset
    edges = np.zeros((len(truth), FRAMES + 1), dtype=np.int16)
    np.add.at(edges, (row[seen], onset[seen]), 1)
    np.add.at(edges, (row[seen], offset[seen]), -1)
    return edges[:, :-1].cumsum(axis=1) > 0


def _two_raters(participants: int, draw: np.random.Generator) -> tuple[Present, Present]:
    truth = _truth(participants, draw)
    return _coded(truth, draw), _coded(truth, draw)


def _sums(first: Present, second: Present) -> Floats:
    a, b, both = first.sum(axis=1), second.sum(axis=1), (first & second).sum(axis=1)
    return np.stack([np.full_like(a, FRAMES), a, b, a, b, both], axis=-1).astype(np.float64)


def _icc(sums: Floats) -> Floats:
    n, a, b, aa, bb, ab = np.moveaxis(sums, -1, 0)
    return 2 * (ab - a * b / n) / (aa - a * a / n + bb - b * b / n)


def _classical(icc: Floats, n: float | Floats) -> tuple[Floats, Floats]:
    """F-based interval of ICC(3,1) of two raters (Shrout & Fleiss, 1979)."""
    ratio, limit = (1 + icc) / (1 - icc), stats.f.ppf(0.975, n - 1, n - 1)
    return (ratio / limit - 1) / (ratio / limit + 1), (ratio * limit - 1) / (ratio * limit + 1)


@pytest.fixture(scope="module")
def simulated() -> tuple[float, Present, Present]:
    draw = np.random.default_rng(77)
    # The truth is the pooled ICC of 66,000 participants: 2,000 such studies at once.
    truth = float(_icc(_sums(*_two_raters(66_000, draw)).sum(axis=0)))
    return truth, *_two_raters(RUNS * PARTICIPANTS, draw)


def _covered(low: Floats, high: Floats, truth: float) -> float:
    return float(np.mean((low <= truth) & (truth <= high)))


def _cells(sums: Floats) -> Floats:
    """Frames both coded, one alone, the other alone, neither."""
    n, a, b, _, _, both = np.moveaxis(sums, -1, 0)
    return np.stack([both, a - both, b - both, n - a - b + both], axis=-1)


def _icc_of_cells(cells: Floats) -> Floats:
    a, b = cells[..., 0] + cells[..., 1], cells[..., 0] + cells[..., 2]
    return _icc(np.stack([cells.sum(axis=-1), a, b, a, b, cells[..., 0]], axis=-1))


def test_classical_intervals_rarely_hold_the_truth_and_bootstrapped_ones_do(
    simulated: tuple[float, Present, Present],
) -> None:
    """Classical 95 % intervals hold it about one time in eight, the bootstrap over participants nine in ten.

    Measured with seed 77, 400 runs (seeds 78 and 79 in brackets): truth 0.834. The classical
    interval covers 10.8 % of the time (13.3, 16.0) with a mean width of 0.012; the bootstrap
    over participants 92.5 % (91.5, 91.5) with 0.146. A model of the same kind, simulated
    elsewhere before this was written, had 14 % and 92.5 %. A share of 0.925 in 400 runs is
    known to 0.013 (one standard error): 0.88 is more than three of them below.
    """
    truth, first, second = simulated
    sums = _sums(first, second).reshape(RUNS, PARTICIPANTS, 6).swapaxes(0, 1)
    found = cluster_bootstrap(sums, _icc, seed=5)
    low, high = _classical(found.value, PARTICIPANTS * FRAMES)
    assert _covered(low, high, truth) < 0.25
    assert 0.88 < _covered(found.low, found.high, truth) < 0.97
    assert np.mean(found.high - found.low) > 8 * np.mean(high - low)


def test_what_is_wrong_with_the_classical_interval_is_two_things(
    simulated: tuple[float, Present, Present],
) -> None:
    """Rare frames are not normal, and neighbours are not independent: each alone is too much.

    Measured with seed 77, 400 runs (seeds 78 and 79 in brackets): on independent frames with
    the same four counts on average, the classical interval covers 38.8 % (34.3, 40.3), for
    its F distribution supposes normal ratings and 5 % of frames hold the action. Resampling
    the frames themselves, which supposes no distribution but independence, covers 54.3 %
    (55.0, 55.8) on the frames as simulated.
    """
    truth, first, second = simulated
    frames = PARTICIPANTS * FRAMES
    cells = _cells(_sums(first, second).reshape(RUNS, PARTICIPANTS, 6).sum(axis=1))
    draw = np.random.default_rng(1)
    resampled = _icc_of_cells(draw.multinomial(frames, cells / frames, size=(1000, RUNS)).astype(float))
    assert 0.4 < _covered(*np.quantile(resampled, [0.025, 0.975], axis=0), truth) < 0.7
    shares = cells.sum(axis=0) / cells.sum()
    independent = _icc_of_cells(draw.multinomial(frames, shares, size=RUNS).astype(float))
    assert 0.25 < _covered(*_classical(independent, frames), float(_icc_of_cells(shares))) < 0.55
