"""``hrm rating export`` and ``import``: judges who rate in a browser, without the program."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from hrm_core.cli.options import JsonOption, ProjectOption, opened
from hrm_core.cli.output import counted, done, note, print_json
from hrm_core.cli.progress_bar import terminal_progress
from hrm_core.cli.rating import rating
from hrm_core.workflows.give_out_session import give_out
from hrm_core.workflows.take_in_answers import take_in

__all__ = ["export_folder", "import_answers"]


class _Format(StrEnum):
    MP4 = "mp4"
    WEBM = "webm"


class _Language(StrEnum):
    ENGLISH = "en"
    CHINESE = "zh_CN"


_ByOption = Annotated[str | None, typer.Option("--by", metavar="NAME", help="Who does it, for the log.")]


@rating.command("export")
def export_folder(
    session: Annotated[str, typer.Argument(metavar="SESSION", help="Name of the session.")],
    judge: Annotated[
        str, typer.Option("--judge", metavar="NAME", help="Whose part is given out.", show_default=False)
    ],
    into: Annotated[
        Path, typer.Option("--into", metavar="FOLDER", help="A new or empty folder.", show_default=False)
    ],
    format: Annotated[
        _Format, typer.Option("--format", help="mp4 as prepared; webm for browsers without H.264.")
    ] = _Format.MP4,
    language: Annotated[
        _Language, typer.Option("--language", help="In which the page begins; judges can change it.")
    ] = _Language.ENGLISH,
    by: _ByOption = None,
    project: ProjectOption = None,
    json: JsonOption = False,
) -> None:
    """Give a judge's part out as a folder: index.html opens by double click, without a network."""
    with opened(project) as study, terminal_progress() as progress:
        given = give_out(
            study,
            session,
            judge,
            into,
            format=format.value,
            language=language.value,
            by=by,
            progress=progress,
        )
    if given.in_window:
        note(
            f"{given.judge} has rated in the window: from here on, in the browser alone, because a seat is "
            "not rated in two places at a time."
        )
    if json:
        print_json(given)
        return
    before = f" ({given.answered} were answered before)" if given.answered else ""
    done(
        f"{given.folder} asks {given.judge} {counted(given.trials, 'question')}{before}, with "
        f"{counted(given.clips, 'clip')} in {given.size / 1e6:.1f} MB. Give the whole folder to the judge, "
        "who opens index.html and sends back the file of answers: hrm rating import takes it in."
    )


@rating.command("import")
def import_answers(
    files: Annotated[list[Path], typer.Argument(metavar="FILES", help="Files of answers.")],
    by: _ByOption = None,
    project: ProjectOption = None,
    json: JsonOption = False,
) -> None:
    """Take in answers that were saved in a browser; files that were changed or are foreign are refused."""
    with opened(project) as study:
        taken = take_in(study, files, by=by)
    if json:
        print_json(taken)
        return
    for entry in taken:
        new = "something was new" if entry.events else "nothing was new"
        done(
            f"{entry.file.name}: {entry.judge} in {entry.session!r}, {entry.done} of {entry.total} answered "
            f"now; {new}."
        )
