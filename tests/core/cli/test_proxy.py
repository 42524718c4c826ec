"""``hrm video proxy`` and what ``hrm add video`` says about it."""

from __future__ import annotations

from pathlib import Path

import pytest

from hrm_core.media import proxy_parts
from tests.core.cli.conftest import Hrm
from tests.core.media.clips import FRAMES, KINDS, make_clip


@pytest.fixture(scope="module")
def long_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A single group of pictures: every jump decodes half of it."""
    return make_clip(tmp_path_factory.mktemp("long") / "play time 2.mp4", KINDS[2])


def _proxies(study: Path) -> list[Path]:
    return list((study / ".hrm-cache" / "proxies").glob("*.mp4"))


def test_adding_a_video_in_which_jumps_are_slow_offers_one(hrm: Hrm, study: Path, long_film: Path) -> None:
    said = hrm("add", "video", "S1", long_film)
    assert said.code == 0
    assert 'hrm video proxy S1 --video "play time 2"' in said.err
    assert _proxies(study) == []
    said = hrm("video", "proxy", "S1", "--video", "play time 2")
    assert (said.code, said.err) == (0, "")
    assert f"'play time 2': proxy of {FRAMES} frames, in " in said.out
    assert " MB" in said.out
    assert len(_proxies(study)) == 1
    assert "there already" in hrm("video", "proxy", "S1", "--video", "play time 2").out


def test_the_command_offered_names_the_project(
    hrm: Hrm, study: Path, long_film: Path, tmp_path: Path
) -> None:
    said = hrm("add", "video", "S1", long_film, "--project", study)
    assert f'--project "{study}"' in said.err


def test_adding_with_one(hrm: Hrm, study: Path, long_film: Path) -> None:
    said = hrm("add", "video", "S1", long_film, "--proxy")
    assert (said.code, said.err) == (0, "")
    assert f"proxy of {FRAMES} frames" in said.out
    assert len(_proxies(study)) == 1


def test_all_of_a_study_and_away_with_them(hrm: Hrm, study: Path, long_film: Path) -> None:
    hrm("add", "video", "S1", long_film)
    made = hrm("video", "proxy", "--json").json
    assert [(row["participant"], row["video"], row["made"], row["frames"]) for row in made] == [
        ("S1", "play time 1", True, 12),
        ("S1", "play time 2", True, FRAMES),
    ]
    assert {row["bytes"] for row in made} == {file.stat().st_size for file in _proxies(study)}
    again = hrm("video", "proxy", "--json").json
    assert [row["made"] for row in again] == [False, False]
    assert "free again" in hrm("video", "proxy", "S1", "--video", "play time 1", "--remove").out
    assert len(_proxies(study)) == 1
    assert hrm("video", "proxy", "--remove", "--json").json["freed_bytes"] > 1000
    assert _proxies(study) == []
    assert hrm("video", "proxy", "--remove").out.strip() == "There was no proxy."


def test_a_missing_file_does_not_keep_the_others_waiting(hrm: Hrm, study: Path, long_film: Path) -> None:
    hrm("add", "video", "S1", long_film)
    next((study / "Origin Videos").rglob("play time 1.mp4")).unlink()
    said = hrm("video", "proxy")
    assert said.code == 1
    assert "play time 1" in said.err
    assert len(_proxies(study)) == 1


def test_a_damaged_one_is_made_again_and_said_so(hrm: Hrm, study: Path) -> None:
    hrm("video", "proxy")
    (file,) = _proxies(study)
    file.write_bytes(file.read_bytes()[:-10])
    said = hrm("video", "proxy")
    assert said.code == 0
    assert "the old proxy is cut off, so it was made again" in said.err


def test_a_full_disk_ends_it_with_one_sentence(
    hrm: Hrm, study: Path, long_film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hrm("add", "video", "S1", long_film)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(proxy_parts.Parts, "_encode", full)
    said = hrm("video", "proxy")
    assert said.code == 1
    assert said.err.count("\n") == 1
    assert "No space left on device" in said.err
    assert "make room on the disk" in said.err
