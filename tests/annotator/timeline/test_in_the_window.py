"""The timeline of the real window follows the session, and costs the start nothing."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from hrm_annotator.session import Marks
from hrm_core.palette import CODE_COLOURS
from hrm_core.records.coding import ActionCode, CodingState, FrameCoding
from tests.support.programs import ROOT
from tests.support.window import CLIPS, FRAMES, Seat, painted

FIRST_PAINT = """
import sys
from PySide6.QtWidgets import QApplication
from hrm_annotator.app import Program
app = QApplication([])
program = Program()
program.window.show()
program.window.grab()
print(*sorted(name for name in sys.modules if name.startswith(("hrm_annotator.timeline", "pyqtgraph"))))
program.close()
"""


def test_the_first_paint_waits_neither_for_the_timeline_nor_for_pyqtgraph(own_user_dirs: object) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FIRST_PAINT],
        cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["hrm_annotator.timeline", "hrm_annotator.timeline.timeline_pane"]


def test_it_follows_the_session_and_asks_for_frames(seat: Seat) -> None:
    pane, session = seat.window.timeline, seat.session
    timeline = pane.timeline
    assert timeline is not None
    view, tracks = timeline._view, timeline._tracks
    assert (view.scale.count, view.frame) == (FRAMES, session.frame)
    assert [(clip.first_frame, clip.last_frame) for clip in view.clips] == CLIPS

    # At a laptop's size the pictures stay large.
    assert seat.window.size().toTuple() == (1280, 800)
    assert 200 <= pane.height() <= 260
    assert seat.player.height() > 1.8 * pane.height()

    seat.go_to(30)
    assert view.frame == 30
    seat.click("AU12")
    row = view.grid.row_of("AU12")
    assert row is not None
    assert view.layout.shown == (row,)
    colour = [int(CODE_COLOURS[1][at : at + 2], 16) for at in (1, 3, 5)]
    # The playhead would lie over it.
    seat.go_to(50)
    assert (painted(tracks)[:, int(view.x_of(30.5))] == colour).all(axis=1).any()
    seat.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    seat.wait(lambda: session.coding(30) is None)
    assert view.layout.shown == (row,)  # the chosen action keeps its row
    assert not (painted(tracks)[:, int(view.x_of(30.5))] == colour).all(axis=1).any()

    QTest.mouseClick(
        tracks, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(int(view.x_of(70.5)), 8)
    )
    seat.wait_frame(70)
    assert seat.agrees() == 70
    # The keyboard is where it was: the next key still codes.
    seat.press(Qt.Key.Key_Right)
    seat.wait_frame(71)

    carried = {
        frame: FrameCoding(1, 1, frame, (ActionCode("AU4", 1),), CodingState.CARRIED)
        for frame in range(80, 90)
    }
    session._codings.update(carried)
    session.frames_changed.emit(tuple(carried))
    assert [view.actions[entry].key for entry in view.layout.shown] == ["AU4", "AU12"]
    session.mark(Marks(80, 89, action="AU9"))
    assert (view.marked.first, view.marked.last, view.marked.action) == (80, 89, "AU9")
    session.mark(Marks())
    for frame in carried:
        del session._codings[frame]

    seat.open_recording(1)
    assert view.layout.shown == (row,)
    assert (view.marked.first, view.clips) == (None, ())
    assert pane._title_of(50) == "frame 50, 2.000 s"


def test_it_can_be_folded_away_and_its_view_is_moved_by_commands(seat: Seat) -> None:
    pane = seat.window.timeline
    splitter = pane.parentWidget()
    splitter.setSizes([700, 0])  # type: ignore[union-attr]
    seat.wait(lambda: pane.visibleRegion().isEmpty())
    seat.press(Qt.Key.Key_Right)
    splitter.setSizes([400, 300])  # type: ignore[union-attr]
    seat.wait(lambda: pane.height() > 250)
    timeline = pane.timeline
    assert timeline is not None
    whole = timeline.frames_in_view
    pane.zoom_in()
    assert np.diff(timeline.frames_in_view) < np.diff(whole)
    pane.zoom_out()
    pane.zoom_to(20, 40)
    first, last = timeline.frames_in_view
    assert first <= 20 <= 40 <= last < 50
    pane.fit()
    assert timeline.frames_in_view == whole
