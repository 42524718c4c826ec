"""Drawn faces for the starter network: aligned and cut as it sees them, with the strength of every action.

The children have other seeds than the demo study, so it has seen none of them.  Faces are taken from
simulated recordings; in most of them the strength of some actions is drawn anew, most often near the one
from which an action is coded: onsets and offsets are learned there.
"""

from __future__ import annotations

from dataclasses import dataclass
from multiprocessing import get_context

import cv2
import numpy as np
from numpy.typing import NDArray

from hrm_core import demo
from hrm_core.demo.canvas import Canvas, Image
from hrm_core.demo.expression import ACTION_PLACE, PRESENT_FROM, Expression, Intensities, parts_of_code
from hrm_core.demo.face import head_pose, lay_face
from hrm_core.demo.head import background
from hrm_core.demo.identity import Identity
from hrm_core.demo.rules import NEEDED
from hrm_core.faces.align import ALIGNED_SIZE, align_by_five_points
from hrm_core.facs import ACTIONS, ALL_ACTIONS, Code
from hrm_core.models.inputs import squeezed

__all__ = ["CUT", "PLACES", "SIZE", "Faces", "draw_aligned", "draw_faces"]

CUT = (0.0715, 0.143, 0.9285, 1.0)
"""Left, top, right and bottom of what the network sees of an aligned face, as shares of it: creases above
the brows to the chin."""

SIZE = 96
"""Width and height of what it sees in pixels."""

PLACES = [ACTION_PLACE[action.key] for action in ACTIONS]
"""Places of the 33 actions among those that the drawing knows."""

_LEFT, _TOP, _RIGHT, _BOTTOM = (round(share * ALIGNED_SIZE) for share in CUT)
# As a frame of a video looks that was shrunk to an aligned face; chosen on frames of another seed.
_BLUR = 0.6
_POINT_NOISE_PX = 0.3
_QUALITY = (70, 97)
_AS_SIMULATED = 0.35
_ANEW = 0.3
_ONE_SIDED = 0.25
_NEAR = 0.6
_SPREAD = 0.1
_FAINT = 0.02
_CHUNK = 250


@dataclass(frozen=True, slots=True, eq=False)
class Faces:
    """Drawn faces.

    Attributes
    ----------
    pictures : ndarray of uint8, shape (n, 96, 96, 3)
        RGB.
    strengths : ndarray of float32, shape (n, 33, 4)
        In 0-1, of each action of ``facs.ACTIONS`` in each part of the face.
    """

    pictures: NDArray[np.uint8]
    strengths: Intensities


@dataclass(frozen=True, slots=True, eq=False)
class _Plan:
    """Who shows what, and at which second: the head sways."""

    who: list[Identity]
    strengths: Intensities
    seconds: NDArray[np.float64]
    # What chance is drawn from, frame by frame: how the work is shared changes nothing.
    seeds: list[tuple[int, ...]]

    def part(self, rows: slice) -> _Plan:
        """Some of it."""
        return _Plan(self.who[rows], self.strengths[rows], self.seconds[rows], self.seeds[rows])


def draw_faces(count: int, seed: int, studies: range, processes: int = 2) -> Faces:
    """Draw faces of invented children.

    Parameters
    ----------
    count : int
        How many.
    seed : int
        Of what is drawn by chance; the same faces whatever `processes` is.
    studies : range
        Seeds of the demo studies whose children and recordings are used.
    processes : int
        How many draw at the same time.

    Returns
    -------
    Faces
        In the order of the children.
    """
    plan = _plan(count, seed, studies)
    parts = [plan.part(slice(first, first + _CHUNK)) for first in range(0, count, _CHUNK)]
    if processes == 1:
        drawn = [_draw(part) for part in parts]
    else:
        # Spawned, as everywhere: a forked process would inherit threads that do not run.
        with get_context("spawn").Pool(processes) as pool:
            drawn = pool.map(_draw, parts, chunksize=1)
    return Faces(np.concatenate(drawn), plan.strengths[:, PLACES])


