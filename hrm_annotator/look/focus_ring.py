"""A ring around whatever has the keyboard, the same for every control and in both themes."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QPen, QRegion
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

__all__ = ["RING_PX", "FocusRing"]

RING_PX = 3
_LINE_PX = 2
_PLACED_BY = (
    QEvent.Type.Move,
    QEvent.Type.Resize,
    QEvent.Type.Show,
    QEvent.Type.Hide,
    QEvent.Type.ParentChange,
    QEvent.Type.ZOrderChange,
)
_NO_RING = (Qt.WindowType.Popup, Qt.WindowType.ToolTip)


class FocusRing(QObject):
    """Draws the ring; it takes neither room nor clicks.

    Styles mark the control that has the keyboard each in another way, some of them only
    after Tab was pressed, and pictures and boxes that paint themselves not at all.

    Parameters
    ----------
    parent : QObject
        Who ends it by going.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._followed: list[QWidget] = []
        self._ring: _Ring | None = None
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        self._app = app
        app.focusChanged.connect(self._on_focus_changed)

    @property
    def ring(self) -> QWidget | None:
        """What is drawn now; None while no control of the program has the keyboard."""
        return self._ring

    def stop(self) -> None:
        """Draw no ring any more."""
        self._app.focusChanged.disconnect(self._on_focus_changed)
        self._let_go()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _PLACED_BY:
            self._place()
        return False

    def _on_focus_changed(self, _: QWidget | None, widget: QWidget | None) -> None:
        self._let_go()
        if widget is None or widget.window() is widget or widget.window().windowType() in _NO_RING:
            return
        window = widget.window()
        while widget is not None and widget is not window:
            self._followed.append(widget)
            widget.installEventFilter(self)
            widget = widget.parentWidget()
        self._ring = _Ring(window)
        self._place()

    def _let_go(self) -> None:
        for widget in self._followed:
            if isValid(widget):
                widget.removeEventFilter(self)
        self._followed.clear()
        if self._ring is not None and isValid(self._ring):
            self._ring.hide()
            self._ring.deleteLater()
        self._ring = None

    def _place(self) -> None:
        ring = self._ring
        if ring is None or not isValid(ring) or not self._followed or not isValid(self._followed[0]):
            return
        widget, window = self._followed[0], ring.parentWidget()
        if not widget.isVisible() or widget.window() is not window:
            ring.hide()
            return
        place = QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())
        place.adjust(-RING_PX, -RING_PX, RING_PX, RING_PX)
        # What is scrolled out of sight, or fills its parent, gets the ring along its inner edge.
        for around in (*self._followed[1:], window):
            place &= QRect(around.mapTo(window, QPoint(0, 0)), around.size())
        ring.setVisible(not place.isEmpty())
        ring.surround(place)


class _Ring(QWidget):
    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def surround(self, place: QRect) -> None:
        self.setGeometry(place)
        inner = self.rect().adjusted(RING_PX, RING_PX, -RING_PX, -RING_PX)
        # Only the band itself: what changes inside must not paint the ring again.
        self.setMask(QRegion(self.rect()) - QRegion(inner))
        self.raise_()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        # Two tones: one of them stands out, whatever picture the ring lies on.
        painter.fillRect(self.rect(), self.palette().color(QPalette.ColorRole.Base))
        pen = QPen(self.palette().color(QPalette.ColorRole.Accent), 2 * _LINE_PX)
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        painter.setPen(pen)
        painter.drawRect(self.rect())
