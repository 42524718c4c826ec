"""Everything round the features: wall, shirt, neck, ears and the outline of the face."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from hrm_core.demo.canvas import SIZE_PX, Canvas, Colour, Image, mix
from hrm_core.demo.curves import Points, closed_curve
from hrm_core.demo.expression import Expression, Part
from hrm_core.demo.identity import Identity

__all__ = [
    "SIDES",
    "Jaw",
    "background",
    "crease_colour",
    "draw_head",
    "face_outline",
    "jaw_of",
    "light_colour",
    "shade_colour",
]

SIDES: tuple[tuple[Part, float], ...] = ((Part.LEFT, 1.0), (Part.RIGHT, -1.0))
"""The child's left is the viewer's right, where x is positive."""

_SHADE: Colour = (120, 50, 40)
_HALF_FACE = np.array(
    [[86, -176], [142, -112], [160, -30], [158, 42], [143, 96], [108, 142], [58, 172]],
    dtype=np.float64,
)
_FACE = np.concatenate([[[0.0, -188.0]], _HALF_FACE, [[0.0, 185.0]], (_HALF_FACE * [-1.0, 1.0])[::-1]])


class Jaw(tuple[float, float, float]):
    """Where the lower jaw is: down, sideways (to the viewer's right) and forward, in pixels."""

    __slots__ = ()

    @property
    def down_px(self) -> float:
        """How far the chin is dropped."""
        return self[0]

    @property
    def aside_px(self) -> float:
        """How far it is shifted to the child's left."""
        return self[1]

    @property
    def forward(self) -> float:
        """How far it is thrust forward, 0-1."""
        return self[2]


def jaw_of(face: Expression) -> Jaw:
    """Find the jaw of an expression.

    Parameters
    ----------
    face : Expression
        What the face does.

    Returns
    -------
    Jaw
        Its place.
    """
    left, right = face.at("AD30", Part.LEFT), face.at("AD30", Part.RIGHT)
    # A jaw cannot be on both sides: "both" only says that the side was not told.
    aside = left - right if abs(left - right) > 0.05 else 0.6 * left
    blown = max(face.most("AD33"), face.most("AU22"), 0.6 * face.most("AD35"))
    down = 44.0 * face.most("AU2X") + 6.0 * face.most("AU8") + 5.0 * blown
    down += 7.0 * face.most("AD29") - 5.0 * face.most("AU17") - 3.0 * face.most("AU31")
    return Jaw((down, 34.0 * aside, face.most("AD29")))


def shade_colour(identity: Identity, strength: float) -> Colour:
    """Skin in shade.

    Parameters
    ----------
    identity : Identity
        Whose skin.
    strength : float
        0 for lit skin, 1 for the deepest fold.

    Returns
    -------
    tuple of int
        RGB in 0-255.
    """
    deep = mix(identity.skin, _SHADE, 0.62)
    return mix(identity.skin, deep, strength)


def crease_colour(identity: Identity, strength: float) -> Colour:
    """Colour of a skin fold that shows from its first beginning.

    Parameters
    ----------
    identity : Identity
        Whose skin.
    strength : float
        Strength of the action that folds the skin, 0-1.

    Returns
    -------
    tuple of int
        RGB in 0-255.
    """
    return shade_colour(identity, min(1.0, 0.35 + 0.6 * strength))


def light_colour(identity: Identity) -> Colour:
    """Colour of skin that bulges towards the light.

    Parameters
    ----------
    identity : Identity
        Whose skin.

    Returns
    -------
    tuple of int
        RGB in 0-255.
    """
    return mix(identity.skin, (255, 250, 240), 0.55)


def face_outline(face: Expression) -> Points:
    """Outline of the face for an expression.

    Parameters
    ----------
    face : Expression
        What the face does.

    Returns
    -------
    ndarray of float, shape (128, 2)
        In face pixels.
    """
    jaw = jaw_of(face)
    points = _FACE.copy()
    low = np.clip((points[:, 1] - 20.0) / 165.0, 0.0, 1.0)
    points[:, 1] += jaw.down_px * low**1.3
    points[:, 0] += jaw.aside_px * low**1.2
    points[:, 0] *= 1.0 + 0.06 * jaw.forward * low - 0.05 * face.most("AU2X") * low
    for part, sign in SIDES:
        cheek = _cheek_push(face, part)
        own = points[:, 0] * sign > 40.0
        points[own, 0] += sign * (
            cheek * _hump(points[own, 1], 92.0, 62.0)
            + 15.0 * face.at("AU31", part) * _hump(points[own, 1], 108.0, 44.0)
        )
    return closed_curve(points)


def draw_head(canvas: Canvas, identity: Identity, face: Expression) -> None:
    """Draw neck, ears and the bare face.

    Parameters
    ----------
    canvas : Canvas
        Where to draw.
    identity : Identity
        Whose head.
    face : Expression
        What the face does.
    """
    outline = face_outline(face)
    _draw_neck(canvas, identity, face, float(outline[:, 1].max()))
    for _, sign in SIDES:
        ear = np.array([sign * 163.0, 26.0])
        canvas.disc(ear, (23.0, 33.0), shade_colour(identity, 0.16))
        canvas.disc(ear + [sign * 3.0, 1.0], (13.0, 21.0), shade_colour(identity, 0.32))
    # Three nested fills are a soft rim at a tenth of a blur's price.
    canvas.fill(outline, shade_colour(identity, 0.20))
    centre = np.array([0.0, -8.0])
    for shrink, strength in ((0.985, 0.13), (0.96, 0.06), (0.92, 0.0)):
        canvas.fill(centre + (outline - centre) * shrink, shade_colour(identity, strength))
    canvas.soft(np.array([0.0, -70.0]), (120.0, 60.0), (255, 246, 230), 0.16)


@lru_cache(maxsize=16)
def background(identity: Identity) -> Image:
    """Picture without the head: wall, shirt and the burned-in word.

    Parameters
    ----------
    identity : Identity
        Whose wall and shirt.

    Returns
    -------
    ndarray of uint8, shape (640, 640, 3)
        RGB; shared between calls, so copy it before drawing.
    """
    rows = np.linspace(1.03, 0.90, SIZE_PX)[:, None, None]
    wall = np.array(identity.wall) * rows * np.ones((1, SIZE_PX, 1))
    image: Image = np.clip(wall, 0, 255).astype(np.uint8)
    canvas = Canvas(image, np.array([[1.0, 0.0, SIZE_PX / 2], [0.0, 1.0, SIZE_PX / 2]]))
    canvas.soft(np.array([0.0, -20.0]), (330.0, 330.0), (255, 255, 255), 0.35)
    _draw_shirt(canvas, identity.shirt)
    cv2.putText(
        image, "SYNTHETIC", (16, 28), cv2.FONT_HERSHEY_SIMPLEX, 0.45,
        mix(identity.wall, (40, 44, 52), 0.55), 1, cv2.LINE_AA,
    )  # fmt: skip
    image.setflags(write=False)
    return image


def _cheek_push(face: Expression, part: Part) -> float:
    out = 24.0 * face.at("AD34", part) + 17.0 * face.most("AD33")
    out += 13.0 * face.at("AD36", part) + 6.0 * face.at("AU13", part)
    out += 5.0 * face.at("AU12", part) + 3.0 * face.at("AU6", part)
    return out - 17.0 * face.at("AD35", part) - 3.0 * face.most("AU18")


def _hump(y: Points, middle: float, half_width: float) -> Points:
    inside = np.clip(1.0 - ((y - middle) / half_width) ** 2, 0.0, 1.0)
    return inside**1.5


def _draw_shirt(canvas: Canvas, colour: Colour) -> None:
    half = np.array([[52.0, 238.0], [96.0, 254.0], [176.0, 276.0], [232.0, 320.0], [250.0, 420.0]])
    body = np.concatenate([[[0.0, 248.0]], half, (half * [-1.0, 1.0])[::-1]])
    canvas.fill(closed_curve(body), colour)
    collar = np.array([[-64.0, 244.0], [-40.0, 276.0], [0.0, 290.0], [40.0, 276.0], [64.0, 244.0]])
    canvas.brush(collar, 12.0, mix(colour, (255, 255, 255), 0.4), taper=0.0)


def _draw_neck(canvas: Canvas, identity: Identity, face: Expression, chin: float) -> None:
    half = np.array([[58.0, 120.0], [54.0, 200.0], [60.0, 238.0], [50.0, 262.0]])
    for part, sign in SIDES:
        edge = half.copy()
        edge[1:3, 0] += 10.0 * face.at("AU21", part)
        side = np.concatenate([edge * [sign, 1.0], [[-2.0 * sign, 274.0], [-2.0 * sign, 120.0]]])
        canvas.fill(side, shade_colour(identity, 0.24))
    canvas.soft(np.array([0.0, chin + 4.0]), (64.0, 30.0), shade_colour(identity, 0.8), 0.7)
    for part, sign in SIDES:
        tight = face.at("AU21", part)
        if tight > 0.02:
            _draw_neck_cords(canvas, identity, sign, tight)


def _draw_neck_cords(canvas: Canvas, identity: Identity, sign: float, tight: float) -> None:
    colour = shade_colour(identity, 0.35 + 0.6 * tight)
    for start, end in ((20.0, 16.0), (46.0, 56.0)):
        cord = np.array([[start, 188.0], [0.5 * (start + end) + 2.0, 216.0], [end, 246.0]])
        canvas.brush(cord * [sign, 1.0], 2.5 + 3.0 * tight, colour)
        light = cord * [sign, 1.0] + [sign * 5.0, 0.0]
        canvas.brush(light, 3.0, mix(identity.skin, (255, 255, 255), 0.2 * tight))
