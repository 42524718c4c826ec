"""``hrm train atypicality``: from windows of action codes to judges' ratings."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from hrm_core.cli.options import JsonOption, ProjectOption, opened
from hrm_core.cli.output import counted, done, note, print_folded, print_json
from hrm_core.cli.progress_bar import terminal_progress

if TYPE_CHECKING:
    from hrm_core.workflows.train_atypicality import AtypicalityReport

__all__ = ["atypicality"]

_PLACES = {"mae": 3, "mse": 3, "rmse": 3, "mape": 1}


class Preset(StrEnum):
    """How networks are trained."""

    HRM = "hrm"
    SMALL = "small"


class Device(StrEnum):
    """Where they are."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"


RaterOption = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Whose codes; needed if several have coded.", show_default=False),
]
SessionOption = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Whose ratings; needed if there are several.", show_default=False),
]
NetworksOption = Annotated[
    str, typer.Option(metavar="NAMES", help="gru, bilstm, or both; '' compares the simple models alone.")
]
PresetOption = Annotated[
    Preset,
    typer.Option(help="hrm: as published, for a hundred children; small: ours, for a handful of them."),
]
PublishedOption = Annotated[
    bool,
    typer.Option(
        "--as-published",
        help="Choose epochs by the test fold, cut ratings to whole numbers, average batches: optimistic.",
    ),
]
NameOption = Annotated[
    str | None, typer.Option(metavar="NAME", help="Of the run's folder.", show_default=False)
]


def atypicality(
    rater: RaterOption = None,
    session: SessionOption = None,
    networks: NetworksOption = "gru,bilstm",
    preset: PresetOption = Preset.HRM,
    repeats: Annotated[int, typer.Option(min=1, help="How often folds are drawn.")] = 10,
    folds: Annotated[int, typer.Option(min=2, help="Folds by person.")] = 3,
    seed: Annotated[int, typer.Option(min=0, help="Of folds, weights and orders.")] = 0,
    as_published: PublishedOption = False,
    device: Annotated[Device, typer.Option(help="Where networks are trained.")] = Device.AUTO,
    name: NameOption = None,
    project: ProjectOption = None,
    json: JsonOption = False,
) -> None:
    """Learn from codes how atypical judges find clips, and measure it on children who were held out.

    Windows of 15 coded frames within a rated clip; GRU and BiLSTM beside the training mean, ridge
    regressions on how often each action is there, and one on how actions come and go.  All is written to a
    folder in Training Runs.  A run that is stopped begins anew: there is no --resume here.
    """
    from hrm_core.workflows.train_atypicality import AtypicalityOptions, train_atypicality

    options = AtypicalityOptions(
        networks=tuple(dict.fromkeys(part.strip() for part in networks.split(",") if part.strip())),
        preset=preset.value,
        repeats=repeats,
        folds=folds,
        seed=seed,
        as_published=as_published,
        device=device.value,
        name=name,
    )
    with opened(project) as study, terminal_progress() as progress:
        report = train_atypicality(study, rater=rater, session=session, options=options, progress=progress)
    if json:
        print_json(asdict(report))
    else:
        _print(report)


def _print(report: AtypicalityReport) -> None:
    options = report.options
    if report.synthetic:
        note("This study is synthetic: its figures say nothing about people.")
    done(
        f"{counted(report.windows, 'window')} of {counted(report.segments, 'segment')} of "
        f"{counted(report.participants, 'participant')}; coded by {report.rater}, rated in {report.session}."
    )
    if report.dropped:
        note(f"{counted(report.dropped, 'rated segment')} without 15 coded frames in a row: left out.")
    if report.not_coded:
        note(f"{counted(report.not_coded, 'rated clip')} excluded or without a coded frame: left out.")
    _print_table(report, "Windows", segments=False)
    _print_table(report, "Segments (mean score of a segment's windows)", segments=True)
    done(
        f"Mean ± standard deviation over {counted(options.repeats, 'repeat')} of {options.folds}-fold "
        "cross-validation by person."
    )
    done(report.protocol)
    done(f"Run {report.run}: {report.seconds:.0f} s, preset {options.preset}, on {report.device}.")


def _print_table(report: AtypicalityReport, title: str, *, segments: bool) -> None:
    from hrm_core.workflows.train_atypicality import METRICS, MODELS

    rows = []
    for row in report.rows:
        mean, sd = (row.segment_mean, row.segment_sd) if segments else (row.mean, row.sd)
        cells = [_cell(mean[metric], sd.get(metric), _PLACES[metric]) for metric in METRICS]
        rows.append((MODELS[row.model], *cells))
    print_folded(("model", *(metric.upper() for metric in METRICS)), rows, title, right_from=1)


def _cell(mean: float, sd: float | None, places: int) -> str:
    return f"{mean:.{places}f}" + ("" if sd is None else f" ± {sd:.{places}f}")
