"""``hrm models export``: a network as an ONNX file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hrm_core.cli.models import NameArgument, models
from hrm_core.cli.options import JsonOption
from hrm_core.cli.output import done, note, print_json
from hrm_core.cli.progress_bar import terminal_progress
from hrm_core.workflows import export_model
from hrm_core.workflows.export_model import ExportedModel

__all__: list[str] = []


@models.command("export")
def _export(
    name: NameArgument,
    half: Annotated[
        bool, typer.Option("--half", "--fp16", help="Weights in half precision: half the size, as fast.")
    ] = False,
    to: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a copy there, to be passed on.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file that --to names.")] = False,
    json: JsonOption = False,
) -> None:
    """Make an ONNX file of a network's weights; it is kept only if it gives the numbers of PyTorch."""
    with terminal_progress() as progress:
        exported = export_model.export_model(name, half=half, to=to, force=force, progress=progress)
    if json:
        print_json(exported)
    else:
        _tell(exported)


def _tell(exported: ExportedModel) -> None:
    parity = exported.parity
    sizes = ", ".join(str(size) for size in parity.batch_sizes)
    done(f"{exported.name} is an ONNX file now: {exported.path}")
    if exported.copy is not None:
        done(f"A copy of it: {exported.copy}")
    done(f"ONNX opset {exported.opset}, batches of any size, {exported.size_bytes / 1e6:.1f} MB")
    if exported.half:
        done("Its weights are in half precision; what is computed with them is in single precision.")
    # Where a network gives probabilities or scores by itself, both differences are the same.
    apart = (
        ""
        if parity.probability_apart == parity.output_apart
        else f", probabilities by at most {parity.probability_apart:.1e}"
    )
    done(
        f"Compared with PyTorch by {' and '.join(parity.inputs)}, {sizes} at once: outputs differ by at most "
        f"{parity.output_apart:.1e} (the largest is {parity.largest_output:.2g}){apart}; "
        f"{parity.allowed:.0e} is allowed."
    )
    done(f"SHA-256 {exported.sha256}")
    commercial = "allowed" if exported.commercial_use else "not allowed"
    note(
        f"the licence of the weights goes with the file: {exported.licence} ({exported.licence_url}); "
        f"commercial use is {commercial}."
    )
    note(f"learned from: {exported.population}")
    for line in (*exported.limits, *exported.notes):
        note(line)
