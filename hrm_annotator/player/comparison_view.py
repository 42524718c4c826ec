"""The picture beside the frame: the neutral face, its difference, or halves of the face."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter
from PySide6.QtWidgets import QWidget

from hrm_annotator.language import said, tr
from hrm_annotator.player.picture_view import PictureView, Zoom
from hrm_core.records.comparison import Beside, Comparison

__all__ = ["ComparisonView"]

_PAPER = QColor(20, 22, 25, 225)
_INK = QColor("#ffffff")
_LEGEND_PX = 12
_BAR_PX = 10
_WIDEST_LEGEND_PX = 320
_HALVES = (Beside.LEFT_HALF, Beside.RIGHT_HALF, Beside.BOTH_HALVES)


class ComparisonView(PictureView):
    """Shows a picture as its kind does, or a comparison with words and a scale that explain it."""

    def __init__(self, zoom: Zoom, placeholder: str, parent: QWidget | None = None) -> None:
        super().__init__(zoom, placeholder, parent)
        self._comparison: Comparison | None = None
        self._scale_of: tuple[bool, QImage] | None = None

    @property
    def comparison(self) -> Comparison | None:
        """The comparison that is shown; None if another picture is, or nothing."""
        return self._comparison

    def show_comparison(self, comparison: Comparison) -> None:
        """Show what was made of a frame, or why it could not be made."""
        if comparison.rgb is None:
            self.show_nothing(said(comparison.why_not))
            return
        self._comparison = comparison
        caption = _caption(comparison.wish.beside)
        words = " · ".join((caption, tr("eyes covered"))) if comparison.covered else caption
        self._show_rgb(comparison.rgb, words, said(comparison.caution), mirrored=comparison.wish.mirrored)
        said_too = [_ends(comparison)[0], _ends(comparison)[1]] if self._has_legend() else []
        self.setAccessibleName(". ".join(filter(None, (words, *said_too, self.note))))

    def show_look(self, *arguments: object, **names: object) -> None:
        """Show a picture, as :meth:`PictureView.show_look`."""
        self._comparison = None
        super().show_look(*arguments, **names)  # type: ignore[arg-type]

    def show_nothing(self, words: str) -> None:
        """Take the picture away and say why."""
        self._comparison = None
        super().show_nothing(words)

    def _has_legend(self) -> bool:
        return self._comparison is not None and self._comparison.wish.beside is Beside.DIFFERENCE

    def _sides(self) -> tuple[str, str]:
        if self._comparison is None or self._comparison.wish.beside not in _HALVES:
            return super()._sides()
        beside = self._comparison.wish.beside
        if beside is Beside.BOTH_HALVES:
            return "", ""
        return ("L", "L") if beside is Beside.LEFT_HALF else ("R", "R")

    def _paint_tags(self, painter: QPainter) -> None:
        super()._paint_tags(painter)
        if self._comparison is None:
            return
        font = QFont(self.font())
        font.setPixelSize(_LEGEND_PX)
        painter.setFont(font)
        if self._has_legend():
            self._paint_legend(painter)
        elif self._comparison.wish.beside is Beside.BOTH_HALVES:
            self._paint_parts(painter)

    def _paint_parts(self, painter: QPainter) -> None:
        """Under each of the three faces, what it is made of."""
        target = self._target()
        bottom = min(target.bottom(), float(self.height())) - _LEGEND_PX - 20
        parts = (tr("left + left"), tr("as it is"), tr("right + right"))
        for place, words in enumerate(parts):
            middle = target.x() + target.width() * (place + 0.5) / len(parts)
            self._tag(painter, words, QPointF(middle, bottom), 0.5)

    def _paint_legend(self, painter: QPainter) -> None:
        assert self._comparison is not None
        low, high = _ends(self._comparison)
        metrics = painter.fontMetrics()
        room = min(self.width() - 24, _WIDEST_LEGEND_PX)
        apart = metrics.horizontalAdvance(low) + metrics.horizontalAdvance(high) + 12 > room
        line = metrics.height()
        height = _BAR_PX + line * (2 if apart else 1) + 16
        box = QRectF((self.width() - room) / 2 - 8, self.height() - height - 8, room + 16, height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_PAPER)
        painter.drawRoundedRect(box, 5, 5)
        bar = QRectF(box.x() + 8, box.y() + 6, room, _BAR_PX)
        painter.drawImage(bar, self._scale_image(signed=self._comparison.wish.signed))
        painter.setPen(_INK)
        words = QRectF(bar.x(), bar.bottom() + 3, room, line)
        painter.drawText(words, Qt.AlignmentFlag.AlignLeft, low)
        if apart:
            words.translate(0, line)
        painter.drawText(words, Qt.AlignmentFlag.AlignRight, high)

    def _scale_image(self, *, signed: bool) -> QImage:
        if self._scale_of is None or self._scale_of[0] is not signed:
            from hrm_core.workflows.compare_faces import scale_colours

            row = np.ascontiguousarray(scale_colours(signed=signed))
            image = QImage(row.data, len(row), 1, 3 * len(row), QImage.Format.Format_RGB888)
            self._scale_of = (signed, image.copy())  # QImage does not keep the array alive
        return self._scale_of[1]


def _caption(beside: Beside) -> str:
    return {
        Beside.DIFFERENCE: tr("difference to neutral"),
        Beside.LEFT_HALF: tr("child's left half and its mirror image"),
        Beside.RIGHT_HALF: tr("child's right half and its mirror image"),
        Beside.BOTH_HALVES: tr("halves with their mirror images"),
    }[beside]


def _ends(comparison: Comparison) -> tuple[str, str]:
    """What the two ends of the scale mean."""
    percent = f"{comparison.wish.full:g}"
    if comparison.wish.signed:
        return tr("◀ {percent} % darker", percent=percent), tr("{percent} % brighter ▶", percent=percent)
    return tr("as in neutral"), tr("{percent} % different ▶", percent=percent)
