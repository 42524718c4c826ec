"""A sheet on which every action and every side of it can be seen at a glance."""

from __future__ import annotations

import cv2
import numpy as np

from hrm_core.demo.canvas import Image
from hrm_core.demo.expression import Expression
from hrm_core.demo.face import draw_face
from hrm_core.demo.identity import Identity, draw_identities
from hrm_core.demo.study import SEXES
from hrm_core.facs import ALL_ACTIONS, Code

__all__ = ["draw_contact_sheet"]

_COLUMNS = 10
_TILE_W, _TILE_H, _LABEL_H, _GAP = 224, 248, 46, 14
_CROP = (slice(64, 624), slice(67, 573))
_PAPER = (250, 249, 246)
_INK = (38, 42, 50)
_GREY = (104, 110, 120)

_TITLE = "Synthetic faces of the demo study: every action and every side"
_NOTE = "Drawn, not photographed. Left and right are the child's: its left is on the right of each picture."


def draw_contact_sheet(seed: int = 0) -> Image:
    """Draw the children at rest, then every single action on every side it allows.

    Parameters
    ----------
    seed : int
        Seed of the children's looks, as in :func:`~hrm_core.demo.study.plan_study`.

    Returns
    -------
    ndarray of uint8, shape (height, 2394, 3)
        RGB picture on a light background.
    """
    children = draw_identities(seed, SEXES)
    tiles = [(f"Child {place}", "at rest", child, Expression.neutral())
             for place, child in enumerate(children, start=1)]  # fmt: skip
    rows = -(-len(_action_tiles(children[2])) // _COLUMNS)
    cell = _TILE_H + _LABEL_H + _GAP
    sheet: Image = np.full(
        (110 + (rows + 1) * cell + 20, _COLUMNS * (_TILE_W + _GAP) + _GAP, 3), _PAPER, np.uint8
    )
    _write(sheet, _TITLE, (_GAP, 46), 1.1, _INK, 2)
    _write(sheet, _NOTE, (_GAP, 82), 0.62, _GREY, 1)
    for place, tile in enumerate(tiles):
        _put(sheet, (_GAP + place * (_TILE_W + _GAP), 110), *tile)
    for place, tile in enumerate(_action_tiles(children[2])):
        row, column = divmod(place, _COLUMNS)
        _put(sheet, (_GAP + column * (_TILE_W + _GAP), 110 + (row + 1) * cell), *tile)
    return sheet


def _action_tiles(child: Identity) -> list[tuple[str, str, Identity, Expression]]:
    tiles = [("Neutral", "no action", child, Expression.neutral())]
    for entry in ALL_ACTIONS:
        for code in sorted(entry.sides):
            side = "" if code == Code.BOTH else f" {Code(code).word}"
            face = Expression.of({entry.key: code})
            tiles.append((f"{entry.kind}{entry.label}{side}", entry.name, child, face))
    return tiles


def _put(
    sheet: Image, corner: tuple[int, int], label: str, name: str, child: Identity, face: Expression
) -> None:
    left, top = corner
    picture = cv2.resize(draw_face(child, face)[_CROP], (_TILE_W, _TILE_H), interpolation=cv2.INTER_AREA)
    sheet[top : top + _TILE_H, left : left + _TILE_W] = picture
    _write(sheet, label, (left, top + _TILE_H + 19), 0.52, _INK, 1)
    _write(sheet, name, (left, top + _TILE_H + 37), 0.44, _GREY, 1)


def _write(
    sheet: Image, text: str, origin: tuple[int, int], size: float, colour: tuple[int, int, int], width: int
) -> None:
    cv2.putText(sheet, text, origin, cv2.FONT_HERSHEY_SIMPLEX, size, colour, width, cv2.LINE_AA)
