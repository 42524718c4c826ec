"""What to look at: found while coding, gone to by keys, kept and taken back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QApplication

from hrm_annotator.itemmodels.to_look_at import LookKind, entries_of
from hrm_annotator.language import said, use
from hrm_annotator.operations.rule_watch import Doubt, Look
from hrm_annotator.settings import personal
from hrm_core.facs.rules import RULES_FILE, RuleKind, rules_of_study
from hrm_core.workflows.add_participant import add_rater
from hrm_core.workflows.project import open_project
from tests.support.window import Seat

CONTROL = Qt.KeyboardModifier.ControlModifier


def listed(seat: Seat) -> list[str]:
    """Entries as a screen reader says them."""
    model = seat.window.review.model
    return [model.index(row).data(Qt.ItemDataRole.AccessibleTextRole) for row in range(model.rowCount())]


def wait_listed(seat: Seat, *beginnings: str) -> None:
    """Wait until these entries are listed, and no others."""

    def there() -> bool:
        found = listed(seat)
        return len(found) == len(beginnings) and all(map(str.startswith, found, beginnings))

    seat.wait(there)


def contradict(seat: Seat) -> None:
    """AU24 with AU25 on frames 12 and 13, and a doubtful frame 60."""
    for frame in (12, 13):
        seat.go_to(frame)
        seat.player.current.setFocus()
        for key in ("AU24", "AU25"):
            seat.session.set_code(key, 1)
    seat.go_to(60)
    seat.session.clear_codes()
    seat.session.set_comment("lips or jaw?")
    seat.session.set_doubtful(True)
    seat.player.current.setFocus()


def test_findings_and_doubts_are_gone_to_kept_and_taken_back_by_keys(seat: Seat) -> None:
    pane = seat.window.review
    assert listed(seat) == []
    contradict(seat)
    wait_listed(
        seat,
        "frames 12–13 · AU24, AU25\nAlternatives: 24 and 25 are alternatives",
        "frame 60\nDoubtful: lips or jaw?",
    )
    seat.press(Qt.Key.Key_F10, Qt.KeyboardModifier.ShiftModifier)  # from frame 60 its own entry is the last
    assert seat.message.startswith("frame 60: Doubtful: lips or jaw?")
    seat.press(Qt.Key.Key_F10, CONTROL)
    assert "taking the flag off" in seat.message
    seat.press(Qt.Key.Key_F10, Qt.KeyboardModifier.ShiftModifier)
    seat.wait_frame(12)
    assert seat.coding.current == "AU24"
    assert QApplication.focusWidget() is seat.player.current, "codes can be typed at once"
    assert "Lips that are pressed together are not parted." in pane._why.text()
    assert "to be confirmed by a certified coder" in pane._why.text()
    assert "R package facs" in pane.list.currentIndex().data(Qt.ItemDataRole.ToolTipRole)
    # Kept with a reason, by keyboard alone.
    pane.reason.setFocus()
    seat.type("seen 2x")
    seat.press(Qt.Key.Key_Return)
    wait_listed(seat, "frame 60")
    assert seat.session.frame == 12, "Return in the field confirms no frame"
    assert seat.session.can_code
    assert "Ctrl+Shift+F10 takes it back" in seat.message
    assert seat.codes() == {"AU24": 1, "AU25": 1}
    pane.show_kept.setFocus()
    seat.press(Qt.Key.Key_Space)
    wait_listed(seat, "frames 12–13 · AU24, AU25\nKept (seen 2x).", "frame 60")
    seat.press(Qt.Key.Key_F10, CONTROL | Qt.KeyboardModifier.ShiftModifier)
    wait_listed(seat, "frames 12–13 · AU24, AU25\nAlternatives", "frame 60")
    # Enter in the list goes there, arrows move in it, letters are still codes.
    seat.go_to(30)
    pane.list.setFocus()
    seat.press(Qt.Key.Key_Home)
    seat.press(Qt.Key.Key_Down)
    assert pane.current is not None
    assert pane.current.kind is LookKind.DOUBT
    assert seat.session.frame == 30
    seat.press(Qt.Key.Key_Return)
    seat.wait_frame(60)
    assert QApplication.focusWidget() is seat.player.current
    assert 30 not in seat.session.coded_frames(), "Return in the list confirms no frame"
    pane.kinds.setCurrentIndex(pane.kinds.findText("Alternatives"))
    assert len(listed(seat)) == 1
    pane.kinds.setCurrentIndex(0)
    # Hidden as long as codes are, and then there is nothing to step to either.
    pane.withhold(True)
    assert listed(seat) == []
    assert pane._nothing.isVisible()
    seat.press(Qt.Key.Key_F10)
    assert "nothing more to look at" in seat.message
    pane.withhold(False)
    assert len(listed(seat)) == 2


def test_a_kept_finding_stays_kept_until_its_codes_change(seat: Seat) -> None:
    contradict(seat)
    wait_listed(seat, "frames 12–13", "frame 60")
    seat.go_to(12)
    seat.press(Qt.Key.Key_F10)
    assert seat.session.frame == 12
    seat.press(Qt.Key.Key_F10, CONTROL)
    wait_listed(seat, "frame 60")
    again = seat.restart()
    wait_listed(again, "frame 60")
    again.go_to(14)
    again.session.set_code("AU25", 1)
    again.session.set_code("AU24", 1)
    wait_listed(again, "frames 12–14", "frame 60")
    again.press(Qt.Key.Key_Z, CONTROL)
    wait_listed(again, "frame 60")
    # Another coder has other codes, and keeps nothing.
    again.program.study.open_project(again.folder, "CD")
    again.wait(lambda: again.session.rater is not None and again.session.rater.name == "CD")
    again.wait(lambda: again.session.frame is not None)
    wait_listed(again)
    with open_project(again.folder) as project:
        _, film = next(project.recordings("7"))
        assert project.store.kept_findings.log(add_rater(project, "CD").id, film.id) == []


def test_a_damaged_file_of_rules_is_said_and_hides_no_doubt(study: Path, new_seat: object) -> None:
    (study / RULES_FILE).write_text('[[rule]]\nid = "24-25"\non = "ASD"\n', encoding="utf-8")
    assert callable(new_seat)
    seat: Seat = new_seat()
    seat.open(study)
    contradict(seat)
    wait_listed(seat, "frame 60\nDoubtful")
    words = seat.window.review._nothing.text()
    assert seat.window.review._nothing.isVisible()
    assert "line 1, rule '24-25': on must be true or false" in words
    assert "ASD" not in words


def test_the_list_is_put_away_and_has_names_and_shapes_of_its_own(seat: Seat) -> None:
    pane = seat.window.review
    assert pane.isVisible()
    seat.press(Qt.Key.Key_B, CONTROL)
    assert not pane.isVisible()
    seat.press(Qt.Key.Key_B, CONTROL)
    assert pane.isVisible()
    contradict(seat)
    wait_listed(seat, "frames 12–13", "frame 60")
    seat.press(Qt.Key.Key_F10)
    told = QAccessible.queryAccessibleInterface(pane.list)
    assert told.role() is QAccessible.Role.List
    assert told.text(QAccessible.Text.Name) == "What to look at"
    assert told.child(0).text(QAccessible.Text.Name).startswith("frames 12–13 · AU24, AU25")
    images = []
    for kind in LookKind:
        (entry, *_) = pane.model.entries
        pane.model.show([type(entry)(kind, (), 1, 1)])
        images.append(pane.list.grab().toImage().copy(0, 0, 28, 40))
    assert all(one != other for place, one in enumerate(images) for other in images[:place])
    assert personal.load().coder == "AB"


# -- doubts, and the other language ---------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.integers(0, 9),
        st.sets(st.sampled_from([(None, ""), (None, "?"), ("AU12", ""), ("AU25", "")]), min_size=1),
    )
)
def test_the_same_doubt_on_consecutive_frames_is_one_entry(doubts: dict[int, set[Doubt]]) -> None:
    entries = entries_of(Look(doubts={frame: tuple(found) for frame, found in doubts.items()}))
    covered = [
        (frame, (entry.actions[0] if entry.actions else None, entry.note))
        for entry in entries
        for frame in range(entry.first_frame, entry.last_frame + 1)
    ]
    assert sorted(covered, key=repr) == sorted(
        ((frame, doubt) for frame, found in doubts.items() for doubt in found), key=repr
    )
    for entry in entries:
        doubt = (entry.actions[0] if entry.actions else None, entry.note)
        assert doubt not in doubts.get(entry.last_frame + 1, set())
    assert [entry.first_frame for entry in entries] == sorted(entry.first_frame for entry in entries)


@pytest.fixture
def chinese() -> Iterator[None]:
    """Chinese as long as a test runs."""
    use("zh_CN")
    yield
    use("en")


def test_kinds_and_all_that_rules_say_are_there_in_chinese(chinese: None, seat: Seat) -> None:
    assert {str(kind) for kind in RuleKind} - {"prevented"} == {str(kind) for kind in LookKind} - {"doubt"}
    rules = rules_of_study()
    for words in (*(rule.reason for rule in rules), *(rule.source for rule in rules), rules[0].status):
        assert said(words) != words
    for sentence in (
        "5 and 7E are alternatives, but both are coded.",
        "2X is coded without 25.",
        "AU12 cannot be upper alone.",
        "AU12 is there for 1 frame only.",
        "AU12 is gone for 2 frames only.",
        "AU12 turns left for 1 frame only.",
        "AU12 jumps from left to right.",
        "5 actions change at once: AU1, AU2, AU4, AU5, AU6.",
    ):
        assert not set("abcdefghijklmnopqrstuvwxyz") & set(said(sentence)), said(sentence)
    contradict(seat)
    wait_listed(seat, "第 12–13 帧 · AU24, AU25\n互斥动作：24 与 25", "第 60 帧\n存疑：lips or jaw?")
