"""What every store keeps its word on: proof of soundness, backups, schema versions."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from hrm_core.errors import ProjectError, StoreError
from hrm_core.records.coding import FrameCoding
from hrm_core.records.people import Participant
from hrm_core.store import backup as backups
from hrm_core.store import label_store, migrate, schema
from hrm_core.store.engine import sqlite_url
from hrm_core.store.label_store import LabelStore
from tests.support.builders import furnish, random_table
from tests.support.programs import writer
from tests.support.store_clips_contract import ClipsContract
from tests.support.store_contract import said
from tests.support.store_writer import numbered

__all__ = ["BackupContract"]

# What somebody could do with a database browser, and what verify must say of it.
TAMPERED = {
    "a code changed": ("UPDATE action_code SET code = 3 WHERE frame = 2", "Frame 2 .* does not explain"),
    "an intensity added": ("UPDATE action_code SET intensity = 'C' WHERE frame = 2", "Frame 2 "),
    "an origin changed": ("UPDATE action_code SET origin = 'accepted' WHERE frame = 2", "Frame 2 "),
    "a code deleted": ("DELETE FROM action_code WHERE frame = 2 AND action = 'AU1'", "Frame 2 "),
    "a code added": (
        "INSERT INTO action_code (rater_id, video_id, frame, action, code)"
        " SELECT rater_id, video_id, frame, 'AD37', 1 FROM frame_coding WHERE frame = 3",
        "Frame 3 ",
    ),
    "an action nobody knows": ("UPDATE action_code SET action = 'AU99' WHERE action = 'AU1'", "AU99"),
    "a frame moved": ("UPDATE frame_coding SET frame = 99 WHERE frame = 4", "Frame (4|99) |refers to"),
    "a comment changed": ("UPDATE frame_coding SET comment = 'no' WHERE frame = 1", "Frame 1 "),
    "a doubt removed": ("UPDATE frame_coding SET doubtful = NOT doubtful WHERE frame = 1", "Frame 1 "),
    "a state changed": ("UPDATE frame_coding SET state = 'checked' WHERE frame = 1", "Frame 1 "),
    "a state nobody knows": ("UPDATE frame_coding SET state = 'maybe' WHERE frame = 1", "maybe"),
    "a frame deleted": ("DELETE FROM frame_coding WHERE frame = 4", "Frame 4 |refers to"),
    "another entry named": (
        "UPDATE frame_coding SET revision_id = (SELECT min(id) FROM revision) WHERE frame = 4",
        "Frame 4 .* names another history entry",
    ),
    "an entry deleted": (
        "DELETE FROM revision WHERE id = (SELECT min(id) FROM revision)",
        "Frame 0 |refers to",
    ),
    "an entry rewritten": (
        "UPDATE revision SET after = replace(after, 'AU7=3', 'AU7=4') WHERE first_frame = 2",
        "Frame 2 ",
    ),
    "an entry's past rewritten": (
        "UPDATE revision SET before = replace(after, 'AU7=3', 'AU7=4') WHERE first_frame = 2",
        "does not start from what frame 2 held",
    ),
    "an entry made unreadable": ("UPDATE revision SET after = '{' WHERE first_frame = 2", "cannot be read"),
    "an entry emptied": ("UPDATE revision SET after = '[]' WHERE first_frame = 2", "cannot be read"),
    "an entry with a wrong code": (
        "UPDATE revision SET after = replace(after, 'AU1=', 'AU1=x') WHERE first_frame = 2",
        "cannot be read",
    ),
    "an entry's kind changed": ("UPDATE revision SET kind = 'magic' WHERE first_frame = 2", "cannot be read"),
    "an entry's time garbled": ("UPDATE revision SET at = 'noon' WHERE first_frame = 2", "cannot be read"),
}


class BackupContract(ClipsContract):
    """Tests of verify, backup, restore and upgrade in any store."""

    compares_defaults = True

    def coded(self, store: LabelStore) -> tuple[int, int]:
        """Frames 0 to 4 coded; numbers of rater and recording."""
        rater, film = furnish(store)
        for frame in range(5):
            store.codings.save(numbered(rater.id, film.id, frame))
        return rater.id, film.id

    # ---- verify -------------------------------------------------------------------------

    def test_an_untouched_store_is_sound(self, store: LabelStore) -> None:
        assert store.verify().sound
        self.coded(store)
        result = store.verify()
        assert (result.sound, result.frames, result.revisions, result.findings) == (True, 5, 5, ())

    @pytest.mark.parametrize("what", TAMPERED)
    def test_tampering_is_found(self, store: LabelStore, what: str) -> None:
        self.coded(store)
        statement, finding = TAMPERED[what]
        self.change_behind(store, statement)
        result = store.verify()
        assert not result.sound
        with pytest.raises(AssertionError, match=finding):
            raise AssertionError("\n".join(result.findings))

    def test_findings_are_not_endless(self, store: LabelStore) -> None:
        rater, film = furnish(store)
        store.codings.import_tables([random_table(rater.id, film.id, 500)], actor_id=rater.id, reason="f")
        self.change_behind(store, "UPDATE frame_coding SET comment = 'x'")
        assert len(store.verify().findings) == 20

    def test_verify_works_while_another_program_writes(self, store: LabelStore, url: str) -> None:
        rater, film = furnish(store)
        with writer("save", url, rater.id, film.id, 0, 60) as program:
            while program.poll() is None:
                assert store.verify().findings == ()
            assert program.returncode == 0
        assert store.verify().frames == 60

    # ---- backup and restore ----------------------------------------------------------------

    def test_a_backup_is_one_file_with_everything(self, store: LabelStore, tmp_path: Path) -> None:
        rater_id, video_id = self.coded(store)
        path = store.back_up()
        assert [entry.name for entry in (tmp_path / "backups").iterdir()] == [path.name]
        copy = tmp_path / "elsewhere.sqlite"
        shutil.copy(path, copy)
        with closing(LabelStore.open(sqlite_url(copy), tmp_path / "none")) as opened:
            assert opened.codings.of_video(rater_id, video_id) == store.codings.of_video(rater_id, video_id)
            assert opened.history.log(rater_id, video_id) == store.history.log(rater_id, video_id)
            assert opened.people.participants() == store.people.participants()
            assert opened.verify().sound

    def test_a_backup_while_another_program_writes_is_sound(
        self, store: LabelStore, url: str, tmp_path: Path
    ) -> None:
        rater, film = furnish(store)
        made = []
        with writer("save", url, rater.id, film.id, 0, 60) as program:
            assert program.stdout is not None
            for line in program.stdout:
                frame = int(line.split()[1])
                if frame % 15 == 5:
                    made.append((frame + 1, store.back_up()))
            assert program.wait(60) == 0
        assert len(made) == 4
        for at_least, path in made:
            with closing(LabelStore.open(sqlite_url(path), tmp_path / "none")) as opened:
                frames = opened.codings.of_video(rater.id, film.id)
                assert sorted(frames) == list(range(len(frames)))
                assert len(frames) >= at_least
                assert opened.verify().sound

    def test_restore_goes_back_and_keeps_what_was_there(self, store: LabelStore, tmp_path: Path) -> None:
        rater_id, video_id = self.coded(store)
        then = store.codings.of_video(rater_id, video_id)
        path = store.back_up()
        store.codings.save(numbered(rater_id, video_id, 77))
        store.people.add_participant(Participant(0, "S99"))
        safety = store.restore(path)
        assert store.codings.of_video(rater_id, video_id) == then
        assert [who.code for who in store.people.participants()] == ["7"]
        with closing(LabelStore.open(sqlite_url(safety), tmp_path / "none")) as before:
            assert before.codings.of_video(rater_id, video_id).keys() == {0, 1, 2, 3, 4, 77}
        # The window that restored goes on at once; numbers are given anew.
        changes = store.codings.save(numbered(rater_id, video_id, 5))
        assert changes.revision_id == 6
        assert store.people.add_participant(Participant(0, "S2")).id not in {1, 0}
        assert store.verify().sound

    def test_other_windows_are_told_of_a_restore(
        self, store: LabelStore, open_again: Callable[[], LabelStore]
    ) -> None:
        rater_id, video_id = self.coded(store)
        other = open_again()
        path = store.back_up()
        read = store.codings.save(numbered(rater_id, video_id, 5)).codings[5]
        store.restore(path)
        store.codings.save(numbered(rater_id, video_id, 6))
        for act in (
            lambda: other.codings.save(read.with_code("AD37", 1)),
            lambda: other.codings.save(FrameCoding(rater_id, video_id, 50)),
            lambda: other.history.undo(rater_id, video_id),
            lambda: other.people.ensure_rater("Bo"),
        ):
            with pytest.raises(StoreError, match=r"A backup was restored, .* close the project and open"):
                act()
        assert open_again().codings.save(FrameCoding(rater_id, video_id, 50)).revision_id is not None
        assert store.verify().sound

    def test_a_save_during_a_restore_is_refused_not_lost(
        self,
        store: LabelStore,
        open_again: Callable[[], LabelStore],
        monkeypatch: pytest.MonkeyPatch,
        tmp_path: Path,
    ) -> None:
        rater_id, video_id = self.coded(store)
        other, path, refused = open_again(), store.back_up(), []
        real = backups.back_up

        def then_somebody_saves(database: object, folder: Path) -> Path:
            safety = real(database, folder)
            for window, frame in ((other, 88), (store, 89)):
                try:
                    window.codings.save(numbered(rater_id, video_id, frame))
                except StoreError as error:
                    refused.append(error)
            return safety

        monkeypatch.setattr(backups, "back_up", then_somebody_saves)
        safety = store.restore(path)
        assert len(refused) == 2
        assert store.codings.of_video(rater_id, video_id).keys() == set(range(5))
        store.codings.save(numbered(rater_id, video_id, 90))
        with closing(LabelStore.open(sqlite_url(safety), tmp_path / "none")) as before:
            assert before.verify().frames == 5

    def test_a_restore_waits_for_a_save_under_way(
        self, store: LabelStore, open_again: Callable[[], LabelStore], tmp_path: Path
    ) -> None:
        rater_id, video_id = self.coded(store)
        other, path, safety = open_again(), store.back_up(), []
        with other.all_or_nothing():
            other.codings.save(numbered(rater_id, video_id, 88))
            restoring = threading.Thread(target=lambda: safety.append(store.restore(path)))
            restoring.start()
            restoring.join(0.4)
            assert restoring.is_alive()
        restoring.join(30)
        with closing(LabelStore.open(sqlite_url(safety[0]), tmp_path / "none")) as before:
            assert 88 in before.codings.of_video(rater_id, video_id)
        assert store.codings.of_video(rater_id, video_id).keys() == set(range(5))

    def test_a_restore_that_fails_changes_nothing(
        self, store: LabelStore, open_again: Callable[[], LabelStore], tmp_path: Path
    ) -> None:
        rater_id, video_id = self.coded(store)
        other_window, numbers = open_again(), count(5)
        good = store.back_up()
        text, torn, other, newer = (
            tmp_path / f"{name}.sqlite" for name in ("text", "torn", "other", "newer")
        )
        text.write_text("frame,AU1\n", encoding="utf-8")
        data = bytearray(good.read_bytes())
        data[4096:8192] = b"\x55" * 4096
        torn.write_bytes(data)
        with closing(sqlite3.connect(other)) as file, file:
            file.execute("CREATE TABLE cats (name)")
        shutil.copy(good, newer)
        with closing(sqlite3.connect(newer)) as file, file:
            file.execute("UPDATE alembic_version SET version_num = '9999'")
        for path, error, message in (
            (tmp_path / "gone.sqlite", StoreError, "There is no backup .*hrm store backup --list"),
            (text, StoreError, "not a sound backup|damaged"),
            (torn, StoreError, "not a sound backup|damaged"),
            (other, ProjectError, "no label store"),
            (newer, ProjectError, "newer version"),
        ):
            with pytest.raises(error, match=message):
                store.restore(path)
            other_window.codings.save(FrameCoding(rater_id, video_id, next(numbers)))
            store.codings.save(FrameCoding(rater_id, video_id, next(numbers)))
        assert len(store.codings.of_video(rater_id, video_id)) == 15
        assert store.verify().sound

    # ---- schema versions --------------------------------------------------------------------

    def test_the_migrated_schema_is_the_one_the_program_uses(self, store: LabelStore) -> None:
        with store._db.engine.connect() as connection:
            context = MigrationContext.configure(
                connection, opts={"compare_type": True, "compare_server_default": self.compares_defaults}
            )
            assert compare_metadata(context, schema.metadata) == []
            assert migrate.schema_version(connection) == migrate.CURRENT
            for table in schema.metadata.sorted_tables:
                assert _checks(connection, table) == {str(check.name) for check in _declared(table)}

    def test_a_newer_store_is_refused_and_left_alone(
        self, store: LabelStore, url: str, tmp_path: Path
    ) -> None:
        self.coded(store)
        self.change_behind(store, "UPDATE alembic_version SET version_num = '9999'")
        with pytest.raises(ProjectError, match=r"newer version .*labels 9999.*up to .*update the program"):
            LabelStore.open(url, tmp_path / "backups")
        assert self.rows(store, "SELECT version_num FROM alembic_version") == [("9999",)]

    def test_a_store_is_not_made_over_another(self, store: LabelStore, url: str, tmp_path: Path) -> None:
        self.coded(store)
        with pytest.raises(ProjectError, match="already holds a label store: open it instead"):
            LabelStore.create(url, tmp_path / "backups")
        assert store.verify().frames == 5

    def test_an_older_store_is_backed_up_before_it_is_upgraded(
        self, store: LabelStore, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        rater_id, video_id = self.coded(store)
        monkeypatch.setattr(label_store, "is_current", lambda *_: False)
        with closing(LabelStore.open(url, tmp_path / "before")) as opened:
            assert len(opened.codings.of_video(rater_id, video_id)) == 5
        (path,) = backups.backups_in(tmp_path / "before")
        monkeypatch.undo()
        with closing(LabelStore.open(sqlite_url(path), tmp_path / "none")) as before:
            assert before.verify().frames == 5

    def test_what_was_saved_says_the_same_everywhere(self, store: LabelStore) -> None:
        rater_id, video_id = self.coded(store)
        assert said(store.codings.get(rater_id, video_id, 3)) == said(numbered(rater_id, video_id, 3))


def _declared(table: sa.Table) -> list[sa.CheckConstraint]:
    return [entry for entry in table.constraints if isinstance(entry, sa.CheckConstraint)]


def _checks(connection: sa.Connection, table: sa.Table) -> set[str]:
    return {str(entry["name"]) for entry in sa.inspect(connection).get_check_constraints(table.name)}
