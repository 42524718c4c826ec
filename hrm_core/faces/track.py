"""From faces a person drew in some frames to the faces in the frames around them.

Corners in the skin are followed from frame to frame (pyramidal Lucas-Kanade, J.-Y. Bouguet,
2000) and back again; those that come back (Z. Kalal et al., ICPR 2010) say by a robust
similarity where the face went. Each result is then compared with the drawn frame itself, so
that small errors do not add up. Where the corners do not agree, there is no face: never a guess.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hrm_core.faces.eye_mask import eye_band_of_box
from hrm_core.progress import CancelToken, NoProgress, Progress
from hrm_core.records.face import Face

__all__ = ["FIVE_IN_BOX", "drawn_face", "track_faces"]

Points = NDArray[np.float64]
_Grey = NDArray[np.uint8]

FIVE_IN_BOX = ((0.258, 0.382), (0.742, 0.382), (0.500, 0.584), (0.281, 0.721), (0.719, 0.721))
"""Where the five points lie in a box around a face, in parts of its width and height.

Measured: mean over nine faces in five public test recordings and pictures (boxes and points by
YuNet), made symmetric. Between faces a coordinate differs by 0.01 to 0.06 (standard deviation).
"""

# A face of this many pixels has corners enough; more only costs time.
_FACE_PX = 240
_MOST_CORNERS = 160
_FEWEST_CORNERS = 8
_WINDOW = (21, 21)
_LEVELS = 4
# Pixels of the shrunk picture: farther from where it began, a corner has not come back.
_COMES_BACK_PX = 1.0
_FITS_PX = 2.0
# Of the corners that agreed last, this part must agree again; of all, this with the drawn frame,
# and this at the least.
_STEP_SHARE, _ANCHOR_SHARE, _LEAST_SHARE = 0.5, 0.35, 0.15
# More than a head does between two frames.
_STEP_SCALE, _STEP_ROLL = 1.2, np.deg2rad(20)
# Farther from the drawn size the drawn frame shows too little, or too much, of the face.
_WHOLE_SCALE = 3.0
_INSIDE_SHARE = 0.6
# A face that has not looked like the drawn one for this many frames has lost half of its score.
_HALF_LIFE = 60
# Two ways to a frame agree if they are nearer than this, in widths of the face.
_AGREE = 0.2
_DISAGREE_SCORE = 0.5


def drawn_face(box: ArrayLike, eyes: ArrayLike | None = None) -> Face:
    """The face of which a person drew the box, and perhaps the band over the eyes.

    Parameters
    ----------
    box : array_like of float, shape (4,)
        Left, top, right, bottom in pixels.
    eyes : array_like of float, shape (4, 2), optional
        Corners around the band; without it the band of an upright face is taken.

    Returns
    -------
    Face
        Score 1, five points at :data:`FIVE_IN_BOX`, turned as the drawn band is.
    """
    edges = np.asarray(box, dtype=np.float64)
    corner, size = edges[:2], edges[2:] - edges[:2]
    five = corner + np.array(FIVE_IN_BOX) * size
    if eyes is None:
        return Face(edges, 1.0, five, eyes=eye_band_of_box(edges))
    band = np.array(eyes, dtype=np.float64).reshape(4, 2)
    middle = corner + 0.5 * size
    roll = _roll_of(band)
    turn = np.array([[np.cos(roll), -np.sin(roll)], [np.sin(roll), np.cos(roll)]])
    return Face(edges, 1.0, middle + (five - middle) @ turn.T, eyes=band)


def _roll_of(band: Points) -> float:
    """Angle of a band's long sides; a face in an upright box is turned by less than a right angle."""
    sides = band[1] - band[0] + band[2] - band[3], band[2] - band[1] + band[3] - band[0]
    along = max(sides, key=lambda side: float(np.linalg.norm(side)))
    return float(np.arctan2(along[1], along[0]) if along[0] >= 0 else np.arctan2(-along[1], -along[0]))


