"""Whole copies of a live store, and the way back.

A backup is always one SQLite file, also of a store on a server, so that any
copy of the program can open it.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from hrm_core.errors import StoreError, StoreWriteError
from hrm_core.store.engine import connect, is_sqlite, sqlite_url
from hrm_core.store.migrate import is_current, upgrade
from hrm_core.store.schema import metadata, store_info
from hrm_core.store.session import Database

__all__ = ["back_up", "backups_in", "prepare", "restore", "rotate", "time_of", "to_delete"]

_STAMP = "%Y%m%dT%H%M%S.%fZ"
_STAMPED = re.compile(r"labels-\d{8}T\d{6}\.\d{6}Z")
_BATCH = 5_000
_KEEP_NEWEST = 10
_KEEP_DAILY = timedelta(days=30)


def back_up(database: Database, folder: Path) -> Path:
    """Copy a store while it is in use.

    Parameters
    ----------
    database : Database
        The open store.
    folder : pathlib.Path
        Where backups are kept; made if missing.

    Returns
    -------
    pathlib.Path
        The backup, named by its time (UTC).

    Raises
    ------
    StoreWriteError
        If it could not be written; no half backup is left.
    """
    target = folder / f"labels-{datetime.now(UTC).strftime(_STAMP)}.sqlite"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _scratch_file(folder) as scratch:
            _copy_out(database, scratch)
            _require_sound(scratch, target)
            scratch.replace(target)
    except (OSError, sqlite3.Error, sa.exc.DBAPIError) as error:
        if isinstance(error, StoreError):
            raise
        raise StoreWriteError(
            f"The backup could not be written to {folder} ({_reason(error)}): free some space or choose "
            "another folder; the labels themselves are untouched."
        ) from error
    return target


def backups_in(folder: Path) -> list[Path]:
    """Backups in a folder, oldest first; copies that somebody named otherwise are none of ours."""
    return sorted(path for path in folder.glob("labels-*.sqlite") if _STAMPED.fullmatch(path.stem))


def time_of(backup: Path) -> datetime:
    """When a backup was made, UTC."""
    return datetime.strptime(backup.stem.removeprefix("labels-"), _STAMP).replace(tzinfo=UTC)


def rotate(folder: Path) -> list[Path]:
    """Delete backups that newer ones make superfluous; returns what was deleted."""
    deleted = []
    for path in to_delete(backups_in(folder), datetime.now(UTC)):
        try:
            path.unlink(missing_ok=True)
        except OSError:
            # Held open by another program: the next rotation gets it.
            continue
        deleted.append(path)
    return deleted


def to_delete(backups: Sequence[Path], today: datetime) -> list[Path]:
    """Which backups the rotation gives up.

    Kept are the ten newest, the last one of every day for thirty days, and the
    last one of every month for ever.

    Parameters
    ----------
    backups : sequence of pathlib.Path
        Named as :func:`back_up` names them.
    today : datetime
        The present, UTC.
    """
    ordered = sorted(backups, key=time_of)
    keep = set(ordered[-_KEEP_NEWEST:])
    last_of_day = {time_of(path).date(): path for path in ordered}
    last_of_month = {(time_of(path).year, time_of(path).month): path for path in ordered}
    keep.update(path for path in last_of_day.values() if today - time_of(path) <= _KEEP_DAILY)
    keep.update(last_of_month.values())
    return [path for path in ordered if path not in keep]


def restore(database: Database, backup: Path) -> None:
    """Put the contents of a backup in the place of the store's own, in one transaction.

    Other windows and programs that have the store open are told to open it
    again at their next save.

    Parameters
    ----------
    database : Database
        The open store, inside ``replacing_everything``; back it up first.
    backup : pathlib.Path
        A file that :func:`back_up` made, by this or an earlier version.

    Raises
    ------
    StoreError
        If the file is missing, damaged or not a backup; the store is as it was.
    StoreWriteError
        If the store could not be written; it is as it was.
    """
    if not backup.is_file():
        raise StoreError(f"There is no backup {backup}: hrm store backup --list shows those there are.")
    try:
        with tempfile.TemporaryDirectory(prefix="hrm-restore-") as folder:
            scratch = Path(folder) / "backup.sqlite"
            prepare(backup, scratch)
            _copy_in(scratch, database)
    except (OSError, sqlite3.Error, sa.exc.DBAPIError) as error:
        if isinstance(error, StoreError):
            raise
        raise StoreWriteError(
            f"The backup could not be written back ({_reason(error)}): close other windows on this "
            "project, free some space and try again; the labels are as they were."
        ) from error


def prepare(backup: Path, scratch: Path) -> None:
    """Write a sound copy of the backup to `scratch`, in the present schema, with an epoch of its own.

    Raises
    ------
    StoreError
        If the backup is damaged or none.
    ProjectError
        If it holds no label store, or a newer version of the program made it.
    """
    shutil.copyfile(backup, scratch)
    _require_sound(scratch, backup)
    engine = connect(sqlite_url(scratch))
    try:
        with engine.connect() as connection:
            current = is_current(connection, str(backup))
        if not current:
            upgrade(engine)
        with engine.connect().execution_options(writes=True) as connection, connection.begin():
            epoch = sa.update(store_info).where(store_info.c.key == "epoch").values(value=uuid.uuid4().hex)
            connection.execute(epoch)
    finally:
        engine.dispose()


@contextmanager
def _scratch_file(folder: Path) -> Iterator[Path]:
    scratch = folder / f".labels-{uuid.uuid4().hex}.part"
    try:
        yield scratch
    finally:
        for leftover in (scratch, *folder.glob(f"{scratch.name}-*")):
            leftover.unlink(missing_ok=True)


def _copy_out(database: Database, target: Path) -> None:
    if is_sqlite(database.engine):
        with closing(sqlite3.connect(target)) as file:
            _copy_pages(database.engine, file, outwards=True)
            # One file that can be carried away, without companions.
            file.execute("PRAGMA journal_mode = DELETE")
        return
    engine = connect(sqlite_url(target))
    try:
        upgrade(engine)
        copy = engine.connect().execution_options(writes=True)
        with database.reading() as source, copy, copy.begin():
            _copy_rows(source, copy)
    finally:
        engine.dispose()


def _copy_in(source: Path, database: Database) -> None:
    if is_sqlite(database.engine):
        with closing(sqlite3.connect(source)) as file:
            _copy_pages(database.engine, file, outwards=False)
        return
    engine = connect(sqlite_url(source))
    try:
        with engine.connect() as copy, copy.begin(), database.engine.begin() as target:
            for table in reversed(metadata.sorted_tables):
                target.execute(sa.delete(table))
            _copy_rows(copy, target)
            _reset_sequences(target)
    finally:
        engine.dispose()


def _copy_pages(engine: sa.Engine, other: sqlite3.Connection, *, outwards: bool) -> None:
    raw = engine.raw_connection()
    try:
        live = raw.driver_connection
        assert isinstance(live, sqlite3.Connection)
        source, target = (live, other) if outwards else (other, live)
        source.backup(target)
    finally:
        raw.close()


def _copy_rows(source: sa.Connection, target: sa.Connection) -> None:
    for table in metadata.sorted_tables:
        query = sa.select(table).order_by(*table.primary_key.columns)
        with source.execution_options(yield_per=_BATCH).execute(query) as result:
            for batch in result.mappings().partitions(_BATCH):
                target.execute(sa.insert(table), [dict(row) for row in batch])


def _reset_sequences(connection: sa.Connection) -> None:
    """Let a server number new rows after the restored ones."""
    for table in metadata.sorted_tables:
        if list(table.primary_key.columns.keys()) == ["id"]:
            highest = sa.select(sa.func.coalesce(sa.func.max(table.c.id), 0) + 1).scalar_subquery()
            sequence = sa.func.pg_get_serial_sequence(table.name, "id")
            connection.execute(sa.select(sa.func.setval(sequence, highest, sa.false())))


def _require_sound(path: Path, named: Path) -> None:
    """Refuse a damaged copy, by the name of the file the user knows."""
    try:
        with closing(sqlite3.connect(path)) as connection:
            (answer,) = connection.execute("PRAGMA integrity_check").fetchone()
    except sqlite3.DatabaseError as error:
        raise StoreError(f"{named} is not a sound backup ({error}): choose another one.") from error
    if answer != "ok":
        raise StoreError(f"{named} is damaged ({answer}): choose another backup.")


def _reason(error: BaseException) -> str:
    cause = getattr(error, "orig", None) or error
    return str(getattr(cause, "strerror", None) or cause).splitlines()[0]
