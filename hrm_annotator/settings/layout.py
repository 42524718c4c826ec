"""Where windows were and how their parts were divided, remembered from start to start."""

from __future__ import annotations

import json
from typing import Any

from PySide6.QtCore import QByteArray
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QSplitter, QWidget

from hrm_core.paths import user_config_dir, write_whole

__all__ = ["copy_layout", "restore_layout", "store_layout", "was_open"]

_FILE = "layout.json"
# Less than this of a window on a screen cannot be taken hold of.
_LEAST_SEEN = (120, 60)


def store_layout(name: str, window: QWidget, *, is_open: bool = True) -> None:
    """Remember where a window is and how its named splitters divide it.

    Parameters
    ----------
    name : str
        Of the window.
    window : QWidget
        A window.
    is_open : bool
        Whether it shall be opened again by itself.
    """
    stored = _read()
    stored[name] = {
        "geometry": _text(window.saveGeometry()),
        "splitters": {entry.objectName(): _text(entry.saveState()) for entry in _splitters(window)},
        "open": is_open,
    }
    try:
        write_whole(user_config_dir() / _FILE, json.dumps(stored, indent=2).encode(), at_once=False)
    except OSError:
        # The window opens as at first then, no more.
        return


def restore_layout(name: str, window: QWidget) -> None:
    """Put a window where it was; one that no screen would show stays as it is made."""
    stored = _window(name)
    before = window.geometry()
    geometry = _bytes(stored.get("geometry"))
    if geometry is not None and (not window.restoreGeometry(geometry) or not _is_seen(window)):
        window.setGeometry(before)
    splitters = stored.get("splitters")
    for entry in _splitters(window):
        state = _bytes(splitters.get(entry.objectName())) if isinstance(splitters, dict) else None
        if state is not None:
            entry.restoreState(state)


def copy_layout(source: QWidget, target: QWidget) -> None:
    """Put a window that is not shown yet exactly where another one of its kind is.

    What is stored of a window is fitted to the screens when it is restored; a window that
    takes the place of another needs no fitting.
    """
    if source.isMaximized() or source.isFullScreen():
        target.setWindowState(source.windowState())
    else:
        target.setGeometry(source.geometry())
    for before, after in zip(_splitters(source), _splitters(target), strict=True):
        after.restoreState(before.saveState())


def was_open(name: str) -> bool:
    """Whether a window was open when its layout was stored."""
    return _window(name).get("open") is True


def _splitters(window: QWidget) -> list[QSplitter]:
    return [entry for entry in window.findChildren(QSplitter) if entry.objectName()]


def _is_seen(window: QWidget) -> bool:
    """Whether enough of the window lies on a screen that is there now."""
    frame = window.frameGeometry()
    parts = [frame.intersected(screen.availableGeometry()) for screen in QGuiApplication.screens()]
    return any(part.width() >= _LEAST_SEEN[0] and part.height() >= _LEAST_SEEN[1] for part in parts)


def _window(name: str) -> dict[str, Any]:
    stored = _read().get(name)
    return stored if isinstance(stored, dict) else {}


def _read() -> dict[str, Any]:
    try:
        stored = json.loads((user_config_dir() / _FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return stored if isinstance(stored, dict) else {}


def _text(data: QByteArray) -> str:
    return bytes(data.toBase64().data()).decode("ascii")


def _bytes(text: object) -> QByteArray | None:
    if not isinstance(text, str):
        return None
    return QByteArray.fromBase64(text.encode("ascii", errors="ignore"))
