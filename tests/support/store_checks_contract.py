"""What every store keeps its word on: answers of omission checks, and submissions."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrm_core.errors import StoreError
from hrm_core.facs import ACTIONS
from hrm_core.records.check import (
    Answer,
    CheckAct,
    CheckAnswer,
    CheckEvent,
    CheckLog,
    clip_digest,
    digest_of,
    groups_of,
)
from hrm_core.records.check_standing import standing
from hrm_core.records.coding import FrameCoding
from hrm_core.store.label_store import LabelStore
from tests.support.builders import KEYS, furnish, texts
from tests.support.store_contract import few
from tests.support.store_face_marks_contract import FaceMarksContract

__all__ = ["ChecksContract"]

_details = st.dictionaries(texts, st.one_of(texts, st.integers(0, 9), st.booleans()), max_size=3)


@st.composite
def _answers(draw: st.DrawFn) -> CheckAnswer:
    first = draw(st.integers(0, 50))
    return CheckAnswer(
        0,
        0,
        first,
        first + draw(st.integers(0, 9)),
        draw(st.sampled_from(KEYS)),
        draw(st.sampled_from(list(Answer))),
        draw(texts),
        draw(st.booleans()),
        draw(_details),
    )


class ChecksContract(FaceMarksContract):
    """Tests of any store; the fixture ``url`` comes from the backend."""

    @few
    @given(said=st.lists(_answers(), max_size=5), acts=st.lists(st.sampled_from(list(CheckAct)), max_size=4))
    def test_answers_and_submissions_are_kept_as_given_and_in_order(
        self, store: LabelStore, said: list[CheckAnswer], acts: list[CheckAct]
    ) -> None:
        if not store.people.participants():
            furnish(store)
        ada, bo = store.people.ensure_rater("Ada"), store.people.ensure_rater("Bo")
        film = self.new_recording(store)
        said = [replace(entry, rater_id=ada.id, video_id=film.id) for entry in said]
        events = [CheckEvent(ada.id, film.id, 3, 9, act, "digest", {"reason": "嘴角"}) for act in acts]
        store.checks.add_answers(said)
        for event in events:
            store.checks.add_event(event)
        log = store.checks.of_video(ada.id, film.id)
        assert [replace(entry, id=0, at=None) for entry in log.answers] == said
        assert [replace(entry, id=0, at=None) for entry in log.events] == events
        assert all(entry.at is not None for entry in (*log.answers, *log.events))
        # Nobody else's log knows of it.
        assert store.checks.of_video(bo.id, film.id) == CheckLog()

    def test_answers_that_cannot_be_written_leave_nothing_behind(self, store: LabelStore) -> None:
        ada, film = furnish(store)
        good = CheckAnswer(ada.id, film.id, 0, 4, "AU1", Answer.ABSENT, "x")
        with pytest.raises(StoreError):
            store.checks.add_answers([good, replace(good, first_frame=9)])
        assert store.checks.of_video(ada.id, film.id) == CheckLog()

    def test_what_was_written_around_a_submission_is_found(self, store: LabelStore) -> None:
        ada, film = furnish(store)
        store.codings.save(FrameCoding(ada.id, film.id, 5).with_code("AU12", 1))
        store.checks.add_event(CheckEvent(ada.id, film.id, 3, 9, CheckAct.SUBMIT, "x"))
        (event,) = store.checks.of_video(ada.id, film.id).events
        store.codings.save(FrameCoding(ada.id, film.id, 10).with_code("AU12", 1))
        assert store.checks.touched_since(ada.id) == set()
        store.codings.save(FrameCoding(ada.id, film.id, 9).with_code("AU12", 1))
        assert store.checks.touched_since(ada.id) == {event.id}
        assert [who for _, who in store.checks.edits(ada.id, film.id, 3, 9)] == [ada.id, ada.id]

    def test_answers_hold_no_more_once_frames_have_other_numbers(self, store: LabelStore) -> None:
        """The log stays as it was said; what it was about is not there any more."""
        ada, film = furnish(store)
        frames = range(3, 10)
        for frame in frames:
            store.codings.save(FrameCoding(ada.id, film.id, frame))
        before = store.codings.of_video(ada.id, film.id)
        keys = [entry.key for entry in ACTIONS]
        store.checks.add_answers(
            CheckAnswer(ada.id, film.id, 3, 9, key, Answer.ABSENT, digest_of(before, frames, key))
            for key in keys
        )
        store.checks.add_event(
            CheckEvent(ada.id, film.id, 3, 9, CheckAct.SUBMIT, clip_digest(before, frames))
        )
        now, groups = store.checks.of_video(ada.id, film.id), groups_of(ACTIONS)
        held = standing(before, frames, now, groups, hides=False)
        assert held.is_complete
        assert not held.changed_since
        assert store.checks.holding(ada.id) == {film.id: now}
        same = {old: old for old in range(20)}
        store.recordings.renumber(film.id, same, frame_count=20, actor_id=ada.id, reason="smaller")
        assert store.checks.holding(ada.id) == {film.id: now}
        store.recordings.renumber(
            film.id, {old: old + 2 for old in range(20)}, frame_count=30, actor_id=ada.id, reason="other file"
        )
        after, log = store.codings.of_video(ada.id, film.id), store.checks.of_video(ada.id, film.id)
        assert log == now
        assert store.checks.holding(ada.id, film.id) == {film.id: CheckLog()}
        moved = standing(after, range(5, 12), log, groups, hides=False)
        assert set(moved.missing) == set(keys)
        assert moved.submission is None
        assert standing(after, frames, log, groups, hides=False).changed_since
