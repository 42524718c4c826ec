"""Synthetic segments whose rating rises with how often actions come and go."""

from __future__ import annotations

import numpy as np

from hrm_core.models.train.windows import Segment


def synthetic_segments(
    children: int = 6, clips: int = 4, *, actions: int = 5, frames: int = 45, seed: int = 0
) -> list[Segment]:
    """Segments of children ``"1"``, ``"2"``, … with ratings between 1 and 5."""
    rng = np.random.default_rng(seed)
    found = []
    for child in range(1, children + 1):
        for clip in range(1, clips + 1):
            pace = rng.uniform(0.03, 0.4)
            start = rng.random((1, actions)) < 0.5
            turned = rng.random((frames - 1, actions)) < pace
            codes = np.cumsum(np.concatenate([start, turned]), axis=0) % 2
            rating = float(np.clip(1 + 10 * pace + rng.normal(0, 0.1), 1, 5))
            found.append(
                Segment(str(child), f"{child}:{clip}", np.arange(frames), codes.astype(np.uint8), rating)
            )
    return found
