"""How long work speaks to its caller: the only channel upwards.

The core reports through :class:`Progress` and asks :class:`CancelToken`;
the terminal, the window and tests implement them.
"""

from __future__ import annotations

import threading
from typing import Protocol

from hrm_core.errors import Cancelled

__all__ = ["CancelToken", "NoProgress", "Progress"]


class Progress(Protocol):
    """What work that takes longer than half a second reports to."""

    def start(self, title: str, total: int | None) -> None:
        """Begin a step of ``total`` units (None: unknown)."""

    def advance(self, units: int = 1) -> None:
        """``units`` more are done."""

    def finish(self) -> None:
        """Mark the step as over."""


class NoProgress:
    """A :class:`Progress` nobody looks at."""

    def start(self, title: str, total: int | None) -> None:
        """Ignore the start."""

    def advance(self, units: int = 1) -> None:
        """Ignore the advance."""

    def finish(self) -> None:
        """Ignore the end."""


class CancelToken:
    """A flag one thread sets and the working thread asks."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def cancel(self) -> None:
        """Ask the work to stop at its next safe point."""
        self._event.set()

    @property
    def cancelled(self) -> bool:
        """Whether somebody asked for a stop."""
        return self._event.is_set()

    def raise_if_cancelled(self) -> None:
        """Stop here if asked to.

        Raises
        ------
        Cancelled
            If :meth:`cancel` was called.
        """
        if self._event.is_set():
            raise Cancelled("Stopped on request; nothing is left half done.")
