"""Shape of the lips for an expression: four curves from corner to corner."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hrm_core.demo.curves import Points, smoothstep
from hrm_core.demo.expression import Expression, Part
from hrm_core.demo.head import Jaw, jaw_of
from hrm_core.demo.identity import Identity

__all__ = ["MOUTH_Y", "MouthShape", "mouth_shape"]

MOUTH_Y = 112.0
"""Height of the line between closed lips at rest, in face pixels."""

_Row = NDArray[np.float64]
_HALF_WIDTH = 49.0
# Dense at the corners, where lips bend most; u = 1 is the child's left corner.
_U: _Row = np.sin(np.linspace(-0.5 * np.pi, 0.5 * np.pi, 33))
_OFF: _Row = np.abs(_U)
_ROUND: _Row = np.clip(1.0 - _U**2, 0.0, 1.0)
_LEFT: _Row = smoothstep((_U + 0.25) / 0.5)


@dataclass(frozen=True, slots=True)
class MouthShape:
    """Outlines of the lips.

    Attributes
    ----------
    upper_outer, upper_inner, lower_inner, lower_outer : ndarray of float, shape (33, 2)
        From the viewer's left corner to the right one, in face pixels.
    gap_px : float
        Widest opening between the lips.
    """

    upper_outer: Points
    upper_inner: Points
    lower_inner: Points
    lower_outer: Points
    gap_px: float

    def corner(self, sign: float) -> Points:
        """Mouth corner on one side: sign 1 is the child's left, -1 the right."""
        corner: Points = self.upper_inner[-1 if sign > 0 else 0]
        return corner


def mouth_shape(identity: Identity, face: Expression) -> MouthShape:
    """Shape the lips.

    Parameters
    ----------
    identity : Identity
        Whose lips.
    face : Expression
        What the face does.

    Returns
    -------
    MouthShape
        In face pixels.
    """
    jaw = jaw_of(face)
    middle = _middle(face, jaw)
    gap_up, gap_low = _gaps(face, jaw)
    thick_up, thick_low = _thickness(identity, face)
    lift, drop = _side(face, "AU10"), _side(face, "AU16")
    square = np.clip(1.0 - (_OFF / 0.93) ** 4, 0.0, 1.0)
    tent = square * (0.72 + 0.28 * np.exp(-(((_OFF - 0.45) / 0.22) ** 2)))
    upper_in = middle - gap_up
    upper_out = upper_in - thick_up - 8.0 * lift * tent
    lower_in = middle + gap_low
    lower_out = lower_in + thick_low + 9.0 * drop * square
    # The lines meet in the corners whatever the lips do.
    upper_out, lower_out = np.minimum(upper_out, upper_in), np.maximum(lower_out, lower_in)
    x = _across(face)
    x_low = x + jaw.aside_px * (0.35 + 0.45 * np.sqrt(_ROUND))
    x_up = x + 0.35 * jaw.aside_px
    rows = (x_up, upper_out), (x_up, upper_in), (x_low, lower_in), (x_low, lower_out)
    curves = [np.stack(row, axis=1) for row in rows]
    # Both inner lines must end in one point, or the corners gape.
    for end in (0, -1):
        curves[2][end] = curves[3][end] = curves[0][end] = curves[1][end]
    return MouthShape(curves[0], curves[1], curves[2], curves[3], float((lower_in - upper_in).max()))


def _side(face: Expression, key: str) -> _Row:
    return _LEFT * face.at(key, Part.LEFT) + (1.0 - _LEFT) * face.at(key, Part.RIGHT)


def _hard_side(face: Expression, key: str) -> _Row:
    # For pulls that vanish in the middle: no blending needed there.
    return np.where(_U > 0.0, face.at(key, Part.LEFT), face.at(key, Part.RIGHT))


def _narrowing(face: Expression) -> float:
    share = 1.0
    for key, most in (("AU18", 0.46), ("AU22", 0.24), ("AU23", 0.08), ("AU24", 0.10)):
        upper, lower = face.at(key, Part.UPPER), face.at(key, Part.LOWER)
        share *= 1.0 - most * (0.7 * max(upper, lower) + 0.3 * min(upper, lower))
    share *= 1.0 - 0.42 * face.most("AD33")
    share *= 1.0 - 0.22 * face.most("AD35")
    return share * (1.0 - 0.10 * face.most("AU2X"))


