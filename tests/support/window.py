"""A small real study, and a coder in front of the real window on it.

Every frame shows its own number (see ``tests.core.media.clips``), so that a test
can compare what the window says with the picture that it paints.
"""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QImage, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QSpinBox, QWidget
from pytestqt.qtbot import QtBot

from hrm_annotator.app import Program
from hrm_annotator.coding.action_box import ActionBox
from hrm_annotator.settings import personal
from hrm_core import demo
from hrm_core.facs import Code
from hrm_core.records.coding import FrameCoding
from hrm_core.workflows.add_participant import add_participant, add_rater
from hrm_core.workflows.add_video import add_clips, add_video, set_neutral
from hrm_core.workflows.back_up import back_up
from hrm_core.workflows.project import create_project, open_project
from hrm_core.workflows.show_video import show_video
from tests.core.media.clips import SIZE, Kind, make_clip, read_number

__all__ = [
    "CLIPS",
    "CODER",
    "FPS",
    "FRAMES",
    "Seat",
    "answer",
    "make_study",
    "new_seat",
    "numbered_video",
    "painted",
    "seat",
    "short_demo",
    "shown_number",
    "study",
    "study_template",
]

FRAMES = 120
FPS = 25
CLIPS = [(10, 39), (60, 99)]
CODER = "AB"
NO_MODIFIER = Qt.KeyboardModifier.NoModifier
_PATIENCE_MS = 5000
_KIND = Kind(
    "numbered.mp4",
    options={"preset": "veryfast", "x264-params": "scenecut=0:keyint=24:bframes=3"},
    time_base=Fraction(1, FPS),
)


def make_study(folder: Path, film: Path, groups: tuple[str, str] = ("ASD", "TD")) -> Path:
    """A study of two children, one of each group; the second is filmed through a mirror."""
    with create_project(folder, name="Two children", groups=groups) as project:
        for code, group, mirrored in (("7", groups[0], False), ("8", groups[1], True)):
            add_participant(project, code, group=group)
            recording = add_video(project, code, film, name=f"play-{code}", mirrored=mirrored)
            set_neutral(project, code, frame=3)
            # Leaves its index in the project, as a window that was open before does.
            show_video(project, recording).close()
        add_clips(project, next(project.recordings("7"))[1], CLIPS)
        back_up(project)
    return folder


@pytest.fixture(scope="session")
def numbered_video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """H.264 with B-frames; every frame shows its number."""
    return make_clip(tmp_path_factory.mktemp("film") / _KIND.name, _KIND, FRAMES)


@pytest.fixture(scope="session")
def study_template(tmp_path_factory: pytest.TempPathFactory, numbered_video: Path) -> Path:
    """The study that tests get copies of."""
    return make_study(tmp_path_factory.mktemp("template") / "study", numbered_video)


@pytest.fixture
def study(tmp_path: Path, study_template: Path) -> Path:
    """A test's own copy of the study."""
    return Path(shutil.copytree(study_template, tmp_path / "study"))


