"""Before Qt: what must hold before any window can be made."""

from __future__ import annotations

import faulthandler
import os
import sys

__all__ = ["guard_qt_plugins", "main"]


def guard_qt_plugins() -> None:
    """Make Qt look for its plug-ins where PySide6 keeps them.

    OpenCV's wheel for Linux carries a Qt of its own and points these variables
    at it as soon as it is imported; a window would then load the wrong plug-ins
    and abort.
    """
    for variable in ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR"):
        if "cv2" in os.environ.get(variable, ""):
            del os.environ[variable]


def main() -> None:
    """Start the program; the exit status is that of the window."""
    if sys.stderr is not None:  # there is none behind a Windows icon
        faulthandler.enable()
    guard_qt_plugins()
    from hrm_annotator.app import run

    sys.exit(run(sys.argv))
