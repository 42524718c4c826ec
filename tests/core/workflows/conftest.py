"""A small study to work on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hrm_core.workflows.add_participant import add_participant
from hrm_core.workflows.project import Project, create_project
from tests.support.builders import tiny_video


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A study with the participants S1 (ASD) and S2 (TD), in a folder whose name trips programs."""
    with create_project(tmp_path / "我的 研究 #1") as project:
        add_participant(project, "S1", group="ASD")
        add_participant(project, "S2", group="TD")
        yield project


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A video of twelve frames; nobody may change it."""
    return tiny_video(tmp_path_factory.mktemp("film") / "play time.mp4")
