"""Paints codes, states, clips and curves: all that changes when the view moves."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage, QPainter, QPalette, QPen

from hrm_annotator.language import tr
from hrm_annotator.look.theme import mixed
from hrm_annotator.timeline.cell_pixels import CellPixels
from hrm_annotator.timeline.code_grid import CARRIED_CELL, code_of_cell, intensity_of_cell
from hrm_annotator.timeline.colours import Colours
from hrm_annotator.timeline.view import CLIPS_PX, GUTTER_PX, ROWS_TOP_PX, RULER_PX, STATES_PX, View
from hrm_core.facs import Code
from hrm_core.palette import CODE_COLOURS
from hrm_core.records.recording import Clip, ClipState

__all__ = ["draw_picture"]

_SMALL_PX = 10
_SMALLEST_PX = 7
_ROOM_PX = 5
_MARK_PX = 9
_NUMBER_APART_PX = 18
_STATES_TOP = RULER_PX + CLIPS_PX + 1
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_CENTRE = Qt.AlignmentFlag.AlignCenter
_Role = QPalette.ColorRole


def draw_picture(
    view: View,
    colours: Colours,
    size: QSize,
    ratio: float,
    palette: QPalette,
    font: QFont,
    old: QImage | None = None,
) -> QImage:
    """The frames' part of the timeline, without playhead and marks.

    Parameters
    ----------
    view : View
        What is shown.
    colours : Colours
        Of the theme.
    size : QSize
        In pixels.
    ratio : float
        Device pixels per pixel.
    palette : QPalette
        Of the theme.
    font : QFont
        Its family is used.
    old : QImage, optional
        The picture before; its memory is used again if the size is the same.

    Returns
    -------
    QImage
        RGB32, of `size` times `ratio` device pixels; left of the frames nothing is painted.
    """
    width, height = max(round(size.width() * ratio), 1), max(round(size.height() * ratio), 1)
    fits = old is not None and (old.width(), old.height()) == (width, height)
    image = old if old is not None and fits else QImage(width, height, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    pixels = CellPixels(view, colours, ratio, palette.color(_Role.Midlight).rgb())
    _paint_cells(image, view, pixels, ratio)
    painter = QPainter(image)
    work = _Picture(painter, view, colours, ratio, palette, font)
    try:
        work.draw(size, pixels)
    finally:
        painter.end()
    return image


def _paint_cells(image: QImage, view: View, pixels: CellPixels, ratio: float) -> None:
    """Write codes and states into the image's own memory: at 4K each copy less is a millisecond."""
    memory = np.frombuffer(image.bits(), np.uint32).reshape(image.height(), image.bytesPerLine() // 4)
    left = round(GUTTER_PX * ratio)
    memory = memory[:, left : left + pixels.width]
    if memory.shape[1] < pixels.width:
        return  # too narrow for anything but names
    top, bottom = round(_STATES_TOP * ratio), round((_STATES_TOP + STATES_PX - 2) * ratio)
    pixels.paint_states(memory[top:bottom, :])
    top, bottom = round(ROWS_TOP_PX * ratio), round((ROWS_TOP_PX + view.layout.area) * ratio)
    pixels.paint_rows(memory[top:bottom, :])


class _Picture:
    """One picture while it is painted."""

    def __init__(
        self,
        painter: QPainter,
        view: View,
        colours: Colours,
        ratio: float,
        palette: QPalette,
        font: QFont,
    ) -> None:
        self._painter, self._view, self._colours, self._ratio = painter, view, colours, ratio
        self._colour: Callable[[QPalette.ColorRole], QColor] = palette.color
        self._font = QFont(font)

    def draw(self, size: QSize, pixels: CellPixels) -> None:
        view = self._view
        window = self._colour(_Role.Window)
        self._painter.fillRect(QRectF(GUTTER_PX, 0, view.scale.width, _STATES_TOP), window)
        below = _STATES_TOP + STATES_PX - 2
        self._painter.fillRect(QRectF(GUTTER_PX, below, view.scale.width, ROWS_TOP_PX - below), window)
        self._painter.fillRect(QRectF(GUTTER_PX, view.strip_top, view.scale.width, view.strip_height), window)
        lane = mixed(self._colour(_Role.Base), window, 0.5)
        self._painter.fillRect(QRectF(GUTTER_PX, RULER_PX, view.scale.width, CLIPS_PX - 1), lane)
        self._clip_to_frames(size)
        self._draw_ruler()
        for clip in view.clips:
            self._draw_clip(clip)
        self._draw_doubts(pixels)
        self._draw_texts(pixels)
        self._draw_probabilities(pixels)
        self._draw_doubted_codes(pixels)
        self._draw_curves()
        self._draw_hint()

    def _clip_to_frames(self, size: QSize) -> None:
        self._painter.setClipRect(QRectF(GUTTER_PX, 0, self._view.scale.width, size.height()))

    def _use_font(self, size_px: int, *, bold: bool = False, struck: bool = False) -> QFontMetrics:
        self._font.setPixelSize(size_px)
        self._font.setBold(bold)
        self._font.setStrikeOut(struck)
        self._painter.setFont(self._font)
        return QFontMetrics(self._font)

    # -- above the rows -----------------------------------------------------------

    def _draw_ruler(self) -> None:
        painter, scale = self._painter, self._view.scale
        self._use_font(_SMALL_PX)
        named, marked = scale.ticks()
        painter.setPen(self._colour(_Role.Dark))
        for frame in marked:
            x = self._view.x_of(frame + 0.5)
            painter.drawLine(QPointF(x, RULER_PX - 4), QPointF(x, RULER_PX - 1))
        for frame in named:
            x = self._view.x_of(frame + 0.5)
            painter.setPen(self._colour(_Role.Dark))
            painter.drawLine(QPointF(x, RULER_PX - 7), QPointF(x, RULER_PX - 1))
            painter.setPen(self._colour(_Role.PlaceholderText))
            painter.drawText(QRectF(x + 3, 0, 80, RULER_PX - 3), _LEFT, f"{frame}")

    def _draw_clip(self, clip: Clip) -> None:
        painter = self._painter
        left, right = self._view.x_of(clip.first_frame), self._view.x_of(clip.last_frame + 1)
        if right < GUTTER_PX or left > GUTTER_PX + self._view.scale.width:
            return
        box = QRectF(left + 0.5, RULER_PX + 0.5, max(right - left - 1, 1.0), CLIPS_PX - 2)
        excluded = clip.state is ClipState.EXCLUDED
        highlight, base = self._colour(_Role.Highlight), self._colour(_Role.Base)
        fill = self._colour(_Role.Midlight) if excluded else mixed(base, highlight, 0.22)
        painter.setPen(QPen(self._colour(_Role.Dark) if excluded else highlight, 1))
        painter.setBrush(fill)
        painter.drawRoundedRect(box, 2, 2)
        if excluded:
            painter.setBrush(Qt.BrushStyle.BDiagPattern)
            painter.drawRoundedRect(box, 2, 2)
        words = f"{clip.number}"
        metrics = self._use_font(_SMALL_PX, bold=True, struck=excluded)
        shown = box.intersected(QRectF(GUTTER_PX, 0, self._view.scale.width, RULER_PX + CLIPS_PX))
        if shown.width() < metrics.horizontalAdvance(words) + 4:
            return
        plate = QRectF(shown.left() + 2, shown.top() + 1, metrics.horizontalAdvance(words) + 4, CLIPS_PX - 4)
        painter.fillRect(plate, fill)
        painter.setPen(self._colour(_Role.Text))
        painter.drawText(plate, _CENTRE, words)

    def _draw_doubts(self, pixels: CellPixels) -> None:
        """A tick with a question mark; where they lie close together only the first gets the mark."""
        painter = self._painter
        self._use_font(_SMALL_PX, bold=True)
        free_from = float("-inf")
        for place in pixels.doubts():
            x = GUTTER_PX + place
            painter.fillRect(QRectF(x - 1, _STATES_TOP - 1, 2, STATES_PX), self._colour(_Role.Text))
            if x < free_from:
                continue
            plate = QRectF(x - 4, _STATES_TOP - 1, 8, STATES_PX)
            painter.fillRect(plate, self._colour(_Role.Text))
            painter.setPen(self._colour(_Role.Base))
            painter.drawText(plate, _CENTRE, "?")
            free_from = x + 10

    # -- rows ---------------------------------------------------------------------

    def _draw_texts(self, pixels: CellPixels) -> None:
        """Side and intensity inside the runs that have room for them."""
        painter, ratio = self._painter, self._ratio
        size_px = min(self._view.layout.row_height - 2, 11)
        metrics = self._use_font(size_px, bold=True)
        texts = [_text_of(cell) for cell in range(128)]
        widths = [metrics.horizontalAdvance(text) for text in texts]
        needed = [round((width + _ROOM_PX) * ratio) if width else 0 for width in widths]
        area = QRectF(GUTTER_PX, ROWS_TOP_PX, self._view.scale.width, self._view.layout.area)
        painter.save()
        painter.setClipRect(area)
        painter.setPen(QColor("white"))
        rise = (metrics.ascent() - metrics.descent()) / 2
        for label in pixels.labels(needed):
            left, width = label.left / ratio, (label.right - label.left) / ratio
            text_width = widths[label.cell]
            x = GUTTER_PX + left + (4 if width > text_width + 14 else (width - text_width) / 2)
            top = ROWS_TOP_PX + label.row.top
            if label.cell & CARRIED_CELL:
                plate = QRectF(x - 1.5, top, text_width + 3, label.row.height - 1)
                painter.fillRect(plate, QColor(CODE_COLOURS[code_of_cell(label.cell & ~CARRIED_CELL)]))
            painter.drawText(QPointF(x, top + (label.row.height - 1) / 2 + rise), texts[label.cell])
        painter.restore()

    def _draw_probabilities(self, pixels: CellPixels) -> None:
        """How likely a proposal is, in percent, with its side, inside its dashed frame."""
        painter = self._painter
        size_px = min(self._view.layout.row_height - 3, _SMALL_PX)
        if size_px < _SMALLEST_PX:
            return
        metrics = self._use_font(size_px)
        widest = metrics.horizontalAdvance("R 100") + 8
        painter.save()
        painter.setClipRect(QRectF(GUTTER_PX, ROWS_TOP_PX, self._view.scale.width, self._view.layout.area))
        painter.setPen(self._colour(_Role.Text))
        for row, left, right, code, probability in pixels.proposals(round(widest * self._ratio)):
            words = f"{Code(code).prefix} {probability * 100:.0f}".strip()
            box = QRectF(GUTTER_PX + left, ROWS_TOP_PX + row.top, right - left, row.height - 1)
            painter.drawText(box, _CENTRE, words)
        painter.restore()

    def _draw_doubted_codes(self, pixels: CellPixels) -> None:
        """A line below doubtful cells and a question mark at their end; marks keep their distance."""
        painter = self._painter
        size_px = min(self._view.layout.row_height - 3, _SMALL_PX)
        self._use_font(size_px, bold=True)
        painter.save()
        painter.setClipRect(QRectF(GUTTER_PX, ROWS_TOP_PX, self._view.scale.width, self._view.layout.area))
        # Both colours are those of the cells' own letters, whatever the theme.
        painter.setPen(QColor("black"))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        free_from: dict[int, float] = {}
        for row, left, right in pixels.doubted_codes():
            top, bottom = ROWS_TOP_PX + row.top, ROWS_TOP_PX + row.top + row.height - 1
            painter.fillRect(QRectF(GUTTER_PX + left, bottom - 2, max(right - left, 2), 2), QColor("white"))
            x = GUTTER_PX + max(
                right - _MARK_PX, (left + right - _MARK_PX) / 2 if right - left < _MARK_PX else left
            )
            if x < free_from.get(row.row, float("-inf")):
                continue
            plate = QRectF(x, top, _MARK_PX, row.height - 1)
            painter.fillRect(plate, QColor("white"))
            painter.drawRect(plate.adjusted(0.5, 0.5, -0.5, -0.5))
            painter.drawText(plate, _CENTRE, "?")
            free_from[row.row] = x + _MARK_PX + 2
        painter.restore()

    def _draw_hint(self) -> None:
        view = self._view
        if view.layout.shown or not view.grid.frame_count:
            return
        self._use_font(_SMALL_PX)
        self._painter.setPen(self._colour(_Role.PlaceholderText))
        line = QRectF(GUTTER_PX + 8, ROWS_TOP_PX + 4, view.scale.width - 16, 16)
        words = tr("No action is coded yet; its row comes with its first code.")
        self._painter.drawText(line, _LEFT, words)

    # -- curves -------------------------------------------------------------------

    def _draw_curves(self) -> None:
        view, painter = self._view, self._painter
        if not view.curves:
            return
        box = QRectF(GUTTER_PX, view.strip_top + 2, view.scale.width, view.strip_height - 2)
        painter.fillRect(box, self._colour(_Role.Base))
        painter.save()
        painter.translate(GUTTER_PX, 0)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for place, curve in enumerate(view.curves):
            colour = self._colours.curves[place % len(self._colours.curves)]
            # A cosmetic pen of one pixel without smoothing: the only one drawn fast.
            painter.setPen(QPen(colour, 0))
            painter.drawPath(
                curve.path(
                    view.scale.first, view.scale.step, view.scale.width, box.top() + 3, box.height() - 6
                )
            )
        painter.restore()
        if len(view.curves) > 1:
            for place in range(len(view.curves)):
                self._draw_curve_number(place, box)

    def _draw_curve_number(self, place: int, box: QRectF) -> None:
        """The number of a curve on the curve, as in the legend: colours alone do not tell them apart."""
        view, painter = self._view, self._painter
        first = view.scale.first + (4 + place * _NUMBER_APART_PX) / view.scale.step
        found = view.curves[place].place_near(first, box.top() + 3, box.height() - 6)
        if found is None:
            return
        metrics = self._use_font(_SMALL_PX, bold=True)
        words = f"{place + 1}"
        plate = QRectF(0, 0, metrics.horizontalAdvance(words) + 4, _SMALL_PX + 1)
        plate.moveCenter(QPointF(view.x_of(found[0] + 0.5), found[1]))
        plate.moveTop(min(max(plate.top(), box.top()), box.bottom() - plate.height()))
        painter.fillRect(plate, self._colour(_Role.Base))
        painter.setPen(self._colours.curves[place % len(self._colours.curves)])
        painter.drawText(plate, _CENTRE, words)


def _text_of(cell: int) -> str:
    """Side letter and intensity of a cell, as in a written score."""
    code = code_of_cell(cell & ~CARRIED_CELL)
    if code not in CODE_COLOURS or cell & 7 > 5:
        return ""
    return Code(code).prefix + intensity_of_cell(cell)
