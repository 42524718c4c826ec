"""What every store keeps its word on: clips, the log of their changes, and counts of frames."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrm_core.errors import NotFoundError, ProjectError
from hrm_core.records.coding import CodingState, FrameCoding
from hrm_core.records.coding_progress import FrameCounts
from hrm_core.records.rating import Rating
from hrm_core.records.recording import Clip, ClipAct, ClipState, ExclusionReason, Recording
from hrm_core.store.label_store import LabelStore
from tests.support.builders import codings, furnish, random_table
from tests.support.store_checks_contract import ChecksContract
from tests.support.store_contract import few

__all__ = ["ClipsContract"]

_FRAMES = 40
_frame = st.integers(-1, _FRAMES)
# What people try one after the other: most of it cannot be, and then nothing may change.
acts = st.lists(
    st.tuples(
        st.sampled_from([act for act in ClipAct if act is not ClipAct.RELINK]),
        st.integers(0, 3),
        _frame,
        _frame,
    ),
    max_size=14,
)
said = st.lists(codings(), max_size=12, unique_by=lambda coding: coding.frame)


class ClipsContract(ChecksContract):
    """Tests of any store; the fixture ``url`` comes from the backend."""

    def film(self, store: LabelStore) -> Recording:
        """A recording of forty frames."""
        if not store.people.participants():
            furnish(store)
        film = self.new_recording(store)
        store.recordings.update(replace(film, frame_count=_FRAMES))
        return store.recordings.get(film.id)

    def rated(self, store: LabelStore, clip: Clip) -> None:
        """Let a judge rate a clip."""
        judge = store.people.ensure_rater("Cy")
        session = store.ratings.add_session(f"about {clip.id}", "How natural?")
        store.ratings.add(session, [Rating(judge.id, clip.id, 3)])

    def act(self, store: LabelStore, film: Recording, act: tuple[ClipAct, int, int, int]) -> None:
        """Do one thing to the clip at a place, if there is one."""
        what, place, first, last = act
        ada, clips = store.people.ensure_rater("Ada"), store.recordings.clips(film.id)
        if what is ClipAct.ADD:
            store.clips.add(film.id, first, last, ada.id)
            return
        if place >= len(clips):
            return
        number = clips[place].id
        if what is ClipAct.CHANGE:
            store.clips.change(number, first, last, ada.id)
        elif what is ClipAct.SPLIT:
            store.clips.split(number, first, ada.id)
        elif what is ClipAct.EXCLUDE:
            store.clips.exclude(number, ExclusionReason.POSE, f"to the side {first}", ada.id)
        elif what is ClipAct.REOPEN:
            store.clips.reopen(number, ada.id)
        else:
            store.clips.remove(number, ada.id)

    @few
    @given(tried=acts)
    def test_clips_never_overlap_are_numbered_by_frames_and_the_log_explains_them(
        self, store: LabelStore, tried: list[tuple[ClipAct, int, int, int]]
    ) -> None:
        film = self.film(store)
        for act in tried:
            before, entries = store.recordings.clips(film.id), len(store.clips.log(film.id))
            try:
                self.act(store, film, act)
            except ProjectError:
                assert store.recordings.clips(film.id) == before
                assert len(store.clips.log(film.id)) == entries
        clips = store.recordings.clips(film.id)
        assert [clip.number for clip in clips] == list(range(1, len(clips) + 1))
        frames = [range(clip.first_frame, clip.last_frame + 1) for clip in clips]
        flat = [frame for run in frames for frame in run]
        assert flat == sorted(set(flat))
        assert all(run[0] >= 0 and run[-1] < _FRAMES for run in frames)
        # Replayed from its first entry, the log ends at what is there; numbers follow from frames.
        there: dict[int, Clip] = {}
        for entry in store.clips.log(film.id):
            for clip in entry.before:
                assert replace(there.pop(clip.id), number=0) == replace(clip, number=0)
            there |= {clip.id: clip for clip in entry.after}
        assert {replace(clip, number=0) for clip in there.values()} == {
            replace(clip, number=0) for clip in clips
        }

    def test_every_change_says_who_and_when(
        self, store: LabelStore, open_again: Callable[[], LabelStore]
    ) -> None:
        ada, film = furnish(store)
        (given_,) = store.recordings.add_clips(film.id, [(10, 19)])
        store.clips.exclude(given_.id, ExclusionReason.OCCLUDED, " by a cup ", ada.id)
        # Said once more, nothing has changed.
        store.clips.exclude(given_.id, ExclusionReason.OCCLUDED, "by a cup", ada.id)
        store.clips.remove(given_.id, ada.id)
        log = open_again().clips.log(film.id)
        assert [(entry.rater, entry.what) for entry in log] == [
            (None, ClipAct.ADD),
            ("Ada", ClipAct.EXCLUDE),
            ("Ada", ClipAct.REMOVE),
        ]
        assert log[1].before == (given_,)
        (excluded,) = log[1].after
        assert (excluded.state, excluded.why) == (ClipState.EXCLUDED, "face occluded: by a cup")
        assert (log[2].before, log[2].after) == ((excluded,), ())
        times = [entry.at for entry in log]
        assert times == sorted(times)
        assert all(abs(datetime.now(UTC) - at) < timedelta(hours=1) for at in times)
        with pytest.raises(NotFoundError, match="removed it"):
            store.clips.get(given_.id)

    def test_ratings_hold_a_clip_fast_and_stay_with_it(self, store: LabelStore) -> None:
        ada, film = furnish(store)
        _, clip = store.recordings.add_clips(film.id, [(50, 59), (10, 39)])
        self.rated(store, clip)
        for refused in (
            lambda: store.clips.remove(clip.id, ada.id),
            lambda: store.clips.change(clip.id, 12, 39, ada.id),
            lambda: store.clips.split(clip.id, 20, ada.id),
        ):
            with pytest.raises(ProjectError, match="was rated by 1 judge as frames 10–39"):
                refused()
        # Imported in another order: the next change numbers them by their frames.
        store.clips.change(clip.id, 12, 39, ada.id, even_rated=True)
        one, two = store.clips.split(clip.id, 20, ada.id, even_rated=True)
        assert [(c.number, c.first_frame, c.last_frame) for c in (one, two)] == [(1, 12, 19), (2, 20, 39)]
        assert one.id == clip.id
        assert [row["clip"] for row in store.ratings.table()] == [1]
        store.clips.exclude(clip.id, ExclusionReason.NO_NEUTRAL, "", ada.id)
        assert store.clips.reopen(clip.id, ada.id) == one

    def test_what_another_file_has_not_takes_no_room_and_cannot_be_reopened(self, store: LabelStore) -> None:
        ada, film = furnish(store)
        store.recordings.add_clips(film.id, [(0, 9), (10, 29)])
        new_of_old = {old: old - 15 for old in range(15, 40)}
        store.recordings.renumber(film.id, new_of_old, frame_count=25, actor_id=ada.id, reason="trimmed")
        (lost, cut), entry = store.recordings.clips(film.id), store.clips.log(film.id)[-1]
        assert (entry.rater, entry.what, len(entry.before)) == ("Ada", ClipAct.RELINK, 2)
        assert entry.after == (lost, cut)
        assert store.clips.change(cut.id, 0, 5, ada.id).last_frame == 5
        with pytest.raises(ProjectError, match="cannot be reopened"):
            store.clips.reopen(lost.id, ada.id)

    @few
    @given(entries=said)
    def test_frames_are_counted_as_by_hand(self, store: LabelStore, entries: list[FrameCoding]) -> None:
        film = self.film(store)
        ada, other = store.people.ensure_rater("Ada"), store.people.ensure_rater("Bo")
        clips = store.recordings.add_clips(film.id, [(0, 1), (3, 8), (6, 9)])
        spoken = [
            replace(coding, rater_id=ada.id, video_id=film.id, frame=place)
            for place, coding in enumerate(entries)
        ]
        for coding in spoken:
            store.codings.save(coding)
        store.codings.save(FrameCoding(other.id, film.id, 4, seconds_spent=9.0))
        by_clip = store.coding_counts.by_clip(ada.id, film.id)
        assert by_clip.keys() == {clip.id for clip in clips}
        for clip in clips:
            inside = [c for c in spoken if clip.first_frame <= c.frame <= clip.last_frame]
            assert_counts(by_clip[clip.id], inside)
        outside = [c for c in spoken if not any(k.first_frame <= c.frame <= k.last_frame for k in clips)]
        found = store.coding_counts.outside_clips(ada.id, film.id)
        assert_counts(found.get(film.id, FrameCounts()), outside)
        assert store.coding_counts.by_clip(ada.id).items() >= by_clip.items()
        settled = [c for c in spoken if c.state is not CodingState.CARRIED]
        since = store.coding_counts.settled_since(ada.id, "2000-01-01", film.id)
        count, seconds = since.get(film.id, (0, 0.0))
        assert count == len(settled)
        assert seconds == pytest.approx(sum(c.seconds_spent for c in settled))
        assert store.coding_counts.settled_since(ada.id, "2999-01-01") == {}

    def test_what_was_imported_was_changed_on_no_day(self, store: LabelStore) -> None:
        ada, film = furnish(store)
        store.codings.import_tables([random_table(ada.id, film.id, 30)], actor_id=ada.id, reason="label file")
        boss = store.people.ensure_rater("Boss")
        store.codings.save(FrameCoding(ada.id, film.id, 40, seconds_spent=2.5))
        store.codings.save(FrameCoding(ada.id, film.id, 41), actor_id=boss.id)
        minutes, states, seconds = store.coding_counts.last_changes(ada.id)
        assert (states.tolist(), seconds.tolist()) == (["coded"], [2.5])
        at = datetime.fromisoformat(f"{minutes[0]}+00:00")
        assert abs(datetime.now(UTC) - at) < timedelta(hours=1)
        assert store.coding_counts.settled_since(ada.id, "2000-01-01") == {film.id: (1, 2.5)}
        assert [len(part) for part in store.coding_counts.last_changes(boss.id)] == [0, 0, 0]


def assert_counts(counts: FrameCounts, spoken: list[FrameCoding]) -> None:
    """Compare with what was said."""
    states = np.array([coding.state for coding in spoken])
    assert (counts.coded, counts.checked) == ((states == "coded").sum(), (states == "checked").sum())
    assert (counts.carried, counts.not_codable) == (
        (states == "carried").sum(),
        (states == "not_codable").sum(),
    )
    assert counts.doubtful == sum(coding.doubtful for coding in spoken)
    assert counts.seconds == pytest.approx(sum(coding.seconds_spent for coding in spoken))
