"""A number with a small bar and whiskers for its interval."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPalette, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from hrm_annotator.itemmodels.agreement import ESTIMATE
from hrm_annotator.look.theme import mixed
from hrm_core.records.agreement import Estimate

__all__ = ["EstimateCell"]

_BAR_PX, _GAP_PX, _THICK_PX = 90, 8, 4
_LOWEST = -0.25
"""Left end of the bar."""


class EstimateCell(QStyledItemDelegate):
    """Words at the right, left of them a line from -0.25 to 1 with value and interval."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        hint = super().sizeHint(option, index)
        return QSize(hint.width() + _BAR_PX + 2 * _GAP_PX, hint.height())

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().paint(painter, option, index)
        found = index.data(ESTIMATE)
        if not isinstance(found, Estimate) or found.value is None:
            return
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        paper_role = QPalette.ColorRole.Highlight if chosen else QPalette.ColorRole.Base
        ink_role = QPalette.ColorRole.HighlightedText if chosen else QPalette.ColorRole.Text
        ink, paper = option.palette.color(ink_role), option.palette.color(paper_role)
        room = QRectF(option.rect)
        left, middle = room.left() + _GAP_PX, room.center().y()

        def x_of(value: float) -> float:
            inside = min(max(value, _LOWEST), 1.0)
            return left + _BAR_PX * (inside - _LOWEST) / (1 - _LOWEST)

        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        faint = mixed(paper, ink, 0.35)
        painter.setPen(QPen(faint, 1))
        painter.drawLine(QPointF(left, middle), QPointF(left + _BAR_PX, middle))
        for tick in (0.0, 1.0):
            painter.drawLine(QPointF(x_of(tick), middle - 5), QPointF(x_of(tick), middle + 5))
        painter.setPen(QPen(ink, 1.5))
        if found.low is not None and found.high is not None:
            low, high = x_of(found.low), x_of(found.high)
            painter.drawLine(QPointF(low, middle), QPointF(high, middle))
            for end in (low, high):
                painter.drawLine(QPointF(end, middle - 3), QPointF(end, middle + 3))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink)
        painter.drawEllipse(QPointF(x_of(found.value), middle), _THICK_PX - 0.5, _THICK_PX - 0.5)
        painter.restore()
