"""Which face is the child's, from frame to frame, by where it should be; nobody is recognised.

Everybody in the picture is followed, not only the child: a parent who is known to
stand beside the child is not taken for it when the child's face is hidden.  Each answer
depends on the frames before it only, so that faces are followed while a recording is read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hrm_core.records.face import FrameFaces

__all__ = ["FollowEvent", "FollowEventKind", "Followed", "Follower", "face_at", "follow"]

# A gap up to this long is bridged without a word, in seconds.
_SHORT_S = 0.5
# Up to here only a face near the place where the child was lost is taken up, ...
_HOLD_S = 2.0
# ... then any that is new, and from here on also one that was beside the child before.
_KNOWN_OTHERS_S = 5.0
# A head does not keep its speed for longer.
_AHEAD_S = 0.4
# How far a face may be from where it should be, in face sizes: at once, per second, at most.
_REACH, _REACH_PER_S, _MOST_REACH = 0.35, 3.0, 2.5
# How much it may have grown or shrunk, as a natural logarithm: at once, per second, at most.
_GROWTH, _GROWTH_PER_S, _MOST_GROWTH = 0.3, 0.3, 0.6
# Another face that fits nearly as well, by the cost of `_Track.cost`.
_NEARLY = 0.3
# At the beginning: another face nearly as large and as near the middle.
_ALSO_LARGE = 0.5
_FORGET_OTHERS_S, _FORGET_OTHERS_LOOKS = 1.0, 3
_LEAST_OVERLAP = 0.1


class FollowEventKind(StrEnum):
    """What a person should look at."""

    LOST = "lost"
    """For longer than half a second no face was the child's; `frame` is the first of them."""
    FOUND = "found again"
    """The child's face is there again, about where it was lost."""
    SWITCHED = "switched"
    """Another face was taken for the child's."""
    UNSURE = "several faces, unsure"
    """Several faces fitted nearly as well."""


@dataclass(frozen=True, slots=True, eq=False)
class FollowEvent:
    """Something that happened to the child's face.

    Attributes
    ----------
    kind : FollowEventKind
        What.
    frame : int
        In which frame, or from which on.
    before, after : ndarray of float64, shape (4,), or None
        The child's box last seen, and the one taken now.
    """

    kind: FollowEventKind
    frame: int
    before: NDArray[np.float64] | None = None
    after: NDArray[np.float64] | None = None


@dataclass(frozen=True, slots=True)
class Followed:
    """What :func:`follow` found.

    Attributes
    ----------
    targets : tuple of (int or None)
        For each frame the place of the child's face among its faces.
    events : tuple of FollowEvent
        In order of frames.
    """

    targets: tuple[int | None, ...]
    events: tuple[FollowEvent, ...]


def follow(
    frames: Sequence[FrameFaces],
    picks: Mapping[int, NDArray[np.float64]] | None = None,
    *,
    size: tuple[int, int],
) -> Followed:
    """Follow the child through frames that were looked at.

    Parameters
    ----------
    frames : sequence of FrameFaces
        In order; their targets are not looked at.
    picks : mapping of int to ndarray of float64, shape (4,)
        Boxes in pixels that a person says are the child's, by frame; each holds from its
        frame on until the next.
    size : (int, int)
        Width and height of the frames in pixels.
    """
    follower = Follower(size, picks)
    targets = [
        follower.step(entry.frame, entry.time_s, np.array([face.box for face in entry.faces]))
        for entry in frames
    ]
    return Followed(tuple(targets), tuple(follower.events))


def face_at(boxes: ArrayLike, pick: ArrayLike) -> int | None:
    """The face that a person's box means.

    Parameters
    ----------
    boxes : array_like of float, shape (n, 4)
        Left, top, right, bottom of each face.
    pick : array_like of float, shape (4,)
        The person's box.

    Returns
    -------
    int or None
        The face that overlaps it most; None if none does.
    """
    overlaps = _overlap(
        np.asarray(boxes, dtype=np.float64).reshape(-1, 4), np.asarray(pick, dtype=np.float64)
    )
    if not len(overlaps) or overlaps.max() < _LEAST_OVERLAP:
        return None
    return int(overlaps.argmax())


