"""No word in the window of a blind coder tells a child's group."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QMessageBox

from hrm_annotator.actions.table import COMMANDS
from hrm_core.errors import InvalidFileError, StoreWriteError
from hrm_core.workflows.add_participant import add_rater
from hrm_core.workflows.project import open_project
from tests.support.window import Seat, make_study
from tests.support.window_words import words

GROUPS = [("ASD", "TD"), ("Gruppe-X", "Vergleich Ä")]


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory, numbered_video: Path) -> dict[tuple[str, str], Path]:
    """A study for each pair of group names."""
    folder = tmp_path_factory.mktemp("blind")
    return {
        groups: make_study(folder / f"study {place}", numbered_video, groups)
        for place, groups in enumerate(GROUPS)
    }


@pytest.fixture(params=GROUPS, ids=["usual names", "unusual names"])
def groups(request: pytest.FixtureRequest) -> tuple[str, str]:
    """Names of the two groups."""
    return request.param


@pytest.fixture
def blind_study(tmp_path: Path, templates: dict[tuple[str, str], Path], groups: tuple[str, str]) -> Path:
    """A study whose folder says nothing of its groups."""
    return Path(shutil.copytree(templates[groups], tmp_path / "study"))


def telling(seat: Seat, groups: tuple[str, str]) -> list[str]:
    """Texts of the window that name a group."""
    # Tool tips of the drawn ruler and the like are made on the way.
    return [text for text in words(seat.window) if any(group.lower() in text.lower() for group in groups)]


def break_first_video(study: Path, do: Callable[[Path], object]) -> str:
    """Damage the file of participant 7; returns the folder of its group."""
    (file,) = (study / "Origin Videos").glob("*/Participant-7/*")
    do(file)
    shutil.rmtree(study / ".hrm-cache", ignore_errors=True)
    return file.parts[-3]


def test_nothing_tells_the_group(
    new_seat: Callable[..., Seat], blind_study: Path, groups: tuple[str, str]
) -> None:
    seat = new_seat()
    seat.open(blind_study)
    assert seat.session.rater.blind
    assert len(list(words(seat.window))) > 200
    assert telling(seat, groups) == []
    for row in (1, 0):
        seat.open_recording(row)
        seat.click("AU12")
        seat.press(Qt.Key.Key_Return)
        seat.saved()
        assert telling(seat, groups) == []
    assert "Participant 7 · play-7" in set(words(seat.window))


def test_a_rater_who_may_see_groups_sees_them(
    new_seat: Callable[..., Seat], blind_study: Path, groups: tuple[str, str]
) -> None:
    with open_project(blind_study) as project:
        add_rater(project, "Leader", blind=False)
    seat = new_seat("Leader")
    seat.open(blind_study)
    model = seat.window.tree.model
    rows = [model.index(row, 0).data() for row in range(model.rowCount())]
    assert rows == [f"Participant 7 · {groups[0]}", f"Participant 8 · {groups[1]}"]
    assert set(rows) <= set(telling(seat, groups))


@pytest.mark.parametrize(
    "do",
    [
        Path.unlink,
        lambda file: file.write_bytes(b"no film"),
        lambda file: file.write_bytes(file.read_bytes()[:9000]),
    ],
    ids=["gone", "no film", "cut off"],
)
def test_a_missing_or_damaged_video_is_told_without_its_folder(
    new_seat: Callable[..., Seat], blind_study: Path, groups: tuple[str, str], do: Callable[[Path], object]
) -> None:
    assert break_first_video(blind_study, do) == groups[0]
    seat = new_seat()
    seat.program.study.open_project(blind_study)
    seat.wait(lambda: bool(seat.message))
    told = seat.message
    assert "play-7" in told
    assert telling(seat, groups) == []
    assert seat.player.current.accessibleName() == told
    seat.open_recording(1)
    assert seat.agrees() == 0


def test_a_damaged_neutral_picture_is_told_without_its_folder_and_stops_nobody(
    new_seat: Callable[..., Seat], blind_study: Path, groups: tuple[str, str]
) -> None:
    (blind_study / "Neutral Frames" / groups[0] / "Participant-7.jpg").write_bytes(b"no picture")
    seat = new_seat()
    seat.open(blind_study)
    assert "not an image" in seat.player.neutral.accessibleName()
    assert telling(seat, groups) == []
    seat.click("AU12")
    assert len(seat.on_disk()) == 1


def test_errors_are_told_without_groups(
    new_seat: Callable[..., Seat], blind_study: Path, groups: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    seat = new_seat()
    seat.open(blind_study)
    words_of_error = f"{blind_study}/Origin Videos/{groups[0]}/x.mp4 and {groups[1].lower()}_2: no room."

    def refuse(*_: object) -> None:
        raise StoreWriteError(words_of_error)

    def damaged(*_: object) -> None:
        raise InvalidFileError(words_of_error)

    seat.player.failed.emit(words_of_error)
    assert "x.mp4" in seat.message
    assert telling(seat, groups) == []
    monkeypatch.setattr("hrm_annotator.operations.study.back_up", damaged)
    seat.window.actions_by_id["back_up"].trigger()
    seat.wait(lambda: seat.window.findChild(QMessageBox) is not None)
    assert "no room" in seat.window.findChild(QMessageBox).text()
    assert telling(seat, groups) == []
    seat.window.findChild(QMessageBox).accept()
    monkeypatch.setattr(seat.program.coding._writer._desk, "save_frames", refuse)
    seat.click("AU12")
    seat.wait(seat.window.banner.isVisible)
    assert "no room" in " ".join(words(seat.window.banner))
    assert telling(seat, groups) == []


def test_the_diagnosis_can_be_set_nowhere(new_seat: Callable[..., Seat], blind_study: Path) -> None:
    """On the form of the paper's tool it was a tick box beside the codes."""
    seat = new_seat()
    seat.open(blind_study)
    said = " ".join(words(seat.window)).lower()
    assert not [word for word in ("diagnos", "autis", "asd", "group") if word in said]
    assert not [command for command in COMMANDS.values() if "group" in (command.text + command.tip).lower()]
    fields = [field for field in seat.window.findChildren(QLineEdit) if field.isVisible()]
    assert len(fields) == 3  # the score, the note and the frame number
    with open_project(blind_study) as project:
        before = {who.code: who.group for who in project.participants()}
    seat.click("AU12")
    seat.saved()
    with open_project(blind_study) as project:
        assert {who.code: who.group for who in project.participants()} == before


def test_the_search_is_sharp(
    new_seat: Callable[..., Seat], blind_study: Path, groups: tuple[str, str]
) -> None:
    seat = new_seat()
    seat.open(blind_study)
    for plant in (
        seat.coding.box("AU12").setToolTip,
        seat.coding.box("AU12").setAccessibleName,
        seat.window.setWindowTitle,
        seat.window.menuBar().actions()[0].menu().actions()[0].setText,
        seat.window.tree.model.item(0, 1).setText,
        seat.window.show_message,
    ):
        plant(f"S12{groups[1]}")
        assert telling(seat, groups)
        plant("")
        assert telling(seat, groups) == []
