"""What comparing groups frame by frame costs, beside a loop over SciPy in the same run.

Run with ``make bench`` or ``PYTHONPATH=. python bench/analysis.py``.  The codes are synthetic: as many
frames as the HRM study has, of 66 and 32 children, 33 actions in runs of about 20 frames with base rates from
0.5 to 60 %, and an expression for two frames of three.  Every time is the median of several calls, taken in
turns, after one to warm up: by the clock and, in brackets, of the processor, which other work on the computer
does not lengthen; ratios are of the latter.  SciPy is asked for U and p alone; ours tells Z and p with and
without correction for continuity, exact p, effects with intervals and adjusted p besides.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import mannwhitneyu

from hrm_core.analysis.frame_tests import frame_tests
from hrm_core.records.analysis_results import AnalysisOptions
from hrm_core.records.coded_frames import EXPRESSIONS, NO_EXPRESSION, AnalysedChild, CodedFrames
from hrm_core.stats import mann_whitney

ACTIONS, FRAMES, FIRST, SECOND = 33, 131_758, 66, 32
ROUNDS = 5
SECONDS_ALLOWED = 2.0
OPTIONS = AnalysisOptions(groups=("ASD", "TD"))


def main() -> None:
    """Print times, ratios and the largest difference."""
    frames = draw_frames()
    parts = 1 + len(OPTIONS.expressions)
    print(
        f"{ACTIONS} actions × (all frames and {parts - 1} expressions) on {FRAMES} frames, synthetic; "
        f"median of {ROUNDS} calls"
    )
    ours, values, scipys = timed(
        partial(frame_tests, frames, OPTIONS), partial(by_values, frames), partial(by_scipy, frames)
    )
    print(f"  frame_tests, everything, from codes in memory: {ours} (aim {SECONDS_ALLOWED * 1e3:.0f} ms)")
    print(f"  mann_whitney of the values, not counted first: {values}, {values.work / ours.work:.1f} × ours")
    print(f"  loop over scipy.stats.mannwhitneyu: {scipys}, {scipys.work / ours.work:.1f} × ours")
    found = np.array([test.p for test in frame_tests(frames, OPTIONS)], dtype=np.float64)
    apart = float(np.nanmax(np.abs(found - by_scipy(frames))))
    print(f"  largest difference of p from SciPy's: {apart:.1e}")


def draw_frames() -> CodedFrames:
    """Synthetic frames; runs of about 20 frames share their codes, runs of 60 their expression."""
    draw = np.random.default_rng(424242)
    rates = np.geomspace(0.005, 0.6, ACTIONS)
    runs = draw.random((FRAMES // 20 + 1, ACTIONS)) < rates
    codes = np.repeat(runs * draw.integers(1, 4, runs.shape), 20, axis=0)[:FRAMES].astype(np.uint8)
    shown = draw.integers(0, len(EXPRESSIONS), FRAMES // 60 + 1)
    shown[draw.random(len(shown)) < 1 / 3] = NO_EXPRESSION
    child = np.sort(draw.integers(0, FIRST + SECOND, FRAMES)).astype(np.int32)
    return CodedFrames(
        coder="synthetic",
        actions=tuple(f"AU{place}" for place in range(ACTIONS)),
        children=tuple(
            AnalysedChild(f"C{place}", OPTIONS.groups[place >= FIRST]) for place in range(FIRST + SECOND)
        ),
        videos=tuple((place, "v") for place in range(FIRST + SECOND)),
        child=child,
        video=child,
        frame=np.arange(FRAMES),
        seconds=np.arange(FRAMES) / 30,
        codes=codes,
        expression=np.repeat(shown, 60)[:FRAMES].astype(np.int8),
        strength=np.broadcast_to(np.float32(np.nan), codes.shape),
    )


def groups_of(frames: CodedFrames) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.uint8]]]:
    """Presence of all actions in both groups, [actions, frames]: of all frames, then of each expression."""
    present = (frames.codes > 0).astype(np.uint8)
    group = frames.groups_of_frames
    for expression in ("", *OPTIONS.expressions):
        chosen = frames.chosen(expression)
        x, y = (present[chosen & (group == name)].T for name in OPTIONS.groups)
        yield x, y


def by_values(frames: CodedFrames) -> NDArray[np.float64]:
    """Our p of every test, from the values themselves."""
    return np.concatenate([mann_whitney(x, y).p for x, y in groups_of(frames)])


def by_scipy(frames: CodedFrames) -> NDArray[np.float64]:
    """SciPy's p of every test."""
    return np.array(
        [
            mannwhitneyu(one, other, method="asymptotic", use_continuity=False).pvalue
            for x, y in groups_of(frames)
            for one, other in zip(x, y, strict=True)
        ]
    )


class Took(NamedTuple):
    """Median seconds of a call, by the clock and of the processor."""

    clock: float
    work: float

    def __str__(self) -> str:
        return f"{self.clock * 1e3:.0f} ({self.work * 1e3:.0f}) ms"


def timed(*calls: Callable[[], object]) -> list[Took]:
    """Time each call, in turns, so that what else the computer does falls on all."""
    seconds: list[list[tuple[float, float]]] = [[] for _ in calls]
    for call in calls:
        call()
    for _ in range(ROUNDS):
        for call, taken in zip(calls, seconds, strict=True):
            clock, work = time.perf_counter(), time.process_time()
            call()
            taken.append((time.perf_counter() - clock, time.process_time() - work))
    return [Took(*map(statistics.median, zip(*taken, strict=True))) for taken in seconds]


if __name__ == "__main__":
    main()
