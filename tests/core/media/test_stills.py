"""Pictures are written whole or not at all."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest

from hrm_core.errors import InvalidFileError
from hrm_core.media import read_still, write_still
from hrm_core.media.stills import StillError
from tests.core.media.clips import picture, read_number


def _read(path: Path) -> np.ndarray:
    data = np.frombuffer(path.read_bytes(), np.uint8)
    bgr = cv2.imdecode(data, cv2.IMREAD_COLOR)
    assert bgr is not None
    return np.ascontiguousarray(bgr[:, :, ::-1])


def test_png_keeps_every_pixel(tmp_path: Path) -> None:
    write_still(picture(9), tmp_path / "一 二" / "9.png")
    assert np.array_equal(_read(tmp_path / "一 二" / "9.png"), picture(9))


def test_jpeg_quality(tmp_path: Path) -> None:
    write_still(picture(9), str(tmp_path / "fine.jpg"))
    write_still(picture(9), tmp_path / "coarse.JPEG", quality=10)
    assert read_number(_read(tmp_path / "fine.jpg")) == 9
    assert (tmp_path / "coarse.JPEG").stat().st_size < (tmp_path / "fine.jpg").stat().st_size / 2


def test_a_failure_keeps_the_old_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "9.png"
    write_still(picture(9), path)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(StillError, match=r"9\.png could not be written \(No space left"):
        write_still(picture(8), path)
    assert [file.name for file in tmp_path.iterdir()] == ["9.png"]
    assert np.array_equal(_read(path), picture(9))


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(StillError, match="could not be written"):
        write_still(picture(1), tmp_path / "file" / "1.png")


def test_other_suffixes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(StillError, match=r"\.jpg or \.png"):
        write_still(picture(1), tmp_path / "1.gif")


@pytest.mark.parametrize(
    "rgb", [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3)), np.zeros((0, 4, 3), np.uint8)]
)
def test_only_rgb_pictures(tmp_path: Path, rgb: np.ndarray) -> None:
    with pytest.raises(ValueError, match="uint8"):
        write_still(rgb, tmp_path / "1.png")


def test_quality_has_limits(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="1-100"):
        write_still(picture(1), tmp_path / "1.jpg", quality=0)


def test_a_picture_that_claims_to_be_enormous_is_refused(tmp_path: Path) -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    file = tmp_path / "1.png"
    file.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", b"") + chunk(b"IEND", b""))
    with pytest.raises(InvalidFileError, match=r"1\.png is not an image that can be read"):
        read_still(file)
