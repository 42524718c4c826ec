"""What every store keeps its word on: findings of the rules that a rater keeps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrm_core.errors import StoreWriteError
from hrm_core.facs.rules import RuleKind
from hrm_core.records.rule_finding import RuleFinding
from hrm_core.store.label_store import LabelStore
from tests.support.builders import furnish, random_table, texts
from tests.support.store_contract import StoreContract, few

__all__ = ["KeptFindingsContract"]

_FINDING = RuleFinding("24-25", RuleKind.TOGETHER, ("AU24", "AU25"), 3, 9, "…", "f00d")
# Each is another finding than all the others.
_ALL = (
    _FINDING,
    replace(_FINDING, rule="规则 “1”"),
    replace(_FINDING, actions=("AU24",)),
    replace(_FINDING, first_frame=4),
    replace(_FINDING, last_frame=10),
    replace(_FINDING, digest="beef"),
)


class KeptFindingsContract(StoreContract):
    """Tests of any store; the fixture ``url`` comes from the backend."""

    @few
    @given(done=st.lists(st.tuples(st.sampled_from(_ALL), st.one_of(st.none(), texts)), max_size=12))
    def test_what_was_said_last_of_a_finding_holds(
        self, store: LabelStore, done: list[tuple[RuleFinding, str | None]]
    ) -> None:
        if not store.people.participants():
            furnish(store)
        ada, film = store.people.ensure_rater("Ada"), self.new_recording(store)
        holds: dict[object, str] = {}
        for finding, reason in done:
            if reason is None:
                store.kept_findings.take_back(ada.id, film.id, finding)
                holds.pop(finding.identity, None)
            else:
                store.kept_findings.keep(ada.id, film.id, finding, reason)
                holds[finding.identity] = reason
        kept = store.kept_findings.of_video(ada.id, film.id)
        assert {identity: entry.reason for identity, entry in kept.items()} == holds
        log = store.kept_findings.log(ada.id, film.id)
        assert [(entry.identity, entry.taken_back) for entry in log] == [
            (finding.identity, reason is None) for finding, reason in done
        ]
        assert [entry.at for entry in log] == sorted(entry.at for entry in log)

    def test_kept_findings_are_the_raters_own_and_seen_by_another_window(
        self, store: LabelStore, open_again: Callable[[], LabelStore]
    ) -> None:
        ada, film = furnish(store)
        bob, other = store.people.ensure_rater("Bob"), self.new_recording(store)
        store.kept_findings.keep(ada.id, film.id, _FINDING, "seen twice")
        (entry,) = open_again().kept_findings.of_video(ada.id, film.id).values()
        assert (entry.identity, entry.reason) == (_FINDING.identity, "seen twice")
        for rater_id, video_id in ((bob.id, film.id), (ada.id, other.id)):
            assert store.kept_findings.of_video(rater_id, video_id) == {}
            assert store.kept_findings.log(rater_id, video_id) == []

    def test_nothing_is_kept_once_the_frames_are_others(self, store: LabelStore) -> None:
        ada, film = furnish(store)
        store.codings.import_tables([random_table(ada.id, film.id, 40)], actor_id=ada.id, reason="test")
        store.kept_findings.keep(ada.id, film.id, _FINDING)
        same = {old: old for old in range(40)}
        store.recordings.renumber(film.id, same, frame_count=40, actor_id=ada.id, reason="smaller pictures")
        assert list(store.kept_findings.of_video(ada.id, film.id)) == [_FINDING.identity]
        store.recordings.renumber(
            film.id, {old: old - 10 for old in range(10, 40)}, frame_count=30, actor_id=ada.id, reason="cut"
        )
        assert store.kept_findings.of_video(ada.id, film.id) == {}
        store.kept_findings.keep(ada.id, film.id, _FINDING)
        assert list(store.kept_findings.of_video(ada.id, film.id)) == [_FINDING.identity]
        assert len(store.kept_findings.log(ada.id, film.id)) == 2

    def test_what_no_store_can_hold_is_refused(self, store: LabelStore) -> None:
        ada, film = furnish(store)
        with pytest.raises(StoreWriteError):
            store.kept_findings.keep(ada.id, film.id, replace(_FINDING, first_frame=10))
        assert store.kept_findings.log(ada.id, film.id) == []
