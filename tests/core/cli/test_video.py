"""``hrm video relink | ledger | find`` and ``hrm extract frames`` as they are typed."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from hrm_core.media import write_still
from tests.core.cli.conftest import Hrm
from tests.core.media.clips import KINDS, make_clip, re_encoded


@pytest.fixture
def study(hrm: Hrm, tmp_path: Path) -> Path:
    """A child with a numbered video of 110 frames."""
    folder = tmp_path / "study"
    film = make_clip(tmp_path / "film.mp4", KINDS[0])
    for words in (
        ("init", folder),
        ("add", "participant", "7", "--group", "ASD", "-p", folder),
        ("add", "rater", "Ada", "-p", folder),
        ("add", "video", "7", film, "--clip", "50-60", "-p", folder),
    ):
        assert hrm(*words).code == 0
    return folder


def test_relinking_says_where_every_frame_went(hrm: Hrm, study: Path, tmp_path: Path) -> None:
    trimmed, _ = re_encoded(tmp_path / "film.mp4", tmp_path / "trimmed.mp4", lambda n: n >= 30)
    words = ("video", "relink", "7", trimmed, "--by", "Ada", "-p", study)
    dry = hrm(*words, "--dry-run")
    assert dry.code == 0
    assert re.fullmatch(
        r"old frames new frames 0-29 not there 30-109 0-79 80 of 110 frames found; the new file has 80\. "
        r"Their looks differ by [\d.]+ % in the median\. Nothing was written\.",
        " ".join(dry.out.split()),
    )
    assert hrm(*words, "--dry-run", "--json").json["runs"] == [
        {"first": 0, "last": 29, "new_first": None},
        {"first": 30, "last": 109, "new_first": 0},
    ]
    done = hrm(*words)
    assert done.code == 0
    assert "is connected to trimmed.mp4 now" in done.out
    assert hrm("info", "--json", "-p", study).json["participants"][0]["videos"][0]["clips"] == [[20, 30]]


def test_somebody_must_do_it(hrm: Hrm, study: Path, tmp_path: Path) -> None:
    words = ("video", "relink", "7", tmp_path / "film.mp4", "-p", study)
    unknown = hrm(*words, "--by", "Zoe")
    assert (unknown.code, unknown.err.count("\n")) == (1, 1)
    # Nobody has labelled it yet, so nobody's history is written.
    assert hrm(*words, "--dry-run").code == 0


def test_ledgers_are_made_later(hrm: Hrm, study: Path, tmp_path: Path) -> None:
    film = make_clip(tmp_path / "second.mp4", KINDS[0], 20)
    assert hrm("add", "video", "7", film, "--without-ledger", "-p", study).code == 0
    assert "look not kept" in str(hrm("dataset", "check", study, "--json").json["findings"])
    said = hrm("video", "ledger", "7", "-p", study)
    assert "video 'second': 20 frames noted." in said.out
    assert "look not kept" not in str(hrm("dataset", "check", study, "--json").json["findings"])


def test_moved_videos_are_found(hrm: Hrm, study: Path, tmp_path: Path) -> None:
    assert "No video is missing." in hrm("video", "find", tmp_path, "-p", study).out
    (study / "Origin Videos/ASD/Participant-7/film.mp4").unlink()
    found = hrm("video", "find", tmp_path, "-p", study)
    assert (found.code, str(tmp_path / "film.mp4") in found.out) == (0, True)
    (tmp_path / "film.mp4").unlink()
    assert hrm("video", "find", tmp_path, "-p", study).code == 1


def test_one_file_that_is_gone_stops_no_other_ledger(hrm: Hrm, study: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        film = make_clip(tmp_path / f"{name}.mp4", KINDS[0], 20)
        assert hrm("add", "video", "7", film, "--without-ledger", "-p", study).code == 0
    (study / "Origin Videos/ASD/Participant-7/a.mp4").unlink()
    said = hrm("video", "ledger", "-p", study)
    assert said.code == 1
    assert "Participant 7: The file of video 'a' is not where it was" in said.err
    assert "video 'b': 20 frames noted." in said.out


def test_a_folder_of_images_that_is_gone_is_named(hrm: Hrm, study: Path, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    write_still(np.zeros((48, 64, 3), np.uint8), folder / "1.png")
    assert hrm("add", "video", "7", folder, "--link", "-p", study).code == 0
    folder.rename(tmp_path / "moved")
    said = hrm("video", "find", tmp_path, "-p", study)
    assert said.code == 1
    assert "pictures: not found (folders of images are not recognised: put it back" in said.out


def test_frames_are_extracted_and_summed_up(hrm: Hrm, study: Path) -> None:
    assert "It would be 110 frames." in hrm("extract", "frames", "--dry-run", "-p", study).out
    said = hrm(
        "extract", "frames", "--participants", " 7 ", "--participants", "7", "--clips-only", "-p", study
    )
    assert (said.code, "Wrote 11 frames in" in said.out, "frames/s" in said.out) == (0, True, True)
    report = hrm("extract", "frames", "--every", "10", "--json", "-p", study).json
    # Frames 50 and 60 came with the clip.
    assert (report["frames"], report["videos"][0]["there"]) == (9, 2)
    assert hrm("extract", "frames", "--every", "0", "-p", study).code == 2
    assert hrm("extract", "frames", "--quality", "40", "-p", study).code == 1
    assert hrm("extract", "frames", "--participants", "8", "-p", study).code == 1


def test_a_video_that_is_gone_ends_with_1(hrm: Hrm, study: Path) -> None:
    (study / "Origin Videos/ASD/Participant-7/film.mp4").unlink()
    said = hrm("extract", "frames", "-p", study)
    assert said.code == 1
    assert "Note: Participant 7: The file of video 'film' is not where it was" in said.err
