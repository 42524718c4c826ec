"""OpenFace's CSV: the numbers that stand there, frames from 0, and faults by row and column."""

from __future__ import annotations

import csv
import math
import random
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hrm_core.errors import Cancelled, InvalidFileError, NotFoundError
from hrm_core.exchange.openface import read_openface
from hrm_core.exchange.tool_faces import (
    action_columns,
    child_rows,
    count_faces,
    faces_by_frame,
    has_places,
    most_faces_at_once,
)
from hrm_core.progress import CancelToken
from tests.support.tool_files import AXES_2D, as_text, openface_row, points, real_file, write_rows

# ---- what OpenFace itself wrote ------------------------------------------------------------


def test_the_real_file_says_what_the_csv_module_reads() -> None:
    path = real_file("OpenFace_Test.csv")
    with path.open(newline="") as file:
        rows = [{name.strip(): cell for name, cell in row.items()} for row in csv.DictReader(file)]
    features = read_openface(path)
    assert len(features) == len(rows) == 100
    assert features.frames.tolist() == [int(row["frame"]) - 1 for row in rows]
    assert features.time_s.tolist() == [float(row["timestamp"]) for row in rows]
    assert features.confidence.tolist() == [float(row["confidence"]) for row in rows]
    assert features.success.all()
    assert not features.faces.any()
    own = [name for name in rows[0] if name not in {"frame", "timestamp", "confidence", "success"}]
    assert list(features.table.columns) == own
    assert len(own) == 427
    for name in own:
        assert features.table[name].tolist() == [float(row[name]) for row in rows]
    assert features.notes == ("OpenFace counts frames from 1; here frame 1 is frame 0.",)


def test_faces_of_the_real_file_lie_where_its_landmarks_are() -> None:
    path = real_file("OpenFace_Test.csv")
    table = pd.read_csv(path, skipinitialspace=True)
    faces = faces_by_frame(read_openface(path), None)
    assert list(faces) == list(range(100))
    for row, (face,) in enumerate(faces.values()):
        x = table.loc[row, [f"x_{n}" for n in range(68)]].to_numpy(float)
        y = table.loc[row, [f"y_{n}" for n in range(68)]].to_numpy(float)
        assert face.box.tolist() == [x.min(), y.min(), x.max(), y.max()]
        assert face.points_3d is not None
        assert face.five is not None
        assert face.pose is not None
        assert np.array_equal(face.points_3d[:, :2], np.stack([x, y], axis=1))
        assert face.five[0].tolist() == pytest.approx([x[36:42].mean(), y[36:42].mean()])
        assert face.five[1].tolist() == pytest.approx([x[42:48].mean(), y[42:48].mean()])
        assert face.five[2:].tolist() == [[x[n], y[n]] for n in (30, 48, 54)]
        # The eye on the left is on the left, and eyes are above the mouth.
        assert face.five[0, 0] < face.five[1, 0]
        assert face.five[:2, 1].max() < face.five[3:, 1].min()
        radians = table.loc[row, ["pose_Rx", "pose_Ry", "pose_Rz"]]
        assert face.pose.tolist() == pytest.approx([math.degrees(angle) for angle in radians])
        # The tip of the nose is nearest to the camera of all, and depth is of the face's size.
        assert face.points_3d[:, 2].argmin() in (29, 30, 33)
        assert 0.2 < np.ptp(face.points_3d[:, 2]) / np.ptp(x) < 1.5


def test_actions_of_the_real_file() -> None:
    names = read_openface(real_file("OpenFace_Test.csv")).table.columns
    actions = action_columns(names)
    assert len(actions) == 17 + 18
    by_column = {entry.column: entry for entry in actions}
    assert by_column["AU01_r"].action == by_column["AU01_c"].action == "AU1"
    assert (by_column["AU28_c"].action, by_column["AU28_c"].says) == ("AU28", "presence 0/1")
    assert by_column["AU26_r"].action is None
    assert "26 or 27" in by_column["AU26_r"].says
    assert by_column["AU45_c"].action is None
    assert "blink" in by_column["AU45_c"].says


# ---- versions and switches of OpenFace -----------------------------------------------------


def test_frames_without_success_have_no_face(tmp_path: Path) -> None:
    rows = [openface_row(n, success=int(n != 2), confidence=0.1 if n == 2 else 0.98) for n in (1, 2, 3)]
    features = read_openface(write_rows(tmp_path / "a.csv", rows))
    assert features.success.tolist() == [True, False, True]
    assert {frame: len(faces) for frame, faces in faces_by_frame(features, None).items()} == {
        0: 1,
        1: 0,
        2: 1,
    }
    assert "1 row without success: no face there." in features.notes


