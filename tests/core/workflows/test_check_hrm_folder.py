"""Label files and frames as the release has them, flat or by group, with each fault planted."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest

from hrm_core import media
from hrm_core.errors import Cancelled, ProjectError
from hrm_core.exchange.hrm_csv import HrmLabels, write_hrm_csvs
from hrm_core.progress import CancelToken
from hrm_core.records.findings import Finding, FindingKind, Severity
from hrm_core.records.segments import SegmentLengths
from hrm_core.workflows.check_dataset import check_dataset
from tests.support.builders import KEYS

GREY = np.full((8, 8, 3), 90, np.uint8)
FRAMES = (3, 4, 5, 9)


def labels(path: Path, frames: Iterable[int] = FRAMES, asd: int = 1, judges: Iterable[str] = ()) -> Path:
    """A label file, with columns of judges behind those of the format."""
    numbers = np.array(list(frames), np.int64)
    codes = np.zeros((len(numbers), len(KEYS)), np.uint8)
    write_hrm_csvs({path: HrmLabels(numbers, codes, asd)})
    if judges:
        head, *rows = path.read_text(encoding="utf-8").splitlines()
        head += "".join(f",Abnormal-{judge}" for judge in judges) + ",Abnormal-avg"
        rows = [row + ",2" * len(list(judges)) + ",1.5" for row in rows]
        path.write_text("\n".join([head, *rows]), encoding="utf-8")
    return path


def frames(folder: Path, numbers: Iterable[int] = FRAMES, name: str = "{}_0.jpg") -> Path:
    for number in numbers:
        media.write_still(GREY, folder / name.format(number))
    return folder


def flat(root: Path) -> Path:
    labels(root / "label" / "S7.csv", judges=("Ada", "Bo"))
    labels(root / "label" / "S12TD.csv", asd=0)
    frames(root / "S7")
    frames(root / "S12", name="{}.jpg")
    for code in ("S7", "S12"):
        media.write_still(GREY, root / "natural" / f"{code}.jpg")
    return root


def by_group(root: Path) -> Path:
    labels(root / "Label" / "ASD" / "Participant-7.csv")
    labels(root / "Label" / "TD" / "Participant-12.csv", asd=0)
    for kind in ("Convert Frames", "Aligned Face"):
        frames(root / kind / "ASD" / "Participant-7" / "play")
        frames(root / kind / "TD" / "Participant-12")
    for group, code in (("ASD", "7"), ("TD", "12")):
        media.write_still(GREY, root / "Neutral Frames" / group / f"Participant-{code}.jpg")
    return root


@pytest.fixture(params=[flat, by_group], ids=["flat", "by group"])
def release(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A folder without faults, in both ways it comes."""
    return request.param(tmp_path / "发布 HRM")


def only(folder: Path) -> Finding:
    findings = check_dataset(folder).findings
    assert len(findings) == 1, findings
    assert findings[0].message.endswith(".")
    return findings[0]


def test_a_folder_without_faults(release: Path) -> None:
    result = check_dataset(release)
    assert result.findings == ()
    summary = result.summary
    assert (summary.is_project, summary.participants, summary.videos) == (False, 2, 2)
    assert summary.pictures == len(list(release.rglob("*[0-9]_0.jpg"))) + len(
        list(release.rglob("S12/*.jpg"))
    )
    assert {entry.lengths for entry in result.segments} == {SegmentLengths(2, 4, 1, 2.0, 3)}
    assert all(entry.rater is None for entry in result.segments)


def test_rows_without_picture(release: Path) -> None:
    (picture,) = (path for path in release.rglob("4_0.jpg") if "7" in str(path.relative_to(release)) and
                  "Aligned" not in str(path))  # fmt: skip
    picture.unlink()
    one = only(release)
    assert (one.kind, one.severity) == (FindingKind.LABEL_WITHOUT_PICTURE, Severity.ERROR)
    assert "7" in (one.participant or "")
    assert "the pictures of 1 row of " in one.message
    assert "(frame 4)" in one.message


def test_pictures_without_row(release: Path) -> None:
    folder = next(path.parent for path in release.rglob("4_0.jpg"))
    frames(folder, (20, 21))
    one = only(release)
    assert (one.kind, one.severity) == (FindingKind.PICTURE_WITHOUT_LABEL, Severity.NOTE)
    assert "2 pictures" in one.message
    assert "(frames 20–21)" in one.message


