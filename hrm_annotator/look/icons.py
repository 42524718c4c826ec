"""Icons drawn in the colour of the text around them, sharp at every scale."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QIconEngine, QPainter, QPalette, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QApplication

__all__ = ["icon"]

_Draw = Callable[[QPainter], None]


def icon(name: str) -> QIcon:
    """The icon of this name.

    Raises
    ------
    KeyError
        If there is none.
    """
    return QIcon(_Engine(_SHAPES[name]))


class _Engine(QIconEngine):
    """Draws on a grid of 24 by 24 units when asked, so it follows theme and scale."""

    def __init__(self, draw: _Draw) -> None:
        super().__init__()
        self._draw = draw

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        palette = QApplication.palette()
        group = QPalette.ColorGroup.Disabled if mode is QIcon.Mode.Disabled else QPalette.ColorGroup.Active
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(palette.color(group, QPalette.ColorRole.ButtonText))
        painter.translate(rect.x(), rect.y())
        painter.scale(rect.width() / 24, rect.height() / 24)
        self._draw(painter)
        painter.restore()

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        picture = QPixmap(size)
        picture.fill(QColor(0, 0, 0, 0))
        painter = QPainter(picture)
        self.paint(painter, QRect(0, 0, size.width(), size.height()), mode, state)
        painter.end()
        return picture

    def clone(self) -> QIconEngine:
        return _Engine(self._draw)


def _polygon(*points: tuple[float, float]) -> _Draw:
    shape = QPolygonF([QPointF(*point) for point in points])
    return lambda painter: painter.drawPolygon(shape)


def _bar(x: float, width: float = 3) -> _Draw:
    return lambda painter: painter.drawRect(QRectF(x, 5, width, 14))


def _all(*parts: _Draw) -> _Draw:
    def draw(painter: QPainter) -> None:
        for part in parts:
            part(painter)

    return draw


def _box(x: float, y: float, width: float, height: float) -> _Draw:
    return lambda painter: painter.drawRoundedRect(QRectF(x, y, width, height), 1, 1)


def _ring(painter: QPainter) -> None:
    """A face: outline, two eyes and a smile."""
    pen = QPen(painter.brush().color(), 2)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.drawEllipse(QPointF(9, 10), 1.4, 1.4)
    painter.drawEllipse(QPointF(15, 10), 1.4, 1.4)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawEllipse(QPointF(12, 12), 8.5, 8.5)
    painter.drawArc(QRectF(8, 9, 8, 7), 200 * 16, 140 * 16)


def _outline(painter: QPainter, draw: Callable[[], None]) -> None:
    """Draw as a line, not filled."""
    painter.save()
    painter.setPen(QPen(painter.brush().color(), 2))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    draw()
    painter.restore()


def _flicker(painter: QPainter) -> None:
    """One picture before another."""
    _outline(painter, lambda: painter.drawRect(QRectF(4, 4, 11, 11)))
    painter.drawRect(QRectF(10, 10, 11, 11))


def _beside(painter: QPainter) -> None:
    """Two pictures, one beside the other."""
    _outline(painter, lambda: painter.drawRects([QRectF(3, 6, 8, 12), QRectF(14, 6, 7, 12)]))


def _difference(painter: QPainter) -> None:
    """Two discs less what they share."""
    _outline(painter, lambda: painter.drawEllipse(QPointF(9, 12), 6, 6))
    painter.drawEllipse(QPointF(15, 12), 6, 6)


def _half_face(side: int) -> _Draw:
    """A face of which one half is filled; -1 is the child's right, on the left of the picture."""

    def draw(painter: QPainter) -> None:
        _outline(painter, lambda: painter.drawEllipse(QPointF(12, 12), 8, 9))
        painter.drawPie(QRectF(4, 3, 16, 18), 90 * 16, -side * 180 * 16)

    return draw


def _lens(painter: QPainter) -> None:
    """A magnifying glass."""

    def lines() -> None:
        painter.drawEllipse(QPointF(10, 10), 6, 6)
        painter.drawLine(QPointF(14.5, 14.5), QPointF(20, 20))

    _outline(painter, lines)


_SHAPES: dict[str, _Draw] = {
    "flicker": _flicker,
    "beside": _beside,
    "difference": _difference,
    "left-half": _half_face(1),
    "right-half": _half_face(-1),
    "lens": _lens,
    "open": _all(_box(3, 6, 8, 4), _box(3, 8, 18, 11)),
    "new": _all(_box(10.5, 4, 3, 16), _box(4, 10.5, 16, 3)),
    "face": _ring,
    "play": _polygon((7, 4), (20, 12), (7, 20)),
    "play-back": _polygon((17, 4), (4, 12), (17, 20)),
    "pause": _all(_bar(6, 4), _bar(14, 4)),
    "forward": _all(_bar(5, 2.5), _polygon((10, 5), (20, 12), (10, 19))),
    "back": _all(_bar(16.5, 2.5), _polygon((14, 5), (4, 12), (14, 19))),
    "first": _all(_bar(4), _polygon((20, 5), (9, 12), (20, 19))),
    "last": _all(_bar(17), _polygon((4, 5), (15, 12), (4, 19))),
}
