"""Pictures of the real window on the synthetic study, into docs/images.

Run with ``make screenshots``.  No photograph of anybody is in them.

Qt reads the scale of the screen once, when it starts, so the pictures of a 4K screen
at scale 2 are taken by a second process: ``take_screenshots.py FOLDER STUDY``.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtGui import QImage, QPixmap, qRgb
from PySide6.QtWidgets import QApplication

from hrm_annotator.actions.table import ActionId
from hrm_annotator.app import JudgeProgram, Program
from hrm_annotator.language import use
from hrm_annotator.look.fonts import use_fonts
from hrm_annotator.look.theme import apply_theme
from hrm_annotator.settings import personal
from hrm_core.facs import parse_score
from hrm_core.paths import user_config_dir
from hrm_core.records.rating_plan import PlannedJudge
from hrm_core.workflows.make_demo import draw_contact_sheet, make_demo
from hrm_core.workflows.plan_rating import SessionChoice, plan_session
from hrm_core.workflows.project import open_project

SIZE = (1280, 800)
LARGE = (3840, 2160)
SCALE = 2
COLOURS, EXACT = 256, 48
"""In pictures of a large screen, which would be too heavy for a web page with all of them."""
SCORES = ("1+2+5B", "1+2+5C+25", "1+2+5C+25+2X", "R14+12", "12+25", "6+12C+25")
"""Coded one frame after another before pictures are taken."""
CODER = "Synthetic coder A"
PATIENCE_S = 60
SHEET_WIDTH = 1800
FACES = (
    ("landmarks", "light", (ActionId.FACE_BOX, ActionId.LANDMARKS)),
    ("masked", "dark", (ActionId.COVER_EYES,)),
    ("registered", "light", (ActionId.REGISTER,)),
)
"""Name, theme and what is switched on."""
SECOND_LOOKS: tuple[tuple[str, str, str, tuple[ActionId, ...]], ...] = (
    ("coding-zh-light", "zh_CN", "light", ()),
    ("coding-zh-dark", "zh_CN", "dark", ()),
    ("check-light", "en", "light", (ActionId.CHECK_CLIP,)),
    ("check-zh-dark", "zh_CN", "dark", (ActionId.CHECK_CLIP,)),
    ("compare-difference", "en", "light", (ActionId.DIFFERENCE,)),
    ("compare-halves", "en", "dark", (ActionId.LEFT_HALF, ActionId.RIGHT_HALF)),
)
"""Name, language, theme and what is switched on."""


def main(target: Path) -> None:
    """Take every picture."""
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        for variable in ("HOME", "USERPROFILE"):
            os.environ[variable] = home
        os.environ["XDG_CONFIG_HOME"] = f"{home}/.config"
        study = Path(home) / "Demo study"
        print("drawing the demo study …")
        make_demo(study).close()
        contact_sheet(target / "contact-sheet.jpg")
        settings = replace(personal.load(), coder=CODER, key_profile="face_map")
        personal.store(personal.remember_project(settings, study))
        app = QApplication([])
        use_fonts(app)
        code_some_frames(study)
        for theme in ("light", "dark"):
            apply_theme(app, theme)
            picture(target, theme, SIZE, study)
        for name, theme, commands in FACES:
            apply_theme(app, theme)
            faces(target / f"faces-{name}.png", commands, study)
        for name, language, theme, commands in SECOND_LOOKS:
            apply_theme(app, theme)
            use(language)
            faces(target / f"{name}.png", commands, study)
        rating(app, target, study)
        environment = {**os.environ, "QT_SCALE_FACTOR": str(SCALE)}
        subprocess.run([sys.executable, __file__, str(target), str(study)], env=environment, check=True)


def main_of_large(target: Path, study: Path) -> None:
    """Take the pictures of a 4K screen; the scale is set already."""
    app = QApplication([])
    for theme in ("light", "dark"):
        apply_theme(app, theme)
        picture(target, theme, LARGE, study)


def new_program() -> Program:
    """The program as at first start, whatever windows the last picture needed."""
    (user_config_dir() / "layout.json").unlink(missing_ok=True)
    return Program()


def code_some_frames(study: Path) -> None:
    """Type scores into the first frames that are not coded."""
    program = new_program()
    session, transport = program.session, program.window.player.transport
    program.window.show()
    program.study.open_project(study)
    wait_until(lambda: session.frame is not None)
    free = [frame for frame in range(session.frame_count) if frame not in session.coded_frames()]
    for frame, score in zip(free, SCORES, strict=False):
        transport.go_to(frame)
        wait_until(lambda frame=frame: session.frame == frame)
        assert session.set_score(parse_score(score))
    program.window.close()
    program.close()


def contact_sheet(path: Path) -> None:
    """Every action and side, small enough for a web page."""
    import cv2

    draw_contact_sheet(path)
    whole = cv2.imread(str(path))
    assert whole is not None
    height = round(whole.shape[0] * SHEET_WIDTH / whole.shape[1])
    small = cv2.resize(whole, (SHEET_WIDTH, height), interpolation=cv2.INTER_AREA)
    cv2.imwrite(str(path), small, [cv2.IMWRITE_JPEG_QUALITY, 85])


def picture(target: Path, theme: str, size: tuple[int, int], study: Path) -> None:
    """Start page and coding window in one theme and size, in pixels of the screen."""
    name = f"{theme}-{size[0]}x{size[1]}.png"
    program = new_program()
    ratio = program.window.devicePixelRatioF()
    program.window.resize(round(size[0] / ratio), round(size[1] / ratio))
    program.window.show()
    wait(200)
    store(program.window.grab(), target / f"start-{name}")
    program.study.open_project(study)
    wait_until(lambda: program.session.frame is not None)
    busiest = max(program.session.coded_frames().values(), key=lambda coding: len(coding.codes))
    program.window.player.transport.go_to(busiest.frame)
    wait_until(lambda: program.session.frame == busiest.frame)
    program.window.coding.move_current(1)
    wait(200)
    store(program.window.grab(), target / f"coding-{name}")
    program.window.close()
    program.close()
    print(target / f"coding-{name}")


def faces(path: Path, commands: Sequence[ActionId], study: Path) -> None:
    """The coding window with some commands given, and taken back afterwards."""
    program = new_program()
    window = program.window
    window.resize(*SIZE)
    window.show()
    program.study.open_project(study)
    wait_until(lambda: program.session.frame is not None)
    busiest = max(program.session.coded_frames().values(), key=lambda coding: len(coding.codes))
    window.player.transport.go_to(busiest.frame)
    wait_until(lambda: program.session.frame == busiest.frame)
    actions = [window.actions_by_id[name] for name in commands]
    wait_until(lambda: all(action.isEnabled() for action in actions))
    for action in actions:
        action.trigger()
    wait(800)
    store(window.grab(), path)
    for action in actions:
        action.trigger()
    window.close()
    program.close()
    print(path)


def rating(app: QApplication, target: Path, study: Path) -> None:
    """The dialog that plans a rating session, and what a judge is asked in each language."""
    for theme in ("light", "dark"):
        apply_theme(app, theme)
        use("en")
        plan_dialog(target / f"rating-plan-{theme}.png", study)
    with open_project(study) as project:
        choice = SessionChoice(name="Spring", judges=(PlannedJudge("Ada"),), allow_withheld=True)
        plan_session(project, choice, by=CODER)
    for name, language in (("rating-question", "en"), ("rating-question-zh", "zh_CN")):
        use(language)
        question(target / f"{name}.png", study)


def plan_dialog(path: Path, study: Path) -> None:
    """A session that can be planned as it stands, with two judges."""
    program = new_program()
    program.window.show()
    program.study.open_project(study)
    wait_until(lambda: program.session.frame is not None)
    program.window.actions_by_id[ActionId.PLAN_RATING].trigger()
    wait_until(lambda: program.ratings.planning is not None)
    dialog = program.ratings.planning
    assert dialog is not None
    dialog.name.setText("Spring")
    for name in ("Ada", CODER):
        dialog.judges.name.setCurrentText(name)
        dialog.judges.add()
    dialog.playback.grey.setChecked(True)
    wait_until(dialog.plan_button.isEnabled)
    store(dialog.grab(), path)
    program.ratings.stop()
    program.window.close()
    program.close()
    print(path)


def question(path: Path, study: Path) -> None:
    """A judge's window once the first clip was seen."""
    program = JudgeProgram(study, "Spring", "Ada")
    window, sitting = program.window, program.sitting
    window.set_full_screen = lambda on: None  # type: ignore[method-assign]
    window.resize(*SIZE)
    window.show()
    window.activateWindow()
    program.start()
    wait_until(lambda: sitting.sitting is not None)
    choice = window.notice.first
    assert choice is not None
    choice.click()
    wait_until(lambda: window.page is window.question)
    wait(200)
    store(window.grab(), path)
    program.close()
    window.hide()
    print(path)


