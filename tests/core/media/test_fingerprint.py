"""A file is recognised by what it holds."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from hrm_core.errors import InvalidFileError, NotFoundError
from hrm_core.media import fingerprint

_MIB = 1024 * 1024


def test_a_small_file_is_hashed_whole(tmp_path: Path) -> None:
    path = tmp_path / "受试者.mp4"
    path.write_bytes(b"abc")
    assert fingerprint(path) == f"sha256:{hashlib.sha256(b'abc').hexdigest()}"
    assert fingerprint(str(path.rename(tmp_path / "moved.mov"))).startswith("sha256:ba7816bf")


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A file of 40 MiB, sparse."""
    path = tmp_path / "large.mp4"
    with path.open("wb") as stream:
        stream.truncate(40 * _MIB)
    return path


@pytest.mark.parametrize("place", [0, _MIB, 40 * _MIB - 1])
def test_a_large_file_changes_with_its_ends(large: Path, place: int) -> None:
    before = fingerprint(large)
    with large.open("r+b") as stream:
        stream.seek(place)
        stream.write(b"x")
    assert before.startswith("sampled1:")
    assert fingerprint(large) != before


def test_a_large_file_changes_with_its_size(large: Path) -> None:
    before = fingerprint(large)
    with large.open("ab") as stream:
        stream.write(b"\0")
    assert fingerprint(large) != before


def test_what_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        fingerprint(tmp_path / "gone.mp4")
    with pytest.raises(InvalidFileError):
        fingerprint(tmp_path)
