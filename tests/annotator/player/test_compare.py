"""Comparing with neutral in the real window, by keys: what is painted, and whose codes it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolButton

from hrm_annotator.actions.table import ActionId
from hrm_annotator.player.compare_bar import CompareBar
from hrm_annotator.player.picture_view import PictureView
from hrm_annotator.settings import comparison as kept
from hrm_core.faces.neutral_difference import COVERED, difference_colours
from hrm_core.records.comparison import Beside, Comparison
from hrm_core.workflows.choose_neutral import use_as_neutral
from hrm_core.workflows.project import open_project
from hrm_core.workflows.see_faces import see_faces
from tests.support.face_window import CONTROL_SHIFT, at_rest, enabled, faces_study
from tests.support.faces import BLANK, let_see_eyes, write_synthetic_faces
from tests.support.window import NO_MODIFIER, Seat, painted, shown_number

__all__ = ["faces_study"]

NEUTRAL, HERE = 20, 22
CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
GRAVE = Qt.Key.Key_QuoteLeft


@pytest.fixture
def compared_study(faces_study: Path) -> Path:
    """Both children rest in frames 13 to 27, where their faces lie alike; one of these is neutral."""
    write_synthetic_faces(faces_study, "8")
    with open_project(faces_study) as project:
        for code in ("7", "8"):
            who, recording = next(project.recordings(code))
            use_as_neutral(project, who, recording, NEUTRAL, see_faces(project, who, recording))
    return faces_study


@pytest.fixture
def sitting(new_seat: Callable[..., Seat], compared_study: Path) -> Seat:
    """A coder at a frame that shows another number than the neutral picture, at the same place."""
    seat = new_seat()
    seat.open(compared_study)
    seat.wait(lambda: enabled(seat, ActionId.DIFFERENCE))
    seat.go_to(HERE)
    return seat


def held(seat: Seat) -> None:
    """Hold the key of flicker down until neutral is there."""
    QTest.keyPress(QApplication.focusWidget(), GRAVE)
    seat.wait(lambda: seat.player.current.caption.startswith("NEUTRAL"))


def let_go() -> None:
    QTest.keyRelease(QApplication.focusWidget(), GRAVE)


def beside(seat: Seat, what: Beside) -> Comparison:
    """Wait until this stands beside the frame on the screen."""
    view = seat.player.neutral
    seat.wait(lambda: view.comparison is not None and view.comparison.wish.beside is what)
    at_rest(seat)
    assert view.comparison is not None
    return view.comparison


def test_neutral_flickers_in_place_while_the_key_is_held_and_codes_go_to_the_frame(sitting: Seat) -> None:
    view = sitting.player.current
    assert shown_number(view) == HERE
    held(sitting)
    assert shown_number(view) == NEUTRAL
    assert f"frame {HERE}" in view.caption
    sitting.wait(lambda: shown_number(view) == HERE)
    assert view.caption == f"frame {HERE}"
    sitting.wait(lambda: shown_number(view) == NEUTRAL)
    sitting.press("a")
    assert list(sitting.on_disk()) == [HERE]
    sitting.wait(lambda: shown_number(view) == NEUTRAL)
    let_go()
    assert (shown_number(view), sitting.agrees()) == (HERE, HERE)
    # The frame that is gone to comes first, then neutral on it.
    held(sitting)
    sitting.press(Qt.Key.Key_Right)
    sitting.wait_frame(HERE + 1)
    assert shown_number(view) == HERE + 1
    sitting.wait(lambda: shown_number(view) == NEUTRAL and f"frame {HERE + 1}" in view.caption)
    let_go()
    assert sitting.agrees() == HERE + 1


def test_escape_the_window_and_a_mouse_button_end_it(sitting: Seat) -> None:
    view = sitting.player.current
    held(sitting)
    sitting.press(Qt.Key.Key_Escape)
    assert sitting.agrees() == HERE
    let_go()
    held(sitting)
    QApplication.sendEvent(sitting.window, QEvent(QEvent.Type.WindowDeactivate))
    assert sitting.agrees() == HERE
    let_go()
    button = sitting.player.findChild(CompareBar).findChild(QToolButton)
    assert "Hold" in button.accessibleName()
    QTest.mousePress(button, Qt.MouseButton.LeftButton)
    sitting.wait(lambda: shown_number(view) == NEUTRAL)
    QTest.mouseRelease(button, Qt.MouseButton.LeftButton)
    assert sitting.agrees() == HERE
    # Who cannot hold a key switches it on, codes meanwhile, and off.
    sitting.press(GRAVE, CONTROL)
    sitting.wait(lambda: shown_number(view) == NEUTRAL)
    sitting.press("a")
    sitting.wait(lambda: bool(sitting.codes()))
    sitting.wait(lambda: shown_number(view) == NEUTRAL)
    sitting.press(GRAVE, SHIFT)
    assert "Flicker: neutral 3 times" in sitting.message
    assert kept.load().rate == 3.0
    sitting.press(GRAVE, SHIFT)
    assert "epilepsy" in sitting.message
    sitting.press(GRAVE, CONTROL)
    assert sitting.agrees() == HERE
    assert not sitting.window.actions_by_id[ActionId.FLICKER_ON].isChecked()


def test_what_is_not_known_is_said_in_a_sentence(sitting: Seat) -> None:
    sitting.go_to(BLANK[0])
    QTest.keyPress(QApplication.focusWidget(), GRAVE)
    sitting.wait(lambda: "face is not known in this frame" in sitting.message)
    let_go()
    assert sitting.agrees() == BLANK[0]
    sitting.press(Qt.Key.Key_F3)
    sitting.wait(lambda: "hrm extract faces" in sitting.player.neutral.accessibleName())
    sitting.press(Qt.Key.Key_F4)
    sitting.wait(lambda: "hrm extract faces" in sitting.player.neutral.accessibleName())
    sitting.go_to(HERE)
    assert beside(sitting, Beside.LEFT_HALF).rgb is not None


def test_the_difference_is_painted_with_its_scale_and_can_be_made_stronger(sitting: Seat) -> None:
    view = sitting.player.neutral
    neutral = painted(view)
    sitting.press(Qt.Key.Key_F3)
    made = beside(sitting, Beside.DIFFERENCE)
    assert made.rgb is not None
    low, high = difference_colours(signed=True)[[0, 255]].astype(int)
    screen = painted(view).astype(int)

    def share(screen: np.ndarray, colour: np.ndarray) -> float:
        return float((np.abs(screen - colour).max(axis=2) < 12).mean())

    # Numbers are black on white: what differs is as dark or bright as can be.
    assert share(screen, low) > 0.001
    assert share(screen, high) > 0.001
    assert "◀ 50 % darker" in view.accessibleName()
    sitting.press(Qt.Key.Key_F3, CONTROL)
    sitting.wait(lambda: "35 % darker" in view.accessibleName())
    sitting.press(Qt.Key.Key_F3, SHIFT)
    sitting.wait(lambda: "35 % different" in view.accessibleName())
    assert share(painted(view).astype(int), low) < 0.001
    assert (kept.load().signed, kept.load().full) == (False, 35.0)
    # Steps take it along; the frame itself stays what it is.
    sitting.press(Qt.Key.Key_Right)
    sitting.wait_frame(HERE + 1)
    assert beside(sitting, Beside.DIFFERENCE) is not made
    assert sitting.agrees() == HERE + 1
    sitting.press(Qt.Key.Key_F3)
    sitting.wait(lambda: view.caption == "neutral")
    assert np.array_equal(painted(view), neutral)
    sitting.press(Qt.Key.Key_F2)
    assert not view.isVisible()
    sitting.wait(lambda: sitting.player.current.width() > 0.9 * sitting.player.pictures.width())
    assert not kept.load().side_by_side
    sitting.press(Qt.Key.Key_F3)
    beside(sitting, Beside.DIFFERENCE)
    assert view.isVisible()
    sitting.press(Qt.Key.Key_F3)
    assert not view.isVisible()


def test_halves_are_the_childs_also_in_a_mirror(sitting: Seat) -> None:
    view = sitting.player.neutral
    sitting.press(Qt.Key.Key_F4)
    left = beside(sitting, Beside.LEFT_HALF).rgb
    assert left is not None
    assert np.array_equal(left, left[:, ::-1])
    assert view._sides() == ("L", "L")
    target = view._target().toAlignedRect().intersected(view.rect())
    screen = painted(view)[target.center().y() + 30 : target.center().y() + 90, target.left() + 40 : -40]
    width = min(screen.shape[1], target.width() - 80)
    screen = screen[:, :width].astype(int)
    assert np.abs(screen - screen[:, ::-1]).mean() < 12
    sitting.press(Qt.Key.Key_F5)
    strip = beside(sitting, Beside.BOTH_HALVES).rgb
    assert strip is not None
    assert np.array_equal(strip[:, : left.shape[1]], left)
    right = strip[:, -left.shape[1] :]
    assert not np.array_equal(left, right)
    middle = strip[:, left.shape[1] + 6 : 2 * left.shape[1] + 6]
    half = left.shape[1] // 2
    # Unmirrored, the child's left is on the viewer's right.
    assert np.array_equal(middle[:, half:], left[:, half:])
    assert np.array_equal(middle[:, :half], right[:, :half])
    sitting.press(Qt.Key.Key_F4)
    assert np.array_equal(beside(sitting, Beside.RIGHT_HALF).rgb, right)
    sitting.open_recording(1)  # the same film, in a mirror
    sitting.wait(lambda: enabled(sitting, ActionId.LEFT_HALF))
    sitting.go_to(HERE)
    assert np.array_equal(beside(sitting, Beside.RIGHT_HALF).rgb, left)


def test_both_pictures_zoom_to_the_action_that_is_coded(sitting: Seat) -> None:
    current, neutral = sitting.player.current, sitting.player.neutral

    def in_middle(view: PictureView, places: list[int]) -> bool:
        """Whether what lies between these of the five points is about in the middle of the view."""
        target, scale = view._target(), view._scale()
        point = view.overlay.faces[0].five[places].mean(axis=0) * scale + (target.x(), target.y())
        size = np.array([view.width(), view.height()])
        return bool((np.abs(point / size - 0.5) < 0.15).all())

    sitting.choose("AU12")
    sitting.press(Qt.Key.Key_A, CONTROL_SHIFT)
    for view in (current, neutral):
        assert view._zoom.factor > 2
        assert in_middle(view, [3, 4])
        assert not in_middle(view, [0, 1])
    sitting.press("y")
    sitting.wait(lambda: in_middle(current, [0, 1]) and in_middle(neutral, [0, 1]))
    assert not in_middle(current, [3, 4])
    before = (current._zoom.factor, QPointF(current._zoom.centre))
    sitting.press(Qt.Key.Key_Right)
    sitting.wait_frame(HERE + 1)
    # The face did not move, so the picture does not either.
    assert (current._zoom.factor, current._zoom.centre) == before
    sitting.press(Qt.Key.Key_F3)
    beside(sitting, Beside.DIFFERENCE)
    assert neutral._zoom.factor > 1
    sitting.press(Qt.Key.Key_A, CONTROL_SHIFT)
    assert (current._zoom.factor, neutral._zoom.factor) == (1.0, 1.0)
    assert not kept.load().follow


def test_who_may_not_see_eyes_sees_them_in_no_comparison(
    new_seat: Callable[..., Seat], compared_study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_see_eyes(compared_study, False)
    given: list[np.ndarray] = []
    for name in ("show_look", "_show_rgb", "keep_other"):
        own = getattr(PictureView, name)

        def note(view: PictureView, what: object, *rest: object, own: Callable = own, **more: object) -> None:
            rgb = what if isinstance(what, np.ndarray) else getattr(what, "rgb", None)
            if rgb is not None:
                given.append(rgb)
            own(view, what, *rest, **more)

        monkeypatch.setattr(PictureView, name, note)
    seat = new_seat()
    seat.open(compared_study)
    seat.wait(lambda: enabled(seat, ActionId.DIFFERENCE))
    seat.go_to(HERE)
    held(seat)
    assert "eyes covered" in seat.player.current.caption
    let_go()
    for key, what in (
        (Qt.Key.Key_F3, Beside.DIFFERENCE),
        (Qt.Key.Key_F4, Beside.LEFT_HALF),
        (Qt.Key.Key_F5, Beside.BOTH_HALVES),
        (Qt.Key.Key_F4, Beside.RIGHT_HALF),
    ):
        seat.press(key)
        made = beside(seat, what)
        assert made.covered
        assert "eyes covered" in seat.player.neutral.caption
        if made.five is not None:
            for x, y in np.round(made.five[:2]).astype(int):
                assert np.abs(made.rgb[y, x].astype(int) - COVERED).max() <= 1, what
    assert len(given) > 7
    for rgb in given:
        grey = (np.abs(rgb.astype(int) - COVERED).max(axis=2) <= 1).mean()
        assert grey > 0.003, rgb.shape
    # A frame that is withheld is withheld in every view.
    del given[:]
    seat.go_to(BLANK[0])
    at_rest(seat)
    assert given == []
    assert "withheld" in seat.player.neutral.accessibleName()
    QTest.keyPress(QApplication.focusWidget(), GRAVE, NO_MODIFIER)
    seat.wait(lambda: "withheld" in seat.message)
    let_go()
    assert given == []
