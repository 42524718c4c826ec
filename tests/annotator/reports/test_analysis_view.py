"""Groups compared, as it is read: children first, frames beside them, and nothing for who is blind."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from hrm_annotator.actions.ids import ActionId
from hrm_annotator.itemmodels.differences import DifferenceColumn, p_words
from hrm_annotator.itemmodels.top_combinations import CombinationColumn
from hrm_annotator.language import LANGUAGES
from hrm_annotator.look.theme import apply_theme
from hrm_annotator.operations.group_analysis import Analysable, AnalysisWish
from hrm_annotator.reports.analysis_view import AnalysisView
from hrm_core.errors import NotFoundError
from hrm_core.progress import CancelToken, Progress
from hrm_core.records.analysis_results import AnalysisOptions, AnalysisReport, ExplainedRatings
from hrm_core.records.coding import ActionCode, FrameCoding
from hrm_core.records.people import Role
from hrm_core.records.rating_plan import PlannedJudge
from hrm_core.workflows.add_participant import add_rater
from hrm_core.workflows.plan_rating import SessionChoice, plan_session
from hrm_core.workflows.project import Project, open_project
from tests.annotator.language.dialogs import comparison
from tests.annotator.language.test_texts_fit import settle
from tests.annotator.look.test_layout import outside
from tests.support.languages import spoken
from tests.support.window import Seat
from tests.support.window_words import words

LEADER = "Leader"


@pytest.fixture
def view(qtbot: QtBot) -> AnalysisView:
    """Tables of three actions."""
    made = AnalysisView()
    qtbot.addWidget(made)
    made.show_choices(Analysable(("AB", "CD"), ("ASD", "TD")))
    with qtbot.waitExposed(made):
        made.show()
    made.show_report(comparison())
    return made


def column(view: AnalysisView, which: DifferenceColumn) -> list[str]:
    """What stands in a column, from top to bottom."""
    proxy = view.differences_table.proxy
    return [str(proxy.index(row, which).data()).replace("\u00a0", " ") for row in range(proxy.rowCount())]


def test_p_over_children_comes_first_and_p_over_frames_is_never_alone(view: AnalysisView) -> None:
    assert column(view, DifferenceColumn.FIRST) == ["0.0 %", "20.0 %", "50.0 %"]
    assert column(view, DifferenceColumn.DIFFERENCE)[2] == "+37.5 [+27.5, +47.5]"
    assert column(view, DifferenceColumn.P_CHILDREN) == ["1.000", "0.267", "0.012"]
    assert column(view, DifferenceColumn.P_HOLM) == ["1.000", "0.801", "0.036"]
    assert column(view, DifferenceColumn.P_FRAMES) == ["(1.000)", "(< 0.001)", "(< 0.001)"]
    assert DifferenceColumn.P_CHILDREN < DifferenceColumn.P_FRAMES
    # Where children do not bear out what frames say, a sign and words say so; else not.
    assert column(view, DifferenceColumn.REMARK) == ["constant: all values are equal", "▲ only by frames", ""]
    assert view.trust.isVisible()
    assert "one child resemble one another" in view.trust.text()
    view.differences_table.selectRow(1)
    told = view.row_words.text()
    assert "▲ Only p over frames is small." in told
    assert told.index("cannot be told from chance") < told.index("240 of 1,200 frames")
    assert "ASD: 4 children" in told


@pytest.mark.parametrize(
    ("p", "said"),
    [
        (None, "n/a"),
        (0.0, "< 0.001"),
        (0.00099, "< 0.001"),
        (0.001, "0.001"),
        (0.25, "0.250"),
        (1.0, "1.000"),
    ],
)
def test_a_p_is_never_zero(p: float | None, said: str) -> None:
    assert p_words(p) == said


def test_an_exact_p_is_trusted_before_an_approximate_one(view: AnalysisView) -> None:
    found = comparison()
    tests = tuple(replace(test, p=0.001, p_exact=0.4) for test in found.participant_tests)
    view.show_report(replace(found, participant_tests=tests))
    assert column(view, DifferenceColumn.P_CHILDREN) == ["0.400"] * 3
    assert column(view, DifferenceColumn.REMARK)[2] == "▲ only by frames"


def test_it_is_sorted_by_value_and_the_chosen_action_stays(view: AnalysisView) -> None:
    table = view.differences_table
    table.selectRow(2)
    table.sortByColumn(DifferenceColumn.P_CHILDREN, Qt.SortOrder.AscendingOrder)
    assert [name.split()[0] for name in column(view, DifferenceColumn.ACTION)] == ["AU12", "AU4", "AU1"]
    view.shown.setCurrentIndex(1)
    assert view.shown.currentData() == "happiness"
    row = view.model.row_at(table.current)
    assert row is not None
    assert (row.children.action, row.children.expression) == ("AU12", "happiness")


def test_combinations_name_examples_and_enter_goes_there(view: AnalysisView, qtbot: QtBot) -> None:
    view.tabs.setCurrentIndex(1)
    table = view.combinations_table
    rows = [
        [str(table.proxy.index(row, place).data()).replace("\u00a0", " ") for place in CombinationColumn]
        for row in range(table.proxy.rowCount())
    ]
    example = "Participant 7, play-7, frame 63"
    assert rows[:2] == [
        ["ASD", "6+12", "300", "25.0 %", "2", example],
        ["ASD", "no action", "120", "10.0 %", "2", example],
    ]
    assert "ASD: 40 combinations in 1,200 frames, 31.5 expected in 600 frames" in view.spread.text()
    wanted: list[object] = []
    view.example_wanted.connect(wanted.append)
    table.setFocus()
    qtbot.keyClick(table, Qt.Key.Key_Return)
    assert wanted == [comparison().combinations.top[0].examples[0]]
    view.shown.setCurrentIndex(1)
    assert table.proxy.rowCount() == 0
    assert view.spread.text() == "No combination was found in these frames."


def test_numbers_never_stand_beside_choices_they_were_not_made_with(view: AnalysisView) -> None:
    assert view.wish == AnalysisWish("AB", AnalysisOptions(("ASD", "TD")))
    for change in (
        lambda: view.coder.setCurrentIndex(1),
        lambda: view.first.setCurrentIndex(1),
        lambda: view.expressions.menu().actions()[1].setChecked(False),
    ):
        view.show_report(comparison())
        change()
        assert view.report is None
        assert view.model.rowCount() == view.combinations.rowCount() == 0
        assert not view.tabs.isVisible()
        assert not view.write.isEnabled()
    assert view.wish is None, "a group is not compared with itself"
    assert view.summary.text() == "Choose two different groups."
    assert not view.analyse.isEnabled()
    view.first.setCurrentIndex(0)
    assert view.wish == AnalysisWish("CD", AnalysisOptions(("ASD", "TD"), ("happiness", "sadness")))


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (Analysable((), ("ASD", "TD")), "Nobody has coded a frame of this study yet."),
        (Analysable(("AB",), ("ASD",)), "The study has fewer than two groups to compare."),
    ],
)
def test_where_there_is_nothing_to_compare_it_is_said(qtbot: QtBot, found: Analysable, said: str) -> None:
    view = AnalysisView()
    qtbot.addWidget(view)
    view.show_choices(found)
    assert view.summary.text() == said
    assert not view.analyse.isEnabled()


# ---- at the window --------------------------------------------------------------------------------


@pytest.fixture
def coded(study: Path) -> Path:
    """The study, one frame coded by AB; the leader sees groups."""
    with open_project(study) as project:
        coder = add_rater(project, "AB")
        _, recording = next(project.recordings("7"))
        project.store.codings.save(FrameCoding(coder.id, recording.id, 12, (ActionCode("AU12", 1),)))
        add_rater(project, LEADER, blind=False)
    return study


def look(seat: Seat) -> AnalysisView:
    """The view as it is opened from the menu."""
    seat.window.actions_by_id[ActionId.ANALYSE_CODES].trigger()
    seat.wait(lambda: seat.program.analysis.view is not None and seat.program.analysis.view.isVisible())
    assert seat.program.analysis.view is not None
    return seat.program.analysis.view


def analysed(monkeypatch: pytest.MonkeyPatch, how: Callable[..., AnalysisReport]) -> None:
    """Let the analysis of the core be this."""
    monkeypatch.setattr("hrm_core.workflows.analyze_groups.analyze_groups", how)


def test_groups_are_compared_and_reported_by_keyboard(
    new_seat: Callable[..., Seat], coded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[object, ...]] = []
    opened: list[QUrl] = []

    def compare(project: Project, *, rater: str, options: AnalysisOptions, **_: object) -> AnalysisReport:
        asked.append((project.settings.name, rater, options))
        return comparison()

    def write(report: AnalysisReport, folder: Path, formats: object, **_: object) -> tuple[Path, ...]:
        asked.append((report, folder, formats))
        return (folder / "analysis.tex", folder / "analysis.html")

    analysed(monkeypatch, compare)
    monkeypatch.setattr("hrm_core.workflows.write_analysis_report.write_analysis_report", write)
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url) is None)
    seat = new_seat(LEADER)
    seat.open(coded)
    view = look(seat)
    assert QApplication.focusWidget() is view.analyse
    seat.qtbot.keyClick(view.analyse, Qt.Key.Key_Space)
    seat.wait(lambda: view.report is not None)
    assert asked == [("Two children", "AB", AnalysisOptions(("ASD", "TD"), view.wish.options.expressions))]
    assert QApplication.focusWidget() is view.differences_table
    assert not view.stop.isVisible()
    view.write.setFocus()
    seat.qtbot.keyClick(view.write, Qt.Key.Key_Space)
    dialog = seat.program.analysis.report
    assert dialog is not None
    assert not dialog.open_file.isVisible()
    dialog.folder.setText(str(tmp_path / "out"))
    dialog.write.click()
    seat.wait(dialog.open_file.isVisible)
    written, folder, _ = asked[1]
    assert isinstance(written, AnalysisReport)
    assert written.made_on is not None
    assert (replace(written, made_on=None), folder) == (comparison(), tmp_path / "out")
    assert "2 files were written" in dialog.words.text()
    dialog.open_file.click()
    assert [url.toLocalFile() for url in opened] == [str(tmp_path / "out" / "analysis.html")]
    dialog.reject()
    view.combinations_table.wanted.emit(view.combinations.index(0, 0))
    seat.wait_frame(63)


def test_it_can_be_stopped_and_what_is_missing_is_said(
    new_seat: Callable[..., Seat], coded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = threading.Event()

    def slow(_: Project, *, progress: Progress, cancel: CancelToken, **__: object) -> AnalysisReport:
        progress.start("Resampling", 10)
        progress.advance(3)
        begun.set()
        while True:
            cancel.raise_if_cancelled()
            threading.Event().wait(0.005)

    def fail(*_: object, **__: object) -> AnalysisReport:
        raise NotFoundError("No child of TD has codes: code some.")

    analysed(monkeypatch, slow)
    seat = new_seat(LEADER)
    seat.open(coded)
    view = look(seat)
    view.analyse.click()
    seat.wait(lambda: begun.is_set() and view.bar.value() == 3)
    assert view.bar.maximum() == 10
    assert not any(part.isEnabled() for part in (view.analyse, view.coder, view.first, view.write))
    assert QApplication.focusWidget() is view.stop
    seat.qtbot.keyClick(view.stop, Qt.Key.Key_Space)
    seat.wait(lambda: view.summary.text() == "Stopped: nothing was compared.")
    assert QApplication.focusWidget() is view.analyse
    # Closing the window stops it, too; so does leaving the program.
    view.analyse.click()
    seat.wait(view.stop.isVisible)
    view.reject()
    seat.wait(lambda: not view.stop.isVisibleTo(view))
    analysed(monkeypatch, fail)
    look(seat).analyse.click()
    seat.wait(lambda: view.summary.text() == "No child of TD has codes: code some.")
    assert view.report is None
    analysed(monkeypatch, slow)
    view.analyse.click()
    seat.leave()


@pytest.mark.parametrize(
    ("name", "role", "said"),
    [
        ("AB", Role.CODER, "AB is blind to the groups"),
        ("Kim", Role.COORDINATOR, "Kim is blind to the groups"),
    ],
)
def test_who_is_blind_is_refused_and_learns_no_group(
    new_seat: Callable[..., Seat],
    coded: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    role: Role,
    said: str,
) -> None:
    def never(*_: object, **__: object) -> AnalysisReport:
        raise AssertionError("nothing is compared for who is blind")

    analysed(monkeypatch, never)
    with open_project(coded) as project:
        add_rater(project, name, role)
    seat = new_seat(name)
    seat.open(coded)
    seat.window.actions_by_id[ActionId.ANALYSE_CODES].trigger()
    seat.wait(lambda: said in seat.message)
    assert seat.program.analysis.view is None
    assert not [text for text in words(seat.window) if "ASD" in text or "TD" in text.split()]


def test_a_judge_who_sees_groups_compares_none(new_seat: Callable[..., Seat], coded: Path) -> None:
    with open_project(coded) as project:
        add_rater(project, "Jo", Role.JUDGE, blind=False)
    seat = new_seat("Jo")
    seat.open(coded)
    seat.window.actions_by_id[ActionId.ANALYSE_CODES].trigger()
    seat.wait(lambda: "judges do not compare groups" in seat.message)
    assert seat.program.analysis.view is None


def test_what_one_person_saw_is_gone_for_the_next(
    new_seat: Callable[..., Seat], coded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    analysed(monkeypatch, lambda *_, **__: comparison())
    seat = new_seat(LEADER)
    seat.open(coded)
    view = look(seat)
    view.analyse.click()
    seat.wait(lambda: view.report is not None)
    seat.program.study.open_project(coded, "AB")
    seat.wait(lambda: seat.session.rater is not None and seat.session.rater.name == "AB")
    assert seat.program.analysis.view is None


def test_ratings_are_not_explained_while_somebody_rates(
    new_seat: Callable[..., Seat], coded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_project(coded) as project:
        plan_session(
            project, SessionChoice("Wave", (PlannedJudge("Cleo"),), allow_withheld=True, seed=1), by=LEADER
        )
    rated = replace(comparison(), ratings=ExplainedRatings("Wave", clips=2, children=2, r2=0.5))
    analysed(monkeypatch, lambda *_, **__: rated)
    seat = new_seat(LEADER)
    seat.open(coded)
    view = look(seat)
    view.analyse.click()
    seat.wait(lambda: view.report is not None)
    assert view.report.ratings.r2 is None
    assert "once all judges have finished" in view.report.ratings.why


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_word_fits(
    new_seat: Callable[..., Seat],
    coded: Path,
    qapp: QApplication,
    monkeypatch: pytest.MonkeyPatch,
    language: str,
    theme: str,
) -> None:
    analysed(monkeypatch, lambda *_, **__: comparison())
    style, palette = qapp.style().objectName(), qapp.palette()
    with spoken(qapp, language):
        apply_theme(qapp, theme)
        seat = new_seat(LEADER)
        seat.open(coded)
        view = look(seat)
        assert settle(seat, view) == []
        view.analyse.click()
        seat.wait(lambda: view.report is not None)
        for page in range(view.tabs.count()):
            view.tabs.setCurrentIndex(page)
            assert settle(seat, view) == []
            assert outside(view) == []
        seat.leave()
    qapp.setStyle(style)
    qapp.setPalette(palette)
    qapp.setProperty("hrm_theme", None)
