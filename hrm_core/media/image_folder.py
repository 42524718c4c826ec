"""A folder of images read as a video."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hrm_core.errors import InvalidFileError, NotFoundError
from hrm_core.media.frame_folder import number_in_name, read_manifest
from hrm_core.media.stills import read_still
from hrm_core.media.video import Video

__all__ = ["IMAGE_SUFFIXES", "NOMINAL_FPS", "ImageFolder", "folder_fingerprint", "images_in"]

IMAGE_SUFFIXES = frozenset({".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"})
NOMINAL_FPS = 30.0
_DIGITS = re.compile(r"(\d+)")
_SAMPLES = 64


class ImageFolder(Video):
    """Images of one folder in the order of the numbers in their names.

    ``2_0.jpg`` comes before ``10_0.jpg``.  Frame `n` is the `n`-th image, not
    the one whose name says `n`: :attr:`names` tells which that is.  Only where
    a note (:mod:`hrm_core.media.frame_folder`) says so, files are named by
    their frame numbers, and those that are not there are missing frames.
    Images carry no times, so frames are spread evenly at `fps`.  Each picture
    has the size of its image; :attr:`size` is the first one's.

    Parameters
    ----------
    path : pathlib.Path
        The folder; its subfolders are not read.
    fps : float, optional
        Nominal frames per second, > 0; what the note says, else 30.

    Raises
    ------
    NotFoundError
        If there is no such folder.
    InvalidFileError
        If it holds no images or the first cannot be read, or names and note
        contradict each other.
    """

    def __init__(self, path: Path, *, fps: float | None = None) -> None:
        if fps is not None and fps <= 0:
            raise ValueError(f"fps must be above 0, not {fps}")
        self._path = path
        files = images_in(path)
        note = read_manifest(path)
        self._files = dict(enumerate(files)) if note is None else _by_number(path, files, note.frame_count)
        self._count = len(files) if note is None else note.frame_count
        self._fps = fps or (note and note.fps) or NOMINAL_FPS
        height, width = read_still(files[0]).shape[:2]
        self._size = (width, height)
        self._times = np.arange(self._count) / self._fps
        self._times.flags.writeable = False

    @property
    def path(self) -> Path:
        """The folder."""
        return self._path

    @property
    def names(self) -> tuple[str, ...]:
        """File names in frame order, without the folder."""
        return tuple(file.name for file in self._files.values())

    @property
    def numbers(self) -> tuple[int, ...]:
        """Frame numbers that are there, ascending."""
        return tuple(self._files)

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
        """Number of frames, missing ones included."""
        return self._count

    def close(self) -> None:
        """Do nothing: no file is held open."""

    def _picture(self, number: int) -> NDArray[np.uint8]:
        file = self._files.get(number)
        if file is None:
            raise InvalidFileError(f"Frame {number} is not among the frames in {self._path}.")
        return read_still(file)


def images_in(folder: Path) -> list[Path]:
    """Image files of a folder in the order of the numbers in their names; none is read.

    Raises
    ------
    NotFoundError
        If there is no such folder.
    InvalidFileError
        If it holds no images or cannot be listed.
    """
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


def folder_fingerprint(folder: Path) -> str:
    """Hash which images a folder holds: ``images1:<64 hex digits>``.

    Names and sizes of all images, and what the first, the last and some between them hold.

    Raises
    ------
    NotFoundError
        If there is no such folder.
    InvalidFileError
        If it holds no images or cannot be read.
    """
    files = images_in(folder)
    try:
        listed = "\n".join(f"{file.name}/{file.stat().st_size}" for file in files)
        digest = hashlib.sha256(listed.encode("utf-8", "surrogateescape"))
        for place in np.unique(np.linspace(0, len(files) - 1, _SAMPLES).round().astype(int)):
            digest.update(files[place].read_bytes())
    except OSError as error:
        raise InvalidFileError(
            f"The images in {folder} cannot be read ({error.strerror}): check its permissions."
        ) from error
    return f"images1:{digest.hexdigest()}"


def _by_number(folder: Path, files: list[Path], frame_count: int) -> dict[int, Path]:
    found: dict[int, Path] = {}
    for file in files:
        number = number_in_name(file.name)
        if number is None or number >= frame_count or number in found:
            raise InvalidFileError(
                f"{file} does not name one of the frames 0 to {frame_count - 1} of the recording once: "
                f"remove it from {folder}."
            )
        found[number] = file
    return dict(sorted(found.items()))


def _natural(name: str) -> tuple[tuple[str | int, ...], str]:
    # Odd pieces of the split are digits, so numbers only ever meet numbers.
    pieces = _DIGITS.split(name.casefold())
    # The name itself settles the order of "1.jpg" and "01.jpg".
    return tuple(int(p) if at % 2 else p for at, p in enumerate(pieces)), name
