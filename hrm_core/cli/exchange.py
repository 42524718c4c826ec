"""``hrm import …`` and ``hrm export …``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hrm_core.cli.export_sheets import add_export_commands
from hrm_core.cli.features import features, openface, pyfeat
from hrm_core.cli.import_expressions import expressions
from hrm_core.cli.import_sheet import add_import_commands
from hrm_core.cli.options import HumanOnlyOption, JsonOption, ProjectOption, opened
from hrm_core.cli.output import counted, done, note, print_json
from hrm_core.cli.progress_bar import terminal_progress
from hrm_core.workflows.exchange_hrm_csv import ImportReport, import_hrm_csv
from hrm_core.workflows.export_hrm_csv import ExportReport, export_hrm_csv
from hrm_core.workflows.folder_import_report import FolderImportReport, TakenChild
from hrm_core.workflows.import_hrm_folder import import_hrm_folder

__all__ = ["export", "import_"]

import_ = typer.Typer(no_args_is_help=True, help="Read labels and features that other programs made.")
export = typer.Typer(no_args_is_help=True, help="Write labels, features, pictures and videos for others.")
import_.command()(openface)
import_.command()(pyfeat)
import_.command()(expressions)
export.command()(features)
add_import_commands(import_)
add_export_commands(export)

_HIGHEST_FPS = 10_000


@import_.command("hrm-csv")
def import_labels(
    sources: Annotated[
        list[Path], typer.Argument(metavar="SOURCES", help="Label files, or folders with them.")
    ],
    rater: Annotated[str, typer.Option(help="Whose codes they are; made if new.")],
    participant: Annotated[
        str | None, typer.Option(help="Whose labels, if the file name does not say.")
    ] = None,
    video: Annotated[str | None, typer.Option(help="Which video, if there are several.")] = None,
    create: Annotated[bool, typer.Option("--create", help="Make participants that are not there.")] = False,
    replace: Annotated[
        bool,
        typer.Option("--replace", help="Overwrite frames coded differently; history keeps the old codes."),
    ] = False,
    ignore_au0: Annotated[
        bool,
        typer.Option("--ignore-au0", help="Accept rows where AU0 contradicts the codes; the codes count."),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read and match everything, write nothing.")
    ] = False,
    project: ProjectOption = None,
    json: JsonOption = False,
) -> None:
    """Read label files of the HRM release: all of them, or nothing."""
    with opened(project) as study, terminal_progress() as progress:
        report = import_hrm_csv(
            study,
            sources,
            rater=rater,
            participant=participant,
            video=video,
            create=create,
            replace_codes=replace,
            ignore_au0=ignore_au0,
            dry_run=dry_run,
            progress=progress,
        )
    for sentence in report.notes:
        note(sentence)
    print_json(report) if json else done(_sentence(report))


@import_.command("hrm-folder")
def import_folder(
    folder: Annotated[
        Path,
        typer.Argument(metavar="FOLDER", help="Folder with labels, frames and neutral faces."),
    ],
    into: Annotated[
        Path, typer.Option(metavar="FOLDER", help="Folder for the new project; must not exist, or be empty.")
    ],
    rater: Annotated[str, typer.Option(help="Whose codes they are.")],
    fps: Annotated[
        float | None,
        typer.Option(help="Frames per second of the videos, for display; 30 if left out."),
    ] = None,
    ignore_au0: Annotated[
        bool,
        typer.Option("--ignore-au0", help="Accept rows where AU0 contradicts the codes; the codes count."),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read and match everything, write nothing.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Turn a folder of the HRM release into a project: frames, neutral faces, labels, ratings."""
    if fps is not None and not 0 < fps <= _HIGHEST_FPS:
        raise typer.BadParameter(f"--fps must be above 0 and at most {_HIGHEST_FPS}.")
    with terminal_progress() as progress:
        report = import_hrm_folder(
            folder, into, rater=rater, fps=fps, ignore_au0=ignore_au0, dry_run=dry_run, progress=progress
        )
    for sentence in report.notes:
        note(sentence)
    if json:
        print_json(report)
        return
    for who in report.participants:
        done(_taken(who))
    done(_folder_sentence(report))


