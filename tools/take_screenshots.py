"""Pictures of the real window on the synthetic study, into docs/images.

Run with ``make screenshots``.  No photograph of anybody is in them.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from hrm_annotator.actions.table import ActionId
from hrm_annotator.app import Program
from hrm_annotator.look.theme import apply_theme
from hrm_annotator.settings import personal
from hrm_core.workflows.make_demo import draw_contact_sheet, make_demo

SIZES = ((1280, 800), (1920, 1080))
CODER = "Synthetic coder A"
PATIENCE_S = 60
SHEET_WIDTH = 1800
FACES = (
    ("landmarks", "light", (ActionId.FACE_BOX, ActionId.LANDMARKS)),
    ("masked", "dark", (ActionId.COVER_EYES,)),
    ("registered", "light", (ActionId.REGISTER,)),
)
"""Name, theme and what is switched on."""


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
        for theme in ("light", "dark"):
            apply_theme(app, theme)
            for size in SIZES:
                picture(target, theme, size, study)
        for name, theme, commands in FACES:
            apply_theme(app, theme)
            faces(target / f"faces-{name}.png", commands, study)


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
    """Start page and coding window in one theme and size."""
    name = f"{theme}-{size[0]}x{size[1]}.png"
    program = Program()
    program.window.resize(*size)
    program.window.show()
    wait(200)
    program.window.grab().save(str(target / f"start-{name}"))
    program.study.open_project(study)
    wait_until(lambda: program.session.frame is not None)
    busiest = max(program.session.coded_frames().values(), key=lambda coding: len(coding.codes))
    program.window.player.transport.go_to(busiest.frame)
    wait_until(lambda: program.session.frame == busiest.frame)
    program.window.coding.move_current(1)
    wait(200)
    program.window.grab().save(str(target / f"coding-{name}"))
    program.window.close()
    program.close()
    print(target / f"coding-{name}")


def faces(path: Path, commands: Sequence[ActionId], study: Path) -> None:
    """The coding window with some commands of the menu Face switched on."""
    program = Program()
    window = program.window
    window.resize(*SIZES[0])
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
    window.grab().save(str(path))
    for action in actions:
        action.trigger()
    window.close()
    program.close()
    print(path)


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
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("docs/images"))
