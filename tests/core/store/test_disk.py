"""Disks that are full, write-protected, shared or damaged: said in words, and nothing is lost."""

from __future__ import annotations

import os
import random
import re
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from hrm_core import paths
from hrm_core.errors import HrmError, ProjectError, StoreError, StoreWriteError
from hrm_core.records.coding import FrameCoding
from hrm_core.store.engine import sqlite_file, sqlite_url
from hrm_core.store.label_store import LabelStore
from hrm_core.store.rescue import is_lost, rescue
from tests.support.builders import furnish, random_table
from tests.support.programs import python
from tests.support.store_writer import numbered


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LabelStore]:
    """Frames 0-4 of one recording coded by rater 1."""
    store = LabelStore.create(sqlite_url(tmp_path / "labels.sqlite"), tmp_path / "backups")
    rater, film = furnish(store)
    for frame in range(5):
        store.codings.save(numbered(rater.id, film.id, frame))
    yield store
    store.close()


def test_durable_settings_are_really_on(store: LabelStore) -> None:
    with store._db.reading() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 15_000}


# ---- full ---------------------------------------------------------------------------


def _limit_pages(store: LabelStore, pages: int) -> None:
    """Let the database think that its disk ends after `pages` pages, on every connection."""

    def limit(connection: Any, *_: Any) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages}")

    sa.event.listen(store._db.engine, "checkout", limit)


def test_a_full_disk_loses_nothing_and_saving_goes_on_later(store: LabelStore) -> None:
    _limit_pages(store, 1)
    long = FrameCoding(1, 1, 100, comment="x" * 50_000)
    with pytest.raises(StoreWriteError, match="the disk is full; free some space") as caught:
        store.codings.save(long)
    assert "Nothing was changed on disk" in str(caught.value)
    assert store.codings.get(1, 1, 100) is None
    assert len(store.history.log(1, 1)) == 5
    with pytest.raises(StoreWriteError, match="the disk is full"):
        store.codings.import_tables([random_table(1, 1, 3000)], actor_id=1, reason="f", replace=True)
    assert store.codings.count(1) == {1: 5}
    assert store.verify().sound
    _limit_pages(store, 1_000_000)
    assert store.codings.save(long).revision_id is not None
    assert store.verify().sound


_FULL_DISK = """
import resource, sys
from pathlib import Path
from hrm_core.errors import StoreWriteError
from hrm_core.store.label_store import LabelStore
from hrm_core.store.rescue import is_lost, rescue
from tests.support.builders import random_table
from tests.support.store_writer import numbered
store = LabelStore.open(sys.argv[1], Path(sys.argv[2]))
largest = max(path.stat().st_size for path in Path(sys.argv[2]).parent.glob("labels.sqlite*"))
resource.setrlimit(resource.RLIMIT_FSIZE, (largest + 20_000, resource.RLIM_INFINITY))
saved, frame = 5, 5
try:
    while frame < 500:
        store.codings.save(numbered(1, 1, frame))
        saved, frame = saved + 1, frame + 1
except StoreWriteError as error:
    print(error)
try:
    store.codings.import_tables([random_table(1, 1, 5000)], actor_id=1, reason="f", replace=True)
except StoreWriteError as error:
    print(error)
try:
    store.back_up()
except StoreWriteError as error:
    print(error)
assert store.codings.count(1) == {1: saved}, (store.codings.count(1), saved)
assert store.verify().sound
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
store.codings.save(numbered(1, 1, frame))
assert store.verify().frames == saved + 1
store.close()
print("went on after", saved)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot limit the size of files")
def test_a_file_that_cannot_grow_loses_nothing(store: LabelStore, tmp_path: Path) -> None:
    store.close()
    out = python(_FULL_DISK, store.url, tmp_path / "backups").stdout.splitlines()
    assert len(out) in (3, 4)
    assert all(
        "Nothing was changed on disk." in line or "labels themselves are untouched" in line
        for line in out[:-1]
    )
    assert out[-1].startswith("went on after")
    # Neither half a backup nor the scratch file of one is left.
    assert [path.name for path in (tmp_path / "backups").glob(".*")] == []
    assert store.verify().sound


# ---- write-protected ------------------------------------------------------------------

_AS_NOBODY = """
import os, sys
from pathlib import Path
from hrm_core.errors import HrmError
from hrm_core.store.label_store import LabelStore
from hrm_core.store.rescue import is_lost, rescue
from tests.support.store_writer import numbered
import hrm_core.store.history, alembic.command
if os.geteuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
try:
    store = LabelStore.open(sys.argv[1], Path(sys.argv[2]))
    store.codings.save(numbered(1, 1, 9))
