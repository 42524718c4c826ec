"""What every label store keeps its word on, whatever lies beneath it.

A backend's test module inherits :class:`StoreContract` and says where its
stores are made and how somebody could change them behind the program's back.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hrm_core.errors import ConflictError, NotFoundError, ProjectError, StoreError, StoreWriteError
from hrm_core.records.coding import ActionCode, CodingState, FrameCoding, Origin
from hrm_core.records.columns import RATING_COLUMNS
from hrm_core.records.people import Participant, Role
from hrm_core.records.rating import Rating
from hrm_core.records.recording import Clip, ClipState, Recording
from hrm_core.records.revision import RevisionKind
from hrm_core.store.label_store import LabelStore
from tests.support.builders import KEYS, as_coding, codings, furnish, random_table, table
from tests.support.programs import writer
from tests.support.store_writer import numbered

__all__ = ["StoreContract", "few", "said"]

# One store serves all examples; each takes a recording of its own.
few = settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
)


def said(coding: FrameCoding | None) -> object:
    """What a reader of the labels sees of a frame."""
    return coding and (coding.codes, coding.state, coding.comment, coding.doubtful)


class StoreContract:
    """Tests of any store; the fixture ``url`` comes from the backend."""

    @pytest.fixture
    def url(self, tmp_path: Path) -> Iterator[str]:
        """URL of a place where no store is yet."""
        raise NotImplementedError

    @pytest.fixture
    def store(self, url: str, tmp_path: Path) -> Iterator[LabelStore]:
        """A new, empty store."""
        store = LabelStore.create(url, tmp_path / "backups")
        yield store
        store.close()

    @pytest.fixture
    def open_again(self, url: str, tmp_path: Path) -> Iterator[Callable[[], LabelStore]]:
        """Open the store once more, as another window would."""
        opened: list[LabelStore] = []

        def again() -> LabelStore:
            opened.append(LabelStore.open(url, tmp_path / "backups"))
            return opened[-1]

        yield again
        for store in opened:
            store.close()

    def new_recording(self, store: LabelStore) -> Recording:
        """One more recording of the first participant."""
        number = len(store.recordings.of_participant()) + 1
        who = store.people.participants()[0]
        return store.recordings.add(Recording(0, who.id, f"recording {number}"))

    # ---- people and recordings ------------------------------------------------------

    def test_participants_are_kept_as_given(self, store: LabelStore) -> None:
        given_ = [
            Participant(0, "S10", "TD", "F", 3.5, {"PPVT–4": 88.5, "词汇": 12.0}, "faces “shown” ✓"),
            Participant(0, "S9"),
            Participant(0, "儿童", "ASD"),
        ]
        stored = [store.people.add_participant(entry) for entry in given_]
        assert [replace(entry, id=0) for entry in stored] == given_
        assert store.people.participants() == [stored[2], stored[1], stored[0]]
        assert store.people.participant("S10") == stored[0]

    def test_a_blind_view_has_no_group_and_no_diagnosis(self, store: LabelStore) -> None:
        store.people.add_participant(Participant(0, "S1", "ASD", "M", 4.0, {"ADOS": 9.0}))
        (who,) = store.people.participants(blind=True)
        assert (who.group, who.language_scores, who.code, who.sex) == (None, {}, "S1", "M")

    def test_a_participants_code_is_given_once(self, store: LabelStore) -> None:
        store.people.add_participant(Participant(0, "S1"))
        with pytest.raises(ProjectError, match="S1"):
            store.people.add_participant(Participant(0, "S1", "TD"))
        assert len(store.people.participants()) == 1

    def test_a_participant_can_be_corrected(self, store: LabelStore) -> None:
        who = store.people.add_participant(Participant(0, "S1", "TD"))
        other = store.people.add_participant(Participant(0, "S2", "TD"))
        store.people.update_participant(replace(who, group="ASD", age_years=5.0))
        assert store.people.participant("S1") == replace(who, group="ASD", age_years=5.0)
        assert store.people.participant("S2") == other

    def test_unknown_people_are_named_with_a_remedy(self, store: LabelStore) -> None:
        with pytest.raises(NotFoundError, match=r"'S7' .* hrm add participant S7"):
            store.people.participant("S7")
        store.people.ensure_rater("Ada")
        with pytest.raises(NotFoundError, match=r"'Bo' .*there are: Ada"):
            store.people.rater("Bo")

    def test_a_rater_is_taken_in_once(self, store: LabelStore) -> None:
        ada = store.people.ensure_rater("Ada", Role.JUDGE, blind=False)
        assert store.people.ensure_rater("Ada") == ada == store.people.rater("Ada")
        bo = store.people.ensure_rater("Bo")
        assert (bo.role, bo.blind) == (Role.CODER, True)
        assert store.people.raters() == [ada, bo]

    def test_recordings_and_clips_are_kept_as_given(self, store: LabelStore) -> None:
        who = store.people.add_participant(Participant(0, "S1"))
        bare = store.recordings.add(Recording(0, who.id, "labels"))
        film = Recording(0, who.id, "播放 1", "Origin Videos/x.mp4", "abc", 29.97, 1500, 640, 480, True)
        stored = store.recordings.add(film)
        assert store.recordings.get(stored.id) == replace(film, id=stored.id)
        assert store.recordings.of_participant(who.id) == [bare, stored]
        clips = store.recordings.add_clips(stored.id, [(0, 9), (20, 20)])
        assert clips == [
            Clip(clips[0].id, stored.id, 1, 0, 9, ClipState.OPEN),
            Clip(clips[1].id, stored.id, 2, 20, 20, ClipState.OPEN),
        ]
        assert [clip.number for clip in store.recordings.add_clips(stored.id, [(30, 40)])] == [1, 2, 3]
        store.recordings.update(replace(stored, path=None, mirrored=False))
        assert store.recordings.get(stored.id) == replace(stored, path=None, mirrored=False)
        # Each of these leaves alone what the others write.
        store.recordings.set_mirrored(stored.id, True)
        facts = {"fingerprint": "new", "fps": 25.0, "frame_count": 9, "width": 4, "height": 2}
        store.recordings.connect_file(stored.id, path="y.mp4", **facts)
        store.recordings.move_file(stored.id, "z.mp4")
        assert store.recordings.get(stored.id) == replace(stored, path="z.mp4", mirrored=True, **facts)
        assert store.recordings.get(bare.id) == bare
        with pytest.raises(ProjectError, match="already has a video named 'labels'"):
            store.recordings.add(Recording(0, who.id, "labels"))
        with pytest.raises(NotFoundError, match="No video number 99"):
            store.recordings.get(99)

    def test_ratings_come_back_with_their_clips(self, store: LabelStore) -> None:
        rater, film = furnish(store)
        (first, second) = store.recordings.add_clips(film.id, [(0, 9), (10, 19)])
        session = store.ratings.add_session("first", "How natural?")
        given_ = [Rating(rater.id, second.id, 5, 0, 1.25, 2), Rating(rater.id, first.id, 1, 1)]
        store.ratings.add(session, given_)
        assert store.ratings.table() == [
            dict(zip(RATING_COLUMNS, ("first", "7", "play", 1, "Ada", 1, 1, None, 0, False), strict=True)),
            dict(zip(RATING_COLUMNS, ("first", "7", "play", 2, "Ada", 5, 0, 1.25, 2, False), strict=True)),
        ]
        with pytest.raises(StoreWriteError, match="Nothing was changed"):
            store.ratings.add(session, [Rating(rater.id, first.id, 3, 7), given_[0]])
        assert len(store.ratings.table()) == 2

    # ---- saving -----------------------------------------------------------------------

    @few
    @given(said_=codings())
    def test_a_coding_is_read_as_it_was_saved(self, store: LabelStore, said_: FrameCoding) -> None:
        if not store.people.raters():
            furnish(store)
        film = self.new_recording(store)
        coding = replace(said_, rater_id=store.people.raters()[0].id, video_id=film.id)
        changes = store.codings.save(coding)
        stored = store.codings.get(coding.rater_id, film.id, coding.frame)
        assert stored == changes.codings[coding.frame]
        assert stored is not None
        assert said(stored) == said(coding)
        assert stored.seconds_spent == pytest.approx(coding.seconds_spent)
        assert stored.revision == changes.revision_id
        assert store.codings.of_video(coding.rater_id, film.id) == {coding.frame: stored}

    def test_where_a_code_came_from_is_kept(self, store: LabelStore) -> None:
        rater, film = furnish(store)
        run = self.add_model_run(store)
        codes = (
            ActionCode("AU1", 1, origin=Origin.ACCEPTED, model_run_id=run),
            ActionCode("AU12", 2, "C", Origin.CORRECTED, run),
            ActionCode("AU25", 1, origin=Origin.CARRIED),
        )
        store.codings.save(FrameCoding(rater.id, film.id, 3, codes))
        stored = store.codings.get(rater.id, film.id, 3)
        assert stored is not None
        assert stored.codes == codes
        (entry,) = store.history.log(rater.id, film.id)
        assert said(entry.after[3]) == said(stored)
        assert store.verify().sound

    def add_model_run(self, store: LabelStore) -> int:
        """A model's run, as the suggestions will make them."""
        self.change_behind(store, "INSERT INTO model_run (id, model, started_at) VALUES (7, 'm', 'now')")
        return 7

    def change_behind(self, store: LabelStore, *statements: str) -> None:
        """Change rows behind the program's back, past every reference and rule that can be passed."""
        raise NotImplementedError

    def rows(self, store: LabelStore, query: str) -> list[tuple[object, ...]]:
        """Look at the tables themselves."""
        with store._db.reading() as connection:
            return [tuple(row) for row in connection.execute(sa.text(query))]

    def test_only_actions_that_are_there_take_a_row(self, store: LabelStore) -> None:
        rater, film = furnish(store)
        coding = FrameCoding(rater.id, film.id, 0).with_code("AU12", 2).with_code("AU25", 1)
        saved = store.codings.save(coding).codings[0]
        assert self.rows(store, "SELECT action, code FROM action_code ORDER BY action") == [
            ("AU12", 2),
            ("AU25", 1),
        ]
        assert saved is not None
        store.codings.save(saved.with_code("AU12", 0))
        assert self.rows(store, "SELECT action, code FROM action_code") == [("AU25", 1)]
        codes = np.zeros((2, len(KEYS)))
        codes[1, 3] = 5
        store.codings.import_tables(
            [table(rater.id, film.id, [8, 9], codes)], actor_id=rater.id, reason="file"
        )
        assert self.rows(store, "SELECT frame, code FROM action_code WHERE frame > 0") == [(9, 5)]
        for code in (0, 6):
            with pytest.raises(sa.exc.IntegrityError), store._db.engine.begin() as connection:
                connection.execute(sa.text(f"UPDATE action_code SET code = {code}"))

    def test_uncoded_is_not_the_same_as_nothing_there(self, store: LabelStore) -> None:
        rater, film = furnish(store)
        assert store.codings.get(rater.id, film.id, 5) is None
        store.codings.save(FrameCoding(rater.id, film.id, 5))
        stored = store.codings.get(rater.id, film.id, 5)
        assert stored is not None
        assert stored.codes == ()
        assert store.codings.of_video(rater.id, film.id).keys() == {5}

    def test_the_table_holds_coded_and_checked_frames_only(self, store: LabelStore) -> None:
        rater, film = furnish(store)
        for frame, state in enumerate(CodingState):
            codes = () if state is CodingState.NOT_CODABLE else (ActionCode("AU2", 3, "B"),)
            store.codings.save(FrameCoding(rater.id, film.id, frame, codes, state))
        stored = store.codings.table(rater.id, film.id)
        assert stored.frames.tolist() == [1, 2]
        assert stored.codes.sum(axis=1).tolist() == [3, 3]
        assert stored.codes[:, KEYS.index("AU2")].tolist() == [3, 3]
        assert store.codings.count(rater.id) == {film.id: 4}
        assert len(store.codings.table(rater.id, film.id + 1)) == 0
        by_state = store.codings.frames_by_state(rater.id, film.id)
        assert {state: frames.tolist() for state, frames in by_state.items()} == {
            state: [frame] for frame, state in enumerate(CodingState)
        }
        assert store.codings.frames_by_state(rater.id, film.id + 1) == {}

    def test_every_change_says_who_when_and_what(self, store: LabelStore) -> None:
        ada, film = furnish(store)
        bo = store.people.ensure_rater("Bo", Role.ADJUDICATOR)
        began = datetime.now(UTC)
        first = store.codings.save(
            FrameCoding(ada.id, film.id, 4).with_code("AU12", 1), reason="AU12"
        ).codings[4]
        assert first is not None
        store.codings.save(
            replace(first.with_code("AU12", 2), comment="left?"), reason="side", actor_id=bo.id
        )
        one, two = store.history.log(ada.id, film.id)
        assert began <= one.at <= two.at <= datetime.now(UTC)
        assert (one.kind, one.actor_id, one.reason) == (RevisionKind.SAVE, ada.id, "AU12")
        assert (one.before, said(one.after[4])) == ({4: None}, said(first))
        assert (two.actor_id, two.rater_id, two.reason) == (bo.id, ada.id, "side")
        assert said(two.before[4]) == said(first)
        assert two.after[4] == store.codings.get(ada.id, film.id, 4)

    def test_saving_what_is_there_already_writes_nothing(self, store: LabelStore) -> None:
        rater, film = furnish(store)
        coding = FrameCoding(rater.id, film.id, 0, (ActionCode("AU4", 1),))
        saved = store.codings.save(coding).codings[0]
        again = store.codings.save(replace(coding, seconds_spent=9))
        assert (again.revision_id, again.codings[0]) == (None, saved)
        assert len(store.history.log(rater.id, film.id)) == 1

    def test_a_stale_save_is_refused_with_both_versions(
        self, store: LabelStore, open_again: Callable[[], LabelStore]
    ) -> None:
        rater, film = furnish(store)
        read = store.codings.save(FrameCoding(rater.id, film.id, 0).with_code("AU1", 1)).codings[0]
        assert read is not None
        theirs = open_again().codings.save(read.with_code("AU2", 1)).codings[0]
        mine = read.with_code("AU4", 1)
        with pytest.raises(ConflictError, match="Frame 0 was changed by another") as caught:
            store.codings.save(mine)
        assert (caught.value.mine, caught.value.theirs) == ({0: mine}, {0: theirs})
        assert store.codings.get(rater.id, film.id, 0) == theirs
        assert len(store.history.log(rater.id, film.id)) == 2
        # The same words from both sides are no quarrel.
        assert theirs is not None
        assert store.codings.save(replace(theirs, revision=None)).revision_id is None

    def test_a_frame_that_somebody_else_coded_first_is_a_conflict(self, store: LabelStore) -> None:
        rater, film = furnish(store)
        theirs = store.codings.save(FrameCoding(rater.id, film.id, 0).with_code("AU1", 1)).codings[0]
        with pytest.raises(ConflictError) as caught:
            store.codings.save(FrameCoding(rater.id, film.id, 0).with_code("AU2", 1))
        assert caught.value.theirs == {0: theirs}

    def test_a_frame_that_was_undone_meanwhile_is_a_conflict(self, store: LabelStore) -> None:
        rater, film = furnish(store)
        read = store.codings.save(FrameCoding(rater.id, film.id, 0).with_code("AU1", 1)).codings[0]
        store.history.undo(rater.id, film.id)
        assert read is not None
        with pytest.raises(ConflictError) as caught:
            store.codings.save(read.with_code("AU2", 1))
        assert caught.value.theirs == {0: None}

    def test_raters_and_recordings_do_not_mix(self, store: LabelStore) -> None:
        ada, film = furnish(store)
        bo, other = store.people.ensure_rater("Bo"), self.new_recording(store)
        for at, (rater, recording) in enumerate([(ada, film), (bo, film), (ada, other)]):
            store.codings.save(FrameCoding(rater.id, recording.id, 0, (ActionCode(KEYS[at], 1),)))
        assert [code.action for code in store.codings.of_video(ada.id, film.id)[0].codes] == ["AU1"]
        assert [code.action for code in store.codings.of_video(bo.id, film.id)[0].codes] == ["AU2"]
        assert [code.action for code in store.codings.of_video(ada.id, other.id)[0].codes] == ["AU4"]

    def test_a_label_of_nobody_is_refused(self, store: LabelStore) -> None:
        rater, film = furnish(store)
        for rater_id, video_id, frame in ((99, film.id, 0), (rater.id, 99, 0), (rater.id, film.id, -1)):
            with pytest.raises(StoreWriteError, match="Nothing was changed on disk"):
                store.codings.save(FrameCoding(rater_id, video_id, frame))
        assert store.verify().revisions == 0

    # ---- several programs -------------------------------------------------------------

    def test_two_programs_saving_lose_nothing(self, store: LabelStore, url: str) -> None:
        ada, film = furnish(store)
        bo = store.people.ensure_rater("Bo")
        with (
            writer("save", url, ada.id, film.id, 0, 40) as first,
            writer("save", url, bo.id, film.id, 0, 40) as second,
        ):
            for program in (first, second):
                out, errors = program.communicate(timeout=60)
                assert (program.returncode, errors) == (0, "")
                assert out.splitlines() == [f"saved {frame}" for frame in range(40)]
        for rater in (ada, bo):
            stored = store.codings.of_video(rater.id, film.id)
            assert [said(stored[frame]) for frame in range(40)] == [
                said(numbered(rater.id, film.id, frame)) for frame in range(40)
            ]
        assert store.verify().sound

    def test_two_programs_changing_one_frame_lose_nothing(self, store: LabelStore, url: str) -> None:
        rater, film = furnish(store)
        with (
            writer("append", url, rater.id, film.id, "a", 25) as first,
            writer("append", url, rater.id, film.id, "b", 25) as second,
        ):
            for program in (first, second):
                assert program.communicate(timeout=60)[1] == ""
                assert program.returncode == 0
        stored = store.codings.get(rater.id, film.id, 0)
        assert stored is not None
        assert sorted(stored.comment) == ["a"] * 25 + ["b"] * 25
        assert len(store.history.log(rater.id, film.id)) == 50
        assert store.verify().sound

    def test_threads_share_a_store(self, store: LabelStore) -> None:
        raters = [furnish(store)[0], *(store.people.ensure_rater(name) for name in ("Bo", "Cy", "Di"))]
        (film,) = store.recordings.of_participant()
        wrong: list[BaseException] = []

        def code(rater_id: int) -> None:
            try:
                for frame in range(12):
                    store.codings.save(numbered(rater_id, film.id, frame))
                    store.history.undo(rater_id, film.id)
                    store.history.redo(rater_id, film.id)
            except BaseException as error:
                wrong.append(error)

        threads = [threading.Thread(target=code, args=(rater.id,)) for rater in raters]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert wrong == []
        assert all(store.codings.count(rater.id) == {film.id: 12} for rater in raters)
        assert store.verify().sound

    def test_a_reader_sees_one_state_while_others_write(
        self, store: LabelStore, open_again: Callable[[], LabelStore]
    ) -> None:
        rater, film = furnish(store)
        old = store.codings.save(FrameCoding(rater.id, film.id, 0).with_code("AU1", 1)).codings[0]
        assert old is not None
        with store._db.reading() as connection:
            before = connection.execute(sa.text("SELECT action FROM action_code")).all()
            open_again().codings.save(old.with_code("AU2", 1))
            assert connection.execute(sa.text("SELECT action FROM action_code")).all() == before
            assert connection.scalar(sa.text("SELECT count(*) FROM revision")) == 1
        assert len(store.history.log(rater.id, film.id)) == 2

    def test_several_windows_may_take_in_the_same_rater_at_once(
        self, store: LabelStore, open_again: Callable[[], LabelStore]
    ) -> None:
        opened = [open_again() for _ in range(4)]
        barrier, found, wrong = threading.Barrier(4), set(), []

        def join(window: LabelStore) -> None:
            barrier.wait()
            try:
                found.update(window.people.ensure_rater(f"Coder {number}") for number in range(10))
            except BaseException as error:
                wrong.append(error)

        threads = [threading.Thread(target=join, args=(window,)) for window in opened]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert wrong == []
        assert len(found) == len(store.people.raters()) == 10

    # ---- all or nothing ---------------------------------------------------------------

    def test_several_calls_are_written_together_or_not_at_all(self, store: LabelStore) -> None:
        rater, film = furnish(store)
        with pytest.raises(StoreError), store.all_or_nothing():  # noqa: PT012
            bo = store.people.ensure_rater("Bo")
            store.people.add_participant(Participant(0, "S2"))
            store.codings.save(FrameCoding(bo.id, film.id, 0))
            store.codings.import_tables([random_table(rater.id, film.id, 5)], actor_id=bo.id, reason="f")
            assert store.codings.count(rater.id) == {film.id: 5}
            raise StoreError("the cat stepped on the keyboard")
        assert [entry.name for entry in store.people.raters()] == ["Ada"]
        assert [entry.code for entry in store.people.participants()] == ["7"]
        assert store.codings.count(rater.id) == {}
        with store.all_or_nothing():
            bo = store.people.ensure_rater("Bo")
            store.codings.save(FrameCoding(bo.id, film.id, 0))
        assert store.codings.count(bo.id) == {film.id: 1}
        assert store.verify().sound

    # ---- import -----------------------------------------------------------------------

    @few
    @given(seed=st.integers(0, 10**6), count=st.integers(0, 9))
    def test_importing_equals_saving_one_by_one(self, store: LabelStore, seed: int, count: int) -> None:
        if not store.people.raters():
            furnish(store)
        film = self.new_recording(store)
        typed, loaded = store.people.ensure_rater("typed"), store.people.ensure_rater("loaded")
        codes = random_table(loaded.id, film.id, count, seed)
        counts = store.codings.import_tables([codes], actor_id=typed.id, reason="file")
        assert (counts.added, counts.replaced, counts.unchanged) == (count, 0, 0)
        for row in range(count):
            store.codings.save(replace(as_coding(codes, row), rater_id=typed.id))
        stored = [store.codings.of_video(rater.id, film.id) for rater in (typed, loaded)]
        assert next({n: said(c) for n, c in s.items()} for s in stored) == {
            frame: said(coding) for frame, coding in stored[1].items()
        }
        assert np.array_equal(store.codings.table(loaded.id, film.id).codes, codes.codes)
        logged = [
            said(entry.after[n]) for entry in store.history.log(loaded.id, film.id) for n in entry.after
        ]
        assert logged == [said(coding) for coding in stored[1].values()]
        again = store.codings.import_tables([codes], actor_id=typed.id, reason="file")
        assert (again.added, again.replaced, again.unchanged) == (0, 0, count)
        assert store.verify().sound
