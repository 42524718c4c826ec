"""Draws lips, teeth and the inside of the mouth from a :class:`MouthShape`."""

from __future__ import annotations

import numpy as np

from hrm_core.demo.canvas import Canvas, Colour, mix
from hrm_core.demo.curves import Points
from hrm_core.demo.expression import Expression, Part
from hrm_core.demo.head import crease_colour, jaw_of, shade_colour
from hrm_core.demo.identity import Identity
from hrm_core.demo.mouth import MouthShape

__all__ = ["draw_lips"]

_TEETH: Colour = (250, 247, 238)
_INSIDE: Colour = (98, 28, 36)
_TONGUE: Colour = (222, 112, 116)
_MIDDLE = 16


def draw_lips(canvas: Canvas, identity: Identity, face: Expression, shape: MouthShape) -> None:
    """Draw the mouth without the tongue.

    Parameters
    ----------
    canvas : Canvas
        Where to draw.
    identity : Identity
        Whose lips.
    face : Expression
        What the face does.
    shape : MouthShape
        Outlines for that expression.
    """
    for part in (Part.UPPER, Part.LOWER):
        _draw_rolled_in(canvas, identity, face.at("AU28", part), shape, part)
    if shape.gap_px > 1.2:
        _draw_inside(canvas, face, shape)
    dark = mix(identity.lips, (60, 16, 24), 0.16)
    canvas.fill(np.concatenate([shape.upper_outer, shape.upper_inner[::-1]]), dark)
    canvas.fill(np.concatenate([shape.lower_inner, shape.lower_outer[::-1]]), identity.lips)
    _draw_shine(canvas, identity, shape)
    _draw_line(canvas, identity, face, shape)
    _draw_funnel(canvas, identity, face, shape)
    _draw_pucker(canvas, identity, face, shape)
    _draw_bite(canvas, face, shape)


def _draw_inside(canvas: Canvas, face: Expression, shape: MouthShape) -> None:
    jaw = jaw_of(face)
    opening = np.concatenate([shape.upper_inner, shape.lower_inner[::-1]])
    gap = shape.gap_px
    rounded = max(face.most("AD33"), face.most("AU22"), face.most("AU18"))

    def draw(inner: Canvas) -> None:
        inner.fill(opening, _INSIDE)
        floor = shape.lower_inner[_MIDDLE] + [0.0, 0.10 * gap]
        if gap > 14.0:
            inner.disc(floor, (0.36 * _width(shape), 0.36 * gap), _TONGUE)
            inner.soft(floor - [0.0, 0.2 * gap], (0.4 * _width(shape), 0.3 * gap), (240, 150, 150), 0.5)
        tall = min(12.0, 0.42 * gap + 1.5) * (1.0 - 0.9 * rounded)
        _draw_row(inner, shape.upper_inner, tall)
        bared = max(face.most("AU16"), jaw.forward, 0.6 * face.most("AU20"))
        _draw_row(inner, shape.lower_inner, -min(10.0, 0.4 * gap) * bared)

    canvas.inside(opening, draw)


def _draw_row(canvas: Canvas, edge: Points, height_px: float) -> None:
    if abs(height_px) < 1.0:
        return
    row = edge[3:-3]
    canvas.fill(np.concatenate([row - [0.0, height_px * 0.2], (row + [0.0, height_px])[::-1]]), _TEETH)
    for place in range(2, len(row) - 2, 4):
        start = row[place]
        canvas.brush(np.array([start, start + [0.0, height_px * 0.9]]), 1.6, (214, 208, 198), 0.5)


def _width(shape: MouthShape) -> float:
    return float(shape.upper_inner[-1, 0] - shape.upper_inner[0, 0])


def _draw_shine(canvas: Canvas, identity: Identity, shape: MouthShape) -> None:
    light = mix(identity.lips, (255, 240, 232), 0.5)
    thick = float(shape.lower_outer[_MIDDLE, 1] - shape.lower_inner[_MIDDLE, 1])
    if thick > 5.0:
        line = 0.55 * shape.lower_inner[10:23:4] + 0.45 * shape.lower_outer[10:23:4]
        canvas.brush(line, 0.26 * thick, light)


