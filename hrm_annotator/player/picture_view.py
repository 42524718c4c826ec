"""One picture, with zoom and pan that a neighbour can share."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QImage, QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

__all__ = ["PictureView", "Zoom"]

# The same in both themes: a face is judged against neutral grey.
_BACKGROUND = QColor("#26282b")
_TAG = QColor(0, 0, 0, 150)
_TAG_TEXT = QColor("#ffffff")
_CLOSEST = 12.0
_TAG_PX = 13


class Zoom(QObject):
    """Which part of the picture is seen; shared by pictures that move together."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.factor = 1.0
        self.centre = QPointF(0.5, 0.5)

    def set(self, factor: float, centre: QPointF) -> None:
        """Look at `centre` (0-1 of width and height), `factor` times as close as when all fits."""
        self.factor = min(max(factor, 1.0), _CLOSEST)
        half = 0.5 / self.factor
        self.centre = QPointF(
            min(max(centre.x(), half), 1 - half),
            min(max(centre.y(), half), 1 - half),
        )
        self.changed.emit()

    def reset(self) -> None:
        """Show the whole picture."""
        self.set(1.0, QPointF(0.5, 0.5))


class PictureView(QWidget):
    """Shows a picture with the child's left and right drawn on its edges.

    Parameters
    ----------
    zoom : Zoom
        Shared with other views.
    placeholder : str
        What to say while there is no picture.
    """

    def __init__(self, zoom: Zoom, placeholder: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._zoom = zoom
        zoom.changed.connect(self.update)
        self._placeholder = placeholder
        self._picture: QImage | None = None
        self._caption = ""
        self._mirrored = False
        self._grabbed: QPointF | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(160, 160)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName(placeholder)

    def sizeHint(self) -> QSize:
        return QSize(480, 480)

    @property
    def caption(self) -> str:
        """The words painted together with the picture."""
        return self._caption

    def show_picture(self, rgb: NDArray[np.uint8], caption: str, *, mirrored: bool = False) -> None:
        """Show a picture and, in the same stroke, what it is.

        Parameters
        ----------
        rgb : ndarray of uint8, shape (height, width, 3)
            The picture.
        caption : str
            Painted on it: number and picture can never disagree.
        mirrored : bool
            Whether the child's left is on the viewer's left.
        """
        rgb = np.ascontiguousarray(rgb)
        height, width = rgb.shape[:2]
        image = QImage(rgb.data, width, height, 3 * width, QImage.Format.Format_RGB888)
        self._picture = image.copy()  # QImage does not keep the array alive
        self._caption, self._mirrored = caption, mirrored
        self.setAccessibleName(caption)
        self.update()

    def show_nothing(self, words: str) -> None:
        """Take the picture away and say why."""
        self._picture, self._caption, self._placeholder = None, "", words
        self.setAccessibleName(words)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), _BACKGROUND)
        if self._picture is None:
            painter.setPen(QColor("#c3c8cf"))
            box = self.rect().adjusted(16, 16, -16, -16)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._placeholder)
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self._scale() < 4)
        painter.drawImage(self._target(), self._picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_tags(painter)

    def _paint_tags(self, painter: QPainter) -> None:
        font = QFont(self.font())
        font.setPixelSize(_TAG_PX)
        painter.setFont(font)
        self._tag(painter, self._caption, QPointF(8, 8), 0.0)
        font.setBold(True)
        painter.setFont(font)
        # Unmirrored, the child's right hand side is on the viewer's left.
        left, right = ("L", "R") if self._mirrored else ("R", "L")
        middle = self.height() / 2 - _TAG_PX
        self._tag(painter, left, QPointF(8, middle), 0.0)
        self._tag(painter, right, QPointF(self.width() - 8, middle), 1.0)

    def _tag(self, painter: QPainter, text: str, at: QPointF, share_left: float) -> None:
        if not text:
            return
        width = painter.fontMetrics().horizontalAdvance(text) + 14
        box = QRectF(at.x() - share_left * width, at.y(), width, _TAG_PX + 11)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_TAG)
        painter.drawRoundedRect(box, 5, 5)
        painter.setPen(_TAG_TEXT)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

    def _scale(self) -> float:
        """Screen pixels per picture pixel."""
        assert self._picture is not None
        fit = min(self.width() / self._picture.width(), self.height() / self._picture.height())
        return fit * self._zoom.factor

    def _target(self) -> QRectF:
        """Where the whole picture would lie on the widget."""
        assert self._picture is not None
        scale = self._scale()
        width, height = self._picture.width() * scale, self._picture.height() * scale
        centre = self._zoom.centre
        # What fits is centred; what does not is placed by the point looked at.
        x = (self.width() - width) / 2 if width <= self.width() else self.width() / 2 - centre.x() * width
        y = (
            (self.height() - height) / 2
            if height <= self.height()
            else self.height() / 2 - centre.y() * height
        )
        return QRectF(x, y, width, height)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self._picture is None:
            return
        target = self._target()
        at = event.position()
        # The point under the pointer stays there.
        point = QPointF((at.x() - target.x()) / target.width(), (at.y() - target.y()) / target.height())
        factor = self._zoom.factor * 1.2 ** (event.angleDelta().y() / 120)
        factor = min(max(factor, 1.0), _CLOSEST)
        fit = self._scale() / self._zoom.factor
        width, height = self._picture.width() * fit * factor, self._picture.height() * fit * factor
        centre = QPointF(
            point.x() + (self.width() / 2 - at.x()) / width, point.y() + (self.height() / 2 - at.y()) / height
        )
        self._zoom.set(factor, centre)
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._grabbed = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grabbed is None or self._picture is None:
            return
        moved, self._grabbed = event.position() - self._grabbed, event.position()
        target = self._target()
        centre = self._zoom.centre - QPointF(moved.x() / target.width(), moved.y() / target.height())
        self._zoom.set(self._zoom.factor, centre)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._grabbed = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._zoom.reset()
