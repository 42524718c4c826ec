"""Codes to and from files of other programs; every function here runs in a worker thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hrm_core.progress import CancelToken, Progress
    from hrm_core.records.coding_progress import RecordingProgress
    from hrm_core.records.people import Rater
    from hrm_core.records.recording import Recording
    from hrm_core.workflows.export_sheets import SheetExport
    from hrm_core.workflows.import_sheet import ImportedSheets, SheetPlan
    from hrm_core.workflows.project import Project

__all__ = ["ExportWish", "Imported", "export", "formats", "import_planned", "look_into", "write_report"]


@dataclass(frozen=True, slots=True)
class ExportWish:
    """What somebody wants to have exported.

    Attributes
    ----------
    form : str
        Name of the format.
    folder : pathlib.Path
        Where the files go.
    recording : Recording or None
        Only this one; None for all that the rater has coded.
    again : bool
        Replace files that are there.
    human_only : bool
        Leave out frames that a model's suggestions had a part in.
    """

    form: str
    folder: Path
    recording: Recording | None
    again: bool
    human_only: bool = False


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import wrote, and how far the recordings are now."""

    counts: ImportedSheets
    progress: tuple[RecordingProgress, ...]


def formats() -> tuple[tuple[str, str], ...]:
    """Names and titles of all formats."""
    from hrm_core.workflows.code_formats import FORMATS

    return tuple((entry.name, entry.title) for entry in FORMATS.values())


def look_into(
    project: Project,
    rater: Rater,
    files: Sequence[Path],
    recording: Recording | None,
    progress: Progress,
    cancel: CancelToken,
) -> tuple[SheetPlan, ...]:
    """Compare files with the study; those that name no recording are about the open one."""
    from hrm_core.workflows.import_sheet import plan_import

    about = None
    if recording is not None:
        codes = {who.id: who.code for who in project.participants()}
        about = (codes[recording.participant_id], recording.name)
    return plan_import(project, files, else_about=about, only_as=rater, progress=progress, cancel=cancel)


def import_planned(project: Project, rater: Rater, plans: Sequence[SheetPlan], *, replace: bool) -> Imported:
    """Write what was planned; a UserError says why it cannot be."""
    from hrm_core.workflows.coding_progress import progress_by_recording
    from hrm_core.workflows.import_sheet import import_sheets

    counts = import_sheets(project, plans, replace_codes=replace, actor=rater.name)
    progress = progress_by_recording(project, rater)
    return Imported(counts, tuple(progress[plan.recording.id] for plan in plans))


def write_report(path: Path, plans: Sequence[SheetPlan]) -> None:
    """Write all notes of a dry run as CSV."""
    from hrm_core.workflows.import_sheet import write_row_notes

    write_row_notes(path, plans)


def export(
    project: Project,
    rater: Rater,
    wish: ExportWish,
    progress: Progress,
    cancel: CancelToken,
    *,
    dry_run: bool,
) -> SheetExport:
    """Write a rater's codes, or say what the files could not hold."""
    from hrm_core.workflows.export_sheets import export_sheets

    codes: tuple[str, ...] = ()
    if wish.recording is not None:
        number = wish.recording.participant_id
        codes = tuple(who.code for who in project.participants() if who.id == number)
    return export_sheets(
        project,
        wish.form,
        wish.folder,
        rater=rater.name,
        participants=codes,
        video=wish.recording.name if wish.recording else None,
        human_only=wish.human_only,
        again=wish.again,
        dry_run=dry_run,
        progress=progress,
        cancel=cancel,
    )
