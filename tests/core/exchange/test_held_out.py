"""Detections come back from their file as they were written; a damaged file is told in one sentence."""

from __future__ import annotations

import io
import json
from dataclasses import fields, replace
from pathlib import Path

import fastparquet
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hrm_core.errors import InvalidFileError, NotFoundError
from hrm_core.exchange.held_out import read_held_out, write_held_out
from hrm_core.facs import ALL_ACTIONS
from hrm_core.records.detections import Detections

KEYS = [entry.key for entry in ALL_ACTIONS]
WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)


def detections() -> Detections:
    return Detections(
        "synthetic",
        ("AU1", "AU12"),
        ("S1", "S2"),
        np.array([0, 0, 1]),
        ("play",),
        np.array([0, 0, 0]),
        np.array([4, 5, 4]),
        np.array([1, 1, 2]),
        np.array([[1, 0], [0, 255], [1, 1]], dtype=np.uint8),
        np.array([[0.9, 0.2], [0.1, np.nan], [0.4, 1.0]], dtype=np.float32),
        "probabilities",
        0.4,
        {"network": "resnet50", "data": "synthetic, 东亚"},
    )


@st.composite
def many(draw: st.DrawFn) -> Detections:
    actions = tuple(draw(st.lists(st.sampled_from(KEYS), max_size=4, unique=True)))
    people = tuple(draw(st.lists(WORDS, min_size=1, max_size=3, unique=True)))
    places = st.tuples(st.integers(0, len(people) - 1), st.integers(0, 1), st.integers(0, 10**9))
    rows = np.array(sorted(draw(st.sets(places, max_size=6))), dtype=np.int64).reshape(-1, 3)
    size = (len(rows), len(actions))
    chance = st.floats(0, 1, width=32) | st.just(np.nan)
    return Detections(
        draw(WORDS),
        actions,
        people,
        rows[:, 0].copy(),
        ("a", "b"),
        rows[:, 1].copy(),
        rows[:, 2].copy(),
        # No folds at all, or one for every frame.
        draw(arrays(np.int64, len(rows), elements=draw(st.sampled_from([st.just(0), st.integers(1, 5)])))),
        draw(arrays(np.uint8, size, elements=st.sampled_from([0, 1, 255]))),
        draw(arrays(np.float32, size, elements=chance)),
        draw(st.sampled_from(["probabilities", "decisions"])),
        draw(st.floats(0, 1)),
        draw(st.dictionaries(WORDS, WORDS, max_size=2)),
    )


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(many())
def test_they_come_back(tmp_path: Path, told: Detections) -> None:
    path = tmp_path / "new" / "held-out.parquet"
    write_held_out(path, told)
    back = read_held_out(path)
    for each in fields(Detections):
        one, other = getattr(told, each.name), getattr(back, each.name)
        if isinstance(one, np.ndarray):
            assert one.dtype == other.dtype
            np.testing.assert_array_equal(one, other)
        else:
            assert one == other
    assert [file.name for file in path.parent.iterdir()] == ["held-out.parquet"]


def test_other_programs_read_it(tmp_path: Path) -> None:
    path = tmp_path / "held-out.parquet"
    write_held_out(path, detections())
    table = pq.read_table(path).to_pandas()
    assert list(table.columns[:4]) == ["participant", "video", "frame", "fold"]
    assert table["coded AU12"].tolist() == [0, 255, 1]
    assert table["said AU1"].to_numpy() == pytest.approx([0.9, 0.1, 0.4])


def test_damaged_and_foreign_files_are_told(tmp_path: Path) -> None:
    path = tmp_path / "held-out.parquet"
    with pytest.raises(NotFoundError, match="There is no file"):
        read_held_out(path)
    pd.DataFrame({"frame": [1]}).to_parquet(path, engine="pyarrow")
    with pytest.raises(InvalidFileError, match="of another program"):
        read_held_out(path)
    write_held_out(path, detections())
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(InvalidFileError, match="cannot be read as Parquet"):
        read_held_out(path)


@pytest.mark.parametrize(
    ("note", "message"),
    [
        ({"format": "hrm-held-out 2"}, "'hrm-held-out 2', which this version does not know"),
        ({"actions": ["AU1", "AU2"]}, "its columns are not those"),
        ({"participants": ["S1"]}, "a number that means nothing"),
        ({"kind": "opinions"}, "kind or its threshold"),
        ({"threshold": 2}, "kind or its threshold"),
        ({"facts": {"network": 5}}, "a text is missing"),
    ],
)
def test_a_changed_note_is_told(tmp_path: Path, note: dict[str, object], message: str) -> None:
    path = tmp_path / "held-out.parquet"
    write_held_out(path, detections())
    file = fastparquet.ParquetFile(io.BytesIO(path.read_bytes()))
    text, table = json.loads(file.key_value_metadata["hrm_held_out"]) | note, file.to_pandas()
    fastparquet.write(str(path), table, write_index=False, custom_metadata={"hrm_held_out": json.dumps(text)})
    with pytest.raises(InvalidFileError, match=message) as caught:
        read_held_out(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"truth": np.full((3, 2), 7, dtype=np.uint8)}, "neither 0 nor 1"),
        ({"said": np.full((3, 2), 1.5, dtype=np.float32)}, "does not lie between"),
        ({"frames": np.array([4, 4, 4])}, "a frame stands there twice"),
        ({"folds": np.array([-1, 0, 0])}, "a number that means nothing"),
        ({"folds": np.array([1, 0, 1])}, "some of its frames have no fold"),
        ({"participants": ("S1", "S1")}, "a name stands there twice"),
        ({"actions": ("AU1", "AU1")}, "columns are not those"),
    ],
)
def test_changed_rows_are_told(tmp_path: Path, change: dict[str, object], message: str) -> None:
    path = tmp_path / "held-out.parquet"
    write_held_out(path, replace(detections(), **change))  # type: ignore[arg-type]
    with pytest.raises(InvalidFileError, match=message):
        read_held_out(path)


def test_a_refusing_disk_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "held-out.parquet"
    write_held_out(path, detections())
    before = path.read_bytes()

    def refuse(*_args: object, **_options: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(fastparquet, "write", refuse)
    with pytest.raises(InvalidFileError, match="No space left"):
        write_held_out(path, replace(detections(), name="other"))
    assert path.read_bytes() == before
