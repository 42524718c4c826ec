"""``hrm extract faces`` and ``hrm faces`` as they are typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hrm_core.cli import extract_faces
from tests.core.cli.conftest import Hrm
from tests.support.drawn_faces import DiscDetector, disc_film, disc_places


@pytest.fixture
def discs(hrm: Hrm, study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The study with a film of two discs, which are found as faces."""
    monkeypatch.setattr(extract_faces, "open_detector", lambda *_, **__: DiscDetector())
    film = disc_film(tmp_path / "discs.mp4", disc_places(20, gap=range(8, 11)))
    assert hrm("add", "participant", "S2", "--group", "TD").code == 0
    assert hrm("add", "video", "S2", film, "--name", "discs").code == 0
    assert hrm("add", "rater", "Ada").code == 0
    return study


def test_faces_are_extracted_and_summed_up(hrm: Hrm, discs: Path) -> None:
    assert "It would be 32 frames." in hrm("extract", "faces", "--dry-run").out
    said = hrm("extract", "faces", "--participants", "S2", "--features-only")
    assert (said.code, said.err) == (0, "")
    assert "Looked at 20 frames" in said.out
    assert not (discs / "Face Crops").exists()
    report = hrm("extract", "faces", "--video", "discs", "--json").json
    (video,) = report["videos"]
    assert (video["there"], video["looked"], video["crops"], video["several_faces"]) == (20, 0, 17, 17)
    assert (report["detector"], report["frames_per_s"]) == ("discs", 0.0)
    assert hrm("extract", "faces", "--every", "0").code == 2
    assert hrm("extract", "faces", "--pack", "a", "--weights", "b").code == 2
    assert hrm("extract", "faces", "--participants", "9").code == 1


def test_what_went_wrong_with_one_video_is_said_and_the_others_are_done(hrm: Hrm, discs: Path) -> None:
    (discs / "Origin Videos" / "ASD" / "Participant-S1" / "play time 1.mp4").unlink()
    said = hrm("extract", "faces")
    assert said.code == 1
    assert "Participant S1" in said.err
    assert "is not where it was" in said.err
    assert "Looked at 20 frames" in said.out
    # Neither what is printed nor what is said names a group.
    assert "TD" not in said.out + said.err


def test_a_face_is_shown_picked_and_shown_again(hrm: Hrm, discs: Path) -> None:
    assert "No faces are known" in hrm("faces", "show", "S2", "--frame", "3").err
    hrm("extract", "faces")
    assert "2 faces in frame 3." in hrm("faces", "show", "S2", "--frame", "3").out
    said = hrm("faces", "pick", "S2", "--frame", "12", "--at", "260,64", "--by", "Ada")
    assert said.code == 0
    assert "Face 1 of frame 12 is the child's: 8 frames changed, 8 aligned pictures" in said.out
    listed = hrm("faces", "show", "S2", "--frame", "12", "--json").json
    assert [face["child"] for face in listed] == [False, True]
    drawn = json.loads(hrm("faces", "show", "S2", "--contact-sheet", "s.png", "--every", "4", "--json").out)
    # In frame 8 the child is not seen, so that nobody knows that all eyes are covered.
    assert (drawn["frames"], drawn["withheld"]) == (5, [8])
    assert (discs / "s.png").is_file()


@pytest.mark.parametrize(
    "words",
    [
        ["show", "S2"],
        ["show", "S2", "--frame", "1", "--eyes-shown", "--by", "Ada"],
        ["show", "S2", "--contact-sheet", "s.png", "--eyes-shown"],
        ["pick", "S2", "--frame", "1", "--face", "0"],
        ["pick", "S2", "--frame", "1", "--at", "left", "--by", "Ada"],
    ],
)
def test_half_of_a_wish_is_wrong_use(hrm: Hrm, discs: Path, words: list[str]) -> None:
    assert hrm("faces", *words).code == 2
    assert not (discs / "s.png").exists()
