"""Boxes and landmarks of faces, drawn over a picture in its own stroke."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen, QPolygonF

from hrm_annotator.language import tr

if TYPE_CHECKING:
    from hrm_core.records.face import Face
    from hrm_core.workflows.show_face import FaceLook

__all__ = ["FaceOverlay", "Layers"]

# Bright on a dark edge: seen on every skin and every background, in both themes.
_EDGE = QColor(0, 0, 0, 190)
_CHILD = QColor("#ffd54a")
_OTHER = QColor("#ffffff")
_DRAWN = QColor("#7fe0ff")
_FIVE = QColor("#ffffff")
_P68 = QColor("#7fe0ff")
_P106 = QColor("#b6f09c")
_TAG_TEXT = QColor("#101214")
_TAG_PX = 12


@dataclass(frozen=True, slots=True)
class Layers:
    """What is drawn over pictures.

    Attributes
    ----------
    box : bool
        Boxes around faces.
    landmarks : bool
        Their points.
    numbers : bool
        Boxes with numbers, to choose one.
    """

    box: bool = False
    landmarks: bool = False
    numbers: bool = False


class FaceOverlay:
    """Faces of one picture.

    Parameters
    ----------
    look : FaceLook
        The picture and its faces.
    """

    def __init__(self, look: FaceLook) -> None:
        self._matrix = look.matrix
        self._faces: Sequence[Face] = look.faces.faces if look.faces is not None else ()
        self._target = look.faces.target if look.faces is not None else None
        self._drawn = look.drawn

    @property
    def faces(self) -> Sequence[Face]:
        """The faces, the surest first, in pixels of the frame."""
        return self._faces

    @property
    def target(self) -> int | None:
        """Place of the child's face; None if it is not known."""
        return self._target

    def to_picture(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Points of the frame in pixels of the picture, shape (n, 2)."""
        return np.asarray(points @ self._matrix[:, :2].T + self._matrix[:, 2])

    def to_frame(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Points of the picture in pixels of the frame, shape (n, 2)."""
        moved = points - self._matrix[:, 2]
        return np.asarray(moved @ np.linalg.inv(self._matrix[:, :2]).T)

    def face_at(self, x: float, y: float) -> int | None:
        """Place of the smallest face around a point of the picture; None if none is there."""
        ((x, y),) = self.to_frame(np.array([[x, y]]))
        around = [
            place
            for place, face in enumerate(self._faces)
            if face.box[0] <= x <= face.box[2] and face.box[1] <= y <= face.box[3]
        ]
        return min(around, key=lambda place: _area(self._faces[place]), default=None)

    def paint(self, painter: QPainter, place: QRectF, scale: float, layers: Layers) -> None:
        """Draw over a picture that lies at `place`, `scale` screen pixels per pixel of it."""
        if not (layers.box or layers.landmarks or layers.numbers):
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        origin = np.array([place.x(), place.y()])

        def on_screen(points: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.asarray(origin + scale * self.to_picture(points))

        if layers.landmarks:
            for number, face in enumerate(self._faces):
                self._paint_points(painter, face, on_screen, whole=number == self._target)
        if layers.box or layers.numbers:
            if self._drawn is not None:
                _paint_box(painter, on_screen(_corners(self._drawn)), _DRAWN, tr("drawn by hand"), solid=True)
            for number, face in enumerate(self._faces):
                child = number == self._target
                words = self._words(face, child=child)
                words = f"{number + 1}: {words}" if layers.numbers else words
                colour = _CHILD if child else _OTHER
                _paint_box(painter, on_screen(_corners(face.box)), colour, words, solid=child)
        painter.restore()

    def _words(self, face: Face, *, child: bool) -> str:
        """Whose face it is, and how sure the detector is of it."""
        score = f"{face.score:.2f}"
        if self._target is None:
            return tr("face {score}, child not known", score=score)
        return tr("child {score}", score=score) if child else tr("other face {score}", score=score)

    def _paint_points(self, painter: QPainter, face: Face, on_screen: _OnScreen, *, whole: bool) -> None:
        if whole and face.points_2d is not None:
            _paint_dots(painter, on_screen(face.points_2d), _P106, 3.0)
        if whole and face.points_3d is not None:
            _paint_dots(painter, on_screen(face.points_3d[:, :2]), _P68, 4.0)
        if face.five is not None:
            _paint_crosses(painter, on_screen(face.five))


if TYPE_CHECKING:
    from collections.abc import Callable

    _OnScreen = Callable[[NDArray[np.float64]], NDArray[np.float64]]


def _area(face: Face) -> float:
    return float((face.box[2] - face.box[0]) * (face.box[3] - face.box[1]))


def _corners(box: NDArray[np.float64]) -> NDArray[np.float64]:
    left, top, right, bottom = box
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]])


def _polygon(points: NDArray[np.float64]) -> QPolygonF:
    return QPolygonF([QPointF(x, y) for x, y in points.tolist()])


def _paint_box(
    painter: QPainter, corners: NDArray[np.float64], colour: QColor, words: str, *, solid: bool
) -> None:
    shape = _polygon(corners)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    style = Qt.PenStyle.SolidLine if solid else Qt.PenStyle.DashLine
    painter.setPen(QPen(_EDGE, 5.0 if solid else 3.5))
    painter.drawPolygon(shape)
    painter.setPen(QPen(colour, 2.5 if solid else 1.5, style))
    painter.drawPolygon(shape)
    font = QFont(painter.font())
    font.setPixelSize(_TAG_PX)
    font.setBold(solid)
    painter.setFont(font)
    width = painter.fontMetrics().horizontalAdvance(words) + 12
    left, top = corners.min(axis=0)
    # Above the box, or inside it where the picture ends.
    tag = QRectF(left, top - _TAG_PX - 10 if top > 2 * _TAG_PX + 24 else top + 2, width, _TAG_PX + 8)
    painter.setPen(QPen(_EDGE, 1.0))
    painter.setBrush(colour)
    painter.drawRoundedRect(tag, 3, 3)
    painter.setPen(_TAG_TEXT)
    painter.drawText(tag, Qt.AlignmentFlag.AlignCenter, words)


def _paint_dots(painter: QPainter, points: NDArray[np.float64], colour: QColor, size: float) -> None:
    shape = _polygon(points)
    for ink, width in ((_EDGE, size + 2.0), (colour, size)):
        painter.setPen(QPen(ink, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawPoints(shape)


def _paint_crosses(painter: QPainter, points: NDArray[np.float64]) -> None:
    arm = 6.0
    for ink, width in ((_EDGE, 4.0), (_FIVE, 2.0)):
        painter.setPen(QPen(ink, width))
        for x, y in points.tolist():
            painter.drawLine(QPointF(x - arm, y), QPointF(x + arm, y))
            painter.drawLine(QPointF(x, y - arm), QPointF(x, y + arm))
