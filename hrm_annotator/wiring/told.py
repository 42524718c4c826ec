"""Progress of a worker, told in the main thread."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

__all__ = ["Told"]


class Told(QObject):
    """Carries progress of a worker to `show` in the main thread: how much is done, of how much.

    Parameters
    ----------
    parent : QObject
        Lives in the main thread.
    show : callable
        Given what is done and what there is to do; 0 of 0 where nobody knows.
    """

    changed = Signal(int, int)

    def __init__(self, parent: QObject, show: Callable[[int, int], None]) -> None:
        super().__init__(parent)
        self._done, self._total, self._show = 0, 0, show
        # A method of this object, so that Qt carries it over to the thread that the object lives in.
        self.changed.connect(self._on_changed)

    def _on_changed(self, done: int, total: int) -> None:
        self._show(done, total)

    def start(self, title: str, total: int | None) -> None:
        """Begin a step."""
        self._done, self._total = 0, total or 0

    def advance(self, units: int = 1) -> None:
        """So much more is done."""
        self._done += units
        self.changed.emit(self._done, self._total)

    def finish(self) -> None:
        """End the step."""
        self.changed.emit(self._total, self._total)