def track_faces(
    picture: Callable[[int], NDArray[np.uint8]],
    drawn: Mapping[int, Face],
    frames: Sequence[int],
    *,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> dict[int, Face]:
    """Follow drawn faces to other frames, forwards and backwards.

    Parameters
    ----------
    picture : callable
        The RGB picture of a frame, uint8 of shape (height, width, 3).
    drawn : mapping of int to Face
        What was drawn, by frame; see :func:`drawn_face`.
    frames : sequence of int
        The frames that are wanted; those on the way to them are looked at too.
    progress : Progress, optional
        Told of every frame that is looked at.
    cancel : CancelToken, optional
        Asked before every frame.

    Returns
    -------
    dict of int to Face
        By wanted frame, in order: the drawn face where one was drawn, else the tracked one;
        a frame that cannot be reached is missing. The score is 1 where the picture looks
        like the drawn one and falls with the part of the corners that no longer agree and
        with the number of frames since they did.

    Raises
    ------
    Cancelled
        On request.
    """
    if not drawn or not frames:
        return {}
    progress, cancel = progress or NoProgress(), cancel or CancelToken()
    wanted = sorted({int(frame) for frame in frames})
    ways = _ways(sorted(drawn), wanted[0], wanted[-1])
    progress.start("Tracking the drawn faces", sum(len(way) for _, way in ways))
    reached: dict[int, list[tuple[int, Face]]] = {}
    try:
        for start, way in ways:
            done = 0
            for frame, face in _follow(picture, start, drawn[start], way, cancel):
                reached.setdefault(frame, []).append((abs(frame - start), face))
                progress.advance()
                done += 1
            progress.advance(len(way) - done)
    finally:
        progress.finish()
    found = {frame: _joined(candidates) for frame, candidates in reached.items()} | dict(drawn)
    return {frame: found[frame] for frame in wanted if frame in found}


def _ways(starts: list[int], first: int, last: int) -> list[tuple[int, range]]:
    """From each drawn frame the frames before and after it, up to the next drawn ones."""
    ways = []
    for place, start in enumerate(starts):
        lowest = starts[place - 1] + 1 if place else first
        highest = starts[place + 1] - 1 if place + 1 < len(starts) else last
        ways.append((start, range(start + 1, min(highest, last) + 1)))
        ways.append((start, range(start - 1, max(lowest, first) - 1, -1)))
    return [(start, way) for start, way in ways if len(way)]


def _joined(candidates: list[tuple[int, Face]]) -> Face:
    """One face of those that came from the drawn frames on both sides."""
    (near, face), *others = sorted(candidates, key=lambda entry: entry[0])
    if not others:
        return face
    far, other = others[0]
    width = face.box[2] - face.box[0]
    if np.abs(face.box - other.box).max() > _AGREE * width:
        # One of the two is wrong, and nobody knows which: the mask must not trust it.
        return _with_score(face, min(face.score, _DISAGREE_SCORE))
    share = near / (near + far)
    mixed = [
        None if a is None or b is None else a + share * (b - a)
        for a, b in ((face.five, other.five), (face.eyes, other.eyes))
    ]
    box = face.box + share * (other.box - face.box)
    return Face(box, max(face.score, other.score), mixed[0], eyes=mixed[1])


def _with_score(face: Face, score: float) -> Face:
    return Face(face.box, score, face.five, eyes=face.eyes)


@dataclass(frozen=True, slots=True, eq=False)
class _Sight:
    """A frame in grey, as small as tracking needs it."""

    grey: _Grey
    scale: float


@dataclass(slots=True, eq=False)
class _Trail:
    """What is being followed from one drawn frame."""

    start: _Sight
    box: Points
    home: NDArray[np.float32]
    """Corners in the drawn frame."""
    before: _Grey
    corners: NDArray[np.float32]
    """The corners that are followed, in `before`; as many as there are `kept`."""
    kept: NDArray[np.int64]
    """Which of `home` they are."""
    move: Points
    """From the drawn frame to `before`, shape (2, 3)."""
    agreed: int
    """How many corners agreed on it."""
    since: int = 0
    """Frames since the face last looked like the drawn one."""


def _follow(
    picture: Callable[[int], NDArray[np.uint8]], start: int, face: Face, way: range, cancel: CancelToken
) -> Iterator[tuple[int, Face]]:
    """The face in each frame of a way, until it is lost."""
    cancel.raise_if_cancelled()
    trail = _begin(picture(start), face)
    for frame in way if trail is not None else ():
        cancel.raise_if_cancelled()
        assert trail is not None
        sight = _sight(picture(frame), trail.start.scale)
        share = _step(trail, sight.grey) if sight.grey.shape == trail.start.grey.shape else None
        if share is None:
            return
        score = (0.6 + 0.4 * share) * 0.5 ** (trail.since / _HALF_LIFE)
        yield frame, _moved(face, trail.move, trail.start.scale, score)


def _sight(rgb: NDArray[np.uint8], scale: float) -> _Sight:
    import cv2

    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    if scale < 1:
        size = (max(1, round(rgb.shape[1] * scale)), max(1, round(rgb.shape[0] * scale)))
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    return _Sight(np.asarray(grey, dtype=np.uint8), scale)


def _begin(rgb: NDArray[np.uint8], face: Face) -> _Trail | None:
    sight = _sight(rgb, min(1.0, _FACE_PX / max(float((face.box[2:] - face.box[:2]).max()), 1.0)))
    box = face.box * sight.scale
    corners = _corners(sight.grey, box)
    if len(corners) < _FEWEST_CORNERS:
        return None
    move = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    return _Trail(
        sight, box, corners, sight.grey, corners.copy(), np.arange(len(corners)), move, len(corners)
    )


def _corners(grey: _Grey, box: Points) -> NDArray[np.float32]:
    import cv2

    inside = np.zeros(grey.shape, np.uint8)
    middle, half = (box[:2] + box[2:]) / 2, (box[2:] - box[:2]) / 2
    # What lies in the corners of a box is not face but wall.
    axes = (max(1, round(0.9 * float(half[0]))), max(1, round(0.95 * float(half[1]))))
    cv2.ellipse(inside, (round(float(middle[0])), round(float(middle[1]))), axes, 0, 0, 360, 255, -1)
    spacing = max(2.0, 0.025 * float(2 * half.max()))
    found: Any = cv2.goodFeaturesToTrack(grey, _MOST_CORNERS, 0.01, spacing, mask=inside)
    return np.empty((0, 2), np.float32) if found is None else np.asarray(found, np.float32).reshape(-1, 2)


def _step(trail: _Trail, grey: _Grey) -> float | None:
    """Follow the face into the next frame; the part of its corners that agree, None if it is lost."""
    after, back = _flow(trail.before, grey, trail.corners)
    moved = _similarity(trail.home[trail.kept][back], after[back])
    if moved is None:
        return None
    move, fits = moved
    if fits.sum() < max(_STEP_SHARE * trail.agreed, _LEAST_SHARE * len(trail.home)) or not _is_plausible(
        trail, move, grey
    ):
        return None
    share = _compare(trail, grey, move)
    if share is None:
        trail.since += 1
        trail.move = move
        agreeing = np.flatnonzero(back)[fits]
        trail.kept, trail.corners = trail.kept[agreeing], after[agreeing]
        trail.agreed = len(agreeing)
        share = len(trail.kept) / len(trail.home)
    trail.before = grey
    return share


def _compare(trail: _Trail, grey: _Grey, move: Points) -> float | None:
    """Look for the drawn face where it is expected; None if the picture does not look like it."""
    import cv2

    size = (grey.shape[1], grey.shape[0])
    expected = np.asarray(
        cv2.warpAffine(trail.start.grey, move, size, flags=cv2.INTER_LINEAR), dtype=np.uint8
    )
    there = (trail.home @ move[:, :2].T + move[:, 2]).astype(np.float32)
    found, back = _flow(expected, grey, there)
    back &= np.linalg.norm(found - there, axis=1) < 0.1 * float((trail.box[2:] - trail.box[:2]).max())
    better = _similarity(trail.home[back], found[back])
    if better is None:
        return None
    exact, fits = better
    if fits.sum() < _ANCHOR_SHARE * len(trail.home) or not _is_plausible(trail, exact, grey):
        return None
    trail.since, trail.move, trail.agreed = 0, exact, int(fits.sum())
    trail.kept = np.flatnonzero(back)[fits]
    trail.corners = found[trail.kept]
    # Those that agree no more are looked for again where the face has them.
    lost = np.setdiff1d(np.arange(len(trail.home)), trail.kept)
    places = (trail.home[lost] @ exact[:, :2].T + exact[:, 2]).astype(np.float32)
    trail.kept = np.concatenate([trail.kept, lost])
    trail.corners = np.concatenate([trail.corners, places])
    return float(fits.sum()) / len(trail.home)


def _flow(
    before: _Grey, after: _Grey, corners: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Where corners went, and which of them come back if followed backwards."""
    import cv2

    if not len(corners):
        return corners, np.zeros(0, bool)
    follow: Any = functools.partial(cv2.calcOpticalFlowPyrLK, winSize=_WINDOW, maxLevel=_LEVELS)
    there, ok, _ = follow(before, after, corners[:, None], None)
    again, ok_again, _ = follow(after, before, there, None)
    away = np.linalg.norm(again[:, 0] - corners, axis=1)
    back = (ok[:, 0] == 1) & (ok_again[:, 0] == 1) & (away < _COMES_BACK_PX)
    return np.asarray(there[:, 0], dtype=np.float32), np.asarray(back)


def _similarity(
    source: NDArray[np.float32], target: NDArray[np.float32]
) -> tuple[Points, NDArray[np.bool_]] | None:
    """Turn, scale and shift that most corners agree on, and which do."""
    import cv2

    if len(source) < _FEWEST_CORNERS:
        return None
    # The same answer every time.
    cv2.setRNGSeed(0)
    move: Any
    fits: Any
    move, fits = cv2.estimateAffinePartial2D(
        source, target, method=cv2.RANSAC, ransacReprojThreshold=_FITS_PX, maxIters=500, confidence=0.999
    )
    if move is None or not np.isfinite(move).all() or fits.sum() < _FEWEST_CORNERS:
        return None
    return np.asarray(move, dtype=np.float64), fits[:, 0].astype(bool)


def _is_plausible(trail: _Trail, move: Points, grey: _Grey) -> bool:
    """Whether a head can move like that between two frames, and is still in the picture."""
    scale, roll = _scale_and_roll(move)
    last_scale, last_roll = _scale_and_roll(trail.move)
    if not 1 / _WHOLE_SCALE < scale < _WHOLE_SCALE or not 1 / _STEP_SCALE < scale / last_scale < _STEP_SCALE:
        return False
    if abs((roll - last_roll + np.pi) % (2 * np.pi) - np.pi) > _STEP_ROLL:
        return False
    left, top, right, bottom = _moved_box(trail.box, move)
    height, width = grey.shape
    seen = max(0.0, min(right, width) - max(left, 0.0)) * max(0.0, min(bottom, height) - max(top, 0.0))
    return bool(seen >= _INSIDE_SHARE * (right - left) * (bottom - top))


def _scale_and_roll(move: Points) -> tuple[float, float]:
    return float(np.hypot(move[0, 0], move[1, 0])), float(np.arctan2(move[1, 0], move[0, 0]))


def _moved(face: Face, move: Points, scale: float, score: float) -> Face:
    """A face after a move of the shrunk picture."""
    whole = move.copy()
    whole[:, 2] /= scale
    five, eyes = (
        None if points is None else points @ whole[:, :2].T + whole[:, 2] for points in (face.five, face.eyes)
    )
    return Face(_moved_box(face.box, whole), score, five, eyes=eyes)


def _moved_box(box: Points, move: Points) -> Points:
    """The upright box of the oval that a box holds: a turned box would hold more than the face."""
    middle, half = (box[:2] + box[2:]) / 2, (box[2:] - box[:2]) / 2
    reach = np.sqrt((move[:, :2] ** 2) @ half**2)
    centre = move[:, :2] @ middle + move[:, 2]
    return np.concatenate([centre - reach, centre + reach])
