"""What every store keeps its word on: rating sessions, their logs and the ratings that stand."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from hrm_core.errors import NotFoundError, ProjectError, StoreWriteError
from hrm_core.records.columns import RATING_COLUMNS
from hrm_core.records.people import Participant, Role
from hrm_core.records.rating import Rating
from hrm_core.records.rating_plan import NO_FRAMES, Presentation, RatingSession, ScalePoint
from hrm_core.records.recording import Clip, ClipState, Recording
from hrm_core.records.sitting import SittingAct, SittingEvent
from hrm_core.store import schema
from hrm_core.store.judge_view import JudgeView
from hrm_core.store.label_store import LabelStore
from tests.support.builders import texts
from tests.support.planned_session import add_session, trials_of
from tests.support.store_contract import StoreContract, few

__all__ = ["SECRETS", "RatingContract"]

SHOWN, ANSWERED, TAKEN_BACK = SittingAct.SHOWN, SittingAct.ANSWERED, SittingAct.TAKEN_BACK

SECRETS = ("ASD", "K-1702", "film-1702", "1702.mp4")
"""Group, code, name of the recording and file of the child that is rated."""

_TABLES = (
    "rating_session",
    "rating_seat",
    "rating_clip",
    "rating_trial",
    "rating_event",
    "rating_log",
    "rating",
)

# What somebody could do with a database browser, and what verify must say of it.
TAMPERED = {
    "a score changed": ("UPDATE rating SET score = 1 WHERE position = 1", "trial 1: .*not what the log says"),
    "a clip changed": (
        "UPDATE rating SET clip_id = 3 WHERE position = 1",
        "trial 1: the rating that stands is not what the log says",
    ),
    "a repeat that counts": (
        "UPDATE rating SET repeat = (1 = 0) WHERE position = 5",
        "trial 5: the rating that stands is not what the log says",
    ),
    "a rating deleted": ("DELETE FROM rating WHERE position = 2", "trial 2: .*not among the ratings"),
    "a rating added": (
        "INSERT INTO rating (session_id, judge_id, clip_id, position, score)"
        " SELECT session_id, judge_id, clip_id, 6, 3 FROM rating WHERE position = 1",
        "trial 6: a rating stands that the log does not explain",
    ),
    "practice that counts": (
        "INSERT INTO rating (session_id, judge_id, clip_id, position, score)"
        " SELECT session_id, judge_id, clip_id, 0, 3 FROM rating WHERE position = 1",
        "trial 0: a rating stands",
    ),
    "a score off the scale": (
        "UPDATE rating_event SET score = 6 WHERE position = 1 AND act = 'answered'",
        "the answer 6 is not on the scale of 5 points",
    ),
    "no score": (
        "UPDATE rating_event SET score = NULL WHERE position = 2 AND act = 'answered'",
        "answer None",
    ),
    "a score of no answer": ("UPDATE rating_event SET score = 1 WHERE act = 'shown'", "no answer, but has a"),
    "answered twice": (
        "UPDATE rating_event SET position = 2 WHERE position = 1",
        "trial 2 is answered twice",
    ),
    "another taken back": (
        "UPDATE rating_event SET position = 1 WHERE act = 'taken back'",
        "taken back that was not the last",
    ),
    "an event deleted": (
        "DELETE FROM rating_event WHERE position = 5",
        "trial 5: a rating stands that the log does not explain",
    ),
    "an act nobody knows": ("UPDATE rating_event SET act = 'dreamt' WHERE position = 2", "dreamt"),
    "a time garbled": ("UPDATE rating_event SET at = 'noon' WHERE position = 2", "cannot be read"),
    "a trial deleted": ("DELETE FROM rating_trial WHERE position = 1", "there is no trial 1"),
    "a kind nobody knows": (
        "UPDATE rating_trial SET kind = 'joke' WHERE position = 1",
        "nobody knows what 'joke'",
    ),
    "a check off the scale": (
        "UPDATE rating_trial SET expected = 9 WHERE kind = 'attention'",
        "not on the scale",
    ),
    "a clip not prepared": ("DELETE FROM rating_clip WHERE clip_id = 1", "its clip was never prepared"),
    "a seat deleted": ("DELETE FROM rating_seat", "the judge has no place in the session"),
    "an unreadable plan": ("UPDATE rating_session SET plan = '{'", "its plan cannot be read"),
    "an unreadable presentation": (
        "UPDATE rating_session SET presentation = '[]'",
        "its plan cannot be read",
    ),
    "an unreadable log": ("UPDATE rating_log SET detail = '7'", "log of rating sessions cannot be read"),
}  # fmt: skip


class RatingContract(StoreContract):
    """Tests of any store; the fixture ``url`` comes from the backend."""

    def clips_of(self, store: LabelStore, number: int = 4) -> list[Clip]:
        """Clips of a recording whose child nobody may know."""
        people = store.people.participants()
        who = people[0] if people else store.people.add_participant(Participant(0, SECRETS[1], SECRETS[0]))
        name = f"{SECRETS[2]} {len(store.recordings.of_participant())}"
        film = store.recordings.add(Recording(0, who.id, name, SECRETS[3], frame_count=1000, fps=25.0))
        return store.recordings.add_clips(film.id, [(at * 20, at * 20 + 9) for at in range(number)])

    def session_rows(self, store: LabelStore) -> dict[str, list[tuple[object, ...]]]:
        """All that the tables of rating sessions hold."""
        with store._db.reading() as connection:
            return {
                name: [
                    tuple(row) for row in connection.execute(sa.select(table).order_by(*table.primary_key))
                ]
                for name, table in schema.metadata.tables.items()
                if name in _TABLES
            }

    def put_back(self, store: LabelStore, rows: dict[str, list[tuple[object, ...]]]) -> None:
        """Make the tables hold these rows and no others."""
        held = self.session_rows(store)
        self.change_behind(store, *(f"DELETE FROM {name}" for name in reversed(_TABLES) if held[name]))
        with store._db.writing() as connection:
            for name in _TABLES:
                columns = schema.metadata.tables[name].c.keys()
                values = [dict(zip(columns, row, strict=True)) for row in rows[name]]
                connection.execute(sa.insert(schema.metadata.tables[name]), values)

    def rated_session(self, store: LabelStore) -> tuple[RatingSession, int]:
        """A session in which Cy has answered everything and taken one answer back; Cy's number."""
        session = add_session(store, self.clips_of(store), "Cy")
        cy = session.seats[0].judge_id
        events = [SittingEvent(0, SHOWN), SittingEvent(0, ANSWERED, 3)]
        events += [SittingEvent(place, ANSWERED, 2 + place % 4, 0.5, 1, 0.4) for place in range(1, 6)]
        events += [SittingEvent(6, ANSWERED, 3), SittingEvent(6, TAKEN_BACK)]
        store.rating_sessions.add_events(session, cy, events)
        store.rating_sessions.write_log(session.id, "planned", None, {"clips": 3})
        return session, cy

    # ---- the coordinator's side -------------------------------------------------------------

    @few
    @given(question=texts, labels=st.lists(texts, min_size=2, max_size=11), speed=st.floats(0.1, 4))
    def test_a_plan_comes_back_as_it_was_made(
        self, store: LabelStore, question: str, labels: list[str], speed: float
    ) -> None:
        clips = self.clips_of(store)
        points = tuple(ScalePoint(label, {"zh_CN": label[::-1]}) for label in labels)
        shown = Presentation(question, {"de": question}, points, speed, None, 1.5, scrubbing=True, sound=True)
        made = add_session(store, clips, "Cy", "Di", presentation=shown)
        assert made.plan is not None
        assert made.plan.presentation == shown
        assert (made.question, made.closed_at, made.token) == (question, None, f"folder {made.name}")
        assert store.rating_sessions.get(made.name) == made
        assert made in store.rating_sessions.all()
        for seat in made.seats:
            trials = trials_of(seat.name, clips, name=made.name)
            assert store.rating_sessions.trials(made.id, seat.judge_id) == trials
        prepared = store.rating_sessions.clips(made.id)
        assert [(entry.clip_id, entry.first_frame, entry.last_frame) for entry in prepared] == [
            (clip.id, clip.first_frame, clip.last_frame) for clip in clips
        ]
        with closing(JudgeView.open(store.url, made.name, "Di")) as view:
            assert view.presentation == shown

    def test_a_plan_is_stored_whole_or_not_at_all(self, store: LabelStore) -> None:
        clips = self.clips_of(store)
        add_session(store, clips, "Cy", name="first")
        before = self.session_rows(store)
        with pytest.raises(ProjectError, match="There is a rating session 'first' already"):
            add_session(store, clips, "Cy", name="first")
        # A clip that is not in the store: refused with the last row that is written.
        with pytest.raises(StoreWriteError):
            add_session(store, [*clips, replace(clips[0], id=999)], "Cy", name="second")
        assert self.session_rows(store) == before
        with pytest.raises(
            NotFoundError, match="No rating session 'second' in this project; there are: 'first'"
        ):
            store.rating_sessions.get("second")

    def test_what_was_said_elsewhere_is_taken_in_by_the_same_rules(
        self, store: LabelStore, open_again: Callable[[], LabelStore]
    ) -> None:
        session = add_session(store, self.clips_of(store), "Cy")
        cy = session.seats[0].judge_id
        said_at = datetime(2026, 11, 23, 6, 30, 0, 125000, UTC)
        events = [
            SittingEvent(0, SHOWN, via="browser", said_at=said_at),
            SittingEvent(0, ANSWERED, 4, -0.25, 2, 0.375, "browser", said_at=said_at),
            SittingEvent(0, TAKEN_BACK, via="browser"),
            SittingEvent(0, SittingAct.PAUSED, via="browser"),
            SittingEvent(0, ANSWERED, 5, via="browser"),
        ]
        store.rating_sessions.add_events(session, cy, events)
        stored = open_again().rating_sessions.events(session.id, cy)
        assert [replace(event, at=None) for event in stored] == events
        assert [event.at for event in stored] == sorted(event.at for event in stored if event.at)
        before = self.session_rows(store)
        wrong = {
            "answered already": SittingEvent(0, ANSWERED, 1),
            "whole number from 1 to 5": SittingEvent(1, ANSWERED, 6),
            "Only an answer": SittingEvent(1, SHOWN, 3),
            "Only the last": SittingEvent(1, TAKEN_BACK),
            "no trial 100": SittingEvent(99, SHOWN),
            "less than never": SittingEvent(1, ANSWERED, 3, replays=-1),
            "are numbers": SittingEvent(1, ANSWERED, 3, float("nan")),
            "from 1 to 5": SittingEvent(1, ANSWERED, 2.5),  # type: ignore[arg-type]
        }
        for why, event in wrong.items():
            with pytest.raises(ProjectError, match=why):
                store.rating_sessions.add_events(session, cy, [SittingEvent(1, SHOWN), event])
            assert self.session_rows(store) == before, why
        store.rating_sessions.set_closed(session.id, closed=True)
        with pytest.raises(ProjectError, match=r"was closed: open it again \(hrm rating reopen\)"):
            store.rating_sessions.add_events(session, cy, [SittingEvent(1, SHOWN)])
        imported = store.ratings.add_session("imported", "?")
        with pytest.raises(ProjectError, match="was not planned here"):
            store.rating_sessions.add_events(store.rating_sessions.get("imported"), cy, events)
        assert imported != session.id

    def test_what_the_coordinator_does_is_written_down(self, store: LabelStore) -> None:
        session = add_session(store, self.clips_of(store), "Cy", "Di")
        cy, di = session.seats
        boss = store.people.ensure_rater("Bo", Role.COORDINATOR)
        store.rating_sessions.unblind(session.id, di.judge_id, "has coded the children")
        store.rating_sessions.write_log(session.id, "unblinded", boss.id, {"judge": "Di", "why": "知道"})
        store.rating_sessions.write_log(session.id, "closed", None)
        again = store.rating_sessions.get(session.name)
        assert again.seats == (cy, replace(di, blind=False, why_not_blind="has coded the children"))
        log = store.rating_sessions.log(session.id)
        assert [(entry.what, entry.actor, entry.detail) for entry in log] == [
            ("unblinded", "Bo", {"judge": "Di", "why": "知道"}),
            ("closed", "", {}),
        ]
        with pytest.raises(NotFoundError, match="no place in this session"):
            store.rating_sessions.unblind(session.id, boss.id, "?")
        store.rating_sessions.set_closed(session.id, closed=True)
        closed_at = store.rating_sessions.get(session.name).closed_at
        assert closed_at is not None
        store.rating_sessions.set_closed(session.id, closed=True)
        assert store.rating_sessions.get(session.name).closed_at == closed_at
        store.rating_sessions.set_closed(session.id, closed=False)
        assert store.rating_sessions.get(session.name).closed_at is None

    def test_ratings_of_all_sessions_are_one_table(self, store: LabelStore) -> None:
        session, cy = self.rated_session(store)
        first = store.rating_sessions.clips(session.id)[0].clip_id
        elsewhere = store.ratings.add_session("elsewhere", "?")
        store.ratings.add(elsewhere, [Rating(cy, first, 1, 4)])
        table = store.ratings.table()
        assert [tuple(row) for row in table] == [RATING_COLUMNS] * 5
        assert [tuple(row.values())[3:] for row in table] == [
            (1, "Cy", 3, 1, 0.5, 1, False),
            (1, "Cy", 3, 5, 0.5, 1, True),
            (2, "Cy", 4, 2, 0.5, 1, False),
            (3, "Cy", 5, 3, 0.5, 1, False),
            (1, "Cy", 1, 4, None, 0, False),
        ]
        assert [row["session"] for row in table] == [session.name] * 4 + ["elsewhere"]

    # ---- clips of a session ---------------------------------------------------------------------

    def test_a_clip_that_a_session_shows_is_held_fast(self, store: LabelStore) -> None:
        clips = self.clips_of(store)
        add_session(store, clips, "Cy", name="first")
        ada = store.people.ensure_rater("Ada")
        for clip in (clips[0], clips[-1]):
            first, last = clip.first_frame, clip.last_frame
            words = (
                rf"Clip {clip.number} \(frames {first}–{last}\) is shown in the rating session 'first', so"
            )
            with pytest.raises(ProjectError, match=words + " it cannot be removed"):
                store.clips.remove(clip.id, ada.id)
            with pytest.raises(ProjectError, match=words + " its edges stay"):
                store.clips.change(clip.id, first, last + 1, ada.id)
            with pytest.raises(ProjectError, match=words + " it stays whole"):
                store.clips.split(clip.id, first + 2, ada.id)
        add_session(store, clips, "Cy", name="second")
        with pytest.raises(ProjectError, match="in the rating sessions 'first', 'second', so"):
            store.clips.remove(clips[0].id, ada.id)
        changed = store.clips.change(clips[0].id, 0, 12, ada.id, even_rated=True)
        shown = store.rating_sessions.clips(store.rating_sessions.get("first").id)[0]
        assert ((changed.last_frame, shown.last_frame), store.verify().findings) == ((12, 9), ())

    def test_what_was_shown_is_said_by_the_numbers_of_another_file(self, store: LabelStore) -> None:
        session, cy = self.rated_session(store)
        before = self.session_rows(store)
        (film,) = store.recordings.of_participant()
        new_of_old = {old: old - 15 for old in range(15, 100)}
        store.recordings.renumber(film.id, new_of_old, frame_count=85, actor_id=cy, reason="trimmed")
        lost, moved, *_ = store.recordings.clips(film.id)
        assert (lost.state, moved.first_frame) == (ClipState.EXCLUDED, 5)
        after = self.session_rows(store)
        assert {name for name in before if after[name] != before[name]} == {"rating_clip"}
        gone, *shown = store.rating_sessions.clips(session.id)
        assert (gone.first_frame, gone.last_frame) == NO_FRAMES
        assert [(clip.first_frame, clip.last_frame) for clip in shown] == [
            (clip.first_frame, clip.last_frame) for clip in store.recordings.clips(film.id)[1:]
        ]
        assert [row["score"] for row in store.ratings.table()] == [3, 3, 4, 5]
        assert store.verify().findings == ()
        with closing(JudgeView.open(store.url, session.name, "Cy")) as view:
            view.write(SittingEvent(6, ANSWERED, 4))

    # ---- soundness and backups ------------------------------------------------------------------

    def test_tampering_with_ratings_is_found(self, store: LabelStore) -> None:
        self.rated_session(store)
        sound = self.session_rows(store)
        for what, (statement, finding) in TAMPERED.items():
            assert store.verify().findings == ()
            self.change_behind(store, statement)
            said = "\n".join(store.verify().findings)
            assert re.search(finding, said), f"{what}: {said}"
            self.put_back(store, sound)

    def test_a_backup_holds_whole_sessions(self, store: LabelStore) -> None:
        session, cy = self.rated_session(store)
        before = self.session_rows(store)
        assert all(before.values())
        backup = store.back_up()
        store.rating_sessions.add_events(session, cy, [SittingEvent(6, ANSWERED, 1)])
        add_session(store, self.clips_of(store), "Di")
        store.restore(backup)
        assert self.session_rows(store) == before
        store.rating_sessions.add_events(session, cy, [SittingEvent(6, ANSWERED, 2)])
        assert store.verify().findings == ()
