"""``hrm demo``: a whole study without a single photograph."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hrm_core.cli.output import done
from hrm_core.cli.progress_bar import terminal_progress
from hrm_core.workflows.make_demo import draw_contact_sheet, make_demo

__all__ = ["demo"]


def demo(
    folder: Annotated[Path | None, typer.Argument(metavar="FOLDER", help="Folder for the study.")] = None,
    contact_sheet: Annotated[
        Path | None,
        typer.Option(metavar="FILE.png", help="Draw every action and side as one picture instead."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Another number makes other children.")] = 0,
) -> None:
    """Write a synthetic study: six drawn children, two simulated coders, five simulated judges."""
    if (folder is None) == (contact_sheet is None):
        raise typer.BadParameter("name a folder for the study, or a picture with --contact-sheet.")
    with terminal_progress() as progress:
        if contact_sheet is not None:
            draw_contact_sheet(contact_sheet, seed=seed)
            done(f"Drew {contact_sheet}.")
            return
        assert folder is not None
        make_demo(folder, seed=seed, progress=progress).close()
    done(f"Wrote a synthetic study to {folder}. Open it with: hrm-annotator {folder}")