def test_a_picture_that_is_not_whole(release: Path) -> None:
    picture = next(release.rglob("4_0.jpg"))
    picture.write_bytes(picture.read_bytes()[:-2])
    one = only(release)
    assert one.kind is FindingKind.PICTURE_NOT_WHOLE
    assert "1 picture empty or cut off (frame 4)" in one.message


def test_labels_without_frames(tmp_path: Path) -> None:
    labels(flat(tmp_path) / "label" / "S9.csv")
    media.write_still(GREY, tmp_path / "natural" / "S9.jpg")
    one = only(tmp_path)
    assert (one.kind, one.participant, one.where) == (FindingKind.LABELS_ONLY, "S9", "label/S9.csv")


def test_frames_without_label_file(tmp_path: Path) -> None:
    frames(flat(tmp_path) / "S9")
    one = only(tmp_path)
    assert (one.kind, one.where) == (FindingKind.PICTURE_WITHOUT_LABEL, "S9")
    # A folder whose name says no participant may hold any pictures.
    frames(tmp_path / "thumbnails")
    assert only(tmp_path).where == "S9"


def test_a_faulty_label_file(release: Path) -> None:
    path = next(release.rglob("*7.csv"))
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([*lines, lines[1]]), encoding="utf-8")
    one = only(release)
    assert one.kind is FindingKind.LABEL_FILE_FAULTY
    assert "row 6: frame 3 stands in row 2 already" in one.message
    assert str(path) in one.message


def test_codes_that_may_mean_the_same_child(tmp_path: Path) -> None:
    again = labels(flat(tmp_path) / "label" / "S07.csv")
    one = only(tmp_path)
    assert (one.kind, one.severity) == (FindingKind.FILES_CONTRADICT, Severity.ERROR)
    assert f"{again} and {tmp_path / 'label' / 'S7.csv'} are both labels of participant" in one.message


def test_two_codes_for_the_videos_of_one_child(tmp_path: Path) -> None:
    flat(tmp_path)
    (tmp_path / "label" / "S7.csv").rename(tmp_path / "label" / "S7__play.csv")
    (tmp_path / "S7").rename(tmp_path / "frames")
    (tmp_path / "S7").mkdir()
    (tmp_path / "frames").rename(tmp_path / "S7" / "play")
    frames(labels(tmp_path / "label" / "S07__meal.csv").parent.parent / "S7" / "meal")
    one = only(tmp_path)
    assert (one.kind, one.severity) == (FindingKind.PARTICIPANT_TWICE, Severity.WARNING)
    assert "label/S07__meal.csv and label/S7__play.csv" in one.message


def test_children_of_two_groups_with_one_number_are_one_error(tmp_path: Path) -> None:
    by_group(tmp_path)
    labels(tmp_path / "Label" / "TD" / "S7TD.csv", (100, 101), asd=0)
    for kind in ("Convert Frames", "Aligned Face"):
        frames(tmp_path / kind / "TD" / "Participant-7", (100, 101))
    # Not one for each of their files.
    one = only(tmp_path)
    assert (one.kind, one.severity) == (FindingKind.FILES_CONTRADICT, Severity.ERROR)
    assert one.where == "Aligned Face/TD"
    assert one.message.endswith("if they are two children (the same goes for 4 more files).")


def test_every_fault_is_named_and_the_rest_is_compared(release: Path) -> None:
    seven, twelve = sorted(release.rglob("*7.csv"))[0], next(release.rglob("*12*.csv"))
    twelve.write_text(twelve.read_text(encoding="utf-8").replace(",", ";"), encoding="utf-8")
    (release / "all children.csv").write_bytes(seven.read_bytes())
    frames(release / "more" / "S7", (202401311230, 202401311231))
    frames(
        next(path.parent for path in release.rglob("4_0.jpg") if "7" in str(path.relative_to(release))), (20,)
    )
    result = check_dataset(release)
    assert [entry.kind for entry in result.findings] == [
        FindingKind.LABEL_FILE_FAULTY,
        FindingKind.PICTURE_MISNAMED,
        FindingKind.LABEL_FILE_FAULTY,
        FindingKind.PICTURE_WITHOUT_LABEL,
    ]
    for entry, part in zip(
        result.findings,
        ("does not say whose", "no frame 202401311230 in any", "row 1: 'frame;AU1", "(frame 20)"),
        strict=True,
    ):
        assert part in entry.message
    assert (result.summary.errors, result.summary.notes) == (3, 1)


