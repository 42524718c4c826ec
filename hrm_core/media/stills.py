"""Read and write single pictures; what is written is there whole or not at all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hrm_core.errors import InvalidFileError, NotFoundError, UserError
from hrm_core.paths import write_whole

__all__ = ["StillError", "encode_still", "put_still", "read_still", "write_still"]


class StillError(UserError, OSError):
    """A picture could not be written; a picture that was there before is unchanged."""


def write_still(rgb: NDArray[np.uint8], path: str | Path, quality: int = 95) -> None:
    """Write a picture as JPEG or PNG; the folder is made if missing.

    Parameters
    ----------
    rgb : ndarray of uint8, shape (height, width, 3)
        The picture.
    path : str or pathlib.Path
        Ends in ``.jpg``, ``.jpeg`` or ``.png``.
    quality : int
        JPEG quality, 1-100; PNG keeps every pixel.

    Raises
    ------
    StillError
        If the suffix is another one or the disk refuses.
    ValueError
        If `rgb` is not an RGB picture or `quality` is out of range.
    """
    path = Path(path)
    put_still(encode_still(rgb, path, quality), path)


def put_still(data: bytes, path: Path, *, at_once: bool = True) -> None:
    """Write an encoded picture; the folder is made if missing.

    Parameters
    ----------
    data : bytes
        From :func:`encode_still`.
    path : pathlib.Path
        The file.
    at_once : bool
        See :func:`hrm_core.paths.write_whole`.

    Raises
    ------
    StillError
        If the disk refuses.
    """
    try:
        write_whole(path, data, at_once=at_once)
    except OSError as error:
        raise StillError(
            f"The picture {path} could not be written ({error.strerror}): "
            "check that the disk has room and that you may write there."
        ) from error


def encode_still(rgb: NDArray[np.uint8], path: Path, quality: int) -> bytes:
    """A picture as the file `path` would hold it; takes and raises what :func:`write_still` does."""
    import cv2

    if rgb.dtype != np.uint8 or rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.size == 0:
        raise ValueError(f"expected uint8 [height, width, 3], not {rgb.dtype} {rgb.shape}")
    if not 1 <= quality <= 100:
        raise ValueError(f"JPEG quality is 1-100, not {quality}")
    suffix = path.suffix.lower()
    if suffix not in (".jpg", ".jpeg", ".png"):
        raise StillError(
            f"{path} does not end in .jpg or .png, the two kinds of picture that can be written."
        )
    options = [cv2.IMWRITE_JPEG_QUALITY, quality] if suffix != ".png" else []
    done, data = cv2.imencode(suffix, cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), options)
    if not done:
        raise StillError(f"The picture {path} could not be encoded.")
    return data.tobytes()


def read_still(file: Path) -> NDArray[np.uint8]:
    """Read an image file.

    Parameters
    ----------
    file : pathlib.Path
        JPEG, PNG, BMP or whatever else OpenCV reads.

    Returns
    -------
    ndarray of uint8, shape (height, width, 3)
        RGB.

    Raises
    ------
    NotFoundError
        If there is no such file.
    InvalidFileError
        If it is not an image that can be read.
    """
    import cv2

    try:
        # cv2.imread knows no Chinese characters on Windows; Python does.
        data = np.frombuffer(file.read_bytes(), dtype=np.uint8)
    except FileNotFoundError as error:
        raise NotFoundError(
            f"The image {file} is not there: check its name, or open the folder again."
        ) from error
    except OSError as error:
        raise InvalidFileError(f"{file} cannot be read ({error.strerror}).") from error
    try:
        rgb = cv2.imdecode(data, cv2.IMREAD_COLOR_RGB) if len(data) else None
    # Of damaged pictures that claim to be enormous; those of other damage are None.
    except cv2.error:
        rgb = None
    if rgb is None:
        raise InvalidFileError(f"{file} is not an image that can be read: export it again or remove it.")
    return np.asarray(rgb, dtype=np.uint8)
