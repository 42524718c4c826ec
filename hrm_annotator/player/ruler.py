"""The recording from end to end: clips, coded frames and where we are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QBrush,
    QColor,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractSlider, QSizePolicy, QWidget

from hrm_annotator.language import tr
from hrm_core.palette import STATE_COLOURS
from hrm_core.records.coding import CodingState, FrameCoding
from hrm_core.records.recording import Clip

__all__ = ["Ruler"]

_MARGIN = 8
_CLIPS_TOP, _CLIPS_HEIGHT = 4, 10
_CODED_TOP, _CODED_HEIGHT = 17, 8
_LINES = {CodingState.CHECKED: QColor("white"), CodingState.NOT_CODABLE: QColor("black")}


class Ruler(QAbstractSlider):
    """A bar to see coverage and to jump; clips above, coded frames below.

    For assistive technology it is a slider from the first frame to the last; for hands it
    is no slider, which would keep arrow keys and the wheel for itself.
    """

    jumped = Signal(int)
    """The coder asked for this frame."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._count = 0
        self._frame = 0
        self._clips: Sequence[Clip] = ()
        self._coded: Mapping[int, FrameCoding] = {}
        self._coverage: QPixmap | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self.setRange(0, 0)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.valueChanged.connect(self._on_value_changed)
        self.setAccessibleName(tr("Position in the recording"))

    def sizeHint(self) -> QSize:
        return QSize(400, 32)

    def show_recording(self, count: int, clips: Sequence[Clip], coded: Mapping[int, FrameCoding]) -> None:
        """Show a recording of `count` frames."""
        self._count, self._clips, self._coded, self._frame = count, clips, coded, 0
        self.blockSignals(True)
        self.setRange(0, max(count - 1, 0))
        self.setValue(0)
        self.blockSignals(False)
        self.show_coverage()

    def show_clips(self, clips: Sequence[Clip]) -> None:
        """Show the clips as they are now."""
        self._clips = clips
        self.update()

    def show_coverage(self) -> None:
        """Show which frames are coded now."""
        self._coverage = None
        self.update()

    def show_frame(self, frame: int) -> None:
        """Mark the frame that is on the screen."""
        self._frame = frame
        self.setValue(frame)
        self.update()

    def _on_value_changed(self, frame: int) -> None:
        # Assistive technology moved it; else the frame was shown before.
        if frame != self._frame:
            self.jumped.emit(frame)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(Qt.PenStyle.NoPen)
        palette = self.palette()
        whole = QRectF(_MARGIN, _CODED_TOP, self.width() - 2 * _MARGIN, _CODED_HEIGHT)
        painter.setBrush(palette.color(QPalette.ColorRole.Midlight))
        painter.drawRoundedRect(whole, 2, 2)
        if not self._count:
            return
        for clip in self._clips:
            self._paint_clip(painter, clip)
        if self._coverage is None:
            self._coverage = self._draw_coverage()
        painter.drawPixmap(0, 0, self._coverage)
        painter.setBrush(palette.color(QPalette.ColorRole.WindowText))
        painter.drawRect(QRectF(self._x(self._frame) + self._width() / 2 - 1, 1, 2, self.height() - 4))

    def _draw_coverage(self) -> QPixmap:
        """The coded frames; drawn when they change, not with every picture that is shown."""
        ratio = self.devicePixelRatioF()
        picture = QPixmap(round(self.width() * ratio), round(self.height() * ratio))
        picture.setDevicePixelRatio(ratio)
        picture.fill(QColor(0, 0, 0, 0))
        painter, palette = QPainter(picture), self.palette()
        painter.setPen(Qt.PenStyle.NoPen)
        for frame, coding in self._coded.items():
            painter.setBrush(QColor(STATE_COLOURS[coding.state]))
            x, width = self._x(frame), max(self._width(), 1.0)
            place = QRectF(x, _CODED_TOP, width, _CODED_HEIGHT)
            painter.drawRect(place)
            # States differ without their colours, too, as on the timeline.
            if coding.state is CodingState.CARRIED:
                painter.fillRect(
                    place, QBrush(palette.color(QPalette.ColorRole.Base), Qt.BrushStyle.FDiagPattern)
                )
            elif coding.state in _LINES:
                painter.fillRect(QRectF(x, _CODED_TOP + 3, width, 2), _LINES[coding.state])
        painter.end()
        return picture

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._coverage = None

    def _paint_clip(self, painter: QPainter, clip: Clip) -> None:
        left, right = self._x(clip.first_frame), self._x(clip.last_frame + 1)
        box = QRectF(left, _CLIPS_TOP, right - left, _CLIPS_HEIGHT)
        colour = self.palette().color(QPalette.ColorRole.Highlight)
        colour.setAlpha(120)
        painter.setBrush(colour)
        painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Accent), 1))
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 2, 2)
        painter.setPen(Qt.PenStyle.NoPen)

    def _width(self) -> float:
        """Width of one frame in pixels."""
        return (self.width() - 2 * _MARGIN) / max(self._count, 1)

    def _x(self, frame: int) -> float:
        return _MARGIN + frame * self._width()

    def _frame_at(self, x: float) -> int:
        return min(max(int((x - _MARGIN) / self._width()), 0), self._count - 1)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        event.ignore()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._count and event.button() is Qt.MouseButton.LeftButton:
            self.jumped.emit(self._frame_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if not self._count:
            return
        frame = self._frame_at(event.position().x())
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.jumped.emit(frame)
        self.setToolTip(tr("frame {frame}", frame=frame))
