"""A rectangle drawn by keys: what a drag of the mouse is for who has none."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt

__all__ = ["TAKING", "is_area_key", "moved_area"]

TAKING = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
"""Keys that take the rectangle as it is."""

_STEP_PX, _FINE_PX = 10.0, 1.0
_ARROWS = {
    Qt.Key.Key_Left: QPointF(-1, 0),
    Qt.Key.Key_Right: QPointF(1, 0),
    Qt.Key.Key_Up: QPointF(0, -1),
    Qt.Key.Key_Down: QPointF(0, 1),
}
_SHARE = 0.25


def is_area_key(key: int) -> bool:
    """Whether a key moves, resizes or takes a rectangle."""
    return key in _ARROWS or key in TAKING


def moved_area(area: QRectF | None, key: int, modifiers: Qt.KeyboardModifier, room: QRectF) -> QRectF:
    """The rectangle after an arrow key: moved, with Shift larger or smaller, with Control by a pixel.

    Parameters
    ----------
    area : QRectF or None
        As it was; None puts a first one into the middle.
    key : int
        The arrow.
    modifiers : Qt.KeyboardModifier
        What is held down.
    room : QRectF
        It stays in here.
    """
    if area is None:
        size = room.size() * _SHARE
        first = QRectF(0, 0, size.width(), size.height())
        first.moveCenter(room.center())
        return first
    fine = bool(modifiers & Qt.KeyboardModifier.ControlModifier)
    step = _ARROWS[Qt.Key(key)] * (_FINE_PX if fine else _STEP_PX)
    if modifiers & Qt.KeyboardModifier.ShiftModifier:
        grown = QRectF(area.topLeft(), area.bottomRight() + step)
        grown.setWidth(max(grown.width(), _STEP_PX))
        grown.setHeight(max(grown.height(), _STEP_PX))
        return grown & room
    x = min(max(area.left() + step.x(), room.left()), room.right() - area.width())
    y = min(max(area.top() + step.y(), room.top()), room.bottom() - area.height())
    return QRectF(x, y, area.width(), area.height())
