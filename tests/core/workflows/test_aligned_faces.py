"""Pictures are taken for the frames that their names say, and read as the published script reads them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from hrm_core.errors import InvalidFileError, NotFoundError
from hrm_core.media import read_still, write_still
from hrm_core.workflows.aligned_faces import aligned_faces

SHARED = Path(__file__).parents[4] / "shared" / "data"


def picture(seed: int = 1, size: int = 64) -> NDArray[np.uint8]:
    """A smooth synthetic picture with some noise: what JPEG is made for."""
    random = np.random.default_rng(seed)
    small = Image.fromarray(random.integers(0, 256, (9, 9, 3), dtype=np.uint8))
    smooth = np.asarray(small.resize((size, size), Image.Resampling.BICUBIC)).astype(int)
    return np.clip(smooth + random.integers(-15, 16, smooth.shape), 0, 255).astype(np.uint8)


def folder_of(place: Path, *names: str) -> Path:
    for name in names:
        Image.fromarray(picture(len(name), 16)).save(_made(place / name))
    return place


def _made(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


@pytest.mark.parametrize(
    ("names", "frames"),
    [
        (("000412.jpg", "000007.jpg"), [7, 412]),
        (("10_0.jpg", "2_0.jpg", "1_0.png"), [1, 2, 10]),
        (("frame_det_00_000012.bmp", "frame_det_00_000003.bmp"), [3, 12]),
    ],
)
def test_names_say_the_frames(tmp_path: Path, names: tuple[str, ...], frames: list[int]) -> None:
    found = aligned_faces(folder_of(tmp_path / "faces", *names))
    assert list(found.files) == frames
    assert found.fingerprint.startswith("faces1:")
    assert all(str(frame) in found.files[frame].stem for frame in frames)


def test_a_single_picture_is_the_frame_of_its_name_or_the_first(tmp_path: Path) -> None:
    folder_of(tmp_path, "17_0.jpg", "face.png")
    assert list(aligned_faces(tmp_path / "17_0.jpg").files) == [17]
    assert list(aligned_faces(tmp_path / "face.png").files) == [0]
    assert (
        aligned_faces(tmp_path / "face.png").fingerprint != aligned_faces(tmp_path / "17_0.jpg").fingerprint
    )


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("412.jpg", "000412.jpg"), "are both frame 412: remove one"),
        (("412.jpg", "412.png"), "are both frame 412"),
        (("412_0.jpg", "412_1.jpg"), "412_1.jpg is a further face of its frame"),
        (("3_12.jpg",), "3_12.jpg is a further face"),
        (("frame_det_00_000001.bmp", "frame_det_01_000001.bmp"), "frame_det_01_000001.bmp is a further face"),
        (("10000000.jpg",), "10000000.jpg says no frame"),
        (("1_0.jpg", "smile.jpg"), "smile.jpg says no frame: name pictures as 000412.jpg"),
    ],
)
def test_names_that_say_no_one_frame_are_refused(
    tmp_path: Path, names: tuple[str, ...], message: str
) -> None:
    with pytest.raises(InvalidFileError, match=message):
        aligned_faces(folder_of(tmp_path / "faces", *names))


def test_what_holds_no_faces_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="There is no folder or picture"):
        aligned_faces(tmp_path / "gone")
    with pytest.raises(InvalidFileError, match="holds no images"):
        aligned_faces(tmp_path)
    film = tmp_path / "play.mp4"
    film.write_bytes(b"film")
    with pytest.raises(
        InvalidFileError, match=r"plausible nonsense: .* hrm extract faces, then use hrm predict"
    ):
        aligned_faces(film)
    torn = folder_of(tmp_path / "faces", "1_0.jpg", "2_0.jpg") / "2_0.jpg"
    torn.write_bytes(torn.read_bytes()[:-100])
    with pytest.raises(InvalidFileError, match=r"2_0\.jpg is cut off or empty"):
        aligned_faces(torn.parent)


@pytest.mark.parametrize("subsampling", [0, 1, 2])
@pytest.mark.parametrize("quality", [50, 75, 95])
@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_is_read_as_pillow_reads_it(
    tmp_path: Path, subsampling: int, quality: int, progressive: bool
) -> None:
    path = tmp_path / "1_0.jpg"
    Image.fromarray(picture(2, 61)).save(
        path, quality=quality, subsampling=subsampling, progressive=progressive
    )
    assert np.array_equal(read_still(path), np.asarray(Image.open(path).convert("RGB")))


@pytest.mark.parametrize("name", ["g.jpg", "l.png", "p.png", "a.png", "c.bmp", "c.webp", "c.tif"])
def test_other_kinds_are_read_as_pillow_reads_them(tmp_path: Path, name: str) -> None:
    image = Image.fromarray(picture())
    if name[0] in "gl":
        image = image.convert("L")
    elif name[0] == "p":
        image = image.convert("P")
    elif name[0] == "a":
        image.putalpha(image.convert("L"))
    image.save(tmp_path / name)
    with Image.open(tmp_path / name) as opened:
        assert np.array_equal(read_still(tmp_path / name), np.asarray(opened.convert("RGB")))


def test_our_own_aligned_pictures_are_read_as_pillow_reads_them(tmp_path: Path) -> None:
    write_still(picture(), tmp_path / "000001.jpg")
    with Image.open(tmp_path / "000001.jpg") as opened:
        assert np.array_equal(read_still(tmp_path / "000001.jpg"), np.asarray(opened.convert("RGB")))


@pytest.mark.skipif(not SHARED.is_dir(), reason="no real recordings beside this checkout")
@pytest.mark.parametrize("name", ["single_face.jpg", "multi_face.jpg"])
def test_a_photograph_is_read_as_pillow_reads_it(name: str) -> None:
    with Image.open(SHARED / name) as opened:
        assert np.array_equal(read_still(SHARED / name), np.asarray(opened.convert("RGB")))
