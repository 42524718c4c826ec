"""From a key to the painted frame, on a 1080p film, beside the bare decoding of the same frames.

Run with ``make bench`` or ``PYTHONPATH=. python bench/keys.py``.  The film is
synthetic (H.264 with B-frames under camera-like noise, as in ``bench/media.py``).
A stroke is a key event sent to the real window (Qt's offscreen platform unless
another is named); the clock stops when the picture of the frame that it leads to has
been painted into the window.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from bench.media import HD, make_clip
from hrm_annotator.app import Program
from hrm_annotator.settings import personal
from hrm_core.media import open_video
from hrm_core.workflows.add_participant import add_participant
from hrm_core.workflows.add_video import add_clips, add_video
from hrm_core.workflows.project import create_project

FRAMES = 240
NO, CONTROL, SHIFT = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
)


class Painted(QObject):
    """Knows when a widget was painted last."""

    def __init__(self, widget: QObject) -> None:
        super().__init__(widget)
        self.times = 0
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Note a painting."""
        if event.type() is QEvent.Type.Paint:
            self.times += 1
        return False


def wait(condition: Callable[[], bool]) -> None:
    """Let the program run until the condition holds."""
    give_up = time.monotonic() + 30
    while not condition():
        QApplication.processEvents()
        time.sleep(0.0005)  # who spins holds up the threads that decode and write
        if time.monotonic() > give_up:
            raise TimeoutError("the window did not do what the key asks for")


def strokes(
    program: Program, painted: Painted, plan: list[tuple[Qt.Key | str, Qt.KeyboardModifier]]
) -> list[float]:
    """Seconds from each stroke to the painted frame."""
    session, found = program.session, []
    for key, modifier in plan:
        before, times = (session.frame, session.coding()), painted.times
        begin = time.perf_counter()
        QTest.keyClick(QApplication.focusWidget() or program.window, key, modifier)
        wait(lambda: (session.frame, session.coding()) != before)  # noqa: B023 - called at once
        if session.frame != before[0]:
            wait(lambda: painted.times > times)  # noqa: B023
        else:
            QApplication.processEvents()
        found.append(time.perf_counter() - begin)
        settle = time.perf_counter() + 0.04  # nobody presses faster
        while time.perf_counter() < settle:
            QApplication.processEvents()
            time.sleep(0.001)
    return found


def line(name: str, seconds: list[float], base_s: float) -> None:
    """Print median, p95 and worst, and the ratio to decoding."""
    ms = np.array(seconds) * 1000
    print(
        f"{name:26} median {np.median(ms):5.1f}, p95 {np.percentile(ms, 95):5.1f}, worst {ms.max():5.1f} ms, "
        f"median / decoding {np.median(ms) / base_s / 1000:5.2f}"
    )


def main() -> None:
    """Print one line per kind of stroke."""
    app = QApplication.instance() or QApplication([])
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        os.environ["XDG_CONFIG_HOME"] = str(folder / "config")
        make_clip(folder / "hd.mp4", HD, FRAMES, 60, False)
        with create_project(folder / "study", name="Keys (synthetic)", groups=("A", "B")) as project:
            add_participant(project, "1", group="A")
            add_clips(project, add_video(project, "1", folder / "hd.mp4", name="hd"), [(0, FRAMES - 1)])
        with open_video(folder / "hd.mp4") as video:
            base = []
            for number in range(40, 100):
                begin = time.perf_counter()
                video[number]
                base.append(time.perf_counter() - begin)
                time.sleep(0.04)
        base_s = float(np.median(base))
        print(
            f"baseline: one frame after the other from the video alone, 1080p: median {base_s * 1000:.1f} ms"
        )
        personal.store(replace(personal.load(), coder="bench", key_profile="face_map"))
        program = Program()
        program.window.resize(1920, 1080)
        program.window.show()
        program.window.activateWindow()
        program.study.open_project(folder / "study")
        wait(lambda: program.session.frame is not None)
        painted = Painted(program.window.player.current)
        right, left = (Qt.Key.Key_Right, NO), (Qt.Key.Key_Left, NO)
        line("step on", strokes(program, painted, [right] * 60), base_s)
        line("step back", strokes(program, painted, [left] * 60), base_s)
        line("ten on", strokes(program, painted, [(Qt.Key.Key_Right, SHIFT)] * 15), base_s)
        line("code an action, to the code", strokes(program, painted, [("a", NO)] * 40), base_s)
        QTest.keyClick(QApplication.focusWidget() or program.window, "'", SHIFT)
        line("step on, codes carried on", strokes(program, painted, [right] * 60), base_s)
        print("aim: p95 <= 33 ms from a key to the painted frame")
        wait(lambda: program.coding._writer is None or program.coding._writer.pending == 0)
        program.close()
    app.processEvents()


if __name__ == "__main__":
    main()
