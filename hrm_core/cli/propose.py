"""``hrm propose``: what the program would suggest; nothing is written."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from hrm_core.cli.options import JsonOption, ProjectOption, opened
from hrm_core.cli.output import done, print_json
from hrm_core.cli.progress_bar import terminal_progress
from hrm_core.workflows.add_video import recording_of
from hrm_core.workflows.propose_extent import propose_extent

__all__ = ["propose"]

propose = typer.Typer(no_args_is_help=True, help="Propose codes for a person to judge; nothing is written.")


@propose.callback()
def _propose() -> None:
    """Propose codes for a person to judge; nothing is written."""


@propose.command()
def extent(
    code: Annotated[str, typer.Argument(metavar="CODE", help="Code of the child.")],
    action: Annotated[str, typer.Option(metavar="KEY", help="Action, as AU12 or AD19.")],
    apex: Annotated[int, typer.Option(min=0, help="Frame in which it is strongest.")],
    by: Annotated[str, typer.Option(metavar="NAME", help="Rater who asks.")],
    video: Annotated[
        str | None, typer.Option("--video", help="Name of the video, if the child has several.")
    ] = None,
    project: ProjectOption = None,
    json: JsonOption = False,
) -> None:
    """Propose onset and offset of an action around its apex, and say why."""
    with opened(project) as study, terminal_progress() as progress:
        rater = study.store.people.rater(by)
        recording = recording_of(study, code, video)
        proposal = propose_extent(study, rater, recording, action.upper(), apex, progress=progress)
    if json:
        # JSON knows no NaN.
        values = [None if value != value else value for value in proposal.values.tolist()]
        print_json({**asdict(proposal), "values": values, "is_clear": proposal.is_clear})
        return
    done(f"{proposal.action}: onset {proposal.onset}, apex {proposal.apex}, offset {proposal.offset}.")
    done(proposal.reason)
