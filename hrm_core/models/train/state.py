"""Where training stands, on the disk: whole at every moment, and enough to go on exactly."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import IO, Any, cast

import torch

from hrm_core.errors import InvalidFileError
from hrm_core.paths import whole_file

__all__ = ["read_state", "write_state"]


class _Remembering(io.BufferedIOBase):
    """A file that remembers why writing failed: PyTorch says only that it did."""

    def __init__(self, file: io.BufferedWriter) -> None:
        self._file = file
        self.problem: OSError | None = None

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        try:
            return self._file.write(data)
        except OSError as error:
            self.problem = error
            raise

    def flush(self) -> None:
        self._file.flush()


def write_state(path: Path, values: dict[str, Any]) -> None:
    """Write tensors and plain values so that the file is there whole or as it was before.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    values : dict
        Tensors, numbers, texts, and lists and dicts of these.

    Raises
    ------
    InvalidFileError
        If the disk refuses; the file is as it was before.
    """
    try:
        with whole_file(path) as scratch, scratch.open("xb") as file:
            remembering = _Remembering(file)
            try:
                torch.save(values, cast("IO[bytes]", remembering))
            except RuntimeError as error:
                raise remembering.problem or error from error
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise InvalidFileError(
            f"{path} could not be written ({error.strerror}), and what was there before is intact: free some "
            f"space and go on with hrm train au --resume {path.parent.parent.name}."
        ) from error


def read_state(path: Path) -> dict[str, Any] | None:
    """What :func:`write_state` wrote; None if there is no such file.  No code in it runs.

    Raises
    ------
    InvalidFileError
        If it is damaged.
    """
    if not path.is_file():
        return None
    try:
        found: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    # What PyTorch raises at a damaged file is of many kinds: RuntimeError, UnpicklingError, EOFError.
    except Exception as error:
        raise InvalidFileError(
            f"The checkpoint {path} cannot be read: remove it, and the fold begins anew."
        ) from error
    return found
