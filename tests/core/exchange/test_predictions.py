"""Predictions come back from their files as they were written, and other programs read them."""

from __future__ import annotations

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
from hrm_core.exchange.predictions import (
    read_prediction_csv,
    read_predictions,
    write_prediction_csv,
    write_predictions,
)
from hrm_core.facs import ALL_ACTIONS
from hrm_core.records.prediction import Prediction
from hrm_core.records.recording import MOST_FRAMES

# The order of the outputs of HRM's networks, and what its script calls them.
HRM_22 = (
    "AU1", "AU2", "AU4", "AU6", "AU7", "AU9", "AU10", "AU12", "AU14", "AU15", "AU16", "AU17", "AU18", "AD19",
    "AU20", "AU23", "AU24", "AU25", "AU2X", "AU28", "AD32", "AU43",
)  # fmt: skip
PUBLISHED = "frame,1,2,4,6,7,9,10,12,14,15,16,17,18,19,20,23,24,25,27,28,32,43"
KEYS = [entry.key for entry in ALL_ACTIONS]
WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)


def prediction(frames: int = 5, actions: tuple[str, ...] = HRM_22) -> Prediction:
    random = np.random.default_rng(frames)
    return Prediction(
        np.arange(frames, dtype=np.int64) * 3,
        actions,
        random.random((frames, len(actions)), dtype=np.float32),
        np.full(len(actions), 0.5, dtype=np.float32),
        "mae_face",
        "a" * 64,
        "ONNX Runtime 1.32, CPUExecutionProvider",
        "children of 2–12 years, 东亚",
        ("One limit.", "Another “limit”."),
        "images1:0",
    )


@st.composite
def predictions(draw: st.DrawFn) -> Prediction:
    actions = tuple(draw(st.lists(st.sampled_from(KEYS), max_size=6, unique=True)))
    frames = sorted(draw(st.sets(st.integers(0, MOST_FRAMES - 1), max_size=8)))
    chance = st.floats(0, 1, width=32)
    return Prediction(
        np.array(frames, dtype=np.int64),
        actions,
        draw(arrays(np.float32, (len(frames), len(actions)), elements=chance)),
        draw(arrays(np.float32, len(actions), elements=chance)),
        *draw(st.tuples(WORDS, WORDS, WORDS, WORDS)),
        limits=tuple(draw(st.lists(WORDS, max_size=3))),
        pictures=draw(WORDS),
    )


def same(one: Prediction, other: Prediction) -> bool:
    pairs = [(getattr(one, each.name), getattr(other, each.name)) for each in fields(Prediction)]
    return all(
        (a.dtype == b.dtype and np.array_equal(a, b)) if isinstance(a, np.ndarray) else a == b
        for a, b in pairs
    )


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(predictions())
def test_probabilities_come_back(tmp_path: Path, told: Prediction) -> None:
    path = tmp_path / "new" / "p.parquet"
    write_predictions(path, told)
    assert same(read_predictions(path), told)
    assert [file.name for file in path.parent.iterdir()] == ["p.parquet"]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(predictions())
def test_what_is_there_comes_back(tmp_path: Path, told: Prediction) -> None:
    path = tmp_path / "p.csv"
    write_prediction_csv(path, told)
    frames, actions, present = read_prediction_csv(path)
    assert np.array_equal(frames, told.frames)
    assert actions == told.actions
    assert np.array_equal(present, told.probabilities >= told.thresholds)


def test_other_programs_read_the_parquet_file(tmp_path: Path) -> None:
    told, path = prediction(), tmp_path / "p.parquet"
    write_predictions(path, told)
    table = pq.read_table(path)
    assert table.column_names == ["frame", *HRM_22]
    assert str(table.schema.field("frame").type) == "int64"
    assert {str(table.schema.field(key).type) for key in HRM_22} == {"float"}
    assert table.column("frame").to_pylist() == [0, 3, 6, 9, 12]
    assert np.array_equal(table.column("AU2X").to_numpy(), told.probabilities[:, 18])
    note = json.loads(table.schema.metadata[b"hrm_prediction"])
    assert note["model"] == "mae_face"
    assert note["weights_sha256"] == "a" * 64
    assert note["thresholds"] == [0.5] * 22
    assert note["limits"] == ["One limit.", "Another “limit”."]
    frame = pd.read_parquet(path, engine="pyarrow")
    assert np.array_equal(frame[list(HRM_22)].to_numpy(), told.probabilities)


