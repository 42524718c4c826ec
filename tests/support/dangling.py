"""Fail a test that leaves a thread, a timer or a window behind.

What outlives its test crashes or slows another one.  A folder of window tests
takes the fixture into its ``conftest.py``::

    from tests.support.dangling import no_dangling_qt
"""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QThread, QThreadPool, QTimer
from PySide6.QtWidgets import QApplication
from shiboken6 import isValid

__all__ = ["no_dangling_qt"]

_PATIENCE_MS = 2000


@pytest.fixture(autouse=True)
def no_dangling_qt(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Check after the test that everything it started in Qt has ended."""
    # What was there before needs no looking through afterwards, which takes most of a second.
    gc.freeze()
    threads = _remember(monkeypatch, QThread)
    timers = _remember(monkeypatch, QTimer)
    pools = _remember(monkeypatch, QThreadPool)
    before = {id(widget): widget for widget in _top_level_widgets()}
    yield
    _finish_deletions()
    left = [f"running timer {_describe(timer)}" for timer in _alive(timers) if timer.isActive()]
    left += [f"running thread {_describe(thread)}" for thread in _alive(threads) if thread.isRunning()]
    left += [
        f"busy thread pool {_describe(pool)}"
        for pool in [*_alive(pools), QThreadPool.globalInstance()]
        if not pool.waitForDone(_PATIENCE_MS)
    ]
    left += [f"window {_describe(widget)}" for widget in _top_level_widgets() if id(widget) not in before]
    if left:
        pytest.fail("left behind: " + "; ".join(left), pytrace=False)


def _remember(monkeypatch: pytest.MonkeyPatch, kind: type) -> list[weakref.ref[Any]]:
    """Keep weak references to every object of `kind` that is started during the test."""
    started: list[weakref.ref[Any]] = []
    original: Callable[..., Any] = kind.start  # type: ignore[attr-defined]

    def start(self: Any, *args: Any, **kwargs: Any) -> Any:
        started.append(weakref.ref(self))
        return original(self, *args, **kwargs)

    # QTimer.singleShot does not come through here: it ends by itself.
    monkeypatch.setattr(kind, "start", start)
    return started


def _alive(references: list[weakref.ref[Any]]) -> list[Any]:
    """The objects still there, in Python and in C++, each once."""
    objects = {id(item): item for item in (reference() for reference in references) if item is not None}
    return [item for item in objects.values() if isValid(item)]


def _finish_deletions() -> None:
    """Let go of what only waits for the garbage collector or for ``deleteLater``."""
    gc.collect()
    if QCoreApplication.instance() is not None:
        for _ in range(2):
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
            QCoreApplication.sendPostedEvents()
    gc.collect()


def _top_level_widgets() -> list[Any]:
    """Windows that exist, shown or not, less those that Qt itself makes and keeps."""
    if not isinstance(QApplication.instance(), QApplication):
        return []
    return [
        widget
        for widget in QApplication.topLevelWidgets()
        if isValid(widget) and widget.metaObject().className() not in {"QTipLabel", "QDesktopWidget"}
    ]


def _describe(thing: Any) -> str:
    name = thing.objectName()
    return f"{type(thing).__name__} “{name}”" if name else type(thing).__name__
