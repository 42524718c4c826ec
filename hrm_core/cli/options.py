"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hrm_core.workflows.project import Project, find_project, open_project

__all__ = ["HumanOnlyOption", "JsonOption", "ProjectOption", "opened"]

ProjectOption = Annotated[
    Path | None,
    typer.Option(
        "--project",
        "-p",
        metavar="FOLDER",
        help="Project folder. \\[default: the one you are in]",
        show_default=False,
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]
HumanOnlyOption = Annotated[
    bool,
    typer.Option(
        "--human-only",
        help="Leave out frames on which a model's suggestions were accepted or corrected, as if uncoded.",
    ),
]


def opened(folder: Path | None) -> Project:
    """The project named with ``--project``, or the one that the current folder is in."""
    return open_project(folder if folder is not None else find_project(Path.cwd()))
