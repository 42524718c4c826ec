"""From a real recording to faces, and to a person who corrects them, by command line."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from hrm_core.media import open_video, read_still
from tests.support.programs import ROOT

_SHARED = ROOT.parent / "shared"
_YUNET = _SHARED / "models" / "yunet_n_dynamic.onnx"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not _YUNET.is_file(), reason="shared/ with recordings is not beside the project"),
]
_MAIN = [sys.executable, "-m", "hrm_core.cli.main"]


def hrm(*words: object, code: int = 0) -> str:
    """Run the command `hrm` as a person would."""
    done = subprocess.run([*_MAIN, *map(str, words)], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == code, done.stderr
    return done.stdout if code == 0 else done.stderr


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A recording with one face, and one in which the face leaves."""
    folder = tmp_path / "study"
    hrm("init", folder)
    for code, name in (("7", "single_face.mp4"), ("8", "face_noface.mov")):
        hrm("add", "participant", code, "--group", "ASD", "-p", folder)
        hrm("add", "video", code, _SHARED / "data" / name, "--name", "play", "-p", folder)
    hrm("add", "neutral", "7", "--frame", "0", "-p", folder)
    hrm("add", "rater", "Ada", "-p", folder)
    return folder


def test_from_recordings_to_faces_and_back(study: Path) -> None:
    extract = ("extract", "faces", "--weights", _YUNET, "-p", study)
    assert "It would be 241 frames" in hrm(*extract, "--dry-run")
    report = json.loads(hrm(*extract, "--json"))
    one, leaves = report["videos"]
    assert (one["frames"], one["with_child"], one["aligned"], one["crops"]) == (72, 72, 72, 72)
    assert leaves["frames"] == 169
    # The face leaves in the second half of the recording and does not come back.
    assert 60 <= leaves["with_child"] <= 85
    assert leaves["with_child"] + leaves["without_face"] == 169
    assert [event["kind"] for event in leaves["events"]] == ["lost"]
    assert [entry["faces"] for entry in report["neutral"]] == [1]
    rows = pq.read_table(one["features"]).to_pylist()
    with open_video(study / "Aligned Face" / "ASD" / "Participant-7" / "play") as pictures:
        assert (len(pictures), pictures[71].shape) == (72, (224, 224, 3))
    # The eyes are where an aligned face has them, to within some pixels.
    for row in rows[::10]:
        turn = np.array([[row["align_00"], row["align_01"]], [row["align_10"], row["align_11"]]])
        five = np.array([[row[f"five_{place}_{axis}"] for axis in "xy"] for place in range(5)])
        aligned = five @ turn.T + [row["align_02"], row["align_12"]]
        assert np.abs(aligned[:2] - [[76.6, 103.4], [147.1, 103.0]]).max() < 12
    assert "0 frames" in hrm(*extract)
    sheet = study / "sheet.png"
    hrm("faces", "show", "7", "--contact-sheet", sheet, "--every", "24", "-p", study)
    assert read_still(sheet).shape[1] == 3 * 326 + 6
    pick = ("faces", "pick", "7", "--frame", 9, "--face", 0, "--by", "Ada", "--json", "-p", study)
    picked = json.loads(hrm(*pick))
    assert picked["changed"] == []
    said = hrm("faces", "pick", "8", "--frame", 160, "--face", 0, "--by", "Ada", "-p", study, code=1)
    assert said == "hrm: Frame 160 has no face 0; none was found in it.\n"


def test_a_killed_run_goes_on(study: Path) -> None:
    parts = study / "InsightFace Features" / "ASD" / "Participant-7" / ".play.parts"
    script = (
        "from hrm_core.workflows import look_for_faces; look_for_faces.PART_FRAMES = 8\n"
        "import sys; from hrm_core.cli.main import run\n"
        f"sys.argv = ['hrm', 'extract', 'faces', '--weights', {str(_YUNET)!r}, '-p', {str(study)!r}]; run()"
    )
    with subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.DEVNULL) as program:
        deadline = time.monotonic() + 120
        while len(list(parts.glob("*.parquet"))) < 3:
            assert program.poll() is None, "it ended before it was killed"
            assert time.monotonic() < deadline
            time.sleep(0.005)
        program.send_signal(signal.SIGKILL)
        program.wait()
    report = json.loads(hrm("extract", "faces", "--weights", _YUNET, "--json", "-p", study))
    one, other = report["videos"]
    assert one["there"] >= 24
    assert one["there"] + one["looked"] == one["frames"] == 72
    assert other["frames"] == 169
    assert len(list((study / "Face Crops").rglob("*.jpg"))) == one["with_child"] + other["with_child"]
    assert not list(study.rglob("*.part"))
    assert not parts.exists()
