"""``hrm extract``: videos to pictures."""

from __future__ import annotations

from typing import Annotated

import typer

from hrm_core.cli.extract_faces import faces
from hrm_core.cli.options import JsonOption, ProjectOption, opened
from hrm_core.cli.output import counted, done, note, print_json, print_table
from hrm_core.cli.progress_bar import terminal_progress
from hrm_core.workflows.extract_frames import ExtractReport, extract_study

__all__ = ["extract"]

extract = typer.Typer(
    no_args_is_help=True, help="Write frames of videos, and the faces in them, as pictures."
)


@extract.callback()
def _extract() -> None:
    """Write frames and faces of videos as pictures."""


extract.command()(faces)


@extract.command()
def frames(
    participants: Annotated[
        list[str] | None,
        typer.Option(metavar="CODES", help="Only these children, as 3,7,12 or repeated; all if left out."),
    ] = None,
    every: Annotated[int, typer.Option(min=1, help="Every how manyth frame.")] = 1,
    clips_only: Annotated[
        bool, typer.Option("--clips-only", help="Only frames of clips that are not excluded.")
    ] = False,
    quality: Annotated[int, typer.Option(min=1, max=100, help="JPEG quality.")] = 95,
    again: Annotated[
        bool, typer.Option("--again", help="Replace pictures taken from another file or in another quality.")
    ] = False,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Videos at a time; as many as there are cores if left out.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done, write nothing.")
    ] = False,
    project: ProjectOption = None,
    json: JsonOption = False,
) -> None:
    """Write frames to Convert Frames, named by frame number from 0 on; a run that was stopped goes on."""
    named = ",".join(participants or []).split(",")
    codes = [code.strip() for code in named if code.strip()]
    with opened(project) as study, terminal_progress() as progress:
        report = extract_study(
            study,
            participants=codes,
            every=every,
            clips_only=clips_only,
            quality=quality,
            again=again,
            jobs=jobs,
            dry_run=dry_run,
            progress=progress,
        )
    if json:
        print_json(report)
    else:
        _print_report(report)
    if any(video.problem for video in report.videos):
        raise typer.Exit(1)


def _print_report(report: ExtractReport) -> None:
    to_do = "to write" if report.dry_run else "written"
    rows = [
        (video.participant, video.video, video.written, video.there, len(video.damaged))
        for video in report.videos
        if video.folder is not None
    ]
    if rows:
        print_table(("participant", "video", to_do, "there already", "damaged"), rows)
    for video in report.videos:
        if video.problem:
            note(f"Participant {video.participant}: {video.problem}")
        elif video.folder is None:
            note(f"Participant {video.participant}, video {video.video!r}: pictures already, or labels only.")
    if report.dry_run:
        done(f"Nothing was written. It would be {counted(report.frames, 'frame')}.")
    else:
        done(
            f"Wrote {counted(report.frames, 'frame')} in {report.seconds:.1f} s "
            f"({report.frames_per_s:.0f} frames/s)."
        )
