"""Put a backup in the place of an embedded store that is gone or too damaged to be opened."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from hrm_core.errors import StoreError, StoreWriteError
from hrm_core.store.backup import prepare
from hrm_core.store.engine import sqlite_file

__all__ = ["is_lost", "rescue"]


def is_lost(url: str) -> bool:
    """Whether an embedded store is missing, empty or damaged, so that it cannot be restored into.

    A file that cannot be read for another reason (a lock, access rights) is not lost.
    """
    path = sqlite_file(url)
    if path is None:
        return False
    try:
        if not path.is_file() or path.stat().st_size == 0:
            return True
        with closing(sqlite3.connect(path)) as connection:
            return bool(connection.execute("PRAGMA integrity_check").fetchone() != ("ok",))
    except sqlite3.DatabaseError as error:
        name = getattr(error, "sqlite_errorname", None) or ""
        return name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")) or "file format" in str(error)
    except OSError:
        return False


def rescue(url: str, backup: Path, backup_folder: Path) -> Path:
    """Restore a store that :func:`is_lost`.

    Parameters
    ----------
    url : str
        Of an embedded store.
    backup : pathlib.Path
        The backup to go back to.
    backup_folder : pathlib.Path
        What is left of the damaged files is moved into a new folder there.

    Returns
    -------
    pathlib.Path
        That folder.

    Raises
    ------
    StoreError
        If the backup is missing, damaged or no backup; nothing was changed.
    StoreWriteError
        If it could not be put in place.
    """
    path = sqlite_file(url)
    assert path is not None
    if not backup.is_file():
        raise StoreError(f"There is no backup {backup}: name one with hrm store restore FILE.")
    aside = backup_folder / f"damaged-{datetime.now(UTC).strftime('%Y%m%dT%H%M%S.%fZ')}"
    scratch = path.with_name(f".{aside.name}.part")
    try:
        prepare(backup, scratch)
        aside.mkdir(parents=True)
        # With the companions: the newest labels may be in them.
        for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
            if path.with_name(name).exists():
                shutil.move(path.with_name(name), aside / name)
        scratch.replace(path)
    except OSError as error:
        if isinstance(error, StoreError):
            raise
        raise StoreWriteError(
            f"The backup could not be put in place ({error.strerror}): close other windows on this project, "
            f"free some space and try again; what was moved is in {aside}."
        ) from error
    finally:
        for leftover in (scratch, *path.parent.glob(f"{scratch.name}-*")):
            leftover.unlink(missing_ok=True)
    return aside
