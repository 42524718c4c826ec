"""Folders of frames are looked over without decoding a picture."""

from __future__ import annotations

from pathlib import Path

import cv2
import pytest

from hrm_core.errors import InvalidFileError, NotFoundError
from hrm_core.media import write_still
from hrm_core.media.frame_files import is_whole, list_frames, not_whole
from hrm_core.media.frame_folder import FrameFolder, frame_name, write_manifest
from tests.core.media.clips import picture


@pytest.mark.parametrize("name", ["1.jpg", "1.png", "1.jpeg"])
def test_a_written_picture_is_whole_and_a_cut_one_is_not(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    write_still(picture(3), path)
    data = path.read_bytes()
    assert is_whole(path)
    path.write_bytes(data + b"\0" * 20)
    assert is_whole(path)
    for broken in (b"", data[:-2], data[: len(data) // 2], data[2:], b"\0" * len(data), b"\xff\xd8"):
        path.write_bytes(broken)
        assert not is_whole(path), len(broken)
    path.unlink()
    assert not is_whole(path)


def test_a_cut_picture_filled_up_with_zero_bytes_is_not_whole(tmp_path: Path) -> None:
    path = tmp_path / "1.jpg"
    write_still(picture(3), path)
    data = path.read_bytes()
    path.write_bytes(data[:-300] + b"\0" * 300)
    assert not is_whole(path)


def test_what_a_file_holds_counts_not_its_name(tmp_path: Path) -> None:
    write_still(picture(3), tmp_path / "a.png")
    (tmp_path / "a.png").rename(tmp_path / "a.jpg")
    assert is_whole(tmp_path / "a.jpg")
    (tmp_path / "a.bmp").write_bytes(b"BM and something")
    (tmp_path / "b.bmp").write_bytes(b"")
    assert (is_whole(tmp_path / "a.bmp"), is_whole(tmp_path / "b.bmp")) == (True, False)


def test_frames_are_listed_by_number_and_none_is_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (0, 3, 9, 12):
        write_still(picture(number), tmp_path / frame_name(number))
    for name in ("face.jpg", "20_0.jpg", "9_0.jpg"):
        write_still(picture(1), tmp_path / name)
    (tmp_path / frame_name(3)).write_bytes(b"")
    write_manifest(tmp_path, FrameFolder(frame_count=20, fps=25.0, every=3))
    monkeypatch.setattr(cv2, "imdecode", None)
    listed = list_frames(tmp_path)
    # 9_0.jpg comes before 000009.jpg in natural order of names, or behind it: one of them is too many.
    assert listed.numbers.tolist() == [0, 3, 9, 12]
    assert {path.name for path in listed.misnamed} - {"000009.jpg", "9_0.jpg"} == {"face.jpg", "20_0.jpg"}
    assert len(listed.misnamed) == 3
    assert listed.missing.tolist() == [6, 15, 18]
    assert (listed.frame_count, not_whole(listed.files)) == (20, [3])


def test_without_a_note_frames_are_numbered_by_their_order(tmp_path: Path) -> None:
    for name in ("10_0.jpg", "2_0.jpg"):
        write_still(picture(1), tmp_path / name)
    listed = list_frames(tmp_path)
    assert [listed.files[n].name for n in (0, 1)] == ["2_0.jpg", "10_0.jpg"]
    assert (listed.frame_count, listed.missing.tolist()) == (2, [])


def test_a_folder_without_pictures_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidFileError, match="holds no images"):
        list_frames(tmp_path)
    with pytest.raises(NotFoundError, match="no folder"):
        list_frames(tmp_path / "gone")
