"""A connection to the store on which a judge can do nothing else than rate.

Two fences, one behind the other: statements that are not the judge's own are not sent at all,
and the embedded store asks for every table and column that a statement touches.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from hrm_core.errors import ProjectError, StoreError, UserError
from hrm_core.paths import is_network_path
from hrm_core.store.engine import connect, sqlite_file
from hrm_core.store.migrate import is_current
from hrm_core.store.schema import rating_trial
from hrm_core.store.session import Database, Wording, translate

__all__ = ["READABLE", "WORDING", "WRITABLE", "guarded", "undamaged"]

READABLE: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "rating_session": frozenset({"id", "name", "token", "presentation", "closed_at"}),
        "rating_seat": frozenset({"session_id", "judge_id", "place"}),
        "rating_trial": frozenset(column.name for column in rating_trial.c),
        "rating_clip": frozenset({"session_id", "clip_id", "file", "sha256"}),
        "rating_event": frozenset({"id", "session_id", "judge_id", "position", "act", "replays"}),
        # To take an answer back its row must be found, which needs no score.
        "rating": frozenset({"session_id", "judge_id", "position"}),
        # SQLite looks up that the clip of a rating exists.
        "clip": frozenset({"id"}),
        "rater": frozenset({"id", "name"}),
        "store_info": frozenset({"key", "value"}),
    }
)
"""Columns that a judge's connection can read, by table."""

WRITABLE = frozenset({"rating_event", "rating"})
"""Tables into which a judge's connection can write."""

_FUNCTIONS = frozenset({"count"})

WORDING = Wording(
    "The session could not be read",
    "This could not be written",
    "The study was changed as a whole while you were rating, for example by going back to a backup: close "
    "the window and open it again; it goes on where the study now says you were.",
    "The study was moved or replaced while you were rating: nothing was written; close the window and open "
    "it again.",
    quotes=False,
)
"""For judges: no file, no server, no column."""

_OTHERS = "A judge's connection sends no other statements than its own."


def guarded(url: str, statements: Collection[sa.Executable]) -> Database:
    """The store behind `url`, cut off from everything that is not on the lists.

    Parameters
    ----------
    url : str
        Of the label store.
    statements : collection of sqlalchemy.Executable
        These very statements can be sent, and no others.

    Raises
    ------
    ProjectError
        If there is no store, it was not opened since the program was updated, or a newer version
        made it.
    StoreError
        If it cannot be read.  No message names a file or a server.
    """
    file = sqlite_file(url)
    if file is not None and not file.is_file():
        raise ProjectError("The label store of this study is missing: ask who planned the session.")
    if file is not None and is_network_path(file):
        raise StoreError(
            "The label store of this study lies on a network share, where it can be corrupted: ask who "
            "planned the session."
        )
    engine = connect(url)
    try:
        with engine.connect() as connection:
            current = is_current(connection, "This study")
        # From here on with connections that were guarded before they were used.
        engine.dispose()
        sa.event.listen(engine, "connect", _set_authorizer)
        sa.event.listen(engine, "before_execute", _refuse_all_but(statements))
        sa.event.listen(engine, "before_cursor_execute", _refuse_text)
        if not current:
            raise ProjectError(
                "This study was made with an older version of the program: whoever planned the session "
                "opens it once, then it can be rated."
            )
        return Database(engine, WORDING)
    except (sa.exc.DBAPIError, UnicodeDecodeError) as error:
        engine.dispose()
        # Not "from error": logs would print what it says of the server.
        raise translate(error, writing=False, wording=WORDING) from None
    except BaseException:
        engine.dispose()
        raise


def _set_authorizer(connection: Any, _record: Any) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.set_authorizer(_authorize)


def _authorize(
    act: int, first: str | None, second: str | None, _database: str | None, _trigger: str | None
) -> int:
    """Whether SQLite may do one thing that a statement needs."""
    allowed = act in (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_TRANSACTION)
    if act == sqlite3.SQLITE_FUNCTION:
        allowed = second in _FUNCTIONS
    elif act == sqlite3.SQLITE_READ:
        # An empty column: rows are counted, nothing is read.
        readable = READABLE.get(first or "")
        allowed = readable is not None and (not second or second in readable)
    elif act == sqlite3.SQLITE_INSERT:
        allowed = first in WRITABLE
    elif act == sqlite3.SQLITE_DELETE:
        # The log forgets nothing.
        allowed = first == "rating"
    return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY


def _refuse_all_but(statements: Collection[sa.Executable]) -> Callable[..., None]:
    """Refuse every statement but these, before a server sees it."""

    def refuse(_connection: sa.Connection, statement: Any, *_: Any) -> None:
        if not any(statement is own for own in statements):
            raise StoreError(_OTHERS)

    return refuse


def _refuse_text(
    _connection: sa.Connection, _cursor: Any, statement: str, _parameters: Any, context: Any, _many: bool
) -> None:
    """Refuse SQL that is written out, which passes by :func:`_refuse_all_but`."""
    if context.compiled is None and statement not in ("BEGIN", "BEGIN IMMEDIATE"):
        raise StoreError(_OTHERS)


@contextmanager
def undamaged() -> Iterator[None]:
    """Say in our words that a row is none that this program wrote."""
    try:
        yield
    except UserError:
        raise
    except (ValueError, LookupError, TypeError):
        # Not "from": it may quote the row.
        raise StoreError(
            "What the study holds of this session is damaged: tell whoever planned it; hrm store verify says "
            "more, and nothing was written."
        ) from None
