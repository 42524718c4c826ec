"""``hrm import expressions``, ``hrm analyze expressions`` and ``run-expressions`` say what was done."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner, Result

from hrm_core.cli.analyze_expressions import expressions, run_expression_model
from hrm_core.errors import InvalidFileError
from hrm_core.records.code_table import CodeTable
from hrm_core.records.coded_frames import EXPRESSIONS
from hrm_core.records.columns import CODE_COLUMNS
from hrm_core.workflows.add_participant import add_participant
from hrm_core.workflows.add_video import add_video
from hrm_core.workflows.project import Project, create_project
from tests.core.cli.conftest import Hrm
from tests.core.workflows.test_run_expressions import SIZE, network
from tests.support.builders import tiny_video
from tests.support.drawn_faces import DiscDetector, disc_film, disc_places

app = typer.Typer()
app.command("expressions")(expressions)
app.command("run-expressions")(run_expression_model)


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Project]:
    with create_project(tmp_path / "study") as project:
        add_participant(project, "S1", group="ASD")
        recording = add_video(project, "S1", tiny_video(tmp_path / "play.mp4", 6))
        rater = project.store.people.ensure_rater("Ada")
        codes = np.zeros((4, len(CODE_COLUMNS)), np.uint8)
        codes[:2, CODE_COLUMNS.index("AU12")] = 1
        table = CodeTable(rater.id, recording.id, np.arange(4, dtype=np.int64), codes)
        project.store.codings.import_tables([table], actor_id=rater.id, reason="test")
        yield project


def analyze(*words: object) -> Result:
    return CliRunner().invoke(app, [*map(str, words)], env={"COLUMNS": "200"})


def table(path: Path, *names: str) -> Path:
    lines = ["participant,frame," + ",".join(EXPRESSIONS)]
    for frame, name in enumerate(names):
        lines.append(f"S1,{frame}," + ",".join(str(int(name == each)) for each in EXPRESSIONS))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_from_a_file_to_the_vote(hrm: Hrm, study: Project, tmp_path: Path) -> None:
    file = table(tmp_path / "a.csv", "happiness", "happiness", "happiness", "fear")
    done = hrm("import", "expressions", file, "--model", "poster", "-p", study.folder)
    assert (done.code, done.out.splitlines()[-1]) == (0, "Took in poster: 4 frames of 1 recording.")
    again = hrm("import", "expressions", file, "--model", "poster", "-p", study.folder, "--dry-run", "--json")
    assert (again.json["frames"], again.json["dry_run"]) == (4, True)
    shown = analyze("expressions", "-p", study.folder)
    assert shown.exit_code == 0
    assert "3 of 4" in shown.stdout
    assert "there is no vote" in shown.stderr
    said = json.loads(analyze("expressions", "-p", study.folder, "--json").stdout)
    assert (said["kept"], said["refused"]) == (3, 1)
    happy = next(each for each in said["counts"] if each["expression"] == "happiness")
    assert (happy["voted"], happy["refused"], happy["kept"]) == (3, 1, 2)


def test_nothing_is_kept(study: Project) -> None:
    shown = analyze("expressions", "-p", study.folder)
    assert (shown.exit_code, "hrm import expressions" in shown.stdout) == (0, True)


def test_words_that_contradict_each_other(hrm: Hrm, study: Project, tmp_path: Path) -> None:
    file = table(tmp_path / "a.csv", "fear")
    for words in ((), ("--model", "a", "--by-hand"), ("--by-hand", "--logits")):
        assert hrm("import", "expressions", file, "-p", study.folder, *words).code == 2
    refused = hrm("import", "expressions", file, "--model", "a", "--logits", "-p", study.folder)
    assert (refused.code, refused.err.count("\n")) == (1, 1)
    assert "leave --logits out" in refused.err


def test_a_network_is_run(study: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hrm_core.workflows.run_expressions.open_detector", DiscDetector)
    add_participant(study, "S2", group="TD")
    add_video(study, "S2", disc_film(tmp_path / "discs.mp4", disc_places(5)))
    words = (network(tmp_path / "net.onnx"), "--model", "poster", "--classes", "raf-db", "--size", SIZE)
    words = (*words, "--device", "cpu", "-p", study.folder)
    shown = analyze("run-expressions", *words, "--participant", "S2")
    assert (shown.exit_code, "poster: 1 recording looked at by ONNX Runtime" in shown.stdout) == (0, True)
    # The other child's video is too dark for a face.
    both = analyze("run-expressions", *words, "--json")
    assert both.exit_code == 1
    assert "S1, play: The child's face is in no frame" in both.stderr
    assert [video["there"] for video in json.loads(both.stdout)["videos"]] == [False, True]
    failed = analyze("run-expressions", tmp_path / "study", *words[1:])
    assert isinstance(failed.exception, InvalidFileError)
