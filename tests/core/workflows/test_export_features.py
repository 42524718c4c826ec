"""Features go out as plain tables that other programs read, without groups, and never over another file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from hrm_core.errors import InvalidFileError, NotFoundError, ProjectError
from hrm_core.faces.feature_file import FeatureNote, write_features
from hrm_core.records.face import Face, FrameFaces
from hrm_core.records.recording import Recording
from hrm_core.workflows.add_video import add_video
from hrm_core.workflows.export_features import export_features
from hrm_core.workflows.import_features import import_features
from hrm_core.workflows.project import FEATURES, Project
from tests.core.cli.conftest import Hrm, hrm
from tests.support.tool_files import openface_row, pyfeat_row, write_rows

__all__ = ["hrm"]


def _faces() -> list[FrameFaces]:
    """Synthetic faces: two in frame 0, none in frame 1, one in frame 2."""
    rng = np.random.default_rng(4)

    def face(score: float) -> Face:
        numbers = {"five": (5, 2), "points_2d": (106, 2), "points_3d": (68, 3), "pose": (3,), "eyes": (4, 2)}
        drawn = {name: rng.uniform(0, 60, shape).round(2) for name, shape in numbers.items()}
        return Face(rng.uniform(0, 60, 4).round(2), score, **drawn)

    return [
        FrameFaces(0, 0.0, (face(0.9), face(0.8)), 1, rng.uniform(size=(2, 3)), (1.0, 2.0, 30.0)),
        FrameFaces(1, 0.04),
        FrameFaces(2, 0.08, (face(0.7),), 0),
    ]


def _with_features(project: Project, film: Path, code: str = "S1") -> Recording:
    recording = add_video(project, code, film, name="play")
    who = project.store.people.participant(code)
    note = FeatureNote("synthetic", recording.fingerprint, 12, 64, 48, synthetic=True)
    write_features(project.face_path(FEATURES, who, recording), note, _faces())
    return recording


@pytest.mark.parametrize("parquet", [False, True])
@pytest.mark.parametrize("landmarks", [False, True])
def test_our_own_features(
    project: Project, film: Path, tmp_path: Path, parquet: bool, landmarks: bool
) -> None:
    _with_features(project, film)
    report = export_features(project, tmp_path / "out", parquet=parquet, landmarks=landmarks)
    (video,) = report.videos
    assert video.file is not None
    assert video.file.name == f"Participant-S1_play.{'parquet' if parquet else 'csv'}"
    table = pq.read_table(video.file).to_pandas() if parquet else pd.read_csv(video.file)
    assert (video.rows, video.columns) == table.shape
    assert table["frame"].tolist() == [0, 0, 1, 2]
    assert table["face"].tolist() == [0, 1, -1, 0]
    assert table["child"].tolist() == [False, True, False, True]
    assert table["time_s"].tolist() == [0, 0, 0.04, 0.08]
    frames = _faces()
    first = frames[0].faces[0]
    assert first.five is not None
    assert first.pose is not None
    assert first.points_3d is not None
    assert table.loc[0, ["left", "top", "right", "bottom"]].tolist() == pytest.approx(first.box.tolist())
    assert table.loc[0, ["five_0_x", "five_0_y"]].tolist() == pytest.approx(first.five[0].tolist())
    assert table.loc[0, ["pitch", "yaw", "roll"]].tolist() == pytest.approx(first.pose.tolist())
    assert table.loc[2].isna().sum() == table.shape[1] - 4
    wide = [name for name in table.columns if name.startswith(("p106_", "p68_"))]
    assert len(wide) == (106 * 2 + 68 * 3 if landmarks else 0)
    if landmarks:
        assert table.loc[0, "p68_67_z"] == pytest.approx(first.points_3d[67, 2])
    # What concerns our own pictures alone, and marks of people, stay here.
    assert not [name for name in table.columns if name.startswith(("align", "crop", "eyes"))]


def test_nobody_learns_a_group(project: Project, film: Path) -> None:
    _with_features(project, film)
    _with_features(project, film, "S2")
    report = export_features(project)
    files = [path for path in report.folder.rglob("*") if path.is_file()]
    assert sorted(path.name for path in files) == ["Participant-S1_play.csv", "Participant-S2_play.csv"]
    for path in files:
        text = f"{path.relative_to(project.folder)}\n{path.read_text()}"
        assert "ASD" not in text
        assert "TD" not in text


@pytest.mark.parametrize("parquet", [False, True])
def test_features_of_openface(project: Project, film: Path, tmp_path: Path, parquet: bool) -> None:
    add_video(project, "S1", film, name="play")
    rows = [openface_row(n, success=int(n != 2)) for n in range(1, 13)]
    import_features(project, "openface", write_rows(tmp_path / "o.csv", rows), participant="S1")
    (video,) = export_features(project, tmp_path / "out", source="openface", parquet=parquet).videos
    assert video.file is not None
    table = pq.read_table(video.file).to_pandas() if parquet else pd.read_csv(video.file)
    assert table["frame"].tolist() == list(range(12))
    assert table["time_s"].tolist() == pytest.approx([n / 25 for n in range(12)])
    assert table["success"].tolist() == [n != 1 for n in range(12)] == table["child"].tolist()
    for name in ("AU01_r", "AU28_c", "gaze_angle_x", "pose_Tx", "x_36", "y_67"):
        assert table[name].tolist() == pytest.approx([row[name] for row in rows])
    assert table["yaw"].tolist() == pytest.approx([np.degrees(-0.2)] * 12)
    assert table.loc[0, ["left", "right"]].tolist() == pytest.approx([10, 30])
    again = export_features(project, tmp_path / "small", source="openface", landmarks=False)
    assert again.videos[0].columns == len(table.columns) - 2 * 68


def test_features_of_pyfeat(project: Project, film: Path, tmp_path: Path) -> None:
    add_video(project, "S1", film, name="play")
    rows = [pyfeat_row(0), pyfeat_row(0, left=30.0, size=25.0), pyfeat_row(3)]
    file = write_rows(tmp_path / "p.csv", rows)
    import_features(project, "pyfeat", file, participant="S1", face="largest")
    (video,) = export_features(project, source="pyfeat").videos
    assert video.file is not None
    table = pd.read_csv(video.file)
    assert table["frame"].tolist() == [0, 0, 3]
    # The file says no times; the recording does.
    assert table["time_s"].tolist() == pytest.approx([0, 0, 0.12])
    assert table["child"].tolist() == [False, True, True]
    assert table.loc[0, ["pitch", "yaw", "roll", "AU43", "happiness"]].tolist() == [1, 3, 2, 0.75, 0.9]
    assert "clip_1.mp4" not in video.file.read_text()


def test_files_that_are_there_stay(project: Project, film: Path, tmp_path: Path) -> None:
    _with_features(project, film)
    _with_features(project, film, "S2")
    out = tmp_path / "out"
    out.mkdir()
    (out / "Participant-S2_play.csv").write_text("mine")
    with pytest.raises(ProjectError, match=r"Participant-S2_play\.csv is there already .*--again"):
        export_features(project, out)
    assert [path.name for path in out.iterdir()] == ["Participant-S2_play.csv"]
    assert export_features(project, out, participants=["S1"]).videos[0].rows == 4
    assert [video.rows for video in export_features(project, out, again=True).videos] == [4, 4]
    assert (out / "Participant-S2_play.csv").read_text() != "mine"


def test_features_of_another_file_are_not_exported(project: Project, film: Path, tmp_path: Path) -> None:
    recording = _with_features(project, film)
    who = project.store.people.participant("S1")
    note = FeatureNote("synthetic", "sha256:other", 12, 64, 48, synthetic=True)
    write_features(project.face_path(FEATURES, who, recording), note, _faces())
    (video,) = export_features(project, tmp_path / "out").videos
    assert video.file is None
    assert "were made from another file" in video.problem
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_written(project: Project, film: Path, tmp_path: Path) -> None:
    _with_features(project, film)
    (tmp_path / "out").write_text("a file")
    with pytest.raises(InvalidFileError, match="cannot be written"):
        export_features(project, tmp_path / "out")


def test_the_command(hrm: Hrm, project: Project, film: Path, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="S9"):
        export_features(project, participants=["S9"])
    for source in ("faces", "openface", "pyfeat"):
        said = hrm("export", "features", "--from", source, "-p", project.folder)
        assert (said.code, f"No recording has {source} features" in said.err) == (1, True)
    _with_features(project, film)
    add_video(project, "S2", film, name="other")
    said = hrm("export", "features", "-p", project.folder, "--into", tmp_path / "out", "--no-landmarks")
    assert said.code == 0
    assert "Wrote 1 table" in said.out
    assert "Participant S2, video 'other': nothing to export." in said.err
    said = hrm("export", "features", "-p", project.folder, "--format", "parquet", "--json")
    assert [video["rows"] for video in said.json["videos"]] == [4, 0]
