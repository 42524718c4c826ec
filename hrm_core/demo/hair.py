"""Hair behind and in front of the head; never over the brows."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from hrm_core.demo.canvas import Canvas, Colour, mix
from hrm_core.demo.curves import Points, closed_curve
from hrm_core.demo.identity import Identity

__all__ = ["draw_back_hair", "draw_front_hair"]

# Points of an outline as "x,y" in face pixels; halves are mirrored to the other side.
_BACK = {
    "short": "96,-210 166,-122 180,-50 158,6",
    "parted": "98,-212 172,-124 182,-50 160,10",
    "bob": "112,-212 190,-120 208,0 204,96 172,150 120,140",
    "long": "110,-212 184,-120 200,10 206,130 200,240 140,262",
    "pigtails": "98,-212 168,-130 182,-40 168,10",
    "curly": "96,-206 168,-128 186,-40 176,20",
}
_CAP = "96,-208 158,-136 174,-40"
_FRINGES = {
    # Lower edge of the front hair from the viewer's right temple to the left one.
    "short": "163,-44 146,-92 112,-118 64,-130 6,-118 -44,-126 -96,-112 -142,-84 -163,-40",
    "parted": "166,-30 154,-84 132,-122 96,-146 58,-160 10,-128 -66,-112 -132,-88 -166,-26",
    "bob": "174,30 156,-70 138,-104 92,-110 40,-106 -12,-107 -62,-106 -110,-108 -140,-100 -156,-66 -174,30",
    "long": "176,46 152,-60 126,-112 74,-146 0,-172 -74,-146 -126,-112 -152,-60 -176,46",
    "pigtails": "166,-40 148,-92 108,-116 62,-108 16,-118 -30,-108 -78,-114 -116,-108 -148,-90 -166,-40",
    "curly": "164,-46 142,-100 90,-126 30,-132 -30,-132 -90,-126 -142,-100 -164,-46",
}


def draw_back_hair(canvas: Canvas, identity: Identity) -> None:
    """Draw what hangs behind the head.

    Parameters
    ----------
    canvas : Canvas
        Where to draw.
    identity : Identity
        Whose hair.
    """
    shade = mix(identity.hair, (0, 0, 0), 0.22)
    half = _points(_BACK[identity.hair_style])
    outline = np.concatenate([[[0.0, -232.0]], half, (half * [-1.0, 1.0])[::-1]])
    canvas.fill(closed_curve(outline), shade)
    if identity.hair_style == "pigtails":
        _draw_pigtails(canvas, identity.hair)


def draw_front_hair(canvas: Canvas, identity: Identity) -> None:
    """Draw crown and fringe, with a soft shine.

    Parameters
    ----------
    canvas : Canvas
        Where to draw.
    identity : Identity
        Whose hair.
    """
    cap = _points(_CAP)
    crown = np.concatenate([(cap * [-1.0, 1.0])[::-1], [[0.0, -236.0]], cap])
    fringe = _points(_FRINGES[identity.hair_style])
    outline = closed_curve(np.concatenate([crown, fringe]))
    canvas.fill(outline + [0.0, 5.0], mix(identity.skin, (90, 40, 30), 0.28))
    canvas.fill(outline, identity.hair)
    if identity.hair_style == "curly":
        _draw_curls(canvas, identity.hair)
    shine = mix(identity.hair, (255, 236, 210), 0.5)
    canvas.soft(np.array([-50.0, -178.0]), (80.0, 30.0), shine, 0.42)
    _draw_strands(canvas, identity)


def _draw_strands(canvas: Canvas, identity: Identity) -> None:
    colour = mix(identity.hair, (0, 0, 0), 0.18)
    for strand in _STRANDS.get(identity.hair_style, "").split("|"):
        if strand:
            canvas.brush(_points(strand), 3.0, colour)


@lru_cache(maxsize=64)
def _points(text: str) -> Points:
    points = np.array([[float(number) for number in pair.split(",")] for pair in text.split()])
    points.setflags(write=False)
    return points


_STRANDS = {
    "short": "40,-196 24,-160 8,-126 | 86,-180 80,-150 66,-134 | -30,-186 -44,-156 -48,-132",
    "parted": "58,-162 20,-176 -40,-160 -104,-116 | 60,-172 110,-166 146,-110",
    "bob": "30,-196 40,-150 40,-110 | -30,-196 -46,-150 -52,-110 | 104,-178 128,-140 136,-108",
    "long": "0,-206 0,-190 0,-174 | 30,-196 96,-166 146,-90 | -30,-196 -96,-166 -146,-90",
    "pigtails": "0,-208 4,-160 14,-122 | 60,-192 76,-150 66,-112 | -60,-192 -78,-150 -76,-118",
}


def _draw_pigtails(canvas: Canvas, colour: Colour) -> None:
    tail = np.array([[176, -70], [222, -78], [246, -20], [238, 60], [214, 100], [200, 50], [190, 0]])
    for sign in (1.0, -1.0):
        canvas.fill(closed_curve(tail * [sign, 1.0]), colour)
        inner = np.array([[206.0, -56.0], [224.0, 0.0], [216.0, 70.0]]) * [sign, 1.0]
        canvas.brush(inner, 4.0, mix(colour, (0, 0, 0), 0.18))
        canvas.disc(np.array([sign * 180.0, -62.0]), (13.0, 13.0), (232, 112, 128))


def _draw_curls(canvas: Canvas, colour: Colour) -> None:
    for place, (x, y, radius) in enumerate(_CURLS):
        tone = mix(colour, (255, 220, 190), 0.05 * (place % 3))
        canvas.disc(np.array([x, y]), (radius, radius), tone)


def _curl_places() -> tuple[tuple[float, float, float], ...]:
    rim = [(178 * np.cos(a), -64 - 150 * np.sin(a), 32.0) for a in np.linspace(-0.2, np.pi + 0.2, 13)]
    front = [(x, -134.0 - 26 * (1 - (x / 130) ** 2) + 4 * (i % 2), 24.0)
             for i, x in enumerate(np.linspace(-126, 126, 8))]  # fmt: skip
    return tuple((float(x), float(y), radius) for x, y, radius in (*rim, *front))


_CURLS = _curl_places()
