"""The tongue outside the mouth: AD19 (shown) and AD37 (wiped over a lip)."""

from __future__ import annotations

import numpy as np

from hrm_core.demo.canvas import Canvas, Colour, mix
from hrm_core.demo.curves import Points, closed_curve
from hrm_core.demo.expression import Expression, Part
from hrm_core.demo.mouth import MouthShape

__all__ = ["draw_tongue"]

_TONGUE: Colour = (226, 112, 118)
_EDGE: Colour = (184, 72, 82)
_MIDDLE = 16


def draw_tongue(canvas: Canvas, face: Expression, shape: MouthShape) -> None:
    """Draw what the tongue does in front of the lips.

    Parameters
    ----------
    canvas : Canvas
        Where to draw.
    face : Expression
        What the face does.
    shape : MouthShape
        Lips of that expression.
    """
    shown = face.most("AD19")
    if shown > 0.05:
        _draw_shown(canvas, face, shape, shown)
    if face.most("AD37") > 0.05:
        _draw_wipe(canvas, face, shape)


def _draw_shown(canvas: Canvas, face: Expression, shape: MouthShape, shown: float) -> None:
    lean = face.at("AD19", Part.LEFT) - face.at("AD19", Part.RIGHT)
    root = 0.4 * shape.upper_inner[_MIDDLE] + 0.6 * shape.lower_inner[_MIDDLE]
    length = 14.0 + 26.0 * shown
    tip = np.array([26.0 * lean, length - 5.0 * abs(lean)])
    half = 13.0 + 5.0 * shown
    outline = np.array(
        [[-half, -1.0], [-half * 1.02 + 0.5 * tip[0], 0.55 * tip[1]], [-0.62 * half + tip[0], 0.93 * tip[1]],
         [tip[0], tip[1]], [0.62 * half + tip[0], 0.93 * tip[1]],
         [half * 1.02 + 0.5 * tip[0], 0.55 * tip[1]], [half, -1.0], [0.0, -4.0]]
    )  # fmt: skip
    _fill(canvas, root + outline)
    groove = np.array([[0.0, 4.0], [0.45 * tip[0], 0.45 * tip[1]], [0.8 * tip[0], 0.76 * tip[1]]])
    canvas.brush(root + groove, 2.4, _EDGE)


def _draw_wipe(canvas: Canvas, face: Expression, shape: MouthShape) -> None:
    up, low = face.at("AD37", Part.UPPER), face.at("AD37", Part.LOWER)
    for part, sign in ((Part.LEFT, 1.0), (Part.RIGHT, -1.0)):
        aside = face.at("AD37", part) - max(up, low)
        if aside > 0.05:
            _draw_at_corner(canvas, shape, sign, aside)
    if up > 0.05:
        _draw_over(canvas, shape.upper_inner, shape.upper_outer, up)
    if low > 0.05:
        _draw_over(canvas, shape.lower_inner, shape.lower_outer, low)


def _draw_over(canvas: Canvas, inner: Points, outer: Points, strength: float) -> None:
    # A broad flat tongue along the lip, never as long as one that is stuck out.
    reach = (outer[_MIDDLE] - inner[_MIDDLE]) * (0.7 + 0.8 * strength)
    width = 15.0 + 10.0 * strength
    side = np.array([1.0, 0.0])
    root = inner[_MIDDLE] - 0.22 * reach
    tip = root + 1.2 * reach
    points = [root - width * side, root + 0.75 * reach - 0.95 * width * side, tip - 0.5 * width * side,
              root + 1.28 * reach, tip + 0.5 * width * side,
              root + 0.75 * reach + 0.95 * width * side, root + width * side]  # fmt: skip
    _fill(canvas, np.array(points))
    wet = root + 0.8 * reach
    canvas.brush(
        np.array([wet - 0.5 * width * side, wet + 0.12 * reach, wet + 0.5 * width * side]),
        3.0,
        (252, 206, 206),
    )


def _draw_at_corner(canvas: Canvas, shape: MouthShape, sign: float, strength: float) -> None:
    place = 26 if sign > 0 else 6
    root = 0.5 * (shape.upper_inner[place] + shape.lower_inner[place])
    reach = 12.0 + 16.0 * strength
    outline = np.array(
        [[-14.0, -4.0], [0.4 * reach, -9.0], [0.85 * reach, -6.5], [reach, 1.0],
         [0.85 * reach, 8.0], [0.4 * reach, 10.0], [-14.0, 5.0]]
    )  # fmt: skip
    _fill(canvas, root + outline * [sign, 1.0])
    line = np.array([[-4.0, 0.0], [0.4 * reach, -3.0], [0.72 * reach, -1.0]]) * [sign, 1.0]
    canvas.brush(root + line, 3.0, (252, 206, 206))


def _fill(canvas: Canvas, points: Points) -> None:
    outline = closed_curve(points)
    canvas.fill(outline, _EDGE)
    centre = outline.mean(axis=0)
    canvas.fill(centre + (outline - centre) * 0.9, _TONGUE)
    canvas.soft(centre, (9.0, 9.0), mix(_TONGUE, (255, 255, 255), 0.5), 0.4)
