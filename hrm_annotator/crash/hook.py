"""Catch what nobody caught: write a report without names, tell the coder, go on."""

from __future__ import annotations

import platform
import sys
import threading
import traceback
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QObject, Signal, qVersion

from hrm_annotator import __version__
from hrm_core.paths import user_cache_dir

__all__ = ["CrashHook", "report"]


class CrashHook(QObject):
    """Receives errors of every thread and announces them in the main one."""

    crashed = Signal(str)
    """Path of the report; empty if it could not be written."""

    def install(self) -> None:
        """Take the place of Python's own hooks."""
        sys.excepthook = self._on_error
        threading.excepthook = lambda args: self._on_error(args.exc_type, args.exc_value, args.exc_traceback)

    def _on_error(
        self, kind: type[BaseException], error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error or kind(), trace)
            return
        text = report(kind, trace)
        if sys.stderr is not None:
            sys.stderr.write(text)
        path = _keep(text)
        self.crashed.emit("" if path is None else str(path))


def report(kind: type[BaseException], trace: TracebackType | None) -> str:
    """What a crash report says: where in the program, never whose video.

    Messages of exceptions are left out, because they may hold paths or names.
    """
    lines = [
        f"HRM Annotator {__version__}, Python {platform.python_version()}, Qt {qVersion()}",
        platform.system(),
        datetime.now(UTC).isoformat(timespec="seconds"),
    ]
    for frame in traceback.extract_tb(trace):
        lines.append(f"  {Path(frame.filename).name}:{frame.lineno} in {frame.name}")
    lines.append(kind.__name__)
    return "\n".join(lines) + "\n"


def _keep(text: str) -> Path | None:
    folder = user_cache_dir() / "crashes"
    path = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S}.txt"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError:
        return None
    return path
