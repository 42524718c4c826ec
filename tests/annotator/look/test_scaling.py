"""Nothing is cut off on screens that are scaled, whole or in part."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hrm_annotator.settings import personal
from hrm_annotator.settings.personal import PersonalSettings
from tests.support.programs import ROOT
from tests.support.window import CODER

pytestmark = pytest.mark.slow

# Qt reads the factor once, when it starts.
_CHILD = """
import json, sys
from pathlib import Path
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication
from hrm_annotator.app import Program
from hrm_annotator.look.theme import apply_theme
from hrm_core.facs import parse_score
from tests.annotator.look.test_layout import clipped, outside

def wait():
    loop = QEventLoop()
    QTimer.singleShot(40, loop.quit)
    loop.exec()

def misplaced():
    # Words change when the labels reach the disk, and the layout follows a moment later.
    for _ in range(50):
        wait()
        if not (wrong := clipped(window) + outside(window)):
            break
    return wrong

app = QApplication([])
apply_theme(app, "light")
program = Program()
window, found = program.window, []
window.show()
window.resize(1280, 800)
found += misplaced()
program.study.open_project(Path(sys.argv[1]))
for _ in range(500):
    if program.session.frame is not None:
        break
    wait()
program.session.set_score(parse_score("1+2+L12C+25+2X+R14"))
window.coding.move_current(1)
for size in ((1280, 800), (1920, 1080)):
    window.resize(*size)
    found += misplaced()
    assert window.size().toTuple() == size, window.size()
picture = window.grab()
print(json.dumps({"ratio": picture.devicePixelRatio(), "width": picture.width(), "found": found}))
window.close()
program.close()
"""


@pytest.mark.parametrize("factor", ["1.25", "2"])
def test_nothing_is_cut_off_at_a_scale(study: Path, factor: str) -> None:
    personal.store(PersonalSettings(coder=CODER))
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, str(study)],
        env={**os.environ, "QT_SCALE_FACTOR": factor, "QT_QPA_PLATFORM": "offscreen"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["found"] == []
    assert told["ratio"] == float(factor)
    assert told["width"] == 1920 * float(factor)
