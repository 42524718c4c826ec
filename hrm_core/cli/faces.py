"""``hrm faces``: which faces were found, and which of them is the child's."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hrm_core.cli.options import JsonOption, ProjectOption, opened
from hrm_core.cli.output import counted, done, note, print_json, print_table
from hrm_core.cli.progress_bar import terminal_progress
from hrm_core.workflows import pick_face as picking
from hrm_core.workflows.show_faces import draw_contact_sheet, faces_of_frame

__all__ = ["faces"]

faces = typer.Typer(no_args_is_help=True, help="Look at the faces that were found, and correct them.")

_CodeArgument = Annotated[str, typer.Argument(metavar="CODE", help="Code of the child.")]
_VideoOption = Annotated[
    str | None, typer.Option("--video", help="Name of the video, if the child has several.")
]


@faces.callback()
def _faces() -> None:
    """Look at the faces that were found, and correct them."""


@faces.command()
def pick(
    code: _CodeArgument,
    frame: Annotated[int, typer.Option(min=0, help="Frame in which the face is.")],
    by: Annotated[str, typer.Option(metavar="NAME", help="Rater who says so.")],
    face: Annotated[
        int | None, typer.Option(min=0, help="Number of the face, as hrm faces show lists them.")
    ] = None,
    at: Annotated[str | None, typer.Option(metavar="X,Y", help="Or a point inside it, in pixels.")] = None,
    video: _VideoOption = None,
    project: ProjectOption = None,
    json: JsonOption = False,
) -> None:
    """Say which face is the child's; it is followed from there on, until the next pick."""
    point = None if at is None else _point(at)
    with opened(project) as study:
        picked = picking.pick_face(study, code, frame, by=by, face=face, at=point, video=video)
    if json:
        print_json(picked)
        return
    changed = counted(len(picked.changed), "frame")
    done(
        f"Face {picked.face} of frame {frame} is the child's: {changed} changed, "
        f"{counted(picked.aligned, 'aligned picture')} and {counted(picked.crops, 'crop')} written anew."
    )


def _point(text: str) -> tuple[float, float]:
    try:
        x, y = (float(part) for part in text.split(","))
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is no point: write it as X,Y, for example 320,180") from error
    return x, y


@faces.command()
def show(
    code: _CodeArgument,
    frame: Annotated[int | None, typer.Option(min=0, help="This frame alone.")] = None,
    contact_sheet: Annotated[
        Path | None, typer.Option(metavar="FILE.png", help="Draw frames with their faces side by side.")
    ] = None,
    every: Annotated[int, typer.Option(min=1, help="Every how manyth frame on the sheet.")] = 1,
    eyes_shown: Annotated[
        bool, typer.Option("--eyes-shown", help="Leave the eyes uncovered; who sees them is logged.")
    ] = False,
    by: Annotated[str | None, typer.Option(metavar="NAME", help="Rater to whom eyes are shown.")] = None,
    video: _VideoOption = None,
    project: ProjectOption = None,
    json: JsonOption = False,
) -> None:
    """List the faces of a frame, or draw a contact sheet, with the eyes covered unless asked for."""
    if frame is None and contact_sheet is None:
        raise typer.BadParameter("say which --frame, or which --contact-sheet to draw")
    if eyes_shown and (by is None or contact_sheet is None):
        raise typer.BadParameter("--eyes-shown needs --contact-sheet, and --by NAME")
    with opened(project) as study, terminal_progress() as progress:
        if contact_sheet is not None:
            drawn = draw_contact_sheet(
                study,
                code,
                contact_sheet,
                video=video,
                every=every,
                frame=frame,
                eyes_shown_to=by if eyes_shown else None,
                progress=progress,
            )
        else:
            assert frame is not None
            found = faces_of_frame(study, code, frame, video=video)
    if contact_sheet is None:
        if json:
            print_json(found)
            return
        rows = [
            (entry.face, "child" if entry.child else "", entry.score, *(f"{v:.0f}" for v in entry.box))
            for entry in found
        ]
        if rows:
            print_table(("face", "", "score", "left", "top", "right", "bottom"), rows)
        done(f"{counted(len(rows), 'face')} in frame {frame}.")
        return
    if json:
        print_json(drawn)
        return
    if drawn.withheld:
        note(f"{counted(len(drawn.withheld), 'frame')} withheld, because the eyes in them cannot be covered.")
    done(f"Drew {counted(drawn.frames, 'frame')} to {drawn.file}.")
