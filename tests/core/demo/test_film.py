from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest

from hrm_core.demo import DemoParticipant, Recording, render_frame, write_video
from hrm_core.demo.film import COMMENT
from hrm_core.errors import Cancelled, UserError
from hrm_core.progress import CancelToken, NoProgress


class _StopAfter(NoProgress):
    def __init__(self, cancel: CancelToken, frames: int) -> None:
        self._cancel, self._left = cancel, frames

    def advance(self, units: int = 1) -> None:
        self._left -= units
        if self._left <= 0:
            self._cancel.cancel()


@pytest.fixture(scope="module")
def short(study: tuple[DemoParticipant, ...]) -> DemoParticipant:
    whole = study[0].recording
    clip = slice(20, 85)
    return replace(study[0], recording=Recording(whole.intensities[clip], whole.codes[clip], ((5, 60),), 0))


def test_a_written_video_decodes_to_its_frames(short: DemoParticipant, tmp_path: Path) -> None:
    path = tmp_path / "child.mp4"

    write_video(short, path, NoProgress(), CancelToken())

    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert container.metadata["comment"] == COMMENT
        frames = list(container.decode(stream))
    assert len(frames) == short.n_frames
    assert {int(frame.pict_type) for frame in frames} == {1, 2, 3}  # I, P and B
    assert [number for number, frame in enumerate(frames) if frame.key_frame] == [0, 60]
    decoded = frames[40].to_ndarray(format="rgb24").astype(int)
    assert np.abs(decoded - render_frame(short, 40)).mean() < 4
    assert [entry.name for entry in tmp_path.iterdir()] == ["child.mp4"]


def test_stopping_leaves_no_file(short: DemoParticipant, tmp_path: Path) -> None:
    cancel = CancelToken()

    with pytest.raises(Cancelled):
        write_video(short, tmp_path / "child.mp4", _StopAfter(cancel, 20), cancel)

    assert list(tmp_path.iterdir()) == []


def test_stopping_keeps_the_video_that_was_there(short: DemoParticipant, tmp_path: Path) -> None:
    path = tmp_path / "child.mp4"
    path.write_bytes(b"earlier")
    cancel = CancelToken()
    cancel.cancel()

    with pytest.raises(Cancelled):
        write_video(short, path, NoProgress(), cancel)

    assert path.read_bytes() == b"earlier"


def test_a_missing_folder_is_explained(short: DemoParticipant, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="could not be written"):
        write_video(short, tmp_path / "nowhere" / "child.mp4", NoProgress(), CancelToken())


def test_the_same_recording_makes_the_same_file(short: DemoParticipant, tmp_path: Path) -> None:
    for name in ("one.mp4", "other.mp4"):
        write_video(short, tmp_path / name, NoProgress(), CancelToken())

    assert (tmp_path / "one.mp4").read_bytes() == (tmp_path / "other.mp4").read_bytes()
