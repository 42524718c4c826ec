"""One unit of work: commit or roll back, and say database errors in our words."""

from __future__ import annotations

import sqlite3
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from hrm_core.errors import StoreError, StoreWriteError
from hrm_core.store.engine import sqlite_file
from hrm_core.store.schema import store_info

__all__ = ["EPOCH", "LABELS", "LOCK", "Database", "Wording", "lock_labels", "translate"]


@dataclass(frozen=True, slots=True)
class Wording:
    """What is said to somebody when the database fails.

    Attributes
    ----------
    unreadable, unwritten : str
        What could not be done; the cause follows.
    replaced : str
        When a backup was restored or frames were renumbered meanwhile.
    moved : str
        When the file is not where it was.
    quotes : bool
        Whether the database may be quoted, which names servers, databases and columns; also whether
        its own error is kept behind ours, where logs would print it.
    """

    unreadable: str
    unwritten: str
    replaced: str
    moved: str
    quotes: bool = True


LABELS = Wording(
    "The label store could not be read",
    "The labels could not be written",
    "A backup was restored, or a video connected to another file, while the labels were open here: close the "
    "project and open it again to see them as they are now.",
    "The label file was moved or replaced while it was open here: nothing was written; close the project and "
    "open it again.",
)
"""For everybody who works with the study as a whole."""

EPOCH = sa.select(store_info.c.value).where(store_info.c.key == "epoch")
"""Reads what is renewed whenever a backup is restored (revision numbers start over then) or frames
get other numbers: a window that was open all the while must not take new ones for those it knows."""

LOCK = sa.select(
    sa.func.pg_advisory_xact_lock(
        sa.bindparam("first", type_=sa.Integer), sa.bindparam("second", type_=sa.Integer)
    )
)
"""Waits on a server until nobody else holds this pair of numbers; held until the commit."""


class Database:
    """The open database: the one way to read from and write to it.

    Parameters
    ----------
    engine : sqlalchemy.engine.Engine
        From :func:`hrm_core.store.engine.connect`.
    wording : Wording
        What to say when it fails.
    """

    def __init__(self, engine: Engine, wording: Wording = LABELS) -> None:
        self.engine = engine
        self._wording = wording
        self._open = threading.local()
        self._file = sqlite_file(engine.url.render_as_string(hide_password=False))
        self._identity = _identity(self._file)
        self._epoch = self._read_epoch()

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A connection that sees one unchanging state of the store.

        Raises
        ------
        StoreError
            If the database cannot be read.
        """
        shared = self._shared()
        if shared is not None:
            yield shared
            return
        try:
            # A transaction of its own, so that several reads see the same labels
            # while another process writes.
            with self.engine.connect() as connection:
                if connection.dialect.name == "postgresql":
                    # By default a server shows every statement the newest labels.
                    connection.execution_options(isolation_level="REPEATABLE READ")
                with connection.begin():
                    yield connection
        except (sa.exc.DBAPIError, UnicodeDecodeError) as error:
            raise translate(error, writing=False, wording=self._wording) from self._behind(error)

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A connection whose changes are all committed, or none of them.

        Inside another ``writing`` of the same thread it joins that one, and all
        is committed when the outermost ends.

        Raises
        ------
        StoreWriteError
            If they could not be written; the store is as it was before.
        StoreError
            If a backup was restored or frames renumbered since this store was opened:
            what the caller has read may be gone or mean something else.
        """
        shared = self._shared()
        if shared is not None:
            yield shared
            return
        with self._committing() as connection, self._sharing(connection):
            if connection.scalar(EPOCH) != self._epoch:
                raise StoreError(self._wording.replaced)
            yield connection
            # A file that was moved away can still be written to, and nobody would
            # ever look there.
            if _identity(self._file) != self._identity:
                raise StoreWriteError(self._wording.moved)

    @contextmanager
    def _committing(self) -> Iterator[sa.Connection]:
        try:
            connection = self.engine.connect().execution_options(writes=True)
            with connection, connection.begin():
                yield connection
        except (sa.exc.DBAPIError, UnicodeDecodeError) as error:
            raise translate(error, writing=True, wording=self._wording) from self._behind(error)

    def _behind(self, error: Exception) -> Exception | None:
        return error if self._wording.quotes else None

    def _shared(self) -> sa.Connection | None:
        """The connection of this thread's unit of work, if one is under way."""
        connection: sa.Connection | None = getattr(self._open, "connection", None)
        return connection

    @contextmanager
    def _sharing(self, connection: sa.Connection) -> Iterator[None]:
        self._open.connection = connection
        try:
            yield
        finally:
            self._open.connection = None

    def lock(self, connection: sa.Connection, rater_id: int = 0, video_id: int = 0) -> None:
        """Keep other writers of the same rater and video out until the commit.

        Number 0 stands for the lists of raters, participants and recordings.
        """
        lock_labels(connection, rater_id, video_id)

    def lock_seat(self, connection: sa.Connection, session_id: int, judge_id: int) -> None:
        """Keep other writers of the same judge's sitting out until the commit."""
        # No rater has a number below 0: labels are never waited for.
        lock_labels(connection, -session_id, judge_id)

    @contextmanager
    def replacing_everything(self) -> Iterator[None]:
        """Keep everybody from saving: every window and program, until it opens the store again.

        Waits for the saves that are under way.  If the block fails, all may go on
        as if nothing had happened.
        """
        before = self._epoch
        with self.writing() as connection:
            _write_epoch(connection, uuid.uuid4().hex)
        try:
            yield
        except BaseException:
            with self._committing() as connection:
                _write_epoch(connection, before)
            raise
        self._epoch = self._read_epoch()

    @contextmanager
    def shutting_out_others(self) -> Iterator[None]:
        """Like :meth:`writing`; if it succeeds, every other window must open the store again to save.

        For changes after which what others have on their screens means something else.
        """
        if self._shared() is not None:
            raise ValueError("this unit of work must be the outermost one")
        epoch = uuid.uuid4().hex
        with self.writing() as connection:
            _write_epoch(connection, epoch)
            yield
        self._epoch = epoch

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()

    def _read_epoch(self) -> str | None:
        with self.reading() as connection:
            epoch: str | None = connection.scalar(EPOCH)
        return epoch


