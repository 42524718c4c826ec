"""The argument tree, and how errors end a command."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from hrm_core import __version__
from hrm_core.cli import (  # noqa: F401 - those of ratings and models add their verbs themselves
    dataset,
    demo,
    exchange,
    export_pictures,
    eyes,
    models_describe,
    models_export,
    rating_folder,
    rating_plans,
    rating_report,
    rating_results,
    rating_sessions,
    store,
    study,
)
from hrm_core.cli.adjudication import adjudicate
from hrm_core.cli.analyze import analyze
from hrm_core.cli.check import check
from hrm_core.cli.clips import clips
from hrm_core.cli.doubts import doubts
from hrm_core.cli.evaluate import evaluate
from hrm_core.cli.extract import extract
from hrm_core.cli.faces import faces
from hrm_core.cli.models import models
from hrm_core.cli.predict import predict
from hrm_core.cli.prelabel import prelabel
from hrm_core.cli.prelabel_fit import fit
from hrm_core.cli.prelabel_queue import queue
from hrm_core.cli.prelabel_report import report
from hrm_core.cli.progress import progress
from hrm_core.cli.propose import propose
from hrm_core.cli.rating import rating
from hrm_core.cli.release import release
from hrm_core.cli.reliability import reliability
from hrm_core.cli.runs import runs
from hrm_core.cli.train import train
from hrm_core.cli.train_atypicality import atypicality
from hrm_core.cli.training import training
from hrm_core.cli.video import video
from hrm_core.errors import UserError

__all__ = ["app", "run"]

app = typer.Typer(
    name="hrm",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"]},
)
app.command()(study.init)
app.add_typer(study.add, name="add")
app.add_typer(study.change, name="set")
app.command()(study.info)
app.add_typer(clips, name="clips")
app.command()(progress)
app.add_typer(check, name="check")
app.command()(doubts)
app.add_typer(video, name="video")
app.add_typer(extract, name="extract")
for command in (eyes.review, eyes.mark, eyes.unmaskings):
    faces.command()(command)
app.add_typer(faces, name="faces")
app.add_typer(store.store, name="store")
app.add_typer(exchange.import_, name="import")
exchange.export.command("frames")(export_pictures.export_frames)
exchange.export.command("video")(export_pictures.export_video)
app.add_typer(exchange.export, name="export")
app.add_typer(dataset.dataset, name="dataset")
app.add_typer(models, name="models")
app.command()(predict)
for verb in (fit, queue, report):
    prelabel.command()(verb)
app.add_typer(prelabel, name="prelabel")
train.command()(atypicality)
app.add_typer(train, name="train")
app.add_typer(evaluate, name="evaluate")
app.add_typer(runs, name="runs")
app.add_typer(propose, name="propose")
app.add_typer(training, name="training")
app.add_typer(reliability, name="reliability")
app.add_typer(adjudicate, name="adjudicate")
app.add_typer(rating, name="rating")
app.command()(release)
app.add_typer(analyze, name="analyze")
app.command()(demo.demo)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"hrm {__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Keep, check and exchange facial action codes. The window is started with hrm-annotator."""


def run() -> None:
    """Entry point: exit 0 success, 2 wrong use, 1 a failure explained in one line on stderr."""
    try:
        app()
    except UserError as error:
        # Messages may be folded by a terminal, but are one line for a script.
        typer.echo(f"hrm: {' '.join(str(error).split())}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    run()
