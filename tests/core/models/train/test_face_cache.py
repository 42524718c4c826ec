"""Faces are cached once, bit by bit as networks see them later, whole or not at all."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from hrm_core.errors import Cancelled, InvalidFileError
from hrm_core.models.card import InputSpec
from hrm_core.models.inputs import prepared
from hrm_core.models.train.face_cache import cached_faces
from hrm_core.progress import CancelToken

Read = Callable[[], NDArray[np.uint8]]


def pictures(count: int = 200, seed: int = 0) -> list[NDArray[np.uint8]]:
    draw = np.random.default_rng(seed)
    return [draw.integers(0, 256, (11 + k % 5, 13, 3), dtype=np.uint8) for k in range(count)]


def reading(faces: list[NDArray[np.uint8]]) -> list[Read]:
    return [partial(np.copy, face) for face in faces]


def test_faces_are_those_that_predicting_sees(tmp_path: Path) -> None:
    faces = pictures()
    cache = cached_faces(tmp_path, reading(faces), "a" * 64, 8)
    assert (cache.shape, cache.dtype) == ((200, 8, 8, 3), np.uint8)
    spec = InputSpec(8, "pil-bilinear", (0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
    for face, cached in zip(faces, cache, strict=True):
        seen = np.rint(prepared(face, spec) * 255).astype(np.uint8).transpose(1, 2, 0)
        assert np.array_equal(cached, seen)


def test_a_cache_is_made_once_and_others_go(tmp_path: Path) -> None:
    faces = pictures(3)

    def never() -> NDArray[np.uint8]:
        raise AssertionError("a picture was read again")

    cached_faces(tmp_path, reading(faces), "a" * 64, 8)
    cached_faces(tmp_path, [never] * 3, "a" * 64, 8)
    cached_faces(tmp_path, reading(faces), "b" * 64, 8)
    assert [file.name for file in tmp_path.iterdir()] == [f".faces-{'b' * 16}-8.npy"]


def test_a_face_that_cannot_be_read_leaves_nothing(tmp_path: Path) -> None:
    def damaged() -> NDArray[np.uint8]:
        raise InvalidFileError("000012.jpg cannot be read: make it again.")

    with pytest.raises(InvalidFileError, match=r"^000012.jpg cannot be read"):
        cached_faces(tmp_path, [*reading(pictures(3)), damaged], "a" * 64, 8)
    assert not list(tmp_path.iterdir())


def test_stopped_on_request(tmp_path: Path) -> None:
    cancel = CancelToken()

    def last() -> NDArray[np.uint8]:
        cancel.cancel()
        return np.zeros((4, 4, 3), dtype=np.uint8)

    with pytest.raises(Cancelled):
        cached_faces(tmp_path, [*reading(pictures(5)), last], "a" * 64, 8, cancel=cancel)
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit of the size of files")
def test_a_full_disk_is_one_sentence(tmp_path: Path) -> None:
    script = """
import resource, signal, sys
from pathlib import Path
import numpy as np
from hrm_core.errors import InvalidFileError
from hrm_core.models.train.face_cache import cached_faces
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
try:
    cached_faces(Path(sys.argv[1]), [lambda: np.zeros((64, 64, 3), np.uint8)] * 20, "a" * 64, 64)
except InvalidFileError as error:
    print(error)
"""
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", script, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "(0.00025 GB) could not be cached in" in ran.stdout
    assert "free some space and start again." in ran.stdout
    assert not list(tmp_path.iterdir())


def test_a_cache_that_was_cut_off_is_made_anew_and_what_was_left_half_written_is_removed(
    tmp_path: Path,
) -> None:
    faces = pictures(20)
    cached_faces(tmp_path, reading(faces), "c" * 64, 8)
    (path,) = tmp_path.glob(".faces-*.npy")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    left, busy = (tmp_path / f"..faces-{name}.part" for name in ("old", "new"))
    for part in (left, busy):
        part.write_bytes(b"half")
    os.utime(left, (0, 0))
    again = cached_faces(tmp_path, reading(faces), "c" * 64, 8)
    assert path.read_bytes() == whole
    assert again.shape == (20, 8, 8, 3)
    assert not left.exists()
    assert busy.exists()


def test_a_part_is_cut_out_before_it_is_resized(tmp_path: Path) -> None:
    face = np.random.default_rng(1).integers(0, 256, (20, 10, 3), dtype=np.uint8)
    cut = (0.1, 0.25, 0.9, 0.65)
    cache = cached_faces(tmp_path, [lambda: face], "b" * 64, 8, cut=cut)
    # Columns 1 to 8, rows 5 to 12: eight by eight, which no filter touches.
    assert np.array_equal(cache[0], face[5:13, 1:9])
    whole = cached_faces(tmp_path, [lambda: face], "b" * 64, 8)
    assert not np.array_equal(whole[0], cache[0])
