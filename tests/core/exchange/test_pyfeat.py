"""Py-Feat's CSV: the numbers that stand there, several faces, frames without one, and faults."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrm_core.errors import InvalidFileError
from hrm_core.exchange.pyfeat import read_pyfeat
from hrm_core.exchange.tool_faces import (
    action_columns,
    boxes_elsewhere,
    child_rows,
    faces_by_frame,
    located_boxes,
    most_faces_at_once,
    tidy_features,
)
from tests.support.tool_files import as_text, no_face, points, pyfeat_row, real_file, write_rows

Rows = list[dict[str, object]]


# ---- what Py-Feat itself wrote -------------------------------------------------------------


@pytest.mark.parametrize(("name", "rows"), [("Feat_Test.csv", 1), ("001.csv", 40)])
def test_real_files_say_what_pandas_reads(name: str, rows: int) -> None:
    path = real_file(name)
    table = pd.read_csv(path, dtype=str).drop(columns="input").map(float)
    features = read_pyfeat(path)
    assert len(features) == len(table) == rows
    assert features.frames.tolist() == table["frame"].tolist()
    assert features.confidence.tolist() == table["FaceScore"].tolist()
    assert features.success.all()
    assert np.isnan(features.time_s).all()
    own = table.drop(columns=["frame", "FaceScore"])
    pd.testing.assert_frame_equal(features.table, own, check_exact=True)
    assert len(action_columns(own.columns)) == 20
    assert not features.pose_in_radians


def test_the_face_of_the_real_picture_is_where_a_detector_finds_it() -> None:
    # OpenCV's YuNet finds the face of single_face.jpg, which the file is about, at 193,143 179×260.
    ((face,),) = faces_by_frame(read_pyfeat(real_file("Feat_Test.csv")), None).values()
    assert np.abs(face.box - [193, 143, 193 + 179, 143 + 260]).max() < 6
    assert face.score > 0.99
    assert face.five is not None
    assert face.pose is not None
    inside = (face.five > face.box[:2]).all() and (face.five < face.box[2:]).all()
    assert inside
    assert face.five[0, 0] < face.five[2, 0] < face.five[1, 0]
    assert face.pose.tolist() == pytest.approx([0.968, 4.869, -1.904], abs=1e-3)


def test_boxes_in_another_scale_than_the_landmarks_do_not_count() -> None:
    features = read_pyfeat(real_file("001.csv"))
    assert boxes_elsewhere(features) == 40
    assert located_boxes(features)[0] == pytest.approx([355.59, 422.40, 778.65, 829.86], abs=0.01)


# ---- versions ------------------------------------------------------------------------------


def test_frames_without_a_face(tmp_path: Path) -> None:
    rows = [pyfeat_row(0), no_face(1), pyfeat_row(2)]
    features = read_pyfeat(write_rows(tmp_path / "a.csv", rows))
    assert features.success.tolist() == [True, False, True]
    assert {frame: len(faces) for frame, faces in faces_by_frame(features, None).items()} == {
        0: 1,
        1: 0,
        2: 1,
    }
    assert "1 row without a face." in features.notes


def test_several_faces_by_place(tmp_path: Path) -> None:
    rows = [pyfeat_row(0), pyfeat_row(0, left=40, size=30), pyfeat_row(1), pyfeat_row(2, left=40, size=30)]
    features = read_pyfeat(write_rows(tmp_path / "a.csv", rows))
    assert features.faces.tolist() == [0, 1, 0, 0]
    assert most_faces_at_once(features) == 2
    assert any("face 0 may be another person" in note for note in features.notes)
    assert child_rows(features, "largest").tolist() == [False, True, True, True]


def test_several_faces_by_person(tmp_path: Path) -> None:
    rows = [
        pyfeat_row(0, Identity="Person_0"),
        pyfeat_row(0, left=40, Identity="Person_1"),
        pyfeat_row(1, left=40, Identity="Person_1"),
    ]
    features = read_pyfeat(write_rows(tmp_path / "a.csv", rows))
    assert features.faces.tolist() == [0, 1, 1]
    rows.append(pyfeat_row(1, left=70, Identity="Person_1"))
    features = read_pyfeat(write_rows(tmp_path / "b.csv", rows))
    assert features.faces.tolist() == [0, 1, 0, 1]
    assert any("for the same person" in note for note in features.notes)


def test_what_recognises_a_person_goes_nowhere(tmp_path: Path) -> None:
    rows = [pyfeat_row(0, Identity="Person_0", Identity_1=0.12, Identity_2=0.34)]
    features = read_pyfeat(write_rows(tmp_path / "a.csv", rows))
    table = tidy_features(features, None, features.time_s, landmarks=True)
    assert not [name for name in (*features.table.columns, *table.columns) if "dentity" in name]
    assert any("recognise a person" in note for note in features.notes)


def test_angles_are_in_radians_since_the_position_of_the_head_is_written(tmp_path: Path) -> None:
    rows = [pyfeat_row(0, X=0.1, Y=0.2, Z=5.0, Pitch=0.5, Yaw=-0.25, Roll=0.125)]
    ((face,),) = faces_by_frame(read_pyfeat(write_rows(tmp_path / "a.csv", rows)), None).values()
    assert face.pose is not None
    assert face.pose.tolist() == pytest.approx([28.648, -14.324, 7.162], abs=1e-3)


def test_the_size_of_the_pictures(tmp_path: Path) -> None:
    rows = [
        pyfeat_row(0, FrameHeight=48.0, FrameWidth=64.0),
        no_face(1) | {"FrameHeight": "", "FrameWidth": ""},
    ]
    assert read_pyfeat(write_rows(tmp_path / "a.csv", rows)).picture_size == (64, 48)
    rows[1]["FrameWidth"] = 65
    with pytest.raises(InvalidFileError, match="column FrameWidth: 64 in some rows, 65 in others"):
        read_pyfeat(write_rows(tmp_path / "a.csv", rows))


def test_more_landmarks_than_68_are_another_scheme(tmp_path: Path) -> None:
    rows = [pyfeat_row(0, **{f"{axis}_{n}": 1.0 for axis in "xyz" for n in range(68, 478)})]
    ((face,),) = faces_by_frame(read_pyfeat(write_rows(tmp_path / "a.csv", rows)), None).values()
    assert face.box.tolist() == [10, 8, 30, 28]
    assert face.points_3d is None
    assert face.five is None


def test_the_index_is_written_as_a_second_column_frame(tmp_path: Path) -> None:
    rows = [pyfeat_row(frame) for frame in (0, 5, 10)]
    text = as_text(rows).splitlines()
    path = tmp_path / "a.csv"

    def with_first(name: str, cells: list[int]) -> list[int]:
        body = [f"{cell},{line}" for cell, line in zip(cells, text[1:], strict=True)]
        path.write_text("\n".join([f"{name},{text[0]}", *body]))
        return read_pyfeat(path).frames.tolist()

    assert with_first("", [0, 1, 2]) == [0, 5, 10]
    assert with_first("Unnamed: 0", [0, 0, 0]) == [0, 5, 10]
    assert with_first("frame", [0, 5, 10]) == [0, 5, 10]
    # The index may count rows: then the other one is about frames.
    assert with_first("frame", [0, 1, 2]) == [0, 5, 10]
    with pytest.raises(InvalidFileError, match="'frame' stands there twice with different numbers"):
        with_first("frame", [0, 2, 4])


def test_a_file_that_names_no_frames(tmp_path: Path) -> None:
    rows = [{name: value for name, value in pyfeat_row(0).items() if name != "frame"} for _ in range(3)]
    path = write_rows(tmp_path / "a.csv", rows)
    with pytest.raises(InvalidFileError, match=r"row 1: the column 'frame' is missing.*--rows-are-frames"):
        read_pyfeat(path)
    features = read_pyfeat(path, rows_are_frames=True)
    assert features.frames.tolist() == [0, 1, 2]
    assert any("first row is taken for frame 0" in note for note in features.notes)


def test_times_in_words_and_paths_with_commas(tmp_path: Path) -> None:
    rows = [pyfeat_row(n, approx_time=f"00:0{n}", input='"a, b_1.mp4"') for n in (0, 1)]
    features = read_pyfeat(write_rows(tmp_path / "a.csv", rows))
    assert features.frames.tolist() == [0, 1]
    assert not {"approx_time", "input"} & set(features.table.columns)
    assert features.notes == ()


@given(st.permutations([*pyfeat_row(0)]), st.sampled_from(["", " ", "  "]))
def test_order_of_columns_and_blanks_do_not_matter(
    tmp_path_factory: pytest.TempPathFactory, names: list[str], blank: str
) -> None:
    rows = [pyfeat_row(n) for n in (0, 1, 3)]
    lines = [",".join(blank + name + blank for name in names)]
    lines += [",".join(f"{blank}{row[name]}" for name in names) for row in rows]
    path = tmp_path_factory.mktemp("shuffled") / "a.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    features = read_pyfeat(path)
    assert features.frames.tolist() == [0, 1, 3]
    assert set(features.table.columns) == set(names) - {"frame", "FaceScore", "input"}
    for name in features.table.columns:
        assert features.table[name].tolist() == [row[name] for row in rows]


# ---- faults --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([pyfeat_row(0), pyfeat_row(0)], r"row 3: frame 0 stands in row 2 already with the same numbers"),
        ([pyfeat_row(5), pyfeat_row(4)], r"row 3, column frame: 4 comes after 5: its rows were moved"),
        ([pyfeat_row(5), pyfeat_row(0, input="other.mp4")], r"the file is about 2 inputs"),
        ([pyfeat_row(0, AU01="yes")], r"row 2, column AU01: 'yes' is not a number"),
        ([pyfeat_row(0) | {"frame": ""}], r"row 2, column frame: the cell is empty"),
        ([{"frame": 1, "AU01_r": 1, "confidence": 1, "success": 1}], r"OpenFace: use hrm import openface"),
        ([{"frame": 0, "AU1": 1, "AU0": 0, "ASD": 1}], r"use hrm import hrm-csv"),
        ([{"frame": 0, "Joy": 1}], r"is no output of Py-Feat"),
    ],
)
def test_faults_name_file_row_and_column(tmp_path: Path, rows: Rows, words: str) -> None:
    path = write_rows(tmp_path / "features.csv", rows)
    with pytest.raises(InvalidFileError, match=words) as raised:
        read_pyfeat(path)
    assert str(path) in str(raised.value)
    # Paths inside the file may name a child.
    assert "other.mp4" not in str(raised.value)


def test_a_face_whose_sureness_is_not_said_is_not_sure(tmp_path: Path) -> None:
    rows: Rows = [{"frame": 0, **points(0, 0, 10), "AU01": 0.5}]
    features = read_pyfeat(write_rows(tmp_path / "a.csv", rows))
    ((face,),) = faces_by_frame(features, None).values()
    assert face.score == 0.0
    assert "There is no column FaceScore: no face counts as sure." in features.notes