@dataclass(slots=True, eq=False)
class _Track:
    """One face that is followed."""

    box: NDArray[np.float64]
    seen_s: float
    born_s: float
    velocity: NDArray[np.float64] = field(default_factory=lambda: np.zeros(2))
    unseen_looks: int = 0

    @property
    def size(self) -> float:
        return float(np.sqrt(np.prod(self.box[2:] - self.box[:2])))

    def expected(self, time_s: float) -> NDArray[np.float64]:
        moved = self.velocity * min(max(0.0, time_s - self.seen_s), _AHEAD_S)
        return np.asarray(self.box + np.concatenate([moved, moved]))

    def cost(self, boxes: NDArray[np.float64], time_s: float) -> NDArray[np.float64]:
        """How badly each face fits, from 0 on; infinite where it cannot be this one."""
        gap_s = max(0.0, time_s - self.seen_s)
        expected = self.expected(time_s)
        sizes = _sizes(boxes)
        distance = np.linalg.norm(_middles(boxes) - _middles(expected[np.newaxis]), axis=1)
        distance /= np.sqrt(sizes * self.size)
        growth = np.abs(np.log(sizes / self.size))
        fits = distance <= min(_REACH + _REACH_PER_S * gap_s, _MOST_REACH)
        fits &= growth <= min(_GROWTH + _GROWTH_PER_S * gap_s, _MOST_GROWTH)
        return np.where(fits, 1 - _overlap(boxes, expected) + distance + growth, np.inf)

    def see(self, box: NDArray[np.float64], time_s: float) -> None:
        gap_s = time_s - self.seen_s
        if 0 < gap_s <= _SHORT_S:
            moved = (_middles(box[np.newaxis]) - _middles(self.box[np.newaxis]))[0] / gap_s
            # Half of what was known: a detector's box trembles.
            self.velocity = (self.velocity + moved) / 2
        else:
            self.velocity = np.zeros(2)
        self.box, self.seen_s, self.unseen_looks = box, time_s, 0


class Follower:
    """Follows the child frame by frame.

    Parameters
    ----------
    size : (int, int)
        Width and height of the frames in pixels.
    picks : mapping of int to ndarray of float64, shape (4,), optional
        As for :func:`follow`.

    Attributes
    ----------
    events : list of FollowEvent
        What happened so far, in order of frames.
    """

    def __init__(self, size: tuple[int, int], picks: Mapping[int, NDArray[np.float64]] | None = None) -> None:
        self.events: list[FollowEvent] = []
        self._size = size
        self._picks = dict(picks or {})
        self._child: _Track | None = None
        self._others: list[_Track] = []
        self._missed_since: tuple[int, float] | None = None
        self._told_lost = False
        self._unsure = False

    def step(self, frame: int, time_s: float, boxes: ArrayLike) -> int | None:
        """The child's face in the next frame.

        Parameters
        ----------
        frame : int
            Its number, higher than the one before.
        time_s : float
            Its time in seconds.
        boxes : array_like of float, shape (n, 4)
            Left, top, right, bottom of each face in pixels.

        Returns
        -------
        int or None
            Place of the child's face in `boxes`; None if it is not among them.
        """
        given = np.asarray(boxes, dtype=np.float64).reshape(-1, 4)
        sound = np.flatnonzero(np.isfinite(given).all(axis=1) & (given[:, 2:] > given[:, :2]).all(axis=1))
        boxes = given[sound]
        if frame in self._picks:
            found = self._picked(self._picks[frame], time_s, boxes)
        elif self._child is None:
            found = self._begin(frame, time_s, boxes)
        else:
            found = self._go_on(self._child, frame, time_s, boxes)
        return None if found is None else int(sound[found])

    def _picked(self, pick: NDArray[np.float64], time_s: float, boxes: NDArray[np.float64]) -> int | None:
        found = face_at(boxes, pick)
        self._child = _Track(np.asarray(pick if found is None else boxes[found], float), time_s, time_s)
        self._others = [_Track(box, time_s, time_s) for place, box in enumerate(boxes) if place != found]
        self._missed_since, self._told_lost, self._unsure = None, False, False
        return found

    def _begin(self, frame: int, time_s: float, boxes: NDArray[np.float64]) -> int | None:
        """Take the largest face near the middle for the child's."""
        if not len(boxes):
            return None
        found, unsure = self._likeliest(boxes)
        self._child = _Track(boxes[found], time_s, time_s)
        self._others = [_Track(box, time_s, time_s) for place, box in enumerate(boxes) if place != found]
        self._note_unsure(unsure, frame, boxes[found])
        return found

    def _likeliest(self, boxes: NDArray[np.float64]) -> tuple[int, bool]:
        width, height = self._size
        away = np.linalg.norm((_middles(boxes) - [width / 2, height / 2]) / [width / 2, height / 2], axis=1)
        likely = _sizes(boxes) ** 2 * np.exp(-(away**2))
        found = int(likely.argmax())
        rest = np.delete(likely, found)
        return found, bool(len(rest) and rest.max() >= _ALSO_LARGE * likely[found])

    def _go_on(self, child: _Track, frame: int, time_s: float, boxes: NDArray[np.float64]) -> int | None:
        found, taken = self._assign(child, time_s, boxes)
        if found is None:
            return self._missed(child, frame, time_s, boxes, taken)
        self._note_unsure(_has_rival(child, found, time_s, boxes), frame, boxes[found])
        if self._told_lost:
            self._tell(FollowEventKind.FOUND, frame, child.box, boxes[found])
        self._missed_since, self._told_lost = None, False
        child.see(boxes[found], time_s)
        return found

    def _assign(
        self, child: _Track, time_s: float, boxes: NDArray[np.float64]
    ) -> tuple[int | None, dict[int, _Track]]:
        """Give every face to the one it fits best; who came after the child was lost has to wait."""
        known = [track for track in self._others if track.born_s <= child.seen_s]
        new = [track for track in self._others if track.born_s > child.seen_s]
        taken = _matched([child, *known], boxes, time_s, {})
        taken = _matched(new, boxes, time_s, taken)
        found = next((place for place, track in taken.items() if track is child), None)
        for place, track in taken.items():
            if track is not child:
                track.see(boxes[place], time_s)
        seen = {id(track) for track in taken.values()}
        for track in self._others:
            track.unseen_looks += id(track) not in seen
        self._others = [track for track in self._others if not _is_gone(track, time_s)]
        self._others += [
            _Track(boxes[place], time_s, time_s) for place in range(len(boxes)) if place not in taken
        ]
        return found, taken

    def _missed(
        self, child: _Track, frame: int, time_s: float, boxes: NDArray[np.float64], taken: dict[int, _Track]
    ) -> int | None:
        self._missed_since = self._missed_since or (frame, time_s)
        self._unsure = False
        since, missed_s = self._missed_since[0], time_s - self._missed_since[1]
        if missed_s > _SHORT_S and not self._told_lost:
            self._told_lost = True
            self._tell(FollowEventKind.LOST, since, child.box, None)
        if missed_s <= _HOLD_S:
            return None
        # Who was beside the child before it was lost is probably somebody else.
        free = [
            place
            for place in range(len(boxes))
            if missed_s > _KNOWN_OTHERS_S or place not in taken or taken[place].born_s > child.seen_s
        ]
        if not free:
            return None
        chosen, unsure = self._likeliest(boxes[free])
        found = free[chosen]
        near = np.isfinite(child.cost(boxes[found : found + 1], time_s)[0])
        known = found in taken and taken[found].born_s <= child.seen_s
        kind = FollowEventKind.FOUND if near and not known else FollowEventKind.SWITCHED
        self._tell(kind, frame, child.box, boxes[found])
        self._others = [track for track in self._others if not np.array_equal(track.box, boxes[found])]
        self._child = _Track(boxes[found], time_s, time_s)
        self._missed_since, self._told_lost = None, False
        self._note_unsure(unsure, frame, boxes[found])
        return found

    def _note_unsure(self, unsure: bool, frame: int, box: NDArray[np.float64]) -> None:
        if unsure and not self._unsure:
            self._tell(FollowEventKind.UNSURE, frame, None, box)
        self._unsure = unsure

    def _tell(
        self,
        kind: FollowEventKind,
        frame: int,
        before: NDArray[np.float64] | None,
        after: NDArray[np.float64] | None,
    ) -> None:
        self.events.append(FollowEvent(kind, frame, before, after))


