"""The label store as a whole: open it, and reach its parts."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from hrm_core import __version__
from hrm_core.errors import ProjectError
from hrm_core.store import backup as backups
from hrm_core.store.adjudications import Adjudications
from hrm_core.store.checks import Checks
from hrm_core.store.clips import Clips
from hrm_core.store.coding_counts import CodingCounts
from hrm_core.store.codings import Codings
from hrm_core.store.engine import connect, sqlite_file
from hrm_core.store.face_marks import FaceMarks
from hrm_core.store.gold import Gold
from hrm_core.store.history import History
from hrm_core.store.kept_findings import KeptFindings
from hrm_core.store.ledgers import Ledgers
from hrm_core.store.mapping import now
from hrm_core.store.migrate import is_current, schema_version, upgrade
from hrm_core.store.model_runs import ModelRuns
from hrm_core.store.past import Past
from hrm_core.store.people import People
from hrm_core.store.rating_sessions import RatingSessions
from hrm_core.store.ratings import Ratings
from hrm_core.store.recordings import Recordings
from hrm_core.store.schema import store_info
from hrm_core.store.session import Database, translate
from hrm_core.store.suggestion_log import SuggestionLog
from hrm_core.store.suggestions import Suggestions
from hrm_core.store.verify import Verification, verify

__all__ = ["LabelStore"]


class LabelStore:
    """One study's labels, embedded or on a server.

    Safe to use from several threads and several processes at once.

    Attributes
    ----------
    url : str
        Where it is.
    people, recordings, clips, ledgers, codings, coding_counts, history, past, model_runs, ratings,
    rating_sessions, face_marks, gold, kept_findings, checks, adjudications, suggestions, suggestion_log
        Its parts, one per noun.

    See Also
    --------
    LabelStore.create, LabelStore.open : the ways to get one.
    """

    def __init__(self, url: str, database: Database, backup_folder: Path) -> None:
        self.url = url
        self.backup_folder = backup_folder
        self._db = database
        self.people = People(database)
        self.recordings = Recordings(database)
        self.clips = Clips(database)
        self.ledgers = Ledgers(database)
        self.codings = Codings(database)
        self.coding_counts = CodingCounts(database)
        self.history = History(database)
        self.past = Past(database)
        self.model_runs = ModelRuns(database)
        self.ratings = Ratings(database)
        self.rating_sessions = RatingSessions(database)
        self.face_marks = FaceMarks(database)
        self.gold = Gold(database)
        self.kept_findings = KeptFindings(database)
        self.checks = Checks(database)
        self.adjudications = Adjudications(database)
        self.suggestions = Suggestions(database)
        self.suggestion_log = SuggestionLog(database)

    @classmethod
    def create(cls, url: str, backup_folder: Path) -> LabelStore:
        """Make a new, empty store.

        Parameters
        ----------
        url : str
            ``sqlite:///…`` or ``postgresql://…`` (an empty database).
        backup_folder : pathlib.Path
            Where its backups go.

        Raises
        ------
        ProjectError
            If there is a store already.
        StoreWriteError
            If it could not be written.
        """
        engine = connect(url)
        try:
            with engine.connect() as connection:
                version = schema_version(connection)
            if version is not None:
                raise ProjectError(f"{_name(url)} already holds a label store: open it instead.")
            upgrade(engine)
            with engine.connect().execution_options(writes=True) as connection, connection.begin():
                connection.execute(sa.insert(store_info), _birth_certificate())
            return cls(url, Database(engine), backup_folder)
        except sa.exc.DBAPIError as error:
            engine.dispose()
            raise translate(error, writing=True) from error
        except BaseException:
            engine.dispose()
            raise

    @classmethod
    def open(cls, url: str, backup_folder: Path) -> LabelStore:
        """Open an existing store, upgrading an old one after backing it up.

        Raises
        ------
        ProjectError
            If there is none, or a newer version of the program made it.
        StoreError
            If it cannot be read, or lies on a network share.
        """
        file = sqlite_file(url)
        if file is not None and not file.is_file():
            raise ProjectError(
                f"The label store {file} is missing: put it back, or restore a backup with hrm store restore."
            )
        engine = connect(url)
        try:
            with engine.connect() as connection:
                current = is_current(connection, _name(url))
            database = Database(engine)
            if not current:
                backups.back_up(database, backup_folder)
                upgrade(engine)
            return cls(url, database, backup_folder)
        except (sa.exc.DBAPIError, UnicodeDecodeError) as error:
            engine.dispose()
            raise translate(error, writing=False) from error
        except BaseException:
            engine.dispose()
            raise

    @contextmanager
    def all_or_nothing(self) -> Iterator[None]:
        """Let several calls of this thread be written together, or not at all."""
        with self._db.writing():
            yield

    @contextmanager
    def shutting_out_others(self) -> Iterator[None]:
        """As :meth:`all_or_nothing`; afterwards, other windows must open the store again to save."""
        with self._db.shutting_out_others():
            yield

    @contextmanager
    def rehearsal(self) -> Iterator[None]:
        """Let several calls of this thread run as if for good, then take all of it back."""
        try:
            with self.all_or_nothing():
                yield
                raise _Enough
        except _Enough:
            return

    def verify(self) -> Verification:
        """Check the file, its references and that the log explains every label."""
        return verify(self._db)

    def back_up(self) -> Path:
        """Copy the store as it is now into the backup folder and rotate the old copies."""
        path = backups.back_up(self._db, self.backup_folder)
        backups.rotate(self.backup_folder)
        return path

    def restore(self, backup: Path) -> Path:
        """Go back to a backup; returns the backup of what was there before."""
        # Nobody may save after the safety copy: it would be in neither.
        with self._db.replacing_everything():
            safety = backups.back_up(self._db, self.backup_folder)
            backups.restore(self._db, backup)
        return safety

    def close(self) -> None:
        """Give back every connection; the store can be opened again."""
        self._db.close()


class _Enough(Exception):
    """Ends a rehearsal."""


def _birth_certificate() -> list[dict[str, str]]:
    facts = {"created_at": now(), "created_by": f"hrm-annotator {__version__}", "epoch": uuid.uuid4().hex}
    return [{"key": key, "value": value} for key, value in facts.items()]


def _name(url: str) -> str:
    file = sqlite_file(url)
    if file is not None:
        return str(file)
    return sa.make_url(url).render_as_string(hide_password=True)
