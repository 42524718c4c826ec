"""What the views of the menu Compare add to a step, on a 1080p film with a known face.

Run with ``PYTHONPATH=. python bench/compare.py``.  The film is synthetic (as in ``bench/keys.py``);
its face is a place without a face, which costs the same.  All views are timed in one run, in turns,
so that what else the computer does falls on all of them alike.
"""

from __future__ import annotations

import os
import tempfile
import time
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from bench.keys import NO, Painted, strokes, wait
from bench.media import HD, make_clip
from hrm_annotator.actions.table import ActionId
from hrm_annotator.app import Program
from hrm_annotator.settings import personal
from hrm_core.faces.align import five_point_template
from hrm_core.faces.feature_file import FeatureNote, write_features
from hrm_core.records.face import Face, FrameFaces
from hrm_core.workflows.add_participant import add_participant
from hrm_core.workflows.add_video import add_video
from hrm_core.workflows.choose_neutral import use_as_neutral
from hrm_core.workflows.project import FEATURES, create_project
from hrm_core.workflows.see_faces import see_faces

FRAMES, ROUNDS, STEPS = 240, 3, 12
# Of a child near the camera: 560 pixels wide.
FACE_SCALE, FACE_AT = 5.0, (600.0, 180.0)


def make_study(folder: Path) -> Path:
    """A study with one film, a face in every frame and a neutral picture."""
    make_clip(folder / "hd.mp4", HD, FRAMES, 60, False)
    with create_project(folder / "study", name="Compare (synthetic)", groups=("A", "B")) as project:
        add_participant(project, "1", group="A")
        recording = add_video(project, "1", folder / "hd.mp4", name="hd")
        who, recording = next(project.recordings("1"))
        five = five_point_template(112) * FACE_SCALE + FACE_AT
        box = np.array([*FACE_AT, FACE_AT[0] + 560, FACE_AT[1] + 660])
        found = [FrameFaces(n, n / 25, (Face(box, 0.95, five + n % 7),), 0) for n in range(FRAMES)]
        size = recording.width or 0, recording.height or 0
        note = FeatureNote("synthetic", recording.fingerprint, FRAMES, *size, synthetic=True)
        path = project.face_path(FEATURES, who, recording)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_features(path, note, found)
        use_as_neutral(project, who, recording, 20, see_faces(project, who, recording))
    return folder / "study"


def main() -> None:
    """Print one line per view."""
    app = QApplication.instance() or QApplication([])
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        os.environ["XDG_CONFIG_HOME"] = str(folder / "config")
        study = make_study(folder)
        personal.store(replace(personal.load(), coder="bench", key_profile="face_map"))
        program = Program()
        actions = program.window.actions_by_id
        program.window.resize(1920, 1080)
        program.window.show()
        program.window.activateWindow()
        program.study.open_project(study)
        wait(lambda: program.session.frame is not None and actions[ActionId.DIFFERENCE].isEnabled())
        painted = Painted(program.window.player.current)
        views: dict[str, tuple[ActionId, ...]] = {
            "plain": (),
            "difference": (ActionId.DIFFERENCE,),
            "left half": (ActionId.LEFT_HALF,),
            "both halves": (ActionId.LEFT_HALF, ActionId.RIGHT_HALF),
            "zoom to the action": (ActionId.FOLLOW_ACTION,),
        }
        times: dict[str, list[float]] = {name: [] for name in (*views, "flicker, first")}
        for _ in range(ROUNDS):
            for name, commands in views.items():
                for command in commands:
                    actions[command].trigger()
                strokes(program, painted, [(Qt.Key.Key_Right, NO)] * 3)
                times[name] += strokes(program, painted, [(Qt.Key.Key_Right, NO)] * STEPS)
                for command in commands:
                    actions[command].trigger()
            for _ in range(4):
                begin = time.perf_counter()
                QTest.keyPress(QApplication.focusWidget(), Qt.Key.Key_QuoteLeft)
                wait(lambda: program.window.player.current.caption.startswith("NEUTRAL"))
                times["flicker, first"].append(time.perf_counter() - begin)
                QTest.keyRelease(QApplication.focusWidget(), Qt.Key.Key_QuoteLeft)
        base = float(np.median(times["plain"]))
        for name, seconds in times.items():
            ms = np.array(seconds) * 1000
            print(
                f"{name:20} median {np.median(ms):5.1f}, p95 {np.percentile(ms, 95):5.1f} ms, "
                f"median / plain {np.median(ms) / base / 1000:5.2f}"
            )
        print("aim: p95 <= 33 ms from a key to the painted frame")
        program.close()
    app.processEvents()


if __name__ == "__main__":
    main()
