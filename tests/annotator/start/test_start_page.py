"""What the program shows first, and how a coder gets from there into a study."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QFileDialog,
    QLabel,
    QLineEdit,
    QListWidget,
    QMessageBox,
)

from hrm_annotator.dialogs.coder_name import CoderNameDialog
from hrm_annotator.dialogs.new_project import NewProjectDialog
from hrm_annotator.settings import personal
from hrm_annotator.settings.personal import PersonalSettings
from hrm_annotator.widgets.card_button import CardButton
from hrm_core.workflows.project import open_project
from tests.support.window import CODER, Seat, answer

NewSeat = Callable[..., Seat]


def cards(seat: Seat) -> dict[str, CardButton]:
    """The large buttons of the page by their title."""
    found = seat.window.start_page.findChildren(CardButton)
    return {card.text(): card for card in found if card.isVisible()}


def click(button: QAbstractButton) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def give_name(name: str) -> Callable[[CoderNameDialog], None]:
    """Types a name into the dialog, looking at the button on the way."""

    def act(dialog: CoderNameDialog) -> None:
        button = next(
            entry for entry in dialog.findChildren(QAbstractButton) if entry.text() == "Start coding"
        )
        assert not button.isEnabled()
        QTest.keyClicks(dialog.findChild(QLineEdit), name)
        assert button.isEnabled()
        click(button)

    return act


def choose(monkeypatch: pytest.MonkeyPatch, folder: Path | str) -> None:
    """Let the folder dialog of the system answer at once."""
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))


def test_the_program_starts_with_four_ways_in(new_seat: NewSeat) -> None:
    seat = new_seat(None)
    assert seat.window.start_page.isVisible()
    assert list(cards(seat)) == ["Open a project", "New project", "Try the demo study", "Rate clips"]
    assert all(card.accessibleDescription() and card.isEnabled() for card in cards(seat).values())
    labels = seat.window.start_page.findChildren(QLabel)
    assert "will be listed" in " ".join(label.text() for label in labels if label.isVisible())


def test_existing_projects_are_listed_and_vanished_ones_left_out(
    new_seat: NewSeat, study: Path, tmp_path: Path
) -> None:
    personal.store(PersonalSettings(recent=(str(tmp_path / "gone"), str(study))))
    seat = new_seat()
    listed = seat.window.start_page.findChild(QListWidget)
    assert [listed.item(row).toolTip() for row in range(listed.count())] == [str(study)]
    QTest.mouseClick(
        listed.viewport(),
        Qt.MouseButton.LeftButton,
        pos=listed.visualItemRect(listed.item(0)).center(),
    )
    seat.wait(lambda: seat.session.frame is not None)
    assert seat.window.windowTitle() == "Two children – HRM Annotator"


def test_the_name_is_asked_once_and_remembered_at_the_next_start(
    new_seat: NewSeat, study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose(monkeypatch, study)
    first = new_seat(None)
    asked = answer(give_name("  Anna   Berg "), CoderNameDialog)
    click(cards(first)["Open a project"])
    first.wait(lambda: first.session.frame is not None)
    assert len(asked) == 1
    assert first.session.rater.name == "Anna Berg"
    first.leave()
    second = new_seat(None)
    second.open(study)
    assert second.session.rater.name == "Anna Berg"
    with open_project(study) as project:
        assert [rater.name for rater in project.raters()] == ["Anna Berg"]


def test_without_a_name_nothing_is_opened(new_seat: NewSeat, study: Path) -> None:
    seat = new_seat(None)
    asked = answer(lambda dialog: dialog.reject(), CoderNameDialog)
    seat.program.study.open_project(study)
    assert len(asked) == 1
    assert seat.session.project is None
    assert cards(seat)["Open a project"].isEnabled()
    assert personal.load().coder == ""


def test_a_new_project_is_made_and_opened(
    new_seat: NewSeat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seat = new_seat()
    choose(monkeypatch, tmp_path)

    def fill_in(dialog: NewProjectDialog) -> None:
        for button in dialog.findChildren(QAbstractButton):
            if button.text() == "Choose …":
                click(button)
        QTest.keyClicks(dialog._name, "Winter study")
        dialog._groups.setText("North, South")
        dialog.accept()

    answer(fill_in, NewProjectDialog)
    click(cards(seat)["New project"])
    seat.wait(lambda: seat.session.project is not None)
    with open_project(tmp_path / "Winter study") as project:
        assert project.settings.groups == ("North", "South")
        assert [rater.name for rater in project.raters()] == [CODER]
    assert (tmp_path / "Winter study" / "Origin Videos" / "South").is_dir()


@pytest.mark.slow
def test_the_demo_is_drawn_and_opened(
    new_seat: NewSeat, short_demo: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    seat = new_seat()
    click(cards(seat)["Try the demo study"])
    assert "demo study" in seat.window.start_page._busy_words.text()
    assert not cards(seat)["New project"].isEnabled()
    seat.wait(lambda: seat.session.frame is not None, 30_000)
    assert "nothing in it is real" in seat.window.tree._title.text()
    assert seat.window.tree.model.rowCount() == 6


def test_a_folder_without_a_project_is_refused_in_words(
    new_seat: NewSeat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose(monkeypatch, tmp_path)
    seat = new_seat()
    told: list[str] = []
    answer(lambda box: (told.append(box.text()), box.accept()), QMessageBox)
    click(cards(seat)["Open a project"])
    seat.wait(lambda: bool(told))
    assert "is not a project" in told[0]
    seat.wait(cards(seat)["Open a project"].isEnabled)
    assert seat.window.start_page.isVisible()


def test_closing_a_project_leads_back_and_lists_it(seat: Seat, study: Path) -> None:
    seat.press(Qt.Key.Key_W, Qt.KeyboardModifier.ControlModifier)
    assert seat.window.start_page.isVisible()
    listed = seat.window.start_page.findChild(QListWidget)
    assert [listed.item(row).toolTip() for row in range(listed.count())] == [str(study)]
    assert seat.window.windowTitle() == "HRM Annotator"
    assert seat.window.save_state.text() == ""
    assert QApplication.focusWidget() is None or QApplication.focusWidget().isVisible()


def test_another_coder_gets_labels_of_their_own(seat: Seat) -> None:
    seat.click("AU12")
    seat.saved()
    answer(lambda dialog: (dialog._name.setText("CD"), dialog.accept()), CoderNameDialog)
    seat.window.actions_by_id["change_coder"].trigger()
    seat.wait(lambda: seat.session.rater.name == "CD" and seat.session.frame is not None)
    assert seat.codes() == {}
    assert personal.load().coder == "CD"
    assert {frame: coding.codes[0].action for frame, coding in seat.on_disk().items()} == {10: "AU12"}
