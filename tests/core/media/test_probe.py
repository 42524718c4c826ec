"""Facts about a video, and sentences for what is none."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from hrm_core.errors import InvalidFileError, NotFoundError, UserError
from hrm_core.media import VideoFacts, open_video, probe
from tests.core.media.clips import FRAMES

Clip = Callable[[str], Path]


def test_facts(closed: Path) -> None:
    facts = probe(closed)
    assert isinstance(facts, VideoFacts)
    assert (facts.codec, facts.width, facts.height) == ("h264", 192, 96)
    assert (facts.rotation_deg, facts.flipped, facts.variable_rate) == (0, False, False)
    assert facts.frame_count == FRAMES
    assert (facts.fps, facts.duration_s) == pytest.approx((30, FRAMES / 30))


def test_a_turned_video_is_as_large_as_it_is_shown(clip: Clip) -> None:
    facts = probe(clip("turned.mp4"))
    assert (facts.width, facts.height, facts.rotation_deg) == (96, 192, 90)


@pytest.mark.parametrize(
    ("name", "variable"), [("irregular.mp4", True), ("closed.mkv", False), ("late.mp4", False)]
)
def test_a_variable_rate_is_noticed(clip: Clip, name: str, variable: bool) -> None:
    assert probe(clip(name)).variable_rate is variable


def test_the_mean_rate_of_a_variable_one(clip: Clip) -> None:
    with open_video(clip("irregular.mp4")) as video:
        assert video.fps == pytest.approx((FRAMES - 1) / video.time(FRAMES - 1))


def test_a_single_frame(tmp_path: Path) -> None:
    from tests.core.media.clips import KINDS, make_clip

    facts = probe(make_clip(tmp_path / "one.mp4", KINDS[0], frames=1))
    assert (facts.frame_count, round(facts.fps)) == (1, 30)


def _text(path: Path) -> None:
    path.write_text("frame,AU1,AU2\n1,0,0\n" * 500, encoding="utf-8")


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _noise(path: Path) -> None:
    path.write_bytes(np.random.default_rng(0).bytes(50_000))


def _playlist(path: Path) -> None:
    path.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nother.ts\n", encoding="utf-8")


def _sound(path: Path) -> None:
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("aac", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.float32), "fltp", "mono")
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (_text, "is not a video"),
        (_empty, r"is empty \(0 bytes\)"),
        (_noise, "is not a video"),
        (_playlist, "is not a video"),
        (_sound, "sound but no video"),
    ],
)
@pytest.mark.parametrize("suffix", [".mp4", ".txt"])
def test_what_is_no_video_is_explained(
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    make: Callable[[Path], None],
    what: str,
    suffix: str,
) -> None:
    path = tmp_path / f"Participant-7{suffix}"
    make(path)
    for read in (probe, open_video):
        with pytest.raises(InvalidFileError, match=what) as caught:
            read(path)
        assert str(path) in str(caught.value)
        assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", "")


def test_a_cut_off_mp4_is_explained(closed: Path, tmp_path: Path) -> None:
    path = tmp_path / "cut.mp4"
    path.write_bytes(closed.read_bytes()[:-3000])
    with pytest.raises(InvalidFileError, match="cut off before its index was written"):
        probe(path)


def test_a_missing_file_is_explained(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"There is no file .*gone\.mp4"):
        open_video(tmp_path / "gone.mp4")


def test_a_folder_has_no_facts(tmp_path: Path) -> None:
    with pytest.raises(InvalidFileError, match="is a folder"):
        probe(tmp_path)


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="permissions do not bind this user"
)
def test_a_forbidden_file_is_explained(closed: Path, tmp_path: Path) -> None:
    path = tmp_path / "secret.mp4"
    path.write_bytes(closed.read_bytes())
    path.chmod(0)
    with pytest.raises(InvalidFileError, match="may not be read"):
        probe(path)


def test_refused_permission_is_told_as_such(closed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(UserError, match="may not be read: ask its owner"):
        probe(closed)
