"""The table of agreement and the pane of disputed frames, as they are read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from hrm_annotator.itemmodels.agreement import Column
from hrm_annotator.language import LANGUAGES
from hrm_annotator.look.theme import apply_theme
from hrm_annotator.operations.reliability import LIVE, Extent, Measured, Wish, measure
from hrm_annotator.reports.agreement_view import AgreementView
from hrm_core.errors import NotFoundError, StoreWriteError
from hrm_core.progress import CancelToken, NoProgress
from hrm_core.records.agreement import ActionAgreement, Dropped, Source, SourceKind
from hrm_core.records.coding import FrameCoding
from hrm_core.records.people import Rater, Role
from hrm_core.records.shown_codings import Concealment
from hrm_core.workflows import adjudicate
from hrm_core.workflows.add_participant import add_rater
from hrm_core.workflows.project import open_project
from tests.annotator.language.dialogs import agreement
from tests.annotator.language.test_texts_fit import settle
from tests.annotator.look.test_layout import clipped, outside
from tests.journeys.test_adjudication import ANNA, BEN, FIRST, code, decided, row_of, table_of
from tests.support.languages import spoken
from tests.support.window import Seat, painted

TIP = Qt.ItemDataRole.ToolTipRole


@pytest.fixture
def view(qtbot: QtBot) -> AgreementView:
    """A table of three actions."""
    made, found = AgreementView(str), agreement()
    qtbot.addWidget(made)
    made.show_sources((found.first, found.second))
    made.show_extents([("everything", Extent())])
    made.show_measured(Measured(found))
    with qtbot.waitExposed(made):
        made.show()
    return made


def column(view: AgreementView, which: Column) -> list[str]:
    """What stands in a column, from top to bottom."""
    return [str(view.sorted.index(row, which).data()) for row in range(view.sorted.rowCount())]


def test_no_value_is_said_with_its_reason_and_never_a_number(view: AgreementView, qtbot: QtBot) -> None:
    assert column(view, Column.ICC) == ["n/a", "-0.30 [-0.40, -0.20]", "0.93 [0.91, 0.95]"]
    assert column(view, Column.KAPPA) == ["n/a", "n/a", "0.90"]
    assert column(view, Column.FRAMES) == ["–", "900", "900"], "no frames are not 0 frames"
    assert view.sorted.index(0, Column.ICC).data(TIP) == "B does not see the eyes"
    # For who uses no mouse the chosen row says it below.
    assert "B does not see the eyes" in view.row_words.text()
    view.table.setFocus()
    qtbot.keyClick(view.table, Qt.Key.Key_Down)
    assert view.current == "AU4"
    assert "▲ AU4 is too rare to judge." in view.row_words.text()
    assert "Kappa: neither used it in 900 frames." in view.row_words.text()
    assert column(view, Column.WARNINGS) == ["", "▲ 1 warning", ""]
    assert view.averages.text() == "ICC(3,1) over 2 actions: mean 0.32, median 0.32. Without a value: AU1."
    assert view.dropped.text() == "Not compared: 40 frames not coded by B."


def test_it_is_sorted_by_value_and_the_chosen_action_stays(view: AgreementView, qtbot: QtBot) -> None:
    view.table.sortByColumn(Column.ICC, Qt.SortOrder.AscendingOrder)
    assert [text.split()[0] for text in column(view, Column.ACTION)] == ["AU4", "AU12", "AU1"]
    view.table.selectRow(1)
    assert view.current == "AU12"
    found = agreement()
    view.show_measured(Measured(replace(found, actions=found.actions[::-1])), by_children=True)
    assert view.current == "AU12"
    assert column(view, Column.ICC)[1] == "0.93 [0.62, 0.99]"
    wanted: list[str] = []
    view.disputes_wanted.connect(wanted.append)
    qtbot.keyClick(view.table, Qt.Key.Key_Return)
    assert not wanted
    assert "No frame of this action is disputed." in view.state.text()
    view.table.selectRow(0)
    qtbot.keyClick(view.table, Qt.Key.Key_Return)
    assert wanted == ["AU4"]


def test_the_bar_shows_value_and_interval(view: AgreementView) -> None:
    def ink(low: float, high: float) -> int:
        row = agreement().of("AU12")
        shown = replace(row, icc=replace(row.icc, low=low, high=high))
        view.show_measured(Measured(replace(agreement(), actions=(ActionAgreement("AU1"), shown))))
        place = view.table.visualRect(view.sorted.index(1, Column.ICC))
        picture = painted(view.table.viewport())
        cell = picture[place.top() : place.bottom(), place.left() : place.left() + 105]
        return int((cell.max(axis=2) < 100).sum())

    assert ink(0.2, 0.99) > ink(0.92, 0.94) + 50, "a wide interval has long whiskers"


def test_what_may_not_be_known_is_not_shown(view: AgreementView) -> None:
    view.table.setFocus()
    view.show_measured(Measured(None, (Dropped("in clips that A has not submitted", 30),)))
    assert view.summary.text() == "30 frames are not shown: in clips that A has not submitted."
    assert not view.table.isVisible()
    assert view.model.rowCount() == 0
    assert not any(button.isEnabled() for button in (view.disputes, view.intervals, view.report))
    view.second.setCurrentIndex(0)
    assert view.wish is None
    assert view.summary.text() == "Choose two different codings."
    view.show_measured(Measured(agreement()))
    assert view.focusWidget() is view.table, "the keyboard is where it was"


@pytest.fixture
def coded(study: Path) -> Path:
    """The study, frames 5-12 of participant 8 coded by Anna and by Ben."""
    code(study, "Anna", ANNA)
    code(study, "Ben", BEN)
    return study


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_word_of_both_fits(
    new_seat: Callable[..., Seat], coded: Path, qapp: QApplication, language: str, theme: str
) -> None:
    style, palette = qapp.style().objectName(), qapp.palette()
    with spoken(qapp, language):
        apply_theme(qapp, theme)
        seat = new_seat("Chief")
        seat.open(coded)
        table = table_of(seat)
        assert settle(seat, table) == []
        table.disputes_wanted.emit("")
        seat.wait(lambda: bool(row_of(seat, 0)))
        seat.window.resize(1280, 800)
        seat.qtbot.wait(30)
        assert clipped(seat.window.disputes) == []
        assert settle(seat, seat.window.disputes) == []
        assert outside(seat.window) == []
        seat.leave()
    qapp.setStyle(style)
    qapp.setPalette(palette)
    qapp.setProperty("hrm_theme", None)


def test_a_decision_that_cannot_be_written_is_said_and_stays_open(
    new_seat: Callable[..., Seat], coded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seat = new_seat("Chief")
    seat.open(coded)
    pane = seat.window.disputes
    table_of(seat).disputes_wanted.emit("AU12")
    seat.wait(lambda: bool(row_of(seat, 0)))
    pane.reason.setText("seen")

    def full(*_: object, **__: object) -> None:
        raise StoreWriteError("The disk is full: nothing was written.")

    with monkeypatch.context() as patch:
        patch.setattr(adjudicate, "decide", full)
        seat.press("1")
        decided(seat)
        seat.wait(lambda: "The disk is full" in seat.message)
    assert pane.progress_words == "0 of 1 run decided"
    assert row_of(seat, 0)[3] == "undecided"
    seat.press("Z", Qt.KeyboardModifier.ControlModifier)
    assert "There is no decision to take back." in seat.message
    seat.press("1")
    decided(seat)
    seat.wait(lambda: pane.progress_words == "1 of 1 run decided")
    pane.agreed.click()
    # AU12 of 5-6, and that nothing moves in 10; 11-12 are disputed, 7-9 were decided.
    seat.wait(lambda: "3 frames on which both agree are in the consensus now." in seat.message)
    # Anna changes her mind: the decision answers another question, and the run is open again.
    code(coded, "Anna", {**ANNA, **{frame: {"AU12": 2} for frame in (7, 8, 9)}})
    seat.press(Qt.Key.Key_Escape)
    seat.press(Qt.Key.Key_F12, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    seat.wait(lambda: pane.progress_words == "0 of 1 run decided")
    assert "undecided again, was both before a code was changed" in str(pane.model.index(0).data())


def test_who_codes_nothing_may_compare_a_rater_with_a_tool(coded: Path) -> None:
    tool = Source(SourceKind.TOOL, "openface", "OpenFace")
    wish = Wish(Source(SourceKind.RATER, "Anna", "Anna"), tool)

    with open_project(coded) as project:
        chief, cleo = add_rater(project, "Chief", Role.ADJUDICATOR), add_rater(project, "Cleo")
        _, recording = next(project.recordings("8"))
        project.store.codings.save(FrameCoding(cleo.id, recording.id, FIRST))

        def measured(person: Rater) -> Measured:
            return measure(project, person, wish, LIVE, lambda _: True, NoProgress(), CancelToken())

        hidden = measured(cleo).hidden
        assert [(entry.frames, entry.why.partition(",")[0]) for entry in hidden] == [(8, "outside clips")]
        for person in (chief, project.store.people.rater("Anna")):
            # Nothing is held back: what is missing is the file.
            with pytest.raises(NotFoundError, match="No OpenFace file was imported"):
                measured(person)


def test_numbers_say_nothing_while_a_check_hides_codes(new_seat: Callable[..., Seat], coded: Path) -> None:
    seat = new_seat("Chief")
    seat.open(coded)
    seat.open_recording(1)
    table = table_of(seat)
    assert table.model.rowCount() > 0
    seat.session.conceal(Concealment(5, 12, frozenset({"AU12"})))
    assert table.model.rowCount() == 0
    assert table.summary.text() == "Hidden as long as the codes are."
    seat.session.conceal(None)
    seat.wait(lambda: table.model.rowCount() > 0)
