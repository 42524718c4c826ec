"""The check for leftovers fails a test that leaves something, and only that one."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.source_tree import ROOT

_HEADER = """
from PySide6.QtCore import QObject, QRunnable, QThread, QThreadPool, QTimer
from PySide6.QtWidgets import QDialog, QWidget
from tests.support.dangling import no_dangling_qt
kept = []
"""
LEAVES = {
    "timer": (
        "timer = QTimer(); timer.setInterval(10_000); timer.start(); kept.append(timer)",
        "running timer QTimer",
    ),
    "thread": ("thread = QThread(); thread.start(); kept.append(thread)", "running thread QThread"),
    "window": ("kept.append(QWidget())", "window QWidget"),
    "shown dialog": ("dialog = QDialog(); dialog.show(); kept.append(dialog)", "window QDialog"),
}
CLEAN = {
    "stopped timer": "timer = QTimer(); timer.start(10_000); timer.stop(); kept.append(timer)",
    "ended thread": "thread = QThread(); thread.start(); thread.quit(); thread.wait(); kept.append(thread)",
    "deleted window": "widget = QWidget(); widget.show(); widget.deleteLater(); kept.append(widget)",
    "registered window": "widget = QWidget(); qtbot.addWidget(widget); widget.show(); kept.append(widget)",
    "forgotten window": "QWidget().show()",
    "child widget": "widget = QWidget(); qtbot.addWidget(widget); QDialog(widget); QTimer(widget).start(9)",
}


def run_test(folder: Path, body: str) -> subprocess.CompletedProcess[str]:
    """Run one generated test with the fixture in a pytest of its own."""
    (folder / "test_leaves.py").write_text(f"{_HEADER}\ndef test_leaves(qapp, qtbot):\n    {body}\n")
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-c", os.devnull]
        + [f"--rootdir={folder}", str(folder)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize(("body", "complaint"), LEAVES.values(), ids=LEAVES.keys())
def test_what_is_left_behind_fails_the_test(tmp_path: Path, body: str, complaint: str) -> None:
    output = run_test(tmp_path, body).stdout
    assert re.search(rf"left behind: .*{re.escape(complaint)}", output), output


@pytest.mark.slow
@pytest.mark.parametrize("body", CLEAN.values(), ids=CLEAN.keys())
def test_what_is_cleared_away_passes(tmp_path: Path, body: str) -> None:
    result = run_test(tmp_path, body)
    assert result.returncode == 0, result.stdout + result.stderr
