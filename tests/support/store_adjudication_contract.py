"""What every store keeps its word on: decisions on what two raters disagree about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrm_core.errors import ProjectError, StoreWriteError
from hrm_core.records.adjudication import TAKEN_OVER, Decision
from hrm_core.records.coding import ActionCode, FrameCoding, Origin
from hrm_core.records.people import Role
from hrm_core.records.recording import Recording
from hrm_core.records.revision import RevisionKind
from hrm_core.store.label_store import LabelStore
from tests.support.builders import furnish, table
from tests.support.store_contract import StoreContract, few

__all__ = ["AdjudicationContract"]

_keys = st.sampled_from(["AU12", "AU25", TAKEN_OVER])
_spans = st.tuples(st.integers(0, 20), st.integers(0, 6)).map(lambda pair: (pair[0], sum(pair)))


def _held(log: list[Decision]) -> dict[tuple[str, int], tuple[int, str, int]]:
    """What the newest entry says of each action and frame, if it was not taken back."""
    newest = {
        (entry.action, frame): entry
        for entry in log
        for frame in range(entry.first_frame, entry.last_frame + 1)
    }
    return {
        place: (entry.code, entry.reason, entry.actor_id)
        for place, entry in newest.items()
        if not entry.taken_back
    }


class AdjudicationContract(StoreContract):
    """Tests of any store; the fixture ``url`` comes from the backend."""

    def decision(self, store: LabelStore, film: Recording, first: int, last: int, action: str) -> Decision:
        """Cleo decides between Ada and Bob."""
        ada, bob, cleo = (store.people.ensure_rater(name) for name in ("Ada", "Bob", "Cleo"))
        consensus = store.people.ensure_rater("Consensus", Role.ADJUDICATOR)
        codes = (0, 0, 0) if action == TAKEN_OVER else (1, 0, 1)
        numbers = (consensus.id, cleo.id)
        return Decision(film.id, first, last, action, ada.id, bob.id, *codes, "意见 “seen”", *numbers)

    @few
    @given(
        said=st.lists(st.tuples(_keys, _spans, st.booleans()), max_size=8),
        kept=st.sets(st.integers(0, 26)),
        shift=st.integers(0, 4),
    )
    def test_decisions_follow_their_frames_into_another_file(
        self,
        store: LabelStore,
        said: list[tuple[str, tuple[int, int], bool]],
        kept: set[int],
        shift: int,
    ) -> None:
        if not store.people.participants():
            furnish(store)
        film = self.new_recording(store)
        entries = [
            replace(self.decision(store, film, *span, action), taken_back=back, reason=f"reason {place}")
            for place, (action, span, back) in enumerate(said)
        ]
        store.adjudications.add(entries)
        ada, bob = store.people.ensure_rater("Ada"), store.people.ensure_rater("Bob")
        log = store.adjudications.log(ada.id, bob.id, film.id)
        assert [replace(entry, at=None) for entry in log] == entries
        new_of_old = {old: shift + place for place, old in enumerate(sorted(kept))}
        store.recordings.renumber(film.id, new_of_old, frame_count=60, actor_id=ada.id, reason="another")
        after = store.adjudications.log(ada.id, bob.id, film.id)
        assert after[: len(log)] == log
        assert _held(after) == {
            (action, new_of_old[frame]): what for (action, frame), what in _held(log).items() if frame in kept
        }
        # The log still tells when it was decided.
        assert {entry.at for entry in after if not entry.taken_back} <= {entry.at for entry in log}
        assert store.verify().sound

    def test_a_decision_says_the_same_whichever_way_round_and_to_another_window(
        self, store: LabelStore, open_again: Callable[[], LabelStore]
    ) -> None:
        ada, film = furnish(store)
        entry = self.decision(store, film, 3, 9, "AU12")
        bob = store.people.rater("Bob")
        assert store.adjudications.consensus_of(ada.id, bob.id) is None
        with store.rehearsal():
            store.adjudications.add([entry])
        assert store.adjudications.log(ada.id, bob.id) == []
        store.adjudications.add([entry.turned])
        other = open_again().adjudications
        (kept,) = other.log(bob.id, ada.id)
        assert (kept.first_code, kept.second_code, kept.reason) == (0, 1, "意见 “seen”")
        assert other.log(ada.id, bob.id, film.id) == [kept.turned]
        consensus = store.people.rater("Consensus")
        assert other.consensus_of(bob.id, ada.id) == consensus.id
        assert other.consensus_raters() == {consensus.id: (ada.id, bob.id)}
        assert other.log(ada.id, consensus.id) == other.log(ada.id, bob.id, 999) == []
        path = store.back_up()
        store.adjudications.add([replace(entry, taken_back=True)])
        store.restore(path)
        assert store.adjudications.log(bob.id, ada.id) == [kept]

    @pytest.mark.parametrize("way", ["save", "undo", "import", "remove", "own"])
    def test_no_consensus_outlives_the_codes_it_is_about(self, store: LabelStore, way: str) -> None:
        ada, film = furnish(store)
        store.adjudications.add([self.decision(store, film, 0, 3, "AU12")])
        consensus = store.people.rater("Consensus")
        for frame in range(4):
            store.codings.save(FrameCoding(ada.id, film.id, frame).with_code("AU12", 1))
        store.codings.save(FrameCoding(ada.id, film.id, 4))
        frames = {
            frame: FrameCoding(
                consensus.id, film.id, frame, (ActionCode("AU12", 1, origin=Origin.ADJUDICATED),)
            )
            for frame in range(4)
        }
        cleo = store.people.rater("Cleo")
        changes = store.adjudications.write_consensus(
            consensus.id, film.id, frames, actor_id=cleo.id, reason="seen"
        )
        assert sorted(changes.codings) == [0, 1, 2, 3]
        old = store.codings.get(ada.id, film.id, 3)
        assert old is not None
        # What a consensus is not made of leaves it alone.
        old = store.codings.save(replace(old, comment="?", doubtful=True)).codings[3]
        assert old is not None
        assert len(store.codings.of_video(consensus.id, film.id)) == 4
        if way == "save":
            store.codings.save(old.with_code("AU12", 2))
        elif way == "own":
            # One that somebody else saves is withdrawn in that person's name.
            store.codings.save(old.with_intensity("AU12", "C"), actor_id=cleo.id)
        elif way == "undo":
            for _ in range(3):
                store.history.undo(ada.id, film.id)
        elif way == "import":
            codes = table(ada.id, film.id, [3], [[0] * 35])
            store.codings.import_tables([codes], actor_id=ada.id, reason="file", replace=True)
        else:
            store.codings.save_frames(ada.id, film.id, {3: None}, based_on={3: old.revision})
        assert sorted(store.codings.of_video(consensus.id, film.id)) == [0, 1, 2]
        entry = store.history.log(consensus.id, film.id)[-1]
        assert (entry.kind, list(entry.after)) == (RevisionKind.ADJUDICATE, [3])
        assert entry.actor_id == (cleo.id if way == "own" else ada.id)
        assert store.history.undo(consensus.id, film.id) is None
        assert store.verify().sound

    def test_a_consensus_is_written_by_no_hand(self, store: LabelStore) -> None:
        ada, film = furnish(store)
        consensus = store.people.ensure_rater("Consensus", Role.ADJUDICATOR)
        # As long as it is nobody's consensus, the name is a rater like any other.
        typed = store.codings.save(FrameCoding(consensus.id, film.id, 0).with_code("AU12", 1)).codings[0]
        store.codings.save(FrameCoding(consensus.id, film.id, 1))
        store.history.undo(consensus.id, film.id)
        assert typed is not None
        store.adjudications.add([self.decision(store, film, 0, 3, "AU12")])
        before = (store.codings.of_video(consensus.id, film.id), store.history.log(consensus.id, film.id))
        own = table(ada.id, film.id, [7], [[1] * 35])
        codes = table(consensus.id, film.id, [7], [[1] * 35])
        new = {7: FrameCoding(consensus.id, film.id, 7)}

        def tables(*, replace: bool) -> None:
            with store.all_or_nothing():
                store.people.ensure_rater("Made on the way")
                store.codings.import_tables([own, codes], actor_id=ada.id, reason="file", replace=replace)

        for write in (
            lambda: store.codings.save(typed.with_code("AU12", 2)),
            lambda: store.codings.save(typed),
            lambda: store.codings.save_frames(
                consensus.id, film.id, {0: None}, based_on={0: typed.revision}, actor_id=ada.id
            ),
            lambda: tables(replace=False),
            lambda: tables(replace=True),
            lambda: store.codings.import_codings(
                consensus.id, film.id, {7: None}, new, actor_id=ada.id, reason="file"
            ),
            lambda: store.history.undo(consensus.id, film.id),
            lambda: store.history.redo(consensus.id, film.id),
        ):
            with pytest.raises(ProjectError, match=r"^Consensus follows from decisions .* another name\.$"):
                write()
        after = (store.codings.of_video(consensus.id, film.id), store.history.log(consensus.id, film.id))
        assert after == before
        assert store.codings.of_video(ada.id, film.id) == {}
        assert "Made on the way" not in {rater.name for rater in store.people.raters()}
        # What follows from the decisions is written all the same, and the raters code on.
        store.adjudications.write_consensus(consensus.id, film.id, new, actor_id=ada.id, reason="seen")
        store.codings.save(FrameCoding(ada.id, film.id, 7))
        assert sorted(store.codings.of_video(consensus.id, film.id)) == [0, 7]

    @pytest.mark.parametrize(
        ("change", "finding"),
        [
            ("action = 'AU99'", "action that the catalogue does not have"),
            ("code = 6", "not 0-5"),
            ("second_code = 1", "do not differ"),
            ("reason = ' '", "no reason"),
            ("at = 'soon'", "no time"),
            ("second_rater_id = first_rater_id", "two raters"),
        ],
    )
    def test_a_decision_that_nobody_can_have_made_is_found(
        self, store: LabelStore, change: str, finding: str
    ) -> None:
        _, film = furnish(store)
        store.adjudications.add([self.decision(store, film, 0, 3, "AU12")])
        assert store.verify().sound
        self.change_behind(store, f"UPDATE adjudication SET {change}")
        assert [finding in words for words in store.verify().findings] == [True]

    def test_nothing_is_written_of_nobody(self, store: LabelStore) -> None:
        _, film = furnish(store)
        entry = self.decision(store, film, 0, 3, "AU12")
        with pytest.raises(StoreWriteError):
            store.adjudications.add([entry, replace(entry, actor_id=999)])
        assert store.adjudications.log(entry.first_rater_id, entry.second_rater_id) == []
