"""Open or create the database behind a store URL, with settings that keep labels safe."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, Engine, make_url

from hrm_core.errors import StoreError
from hrm_core.paths import is_network_path

__all__ = ["connect", "is_sqlite", "sqlite_file", "sqlite_url"]

_BUSY_TIMEOUT_MS = 15_000
_NO_STORE = "The URL of the label store cannot be used: name a file or a postgresql:// URL"


def sqlite_url(path: Path) -> str:
    """URL of an embedded store in the file `path`."""
    return URL.create("sqlite", database=str(path)).render_as_string(hide_password=False)


def sqlite_file(url: str) -> Path | None:
    """File of an embedded store; None if the URL names a server."""
    parsed = _parsed(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        return None
    return Path(parsed.database)


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
        known = parsed.get_backend_name() in ("sqlite", "postgresql")
    except (ValueError, sa.exc.ArgumentError) as error:
        raise StoreError(f"{_NO_STORE} ({type(error).__name__}).") from error
    if not known:
        raise StoreError(f"{_NO_STORE}, not {parsed.get_backend_name()}://.")
    return parsed


def is_sqlite(connection: sa.Connection | Engine) -> bool:
    """Whether this is the embedded backend."""
    return connection.dialect.name == "sqlite"


def connect(url: str) -> Engine:
    """An engine for `url`, embedded or on a server.

    Parameters
    ----------
    url : str
        ``sqlite:///…`` or ``postgresql+psycopg://…``.

    Returns
    -------
    sqlalchemy.engine.Engine
        Nothing is opened before its first use.

    Raises
    ------
    StoreError
        If the URL is none or of another kind, an embedded store would lie on a
        network share, or the PostgreSQL driver is not installed.
    """
    parsed = _parsed(url)
    if parsed.get_backend_name() == "sqlite":
        return _connect_sqlite(url)
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    try:
        return sa.create_engine(parsed, pool_pre_ping=True)
    except ModuleNotFoundError as error:
        raise StoreError(
            "This project's labels are on a PostgreSQL server; install the driver with "
            "pip install 'hrm-annotator[team]' and open it again."
        ) from error


def _connect_sqlite(url: str) -> Engine:
    path = sqlite_file(url)
    if path is not None and is_network_path(path):
        raise StoreError(
            f"{path} lies on a network share, where the embedded label store can be corrupted: "
            "keep the project on a local disk, or use a PostgreSQL server for several computers."
        )
    engine = sa.create_engine(url)
    sa.event.listen(engine, "connect", _set_pragmas)
    sa.event.listen(engine, "begin", _begin)
    return engine


def _set_pragmas(connection: sqlite3.Connection, _record: Any) -> None:
    # The driver's own transaction handling begins too late for a consistent
    # read-check-write; _begin does it instead.
    connection.isolation_level = None
    cursor = connection.cursor()
    # First of all, so that the switch to WAL waits for other processes too.
    cursor.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA journal_mode = WAL")
    # An acknowledged save survives a power cut, not only a crash.
    cursor.execute("PRAGMA synchronous = FULL")
    # On macOS that takes this as well; elsewhere it changes nothing.
    cursor.execute("PRAGMA fullfsync = ON")
    # In kB: an import of a whole study is one transaction, and must not be written
    # out and read in again page by page while it grows.
    cursor.execute("PRAGMA cache_size = -65536")
    cursor.close()


def _begin(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    # Taking the write lock at once means that what a save has read stays true
    # until it commits.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
