"""When the frames of one file are shown in another: opinions, and how sure they are.

Neighbouring frames of a face hardly differ, so nothing is decided on single
frames.  Every shift of the times is tried on the whole recording; the right one
stands out as the bottom of a valley, however shallow.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from hrm_core.media.frame_hash import bits_apart
from hrm_core.records.frame_ledger import FrameLedger

__all__ = ["expected_times", "interval", "is_sure", "nearest_frames"]

# More unlike than this is simply another picture.
_UNLIKE = 32
# Another shift is as good if it is so much worse at most: hard compression makes frames of a
# still scene look like the ones before and flattens the valley (by 3 % in the copies tried where
# it was moved, while it was 8 % deep and more where it was not).
_AS_GOOD = 0.05
# The files begin and end together: then another shift must be better by so many bits.
_SAME_LENGTH = 3.0
# A further opinion is heard if it is better by so many bits, and by such a share, on so large
# a part; in files of the same length it must be better by more.
_BETTER_BITS = 3.0
_BETTER_SHARE = 0.25
_SAME_LENGTH_BETTER = 10.0
_WORTH_HEARING = 0.03
_SMOOTHED_FRAMES = 9
_MOST_OPINIONS = 8
_MOST_CELLS = 32_000_000
_LEAST_SAMPLES = 400
# How far around an opinion it is asked whether another shift would do, and on how many frames.
_AROUND = 30
_WINDOW = 60
_MOST_ROWS = 4000
# Stands for a frame that is not in the new file.
_NOWHERE = 255


def interval(ledger: FrameLedger) -> float:
    """Typical seconds between two frames; 1 where there is a single one."""
    gaps = np.diff(ledger.times)
    typical = float(np.median(gaps)) if len(gaps) else 0.0
    return typical if typical > 0 else 1.0


def nearest_frames(new: FrameLedger, at: NDArray[np.float64]) -> NDArray[np.int64]:
    """Frames of the new file that are shown at some times; -1 where none is."""
    right = np.clip(np.searchsorted(new.times, at), 0, len(new) - 1)
    left = np.maximum(right - 1, 0)
    nearest = np.where(np.abs(new.times[left] - at) <= np.abs(new.times[right] - at), left, right)
    margin = 0.6 * interval(new)
    inside = (at > -margin) & (at < new.times[-1] + margin)
    return np.asarray(np.where(inside, nearest, -1), dtype=np.int64)


def expected_times(old: FrameLedger, new: FrameLedger) -> NDArray[np.float64]:
    """When each old frame would be shown in the new file, in several opinions.

    The first opinion explains most; every cut begins another one, which is heard
    only where it explains what those before cannot.

    Parameters
    ----------
    old, new : FrameLedger
        Of the same recording.

    Returns
    -------
    ndarray of float64, shape (n_opinions, n_old)
        Seconds; outside the new file where the frame was cut off.
    """
    step = interval(new)
    shifts = np.arange(-round(new.times[-1] / step), round(old.times[-1] / step) + 1, dtype=np.int64)
    n_samples = min(len(old), max(_LEAST_SAMPLES, _MOST_CELLS // len(shifts)))
    sample = np.unique(np.linspace(0, len(old) - 1, n_samples).astype(np.int64))
    # The files begin together, end together, or all frames are there at another speed.
    simple: list[NDArray[np.float64]] = [old.times, old.times - (old.times[-1] - new.times[-1])]
    if len(old) == len(new) and old.times[-1] > 0 and new.times[-1] > 0:
        simple.append(old.times * (new.times[-1] / old.times[-1]))

    def opinion(at: int) -> NDArray[np.float64]:
        if at < len(simple):
            return simple[at]
        shifted: NDArray[np.float64] = old.times - int(shifts[at - len(simple)]) * step
        return shifted

    count = len(simple) + len(shifts)
    unlike = np.stack([_unlike(old, new, opinion(at)[sample], sample) for at in range(count)])
    # A frame that is not in the new file is no better explained than one that looks different.
    scores = np.minimum(unlike, _UNLIKE).mean(axis=1)
    same_length = _same_length(old, new)
    chosen = [_first(scores, same_length=same_length, n_simple=2)]
    while len(chosen) < _MOST_OPINIONS:
        now = unlike[chosen].min(axis=0).astype(np.float32)
        gain = np.where((unlike == _NOWHERE) | (now == _NOWHERE), 0, np.minimum(now, _UNLIKE) - unlike)
        # Over some frames: a single one may look like another moment by chance.
        gain, now = _smooth(gain), _smooth(np.minimum(now, _UNLIKE))
        enough = np.maximum(_BETTER_BITS, _BETTER_SHARE * now) if not same_length else _SAME_LENGTH_BETTER
        explained = np.where(gain > enough, gain, 0)
        best = int(explained.sum(axis=1).argmax())
        if (explained[best] > 0).sum() < max(2, len(sample) * _WORTH_HEARING):
            break
        chosen.append(best)
    return np.asarray(np.stack([opinion(at) for at in chosen]), dtype=np.float64)


def _smooth(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Running mean along the frames (last axis)."""
    width = min(_SMOOTHED_FRAMES, values.shape[-1])
    sums = np.cumsum(values, axis=-1, dtype=np.float64)
    sums = np.concatenate([np.zeros((*values.shape[:-1], 1)), sums], axis=-1)
    middle = (sums[..., width:] - sums[..., :-width]) / width
    left = (values.shape[-1] - middle.shape[-1]) // 2
    pads = [(0, 0)] * (values.ndim - 1) + [(left, values.shape[-1] - middle.shape[-1] - left)]
    return np.asarray(np.pad(middle, pads, mode="edge"), dtype=np.float32)


