"""A folder of images is a video."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hrm_core.errors import InvalidFileError, NotFoundError
from hrm_core.media import open_video, write_still
from hrm_core.media.frame_folder import MANIFEST, FrameFolder, write_manifest
from hrm_core.media.image_folder import ImageFolder
from tests.core.media.clips import picture, read_number


def _fill(folder: Path, names: dict[str, int]) -> Path:
    for name, number in names.items():
        write_still(picture(number), folder / name)
    return folder


def test_images_come_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    numbers = [100, 2, 33, 1, 10]
    folder = _fill(tmp_path / "帧 图", {f"{number}_0.jpg": number for number in numbers})
    with open_video(folder) as video:
        assert isinstance(video, ImageFolder)
        assert video.names == ("1_0.jpg", "2_0.jpg", "10_0.jpg", "33_0.jpg", "100_0.jpg")
        assert [read_number(frame) for frame in video] == sorted(numbers)
        assert video.size == (192, 96)
        assert video[0].shape == (96, 192, 3)
        assert video[0].dtype == np.uint8
        assert video[0].flags.writeable
        with pytest.raises(IndexError):
            video[5]


def test_names_of_openface(tmp_path: Path) -> None:
    names = {f"frame_det_00_{number:06d}.png": number for number in (21, 3, 110)}
    with open_video(_fill(tmp_path, names)) as video:
        assert [read_number(frame) for frame in video] == [3, 21, 110]


def test_frames_are_spread_evenly(tmp_path: Path) -> None:
    folder = _fill(tmp_path, {"000001.jpg": 1, "000002.jpg": 2, "000003.jpg": 3})
    video = ImageFolder(folder, fps=25)
    assert [video.time(n) for n in range(3)] == pytest.approx([0, 0.04, 0.08])
    assert video.fps == 25
    with pytest.raises(ValueError, match="fps"):
        ImageFolder(folder, fps=0)


def test_other_files_are_passed_over(tmp_path: Path) -> None:
    _fill(tmp_path, {"1.jpg": 1, "2.JPG": 2})
    for name in ("._1.jpg", "Thumbs.db", "notes.txt"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "3").mkdir()
    with open_video(tmp_path) as video:
        assert isinstance(video, ImageFolder)
        assert video.names == ("1.jpg", "2.JPG")


def test_a_picture_is_rgb(tmp_path: Path) -> None:
    with open_video(_fill(tmp_path, {"1.png": 5})) as video:
        assert np.array_equal(video[0], picture(5))


def test_what_is_wrong_is_explained(tmp_path: Path) -> None:
    with pytest.raises(InvalidFileError, match="holds no images"):
        open_video(tmp_path)
    with pytest.raises(NotFoundError, match="no folder"):
        ImageFolder(tmp_path / "gone")
    _fill(tmp_path, {"1.jpg": 1})
    (tmp_path / "2.jpg").write_bytes(b"no image")
    (tmp_path / "3.jpg").write_bytes(b"")
    (tmp_path / "4.jpg").write_bytes(b"later gone")
    with open_video(tmp_path) as video:
        (tmp_path / "4.jpg").unlink()
        for number in (1, 2):
            with pytest.raises(InvalidFileError, match=f"{number + 1}.jpg is not an image"):
                video[number]
        with pytest.raises(NotFoundError, match="is not there"):
            video[3]


def test_a_note_numbers_the_frames_by_their_names(tmp_path: Path) -> None:
    _fill(tmp_path, {"412_0.jpg": 12, "7_0.jpg": 7, "000413.jpg": 13})
    write_manifest(tmp_path, FrameFolder(frame_count=500, fps=25.0))
    with open_video(tmp_path) as video:
        assert isinstance(video, ImageFolder)
        assert (len(video), video.numbers, video.fps) == (500, (7, 412, 413), 25.0)
        assert [read_number(video[n]) for n in video.numbers] == [7, 12, 13]
        assert video.time(413) == pytest.approx(413 / 25)
        with pytest.raises(InvalidFileError, match="Frame 8 is not among the frames in"):
            video[8]


@pytest.mark.parametrize("name", ["500_0.jpg", "face.jpg", "7_0.png"])
def test_a_name_that_contradicts_the_note_is_refused(tmp_path: Path, name: str) -> None:
    _fill(tmp_path, {"7_0.jpg": 7, name: 1})
    write_manifest(tmp_path, FrameFolder(frame_count=500, fps=25.0))
    with pytest.raises(InvalidFileError, match="frames 0 to 499"):
        open_video(tmp_path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is damaged"),
        ("[]", "is damaged"),
        ('{"format": 1, "frame_count": 0, "fps": 30}', "is damaged"),
        ('{"format": 1, "frame_count": 9, "fps": 30, "wings": 2}', "is damaged"),
        ('{"format": 2}', "newer version"),
    ],
)
def test_a_damaged_note_is_explained(tmp_path: Path, text: str, words: str) -> None:
    _fill(tmp_path, {"7_0.jpg": 7})
    (tmp_path / MANIFEST).write_text(text, encoding="utf-8")
    with pytest.raises(InvalidFileError, match=words):
        open_video(tmp_path)
