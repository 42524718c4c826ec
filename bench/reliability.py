"""What the reliability of a whole study costs, beside named baselines in the same run.

Run with ``make bench`` or ``PYTHONPATH=. python bench/reliability.py``.  The codes are
synthetic: 33 actions with base rates like those of the study, two raters who agree as
people do, 10,000 frames of 33 participants; and 1,535 pictures seen by five judges.
Every time is the median of several calls, taken in turns, after one to warm up: by the
clock and, in brackets, of the processor, which other work on the computer does not
lengthen; ratios are of the latter.  Baselines that are not
installed (pingouin, statsmodels, R with irr) are left out and named; pingouin takes
seconds for an action and is run on one.
"""

from __future__ import annotations

import importlib.util
import shutil
import statistics
import subprocess
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hrm_core import stats

ACTIONS, FRAMES, PARTICIPANTS, REPLICATES = 33, 10_000, 33, 2_000
PICTURES, JUDGES = 1_535, 5
ROUNDS = 9
SHORT_ROUNDS = 99
"""Of calls so short that a few would show the computer's other work, not theirs."""
Codes = NDArray[np.float64]

IRR = """
suppressMessages(library(irr))
ratings <- as.matrix(read.csv("{table}", header = FALSE))
begin <- proc.time()[["elapsed"]]
for (action in seq_len({actions}))
  icc(ratings[, c(2 * action - 1, 2 * action)], model = "twoway", type = "consistency", unit = "single")
cat(proc.time()[["elapsed"]] - begin)
"""


def main() -> None:
    """Print times, ratios and memory."""
    codes = draw_codes()
    print(f"{ACTIONS} actions × 2 raters × {FRAMES} frames, synthetic; median of {ROUNDS} calls")
    calls = {form: partial(stats.icc, codes, form) for form in stats.ICC_FORMS}
    bare, *seconds = timed(partial(closed_form, codes), *calls.values())
    whole = dict(zip(calls, seconds, strict=True))
    print(f"  bare 2cov/(va+vb) in NumPy, no interval, no p: {bare}")
    for form, took in whole.items():
        aim = " (aim 10)" if form == "3,1" else ""
        print(f"  icc {form} with F, p, interval: {took}, {took.work / bare.work:.1f} × the bare form{aim}")
    apart = float(np.abs(stats.icc(codes).value - closed_form(codes)).max())
    print(f"  largest difference from the bare form: {apart:.1e}")
    report_memory(codes)
    report_pingouin(codes, whole["3,1"])
    report_irr(codes, whole["3,1"])
    report_bootstrap(codes)
    report_fleiss()


