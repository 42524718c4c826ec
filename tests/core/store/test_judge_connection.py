"""What lies beneath a judge's sitting in the embedded store: every table and column, tried one by one."""

from __future__ import annotations

import sqlite3
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from hrm_core.errors import NotFoundError, ProjectError, UserError
from hrm_core.records.people import Participant
from hrm_core.records.rating_plan import RatingSession
from hrm_core.records.recording import Recording
from hrm_core.records.sitting import SittingAct, SittingEvent
from hrm_core.store import judge_connection
from hrm_core.store.engine import sqlite_url
from hrm_core.store.judge_connection import READABLE, WRITABLE
from hrm_core.store.judge_view import JudgeView
from hrm_core.store.label_store import LabelStore
from tests.support.planned_session import add_session

_SECRETS = ("ASD", "K-1702", "film-1702", "1702.mp4", "Boss")
_FOLDER = "study of K-1702"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the label store lies; the folder's name tells what no judge may know."""
    folder = tmp_path / _FOLDER
    folder.mkdir()
    return folder / "labels.sqlite"


@pytest.fixture
def session(file: Path) -> Iterator[RatingSession]:
    """A session of two judges, who both have answered something; everything else holds rows as well."""
    with closing(LabelStore.create(sqlite_url(file), file.parent)) as store:
        who = store.people.add_participant(Participant(0, "K-1702", "ASD"))
        film = store.recordings.add(Recording(0, who.id, "film-1702", "1702.mp4", frame_count=100))
        clips = store.recordings.add_clips(film.id, [(0, 9), (20, 29), (30, 39)])
        session = add_session(store, clips, "Cy", "Di", name="first")
        boss = store.people.ensure_rater("Boss of it")
        store.rating_sessions.write_log(session.id, "planned", boss.id, {"who": "Boss"})
        for seat in session.seats:
            events = [SittingEvent(0, SittingAct.ANSWERED, 5), SittingEvent(1, SittingAct.ANSWERED, 4)]
            store.rating_sessions.add_events(session, seat.judge_id, events)
        yield session


@contextmanager
def _raw(file: Path) -> Iterator[sqlite3.Connection]:
    """The bare connection of a judge: only SQLite's own fence is left."""
    with closing(JudgeView.open(sqlite_url(file), "first", "Cy")) as view:
        pooled = view._db.engine.raw_connection()
        connection = pooled.driver_connection
        assert isinstance(connection, sqlite3.Connection)
        try:
            yield connection
        finally:
            pooled.close()


