"""Contrast of colours as the Web Content Accessibility Guidelines 2 measure it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor

__all__ = ["contrast", "grey", "luminance"]

_WEIGHTS = np.array([0.2126, 0.7152, 0.0722])


def luminance(colour: QColor | str | NDArray[np.uint8]) -> float:
    """Relative luminance, 0-1, of a colour or of an RGB triple of 0-255."""
    rgb = np.asarray(QColor(colour).getRgb()[:3]) if isinstance(colour, QColor | str) else np.asarray(colour)
    parts = rgb / 255
    return float(_WEIGHTS @ np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4))


def contrast(one: QColor | str | NDArray[np.uint8], other: QColor | str | NDArray[np.uint8]) -> float:
    """Contrast ratio, 1-21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def grey(picture: NDArray[np.uint8]) -> NDArray[np.float64]:
    """A picture without its colours: luma, 0-255, of RGB uint8 [height, width, 3]."""
    return np.asarray(picture @ np.array([0.299, 0.587, 0.114]))
