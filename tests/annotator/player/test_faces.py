"""Faces in the real window: covered before anybody sees them, drawn in the picture's own stroke."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox

from hrm_annotator.actions.table import COMMANDS, ActionId
from hrm_annotator.operations import faces as operations
from hrm_annotator.player.picture_view import PictureView
from hrm_annotator.session import UPPER_FACE
from hrm_annotator.settings import personal
from hrm_core.errors import StoreWriteError
from hrm_core.store.face_marks import FaceMarks
from hrm_core.workflows.add_video import set_neutral
from hrm_core.workflows.project import FEATURES, open_project
from hrm_core.workflows.show_face import FaceLook
from tests.support.face_window import (
    CONTROL_SHIFT,
    FIRST,
    GREY_GREEN,
    YELLOW,
    at_rest,
    enabled,
    every_picture,
    faces_study,
    grey,
    masked,
    share,
    sighted,
    unmaskings,
)
from tests.support.faces import BLANK, let_see_eyes
from tests.support.window import Seat, answer, painted

__all__ = ["every_picture", "faces_study", "masked", "sighted"]


# ---- who may see eyes -----------------------------------------------------------------


def test_boxes_and_landmarks_come_and_go_by_key_and_are_remembered(sighted: Seat) -> None:
    view = sighted.player.current
    plain = painted(view)
    sighted.press(Qt.Key.Key_B, CONTROL_SHIFT)
    assert share(view, YELLOW) > share(view, GREY_GREEN)
    assert (painted(view) != plain).any()
    with_box = painted(view)
    sighted.press(Qt.Key.Key_L, CONTROL_SHIFT)
    assert (painted(view) != with_box).any()
    assert (personal.load().face_box, personal.load().landmarks) == (True, True)
    sighted.press(Qt.Key.Key_B, CONTROL_SHIFT)
    sighted.press(Qt.Key.Key_L, CONTROL_SHIFT)
    assert (painted(view) == plain).all()
    assert not personal.load().face_box


def test_the_box_is_that_of_the_picture_under_it_at_every_step(sighted: Seat) -> None:
    sighted.press(Qt.Key.Key_B, CONTROL_SHIFT)
    view = sighted.player.current
    met = []

    def compare(frame: int) -> None:
        child = sighted.program.faces.desk.sight.frames[frame].child
        assert (view.overlay.target is None) == (child is None)
        if child is not None:
            assert (view.overlay.faces[0].box == child.box).all()
        assert view.caption == f"frame {frame}"
        met.append(frame)

    sighted.session.frame_changed.connect(compare)
    sighted.go_to(36)
    sighted.hold(Qt.Key.Key_Right, 60)
    sighted.wait(lambda: len(met) > 12)
    assert set(BLANK) & set(met)


def test_the_child_differs_from_others_not_by_colour_alone(sighted: Seat) -> None:
    sighted.press(Qt.Key.Key_B, CONTROL_SHIFT)
    view = sighted.player.current
    target, scale = view._target(), view._scale()
    screen = painted(view).astype(int)
    gaps = []
    for face in view.overlay.faces:
        left, _, right, bottom = face.box
        row = round(target.y() + bottom * scale)
        columns = slice(round(target.x() + left * scale) + 4, round(target.x() + right * scale) - 4)
        colour = YELLOW if face is view.overlay.faces[0] else np.array([255, 255, 255])
        line = np.abs(screen[row - 1 : row + 2, columns] - colour).max(axis=2).min(axis=0) < 60
        gaps.append(1 - line.mean())
    assert gaps[0] == 0
    assert 0.1 < gaps[1] < 0.9


def test_the_mask_covers_both_pictures_and_the_caption_says_so(sighted: Seat) -> None:
    sighted.press(Qt.Key.Key_E, CONTROL_SHIFT)
    view = sighted.player.current
    sighted.wait(lambda: "eyes covered" in view.caption)
    assert share(view, GREY_GREEN) > 0.01
    assert personal.load().cover_eyes
    # Nobody has looked for the face in the neutral picture of this study.
    sighted.wait(lambda: "withheld" in sighted.player.neutral.caption)
    sighted.press(Qt.Key.Key_E, CONTROL_SHIFT)
    sighted.wait(lambda: view.caption == f"frame {FIRST}")
    assert share(view, GREY_GREEN) == 0
    sighted.wait(lambda: sighted.player.neutral.caption == "neutral")


def test_every_showing_of_eyes_is_written_down_once(sighted: Seat) -> None:
    study = sighted.folder
    for _ in range(3):
        sighted.press(Qt.Key.Key_Right)
    at_rest(sighted)
    (entry,) = unmaskings(study)
    assert (entry.rater, entry.act, entry.first_frame) == ("AB", "shown in the window", None)
    sighted.press(Qt.Key.Key_E, CONTROL_SHIFT)
    sighted.wait(lambda: "eyes covered" in sighted.player.current.caption)
    assert len(unmaskings(study)) == 1
    sighted.press(Qt.Key.Key_E, CONTROL_SHIFT)
    sighted.wait(lambda: "covered" not in sighted.player.current.caption)
    assert len(unmaskings(study)) == 2
    sighted.open_recording(1)
    assert len(unmaskings(study)) == 3


def test_covered_from_the_beginning_nothing_is_written_down(
    new_seat: Callable[..., Seat], faces_study: Path, every_picture: list[np.ndarray]
) -> None:
    personal.store(replace(personal.load(), cover_eyes=True))
    seat = new_seat()
    seat.open(faces_study)
    at_rest(seat)
    assert unmaskings(faces_study) == []
    assert every_picture
    assert all(grey(rgb) for rgb in every_picture)


def test_what_cannot_be_written_down_is_not_shown(
    new_seat: Callable[..., Seat],
    faces_study: Path,
    monkeypatch: pytest.MonkeyPatch,
    every_picture: list[np.ndarray],
) -> None:
    log = FaceMarks.log_unmasking

    def refuse(marks: FaceMarks, rater_id: int, video_id: int | None, *rest: object) -> None:
        if video_id is not None:
            raise StoreWriteError("The disk of /x/ASD is full.")
        log(marks, rater_id, video_id, *rest)

    monkeypatch.setattr(FaceMarks, "log_unmasking", refuse)
    seat = new_seat()
    seat.open(faces_study)
    at_rest(seat)
    assert every_picture == []
    words = seat.player.current.accessibleName()
    assert "cannot be written down" in words
    assert "disk" in words
    assert "ASD" not in words
    seat.wait(seat.window.actions_by_id[ActionId.COVER_EYES].isEnabled)
    seat.press(Qt.Key.Key_E, CONTROL_SHIFT)
    seat.wait(lambda: bool(every_picture))
    assert all(grey(rgb) for rgb in every_picture)


def test_a_frame_that_is_withheld_takes_no_code_but_not_codable(sighted: Seat) -> None:
    sighted.press(Qt.Key.Key_E, CONTROL_SHIFT)
    sighted.go_to(BLANK[0])
    view = sighted.player.current
    sighted.wait(lambda: "withheld" in view.caption)
    assert "no face was found" in view.accessibleName()
    assert "F9" in view.accessibleName()
    sighted.choose("AU12")
    sighted.press("1")
    assert "withheld" in sighted.message
    sighted.session.clear_codes()
    assert sighted.on_disk() == {}
    sighted.press(Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    assert list(sighted.on_disk()) == [BLANK[0]]
    sighted.press(Qt.Key.Key_E, CONTROL_SHIFT)
    sighted.wait(lambda: view.caption == f"frame {BLANK[0]}")
    assert not sighted.session.withheld


def test_without_features_the_commands_are_off_and_say_what_to_do(seat: Seat) -> None:
    off = (ActionId.FACE_BOX, ActionId.LANDMARKS, ActionId.COVER_EYES, ActionId.REGISTER)
    actions = seat.window.actions_by_id
    seat.wait(lambda: "hrm extract faces" in actions[ActionId.FACE_BOX].toolTip())
    for name in (*off, ActionId.PICK_CHILD, ActionId.PROPOSE_NEUTRAL, ActionId.EYES_TO_REVIEW):
        assert not actions[name].isEnabled(), name
        assert "hrm extract faces" in actions[name].toolTip()
        assert COMMANDS[name].keys[0] in actions[name].toolTip()
    assert seat.agrees() == FIRST


def test_a_damaged_feature_file_is_told_without_a_group(
    new_seat: Callable[..., Seat], faces_study: Path
) -> None:
    with open_project(faces_study) as project:
        who, recording = next(project.recordings("7"))
        project.face_path(FEATURES, who, recording).write_bytes(b"no Parquet")
    seat = new_seat()
    seat.open(faces_study)
    action = seat.window.actions_by_id[ActionId.FACE_BOX]
    seat.wait(lambda: "damaged" in action.toolTip())
    assert "ASD" not in action.toolTip()
    assert seat.agrees() == FIRST


def test_registered_faces_lie_alike_and_the_caption_says_so(sighted: Seat) -> None:
    view, neutral = sighted.player.current, sighted.player.neutral
    sighted.press(Qt.Key.Key_R, CONTROL_SHIFT)
    sighted.wait(lambda: "not registered" in view.note)
    assert view.caption == f"frame {FIRST}"
    sighted.press(Qt.Key.Key_R, CONTROL_SHIFT)
    sighted.go_to(20)
    with_answer = answer(lambda box: box.buttons()[0].click(), QMessageBox)
    sighted.press(Qt.Key.Key_K, CONTROL_SHIFT)
    sighted.wait(lambda: "neutral face now" in sighted.message)
    assert with_answer
    sighted.press(Qt.Key.Key_R, CONTROL_SHIFT)
    sighted.go_to(30)
    sighted.wait(lambda: view.caption == "frame 30 · registered")
    sighted.wait(lambda: neutral.caption == "neutral · registered")
    places = [each.overlay.to_picture(each.overlay.faces[0].five) for each in (view, neutral)]
    assert np.abs(places[0] - places[1]).max() < 40
    assert np.abs(places[0][:2] - places[1][:2]).max() < 15
    sighted.choose("AU12")
    sighted.press("1")
    assert list(sighted.on_disk()) == [30]
    sighted.go_to(BLANK[0])
    assert view.caption == f"frame {BLANK[0]}"
    assert "not registered" in view.note


# ---- who may not ------------------------------------------------------------------------


def test_who_may_not_see_eyes_is_given_covered_pictures_only(
    new_seat: Callable[..., Seat], faces_study: Path, every_picture: list[np.ndarray]
) -> None:
    let_see_eyes(faces_study, False)
    seat = new_seat()
    seat.open(faces_study)
    seat.press(Qt.Key.Key_E, CONTROL_SHIFT)  # is no way out
    seat.go_to(36)
    seat.hold(Qt.Key.Key_Right, 80)
    at_rest(seat)
    seat.open_recording(1)  # has no faces at all
    at_rest(seat)
    assert "withheld" in seat.player.current.caption
    assert len(every_picture) > 4
    assert all(grey(rgb) for rgb in every_picture)
    assert unmaskings(faces_study) == []


def test_nothing_of_the_coder_before_stays_on_the_screen(sighted: Seat) -> None:
    assert sighted.player.neutral.caption == "neutral"
    sighted.program.coding.close_recording()
    assert sighted.player.neutral.caption == ""
    assert sighted.player.neutral.overlay is None
    assert sighted.player.current.caption == ""


def test_who_may_not_see_eyes_cannot_switch_the_mask_off_nor_mark_eyes(masked: Seat) -> None:
    at_rest(masked)
    cover = masked.window.actions_by_id[ActionId.COVER_EYES]
    assert cover.isChecked()
    assert not cover.isEnabled()
    assert "may not see" in cover.toolTip()
    for name in (ActionId.MARK_EYES, ActionId.DRAW_FACE, ActionId.NO_EYES, ActionId.PICK_CHILD):
        assert not enabled(masked, name)
    assert not personal.load().cover_eyes


def test_who_may_not_see_eyes_cannot_code_the_upper_face(masked: Seat) -> None:
    for key in UPPER_FACE:
        assert not masked.coding.box(key).isEnabled()
        assert "covered" in masked.coding.box(key).toolTip()
        masked.session.set_code(key, 1)
        assert "cannot be coded by you" in masked.message
    masked.press(Qt.Key.Key_Down)
    assert masked.coding.current == "AU8"
    masked.press(Qt.Key.Key_Up)
    assert masked.coding.current not in UPPER_FACE
    assert masked.on_disk() == {}
    masked.click("AU12")
    assert {code.action for code in masked.on_disk()[FIRST].codes} == {"AU12"}


def test_no_action_takes_off_nothing_that_cannot_be_seen(
    new_seat: Callable[..., Seat], faces_study: Path
) -> None:
    seat = new_seat()
    seat.open(faces_study)
    seat.click("AU1")
    seat.click("AU12")
    seat.saved()
    seat.leave()
    let_see_eyes(faces_study, False)
    again = new_seat()
    again.open(faces_study)
    again.go_to(FIRST)
    again.session.clear_codes()
    assert {code.action for code in again.on_disk()[FIRST].codes} == {"AU1"}


def test_features_are_read_after_the_first_picture_of_who_sees_eyes(
    new_seat: Callable[..., Seat], faces_study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    read, show = operations.FaceDesk._read, PictureView.show_look

    def noted(desk: operations.FaceDesk) -> object:
        order.append("read")
        return read(desk)

    def shown(view: PictureView, look: object, caption: str, **names: object) -> None:
        order.append(caption)
        show(view, look, caption, **names)

    monkeypatch.setattr(operations.FaceDesk, "_read", noted)
    monkeypatch.setattr(PictureView, "show_look", shown)
    seat = new_seat()
    seat.open(faces_study)
    seat.wait(lambda: enabled(seat, ActionId.FACE_BOX))
    assert order.index(f"frame {FIRST}") < order.index("read")


def test_a_neutral_picture_chosen_elsewhere_is_not_covered_by_the_old_place(masked: Seat) -> None:
    at_rest(masked)
    desk = masked.program.faces.desk
    desk.use_as_neutral(20)
    assert desk.neutral_look().rgb is not None
    with open_project(masked.folder) as project:
        set_neutral(project, "7", frame=70)
    look = desk.neutral_look()
    assert look.rgb is None
    assert "neutral picture" in look.withheld


def test_a_right_that_was_taken_away_holds_from_the_next_recording_on(
    sighted: Seat, every_picture: list[np.ndarray]
) -> None:
    let_see_eyes(sighted.folder, False)
    at_rest(sighted)
    every_picture.clear()
    sighted.open_recording(1)
    at_rest(sighted)
    assert every_picture == []
    assert "any more" in sighted.player.current.accessibleName()


def test_stepping_does_not_wait_while_faces_are_read_anew(masked: Seat) -> None:
    at_rest(masked)
    with masked.program.faces.desk._reading:
        masked.press(Qt.Key.Key_Right)
        masked.wait_frame(FIRST + 1)


def test_faces_that_cannot_be_read_are_not_said_to_be_being_read(
    new_seat: Callable[..., Seat], faces_study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = operations.FaceDesk._read

    def refuse(_: operations.FaceDesk) -> object:
        raise StoreWriteError("The disk of /x/ASD does not answer.")

    monkeypatch.setattr(operations.FaceDesk, "_read", refuse)
    seat = new_seat()
    seat.open(faces_study)
    action = seat.window.actions_by_id[ActionId.FACE_BOX]
    seat.wait(lambda: "does not answer" in action.toolTip())
    assert "ASD" not in action.toolTip()
    monkeypatch.setattr(operations.FaceDesk, "_read", read)
    seat.press(Qt.Key.Key_Right)
    seat.wait(action.isEnabled)


def test_a_caption_that_is_too_long_for_the_picture_is_not_cut(sighted: Seat) -> None:
    view = sighted.player.neutral
    words = []
    view._tag = lambda _, text, *rest, **more: words.append(text)
    look = replace(view_look(), registered=True, covered=True)
    view.resize(200, 300)
    view.show_look(look, "neutral")
    view.grab()
    assert words[:3] == ["neutral", "registered", "eyes covered"]


def view_look() -> FaceLook:
    return FaceLook(np.zeros((40, 40, 3), np.uint8), "", False, False, "", np.eye(2, 3))


def test_of_two_looks_at_the_neutral_face_the_newer_one_stays(
    sighted: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    faces, waiting = sighted.program.faces, []
    monkeypatch.setattr(faces, "run", lambda work, then: waiting.append((work(faces.desk), then)))
    faces.show_neutral()
    sighted.press(Qt.Key.Key_R, CONTROL_SHIFT)
    assert len(waiting) == 2
    shown = []
    monkeypatch.setattr(sighted.player, "show_neutral", lambda look, **_: shown.append(look))
    for look, then in reversed(waiting):
        then(look)
    assert shown == [waiting[1][0]]
