"""Real recordings, which lie beside the repository and never in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.core.cli.conftest import Hrm

_FOLDER = Path(__file__).parents[3].parent / "shared" / "data"


@pytest.mark.parametrize(
    ("name", "frames"),
    [("WolfgangLanger_Pexels.mp4", 472), ("single_face.mp4", 72), ("face_noface.mov", 169)],
)
def test_a_recording_is_added_with_its_exact_number_of_frames(
    hrm: Hrm, tmp_path: Path, name: str, frames: int
) -> None:
    recording = _FOLDER / name
    if not recording.exists():
        pytest.skip(f"the recording {name} is not on this machine")
    study = tmp_path / "study"
    assert hrm("init", study).code == 0
    assert hrm("add", "participant", "S1", "-p", study).code == 0
    said = hrm("add", "video", "S1", recording, "-p", study)
    # Of the longest one it is said that a proxy makes jumps quick.
    assert said.code == 0
    assert said.err == "" or (said.err.count("\n") == 1 and "hrm video proxy S1" in said.err)
    assert f"{frames} frames" in said.out
    (video,) = hrm("info", "-p", study, "--json").json["participants"][0]["videos"]
    assert video["frames"] == frames
    copies = [path for path in (study / "Origin Videos").rglob("*") if path.is_file()]
    assert [path.stat().st_size for path in copies] == [recording.stat().st_size]
