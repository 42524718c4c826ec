"""Nose and the folds beside it: AU9, and the furrows of 10 and 12."""

from __future__ import annotations

import numpy as np

from hrm_core.demo.canvas import Canvas, mix
from hrm_core.demo.expression import Expression
from hrm_core.demo.head import SIDES, crease_colour, shade_colour
from hrm_core.demo.identity import Identity

__all__ = ["TIP_Y", "draw_nose"]

TIP_Y = 60.0
"""Height of the nostrils in face pixels."""


def draw_nose(canvas: Canvas, identity: Identity, face: Expression) -> None:
    """Draw the nose and its wrinkles.

    Parameters
    ----------
    canvas : Canvas
        Where to draw.
    identity : Identity
        Whose nose.
    face : Expression
        What the face does.
    """
    size = identity.nose_scale
    canvas.soft(np.array([0.0, 46.0]), (20.0, 34.0), (255, 246, 232), 0.35)
    for part, sign in SIDES:
        lifted = 7.0 * face.at("AU9", part) + 2.5 * face.at("AU10", part)
        wide = 23.0 * size + 4.0 * face.at("AU9", part)
        wing = np.array([[wide - 6, 44.0], [wide, 54.0], [wide - 5, 64.0], [wide - 13, 64.0]])
        canvas.brush((wing - [0.0, lifted]) * [sign, 1.0], 3.4, shade_colour(identity, 0.55))
        hole = np.array([sign * 10.0 * size, TIP_Y + 4.5 - 0.7 * lifted])
        canvas.disc(hole, (5.2, 3.0), shade_colour(identity, 0.9))
        _draw_wrinkles(canvas, identity, face.at("AU9", part), sign)
    tip = np.array([[-9.0, TIP_Y + 8.5], [0.0, TIP_Y + 10.5], [9.0, TIP_Y + 8.5]])
    canvas.brush(tip, 2.8, shade_colour(identity, 0.4))
    canvas.disc(np.array([-3.0, TIP_Y - 8.0]), (5.0, 3.6), mix(identity.skin, (255, 255, 255), 0.5))


def _draw_wrinkles(canvas: Canvas, identity: Identity, wrinkled: float, sign: float) -> None:
    if wrinkled < 0.02:
        return
    colour = crease_colour(identity, wrinkled)
    for y, length in ((-8.0, 18.0), (4.0, 22.0), (16.0, 20.0)):
        line = np.array([[2.0, y], [0.5 * length, y + 1.0], [length, y + 7.0]])
        canvas.brush(line * [sign, 1.0], 2.6 + 2.2 * wrinkled, colour)
    fold = np.array([[24.0, 22.0], [31.0, 36.0], [34.0, 52.0]])
    canvas.brush(fold * [sign, 1.0], 2.4 + 2.6 * wrinkled, colour)
