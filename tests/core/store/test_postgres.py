"""The contract of a store, kept by a PostgreSQL server for several computers."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from hrm_core.errors import ProjectError, StoreError
from hrm_core.store.label_store import LabelStore
from tests.support.store_adjudication_contract import AdjudicationContract
from tests.support.store_backup_contract import BackupContract
from tests.support.store_kept_contract import KeptFindingsContract

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


class TestPostgres(AdjudicationContract, KeptFindingsContract, BackupContract):
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


def test_a_server_that_does_not_answer_is_explained(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"the database does not answer .*check the server") as caught:
        LabelStore.open("postgresql://ada:secret@127.0.0.1:1/hrm", tmp_path)
    assert "secret" not in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_an_empty_database_is_no_store(server: sa.Engine, tmp_path: Path) -> None:
    with _database(server) as url, pytest.raises(ProjectError, match="holds no label store"):
        LabelStore.open(url, tmp_path)
