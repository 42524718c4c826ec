"""A judge in a process of its own, without a screen: ``python -m tests.support.judge_process STUDY JUDGE``.

Presses a key as soon as an answer is asked for, and says ``begun`` when the
first clip plays and ``answered N`` once the window has gone on.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

__all__ = ["score_at"]


def score_at(position: int) -> int:
    """The answer that this judge gives at a place in the order; neighbours differ."""
    return 1 + position * 2 % 5


def main() -> int:
    """Rate until the end, or until somebody kills the process."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from PySide6.QtCore import Qt, QTimer
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QApplication

    from hrm_annotator.app import JudgeProgram
    from tests.support.judging import SESSION

    qt = QApplication([])
    program = JudgeProgram(Path(sys.argv[1]), SESSION, sys.argv[2])
    window, wiring = program.window, program.sitting
    told: set[int] | None = None

    def look() -> None:
        nonlocal told
        sitting = wiring.sitting
        if sitting is None or wiring._busy:
            return
        if told is None and window.page is not window.notice:
            told = set(sitting.state.answered)
            print("begun", flush=True)
        for position in sorted(sitting.state.answered - told) if told is not None else ():
            told = {*told, position}
            print(f"answered {position}", flush=True)
        if sitting.current is None:
            qt.quit()
        elif window.page is window.question:
            expected = sitting.current.expected
            QTest.keyClick(window, str(expected or score_at(sitting.current.position)))
        elif window.page is window.notice:
            QTest.keyClick(window, Qt.Key.Key_Return)

    timer = QTimer()
    timer.timeout.connect(look)
    timer.start(2)
    window.show()
    program.start()
    status = qt.exec()
    program.close()
    return status


if __name__ == "__main__":
    sys.exit(main())
