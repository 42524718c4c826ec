"""Breaks the smooth movements of a clip into jerks, and leaves how long each action shows nearly as it was.

What makes a clip jerky is in the order of its frames: two clips with the same share of
every action may be smooth or jerky.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hrm_core.demo.expression import ACTION_PLACE, PRESENT_FROM, Intensities, Part
from hrm_core.demo.rules import NEEDED, OCCURRENCE, contradict

__all__ = ["add_jerks", "fill_pauses", "spread_jerkiness"]

_STEP = 0.44
_STRONG = 0.6
_APART = 4
# Frames of a jerk and of the rest after it, the higher bound excluded.
_JERK = (3, 5)
_GAP = (3, 4)
_APART_FROM = {
    key: [ACTION_PLACE[other] for other in OCCURRENCE if contradict(key, other)] for key in OCCURRENCE
}
# Neither what is rare nor what needs another action.
_LINGERING = [key for key, share in OCCURRENCE.items() if share >= 0.01 and key not in (*NEEDED, "AU43")]
_WHOLE = np.ones((len(ACTION_PLACE), len(Part)), np.float32)


def spread_jerkiness(rng: np.random.Generator, n_clips: int) -> NDArray[np.float64]:
    """Draw how jerky each clip of a recording is.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of chance.
    n_clips : int
        Number of clips.

    Returns
    -------
    ndarray of float, shape (n_clips,)
        In 0-1, from smooth to jerky in every recording, in an order of chance: it tells
        nothing about the child or its group.
    """
    levels = np.where(np.arange(n_clips) % 2 == rng.integers(2), 0.0, 0.85) + rng.uniform(0.0, 0.15, n_clips)
    spread: NDArray[np.float64] = rng.permutation(levels)
    return spread


def fill_pauses(clip: Intensities) -> None:
    """Let actions of a clip linger until the next one begins: no frame shows none.

    Parameters
    ----------
    clip : ndarray of float32, shape (n_frames, 35, 4)
        Strength of each action in each part of the face; changed in place.
    """
    # A blink alone is a pause, too.
    others = [place for key, place in ACTION_PLACE.items() if key != "AU43"]
    for start, end in _runs(clip[:, others].max(axis=(1, 2)) < PRESENT_FROM):
        beside = [clip[place] for place in (start - 1, end) if 0 <= place < len(clip)]
        for key, near in [(key, near) for near in beside for key in _LINGERING] + [("AU7", _WHOLE)]:
            parts = near[ACTION_PLACE[key]] >= PRESENT_FROM
            apart = clip[start:end, _APART_FROM[key]].max(initial=0.0) > 0.0
            if parts.any() and not apart:
                rows = clip[start:end, ACTION_PLACE[key]]
                np.maximum(rows, np.where(parts, _STEP, 0.0), out=rows)
                break


def add_jerks(clip: Intensities, jerkiness: float, rng: np.random.Generator) -> None:
    """Let the actions of one clip come in jerks.

    The whole face lets go for some frames now and then.  Each action begins earlier, ends
    later and does both more abruptly in exchange, so that it shows in as many frames as
    before where there is room: parted lips, which show in most frames, lose some.  In a
    jerk no strength comes near :data:`~hrm_core.demo.expression.PRESENT_FROM`.

    Parameters
    ----------
    clip : ndarray of float32, shape (n_frames, 35, 4)
        Strength of each action in each part of the face; changed in place.
    jerkiness : float
        Share of the jerks there is room for.
    rng : numpy.random.Generator
        Source of chance.
    """
    tense = _draw_tense(rng, len(clip), jerkiness)
    if tense.all():
        return
    for key, place in ACTION_PLACE.items():
        # Blinks are abrupt by themselves; what the study does not code is never there.
        if key in _APART_FROM and key != "AU43":
            for start, end in _runs(clip[:, place].max(axis=1) > 0.0):
                _break_up(clip, key, slice(start, end), tense)
    for key, others in NEEDED.items():
        shown = clip[:, ACTION_PLACE[key]].max(axis=1, keepdims=True)
        for other in others:
            rows = clip[:, ACTION_PLACE[other]]
            np.maximum(rows, np.where(shown >= PRESENT_FROM, shown, 0.0), out=rows)


def _draw_tense(rng: np.random.Generator, length: int, jerkiness: float) -> NDArray[np.bool_]:
    """Frames of a clip in which its face does not let go."""
    tense = np.ones(length, dtype=bool)
    at = int(rng.integers(_JERK[0]))
    while at < length:
        stop = at + int(rng.integers(*_GAP))
        if rng.random() < jerkiness:
            tense[at:stop] = False
        at = stop + int(rng.integers(*_JERK))
    return tense


def _break_up(clip: Intensities, key: str, run: slice, tense: NDArray[np.bool_]) -> None:
    """Interrupt one episode of a clip."""
    rows = clip[:, ACTION_PLACE[key]]
    shown = run.start + np.flatnonzero((rows[run] >= PRESENT_FROM).any(axis=1))
    if not len(shown):
        return
    begin, end = int(shown[0]), int(shown[-1]) + 1
    if tense[begin:end].all():
        return
    low, high = _reach(clip, key, run)
    missing = len(shown) - int(tense[begin:end].sum())
    while missing > 0 and (begin > low or end < high):
        if begin > low and (end == high or shown[0] - begin <= end - 1 - shown[-1]):
            begin -= 1
            missing -= int(tense[begin])
        else:
            missing -= int(tense[end])
            end += 1
    active = rows[run].max(axis=0) > 0.0
    on = np.zeros(len(rows), dtype=bool)
    on[begin:end] = tense[begin:end]
    whole = slice(min(begin, run.start), max(end, run.stop))
    _show(rows[whole], on[whole], active)


def _reach(clip: Intensities, key: str, run: slice) -> tuple[int, int]:
    """How far an episode could stretch: its first place, and the place after its last."""
    others = [place for each in (key, *NEEDED.get(key, ())) for place in _APART_FROM[each]]
    free = clip[:, others].max(axis=(1, 2), initial=0.0) <= 0.0
    own = clip[:, ACTION_PLACE[key]].max(axis=1) > 0.0
    low, high = run.start, run.stop
    while low > 0 and free[low - 1] and not own[max(0, low - _APART) : low].any():
        low -= 1
    while high < len(clip) and free[high] and not own[high : high + _APART].any():
        high += 1
    return low, high


def _show(rows: Intensities, on: NDArray[np.bool_], active: NDArray[np.bool_]) -> None:
    """Write an episode that is strong where it is on, and gone in its gaps."""
    off = np.concatenate([[-1], np.flatnonzero(~on), [len(rows)]])
    apart = np.abs(np.arange(len(rows))[:, None] - off).min(axis=1)
    # Not even a jerk is a jump: the pictures stay those of a moving face.
    highest = (_STEP * apart)[:, None].astype(np.float32)
    strong = np.minimum(np.float32(_STRONG), highest)
    rows[:] = np.where(on[:, None] & active, strong, 0.0)


def _runs(there: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First place of each run of true, and the place after its last."""
    edges = np.flatnonzero(np.diff(there.astype(np.int8), prepend=0, append=0))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
