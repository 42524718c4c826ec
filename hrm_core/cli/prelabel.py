"""``hrm prelabel``: a network suggests codes for a study's recordings; suggestions are no codes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from hrm_core.cli.options import JsonOption, ProjectOption, opened
from hrm_core.cli.output import counted, done, note, print_folded, print_json
from hrm_core.cli.progress_bar import terminal_progress

if TYPE_CHECKING:
    from hrm_core.workflows.prelabel_report import PrelabeledVideo, PrelabelReport

__all__ = ["prelabel"]

prelabel = typer.Typer(
    help="Let a network suggest codes, and what comes of its suggestions.", invoke_without_command=True
)


class Device(StrEnum):
    """Where a network runs."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"


ModelOption = Annotated[
    str | None, typer.Option(metavar="NAME", help="As hrm models list calls it.", show_default=False)
]
ParticipantsOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="CODES",
        help="Only these children, as 3,7,12 or repeated; all if left out.",
        show_default=False,
    ),
]
VideoOption = Annotated[
    str | None, typer.Option(metavar="NAME", help="Only videos of this name.", show_default=False)
]
ClipsOption = Annotated[
    bool, typer.Option("--clips-only", help="Only frames of clips; excluded clips are left out always.")
]
DeviceOption = Annotated[
    Device,
    typer.Option(help="Where it runs; auto takes the fastest that works, and the processor if that fails."),
]
BatchOption = Annotated[
    int | None,
    typer.Option(min=1, help="Pictures at once; the numbers do not depend on it.", show_default=False),
]
SidesOption = Annotated[
    bool, typer.Option("--sides", help="Look at each half of a face mirrored, too: thrice the work.")
]
AgainOption = Annotated[bool, typer.Option("--again", help="Do what is there once more.")]
AnywayOption = Annotated[
    bool, typer.Option("--anyway", help="Take a model that learned from drawn faces for people.")
]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, write nothing.")]


@prelabel.callback()
def suggest(
    context: typer.Context,
    model: ModelOption = None,
    participants: ParticipantsOption = None,
    video: VideoOption = None,
    clips_only: ClipsOption = False,
    device: DeviceOption = Device.AUTO,
    batch_size: BatchOption = None,
    sides: SidesOption = False,
    again: AgainOption = False,
    anyway: AnywayOption = False,
    dry_run: DryRunOption = False,
    project: ProjectOption = None,
    json: JsonOption = False,
) -> None:
    """Let a network say how probable each action is, frame by frame; a run that was stopped goes on.

    Probabilities go into the study beside the labels and become none by themselves. Faces that nobody has
    looked for yet are looked for first, and kept.
    """
    if context.invoked_subcommand is not None:
        _require_none_before(context)
        return
    if model is None:
        raise typer.BadParameter("say which model suggests: hrm models list shows them", param_hint="--model")
    from hrm_core.workflows import prelabel as work

    options = work.PrelabelOptions(
        batch_size=batch_size or work.PRELABEL_BATCH,
        device=device.value,
        clips_only=clips_only,
        sides=sides,
        again=again,
        anyway=anyway,
        dry_run=dry_run,
    )
    codes = [code.strip() for code in ",".join(participants or []).split(",") if code.strip()]
    if participants is not None and not codes:
        raise typer.BadParameter("name a child, or leave it out for all", param_hint="--participants")
    with opened(project) as study, terminal_progress() as progress, _told_when_stopped():
        report = work.prelabel(
            study, model, participants=codes, video=video, options=options, progress=progress
        )
    if json:
        print_json({**asdict(report), "frames_per_s": report.frames_per_s})
    else:
        _print(report)
    if any(entry.problem for entry in report.videos):
        raise typer.Exit(1)


@contextmanager
def _told_when_stopped() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        note("Stopped. What was suggested so far is kept: the same command goes on from there.")
        raise typer.Exit(130) from None


def _require_none_before(context: typer.Context) -> None:
    """Refuse options that stand before a command, where they would say nothing."""
    for name in context.params:
        source = context.get_parameter_source(name)
        if source is not None and source.name == "COMMANDLINE":
            raise typer.BadParameter(
                f"this stands before {context.invoked_subcommand} and would not count: write it behind, if "
                f"hrm prelabel {context.invoked_subcommand} --help lists it",
                param_hint=f"--{name.replace('_', '-')}",
            )


def _print(report: PrelabelReport) -> None:
    fine = [entry for entry in report.videos if not entry.problem]
    if fine:
        heads = ("participant", "video", "to do" if report.dry_run else "new", "there", "without a face")
        print_folded(heads, [_row(entry) for entry in fine], right_from=2)
    for entry in report.videos:
        who = f"Participant {entry.participant}, video {entry.video!r}"
        if entry.problem:
            note(f"{who}: {entry.problem}")
        elif entry.frames and entry.frames == entry.faceless:
            note(f"{who}: the child's face is in none of these frames, so nothing is suggested for them.")
        if entry.unseen:
            note(
                f"{who}: {counted(entry.unseen, 'frame')} left out: nobody has looked for a face there, or "
                "the pictures cannot be read; hrm extract faces does that."
            )
    for sentence in report.passed_over:
        note(sentence)
    if report.dry_run:
        done(f"Nothing was written. It would be {counted(report.frames, 'frame')}.")
    elif report.frames:
        done(
            f"Run {report.run}: {report.model} looked at {counted(report.frames, 'frame')} in "
            f"{report.seconds:.1f} s ({report.frames_per_s:.1f} frames/s), run by {report.ran_on}."
        )
    elif fine and not any(entry.there or entry.unseen for entry in fine):
        done("Nothing was to be done: these videos have no clips, or all of them are excluded.")
    elif any(entry.there for entry in fine):
        done("Nothing was to be done: the same weights have looked at these frames in the same way before.")
    done(f"Learned from: {report.population}")
    for limit in report.limits:
        done(f"Limit: {limit}")


def _row(entry: PrelabeledVideo) -> tuple[str | int, ...]:
    return (entry.participant, entry.video, entry.frames, entry.there, entry.faceless)
