"""Run slow work beside the window and bring its result back to the main thread."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from PySide6.QtCore import QObject, Signal

from hrm_core.errors import UserError

__all__ = ["Runner"]

_log = logging.getLogger(__name__)


class Runner(QObject):
    """A small pool of worker threads.

    Workers never touch widgets: what they return is handed to a callback that
    runs in the thread of this object.
    """

    _finished = Signal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="hrm")
        self._finished.connect(self._on_finished)

    def run(
        self,
        work: Callable[[], Any],
        on_success: Callable[[Any], None],
        on_failure: Callable[[UserError], None],
    ) -> None:
        """Run `work` in a worker, then one of the callbacks in the main thread.

        Errors that are not the world's fault are raised in the main thread, where
        the crash hook finds them.
        """
        future = self._pool.submit(work)
        future.add_done_callback(lambda done: self._announce(done, on_success, on_failure))

    def _announce(
        self, done: Future[Any], on_success: Callable[[Any], None], on_failure: Callable[[UserError], None]
    ) -> None:
        try:
            self._finished.emit(done, (on_success, on_failure))
        except RuntimeError:  # the window is gone already
            _log.debug("a result came after the window was closed")

    def _on_finished(self, done: Future[Any], callbacks: tuple[Any, Any]) -> None:
        on_success, on_failure = callbacks
        if done.cancelled():
            return
        error = done.exception()
        if error is None:
            on_success(done.result())
        elif isinstance(error, UserError):
            on_failure(error)
        else:
            raise error

    def stop(self) -> None:
        """Wait for work under way; nothing new is begun."""
        self._pool.shutdown(wait=True, cancel_futures=True)
