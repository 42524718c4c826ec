"""Cheeks, the folds beside nose and mouth, and the chin."""

from __future__ import annotations

import numpy as np

from hrm_core.demo.canvas import Canvas, Colour, mix
from hrm_core.demo.expression import Expression, Part
from hrm_core.demo.head import SIDES, crease_colour, jaw_of, light_colour, shade_colour
from hrm_core.demo.identity import Identity
from hrm_core.demo.mouth import MouthShape

__all__ = ["draw_cheeks", "draw_chin"]

_BLUSH: Colour = (232, 96, 92)


def draw_cheeks(canvas: Canvas, identity: Identity, face: Expression, shape: MouthShape) -> None:
    """Draw blush, swelling, hollows and folds of both cheeks.

    Parameters
    ----------
    canvas : Canvas
        Where to draw.
    identity : Identity
        Whose cheeks.
    face : Expression
        What the face does.
    shape : MouthShape
        Lips of that expression.
    """
    for part, sign in SIDES:
        _draw_blush(canvas, identity, face, part, sign)
        _draw_volume(canvas, identity, face, part, sign)
        _draw_corner_folds(canvas, identity, face, part, sign, shape)
        _draw_nose_fold(canvas, identity, face, part, sign, shape)
    if identity.freckled:
        _draw_freckles(canvas, identity)


def draw_chin(canvas: Canvas, identity: Identity, face: Expression, shape: MouthShape) -> None:
    """Draw the chin and the skin round the lips.

    Parameters
    ----------
    canvas : Canvas
        Where to draw.
    identity : Identity
        Whose chin.
    face : Expression
        What the face does.
    shape : MouthShape
        Lips of that expression.
    """
    jaw = jaw_of(face)
    chin = np.array([0.85 * jaw.aside_px, 158.0 + 0.9 * jaw.down_px])
    canvas.soft(chin, (34.0, 20.0), light_colour(identity), 0.16 + 0.40 * jaw.forward)
    _draw_lip_bulges(canvas, identity, face, shape)
    _draw_chin_boss(canvas, identity, face.most("AU17"), chin)
    _draw_pressed_skin(canvas, identity, face, shape)
    _draw_toward(canvas, identity, face.most("AU8"), shape)
    if jaw.forward > 0.02:
        colour = crease_colour(identity, jaw.forward)
        under = shape.lower_outer[16] + [0.0, 9.0]
        line = np.array([[-30.0, -4.0], [0.0, 2.0], [30.0, -4.0]])
        canvas.brush(under + line, 3.0 + 3.5 * jaw.forward, colour)
        rim = np.array([[-40.0, 4.0], [-22.0, 19.0], [0.0, 23.0], [22.0, 19.0], [40.0, 4.0]])
        canvas.brush(chin + rim - [0.0, 4.0], 2.4 + 2.4 * jaw.forward, colour)
    if abs(jaw.aside_px) > 0.5:
        _draw_jaw_aside(canvas, identity, jaw.aside_px, shape)


def _draw_blush(canvas: Canvas, identity: Identity, face: Expression, part: Part, sign: float) -> None:
    raised = max(face.at("AU6", part), 0.7 * face.at("AU12", part))
    colour = mix(identity.skin, _BLUSH, 0.55)
    centre = np.array([sign * 96.0, 70.0 - 12.0 * raised])
    canvas.soft(centre, (46.0, 36.0), colour, 0.36 + 0.14 * raised)
    apple = face.at("AU6", part)
    canvas.soft(centre + [-sign * 4.0, -8.0], (32.0, 20.0), light_colour(identity), 0.5 * apple)
    if apple > 0.02:
        under = np.array([[66.0, 78.0], [92.0, 90.0], [124.0, 76.0]]) - [0.0, 10.0 * apple]
        canvas.brush(under * [sign, 1.0], 2.0 + 1.6 * apple, shade_colour(identity, 0.32 * apple))


