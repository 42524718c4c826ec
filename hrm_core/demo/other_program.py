"""Simulates a face program that finds action units by itself, in the table that OpenFace writes.

Wholly synthetic: nothing here was measured with OpenFace.  It knows fewer actions than an
expert, takes weak and short ones for nothing, sees some that are not there, and loses the
face now and then.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hrm_core.demo.expression import ACTION_PLACE
from hrm_core.demo.study import FPS
from hrm_core.records.face import Face

__all__ = ["simulate_openface"]

# The columns of OpenFace 2 in their order; it tells no intensity of 28.
_PRESENCE = (1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 20, 23, 25, 26, 28, 45)
# It names jaw drop and blinks otherwise than the catalogue.
_SEEN_AS = {26: "AU2X", 45: "AU43"}
_MISSED = 0.12
_LAG = 1.5
_FALSE_ALARMS_PER_FRAME = 1 / 500
_LOST_PER_FRAME = 1 / 300


def simulate_openface(truth: NDArray[np.uint8], faces: Sequence[Face], *, seed: int | Sequence[int]) -> str:
    """Write what a face program would find in a recording.

    Parameters
    ----------
    truth : ndarray of uint8, shape (n_frames, 35)
        What is there, codes 0-5, actions as in ``facs.ALL_ACTIONS``.
    faces : sequence of Face
        Where the face is in each frame, with 68 landmarks.
    seed : int or sequence of int
        Same seed, same text.

    Returns
    -------
    str
        A CSV as FeatureExtraction of OpenFace 2 writes it: frames from 1, landmarks in pixels,
        ``AU01_r`` (0-5) and ``AU01_c`` (0, 1) and so on; zeros where the face was lost.
    """
    rng = np.random.default_rng(seed)
    count = len(truth)
    lost = _lost(rng, count)
    present = np.stack([_seen(rng, truth[:, _place(number)] > 0) for number in _PRESENCE], axis=1)
    strong = np.where(present, rng.uniform(1.0, 3.5, present.shape), rng.uniform(0.0, 0.6, present.shape))
    names = ["frame", "timestamp", "confidence", "success"]
    names += [f"{axis}_{place}" for axis in "xy" for place in range(68)]
    graded = [place for place, number in enumerate(_PRESENCE) if number != 28]
    names += [f"AU{_PRESENCE[place]:02d}_r" for place in graded] + [
        f"AU{number:02d}_c" for number in _PRESENCE
    ]
    lines = [", ".join(names)]
    for frame in range(count):
        head = [
            str(frame + 1),
            f"{frame / FPS:.3f}",
            "0.02" if lost[frame] else "0.98",
            str(int(not lost[frame])),
        ]
        points = np.asarray(faces[frame].points_3d)[:, :2].T.ravel()
        cells = [f"{value:.1f}" for value in points]
        cells += [f"{strong[frame, place]:.2f}" for place in graded]
        cells += [str(int(value)) for value in present[frame]]
        lines.append(", ".join(head + (["0"] * len(cells) if lost[frame] else cells)))
    return "\n".join(lines) + "\n"


def _place(number: int) -> int:
    return ACTION_PLACE[_SEEN_AS.get(number, f"AU{number}")]


def _lost(rng: np.random.Generator, count: int) -> NDArray[np.bool_]:
    lost = np.zeros(count, dtype=bool)
    for start in rng.integers(0, count, rng.poisson(count * _LOST_PER_FRAME)).tolist():
        lost[start : start + int(rng.integers(3, 12))] = True
    return lost


def _seen(rng: np.random.Generator, there: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """An action as the program sees it: events missed, moved, and some that are not there."""
    seen = np.zeros_like(there)
    edges = np.flatnonzero(np.diff(there, prepend=False, append=False))
    for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        luck = rng.random()
        first, last = (round(rng.normal(_LAG, 2.5)) for _ in range(2))
        if luck >= _MISSED + 0.4 * np.exp(-(end - start) / 8):
            seen[max(0, start + first) : max(0, end - last)] = True
    for start in rng.integers(0, len(there), rng.poisson(len(there) * _FALSE_ALARMS_PER_FRAME)).tolist():
        seen[start : start + int(rng.integers(2, 15))] = True
    return seen
