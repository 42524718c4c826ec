"""A coder codes a gold-standard clip, is measured, and sees each mistake on its frame."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt

from hrm_core.records.coding import FrameCoding
from hrm_core.records.shown_codings import Concealment
from hrm_core.workflows.add_participant import add_rater
from hrm_core.workflows.choose_clips import clip_numbered
from hrm_core.workflows.project import open_project
from hrm_core.workflows.train_coder import add_gold
from tests.support.window import CODER, Seat

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def _make_gold(folder: Path) -> None:
    with open_project(folder) as project:
        gold = add_rater(project, "Gold")
        recording = next(project.recordings("7"))[1]
        for frame in range(10, 40):
            coding = FrameCoding(gold.id, recording.id, frame).with_code("AU12", 1)
            project.store.codings.save(coding.with_code("AU6", 1) if frame >= 35 else coding)
        add_gold(project, gold, recording, clip_numbered(project, recording, 1))


def test_training(new_seat: Callable[..., Seat], study: Path) -> None:
    _make_gold(study)
    seat = new_seat()
    seat.open(study)
    seat.press("G", CONTROL | SHIFT)
    seat.wait(lambda: seat.program.training.dialog is not None)
    dialog = seat.program.training.dialog
    assert dialog is not None
    seat.wait(lambda: dialog.clips.count() == 1)
    assert "0 of 30 coded" in dialog.clips.item(0).text()
    dialog.measure.click()
    seat.wait(lambda: "Code the whole clip first: 30 frames missing" in seat.window.message.text())
    shown = [part.isVisible() for part in (dialog.verdict, dialog.actions_table, dialog.mistakes)]
    assert shown == [False, False, False], "nothing of the gold standard is seen before"

    with open_project(study) as project:
        coder = project.store.people.rater(CODER)
        recording = next(project.recordings("7"))[1]
        for frame in range(10, 40):
            code = 2 if frame < 12 else 1
            project.store.codings.save(FrameCoding(coder.id, recording.id, frame).with_code("AU12", code))
    dialog.measure.click()
    seat.wait(dialog.verdict.isVisible)
    # 30 frames agreed of 35 and 30 scored: the side does not count.
    assert "Passed: FACS agreement index 0.92" in dialog.verdict.text()
    assert [dialog.mistakes.item(row).text() for row in range(dialog.mistakes.count())] == [
        "Frames 10–11: AU12 on another side (gold: both, yours: left)",
        "Frames 35–39: AU6 missed (gold: both)",
    ]
    dialog.mistakes.itemActivated.emit(dialog.mistakes.item(1))
    seat.wait_frame(35)
    assert dialog.here.text() == "Frame 35: AU6 missed (gold: both)"
    seat.player.transport.go_to(20)
    seat.wait_frame(20)
    assert dialog.here.text() == "Frame 20: as the gold standard"
    seat.wait(lambda: "1 attempt, last 0.92" in dialog.clips.item(0).text())
    # A check that hides codes hides what a score tells of them, and takes no other measure.
    seat.session.conceal(Concealment(10, 39, frozenset({"AU12"})))
    assert not dialog.verdict.isVisible()
    assert dialog.mistakes.count() == 0
    dialog.measure.click()
    assert "hidden until you have answered" in seat.message
    seat.session.conceal(None)
    dialog.measure.click()
    seat.wait(dialog.verdict.isVisible)
    # A list that is still being read when the coder leaves is shown to nobody.
    seat.window.actions_by_id["training"].trigger()
    seat.window.actions_by_id["close_project"].trigger()
    seat.qtbot.wait(50)
    assert seat.program.training.dialog is None
