"""``hrm analyze expressions`` and ``hrm analyze run-expressions``."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hrm_core.cli.options import HumanOnlyOption, JsonOption, ProjectOption, opened
from hrm_core.cli.output import counted, done, note, print_folded, print_json, print_table
from hrm_core.cli.progress_bar import terminal_progress

if TYPE_CHECKING:
    from hrm_core.records.expressions import ExpressionFacts
    from hrm_core.workflows.run_expressions import ExpressionRun

__all__ = ["expressions", "run_expression_model"]


class Where(StrEnum):
    """Where a network runs."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"


def expressions(
    rater: Annotated[str | None, typer.Option(help="Whose codes, if several raters have coded.")] = None,
    human_only: HumanOnlyOption = False,
    project: ProjectOption = None,
    json: JsonOption = False,
) -> None:
    """Show how the expressions of frames are found: models, vote, required actions, people's word."""
    from hrm_core.workflows.coded_frames import coded_frames
    from hrm_core.workflows.frame_expressions import with_expressions

    with opened(project) as study:
        with terminal_progress() as progress:
            frames = coded_frames(study, rater, human_only=human_only, progress=progress)
        _, facts = with_expressions(study, frames)
    for sentence in facts.notes:
        note(sentence)
    if json:
        print_json(facts)
        return
    _show(facts)


def _show(facts: ExpressionFacts) -> None:
    if not facts.models:
        done("No expressions are kept: take some in with hrm import expressions, or run a model.")
        return
    print_table(
        ("Model", "Frames", "Recordings", "Given as", ""),
        [
            (
                model.model,
                model.frames,
                model.recordings,
                "logits" if model.softmaxed else "probabilities" if model.model != "by-hand" else "words",
                "synthetic" if model.synthetic else "",
            )
            for model in facts.models
        ],
        title="Who says something of the coded frames",
    )
    print_table(
        ("Group", "Expression", "Voted", "Refused", "By hand", "Kept"),
        [
            (each.group or "none", each.expression, each.voted, each.refused, each.by_hand, each.kept)
            for each in facts.counts
        ],
        title="Frames",
    )
    print_folded(("", ""), list(facts.in_words().items()), headed=False)


def run_expression_model(
    onnx: Annotated[Path, typer.Argument(metavar="ONNX", help="The network as one ONNX file.")],
    model: Annotated[str, typer.Option(metavar="NAME", help="What the model is called here.")],
    classes: Annotated[
        str,
        typer.Option(
            metavar="ORDER",
            help="Order of its outputs: raf-db (POSTER++, EAC), ddamfn, affectnet-7, affectnet-8, or the "
            "names with commas between.",
        ),
    ],
    size: Annotated[
        int, typer.Option(min=8, max=1024, help="Height and width of its pictures in pixels.")
    ] = 224,
    probabilities: Annotated[
        bool, typer.Option("--probabilities", help="Its first output is probabilities, not logits.")
    ] = False,
    device: Annotated[Where, typer.Option(help="Where it runs.")] = Where.AUTO,
    participant: Annotated[
        list[str] | None, typer.Option(help="Only this participant; may be given several times.")
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Look anew at recordings that are done.")] = False,
    project: ProjectOption = None,
    json: JsonOption = False,
) -> None:
    """Run an expression model over the children's faces and keep what it says of each frame.

    A run that was stopped goes on with the recordings that are not done.
    """
    from hrm_core.workflows.run_expressions import ExpressionsOptions, run_expressions

    options = ExpressionsOptions(size, probabilities, device.value, again)
    with opened(project) as study, terminal_progress() as progress:
        report = run_expressions(
            study, onnx, model, classes, participants=participant or (), options=options, progress=progress
        )
    for sentence in report.passed_over:
        note(sentence)
    for video in report.videos:
        if video.problem:
            note(f"{video.participant}, {video.video}: {video.problem}")
    print_json(report) if json else _show_run(report)
    if any(video.problem for video in report.videos):
        raise typer.Exit(1)


def _show_run(report: ExpressionRun) -> None:
    print_table(
        ("Participant", "Video", "Frames", "No face", "Not looked at", ""),
        [
            (
                video.participant,
                video.video,
                video.frames,
                video.faceless,
                video.unseen,
                "there already" if video.there else "not done" if video.problem else "",
            )
            for video in report.videos
        ],
    )
    new = sum(not video.there and not video.problem for video in report.videos)
    done(f"{report.model}: {counted(new, 'recording')} looked at by {report.ran_on}.")
