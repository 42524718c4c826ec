"""Where a coder was: the recording and the frame, per project, so that a crash costs no search.

Places hold numbers of the label store only: no names, no folders.  The folder of the open
project is noted beside them, as the list of recent projects knows it anyway.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hrm_core.paths import user_config_dir, write_whole

if TYPE_CHECKING:
    from PySide6.QtCore import QLockFile

    from hrm_core.records.people import Rater
    from hrm_core.workflows.project import Project

__all__ = ["Places", "left_open", "note_closed", "note_open", "places_of", "take_seat"]

_FOLDER = "places"
_OPEN = "open-project.json"
_SEAT = "running.lock"


class Places:
    """Where one coder was in the recordings of one project.

    Parameters
    ----------
    store : str
        Path or URL of the label store; only its hash is written.
    rater_id : int
        Number of the coder in that store.
    """

    def __init__(self, store: str, rater_id: int) -> None:
        digest = hashlib.sha256(store.encode()).hexdigest()[:32]
        self._path = user_config_dir() / _FOLDER / f"{digest}-{rater_id}.json"

    @property
    def last(self) -> int | None:
        """Number of the recording that was open last; None if it is not known."""
        return _number(self._read().get("last"))

    def frame(self, recording_id: int) -> int | None:
        """The frame that was on the screen last in a recording; None if it is not known."""
        return _number(self._frames().get(str(recording_id)))

    def store(self, recording_id: int, frame: int) -> None:
        """Remember where the coder is; a machine that does not allow it forgets it, no more."""
        # Read anew: another window may have been in another recording since.
        frames = {key: at for key, at in self._frames().items() if _number(at) is not None}
        frames[str(recording_id)] = frame
        # Not waited for: it is written while the coder steps, and a killed program loses nothing.
        _write(self._path, {"last": recording_id, "frames": frames})

    def _frames(self) -> dict[str, Any]:
        frames = self._read().get("frames")
        return frames if isinstance(frames, dict) else {}

    def _read(self) -> dict[str, Any]:
        return _read(self._path)


def places_of(project: Project, rater: Rater) -> Places:
    """Where a coder was in a project."""
    return Places(project.settings.store or str(project.folder.resolve()), rater.id)


def take_seat() -> QLockFile | None:
    """Hold the lock of the one program that runs; None while another one does.

    A lock that was left by a program which was ended by force is taken over.  Keep the
    lock as long as the program runs.
    """
    from PySide6.QtCore import QLockFile

    folder = user_config_dir()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    lock = QLockFile(str(folder / _SEAT))
    # However long it runs; a process that is gone is noticed all the same.
    lock.setStaleLockTime(0)
    return lock if lock.tryLock(0) else None


def note_open(project: Path) -> None:
    """Remember that a project is open, until :func:`note_closed`."""
    _write(user_config_dir() / _OPEN, {"project": str(project)})


def note_closed() -> None:
    """Forget the open project: it was closed as it should."""
    with suppress(OSError):
        (user_config_dir() / _OPEN).unlink(missing_ok=True)


def left_open() -> Path | None:
    """Folder of the project that was open when the program was ended by force; None if none was."""
    folder = _read(user_config_dir() / _OPEN).get("project")
    return Path(folder) if isinstance(folder, str) and Path(folder).is_dir() else None


def _read(path: Path) -> dict[str, Any]:
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return stored if isinstance(stored, dict) else {}


def _write(path: Path, values: dict[str, Any]) -> None:
    try:
        write_whole(path, json.dumps(values).encode(), at_once=False)
    except OSError:
        return


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