def test_several_faces_are_kept_apart(tmp_path: Path) -> None:
    rows = [
        openface_row(1, face=0, **points(1, 1, 10)),
        openface_row(1, face=3, **points(20, 1, 20)),
        openface_row(2, face=0, **points(1, 1, 10)),
        openface_row(3, face=0, **points(1, 1, 30)),
        openface_row(3, face=3, **points(20, 1, 20)),
        openface_row(4, face=3, success=0),
    ]
    features = read_openface(write_rows(tmp_path / "a.csv", rows))
    assert most_faces_at_once(features) == 2
    assert [(entry.number, entry.frames) for entry in count_faces(features)] == [(0, 3), (3, 2)]
    assert child_rows(features, 3).tolist() == [False, True, False, False, True, False]
    assert child_rows(features, "largest").tolist() == [False, True, True, True, False, False]
    lefts = {frame: [face.box[0] for face in faces] for frame, faces in faces_by_frame(features, 3).items()}
    # The child first; no face at all where only somebody else's was found.
    assert lefts == {0: [20, 1], 1: [], 2: [20, 1], 3: []}
    with pytest.raises(NotFoundError, match=r"no face 7; it has 0 \(3 frames\), 3 \(2 frames\)"):
        child_rows(features, 7)


def test_only_action_units(tmp_path: Path) -> None:
    full = openface_row(1)
    keep = ("frame", "timestamp", "confidence", "success")
    rows = [{name: value for name, value in full.items() if name in keep or name.startswith("AU")}]
    features = read_openface(write_rows(tmp_path / "a.csv", rows))
    assert not has_places(features)
    assert faces_by_frame(features, None) == {0: ()}
    assert list(features.table.columns) == ["AU01_r", "AU26_r", "AU45_r", "AU01_c", "AU28_c"]


def test_one_picture(tmp_path: Path) -> None:
    rows = [{"face": n, "confidence": 0.9, **points(10 * n, 0, 9), "AU01_r": 1} for n in range(3)]
    features = read_openface(write_rows(tmp_path / "a.csv", rows))
    assert features.one_picture
    assert features.frames.tolist() == [0, 0, 0]
    assert features.faces.tolist() == [0, 1, 2]
    assert features.success.all()


def test_frames_from_zero_are_taken_as_they_are_and_said(tmp_path: Path) -> None:
    features = read_openface(write_rows(tmp_path / "a.csv", [openface_row(n) for n in (0, 1)]))
    assert (features.frames.tolist(), features.first_number) == ([0, 1], 0)
    assert any("counts frames from 0" in note for note in features.notes)


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: "\ufeff" + text,
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\r"),
        lambda text: text + "\n\n\n",
        lambda text: "\n" + text,
        lambda text: text.replace(",", ";"),
        lambda text: text.replace(",", ";").replace(".", ","),
        lambda text: text.replace(",", "\t"),
        lambda text: text.replace("0.98", "9.8e-1"),
        lambda text: "\n".join(line + "," for line in text.splitlines()),
        lambda text: text.rstrip("\n"),
        lambda text: text.replace(",", " , "),
        lambda text: "".join(
            f"{n},{line}" for n, line in zip(["", 0, 1], text.splitlines(True), strict=True)
        ),
    ],
)
def test_the_same_numbers_in_other_clothes(tmp_path: Path, damage) -> None:  # type: ignore[no-untyped-def]
    text = as_text([openface_row(1), openface_row(2)])
    plain, other = tmp_path / "plain.csv", tmp_path / "other.csv"
    plain.write_bytes(text.encode())
    other.write_bytes(damage(text).encode())
    expected, found = read_openface(plain), read_openface(other)
    assert found.confidence.tolist() == [0.98, 0.98]
    assert found.frames.tolist() == expected.frames.tolist()
    pd.testing.assert_frame_equal(found.table, expected.table)


@settings(max_examples=40)
@given(st.integers(0, 2**32), st.lists(st.sampled_from(["", " ", "  ", "\t"]), min_size=2, max_size=2))
def test_order_of_columns_and_blanks_do_not_matter(
    tmp_path_factory: pytest.TempPathFactory, seed: int, blanks: list[str]
) -> None:
    rows = [openface_row(n, face=0) for n in (1, 2, 4)]
    names = [*rows[0]]
    random.Random(seed).shuffle(names)
    lines = [",".join(f"{blanks[0]}{name}{blanks[1]}" for name in names)]
    lines += [",".join(f"{blanks[1]}{row[name]}" for name in names) for row in rows]
    path = tmp_path_factory.mktemp("shuffled") / "a.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    features = read_openface(path)
    assert features.frames.tolist() == [0, 1, 3]
    assert features.time_s.tolist() == [0.0, 0.04, 0.12]
    assert features.table["AU01_r"].tolist() == [0.1, 0.2, 0.4]
    for name in AXES_2D:
        assert features.table[name].tolist() == [row[name] for row in rows]