def _has_rival(child: _Track, found: int, time_s: float, boxes: NDArray[np.float64]) -> bool:
    """Whether another face lies where the child should be and fits nearly as well."""
    if len(boxes) < 2:
        return False
    costs = child.cost(boxes, time_s)
    there = _overlap(boxes, child.expected(time_s)) > _LEAST_OVERLAP
    rivals = np.delete(np.where(there, costs, np.inf), found)
    return bool((rivals < costs[found] + _NEARLY).any())


def _is_gone(track: _Track, time_s: float) -> bool:
    # Both: where only one frame in a hundred is looked at, a second is no look at all.
    return track.unseen_looks >= _FORGET_OTHERS_LOOKS and time_s - track.seen_s > _FORGET_OTHERS_S


def _matched(
    tracks: Sequence[_Track], boxes: NDArray[np.float64], time_s: float, taken: Mapping[int, _Track]
) -> dict[int, _Track]:
    """Faces that are not taken go to the tracks they fit, the best fit first."""
    given = dict(taken)
    if not tracks or not len(boxes):
        return given
    costs = np.array([track.cost(boxes, time_s) for track in tracks])
    costs[:, list(given)] = np.inf
    while np.isfinite(costs).any():
        who, place = np.unravel_index(int(costs.argmin()), costs.shape)
        given[int(place)] = tracks[int(who)]
        costs[who, :] = np.inf
        costs[:, place] = np.inf
    return given


def _middles(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray((boxes[:, :2] + boxes[:, 2:]) / 2)


def _sizes(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.sqrt(np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)))


def _overlap(boxes: NDArray[np.float64], box: NDArray[np.float64]) -> NDArray[np.float64]:
    """Intersection over union of each box with one."""
    shared = np.minimum(boxes[:, 2:], box[2:]) - np.maximum(boxes[:, :2], box[:2])
    both = np.prod(np.clip(shared, 0, None), axis=1)
    areas = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1) + np.prod(box[2:] - box[:2])
    return np.asarray(both / np.maximum(areas - both, 1e-9))