def _draw_line(canvas: Canvas, identity: Identity, face: Expression, shape: MouthShape) -> None:
    dark = mix(identity.lips, (60, 14, 24), 0.72)
    pressed = max(face.at("AU24", Part.UPPER), face.at("AU24", Part.LOWER))
    sucked = max(face.at("AU28", Part.UPPER), face.at("AU28", Part.LOWER))
    if shape.gap_px < 4.0:
        middle = 0.5 * (shape.upper_inner + shape.lower_inner)
        canvas.brush(middle[::4], 3.2 + 2.4 * pressed + 1.4 * sucked, dark, taper=0.75)
    else:
        canvas.brush(shape.upper_inner[::4], 2.4, dark, taper=0.6)
        canvas.brush(shape.lower_inner[::4], 1.8, dark, taper=0.8)
    under = shape.lower_outer[8:25:4] + [0.0, 3.0]
    canvas.brush(under, 2.6, shade_colour(identity, 0.28))


def _draw_rolled_in(canvas: Canvas, identity: Identity, sucked: float, shape: MouthShape, part: Part) -> None:
    if sucked < 0.02:
        return
    up = part is Part.UPPER
    sign = -1.0 if up else 1.0
    edge = shape.upper_outer if up else shape.lower_outer
    colour = crease_colour(identity, sucked)
    rolled = mix(identity.lips, colour, 0.4)
    canvas.soft(edge[_MIDDLE] + [0.0, 5.0 * sign], (44.0, 14.0), rolled, 0.5 * sucked)
    ridge = edge[4:29:6] + np.array([[0.0, 10.0 * sign]]) * np.sin(np.linspace(0.5, 2.64, 5))[:, None]
    canvas.brush(ridge, 2.0 + 1.6 * sucked, colour)


def _draw_funnel(canvas: Canvas, identity: Identity, face: Expression, shape: MouthShape) -> None:
    flesh = mix(identity.lips, (250, 168, 166), 0.65)
    rims = (
        (Part.UPPER, shape.upper_inner, shape.upper_outer),
        (Part.LOWER, shape.lower_inner, shape.lower_outer),
    )
    for part, inner, outer in rims:
        turned = face.at("AU22", part)
        if turned > 0.02:
            # The wet inner side of the lip turns into view.
            rim = inner + (outer - inner) * 0.42 * turned
            canvas.fill(np.concatenate([inner, rim[::-1]]), flesh)
            edge = outer[4:29:4]
            canvas.brush(edge, 1.6 + 1.6 * turned, mix(identity.lips, (70, 20, 26), 0.35))


def _draw_pucker(canvas: Canvas, identity: Identity, face: Expression, shape: MouthShape) -> None:
    colour = mix(identity.lips, (70, 18, 26), 0.45)
    rims = (
        (Part.UPPER, shape.upper_inner, shape.upper_outer),
        (Part.LOWER, shape.lower_inner, shape.lower_outer),
    )
    for part, inner, outer in rims:
        drawn = face.at("AU18", part)
        if drawn < 0.02:
            continue
        for place in (7, 11, 16, 21, 25):
            start = inner[place] + (outer[place] - inner[place]) * 0.18
            end = inner[place] + (outer[place] - inner[place]) * (0.45 + 0.45 * drawn)
            canvas.brush(np.array([start, 0.5 * (start + end), end]), 1.4 + 1.4 * drawn, colour)


def _draw_bite(canvas: Canvas, face: Expression, shape: MouthShape) -> None:
    edges = (Part.LOWER, shape.lower_inner, 1.0), (Part.UPPER, shape.upper_inner, -1.0)
    for part, edge, sign in edges:
        held = face.at("AD32", part)
        if held < 0.02:
            continue
        row = edge[8:25]
        deep = np.array([[0.0, sign * (3.0 + 8.0 * held)]]) * np.sin(np.linspace(0.6, 2.54, 17))[:, None]
        base = row - [0.0, 1.5 * sign]
        canvas.fill(np.concatenate([base, (row + deep + [0.0, sign * 1.4])[::-1]]), (150, 60, 66))
        canvas.fill(np.concatenate([base, (row + deep)[::-1]]), _TEETH)
        for place in range(2, 16, 4):
            line = np.array([base[place], row[place] + deep[place]])
            canvas.brush(line, 1.4, (208, 202, 192), 0.5)
