"""``hrm evaluate``: how well detectors find what a rater coded."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from hrm_core.cli.options import JsonOption, ProjectOption, opened
from hrm_core.cli.output import counted, done, print_json
from hrm_core.cli.progress_bar import terminal_progress
from hrm_core.cli.reliability import Format

__all__ = ["evaluate"]

evaluate = typer.Typer(help="Evaluate detectors of actions against a rater's codes.", no_args_is_help=True)


class Thresholds(StrEnum):
    """Where thresholds come from."""

    FIXED = "fixed"
    TUNED = "tuned"


def _enough(replicates: int) -> int:
    if replicates == 1:
        raise typer.BadParameter("1 resample gives no interval: take 2000, or 0 for none.")
    return replicates


SourcesArgument = Annotated[
    list[str],
    typer.Argument(
        metavar="SOURCE [MORE...]",
        help="A run of hrm train au; openface, pyfeat, pyfeat:0.4, run:3 or a rater, as hrm reliability "
        "sources lists them; a model whose predictions hrm predict wrote into the study; a CSV of "
        "predictions or a folder of them, named by participant as label files are (S7.csv).",
        show_default=False,
    ),
]
RaterOption = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Whose codes are the truth. \\[default: on whose the runs were trained, or the only rater]",
        show_default=False,
    ),
]
ThresholdsOption = Annotated[
    Thresholds,
    typer.Option(help="As the source has them (0.5), or tuned by action on children of the other folds."),
]
ActionsFromOption = Annotated[
    int,
    typer.Option(
        "--actions-from", metavar="N", min=1, help="A second mean: actions with N positive frames or more."
    ),
]
ReplicatesOption = Annotated[
    int,
    typer.Option(
        min=0, max=100_000, callback=_enough, help="Bootstrap resamples of children; 0 for no intervals."
    ),
]
SeedOption = Annotated[int, typer.Option(min=0, help="Of resamples and of folds made for thresholds.")]
LevelOption = Annotated[float, typer.Option(min=0.5, max=0.999, help="Of all intervals.")]
ReportOption = Annotated[
    Path | None,
    typer.Option("--report", metavar="FOLDER", help="Write a report there.", show_default=False),
]
FormatsOption = Annotated[
    list[Format] | None,
    typer.Option("--format", help="Only these kinds; may be given several times.", show_default=False),
]
ReplaceOption = Annotated[bool, typer.Option("--replace", help="Replace a report that is there.")]


@evaluate.callback()
def main() -> None:
    """Evaluate detectors of actions against a rater's codes."""


@evaluate.command("au")
def actions(
    sources: SourcesArgument,
    rater: RaterOption = None,
    thresholds: ThresholdsOption = Thresholds.FIXED,
    actions_from: ActionsFromOption = 50,
    replicates: ReplicatesOption = 2000,
    seed: SeedOption = 0,
    level: LevelOption = 0.95,
    report: ReportOption = None,
    formats: FormatsOption = None,
    replace: ReplaceOption = False,
    project: ProjectOption = None,
    json: JsonOption = False,
) -> None:
    """Show F1 and accuracy of each action in each fold, intervals, calibration, and gaps between groups.

    Compared are frames that the rater coded and of which the source says something. Several sources are
    compared with one another on the frames and actions that both have. Tuned thresholds have the highest F1
    on the children of the other folds; for a source without folds, folds by person are made for that alone.
    Groups of children are told apart: not for raters who are to stay blind.
    """
    from hrm_core.cli.evaluate_tables import print_evaluation
    from hrm_core.records.detection_results import DetectionOptions
    from hrm_core.workflows.evaluate_actions import evaluate_actions
    from hrm_core.workflows.write_detection_report import require_room, write_detection_report

    kinds = [kind.value for kind in formats or list(Format)]
    if report is None and formats:
        raise typer.BadParameter("say where the report is written, too", param_hint="--report")
    if report is not None:
        require_room(report, kinds, replace=replace)
    options = DetectionOptions(thresholds.value, replicates, seed, level, actions_from)
    written: tuple[Path, ...] = ()
    with opened(project) as study, terminal_progress() as progress:
        found = evaluate_actions(study, sources, rater=rater, options=options, progress=progress)
        if report is not None:
            written = write_detection_report(found, report, kinds, replace=replace, progress=progress)
    if json:
        from dataclasses import asdict

        made_on = None if found.made_on is None else found.made_on.isoformat()
        print_json({**asdict(found), "made_on": made_on, "files": written})
        return
    print_evaluation(found)
    if report is not None:
        done(f"The report is in {report} ({counted(len(written), 'file')}).")
