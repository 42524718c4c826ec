"""From a real recording to a label file and back, by command line and window."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pandas as pd
import pytest
from PySide6.QtCore import Qt

from hrm_core.facs import ACTIONS, Code
from hrm_core.workflows.add_participant import add_participant
from hrm_core.workflows.add_video import add_video
from hrm_core.workflows.project import create_project, open_project
from tests.support.programs import ROOT
from tests.support.window import CODER, Seat

_DATA = ROOT.parent / "shared" / "data"
_FACE, _FRAMES = "WolfgangLanger_Pexels.mp4", 472


def recording(name: str) -> Path:
    """A real recording, if this machine has it."""
    path = _DATA / name
    if not path.exists():
        pytest.skip(f"the recording {name} is not on this machine")
    return path


def hrm(*arguments: object) -> str:
    """Run the command `hrm` as a person would."""
    done = subprocess.run(
        [Path(sys.executable).with_name("hrm"), *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def start_study(folder: Path, film: Path) -> Path:
    hrm("init", folder)
    hrm("add", "participant", "7", "--group", "ASD", "-p", folder)
    hrm("add", "video", "7", film, "--name", "play", "--clip", "20-60", "-p", folder)
    hrm("add", "neutral", "7", "--frame", "5", "-p", folder)
    return folder


def code_ten_frames(seat: Seat) -> dict[int, dict[str, int]]:
    """Code frames all over the film by keyboard; returns what was meant."""
    meant: dict[int, dict[str, int]] = {}
    last = seat.session.frame_count - 1
    for place, frame in enumerate([20, 21, 22, 23, 60, 5, 90, last, 0, 24]):
        seat.go_to(frame)
        codes: dict[str, int] = {}
        for entry in ACTIONS[place::11]:
            code = sorted(entry.sides)[place % len(entry.sides)]
            seat.choose(entry.key)
            seat.press(str(int(code)))
            codes[entry.key] = int(code)
        meant[frame] = codes
    seat.go_to(30)
    seat.press(Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    meant[30] = {}
    seat.go_to(31)
    seat.press(Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    seat.saved()
    return meant


def nonzero(table: pd.DataFrame) -> dict[int, dict[str, int]]:
    """A table of codes as frames with their codes."""
    rows = table.reset_index("frame").set_index("frame")
    return {
        int(frame): {key: int(code) for key, code in row.items() if code} for frame, row in rows.iterrows()
    }


@pytest.mark.slow
def test_from_a_real_recording_to_a_label_file_and_back(
    tmp_path: Path, new_seat: Callable[..., Seat]
) -> None:
    first = start_study(tmp_path / "first", recording(_FACE))
    second = Path(shutil.copytree(first, tmp_path / "second"))
    seat = new_seat()
    seat.open(first)
    assert seat.session.frame == 20
    assert seat.session.frame_count == _FRAMES
    meant = code_ten_frames(seat)
    seat.leave()
    report = json.loads(hrm("export", "hrm-csv", "-p", first, "--out", tmp_path / "labels", "--json"))
    assert report
    (label_file,) = (tmp_path / "labels").rglob("*.csv")
    lines = label_file.read_text().splitlines()
    assert len(lines) == 1 + len(meant)
    assert [int(line.split(",")[0]) for line in lines[1:]] == sorted(meant)

    hrm("import", "hrm-csv", label_file, "--rater", "CD", "-p", second)
    with open_project(first) as one, open_project(second) as two:
        assert nonzero(one.codes(CODER)) == meant
        assert nonzero(two.codes("CD")) == meant
        assert one.codes(CODER).equals(two.codes("CD"))
        assert {Code.LEFT, Code.RIGHT, Code.LOWER} <= set(np.unique(two.codes("CD").to_numpy()))


@pytest.mark.slow
@pytest.mark.parametrize("name", [_FACE, "face_noface.mov"])
def test_the_picture_on_the_screen_is_the_frame_of_the_film(
    name: str, tmp_path: Path, new_seat: Callable[..., Seat]
) -> None:
    film = recording(name)
    with create_project(tmp_path / "study") as project:
        add_participant(project, "7", group="ASD")
        add_video(project, "7", film, name="play", copy=False)
    seat = new_seat()
    seat.open(tmp_path / "study")
    wanted = [140, 3, 141, 60]
    with av.open(str(film)) as container:
        pictures = {
            number: frame.to_ndarray(format="rgb24")
            for number, frame in enumerate(container.decode(container.streams.video[0]))
            if number in wanted
        }
    for number in wanted:
        seat.go_to(number)
        image = seat.player.current._picture
        rows = np.frombuffer(image.constBits(), dtype=np.uint8).reshape(image.height(), image.bytesPerLine())
        shown = rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3)
        assert np.array_equal(shown, pictures[number])
