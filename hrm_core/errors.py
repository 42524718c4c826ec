"""Whose fault it was: the error tree every room shares.

::

    HrmError
    ├── UserError          the world's fault: a bad file, a full disk, a stale save
    │   ├── ProjectError       not a project, made by a newer version, already there
    │   ├── InvalidFileError   a file that is not what it claims to be
    │   ├── ScoreError         a FACS score nobody can read
    │   ├── NotFoundError      a participant, video, rater or model that does not exist
    │   ├── StoreError         the label store could not do what was asked
    │   │   ├── ConflictError      somebody else saved this frame in the meantime
    │   │   └── StoreWriteError    the labels could not be written to disk
    │   └── Cancelled          the user stopped it
    └── BugError           our fault: reaches the crash handler

A :class:`UserError` says what happened, where and what to do, in one sentence
a person can read.  It is shown as it is; a traceback never is.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = [
    "BugError",
    "Cancelled",
    "ConflictError",
    "HrmError",
    "InvalidFileError",
    "NotFoundError",
    "ProjectError",
    "ScoreError",
    "StoreError",
    "StoreWriteError",
    "UserError",
]


class HrmError(Exception):
    """Root of everything HRM Annotator raises on purpose."""


class UserError(HrmError):
    """The world's fault, told in one sentence: what, where, what to do."""


class BugError(HrmError, RuntimeError):
    """Our fault: an assumption of the program did not hold."""


class ProjectError(UserError, ValueError):
    """The project folder is missing, damaged, newer than this program or in the way."""


class InvalidFileError(UserError, ValueError):
    """A file is not what it claims to be."""


class ScoreError(UserError, ValueError):
    """A written FACS score cannot be read; the message names the token and why."""


class NotFoundError(UserError, LookupError):
    """Something named by the user does not exist in this project."""


class StoreError(UserError, OSError):
    """The label store could not do what was asked."""


class StoreWriteError(StoreError):
    """Labels could not be written to disk; nothing was changed there."""


class ConflictError(StoreError):
    """Somebody else changed frames since they were read; nothing was saved.

    Attributes
    ----------
    mine : mapping of int to object
        By frame, the :class:`~hrm_core.records.coding.FrameCoding` that was to be
        saved, or None if the frame was to be left uncoded.
    theirs : mapping of int to object
        By frame, the coding now in the store, or None if the frame is uncoded there.
    """

    def __init__(self, message: str, *, mine: Mapping[int, object], theirs: Mapping[int, object]) -> None:
        super().__init__(message)
        self.mine = mine
        self.theirs = theirs


class Cancelled(UserError, InterruptedError):
    """The user stopped it; what was finished before stays, nothing is half done."""
