"""Look over a folder of frames without decoding any: what is there, missing, cut off."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hrm_core.media.frame_folder import FrameFolder, number_in_name, read_manifest
from hrm_core.media.image_folder import images_in

__all__ = ["FrameFiles", "is_whole", "list_frames", "not_whole"]

_JPEG_START, _JPEG_END = b"\xff\xd8\xff", b"\xff\xd9"
_PNG_START, _PNG_END = b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82"
# Some writers fill a file up with zero bytes behind its end marker.
_TAIL_BYTES = 64


@dataclass(frozen=True, slots=True)
class FrameFiles:
    """Pictures of a folder by the frames they show.

    Attributes
    ----------
    folder : pathlib.Path
        Where they lie.
    note : FrameFolder or None
        What the note beside them says; without one, frames are numbered by their order.
    files : dict of int to pathlib.Path
        By frame number, ascending.
    misnamed : tuple of pathlib.Path
        Pictures whose name says no frame of the recording, or one that is there already.
    """

    folder: Path
    note: FrameFolder | None
    files: dict[int, Path]
    misnamed: tuple[Path, ...] = ()

    @property
    def frame_count(self) -> int:
        """Frames of the recording, missing ones included."""
        return len(self.files) if self.note is None else self.note.frame_count

    @property
    def numbers(self) -> NDArray[np.int64]:
        """Frames that are there, ascending."""
        return np.array(list(self.files), dtype=np.int64)

    @property
    def missing(self) -> NDArray[np.int64]:
        """Frames that were to be taken, as the note says, and are not there."""
        if self.note is None:
            return np.empty(0, np.int64)
        return np.setdiff1d(np.array(self.note.wanted(), dtype=np.int64), self.numbers)


def list_frames(folder: Path) -> FrameFiles:
    """Which frames lie in a folder; no picture is read.

    Parameters
    ----------
    folder : pathlib.Path
        A folder of images, with or without a note.

    Raises
    ------
    NotFoundError
        If there is no such folder.
    InvalidFileError
        If it holds no images, or its note cannot be read.
    """
    images = images_in(folder)
    note = read_manifest(folder)
    if note is None:
        return FrameFiles(folder, None, dict(enumerate(images)))
    files: dict[int, Path] = {}
    misnamed = []
    for image in images:
        number = number_in_name(image.name)
        if number is None or number >= note.frame_count or number in files:
            misnamed.append(image)
        else:
            files[number] = image
    return FrameFiles(folder, note, dict(sorted(files.items())), tuple(misnamed))


def is_whole(file: Path) -> bool:
    """Whether a picture begins and ends as its kind must; it is not decoded.

    Parameters
    ----------
    file : pathlib.Path
        JPEG and PNG are looked at from both ends; of other kinds it is only known
        that they are not empty.

    Returns
    -------
    bool
        False also for a file that cannot be read.
    """
    try:
        with file.open("rb", buffering=0) as stream:
            head = stream.read(8)
            size_bytes = os.fstat(stream.fileno()).st_size
            stream.seek(max(0, size_bytes - _TAIL_BYTES))
            tail = stream.read(_TAIL_BYTES)
    except OSError:
        return False
    end = tail.rstrip(b"\0")
    # What a file holds counts: a PNG that is called .jpg can be shown all the same.
    if head.startswith(_JPEG_START):
        return end.endswith(_JPEG_END)
    if head.startswith(_PNG_START):
        return end.endswith(_PNG_END)
    return file.suffix.lower() not in (".jpg", ".jpeg", ".png") and bool(head.rstrip(b"\0"))


def not_whole(files: Mapping[int, Path]) -> list[int]:
    """Frames whose pictures are empty, cut off or cannot be read."""
    return [number for number, file in files.items() if not is_whole(file)]
