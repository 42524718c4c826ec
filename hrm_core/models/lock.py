"""Keeping other programs out of a folder while this one changes it."""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["alone", "is_held"]

_BUSY = {errno.EACCES, errno.EAGAIN, errno.EWOULDBLOCK, errno.EDEADLK}
_TRIES = 5
_PAUSE_S = 0.05


@contextmanager
def alone(path: Path) -> Iterator[bool]:
    """Hold a lock file until the block ends; the system lets go when this program is killed.

    Parameters
    ----------
    path : pathlib.Path
        The file; its folder must be there.

    Yields
    ------
    bool
        Whether no other program holds it.  Some network drives know no locks: there it
        is always true.

    Raises
    ------
    OSError
        If the file cannot be made.
    """
    with path.open("ab") as file:
        free = _locked(file.fileno(), path)
        try:
            yield free
        finally:
            if free:
                with suppress(OSError):  # Windows deletes no file that is open.
                    path.unlink()


def is_held(path: Path) -> bool:
    """Whether a program is in a block of :func:`alone` for this file.

    Parameters
    ----------
    path : pathlib.Path
        The file; it need not be there.
    """
    try:
        file = path.open("rb")
    except OSError:
        return False
    with file:
        try:
            _lock(file.fileno())
        except OSError as error:
            return error.errno in _BUSY
    return False


def _locked(descriptor: int, path: Path) -> bool:
    """Whether an open file could be locked, and is not one that its last holder just deleted."""
    for _ in range(_TRIES):
        try:
            _lock(descriptor)
            break
        except OSError as error:
            if error.errno not in _BUSY:
                return True
            # Who only asks whether it is held lets go at once.
            time.sleep(_PAUSE_S)
    else:
        return False
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _lock(descriptor: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
