"""What every store keeps its word on: what a judge may do and know, and nothing beside it."""

from __future__ import annotations

import threading
from contextlib import closing
from dataclasses import dataclass, field

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from hrm_core.errors import NotFoundError, ProjectError, StoreError
from hrm_core.records.rating_plan import Presentation, TrialKind
from hrm_core.records.sitting import Seated, SittingAct, SittingEvent
from hrm_core.store import schema
from hrm_core.store.judge_view import JudgeView
from hrm_core.store.label_store import LabelStore
from tests.support.planned_session import add_session, trials_of
from tests.support.store_contract import few
from tests.support.store_rating_contract import SECRETS, RatingContract

__all__ = ["JudgeContract"]

SHOWN, ANSWERED, TAKEN_BACK = SittingAct.SHOWN, SittingAct.ANSWERED, SittingAct.TAKEN_BACK

# What a judge tries: most of it cannot be, and then nothing may change.
_tries = st.lists(
    st.tuples(
        st.sampled_from(["shown", "answer", "answer", "answer", "answer elsewhere", "take back", "pause",
                         "go on", "open again", "off the scale", "close"]),
        st.integers(0, 6),
        st.integers(1, 5),
    ),
    max_size=25,
)  # fmt: skip


@dataclass
class Model:
    """All that a sitting is, in a few lines."""

    total: int
    scores: dict[int, int] = field(default_factory=dict)
    last: int | None = None
    said: list[tuple[SittingAct, int, int | None]] = field(default_factory=list)

    @property
    def current(self) -> int | None:
        """The first trial without an answer."""
        return next((place for place in range(self.total) if place not in self.scores), None)

    def takes(self, act: SittingAct, place: int, score: int | None) -> bool:
        """Do it, or say that it cannot be."""
        if act is ANSWERED:
            if place in self.scores or score is None or score > 5:
                return False
            self.scores[place], self.last = score, place
        elif act is TAKEN_BACK:
            if self.last != place:
                return False
            del self.scores[place]
            self.last = None
        self.said.append((act, place, score))
        return True


