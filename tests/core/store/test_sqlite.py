"""The contract of a store, kept by a file on this computer."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from hrm_core.errors import StoreWriteError
from hrm_core.records.coding import FrameCoding
from hrm_core.store.engine import sqlite_file, sqlite_url
from hrm_core.store.label_store import LabelStore
from tests.support.store_adjudication_contract import AdjudicationContract
from tests.support.store_backup_contract import BackupContract
from tests.support.store_judge_contract import JudgeContract
from tests.support.store_kept_contract import KeptFindingsContract
from tests.support.store_suggestions_contract import SuggestionsContract


class TestSqlite(
    AdjudicationContract, KeptFindingsContract, BackupContract, JudgeContract, SuggestionsContract
):
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

    def test_a_file_that_was_moved_away_is_never_written_to(self, store: LabelStore) -> None:
        """Nobody would ever look there, though the disk takes it."""
        rater_id, video_id = self.coded(store)
        path = sqlite_file(store.url)
        assert path is not None
        elsewhere = path.with_name("elsewhere.sqlite")
        copy = path.with_name("copy.sqlite")
        store.back_up().replace(copy)
        path.rename(elsewhere)
        coding = FrameCoding(rater_id, video_id, 77).with_code("AU12", 1)
        for replaced in (False, True):
            if replaced:
                copy.rename(path)
            with pytest.raises(StoreWriteError):
                store.codings.save(coding)
