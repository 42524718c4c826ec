"""Content hash that recognises a file after it was moved or renamed."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import BinaryIO

from hrm_core.errors import InvalidFileError
from hrm_core.media.file_check import check_is_file

__all__ = ["fingerprint"]

_WHOLE_UP_TO_BYTES = 16 * 1024 * 1024
_END_BYTES = 1024 * 1024
_SAMPLES = 32
_SAMPLE_BYTES = 64 * 1024


def fingerprint(path: str | Path) -> str:
    """Hash what a file holds, whatever it is called.

    Files up to 16 MiB are hashed whole: ``sha256:<64 hex digits>``.  Of larger
    files the size, the first and last MiB and 32 evenly spaced pieces of
    64 KiB are hashed: ``sampled1:<64 hex digits>``, some milliseconds for any
    length.  Two recordings never share it by chance, since both ends and the
    size differ; it is no proof against somebody who edits bytes between the
    samples on purpose.

    Parameters
    ----------
    path : str or pathlib.Path
        A file.

    Returns
    -------
    str
        The scheme, a colon and the digest in lower case.

    Raises
    ------
    NotFoundError
        If there is no such file.
    InvalidFileError
        If it is empty, a folder or unreadable.
    """
    path = Path(path)
    check_is_file(path)
    try:
        size_bytes = path.stat().st_size
        with path.open("rb") as stream:
            if size_bytes <= _WHOLE_UP_TO_BYTES:
                return f"sha256:{hashlib.file_digest(stream, 'sha256').hexdigest()}"
            return f"sampled1:{_sampled_digest(stream, size_bytes)}"
    except OSError as error:
        raise InvalidFileError(
            f"{path} cannot be read to its end ({error.strerror}): check the disk it lies on."
        ) from error


def _sampled_digest(stream: BinaryIO, size_bytes: int) -> str:
    digest = hashlib.sha256(size_bytes.to_bytes(8, "little"))
    digest.update(stream.read(_END_BYTES))
    last = size_bytes - _END_BYTES
    for place in range(_SAMPLES):
        stream.seek(_END_BYTES + (last - _END_BYTES - _SAMPLE_BYTES) * place // (_SAMPLES - 1))
        digest.update(stream.read(_SAMPLE_BYTES))
    stream.seek(last)
    digest.update(stream.read(_END_BYTES))
    return digest.hexdigest()
