"""How an invented child looks: drawn from a seed, never from a photograph."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hrm_core.demo.canvas import SIZE_PX, Colour
from hrm_core.demo.curves import Points

__all__ = ["HAIR_STYLES", "Identity", "Sway", "draw_identities"]

HAIR_STYLES = ("short", "bob", "curly", "pigtails", "parted", "long")
"""Hair styles that :mod:`hrm_core.demo.hair` can draw."""

_SKINS: tuple[Colour, ...] = (
    (250, 217, 190), (233, 190, 152), (203, 149, 107),
    (244, 205, 178), (168, 114, 80), (222, 174, 132),
)  # fmt: skip
_HAIR: tuple[Colour, ...] = (
    (92, 58, 38), (48, 36, 34), (204, 150, 84),
    (150, 76, 42), (38, 30, 32), (122, 84, 56),
)  # fmt: skip
_IRISES: tuple[Colour, ...] = (
    (96, 140, 176), (92, 62, 40), (104, 134, 84), (122, 84, 48), (74, 50, 36), (110, 122, 138),
)  # fmt: skip
_SHIRTS: tuple[Colour, ...] = (
    (226, 122, 96), (98, 148, 186), (240, 190, 88), (122, 168, 128), (166, 128, 182), (90, 170, 170),
)  # fmt: skip
_WALLS: tuple[Colour, ...] = (
    (222, 232, 236), (238, 230, 216), (226, 234, 220), (236, 226, 232), (226, 228, 240), (240, 236, 222),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sway:
    """How a head moves while its owner sits still.

    Attributes
    ----------
    amplitude_px, amplitude_deg : float
        Largest shift and roll.
    frequency_hz : float
        Slow rhythm of the shift.
    phases : tuple of float
        Phases of horizontal shift, vertical shift and roll, in radians.
    """

    amplitude_px: float = 0.0
    amplitude_deg: float = 0.0
    frequency_hz: float = 0.2
    phases: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def pose(self, seconds: float) -> Points:
        """Where the head is at one moment.

        Parameters
        ----------
        seconds : float
            Time since the start of the video.

        Returns
        -------
        ndarray of float, shape (2, 3)
            Affine map from face pixels to picture pixels.
        """
        turn = 2.0 * np.pi * self.frequency_hz * seconds
        x = self.amplitude_px * np.sin(turn + self.phases[0])
        y = 0.6 * self.amplitude_px * np.sin(1.37 * turn + self.phases[1])
        roll = np.radians(self.amplitude_deg) * np.sin(0.71 * turn + self.phases[2])
        cos, sin = np.cos(roll), np.sin(roll)
        return np.array([[cos, -sin, SIZE_PX / 2 + x], [sin, cos, SIZE_PX / 2 + 6 + y]])


@dataclass(frozen=True, slots=True)
class Identity:
    """The look of one invented child.

    Attributes
    ----------
    skin, hair, iris, lips, shirt, wall : tuple of int
        Colours, RGB in 0-255.
    hair_style : str
        One of :data:`HAIR_STYLES`.
    freckled : bool
        Whether freckles are drawn across the nose.
    face_width, face_height : float
        Scale of the head, about 1.
    eye_scale, brow_px, lip_scale, nose_scale : float
        Scale of the eyes, thickness of the brows in pixels, scale of lips and nose.
    sway : Sway
        Head movement.
    """

    skin: Colour
    hair: Colour
    iris: Colour
    lips: Colour
    shirt: Colour
    wall: Colour
    hair_style: str
    freckled: bool = False
    face_width: float = 1.0
    face_height: float = 1.0
    eye_scale: float = 1.0
    brow_px: float = 11.0
    lip_scale: float = 1.0
    nose_scale: float = 1.0
    sway: Sway = Sway()


def draw_identities(seed: int, sexes: tuple[str, ...]) -> tuple[Identity, ...]:
    """Invent the looks of a study's children.

    Parameters
    ----------
    seed : int
        Same seed, same children.
    sexes : tuple of {"F", "M"}
        One per child, at most six: no two children share a colour or a hair style.

    Returns
    -------
    tuple of Identity
        In the order of `sexes`.

    Raises
    ------
    ValueError
        For more than six children.
    """
    if len(sexes) > len(_SKINS):
        raise ValueError(f"at most {len(_SKINS)} children can be told apart, not {len(sexes)}")
    rng = np.random.default_rng([seed, 1])
    places = [rng.permutation(len(_SKINS)) for _ in range(4)]
    styles = _share_styles(rng, sexes)
    return tuple(
        _draw_identity(rng, styles[child], tuple(int(order[child]) for order in places))
        for child in range(len(sexes))
    )


def _share_styles(rng: np.random.Generator, sexes: tuple[str, ...]) -> list[str]:
    free = {"M": ["short", "curly", "parted"], "F": ["pigtails", "bob", "long"]}
    for styles in free.values():
        rng.shuffle(styles)
    # A seventh boy or girl of one sex borrows from the other list: no style twice.
    return [(free[sex] or free["F" if sex == "M" else "M"]).pop() for sex in sexes]


def _draw_identity(rng: np.random.Generator, style: str, places: tuple[int, ...]) -> Identity:
    look, iris, shirt, wall = places
    skin = _SKINS[look]
    return Identity(
        skin=skin,
        hair=_HAIR[look],
        iris=_IRISES[iris] if sum(skin) > 480 else (78, 50, 34),
        lips=_lip_colour(skin),
        shirt=_SHIRTS[shirt],
        wall=_WALLS[wall],
        hair_style=style,
        freckled=bool(sum(skin) > 560 and rng.random() < 0.7),
        face_width=float(rng.uniform(0.95, 1.04)),
        face_height=float(rng.uniform(0.97, 1.02)),
        eye_scale=float(rng.uniform(0.95, 1.06)),
        brow_px=float(rng.uniform(9.5, 13.0)),
        lip_scale=float(rng.uniform(0.92, 1.12)),
        nose_scale=float(rng.uniform(0.9, 1.08)),
        sway=_draw_sway(rng),
    )


def _lip_colour(skin: Colour) -> Colour:
    red, green, blue = skin
    return int(red * 0.87), int(green * 0.62), int(blue * 0.64)


def _draw_sway(rng: np.random.Generator) -> Sway:
    x, y, roll = rng.uniform(0.0, 2.0 * np.pi, 3)
    return Sway(
        amplitude_px=float(rng.uniform(4.0, 8.0)),
        amplitude_deg=float(rng.uniform(1.0, 2.2)),
        frequency_hz=float(rng.uniform(0.12, 0.3)),
        phases=(float(x), float(y), float(roll)),
    )
