"""The surface the face is drawn on: anti-aliased shapes at sub-pixel places."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from hrm_core.demo.curves import Points, brush_outline, open_curve

__all__ = ["SIZE_PX", "Canvas", "Colour", "Image", "mix"]

SIZE_PX = 640
"""Width and height of every demo frame."""

Colour = tuple[int, int, int]
"""Red, green, blue in 0-255."""

Image = NDArray[np.uint8]
"""uint8 array of shape (height, width, 3), RGB."""

_Share = NDArray[np.float32]
_SHIFT = 4
_ONE = 1 << _SHIFT
_FINER = 4
_SMALL_PX2 = 20_000


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """Mix two colours.

    Parameters
    ----------
    first, second : tuple of int
        RGB in 0-255.
    share : float
        0 gives `first`, 1 gives `second`; clipped to that range.

    Returns
    -------
    tuple of int
        RGB in 0-255.
    """
    part = min(max(share, 0.0), 1.0)
    red, green, blue = (round(a + (b - a) * part) for a, b in zip(first, second, strict=True))
    return red, green, blue


class Canvas:
    """An image and the pose in which face coordinates are laid onto it.

    Parameters
    ----------
    image : ndarray of uint8, shape (height, width, 3)
        RGB picture, drawn on in place.
    pose : ndarray of float, shape (2, 3)
        Affine map from face pixels (origin between the eyes' lower lids, x to the
        viewer's right, y down) to picture pixels.
    zoom : float
        Picture pixels for each pixel of a demo frame; soft spots grow with it.
    """

    def __init__(self, image: Image, pose: Points, zoom: float = 1.0) -> None:
        self.image = image
        self._zoom = zoom
        self._turn = pose[:, :2].T.copy()
        self._move = pose[:, 2]

    def place(self, points: Points) -> Points:
        """Map face pixels to picture pixels.

        Parameters
        ----------
        points : ndarray of float, shape (n, 2)
            In face pixels.

        Returns
        -------
        ndarray of float, shape (n, 2)
            In picture pixels.
        """
        return points @ self._turn + self._move

    def fill(self, outline: Points, colour: Colour) -> None:
        """Fill a polygon.

        Parameters
        ----------
        outline : ndarray of float, shape (n, 2)
            In face pixels.
        colour : tuple of int
            RGB in 0-255.
        """
        edge = self._finely(outline)
        left, top, right, bottom = self._bounds(edge)
        if (right - left) * (bottom - top) > _SMALL_PX2:
            cv2.fillPoly(self.image, [edge // _FINER], colour, cv2.LINE_AA, _SHIFT)
            return
        view = self.image[top:bottom, left:right]
        _lay_over(view, _flat(colour, view), _coverage(edge, left, top, right, bottom))

    def brush(self, points: Points, width_px: float, colour: Colour, taper: float = 1.0) -> None:
        """Draw a smooth stroke through a few points.

        Parameters
        ----------
        points : ndarray of float, shape (n, 2)
            In face pixels.
        width_px : float
            Width at the thickest place.
        colour : tuple of int
            RGB in 0-255.
        taper : float
            0 for blunt ends, 1 for ends that run out to a hair.
        """
        self.fill(brush_outline(open_curve(points), width_px, taper), colour)

    def disc(self, centre: Points, radii_px: tuple[float, float], colour: Colour) -> None:
        """Fill an ellipse.

        Parameters
        ----------
        centre : ndarray of float, shape (2,)
            In face pixels.
        radii_px : tuple of float
            Half width and half height.
        colour : tuple of int
            RGB in 0-255.
        """
        self.fill(centre + _circle() * np.array(radii_px), colour)

    def soft(self, centre: Points, radii_px: tuple[float, float], colour: Colour, strength: float) -> None:
        """Lay a soft spot of colour over what is there.

        Parameters
        ----------
        centre : ndarray of float, shape (2,)
            In face pixels.
        radii_px : tuple of float
            Half width and half height, where the spot has faded away.
        colour : tuple of int
            RGB in 0-255.
        strength : float
            Opacity in the middle, 0-1; below 0.02 nothing is drawn.
        """
        if strength < 0.02:
            return
        wide, high = (max(4, round(radius * self._zoom)) for radius in radii_px)
        spot = _spot(wide, high)
        x, y = self.place(centre[None])[0]
        left, top = round(x) - spot.shape[1] // 2, round(y) - spot.shape[0] // 2
        across = slice(max(left, 0), min(left + spot.shape[1], self.image.shape[1]))
        down = slice(max(top, 0), min(top + spot.shape[0], self.image.shape[0]))
        if across.start >= across.stop or down.start >= down.stop:
            return
        view = self.image[down, across]
        cover = spot[down.start - top : down.stop - top, across.start - left : across.stop - left]
        _lay_over(view, _flat(colour, view), cover * np.float32(strength))

    def inside(self, outline: Points, draw: Callable[[Canvas], None]) -> None:
        """Draw something but keep only what falls inside an outline.

        Parameters
        ----------
        outline : ndarray of float, shape (n, 2)
            In face pixels.
        draw : callable
            Draws on the canvas it is given; what it leaves outside `outline` is lost.
        """
        edge = self._finely(outline)
        left, top, right, bottom = self._bounds(edge)
        view = self.image[top:bottom, left:right]
        copy = Canvas(view.copy(), np.column_stack([self._turn.T, self._move - (left, top)]), self._zoom)
        draw(copy)
        _lay_over(view, copy.image, _coverage(edge, left, top, right, bottom))

    def _finely(self, outline: Points) -> NDArray[np.int32]:
        """Places on the picture in 1 / 64 pixel: what OpenCV needs for a finer mask."""
        return (self.place(outline) * (_FINER * _ONE)).astype(np.int32)

    def _bounds(self, edge: NDArray[np.int32]) -> tuple[int, int, int, int]:
        """Left, top, right and bottom of the part of the picture that holds an outline."""
        height, width = self.image.shape[:2]
        x, y, w, h = cv2.boundingRect(edge)
        left = min(max(x // (_FINER * _ONE) - 1, 0), width - 1)
        top = min(max(y // (_FINER * _ONE) - 1, 0), height - 1)
        right = max(min((x + w) // (_FINER * _ONE) + 2, width), left + 1)
        return left, top, right, max(min((y + h) // (_FINER * _ONE) + 2, height), top + 1)


def _coverage(edge: NDArray[np.int32], left: int, top: int, right: int, bottom: int) -> _Share:
    # OpenCV's own anti-aliasing leaves bumps where short edges meet; a mask drawn
    # larger and averaged down does not.
    width, height = right - left, bottom - top
    large = np.zeros((height * _FINER, width * _FINER), np.uint8)
    # Half a pixel of the mask back: OpenCV puts a pixel's middle at whole numbers.
    corner = np.array([left, top]) * (_FINER * _ONE) + _ONE // 2
    cv2.fillPoly(large, [(edge - corner).astype(np.int32)], (255,), cv2.LINE_8, _SHIFT)
    small = cv2.resize(large, (width, height), interpolation=cv2.INTER_AREA)
    share: _Share = small * np.float32(1 / 255)
    return share


def _lay_over(view: Image, over: Image, share: _Share) -> None:
    view[:] = cv2.blendLinear(view, over, np.float32(1.0) - share, share)


def _flat(colour: Colour, like: Image) -> Image:
    flat = np.empty_like(like)
    # Much faster than NumPy's broadcast of three numbers.
    cv2.rectangle(flat, (0, 0), (flat.shape[1], flat.shape[0]), colour, cv2.FILLED)
    return flat


@lru_cache(maxsize=1)
def _circle() -> Points:
    angle = np.linspace(0.0, 2.0 * np.pi, 40, endpoint=False)
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


@lru_cache(maxsize=512)
def _spot(half_width: int, half_height: int) -> NDArray[np.float32]:
    x = np.linspace(-1.0, 1.0, 2 * half_width + 1)
    y = np.linspace(-1.0, 1.0, 2 * half_height + 1)[:, None]
    inside = np.clip(1.0 - (x * x + y * y), 0.0, 1.0)
    return (inside * inside * (3.0 - 2.0 * inside)).astype(np.float32)
