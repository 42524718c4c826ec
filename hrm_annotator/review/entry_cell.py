"""One entry of the list of what to look at: a shape for its kind, and two lines."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QLineF, QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPalette, QPen, QPolygonF
from PySide6.QtWidgets import QApplication, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from hrm_annotator.itemmodels.to_look_at import Entry, LookKind

__all__ = ["EntryCell"]

_ICON, _GAP, _PAD = 16, 6, 4


class EntryCell(QStyledItemDelegate):
    """Paints frames and actions above, kind and words below; the tool tip has the rest."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(100, 2 * QFontMetrics(option.font).lineSpacing() + 2 * _PAD)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        entry = index.data(Qt.ItemDataRole.UserRole)
        self.initStyleOption(option, index)
        option.text = ""
        # What is below the words, chosen or not, is drawn as in every other list.
        QApplication.style().drawControl(
            QStyle.ControlElement.CE_ItemViewItem, option, painter, option.widget
        )
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        role = QPalette.ColorRole.HighlightedText if chosen else QPalette.ColorRole.Text
        ink = option.palette.color(QPalette.ColorGroup.Active, role)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_entry(painter, option.rect, option.font, ink, entry)
        painter.restore()

    def _paint_entry(self, painter: QPainter, rect: QRect, font: QFont, ink: QColor, entry: Entry) -> None:
        left = rect.left() + _GAP
        painter.setPen(QPen(ink, 1.6, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.save()
        painter.translate(left, rect.top() + _PAD + 1)
        _SHAPES[entry.kind](painter)
        painter.restore()
        if entry.kept is not None:
            painter.save()
            painter.translate(left, rect.top() + _PAD + 1 + _ICON)
            painter.drawPolyline(_points((3, 7), (7, 11), (13, 4)))
            painter.restore()
        bold = QFont(font)
        bold.setBold(True)
        line = QFontMetrics(font).lineSpacing()
        x = left + _ICON + _GAP
        width = rect.right() - x - _GAP
        for place, (face, words) in enumerate(((bold, entry.where), (font, entry.brief))):
            painter.setFont(face)
            shown = QFontMetrics(face).elidedText(words, Qt.TextElideMode.ElideRight, width)
            at = QRect(x, rect.top() + _PAD + place * line, width, line)
            painter.drawText(at, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)


def _points(*points: tuple[float, float]) -> QPolygonF:
    return QPolygonF([QPointF(*point) for point in points])


def _lines(*lines: tuple[float, float, float, float]) -> Callable[[QPainter], None]:
    drawn = [QLineF(*line) for line in lines]
    return lambda painter: painter.drawLines(drawn)


def _half_disc(painter: QPainter) -> None:
    painter.drawEllipse(QRectF(2, 2, 12, 12))
    painter.setBrush(painter.pen().color())
    painter.drawPie(QRectF(2, 2, 12, 12), 90 * 16, 180 * 16)


def _gap(painter: QPainter) -> None:
    """A ring that is not whole."""
    painter.drawArc(QRectF(2, 2, 12, 12), 60 * 16, 290 * 16)
    painter.drawLines([QLineF(8, 5, 8, 11), QLineF(5, 8, 11, 8)])


def _question(painter: QPainter) -> None:
    painter.drawArc(QRectF(4.5, 2, 7, 6.5), -80 * 16, 250 * 16)
    painter.drawLine(QLineF(8, 8.5, 8, 10.5))
    painter.drawPoint(QPointF(8, 13.8))


# Two arrows, one above the other, that point away from each other.
_ARROWS = _lines(
    (2, 5, 14, 5), (2, 5, 5, 2), (2, 5, 5, 8), (2, 11, 14, 11), (14, 11, 11, 8), (14, 11, 11, 14)
)
_STEPS = _lines((1, 14, 6, 14), (6, 14, 6, 3), (6, 3, 15, 3), (10.5, 6, 10.5, 13), (13.5, 6, 13.5, 13))

_SHAPES: dict[LookKind, Callable[[QPainter], None]] = {
    LookKind.TOGETHER: _lines((3, 3, 13, 13), (13, 3, 3, 13)),
    LookKind.MISSING: _gap,
    LookKind.SIDE: _half_disc,
    LookKind.FLICKER: _lines((1, 13, 7, 13), (7, 13, 8, 2), (8, 2, 9, 13), (9, 13, 15, 13)),
    LookKind.FLIP: _ARROWS,
    LookKind.SUDDEN: _STEPS,
    LookKind.DOUBT: _question,
}
