"""What lies where: every layout, and every contradiction named with both files."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrm_core.errors import InvalidFileError, NotFoundError
from hrm_core.exchange.hrm_csv import HEADER
from hrm_core.exchange.hrm_folder import find_hrm_folder, survey_hrm_folder
from hrm_core.exchange.hrm_folder_parts import Child, HrmFolder
from hrm_core.media.frame_folder import number_in_name
from hrm_core.media.image_folder import IMAGE_SUFFIXES

_LABELS = ",".join(HEADER)


def _found(root: Path) -> HrmFolder:
    return find_hrm_folder(
        root, groups=("ASD", "TD"), frame_number=number_in_name, image_suffixes=IMAGE_SUFFIXES
    )


def _fill(root: Path, *names: str) -> HrmFolder:
    """Empty pictures, and label files of a header alone, then what is found."""
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_LABELS if path.suffix == ".csv" else "", encoding="utf-8")
    return _found(root)


def _one(root: Path, *names: str) -> Child:
    (child,) = _fill(root, *names).children
    return child


def _said(root: Path, child: Child) -> list[tuple[str | None, str | None, list[int]]]:
    """Name, label file and frame numbers of each film."""
    return [
        (film.name, film.labels and film.labels.relative_to(root).as_posix(), list(film.pictures))
        for film in child.films
    ]


# ---- layouts ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "code", "group"),
    [
        ("S7.csv", "S7", None),
        ("s7.csv", "S7", None),
        ("S7TD.csv", "S7", "TD"),
        ("S7_asd.csv", "S7", "ASD"),
        ("7.csv", "7", None),
        ("7 TD.csv", "7", "TD"),
        ("Participant-7.csv", "7", None),
        ("participant 7.CSV", "7", None),
        ("Participant-S7.csv", "S7", None),
        ("Participant-S7TD.csv", "S7", "TD"),
        ("Participant-Anton.csv", "Anton", None),
        ("Participant-BOTD.csv", "BOTD", None),
        ("ASD/S7.csv", "S7", "ASD"),
        ("Label/td/7.csv", "7", "TD"),
        ("TD/more/S7TD.csv", "S7", "TD"),
    ],
)
def test_a_label_files_name_says_whose_it_is(tmp_path: Path, name: str, code: str, group: str | None) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_LABELS, encoding="utf-8")
    (child,) = _found(tmp_path).children
    assert (child.code, child.group) == (code, group)
    assert _said(tmp_path, child) == [(None, name, [])]


@pytest.mark.parametrize(
    ("name", "video", "number"),
    [
        ("S7/412_0.jpg", None, 412),
        ("frames/S7TD/412.jpg", None, 412),
        ("7/000412.PNG", None, 412),
        ("TD/Participant-7/0_0.jpg", None, 0),
        ("Convert Frames/TD/Participant-7/play time/000412.jpg", "play time", 412),
        ("7/2/000412.jpg", "2", 412),
        ("batch/S7/1/412_0.jpg", "1", 412),
        ("1/S7/412_0.jpg", None, 412),
        ("Participants/S7/412_0.jpg", None, 412),
        ("S7/neutral/412_0.jpg", "neutral", 412),
    ],
)
def test_a_frames_folders_say_whose_it_is(tmp_path: Path, name: str, video: str | None, number: int) -> None:
    child = _one(tmp_path, name)
    assert child.code in ("S7", "7")
    assert _said(tmp_path, child) == [(video, None, [number])]
    assert child.group == ("TD" if "TD" in name else None)


@pytest.mark.parametrize(
    "name",
    [
        "natural/S7TD.jpg",
        "Neutral Frames/TD/Participant-7.jpg",
        "Natural/TD/7.png",
        "Neutral Frames/TD/Participant-7/1.jpg",
    ],
)
def test_a_neutral_face_is_no_frame(tmp_path: Path, name: str) -> None:
    child = _one(tmp_path, name)
    assert (child.neutral, child.films, child.group) == (tmp_path / name, (), "TD")
    assert child.code in ("S7", "7")


def test_one_child_may_be_written_in_several_ways(tmp_path: Path) -> None:
    child = _one(tmp_path, "Label/S07.csv", "7/5_0.jpg", "natural/S7TD.jpg")
    assert (child.code, child.group) == ("S07", "TD")
    assert _said(tmp_path, child) == [(None, "Label/S07.csv", [5])]
    assert child.neutral is not None


def test_children_come_in_the_order_of_their_numbers_and_frames_too(tmp_path: Path) -> None:
    found = _fill(tmp_path, "S10.csv", "S9.csv", "S10/10_0.jpg", "S10/9_0.jpg", "S10/100_0.jpg")
    assert [child.code for child in found.children] == ["S9", "S10"]
    assert _said(tmp_path, found.children[1]) == [(None, "S10.csv", [9, 10, 100])]


def test_a_single_video_needs_no_name_in_the_label_file(tmp_path: Path) -> None:
    child = _one(tmp_path, "S7.csv", "S7/play/1_0.jpg")
    assert _said(tmp_path, child) == [("play", "S7.csv", [1])]


def test_several_videos_are_told_apart_by_the_names_of_label_files(tmp_path: Path) -> None:
    names = ["S7/play/1_0.jpg", "S7/snack__2/1_0.jpg", "S7__snack__2.csv", "S7__walk.csv"]
    assert _said(tmp_path, _one(tmp_path, *names)) == [
        ("play", None, [1]),
        ("snack__2", "S7__snack__2.csv", [1]),
        ("walk", "S7__walk.csv", []),
    ]
    with pytest.raises(
        InvalidFileError, match=r"S7\.csv: participant S7 has several videos \('play', 'snack_"
    ):
        _fill(tmp_path, "S7.csv")


def test_frames_without_a_level_are_the_recording_of_an_export(tmp_path: Path) -> None:
    names = ["S7/1_0.jpg", "S7/play/1_0.jpg", "Participant-S7__recording.csv"]
    assert _said(tmp_path, _one(tmp_path, *names)) == [
        (None, "Participant-S7__recording.csv", [1]),
        ("play", None, [1]),
    ]


def test_frames_of_one_video_may_lie_in_two_folders(tmp_path: Path) -> None:
    child = _one(tmp_path, "a/S7/1_0.jpg", "b/7/2_0.jpg")
    assert _said(tmp_path, child) == [(None, None, [1, 2])]
    assert child.films[0].folders == (tmp_path / "a/S7", tmp_path / "b/7")


def test_aligned_faces_stand_for_frames_only_where_there_are_none(tmp_path: Path) -> None:
    names = ["Convert Frames/S7/a/1.jpg", "Aligned Face/S7/a/1.jpg", "Aligned Face/S8/a/1.jpg"]
    found = _fill(tmp_path, *names)
    assert [list(child.films[0].pictures.values()) for child in found.children] == [
        [tmp_path / names[0]],
        [tmp_path / names[2]],
    ]
    assert found.aligned_left == (tmp_path / "Aligned Face/S7/a",)
    assert found.aligned_taken == (tmp_path / "Aligned Face/S8/a",)


def test_what_means_nothing_is_listed(tmp_path: Path) -> None:
    (tmp_path / "scores.csv").write_text("frame,1,2,4\n", encoding="utf-8")
    others = ["logo.png", "S7/412_1.jpg", "S7/a/b/1_0.jpg", "scans/1_0.jpg", "natural/group photo.jpg"]
    hidden = ["S7/._1_0.jpg", ".cache/S8/1_0.jpg", "__MACOSX/S8/1_0.jpg", "S7/notes.txt", "S7/film.mp4"]
    found = _fill(tmp_path, "S7/1_0.jpg", *others, *hidden)
    assert found.other_tables == (tmp_path / "scores.csv",)
    assert sorted(found.other_pictures) == sorted(tmp_path / name for name in others)
    assert [child.code for child in found.children] == ["S7"]


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
def test_linked_folders_are_read_once(tmp_path: Path) -> None:
    _fill(tmp_path / "elsewhere", "S7/1_0.jpg")
    root = tmp_path / "root"
    root.mkdir()
    (root / "S7").symlink_to(tmp_path / "elsewhere" / "S7")
    (root / "again").symlink_to(root)
    (child,) = _found(root).children
    assert _said(root, child) == [(None, None, [1])]


# ---- contradictions --------------------------------------------------------------------------

# Files, what of them the message names, and what it says.
_BAD: dict[str, tuple[list[str], list[str], str]] = {
    "two label files": (
        ["S7.csv", "old/Participant-7.csv"],
        ["S7.csv", "old/Participant-7.csv"],
        "are both labels of participant 7: leave one out",
    ),
    "two groups": (
        ["ASD/S7.csv", "TD/7.csv"],
        ["ASD", "TD"],
        "participant 7 into group ASD, but .* into TD: correct one of them",
    ),
    "suffix and folder": (
        ["ASD/S7TD.csv"],
        ["ASD", "ASD/S7TD.csv"],
        "participant S7 into group ASD, but .* into TD",
    ),
    "frames and labels": (
        ["S7ASD.csv", "TD/S7/1_0.jpg"],
        ["S7ASD.csv", "TD"],
        "participant S7 into group ASD, but .* into TD",
    ),
    "neutral and labels": (
        ["TD/S7.csv", "natural/S7ASD.jpg"],
        ["TD", "natural/S7ASD.jpg"],
        "participant S7 into group TD, but .* into ASD",
    ),
    "two labels of one video": (
        ["S7/play/1_0.jpg", "S7.csv", "S7__play.csv"],
        ["S7.csv", "S7__play.csv"],
        "are both labels of participant S7",
    ),
    "a frame twice": (
        ["S7/1_0.jpg", "S7/000001.jpg"],
        ["S7/1_0.jpg", "S7/000001.jpg"],
        "are both frame 1 of participant S7: leave one out",
    ),
    "a frame in two folders": (
        ["a/S7/1_0.jpg", "b/7/1_0.jpg"],
        ["a/S7/1_0.jpg", "b/7/1_0.jpg"],
        "are both frame 1 of participant 7",
    ),
    "two neutral faces": (
        ["natural/S7.jpg", "natural/7.jpg"],
        ["natural/S7.jpg", "natural/7.jpg"],
        "both show the neutral face of participant S7: leave one out",
    ),
    "labels of nobody": (
        ["all children.csv"],
        ["all children.csv"],
        "its name does not say whose: rename it to S<number>.csv",
    ),
    "a date for a number": (
        ["S7/202401311230.jpg"],
        ["S7/202401311230.jpg"],
        "there is no frame 202401311230 in any recording",
    ),
}


@pytest.mark.parametrize("name", _BAD)
def test_a_contradiction_names_both_files(tmp_path: Path, name: str) -> None:
    names, named, message = _BAD[name]
    with pytest.raises(InvalidFileError, match=message) as caught:
        _fill(tmp_path, *names)
    said = re.split(r"[ :]", str(caught.value).replace("all children", "all_children"))
    assert {str(tmp_path / path).replace("all children", "all_children") for path in named} <= set(said)


def test_a_survey_says_everything_and_takes_the_rest(tmp_path: Path) -> None:
    names = ["ASD/S7.csv", "TD/S7/1_0.jpg", "TD/S7/2_0.jpg", "S8.csv", "more/8.csv", "S9/1_0.jpg", "S9/1.jpg"]
    with pytest.raises(InvalidFileError) as caught:
        _fill(tmp_path, *names, "S10/5_0.jpg", "S10.csv")
    (tmp_path / "all.csv").write_text(_LABELS, encoding="utf-8")
    found = survey_hrm_folder(
        tmp_path, groups=("ASD", "TD"), frame_number=number_in_name, image_suffixes=IMAGE_SUFFIXES
    )
    assert [(problem.code, problem.more) for problem in found.problems] == [
        (None, 0), ("S9", 0), ("S7", 1), ("8", 0),
    ]  # fmt: skip
    assert str(caught.value) == str(found.problems[1])
    assert {child.code: _said(tmp_path, child) for child in found.children} == {
        "S7": [(None, "ASD/S7.csv", [])],
        "S8": [(None, "S8.csv", [])],
        "S9": [(None, None, [1])],
        "S10": [(None, "S10.csv", [5])],
    }


def test_a_misspelt_label_file_is_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / "S7.csv").write_text("\ufeff" + _LABELS.replace("AU12", "AU-12"), encoding="utf-8")
    (tmp_path / "S8.csv").write_text(_LABELS.replace(",", ";"), encoding="utf-8")
    assert [child.code for child in _found(tmp_path).children] == ["S7", "S8"]


def test_nothing_to_find(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="There is no folder"):
        _found(tmp_path / "gone")
    with pytest.raises(NotFoundError, match="holds neither label files nor frames"):
        _fill(tmp_path, "holiday.jpg")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="needs a user whom rights bind")
def test_a_folder_that_cannot_be_read_is_not_passed_over(tmp_path: Path) -> None:
    _fill(tmp_path, "S7/1_0.jpg", "S8/1_0.jpg")
    (tmp_path / "S8").chmod(0)
    try:
        with pytest.raises(InvalidFileError, match="S8 cannot be listed"):
            _found(tmp_path)
    finally:
        (tmp_path / "S8").chmod(0o755)


@given(
    st.integers(0, 99_999),
    st.sampled_from(["S{}", "s{}", "{}", "Participant-{}", "Participant-S{}"]),
    st.sampled_from([("", None), ("TD", "TD"), ("_ASD", "ASD"), (" td", "TD")]),
)
def test_every_way_to_write_a_number_means_the_same_child(
    number: int, form: str, suffix: tuple[str, str | None]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        labels = form.format(number) + suffix[0]
        child = _one(Path(folder), f"{labels}.csv", f"{number}/1_0.jpg", f"natural/S{number}.jpg")
        assert _said(Path(folder), child) == [(None, f"{labels}.csv", [1])]
    assert (child.code.lstrip("S"), child.group) == (str(number), suffix[1])
