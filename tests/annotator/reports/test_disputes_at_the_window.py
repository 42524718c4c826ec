"""Disputed frames at the window: whose decisions they are, when they are written, and what is not told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox

from hrm_annotator.operations import reliability
from hrm_annotator.operations.reliability import LIVE, Wish
from hrm_core.errors import ProjectError, UserError
from hrm_core.progress import CancelToken, NoProgress
from hrm_core.records.agreement import Source, SourceKind
from hrm_core.records.marks import Marks
from hrm_core.records.people import Role
from hrm_core.records.shown_codings import Concealment
from hrm_core.workflows.add_participant import add_rater
from hrm_core.workflows.adjudicate import decide, decisions, open_disagreements
from hrm_core.workflows.agreement_sources import sources, two_coders
from hrm_core.workflows.import_features import import_features
from hrm_core.workflows.project import open_project
from tests.journeys.test_adjudication import ANNA, BEN, code, decided, row_of, table_of
from tests.support.tool_files import openface_row, write_rows
from tests.support.window import FPS, FRAMES, Seat, answer, on_disk

CONSENSUS = "Consensus of Anna and Ben"
SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


class Slow:
    """A runner whose workers have no time yet."""

    def __init__(self) -> None:
        self.work: list[tuple[Callable[[], Any], Callable[[Any], None], Callable[[UserError], None]]] = []

    def run(
        self,
        work: Callable[[], Any],
        on_success: Callable[[Any], None],
        on_failure: Callable[[UserError], None],
    ) -> None:
        """Keep it for later."""
        self.work.append((work, on_success, on_failure))

    def go_on(self) -> None:
        """Have a worker take the oldest."""
        work, on_success, on_failure = self.work.pop(0)
        try:
            found = work()
        except UserError as error:
            on_failure(error)
        else:
            on_success(found)


@pytest.fixture
def coded(study: Path) -> Path:
    """The study, frames 5-12 of participant 8 coded by Anna, Ben and Cleo, who sides with Ben."""
    code(study, "Anna", ANNA)
    code(study, "Ben", BEN)
    code(study, "Cleo", BEN)
    return study


@pytest.fixture
def chief(new_seat: Callable[..., Seat], coded: Path) -> Seat:
    """An adjudicator in front of the first disputed frame of Anna and Ben."""
    with open_project(coded) as project:
        project.store.people.ensure_rater("Chief", Role.ADJUDICATOR)
    seat = new_seat("Chief", "facs_numbers")
    seat.open(coded)
    table_of(seat).disputes_wanted.emit("")
    seat.wait(lambda: bool(row_of(seat, 0)))
    seat.wait_frame(7)
    return seat


def log_of(folder: Path, first: str = "Anna", second: str = "Ben") -> list[tuple[str, str]]:
    """Actions and reasons of the decisions on disk, the oldest first."""
    with open_project(folder) as project:
        people = project.store.people
        return [
            (entry.action, entry.reason)
            for entry in decisions(project, people.rater(first), people.rater(second))
        ]


def test_what_was_decided_is_written_as_it_was_meant(
    chief: Seat, coded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wiring, slow = chief.program.reliability.disputes, Slow()
    monkeypatch.setattr(wiring._writer, "_runner", slow)
    pane = chief.window.disputes
    pane.reason.setText("first")
    chief.press("1")
    chief.wait_frame(11)
    # Before it is on disk other codings are looked at: it still is about Anna and Ben.
    view = chief.program.reliability.view
    assert view is not None
    view.second.setCurrentIndex(view.second.findText("Cleo"))
    view.disputes_wanted.emit("AU1")
    chief.wait(lambda: [one.disagreement.action for one in pane.listed()] == ["AU1"])
    chief.wait_frame(11)
    pane.reason.setText("second")
    chief.press("1")
    assert log_of(coded) == []
    slow.go_on()
    assert log_of(coded) == [("AU12", "first")]
    assert log_of(coded, "Anna", "Cleo") == []
    chief.wait(lambda: wiring._looks > 0)
    # Somebody else sits down while the second one waits: it is on disk before the study is closed.
    chief.program.study.open_project(coded, "Anna")
    chief.wait(lambda: chief.session.rater is not None and chief.session.rater.name == "Anna")
    assert log_of(coded, "Anna", "Cleo") == [("AU1", "second")]
    assert pane.reason.text() == ""
    assert row_of(chief, 0) == []
    slow.go_on()
    assert log_of(coded, "Anna", "Cleo") == [("AU1", "second")], "not twice"


def test_a_wish_to_decide_holds_only_for_what_it_was_about(chief: Seat, coded: Path) -> None:
    pane = chief.window.disputes
    chief.press("1", SHIFT)
    assert pane.reason.hasFocus()
    # Escape: the key was a slip. A reason that is typed later decides nothing.
    chief.press(Qt.Key.Key_Escape)
    assert pane.hasFocus()
    chief.press(";")
    chief.type("seen")
    chief.press(Qt.Key.Key_Return)
    assert pane.hasFocus()
    assert not chief.program.reliability.disputes._writer.waiting
    # This frame was meant, and another one is shown when Return is pressed.
    pane.reason.clear()
    chief.press("1", SHIFT)
    chief.player.transport.go_to(8)
    chief.wait_frame(8)
    pane.reason.setText("seen")
    chief.press(Qt.Key.Key_Return)
    assert "Another frame is shown by now" in chief.message
    chief.press("1", SHIFT)
    decided(chief)
    chief.wait(lambda: pane.progress_words == "1 of 4 runs decided")
    assert "AU12 is both: frame 8." in chief.message
    chief.press(Qt.Key.Key_Escape)
    chief.wait(chief.coding.isVisible)
    assert log_of(coded) == [("AU12", "seen")]


def test_a_kept_reason_goes_into_no_decision_that_it_was_not_given_for(
    new_seat: Callable[..., Seat], study: Path
) -> None:
    # Three runs with the same codes, of two actions, two of them in one recording.
    both = {7: {"AU12": 1}, 9: {"AU12": 1}, 11: {"AU4": 1}}
    code(study, "Anna", both)
    code(study, "Ben", {})
    with open_project(study) as project:
        project.store.people.ensure_rater("Chief", Role.ADJUDICATOR)
    seat = new_seat("Chief", "facs_numbers")
    seat.open(study)
    table_of(seat).disputes_wanted.emit("")
    seat.wait(lambda: bool(row_of(seat, 0)))
    seat.wait_frame(7)
    reason = seat.window.disputes.reason
    seat.press("1")
    seat.type("left first")
    seat.press(Qt.Key.Key_Return)
    seat.wait_frame(9)
    # The same answer to the same question: one key.
    seat.press("1")
    seat.wait_frame(11)
    # Another action: the reason is proposed, and goes nowhere unless it is taken.
    seat.press("1")
    assert reason.hasFocus()
    assert reason.selectedText() == "left first"
    assert "Does this reason hold here, too?" in seat.message
    seat.press(Qt.Key.Key_Escape)
    decided(seat)
    assert log_of(study) == [("AU12", "left first")] * 2
    seat.press("1")
    seat.type("seen by both")
    seat.press(Qt.Key.Key_Return)
    decided(seat)
    # Another answer to the same question is another decision, too.
    seat.press("0")
    assert reason.hasFocus()
    seat.press(Qt.Key.Key_Return)
    decided(seat)
    assert log_of(study)[2:] == [("AU4", "seen by both")] * 2


def test_undo_brings_back_what_held_before(chief: Seat, coded: Path) -> None:
    pane = chief.window.disputes

    def held() -> list[tuple[int, int, int | None]]:
        """First and last frame, and what holds, of the runs of AU12."""
        return [
            (run.first_frame, run.last_frame, None if one.decision is None else one.decision.code)
            for one in pane.listed()
            if (run := one.disagreement).action == "AU12"
        ]

    pane.reason.setText("whole run")
    chief.press("1")
    decided(chief)
    chief.press(Qt.Key.Key_PageUp)
    chief.wait_frame(7)
    chief.press(Qt.Key.Key_Down)
    chief.wait_frame(8)
    pane.reason.setText("not here")
    chief.press("0", SHIFT)
    decided(chief)
    chief.wait(lambda: held() == [(7, 7, 1), (8, 8, 0), (9, 9, 1)])
    chief.press("Z", CONTROL)
    assert "8, play-8, frame 8." in chief.message
    decided(chief)
    chief.wait(lambda: held() == [(7, 9, 1)])
    chief.wait_frame(8)
    with open_project(coded) as project:
        anna, ben = (project.store.people.rater(name) for name in ("Anna", "Ben"))
        log = [
            (entry.first_frame, entry.last_frame, entry.code, entry.reason, entry.taken_back)
            for entry in decisions(project, anna, ben)
        ]
    assert log == [
        (7, 9, 1, "whole run", False),
        (8, 8, 0, "not here", False),
        (8, 8, 0, "taken back", True),
        (8, 8, 1, "whole run", False),
    ]
    codes = {frame: coding.code_of("AU12") for frame, coding in on_disk(coded, CONSENSUS, "8").items()}
    assert codes == {7: 1, 8: 1, 9: 1}
    # The act before that one: nothing held before it.
    chief.press("Z", CONTROL)
    assert "frames 7–9" in chief.message
    decided(chief)
    chief.wait(lambda: held() == [(7, 9, None)])
    assert not on_disk(coded, CONSENSUS, "8")


def test_the_tree_points_at_the_child_whose_dispute_is_shown(
    new_seat: Callable[..., Seat], coded: Path
) -> None:
    code(coded, "Anna", ANNA, "7")
    code(coded, "Ben", BEN, "7")
    with open_project(coded) as project:
        project.store.people.ensure_rater("Chief", Role.ADJUDICATOR)
    seat = new_seat("Chief", "facs_numbers")
    seat.open(coded)

    def pointed() -> tuple[str | None, str | None]:
        """The recording that is open, and the one the tree points at."""
        found = seat.window.tree.model.recording_at(seat.window.tree._tree.currentIndex())
        opened = seat.session.recording
        return None if opened is None else opened.name, None if found is None else found[0].name

    assert pointed() == ("play-7", "play-7")
    table_of(seat).disputes_wanted.emit("AU12")
    seat.wait(lambda: bool(row_of(seat, 0)))
    seat.press(Qt.Key.Key_PageDown)
    seat.wait(lambda: pointed() == ("play-8", "play-8"))
    seat.press(Qt.Key.Key_PageUp)
    seat.wait(lambda: pointed() == ("play-7", "play-7"))


def test_what_is_shown_and_what_is_closed_while_disputes_are_decided(chief: Seat) -> None:
    timeline = chief.window.timeline.timeline
    assert timeline is not None

    def marked() -> tuple[object, ...]:
        shown = timeline._view.marked
        return shown.first, shown.last, shown.action, shown.proposed

    assert marked() == (7, 9, "AU12", True)
    mine = Marks(20, 30, None, "AU4")
    chief.session.mark(mine)
    assert marked() == (7, 9, "AU12", True)
    chief.press(Qt.Key.Key_PageDown)
    chief.wait_frame(11)
    assert marked() == (11, 12, "AU1", True)
    chief.press(Qt.Key.Key_Escape)
    assert marked() == (20, 30, "AU4", False), "what the coder marked is there again"
    a_check_is_not_passed_by(chief)
    nobody_decides_about_what_they_cannot_see(chief)


def a_check_is_not_passed_by(chief: Seat) -> None:
    chief.press(Qt.Key.Key_F12, CONTROL | SHIFT)
    chief.wait(chief.window.disputes.isVisible)
    # While disputes are decided nothing ends that but leaving: not a check that is not there.
    chief.window.check.leave_wanted.emit()
    assert chief.program.reliability.disputes.is_on
    assert not chief.session.may_code()
    assert "nobody's codes are changed here" in chief.message
    chief.press(Qt.Key.Key_Escape)
    assert chief.session.may_code()
    # A check lets an action be coded and waits: what it hides would stand in both codings.
    chief.session.conceal(Concealment(5, 12, frozenset({"AU12"})))
    chief.press(Qt.Key.Key_F12, CONTROL | SHIFT)
    assert "F12 goes back to it" in chief.message
    assert not chief.window.disputes.isVisible()
    chief.session.conceal(None)
    chief.window.back_to_check.show()
    chief.press(Qt.Key.Key_F12, CONTROL | SHIFT)
    assert not chief.window.disputes.isVisible()
    chief.window.back_to_check.hide()
    chief.press(Qt.Key.Key_F12, CONTROL | SHIFT)
    chief.wait(chief.window.disputes.isVisible)
    # The list and both codings are read by two workers: keys mean nothing before the list is there.
    chief.wait(lambda: chief.window.disputes.current is not None and bool(row_of(chief, 0)))


def nobody_decides_about_what_they_cannot_see(chief: Seat) -> None:
    pane = chief.window.disputes
    chief.press(Qt.Key.Key_PageUp)
    chief.wait_frame(7)
    assert chief.session.rater is not None
    pane.reason.setText("seen")
    chief.session.rater = replace(chief.session.rater, sees_eyes=False)
    chief.press(Qt.Key.Key_PageDown)
    chief.wait_frame(11)
    chief.press("1")
    assert "the eyes are covered" in chief.message
    chief.press(Qt.Key.Key_PageUp)
    chief.wait_frame(7)
    chief.session.withheld = True
    chief.press("1")
    assert "frame 7 is withheld" in chief.message
    chief.session.withheld = False
    chief.press("1")
    decided(chief)
    chief.wait(lambda: pane.progress_words == "1 of 2 runs decided")


def test_a_consensus_is_nobody_who_codes_or_disagrees(new_seat: Callable[..., Seat], study: Path) -> None:
    code(study, "Anna", ANNA)
    code(study, "Ben", BEN)
    with open_project(study) as project:
        boss = project.store.people.ensure_rater("Chief", Role.ADJUDICATOR)
        anna, ben = (project.store.people.rater(name) for name in ("Anna", "Ben"))
        for dispute in open_disagreements(project, boss, anna, ben).disputes:
            decide(project, boss, anna, ben, dispute.disagreement, 1, "seen")
        name = "Consensus of Anna and Ben"
        assert [source.name for source in two_coders(project)] == ["Anna", "Ben"]
        # Cleo joined later than the consensus.
        code(study, "Cleo", BEN)
        assert [source.name for source in sources(project)] == ["Anna", "Ben", "Cleo", name]
        with pytest.raises(ProjectError, match="by Anna, Ben, Cleo, and"):
            two_coders(project)
    seat = new_seat("Chief")
    seat.open(study)
    view = table_of(seat)
    view.second.setCurrentIndex(view.second.findText(name))
    seat.wait(lambda: not view.state.text())
    view.disputes_wanted.emit("")
    pane = seat.window.disputes
    seat.wait(lambda: bool(row_of(seat, 0)))
    assert pane.buttons["1"].isHidden()
    pane.reason.setText("seen")
    seat.press("1")
    assert "Only what two raters disagree about is decided here." in seat.message
    met = answer(lambda box: box.accept(), QMessageBox)
    seat.program.study.open_project(study, name)
    seat.wait(lambda: bool(met))
    assert "is no person" in met[0].text()
    assert seat.session.rater is not None
    assert seat.session.rater.name == "Chief"


def test_with_a_program_both_codings_are_looked_at(new_seat: Callable[..., Seat], study: Path) -> None:
    code(study, "Anna", {**ANNA, 10: {"AU1": 3}})
    rows = [openface_row(number + 1, fps=FPS, AU01_c=int(number == 11)) for number in range(FRAMES)]
    with open_project(study) as project:
        import_features(project, "openface", write_rows(study.parent / "o.csv", rows), participant="8")
        project.store.people.ensure_rater("Chief", Role.ADJUDICATOR)
        carl = add_rater(project, "Carl")
        anna, openface = sources(project)
        # Carl has begun: what Anna says is told by a comparison with a program, or with her past.
        code(study, "Carl", {})
        code(study, "Anna", {12: {"AU4": 1}}, "7")
        past = Source(SourceKind.THEN, "Anna", "Anna then", at=datetime.now(UTC))
        for other in (openface, past):
            wish = Wish(anna, other)
            found = reliability.measure(
                project, carl, wish, LIVE, lambda _: True, NoProgress(), CancelToken()
            )
            assert found.agreement is None
            assert found.hidden
            assert not reliability.disputed(project, carl, wish, lambda _: True).disputes
            _, unseen = next(project.recordings("7"))
            assert not reliability.both_codings(project, carl, wish, unseen).first
    seat = new_seat("Chief")
    seat.open(study)
    view = table_of(seat)
    view.second.setCurrentIndex(view.second.findText("OpenFace"))
    seat.wait(lambda: not view.state.text() and view.model.rowCount() > 0)
    view.disputes_wanted.emit("AU1")
    pane = seat.window.disputes
    seat.wait_frame(10)
    # Anna's side is told, OpenFace knows none; what it cannot judge is not absent.
    seat.wait(lambda: row_of(seat, 0)[:3] == ["▶ AU1", "right", "absent"])
    assert "present / absent" in str(pane.model.index(0).data())
    assert pane.table.isColumnHidden(3)
    seat.press(Qt.Key.Key_Down)
    seat.wait_frame(12)
    seat.player.transport.go_to(7)
    seat.wait_frame(7)
    assert row_of(seat, 0)[:3] == ["– AU12", "both", "–"]
    seat.player.transport.go_to(11)
    seat.wait_frame(11)
    assert row_of(seat, 0)[:3] == ["= AU1", "right", "present"]
    seat.press("1")
    assert "Only what two raters" in seat.message
