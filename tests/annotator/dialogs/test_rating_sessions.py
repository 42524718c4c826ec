"""What a coordinator sees of rating sessions, and does about them; never a score before its time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel

from hrm_annotator.actions.ids import ActionId
from hrm_annotator.dialogs.give_out_folder import GiveOutFolderDialog
from hrm_annotator.dialogs.rating_report import RatingReportDialog
from hrm_annotator.dialogs.rating_sessions import RatingSessionsDialog
from hrm_annotator.dialogs.unblind_judge import UnblindJudgeDialog
from hrm_annotator.operations import rating_overview
from hrm_core.rating.answer_file import answer_bytes, seat_key
from hrm_core.records.people import Role
from hrm_core.records.rating_plan import ATYPICALITY_POINTS, PlannedJudge
from hrm_core.records.sitting import SittingAct, SittingEvent
from hrm_core.workflows.add_participant import add_rater
from hrm_core.workflows.plan_rating import SessionChoice, plan_session
from hrm_core.workflows.project import open_project
from hrm_core.workflows.sit_for_rating import open_sitting
from tests.support.window import CODER, Seat, answer

NAME = "First wave"
_PATIENCE_MS = 20_000


@pytest.fixture
def planned(study: Path) -> Path:
    """The study with a session of one blind judge and one who is not, two clips each."""
    with open_project(study) as project:
        add_rater(project, "Kim", Role.COORDINATOR)
        judges = (PlannedJudge("Cleo"), PlannedJudge("Dan", blind=False, why_not_blind="their teacher"))
        choice = SessionChoice(NAME, judges, allow_withheld=True, seed=1)
        add_rater(project, CODER)
        plan_session(project, choice, by=CODER)
    return study


def rate(study: Path, judge: str, *scores: int) -> None:
    """Answer the next clips as the judge's window does."""
    with open_sitting(study, NAME, judge) as sitting:
        for score in scores:
            trial = sitting.current
            assert trial is not None
            sitting.shown(trial)
            sitting.answer(trial, score)


def look(seat: Seat) -> RatingSessionsDialog:
    """The overview as it is now, the keyboard in its tree."""
    seat.window.actions_by_id[ActionId.RATING_SESSIONS].trigger()
    ratings = seat.program.ratings
    seat.wait(lambda: ratings.overview is not None and QApplication.focusWidget() is ratings.overview.tree)
    assert ratings.overview is not None
    return ratings.overview


def rows(dialog: RatingSessionsDialog) -> list[list[str]]:
    """What the tree says, line by line."""
    return [[item.text(column) for column in range(4)] for item in dialog._items.values()]


def choose(dialog: RatingSessionsDialog, judge: str = "") -> None:
    """Go to a line by keyboard."""
    QTest.keyClick(dialog.tree, Qt.Key.Key_Home)
    for _ in range(10):
        if dialog._chosen() == (NAME, judge):
            return
        QTest.keyClick(dialog.tree, Qt.Key.Key_Down)
    raise AssertionError(f"{judge} was not reached")


def told(seat: Seat, dialog: RatingSessionsDialog, words: str) -> None:
    """Wait until the overview says so."""
    seat.wait(lambda: words in dialog.words.text(), _PATIENCE_MS)


def texts(dialog: RatingSessionsDialog) -> str:
    """All that the dialog says."""
    parts = [part.text() for kind in (QLabel, QAbstractButton) for part in dialog.findChildren(kind)]
    return " ".join([*parts, *(cell for row in rows(dialog) for cell in row)])


def test_progress_is_shown_and_scores_are_not(seat: Seat, planned: Path) -> None:
    rate(planned, "Cleo", 5)
    rate(planned, "Dan", 5, 4)
    dialog = look(seat)
    assert rows(dialog) == [
        [NAME, "1 of 2 judges finished", "under way", "1 of 2 judges are blind"],
        ["Cleo", "1 / 2", "begun", "blind"],
        ["Dan", "2 / 2", "finished", "not blind: their teacher"],
    ]
    choose(dialog)
    assert not dialog.report.isEnabled()
    assert "finished" in dialog.report.toolTip()
    assert not dialog.folder.isEnabled()
    choose(dialog, "Dan")
    assert not dialog.unblind.isEnabled()
    for point in ATYPICALITY_POINTS:
        assert point.label not in texts(dialog)
    # Once the last has answered, at the next look.
    rate(planned, "Cleo", 1)
    seat.window.actions_by_id[ActionId.RATING_SESSIONS].trigger()
    seat.wait(lambda: rows(dialog)[1] == ["Cleo", "2 / 2", "finished", "blind"])
    assert dialog._chosen() == (NAME, "Dan"), "the line stays chosen"
    assert dialog.report.isEnabled()


