"""Simulates what a child's face does during one recording.

Every clip holds episodes of single actions: a smooth onset, an apex with a little
tremor, a smooth offset; half of the clips are jerky (:mod:`hrm_core.demo.jerks`).
How many frames an action gets follows the occurrence table of
:mod:`hrm_core.demo.rules`, so the demo's base rates look like the study's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hrm_core.demo.curves import smoothstep
from hrm_core.demo.expression import ACTION_PLACE, PRESENT_FROM, Intensities, Part, codes_of, parts_of_code
from hrm_core.demo.jerks import add_jerks, fill_pauses, spread_jerkiness
from hrm_core.demo.rules import FRIENDS, NEEDED, OCCURRENCE, contradict
from hrm_core.facs import ALL_ACTIONS, Code

__all__ = ["RARE_ACTIONS", "Recording", "simulate_recording"]

RARE_ACTIONS = tuple(key for key, share in OCCURRENCE.items() if share < 0.01)
"""Actions in under 1 % of frames: they come only where :func:`simulate_recording` is told."""

_SLOW = {"AU25": 60.0, "AU2X": 48.0, "AU12": 48.0, "AU7": 40.0, "AU14": 40.0}
_SHORTEST = 13
_CODED = 0.75
_TRIES = 40
_KEPT = 5
_REST_AT_START = 26
_APART_FROM = {
    key: [ACTION_PLACE[other] for other in OCCURRENCE if contradict(key, other)] for key in OCCURRENCE
}


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """What one simulated child does, frame by frame.

    Attributes
    ----------
    intensities : ndarray of float32, shape (n_frames, 35, 4)
        Strength in 0-1 per action of ``facs.ALL_ACTIONS`` and part of the face.
    codes : ndarray of uint8, shape (n_frames, 35)
        Ground truth 0-5, see :func:`~hrm_core.demo.expression.codes_of`.
    clips : tuple of (int, int)
        First and last frame of each segment with expressions, both included.
    neutral_frame : int
        A frame in which no action has any strength at all.
    """

    intensities: Intensities
    codes: NDArray[np.uint8]
    clips: tuple[tuple[int, int], ...]
    neutral_frame: int


@dataclass(slots=True)
class _Plan:
    rng: np.random.Generator
    clips: tuple[tuple[int, int], ...]
    one_sided: float
    values: Intensities
    coded: dict[str, int] = field(default_factory=lambda: dict.fromkeys(ACTION_PLACE, 0))

    def busy(self, key: str, first: int, last: int) -> NDArray[np.bool_]:
        """Where an action already has strength; shape (last - first + 1,)."""
        rows = self.values[max(first, 0) : last + 1, ACTION_PLACE[key]]
        return np.asarray((rows > 0.0).any(axis=1))

    def fits(self, key: str, first: int, last: int) -> bool:
        """Whether nothing that contradicts `key` happens from `first` to `last`."""
        others = _APART_FROM[key]
        return bool(self.values[first : last + 1, others].max(initial=0.0) <= 0.0)


def simulate_recording(
    seed: int | Sequence[int], n_frames: int = 630, rare: Sequence[str] = (), one_sided: float = 0.12
) -> Recording:
    """Simulate one child's video.

    Parameters
    ----------
    seed : int or sequence of int
        Same seed, same recording.
    n_frames : int
        Length of the video at 30 frames per second, at least 300.
    rare : sequence of str
        Keys of rare actions that get one short episode each.
    one_sided : float
        Share of episodes in which an action shows on one of its sides only.

    Returns
    -------
    Recording
        Three to five clips with rests between them.

    Raises
    ------
    ValueError
        If `n_frames` is too short for three clips.
    """
    if n_frames < 300:
        raise ValueError(f"a recording needs at least 300 frames for its clips, not {n_frames}")
    rng = np.random.default_rng(seed)
    clips = _draw_clips(rng, n_frames)
    plan = _Plan(rng, clips, one_sided, np.zeros((n_frames, len(ALL_ACTIONS), len(Part)), np.float32))
    for key in rare:
        _add_episode(plan, key, int(rng.integers(14, 22)))
    budgets = _draw_budgets(rng, sum(last - first + 1 for first, last in clips))
    for key in sorted(budgets, key=_order):
        _spend(plan, key, budgets[key])
    _add_blinks(plan)
    # A generator of its own, so that everything else is drawn as if nothing was jerky.
    jerky = np.random.default_rng([*np.atleast_1d(seed).tolist(), 7])
    for (first, last), share in zip(clips, spread_jerkiness(jerky, len(clips)).tolist(), strict=True):
        fill_pauses(plan.values[first : last + 1])
        add_jerks(plan.values[first : last + 1], share, jerky)
    codes = codes_of(plan.values)
    plan.values.setflags(write=False)
    codes.setflags(write=False)
    return Recording(plan.values, codes, clips, _find_rest(plan.values))


def _draw_clips(rng: np.random.Generator, n_frames: int) -> tuple[tuple[int, int], ...]:
    count = int(rng.integers(3, 6))
    room = n_frames - _REST_AT_START
    rests = rng.integers(16, 34, count)
    shares = rng.dirichlet(np.full(count, 14.0))
    lengths = np.floor(shares * (room - rests.sum())).astype(int)
    clips, start = [], _REST_AT_START
    for length, rest in zip(lengths.tolist(), rests.tolist(), strict=True):
        clips.append((start, start + length - 1))
        start += length + rest
    return tuple(clips)


def _draw_budgets(rng: np.random.Generator, clip_frames: int) -> dict[str, float]:
    habit = {key: float(np.clip(rng.lognormal(-0.03, 0.28), 0.5, 1.6)) for key in OCCURRENCE}
    return {
        key: min(share * habit[key], 0.8) * clip_frames
        for key, share in OCCURRENCE.items()
        if key not in RARE_ACTIONS and key != "AU43"
    }


def _order(key: str) -> tuple[int, float]:
    # Lip shapes that shut others out come first, parted lips fill what is left,
    # then the jaw, which needs parted lips; all else can go almost anywhere.
    if key in ("AU25", "AU2X"):
        return (1, -OCCURRENCE[key])
    shuts_out = sum(contradict(key, other) for other in ("AU25", "AU2X", "AU12", "AU18", "AU24"))
    return (0, -shuts_out) if shuts_out >= 2 and key != "AU12" else (2, -OCCURRENCE[key])


def _spend(plan: _Plan, key: str, budget: float) -> None:
    for _ in range(60):
        left = budget - plan.coded[key]
        length = int(np.clip(plan.rng.lognormal(np.log(_SLOW.get(key, 26.0)), 0.4), _SHORTEST, 130))
        # An action with few frames to spend gets a short episode rather than none or too much.
        length = min(length, max(_SHORTEST, int(left / _CODED)))
        expected = _CODED * length
        if left <= 0 or (left < expected and plan.rng.random() > left / expected):
            return
        # Late in the filling only short gaps are left: halve until something fits.
        while not _add_episode(plan, key, length) and length > 2 * _SHORTEST:
            length //= 2


def _add_episode(plan: _Plan, key: str, length: int) -> bool:
    """Place an episode where it fits, among friends if there is a choice; tell whether it fitted."""
    best: tuple[float, int, int] | None = None
    found = 0
    for _ in range(_TRIES):
        first, last = _draw_span(plan, length)
        if not _free(plan, key, first, last):
            continue
        found += 1
        score = _company(plan, key, first, last) + 0.3 * float(plan.rng.random())
        if best is None or score > best[0]:
            best = (score, first, last)
        if found == _KEPT:
            break
    if best is None:
        return False
    _, first, last = best
    envelope = _draw_envelope(plan.rng, last - first + 1)
    _write(plan, key, first, envelope, _draw_side(plan, key))
    for other in NEEDED.get(key, ()):
        # Starts with the action it carries and ends with it: nothing shows alone.
        _write(plan, other, first, np.minimum(1.0, 1.15 * envelope), Code.BOTH)
    return True


def _draw_span(plan: _Plan, length: int) -> tuple[int, int]:
    # Any frame, and so a clip nearly by its length.
    frame = int(plan.rng.integers(plan.clips[0][0], plan.clips[-1][1] + 1))
    start, stop = next(clip for clip in plan.clips if frame <= clip[1])
    length = min(length, stop - start + 1)
    first = int(plan.rng.integers(start, stop - length + 2))
    return first, first + length - 1


def _free(plan: _Plan, key: str, first: int, last: int) -> bool:
    if plan.busy(key, first - 4, last + 4).any():
        return False
    return all(plan.fits(each, first, last) for each in (key, *NEEDED.get(key, ())))


def _company(plan: _Plan, key: str, first: int, last: int) -> float:
    friends = FRIENDS.get(key, ())
    if not friends:
        return 0.0
    return max(float(plan.busy(friend, first, last).mean()) for friend in friends)


def _draw_envelope(rng: np.random.Generator, length: int) -> NDArray[np.float64]:
    rise = min(int(rng.integers(5, 11)), length // 3)
    fall = min(int(rng.integers(6, 14)), length // 3)
    time = np.arange(1, length + 1, dtype=np.float64)
    shape = smoothstep(time / (rise + 1)) * smoothstep((length + 1 - time) / (fall + 1))
    tremor = 1.0 + 0.05 * np.sin(2.0 * np.pi * time / rng.uniform(16, 40) + rng.uniform(0, 6.3))
    return np.clip(shape * rng.uniform(0.55, 0.97) * tremor, 0.0, 1.0)


def _draw_side(plan: _Plan, key: str) -> Code:
    sides = sorted(ALL_ACTIONS[ACTION_PLACE[key]].sides - {Code.BOTH})
    # A jaw is never on both sides at once.
    if sides and (key == "AD30" or plan.rng.random() < plan.one_sided):
        return Code(int(plan.rng.choice(sides)))
    return Code.BOTH


def _write(plan: _Plan, key: str, first: int, envelope: NDArray[np.float64], side: Code) -> None:
    rows = plan.values[first : first + len(envelope), ACTION_PLACE[key]]
    before = int((rows >= PRESENT_FROM).any(axis=1).sum())
    for part in parts_of_code(side):
        np.maximum(rows[:, part], envelope.astype(np.float32), out=rows[:, part])
    plan.coded[key] += int((rows >= PRESENT_FROM).any(axis=1).sum()) - before


def _add_blinks(plan: _Plan) -> None:
    shape = np.array([0.35, 0.85, 1.0, 0.9, 0.5, 0.18])
    frame = _REST_AT_START + int(plan.rng.integers(4, 60))
    while frame < len(plan.values) - len(shape):
        if plan.fits("AU43", frame, frame + len(shape) - 1):
            _write(plan, "AU43", frame, shape, Code.BOTH)
        frame += int(plan.rng.integers(110, 240))


def _find_rest(values: Intensities) -> int:
    """Middle of the longest stretch without any action."""
    still = ~(values > 0.0).any(axis=(1, 2))
    edges = np.flatnonzero(np.diff(np.concatenate([[0], still.astype(np.int8), [0]])))
    starts, ends = edges[::2], edges[1::2]
    longest = int(np.argmax(ends - starts))
    return int((starts[longest] + ends[longest] - 1) // 2)