def _across(face: Expression) -> _Row:
    reach = _HALF_WIDTH * _narrowing(face) + sum(
        most * _hard_side(face, key)
        for key, most in (("AU12", 21.0), ("AU13", 3.0), ("AU14", 5.0), ("AU15", 3.0), ("AU20", 25.0))
    )
    return np.asarray(_U * reach)


def _middle(face: Expression, jaw: Jaw) -> _Row:
    parted = _parted(face)
    line = MOUTH_Y + 1.8 * np.exp(-((_U / 0.28) ** 2)) - 2.2 * _OFF**2
    line += jaw.down_px * (0.40 - 0.22 * parted * _ROUND)
    line += _hard_side(face, "AU12") * (-25.0 * _OFF**1.8 + 3.0 * _ROUND)
    line += _hard_side(face, "AU13") * (-25.0 * _OFF**6)
    line += _hard_side(face, "AU15") * (21.0 * _OFF**2.4 - 1.0 * _ROUND)
    line += _hard_side(face, "AU14") * (-3.0 * _OFF**3)
    line += _hard_side(face, "AU20") * 4.0 * _OFF**2
    line += face.most("AU17") * (-8.0 * _ROUND + 4.0 * _OFF**2)
    line += -7.0 * _side(face, "AU10") * _ROUND * (1.0 - 0.5 * parted)
    line += 7.0 * _side(face, "AU16") * _ROUND * (1.0 - parted)
    line += -3.0 * face.most("AU9") * _ROUND - 3.5 * face.most("AD29") * _ROUND
    return line


def _parted(face: Expression) -> float:
    # Actions that cannot be done with closed lips part them by themselves.
    forced = max(
        face.most("AD19"), face.most("AD37"), face.most("AU8"), face.most("AD33"),
        min(face.at("AU22", Part.UPPER), face.at("AU22", Part.LOWER)), face.most("AD32"),
    )  # fmt: skip
    return max(face.most("AU25"), 0.6 * forced)


def _gaps(face: Expression, jaw: Jaw) -> tuple[_Row, _Row]:
    opened = face.most("AU25")
    toward = 1.0 - 0.45 * face.most("AU8")
    up = 4.5 * opened + 1.5 * face.most("AU8") + 5.0 * face.most("AD33")
    low = (9.0 + 0.78 * jaw.down_px) * opened * toward
    low += 5.0 * face.most("AD33") + 4.0 * (face.most("AU8") + face.most("AD19")) * (1.0 - opened)
    funnel_up, funnel_low = face.at("AU22", Part.UPPER), face.at("AU22", Part.LOWER)
    up += 7.0 * min(funnel_up, funnel_low)
    low += 8.0 * min(funnel_up, funnel_low)
    shape = _ROUND ** (0.62 + 0.2 * face.most("AU12"))
    show_up = 6.0 * _side(face, "AU10") * opened
    show_low = 11.0 * _side(face, "AU16") * opened
    return (up + show_up) * shape, (low + show_low) * shape


_THINNER = {
    # Share of the red part that goes at full strength.
    "AU23": 0.66, "AU24": 0.45, "AU28": 1.0, "AD32": 0.55, "AU8": 0.40,
}  # fmt: skip
_THICKER = {"AU18": 0.60, "AU22": 1.0, "AD37": 0.0}
_STRETCHED = {"AU12": 0.26, "AU20": 0.38, "AU13": 0.12, "AU14": 0.14}


def _thickness(identity: Identity, face: Expression) -> tuple[_Row, _Row]:
    bow = 1.0 - 0.22 * np.exp(-((_U / 0.15) ** 2))
    up = 9.0 * identity.lip_scale * _ROUND**0.85 * bow
    low = 12.5 * identity.lip_scale * _ROUND**0.72
    stretch = np.ones_like(_U)
    for key, most in _STRETCHED.items():
        stretch *= 1.0 - most * _side(face, key)
    up *= stretch * _red_share(face, Part.UPPER) * (1.0 - 0.25 * face.most("AD29"))
    low *= stretch * _red_share(face, Part.LOWER)
    low *= 1.0 + 0.30 * face.most("AD29") + 0.26 * face.most("AU17")
    low *= 1.0 + 0.15 * _side(face, "AU16")
    return up, low


def _red_share(face: Expression, part: Part) -> float:
    share = 1.0 - 0.12 * face.most("AU2X")
    for key, most in _THINNER.items():
        share *= 1.0 - most * face.at(key, part)
    for key, most in _THICKER.items():
        share *= 1.0 + most * face.at(key, part)
    return share
