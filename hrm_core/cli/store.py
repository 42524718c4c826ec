"""``hrm store verify | backup | restore``: all of them work while the project is in use."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hrm_core.cli.options import JsonOption, ProjectOption, opened
from hrm_core.cli.output import done, print_json
from hrm_core.workflows import back_up
from hrm_core.workflows.project import find_project, is_store_lost, restore_lost_store

__all__ = ["store"]

store = typer.Typer(no_args_is_help=True, help="Check, back up and restore the labels.")


@store.command()
def verify(project: ProjectOption = None, json: JsonOption = False) -> None:
    """Check the file, and that the history explains every label; exit 1 if not."""
    with opened(project) as study:
        result = back_up.verify(study)
    if json:
        print_json(
            {
                "sound": result.sound,
                "frames": result.frames,
                "revisions": result.revisions,
                "findings": result.findings,
            }
        )
    elif result.sound:
        done(f"Sound: {result.frames} coded frames, explained by {result.revisions} history entries.")
    else:
        for finding in result.findings:
            done(finding)
        done("Not sound: keep the project as it is, and go back with hrm store restore.")
    if not result.sound:
        raise typer.Exit(1)


@store.command()
def backup(
    list_: Annotated[bool, typer.Option("--list", help="List the backups there are.")] = False,
    project: ProjectOption = None,
) -> None:
    """Copy the labels into the project's backup folder; old copies are thinned out."""
    with opened(project) as study:
        if list_:
            for path in back_up.backups(study):
                done(str(path))
            return
        done(f"Backed up to {back_up.back_up(study)}.")


@store.command()
def restore(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="Backup file. \\[default: the newest]")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    project: ProjectOption = None,
) -> None:
    """Go back to a backup; what is there now is backed up first."""
    folder = project if project is not None else find_project(Path.cwd())
    if not yes and is_store_lost(folder):
        typer.confirm("The labels are gone or damaged. Put a backup in their place?", abort=True)
    rescued = restore_lost_store(folder, file)
    if rescued is not None:
        done(f"Restored {rescued[0]}.")
        done(f"What is left of the damaged files is in {rescued[1]}.")
        return
    with opened(project) as study:
        if not yes:
            newest = back_up.backups(study)[-1:]
            chosen = file or (newest[0] if newest else "the newest backup")
            typer.confirm(f"Replace all labels of {study.settings.name} by {chosen}?", abort=True)
        restored, safety = back_up.restore(study, file)
        done(f"Restored {restored}.")
        done(f"The labels as they were before are in {safety}.")
