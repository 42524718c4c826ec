"""A folder of images read as a video."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hrm_core.errors import InvalidFileError, NotFoundError
from hrm_core.media.stills import read_still
from hrm_core.media.video import Video

__all__ = ["IMAGE_SUFFIXES", "NOMINAL_FPS", "ImageFolder"]

IMAGE_SUFFIXES = frozenset({".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"})
NOMINAL_FPS = 30.0
_DIGITS = re.compile(r"(\d+)")


class ImageFolder(Video):
    """Images of one folder in the order of the numbers in their names.

    ``2_0.jpg`` comes before ``10_0.jpg``.  Frame `n` is the `n`-th image, not
    the one whose name says `n`: :attr:`names` tells which that is.  Images
    carry no times, so frames are spread evenly at `fps`.  Each picture has
    the size of its image; :attr:`size` is the first one's.

    Parameters
    ----------
    path : pathlib.Path
        The folder; its subfolders are not read.
    fps : float
        Nominal frames per second, > 0.

    Raises
    ------
    NotFoundError
        If there is no such folder.
    InvalidFileError
        If it holds no images or the first cannot be read.
    """

    def __init__(self, path: Path, *, fps: float = NOMINAL_FPS) -> None:
        if fps <= 0:
            raise ValueError(f"fps must be above 0, not {fps}")
        self._path = path
        self._fps = fps
        self._files = _images_in(path)
        height, width = read_still(self._files[0]).shape[:2]
        self._size = (width, height)
        self._times = np.arange(len(self._files)) / fps
        self._times.flags.writeable = False

    @property
    def path(self) -> Path:
        """The folder."""
        return self._path

    @property
    def names(self) -> tuple[str, ...]:
        """File names in frame order, without the folder."""
        return tuple(file.name for file in self._files)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the first image in pixels."""
        return self._size

    @property
    def fps(self) -> float:
        """Nominal frames per second."""
        return self._fps

    @property
    def times(self) -> NDArray[np.float64]:
        """Nominal times in seconds from the first image, read-only."""
        return self._times

    def __len__(self) -> int:
        """Number of images."""
        return len(self._files)

    def close(self) -> None:
        """Do nothing: no file is held open."""

    def _picture(self, number: int) -> NDArray[np.uint8]:
        return read_still(self._files[number])


def _images_in(folder: Path) -> list[Path]:
    try:
        files = [
            file
            for file in folder.iterdir()
            if file.suffix.lower() in IMAGE_SUFFIXES and not file.name.startswith(".")
        ]
    except FileNotFoundError as error:
        raise NotFoundError(f"There is no folder {folder}: it was moved or renamed.") from error
    except OSError as error:
        raise InvalidFileError(
            f"The folder {folder} cannot be listed ({error.strerror}): check its permissions."
        ) from error
    if not files:
        raise InvalidFileError(
            f"The folder {folder} holds no images: choose the folder that holds the frames itself."
        )
    return sorted(files, key=lambda file: _natural(file.name))


def _natural(name: str) -> tuple[tuple[str | int, ...], str]:
    # Odd pieces of the split are digits, so numbers only ever meet numbers.
    pieces = _DIGITS.split(name.casefold())
    # The name itself settles the order of "1.jpg" and "01.jpg".
    return tuple(int(p) if at % 2 else p for at, p in enumerate(pieces)), name
