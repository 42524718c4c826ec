"""A number of frames with a thin bar below it."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect
from PySide6.QtGui import QPainter, QPalette
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from hrm_annotator.itemmodels.study import BAR, NARROW
from hrm_annotator.look.theme import mixed

__all__ = ["ProgressCell"]

_HEIGHT = 3


class ProgressCell(QStyledItemDelegate):
    """Paints what is settled as a full bar, what is carried hatched, and the rest empty.

    Attributes
    ----------
    roomy : bool
        Whether "carried" is written out; else its number alone stands there.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.roomy = True

    def initStyleOption(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().initStyleOption(option, index)
        narrow = None if self.roomy else index.data(NARROW)
        if narrow is not None:
            option.text = narrow

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().paint(painter, option, index)
        shares = index.data(BAR)
        if shares is None:
            return
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        role, ground = QPalette.ColorRole.Text, QPalette.ColorRole.Base
        full = option.palette.color(QPalette.ColorRole.Highlight)
        if chosen:
            role, ground = QPalette.ColorRole.HighlightedText, QPalette.ColorRole.Highlight
            full = option.palette.color(role)
        ink, paper = option.palette.color(role), option.palette.color(ground)
        done, carried = (min(share, 1.0) for share in shares)
        rect = option.rect
        bar = QRect(rect.left() + 3, rect.bottom() - _HEIGHT - 1, max(rect.width() - 6, 0), _HEIGHT)
        first = round(bar.width() * done)
        second = min(round(bar.width() * carried), bar.width() - first)
        painter.fillRect(bar, mixed(paper, ink, 0.2))
        painter.fillRect(QRect(bar.left(), bar.top(), first, _HEIGHT), full)
        painter.fillRect(QRect(bar.left() + first, bar.top(), second, _HEIGHT), paper)
        # Dashes: what a hatch is on so thin a bar.
        for x in range(bar.left() + first, bar.left() + first + second, 4):
            painter.fillRect(QRect(x, bar.top(), 2, _HEIGHT), full)