def _unlike(
    old: FrameLedger, new: FrameLedger, at: NDArray[np.float64], sample: NDArray[np.int64]
) -> NDArray[np.uint8]:
    """Bits between sampled old frames and the new ones shown at some times, at most 254."""
    nearest = nearest_frames(new, at)
    apart = np.minimum(bits_apart(old.hashes[sample], new.hashes[nearest]), _NOWHERE - 1)
    known = old.hashes[sample].any(axis=1) & new.hashes[nearest].any(axis=1)
    return np.where((nearest >= 0) & known, apart, _NOWHERE).astype(np.uint8)


def _same_length(old: FrameLedger, new: FrameLedger) -> bool:
    return len(old) == len(new) and bool(np.abs(old.times - new.times).max() < 0.5 * interval(new))


def _first(scores: NDArray[np.float64], *, same_length: bool, n_simple: int) -> int:
    """The opinion that explains most; where several do equally well, the simplest."""
    best = float(scores.min())
    if same_length and scores[0] <= best + _SAME_LENGTH:
        return 0
    simple = int(scores[:n_simple].argmin())
    return simple if scores[simple] <= best * (1 + _AS_GOOD) else int(scores.argmin())


def is_sure(
    old: FrameLedger, new: FrameLedger, expected: NDArray[np.float64], new_of_old: NDArray[np.int64]
) -> bool:
    """Whether no other shift would explain the frames as well as the one that was chosen.

    Parameters
    ----------
    old, new : FrameLedger
        Of the same recording.
    expected : ndarray of float64, shape (n_opinions, n_old)
        From :func:`expected_times`.
    new_of_old : ndarray of int64, shape (n_old,)
        What was found; -1 where a frame was not.

    Returns
    -------
    bool
        False where the scene is so still, or the copy so poor, that frames may be
        beside the right ones.  In files of the same length and times no other
        shift may be clearly better.
    """
    found = np.flatnonzero(new_of_old >= 0)
    if not len(found):
        return False
    if _same_length(old, new) and np.array_equal(new_of_old[found], found):
        # As good as any other shift is enough; but an export that began later may be as long.
        pairs = _other_shifts(old, new, expected[0], found)
        return not any(_is_better(there, here, 2 * _AS_GOOD) for here, there in pairs)
    late = np.abs(new.times[new_of_old[found]] - expected[:, found])
    owner = late.argmin(axis=0)
    return all(
        _stands_out(old, new, expected[at], found[owner == at])
        for at in range(len(expected))
        if (owner == at).any()
    )


def _stands_out(
    old: FrameLedger, new: FrameLedger, expected: NDArray[np.float64], rows: NDArray[np.int64]
) -> bool:
    """Whether the shift of one opinion is the best one on its frames, as a whole and piece by piece."""
    # Where frames were doubled, the next one is the same picture and no other shift.
    step = max(interval(old), interval(new))
    if not all(_is_better(here, there, _AS_GOOD) for here, there in _other_shifts(old, new, expected, rows)):
        return False
    rows = rows[np.unique(np.linspace(0, len(rows) - 1, min(len(rows), _MOST_ROWS)).astype(np.int64))]
    shifts = [shift for shift in range(-_AROUND, _AROUND + 1) if shift]
    here = _unlike(old, new, expected[rows], rows).astype(np.float64)
    for shift in shifts:
        there = _unlike(old, new, expected[rows] + shift * step, rows).astype(np.float64)
        both = (here != _NOWHERE) & (there != _NOWHERE)
        if both.sum() < max(2, len(rows) // 2):
            continue
        if not _is_better(here[both], there[both], _AS_GOOD):
            return False
        for start in range(0, len(rows), _WINDOW):
            piece = both[start : start + _WINDOW]
            ours, theirs = here[start : start + _WINDOW][piece], there[start : start + _WINDOW][piece]
            # A still piece proves nothing; but none may speak against the shift.
            if len(ours) >= _WINDOW // 2 and _is_better(theirs, ours, 2 * _AS_GOOD):
                return False
    return True


def _other_shifts(
    old: FrameLedger, new: FrameLedger, expected: NDArray[np.float64], rows: NDArray[np.int64]
) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Bits with the chosen shift and with every other one, near or far, on the frames both show."""
    # Where frames were doubled, the next one is the same picture and no other shift.
    step = max(interval(old), interval(new))
    few = rows[np.unique(np.linspace(0, len(rows) - 1, min(len(rows), _LEAST_SAMPLES)).astype(np.int64))]
    here = _unlike(old, new, expected[few], few).astype(np.float64)
    farthest = round(max(old.times[-1], new.times[-1]) / step)
    for shift in (*range(-farthest, 0), *range(1, farthest + 1)):
        there = _unlike(old, new, expected[few] + shift * step, few).astype(np.float64)
        both = (here != _NOWHERE) & (there != _NOWHERE)
        if both.sum() >= max(2, len(few) // 2):
            yield here[both], there[both]


def _is_better(one: NDArray[np.float64], other: NDArray[np.float64], share: float) -> bool:
    """Whether `one` is smaller by more than a share of it and the error of the mean."""
    difference = other - one
    # Neighbouring frames are not independent: ten of them count as one.
    blocks = np.array([part.mean() for part in np.array_split(difference, max(2, len(difference) // 10))])
    error = float(blocks.std(ddof=1)) / float(np.sqrt(len(blocks)))
    return bool(difference.mean() > share * one.mean() + error)
