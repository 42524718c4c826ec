"""Where the points of a drawn face truly are: known, as the same curves draw it."""

from __future__ import annotations

import numpy as np

from hrm_core.demo.brows import brow_line
from hrm_core.demo.canvas import Canvas, Image
from hrm_core.demo.curves import Points
from hrm_core.demo.expression import Expression, Part
from hrm_core.demo.eyes import eye_lids
from hrm_core.demo.face import head_pose
from hrm_core.demo.head import face_outline
from hrm_core.demo.identity import Identity
from hrm_core.demo.mouth import MouthShape, mouth_shape
from hrm_core.demo.nose import TIP_Y
from hrm_core.records.face import Face

__all__ = ["eye_openings", "landmarks"]

# Places on the drawn curves that the 68-point scheme names, from the viewer's left to the right.
_JAW = np.round(np.linspace(100, 28, 17)).astype(int)
_LID = (0, 7, 13, 20)
_OUTER_LIP = (0, 6, 11, 16, 21, 26, 32)
_INNER_LIP = (2, 10, 16, 22, 30)
# The viewer's left is the child's right.
_RIGHT, _LEFT = (Part.RIGHT, -1.0), (Part.LEFT, 1.0)


def landmarks(identity: Identity, face: Expression, seconds: float | None = None) -> Face:
    """The true face of one frame.

    Parameters
    ----------
    identity : Identity
        Who it is.
    face : Expression
        What the face does.
    seconds : float, optional
        Time in the video, as for :func:`hrm_core.demo.draw_face`.

    Returns
    -------
    Face
        In pixels of the frame, with score 1: the box of the face without its hair, five
        points, 68 points of depth 0, and the roll (clockwise in the picture). The head is
        drawn flat, so pitch and yaw are 0.
    """
    pose = head_pose(identity, seconds)
    nothing: Image = np.empty((0, 0, 3), np.uint8)
    canvas = Canvas(nothing, pose)
    outline = face_outline(face)
    shape = mouth_shape(identity, face)
    edge = canvas.place(outline)
    lids = [eye_lids(identity, face, *side) for side in (_RIGHT, _LEFT)]
    # The middle between the corners of an eye is where it is, whatever its lids do.
    centres = [0.5 * (upper[0] + upper[-1]) for upper, _ in lids]
    five = np.stack([*centres, _nose_tip(), shape.corner(-1.0), shape.corner(1.0)])
    flat = canvas.place(_sixty_eight(identity, face, outline, lids, shape))
    roll = float(np.degrees(np.arctan2(pose[1, 0], pose[0, 0])))
    return Face(
        np.concatenate([edge.min(axis=0), edge.max(axis=0)]),
        1.0,
        canvas.place(five),
        points_3d=np.column_stack([flat, np.zeros(len(flat))]),
        pose=np.array([0.0, 0.0, roll]),
    )


def eye_openings(identity: Identity, face: Expression, seconds: float | None = None) -> tuple[Points, Points]:
    """Outlines of what is seen of both eyes: what a mask must hide.

    Parameters
    ----------
    identity : Identity
        Who it is.
    face : Expression
        What the face does.
    seconds : float, optional
        Time in the video.

    Returns
    -------
    left, right : ndarray of float, shape (42, 2)
        Polygons in pixels of the frame; left and right are the picture's. Lids that are
        shut leave a polygon without area.
    """
    nothing: Image = np.empty((0, 0, 3), np.uint8)
    canvas = Canvas(nothing, head_pose(identity, seconds))
    lids = [eye_lids(identity, face, *side) for side in (_RIGHT, _LEFT)]
    left, right = (canvas.place(np.concatenate([upper, lower[::-1]])) for upper, lower in lids)
    return left, right


def _nose_tip() -> Points:
    return np.array([0.0, TIP_Y - 4.0])


def _sixty_eight(
    identity: Identity,
    face: Expression,
    outline: Points,
    lids: list[tuple[Points, Points]],
    shape: MouthShape,
) -> Points:
    """The 68 points in face pixels, in the order of the scheme."""
    brows = [brow_line(face, Part.RIGHT)[::-1] * [-1.0, 1.0], brow_line(face, Part.LEFT)]
    eyes = [np.concatenate([upper[list(_LID)], lower[[_LID[2], _LID[1]]]]) for upper, lower in lids]
    outer, inner = list(_OUTER_LIP), list(_INNER_LIP)
    lips = (
        shape.upper_outer[outer],
        shape.lower_outer[outer[-2:0:-1]],
        shape.upper_inner[inner],
        shape.lower_inner[inner[-2:0:-1]],
    )
    return np.concatenate([outline[_JAW], *brows, _nose(identity, face), *eyes, *lips])


def _nose(identity: Identity, face: Expression) -> Points:
    """Four points down the bridge to the tip, five along the nostrils."""
    tip = _nose_tip()
    bridge = np.stack([np.zeros(4), np.linspace(-2.0, tip[1], 4)], axis=1)
    size = identity.nose_scale
    sides = []
    for part, sign in (_RIGHT, _LEFT):
        wrinkled = face.at("AU9", part)
        lifted = 7.0 * wrinkled + 2.5 * face.at("AU10", part)
        wing = [sign * (23.0 * size + 4.0 * wrinkled - 5.0), 64.0 - lifted]
        hole = [sign * 10.0 * size, TIP_Y + 4.5 - 0.7 * lifted]
        sides.append([wing, hole])
    under = [0.0, TIP_Y + 10.5]
    return np.concatenate([bridge, [*sides[0], under, *sides[1][::-1]]])
