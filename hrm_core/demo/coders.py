"""Simulates two experts who code the same video and do not quite agree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from hrm_core.demo.expression import ACTION_PLACE
from hrm_core.demo.rules import contradict
from hrm_core.facs import ALL_ACTIONS, Code

__all__ = ["simulate_coder"]

_NEIGHBOURS = {
    "AU1": "AU2", "AU2": "AU1", "AU6": "AU7", "AU7": "AU6", "AU12": "AU14", "AU13": "AU12", "AU14": "AU12",
    "AU18": "AU22", "AU22": "AU18", "AU23": "AU24", "AU24": "AU23", "AU28": "AU24", "AD33": "AD34",
    "AD34": "AD33", "AU9": "AU10", "AU10": "AU9", "AU16": "AU20", "AU20": "AU16", "AU15": "AU17",
}  # fmt: skip
_CONFUSED = 0.035
_WRONG_SIDE = 0.10
_SEVERITIES = (0.25, 0.7)
_ONE_EPISODE = 4


def simulate_coder(
    truth: NDArray[np.uint8], clips: Sequence[tuple[int, int]], *, seed: int | Sequence[int], coder: int
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Code a video as a good but human expert would.

    Onsets and offsets are a few frames off, short events are missed, one side is
    taken for both, neighbouring actions are confused now and then.

    Parameters
    ----------
    truth : ndarray of uint8, shape (n_frames, 35)
        What is there, codes 0-5, actions as in ``facs.ALL_ACTIONS``.
    clips : sequence of (int, int)
        First and last frame (included) of what was to be coded.
    seed : int or sequence of int
        One per coder; same seed, same codes.
    coder : {0, 1}
        Which of the two experts: the second is the more severe one, who waits for clear
        evidence, so that actions begin later, end earlier and are missed more often.

    Returns
    -------
    codes : ndarray of uint8, shape (n_frames, 35)
        The coder's codes; 0 outside the clips.
    coded : ndarray of bool, shape (n_frames,)
        Frames the coder looked at: those of the clips.

    Raises
    ------
    IndexError
        If `coder` is neither 0 nor 1.
    """
    severity = _SEVERITIES[coder]
    rng = np.random.default_rng(seed)
    codes = np.zeros_like(truth)
    coded = np.zeros(len(truth), dtype=bool)
    for first, last in clips:
        coded[first : last + 1] = True
        for place in range(truth.shape[1]):
            column = truth[first : last + 1, place]
            for start, end, code in _events(column):
                length = _episode_length(column, start, end)
                _code_event(rng, codes[first : last + 1], place, (start, end), length, Code(code), severity)
    return codes, coded


def _events(column: NDArray[np.uint8]) -> Iterator[tuple[int, int, int]]:
    """First frame, last frame and code of each run of one code above 0."""
    changes = np.flatnonzero(np.diff(column)) + 1
    for run in np.split(np.arange(len(column)), changes):
        if column[run[0]]:
            yield int(run[0]), int(run[-1]), int(column[run[0]])


def _episode_length(column: NDArray[np.uint8], start: int, end: int) -> int:
    """Frames from the first to the last jerk of the episode that a run belongs to."""
    before, after = np.flatnonzero(column[:start]), end + 1 + np.flatnonzero(column[end + 1 :])
    for place in before[::-1].tolist():
        if start - place - 1 > _ONE_EPISODE:
            break
        start = place
    for place in after.tolist():
        if place - end - 1 > _ONE_EPISODE:
            break
        end = place
    return end - start + 1


def _code_event(
    rng: np.random.Generator,
    codes: NDArray[np.uint8],
    place: int,
    span: tuple[int, int],
    episode: int,
    code: Code,
    severity: float,
) -> None:
    start, end = span
    length = end - start + 1
    # What comes again and again is missed as seldom as what stays.
    missed = (0.01 + 0.04 * severity) + (0.08 + 0.25 * severity) * np.exp(-episode / 9.0)
    # Both draws are made for every event, so that one coder's luck with an event
    # does not change the next one.
    luck, slip = rng.random(2)
    spread = min(2.6, 0.15 * length)
    # Nor does a jerk begin or end as vaguely as a slow movement.
    late = 3.0 * (severity - 0.5) * min(1.0, length / 13.0)
    lag = round(rng.normal(late, spread))
    early = round(rng.normal(late, spread))
    side = _see_side(rng, place, code)
    first, last = max(0, start + lag), min(len(codes) - 1, end - early)
    if luck < missed or last < first:
        return
    column = _see_action(place, slip, codes[first : last + 1])
    if column != place:
        allowed = ALL_ACTIONS[column].sides
        side = side if side in allowed else Code.BOTH
    rows = codes[first : last + 1, column]
    rows[rows == 0] = side


def _see_side(rng: np.random.Generator, place: int, code: Code) -> Code:
    others = sorted(ALL_ACTIONS[place].sides - {code})
    confused = rng.random() < _WRONG_SIDE * (0.4 if code is Code.BOTH else 1.0)
    choice = int(rng.integers(max(len(others), 1)))
    if not (confused and others):
        return code
    # Taking one side for both is far commoner than taking left for right.
    return others[choice] if code is Code.BOTH or rng.random() < 0.2 else Code.BOTH


def _see_action(place: int, slip: float, rows: NDArray[np.uint8]) -> int:
    key = ALL_ACTIONS[place].key
    neighbour = _NEIGHBOURS.get(key)
    if slip > _CONFUSED or neighbour is None:
        return place
    # An expert does not write down what the manual excludes.
    present = [entry.key for entry, seen in zip(ALL_ACTIONS, rows.max(axis=0), strict=True) if seen]
    if any(contradict(neighbour, other) for other in present):
        return place
    return ACTION_PLACE[neighbour]