def test_a_judge_who_changes_within_a_segment(tmp_path: Path) -> None:
    path = flat(tmp_path) / "label" / "S7.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([*lines[:2], lines[2].replace(",2,2,", ",3,2,"), *lines[3:]]), encoding="utf-8")
    one = only(tmp_path)
    assert (one.kind, one.where) == (FindingKind.LABEL_FILE_FAULTY, "label/S7.csv")
    assert "row 3, column Abnormal-Ada" in one.message


def test_frames_without_any_label_file(tmp_path: Path) -> None:
    media.write_still(GREY, frames(tmp_path / "S9").parent / "natural" / "S9.jpg")
    assert only(tmp_path).kind is FindingKind.PICTURE_WITHOUT_LABEL


def test_a_neutral_face_that_cannot_be_opened(release: Path) -> None:
    place = next(path for path in release.rglob("*7.jpg") if path.parent.name in ("natural", "ASD"))
    place.write_bytes(b"")
    one = only(release)
    assert (one.kind, one.severity) == (FindingKind.FILE_UNREADABLE, Severity.ERROR)
    assert one.where == place.relative_to(release).as_posix()


def test_aligned_faces_of_a_level_that_has_no_frames(tmp_path: Path) -> None:
    frames(by_group(tmp_path) / "Aligned Face" / "ASD" / "Participant-7" / "meal", (0, 1))
    one = only(tmp_path)
    assert (one.kind, one.video) == (FindingKind.PICTURE_WITHOUT_LABEL, "meal")
    assert one.where == "Aligned Face/ASD/Participant-7/meal"


def test_no_neutral_frame(release: Path) -> None:
    next(path for path in release.rglob("*7.jpg") if path.parent.name in ("natural", "ASD")).unlink()
    one = only(release)
    assert (one.kind, one.severity) == (FindingKind.NEUTRAL_MISSING, Severity.WARNING)
    assert "7" in (one.participant or "")


def test_no_folder_of_neutral_frames(tmp_path: Path) -> None:
    labels(tmp_path / "S7.csv")
    frames(tmp_path / "S7")
    one = only(tmp_path)
    assert (one.kind, one.participant) == (FindingKind.NEUTRAL_MISSING, None)


def test_a_label_file_of_one_of_several_videos(tmp_path: Path) -> None:
    by_group(tmp_path)
    path = tmp_path / "Label" / "ASD" / "Participant-7.csv"
    path.rename(path.with_name("Participant-7__play.csv"))
    labels(path.with_name("Participant-7__meal.csv"), (0, 1))
    for kind in ("Convert Frames", "Aligned Face"):
        # A video may be called like a child.
        frames(tmp_path / kind / "ASD" / "Participant-7" / "meal", (0, 1))
    result = check_dataset(tmp_path)
    assert result.findings == ()
    assert {(entry.participant, entry.video) for entry in result.segments} == {
        ("7", "play"), ("7", "meal"), ("12", None),
    }  # fmt: skip


def test_a_video_that_is_called_like_a_child(tmp_path: Path) -> None:
    by_group(tmp_path)
    for kind in ("Convert Frames", "Aligned Face"):
        folder = tmp_path / kind / "ASD" / "Participant-7"
        (folder / "play").rename(folder / "12")
    assert check_dataset(tmp_path).findings == ()


def test_other_tables_are_passed_over(release: Path) -> None:
    (release / "predictions.csv").write_text("frame,1,2,4\n1,0,0,1\n", encoding="utf-8")
    (release / "openface.csv").write_text("frame, AU01_r, AU02_r\n1,0,0\n", encoding="utf-8")
    (release / "notes.csv").write_bytes(b"\xff\xfe\x00")
    assert check_dataset(release).findings == ()


def test_what_is_no_data_set_is_refused(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "gone"):
        with pytest.raises(ProjectError, match="neither a project nor a folder with label files"):
            check_dataset(folder)


def test_it_stops_on_request(release: Path) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        check_dataset(release, cancel=token)
