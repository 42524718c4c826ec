"""The questions to ask of a file before anything tries to make sense of it."""

from __future__ import annotations

from pathlib import Path

from hrm_core.errors import InvalidFileError, NotFoundError

__all__ = ["check_is_file"]


def check_is_file(path: Path) -> None:
    """Check that `path` is a file that can be read and is not empty.

    Parameters
    ----------
    path : pathlib.Path
        The file to be opened next.

    Raises
    ------
    NotFoundError
        If nothing is there.
    InvalidFileError
        If it is a folder, empty, or may not be read.
    """
    try:
        with path.open("rb") as stream:
            first = stream.read(1)
    except FileNotFoundError as error:
        raise NotFoundError(
            f"There is no file {path}: it was moved, renamed, or its disk is not connected."
        ) from error
    except IsADirectoryError as error:
        raise InvalidFileError(f"{path} is a folder; choose a video file.") from error
    except PermissionError as error:
        if path.is_dir():  # Windows answers so for folders.
            raise InvalidFileError(f"{path} is a folder; choose a video file.") from error
        raise InvalidFileError(f"{path} may not be read: ask its owner for permission to read it.") from error
    except OSError as error:
        raise InvalidFileError(
            f"{path} cannot be read ({error.strerror}): check the disk or copy the file again."
        ) from error
    if not first:
        raise InvalidFileError(f"{path} is empty (0 bytes): copy it again from the camera.")
