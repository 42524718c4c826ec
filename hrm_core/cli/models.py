"""``hrm models list | fetch | add | verify | remove``: weights, which are never part of the program."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from hrm_core.cli.options import JsonOption
from hrm_core.cli.output import done, note, print_folded, print_json
from hrm_core.cli.progress_bar import terminal_progress
from hrm_core.errors import UserError
from hrm_core.progress import NoProgress, Progress
from hrm_core.workflows import look_at_models, manage_models
from hrm_core.workflows.manage_models import Agree, LicenceOffer, ModelAdded

__all__ = ["models"]

models = typer.Typer(no_args_is_help=True, help="Models that find faces: list, fetch, add and check them.")

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="As hrm models list calls it.")]
AcceptOption = Annotated[
    bool,
    typer.Option("--accept-licence", help="Accept the licence, which is shown, without being asked."),
]


@models.command("list")
def list_(json: JsonOption = False) -> None:
    """Say which models there are, on which terms, and which of them are on this computer."""
    found = look_at_models.list_models()
    if json:
        print_json(found)
        return
    rows = [
        (view.name, view.what, view.licence, view.state, _megabytes(view.download_bytes or view.size_bytes))
        for view in found
    ]
    print_folded(("name", "what", "licence", "state", "size"), rows, right_from=4)
    for view in found:
        if view.problem:
            note(f"{view.name} is damaged: {view.problem}.")


@models.command()
def fetch(
    name: NameArgument,
    accept_licence: AcceptOption = False,
    url: Annotated[
        str | None, typer.Option(metavar="URL", help="A mirror; the file must be the very same.")
    ] = None,
    proxy: Annotated[
        str | None, typer.Option(metavar="URL", help="A proxy, in place of the system's: http://host:port.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Fetch a model once its licence is accepted; a fetch that was cut or stopped goes on."""
    try:
        report = manage_models.fetch_model(
            name, _agree(accept_licence), url=url, proxy=proxy, progress=_OneBar()
        )
    except KeyboardInterrupt:
        note("Stopped; what came so far is kept, and the same command goes on from there.")
        raise
    _tell(report, json=json)


@models.command()
def add(
    name: NameArgument,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="The .onnx file, or the zip archive or folder of a pack.")
    ],
    accept_licence: AcceptOption = False,
    as_own: Annotated[
        bool, typer.Option("--as-own", help="Keep a file or folder that has no card, under this new name.")
    ] = False,
    licence: Annotated[
        str, typer.Option(metavar="TEXT", help="On which terms it may be used, with --as-own.")
    ] = "",
    json: JsonOption = False,
) -> None:
    """Keep a model from files you have, if they are the right ones."""
    if as_own:
        report = manage_models.add_own_model(name, file, licence, progress=_OneBar())
    elif licence:
        raise typer.BadParameter("it is for models of your own: add --as-own.", param_hint="--licence")
    else:
        report = manage_models.add_model(name, file, _agree(accept_licence), progress=_OneBar())
    _tell(report, json=json)


@models.command()
def verify(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="Only this model.")] = None,
    json: JsonOption = False,
) -> None:
    """Read all models and compare them with what they should be; exit 1 if one is damaged."""
    found = manage_models.verify_models(name, progress=_OneBar())
    damaged = [view for view in found if view.problem]
    if json:
        print_json(found)
    else:
        for view in found:
            done(f"{view.name}: damaged, {view.problem}." if view.problem else f"{view.name}: sound.")
        if not found:
            done("There is no model on this computer yet: hrm models list says which there are.")
    if damaged:
        raise typer.Exit(1)


@models.command()
def remove(name: NameArgument, json: JsonOption = False) -> None:
    """Delete a model from this computer; one with a card can be fetched again."""
    freed = manage_models.remove_model(name)
    if json:
        print_json({"freed_bytes": freed})
    elif freed:
        done(f"{name} is deleted: {_megabytes(freed)} are free again.")
    else:
        done(f"{name} was not on this computer.")


class _OneBar:
    """Bars that are drawn only while a step runs: between steps a question is asked."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._bars: Progress = NoProgress()

    def start(self, title: str, total: int | None) -> None:
        self._bars = self._stack.enter_context(terminal_progress())
        self._bars.start(title, total)

    def advance(self, units: int = 1) -> None:
        self._bars.advance(units)

    def finish(self) -> None:
        self._bars.finish()
        self._stack.close()


def _agree(accepted: bool) -> Agree:
    """Show a licence, and ask unless the answer was given already."""

    def agree(offer: LicenceOffer) -> bool:
        _show(offer)
        if accepted:
            return True
        if not sys.stdin.isatty():
            raise UserError(
                f"The licence of {offer.model} must be accepted first, and nobody can be asked here: read it "
                "and add --accept-licence."
            )
        return typer.confirm("Do you accept this licence?", default=False, err=True)

    return agree


def _show(offer: LicenceOffer) -> None:
    commercial = "allowed" if offer.commercial_use else "not allowed"
    lines = [
        f"{offer.model}: {offer.what}",
        f"From {offer.source}, {_megabytes(offer.download_bytes)}.",
        f"Licence: {offer.licence}. Commercial use is {commercial}.",
        *offer.summary,
        f"Its text: {offer.url}",
    ]
    # Apart from the results, which a script may read.
    typer.echo("\n".join(lines), err=True)


def _tell(report: ModelAdded, *, json: bool) -> None:
    view = report.model
    if json:
        print_json(report)
        return
    for name in report.left_out:
        note(f"{name} is left out: it recognises people or guesses age and sex.")
    if report.changed:
        done(f"{view.name} is ready: {_megabytes(view.size_bytes)} in {view.path}.")
    else:
        done(f"{view.name} is there already and sound.")


def _megabytes(size_bytes: int) -> str:
    return f"{size_bytes / 1e6:.1f} MB"
