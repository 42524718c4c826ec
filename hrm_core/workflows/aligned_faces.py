"""Pictures of aligned faces and the frames they show, by their names."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hrm_core.errors import InvalidFileError, NotFoundError
from hrm_core.media.frame_files import not_whole
from hrm_core.media.frame_folder import number_in_name
from hrm_core.media.image_folder import IMAGE_SUFFIXES, images_in
from hrm_core.records.recording import MOST_FRAMES

__all__ = ["AlignedFaces", "aligned_faces"]

# As OpenFace names its aligned faces: the face, then the frame.
_OPENFACE = re.compile(r"frame_det_(\d{2})_(\d{1,12})")
_OTHER_FACE = re.compile(r"\d{1,12}_([1-9]\d*)")
_FIRST_FACE = "00"


@dataclass(frozen=True, slots=True)
class AlignedFaces:
    """Pictures of one face, aligned, by frame.

    Attributes
    ----------
    place : pathlib.Path
        The folder, or the single picture.
    files : dict of int to pathlib.Path
        By frame number, ascending.
    fingerprint : str
        Of the frames and of all that the pictures hold.
    """

    place: Path
    files: dict[int, Path]
    fingerprint: str


def aligned_faces(place: Path) -> AlignedFaces:
    """Which frames the pictures of a folder show; no picture is decoded.

    Parameters
    ----------
    place : pathlib.Path
        A folder of pictures named by frame (``000412.jpg``, ``412_0.jpg`` as in the HRM
        release, ``frame_det_00_000412.bmp`` as OpenFace writes them; its subfolders are not
        read), or one picture, which is frame 0 where its name says no frame.

    Raises
    ------
    NotFoundError
        If there is nothing there.
    InvalidFileError
        If it is a video or holds no pictures; if a name says no frame, two name the same one or
        several faces of one frame lie there; or if a picture is cut off or cannot be read.
    """
    if place.is_dir():
        images = images_in(place)
        files = _by_frame(images)
    elif not place.exists():
        raise NotFoundError(f"There is no folder or picture {place}: check its path.")
    elif place.suffix.lower() in IMAGE_SUFFIXES:
        files = {_frame(place.name) or 0: place}
    else:
        raise InvalidFileError(
            f"{place} is no folder of aligned faces, and in whole frames a network finds plausible nonsense: "
            "add the video to a study with hrm add video, cut the faces out with hrm extract faces, then "
            "use hrm predict --project."
        )
    if torn := not_whole(files):
        raise InvalidFileError(f"{files[torn[0]]} is cut off or empty: make it again, or remove it.")
    return AlignedFaces(place, files, _fingerprint(files))


def _fingerprint(files: Mapping[int, Path]) -> str:
    # Every picture is read: one that is cut out anew may have the name and size of the old one,
    # as all bitmaps of a size have, and its old predictions would be taken for those of the new.
    digest = hashlib.sha256()
    for frame, file in files.items():
        try:
            with file.open("rb") as stream:
                content = hashlib.file_digest(stream, "sha256").hexdigest()
        except OSError as error:
            raise InvalidFileError(
                f"{file} cannot be read ({error.strerror}): check its permissions and the disk it lies on."
            ) from error
        digest.update(f"{frame} {content}\n".encode())
    return f"faces1:{digest.hexdigest()}"


def _by_frame(images: Sequence[Path]) -> dict[int, Path]:
    files: dict[int, Path] = {}
    for image in images:
        _require_first_face(image)
        frame = _frame(image.name)
        if frame is None:
            raise InvalidFileError(
                f"The name of {image} says no frame: name pictures as 000412.jpg or 412_0.jpg, or remove it."
            )
        if frame in files:
            raise InvalidFileError(
                f"{files[frame]} and {image.name} are both frame {frame}: remove one of them."
            )
        files[frame] = image
    return dict(sorted(files.items()))


def _frame(name: str) -> int | None:
    found = _OPENFACE.fullmatch(Path(name).stem)
    number = number_in_name(name) if found is None else int(found[2])
    return number if number is not None and number < MOST_FRAMES else None


def _require_first_face(image: Path) -> None:
    openface = _OPENFACE.fullmatch(image.stem)
    if _OTHER_FACE.fullmatch(image.stem) or (openface and openface[1] != _FIRST_FACE):
        raise InvalidFileError(
            f"{image} is a further face of its frame, and it is not known which of them is the child's: "
            "leave one picture for each frame, named as 412_0.jpg."
        )
