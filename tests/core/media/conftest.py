"""Clips, made once per run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import pytest

from tests.core.media.clips import KINDS, Kind, make_clip

_KIND_OF = {kind.name: kind for kind in KINDS}


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A clip of the named kind; nobody may change it."""
    folder = tmp_path_factory.mktemp("clips")

    def made(name: str) -> Path:
        path = folder / name
        if not path.exists():
            kind: Kind = _KIND_OF[name]
            if kind.codec not in av.codecs_available:
                pytest.skip(f"this FFmpeg has no encoder {kind.codec}")
            make_clip(path, kind)
        return path

    return made


@pytest.fixture
def closed(clip: Callable[[str], Path]) -> Path:
    """H.264 in MP4 with B-frames and a key frame every 24."""
    return clip("closed.mp4")
