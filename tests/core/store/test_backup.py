"""Which backups are kept, and what else may lie in their folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrm_core.errors import StoreWriteError
from hrm_core.store import backup as backups
from hrm_core.store.backup import backups_in, rotate, time_of, to_delete
from hrm_core.store.engine import sqlite_url
from hrm_core.store.label_store import LabelStore
from tests.support.builders import furnish

_TODAY = datetime(2025, 6, 15, 12, tzinfo=UTC)


def _named(at: datetime) -> Path:
    return Path(f"labels-{at.strftime('%Y%m%dT%H%M%S.%fZ')}.sqlite")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LabelStore]:
    """A store with one participant."""
    with closing(LabelStore.create(sqlite_url(tmp_path / "labels.sqlite"), tmp_path / "backups")) as store:
        furnish(store)
        yield store


def test_names_tell_the_time() -> None:
    assert time_of(_named(_TODAY)) == _TODAY


def test_a_day_of_hourly_backups_keeps_ten_and_the_last_of_each_day() -> None:
    made = [_TODAY - timedelta(hours=hours) for hours in range(24 * 40)]
    kept = sorted(
        {time_of(path) for path in map(_named, made)}
        - {time_of(p) for p in to_delete(list(map(_named, made)), _TODAY)}
    )
    ten = set(made[:10])
    daily = {max(at for at in made if at.date() == day) for day in {at.date() for at in made}}
    daily = {at for at in daily if at >= _TODAY - timedelta(days=30)}
    monthly = {max(at for at in made if at.month == month) for month in (5, 6)}
    assert set(kept) == ten | daily | monthly


@given(st.lists(st.datetimes(datetime(2023, 1, 1), datetime(2025, 6, 15)), max_size=40, unique=True))
def test_the_newest_the_last_of_each_month_and_of_recent_days_stay(times: list[datetime]) -> None:
    made = [_named(at.replace(tzinfo=UTC)) for at in times]
    gone = set(to_delete(made, _TODAY))
    kept = [path for path in made if path not in gone]
    assert set(sorted(made, key=time_of)[-10:]) <= set(kept)
    assert {(time_of(p).year, time_of(p).month) for p in kept} == {(at.year, at.month) for at in times}
    recent = [p for p in made if _TODAY - time_of(p) <= timedelta(days=30)]
    assert {time_of(p).date() for p in recent} <= {time_of(p).date() for p in kept}
    # Rotation is done after every backup: doing it twice changes nothing.
    assert to_delete(kept, _TODAY) == []


def test_only_superfluous_backups_are_deleted_on_disk(store: LabelStore, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    made = [store.back_up() for _ in range(13)]
    assert backups_in(folder) == made[-10:]
    assert len(list(folder.iterdir())) == 10


def test_a_copy_that_somebody_made_is_left_alone(store: LabelStore, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    own = folder / "labels-before the trip.sqlite"
    own.write_bytes(b"mine")
    path = store.back_up()
    assert backups_in(folder) == [path]
    assert rotate(folder) == []
    assert own.read_bytes() == b"mine"


def test_a_folder_that_cannot_be_written_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    url = sqlite_url(tmp_path / "labels.sqlite")
    with (
        closing(LabelStore.create(url, tmp_path / "file" / "backups")) as store,
        pytest.raises(StoreWriteError, match=r"could not be written .*the labels themselves are untouched"),
    ):
        store.back_up()


def test_a_copy_that_is_not_sound_is_not_kept(
    store: LabelStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backups, "_copy_out", lambda _database, target: target.write_bytes(b"\xff" * 9000))
    with pytest.raises(Exception, match="sound backup"):
        store.back_up()
    assert list((tmp_path / "backups").iterdir()) == []
