"""Draw what is known of faces on pictures, for people to look at."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hrm_core.records.face import FrameFaces

__all__ = ["contact_sheet", "draw_faces", "withheld"]

_CHILD, _OTHER, _BAND, _INK, _PAPER = (255, 210, 0), (120, 190, 255), (134, 150, 134), (235,) * 3, (40,) * 3
_GAP, _TITLE = 6, 22


def draw_faces(
    rgb: NDArray[np.uint8], entry: FrameFaces, bands: Sequence[NDArray[np.float64]] = ()
) -> NDArray[np.uint8]:
    """A copy of a frame with its faces drawn over it.

    The child's box is thick and bears the word *child*, the others are thin: they
    differ not by colour alone.

    Parameters
    ----------
    rgb : ndarray of uint8, shape (height, width, 3)
        The frame.
    entry : FrameFaces
        Its faces.
    bands : sequence of ndarray of float64, shape (4, 2)
        Outlines of the masks over the eyes.

    Returns
    -------
    ndarray of uint8, shape (height, width, 3)
        RGB.
    """
    import cv2

    drawn = rgb.copy()
    unit = max(1, round(max(rgb.shape[:2]) / 640))
    for place, face in enumerate(entry.faces):
        is_child = place == entry.target
        colour, thick = (_CHILD, 3 * unit) if is_child else (_OTHER, unit)
        left, top, right, bottom = (int(value) for value in np.round(face.box))
        cv2.rectangle(drawn, (left, top), (right, bottom), colour, thick)
        words = f"{place} child {face.score:.2f}" if is_child else f"{place} {face.score:.2f}"
        cv2.putText(
            drawn, words, (left, max(12, top - 4)), cv2.FONT_HERSHEY_SIMPLEX, 0.5 * unit, colour, unit
        )
        for x, y in np.empty((0, 2)) if face.five is None else face.five:
            cv2.circle(drawn, (round(x), round(y)), 2 * unit, colour, -1)
    for band in bands:
        cv2.polylines(drawn, [np.round(band).astype(np.int32)], True, _BAND, unit)
    return drawn


def withheld(size: tuple[int, int], why: str) -> NDArray[np.uint8]:
    """A grey picture in place of one whose eyes cannot be covered.

    Parameters
    ----------
    size : (int, int)
        Width and height in pixels.
    why : str
        Why it is withheld.
    """
    import cv2

    picture = np.full((size[1], size[0], 3), 90, dtype=np.uint8)
    scale = size[0] / 640
    for line, words in enumerate(("withheld:", *_folded(why, 44))):
        place = (round(12 * scale), round(size[1] * 0.4 + 34 * scale * line))
        cv2.putText(picture, words, place, cv2.FONT_HERSHEY_SIMPLEX, 0.75 * scale, _INK, max(1, round(scale)))
    return picture


def _folded(text: str, width: int) -> list[str]:
    lines = [""]
    for word in text.split():
        if len(lines[-1]) + len(word) >= width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def contact_sheet(
    pictures: Sequence[tuple[str, NDArray[np.uint8]]], *, columns: int = 5, width: int = 320
) -> NDArray[np.uint8]:
    """Pictures side by side, each under its title.

    Parameters
    ----------
    pictures : sequence of (str, ndarray of uint8, shape (height, width, 3))
        Titles and pictures; all are made as wide as `width`.
    columns : int
        How many in a row.
    width : int
        Width of each in pixels.

    Returns
    -------
    ndarray of uint8, shape (height, width, 3)
        RGB.
    """
    import cv2

    tiles = []
    for title, rgb in pictures:
        height = max(1, round(rgb.shape[0] * width / rgb.shape[1]))
        tile = np.full((height + _TITLE, width, 3), _PAPER, dtype=np.uint8)
        tile[_TITLE:] = cv2.resize(rgb, (width, height), interpolation=cv2.INTER_AREA)
        cv2.putText(tile, title, (4, _TITLE - 7), cv2.FONT_HERSHEY_SIMPLEX, 0.45, _INK, 1, cv2.LINE_AA)
        tiles.append(tile)
    rows = [tiles[place : place + columns] for place in range(0, len(tiles), columns)]
    high = [max(tile.shape[0] for tile in row) for row in rows]
    wide = min(columns, max(len(tiles), 1)) * (width + _GAP) + _GAP
    sheet = np.full((sum(high) + _GAP * (len(rows) + 1), wide, 3), _PAPER, dtype=np.uint8)
    top = _GAP
    for row, tallest in zip(rows, high, strict=True):
        for place, tile in enumerate(row):
            left = _GAP + place * (width + _GAP)
            sheet[top : top + tile.shape[0], left : left + width] = tile
        top += tallest + _GAP
    return sheet
