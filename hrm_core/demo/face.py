"""One frame: an invented child's face showing an expression.

Everything is geometry driven by the strengths of the 35 actions; the child's
left is the viewer's right, and the picture is not mirrored.
"""

from __future__ import annotations

import numpy as np

from hrm_core.demo.brows import draw_brows
from hrm_core.demo.canvas import Canvas, Image
from hrm_core.demo.cheeks import draw_cheeks, draw_chin
from hrm_core.demo.curves import Points
from hrm_core.demo.expression import Expression
from hrm_core.demo.eyes import draw_eyes
from hrm_core.demo.hair import draw_back_hair, draw_front_hair
from hrm_core.demo.head import background, draw_head
from hrm_core.demo.identity import Identity, Sway
from hrm_core.demo.lips import draw_lips
from hrm_core.demo.mouth import mouth_shape
from hrm_core.demo.nose import draw_nose
from hrm_core.demo.tongue import draw_tongue

__all__ = ["draw_face", "head_pose", "lay_face"]


def draw_face(identity: Identity, face: Expression, seconds: float | None = None) -> Image:
    """Draw one frame.

    Parameters
    ----------
    identity : Identity
        Who it is.
    face : Expression
        What the face does.
    seconds : float, optional
        Time in the video, for the sway of the head; None holds the head still.

    Returns
    -------
    ndarray of uint8, shape (640, 640, 3)
        RGB, with the word SYNTHETIC in its corner; the caller owns it.
    """
    image: Image = background(identity).copy()
    lay_face(Canvas(image, head_pose(identity, seconds)), identity, face)
    return image


def lay_face(canvas: Canvas, identity: Identity, face: Expression) -> None:
    """Draw hair, head and features over what is there.

    Parameters
    ----------
    canvas : Canvas
        Where to draw, and in which pose.
    identity : Identity
        Who it is.
    face : Expression
        What the face does.
    """
    shape = mouth_shape(identity, face)
    draw_back_hair(canvas, identity)
    draw_head(canvas, identity, face)
    draw_cheeks(canvas, identity, face, shape)
    draw_front_hair(canvas, identity)
    draw_nose(canvas, identity, face)
    draw_eyes(canvas, identity, face)
    draw_brows(canvas, identity, face)
    draw_chin(canvas, identity, face, shape)
    draw_lips(canvas, identity, face, shape)
    draw_tongue(canvas, face, shape)


def head_pose(identity: Identity, seconds: float | None = None) -> Points:
    """Where the head is in the picture, how it is turned and how large it is.

    Parameters
    ----------
    identity : Identity
        Whose head.
    seconds : float, optional
        Time in the video; None holds the head still.

    Returns
    -------
    ndarray of float, shape (2, 3)
        Affine map from face pixels to picture pixels.
    """
    pose = (Sway() if seconds is None else identity.sway).pose(seconds or 0.0)
    pose[:, :2] *= np.array([identity.face_width, identity.face_height])
    return pose
