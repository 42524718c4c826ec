"""``hrm export elan | csv | …``: codes as files of other programs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from hrm_core.cli.options import HumanOnlyOption, JsonOption, ProjectOption, opened
from hrm_core.cli.output import counted, done, note, print_json, print_table
from hrm_core.cli.progress_bar import terminal_progress
from hrm_core.workflows.code_formats import FORMATS
from hrm_core.workflows.export_sheets import SheetExport, export_sheets

__all__ = ["add_export_commands"]


def add_export_commands(group: typer.Typer) -> None:
    """Give a group of commands one for each format of codes."""
    for entry in FORMATS.values():
        group.command(entry.name, help=f"Write codes as {entry.title}, one file per recording.")(
            _command(entry.name)
        )


def _command(form: str) -> Callable[..., None]:
    def command(
        into: Annotated[
            Path | None,
            typer.Option(
                metavar="FOLDER", help="Folder to write to. \\[default: Exported Codes in the project]"
            ),
        ] = None,
        rater: Annotated[str | None, typer.Option(help="Whose codes, if several raters have coded.")] = None,
        participants: Annotated[
            list[str] | None,
            typer.Option("--participant", metavar="CODES", help="Only these, as 3,7,12 or repeated."),
        ] = None,
        video: Annotated[str | None, typer.Option(help="Only recordings of this name.")] = None,
        human_only: HumanOnlyOption = False,
        again: Annotated[bool, typer.Option("--again", help="Replace files that are there.")] = False,
        dry_run: Annotated[
            bool, typer.Option("--dry-run", help="Say what the files could not hold, write nothing.")
        ] = False,
        project: ProjectOption = None,
        json: JsonOption = False,
    ) -> None:
        named = ",".join(participants or []).split(",")
        with opened(project) as study, terminal_progress() as progress:
            report = export_sheets(
                study,
                form,
                into,
                rater=rater,
                participants=[code.strip() for code in named if code.strip()],
                video=video,
                human_only=human_only,
                again=again,
                dry_run=dry_run,
                progress=progress,
            )
        print_json(report) if json else _print(report)
        if any(sheet.problem for sheet in report.sheets):
            raise typer.Exit(1)

    return command


def _print(report: SheetExport) -> None:
    written = [sheet for sheet in report.sheets if sheet.file is not None]
    if written:
        rows = [(sheet.participant, sheet.video, sheet.frames) for sheet in written]
        print_table(("participant", "video", "frames"), rows)
    for sheet in report.sheets:
        where = f"Participant {sheet.participant}, video {sheet.video!r}"
        if sheet.problem:
            note(f"{where}: {sheet.problem}")
        elif sheet.file is None:
            note(f"{where}: a model's suggestions had a part in every frame, so nothing is written.")
        for loss in sheet.losses:
            frames = ", ".join(map(str, loss.frames))
            note(f"{where}: the file does not hold {loss.what} ({loss.count} times, frames {frames} …).")
    if report.unseen:
        note(
            f"The eyes are kept from {report.rater}: that {', '.join(report.unseen)} are nowhere in the "
            "files does not mean absent."
        )
    files = counted(len(written), "file")
    done(
        f"Nothing was written. It would be {files} in {report.folder}."
        if report.dry_run
        else f"Wrote {files} to {report.folder}."
    )
