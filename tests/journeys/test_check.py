"""A clip is coded, checked for omissions, and submitted; nobody else sees any of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QApplication, QLabel

from hrm_annotator.actions.ids import ActionId
from hrm_annotator.itemmodels.to_look_at import LookKind
from hrm_annotator.operations.check import CheckWalk
from hrm_annotator.timeline.tool_tip import tool_tip
from hrm_annotator.timeline.view import ROWS_TOP_PX
from hrm_core.config import Check, read_settings, write_settings
from hrm_core.facs import ACTIONS, parse_score
from hrm_core.records.coding import ActionCode, CodingState, FrameCoding
from hrm_core.records.marks import Marks
from hrm_core.records.shown_codings import Concealment
from hrm_core.workflows.add_participant import add_rater
from hrm_core.workflows.add_video import add_clips
from hrm_core.workflows.check_clip import check_log
from hrm_core.workflows.choose_clips import remove_clip
from hrm_core.workflows.project import open_project
from hrm_core.workflows.report_checks import check_trail, checks_of_study
from tests.support.window import CODER, Seat

FIRST, LAST = 10, 15


@pytest.fixture
def short_study(study: Path) -> Path:
    """The study with one clip of six frames; AB has coded five of them: AU12 on all, AU1 on two."""
    with open_project(study) as project:
        rater, (_, recording) = add_rater(project, CODER), next(project.recordings("7"))
        for clip in project.store.recordings.clips(recording.id):
            remove_clip(project, rater, clip)
        add_clips(project, recording, [(FIRST, LAST)])
        for frame in range(FIRST, LAST):
            keys = ["AU12", "AU1"] if frame in (11, 12) else ["AU12"]
            codes = tuple(ActionCode(key, 2 if key == "AU1" else 1) for key in keys)
            project.store.codings.save(FrameCoding(rater.id, recording.id, frame, codes), reason="coded")
    return study


def walk_of(seat: Seat) -> CheckWalk:
    """The check that is under way."""
    assert seat.program.check.walk is not None
    return seat.program.check.walk


def mark_in_tree(seat: Seat) -> str:
    """What the tree says of the clip."""
    tree = seat.window.tree.model
    return str(tree.index(0, 1, tree.index(0, 0, tree.index(0, 0))).data())


def seen_all(seat: Seat) -> None:
    """Wait until the clip that plays was shown whole for this group."""
    walk = walk_of(seat)
    seat.wait(lambda: not walk.unseen and seat.window.check.shows_seen_all)


def test_a_clip_is_coded_checked_mended_and_submitted(
    new_seat: Callable[..., Seat], short_study: Path
) -> None:
    seat = new_seat()
    seat.open(short_study)
    seat.go_to(LAST)
    # Pass 1 is not complete: the check says so, and does not begin.
    seat.press(Qt.Key.Key_F12)
    seat.wait(lambda: f"frame {LAST} of it not coded" in seat.message)
    assert seat.program.check.walk is None
    seat.strokes("A")
    seat.saved()
    # Submitting before checking is stopped, and the check begins where it has to.
    seat.press(Qt.Key.Key_F12, Qt.KeyboardModifier.ControlModifier)
    seat.wait(lambda: seat.program.check.walk is not None)
    pane = seat.window.check
    assert pane.isVisible()
    assert not seat.coding.isVisible()
    assert pane.current == "AU1"
    answers_wait_for_the_whole_clip(seat)
    an_omission_is_coded(seat)
    assert walk_of(seat).place == 1
    while not walk_of(seat).look().is_complete:
        seen_all(seat)
        assert pane.current is not None
        seat.press("1" if pane.current == "AU12" else "0")
    seat.saved()
    seat.wait(lambda: all(c.state is CodingState.CHECKED for c in seat.on_disk().values()))
    seat.press(Qt.Key.Key_F12, Qt.KeyboardModifier.ControlModifier)
    seat.wait(lambda: "is submitted" in seat.message)
    assert seat.coding.isVisible()
    assert mark_in_tree(seat) == "✓ submitted"
    # An edit reopens that action alone, and the submission says so.
    seat.go_to(12)
    seat.strokes("D")
    seat.wait(lambda: mark_in_tree(seat) == "changed since")
    seat.press(Qt.Key.Key_F12)
    seat.wait(lambda: seat.program.check.walk is not None)
    assert walk_of(seat).standing.missing == ("AU14",)
    seat.press(Qt.Key.Key_Escape)
    seat.saved()
    both_passes_are_in_the_trail(short_study)
    seat.leave()
    nobody_else_sees_any_of_it(new_seat, short_study)


def answers_wait_for_the_whole_clip(seat: Seat) -> None:
    walk, pane = walk_of(seat), seat.window.check
    # An answer before the whole clip was shown counts for nothing, and no key codes now.
    seat.player.transport.stop()
    walk.go_to_group(0, seat.session.frame)
    pane.show_check(walk.clip, walk.standing, 0, walk.unseen)
    seat.press("1")
    assert "Watch the whole clip" in seat.message
    for field in (ActionId.WRITE_NOTE, ActionId.WRITE_CODE_NOTE, ActionId.TYPE_SCORE):
        seat.window.actions_by_id[field].trigger()
        assert "A check is under way" in seat.message
        assert QApplication.focusWidget() is pane, "nothing is typed into a field that nobody sees"
    assert len(walk.look().missing) == len(ACTIONS)
    before = seat.on_disk()
    seat.press("Q")
    assert seat.on_disk() == before
    seat.press(Qt.Key.Key_Space)
    seen_all(seat)


def an_omission_is_coded(seat: Seat) -> None:
    pane = seat.window.check
    assert "11–12 left" in pane.row("AU1").words
    seat.press("0")
    assert "It is coded in this clip" in seat.message
    seat.press("1")
    seat.press("0")
    # AU4 was left out: the coder is stopped here, codes it and comes back.
    assert pane.current == "AU4"
    seat.press("C")
    seat.wait(lambda: seat.coding.isVisible() and seat.coding.current == "AU4")
    seat.go_to(13)
    seat.press("1")
    seat.press(Qt.Key.Key_F12)
    seat.wait(pane.isVisible)
    assert "First pass: nothing; now: 13 both" in pane.row("AU4").words
    pane.choose("AU4")
    seat.press("1")
    # Left in the middle and taken up again: what was answered stays.
    seat.press(Qt.Key.Key_Escape)
    seat.wait(seat.coding.isVisible)
    seat.press(Qt.Key.Key_F12)
    seat.wait(lambda: seat.program.check.walk is not None)


def both_passes_are_in_the_trail(short_study: Path) -> None:
    with open_project(short_study) as project:
        (found,) = checks_of_study(project)
        assert [(c.action, c.before, c.after) for c in found.omissions] == [("AU4", "", "13 both")]
        first, second = found.first_pass, found.second_pass
        assert None not in (*first, *second, found.submitted_at)
        assert first[0] <= first[1] < second[0] < second[1] < found.submitted_at  # type: ignore[operator]
        rater, (_, recording) = add_rater(project, CODER), next(project.recordings("7"))
        clip = project.store.recordings.clips(recording.id)[0]
        phases = [entry.phase for entry in check_trail(project, rater, recording, clip)]
        assert phases[0] == "first pass"
        assert {"second pass", "submission"} <= set(phases)


def nobody_else_sees_any_of_it(new_seat: Callable[..., Seat], short_study: Path) -> None:
    other = new_seat("CD")
    other.open(short_study)
    assert mark_in_tree(other) == "0/6"
    assert not other.session.coded_frames()
    other.go_to(FIRST)
    other.press(Qt.Key.Key_F12)
    other.wait(lambda: "not coded" in other.message)
    with open_project(short_study) as project:
        rater, (_, recording) = add_rater(project, "CD"), next(project.recordings("7"))
        assert not check_log(project, rater, recording).answers


def told(seat: Seat) -> str:
    """Everything that the window tells of codes: rows, score, boxes, names, undo, timeline and its tip."""
    seat.qtbot.wait(1)
    timeline = seat.window.timeline.timeline
    assert timeline is not None
    view = timeline._view
    cells = {
        entry.key: sorted({int(cell) for cell in view.grid.cells.finest[row, FIRST : LAST + 1]})
        for row, entry in enumerate(view.actions)
    }
    tips = [
        tool_tip(view, QPointF(view.x_of(frame) + 1, ROWS_TOP_PX + placed.top + 2), None)
        for placed in view.layout.in_view()
        for frame in (11, 13)
    ]
    words = [
        *(key for key, found in cells.items() if found != [0]),
        *tips,
        str(view.chosen),
        seat.coding.score._line.text(),
        *seat.codes(),
        seat.player.current.accessibleName(),
        *(entry.text() for entry in seat.window.actions_by_id.values() if "ndo" in entry.text()),
        seat.message,
        *(label.text() for label in seat.window.check.findChildren(QLabel) if label.isVisible()),
    ]
    return "\n".join(words)


def test_hidden_codes_are_seen_nowhere_until_the_group_is_judged(
    new_seat: Callable[..., Seat], short_study: Path
) -> None:
    write_settings(short_study, replace(read_settings(short_study), check=Check(hide_first_pass=True)))
    seat = new_seat()
    seat.open(short_study)
    seat.go_to(LAST)
    seat.strokes("A")
    seat.go_to(11)
    assert "AU1" in told(seat).split()
    before = seat.on_disk()
    seat.press(Qt.Key.Key_F12)
    seat.wait(lambda: seat.program.check.walk is not None)
    seen_all(seat)
    seat.press(Qt.Key.Key_Space)
    words = told(seat)
    assert "AU12" not in words.replace("AU12 Lip", "")
    assert "11–12" not in words
    assert "left" not in words
    assert seat.codes() == {}
    assert not seat.window.actions_by_id[ActionId.UNDO].isEnabled()
    pane = seat.window.check
    # AU1 was coded and is not seen, AU2 is seen and was not coded, AU4 is neither.
    seat.press("0")
    seat.press("1")
    assert "11–12" not in told(seat)
    seat.press("0")
    assert "You did not see it" in pane.row("AU1").words
    assert "11–12 left" in pane.row("AU1").words
    assert "You saw it" in pane.row("AU2").words
    assert "Absent" in pane.row("AU4").words
    assert pane.current == "AU1"
    seat.press("1")
    # What other groups hide stays hidden, and whole, while the omission is coded.
    assert pane.current == "AU2"
    seat.press("C")
    seat.wait(seat.coding.isVisible)
    seat.go_to(12)
    assert seat.codes() == {"AU1": 2}
    seat.strokes("W")
    seat.press("A")
    assert "hidden until you have answered" in seat.message
    seat.saved()
    seat.press(Qt.Key.Key_F12)
    seat.wait(pane.isVisible)
    pane.choose("AU2")
    seat.press("1")
    assert walk_of(seat).place == 1
    seat.press(Qt.Key.Key_Escape)
    seat.wait(lambda: seat.codes() == {"AU1": 2, "AU2": 1, "AU12": 1})
    after = seat.on_disk()
    assert {frame for frame in after if after[frame].codes != before[frame].codes} == {12}
    seat.wait(lambda: not seat.program.check._writing)
    with open_project(short_study) as project:
        (found,) = checks_of_study(project)
        assert found.hidden
        assert [(c.action, c.before, c.after) for c in found.omissions] == [("AU2", "", "12 both")]


def test_nothing_beside_the_codes_tells_what_a_check_hides(
    new_seat: Callable[..., Seat], short_study: Path
) -> None:
    write_settings(short_study, replace(read_settings(short_study), check=Check(hide_first_pass=True)))
    seat = new_seat()
    seat.open(short_study)
    review = seat.window.review
    seat.go_to(LAST)
    seat.strokes("A")
    seat.go_to(11)
    seat.choose("AU1")
    seat.strokes("/")
    seat.program.runs.ranges.mark_run("AU1")
    assert (seat.session.marks.first, seat.session.marks.last) == (11, 12)
    seat.wait(lambda: any(entry.kind is LookKind.DOUBT for entry in review.model.entries))
    before = len(review.model.entries)
    seat.press(Qt.Key.Key_F12)
    seat.wait(lambda: seat.program.check.walk is not None)
    assert not review.model.entries
    assert seat.session.marks == Marks(), "a marked range can be the run that is to be found"
    seen_all(seat)
    seat.press(Qt.Key.Key_F10)
    assert "AU1" not in seat.message
    # Rules are still held against all codes, so that none fires because another is hidden.
    seat.press(Qt.Key.Key_Escape)
    seat.wait(lambda: len(review.model.entries) == before)
    # With another coder at this window nothing is withheld, and nothing of the first is there.
    seat.press(Qt.Key.Key_F12)
    seat.wait(lambda: seat.program.check.walk is not None)
    seat.saved()
    seat.program.study.open_project(short_study, "CD")
    seat.wait(lambda: seat.session.rater is not None and seat.session.rater.name == "CD")
    seat.wait(lambda: seat.session.frame is not None)
    assert not review._withheld
    assert seat.program.check.walk is None
    assert not review.model.entries


def test_a_refusal_tells_nothing_hidden_and_gives_the_right_reason(
    new_seat: Callable[..., Seat], short_study: Path
) -> None:
    write_settings(short_study, replace(read_settings(short_study), check=Check(hide_first_pass=True)))
    seat = new_seat()
    seat.open(short_study)
    session = seat.session
    seat.go_to(LAST)
    seat.strokes("A")
    seat.go_to(11)
    session.conceal(Concealment(FIRST, LAST, frozenset(entry.key for entry in ACTIONS)))
    said: list[str] = []
    session.refused.connect(said.append)
    for key in ("AU1", "AU4"):
        session.set_intensity(key, "C")
    for score in ("L1+L12", "1", "4"):
        session.set_score(parse_score(score))
    session.set_not_codable(True)
    assert said == ["This is hidden until you have answered for it in the check."] * 6
    assert seat.on_disk()[11].state is CodingState.CODED
    seat.go_to(LAST + 1)
    said.clear()
    session.set_code("AU1", 1)
    assert said == ["This is hidden until you have answered for it in the check."], (
        "nobody's eyes are covered"
    )