def test_a_blind_coder_reads_no_group_in_a_reason(study: Path) -> None:
    with open_project(study) as project:
        coder = add_rater(project, CODER)
        assert coder.blind
        group = project.settings.groups[0]
        judges = (PlannedJudge("Dan", blind=False, why_not_blind=f"treats the {group} children"),)
        plan_session(project, SessionChoice(NAME, judges, allow_withheld=True, seed=1), by=CODER)
        ((seat,),) = [line.seats for line in rating_overview.overview(project, coder)]
        assert seat.why_not_blind == "treats the … children"


def test_closing_unblinding_and_their_log(seat: Seat, planned: Path) -> None:
    dialog = look(seat)
    choose(dialog)
    dialog.end.click()
    told(seat, dialog, "is closed")
    assert rows(dialog)[0][2] == "closed"
    assert dialog.report.isEnabled(), "what is closed may be told"
    assert dialog.end.text().replace("&", "") == "Reopen session"
    dialog.end.click()
    told(seat, dialog, "is open again")
    choose(dialog, "Cleo")

    def give_reason(asked: UnblindJudgeDialog) -> None:
        assert asked.by == "Kim"
        assert not asked.unblind.isEnabled(), "not without a reason"
        asked.why.setText("left her notes open")
        QTest.keyClick(asked.why, Qt.Key.Key_Return)

    met = answer(give_reason, UnblindJudgeDialog)
    dialog.unblind.click()
    told(seat, dialog, "not blind from now on")
    assert met
    assert rows(dialog)[1][3] == "not blind: left her notes open"
    assert not dialog.unblind.isEnabled()
    with open_project(planned) as project:
        session = project.store.rating_sessions.get(NAME)
        log = [(entry.what, entry.actor) for entry in project.store.rating_sessions.log(session.id)]
        assert log[2:] == [("closed", CODER), ("reopened", CODER), ("unblinded", "Kim")]


def test_a_folder_is_given_out_and_its_answers_come_back(seat: Seat, planned: Path, tmp_path: Path) -> None:
    dialog = look(seat)
    choose(dialog, "Cleo")
    into = tmp_path / "for Cleo"

    def write(asked: GiveOutFolderDialog) -> None:
        assert planned not in asked.folder.parents
        asked._line.setText(str(into))
        asked.write.click()

    answer(write, GiveOutFolderDialog)
    dialog.folder.click()
    told(seat, dialog, "Written:")
    assert (into / "index.html").is_file()
    with open_project(planned) as project:
        session = project.store.rating_sessions.get(NAME)
        cleo = session.seats[0]
        trials = project.store.rating_sessions.trials(session.id, cleo.judge_id)
    key = seat_key(session.sign_key, cleo.token)
    when = datetime(2026, 1, 5, 10, tzinfo=UTC)
    events = [
        SittingEvent(0, SittingAct.SHOWN, said_at=when),
        SittingEvent(0, SittingAct.ANSWERED, 3, 1.5, watched_s=1.0, said_at=when + timedelta(seconds=4)),
    ]
    tokens = {trial.position: trial.token for trial in trials}
    good, bad = tmp_path / "answers.json", tmp_path / "changed.json"
    good.write_bytes(answer_bytes(session.token, cleo.token, events, tokens, key))
    bad.write_bytes(good.read_bytes().replace(b'\\"score\\": 3', b'\\"score\\": 4'))
    assert good.read_bytes() != bad.read_bytes()
    seat.program.ratings.take_in([bad])
    told(seat, dialog, "was changed after it was saved")
    assert rows(dialog)[1][1] == "0 / 2"
    seat.program.ratings.take_in([good])
    told(seat, dialog, "1 new answer; 1 of 2 answered")
    assert rows(dialog)[1][1] == "1 / 2"


def test_the_report_is_written_once_nobody_rates_any_more(seat: Seat, planned: Path, tmp_path: Path) -> None:
    rate(planned, "Cleo", 5, 2)
    rate(planned, "Dan", 5, 3)
    dialog = look(seat)
    seen: list[str] = []

    def write(asked: RatingReportDialog) -> None:
        asked.folder.setText(str(tmp_path / "report"))
        for name, box in asked.formats.items():
            box.setChecked(name == "csv")
        asked.write.click()
        seat.wait(lambda: "written into" in asked.words.text(), _PATIENCE_MS)
        seen.append(asked.words.text())
        asked.reject()

    answer(write, RatingReportDialog)
    dialog.report.click()
    seat.wait(lambda: bool(seen), _PATIENCE_MS)
    tables = {path.name: path.read_text("utf-8-sig") for path in (tmp_path / "report").rglob("*.csv")}
    assert any("their teacher" in table for table in tables.values())
    assert not any("play-7" in table for table in tables.values())
