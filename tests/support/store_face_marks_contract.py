"""What every store keeps its word on: marks of faces and eyes, and the log of unmaskings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from hrm_core.records.face_mark import FaceMark, FaceMarkKind
from hrm_core.store.label_store import LabelStore
from tests.support.builders import furnish
from tests.support.store_contract import few
from tests.support.store_relink_contract import RelinkContract

__all__ = ["FaceMarksContract"]

_BAND = ((0.1, 0.2), (0.30000000000000004, 0.2), (0.3, 0.4), (-0.1, 1 / 3))
_BOX = ((0.25, 0.25), (0.75, 0.75))
_POINTS = {FaceMarkKind.EYES: _BAND, FaceMarkKind.NO_EYES: (), FaceMarkKind.FACE: _BOX}

# What people do one after the other: mark something in a frame, or take back what holds there.
acts = st.lists(st.tuples(st.integers(0, 3), st.sampled_from([*FaceMarkKind, None])), max_size=12)


class FaceMarksContract(RelinkContract):
    """Tests of any store; the fixture ``url`` comes from the backend."""

    @few
    @given(done=acts)
    def test_the_newest_mark_of_a_frame_holds(
        self, store: LabelStore, done: list[tuple[int, FaceMarkKind | None]]
    ) -> None:
        if not store.people.participants():
            furnish(store)
        ada, film = store.people.ensure_rater("Ada"), self.new_recording(store)
        # Eyes and "no eyes" speak of the same thing, the face of another.
        holds: dict[tuple[int, bool], FaceMark] = {}
        for frame, kind in done:
            if kind is None:
                for about_face in (False, True):
                    old = holds.pop((frame, about_face), None)
                    if old is not None:
                        store.face_marks.take_back(old)
                continue
            mark = FaceMark(film.id, frame, kind, _POINTS[kind], ada.id)
            store.face_marks.add(mark)
            holds[frame, kind is FaceMarkKind.FACE] = mark
        assert store.face_marks.of_video(film.id) == [holds[place] for place in sorted(holds)]

    def test_marks_are_seen_by_another_window_and_only_in_their_video(
        self, store: LabelStore, open_again: Callable[[], LabelStore]
    ) -> None:
        ada, film = furnish(store)
        other = self.new_recording(store)
        mark = FaceMark(film.id, 7, FaceMarkKind.EYES, _BAND, ada.id)
        store.face_marks.add(mark)
        assert open_again().face_marks.of_video(film.id) == [mark]
        assert store.face_marks.of_video(other.id) == []

    def test_marks_follow_their_frames_into_another_file(self, store: LabelStore) -> None:
        ada, film = furnish(store)
        marks = {
            3: FaceMark(film.id, 3, FaceMarkKind.NO_EYES, (), ada.id),
            10: FaceMark(film.id, 10, FaceMarkKind.EYES, _BAND, ada.id),
            12: FaceMark(film.id, 12, FaceMarkKind.FACE, _BOX, ada.id),
            13: FaceMark(film.id, 13, FaceMarkKind.EYES, _BAND, ada.id),
        }
        for mark in marks.values():
            store.face_marks.add(mark)
        store.face_marks.take_back(marks[13])
        # Ten frames were cut off; frame 13 is marked no more, also under its new number.
        new_of_old = {old: old - 10 for old in range(10, 40)}
        store.recordings.renumber(film.id, new_of_old, frame_count=30, actor_id=ada.id, reason="trimmed")
        moved = store.face_marks.of_video(film.id)
        assert [(mark.frame, mark.kind, mark.points) for mark in moved] == [
            (0, FaceMarkKind.EYES, _BAND),
            (2, FaceMarkKind.FACE, _BOX),
        ]

    def test_renumbering_keeps_which_mark_is_the_newest(self, store: LabelStore) -> None:
        ada, film = furnish(store)
        for kind in (FaceMarkKind.EYES, FaceMarkKind.NO_EYES):
            store.face_marks.add(FaceMark(film.id, 20, kind, _POINTS[kind], ada.id))
        store.recordings.renumber(film.id, {20: 5}, frame_count=6, actor_id=ada.id, reason="trimmed")
        (mark,) = store.face_marks.of_video(film.id)
        assert (mark.frame, mark.kind) == (5, FaceMarkKind.NO_EYES)

    def test_unmaskings_are_logged_in_order_with_time_and_name(self, store: LabelStore) -> None:
        ada, film = furnish(store)
        boss = store.people.ensure_rater("Boss")
        before = len(store.face_marks.unmaskings())
        store.face_marks.log_unmasking(boss.id, None, "may see eyes")
        store.face_marks.log_unmasking(ada.id, film.id, "exported as pictures", (3, 9))
        store.face_marks.log_unmasking(ada.id, film.id, "shown in the window")
        log = store.face_marks.unmaskings()[before:]
        assert [(u.rater, u.video_id, u.first_frame, u.last_frame, u.act) for u in log] == [
            ("Boss", None, None, None, "may see eyes"),
            ("Ada", film.id, 3, 9, "exported as pictures"),
            ("Ada", film.id, None, None, "shown in the window"),
        ]
        times = [datetime.fromisoformat(entry.at) for entry in log]
        assert times == sorted(times)
        assert all(abs(datetime.now(UTC) - at) < timedelta(hours=1) for at in times)

    def test_the_right_to_see_eyes_is_kept(
        self, store: LabelStore, open_again: Callable[[], LabelStore]
    ) -> None:
        ada, _ = furnish(store)
        assert ada.sees_eyes
        store.people.update_rater(replace(ada, sees_eyes=False))
        assert not open_again().people.rater("Ada").sees_eyes