def _taken(who: TakenChild) -> str:
    """What was taken for what: a line that can be searched, because a table would cut the names off."""
    parts = []
    for video in who.videos:
        labels = "no labels"
        if video.labels is not None:
            labels = (
                f"{counted(video.frames, 'labelled frame')} in {counted(video.segments, 'clip')} from "
                f"{video.labels}"
            )
        pictures = "no pictures"
        if video.folders:
            pictures = f"{counted(video.pictures, 'picture')} from {', '.join(map(str, video.folders))}"
        parts.append(f"{video.name}: {labels}, {pictures}")
    parts.append(f"neutral face: {who.neutral or 'none'}")
    return f"{who.code} ({who.group or 'no group'}): {'; '.join(parts)}"


def _folder_sentence(report: FolderImportReport) -> str:
    counts = (
        f"{counted(len(report.participants), 'participant')}: {counted(report.frames, 'labelled frame')} in "
        f"{counted(report.segments, 'clip')}, {counted(report.pictures, 'picture')}"
    )
    if report.judges:
        counts += f", {counted(report.ratings, 'rating')} of {counted(len(report.judges), 'judge')}"
    if report.dry_run:
        return f"Nothing was written. It would be: {counts}."
    return f"Imported {counts}. Open the project with: hrm-annotator {report.project}"


def _sentence(report: ImportReport) -> str:
    made = f"; new participants: {', '.join(report.created)}" if report.created else ""
    counts = (
        f"{counted(report.files, 'file')}: {counted(report.added, 'frame')} added, "
        f"{report.replaced} replaced, {report.unchanged} already the same{made}"
    )
    if report.intensities or report.remarks:
        counts += (
            f"; with {report.intensities} intensities and {report.remarks} doubts or notes from the files "
            "beside them"
        )
    if report.dry_run:
        return f"Nothing was written. It would be: {counts}."
    return f"Imported {counts}."


@export.command("hrm-csv")
def export_labels(
    out: Annotated[
        Path | None, typer.Option(help="Folder to write to. \\[default: the project's Label]")
    ] = None,
    rater: Annotated[str | None, typer.Option(help="Whose codes, if several raters have coded.")] = None,
    participant: Annotated[str | None, typer.Option(help="Only this participant.")] = None,
    carried: Annotated[
        bool,
        typer.Option("--carried", help="Also frames whose codes were carried there and never confirmed."),
    ] = False,
    intensity: Annotated[
        bool, typer.Option(help="Intensities, if there are any, into a second file beside each.")
    ] = True,
    notes: Annotated[
        bool,
        typer.Option("--notes", help="Doubts and notes, if there are any, into another file beside each."),
    ] = False,
    human_only: HumanOnlyOption = False,
    project: ProjectOption = None,
    json: JsonOption = False,
) -> None:
    """Write one label file per participant, as the HRM release has them."""
    with opened(project) as study:
        report = export_hrm_csv(
            study,
            out,
            rater=rater,
            participant=participant,
            carried=carried,
            intensities=intensity,
            notes=notes,
            human_only=human_only,
        )
    _note_what_is_not_there(report, carried=carried, human_only=human_only)
    if json:
        print_json(report)
        return
    folder = report.files[0].parent.parent
    more = f", with {counted(len(report.beside), 'file')} beside them" if report.beside else ""
    files = counted(len(report.files), "file")
    done(f"Wrote {counted(report.frames, 'frame')} to {files} in {folder}{more}.")


def _note_what_is_not_there(report: ExportReport, *, carried: bool, human_only: bool) -> None:
    """Say what label files leave out, or cannot tell."""
    if report.left_out:
        left_out = counted(report.left_out, "frame")
        note(f"{left_out} not codable left out: the format cannot say that.")
    if report.carried:
        number = counted(report.carried, "frame")
        note(
            f"{number} carried and not confirmed written as if coded: the format cannot tell them apart."
            if carried
            else f"{number} carried and not confirmed left out; --carried writes them, too."
        )
    if report.machine_touched:
        number = counted(report.machine_touched, "frame")
        note(
            f"{number} that a model's suggestions had a part in left out."
            if human_only
            else f"A model's suggestions had a part in {number}: files ending in .models.csv name the codes, "
            "--human-only leaves such frames out."
        )
    if report.unseen:
        note(
            f"The eyes are kept from this rater: 0 in {', '.join(report.unseen)} does not mean absent. Leave "
            "these columns out."
        )
