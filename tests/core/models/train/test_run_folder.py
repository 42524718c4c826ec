from __future__ import annotations

import errno
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import pytest

from hrm_core.errors import Cancelled, InvalidFileError, NotFoundError, ProjectError, UserError
from hrm_core.models.train import run_folder
from hrm_core.models.train.run_folder import RunFolder, list_runs, new_run, open_run, resumed_run, survey_runs

_AT_WORK = """
import sys, time
from pathlib import Path
from hrm_core.models.train.run_folder import new_run
with new_run(Path(sys.argv[1]), "au", "resnet50", "smoke", name="mine") as run:
    run.write_rows("curves.csv", [{"epoch": 1, "loss": 0.5}])
    print("ready", flush=True)
    time.sleep(60)
"""


@contextmanager
def _another_program(root: Path) -> Iterator[subprocess.Popen[str]]:
    """A program that holds the run ``mine``."""
    with subprocess.Popen(
        [sys.executable, "-c", _AT_WORK, str(root)], stdout=subprocess.PIPE, text=True
    ) as other:
        try:
            assert other.stdout is not None
            assert other.stdout.readline() == "ready\n"
            yield other
        finally:
            other.kill()


def _finished(root: Path, name: str | None = None) -> Path:
    with new_run(root, "au", "resnet50", "smoke", name=name) as run:
        return run.path


def test_a_run_is_marked_by_how_it_ends(tmp_path: Path) -> None:
    _finished(tmp_path, "good")
    with pytest.raises(Cancelled), new_run(tmp_path, "au", "resnet50", "smoke", name="asked"):
        raise Cancelled("Stopped on request.")
    with pytest.raises(KeyboardInterrupt), new_run(tmp_path, "au", "resnet50", "smoke", name="keys"):
        raise KeyboardInterrupt
    with pytest.raises(UserError), new_run(tmp_path, "au", "resnet50", "smoke", name="lost"):
        raise UserError("The loss is not a number.")
    with pytest.raises(ZeroDivisionError), new_run(tmp_path, "au", "resnet50", "smoke", name="ours"):
        raise ZeroDivisionError("what only we should see")

    found = {run.name: run for run in list_runs(tmp_path)}

    assert {name: run.state for name, run in found.items()} == {
        "good": "finished", "asked": "stopped", "keys": "stopped", "lost": "failed", "ours": "failed",
    }  # fmt: skip
    assert found["lost"].problem == "The loss is not a number."
    assert found["ours"].problem == "ZeroDivisionError in this program"
    assert all(run.ended >= run.started for run in found.values())


def test_a_state_that_was_set_stays(tmp_path: Path) -> None:
    with new_run(tmp_path, "au", "resnet50", "smoke", name="mine") as run:
        run.set_state(state="finished", headline={"mean_f1": 0.8})

    assert open_run(tmp_path, "mine")[0].headline == {"mean_f1": 0.8}
    assert open_run(tmp_path, "mine")[0].state == "finished"


def test_runs_are_numbered(tmp_path: Path) -> None:
    names = [_finished(tmp_path).name for _ in range(3)]

    assert names == [f"au-resnet50-smoke-{number}" for number in (1, 2, 3)]


def test_a_name_is_taken_once(tmp_path: Path) -> None:
    _finished(tmp_path, "mine")

    with pytest.raises(ProjectError, match="There is a run mine already: go on with --resume mine"):
        _finished(tmp_path, "mine")
    assert open_run(tmp_path, "mine")[0].state == "finished"


@pytest.mark.parametrize(
    "name", ["", "../mine", "a/b", "a\\b", ".mine", "nul", "COM1.x", "mine.", "a" * 101, "a\nb"]
)
def test_a_name_must_be_that_of_a_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(ProjectError, match="cannot be called"):
        _finished(tmp_path / "runs", name)
    with pytest.raises(ProjectError, match="cannot be called"):
        open_run(tmp_path / "runs", name)
    assert not (tmp_path / "mine").exists()


def test_an_unknown_run_is_answered_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="hrm train au"):
        open_run(tmp_path, "mine")
    _finished(tmp_path, "yours")

    with pytest.raises(NotFoundError, match="there are yours"):
        open_run(tmp_path, "mine")
    with pytest.raises(NotFoundError, match="there are yours"), resumed_run(tmp_path, "mine"):
        pass


def test_no_two_programs_are_at_one_run(tmp_path: Path) -> None:
    with _another_program(tmp_path):
        assert [run.state for run in list_runs(tmp_path)] == ["running"]
        with pytest.raises(ProjectError, match="Another program is at the run mine"):
            _finished(tmp_path, "mine")
        with pytest.raises(ProjectError, match="Another program"), resumed_run(tmp_path, "mine"):
            pass
        assert open_run(tmp_path, "mine")[0].state == "running"


