"""The painted surface of the timeline, and the mouse on it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QHelpEvent,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from hrm_annotator.language import tr
from hrm_annotator.timeline.code_grid import Run
from hrm_annotator.timeline.colours import Colours
from hrm_annotator.timeline.gestures import (
    EdgeDrag,
    Gesture,
    PanDrag,
    RangeDrag,
    Scrub,
    edge_at,
)
from hrm_annotator.timeline.gutter import Gutter
from hrm_annotator.timeline.overlay import draw_moved_run, draw_playhead, draw_range, playhead_reach
from hrm_annotator.timeline.picture import draw_picture
from hrm_annotator.timeline.tool_tip import frame_words, tool_tip
from hrm_annotator.timeline.view import GUTTER_PX, ROWS_TOP_PX, MarkedRange, View
from hrm_annotator.widgets.spoken import Spoken, tell_changed

__all__ = ["Tracks"]

_ZOOM_PER_NOTCH = 1.25
_NOTCH = 120
_PAN_PX_PER_NOTCH = 80.0
_DROPPED_BY = (QEvent.Type.PaletteChange, QEvent.Type.FontChange, QEvent.Type.StyleChange)


class Tracks(QWidget, Spoken):
    """Paints a view and turns what the mouse does into wishes.

    The picture of all codes is kept until something in it changes: the playhead
    moves with every frame and must cost next to nothing.

    Parameters
    ----------
    view : View
        What to show; call :meth:`repaint_all` after changing it.
    """

    spoken_role = QAccessible.Role.Graphic
    frame_wanted = Signal(int)
    action_chosen = Signal(str)
    range_wanted = Signal(int, int)
    edge_moved = Signal(str, int, int, int, int)
    view_moved = Signal()
    """The mouse moved or zoomed the view, or another frame did."""
    repainted = Signal()
    """Everything is painted anew: other frames may be in view."""

    def __init__(self, view: View, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view = view
        self._gutter = Gutter(view)
        self._picture: QImage | None = None
        self._stale = True
        self._colours: Colours | None = None
        self._gesture: Gesture | None = None
        self.title_of_frame: Callable[[int], str] | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName(tr("Timeline"))
        self.setAccessibleDescription(tr("Codes of all frames, one row per action"))

    def sizeHint(self) -> QSize:
        return QSize(640, 215)

    def minimumSizeHint(self) -> QSize:
        return QSize(GUTTER_PX + 120, ROWS_TOP_PX + 40)

    def spoken_value(self) -> str:
        """The frame under the playhead: its state, its codes and the marked frames."""
        return frame_words(self._view, self.title_of_frame)

    def repaint_all(self) -> None:
        """Paint everything anew: codes, view or colours have changed."""
        self._stale = True
        self.update()
        self.repainted.emit()

    def show_frame(self, frame: int | None) -> None:
        """Move the playhead, and turn the page if it would leave the view."""
        before, self._view.frame = self._view.frame, frame
        tell_changed(self)
        # While the mouse drags the view stands still under it.
        if frame is not None and self._gesture is None and self._view.scale.page_to(frame):
            self.repaint_all()
            self.view_moved.emit()
            return
        for place in (before, frame):
            if place is not None:
                self.update(playhead_reach(self._view, place).toAlignedRect())

    # -- painting -----------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        ratio = self.devicePixelRatioF()
        if self._colours is None:
            self._colours = Colours.of(self.palette())
        if self._picture is None or self._stale or self._picture.devicePixelRatio() != ratio:
            self._picture = draw_picture(
                self._view,
                self._colours,
                self.size(),
                ratio,
                self.palette(),
                self.font(),
                self._picture,
            )
            self._stale = False
        names = self._gutter.image(self._colours, ratio, self.palette(), self.font())
        painter = QPainter(self)
        part = QRectF(event.rect())
        source = QRectF(part.topLeft() * ratio, part.size() * ratio)
        painter.drawImage(part, self._picture, source)
        if part.left() < GUTTER_PX:
            painter.drawImage(QPointF(0, 0), names)
        painter.setClipRect(QRectF(GUTTER_PX, 0, self._view.scale.width, self.height()))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_marks(painter)
        draw_playhead(painter, self._view, self.palette(), self.font())

    def _paint_marks(self, painter: QPainter) -> None:
        view, gesture = self._view, self._gesture
        if isinstance(gesture, RangeDrag):
            kept, view.marked = view.marked, MarkedRange(gesture.first, gesture.last)
            draw_range(painter, view, self.palette())
            view.marked = kept
        else:
            draw_range(painter, view, self.palette())
        if isinstance(gesture, EdgeDrag):
            draw_moved_run(painter, view, self.palette(), gesture.run.action, gesture.first, gesture.last)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._view.place(self.width(), self.height())
        self.repaint_all()
        self.view_moved.emit()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in _DROPPED_BY:
            self._colours = None
            self.repaint_all()
        super().changeEvent(event)

    # -- mouse --------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self._view.grid.frame_count:
            return
        if self._gesture is not None:
            # Another button during a drag takes it back.
            self._gesture = None
            self.update()
            return
        point = event.position()
        if event.button() is Qt.MouseButton.MiddleButton:
            self._gesture = PanDrag(self._view, point)
        elif event.button() is Qt.MouseButton.LeftButton:
            self._gesture = self._begin(
                point, marks=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            )
        if self._gesture is not None:
            self._gesture.move(point)

    def _begin(self, point: QPointF, *, marks: bool) -> Gesture | None:
        row = self._view.row_at(point.y())
        if row is not None:
            self.action_chosen.emit(self._view.actions[row].key)
        edge = None if marks else edge_at(self._view, point)
        if edge is not None:
            return EdgeDrag(self._view, edge, point, self._on_edge_moved)
        if point.x() < GUTTER_PX:
            return None
        if marks:
            return RangeDrag(self._view, point, self.range_wanted.emit)
        return Scrub(self._view, self.frame_wanted.emit)

    def _on_edge_moved(self, run: Run, first: int, last: int) -> None:
        self.edge_moved.emit(run.action, run.first, run.last, first, last)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._gesture is None:
            self._show_cursor(event.position())
            return
        self._gesture.move(event.position())
        if isinstance(self._gesture, PanDrag):
            self._on_view_moved()
        elif not isinstance(self._gesture, Scrub):
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        gesture, self._gesture = self._gesture, None
        if gesture is not None:
            gesture.finish()
            self.update()

    def _show_cursor(self, point: QPointF) -> None:
        if edge_at(self._view, point) is not None:
            self.setCursor(Qt.CursorShape.SplitHCursor)
        else:
            self.unsetCursor()

    def wheelEvent(self, event: QWheelEvent) -> None:
        delta, view = event.angleDelta(), self._view
        if not view.grid.frame_count:
            return
        sideways = delta.x() if abs(delta.x()) > abs(delta.y()) else 0
        if not sideways and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            sideways = delta.y()
        notches = (sideways or delta.y()) / _NOTCH
        if sideways:
            view.scale.pan(-notches * _PAN_PX_PER_NOTCH)
        elif event.position().x() < GUTTER_PX:
            view.layout.scroll_to(view.layout.offset - round(notches * 3 * view.layout.row_height))
        else:
            view.scale.zoom(_ZOOM_PER_NOTCH**notches, event.position().x() - GUTTER_PX)
        self._on_view_moved()
        event.accept()

    def _on_view_moved(self) -> None:
        self.repaint_all()
        self.view_moved.emit()

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            words = tool_tip(self._view, QPointF(event.pos()), self.title_of_frame)
            QToolTip.showText(event.globalPos(), words, self)
            return True
        return super().event(event)
