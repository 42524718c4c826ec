"""``hrm predict``: which actions a network says are there, on aligned faces."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hrm_core.cli.options import JsonOption, ProjectOption, opened
from hrm_core.cli.output import counted, done, note, print_folded, print_json
from hrm_core.cli.progress_bar import terminal_progress
from hrm_core.workflows.predict_actions import (
    BATCH_SIZE,
    PredictOptions,
    predict_folder,
    predict_study,
)

if TYPE_CHECKING:
    from hrm_core.workflows.prediction_report import PredictedVideo, PredictionReport

__all__ = ["predict"]


class Backend(StrEnum):
    """What runs a network."""

    AUTO = "auto"
    ONNX = "onnx"
    HALF = "half"
    TORCH = "torch"


class Device(StrEnum):
    """Where it runs."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"


FolderArgument = Annotated[
    Path | None,
    typer.Argument(
        metavar="[FOLDER]",
        help="Aligned faces named by frame (000412.jpg, 412_0.jpg), or one picture; without it, those of a "
        "study.",
        show_default=False,
    ),
]
ModelOption = Annotated[str, typer.Option(metavar="NAME", help="As hrm models list calls it.")]
OutOption = Annotated[
    Path | None, typer.Option(metavar="FILE", help="The Parquet file of probabilities, for FOLDER.")
]
CsvOption = Annotated[
    Path | None, typer.Option(metavar="FILE", help="The published CSV of 0 and 1 as well, for FOLDER.")
]
WithCsvOption = Annotated[
    bool, typer.Option("--with-csv", help="That CSV beside each Parquet file, under its name.")
]
ParticipantsOption = Annotated[
    list[str] | None,
    typer.Option(metavar="CODES", help="Only these children, as 3,7,12 or repeated; all if left out."),
]
BatchOption = Annotated[int, typer.Option(min=1, help="Pictures at once; the numbers do not depend on it.")]
BackendOption = Annotated[
    Backend,
    typer.Option(help="What runs it: the ONNX file, that in half precision, PyTorch, or the first there is."),
]
DeviceOption = Annotated[Device, typer.Option(help="Where it runs; auto takes the fastest that works.")]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, write nothing.")]


def predict(
    model: ModelOption,
    folder: FolderArgument = None,
    out: OutOption = None,
    csv: CsvOption = None,
    with_csv: WithCsvOption = False,
    participants: ParticipantsOption = None,
    video: Annotated[str | None, typer.Option("--video", help="Only videos of this name.")] = None,
    batch_size: BatchOption = BATCH_SIZE,
    backend: BackendOption = Backend.AUTO,
    device: DeviceOption = Device.AUTO,
    force: Annotated[bool, typer.Option("--force", help="Replace predictions that are there.")] = False,
    dry_run: DryRunOption = False,
    project: ProjectOption = None,
    json: JsonOption = False,
) -> None:
    """Let a network say which actions are there; a run that was stopped goes on with the next video.

    Pictures must be aligned faces, as hrm extract faces writes them. Probabilities go into Parquet, and 0
    and 1 are made of them by the thresholds of the model's card. Predictions are no labels: they are kept
    apart from those, and no coder is shown them here.
    """
    options = PredictOptions(batch_size, backend.value, device.value, force, dry_run)
    if folder is None:
        if out is not None or csv is not None:
            raise typer.BadParameter(
                "--out and --csv are for FOLDER; a study's predictions go to its folder AU Predictions, with "
                "a CSV each if --with-csv is given."
            )
        codes = _codes(participants)
        with opened(project) as study, terminal_progress() as progress:
            report = predict_study(
                study,
                model,
                participants=codes,
                video=video,
                csv=with_csv,
                options=options,
                progress=progress,
            )
    elif project is not None or participants or video is not None:
        raise typer.BadParameter("give FOLDER, or --project, --participants and --video, not both.")
    elif out is None:
        raise typer.BadParameter("say where the probabilities go: FILE.parquet", param_hint="--out")
    else:
        beside = out.parent / f"{out.stem}.csv" if with_csv and csv is None else csv
        with terminal_progress() as progress:
            report = predict_folder(folder, model, out, csv=beside, options=options, progress=progress)
    _tell(report, json=json)


def _tell(report: PredictionReport, *, json: bool) -> None:
    if json:
        print_json({**_plain(report), "frames_per_s": report.frames_per_s})
    else:
        _print_report(report)
    if any(entry.problem for entry in report.videos):
        raise typer.Exit(1)


def _codes(named: list[str] | None) -> list[str]:
    return [code.strip() for code in ",".join(named or []).split(",") if code.strip()]


def _plain(report: PredictionReport) -> dict[str, object]:
    return {name: getattr(report, name) for name in report.__dataclass_fields__}


def _print_report(report: PredictionReport) -> None:
    fine = [entry for entry in report.videos if not entry.problem]
    if fine and fine[0].video:
        heads = ("participant", "video", "frames", "no picture", "", "actions/frame")
        print_folded(heads, [_row(entry, dry_run=report.dry_run) for entry in fine], right_from=2)
        if any(entry.without for entry in fine):
            done("Frames without an aligned face are not in the files: nothing is known of them, not even 0.")
    for entry in report.videos:
        if entry.problem:
            note(f"Participant {entry.participant}, video {entry.video!r}: {entry.problem}")
    for sentence in report.passed_over:
        note(sentence)
    there = sum(entry.there for entry in fine)
    if there:
        kept = "It was" if len(fine) == 1 else f"{there} of {len(fine)} were"
        done(f"{kept} there already, of the same weights and pictures, and nothing was done again.")
    if report.dry_run:
        done(f"Nothing was written. It would be {counted(report.frames, 'frame')}.")
    elif report.ran_on:
        done(
            f"{report.model} looked at {counted(report.frames, 'frame')} in {report.seconds:.1f} s "
            f"({report.frames_per_s:.1f} frames/s), run by {report.ran_on}."
        )
    for entry in fine:
        if not entry.video and entry.parquet is not None:
            done(_places(entry))
    done("What counts as there, 1 in a CSV, is at least as probable as the threshold on the model's card.")
    done(f"Learned from: {report.population}")
    for limit in report.limits:
        done(f"Limit: {limit}")


def _row(entry: PredictedVideo, *, dry_run: bool) -> tuple[str | int, ...]:
    state = "there already" if entry.there else "to do" if dry_run else "new"
    mean = "" if entry.actions_per_frame is None else f"{entry.actions_per_frame:.2f}"
    without = "" if entry.without is None else entry.without
    return (entry.participant, entry.video, entry.frames, without, state, mean)


def _places(entry: PredictedVideo) -> str:
    mean = "" if entry.actions_per_frame is None else f", {entry.actions_per_frame:.2f} actions in a frame"
    beside = "" if entry.csv is None else f" and {entry.csv}"
    return f"{counted(entry.frames, 'frame')} in {entry.parquet}{beside}{mean}."
