"""What every store keeps its word on: what models suggest, and what coders did with it."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterable

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hrm_core.records.columns import CODE_COLUMNS
from hrm_core.records.suggestion import Condition, FrameVisit, SuggestionDecision, Verdict
from hrm_core.store.label_store import LabelStore
from tests.support.builders import furnish
from tests.support.store_contract import StoreContract, few

__all__ = ["SuggestionsContract"]

ACTIONS = ("AU12", "AU25")


class SuggestionsContract(StoreContract):
    """Tests of any store; the fixture ``url`` comes from the backend."""

    @few
    @given(
        frames=st.sets(st.integers(0, 30), min_size=1),
        order=st.permutations(range(31)),
        kept=st.sets(st.integers(0, 30)),
        shift=st.integers(0, 9),
    )
    def test_suggestions_follow_their_frames_into_another_file(
        self, store: LabelStore, frames: set[int], order: list[int], kept: set[int], shift: int
    ) -> None:
        if not store.people.participants():
            furnish(store)
        ada, film = store.people.ensure_rater("Ada"), self.new_recording(store)
        other = store.recordings.of_participant()[0].id
        new_of_old = {old: order[old] + shift for old in sorted(kept)}
        runs = [
            store.suggestions.run_of("m", f"{film.id} {key}", {"actions": list(ACTIONS)})
            for key in ("a", "b")
        ]
        before = {run: said(store, run, film.id, sorted(frames)) for run in runs}
        beside = said(store, runs[0], other, sorted(frames))
        decided = [
            SuggestionDecision(ada.id, film.id, frame, frame, runs[0], None, verdict, Condition.ASSISTED)
            for frame, verdict in zip(sorted(frames), [*Verdict] * 31, strict=False)
        ]
        store.suggestion_log.add_decisions(decided)
        touched = store.suggestion_log.touched(ada.id, film.id)
        stays = [
            FrameVisit(ada.id, film.id, frame, Condition.ASSISTED, runs[0], 1, 2.0, True) for frame in frames
        ]
        store.suggestion_log.add_visits(stays)
        store.recordings.renumber(film.id, new_of_old, frame_count=60, actor_id=ada.id, reason="another file")
        for run in runs:
            moved = {new_of_old[frame]: row for frame, row in before[run].items() if frame in kept}
            assert rows_of(store, run, film.id) == moved
            assert store.suggestions.blocks(run, film.id) == []
        assert rows_of(store, runs[0], other) == beside
        assert store.suggestion_log.touched(ada.id, film.id) == {
            new_of_old[frame] for frame in touched & kept
        }
        assert sorted(visit.frame for visit in store.suggestion_log.visits(ada.id, film.id)) == sorted(
            new_of_old[frame] for frame in frames & kept
        )
        assert store.verify().sound

    def test_stretches_never_share_a_frame(self, store: LabelStore) -> None:
        _, film = furnish(store)
        run = store.suggestions.run_of("m", "a", {})
        first = said(store, run, film.id, range(10))
        said(store, run, film.id, range(20, 30))
        # Another computer has cut the recording elsewhere.
        second = said(store, run, film.id, range(5, 15))
        assert [span[:2] for span in store.suggestions.blocks(run, film.id)] == [(5, 14), (20, 29)]
        now = rows_of(store, run, film.id)
        assert {frame: now[frame] for frame in range(5)} == {frame: first[frame] for frame in range(5)}
        assert {frame: now[frame] for frame in range(5, 15)} == second
        store.suggestions.forget_blocks(run, film.id, [20])
        assert sorted(rows_of(store, run, film.id)) == list(range(15))
        assert store.suggestions.looked_at(run, film.id).tolist() == list(range(5, 15))

    def test_a_long_recording_is_never_in_memory_row_by_row(self, store: LabelStore) -> None:
        ada, film = furnish(store)
        count, actions = 700, CODE_COLUMNS[:33]
        run = store.suggestions.run_of("m", "a", {"actions": list(actions)})
        values = np.random.default_rng(1).random((count, len(actions)), dtype=np.float32)
        frames = np.arange(count)
        store.suggestions.add_block(run, film.id, frames.tolist(), frames, actions, values)
        peaks = []
        for work in (
            lambda: store.model_runs.probabilities(run, film.id),
            lambda: store.recordings.renumber(
                film.id,
                {frame: frame + 1 for frame in range(count)},
                frame_count=9999,
                actor_id=ada.id,
                reason="x",
            ),
        ):
            tracemalloc.start()
            work()
            peaks.append(tracemalloc.get_traced_memory()[1] / 2**20)
            tracemalloc.stop()
        # 23,100 rows take more as Python objects, the table of numbers one.
        assert max(peaks) < 4, peaks
        moved = store.model_runs.probabilities(run, film.id)
        assert moved.frames.tolist() == list(range(1, count + 1))
        assert np.array_equal(moved.probabilities[:, :33], values)


def said(store: LabelStore, run: int, video: int, frames: Iterable[int]) -> dict[int, list[float]]:
    """Suggest something else for each frame and at each call."""
    here = np.array([*frames])
    values = np.random.default_rng([run, video, len(here), here[0]]).random((len(here), 2), dtype=np.float32)
    store.suggestions.add_block(run, video, here.tolist(), here, ACTIONS, values)
    return dict(zip(here.tolist(), values.tolist(), strict=True))


def rows_of(store: LabelStore, run: int, video: int) -> dict[int, list[float]]:
    """What is suggested, by frame."""
    found = store.model_runs.probabilities(run, video)
    columns = [CODE_COLUMNS.index(key) for key in ACTIONS]
    return dict(zip(found.frames.tolist(), found.probabilities[:, columns].tolist(), strict=True))
