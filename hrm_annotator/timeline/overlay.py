"""What lies over the codes: the frame on the screen, marked frames, and a run being moved."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPalette, QPen, QPolygonF

from hrm_annotator.look.theme import mixed
from hrm_annotator.timeline.view import GUTTER_PX, ROWS_TOP_PX, RULER_PX, View

__all__ = ["draw_moved_run", "draw_playhead", "draw_range", "playhead_reach"]

_SMALL_PX = 10
_MARK_ON_LIGHT, _MARK_ON_DARK = QColor("#a86400"), QColor("#e69f00")
_Role = QPalette.ColorRole


def playhead_reach(view: View, frame: int) -> QRectF:
    """All that the playhead at a frame may cover."""
    x = view.x_of(frame + 0.5)
    half = max(view.scale.step / 2, 34.0) + 3
    return QRectF(x - half, 0, 2 * half, view.height)


def draw_playhead(painter: QPainter, view: View, palette: QPalette, font: QFont) -> None:
    """A line through the frame on the screen and its number on the ruler."""
    if view.frame is None or not view.grid.frame_count:
        return
    ink, paper = palette.color(_Role.WindowText), palette.color(_Role.Base)
    left, step = view.x_of(view.frame), view.scale.step
    middle = left + step / 2
    top, height = RULER_PX, view.height - RULER_PX
    if step >= 6:
        column = QColor(ink)
        column.setAlpha(26)
        painter.fillRect(QRectF(left, top, step, height), column)
    # The paper on both sides keeps the line apart from whatever it crosses.
    painter.fillRect(QRectF(middle - 1.5, top, 3, height), paper)
    painter.fillRect(QRectF(middle - 0.5, top, 1, height), ink)
    small = QFont(font)
    small.setPixelSize(_SMALL_PX)
    small.setBold(True)
    painter.setFont(small)
    width = QFontMetrics(small).horizontalAdvance(f"{view.frame}") + 8
    right_most = GUTTER_PX + view.scale.width - width
    plate = QRectF(min(max(middle - width / 2, float(GUTTER_PX)), right_most), 1, width, RULER_PX - 3)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ink)
    painter.drawRoundedRect(plate, 3, 3)
    painter.setPen(paper)
    painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, f"{view.frame}")


def draw_range(painter: QPainter, view: View, palette: QPalette) -> None:
    """Marked frames: a band, its two ends and the apex; dashed while only proposed."""
    marked = view.marked
    ends = [frame for frame in (marked.first, marked.last) if frame is not None]
    style = Qt.PenStyle.DashLine if marked.proposed else Qt.PenStyle.SolidLine
    pen = QPen(_mark(palette), 2, style)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    if len(ends) == 2:
        box = QRectF(view.x_of(min(ends)), RULER_PX, 0, view.height - RULER_PX)
        box.setRight(view.x_of(max(ends) + 1))
        _tint(painter, palette, box, 0.10 if marked.proposed else 0.18)
        painter.setPen(pen)
        painter.drawLine(box.topLeft() + QPointF(0, 1), box.topRight() + QPointF(0, 1))
        _outline_row(painter, view, pen, box)
    painter.setPen(pen)
    for frame, behind in ((marked.first, 0), (marked.last, 1)):
        if frame is not None:
            x = view.x_of(frame + behind)
            painter.drawLine(QPointF(x, RULER_PX), QPointF(x, view.height))
    if marked.apex is not None:
        _draw_apex(painter, view, marked.apex, _mark(palette))


def _tint(painter: QPainter, palette: QPalette, box: QRectF, share: float) -> None:
    """Colour the ground only: a code under a veil would look like another code."""
    paper = palette.color(_Role.Base)
    dark = paper.lightness() < 128
    modes = QPainter.CompositionMode
    painter.setCompositionMode(modes.CompositionMode_Lighten if dark else modes.CompositionMode_Darken)
    painter.fillRect(box, mixed(paper, _MARK_ON_DARK, share))
    painter.setCompositionMode(modes.CompositionMode_SourceOver)


def _outline_row(painter: QPainter, view: View, pen: QPen, band: QRectF) -> None:
    """Show which action the marked frames are meant for."""
    row = view.grid.row_of(view.marked.action)
    for placed in view.layout.in_view():
        if placed.row == row:
            painter.save()
            painter.setClipRect(QRectF(GUTTER_PX, ROWS_TOP_PX, view.scale.width, view.layout.area))
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(QRectF(band.left(), ROWS_TOP_PX + placed.top, band.width(), placed.height - 1))
            painter.restore()


def _mark(palette: QPalette) -> QColor:
    """Colour of lines about marked frames: on paper the lighter one is hardly seen."""
    return _MARK_ON_DARK if palette.color(_Role.Base).lightness() < 128 else _MARK_ON_LIGHT


def _draw_apex(painter: QPainter, view: View, apex: int, mark: QColor) -> None:
    x = view.x_of(apex + 0.5)
    painter.setPen(QPen(mark, 1, Qt.PenStyle.DotLine))
    painter.drawLine(QPointF(x, RULER_PX), QPointF(x, view.height))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(mark)
    painter.drawPolygon(
        QPolygonF([QPointF(x, RULER_PX - 7), QPointF(x - 5, RULER_PX), QPointF(x + 5, RULER_PX)])
    )


def draw_moved_run(painter: QPainter, view: View, palette: QPalette, key: str, first: int, last: int) -> None:
    """Where a run would reach if the mouse were let go now."""
    row = view.grid.row_of(key)
    for placed in view.layout.in_view():
        if placed.row == row:
            box = QRectF(view.x_of(first), ROWS_TOP_PX + placed.top, 0, placed.height - 1)
            box.setRight(view.x_of(last + 1))
            painter.setPen(QPen(palette.color(_Role.WindowText), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(box)