def _identity(file: Path | None) -> tuple[int, int] | None:
    """What tells a file from another one of the same name; None for a server or a missing file."""
    try:
        facts = None if file is None else file.stat()
    except OSError:
        return None
    return facts and (facts.st_dev, facts.st_ino)


def _write_epoch(connection: sa.Connection, epoch: str | None) -> None:
    if connection.dialect.name == "postgresql":
        # Every save reads this table first: wait for those under way. (The embedded
        # store has one writer at a time.)
        connection.execute(sa.text("LOCK TABLE store_info IN ACCESS EXCLUSIVE MODE"))
    connection.execute(sa.update(store_info).where(store_info.c.key == "epoch").values(value=epoch))


_SQLITE_MESSAGES = {
    "SQLITE_FULL": "the disk is full; free some space and try again",
    "SQLITE_READONLY": "the file or its folder is write-protected; allow writing to it and try again",
    "SQLITE_CANTOPEN": "the file cannot be opened; check that the folder exists and may be written",
    "SQLITE_PERM": "the file may not be opened; check its access rights",
    "SQLITE_BUSY": "another program holds it locked; close that program or wait, and try again",
    "SQLITE_LOCKED": "another program holds it locked; close that program or wait, and try again",
    "SQLITE_IOERR": "the disk reported an error; check the disk and its free space, and try again",
    "SQLITE_CORRUPT": "the file is damaged; run hrm store restore with the newest backup",
    "SQLITE_NOTADB": "the file is damaged or no label store; run hrm store restore with the newest backup",
}


def lock_labels(connection: sa.Connection, rater_id: int = 0, video_id: int = 0) -> None:
    """As :meth:`Database.lock`, for who has only the connection."""
    # The embedded store has one writer at a time anyway (BEGIN IMMEDIATE).
    if connection.dialect.name == "postgresql":
        connection.execute(LOCK, {"first": rater_id, "second": video_id})


def translate(
    error: sa.exc.DBAPIError | UnicodeDecodeError, *, writing: bool, wording: Wording = LABELS
) -> StoreError:
    """The error of the database as a sentence a person can act on.

    Parameters
    ----------
    error : sqlalchemy.exc.DBAPIError or UnicodeDecodeError
        What the database said; of some damaged files SQLite says it in bytes that are no text.
    writing : bool
        Whether labels were being written.
    wording : Wording
        What to say.

    Returns
    -------
    StoreError
        A :class:`StoreWriteError` if labels were being written.
    """
    kind = StoreWriteError if writing else StoreError
    opening = wording.unwritten if writing else wording.unreadable
    ending = " Nothing was changed on disk." if writing else ""
    return kind(f"{opening}: {_cause(error, quotes=wording.quotes)}.{ending}")


def _cause(error: sa.exc.DBAPIError | UnicodeDecodeError, *, quotes: bool) -> str:
    if isinstance(error, UnicodeDecodeError):
        return _SQLITE_MESSAGES["SQLITE_CORRUPT"]
    original = error.orig
    if isinstance(original, sqlite3.Error):
        name = getattr(original, "sqlite_errorname", None) or ""
        for prefix, message in _SQLITE_MESSAGES.items():
            if name.startswith(prefix):
                return message
        if "decode" in str(original) or "file format" in str(original):
            # The driver would quote what it could not read: labels have no place in messages.
            return _SQLITE_MESSAGES["SQLITE_NOTADB"]
        return f"the database refused it{_quoted(original, quotes=quotes)}"
    if error.connection_invalidated or isinstance(error, sa.exc.OperationalError):
        quoted = _quoted(original, quotes=quotes)
        return f"the database does not answer{quoted}; check the server and try again"
    return f"the database refused it{_quoted(original, quotes=quotes)}"


def _quoted(error: BaseException | None, *, quotes: bool) -> str:
    if not quotes:
        return ""
    return f" ({str(error).strip().splitlines()[0] if error and str(error).strip() else 'no reason given'})"
