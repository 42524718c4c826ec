"""Colours of the timeline in the present theme, ready to be painted by the million."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QPalette

from hrm_annotator.look.theme import mixed
from hrm_annotator.timeline.code_grid import (
    CARRIED,
    CARRIED_CELL,
    CHECKED,
    CODED,
    NOT_CODABLE,
    UNCODED,
    code_of_cell,
)
from hrm_core.palette import CODE_COLOURS, STATE_COLOURS

__all__ = ["Colours"]

_CURVES_ON_LIGHT = ("#0067a0", "#b24a00", "#007a5a", "#8a4b80", "#6b5900", "#444b55")
_CURVES_ON_DARK = ("#56b4e9", "#f0a060", "#3cc79c", "#d99bc6", "#d8c24a", "#b8c0cc")
_STRIPE = 0.62
_SHADE = 0.30
_RIM = 0.5
_STRONGEST_SUGGESTION = 0.55

Pixels = NDArray[np.uint32]


@dataclass(frozen=True, slots=True, eq=False)
class Colours:
    """Look-up tables from bytes to pixels, 0xffRRGGBB, and colours for the painter.

    Attributes
    ----------
    cell, stripe : ndarray of uint32, shape (128,)
        Fill of a cell by its byte, and the stripes over it while it is carried.
    rim : ndarray of uint32, shape (128,)
        Upper edge of a cell: on dark ground codes stand out by it.
    edge : int
        Line between two runs that touch.
    ground, chosen_ground, shade : int
        Behind the cells of a row, of the chosen row, and of frames that are not codable.
    suggestion : ndarray of uint32, shape (256,)
        Ground by the probability of a suggestion, 255 for 1.
    outline, on_code : int
        Dashes of a proposal on the ground, and on a code.
    state, lower_state : ndarray of uint32, shape (64,)
        By the bits of a frame: upper and lower half of the state row.
    state_line : ndarray of uint32, shape (64,)
        Line through a state, 0 for none: states differ without their colours, too.
    curves : tuple of QColor
        One after the other.
    """

    cell: Pixels
    stripe: Pixels
    rim: Pixels
    edge: int
    ground: int
    chosen_ground: int
    shade: int
    suggestion: Pixels
    outline: int
    on_code: int
    state: Pixels
    lower_state: Pixels
    state_line: Pixels
    curves: tuple[QColor, ...]

    @classmethod
    def of(cls, palette: QPalette) -> Colours:
        """Colours that suit a palette."""
        base = palette.color(QPalette.ColorRole.Base)
        fills = [QColor(CODE_COLOURS[code]) if code else base for code in map(_known_code, range(128))]
        shade = mixed(base, QColor(STATE_COLOURS["not_codable"]), _SHADE)
        uncoded = palette.color(QPalette.ColorRole.Midlight)
        highlight = palette.color(QPalette.ColorRole.Highlight)
        dark = base.lightness() < 128
        return cls(
            cell=_pixels(fills),
            stripe=_pixels([mixed(fill, QColor("white"), _STRIPE) for fill in fills]),
            rim=_pixels([mixed(fill, QColor("white"), _RIM) for fill in fills] if dark else fills),
            edge=base.rgb(),
            ground=base.rgb(),
            chosen_ground=mixed(base, highlight, 0.16).rgb(),
            shade=shade.rgb(),
            suggestion=_pixels(
                [mixed(base, highlight, _STRONGEST_SUGGESTION * place / 255) for place in range(256)]
            ),
            outline=palette.color(QPalette.ColorRole.Text).rgb(),
            on_code=QColor("white").rgb(),
            state=_pixels([_state_colour(bits, uncoded, upper=True) for bits in range(64)]),
            lower_state=_pixels([_state_colour(bits, uncoded, upper=False) for bits in range(64)]),
            state_line=np.array([_state_line(bits) for bits in range(64)], np.uint32),
            curves=tuple(map(QColor, _CURVES_ON_DARK if dark else _CURVES_ON_LIGHT)),
        )


def _known_code(cell: int) -> int:
    code = code_of_cell(cell & ~CARRIED_CELL)
    return code if code in CODE_COLOURS else 0


def _state_colour(bits: int, uncoded: QColor, *, upper: bool) -> QColor:
    """What needs attention shows first; where some frames are uncoded the upper half stays empty."""
    if upper and bits & UNCODED:
        return uncoded
    for bit, name in (
        (NOT_CODABLE, "not_codable"),
        (CARRIED, "carried"),
        (CODED, "coded"),
        (CHECKED, "checked"),
    ):
        if bits & bit:
            return QColor(STATE_COLOURS[name])
    return uncoded


def _state_line(bits: int) -> int:
    if bits & NOT_CODABLE:
        return QColor("black").rgb()
    alone = bits & CHECKED and not bits & (CARRIED | CODED)
    return QColor("white").rgb() if alone else 0


def _pixels(colours: Sequence[QColor]) -> Pixels:
    return np.array([colour.rgb() for colour in colours], np.uint32)