@pytest.fixture
def short_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo study as it is, but with films of twelve frames."""
    whole = demo.plan_study

    def shortened(seed: int, n_frames: int) -> tuple[demo.DemoParticipant, ...]:
        return tuple(replace(child, recording=_beginning(child.recording)) for child in whole(seed, n_frames))

    monkeypatch.setattr(demo, "plan_study", shortened)


def _beginning(recording: demo.Recording) -> demo.Recording:
    return replace(
        recording,
        intensities=recording.intensities[:12],
        codes=recording.codes[:12],
        clips=((1, 4), (6, 10)),
        neutral_frame=0,
    )


@pytest.fixture
def new_seat(qtbot: QtBot) -> Iterator[Callable[..., Seat]]:
    """Starts the program, as often as asked; every window is closed at the end."""
    seats: list[Seat] = []

    def start(coder: str | None = CODER, key_profile: str = "face_map") -> Seat:
        # Empty: nobody has chosen keys yet, and the program asks.
        settings = replace(personal.load(), key_profile=key_profile)
        personal.store(settings if coder is None else replace(settings, coder=coder))
        seats.append(Seat(qtbot))
        return seats[-1]

    yield start
    for entry in seats:
        entry.leave_for_good()
    left = [thread.name for thread in threading.enumerate() if thread.name.startswith("hrm-")]
    assert not left, f"left running: {left}"


@pytest.fixture
def seat(new_seat: Callable[..., Seat], study: Path) -> Seat:
    """A coder at the first recording of the study, its picture shown."""
    place = new_seat()
    place.open(study)
    return place


class Seat:
    """The running program and a coder's hands and eyes.

    Parameters
    ----------
    qtbot : QtBot
        Of the test.
    program : Program, optional
        One that runs already; whoever started it closes it.
    """

    def __init__(self, qtbot: QtBot, program: Program | None = None) -> None:
        self.qtbot = qtbot
        self.program = Program() if program is None else program
        self.window = self.program.window
        self.session = self.program.session
        self.player = self.window.player
        self.coding = self.window.coding
        self.folder: Path | None = None
        self._left = False
        self._again: Seat | None = None
        with qtbot.waitActive(self.window):
            self.window.show()
            self.window.activateWindow()

    # -- coming and going ---------------------------------------------------------

    def open(self, folder: Path) -> None:
        """Open a study and wait for the first picture."""
        self.program.study.open_project(folder)
        self.folder = folder
        self.wait(lambda: self.session.frame is not None)

    def open_recording(self, participant: int) -> None:
        """Open the recording of a participant by its row in the tree; waits for the picture."""
        model = self.window.tree.model
        index = model.index(0, 0, model.index(participant, 0))
        recording, _ = model.recording_at(index)
        self.window.tree._tree.clicked.emit(index)
        self.wait(lambda: self.session.recording == recording and self.session.frame is not None)

    def leave(self) -> None:
        """Close the program."""
        if not self._left:
            self._left = True
            self.program.close()

    def leave_for_good(self) -> None:
        """Close the program, also where it was started again."""
        self.leave()
        if self._again is not None:
            self._again.leave_for_good()

    def restart(self) -> Seat:
        """Close the program and start it again on the same study."""
        self.saved()
        self.leave()
        again = self._again = Seat(self.qtbot)
        assert self.folder is not None
        again.open(self.folder)
        return again

    # -- eyes -----------------------------------------------------------------------

    def wait(self, condition: Callable[[], bool], patience_ms: int = _PATIENCE_MS) -> None:
        """Let the program run until the condition holds."""
        self.qtbot.waitUntil(condition, timeout=patience_ms)

    def wait_frame(self, frame: int) -> None:
        """Wait until this frame is on the screen."""
        self.wait(lambda: self.session.frame == frame)

    @property
    def number_box(self) -> QSpinBox:
        """The field with the frame number."""
        return self.player.findChild(QSpinBox)

    def stated_frames(self) -> set[str]:
        """Every frame number that the window states, as text."""
        assert self.session.frame is not None
        return {
            str(self.session.frame),
            str(self.number_box.value()),
            self.player.current.caption.removeprefix("frame "),
            self.coding._heading.text().removeprefix("Frame "),
        }

    def agrees(self) -> int:
        """The number in the painted picture, after checking that all that is stated is the same."""
        number = shown_number(self.player.current)
        assert self.stated_frames() == {str(number)}
        return number

    def codes(self) -> dict[str, int]:
        """Codes other than 0 that the boxes show."""
        boxes = self.coding.findChildren(ActionBox)
        return {box.action.key: box.code for box in boxes if box.code}

    @property
    def message(self) -> str:
        """What the status bar says."""
        return self.window.message.text()

    # -- hands ----------------------------------------------------------------------

    def press(self, key: Qt.Key | str, modifier: Qt.KeyboardModifier = NO_MODIFIER) -> None:
        """Press and release a key wherever the keyboard is."""
        if not self.window.isActiveWindow() and QApplication.activePopupWidget() is None:
            # No window manager gives the keyboard back after a dialog.
            with self.qtbot.waitActive(self.window):
                self.window.activateWindow()
        QTest.keyClick(QApplication.focusWidget() or self.window, key, modifier)

    def type(self, text: str) -> None:
        """Type a text wherever the keyboard is."""
        for letter in text:
            self.press(letter)

    def strokes(self, keys: str) -> None:
        """Press the keys of a binding, written as Qt does: ``"Ctrl+Right"``, ``"1, 2"``."""
        for stroke in keys.split(", "):
            combination = QKeySequence(stroke)[0]
            self.press(combination.key(), combination.keyboardModifiers())

    def hold(self, key: Qt.Key, times: int) -> None:
        """One stroke and its repeats, faster than any keyboard sends them."""
        target = QApplication.focusWidget() or self.window
        for number in range(times):
            QTest.simulateEvent(target, True, key.value, NO_MODIFIER, "", number > 0, -1)
            self.qtbot.wait(1)
        QTest.simulateEvent(target, False, key.value, NO_MODIFIER, "", False, -1)

    def choose(self, key: str) -> None:
        """Put the keyboard on the box of an action, by keyboard."""
        for _ in range(40):
            if self.coding.current == key:
                return
            self.press(Qt.Key.Key_Down)
        raise AssertionError(f"{key} was not reached")

    def click(self, key: str, code: Code | None = None) -> None:
        """Click on the box of an action, on the chip of a code if one is given."""
        box = self.coding.box(key)
        point = QPoint(box.width() // 2, 6)
        if code is not None:
            self.choose(key)  # only the chosen box shows chips
            point = dict(box._chips())[code].center().toPoint()
        QTest.mouseClick(box, Qt.MouseButton.LeftButton, NO_MODIFIER, point)

    def go_to(self, frame: int) -> None:
        """Type a frame number and wait for its picture."""
        self.press(Qt.Key.Key_G, Qt.KeyboardModifier.ControlModifier)
        self.type(str(frame))
        self.press(Qt.Key.Key_Return)
        self.wait_frame(frame)

    def button(self, text: str, within: QWidget | None = None) -> QPushButton:
        """The button with this text."""
        buttons = (within or self.window).findChildren(QPushButton)
        return next(entry for entry in buttons if entry.text().startswith(text))

    # -- the disk ---------------------------------------------------------------------

    def saved(self) -> None:
        """Wait until everything is acknowledged, and the window has taken that over."""
        writer = self.program.coding._writer
        if writer is not None:
            # Its thread waits again only after it has told the news.
            self.wait(lambda: writer.pending == 0 and bool(writer._wake._waiters))
        self.qtbot.wait(1)

    def on_disk(self, coder: str = CODER, participant: str = "7") -> dict[int, FrameCoding]:
        """What the store holds, read from outside the window."""
        self.saved()
        assert self.folder is not None
        return on_disk(self.folder, coder, participant)


def on_disk(folder: Path, coder: str = CODER, participant: str = "7") -> dict[int, FrameCoding]:
    """Codings of a participant's only recording, read through a store opened for it."""
    with open_project(folder) as project:
        _, recording = next(project.recordings(participant))
        return project.store.codings.of_video(add_rater(project, coder).id, recording.id)


