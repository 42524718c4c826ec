"""The neutral face in place of the frame, on and off, as long as somebody wants to see it."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, QTimer

from hrm_annotator.player.picture_view import PictureView

__all__ = ["Flicker"]


class Flicker(QObject):
    """Turns a view to the picture that is kept in it and back.

    Parameters
    ----------
    view : PictureView
        The view; it forgets the other picture whenever it shows another frame.
    """

    def __init__(self, view: PictureView, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._view = view
        self._on = False
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.turn)

    def set_rate(self, rate: float) -> None:
        """Show the other picture `rate` times a second, as long as the view's own in between."""
        self._timer.setInterval(round(500 / rate))

    @property
    def is_on(self) -> bool:
        """Whether pictures change now."""
        return self._timer.isActive()

    @property
    def shows_other(self) -> bool:
        """Whether the other picture is shown now."""
        return self._on

    def begin(self, *, with_other: bool) -> None:
        """Begin, with the other picture or with the view's own."""
        self._on = with_other
        self._view.show_other(with_other)
        self._timer.start()

    def end(self) -> None:
        """Show the view's own picture from now on."""
        self._timer.stop()
        self._on = False
        self._view.keep_other(None)

    def turn(self) -> None:
        """Show the other one of the two."""
        self._on = not self._on
        self._view.show_other(self._on)
