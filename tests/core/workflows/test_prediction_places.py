"""Where predictions go: no file of anybody's is lost, and none is left that belongs to others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hrm_core.errors import InvalidFileError, ProjectError
from hrm_core.exchange import predictions
from hrm_core.exchange.predictions import read_prediction_csv, read_predictions
from hrm_core.workflows import predict_actions
from hrm_core.workflows.add_video import add_video
from hrm_core.workflows.predict_actions import PredictOptions, predict_folder, predict_study
from hrm_core.workflows.project import Project
from tests.core.workflows.test_predict_actions import (
    extracted,
    faces_in,
    names_below,
    path_of,
    registered,  # noqa: F401 - a fixture
)
from tests.support.tiny_network import TINY


@pytest.mark.usefixtures("registered")
def test_no_other_file_is_lost(tmp_path: Path) -> None:
    folder, out = faces_in(tmp_path / "faces", [0, 1]), tmp_path / "p.parquet"
    with pytest.raises(ProjectError, match=r"p\.parquet must end in \.csv"):
        predict_folder(folder, TINY, out, csv=folder / ".." / "p.parquet")
    picture = (folder / "0_0.png").read_bytes()
    forced = PredictOptions(force=True)
    with pytest.raises(ProjectError, match=r"0_0\.png must end in \.parquet"):
        predict_folder(folder, TINY, folder / "0_0.png", options=forced)
    with pytest.raises(ProjectError, match=r"0_0\.png must end in \.csv"):
        predict_folder(folder, TINY, out, csv=folder / "0_0.png", options=forced)
    assert (folder / "0_0.png").read_bytes() == picture
    predict_folder(folder, TINY, out)
    labels = tmp_path / "labels.csv"
    labels.write_text("frame,1\n0,1\n", encoding="utf-8")
    with pytest.raises(ProjectError, match=r"labels\.csv is there already: use --force"):
        predict_folder(folder, TINY, out, csv=labels)
    assert labels.read_text(encoding="utf-8") == "frame,1\n0,1\n"
    # What is ours already may be written once more.
    for _ in range(2):
        assert predict_folder(folder, TINY, out, csv=tmp_path / "p.csv").videos[0].there


@pytest.mark.usefixtures("registered")
def test_a_place_that_refuses_is_told_before_the_work(
    project: Project, film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = faces_in(tmp_path / "faces", [0, 1])
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setattr(predict_actions, "open_runner", None)
    with pytest.raises(ProjectError, match="is a folder: name the file in it"):
        predict_folder(folder, TINY, tmp_path, options=PredictOptions(force=True))
    for place in ("file/p.parquet", "file/new/p.parquet"):
        with pytest.raises(InvalidFileError, match=r"p\.parquet cannot be written: allow writing"):
            predict_folder(folder, TINY, tmp_path / place)
        with pytest.raises(InvalidFileError, match=r"p\.parquet cannot be written: allow writing"):
            predict_folder(folder, TINY, tmp_path / "p.parquet", csv=tmp_path / place)
    add_video(project, "S1", film)
    extracted(project, "S1")
    (project.folder / "AU Predictions").write_text("no folder")
    assert "cannot be written: allow writing" in predict_study(project, TINY).videos[0].problem


@pytest.mark.usefixtures("registered")
def test_where_the_csv_cannot_be_written_nothing_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, out = faces_in(tmp_path / "faces", [0, 1]), tmp_path / "out" / "p.parquet"

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(predictions, "write_whole", full)
    with pytest.raises(InvalidFileError, match=r"p\.csv cannot be written \(No space left"):
        predict_folder(folder, TINY, out, csv=tmp_path / "p.csv")
    assert names_below(tmp_path / "out") == []


@pytest.mark.usefixtures("registered")
def test_a_csv_is_never_left_beside_other_probabilities(project: Project, film: Path) -> None:
    add_video(project, "S1", film)
    extracted(project, "S1")
    predict_study(project, TINY, csv=True)
    extracted(project, "S1", seed=9)
    # Nobody asks for the CSV this time.
    predict_study(project, TINY)
    told = read_predictions(path_of(project, "S1"))
    present = read_prediction_csv(path_of(project, "S1").with_suffix(".csv"))[2]
    assert np.array_equal(present, told.present)
