"""``hrm import expressions``: what expression models, or people, say of frames."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hrm_core.cli.options import JsonOption, ProjectOption, opened
from hrm_core.cli.output import counted, done, note, print_json, print_table
from hrm_core.records.expressions import BY_HAND

__all__ = ["expressions"]


FileArgument = Annotated[
    Path, typer.Argument(metavar="FILE", help="CSV or Parquet, a row for each frame (counted from 0).")
]
ModelOption = Annotated[str, typer.Option(metavar="NAME", help="What the model is called here.")]
ByHandOption = Annotated[
    bool,
    typer.Option(
        "--by-hand", help="A person's words, in a column expression; they count more than any model."
    ),
]
ClassesOption = Annotated[
    str | None,
    typer.Option(
        metavar="ORDER",
        help="Order of the classes, if the columns are not named after them: raf-db, ddamfn, affectnet-7, "
        "affectnet-8, or the names with commas between.",
    ),
]
LogitsOption = Annotated[
    bool, typer.Option("--logits", help="The file holds logits: turn them into probabilities.")
]
ParticipantOption = Annotated[str | None, typer.Option(help="Whose frames, if the file does not say.")]
VideoOption = Annotated[
    str | None, typer.Option(help="Which video, if the child has several and the file does not say.")
]
AgainOption = Annotated[bool, typer.Option("--again", help="Replace what was imported before.")]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Read and check everything, write nothing.")]
ByOption = Annotated[str | None, typer.Option(help="Your name as a rater of this study, for the note.")]


def expressions(
    file: FileArgument,
    model: ModelOption = "",
    by_hand: ByHandOption = False,
    classes: ClassesOption = None,
    logits: LogitsOption = False,
    participant: ParticipantOption = None,
    video: VideoOption = None,
    again: AgainOption = False,
    dry_run: DryRunOption = False,
    by: ByOption = None,
    project: ProjectOption = None,
    json: JsonOption = False,
) -> None:
    """Take in per-frame probabilities of an expression model, or expressions that a person saw."""
    from hrm_core.workflows.import_expressions import import_expressions

    if bool(model) == by_hand:
        raise typer.BadParameter("Say with --model what the model is called, or use --by-hand.")
    if by_hand and (classes or logits):
        raise typer.BadParameter("--classes and --logits are about models, not about what a person says.")
    with opened(project) as study:
        report = import_expressions(
            study,
            file,
            BY_HAND if by_hand else model,
            classes=classes,
            logits=logits,
            participant=participant,
            video=video,
            again=again,
            dry_run=dry_run,
            by=by,
        )
    for sentence in report.notes:
        note(sentence)
    if json:
        print_json(report)
        return
    print_table(
        ("Participant", "Video", "Frames", "Of"),
        [(each.participant, each.video, each.frames, each.frames_in_recording) for each in report.recordings],
    )
    if report.classes:
        done(f"Classes in the order of the file: {', '.join(report.classes)}.")
    said = f"{counted(report.frames, 'frame')} of {counted(len(report.recordings), 'recording')}"
    done(f"Nothing was written. It would be: {said}." if dry_run else f"Took in {report.model}: {said}.")