def test_a_killed_program_leaves_a_stopped_run_that_goes_on(tmp_path: Path) -> None:
    with _another_program(tmp_path) as other:
        other.send_signal(signal.SIGKILL if sys.platform != "win32" else signal.SIGTERM)
        other.wait(10)
    assert open_run(tmp_path, "mine")[0].state == "stopped"

    with resumed_run(tmp_path, "mine") as run:
        assert open_run(tmp_path, "mine")[0].state == "running"
        run.write_rows("curves.csv", [*run.read_rows("curves.csv"), {"epoch": 2, "loss": 0.25}])

    summary, run = open_run(tmp_path, "mine")
    assert summary.state == "finished"
    assert run.read_rows("curves.csv") == [{"epoch": "1", "loss": "0.5"}, {"epoch": "2", "loss": "0.25"}]


def test_what_a_program_left_that_was_killed_at_once_is_taken_over(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / ".lock").touch()
    (tmp_path / "mine" / ".run-1234.part").write_text("{")
    assert list_runs(tmp_path) == []

    _finished(tmp_path, "mine")

    assert [run.name for run in list_runs(tmp_path)] == ["mine"]


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("not a run")

    with pytest.raises(ProjectError, match="already"):
        _finished(tmp_path, "mine")
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["notes.txt"]


def test_seconds_are_summed_over_sessions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(run_folder.time, "monotonic", lambda: now[0])
    with suppress(Cancelled), new_run(tmp_path, "au", "resnet50", "smoke", name="mine"):
        now[0] += 40
        raise Cancelled("Stopped on request.")
    now[0] = 7.0
    with resumed_run(tmp_path, "mine"):
        now[0] += 5

    assert open_run(tmp_path, "mine")[0].seconds == 45


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[]", '"x"', "\x00", '{"format": "hrm-run 1"}', '{"format": "hrm-run 2"}',
        '{"format": "hrm-run 1", "name": "x", "kind": "au", "network": "gru", "preset": 1}',
        '{"format": "hrm-run 1", "name": "x", "kind": "au", "network": "gru", "preset": "", "state": "?", '
        '"started": "2"}',
    ],
)  # fmt: skip
def test_a_damaged_run_is_told_in_one_sentence_and_the_others_are_listed(tmp_path: Path, text: str) -> None:
    _finished(tmp_path, "good")
    damaged = _finished(tmp_path, "bad")
    (damaged / "run.json").write_text(text)

    runs, problems = survey_runs(tmp_path)

    assert [run.name for run in runs] == ["good"]
    (problem,) = problems
    assert "bad" in problem
    assert "\n" not in problem
    with pytest.raises(InvalidFileError):
        open_run(tmp_path, "bad")


def test_a_renamed_folder_is_called_as_it_is_now(tmp_path: Path) -> None:
    _finished(tmp_path, "old").rename(tmp_path / "new")

    assert open_run(tmp_path, "new")[0].name == "new"


def test_figures_that_are_none_become_null(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.write_json("metrics", {"f1": float("nan"), "folds": [np.float32(0.5), np.inf], "n": np.arange(2)})

    assert json.loads((tmp_path / "metrics.json").read_text()) == {
        "f1": None, "folds": [0.5, None], "n": [0, 1],
    }  # fmt: skip


def test_half_a_line_is_no_row(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.write_rows("curves.csv", [{"epoch": epoch, "loss": 1 / epoch} for epoch in (1, 2, 4)])
    whole = (tmp_path / "curves.csv").read_bytes()
    for cut in range(1, len(b"4,0.25\n")):
        (tmp_path / "curves.csv").write_bytes(whole[:-cut])
        assert [row["epoch"] for row in folder.read_rows("curves.csv")] == ["1", "2"]
    (tmp_path / "curves.csv").write_text("epo")
    assert folder.read_rows("curves.csv") == []


def test_a_full_disk_is_told_and_earlier_files_are_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with (
        suppress(InvalidFileError),
        new_run(tmp_path, "au", "resnet50", "smoke", name="mine") as run,
        monkeypatch.context() as patch,
    ):
        run.write_json("metrics", {"mean_f1": 0.5})
        run.write_rows("curves.csv", [{"epoch": 1}])
        patch.setattr("os.fsync", refuse)
        with pytest.raises(InvalidFileError, match="free some space and go on with --resume mine"):
            run.write_rows("curves.csv", [{"epoch": 2}])
        run.write_json("metrics", {"mean_f1": 0.6})

    summary, run = open_run(tmp_path, "mine")
    assert summary.state == "failed"
    assert "No space left" in summary.problem
    assert run.read_json("metrics") == {"mean_f1": 0.5}
    assert run.read_rows("curves.csv")[0] == {"epoch": "1"}


def test_a_place_where_nobody_may_write_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(ProjectError, match="allow writing there and run this again"):
        _finished(tmp_path)
