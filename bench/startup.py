"""How long until the window can be seen, beside a bare Qt window in the same run.

Run with ``make bench`` or ``python bench/startup.py``.  Every figure is a fresh
process, from its start to the first painted frame.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time

ROUNDS = 7
BARE = """
from PySide6.QtWidgets import QApplication, QMainWindow
app = QApplication([])
window = QMainWindow()
window.resize(1280, 800)
window.show()
"""
OURS = """
from hrm_annotator.early import guard_qt_plugins
guard_qt_plugins()
from PySide6.QtWidgets import QApplication
from hrm_annotator.look.theme import apply_theme
from hrm_annotator.app import Program
app = QApplication([])
apply_theme(app, "system")
program = Program()
window = program.window
window.show()
"""
# The paint event comes through the event loop; the filter ends it.
UNTIL_PAINTED = """
from PySide6.QtCore import QEvent, QObject, QTimer
class Watch(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint:
            QTimer.singleShot(0, app.quit)
        return False
watch = Watch()
app.installEventFilter(watch)
app.exec()
import os
os.write(1, b"painted")
os._exit(0)
"""


def main() -> None:
    """Print medians and their ratio."""
    environment = {**os.environ, "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen")}
    bare = [seconds(BARE + UNTIL_PAINTED, environment) for _ in range(ROUNDS)]
    ours = [seconds(OURS + UNTIL_PAINTED, environment) for _ in range(ROUNDS)]
    base, first = statistics.median(bare), statistics.median(ours)
    print(f"baseline: a bare Qt window, first paint: median {base:.2f} s")
    print(f"HRM Annotator, first paint: median {first:.2f} s (aim 1.5), worst {max(ours):.2f} s")
    print(f"ratio {first / base:.2f}")


def seconds(code: str, environment: dict[str, str]) -> float:
    """Seconds of one process from start to first paint."""
    begin = time.perf_counter()
    result = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=True)
    assert result.stdout == b"painted"
    return time.perf_counter() - begin


if __name__ == "__main__":
    main()
