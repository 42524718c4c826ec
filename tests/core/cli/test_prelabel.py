"""``hrm prelabel`` says what it did, with what, what is missing, and what it is good for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hrm_core.workflows.add_participant import add_participant
from hrm_core.workflows.add_video import add_video
from hrm_core.workflows.project import create_project
from tests.core.cli.conftest import Hrm
from tests.support.drawn_faces import disc_film, disc_places
from tests.support.prelabel_process import registered_as
from tests.support.tiny_network import LIMITS, TINY, tiny_onnx


@pytest.fixture
def filmed(tmp_path: Path) -> Iterator[Path]:
    """A study of two videos, in the second of which nobody is to be seen, and the synthetic network."""
    with create_project(tmp_path / "study") as project:
        for code, places in (("1", disc_places(12)), ("2", [[]] * 5)):
            add_participant(project, code, group="ASD")
            add_video(project, code, disc_film(tmp_path / f"film{code}.mp4", places))
    with registered_as(tiny_onnx(tmp_path / "weights" / "tiny.onnx")):
        yield tmp_path / "study"


def test_it_tells_what_was_done_and_for_whom_it_is_good(hrm: Hrm, filmed: Path) -> None:
    dry = hrm("prelabel", "--model", TINY, "-p", filmed, "--dry-run")
    assert dry.code == 0
    assert "Nothing was written. It would be 17 frames." in dry.out
    said = hrm("prelabel", "--model", TINY, "-p", filmed, "--batch-size", 3)
    assert said.code == 0
    assert "Run 1: tiny looked at 17 frames in" in said.out
    assert "run by ONNX Runtime" in said.out
    assert "Participant 2, video 'film2': the child's face is in none of these frames" in said.err
    assert "Learned from: nobody at all" in said.out
    assert all(said.out.count(f"Limit: {limit}") == 1 for limit in LIMITS)
    again = hrm("prelabel", "--model", TINY, "-p", filmed)
    assert (again.code, again.err) == (0, "")
    assert "Nothing was to be done" in again.out


def test_json_and_a_choice_of_children(hrm: Hrm, filmed: Path) -> None:
    said = hrm("prelabel", "--model", TINY, "-p", filmed, "--participants", "1", "--json")
    assert said.code == 0
    (video,) = said.json["videos"]
    assert (video["participant"], video["frames"], video["faceless"]) == ("1", 12, 0)
    assert (said.json["run"], said.json["model"]) == (1, TINY)
    (filmed / "Origin Videos" / "ASD" / "Participant-1" / "film1.mp4").unlink()
    gone = hrm("prelabel", "--model", TINY, "-p", filmed)
    assert gone.code == 1
    assert "is not where it was" in gone.err


def test_wrong_use(hrm: Hrm, filmed: Path) -> None:
    assert hrm("prelabel", "-p", filmed).code == 2
    before = hrm("prelabel", "-p", filmed, "--model", TINY, "fit")
    assert before.code == 2
    assert "stands before fit" in " ".join(before.err.replace("│", " ").split())
    clips = hrm("prelabel", "-p", filmed, "--model", TINY, "--clips-only")
    assert (clips.code, "these videos have no clips" in clips.out) == (0, True)
    cuda = hrm("prelabel", "--model", TINY, "-p", filmed, "--device", "cuda")
    assert cuda.code in (0, 1)
    if cuda.code:
        assert "CUDAExecutionProvider is not part of the installed ONNX Runtime" in cuda.err
        assert "Traceback" not in cuda.err


def test_no_child_named_is_not_all_children(hrm: Hrm, filmed: Path) -> None:
    said = hrm("prelabel", "--model", "demo_starter", "--participants", "", "--project", filmed)
    assert said.code == 2
    assert "name a child, or leave it out for all" in " ".join(said.err.split())


def test_ctrl_c_says_how_to_go_on(hrm: Hrm, filmed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("hrm_core.workflows.prelabel.prelabel", stopped)
    said = hrm("prelabel", "--model", "demo_starter", "--project", filmed)
    assert said.code == 130
    assert "the same command goes on from there" in " ".join(said.err.split())
