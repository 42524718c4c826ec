"""The contract of a store, kept by a file on this computer."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from hrm_core.store.engine import sqlite_file, sqlite_url
from hrm_core.store.label_store import LabelStore
from tests.support.store_backup_contract import BackupContract


class TestSqlite(BackupContract):
    """Every test of the contract on an embedded store."""

    # Alembic takes an empty text for no text here; test_migrations compares them otherwise.
    compares_defaults = False

    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        """A file in a folder whose name trips programs."""
        folder = tmp_path / "儿童 研究 #1 100% a?b"
        folder.mkdir()
        return sqlite_url(folder / "labels.sqlite")

    def change_behind(self, store: LabelStore, *statements: str) -> None:
        """With another program that knows no references and no rules."""
        path = sqlite_file(store.url)
        assert path is not None
        with closing(sqlite3.connect(path)) as file, file:
            file.execute("PRAGMA foreign_keys = OFF")
            file.execute("PRAGMA ignore_check_constraints = ON")
            for statement in statements:
                assert file.execute(statement).rowcount > 0, statement
