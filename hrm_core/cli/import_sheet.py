"""``hrm import elan | csv | …``: codes from files of other programs, looked at first."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from hrm_core.cli.options import JsonOption, ProjectOption, opened
from hrm_core.cli.output import counted, done, note, print_json
from hrm_core.cli.progress_bar import terminal_progress
from hrm_core.errors import InvalidFileError, ProjectError
from hrm_core.records.coding_sheet import RowSeverity
from hrm_core.records.segments import frames_in_words
from hrm_core.workflows.code_formats import FORMATS
from hrm_core.workflows.import_sheet import SheetPlan, import_sheets, plan_import, write_row_notes

__all__ = ["add_import_commands"]

_MOST_SHOWN = 20


def add_import_commands(group: typer.Typer) -> None:
    """Give a group of commands one for each format of codes."""
    for entry in FORMATS.values():
        group.command(
            entry.name, help=f"Read codes from {entry.title}: a report first, then all files or nothing."
        )(_command(entry.name))


def _command(form: str) -> Callable[..., None]:
    def command(
        files: Annotated[
            list[Path], typer.Argument(metavar="FILES", help="Files, one per recording and rater.")
        ],
        rater: Annotated[
            str | None, typer.Option(help="Whose codes, if not as the file says; made if new.")
        ] = None,
        participant: Annotated[
            str | None, typer.Option(help="Which child, where the file does not say.")
        ] = None,
        video: Annotated[str | None, typer.Option(help="Which video, where the file does not say.")] = None,
        replace: Annotated[
            bool,
            typer.Option(
                "--replace", help="Overwrite frames coded differently; history keeps the old codes."
            ),
        ] = False,
        by: Annotated[str | None, typer.Option(help="Your name as a rater, for the log.")] = None,
        yes: Annotated[bool, typer.Option("--yes", "-y", help="Import without asking.")] = False,
        dry_run: Annotated[bool, typer.Option("--dry-run", help="Only the report, write nothing.")] = False,
        report: Annotated[
            Path | None, typer.Option(metavar="FILE.csv", help="Write the notes on all rows there.")
        ] = None,
        project: ProjectOption = None,
        json: JsonOption = False,
    ) -> None:
        with opened(project) as study:
            with terminal_progress() as progress:
                plans = plan_import(
                    study,
                    files,
                    form,
                    rater=rater,
                    participant=participant,
                    video=video,
                    progress=progress,
                )
            if report is not None:
                write_row_notes(report, plans)
            if not json:
                _print_plans(plans)
            _require_right(plans, replace=replace, dry_run=dry_run, json=json)
            wanted = not dry_run and (yes or _agrees(plans))
            if wanted:
                import_sheets(study, plans, replace_codes=replace, actor=by)
        _print_end(plans, imported=wanted, json=json)

    return command


def _require_right(plans: Sequence[SheetPlan], *, replace: bool, dry_run: bool, json: bool) -> None:
    """End here where nothing can be imported; the report was read, so it is not said again row by row."""
    wrong = [plan for plan in plans if not plan.importable]
    if wrong and json:
        print_json(_as_json(plans, imported=False))
    if wrong:
        errors = sum(plan.count(RowSeverity.ERROR) for plan in wrong)
        first = next(entry for entry in wrong[0].notes if entry.severity is RowSeverity.ERROR)
        raise InvalidFileError(
            f"Nothing was imported: {counted(errors, 'error')}, the first in {wrong[0].file}, {first.where}: "
            f"{first.message}"
        )
    differing = [plan for plan in plans if plan.replaced]
    if differing and not replace and not dry_run:
        plan = differing[0]
        raise ProjectError(
            f"{plan.file}: {frames_in_words(plan.replaced)} are coded differently in the project: nothing "
            "was imported; use --replace to overwrite them (the history keeps the old codes)."
        )


def _agrees(plans: Sequence[SheetPlan]) -> bool:
    if not any(plan.after for plan in plans):
        return True
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise ProjectError("Nothing was imported: read the report, then use --yes to import.")
    return typer.confirm("Import this?")


def _print_plans(plans: Sequence[SheetPlan]) -> None:
    for plan in plans:
        new = " (new)" if plan.new_rater else ""
        done(
            f"{plan.file.name}: participant {plan.participant}, video {plan.video!r}, "
            f"codes of {plan.rater}{new}"
        )
        done(
            f"  {counted(plan.frames, 'frame')}: {len(plan.added)} to be added, {len(plan.replaced)} to be "
            f"replaced, {len(plan.unchanged)} already the same; {plan.untouched} coded only in the project "
            "stay as they are"
        )
        if plan.replaced:
            done(f"  coded differently in the project: {frames_in_words(plan.replaced)}")
        if not plan.exact_frames:
            done("  frames were found by their times")
        for name, count in plan.passed_over.items():
            done(f"  passed over: {name} ({counted(count, 'entry' if count == 1 else 'entrie')})")
        for entry in plan.notes[:_MOST_SHOWN]:
            note(f"{plan.file.name}, {entry.where}: {entry.severity.value}: {entry.message}")
        if len(plan.notes) > _MOST_SHOWN:
            more = counted(len(plan.notes) - _MOST_SHOWN, "more note")
            note(f"{plan.file.name}: {more}; --report writes all of them.")


def _print_end(plans: Sequence[SheetPlan], *, imported: bool, json: bool) -> None:
    if json:
        print_json(_as_json(plans, imported=imported))
    elif imported:
        added, replaced = (sum(len(getattr(plan, name)) for plan in plans) for name in ("added", "replaced"))
        done(f"Imported {counted(len(plans), 'file')}: {counted(added, 'frame')} added, {replaced} replaced.")
    else:
        done("Nothing was written.")


def _as_json(plans: Sequence[SheetPlan], *, imported: bool) -> dict[str, Any]:
    """The report for a script, without the codes themselves."""
    names = ("file", "format", "participant", "video", "rater", "new_rater", "frames", "untouched")
    more = ("exact_frames", "notes", "passed_over", "importable")
    counts = ("added", "replaced", "unchanged")
    return {
        "imported": imported,
        "files": [
            {name: getattr(plan, name) for name in (*names, *more)}
            | {name: len(getattr(plan, name)) for name in counts}
            | {"conflicts": list(plan.replaced)}
            for plan in plans
        ],
    }