def draw_codes() -> Codes:
    """Synthetic codes, [actions, frames, raters]: runs of about 20 frames, coded by two with errors."""
    rng = np.random.default_rng(424242)
    rates = np.geomspace(0.005, 0.6, ACTIONS)
    runs = rng.random((ACTIONS, FRAMES // 20)) < rates[:, np.newaxis]
    truth = np.repeat(runs, 20, axis=1)[:, :, np.newaxis]
    missed, added = rng.random((2, ACTIONS, FRAMES, 2))
    return np.where(truth, missed < 0.93, added < 0.005).astype(np.float64)


def closed_form(codes: Codes) -> Codes:
    """The least that ICC(3,1) of two raters needs."""
    first, second = codes[..., 0], codes[..., 1]
    first = first - first.mean(axis=1, keepdims=True)
    second = second - second.mean(axis=1, keepdims=True)
    return 2 * (first * second).sum(axis=1) / ((first**2).sum(axis=1) + (second**2).sum(axis=1))


def report_memory(codes: Codes) -> None:
    """Print how much the call needs beside its input."""
    tracemalloc.start()
    stats.icc(codes)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    print(
        f"  memory with the input: {1 + peak / codes.nbytes:.2f} × the input of "
        f"{codes.nbytes / 2**20:.1f} MiB (aim 3)"
    )


def report_pingouin(codes: Codes, ours: Took) -> None:
    """Print pingouin's time, of one action."""
    if not importlib.util.find_spec("pingouin"):
        print("  pingouin: not installed")
        return
    import pandas as pd
    import pingouin

    table = pd.DataFrame(
        {
            "frame": np.repeat(np.arange(FRAMES), 2),
            "rater": np.tile([0, 1], FRAMES),
            "code": codes[ACTIONS // 2].ravel(),
        }
    )
    found = pingouin.intraclass_corr(table, targets="frame", raters="rater", ratings="code")
    (took,) = timed(
        partial(pingouin.intraclass_corr, table, targets="frame", raters="rater", ratings="code"), rounds=1
    )
    apart = abs(found["ICC"].iloc[2] - stats.icc(codes[ACTIONS // 2]).value)
    print(
        f"  pingouin {pingouin.__version__}, one action of {ACTIONS}: {took}; of all that is "
        f"{took.work * ACTIONS / ours.work:,.0f} × ours (aim 1,000); its value differs by {apart:.0e}"
    )


def report_irr(codes: Codes, ours: Took) -> None:
    """Print the time of R's irr, of all actions."""
    program = shutil.which("Rscript")
    if program is None:
        print("  R with irr: not installed")
        return
    with tempfile.TemporaryDirectory() as folder:
        table, script = Path(folder, "codes.csv"), Path(folder, "icc.R")
        np.savetxt(table, np.moveaxis(codes, 1, 0).reshape(FRAMES, -1), fmt="%d", delimiter=",")
        script.write_text(IRR.format(table=table, actions=ACTIONS), encoding="utf-8")
        run = subprocess.run([program, script], capture_output=True, text=True, check=False)
    if run.returncode:
        print("  R with irr: not installed")
        return
    print(f"  R's irr, all actions: {float(run.stdout):.1f} s, {float(run.stdout) / ours.work:,.0f} × ours")


def report_bootstrap(codes: Codes) -> None:
    """Print the time of the bootstrap over participants, sums included."""

    def whole() -> object:
        sums = np.stack([sums_of(piece) for piece in np.array_split(codes, PARTICIPANTS, axis=1)])
        return stats.cluster_bootstrap(sums, icc_of, replicates=REPLICATES)

    (took,) = timed(whole)
    print(f"{REPLICATES}-fold bootstrap over {PARTICIPANTS} participants of all of it: {took} (aim 2,000)")


def sums_of(codes: Codes) -> Codes:
    """Frames, sums, squares and products of one participant, [actions, 6]."""
    first, second = codes[..., 0], codes[..., 1]
    frames = np.full(len(codes), codes.shape[1], dtype=np.float64)
    products = (first * first, second * second, first * second)
    return np.stack([frames, *(each.sum(axis=1) for each in (first, second, *products))], axis=-1)


def icc_of(sums: Codes) -> Codes:
    """ICC(3,1) from such sums."""
    return stats.icc_of_sums(*np.moveaxis(sums, -1, 0))


def report_fleiss() -> None:
    """Print Fleiss' kappa of the judges beside statsmodels' bare value."""
    rng = np.random.default_rng(1535)
    seen = rng.integers(0, 5, (PICTURES, 1))
    ratings = np.where(rng.random((PICTURES, JUDGES)) < 0.6, seen, rng.integers(0, 5, (PICTURES, JUDGES)))
    name = f"Fleiss' kappa of {PICTURES} × {JUDGES} with SE, interval and p"
    if not importlib.util.find_spec("statsmodels"):
        (ours,) = timed(lambda: stats.fleiss_kappa(ratings), rounds=SHORT_ROUNDS)
        print(f"{name}: {ours}; statsmodels: not installed")
        return
    from statsmodels.stats.inter_rater import aggregate_raters, fleiss_kappa

    ours, theirs = timed(
        lambda: stats.fleiss_kappa(ratings),
        lambda: fleiss_kappa(aggregate_raters(ratings)[0]),
        rounds=SHORT_ROUNDS,
    )
    print(f"{name}: {ours}")
    print(f"  statsmodels, the bare value: {theirs}, {theirs.work / ours.work:.1f} × ours (aim 5)")


class Took(NamedTuple):
    """Median seconds of a call, by the clock and of the processor."""

    clock: float
    work: float

    def __str__(self) -> str:
        return f"{self.clock * 1e3:.2f} ({self.work * 1e3:.2f}) ms"


def timed(*calls: Callable[[], object], rounds: int = ROUNDS) -> list[Took]:
    """Time each call, in turns, so that what else the computer does falls on all."""
    seconds: list[list[tuple[float, float]]] = [[] for _ in calls]
    for call in calls:
        call()
    for _ in range(rounds):
        for call, taken in zip(calls, seconds, strict=True):
            clock, work = time.perf_counter(), time.process_time()
            call()
            taken.append((time.perf_counter() - clock, time.process_time() - work))
    return [Took(*map(statistics.median, zip(*taken, strict=True))) for taken in seconds]


if __name__ == "__main__":
    main()
