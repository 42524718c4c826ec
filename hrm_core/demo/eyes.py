"""Eyes and lids: AU5, 6, 7, 43 and the blink."""

from __future__ import annotations

import numpy as np

from hrm_core.demo.canvas import Canvas, mix
from hrm_core.demo.curves import Points
from hrm_core.demo.expression import Expression, Part
from hrm_core.demo.head import SIDES, crease_colour, shade_colour
from hrm_core.demo.identity import Identity

__all__ = ["EYE_X", "EYE_Y", "draw_eyes", "eye_lids"]

EYE_X = 76.0
"""Distance of each eye from the middle of the face, in face pixels."""

EYE_Y = 12.0
"""Height of the eyes in face pixels."""

_HALF_WIDTH = 39.0
_U = np.linspace(-1.0, 1.0, 21)
_LASH = (44, 30, 30)


def draw_eyes(canvas: Canvas, identity: Identity, face: Expression) -> None:
    """Draw both eyes with their lids and the folds round them.

    Parameters
    ----------
    canvas : Canvas
        Where to draw.
    identity : Identity
        Whose eyes.
    face : Expression
        What the face does.
    """
    for part, sign in SIDES:
        upper, lower = eye_lids(identity, face, part, sign)
        _draw_folds(canvas, identity, face, part, sign, lower)
        if (lower[10, 1] - upper[10, 1]) > 2.0:
            _draw_ball(canvas, identity, np.concatenate([upper, lower[::-1]]), sign)
        _draw_lids(canvas, identity, face, part, upper, lower, sign)


def eye_lids(identity: Identity, face: Expression, part: Part, sign: float) -> tuple[Points, Points]:
    """Edges of the lids of one eye: what is between them is the eye opening.

    Parameters
    ----------
    identity : Identity
        Whose eye.
    face : Expression
        What the face does.
    part : Part
        Which eye, LEFT or RIGHT.
    sign : float
        1.0 for the viewer's right, -1.0 for the left, as in :data:`hrm_core.demo.head.SIDES`.

    Returns
    -------
    upper, lower : ndarray of float, shape (21, 2)
        From the viewer's left to the right, in face pixels; both lids share their ends.
    """
    wide, raised = face.at("AU5", part), face.at("AU6", part)
    tight, shut = face.at("AU7", part), face.at("AU43", part)
    half = _HALF_WIDTH * identity.eye_scale
    high = identity.eye_scale * (25.0 + 9.0 * wide - 5.0 * tight - 1.0 * raised)
    low = identity.eye_scale * (22.0 - 13.0 * tight - 5.0 * raised)
    arch = np.clip(1.0 - np.abs(_U) ** 2.3, 0.0, 1.0) ** 0.75
    # A tightened lower lid is straight where a relaxed one is round.
    sag = np.clip(1.0 - np.abs(_U) ** (2.2 + 2.4 * tight), 0.0, 1.0) ** 0.8
    x = sign * EYE_X + _U * half
    slant = -2.5 * sign * _U
    meet = 0.62 * low
    upper = EYE_Y + slant - high * arch * (1.0 - shut) + meet * arch * shut
    lower = EYE_Y + slant + low * sag * (1.0 - shut) + meet * arch * shut
    return np.stack([x, upper], axis=1), np.stack([x, lower], axis=1)


def _draw_ball(canvas: Canvas, identity: Identity, opening: Points, sign: float) -> None:
    centre = np.array([sign * (EYE_X - 1.5), EYE_Y - 1.5])
    size = identity.eye_scale

    def draw(inner: Canvas) -> None:
        inner.fill(opening, (252, 251, 248))
        inner.brush(opening[:21:4] + [0.0, 3.0], 9.0, (222, 220, 226), taper=0.3)
        inner.disc(centre, (25.0 * size, 25.0 * size), mix(identity.iris, (20, 16, 20), 0.5))
        inner.disc(centre, (22.5 * size, 22.5 * size), identity.iris)
        inner.soft(centre + [0.0, 12.0], (19.0, 13.0), mix(identity.iris, (255, 255, 240), 0.6), 0.65)
        inner.disc(centre, (12.0 * size, 12.0 * size), (26, 20, 24))
        inner.disc(centre + [7.5, -8.5], (6.0, 6.0), (255, 255, 255))
        inner.disc(centre + [-8.0, 8.5], (3.0, 3.0), (240, 244, 250))

    canvas.inside(opening, draw)


def _draw_lids(
    canvas: Canvas, identity: Identity, face: Expression, part: Part,
    upper: Points, lower: Points, sign: float,
) -> None:  # fmt: skip
    shut, tight, wide = face.at("AU43", part), face.at("AU7", part), face.at("AU5", part)
    canvas.brush(lower[::4], 2.2 + 1.6 * tight, shade_colour(identity, 0.42 + 0.5 * tight), taper=0.7)
    canvas.brush(upper[::4], 4.6, _LASH, taper=0.55)
    outer = upper[-1] if sign > 0 else upper[0]
    tip = np.array([outer, outer + [sign * 4.0, -1.0 + 3.0 * shut], outer + [sign * 7.0, -4.0 + 8.0 * shut]])
    canvas.brush(tip, 3.2, _LASH)
    lift = 10.5 - 4.5 * wide + 6.0 * shut - 1.5 * tight
    fold = upper[2:19:4] - [0.0, lift]
    canvas.brush(fold, 2.0 + 1.2 * tight, shade_colour(identity, 0.42))
    if shut > 0.3:
        _draw_lashes(canvas, upper)


def _draw_lashes(canvas: Canvas, edge: Points) -> None:
    for place in (4, 8, 12, 16):
        start = edge[place]
        lean = 2.4 * float(_U[place])
        canvas.brush(np.array([start, start + [0.5 * lean, 4.0], start + [lean, 7.5]]), 2.4, _LASH, 0.6)


def _draw_folds(
    canvas: Canvas, identity: Identity, face: Expression, part: Part, sign: float, lower: Points
) -> None:
    raised, tight = face.at("AU6", part), face.at("AU7", part)
    if tight > 0.02:
        bag = lower[3:18:4] + [0.0, 6.5]
        canvas.brush(bag, 2.0 + 1.4 * tight, crease_colour(identity, tight))
    if raised > 0.02:
        colour = crease_colour(identity, raised)
        for rise, length in ((-9.0, 15.0), (4.0, 19.0), (17.0, 16.0)):
            start = np.array([sign * (EYE_X + 49.0), EYE_Y + 0.55 * rise])
            end = start + [sign * length * (0.45 + 0.55 * raised), 0.8 * rise]
            canvas.brush(np.array([start, 0.5 * (start + end) + [0.0, 1.0], end]), 2.0 + 1.4 * raised, colour)
        bag = np.array([[-24.0, 26.0], [0.0, 33.0], [26.0, 26.0], [38.0, 16.0]])
        bag = bag * [sign, 1.0] + [sign * EYE_X, EYE_Y - 3.0 * raised]
        canvas.brush(bag, 2.0 + 1.4 * raised, shade_colour(identity, 0.2 + 0.4 * raised))
