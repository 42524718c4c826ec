"""What every store keeps its word on: frames that get other numbers, and how frames look."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrm_core.errors import StoreError
from hrm_core.records.coding import FrameCoding
from hrm_core.records.frame_ledger import FrameLedger
from hrm_core.records.recording import ClipState
from hrm_core.records.revision import RevisionKind, UndoStatus
from hrm_core.store.label_store import LabelStore
from tests.support.builders import codings, furnish
from tests.support.store_contract import few, said
from tests.support.store_history_contract import HistoryContract

__all__ = ["RelinkContract"]


class RelinkContract(HistoryContract):
    """Tests of any store; the fixture ``url`` comes from the backend."""

    @few
    @given(
        labels=st.dictionaries(st.integers(0, 30), codings(), min_size=1, max_size=12),
        kept=st.sets(st.integers(0, 30)),
        shift=st.integers(0, 9),
    )
    def test_labels_follow_their_frames_into_another_file(
        self, store: LabelStore, labels: dict[int, FrameCoding], kept: set[int], shift: int
    ) -> None:
        if not store.people.participants():
            furnish(store)
        ada, boss = store.people.ensure_rater("Ada"), store.people.ensure_rater("Boss")
        film = self.new_recording(store)
        for frame, coding in labels.items():
            store.codings.save(replace(coding, rater_id=ada.id, video_id=film.id, frame=frame, revision=None))
        before = store.codings.of_video(ada.id, film.id)
        # The frames that are kept close ranks behind `shift` new ones.
        new_of_old = {old: shift + place for place, old in enumerate(sorted(kept))}
        result = store.recordings.renumber(
            film.id, new_of_old, frame_count=60, actor_id=boss.id, reason="another file"
        )
        after = store.codings.of_video(ada.id, film.id)
        expected = {new_of_old[at]: said(coding) for at, coding in before.items() if at in kept}
        assert {at: said(coding) for at, coding in after.items()} == expected
        assert result.moved.get("Ada", 0) == len(expected)
        assert set(result.left.get("Ada", ())) == before.keys() - kept
        entry = store.history.log(ada.id, film.id)[-1]
        if any(said(before.get(at)) != expected.get(at) for at in {*before, *expected}):
            assert (entry.kind, entry.actor_id, entry.reason) == (
                RevisionKind.RELINK,
                boss.id,
                "another file",
            )
            assert {at: said(entry.before[at]) for at in before.keys() & entry.before.keys()} == {
                at: said(before[at]) for at in before.keys() & entry.before.keys()
            }
            # Undo would write to frames that have other numbers now.
            assert store.history.status(ada.id, film.id) == UndoStatus(None, None)
        assert store.verify().sound

    def test_what_was_undone_before_is_not_done_again_on_another_frame(self, store: LabelStore) -> None:
        ada, film = furnish(store)
        store.codings.save(FrameCoding(ada.id, film.id, 30).with_code("AU12", 1), reason="AU12")
        store.history.undo(ada.id, film.id)
        assert store.history.status(ada.id, film.id).redo is not None
        new_of_old = {old: old - 10 for old in range(10, 40)}
        store.recordings.renumber(film.id, new_of_old, frame_count=30, actor_id=ada.id, reason="trimmed")
        assert store.history.status(ada.id, film.id) == UndoStatus(None, None)
        assert store.history.redo(ada.id, film.id) is None
        assert store.codings.of_video(ada.id, film.id) == {}
        assert store.verify().sound

    def test_clips_follow_their_frames(self, store: LabelStore) -> None:
        ada, film = furnish(store)
        store.recordings.add_clips(film.id, [(0, 9), (10, 29), (30, 39)])
        new_of_old = {old: old - 15 for old in range(15, 40)}
        result = store.recordings.renumber(
            film.id, new_of_old, frame_count=25, actor_id=ada.id, reason="trimmed"
        )
        lost, cut, whole = store.recordings.clips(film.id)
        assert (lost.state, lost.first_frame, lost.last_frame) == (ClipState.EXCLUDED, 0, 0)
        assert lost.why == "not in this file: frames 0-9 of an earlier file"
        assert (cut.first_frame, cut.last_frame, cut.state) == (0, 14, ClipState.OPEN)
        assert (whole.first_frame, whole.last_frame) == (15, 24)
        assert (result.clips_cut, result.clips_lost) == ((2,), (1,))

    def test_after_a_relink_other_windows_must_open_the_study_again(
        self, store: LabelStore, open_again: Callable[[], LabelStore]
    ) -> None:
        ada, film = furnish(store)
        other = open_again()
        with store.shutting_out_others():
            store.recordings.renumber(film.id, {}, frame_count=9, actor_id=ada.id, reason="x")
        store.codings.save(FrameCoding(ada.id, film.id, 1).with_code("AU1", 1))
        # Frame 2 on its screen is another picture now.
        with pytest.raises(StoreError, match="connected to another file"):
            other.codings.save(FrameCoding(ada.id, film.id, 2).with_code("AU1", 1))
        open_again().codings.save(FrameCoding(ada.id, film.id, 2).with_code("AU1", 1))

    def test_a_relink_that_fails_shuts_nobody_out(
        self, store: LabelStore, open_again: Callable[[], LabelStore]
    ) -> None:
        ada, film = furnish(store)
        other = open_again()

        def fail() -> None:
            with store.shutting_out_others():
                store.recordings.renumber(film.id, {}, frame_count=9, actor_id=ada.id, reason="x")
                raise OSError("no room for the copy")

        with pytest.raises(OSError, match="no room"):
            fail()
        for window in (store, other):
            window.codings.save(FrameCoding(ada.id, film.id, 3).with_code("AU1", 1))
            window.history.undo(ada.id, film.id)

    def test_how_frames_look_is_kept_as_given(self, store: LabelStore) -> None:
        _, film = furnish(store)
        assert store.ledgers.get(film.id) is None
        rng = np.random.default_rng(0)
        ledger = FrameLedger(
            np.sort(rng.random(50)), rng.integers(0, 2**64, (50, 4), dtype=np.uint64, endpoint=False)
        )
        for _ in range(2):
            store.ledgers.put(film.id, ledger)
        kept = store.ledgers.get(film.id)
        assert kept is not None
        assert np.array_equal(kept.times, ledger.times)
        assert np.array_equal(kept.hashes, ledger.hashes)
        assert store.ledgers.kept() == {film.id}
        store.ledgers.put(film.id, None)
        assert store.ledgers.get(film.id) is None
