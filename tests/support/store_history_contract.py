"""What every store keeps its word on: imports over labels that are there, undo and redo."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrm_core.errors import ConflictError, StoreError
from hrm_core.records.coding import ActionCode, CodingState, FrameCoding
from hrm_core.records.recording import Recording
from hrm_core.records.revision import RevisionKind, UndoStatus
from hrm_core.store.label_store import LabelStore
from tests.support.builders import codings, furnish, random_table, table
from tests.support.store_contract import StoreContract, few, said

__all__ = ["HistoryContract"]

Step = tuple[str, int, FrameCoding | int | None]


@st.composite
def _steps(draw: st.DrawFn) -> Step:
    # As in life: seldom an import, often a change of mind.
    kind = draw(st.sampled_from(["save"] * 4 + ["undo"] * 4 + ["redo"] * 3 + ["import", "reopen"]))
    what = {"save": codings(), "import": st.integers(1, 5)}.get(kind, st.none())
    return kind, draw(st.integers(0, 3)), draw(what)


@dataclass
class Model:
    """The simplest thing that undoes and redoes."""

    now: dict[int, object] = field(default_factory=dict)
    undo: list[tuple[int, object, object]] = field(default_factory=list)
    redo: list[tuple[int, object, object]] = field(default_factory=list)
    acts: int = 0

    def put(self, frame: int, what: object) -> None:
        self.acts += 1
        self.now[frame] = what

    def save(self, frame: int, what: object) -> None:
        if what == self.now.get(frame):
            return
        self.undo.append((frame, self.now.get(frame), what))
        self.redo.clear()
        self.put(frame, what)

    def step(self, kind: str) -> None:
        source, target = (self.undo, self.redo) if kind == "undo" else (self.redo, self.undo)
        if source:
            frame, before, after = source.pop()
            target.append((frame, before, after))
            self.put(frame, before if kind == "undo" else after)

    def load(self, frame: int, what: object) -> None:
        if what == self.now.get(frame):
            return
        self.put(frame, what)
        self.undo.clear()
        self.redo.clear()


class HistoryContract(StoreContract):
    """Tests of imports, undo and redo in any store."""

    # ---- import -----------------------------------------------------------------------

    def test_an_import_does_not_overwrite_unless_told(self, store: LabelStore) -> None:
        rater, film = furnish(store)
        other = self.new_recording(store)
        typed = store.codings.save(FrameCoding(rater.id, film.id, 1).with_code("AU12", 2)).codings[1]
        tables = [random_table(rater.id, other.id, 4), random_table(rater.id, film.id, 3)]
        with pytest.raises(ConflictError, match=r"1 frames are coded differently .* --replace") as caught:
            store.codings.import_tables(tables, actor_id=rater.id, reason="file")
        assert caught.value.theirs == {typed.frame: typed}
        assert store.codings.of_video(rater.id, film.id) == {1: typed}
        assert store.codings.of_video(rater.id, other.id) == {}
        assert len(store.history.log(rater.id, film.id)) == 1

    def test_an_import_that_replaces_leaves_a_trace(self, store: LabelStore) -> None:
        rater, film = furnish(store)
        typed = FrameCoding(rater.id, film.id, 1, (ActionCode("AU12", 2, "C"),), comment="mine")
        store.codings.save(typed)
        codes = random_table(rater.id, film.id, 3)
        counts = store.codings.import_tables([codes], actor_id=rater.id, reason="file", replace=True)
        assert (counts.added, counts.replaced, counts.unchanged) == (2, 1, 0)
        assert np.array_equal(store.codings.table(rater.id, film.id).codes, codes.codes)
        history = store.history.log(rater.id, film.id, 1)
        assert [entry.kind for entry in history] == [RevisionKind.SAVE, RevisionKind.IMPORT]
        assert said(history[-1].before[1]) == said(typed)
        assert store.verify().sound

    @pytest.mark.parametrize("state", [CodingState.CODED, CodingState.CHECKED])
    def test_an_import_of_the_same_sides_keeps_what_files_cannot_say(
        self, store: LabelStore, state: CodingState
    ) -> None:
        rater, film = furnish(store)
        rich = FrameCoding(rater.id, film.id, 0, (ActionCode("AU12", 1, "E"),), state, "😀", doubtful=True)
        saved = store.codings.save(rich).codings[0]
        exported = store.codings.table(rater.id, film.id)
        counts = store.codings.import_tables([exported], actor_id=rater.id, reason="file")
        assert (counts.unchanged, counts.replaced) == (1, 0)
        assert store.codings.get(rater.id, film.id, 0) == saved

    @pytest.mark.parametrize("state", [CodingState.CARRIED, CodingState.NOT_CODABLE])
    def test_an_import_over_a_frame_that_was_not_coded_is_a_difference(
        self, store: LabelStore, state: CodingState
    ) -> None:
        rater, film = furnish(store)
        store.codings.save(FrameCoding(rater.id, film.id, 0, state=state))
        nothing = table(rater.id, film.id, [0], np.zeros((1, 35)))
        with pytest.raises(ConflictError):
            store.codings.import_tables([nothing], actor_id=rater.id, reason="file")

    def test_thousands_of_frames_can_be_replaced(self, store: LabelStore) -> None:
        """More than a database takes in one statement."""
        rater, film = furnish(store)
        for code in (1, 2):
            codes = table(rater.id, film.id, range(10_500), np.full((10_500, 35), 0))
            codes.codes[:, 3] = code
            store.codings.import_tables([codes], actor_id=rater.id, reason="file", replace=True)
            assert np.array_equal(store.codings.table(rater.id, film.id).codes, codes.codes)

    def test_an_import_is_a_wall_for_undo(self, store: LabelStore) -> None:
        rater, film = furnish(store)
        store.codings.save(FrameCoding(rater.id, film.id, 0), reason="before")
        store.codings.save(FrameCoding(rater.id, film.id, 1), reason="undone")
        store.history.undo(rater.id, film.id)
        loaded = table(rater.id, film.id, [5], np.ones((1, 35)))
        store.codings.import_tables([loaded], actor_id=rater.id, reason="file")
        assert store.history.status(rater.id, film.id) == UndoStatus(None, None)
        assert store.history.undo(rater.id, film.id) is None
        assert store.history.redo(rater.id, film.id) is None
        assert store.codings.of_video(rater.id, film.id).keys() == {0, 5}
        store.codings.save(FrameCoding(rater.id, film.id, 6), reason="after")
        assert store.history.undo(rater.id, film.id) is not None
        assert store.history.undo(rater.id, film.id) is None

    # ---- undo and redo ------------------------------------------------------------------

    def test_undo_and_redo_have_no_limit_and_survive_a_restart(
        self, store: LabelStore, open_again: Callable[[], LabelStore]
    ) -> None:
        rater, film = furnish(store)
        steps, coding = 40, FrameCoding(rater.id, film.id, 0)
        for number in range(steps):
            saved = store.codings.save(replace(coding, comment=f"{number}")).codings[0]
            assert saved is not None
            coding = saved
        store.close()
        again = open_again()
        for number in reversed(range(steps)):
            assert again.codings.get(rater.id, film.id, 0).comment == f"{number}"
            again.history.undo(rater.id, film.id)
        assert again.codings.get(rater.id, film.id, 0) is None
        assert again.history.undo(rater.id, film.id) is None
        again.close()
        later = open_again()
        for number in range(steps):
            later.history.redo(rater.id, film.id)
            assert later.codings.get(rater.id, film.id, 0).comment == f"{number}"
        assert later.history.redo(rater.id, film.id) is None
        assert len(later.history.log(rater.id, film.id)) == 3 * steps
        assert later.verify().sound

    def test_undo_brings_everything_back(self, store: LabelStore) -> None:
        rater, film = furnish(store)
        rich = FrameCoding(
            rater.id, film.id, 0, (ActionCode("AU12", 2, "C"),), CodingState.CHECKED, "a\nb", doubtful=True
        )
        first = store.codings.save(rich).codings[0]
        assert first is not None
        hidden = replace(first, codes=(), state=CodingState.NOT_CODABLE, comment="", doubtful=False)
        store.codings.save(hidden)
        changes = store.history.undo(rater.id, film.id)
        assert changes is not None
        assert changes.codings == {0: store.codings.get(rater.id, film.id, 0)}
        assert said(changes.codings[0]) == said(first)
        assert changes.codings[0].revision == changes.revision_id > first.revision

    def test_an_undone_frame_can_be_edited_on(self, store: LabelStore) -> None:
        rater, film = furnish(store)
        first = store.codings.save(FrameCoding(rater.id, film.id, 0).with_code("AU1", 1)).codings[0]
        store.codings.save(first.with_code("AU2", 1))
        back = store.history.undo(rater.id, film.id).codings[0]
        store.codings.save(back.with_code("AU4", 1))
        assert store.history.status(rater.id, film.id).redo is None
        assert store.history.redo(rater.id, film.id) is None

    def test_undo_keeps_the_second_coder(self, store: LabelStore) -> None:
        ada, film = furnish(store)
        bo, other = store.people.ensure_rater("Bo"), self.new_recording(store)
        for rater, recording in ((ada, film), (bo, film), (ada, other)):
            store.codings.save(FrameCoding(rater.id, recording.id, 0))
        assert store.history.undo(ada.id, film.id) is not None
        assert store.history.undo(ada.id, film.id) is None
        assert store.codings.count(bo.id) == {film.id: 1}
        assert store.codings.count(ada.id) == {other.id: 1}

    def test_undo_is_an_entry_of_the_log_that_erases_nothing(self, store: LabelStore) -> None:
        rater, film = furnish(store)
        store.codings.save(FrameCoding(rater.id, film.id, 0).with_code("AU1", 1), reason="AU1")
        before = store.history.log(rater.id, film.id)
        store.history.undo(rater.id, film.id)
        store.history.redo(rater.id, film.id)
        log = store.history.log(rater.id, film.id)
        assert log[:1] == before
        assert [entry.kind for entry in log] == [RevisionKind.SAVE, RevisionKind.UNDO, RevisionKind.REDO]
        assert [entry.target_id for entry in log] == [None, log[0].id, log[0].id]
        assert [entry.reason for entry in log] == ["AU1"] * 3

    def test_the_menu_says_what_undo_would_do(self, store: LabelStore) -> None:
        rater, film = furnish(store)
        assert store.history.status(rater.id, film.id) == UndoStatus(None, None)
        store.codings.save(FrameCoding(rater.id, film.id, 17).with_code("AU12", 2), reason="AU12 left")
        store.codings.save(FrameCoding(rater.id, film.id, 18))
        assert store.history.status(rater.id, film.id) == UndoStatus("frame 18", None)
        store.history.undo(rater.id, film.id)
        assert store.history.status(rater.id, film.id) == UndoStatus("AU12 left, frame 17", "frame 18")

    def test_the_log_of_one_frame(self, store: LabelStore) -> None:
        rater, film = furnish(store)
        sparse = table(rater.id, film.id, [1, 9], np.ones((2, 35)))
        store.codings.import_tables([sparse], actor_id=rater.id, reason="file")
        store.codings.save(FrameCoding(rater.id, film.id, 5), reason="five")
        assert [entry.reason for entry in store.history.log(rater.id, film.id, 5)] == ["five"]
        assert [entry.reason for entry in store.history.log(rater.id, film.id, 9)] == ["file"]
        assert store.history.log(rater.id, film.id, 4) == []

    def test_looking_time_is_not_taken_back(self, store: LabelStore) -> None:
        rater, film = furnish(store)
        first = store.codings.save(FrameCoding(rater.id, film.id, 0, seconds_spent=2.0)).codings[0]
        store.codings.save(replace(first.with_code("AU1", 1), seconds_spent=9.5))
        assert store.history.undo(rater.id, film.id).codings[0].seconds_spent == 9.5

    def test_undo_does_not_hide_what_changed_behind_its_back(self, store: LabelStore) -> None:
        rater, film = furnish(store)
        store.codings.save(FrameCoding(rater.id, film.id, 0).with_code("AU1", 1))
        self.change_behind(store, "UPDATE action_code SET code = 3")
        with pytest.raises(StoreError, match="Frame 0 does not hold what this step wrote"):
            store.history.undo(rater.id, film.id)
        assert len(store.history.log(rater.id, film.id)) == 1

    @few
    @given(steps=st.lists(_steps(), min_size=4, max_size=16))
    def test_any_sequence_of_acts_is_what_a_simple_model_says(
        self,
        store: LabelStore,
        open_again: Callable[[], LabelStore],
        steps: list[Step],
    ) -> None:
        if not store.people.raters():
            furnish(store)
        rater = store.people.raters()[0]
        who = store.people.participants()[0]
        number = len(store.recordings.of_participant())
        film = store.recordings.add(Recording(0, who.id, f"sequence {number}"))
        model, window = Model(), store
        for kind, frame, what in steps:
            window = open_again() if kind == "reopen" else window
            _act(window, model, rater.id, film.id, kind, frame, what)
            now = {n: said(coding) for n, coding in window.codings.of_video(rater.id, film.id).items()}
            assert now == {n: told for n, told in model.now.items() if told is not None}
            status = window.history.status(rater.id, film.id)
            assert (status.undo is None, status.redo is None) == (not model.undo, not model.redo)
        assert len(window.history.log(rater.id, film.id)) == model.acts
        assert window.verify().sound


def _act(
    store: LabelStore, model: Model, rater_id: int, video_id: int, kind: str, frame: int, what: object
) -> None:
    if kind == "save":
        assert isinstance(what, FrameCoding)
        old = store.codings.get(rater_id, video_id, frame)
        coding = replace(
            what, rater_id=rater_id, video_id=video_id, frame=frame, revision=old and old.revision
        )
        store.codings.save(coding)
        model.save(frame, said(coding))
    elif kind == "import":
        assert isinstance(what, int)
        codes = np.zeros((1, 35))
        codes[0, what] = what
        loaded = table(rater_id, video_id, [frame], codes)
        store.codings.import_tables([loaded], actor_id=rater_id, reason="file", replace=True)
        key = store.codings.get(rater_id, video_id, frame)
        same = key is not None and model.now.get(frame) == said(key)
        if not same:
            # A label file says nothing of note, doubt and intensity, so they stay.
            codes_before, _, comment, doubt = model.now.get(frame) or ((), None, "", False)
            typed = ActionCode(_key(what), what)
            same_action = [code for code in codes_before if code.action == typed.action]
            kept = [
                code
                if code.code == what
                else replace(typed, intensity=code.intensity, doubtful=code.doubtful, note=code.note)
                for code in same_action
            ]
            model.load(frame, (tuple(kept or [typed]), CodingState.CODED, comment, doubt))
    elif kind in ("undo", "redo"):
        done = (
            store.history.undo(rater_id, video_id)
            if kind == "undo"
            else store.history.redo(rater_id, video_id)
        )
        assert (done is None) == (not (model.undo if kind == "undo" else model.redo))
        model.step(kind)


def _key(column: int) -> str:
    from hrm_core.records.columns import CODE_COLUMNS

    return CODE_COLUMNS[column]