def test_the_csv_is_the_published_one(tmp_path: Path) -> None:
    told = prediction(3)
    told.probabilities[:] = 0.49
    told.probabilities[0, 18] = 0.5
    told.probabilities[2, [13, 20, 21]] = 0.9
    path = tmp_path / "p.csv"
    write_prediction_csv(path, told)
    assert path.read_text(encoding="utf-8").splitlines() == [
        PUBLISHED,
        "0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,1,0,0,0",
        "3,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0",
        "6,0,0,0,0,0,0,0,0,0,0,0,0,0,1,0,0,0,0,0,0,1,1",
    ]
    table = pd.read_csv(path)
    assert table["27"].tolist() == [1, 0, 0]
    assert set(table.dtypes.astype(str)) == {"int64"}


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_what_the_published_script_writes_is_read(tmp_path: Path, line_end: str) -> None:
    """ME-Graph as True and False, in any order of frames; 26 is what a table calls 27."""
    path = tmp_path / "p.csv"
    lines = ["frame,1,26,43", "12,True,False,False", "", "3,False,True,False", "7.0,1,0.0,1.0"]
    path.write_bytes(("\ufeff" + line_end.join(lines) + line_end).encode())
    frames, actions, present = read_prediction_csv(path)
    assert frames.tolist() == [3, 7, 12]
    assert actions == ("AU1", "AU2X", "AU43")
    assert present.tolist() == [[False, True, False], [True, False, True], [True, False, False]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "one column 'frame'"),
        ("1,2\n0,1\n", "one column 'frame'"),
        ("frame,frame\n0,1\n", "one column 'frame'"),
        ("frame,1,AU2\n", "'AU2' is not the number of an action"),
        ("frame,1,99\n", "'99' is not the number"),
        ("frame,26,27\n", "AU2X stands there twice"),
        ("frame,1\n0,1\n0,0\n", "frame 0 stands there twice"),
        ("frame,1\n0\n", "row 2: 1 cells instead of 2"),
        ("frame,1\n0,2\n", "row 2, column 1: '2' is neither 0 nor 1"),
        ("frame,27\n0,0.7\n", "row 2, column 27: '0.7' is neither 0 nor 1"),
        ("frame,1\n0,\n", "row 2, column 1: '' is neither"),
        ("frame,1\n1,0\n-3,1\n", "row 3, column frame: '-3' is not a frame number"),
        ("frame,1\n99999999999999,1\n", "is not a frame number"),
        ("frame,1\n1.5,1\n", "'1.5' is not a frame number"),
    ],
)
def test_faults_of_a_csv_are_told_with_their_place(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "p.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidFileError, match=message) as caught:
        read_prediction_csv(path)
    assert str(path) in str(caught.value)


def test_files_of_other_programs_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "p.parquet"
    with pytest.raises(NotFoundError, match="There is no file"):
        read_predictions(path)
    pd.DataFrame({"frame": [1], "AU1": [0.5]}).to_parquet(path, engine="pyarrow")
    with pytest.raises(InvalidFileError, match="of another program: make predictions with hrm predict"):
        read_predictions(path)
    path.write_bytes(b"no Parquet")
    with pytest.raises(InvalidFileError, match="cannot be read as Parquet"):
        read_predictions(path)
    write_predictions(path, prediction())
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(InvalidFileError, match="cannot be read as Parquet"):
        read_predictions(path)


def _changed(path: Path, table: pd.DataFrame, **note: object) -> None:
    """The file with another table or note, as another program might have left it."""
    text = json.loads(fastparquet.ParquetFile(str(path)).key_value_metadata["hrm_prediction"])
    metadata = {"hrm_prediction": json.dumps(text | note)}
    fastparquet.write(str(path), table, write_index=False, custom_metadata=metadata)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda table: (table, {"format": "hrm-predictions 2"}), "has the format 'hrm-predictions 2'"),
        (lambda table: (table, {"thresholds": [0.5]}), "one threshold for each action"),
        (lambda table: (table, {"limits": [3]}), "a text is missing"),
        (lambda table: (table, {"model": None}), "a text is missing"),
        (lambda table: (table, {"actions": ["AU1"]}), "columns are not those"),
        (lambda table: (table.drop(columns="AU4"), {}), "columns are not those"),
        (lambda table: (table.iloc[::-1].reset_index(drop=True), {}), "whole numbers that ascend"),
        (lambda table: (table.assign(frame=0), {}), "whole numbers that ascend"),
        (lambda table: (table.assign(frame=table.frame - 1), {}), "whole numbers that ascend"),
        (lambda table: (table.assign(AU4=np.float32("nan")), {}), "a probability is missing"),
    ],
)
def test_a_changed_file_is_told(tmp_path: Path, change: object, message: str) -> None:
    path = tmp_path / "p.parquet"
    write_predictions(path, prediction())
    table, note = change(pd.read_parquet(path, engine="pyarrow"))  # type: ignore[operator]
    _changed(path, table, **note)
    with pytest.raises(InvalidFileError, match=message):
        read_predictions(path)


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "p.parquet"
    path.mkdir()
    for write in (write_predictions, write_prediction_csv):
        with pytest.raises(InvalidFileError, match="cannot be written"):
            write(path, prediction())
    assert [file.name for file in tmp_path.iterdir()] == ["p.parquet"]


def test_how_many_actions_are_there() -> None:
    told = replace(
        prediction(2, ("AU1", "AU2")),
        probabilities=np.array([[0.5, 0.4], [0.6, 0.9]], dtype=np.float32),
    )
    assert told.present.tolist() == [[True, False], [True, True]]
    assert told.actions_per_frame == 1.5
    assert prediction(0).actions_per_frame == 0
