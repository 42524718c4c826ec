"""Planning a rating session at the window: by keyboard, whole or not at all, and never against the rules."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton, QTableWidget

from hrm_annotator.actions.ids import ActionId
from hrm_annotator.dialogs.plan_rating import PlanRatingDialog
from hrm_annotator.language import catalogue
from hrm_annotator.operations import rating_plans
from hrm_core.errors import ProjectError
from hrm_core.rating.check_plan import plan_problems
from hrm_core.records.people import Role
from hrm_core.records.rating_plan import (
    ATYPICALITY_POINTS,
    ATYPICALITY_QUESTION,
    OrderKind,
    PlannedJudge,
    Presentation,
    ScalePoint,
    SessionPlan,
    TrialKind,
)
from hrm_core.workflows.add_participant import add_rater
from hrm_core.workflows.project import open_project
from hrm_core.workflows.sit_for_rating import open_sitting
from tests.support.window import CODER, Seat

ALT, CTRL = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier
_PATIENCE_MS = 20_000


def begin(seat: Seat) -> PlanRatingDialog:
    """The dialog, open, with the keyboard in it."""
    seat.window.actions_by_id[ActionId.PLAN_RATING].trigger()
    seat.wait(lambda: seat.program.ratings.planning is not None)
    dialog = seat.program.ratings.planning
    assert dialog is not None
    seat.wait(lambda: QApplication.focusWidget() is dialog.name)
    return dialog


def keys(text: str, key: Qt.Key | None = None, modifier: Qt.KeyboardModifier = ALT) -> None:
    """Type a text wherever the keyboard is, letter by letter, then press a key."""
    for letter in text:
        QTest.keyClick(QApplication.focusWidget(), letter)
    if key is not None:
        QTest.keyClick(QApplication.focusWidget(), key, modifier)


def plain(key: Qt.Key, times: int = 1) -> None:
    for _ in range(times):
        keys("", key, Qt.KeyboardModifier.NoModifier)


def settled(seat: Seat, dialog: PlanRatingDialog) -> str:
    """Why it cannot be planned, once what is said is about what is chosen; empty if it can."""
    ratings = seat.program.ratings
    seat.wait(lambda: not dialog._quiet.isActive() and not ratings.looking)
    can = dialog.outlook.verdict.text() == "This can be planned as it stands."
    assert dialog.plan_button.isEnabled() is can
    return "" if can else dialog.outlook.problems.toPlainText()


def boxes(dialog: PlanRatingDialog) -> list[QMessageBox]:
    """Questions that the dialog asks now."""
    return [box for box in dialog.findChildren(QMessageBox) if box.isVisible()]


def cells(table: QTableWidget) -> list[list[str]]:
    """What a table says, row by row."""
    rows = range(table.rowCount())
    return [[table.item(row, place).text() for place in range(table.columnCount())] for row in rows]  # type: ignore[union-attr]


def test_a_session_is_planned_by_keyboard_alone(seat: Seat, study: Path) -> None:
    with open_project(study) as project:
        add_rater(project, "Cleo", Role.JUDGE)
    dialog = begin(seat)
    keys("Spring", Qt.Key.Key_J)
    plain(Qt.Key.Key_Tab, 2)
    assert QApplication.focusWidget() in (dialog.judges.name, dialog.judges.name.lineEdit())
    for name in ("Cleo", "Newcomer", CODER):
        keys(name)
        plain(Qt.Key.Key_Return)
    assert dialog.isVisible(), "Return in a field neither plans nor closes"
    assert cells(dialog.judges.table) == [
        ["Cleo", "blind", ""],
        ["Newcomer", "blind", ""],
        [CODER, "not blind", "plans this session"],
    ]
    # The second judge knows the children: the tick goes by the space bar, the reason is typed.
    plain(Qt.Key.Key_Tab, 3)
    assert QApplication.focusWidget() is dialog.judges.table
    plain(Qt.Key.Key_Up)
    plain(Qt.Key.Key_Space)
    plain(Qt.Key.Key_Right)
    keys("their teacher")
    plain(Qt.Key.Key_Return)
    seat.wait(lambda: cells(dialog.judges.table)[1] == ["Newcomer", "not blind", "their teacher"])
    keys("", Qt.Key.Key_O)
    keys("", Qt.Key.Key_D)
    plain(Qt.Key.Key_Down)
    keys("", Qt.Key.Key_S)
    keys("", Qt.Key.Key_A, CTRL)
    keys("77")
    keys("", Qt.Key.Key_C)
    keys("", Qt.Key.Key_A, CTRL)
    keys("1", Qt.Key.Key_B)
    keys("", Qt.Key.Key_E)
    keys("", Qt.Key.Key_A, CTRL)
    keys("0.5", Qt.Key.Key_G)
    seat.wait(dialog.playback.grey.isChecked)
    seat.wait(dialog.plan_button.isEnabled)
    trials = [row[1] for row in cells(dialog.outlook.table)]
    assert trials == ["2"] * 3, "one clip for practice, one to be rated"
    # The clips show no face at all, which the coordinator has to know.
    assert "cannot be covered everywhere in 2 of 2 clips" in dialog.outlook.problems.toPlainText()
    keys("", Qt.Key.Key_P)
    seat.wait(lambda: dialog.is_planned, _PATIENCE_MS)
    assert "Spring" in dialog.planned.heading.text()
    assert str(study) in dialog.planned.command.text()
    plain(Qt.Key.Key_Return)
    seat.wait(lambda: seat.program.ratings.planning is None)
    assert_stored(study)


def assert_stored(study: Path) -> None:
    """What was typed stands in the store, and a judge can sit down."""
    with open_project(study) as project:
        session = project.store.rating_sessions.get("Spring")
        plan = session.plan
        assert plan is not None
        assert (plan.seed, plan.order, len(plan.practice)) == (77, OrderKind.BLOCKED, 1)
        assert plan.presentation == Presentation(speed=0.5)
        assert [(judge.name, judge.blind) for judge in plan.judges] == [
            ("Cleo", True),
            ("Newcomer", False),
            (CODER, False),
        ]
        for judge in session.seats:
            kinds = [trial.kind for trial in project.store.rating_sessions.trials(session.id, judge.judge_id)]
            assert kinds == [TrialKind.PRACTICE, TrialKind.RATING]
        prepared = project.store.rating_sessions.clips(session.id)
        assert {clip.withheld for clip in prepared} == {30, 40}
        log = project.store.rating_sessions.log(session.id)
        assert {(entry.what, entry.actor) for entry in log} == {("planned", CODER), ("prepared", CODER)}
    with open_sitting(study, "Spring", "Newcomer") as sitting:
        clip = next(trial for trial in sitting.trials if trial.kind is TrialKind.RATING)
        with sitting.open_clip(clip) as video:
            assert len(video) in (30, 40)


def test_what_cannot_be_is_said_and_not_planned(seat: Seat, study: Path) -> None:
    with open_project(study) as project:
        coder = add_rater(project, "Dora")
        _, recording = next(project.recordings("7"))
        from hrm_core.records.coding import FrameCoding

        project.store.codings.save(FrameCoding(coder.id, recording.id, 12))
    dialog = begin(seat)

    def problems() -> str:
        return settled(seat, dialog)

    said = problems()
    for words in (
        "A session needs a name",
        "Nobody is to rate",
        "cannot be covered everywhere in 2 of 2 clips",
    ):
        assert words in said
    dialog.playback.grey.setChecked(True)
    dialog.name.setText("Autumn")
    dialog.judges.name.setCurrentText("Dora")
    dialog.judges.add()
    assert cells(dialog.judges.table) == [["Dora", "not blind", "has coded these children"]]
    assert problems() == ""
    # A coder who is blind must not read which group it is.
    dialog.name.setText("The TD children")
    assert "would tell judges the group" in problems()
    assert "TD" not in dialog.outlook.problems.toPlainText()
    dialog.name.setText("Autumn")
    dialog.scale.points.setValue(6)
    assert "Point 6 of the scale has an empty label" in problems()
    dialog.scale.points.setValue(5)
    dialog.order.repeats.setValue(2)
    assert "2 of 2 clips cannot be repeated" in problems()
    dialog.order.repeats.setValue(0)
    dialog.clips.scope.setCurrentIndex(1)
    only = dialog.clips.children_list.item(0)
    assert only is not None
    only.setCheckState(Qt.CheckState.Unchecked)
    assert "No child is ticked" in problems()
    # Nobody is known to have coded no child: the reason goes with the children, and comes with them.
    assert cells(dialog.judges.table) == [["Dora", "blind", ""]]
    tick = dialog.judges.table.item(0, 1)
    assert tick is not None
    only.setCheckState(Qt.CheckState.Checked)
    assert cells(dialog.judges.table) == [["Dora", "not blind", "has coded these children"]]
    assert tick.data(Qt.ItemDataRole.CheckStateRole) is None, "no box where nothing can be ticked"
    why = dialog.judges.table.item(0, 2)
    assert why is not None
    why.setText(" ")
    assert "Dora is not blind, and the report has to say why" in problems()
    why.setText("FACS expert")
    dialog.judges.name.setCurrentText("dora")
    dialog.judges.add()
    assert "already" in dialog.judges.note.text()
    assert dialog.wish.judges == (PlannedJudge("Dora", blind=False, why_not_blind="FACS expert"),)
    assert problems() == ""
    with open_project(study) as project:
        assert project.store.rating_sessions.all() == []


def test_the_scale_of_the_paper_comes_back_and_labels_are_not_lost(seat: Seat) -> None:
    dialog = begin(seat)
    scale = dialog.scale
    scale.points.setValue(2)
    scale.points.setValue(11)
    assert scale.scale[:5] == ATYPICALITY_POINTS
    assert scale.scale[10] == ScalePoint("")
    scale.points.setValue(3)
    label = scale.table.item(2, 1)
    assert label is not None
    label.setText("  Quite   odd ")
    assert dialog.wish.presentation.scale[2].label == "Quite odd"
    scale._question.setPlainText("How odd?")
    scale._question_zh.setPlainText("多奇怪？")
    assert dialog.wish.presentation.asked("zh_CN") == "多奇怪？"
    scale.paper_button.click()
    assert dialog.wish.presentation.scale == ATYPICALITY_POINTS
    assert dialog.wish.presentation.question == ATYPICALITY_QUESTION
    assert dialog.wish.presentation == Presentation()
    dialog.playback.replays.setValue(-1)
    dialog.playback.when.setCurrentIndex(1)
    dialog.playback.least.setValue(2.5)
    assert (dialog.wish.presentation.max_replays, dialog.wish.presentation.least_watch_s) == (None, 2.5)


def test_a_stopped_plan_leaves_nothing(seat: Seat, study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on = threading.Event(), threading.Event()
    plan = rating_plans.plan

    def held(project: Any, person: Any, wish: Any, progress: Any, cancel: Any) -> Any:
        advance, frames = progress.advance, []

        def counted(units: int = 1) -> None:
            advance(units)
            frames.append(units)
            if len(frames) == 5:
                begun.set()
                go_on.wait(20)

        progress.advance = counted
        return plan(project, person, wish, progress, cancel)

    monkeypatch.setattr(rating_plans, "plan", held)
    dialog = begin(seat)
    dialog.name.setText("Winter")
    dialog.judges.name.setCurrentText("Cleo")
    dialog.judges.add()
    dialog.playback.grey.setChecked(True)
    seat.wait(dialog.plan_button.isEnabled)
    dialog.plan_button.click()
    seat.wait(begun.is_set, _PATIENCE_MS)
    try:
        # Escape while clips are prepared stops, and does not leave the dialog with work behind it.
        assert isinstance(QApplication.focusWidget(), QPushButton)
        plain(Qt.Key.Key_Escape)
        assert dialog.isVisible()
    finally:
        go_on.set()
    seat.wait(lambda: "Stopped" in dialog.words.text())
    assert dialog.plan_button.isEnabled()
    assert dialog.tabs.isEnabled()
    with open_project(study) as project:
        assert project.store.rating_sessions.all() == []
        assert [rater.name for rater in project.raters()] == [CODER]
    assert [path for path in study.rglob("*") if "Rating Clips" in path.parts and path.is_file()] == []
    # What was typed is not dropped unasked, and Escape alone never drops it.
    for leave in (lambda: QTest.keyClick(dialog, Qt.Key.Key_Escape), dialog.close, dialog.close_button.click):
        leave()
        box = boxes(dialog)[-1]
        seat.wait(lambda box=box: QApplication.focusWidget() is box.defaultButton())
        plain(Qt.Key.Key_Escape)
        seat.wait(lambda: boxes(dialog) == [])
        assert dialog.isVisible()
        assert dialog.name.text() == "Winter"
    dialog.close()
    seat.wait(lambda: QApplication.focusWidget() is boxes(dialog)[0].defaultButton())
    plain(Qt.Key.Key_Tab)
    plain(Qt.Key.Key_Space)
    seat.wait(lambda: seat.program.ratings.planning is None)
    # Where nothing was entered, nothing is asked.
    dialog = begin(seat)
    keys("x")
    plain(Qt.Key.Key_Backspace)
    plain(Qt.Key.Key_Escape)
    seat.wait(lambda: seat.program.ratings.planning is None)


def test_judges_neither_plan_nor_look(study: Path) -> None:
    with open_project(study) as project:
        judge = add_rater(project, "Cleo", Role.JUDGE)
        add_rater(project, "Kim", Role.COORDINATOR)
        with pytest.raises(ProjectError, match="as a judge"):
            rating_plans.study_for_plan(project, judge)
        offered = rating_plans.study_for_plan(project, add_rater(project, CODER)).people
        # Who may lift the blinding does not judge.
        assert [person.name for person in offered] == ["Cleo", CODER]


def test_what_the_core_says_of_a_plan_is_said_in_chinese(study: Path) -> None:
    chinese = catalogue.load("zh_CN")
    labels = (("", ""), ("odd", ""), ("odd", "x"), ("o", "x"))
    points = tuple(ScalePoint(words, {"zh_CN": there} if there else {}) for words, there in labels)
    judges = (PlannedJudge("A", blind=False), PlannedJudge("A"))
    wrong = [
        SessionPlan("", Presentation(question=" ", scale=points), (), (1, 2), repeats=9),
        SessionPlan("x", Presentation(), judges, (1, 2), attention_checks=9),
        SessionPlan("x", Presentation(), judges, ()),
    ]
    said = [sentence for plan in wrong for sentence in plan_problems(plan)]
    assert len(said) >= 9
    with open_project(study) as project:
        for wish in (
            rating_plans.PlanWish("The TD", (PlannedJudge("TD"),), practice=2),
            rating_plans.PlanWish("x", (PlannedJudge("Kim"),), presentation=Presentation(eyes_covered=False)),
        ):
            add_rater(project, "Kim", Role.COORDINATOR)
            person = add_rater(project, CODER)
            said += rating_plans.look_ahead(project, person, wish).problems
    untranslated = [sentence for sentence in said if chinese.find(sentence) == sentence]
    # What the window says itself is looked up where it is said.
    assert [sentence for sentence in untranslated if "cannot be covered" not in sentence] == []
