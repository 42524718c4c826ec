"""Writes distributions.json, the values that hrm_core/stats/distributions.py must reproduce.

Run with ``python tests/golden/write_distributions.py``; it needs SciPy, which computes
every value.  Points are drawn from a stated seed: ordinary and fractional degrees of
freedom, up to 200,000 and below 1, and tails down to the smallest float64.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import scipy
from scipy import special, stats

SEED = 6_1_2026
POINTS = 120


def main() -> None:
    rng = np.random.default_rng(SEED)
    df1, df2 = 10 ** rng.uniform(-1, np.log10(2e5), (2, POINTS))
    whole = rng.random(POINTS) < 0.5
    df1, df2 = np.where(whole, np.ceil(df1), df1), np.where(whole, np.ceil(df2), df2)
    df1[:12], df2[:12] = 9999, rng.choice([9999, 9916.13047289222, 200_000], 12)
    spread = np.sqrt(2 / df1 + 2 / df2) * rng.choice([0.1, 1, 3, 10, 30], POINTS)
    f = np.exp(np.clip(rng.normal(0, 1, POINTS) * spread, -300, 300))
    q = rng.choice([1e-9, 0.005, 0.025, 0.1, 0.5, 0.9, 0.95, 0.975, 0.995, 1 - 1e-9], POINTS)
    t = rng.normal(0, 1, POINTS) * rng.choice([0.01, 1, 5, 30], POINTS)
    z = np.concatenate([rng.normal(0, 1, 40), rng.uniform(-8, 37, 60), [0.0, 1e-12, 19.99, 20.0, 20.01]])
    far = np.concatenate([z, -z, 10 ** rng.uniform(1, 4, 20)])
    inner = np.concatenate(
        [rng.random(40), 10 ** rng.uniform(-300, -1, 40), 1 - 10 ** rng.uniform(-12, -1, 20)]
    )
    table = {
        "what": "tails and quantiles of the normal, F and t distributions: arguments, then the value",
        "source": f"SciPy {scipy.__version__} (scipy.stats), by write_distributions.py, seed {SEED}",
        "normal_sf": rows(stats.norm.sf, z),
        "normal_ppf": rows(stats.norm.ppf, inner),
        "normal_log10_p": rows(log10_p, far),
        "f_sf": rows(stats.f.sf, f, df1, df2),
        "f_ppf": rows(stats.f.ppf, q, df1, df2),
        "t_sf": rows(stats.t.sf, t, df2),
        "t_ppf": rows(stats.t.ppf, q, df2),
    }
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(part)}" for name, part in table.items())
    Path(__file__).with_name("distributions.json").write_text("{\n" + lines + "\n}\n", encoding="utf-8")


def log10_p(z: Any) -> Any:
    """Of the two-sided p; near 1 by its complement, which keeps the digits."""
    near_1 = np.log1p(-special.erf(np.minimum(np.abs(z), 1) / np.sqrt(2)))
    return np.where(np.abs(z) < 1, near_1, np.log(2) + stats.norm.logsf(np.abs(z))) / np.log(10)


def rows(function: Callable[..., Any], *arguments: Iterable[float]) -> list[list[float]]:
    """Arguments and value of each point whose value is a number that float64 holds in full."""
    values = function(*arguments)
    points = zip(*arguments, values, strict=True)
    return [
        [float(number) for number in point]
        for point in points
        if np.isfinite(point[-1]) and (point[-1] == 0 or abs(point[-1]) > 1e-307)
    ]


if __name__ == "__main__":
    main()