class JudgeContract(RatingContract):
    """Tests of any store; the fixture ``url`` comes from the backend."""

    def test_a_judge_sees_their_own_trials_and_no_more(self, store: LabelStore) -> None:
        clips = self.clips_of(store)
        session = add_session(store, clips, "Cy", "Di")
        with closing(JudgeView.open(store.url, session.name, "Di")) as view:
            trials = view.trials()
            assert [trial.token for trial in trials] == [
                trial.token for trial in trials_of("Di", clips, name=session.name)
            ]
            kinds = [trial.kind for trial in trials]
            assert kinds == [TrialKind.PRACTICE, *[TrialKind.RATING] * 3, TrialKind.ATTENTION, *kinds[1:3]]
            assert [trial.expected for trial in trials if trial.expected] == [2]
            assert trials[1].file == trials[5].file == f"{clips[0].id:x}f.mp4"
            assert trials[1].sha256 == f"{clips[0].id:064x}"
            assert (trials[4].file, trials[4].sha256) == (None, "")
            assert (view.token(), view.closed(), view.state().answered) == (session.token, False, frozenset())
        for name, judge in ((session.name, "Ada"), ("other", "Cy")):
            store.people.ensure_rater(judge)
            with pytest.raises(NotFoundError, match="has no place in a session"):
                JudgeView.open(store.url, name, judge)

    def test_a_judge_finds_their_seat(self, store: LabelStore) -> None:
        session, _ = self.rated_session(store)
        loud = add_session(store, self.clips_of(store), "Cy", "Di", presentation=Presentation(sound=True))
        store.ratings.add_session("imported", "?")
        store.rating_sessions.set_closed(session.id, closed=True)
        assert JudgeView.seats(store.url) == [
            Seated(session.name, "Cy", 6, 7, sound=False, closed=True),
            Seated(loud.name, "Cy", 0, 7, sound=True, closed=False),
            Seated(loud.name, "Di", 0, 7, sound=True, closed=False),
        ]

    @few
    @given(tries=_tries)
    def test_no_answer_is_lost_and_none_is_asked_twice(
        self, store: LabelStore, tries: list[tuple[str, int, int]]
    ) -> None:
        clips = self.clips_of(store)
        session = add_session(store, clips, "Cy", "Di")
        model = Model(total=7)
        view = JudgeView.open(store.url, session.name, "Cy")
        acts = {
            "shown": SHOWN,
            "take back": TAKEN_BACK,
            "pause": SittingAct.PAUSED,
            "go on": SittingAct.WENT_ON,
        }
        closed = False
        for what, place, score in tries:
            current = model.current
            if what == "open again":
                view.close()
                view = JudgeView.open(store.url, session.name, "Cy")
            elif what == "close":
                closed = not closed
                store.rating_sessions.set_closed(session.id, closed=closed)
            else:
                answers = what in ("answer", "answer elsewhere", "off the scale")
                at = current if what == "answer" and current is not None else place
                if what == "take back" and model.last is not None and place > 2:
                    at = model.last
                given_score = (score if what != "off the scale" else 6) if answers else None
                event = SittingEvent(at, ANSWERED if answers else acts[what], given_score)
                if not closed and model.takes(event.act, at, given_score):
                    state = view.write(event)
                    assert state == view.state()
                else:
                    with pytest.raises(ProjectError):
                        view.write(event)
            state = view.state()
            assert state.answered == model.scores.keys()
            assert state.may_take_back == model.last
        with closing(view), closing(JudgeView.open(store.url, session.name, "Cy")) as again:
            assert again.state() == view.state()
        judge = session.seats[0].judge_id
        log = store.rating_sessions.events(session.id, judge)
        assert [(event.act, event.position, event.score) for event in log] == model.said
        kinds = [trial.kind for trial in trials_of("Cy", clips)]
        stands = {
            row["position"]: (row["score"], row["repeat"])
            for row in store.ratings.table()
            if row["session"] == session.name
        }
        assert stands == {
            place: (score, kinds[place] is TrialKind.REPEAT)
            for place, score in model.scores.items()
            if kinds[place] in (TrialKind.RATING, TrialKind.REPEAT)
        }
        done = [seat.done for seat in JudgeView.seats(store.url) if seat.session == session.name]
        assert done == [len(model.scores), 0]
        assert store.verify().findings == ()

    def test_two_windows_of_one_judge_do_not_answer_twice(self, store: LabelStore) -> None:
        session = add_session(store, self.clips_of(store), "Cy")
        first, second = (JudgeView.open(store.url, session.name, "Cy") for _ in range(2))
        with closing(first), closing(second):
            first.write(SittingEvent(0, ANSWERED, 1))
            with pytest.raises(ProjectError, match="answered already: close the window and open it again"):
                second.write(SittingEvent(0, ANSWERED, 5))
            assert second.write(SittingEvent(1, ANSWERED, 2)).answered == {0, 1}
            with pytest.raises(ProjectError, match="Only the last answer"):
                first.write(SittingEvent(0, TAKEN_BACK))
            assert first.state().may_take_back == 1
        scores = [
            event.score for event in store.rating_sessions.events(session.id, session.seats[0].judge_id)
        ]
        assert scores == [1, 2]

    def test_judges_rate_at_once_while_somebody_codes(self, store: LabelStore) -> None:
        judges = ("Cy", "Di", "Ed")
        session = add_session(store, self.clips_of(store), *judges)
        failures: list[BaseException] = []

        def rate(judge: str) -> None:
            try:
                with closing(JudgeView.open(store.url, session.name, judge)) as view:
                    for place in range(7):
                        view.write(SittingEvent(place, SHOWN))
                        view.write(SittingEvent(place, ANSWERED, 1 + place % 5))
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=rate, args=(judge,)) for judge in judges]
        for thread in threads:
            thread.start()
        for number in range(10):
            store.people.ensure_rater(f"coder {number}")
        for thread in threads:
            thread.join()
        assert failures == []
        for seat in session.seats:
            events = store.rating_sessions.events(session.id, seat.judge_id)
            assert [event.position for event in events if event.act is ANSWERED] == list(range(7))
        assert store.verify().findings == ()

    def test_a_backup_restored_meanwhile_ends_the_sitting(self, store: LabelStore) -> None:
        session, cy = self.rated_session(store)
        backup = store.back_up()
        before = self.session_rows(store)
        with closing(JudgeView.open(store.url, session.name, "Cy")) as view:
            view.write(SittingEvent(6, ANSWERED, 5))
            store.restore(backup)
            with pytest.raises(StoreError, match="changed as a whole while you were rating") as caught:
                view.write(SittingEvent(6, ANSWERED, 5))
            assert not any(word in str(caught.value) for word in (*SECRETS, "/", ".sqlite"))
        assert self.session_rows(store) == before
        assert store.verify().findings == ()
        with closing(JudgeView.open(store.url, session.name, "Cy")) as view:
            view.write(SittingEvent(6, ANSWERED, 4))
        assert store.rating_sessions.state(session.id, cy).answered == set(range(7))

    def test_what_is_damaged_is_said_without_showing_it(self, store: LabelStore) -> None:
        session, _ = self.rated_session(store)
        self.change_behind(store, "UPDATE rating_event SET act = 'K-1702' WHERE position = 1")
        self.change_behind(store, "UPDATE rating_trial SET kind = 'K-1702' WHERE position = 1")
        with closing(JudgeView.open(store.url, session.name, "Cy")) as view:
            for read in (view.state, view.trials, lambda: view.write(SittingEvent(6, SHOWN))):
                with pytest.raises(StoreError, match="damaged: tell whoever planned it") as caught:
                    read()
                assert "1702" not in str(caught.value)
        self.change_behind(store, "UPDATE rating_session SET presentation = 'K-1702', plan = '{'")
        for open_it in (
            lambda: JudgeView.open(store.url, session.name, "Cy"),
            lambda: JudgeView.seats(store.url),
            store.rating_sessions.all,
        ):
            with pytest.raises(StoreError, match="damaged"):
                open_it()

    def test_a_judge_sends_no_statement_but_their_own(self, store: LabelStore) -> None:
        """Whatever table and column it is about, and however it is written."""
        session, _ = self.rated_session(store)
        before = self.session_rows(store)
        with closing(JudgeView.open(store.url, session.name, "Cy")) as view:
            for table in schema.metadata.sorted_tables:
                same = table.alias()
                tried: list[object] = [
                    sa.select(table), sa.select(same), sa.select(sa.func.count()).select_from(table),
                    sa.insert(table), sa.delete(table), sa.update(table), sa.schema.DropTable(table),
                    sa.text(f"SELECT * FROM {table.name}"), f"SELECT * FROM {table.name}",
                    f"DROP TABLE {table.name}", f"DELETE FROM {table.name}",
                ]  # fmt: skip
                for column in table.c:
                    tried += [
                        sa.select(column),
                        sa.select(sa.select(column).subquery()),
                        sa.select(sa.literal(1)).where(column.is_not(None)),
                        f"SELECT {column.name} FROM {table.name}",
                        f"UPDATE {table.name} SET {column.name} = {column.name}",
                    ]
                for statement in tried:
                    with view._db.engine.connect() as connection, pytest.raises(StoreError, match="no other"):
                        _send(connection, statement)
        assert self.session_rows(store) == before


def _send(connection: sa.Connection, statement: object) -> None:
    if isinstance(statement, str):
        connection.exec_driver_sql(statement)
    else:
        connection.execute(statement)  # type: ignore[call-overload]