def _draw_volume(canvas: Canvas, identity: Identity, face: Expression, part: Part, sign: float) -> None:
    puffed = max(face.at("AD34", part), 0.62 * face.most("AD33"))
    middle = np.array([sign * 104.0, 104.0])
    if puffed > 0.02:
        canvas.soft(middle + [-sign * 2.0, -4.0], (50.0, 44.0), light_colour(identity), 0.55 * puffed)
        colour = crease_colour(identity, puffed)
        rim = np.array([[63.0, 78.0], [57.0, 104.0], [64.0, 132.0], [84.0, 150.0]])
        canvas.brush(rim * [sign, 1.0], 2.6 + 2.8 * puffed, colour)
    hollow = face.at("AD35", part)
    if hollow > 0.02:
        colour = shade_colour(identity, 0.75)
        canvas.soft(middle - [sign * 14.0, 2.0], (30.0, 46.0), colour, 0.6 * hollow)
        line = np.array([[112.0, 62.0], [96.0, 88.0], [86.0, 120.0]])
        canvas.brush(line * [sign, 1.0], 2.6 + 3.0 * hollow, crease_colour(identity, 0.7 * hollow))
    clenched = face.at("AU31", part)
    if clenched > 0.02:
        canvas.soft(np.array([sign * 132.0, 100.0]), (22.0, 34.0), light_colour(identity), 0.55 * clenched)
        line = np.array([[118.0, 74.0], [110.0, 102.0], [118.0, 130.0]])
        canvas.brush(line * [sign, 1.0], 2.6 + 2.6 * clenched, crease_colour(identity, clenched))
    aside = face.at("AD36", part) - max(face.at("AD36", Part.UPPER), face.at("AD36", Part.LOWER))
    whole = min(face.at("AD36", Part.LEFT), face.at("AD36", Part.RIGHT))
    _draw_ball(canvas, identity, np.array([sign * 92.0, 116.0]), (26.0, 24.0), max(aside, whole))


def _draw_ball(
    canvas: Canvas, identity: Identity, centre: np.ndarray, radii: tuple[float, float], strength: float
) -> None:
    if strength < 0.02:
        return
    x, y = radii
    # A bulge stands out at once: it is there or it is not.
    strength = 0.3 + 0.7 * strength
    canvas.soft(centre + [0.0, 3.0], (1.35 * x, 1.4 * abs(y)), shade_colour(identity, 0.6), 0.45 * strength)
    canvas.soft(centre - [2.0, 4.0], (0.95 * x, 0.9 * abs(y)), light_colour(identity), 0.75 * strength)
    rim = np.array([[-x, 0.1 * y], [-0.6 * x, 0.8 * y], [0.0, y], [0.6 * x, 0.8 * y], [x, 0.1 * y]])
    canvas.brush(centre + rim, 2.4 + 2.0 * strength, crease_colour(identity, strength))


def _draw_corner_folds(
    canvas: Canvas, identity: Identity, face: Expression, part: Part, sign: float, shape: MouthShape
) -> None:
    corner = shape.corner(sign)
    flip = np.array([sign, 1.0])
    canvas.soft(corner + [sign * 2.0, -1.0], (7.0, 6.0), shade_colour(identity, 0.8), 0.35)
    dimple = face.at("AU14", part)
    if dimple > 0.02:
        canvas.soft(corner + [sign * 11.0, -1.0], (15.0, 20.0), shade_colour(identity, 0.9), 0.45 * dimple)
        hook = np.array([[8.0, -14.0], [14.0, -5.0], [14.0, 5.0], [8.0, 13.0]])
        canvas.brush(corner + hook * flip, 3.0 + 3.0 * dimple, crease_colour(identity, dimple))
    low = face.at("AU15", part)
    if low > 0.02:
        pouch = np.array([[-2.0, 16.0], [9.0, 10.0], [14.0, -1.0]])
        canvas.brush(corner + pouch * flip, 2.6 + 2.4 * low, crease_colour(identity, low))
    stretch = face.at("AU20", part)
    if stretch > 0.02:
        for shift in (9.0, 16.0):
            line = np.array([[shift, -11.0], [shift + 3.0, 2.0], [shift, 15.0]])
            canvas.brush(corner + line * flip, 2.2 + 1.8 * stretch, crease_colour(identity, 0.8 * stretch))
    sharp = face.at("AU13", part)
    if sharp > 0.02:
        canvas.soft(corner + [sign * 20.0, -22.0], (28.0, 25.0), light_colour(identity), 0.8 * sharp)
        pouch = np.array([[5.0, -6.0], [3.0, -16.0], [8.0, -27.0], [18.0, -33.0]])
        canvas.brush(corner + pouch * flip, 2.4 + 2.6 * sharp, crease_colour(identity, sharp))
        rim = np.array([[12.0, 0.0], [26.0, 0.0], [40.0, -9.0]])
        canvas.brush(corner + rim * flip, 2.0 + 1.8 * sharp, crease_colour(identity, 0.6 * sharp))


