"""One picture, with zoom and pan that a neighbour can share."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QColor,
    QContextMenuEvent,
    QFont,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from hrm_annotator.language import mark, said, tr
from hrm_annotator.player.area_by_keys import TAKING, is_area_key, moved_area
from hrm_annotator.player.face_overlay import FaceOverlay, Layers
from hrm_annotator.widgets.spoken import Spoken

if TYPE_CHECKING:
    from hrm_core.workflows.show_face import FaceLook

__all__ = ["PictureView", "Tool", "Zoom"]

# The same in both themes: a face is judged against neutral grey.
_BACKGROUND = QColor("#26282b")
_TAG = QColor(0, 0, 0, 150)
_TAG_TEXT = QColor("#ffffff")
_WITHHELD = QColor("#6b7077")
_AREA = QColor(134, 150, 134, 220)
_CLOSEST = 12.0
_TAG_PX = 13
# A hand that only clicked has not drawn anything.
_LEAST_PX = 4
_DIGITS = tuple("123456789")


class Tool(Enum):
    """What the mouse does to a picture besides moving it; the value is what people are told."""

    PICK = mark("Click the child's face, or type its number · Esc: leave it")
    FACE = mark("Drag a rectangle around the child's face, or use arrow keys · Esc: leave it")
    EYES = mark("Drag a rectangle that covers both eyes, or use arrow keys · Esc: leave it")


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


class PictureView(QWidget, Spoken):
    """Shows a picture with the child's left and right drawn on its edges.

    Parameters
    ----------
    zoom : Zoom
        Shared with other views.
    placeholder : str
        What to say while there is no picture.
    """

    spoken_role = QAccessible.Role.Graphic
    face_picked = Signal(int)
    """A face was chosen: its place among those of the picture."""
    area_drawn = Signal(object)
    """An area was drawn: its four corners in pixels of the frame, ndarray of shape (4, 2)."""
    changed = Signal()
    """Another picture is shown, or the same one in another way; the part that is seen is the zoom's."""
    menu_wanted = Signal(object, QPoint)
    """The right mouse button, on which face (or None), and where on the screen."""

    def __init__(self, zoom: Zoom, placeholder: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._zoom = zoom
        zoom.changed.connect(self.update)
        self._placeholder = placeholder
        self._picture: QImage | None = None
        self._caption = ""
        self._mirrored = False
        self._grabbed: QPointF | None = None
        self._note = ""
        self._overlay: FaceOverlay | None = None
        self._layers = Layers()
        self._tool: Tool | None = None
        # What is shown in place of the picture now and then, and whether it is just now.
        self._other: tuple[QImage, str] | None = None
        self._other_is_on = False
        self._begun: QPointF | None = None
        self._reached = QPointF()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(160, 160)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName(placeholder)

    def sizeHint(self) -> QSize:
        return QSize(480, 480)

    @property
    def caption(self) -> str:
        """The words painted together with the picture."""
        return self._other[1] if self._other is not None and self._other_is_on else self._caption

    @property
    def overlay(self) -> FaceOverlay | None:
        """The faces of the picture that is shown; None if none is."""
        return self._overlay

    @property
    def note(self) -> str:
        """The small words under the caption."""
        return self._note

    @property
    def tool(self) -> Tool | None:
        """What is being drawn or picked now."""
        return self._tool

    def show_look(self, look: FaceLook, caption: str, *, mirrored: bool = False) -> None:
        """Show a picture and, in the same stroke, what it is and where its faces are.

        Parameters
        ----------
        look : FaceLook
            The picture, or why it is withheld.
        caption : str
            Painted on it: number and picture can never disagree.
        mirrored : bool
            Whether the child's left is on the viewer's left.
        """
        self._picture = None if look.rgb is None else _image(look.rgb)
        self._overlay = FaceOverlay(look) if look.rgb is not None else None
        self._other, self._other_is_on = None, False
        self._placeholder = look.withheld or self._placeholder
        states = [
            words
            for on, words in ((look.registered, tr("registered")), (look.covered, tr("eyes covered")))
            if on
        ]
        if look.rgb is None:
            states = [tr("withheld")]
            self.use_tool(None)
        self._caption, self._mirrored = " · ".join((caption, *states)), mirrored
        self._note = said(look.unregistered)
        self.setAccessibleName(f"{self._caption}. {look.withheld}" if look.withheld else self._caption)
        self.update()
        self.changed.emit()

    def _show_rgb(self, rgb: NDArray[np.uint8], caption: str, note: str, *, mirrored: bool) -> None:
        """Show a picture in which nothing is to be drawn or picked."""
        self.use_tool(None)
        self._picture, self._overlay = _image(rgb), None
        self._other, self._other_is_on = None, False
        self._caption, self._note, self._mirrored = caption, note, mirrored
        self.setAccessibleName(caption)
        self.update()
        self.changed.emit()

    def keep_other(self, rgb: NDArray[np.uint8] | None, caption: str = "") -> None:
        """Keep a picture of the same size that can be shown in place of this one; None forgets it.

        Whatever is shown anew forgets it too.
        """
        self._other = None if rgb is None or self._picture is None else (_image(rgb), caption)
        self.show_other(False)

    def show_other(self, on: bool) -> None:
        """Show the picture that was kept, without what is drawn over this one, or this one again."""
        on = on and self._other is not None
        if on is not self._other_is_on:
            self._other_is_on = on
            self.update()
            self.changed.emit()

    def use_zoom(self, zoom: Zoom) -> None:
        """Show the part that this zoom says from now on."""
        if zoom is not self._zoom:
            self._zoom.changed.disconnect(self.update)
            self._zoom = zoom
            zoom.changed.connect(self.update)
            self.update()

    def look_at(self, box: NDArray[np.float64]) -> None:
        """Zoom to a part of the picture: left, top, right, bottom in its pixels."""
        if self._picture is None:
            return
        size = np.array([self._picture.width(), self._picture.height()])
        seen = np.array([self.width(), self.height()])
        wide = np.maximum(box[2:] - box[:2], 1.0)
        middle = (box[:2] + box[2:]) / 2 / size
        factor = float((seen / wide).min() / (seen / size).min())
        self._zoom.set(factor, QPointF(*middle.tolist()))

    def show_layers(self, layers: Layers) -> None:
        """Draw these things over the picture from now on."""
        self._layers = layers
        self.update()
        self.changed.emit()

    def show_same_as(self, other: PictureView) -> None:
        """Show what another view shows, with all that is covered, withheld or drawn there."""
        self._picture, self._overlay, self._layers = other._picture, other._overlay, other._layers
        self._caption, self._note, self._mirrored = other._caption, other._note, other._mirrored
        self._other, self._other_is_on = other._other, other._other_is_on
        self._placeholder = other._placeholder
        self.setAccessibleName(other.accessibleName())
        self.update()

    def use_tool(self, tool: Tool | None) -> None:
        """Let the mouse draw or pick; None gives it back to moving the picture."""
        self._tool, self._begun, self._grabbed = tool, None, None
        if tool is None:
            self.unsetCursor()
        else:
            self.setCursor(
                Qt.CursorShape.PointingHandCursor if tool is Tool.PICK else Qt.CursorShape.CrossCursor
            )
            self.setFocus()
        self.update()

    def show_nothing(self, words: str) -> None:
        """Take the picture away and say why."""
        self._picture, self._caption, self._placeholder = None, "", words
        self._overlay, self._note = None, ""
        self._other, self._other_is_on = None, False
        self.use_tool(None)
        self.setAccessibleName(words)
        self.update()
        self.changed.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), _BACKGROUND)
        if self._picture is None:
            self._paint_placeholder(painter)
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self._scale() < 4)
        other = self._other[0] if self._other is not None and self._other_is_on else None
        painter.drawImage(self._target(), other or self._picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        layers = Layers(True, self._layers.landmarks, True) if self._tool is Tool.PICK else self._layers
        if self._overlay is not None and other is None:
            self._overlay.paint(painter, self._target(), self._scale(), layers)
        self._paint_tool(painter)
        self._paint_tags(painter)

    def _paint_placeholder(self, painter: QPainter) -> None:
        withheld = bool(self._caption)
        if withheld:
            painter.fillRect(self.rect().adjusted(8, 8, -8, -8), _WITHHELD)
        painter.setPen(QColor("#ffffff") if withheld else QColor("#c3c8cf"))
        box = self.rect().adjusted(24, 40, -24, -24)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._placeholder)
        if withheld:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            font = QFont(self.font())
            font.setPixelSize(_TAG_PX)
            painter.setFont(font)
            self._tag(painter, self._caption, QPointF(16, 16), 0.0)

    def _paint_tool(self, painter: QPainter) -> None:
        if self._tool is None:
            return
        if self._begun is not None:
            painter.setPen(QPen(QColor("white"), 1.5))
            painter.setBrush(_AREA if self._tool is Tool.EYES else Qt.BrushStyle.NoBrush)
            painter.drawRect(QRectF(self._begun, self._reached).normalized())
        font = QFont(self.font())
        font.setPixelSize(_TAG_PX)
        font.setBold(True)
        painter.setFont(font)
        for place, words in enumerate(reversed(self._lines(painter, tr(self._tool.value))), start=1):
            self._tag(
                painter, words, QPointF(self.width() / 2, self.height() - place * (_TAG_PX + 15) - 5), 0.5
            )

    def _paint_tags(self, painter: QPainter) -> None:
        font = QFont(self.font())
        font.setPixelSize(_TAG_PX)
        painter.setFont(font)
        note = "" if self._other_is_on else self._note
        for place, words in enumerate([*self._lines(painter, self.caption), note]):
            at = QPointF(8, 8 + place * (_TAG_PX + 15))
            self._tag(painter, words, at, 0.0, stands_out=self._other_is_on)
        font.setBold(True)
        painter.setFont(font)
        # Unmirrored, the child's right hand side is on the viewer's left.
        left, right = self._sides()
        middle = self.height() / 2 - _TAG_PX
        self._tag(painter, left, QPointF(8, middle), 0.0)
        self._tag(painter, right, QPointF(self.width() - 8, middle), 1.0)

    def _sides(self) -> tuple[str, str]:
        """The child's side at the left and at the right edge."""
        return (tr("L"), tr("R")) if self._mirrored else (tr("R"), tr("L"))

    def _tag(
        self, painter: QPainter, text: str, at: QPointF, share_left: float, *, stands_out: bool = False
    ) -> None:
        if not text:
            return
        text = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, self._widest())
        width = painter.fontMetrics().horizontalAdvance(text) + 14
        box = QRectF(at.x() - share_left * width, at.y(), width, _TAG_PX + 11)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_TAG_TEXT if stands_out else _TAG)
        painter.drawRoundedRect(box, 5, 5)
        painter.setPen(_BACKGROUND if stands_out else _TAG_TEXT)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

    def _lines(self, painter: QPainter, words: str) -> list[str]:
        """Words in one line, or in one for each part: that eyes are covered must not be cut off."""
        fits = painter.fontMetrics().horizontalAdvance(words) <= self._widest()
        return [words] if fits else words.split(" · ")

    def _widest(self) -> int:
        """Pixels that the words of a tag may take."""
        return max(self.width() - 32, 40)

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
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        if self._tool is None:
            self._grabbed = event.position()
        elif self._tool is Tool.PICK:
            self._pick(self._face_at(event.position()))
        else:
            self._begun = self._reached = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._begun is not None:
            self._reached = event.position()
            self.update()
            return
        if self._grabbed is None or self._picture is None:
            return
        moved, self._grabbed = event.position() - self._grabbed, event.position()
        target = self._target()
        centre = self._zoom.centre - QPointF(moved.x() / target.width(), moved.y() / target.height())
        self._zoom.set(self._zoom.factor, centre)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._grabbed = None
        if self._begun is None:
            return
        self._reached = event.position()
        self._take_area()

    def _take_area(self) -> None:
        if self._begun is None:
            return
        area = QRectF(self._begun, self._reached).normalized()
        self._begun = None
        self.update()
        if min(area.width(), area.height()) < _LEAST_PX or self._overlay is None:
            return
        corners = (area.topLeft(), area.topRight(), area.bottomRight(), area.bottomLeft())
        points = self._overlay.to_frame(np.array([self._in_picture(corner) for corner in corners]))
        self.area_drawn.emit(points)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self._tool is None:
            self._zoom.reset()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if self._picture is not None:
            # From the keyboard it is asked for at no place in particular.
            by_mouse = event.reason() is QContextMenuEvent.Reason.Mouse
            face = self._face_at(QPointF(event.pos())) if by_mouse else None
            self.menu_wanted.emit(face, event.globalPos())

    def event(self, event: QEvent) -> bool:
        # While something is picked or drawn, digits and Escape are no keys of the window.
        if self._tool is not None and event.type() is QEvent.Type.ShortcutOverride:
            assert isinstance(event, QKeyEvent)
            picks = self._tool is Tool.PICK and event.text() in _DIGITS
            draws = self._tool is not Tool.PICK and is_area_key(event.key())
            if event.key() == Qt.Key.Key_Escape or picks or draws:
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._tool is not None and event.key() == Qt.Key.Key_Escape:
            self.use_tool(None)
        elif self._tool is Tool.PICK and event.text() in _DIGITS:
            self._pick(_DIGITS.index(event.text()))
        elif self._tool not in (None, Tool.PICK) and is_area_key(event.key()):
            self._draw_by_key(event)
        else:
            super().keyPressEvent(event)

    def _draw_by_key(self, event: QKeyEvent) -> None:
        """Arrows move the rectangle, with Shift they size it, Return takes it."""
        if event.key() in TAKING:
            self._take_area()
            return
        area = None if self._begun is None else QRectF(self._begun, self._reached).normalized()
        room = self._target() & QRectF(self.rect())
        area = moved_area(area, event.key(), event.modifiers(), room)
        self._begun, self._reached = area.topLeft(), area.bottomRight()
        self.update()

    def _pick(self, face: int | None) -> None:
        if face is not None and self._overlay is not None and face < len(self._overlay.faces):
            self.face_picked.emit(face)

    def _in_picture(self, at: QPointF) -> tuple[float, float]:
        """A point of the widget in pixels of the picture."""
        target, scale = self._target(), self._scale()
        return (at.x() - target.x()) / scale, (at.y() - target.y()) / scale

    def _face_at(self, at: QPointF) -> int | None:
        return None if self._overlay is None else self._overlay.face_at(*self._in_picture(at))


def _image(rgb: NDArray[np.uint8]) -> QImage:
    rgb = np.ascontiguousarray(rgb)
    height, width = rgb.shape[:2]
    image = QImage(rgb.data, width, height, 3 * width, QImage.Format.Format_RGB888)
    return image.copy()  # QImage does not keep the array alive
