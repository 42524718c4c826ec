"""Processes that suggest codes are killed, or run at once: what is stored is exact and there once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from hrm_core.workflows.add_participant import add_participant
from hrm_core.workflows.add_video import add_video
from hrm_core.workflows.project import create_project, open_project
from tests.support.drawn_faces import disc_film, disc_places
from tests.support.prelabel_process import prelabel_here
from tests.support.tiny_network import ACTIONS, tiny_onnx

FRAMES, GAP = 700, range(300, 340)

pytestmark = pytest.mark.slow


def study_in(folder: Path, film: Path) -> Path:
    with create_project(folder, synthetic=True) as project:
        add_participant(project, "1", group="ASD")
        add_video(project, "1", film)
    return folder


def begun(study: Path, network: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.support.prelabel_process", str(study), str(network)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def killed_at(study: Path, network: Path, step: str, told: int) -> None:
    """Run until it has said so many lines within a step, and kill it there."""
    with begun(study, network) as process:
        assert process.stdout is not None
        here, count = False, 0
        for line in process.stdout:
            here = line.startswith(f"begun {step}") if line.startswith("begun") else here
            count += here
            if count == told:
                break
        assert count == told, "it ended before it could be killed"
        process.kill()
        process.wait()


def stored(study: Path) -> dict[str, NDArray[np.float64]]:
    """What each model says: a row for each frame, checked to be there once."""
    with open_project(study) as project:
        (recording,) = (recording for _, recording in project.recordings())
        found = {}
        for run in project.store.model_runs.all():
            said = project.store.model_runs.probabilities(run.id, recording.id)
            values = said.probabilities[:, ~np.isnan(said.probabilities).all(axis=0)]
            assert values.shape == (FRAMES - len(GAP), len(ACTIONS))
            assert said.frames.tolist() == [frame for frame in range(FRAMES) if frame not in GAP]
            spans = project.store.suggestions.blocks(run.id, recording.id)
            covered = [frame for first, last, _ in spans for frame in range(first, last + 1)]
            assert covered == list(range(FRAMES))
            assert project.store.suggestions.faceless(run.id, recording.id) == len(GAP)
            assert run.model not in found
            found[run.model] = values
    assert not list(study.glob(".prelabel*.lock"))
    return found


def test_killed_again_and_again_two_at_once_and_two_models(tmp_path: Path) -> None:
    film = disc_film(tmp_path / "film.mp4", disc_places(FRAMES, gap=GAP))
    one, other = tiny_onnx(tmp_path / "one.onnx"), tiny_onnx(tmp_path / "other.onnx", 2.0)
    whole = study_in(tmp_path / "whole", film)
    for network in (one, other):
        prelabel_here(whole, network)
    wanted = stored(whole)

    # Killed while faces are looked for, then while codes are suggested, twice: it goes on each time.
    killed = study_in(tmp_path / "killed", film)
    killed_at(killed, one, "Looking for faces", 300)
    killed_at(killed, one, "Suggesting codes", 80)
    killed_at(killed, one, "Suggesting codes", 70)
    report = prelabel_here(killed, one)
    assert 0 < report.videos[0].there < FRAMES
    assert np.abs(stored(killed)["one"] - wanted["one"]).max() <= 1e-5

    # Two programs with the same model, two with another, all at once on a study without faces.
    busy = study_in(tmp_path / "busy", film)
    programs = [begun(busy, network) for network in (one, one, other, other)]
    said = [program.communicate(timeout=120)[0].splitlines()[-1] for program in programs]
    assert [program.returncode for program in programs] == [0] * 4
    for pair in (said[:2], said[2:]):
        assert sum("Another program is making these suggestions now" in line for line in pair) <= 1
    found = stored(busy)
    assert found.keys() == {"one", "other"}
    for name, values in found.items():
        assert np.abs(values - wanted[name]).max() <= 1e-5
