"""Real recordings, which lie beside the repository and never in it."""

from __future__ import annotations

import random
from pathlib import Path

import av
import numpy as np
import pytest

from hrm_core.media import open_video, probe

_FOLDER = Path(__file__).parents[3].parent / "shared" / "data"
_FRAMES = {
    "WolfgangLanger_Pexels.mp4": 472,
    "single_face.mp4": 72,
    "no_face.mp4": 95,
    "face_noface.mov": 169,
}


@pytest.fixture(params=_FRAMES)
def recording(request: pytest.FixtureRequest) -> Path:
    """One recording, if this machine has them."""
    path = _FOLDER / str(request.param)
    if not path.exists():
        pytest.skip(f"the recording {path.name} is not on this machine")
    return path


def test_the_number_of_frames(recording: Path) -> None:
    assert probe(recording).frame_count == _FRAMES[recording.name]


@pytest.mark.slow
def test_random_access_equals_reading_in_order(recording: Path) -> None:
    with av.open(str(recording)) as container:
        read = [
            (frame.time, frame.to_ndarray(format="rgb24"))
            for frame in container.decode(container.streams.video[0])
        ]
    numbers = range(len(read))
    jumps = random.Random(3).choices(numbers, k=40)
    with open_video(recording, cache_bytes=30_000_000) as video:
        for number in [*jumps, *reversed(numbers[-60:]), *numbers[:60]]:
            time, rgb = read[number]
            assert video.time(number) == pytest.approx(time - read[0][0])
            assert np.array_equal(video[number], rgb)