def answer(act: Callable[[Any], None], kind: type[QWidget] = QWidget) -> list[QWidget]:
    """Let `act` deal with the next modal dialog; the list tells which one it was."""
    met: list[QWidget] = []
    give_up = time.monotonic() + _PATIENCE_MS / 1000

    def look() -> None:
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, kind):
            met.append(dialog)
            act(dialog)
        elif time.monotonic() < give_up:
            QTimer.singleShot(5, look)

    QTimer.singleShot(0, look)
    return met


def painted(widget: QWidget) -> NDArray[np.uint8]:
    """What a widget paints, RGB uint8 of shape (height, width, 3)."""
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), dtype=np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()


def shown_number(view: QWidget) -> int:
    """The number in the picture as it is painted while the whole of it is seen."""
    screen = painted(view)
    height, width = screen.shape[:2]
    scale = min(width / SIZE[0], height / SIZE[1])
    left, top = (width - SIZE[0] * scale) / 2, (height - SIZE[1] * scale) / 2
    columns = np.clip(left + (np.arange(SIZE[0]) + 0.5) * scale, 0, width - 1).astype(int)
    rows = np.clip(top + (np.arange(SIZE[1]) + 0.5) * scale, 0, height - 1).astype(int)
    return read_number(screen[np.ix_(rows, columns)])
