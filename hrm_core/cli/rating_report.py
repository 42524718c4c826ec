"""``hrm rating report``: what a session of ratings came to, as a report to go with a paper."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hrm_core.cli.options import JsonOption, ProjectOption, opened
from hrm_core.cli.output import counted, done, note, print_json
from hrm_core.cli.progress_bar import terminal_progress
from hrm_core.cli.rating import rating
from hrm_core.cli.rating_results import UnfinishedOption
from hrm_core.cli.reliability import Format

__all__ = ["report"]


@rating.command("report")
def report(
    session: Annotated[str, typer.Argument(metavar="SESSION", help="Name of the session.")],
    out: Annotated[Path, typer.Option("--out", metavar="FOLDER", help="Where the report is written.")] = Path(
        "Ratings"
    ),
    formats: Annotated[
        list[Format] | None,
        typer.Option("--format", help="Only these kinds; may be given several times.", show_default=False),
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Replace a report that is there.")] = False,
    replicates: Annotated[
        int, typer.Option(min=0, max=100_000, help="Resamples of the children; 0 for no such intervals.")
    ] = 2000,
    seed: Annotated[int, typer.Option(min=0, help="Of the resampling: same seed, same intervals.")] = 0,
    level: Annotated[float, typer.Option(min=0.5, max=0.999, help="Of all intervals.")] = 0.95,
    unfinished: UnfinishedOption = False,
    project: ProjectOption = None,
    json: JsonOption = False,
) -> None:
    """Write the report of a session: agreement, the judges, who was blind, the clips, and the methods.

    No child, group, recording or file is named in it. Those who still are to rate should not read it.
    """
    from hrm_core.workflows.measure_ratings import ResultOptions, measure_ratings, require_rated
    from hrm_core.workflows.write_rating_report import require_room, write_rating_report

    if replicates == 1:
        raise typer.BadParameter("one resample makes no interval: take 2000, or 0 for none")
    kinds = [kind.value for kind in formats or list(Format)]
    require_room(out, kinds, replace=replace)
    with opened(project) as study, terminal_progress() as progress:
        require_rated(study, session, unfinished=unfinished)
        found = measure_ratings(study, session, ResultOptions(level, replicates, seed), progress=progress)
        written = write_rating_report(found, out, kinds, replace=replace, progress=progress)
    for sentence in found.warnings:
        note(sentence)
    if json:
        names = [judge.name for judge in found.judges]
        print_json({"files": written, "session": found.session, "judges": names, "warnings": found.warnings})
        return
    rated = sum(clip.mean is not None for clip in found.clips)
    done(
        f"{found.session}: {counted(rated, 'clip')} rated by {counted(len(found.judges), 'judge')}. "
        f"The report is in {out} ({counted(len(written), 'file')})."
    )
