"""The window on faces: seats of coders who may and may not see eyes, and what is painted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from hrm_annotator.actions.table import ActionId
from hrm_annotator.player.picture_view import PictureView
from hrm_core.records.face_mark import Unmasking
from hrm_core.workflows.project import open_project
from tests.support.faces import let_see_eyes, write_synthetic_faces
from tests.support.window import CLIPS, Seat, painted

__all__ = [
    "CONTROL_SHIFT",
    "FIRST",
    "GREY_GREEN",
    "YELLOW",
    "at_rest",
    "drag",
    "enabled",
    "every_picture",
    "faces_study",
    "grey",
    "masked",
    "share",
    "sighted",
    "unmaskings",
]

CONTROL_SHIFT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
GREY_GREEN = np.array([134, 150, 134])
YELLOW = np.array([255, 213, 74])
FIRST = CLIPS[0][0]


@pytest.fixture
def faces_study(study: Path) -> Path:
    """The study with synthetic faces for the first child."""
    write_synthetic_faces(study)
    return study


@pytest.fixture
def sighted(new_seat: Callable[..., Seat], faces_study: Path) -> Seat:
    """A coder who may see eyes, once the faces are read."""
    seat = new_seat()
    seat.open(faces_study)
    seat.wait(lambda: enabled(seat, ActionId.FACE_BOX))
    seat.wait(lambda: len(seat.player.current.overlay.faces) == 2)
    return seat


@pytest.fixture
def masked(new_seat: Callable[..., Seat], faces_study: Path) -> Seat:
    """A coder who may not."""
    let_see_eyes(faces_study, False)
    seat = new_seat()
    seat.open(faces_study)
    return seat


@pytest.fixture
def every_picture(monkeypatch: pytest.MonkeyPatch) -> list[np.ndarray]:
    """Every picture that any view was given, whenever."""
    given: list[np.ndarray] = []
    show = PictureView.show_look

    def note(view: PictureView, look: object, *arguments: object, **names: object) -> None:
        if look.rgb is not None:
            given.append(look.rgb)
        show(view, look, *arguments, **names)

    monkeypatch.setattr(PictureView, "show_look", note)
    return given


def enabled(seat: Seat, name: ActionId) -> bool:
    return seat.window.actions_by_id[name].isEnabled()


def share(view: PictureView, colour: np.ndarray) -> float:
    """Which part of a view is painted in a colour."""
    return float((np.abs(painted(view).astype(int) - colour).max(axis=2) < 3).mean())


def grey(rgb: np.ndarray) -> int:
    return int((rgb == GREY_GREEN).all(axis=2).sum())


def unmaskings(study: Path) -> list[Unmasking]:
    with open_project(study) as project:
        # Not the rights that were given, which name no recording.
        return [entry for entry in project.store.face_marks.unmaskings() if entry.video_id is not None]


def at_rest(seat: Seat) -> None:
    """Wait until the loader and the workers have nothing more to do."""
    loader = seat.player._loader
    seat.wait(lambda: bool(loader._wake._waiters) and loader._wanted is None)
    seat.qtbot.wait(60)


def drag(view: PictureView, start: tuple[float, float], end: tuple[float, float]) -> None:
    """From one point of the picture to another, both in parts of its width and height."""
    left = Qt.MouseButton.LeftButton
    target = view._target()

    def point(at: tuple[float, float]) -> QPointF:
        return QPointF(target.x() + at[0] * target.width(), target.y() + at[1] * target.height())

    for kind, at, button, buttons in (
        (QEvent.Type.MouseButtonPress, start, left, left),
        (QEvent.Type.MouseMove, end, Qt.MouseButton.NoButton, left),
        (QEvent.Type.MouseButtonRelease, end, left, Qt.MouseButton.NoButton),
    ):
        where = point(at)
        event = QMouseEvent(
            kind, where, view.mapToGlobal(where), button, buttons, Qt.KeyboardModifier.NoModifier
        )
        QApplication.sendEvent(view, event)