def store(picture: QPixmap, path: Path) -> None:
    """Write a picture; a large one with the colours that are in it most."""
    image = picture.toImage().convertToFormat(QImage.Format.Format_RGB888)
    if image.width() <= SIZE[0]:
        image.save(str(path))
        return
    rows = np.frombuffer(image.constBits(), dtype=np.uint8).reshape(image.height(), image.bytesPerLine())
    pixels = rows[:, : 3 * image.width()].reshape(-1, 3)
    table, places = fewer_colours(pixels)
    grey = QImage(
        places.tobytes(), image.width(), image.height(), image.width(), QImage.Format.Format_Indexed8
    )
    grey.setColorTable([qRgb(*map(int, colour)) for colour in table])
    grey.save(str(path))


def fewer_colours(pixels: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """A table of at most 256 colours, and the place in it of each pixel.

    Some are the colours that fill the picture: surfaces and letters keep theirs exactly.
    The others stand for what is shaded, the more of them the more of it there is.
    """
    import cv2

    codes = pixels.astype(np.uint32) @ np.array([65536, 256, 1], dtype=np.uint32)
    found, inverse, counts = np.unique(codes, return_inverse=True, return_counts=True)
    colours = np.stack([found >> 16, found >> 8 & 255, found & 255], axis=1).astype(np.float32)
    exact = colours[np.argsort(-counts)[:EXACT]]
    share = np.sqrt(counts) / np.sqrt(counts).sum()
    sample = colours[np.random.default_rng(0).choice(len(colours), 40_000, p=share)]
    cv2.setRNGSeed(0)
    criteria = (cv2.TERM_CRITERIA_MAX_ITER | cv2.TERM_CRITERIA_EPS, 20, 0.5)
    _, _, centres = cv2.kmeans(sample, COLOURS - EXACT, None, criteria, 1, cv2.KMEANS_PP_CENTERS)
    table = np.concatenate([exact, centres]).round()
    nearest = np.concatenate(
        [
            np.argmin(((part[:, None] - table[None]) ** 2).sum(axis=2), axis=1)
            for part in np.array_split(colours, max(len(colours) // 4096, 1))
        ]
    )
    return table.astype(np.uint8), nearest.astype(np.uint8)[inverse.ravel()]


def wait(milliseconds: int) -> None:
    """Let the window work."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for something to happen in the window."""
    for _ in range(PATIENCE_S * 20):
        if condition():
            return
        wait(50)
    sys.exit("the window did not get there in time")


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path("docs/images")
    if len(sys.argv) > 2:
        main_of_large(folder, Path(sys.argv[2]))
    else:
        main(folder)
