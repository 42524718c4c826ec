"""What people say of faces by hand, the neutral face they choose, and pictures they save."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QMessageBox

from hrm_annotator.dialogs.neutral_picker import NeutralPicker
from hrm_annotator.player.picture_view import Tool
from hrm_core import media
from hrm_core.faces.eye_cover import EyeCover
from hrm_core.records.face_mark import FaceMark
from hrm_core.workflows.project import open_project
from tests.support.face_window import (
    CONTROL_SHIFT,
    FIRST,
    GREY_GREEN,
    drag,
    faces_study,
    grey,
    share,
    sighted,
)
from tests.support.faces import BLANK
from tests.support.window import Seat, answer, painted

__all__ = ["faces_study", "sighted"]


Marks = Callable[[], list[FaceMark]]


# ---- marks --------------------------------------------------------------------------------


@pytest.fixture
def marks(sighted: Seat) -> Marks:
    """Marks as another program finds them in the store."""

    def read() -> list[FaceMark]:
        with open_project(sighted.folder) as project:
            _, recording = next(project.recordings("7"))
            return project.store.face_marks.of_video(recording.id)

    return read


def test_marking_the_eyes_lets_the_frame_be_seen_covered(sighted: Seat, marks: Marks) -> None:
    frame, view = BLANK[2], sighted.player.current
    sighted.go_to(frame)
    sighted.press(Qt.Key.Key_F9)
    assert view.tool is Tool.EYES
    drag(view, (0.2, 0.4), (0.6, 0.5))
    sighted.wait(lambda: "eyes are marked" in sighted.message)
    assert view.tool is None
    (mark,) = marks()
    assert (mark.kind, mark.frame) == ("eyes", frame)
    wanted = np.array([[0.2, 0.4], [0.6, 0.4], [0.6, 0.5], [0.2, 0.5]])
    assert np.array(mark.points) == pytest.approx(wanted, abs=0.005)
    sighted.press(Qt.Key.Key_E, CONTROL_SHIFT)
    sighted.wait(lambda: "eyes covered" in view.caption)
    assert share(view, GREY_GREEN) > 0.005
    sighted.press(Qt.Key.Key_T, CONTROL_SHIFT)
    sighted.wait(lambda: "withheld" in view.caption)


def test_saying_that_no_eyes_are_seen_needs_the_keyboard_only(sighted: Seat, marks: Marks) -> None:
    sighted.press(Qt.Key.Key_F6)
    sighted.wait_frame(BLANK[0])
    sighted.press(Qt.Key.Key_N, CONTROL_SHIFT)
    sighted.wait(lambda: "no eyes" in sighted.message)
    sighted.press(Qt.Key.Key_Home)
    sighted.wait_frame(0)
    sighted.press(Qt.Key.Key_F6)
    sighted.wait_frame(BLANK[1])
    sighted.press(Qt.Key.Key_End)
    sighted.wait_frame(119)
    sighted.press(Qt.Key.Key_F6, Qt.KeyboardModifier.ShiftModifier)
    sighted.wait_frame(BLANK[-1])


def test_a_drawn_face_is_shown_at_once(sighted: Seat, marks: Marks) -> None:
    sighted.go_to(BLANK[0])
    sighted.press(Qt.Key.Key_B, CONTROL_SHIFT)
    view = sighted.player.current
    plain = painted(view)
    sighted.press(Qt.Key.Key_F, CONTROL_SHIFT)
    drag(view, (0.7, 0.8), (0.3, 0.2))
    sighted.wait(lambda: "face is drawn" in sighted.message)
    (mark,) = marks()
    assert mark.kind == "face"
    assert np.array(mark.points) == pytest.approx(np.array([[0.3, 0.2], [0.7, 0.8]]), abs=0.005)
    sighted.wait(lambda: view.overlay is not None and bool((painted(view) != plain).any()))


@pytest.mark.parametrize("how", ["key", "click"])
def test_the_child_is_picked_among_the_faces(sighted: Seat, marks: Marks, how: str) -> None:
    view = sighted.player.current
    sighted.press(Qt.Key.Key_F8)
    assert view.tool is Tool.PICK
    other = view.overlay.faces[1].box
    if how == "key":
        sighted.press("2")
    else:
        recording = sighted.session.recording
        middle = ((other[0] + other[2]) / 2 / recording.width, (other[1] + other[3]) / 2 / recording.height)
        drag(view, middle, middle)
    sighted.wait(lambda: view.overlay is not None and view.overlay.target == 1)
    (mark,) = marks()
    recording = sighted.session.recording
    assert (mark.kind, mark.frame) == ("face", FIRST)
    corners = np.array(mark.points) * (recording.width, recording.height)
    assert corners.ravel() == pytest.approx(other, abs=0.01)
    assert sighted.on_disk() == {}


def test_escape_leaves_a_tool_and_the_digits_code_again(sighted: Seat, marks: Marks) -> None:
    sighted.choose("AU12")
    sighted.press(Qt.Key.Key_F8)
    sighted.press(Qt.Key.Key_Escape)
    assert sighted.player.current.tool is None
    sighted.press("1")
    assert sighted.codes() == {"AU12": 1}
    sighted.press(Qt.Key.Key_F9)
    # Arrows move the rectangle now; whoever goes to another frame all the same leaves the tool.
    sighted.player.transport.go_to(FIRST + 1)
    sighted.wait_frame(FIRST + 1)
    assert sighted.player.current.tool is None
    drag(sighted.player.current, (0.1, 0.1), (0.5, 0.5))
    sighted.qtbot.wait(30)
    assert marks() == []


def test_the_list_of_eyes_to_review_leads_to_the_frames(sighted: Seat) -> None:
    sighted.press(Qt.Key.Key_F7)
    dialog = sighted.program.marks._list
    assert dialog.isVisible()
    assert dialog.list.count() == 1
    item = dialog.list.item(0)
    assert item.text() == f"frames {BLANK[0]}–{BLANK[-1]}: no face was found"
    dialog.list.itemClicked.emit(item)
    sighted.wait_frame(BLANK[0])
    dialog.close()


@pytest.mark.qt_log_ignore("grabbing the keyboard", extend=True)
def test_the_menu_on_a_face_offers_it_as_the_child(sighted: Seat, marks: Marks) -> None:
    sighted.player.current.menu_wanted.emit(1, QPoint(5, 5))
    menu = QApplication.activePopupWidget()
    entry = menu.actions()[0]
    assert entry.text() == "This is the child"
    entry.trigger()
    menu.close()
    sighted.wait(lambda: bool(marks()))


# ---- neutral face and pictures as files -----------------------------------------------------


def test_a_frame_becomes_the_neutral_face_only_when_that_is_confirmed(sighted: Seat) -> None:
    with open_project(sighted.folder) as project:
        path = project.neutral_path("7")
    before = path.read_bytes()
    sighted.go_to(20)
    met = answer(lambda box: box.reject(), QMessageBox)
    sighted.press(Qt.Key.Key_K, CONTROL_SHIFT)
    sighted.wait(lambda: bool(met))
    sighted.qtbot.wait(50)
    assert path.read_bytes() == before
    met = answer(lambda box: box.buttons()[0].click(), QMessageBox)
    sighted.press(Qt.Key.Key_K, CONTROL_SHIFT)
    sighted.wait(lambda: "neutral face now" in sighted.message)
    assert path.read_bytes() != before
    assert path.with_suffix(".parquet").is_file()


def test_a_proposed_frame_is_chosen_by_its_number(sighted: Seat) -> None:
    chosen: list[int | None] = []

    def choose(dialog: NeutralPicker) -> None:
        dialog.choices[0].click()
        chosen.append(dialog.frame)
        answer(lambda box: box.buttons()[0].click(), QMessageBox)
        dialog.accept()

    answer(choose, NeutralPicker)
    sighted.press(Qt.Key.Key_P, CONTROL_SHIFT)
    sighted.wait(lambda: "neutral face now" in sighted.message)
    assert chosen
    assert f"Frame {chosen[0]} " in sighted.message
    assert abs(chosen[0] - 20) < 8 or abs(chosen[0] - 100) < 8


def test_a_saved_picture_is_covered_though_the_window_shows_eyes(
    sighted: Seat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    suggested = []

    def choose(_: object, __: str, name: str, ___: str) -> tuple[str, str]:
        suggested.append(name)
        return str(tmp_path / name), ""

    monkeypatch.setattr("hrm_annotator.wiring.neutral_wiring.QFileDialog.getSaveFileName", choose)
    sighted.press(Qt.Key.Key_S, CONTROL_SHIFT)
    sighted.wait(lambda: "was written" in sighted.message)
    assert suggested == [f"Participant-7_play-7_{FIRST:06d}.png"]
    assert "eyes covered" in sighted.message
    assert grey(media.read_still(tmp_path / suggested[0]))
    sighted.go_to(BLANK[0])
    sighted.press(Qt.Key.Key_S, CONTROL_SHIFT)
    sighted.wait(lambda: "not located" in sighted.message)
    assert len(list(tmp_path.glob("*.png"))) == 1


def test_a_pick_that_is_taken_back_leaves_the_child_as_it_was_found(sighted: Seat, marks: Marks) -> None:
    view = sighted.player.current
    sighted.press(Qt.Key.Key_F8)
    sighted.press("2")
    sighted.wait(lambda: view.overlay is not None and view.overlay.target == 1)
    sighted.press(Qt.Key.Key_T, CONTROL_SHIFT)
    sighted.wait(lambda: "taken back" in sighted.message)
    assert marks() == []
    sighted.wait(lambda: view.overlay is not None and view.overlay.target == 0)


def test_a_closed_recording_is_followed_no_further(
    sighted: Seat, marks: Marks, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    monkeypatch.setattr(
        "hrm_core.workflows.pick_face.pick_face", lambda *_, cancel, **__: seen.append(cancel)
    )
    desk = sighted.program.faces.desk
    desk.pick_child(FIRST, 1)
    sighted.program.coding.close_recording()
    assert seen[0].cancelled


def test_a_withheld_picture_is_not_said_to_be_without_faces(sighted: Seat, marks: Marks) -> None:
    desk = sighted.program.faces.desk
    sight = desk.sight
    faces = {**sight.frames, FIRST + 1: replace(sight.frames[FIRST + 1], target=None)}
    covers = {**sight.covers, FIRST + 1: EyeCover((), "the child is not known")}
    desk._known = replace(desk._known, sight=replace(sight, frames=faces, covers=covers))
    sighted.press(Qt.Key.Key_E, CONTROL_SHIFT)
    sighted.press(Qt.Key.Key_Right)
    sighted.wait(lambda: "withheld" in sighted.player.current.caption)
    sighted.press(Qt.Key.Key_F8)
    assert "show the eyes first" in sighted.message
    assert marks() == []


def test_a_picture_whose_kind_is_not_named_is_written_as_png(
    sighted: Seat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "plain"
    monkeypatch.setattr(
        "hrm_annotator.wiring.neutral_wiring.QFileDialog.getSaveFileName", lambda *_: (str(path), "")
    )
    sighted.press(Qt.Key.Key_S, CONTROL_SHIFT)
    sighted.wait(lambda: "was written" in sighted.message)
    assert grey(media.read_still(path.with_suffix(".png")))
