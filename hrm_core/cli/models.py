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
from hrm_core.workflows.accept_licence import Agree, LicenceOffer
from hrm_core.workflows.look_at_models import ModelView
from hrm_core.workflows.manage_models import ModelAdded

__all__ = ["models"]

models = typer.Typer(
    no_args_is_help=True,
    help="Networks that tell actions, and models that find faces: list, fetch, add and check their weights.",
)

# In this order a list shows them; what is said of each group when something of it is missing.
_GROUPS = {
    "detector": ("Action detectors: how probable each action is on a face", "add"),
    "regressor": ("Regressors: how atypical 15 frames of actions are", "add"),
    "backbone": ("Backbones: what training begins from", "add"),
    "faces": ("Face models: where faces and their points are", "fetch"),
}
_NEXT = {
    "add": "A network: take the file from its source (--json tells it), hrm models add NAME --weights FILE.",
    "fetch": "A face model: hrm models fetch NAME.",
}

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
    for role, (title, _) in _GROUPS.items():
        group = [view for view in found if view.role == role]
        if group:
            print_folded(("name", "what", "licence", "state", "size"), map(_row, group), title, right_from=4)
            done("")
    missing = {_GROUPS[view.role][1] for view in found if view.state == "missing"}
    for verb, advice in _NEXT.items():
        if verb in missing:
            done(advice)
    for view in found:
        if view.problem:
            note(f"{view.name} is damaged: {view.problem}.")


def _row(view: ModelView) -> tuple[str, ...]:
    size_bytes = view.download_bytes or view.size_bytes
    return (view.name, view.what, view.licence, view.state, _megabytes(size_bytes) if size_bytes else "")


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
        Path | None,
        typer.Argument(
            metavar="[FILE]",
            help="A network's checkpoint or exported .onnx file; a face model's .onnx file, or the zip "
            "archive or folder of a pack.",
        ),
    ] = None,
    weights: Annotated[
        Path | None, typer.Option("--weights", metavar="FILE", help="The same, by name.")
    ] = None,
    beside: Annotated[
        Path | None,
        typer.Option(
            "--with", metavar="FILE", help="EmoFAN's landmark network, for a file of its predictor alone."
        ),
    ] = None,
    accept_licence: AcceptOption = False,
    as_own: Annotated[
        bool,
        typer.Option("--as-own", help="Keep a face model that has no card, under this new name."),
    ] = False,
    licence: Annotated[
        str, typer.Option(metavar="TEXT", help="On which terms it may be used, with --as-own.")
    ] = "",
    json: JsonOption = False,
) -> None:
    """Keep a model from files you have, if they are the right ones."""
    if (file is None) == (weights is None):
        raise typer.BadParameter("give the file once, as FILE or with --weights.", param_hint="FILE")
    given = file or weights
    assert given is not None
    if licence and not as_own:
        raise typer.BadParameter("it is for models of your own: add --as-own.", param_hint="--licence")
    network = not as_own and look_at_models.model_card(name).network is not None
    if beside is not None and not network:
        raise typer.BadParameter("it is for networks.", param_hint="--with")
    if network:
        _add_network(name, given, beside, accept_licence=accept_licence, json=json)
    elif as_own:
        _tell(manage_models.add_own_model(name, given, licence, progress=_OneBar()), json=json)
    else:
        report = manage_models.add_model(name, given, _agree(accept_licence), progress=_OneBar())
        _tell(report, json=json)


def _add_network(name: str, file: Path, beside: Path | None, *, accept_licence: bool, json: bool) -> None:
    from hrm_core.workflows.add_weights import add_weights

    report = add_weights(name, file, _agree(accept_licence), beside=beside, progress=_OneBar())
    if json:
        print_json(report)
        return
    view = report.model
    done(f"{name} is ready: {', '.join(view.files)}, {_megabytes(view.size_bytes)}, in {view.folder}.")
    done(f"SHA-256 of {file.name}: {report.sha256}.")
    for line in report.said:
        done(line)
    done(f"It learned from: {report.population}.")
    for line in report.limits:
        done(f"- {line}")
    if report.citation:
        done(f"Cite: {report.citation}")


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
    """Delete a model from this computer; one with a card can be fetched or added again."""
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
    size = f", {_megabytes(offer.download_bytes)}" if offer.download_bytes else ""
    lines = [
        f"{offer.model}: {offer.what}",
        f"From {offer.source}{size}.",
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
