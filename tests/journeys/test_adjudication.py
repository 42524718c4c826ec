"""Two coders code, look how far they agree, and a third decides what they disagree about."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from hrm_annotator.itemmodels.agreement import Column
from hrm_annotator.reports.agreement_view import AgreementView
from hrm_core.records.coding import FrameCoding, Origin
from hrm_core.records.people import Role
from hrm_core.workflows.add_participant import add_rater
from hrm_core.workflows.adjudicate import consensus_rater, decisions
from hrm_core.workflows.project import open_project
from tests.support.window import Seat, on_disk

SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
FIRST, LAST = 5, 12
# Anna has AU12 in 5-9; Ben has it in 5-6, and AU1 on the left in 11-12, where Anna has the right.
ANNA = {frame: {"AU12": 1} for frame in range(5, 10)} | {frame: {"AU1": 3} for frame in (11, 12)}
BEN = {frame: {"AU12": 1} for frame in range(5, 7)} | {frame: {"AU1": 2} for frame in (11, 12)}


def code(folder: Path, name: str, codes: Mapping[int, Mapping[str, int]], participant: str = "8") -> None:
    """Have somebody code frames 5-12 of a recording without clips."""
    with open_project(folder) as project:
        rater, (_, recording) = add_rater(project, name), next(project.recordings(participant))
        for frame in range(FIRST, LAST + 1):
            there = project.store.codings.get(rater.id, recording.id, frame)
            coding = there or FrameCoding(rater.id, recording.id, frame)
            for key, side in codes.get(frame, {}).items():
                coding = coding.with_code(key, side)
            project.store.codings.save(coding)


@pytest.fixture
def coded(study: Path) -> Path:
    """The study, frames 5-12 of participant 8 coded by Anna and by Ben."""
    code(study, "Anna", ANNA)
    code(study, "Ben", BEN)
    return study


def table_of(seat: Seat) -> AgreementView:
    """Ask for the table by key and wait for it."""
    seat.press(Qt.Key.Key_F12, SHIFT)
    seat.wait(lambda: seat.program.reliability.view is not None)
    view = seat.program.reliability.view
    assert view is not None
    seat.wait(lambda: bool(view.summary.text()) and not view.state.text())
    return view


def cell(view: AgreementView, key: str, column: Column) -> str:
    """What the table says of an action."""
    place = view.model.place_of(key)
    assert place is not None
    return str(view.model.index(place, column).data())


def decided(seat: Seat) -> None:
    """Wait until what was decided is on disk and the pane has read it."""
    disputes = seat.program.reliability.disputes
    seat.wait(lambda: not disputes._writer.waiting and not seat.window.disputes._waiting)


def test_disagreements_are_found_decided_and_taken_back(new_seat: Callable[..., Seat], coded: Path) -> None:
    ben_sees_numbers_follow_his_codes(new_seat, coded)
    before = {name: on_disk(coded, name, "8") for name in ("Anna", "Ben")}
    with open_project(coded) as project:
        project.store.people.ensure_rater("Chief", Role.ADJUDICATOR)
    seat = new_seat("Chief")
    seat.open(coded)
    view = table_of(seat)
    assert (view.first.currentText(), view.second.currentText()) == ("Anna", "Ben")
    assert cell(view, "AU12", Column.DISPUTED) == "3"
    assert cell(view, "AU1", Column.DISPUTED) == "2", "another side is a disagreement"
    assert cell(view, "AU1", Column.KAPPA) == "1.00", "but not about whether it is there"
    seat.press(Qt.Key.Key_Home, CONTROL)
    for _ in range(40):
        if view.current == "AU12":
            break
        seat.press(Qt.Key.Key_Down)
    seat.press(Qt.Key.Key_Return)
    pane = seat.window.disputes
    seat.wait(pane.isVisible)
    seat.wait_frame(7)
    assert not seat.coding.isVisible()
    assert seat.session.recording is not None
    assert seat.session.recording.name == "play-8"
    seat.wait(lambda: row_of(seat, 0) == ["▶ AU12", "both", "absent", "undecided"])
    nothing_is_coded_here(seat)
    a_decision_needs_a_reason(seat)
    frame_by_frame_and_back(seat)
    seat.press(Qt.Key.Key_Escape)
    seat.wait(seat.coding.isVisible)
    assert not seat.program.reliability.disputes.is_on
    seat.leave()
    assert {name: on_disk(coded, name, "8") for name in ("Anna", "Ben")} == before, "originals are untouched"
    consensus_is_stored(coded)


def row_of(seat: Seat, row: int) -> list[str]:
    """A row of both codings."""
    table = seat.window.disputes.table
    return [table.item(row, column).text() for column in range(4)] if table.rowCount() > row else []


def ben_sees_numbers_follow_his_codes(new_seat: Callable[..., Seat], folder: Path) -> None:
    seat = new_seat("Ben")
    seat.open(folder)
    seat.open_recording(1)
    seat.go_to(7)
    view = table_of(seat)
    assert cell(view, "AU12", Column.FRAMES) == "8"
    assert cell(view, "AU12", Column.DISPUTED) == "3"
    assert cell(view, "AU4", Column.ICC) == "n/a"
    place = view.model.place_of("AU4")
    assert place is not None
    assert "neither used it in 8 frames" in str(
        view.model.index(place, Column.ICC).data(Qt.ItemDataRole.ToolTipRole)
    )
    # Live: he adds a code in the window behind, and takes it back.
    seat.window.activateWindow()
    seat.wait(lambda: QApplication.activeWindow() is seat.window)
    seat.strokes("A")
    seat.wait(lambda: cell(view, "AU12", Column.DISPUTED) == "2")
    seat.press("Z", CONTROL)
    seat.wait(lambda: cell(view, "AU12", Column.DISPUTED) == "3")
    seat.saved()
    seat.leave()


def nothing_is_coded_here(seat: Seat) -> None:
    seat.strokes("A")
    assert "nobody's codes are changed here" in seat.message
    assert not seat.session.coded_frames()


def a_decision_needs_a_reason(seat: Seat) -> None:
    pane = seat.window.disputes
    assert pane.progress_words == "0 of 1 run decided"
    assert pane.buttons["1"].text() == "1  Anna: both"
    seat.press("1")
    assert "Why does this hold?" in seat.message
    assert pane.reason.hasFocus()
    # What is typed is no key: 1, 2 and 0 stand in it.
    seat.type("seen on 120")
    assert pane.reason.text() == "seen on 120"
    seat.press(Qt.Key.Key_Return)
    decided(seat)
    seat.wait(lambda: pane.progress_words == "1 of 1 run decided")
    assert row_of(seat, 0)[3] == "both"
    assert "All listed runs are decided" in seat.message


def frame_by_frame_and_back(seat: Seat) -> None:
    pane = seat.window.disputes
    pane.kind.setCurrentIndex(0)
    seat.wait(lambda: len(pane.listed()) == 2)
    seat.press(Qt.Key.Key_PageDown)
    seat.wait_frame(11)
    assert row_of(seat, 0)[:3] == ["▶ AU1", "right", "left"]
    seat.press("B")
    assert "cannot be lower" in seat.message
    # The reason is still there, but it was one for AU12: it is asked for, and Return takes it.
    seat.press("2", SHIFT)
    assert "Does this reason hold here, too?" in seat.message
    assert pane.reason.selectedText() == "seen on 120"
    seat.press(Qt.Key.Key_Return)
    decided(seat)
    seat.wait(lambda: pane.progress_words == "2 of 3 runs decided")
    seat.press("Z", CONTROL)
    decided(seat)
    seat.wait(lambda: pane.progress_words == "1 of 2 runs decided")
    seat.press(Qt.Key.Key_Down)
    seat.wait_frame(12)
    seat.press("0")
    seat.press(Qt.Key.Key_Return)
    decided(seat)
    seat.wait(lambda: pane.progress_words == "2 of 2 runs decided")
    seat.press("Z", CONTROL)
    decided(seat)
    seat.wait(lambda: pane.progress_words == "1 of 2 runs decided")
    seat.wait(lambda: pane.current is not None and pane.current.is_open)
    seat.wait_frame(11)
    seat.press("S")
    seat.press(Qt.Key.Key_Return)
    decided(seat)
    seat.wait(lambda: pane.progress_words == "2 of 2 runs decided")


def consensus_is_stored(folder: Path) -> None:
    with open_project(folder) as project:
        first, second = (project.store.people.rater(name) for name in ("Anna", "Ben"))
        consensus = consensus_rater(project, first, second)
        assert consensus is not None
        log = [
            (entry.action, entry.first_frame, entry.last_frame, entry.code, entry.reason, entry.taken_back)
            for entry in decisions(project, first, second)
        ]
    reason = "seen on 120"
    assert [entry[:4] + entry[5:] for entry in log] == [
        ("AU12", 7, 9, 1, False),
        ("AU1", 11, 11, 2, False),
        ("AU1", 11, 11, 2, True),
        ("AU1", 11, 12, 0, False),
        ("AU1", 11, 12, 0, True),
        ("AU1", 11, 12, 1, False),
    ]
    assert {entry[4] for entry in log if not entry[5]} == {reason}
    stored = on_disk(folder, consensus.name, "8")
    codes = {frame: {entry.action: entry.code for entry in coding.codes} for frame, coding in stored.items()}
    assert codes == {frame: {"AU12": 1} for frame in (7, 8, 9)} | {frame: {"AU1": 1} for frame in (11, 12)}
    assert {entry.origin for coding in stored.values() for entry in coding.codes} == {Origin.ADJUDICATED}


def test_who_has_not_coded_yet_sees_neither_codes_nor_numbers(
    new_seat: Callable[..., Seat], coded: Path
) -> None:
    with open_project(coded) as project:
        rater, (_, recording) = add_rater(project, "Carl"), next(project.recordings("8"))
        project.store.codings.save(FrameCoding(rater.id, recording.id, FIRST).with_code("AU12", 1))
    seat = new_seat("Carl")
    seat.open(coded)
    view = table_of(seat)
    assert (view.first.currentText(), view.second.currentText()) == ("Anna", "Ben")
    assert "8 frames are not shown: outside clips, where Carl has not coded everything" in view.summary.text()
    assert view.model.rowCount() == 0
    assert not view.disputes.isEnabled()
    assert not view.report.isEnabled()
    # Nor by the back door: the pane is asked for while nothing may be seen.
    view.disputes_wanted.emit("")
    pane = seat.window.disputes
    seat.wait(lambda: "8 frames are not shown" in pane.hidden_words)
    assert not pane.listed()
    assert pane.table.rowCount() == 0
    seat.press("1")
    assert "Nothing is disputed here." in seat.message
    seat.press(Qt.Key.Key_F12)
    seat.wait(lambda: "no clip" in seat.message or "not coded" in seat.message)
    # Another coder at this window finds nothing of it.
    seat.program.study.open_project(coded, "Anna")
    seat.wait(lambda: seat.session.rater is not None and seat.session.rater.name == "Anna")
    assert seat.program.reliability.view is None
    assert not pane.isVisible()


def test_a_report_is_written_from_the_table(new_seat: Callable[..., Seat], coded: Path) -> None:
    code(coded, "Anna", ANNA, "7")
    code(coded, "Ben", {**BEN, 7: {"AU12": 1}}, "7")
    seat = new_seat("Chief")
    seat.open(coded)
    view = table_of(seat)
    assert "classical, which takes frames for independent" in view.row_words.text()
    view.intervals.click()
    seat.wait(lambda: view.model.by_children)
    assert "by resampling children" in view.row_words.text()
    view.report.click()
    dialog = seat.program.reliability.report
    assert dialog is not None
    for name, box in dialog.formats.items():
        box.setChecked(name == "csv")
    dialog.write.click()
    seat.wait(lambda: "written into" in dialog.words.text(), 20_000)
    tables = list((coded / "Reliability Report").rglob("*.csv"))
    assert any("AU12" in path.read_text(encoding="utf-8-sig") for path in tables)
    dialog.write.click()
    seat.wait(lambda: "is there already" in dialog.words.text(), 20_000)
    dialog.reject()
    assert seat.program.reliability.report is None
