"""The tree beside a real coder: counts follow the keys, clips come and go."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QModelIndex, Qt

from hrm_annotator.operations import clips as operations
from hrm_core.records.coding import CodingState
from hrm_core.records.recording import ExclusionReason
from hrm_core.workflows.project import open_project
from tests.support.window import CLIPS, Seat, painted

SHIFT = Qt.KeyboardModifier.ShiftModifier
CONTROL = Qt.KeyboardModifier.ControlModifier


def cell(seat: Seat, participant: int = 0, clip: int | None = None) -> str:
    """The number of frames in the row of a recording or one of its clips."""
    model = seat.window.tree.model
    index = model.index(0, 0, model.index(participant, 0))
    row = index if clip is None else model.index(clip - 1, 0, index)
    return row.siblingAtColumn(1).data()


def today(seat: Seat) -> str:
    """The line above the tree."""
    return seat.window.tree._today.text()


def test_counts_follow_the_keys_and_outlast_the_recording(new_seat: Callable[[], Seat], study: Path) -> None:
    seat = new_seat()
    seat.open(study)
    assert (cell(seat), cell(seat, 1), cell(seat, clip=1)) == ("0/70", "0/120", "0/30")
    assert today(seat) == "Today: 0 frames"
    for frame in range(CLIPS[0][0], CLIPS[0][0] + 3):
        seat.wait_frame(frame)
        seat.press(Qt.Key.Key_Return, SHIFT)
    seat.wait(lambda: cell(seat, clip=1) == "3/30")
    assert (cell(seat), today(seat)[:15]) == ("3/70", "Today: 3 frames")
    seat.press(Qt.Key.Key_Z, CONTROL)
    seat.wait(lambda: cell(seat, clip=1) == "2/30")
    # Several frames at once, as a fill of a run says it: carried ones count apart.
    said = dict(seat.session.coded_frames())
    model_of = next(iter(said.values()))
    carried = {frame: replace(model_of, frame=frame, state=CodingState.CARRIED) for frame in (14, 15, 60)}
    seat.session._codings.update(carried)
    seat.window.tree.refresh(tuple(carried))
    seat.wait(lambda: cell(seat, clip=1) == "2/30 +2 carried")
    assert (cell(seat), cell(seat, clip=2)) == ("2/70 +3 carried", "0/40 +1 carried")
    assert today(seat).startswith("Today: 2 frames")
    for frame in carried:
        del seat.session._codings[frame]
    seat.window.tree.refresh()
    # Coded last and left at once: it counts all the same.
    seat.go_to(50)
    seat.press(Qt.Key.Key_Return, SHIFT)
    seat.open_recording(1)
    assert (cell(seat), today(seat)[:15]) == ("2/70", "Today: 3 frames")
    seat.press(Qt.Key.Key_Return, SHIFT)
    seat.wait(lambda: cell(seat, 1) == "1/120")
    assert today(seat).startswith("Today: 4 frames")
    # Read from the disk, it is the same.
    frames, seconds = seat.window.tree.model.today
    again = seat.restart()
    assert (cell(again), cell(again, 1)) == ("2/70", "1/120")
    assert again.window.tree.model.today == (frames, pytest.approx(seconds, abs=0.1))
    again.leave()


def test_a_held_key_does_not_make_the_tree_count(seat: Seat, monkeypatch: pytest.MonkeyPatch) -> None:
    tree, counts = seat.window.tree, []
    show = tree.model.show_progress
    monkeypatch.setattr(tree.model, "show_progress", lambda *now: (counts.append(now), show(*now)))
    for _ in range(200):
        seat.session.replace_codings({20: None})
    assert counts == []
    seat.wait(lambda: not tree._timer.isActive())
    assert len(counts) == 1


def test_clips_are_changed_beside_a_coder(seat: Seat, study: Path) -> None:
    tree, recording, rater = seat.window.tree, seat.session.recording, seat.session.rater
    seat.wait_frame(10)
    seat.press(Qt.Key.Key_Return, SHIFT)
    seat.wait(lambda: cell(seat, clip=1) == "1/30")
    with open_project(study) as project:
        one, _ = operations.read_clips(project, rater, recording).clips
        # Not on the disk yet, as far as this reader knows: the tree knows better.
        now = operations.exclude_clip(project, rater, recording, one, ExclusionReason.OTHER_FACE, "nurse")
        assert now.words == "Clip 1 (frames 10–39) is excluded: somebody else's face: nurse."
        tree.show_progress(now.progress)
        assert (cell(seat), cell(seat, clip=1)) == ("0/40", "excluded")
        now = operations.reopen_clip(project, rater, recording, one)
        now = operations.split_clip(project, rater, recording, one, 11)
        tree.show_progress(now.progress)
        assert [cell(seat, clip=number) for number in (1, 2, 3)] == ["✓ 1/1", "0/29", "0/40"]
        now = operations.new_clip(project, rater, recording, 0, 4)
        now = operations.change_clip(project, rater, recording, now.clips[0], last=6)
        assert now.words == "Clip 1 is frames 0–6 now."
        now = operations.remove_clip(project, rater, recording, now.clips[-1])
        assert now.words == "Clip 4 (frames 60–99) was removed; its labels stay."
        tree.show_progress(now.progress)
    assert (cell(seat), cell(seat, clip=1), cell(seat, clip=2)) == ("1/37", "0/7", "✓ 1/1")
    # The rows lead to the clips as they are now.
    row = tree.model.index(2, 0, tree.model.index(0, 0, tree.model.index(0, 0)))
    tree._tree.clicked.emit(row)
    seat.wait_frame(11)


def test_the_bar_is_painted_and_narrow_trees_keep_the_names(seat: Seat) -> None:
    tree = seat.window.tree
    model, view = tree.model, tree._tree
    row = model.index(0, 0, model.index(0, 0, model.index(0, 0))).siblingAtColumn(1)
    empty = bar(seat, row)
    seat.wait_frame(10)
    seat.press(Qt.Key.Key_Return, SHIFT)
    seat.wait(lambda: row.data() == "1/30")
    said = next(iter(seat.session.coded_frames().values()))
    seat.session._codings.update({n: replace(said, frame=n) for n in range(10, 25)})
    tree.refresh()
    seat.wait(lambda: row.data() == "15/30")
    half = bar(seat, row)
    changed = (half != empty).any(axis=1)
    # The left half is full now; the pixels next to the border may be mixed.
    assert changed[: len(changed) // 2 - 2].mean() > 0.9
    assert not changed[len(changed) // 2 + 2 :].any()
    assert tree.width() >= 235
    wide = view.columnWidth(1)
    seat.session._codings.update({n: replace(said, frame=n, state=CodingState.CARRIED) for n in (25, 26)})
    tree.refresh()
    seat.wait(lambda: row.data() == "15/30 +2 carried")
    narrow = view.columnWidth(1)
    seat.window._workbench.setSizes([400, 500, 380])
    seat.wait(lambda: view.columnWidth(1) > narrow)
    assert wide <= narrow < 100


def bar(seat: Seat, index: QModelIndex) -> np.ndarray:
    """The row of pixels through the bar of a cell, shape (pixels, 3)."""
    seat.qtbot.wait(1)
    view = seat.window.tree._tree
    rect = view.visualRect(index)
    picture = painted(view.viewport())
    return picture[rect.bottom() - 3, rect.left() + 4 : rect.right() - 3].astype(int)
