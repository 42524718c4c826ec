"""``hrm predict`` says what it did, with what, and for whom its results are good."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hrm_core.media import write_still
from hrm_core.workflows import predict_actions
from tests.core.cli.conftest import Hrm
from tests.support.tiny_network import LIMITS, tiny_card, tiny_onnx, tiny_weights


@pytest.fixture(autouse=True)
def registered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weights = tiny_weights(tiny_onnx(tmp_path / "weights" / "tiny.onnx"))
    monkeypatch.setattr(predict_actions, "model_card", lambda name: tiny_card())
    monkeypatch.setattr(predict_actions, "registered_weights", lambda store, card: weights)


@pytest.fixture
def faces(tmp_path: Path) -> Path:
    for number in range(4):
        write_still(np.full((30, 30, 3), 50 * number, dtype=np.uint8), tmp_path / "faces" / f"{number}_0.jpg")
    return tmp_path / "faces"


def test_a_folder(hrm: Hrm, faces: Path, tmp_path: Path) -> None:
    out, csv = tmp_path / "p.parquet", tmp_path / "p.csv"
    said = hrm("predict", faces, "--model", "tiny", "--out", out, "--csv", csv)
    assert (said.code, said.err) == (0, "")
    assert "tiny looked at 4 frames in" in said.out
    assert "run by ONNX Runtime" in said.out
    assert f"4 frames in {out} and {csv}, " in said.out
    assert "at least as probable as the threshold on the model's card" in said.out
    assert "Learned from: nobody at all" in said.out
    assert all(said.out.count(f"Limit: {limit}") == 1 for limit in LIMITS)
    assert csv.read_text(encoding="utf-8").splitlines()[0] == "frame,1,19,27,43"
    again = hrm("predict", faces, "--model", "tiny", "--out", out, "--with-csv")
    assert again.code == 0
    assert "It was there already, of the same weights and pictures" in again.out
    assert "Learned from: nobody at all" in again.out


def test_json(hrm: Hrm, faces: Path, tmp_path: Path) -> None:
    said = hrm("predict", faces, "--model", "tiny", "--out", tmp_path / "p.parquet", "--json")
    assert said.code == 0
    assert said.json["model"] == "tiny"
    assert said.json["frames"] == 4
    assert said.json["frames_per_s"] > 0
    assert said.json["limits"] == list(LIMITS)
    assert said.json["videos"][0]["parquet"] == str(tmp_path / "p.parquet")
    dry = hrm("predict", faces, "--model", "tiny", "--out", tmp_path / "q.parquet", "--json", "--dry-run")
    assert (dry.json["dry_run"], dry.json["frames"]) == (True, 4)
    assert not (tmp_path / "q.parquet").exists()


def test_a_study(hrm: Hrm, study: Path) -> None:
    said = hrm("predict", "--model", "tiny")
    assert said.code == 1
    assert "Participant S1, video 'play time 1': There are no aligned faces of it" in said.err
    assert "Traceback" not in said.err
    folder = study / "Aligned Face" / "ASD" / "Participant-S1" / "play time 1"
    for number in range(3):
        write_still(np.full((30, 30, 3), 70 * number, dtype=np.uint8), folder / f"{number:06d}.jpg")
    dry = hrm("predict", "--model", "tiny", "--dry-run")
    assert dry.code == 0
    assert "Nothing was written. It would be 3 frames." in dry.out
    done = hrm("predict", "--project", study, "--participants", "S1", "--model", "tiny", "--with-csv")
    assert done.code == 0
    assert "tiny looked at 3 frames" in done.out
    assert "Frames without an aligned face are not in the files" in done.out
    beside = study / "AU Predictions" / "ASD" / "Participant-S1"
    assert sorted(file.name for file in beside.iterdir()) == ["play time 1.csv", "play time 1.parquet"]
    again = hrm("predict", "--model", "tiny")
    assert "It was there already" in again.out


def test_what_does_not_go_together_is_wrong_use(hrm: Hrm, faces: Path, tmp_path: Path) -> None:
    assert hrm("predict", faces, "--out", tmp_path / "p.parquet").code == 2
    assert hrm("predict", faces, "--model", "tiny").code == 2
    assert hrm("predict", faces, "--model", "tiny", "--out", "p.parquet", "--video", "play").code == 2
    assert hrm("predict", "--model", "tiny", "--out", "p.parquet").code == 2
    assert hrm("predict", faces, "--model", "tiny", "--out", "p.parquet", "--batch-size", "0").code == 2
    assert hrm("predict", faces, "--model", "tiny", "--out", "p.parquet", "--backend", "jax").code == 2


def test_no_file_to_write_to_is_told_in_one_line(hrm: Hrm, faces: Path) -> None:
    said = hrm("predict", faces, "--model", "tiny", "--out", ".", "--with-csv")
    assert (said.code, said.err.count("\n")) == (1, 1)
    assert "is a folder: name the file in it" in said.err


def test_a_video_file_is_refused_in_one_line(hrm: Hrm, film: Path, tmp_path: Path) -> None:
    said = hrm("predict", film, "--model", "tiny", "--out", tmp_path / "p.parquet")
    assert said.code == 1
    assert said.err.startswith("hrm: ")
    assert said.err.count("\n") == 1
    assert "hrm extract faces" in said.err
    assert not (tmp_path / "p.parquet").exists()