def test_cells_without_a_number_are_missing(tmp_path: Path) -> None:
    words = ["", "nan", "-nan(ind)", "1.#QNAN", "NA", "inf"]
    rows = [openface_row(n + 1, AU01_r=word) for n, word in enumerate(words)]
    features = read_openface(write_rows(tmp_path / "a.csv", rows))
    assert features.table["AU01_r"].isna().all()
    assert "1 cell without a finite number: taken for empty." in features.notes


def test_columns_of_text_are_left_out_and_named(tmp_path: Path) -> None:
    rows = [openface_row(n, remark=f"take_{n}", own=n) for n in (1, 2)]
    features = read_openface(write_rows(tmp_path / "a.csv", rows))
    assert "remark" not in features.table
    assert features.table["own"].tolist() == [1, 2]
    assert "Columns that hold text are left out: remark." in features.notes


def test_a_column_that_stands_there_twice(tmp_path: Path) -> None:
    text = as_text([openface_row(1), openface_row(2)]).splitlines()
    path = tmp_path / "a.csv"
    path.write_text("\n".join([text[0] + ",AU28_c", text[1] + ",0", text[2] + ",0"]))
    assert "Columns that stand there twice with the same numbers: AU28_c." in read_openface(path).notes
    path.write_text("\n".join([text[0] + ",AU28_c.1", text[1] + ",0", text[2] + ",1"]))
    with pytest.raises(InvalidFileError, match=r"row 1: the column 'AU28_c' stands there twice with diff"):
        read_openface(path)


# ---- faults --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([openface_row(1), openface_row(1)], r"row 3: frame 1 stands in row 2 already for the same face"),
        ([openface_row(5), openface_row(4)], r"row 3, column frame: 3 comes after 4"),
        ([openface_row(1), openface_row(2, AU01_r="high")], r"row 3, column AU01_r: 'high' is not a number"),
        ([openface_row(1), openface_row(2, AU01_r="1_0")], r"row 3, column AU01_r: '1_0' is not a number"),
        ([openface_row(1.5)], r"row 2, column frame: 1.5 is not a whole number"),  # type: ignore[arg-type]
        ([openface_row(-1)], r"row 2, column frame: -1 is not a whole number"),
        ([openface_row(1), openface_row(2) | {"frame": ""}], r"row 3, column frame: the cell is empty"),
        ([openface_row(20261122)], r"there is no frame 20261122 in any recording"),
        ([openface_row(1, success=2)], r"row 2, column success: 2 is neither 0 nor 1"),
        ([openface_row(1, success="")], r"row 2, column success: the cell is empty"),
        ([openface_row(1, face=-1)], r"row 2, column face_id: -1 is not a whole number"),
        ([{"timestamp": 0, "confidence": 1, "AU01_r": 1}], r"row 1: the column 'frame' is missing"),
        ([{"frame": 1, "mood": 3}], r"is no output of OpenFace"),
        ([{"frame": 0, "FaceScore": 1, "AU01": 1}], r"looks like Py-Feat: use hrm import pyfeat"),
        ([{"frame": 0, "AU1": 1, "AU0": 0, "ASD": 1}], r"use hrm import hrm-csv"),
    ],
)
def test_faults_name_file_row_and_column(tmp_path: Path, rows: list[dict[str, object]], words: str) -> None:
    path = write_rows(tmp_path / "features.csv", rows)
    with pytest.raises(InvalidFileError, match=words) as raised:
        read_openface(path)
    assert str(path) in str(raised.value)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"\r\n\r\n", "is empty"),
        (as_text([openface_row(1)]).splitlines()[0].encode(), "a header but no rows"),
        (as_text([openface_row(1)]).encode("utf-16"), "not a text file"),
        (b"\x1f\x8b\x08\x00rest", "is compressed: unpack it first"),
        (as_text([openface_row(1), openface_row(2)]).encode()[:-60], r"row 3: \d+ cells instead of 150"),
    ],
)
def test_damaged_files_are_told(tmp_path: Path, data: bytes, words: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(data)
    with pytest.raises(InvalidFileError, match=words):
        read_openface(path)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"There is no file .*gone\.csv"):
        read_openface(tmp_path / "gone.csv")


def test_reading_can_be_stopped(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "a.csv", [openface_row(n + 1) for n in range(400)])
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        read_openface(path, cancel=cancel)
