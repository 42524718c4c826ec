"""Brows and forehead: AU1, 2 and 4."""

from __future__ import annotations

import numpy as np

from hrm_core.demo.canvas import Canvas, mix
from hrm_core.demo.curves import Points
from hrm_core.demo.expression import Expression, Part
from hrm_core.demo.head import SIDES, crease_colour
from hrm_core.demo.identity import Identity

__all__ = ["brow_line", "draw_brows"]

_AT_REST = np.array([[44, -43], [60, -49], [79, -53], [98, -51], [114, -43]], dtype=np.float64)
_INNER = np.array([1.0, 0.72, 0.32, 0.06, 0.0])
_OUTER = np.array([0.0, 0.16, 0.66, 1.0, 0.72])
_LOWERED = np.array([1.0, 0.92, 0.70, 0.45, 0.22])


def draw_brows(canvas: Canvas, identity: Identity, face: Expression) -> None:
    """Draw both brows and the furrows of the forehead.

    Parameters
    ----------
    canvas : Canvas
        Where to draw.
    identity : Identity
        Whose brows.
    face : Expression
        What the face does.
    """
    colour = mix(identity.hair, (40, 26, 24), 0.35)
    for part, sign in SIDES:
        _draw_forehead_lines(canvas, identity, face, part, sign)
        _draw_glabella(canvas, identity, face.at("AU4", part), sign)
        points = brow_line(face, part) * [sign, 1.0]
        canvas.brush(points, identity.brow_px, colour, taper=0.62)


def brow_line(face: Expression, part: Part) -> Points:
    """Middle line of one brow.

    Parameters
    ----------
    face : Expression
        What the face does.
    part : Part
        Which brow, LEFT or RIGHT.

    Returns
    -------
    ndarray of float, shape (5, 2)
        From the nose outwards, in face pixels, for the viewer's right; the other has -x.
    """
    inner, outer, low = face.at("AU1", part), face.at("AU2", part), face.at("AU4", part)
    wrinkled = face.at("AU9", part)
    points = _AT_REST.copy()
    points[:, 1] += -21.0 * inner * _INNER - 18.0 * outer * _OUTER
    points[:, 1] += 15.0 * low * _LOWERED + 4.0 * wrinkled * _LOWERED
    points[:, 0] -= 13.0 * low * _LOWERED
    return points


def _draw_forehead_lines(
    canvas: Canvas, identity: Identity, face: Expression, part: Part, sign: float
) -> None:
    inner, outer = face.at("AU1", part), face.at("AU2", part)
    for row, rise in enumerate((-80.0, -92.0)):
        if inner > 0.02:
            line = np.array([[3.0, rise + 3.0], [22.0, rise], [42.0 - 6.0 * row, rise + 4.0]])
            canvas.brush(line * [sign, 1.0], 2.2 + 1.8 * inner, crease_colour(identity, inner))
        if outer > 0.02:
            arc = np.array([[70.0, rise + 1.0], [92.0, rise - 3.0], [114.0 - 5.0 * row, rise + 6.0]])
            canvas.brush(arc * [sign, 1.0], 2.2 + 1.8 * outer, crease_colour(identity, outer))


def _draw_glabella(canvas: Canvas, identity: Identity, low: float, sign: float) -> None:
    if low < 0.02:
        return
    colour = crease_colour(identity, low)
    line = np.array([[9.0, -54.0], [6.5, -40.0], [10.0, -24.0]])
    canvas.brush(line * [sign, 1.0], 2.6 + 2.4 * low, colour)
    canvas.soft(np.array([sign * 16.0, -36.0]), (20.0, 22.0), colour, 0.35 * low)
