"""What of a face is darker or brighter than in the neutral face, whatever the light does.

With Y the brightness of a pixel (0-255, ITU-R BT.601), blurred by a Gaussian of 1/320 of the width
of the picture, and q = ln(Y + 16), the difference is::

    d = 100 * (exp(q_now - q_neutral - (a + b*x + c*y)) - 1)      percent

The plane a + b*x + c*y is the change of light: brightness and its slope over the face.  It is fitted
to q_now - q_neutral where both pictures are known, around the middle of the face, by repeated
weighted least squares with Tukey's biweight (c = 4.685, scale = median absolute deviation / 0.6745).
Furrows, lips and teeth are outliers of it and do not change it.  The 16 keeps the noise of dark
pixels from growing without limit.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hrm_core.faces.laid import LaidPicture

__all__ = [
    "BEYOND",
    "COVERED",
    "comparable",
    "difference_colours",
    "difference_picture",
    "light_of",
    "relative_difference",
]

COVERED = (134, 150, 134)
"""RGB of what is covered in one of the pictures; that of masks over eyes."""

BEYOND = (38, 40, 43)
"""RGB of what lies beyond the edges of one of the pictures; the grey that pictures are shown on."""

_BLUR = 1 / 320
_DARKEST = 16.0
# Where the light is fitted, in parts of width and height: the face without hair and background.
_FACE = (0.28, 0.22, 0.72, 0.82)
_GRID = 64
_ROUNDS = 12
_BIWEIGHT = 4.685
# Fewer places than this say nothing of the light.
_FEWEST = 24

# Dark blue to light orange: told apart by people with any sight of colours, and by their lightness alone.
_DARKER = ((8, 48, 120), (70, 120, 190))
_BRIGHTER = ((232, 150, 40), (255, 222, 140))
_ABSOLUTE = ((150, 70, 10), (255, 236, 150))


def light_of(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Logarithm of the blurred brightness, q of the formula above.

    Parameters
    ----------
    rgb : ndarray of uint8, shape (height, width, 3)
        A face that fills the picture.

    Returns
    -------
    ndarray of float32, shape (height, width)
        Natural logarithm.
    """
    import cv2

    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32)
    blurred = cv2.GaussianBlur(grey, (0, 0), max(0.5, rgb.shape[1] * _BLUR))
    return np.asarray(cv2.log(blurred + np.float32(_DARKEST)), dtype=np.float32)