def _draw_nose_fold(
    canvas: Canvas, identity: Identity, face: Expression, part: Part, sign: float, shape: MouthShape
) -> None:
    smile, lifted = face.at("AU12", part), face.at("AU10", part)
    corner = shape.corner(sign)
    if smile > 0.02:
        end = np.array([corner[0] * sign + 15.0, corner[1] + 4.0])
        start = np.array([30.0, 58.0])
        bend = 0.5 * (start + end) + [9.0, -7.0]
        fold = np.array([start, bend, end]) * [sign, 1.0]
        canvas.brush(fold, 2.0 + 1.8 * smile, shade_colour(identity, 0.25 + 0.35 * smile))
    if lifted > 0.02:
        fold = np.array([[26.0, 47.0], [38.0, 56.0], [46.0, 74.0], [48.0, 88.0]]) * [sign, 1.0]
        canvas.brush(fold, 2.6 + 3.2 * lifted, crease_colour(identity, lifted))
        canvas.soft(np.array([sign * 52.0, 62.0]), (18.0, 20.0), light_colour(identity), 0.4 * lifted)


def _draw_freckles(canvas: Canvas, identity: Identity) -> None:
    for x, y in ((34, 50), (46, 60), (58, 52), (70, 62), (50, 44), (82, 54)):
        for sign in (1.0, -1.0):
            spot = np.array([sign * x + 2.0, y + 1.5 * sign])
            canvas.disc(spot, (1.9, 1.7), shade_colour(identity, 0.4))


def _draw_chin_boss(canvas: Canvas, identity: Identity, raised: float, chin: np.ndarray) -> None:
    if raised < 0.02:
        return
    colour = crease_colour(identity, raised)
    arch = np.array([[-26.0, 3.0], [-16.0, -12.0], [0.0, -17.0], [16.0, -12.0], [26.0, 3.0]])
    canvas.brush(chin + arch, 2.6 + 2.6 * raised, colour)
    for x, y in ((-12, -3), (0, -6), (12, -3), (-6, 4), (6, 4), (-15, 6), (15, 6), (0, 11)):
        canvas.disc(chin + [float(x), float(y)], (2.0 + raised, 1.6 + raised), colour)


def _draw_pressed_skin(canvas: Canvas, identity: Identity, face: Expression, shape: MouthShape) -> None:
    rows = (Part.UPPER, shape.upper_outer, -1.0), (Part.LOWER, shape.lower_outer, 1.0)
    for part, edge, away in rows:
        pressed, tight = face.at("AU24", part), face.at("AU23", part)
        if pressed > 0.02:
            canvas.soft(edge[16] + [0.0, 7.0 * away], (38.0, 10.0), light_colour(identity), 0.6 * pressed)
            line = edge[6:27:5] + [0.0, 12.0 * away]
            canvas.brush(line, 2.4 + 2.0 * pressed, crease_colour(identity, pressed))
        if tight > 0.02:
            for place in (9, 12, 20, 23):
                start = edge[place] + [0.0, 3.0 * away]
                fan = np.array([0.12 * start[0], (4.0 + 3.5 * tight) * away])
                canvas.brush(np.array([start, start + 0.5 * fan, start + fan]), 1.6 + 1.0 * tight,
                             crease_colour(identity, 0.4 * tight))  # fmt: skip


def _draw_toward(canvas: Canvas, identity: Identity, toward: float, shape: MouthShape) -> None:
    if toward < 0.02:
        return
    for edge, away in ((shape.upper_outer, -1.0), (shape.lower_outer, 1.0)):
        for place in (6, 11, 16, 21, 26):
            start = edge[place] + [0.0, 4.0 * away]
            end = start + [0.0, (6.0 + 5.0 * toward) * away]
            canvas.brush(
                np.array([start, 0.5 * (start + end), end]),
                1.8 + 1.0 * toward,
                crease_colour(identity, 0.4 * toward),
            )


def _draw_lip_bulges(canvas: Canvas, identity: Identity, face: Expression, shape: MouthShape) -> None:
    sides = max(face.at("AD36", Part.LEFT), face.at("AD36", Part.RIGHT))
    up = face.at("AD36", Part.UPPER) - sides
    low = face.at("AD36", Part.LOWER) - sides
    _draw_ball(canvas, identity, shape.upper_outer[16] - [0.0, 9.0], (26.0, -13.0), up)
    _draw_ball(canvas, identity, shape.lower_outer[16] + [0.0, 10.0], (26.0, 13.0), low)


def _draw_jaw_aside(canvas: Canvas, identity: Identity, aside: float, shape: MouthShape) -> None:
    sign = 1.0 if aside > 0 else -1.0
    strength = min(1.0, abs(aside) / 34.0)
    line = np.array([[-74.0, 112.0], [-66.0, 132.0], [-48.0, 150.0]]) * [sign, 1.0]
    canvas.brush(line, 2.4 + 2.4 * strength, crease_colour(identity, strength))
    corner = shape.corner(sign)
    fold = np.array([[8.0, -6.0], [13.0, 4.0], [11.0, 15.0]]) * [sign, 1.0]
    canvas.brush(corner + fold, 2.2 + 1.6 * strength, crease_colour(identity, 0.7 * strength))
