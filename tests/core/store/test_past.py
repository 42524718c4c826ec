"""What a rater said then is exactly what the tables held then, or a refusal."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hrm_core.errors import StoreError
from hrm_core.records.coding import FrameCoding
from hrm_core.records.recording import Recording
from hrm_core.store.engine import sqlite_file, sqlite_url
from hrm_core.store.label_store import LabelStore
from tests.support.builders import codings, furnish, random_table

_START = datetime(2026, 1, 31, 12, tzinfo=UTC)
_few = settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])


class _Clock:
    """Says the time that the log writes."""

    def __init__(self) -> None:
        self.time = _START

    def __call__(self) -> str:
        return self.time.isoformat(timespec="microseconds")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LabelStore]:
    """An empty store."""
    store = LabelStore.create(sqlite_url(tmp_path / "labels.sqlite"), tmp_path / "backups")
    yield store
    store.close()


@pytest.fixture
def clock() -> Iterator[_Clock]:
    """The clock of the log."""
    clock = _Clock()
    with patch("hrm_core.store.frames.now", clock):
        yield clock


def _said(found: dict[int, FrameCoding]) -> dict[int, object]:
    return {frame: (one.codes, one.state, one.comment, one.doubtful) for frame, one in found.items()}


def _act(store: LabelStore, rater: int, video: int, kind: str, frame: int, coding: FrameCoding) -> None:
    if kind == "save":
        there = store.codings.get(rater, video, frame)
        new = replace(
            coding, rater_id=rater, video_id=video, frame=frame, revision=there.revision if there else None
        )
        store.codings.save(new)
    elif kind == "take off":
        there = store.codings.get(rater, video, frame)
        based_on = {frame: there.revision if there else None}
        store.codings.save_frames(rater, video, {frame: None}, based_on=based_on)
    elif kind == "import":
        seed = frame + len(coding.codes)
        store.codings.import_tables(
            [random_table(rater, video, 3, seed)], actor_id=rater, reason="file", replace=True
        )
    elif kind == "undo":
        store.history.undo(rater, video)
    else:
        store.history.redo(rater, video)


@_few
@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(["save", "save", "save", "take off", "undo", "redo", "import"]),
            st.integers(0, 4),
            codings(),
        ),
        max_size=10,
    )
)
def test_every_moment_is_what_the_table_said_at_that_moment(
    store: LabelStore, clock: _Clock, steps: list[tuple[str, int, FrameCoding]]
) -> None:
    if not store.people.participants():
        furnish(store)
    ada, who = store.people.ensure_rater("Ada"), store.people.participants()[0]
    number = len(store.recordings.of_participant())
    video = store.recordings.add(Recording(0, who.id, f"v{number}", frame_count=10, fps=25.0)).id
    clock.time = _START
    seen = [(_START - timedelta(seconds=1), _said({}))]
    for kind, frame, coding in steps:
        clock.time += timedelta(minutes=1)
        _act(store, ada.id, video, kind, frame, coding)
        seen.append((clock.time, _said(store.codings.of_video(ada.id, video))))
    for at, expected in seen:
        for later in (timedelta(0), timedelta(seconds=59)):
            assert _said(store.past.codings(ada.id, video, at + later)) == expected
    frames, times = store.past.coded_at(ada.id, video)
    held = store.codings.of_video(ada.id, video)
    assert frames.tolist() == sorted(held)
    kinds = {entry.id: entry.kind for entry in store.history.log(ada.id, video)}
    for frame, at in zip(frames.tolist(), times, strict=True):
        coded = held[frame].changed_at
        assert coded is not None
        if kinds[held[frame].revision or 0] == "import":
            assert np.isnat(at)
        else:
            assert at == np.datetime64(coded.replace(tzinfo=None), "us")


def test_codes_from_before_other_frame_numbers_are_refused(store: LabelStore, clock: _Clock) -> None:
    ada, film = furnish(store)
    for frame in (3, 4):
        store.codings.save(FrameCoding(ada.id, film.id, frame).with_code("AU12", frame - 2))
    clock.time += timedelta(days=1)
    store.recordings.renumber(
        film.id, {n: n for n in range(10)}, frame_count=10, actor_id=ada.id, reason="same"
    )
    # The frames kept their numbers: nothing stands in the way.
    assert [*store.past.codings(ada.id, film.id, _START)] == [3, 4]
    clock.time += timedelta(days=1)
    store.recordings.renumber(
        film.id, {n: n + 1 for n in range(9)}, frame_count=10, actor_id=ada.id, reason="new"
    )
    with pytest.raises(StoreError, match="got other numbers on 2026-02-02 12:00 UTC"):
        store.past.codings(ada.id, film.id, _START)
    assert [*store.past.codings(ada.id, film.id, clock.time)] == [4, 5]
    # Before anything was coded there is nothing that could have moved.
    assert store.past.codings(ada.id, film.id, _START - timedelta(days=1)) == {}


def test_a_frame_that_was_taken_off_before_a_relink_may_have_any_number(
    store: LabelStore, clock: _Clock
) -> None:
    ada, film = furnish(store)
    store.codings.save(FrameCoding(ada.id, film.id, 3).with_code("AU12", 1))
    clock.time += timedelta(days=1)
    store.history.undo(ada.id, film.id)
    clock.time += timedelta(days=1)
    store.recordings.renumber(
        film.id, {n: n + 1 for n in range(9)}, frame_count=10, actor_id=ada.id, reason="new"
    )
    with pytest.raises(StoreError, match="got other numbers"):
        store.past.codings(ada.id, film.id, _START)


def test_a_log_that_does_not_explain_the_labels_is_not_believed(store: LabelStore, clock: _Clock) -> None:
    ada, film = furnish(store)
    for frame in (0, 1):
        clock.time += timedelta(minutes=1)
        store.codings.save(FrameCoding(ada.id, film.id, frame).with_code("AU12", 1))
    path = sqlite_file(store.url)
    assert path is not None
    with closing(sqlite3.connect(path)) as file, file:
        file.execute("UPDATE action_code SET code = 2 WHERE frame = 1")
    with pytest.raises(StoreError, match=r"does not explain .* run hrm store verify"):
        store.past.codings(ada.id, film.id, _START + timedelta(minutes=1))
    with closing(sqlite3.connect(path)) as file, file:
        file.execute("UPDATE action_code SET code = 1 WHERE frame = 1")
    assert [*store.past.codings(ada.id, film.id, _START + timedelta(minutes=1))] == [0]
    clock.time = _START
    store.codings.save(FrameCoding(ada.id, film.id, 2).with_code("AU12", 1))
    with pytest.raises(StoreError, match="clock was set back"):
        store.past.codings(ada.id, film.id, _START + timedelta(minutes=1))