def comparable(now: LaidPicture, neutral: LaidPicture) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Where both pictures show something, and where eyes are covered in one of them.

    Parameters
    ----------
    now, neutral : LaidPicture
        Of one size.

    Returns
    -------
    tuple of ndarray of bool, shape (height, width)
        Where they can be compared, and what is covered, both as far as blurring reaches.
    """
    import cv2

    inside = (now.inside & neutral.inside).astype(np.uint8)
    hidden = (now.covered | neutral.covered).astype(np.uint8)
    reach = 2 * round(3 * max(0.5, inside.shape[1] * _BLUR)) + 1
    around = np.ones((reach, reach), dtype=np.uint8)
    inside = np.asarray(cv2.erode(inside, around, borderType=cv2.BORDER_REPLICATE), dtype=np.uint8)
    covered = np.asarray(cv2.dilate(hidden, around), dtype=np.uint8).astype(bool)
    return inside.astype(bool) & ~covered, covered


def relative_difference(
    now: ArrayLike, neutral: ArrayLike, known: NDArray[np.bool_] | None = None
) -> NDArray[np.float32]:
    """How much brighter each place is than in the neutral face, without what the light does.

    Parameters
    ----------
    now, neutral : array_like of float, shape (height, width)
        From :func:`light_of`, the faces laid on each other.
    known : ndarray of bool, shape (height, width), optional
        Where both pictures show something; everywhere if left out.

    Returns
    -------
    ndarray of float32, shape (height, width)
        In percent: 100 is twice as bright, -50 half as bright; 0 where nothing is known.
    """
    import cv2

    change = np.asarray(now, dtype=np.float32) - np.asarray(neutral, dtype=np.float32)
    height, width = change.shape
    known = np.ones(change.shape, dtype=bool) if known is None else known
    a, b, c = _light(change, known)
    plane = np.arange(width, dtype=np.float32) * np.float32(b / width) + np.float32(a)
    change -= plane[np.newaxis, :]
    change -= (np.arange(height, dtype=np.float32) * np.float32(c / height))[:, np.newaxis]
    percent = 100 * (np.asarray(cv2.exp(change), dtype=np.float32) - 1)
    percent[~known] = 0
    return percent


def _light(change: NDArray[np.float32], known: NDArray[np.bool_]) -> tuple[float, float, float]:
    """Level and slopes of the change of light, with x and y from 0 to 1."""
    height, width = change.shape
    left, top, right, bottom = _FACE
    rows = np.unique(np.linspace(top * height, bottom * height - 1, _GRID).astype(int))
    columns = np.unique(np.linspace(left * width, right * width - 1, _GRID).astype(int))
    at = np.ix_(rows, columns)
    seen = known[at].ravel()
    if seen.sum() < _FEWEST:
        return 0.0, 0.0, 0.0
    y, x = (part.ravel()[seen] for part in np.meshgrid(rows / height, columns / width, indexing="ij"))
    values = change[at].ravel()[seen].astype(np.float64)
    terms = np.column_stack([np.ones_like(x), x, y])
    found = np.array([float(np.median(values)), 0.0, 0.0])
    for _ in range(_ROUNDS):
        apart = values - terms @ found
        scale = max(float(np.median(np.abs(apart))) / 0.6745, 1e-4)
        weights = np.clip(1 - (apart / (_BIWEIGHT * scale)) ** 2, 0, None) ** 2
        better = np.linalg.lstsq((terms.T * weights) @ terms, (terms.T * weights) @ values, rcond=None)[0]
        if np.abs(better - found).max() < 1e-5:
            break
        found = better
    return float(found[0]), float(found[1]), float(found[2])


def difference_colours(*, signed: bool) -> NDArray[np.uint8]:
    """Colours of the scale.

    Parameters
    ----------
    signed : bool
        Whether darker and brighter are told apart.

    Returns
    -------
    ndarray of uint8, shape (256, 3)
        RGB; signed from much darker by none to much brighter, else from none to much.  The middle
        of the signed one, and the beginning of the other, is the grey on which faces are drawn.
    """
    none = 128 if signed else 40
    if signed:
        stops = np.array([0, 0.3, 0.5, 0.7, 1])
        colours = np.array([_DARKER[0], _DARKER[1], (none,) * 3, _BRIGHTER[0], _BRIGHTER[1]])
    else:
        stops = np.array([0, 0.4, 1])
        colours = np.array([(none,) * 3, _ABSOLUTE[0], _ABSOLUTE[1]])
    steps = np.linspace(0, 1, 256)
    return np.column_stack([np.interp(steps, stops, colours[:, part]) for part in range(3)]).astype(np.uint8)


def difference_picture(
    percent: NDArray[np.float32],
    rgb: NDArray[np.uint8],
    where: tuple[NDArray[np.bool_], NDArray[np.bool_]],
    *,
    signed: bool,
    full: float,
) -> NDArray[np.uint8]:
    """The difference in colours over a faint grey picture of the face.

    Parameters
    ----------
    percent : ndarray of float32, shape (height, width)
        From :func:`relative_difference`.
    rgb : ndarray of uint8, shape (height, width, 3)
        The face under it.
    where : tuple of ndarray of bool, shape (height, width)
        From :func:`comparable`; the rest is painted in :data:`COVERED` or :data:`BEYOND`.
    signed : bool
        Whether darker and brighter are told apart.
    full : float
        Percent at which a colour is fullest, above 0.

    Returns
    -------
    ndarray of uint8, shape (height, width, 3)
        RGB.
    """
    import cv2

    part = percent * np.float32(1 / full)
    np.clip(part, -1, 1, out=part)
    strength = np.abs(part)
    place = (part * 127.5 + 127.5) if signed else strength * 255
    scale = np.ascontiguousarray(difference_colours(signed=signed)[:, np.newaxis, :])
    colours = cv2.applyColorMap(place.astype(np.uint8), scale)
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    low, high = (88, 168) if signed else (20, 76)
    faint = cv2.LUT(grey, np.linspace(low, high, 256).astype(np.uint8))
    # Small differences let the face shine through, large ones do not.
    share = np.sqrt(strength)
    blended = cv2.blendLinear(colours, cv2.merge([faint, faint, faint]), share, 1 - share)
    picture = np.asarray(blended, dtype=np.uint8)
    known, covered = where
    picture[~known] = BEYOND
    picture[covered] = COVERED
    return picture
