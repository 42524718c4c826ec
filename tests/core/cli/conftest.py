"""Type commands and read what they say."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer.main

from hrm_core.cli import main
from hrm_core.cli.main import run
from tests.support.builders import tiny_video


@dataclass(frozen=True)
class Said:
    """How a command ended and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed with ``--json``."""
        return json.loads(self.out)


Hrm = Callable[..., Said]


@cache
def _tree() -> object:
    """The argument tree; made once, because making it takes longer than most commands."""
    return typer.main.get_command(main.app)


@pytest.fixture
def hrm(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Hrm:
    """The command ``hrm`` with these words."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(main, "app", _tree())

    def typed(*words: object) -> Said:
        monkeypatch.setattr(sys, "argv", ["hrm", *map(str, words)])
        capfd.readouterr()
        code: object = 0
        try:
            run()
        except SystemExit as end:
            code = end.code
        assert isinstance(code, int | None)
        return Said(code or 0, *capfd.readouterr())

    return typed


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A video of twelve frames; nobody may change it."""
    return tiny_video(tmp_path_factory.mktemp("film") / "play time 1.mp4")


@pytest.fixture
def study(hrm: Hrm, film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A study with one child and one video, in whose folder we are."""
    folder = tmp_path / "儿童 study 1"
    assert hrm("init", folder).code == 0
    monkeypatch.chdir(folder)
    assert hrm("add", "participant", "S1", "--group", "ASD", "--sex", "F", "--age", "4.5").code == 0
    assert hrm("add", "video", "S1", film, "--clip", "0-5", "--clip", "6-11").code == 0
    return folder
