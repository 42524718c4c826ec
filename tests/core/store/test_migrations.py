"""Schema versions: the chain of steps, and real old studies opened and used further."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory

from hrm_core.records.adjudication import TAKEN_OVER
from hrm_core.records.check import Answer, CheckAct
from hrm_core.records.coding import ActionCode, CodingState, FrameCoding, Origin
from hrm_core.records.columns import CODE_COLUMNS
from hrm_core.records.people import Participant
from hrm_core.records.rating_plan import TrialKind
from hrm_core.records.recording import ExclusionReason
from hrm_core.records.sitting import SittingAct
from hrm_core.records.suggestion import Condition
from hrm_core.records.training import GoldClip
from hrm_core.store import migrate
from hrm_core.store.engine import sqlite_url
from hrm_core.store.label_store import LabelStore
from hrm_core.store.schema import metadata

_OLD_STUDIES = Path(__file__).parents[2] / "old_studies"


def _scripts() -> ScriptDirectory:
    folder = Path(migrate.__file__).parent / "migrations"
    return ScriptDirectory(str(folder))


def test_the_program_knows_every_step_and_its_order() -> None:
    steps = [script.revision for script in _scripts().walk_revisions()]
    assert tuple(reversed(steps)) == migrate.KNOWN
    assert _scripts().get_heads() == [migrate.CURRENT]


def test_every_version_has_an_old_study() -> None:
    kept = sorted(path.stem for path in _OLD_STUDIES.glob("v*.sqlite"))
    assert kept == [f"v{version}" for version in migrate.KNOWN]


def test_the_first_schema_cannot_be_taken_back() -> None:
    step = _scripts().get_revision("0001").module
    with pytest.raises(NotImplementedError):
        step.downgrade()


def test_migrated_and_declared_tables_are_the_same(tmp_path: Path) -> None:
    """Down to defaults, keys and options, which Alembic does not all compare here."""
    LabelStore.create(sqlite_url(tmp_path / "migrated.sqlite"), tmp_path).close()
    declared = sa.create_engine(sqlite_url(tmp_path / "declared.sqlite"))
    metadata.create_all(declared)
    declared.dispose()
    assert _structure(tmp_path / "migrated.sqlite") == _structure(tmp_path / "declared.sqlite")


def _structure(path: Path) -> dict[str, object]:
    with closing(sqlite3.connect(path)) as file:
        tables = [
            (name, without_rowid, strict)
            for _, name, kind, _, without_rowid, strict in file.execute("PRAGMA table_list")
            if kind == "table" and name not in ("alembic_version", "sqlite_schema", "sqlite_temp_schema")
        ]
        found: dict[str, object] = {"tables": sorted(tables)}
        for name, *_ in tables:
            columns = file.execute(f"PRAGMA table_info({name})").fetchall()
            keys = file.execute(f"PRAGMA foreign_key_list({name})").fetchall()
            indexes = file.execute(f"PRAGMA index_list({name})").fetchall()
            found[name] = (
                sorted(column[1:] for column in columns),
                sorted(str(key[2:]) for key in keys),
                sorted(str(index[1:]) for index in indexes),
            )
        return found


@pytest.fixture(params=sorted(_OLD_STUDIES.glob("v*.sqlite")), ids=lambda path: path.stem)
def old_store(request: pytest.FixtureRequest, tmp_path: Path) -> LabelStore:
    """A copy of an old study, opened by this program."""
    shutil.copy(request.param, tmp_path / "labels.sqlite")
    return LabelStore.open(sqlite_url(tmp_path / "labels.sqlite"), tmp_path / "backups")


def test_an_old_study_says_what_it_said(old_store: LabelStore) -> None:
    with closing(old_store):
        assert old_store.verify().sound
        assert old_store.people.participants() == [
            Participant(1, "S1", "ASD", "F", 4.5, {"PPVT": 88.0}, "faces"),
            Participant(2, "S2", "TD"),
        ]
        ada = old_store.people.rater("Ada")
        film, labels = old_store.recordings.of_participant()
        assert (film.frame_count, film.mirrored, film.path) == (100, True, "play.mp4")
        codings = old_store.codings.of_video(ada.id, film.id)
        assert codings.keys() == set(range(7))
        assert codings[4].codes == (ActionCode("AU12", 2, "E"), ActionCode("AU25", 1))
        assert (codings[6].state, codings[6].comment) == (CodingState.NOT_CODABLE, "手 😀\n")
        assert codings[6].doubtful
        table = old_store.codings.table(old_store.people.rater("Bo").id, labels.id)
        assert table.frames.tolist() == list(range(3, 15))
        assert [int(value) for value in table.codes.sum(axis=0)[:6]] == _COLUMN_SUMS
        ratings = [row for row in old_store.ratings.table() if row["session"] == "first"]
        assert [(row["score"], row["repeat"]) for row in ratings] == [(2, False), (3, False)]
        session = old_store.rating_sessions.get("first")
        assert (session.question, session.plan, session.seats) == ("How natural is it?", None, ())


def test_what_was_gone_over_is_kept(tmp_path: Path) -> None:
    shutil.copy(_OLD_STUDIES / "v0005.sqlite", tmp_path / "labels.sqlite")
    with closing(LabelStore.open(sqlite_url(tmp_path / "labels.sqlite"), tmp_path / "backups")) as store:
        ada, bo = store.people.rater("Ada"), store.people.rater("Bo")
        film = store.recordings.of_participant()[0]
        first = store.codings.of_video(ada.id, film.id)[0].codes[0]
        assert (first.action, first.doubtful, first.note) == ("AU12", True, "嘴角?")
        log = store.checks.of_video(ada.id, film.id)
        assert [entry.answer for entry in log.answers] == [Answer.AS_CODED]
        assert [entry.what for entry in log.events] == [CheckAct.START, CheckAct.SUBMIT]
        (kept,) = store.kept_findings.log(ada.id, film.id)
        assert (kept.rule, kept.reason, kept.taken_back) == ("24-25", "both seen", False)
        assert store.gold.clips() == [GoldClip(film.id, 0, 5, ada.id)]
        assert [entry.index for entry in store.gold.results(bo.id)] == [0.5]


def test_what_was_decided_is_kept(tmp_path: Path) -> None:
    shutil.copy(_OLD_STUDIES / "v0006.sqlite", tmp_path / "labels.sqlite")
    with closing(LabelStore.open(sqlite_url(tmp_path / "labels.sqlite"), tmp_path / "backups")) as store:
        ada, bo = store.people.rater("Ada"), store.people.rater("Bo")
        log = store.adjudications.log(ada.id, bo.id)
        assert [(entry.action, entry.first_frame, entry.last_frame, entry.taken_back) for entry in log] == [
            ("AU12", 2, 4, False),
            ("AU12", 4, 4, True),
            (TAKEN_OVER, 0, 1, False),
        ]
        assert (log[0].first_code, log[0].second_code, log[0].code, log[0].reason) == (3, 0, 1, "一起看过")
        assert log[0].actor_id == store.people.rater("Cy").id
        consensus = store.people.rater("Consensus of Ada and Bo")
        assert store.adjudications.consensus_of(bo.id, ada.id) == consensus.id
        film = store.recordings.of_participant()[0]
        codings = store.codings.of_video(consensus.id, film.id)
        assert codings[2].codes == (ActionCode("AU12", 1, "C", Origin.ADJUDICATED),)


def test_what_was_rated_is_kept(tmp_path: Path) -> None:
    shutil.copy(_OLD_STUDIES / "v0007.sqlite", tmp_path / "labels.sqlite")
    with closing(LabelStore.open(sqlite_url(tmp_path / "labels.sqlite"), tmp_path / "backups")) as store:
        session = store.rating_sessions.get("第二 session")
        cy, bo = store.people.rater("Cy"), store.people.rater("Bo")
        assert session.plan is not None
        assert session.plan.presentation.asked("zh_CN") == "自然吗？"
        assert [point.label for point in session.plan.presentation.scale] == [
            "Natural", "Uncertain", "Atypical",
        ]  # fmt: skip
        assert (session.plan.clips, session.plan.repeats, session.plan.seed) == ((1, 2), 1, 7)
        assert [(seat.name, seat.token, seat.blind) for seat in session.seats] == [
            ("Cy", "seat of Cy", True),
            ("Bo", "seat of Bo", False),
        ]
        assert (session.token, session.sign_key, session.closed_at is None) == ("folder", "00ff", False)
        trials = store.rating_sessions.trials(session.id, cy.id)
        assert [(trial.kind, trial.clip_id, trial.expected, trial.break_before) for trial in trials] == [
            (TrialKind.RATING, 2, None, False),
            (TrialKind.RATING, 1, None, False),
            (TrialKind.ATTENTION, None, 3, True),
            (TrialKind.REPEAT, 2, None, False),
        ]
        (one, _) = store.rating_sessions.clips(session.id)
        assert (one.file, one.frame_count, one.withheld, one.last_frame) == ("c1.mp4", 10, 1, 9)
        events = store.rating_sessions.events(session.id, cy.id)
        assert [event.score for event in events if event.act is SittingAct.ANSWERED] == [3, 2, 1, 3, 3]
        assert store.rating_sessions.state(session.id, bo.id).answered == {0}
        ratings = [row for row in store.ratings.table() if row["session"] == session.name]
        assert [(row["judge"], row["score"], row["response_s"], row["repeat"]) for row in ratings] == [
            ("Cy", 1, 0.75, False),
            ("Bo", 3, 1.25, False),
            ("Cy", 2, None, False),
            ("Cy", 3, -0.1, True),
        ]
        (entry,) = store.rating_sessions.log(session.id)
        assert (entry.what, entry.actor, entry.detail) == ("planned", "Bo", {"clips": 2})


def test_what_was_suggested_is_kept(tmp_path: Path) -> None:
    shutil.copy(_OLD_STUDIES / "v0008.sqlite", tmp_path / "labels.sqlite")
    with closing(LabelStore.open(sqlite_url(tmp_path / "labels.sqlite"), tmp_path / "backups")) as store:
        film, ada = store.recordings.of_participant()[0], store.people.rater("Ada")
        (run,) = store.model_runs.all()
        assert (run.model, run.actions, run.settings["ran_on"]) == ("demo_starter", ("AU12",), "这里")
        said = store.model_runs.probabilities(run.id, film.id)
        column = CODE_COLUMNS.index("AU12")
        assert said.frames.tolist() == [1, 2]
        assert said.probabilities[:, column].tolist() == [0.25, 0.75]
        assert said.left is not None
        assert said.left[:, column].tolist() == [0.25, 0.75]
        assert store.suggestions.looked_at(run.id, film.id).tolist() == [0, 1, 2]
        assert store.suggestions.faceless(run.id, film.id) == 1
        fit = store.suggestions.fit(run.id)
        assert fit is not None
        assert (fit.fitted_on, fit.detail) == ("codes of Ada", {"AU12": {"threshold": 0.5}})
        # What was taken back holds no more.
        assert store.suggestion_log.touched(ada.id, film.id) == {1}
        (visit,) = store.suggestion_log.visits(ada.id, film.id)
        assert (visit.frame, visit.condition, visit.acts) == (1, Condition.ASSISTED, 2)


_COLUMN_SUMS = [sum((frame * 7 + at) % 6 for frame in range(12) if (frame + at) % 9 == 0) for at in range(6)]


def test_an_old_study_is_used_further(old_store: LabelStore, tmp_path: Path) -> None:
    with closing(old_store):
        ada = old_store.people.rater("Ada")
        film = old_store.recordings.of_participant()[0]
        # What was undone before the program was updated can be done again.
        assert old_store.history.redo(ada.id, film.id).codings[7].seconds_spent == 3.25
        old_store.codings.save(FrameCoding(ada.id, film.id, 50).with_code("AU12", 2))
        for _ in range(9):
            assert old_store.history.undo(ada.id, film.id) is not None
        assert old_store.history.undo(ada.id, film.id) is None
        assert old_store.codings.of_video(ada.id, film.id) == {}
        old_store.people.add_participant(Participant(0, "S3"))
        path = old_store.back_up()
        assert old_store.verify().sound
        old_store.restore(path)
        assert old_store.verify().sound


@pytest.mark.parametrize("version", migrate.KNOWN)
def test_an_old_backup_can_be_restored(tmp_path: Path, version: str) -> None:
    store = LabelStore.create(sqlite_url(tmp_path / "labels.sqlite"), tmp_path / "backups")
    with closing(store):
        store.restore(_OLD_STUDIES / f"v{version}.sqlite")
        assert store.people.rater("Ada").blind
        assert store.verify().sound


def test_reasons_in_free_words_stay_as_words(tmp_path: Path) -> None:
    path = tmp_path / "labels.sqlite"
    shutil.copy(_OLD_STUDIES / "v0003.sqlite", path)
    gone = "frames 0-9 of an earlier file are not in this one"
    with closing(sqlite3.connect(path)) as file, file:
        exclude = "UPDATE clip SET state = 'excluded', exclusion_reason = ? WHERE number = ?"
        file.executemany(exclude, [(gone, 1), ("手 turned away", 2)])
    with closing(LabelStore.open(sqlite_url(path), tmp_path / "backups")) as store:
        first, second = store.recordings.clips()
        assert (first.exclusion_reason, first.exclusion_words) == (ExclusionReason.NOT_IN_FILE, gone)
        assert (second.exclusion_reason, second.why) == (ExclusionReason.OTHER, "手 turned away")
        assert store.clips.log() == []
        store.clips.reopen(second.id, store.people.rater("Ada").id)
        assert not store.clips.get(second.id).is_excluded