def draw_aligned(
    identity: Identity, face: Expression, seconds: float, rng: np.random.Generator | None = None
) -> Image:
    """Draw what is seen of an aligned face, without the frame that it would be cut from.

    Parameters
    ----------
    identity : Identity
        Who it is.
    face : Expression
        What the face does.
    seconds : float
        Time in the video, for the sway of the head.
    rng : numpy.random.Generator, optional
        Moves the five points a little, as a detector would; none leaves them where they are.

    Returns
    -------
    ndarray of uint8, shape (192, 192, 3)
        RGB: the part :data:`CUT` of an aligned face of 224 x 224 pixels.
    """
    five = demo.landmarks(identity, face, seconds).five
    assert five is not None
    if rng is not None:
        five = five + rng.normal(0.0, _POINT_NOISE_PX, five.shape)
    matrix = align_by_five_points(five).matrix - np.array([[0.0, 0.0, _LEFT], [0.0, 0.0, _TOP]])
    turn = matrix[:, :2]
    pose = head_pose(identity, seconds)
    # A drawing counts from the corner of the first pixel, an alignment from its middle.
    move = turn @ (pose[:, 2] - 0.5) + matrix[:, 2] + 0.5
    size = (_RIGHT - _LEFT, _BOTTOM - _TOP)
    image: Image = cv2.warpAffine(background(identity), matrix, size, flags=cv2.INTER_LINEAR)  # type: ignore[assignment]
    zoom = float(np.sqrt(np.linalg.det(turn)))
    lay_face(Canvas(image, np.column_stack([turn @ pose[:, :2], move]), zoom), identity, face)
    return np.asarray(cv2.GaussianBlur(image, (0, 0), _BLUR), dtype=np.uint8)


def _plan(count: int, seed: int, studies: range) -> _Plan:
    rng = np.random.default_rng([seed, 11])
    children = [child for study in studies for child in demo.plan_study(study)]
    shown = np.concatenate([child.intensities for child in children])
    inside = np.flatnonzero(np.concatenate([_in_clips(child) for child in children]))
    active = [np.flatnonzero(shown[:, place].max(axis=1) > _FAINT) for place in PLACES]
    who, seconds = rng.integers(len(children), size=count), rng.uniform(0.0, 60.0, count)
    strengths = np.empty((count, *shown.shape[1:]), np.float32)
    for row in range(count):
        if rng.random() < _AS_SIMULATED:
            strengths[row] = shown[rng.choice(inside)]
            continue
        place = int(rng.integers(len(PLACES)))
        strengths[row] = shown[rng.choice(active[place])]
        _change(rng, strengths[row], PLACES[place])
    # Faces of one child together: its wall and shirt are drawn once.
    order = np.argsort(who, kind="stable")
    looks = [children[child].identity for child in who[order].tolist()]
    return _Plan(looks, strengths[order], seconds[order], [(seed, 12, row) for row in range(count)])


def _in_clips(child: demo.DemoParticipant) -> NDArray[np.bool_]:
    inside = np.zeros(child.n_frames, dtype=bool)
    for first, last in child.clips:
        inside[first : last + 1] = True
    return inside


def _change(rng: np.random.Generator, face: Intensities, place: int) -> None:
    """Draw the strength of an action anew, and of some others that show with it."""
    face[place] = _drawn(rng, face[place], place)
    for other in PLACES:
        if other != place and face[other].max() > _FAINT and rng.random() < _ANEW:
            face[other] = _drawn(rng, face[other], other)
    for key, needed in NEEDED.items():
        strength = face[ACTION_PLACE[key]].max()
        for other in needed:
            face[ACTION_PLACE[other]] = np.maximum(face[ACTION_PLACE[other]], strength)


def _drawn(rng: np.random.Generator, parts: Intensities, place: int) -> Intensities:
    there = parts > _FAINT
    sides = sorted(ALL_ACTIONS[place].sides - {Code.BOTH})
    if sides and rng.random() < _ONE_SIDED:
        there = np.isin(np.arange(len(parts)), parts_of_code(int(rng.choice(sides))))
    near = rng.random() < _NEAR
    strength = np.clip(rng.normal(PRESENT_FROM, _SPREAD), 0.0, 1.0) if near else rng.random()
    return np.where(there, strength, 0.0).astype(np.float32)


def _draw(plan: _Plan) -> NDArray[np.uint8]:
    cv2.setNumThreads(1)
    pictures = np.empty((len(plan.who), SIZE, SIZE, 3), np.uint8)
    for row, who in enumerate(plan.who):
        rng = np.random.default_rng(plan.seeds[row])
        picture = draw_aligned(who, Expression(plan.strengths[row]), float(plan.seconds[row]), rng)
        pictures[row] = squeezed(_as_jpeg(picture, int(rng.integers(*_QUALITY))), SIZE)
    return pictures


def _as_jpeg(rgb: Image, quality: int) -> Image:
    """With what compression leaves of it, of a video or of a picture."""
    _, packed = cv2.imencode(".jpg", rgb, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), dtype=np.uint8)