except HrmError as error:
    print(type(error).__name__, error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other access rights")
@pytest.mark.parametrize("what", ["file", "folder"])
def test_a_write_protected_store_is_explained(what: str) -> None:
    # Not below pytest's own folder, which nobody else may enter.
    with tempfile.TemporaryDirectory() as home:
        Path(home).chmod(0o755)
        folder = Path(home) / "study"
        folder.mkdir()
        with closing(LabelStore.create(sqlite_url(folder / "labels.sqlite"), folder)) as store:
            furnish(store)
        assert [path.name for path in folder.iterdir()] == ["labels.sqlite"]
        (folder / "labels.sqlite").chmod(0o444 if what == "file" else 0o666)
        folder.chmod(0o777 if what == "file" else 0o555)
        out = python(_AS_NOBODY, store.url, folder).stdout
        folder.chmod(0o755)
    kind, _, message = out.partition(" ")
    assert kind in ("StoreError", "StoreWriteError")
    assert "write-protected" in message or "may be written" in message or "access rights" in message
    assert len(message.splitlines()) == 1


def test_a_store_opened_read_only_refuses_to_save(store: LabelStore) -> None:
    """Works as root too, for whom access rights do not count."""

    def read_only(connection: sqlite3.Connection, *_: Any) -> None:
        connection.execute("PRAGMA query_only = ON")

    sa.event.listen(store._db.engine, "checkout", read_only)
    with pytest.raises(StoreWriteError, match="write-protected; allow writing"):
        store.codings.save(numbered(1, 1, 9))
    assert store.verify().frames == 5


def test_a_store_that_another_program_holds_is_explained(store: LabelStore) -> None:
    def impatient(connection: sqlite3.Connection, *_: Any) -> None:
        connection.execute("PRAGMA busy_timeout = 50")

    sa.event.listen(store._db.engine, "checkout", impatient)
    with closing(sqlite3.connect(sqlite_file(store.url), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreWriteError, match="another program holds it locked"):
            store.codings.save(numbered(1, 1, 9))
        assert store.verify().frames == 5
        other.execute("ROLLBACK")
    store.codings.save(numbered(1, 1, 9))


# ---- shared, missing, something else -----------------------------------------------------


def test_a_network_share_is_refused(
    store: LabelStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = tmp_path / "mounts"
    table.write_text(f"/dev/sda1 / ext4 rw 0 0\nnas:/x {tmp_path} cifs rw 0 0\n", encoding="utf-8")
    monkeypatch.setattr(paths, "_MOUNT_TABLE", table)
    for act in (LabelStore.open, LabelStore.create):
        with pytest.raises(StoreError, match=r"network share.*local disk.*PostgreSQL"):
            act(store.url if act == LabelStore.open else sqlite_url(tmp_path / "new.sqlite"), tmp_path)
    assert not (tmp_path / "new.sqlite").exists()


def test_a_missing_file_is_not_made_anew(tmp_path: Path) -> None:
    for path in (tmp_path / "labels.sqlite", tmp_path):
        with pytest.raises(ProjectError, match="is missing: put it back, or restore a backup"):
            LabelStore.open(sqlite_url(path), tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"frame,AU1\n1,0\n" * 500, "damaged or no label store; run hrm store restore"),
        (b"", "holds no label store"),
        (os.urandom(5000), "damaged or no label store"),
    ],
)
def test_a_file_that_is_no_database_is_explained(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "labels.sqlite"
    path.write_bytes(data)
    with pytest.raises(HrmError, match=message):
        LabelStore.open(sqlite_url(path), tmp_path)
    assert path.read_bytes() == data or data == b""


def test_another_programs_database_is_no_store(tmp_path: Path) -> None:
    path = tmp_path / "labels.sqlite"
    with closing(sqlite3.connect(path)) as file, file:
        file.execute("CREATE TABLE cats (name)")
    with pytest.raises(ProjectError, match="holds no label store"):
        LabelStore.open(sqlite_url(path), tmp_path)


def test_a_folder_that_is_not_there_is_explained(tmp_path: Path) -> None:
    with pytest.raises(StoreWriteError, match="cannot be opened; check that the folder exists"):
        LabelStore.create(sqlite_url(tmp_path / "gone" / "labels.sqlite"), tmp_path)


@pytest.mark.parametrize("url", ["mysql://host/labels", "nonsense://host/labels"])
def test_other_databases_are_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(StoreError, match="name a file or a postgresql:// URL"):
        LabelStore.open(url, tmp_path)


@pytest.mark.parametrize("url", ["://", "labels", "postgresql://host:port/x"])
def test_what_is_no_url_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(StoreError, match="name a file or a postgresql:// URL"):
        LabelStore.open(url, tmp_path)


# ---- damaged ------------------------------------------------------------------------------


def test_flipped_bytes_are_found(store: LabelStore, tmp_path: Path) -> None:
    """Wherever bytes were flipped, opening or verifying says so, or nothing was lost by it."""
    store.codings.import_tables([random_table(1, 1, 900)], actor_id=1, reason="f", replace=True)
    store.close()
    whole = (tmp_path / "labels.sqlite").read_bytes()
    (tmp_path / "damaged").mkdir()
    path = tmp_path / "damaged" / "labels.sqlite"
    path.write_bytes(whole)
    contents = _contents(path)
    rng, noticed = random.Random(11), 0
    for place in (10, 40, 4096, *rng.sample(range(len(whole)), 40)):
        damaged = bytearray(whole)
        damaged[place : place + 200] = bytes(byte ^ 0xFF for byte in damaged[place : place + 200])
        path.write_bytes(damaged)
        said = ""
        try:
            with closing(LabelStore.open(sqlite_url(path), tmp_path)) as opened:
                sound = opened.verify().sound
        except HrmError as error:
            sound, said = False, str(error)
        assert not said or re.search("damaged|no label store|newer version", said)
        assert "AU" not in said
        noticed += not sound
        # Pages have free space, where nothing is lost.
        assert not sound or _contents(path) == contents, f"byte {place}"
    assert noticed > 20


def _contents(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as file:
        return list(file.iterdump())


@pytest.mark.parametrize("what", ["pages", "header", "gone", "empty", "companions"])
def test_a_lost_store_can_be_restored(store: LabelStore, tmp_path: Path, what: str) -> None:
    good = store.back_up()
    store.close()
    path = tmp_path / "labels.sqlite"
    data = bytearray(path.read_bytes())
    if what == "pages":
        data[8192 : len(data) - 8192] = b"\xff" * (len(data) - 16_384)
    elif what == "header":
        data[:100] = b"\0" * 100
    path.write_bytes(b"" if what == "empty" else data)
    if what == "gone":
        path.unlink()
    if what == "companions":
        path.write_bytes(data[:5000])
        Path(f"{path}-wal").write_bytes(b"x" * 5000)
    assert is_lost(store.url)
    aside = rescue(store.url, good, tmp_path / "backups")
    assert (aside / "labels.sqlite").exists() == (what != "gone")
    with closing(LabelStore.open(store.url, tmp_path / "backups")) as opened:
        assert opened.verify().sound
        assert opened.codings.count(1) == {1: 5}
        opened.codings.save(numbered(1, 1, 5))
    assert not is_lost(store.url)
    assert not list(tmp_path.glob(".*"))


def test_a_rescue_that_fails_changes_nothing(store: LabelStore, tmp_path: Path) -> None:
    store.close()
    path = tmp_path / "labels.sqlite"
    path.write_bytes(b"x" * 9000)
    for backup in (tmp_path / "gone.sqlite", path):
        with pytest.raises(StoreError, match=r"There is no backup|sound backup|damaged"):
            rescue(store.url, backup, tmp_path / "backups")
    assert [entry.name for entry in tmp_path.iterdir()] == ["labels.sqlite"]


def test_a_sound_or_locked_store_is_not_lost(store: LabelStore) -> None:
    assert not is_lost(store.url)
    assert not is_lost("postgresql://host/labels")
    with closing(sqlite3.connect(sqlite_file(store.url), isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert not is_lost(store.url)