def _columns(file: Path) -> dict[str, list[str]]:
    """Every table that the file has, also those of SQLite itself, with its columns."""
    with closing(sqlite3.connect(file)) as plain:
        names = [name for (name,) in plain.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        names += ["sqlite_master", "sqlite_schema", "sqlite_temp_master"]
        return {name: [row[1] for row in plain.execute(f"PRAGMA table_info({name})")] for name in names}


def _refused(connection: sqlite3.Connection, statement: str) -> bool:
    try:
        connection.execute(statement).fetchall()
    except sqlite3.DatabaseError as error:
        # Anything else would be a fault of the statement, and prove nothing.
        if not any(word in str(error) for word in ("not authorized", "prohibited")):
            raise AssertionError(f"{statement}: {error}") from error
        return True
    return False


@pytest.mark.usefixtures("session")
def test_what_is_not_on_the_list_cannot_be_read_by_any_statement(file: Path) -> None:
    tables = _columns(file)
    assert set(READABLE) < set(tables)
    assert len(tables) > 30
    with _raw(file) as connection:
        for table, columns in tables.items():
            listed = READABLE.get(table, frozenset())
            assert listed <= set(columns)
            assert _refused(connection, f"SELECT * FROM {table}") == (listed != set(columns)), table
            assert _refused(connection, f"SELECT count(*) FROM {table}") == (not listed), table
            for column in columns:
                for statement in (
                    f"SELECT {column} FROM {table}",
                    f"SELECT count({column}) FROM {table}",
                    f"SELECT 1 FROM {table} WHERE {column} IS NOT NULL",
                    f"SELECT 1 FROM {table} ORDER BY {column}",
                    f"SELECT count(*) FROM {table} GROUP BY {column}",
                    f"SELECT x FROM (SELECT {column} AS x FROM {table})",
                    f"WITH x AS (SELECT {column} AS y FROM {table}) SELECT y FROM x",
                    f"SELECT (SELECT {column} FROM {table} LIMIT 1)",
                    f"SELECT a.{column} FROM rater JOIN {table} AS a ON 1",
                    f"SELECT name FROM rater UNION SELECT {column} FROM {table}",
                ):
                    assert _refused(connection, statement) == (column not in listed), statement


def test_what_no_judge_may_know_is_not_on_the_list() -> None:
    never = {
        "rating": {"score", "response_s", "repeat"},
        "rating_event": {"score", "response_s", "at"},
        "rating_session": {"plan", "sign_key", "question", "created_at"},
        "rating_seat": {"token", "blind", "why_not_blind"},
        "rating_clip": {"first_frame", "last_frame", "withheld"},
        "rater": {"role", "blind", "sees_eyes"},
        "clip": {"video_id", "number", "first_frame", "state"},
    }
    assert [table for table, columns in never.items() if columns & READABLE[table]] == []
    assert READABLE.keys() == never.keys() | {"rating_trial", "store_info"}
    assert set(WRITABLE) == {"rating_event", "rating"}


@pytest.mark.usefixtures("session")
def test_what_is_on_the_list_tells_nothing_of_the_children(file: Path) -> None:
    with _raw(file) as connection:
        for table, columns in READABLE.items():
            for column in columns:
                told = str(connection.execute(f"SELECT {column} FROM {table}").fetchall())
                if (table, column) != ("rater", "name"):
                    assert not any(secret in told for secret in _SECRETS), (table, column)
                assert not any(secret in told for secret in _SECRETS[:4]), (table, column)


@pytest.mark.usefixtures("session")
def test_nothing_but_answers_can_be_written(file: Path) -> None:
    before = _dump(file)
    with _raw(file) as connection:
        for table, columns in _columns(file).items():
            if table == "sqlite_temp_master":
                continue
            rest = [*columns, *columns]
            tried = [
                f"UPDATE {table} SET {columns[-1]} = 7",
                f"DELETE FROM {table} WHERE {rest[1]} IS NOT NULL",
                f"UPDATE {table} SET {columns[0]} = {columns[0]}",
            ]
            if table != "rating":
                tried.append(f"DELETE FROM {table}")
            if table not in WRITABLE:
                tried += [
                    f"INSERT INTO {table} ({columns[0]}) VALUES (99)",
                    f"REPLACE INTO {table} DEFAULT VALUES",
                ]
            for statement in tried:
                if statement == "DELETE FROM rating WHERE judge_id IS NOT NULL":
                    continue
                assert _refused_or_readonly(connection, statement), statement
        # What can be written cannot be read by the way.
        assert _refused(connection, "DELETE FROM rating RETURNING score")
        assert _refused(connection, "INSERT INTO rating_event (act) SELECT code FROM participant")
        insert = "INSERT INTO rating_event (at, session_id, judge_id, position, act, via) VALUES "
        assert _refused(connection, insert + "('', 1, 1, 0, (SELECT score FROM rating LIMIT 1), '')")
        insert = "INSERT INTO rating (session_id, judge_id, clip_id, position, score) VALUES (1, 1, 1, 1, 5) "
        assert _refused(connection, insert + "ON CONFLICT DO UPDATE SET score = 1")
        assert _refused(connection, insert + "ON CONFLICT DO NOTHING RETURNING score")
    assert _dump(file) == before


def _refused_or_readonly(connection: sqlite3.Connection, statement: str) -> bool:
    try:
        return _refused(connection, statement)
    except AssertionError as error:
        # SQLite's own tables, which nobody can change.
        return "may not be modified" in str(error)


def _dump(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as plain:
        return list(plain.iterdump())


# Allowed, or written without brackets.
_WORDS = {"count", "current_date", "current_time", "current_timestamp"}
# What SQLite says of things that it does not have, before it asks whether it may.
_NOT_THERE = (
    "no such function",
    "no such module",
    "no such database",
    "unsupported",
    "wrong number",
    "vtable",
)


@pytest.mark.usefixtures("session")
def test_a_judges_connection_cannot_be_widened(file: Path, tmp_path: Path) -> None:
    before = _dump(file)
    with closing(sqlite3.connect(":memory:")) as plain:
        pragmas = [name for (name,) in plain.execute("PRAGMA pragma_list")]
        functions = {name for name, *_ in plain.execute("PRAGMA function_list")}
    assert {"writable_schema", "table_info", "trusted_schema"} <= set(pragmas)
    assert {"load_extension", "upper", "json_group_array"} <= functions
    tried = [f"PRAGMA {name}" for name in pragmas] + [f"PRAGMA {name} = 1" for name in pragmas]
    tried += [f"SELECT {name}(name) FROM rater" for name in functions - _WORDS if name.isidentifier()]
    tried += [
        "SELECT * FROM pragma_table_info('participant')",
        "SELECT * FROM pragma_table_list",
        "SELECT * FROM json_each('[1]')",
        f"ATTACH '{tmp_path / 'other'}' AS other",
        f"VACUUM INTO '{tmp_path / 'copy'}'",
        "DETACH main",
        "DROP TABLE rating",
        "DROP TABLE participant",
        "ALTER TABLE rating ADD COLUMN x",
        "ALTER TABLE participant RENAME TO rating_x",
        "CREATE TABLE x (y)",
        "CREATE TEMP TABLE x (y)",
        "CREATE TEMP TABLE x AS SELECT code FROM participant",
        "CREATE VIEW x AS SELECT code FROM participant",
        "CREATE TEMP VIEW rater AS SELECT * FROM participant",
        "CREATE INDEX x ON rater (name)",
        "CREATE VIRTUAL TABLE x USING fts5(y)",
        "CREATE TEMP TRIGGER x AFTER INSERT ON rating BEGIN UPDATE rater SET name = new.score; END",
        "ANALYZE",
        "REINDEX",
        "SAVEPOINT x",
        "WITH RECURSIVE x(y) AS (SELECT 1 UNION ALL SELECT y + 1 FROM x) SELECT y FROM x LIMIT 3",
    ]
    with _raw(file) as connection:
        for statement in tried:
            try:
                connection.execute(statement).fetchall()
                said = "nothing"
            except sqlite3.Error as error:
                said = str(error)
            assert "authoriz" in said or "prohibited" in said or any(word in said for word in _NOT_THERE), (
                f"{statement}: {said}"
            )
    assert not (tmp_path / "other").exists()
    assert not (tmp_path / "copy").exists()
    assert _dump(file) == before


@pytest.mark.usefixtures("session")
def test_every_connection_of_a_judge_is_guarded(file: Path) -> None:
    refused: list[bool] = []

    def try_it(view: JudgeView) -> None:
        pooled = view._db.engine.raw_connection()
        connection = pooled.driver_connection
        assert isinstance(connection, sqlite3.Connection)
        refused.append(_refused(connection, "SELECT code FROM participant"))
        pooled.close()

    with closing(JudgeView.open(sqlite_url(file), "first", "Cy")) as view:
        view.write(SittingEvent(2, SittingAct.SHOWN))
        with view._db.reading():
            threads = [threading.Thread(target=try_it, args=(view,)) for _ in range(3)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    assert refused == [True] * 3


# ---- what is said when something is wrong ----------------------------------------------------


def _gone(file: Path) -> None:
    with closing(sqlite3.connect(file)) as plain:
        plain.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    file.rename(file.with_name("elsewhere.sqlite"))


def _empty(file: Path) -> None:
    _gone(file)
    sqlite3.connect(file).close()


def _cut_off(file: Path) -> None:
    _gone(file)
    file.write_bytes(file.with_name("elsewhere.sqlite").read_bytes()[:5000])


def _garbled(file: Path) -> None:
    _gone(file)
    file.write_bytes(b"K-1702 ASD" * 1000)


def _newer(file: Path) -> None:
    with closing(sqlite3.connect(file)) as plain, plain:
        plain.execute("UPDATE alembic_version SET version_num = '9999'")


def _older(file: Path) -> None:
    with closing(sqlite3.connect(file)) as plain, plain:
        plain.execute("UPDATE alembic_version SET version_num = '0006'")


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize("spoil", [_gone, _empty, _cut_off, _garbled, _newer, _older])
def test_no_message_names_a_file(file: Path, spoil: Callable[[Path], None]) -> None:
    with closing(JudgeView.open(sqlite_url(file), "first", "Cy")) as view:
        spoil(file)
        said = [_complaint(lambda: JudgeView.seats(sqlite_url(file)))]
        if not file.exists() or spoil in (_empty, _cut_off, _garbled):
            said.append(_complaint(lambda: view.write(SittingEvent(2, SittingAct.SHOWN))))
    for text in said:
        assert not any(secret in text for secret in (*_SECRETS, str(file), _FOLDER, file.name)), text


def _complaint(act: Callable[[], object]) -> str:
    """The whole traceback, as a log would hold it."""
    with pytest.raises(UserError) as caught:
        act()
    assert len(str(caught.value).splitlines()) == 1
    return "".join(traceback.format_exception(caught.value))


@pytest.mark.usefixtures("session")
def test_a_network_share_is_not_named(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judge_connection, "is_network_path", lambda _path: True)
    said = _complaint(lambda: JudgeView.seats(sqlite_url(file)))
    assert "network share" in said
    assert _FOLDER not in said


@pytest.mark.usefixtures("session")
def test_a_judge_who_is_not_there_is_told_whom_to_ask(file: Path) -> None:
    with pytest.raises(NotFoundError, match="'Ed' has no place in a session 'first': ask who planned"):
        JudgeView.open(sqlite_url(file), "first", "Ed")
    with pytest.raises(ProjectError, match="The label store of this study is missing"):
        JudgeView.open(sqlite_url(file.with_name("none.sqlite")), "first", "Cy")
