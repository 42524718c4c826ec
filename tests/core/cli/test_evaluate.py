"""``hrm evaluate au``: Table VII in the terminal, JSON for scripts, a report, one sentence when it cannot."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from hrm_core.exchange.held_out import write_held_out
from hrm_core.models.train.run_folder import FOLDER, new_run
from hrm_core.records.coding import FrameCoding
from hrm_core.records.detections import Detections
from hrm_core.workflows.project import open_project
from tests.core.cli.conftest import Hrm
from tests.support.synthetic_detections import synthetic_detections


def _two_children(folder: Path) -> Detections:
    """Two synthetic children of 12 frames whose codes are those of what is returned; folds 1 and 2."""
    from hrm_core.records.people import Participant
    from hrm_core.records.recording import Recording

    told = synthetic_detections(children=2, frames=12, folds=2, noise=0.3, actions=("AU1", "AU4", "AU12"))
    told.truth[:, 1] = 0
    with open_project(folder) as project:
        rater = project.store.people.ensure_rater("Ada")
        films = []
        for number in range(2):
            who = project.store.people.add_participant(Participant(0, f"K{number}", "TD", "F", 5.0 + number))
            films.append(project.store.recordings.add(Recording(0, who.id, f"film {number}", frame_count=12)))
        for row, frame in enumerate(told.frames.tolist()):
            coding = FrameCoding(rater.id, films[row // 12].id, frame)
            for place, key in enumerate(told.actions):
                if told.truth[row, place]:
                    coding = coding.with_code(key, 1)
            project.store.codings.save(coding)
    return replace(
        told, participants=("K0", "K1"), videos=("film 0", "film 1"), of_video=told.of_participant.copy()
    )


@pytest.fixture
def run(study: Path) -> str:
    """A finished run in the study we are in; its detections are synthetic."""
    told = _two_children(study)
    with new_run(study / FOLDER, "au", "resnet50", "smoke", name="run-1", synthetic=True) as folder:
        write_held_out(folder.path / "held-out.parquet", told)
        folder.set_state(state="finished")
    return "run-1"


def test_table_vii_is_printed(hrm: Hrm, run: str) -> None:
    said = hrm("evaluate", "au", run, "--replicates", 50, "--actions-from", 2)
    assert said.code == 0
    lines = said.out.splitlines()
    heads = next(line for line in lines if "fold 1" in line).split()
    assert heads == ["coded", "fold", "1", "fold", "1", "fold", "2", "fold", "2", "mean", "mean"]
    row = next(line for line in lines if line.startswith("AU12 ")).split()
    assert len(row) == 8
    assert float(row[6]) == pytest.approx((float(row[2]) + float(row[4])) / 2, abs=0.001)
    assert any(line.startswith("Mean 2+") for line in lines)
    assert "n/a, as no frame that is compared is coded with it: AU4." in said.out
    assert "Truth: the codes of Ada." in said.out
    assert "K0" not in said.out
    assert "There are 2 children only" in said.err


def test_json_holds_everything_and_the_report_is_written(hrm: Hrm, run: str, tmp_path: Path) -> None:
    words = ("evaluate", "au", run, "--replicates", 0, "--thresholds", "tuned", "--json")
    files = ("--report", tmp_path / "new", "--format", "latex", "--format", "csv")
    found = hrm(*words, *files).json
    (source,) = found["sources"]
    assert (source["label"], source["folds"], source["tuned"]) == ("run-1", ["1", "2"], True)
    assert [entry["action"] for entry in source["actions"]] == ["AU1", "AU4", "AU12"]
    assert source["actions"][1]["f1"]["value"] is None
    assert {Path(path).name for path in found["files"]} >= {"detection.tex", "table_vii.csv", "groups.csv"}
    refused = hrm(*words, *files)
    assert refused.code == 1
    assert "is there already" in refused.err


def test_a_csv_and_a_run_are_compared(hrm: Hrm, run: str, tmp_path: Path) -> None:
    (tmp_path / "csv").mkdir()
    for code in ("K0", "K1"):
        rows = "".join(f"{frame},0,1\n" for frame in range(12))
        (tmp_path / "csv" / f"{code}.csv").write_text(f"frame,1,12\n{rows}")
    found = hrm("evaluate", "au", run, tmp_path / "csv", "--replicates", 20, "--json").json
    (pair,) = found["comparisons"]
    assert (pair["first"], pair["second"], pair["frames"]) == ("run-1", "csv", 24)
    assert pair["actions"][0]["second"] == 0.0
    assert "run-1 minus csv" in hrm("evaluate", "au", run, tmp_path / "csv", "--replicates", 0).out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("nothing",), "Nothing here is called 'nothing'; there are: run-1, Ada"),
        (("run-1", "--rater", "Zoe"), "No rater named 'Zoe'"),
    ],
)
def test_what_cannot_be_done_is_one_line(hrm: Hrm, run: str, words: tuple[str, ...], message: str) -> None:
    said = hrm("evaluate", "au", *words)
    assert (said.code, said.out, len(said.err.splitlines())) == (1, "", 1)
    assert message in said.err


def test_wrong_use_is_told(hrm: Hrm, run: str) -> None:
    assert hrm("evaluate", "au", run, "--replicates", 1).code == 2
    assert hrm("evaluate", "au", run, "--format", "csv").code == 2
