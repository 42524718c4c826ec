"""The contract of a store, kept by a PostgreSQL server for several computers."""

from __future__ import annotations

import os
import threading
import traceback
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from hrm_core.errors import ProjectError, StoreError
from hrm_core.records.sitting import SittingAct, SittingEvent
from hrm_core.store.judge_view import JudgeView
from hrm_core.store.label_store import LabelStore
from tests.support.planned_session import add_session
from tests.support.store_adjudication_contract import AdjudicationContract
from tests.support.store_backup_contract import BackupContract
from tests.support.store_judge_contract import JudgeContract
from tests.support.store_kept_contract import KeptFindingsContract
from tests.support.store_suggestions_contract import SuggestionsContract

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def server() -> Iterator[sa.Engine]:
    """The server, for making and dropping databases."""
    engine = sa.create_engine(
        os.environ["TEST_POSTGRES_URL"], isolation_level="AUTOCOMMIT", poolclass=sa.NullPool
    )
    yield engine
    engine.dispose()


@contextmanager
def _database(server: sa.Engine, template: str = "template1") -> Iterator[str]:
    name = f"hrm_{uuid.uuid4().hex}"
    with server.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    # As a person would write it: the program knows its driver.
    yield server.url.set(drivername="postgresql", database=name).render_as_string(hide_password=False)
    with server.connect() as connection:
        connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(scope="module")
def empty_store(server: sa.Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Name of a database with an empty store, to be copied."""
    with _database(server) as url:
        LabelStore.create(url, tmp_path_factory.mktemp("backups")).close()
        yield str(sa.make_url(url).database)


class TestPostgres(
    AdjudicationContract, KeptFindingsContract, BackupContract, JudgeContract, SuggestionsContract
):
    """Every test of the contract on a database of its own."""

    @pytest.fixture
    def url(self, server: sa.Engine, empty_store: str) -> Iterator[str]:
        """A new database with an empty store, gone after the test."""
        with _database(server, empty_store) as url:
            yield url

    @pytest.fixture
    def store(self, url: str, tmp_path: Path) -> Iterator[LabelStore]:
        """The store in it."""
        with closing(LabelStore.open(url, tmp_path / "backups")) as store:
            yield store

    def change_behind(self, store: LabelStore, *statements: str) -> None:
        """As the server's administrator, past the references."""
        with store._db.engine.begin() as connection:
            connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
            for statement in statements:
                assert connection.execute(sa.text(statement)).rowcount > 0, statement

    def test_somebody_who_codes_does_not_make_a_judge_wait(self, store: LabelStore) -> None:
        session = add_session(store, self.clips_of(store), "Cy")
        cy = session.seats[0].judge_id
        with closing(JudgeView.open(store.url, session.name, "Cy")) as view:
            with store._db.writing() as connection:
                for number in (session.id, cy):
                    for video in (0, session.id, cy):
                        store._db.lock(connection, number, video)
                writing = threading.Thread(target=view.write, args=(SittingEvent(0, SittingAct.SHOWN),))
                writing.start()
                writing.join(timeout=20)
                assert not writing.is_alive()
            assert view.state().showings == {0: 1}

    def test_a_second_window_and_the_end_wait_for_the_answer(self, store: LabelStore) -> None:
        session = add_session(store, self.clips_of(store), "Cy")
        cy = session.seats[0].judge_id
        refused: list[str] = []

        def answer(view: JudgeView) -> None:
            try:
                view.write(SittingEvent(0, SittingAct.ANSWERED, 5))
            except ProjectError as error:
                refused.append(str(error))

        with closing(JudgeView.open(store.url, session.name, "Cy")) as view:
            others = [
                threading.Thread(target=answer, args=(view,)),
                threading.Thread(
                    target=store.rating_sessions.set_closed, args=(session.id,), kwargs={"closed": True}
                ),
            ]
            with store.all_or_nothing():
                store.rating_sessions.add_events(session, cy, [SittingEvent(0, SittingAct.ANSWERED, 2)])
                for other in others:
                    other.start()
                for other in others:
                    other.join(timeout=0.3)
                    assert other.is_alive()
            for other in others:
                other.join(timeout=20)
        assert len(refused) == 1
        scores = [event.score for event in store.rating_sessions.events(session.id, cy)]
        assert (scores, store.rating_sessions.get(session.name).closed_at is None) == ([2], False)


def test_a_server_that_does_not_answer_is_explained(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"the database does not answer .*check the server") as caught:
        LabelStore.open("postgresql://ada:secret@127.0.0.1:1/hrm", tmp_path)
    assert "secret" not in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_an_empty_database_is_no_store(server: sa.Engine, tmp_path: Path) -> None:
    with _database(server) as url:
        with pytest.raises(ProjectError, match="holds no label store"):
            LabelStore.open(url, tmp_path)
        with pytest.raises(ProjectError, match="This study holds no label store"):
            JudgeView.seats(url)


def test_a_judge_is_not_told_which_server_does_not_answer() -> None:
    url = "postgresql://ada:secret@127.0.0.1:1/asd_study"
    with pytest.raises(StoreError, match=r"could not be read: the database does not answer; check") as caught:
        JudgeView.seats(url)
    said = "".join(traceback.format_exception(caught.value))
    assert not any(word in said for word in ("secret", "127.0.0.1", "asd_study"))
