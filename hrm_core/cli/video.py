"""``hrm video relink | ledger | find | proxy``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hrm_core.cli.options import JsonOption, ProjectOption, opened
from hrm_core.cli.output import counted, done, note, print_json, print_table
from hrm_core.cli.progress_bar import terminal_progress
from hrm_core.cli.proxy import proxy
from hrm_core.errors import InvalidFileError, NotFoundError
from hrm_core.records.recording import Recording
from hrm_core.records.segments import frames_in_words
from hrm_core.workflows.note_frames import note_frames
from hrm_core.workflows.relink_video import RelinkReport, find_moved_videos, relink_video

__all__ = ["video"]

video = typer.Typer(
    no_args_is_help=True, help="Connect labels to other files of a recording; coding proxies."
)

CodeArgument = Annotated[str, typer.Argument(metavar="CODE", help="The study's own code of the child.")]
VideoOption = Annotated[
    str | None, typer.Option("--video", help="Which video of the child, if there are several.")
]
_MOST_RUNS = 20

video.command()(proxy)


@video.command()
def relink(
    code: CodeArgument,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Another file of the same recording.")],
    by: Annotated[
        str | None,
        typer.Option(
            help="Your name as a rater of this study, for the history; needed if several have labelled it."
        ),
    ] = None,
    video: VideoOption = None,
    link: Annotated[
        bool, typer.Option("--link", help="Reference the file where it is; do not copy it.")
    ] = False,
    leave_missing: Annotated[
        bool,
        typer.Option(
            "--leave-missing",
            help="Go on if labelled frames are not in the file; their labels stay in the history only.",
        ),
    ] = False,
    accept_uncertain: Annotated[
        bool,
        typer.Option("--accept-uncertain", help="Go on where frames may be taken for their neighbours."),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say where every frame went, write nothing.")
    ] = False,
    project: ProjectOption = None,
    json: JsonOption = False,
) -> None:
    """Connect a re-encoded, resized, trimmed or cut file: every label goes to the frame it was made on."""
    with opened(project) as study, terminal_progress() as progress:
        report = relink_video(
            study,
            code,
            file,
            by=by,
            video=video,
            copy=not link,
            leave_missing=leave_missing,
            accept_uncertain=accept_uncertain,
            dry_run=dry_run,
            progress=progress,
        )
    if json:
        print_json(report)
        return
    _print_report(report)
    if dry_run:
        _print_obstacles(report)
        done("Nothing was written.")
        return
    done(f"Video {report.video!r} is connected to {file.name} now; open windows must open the study again.")
    done(f"The labels as they were before are in {report.backup}.")


def _print_obstacles(report: RelinkReport) -> None:
    """What would stop the real run."""
    lost = sorted({frame for frames in report.left.values() for frame in frames})
    if lost:
        note(f"Labelled {frames_in_words(lost)} are not there: the real run needs --leave-missing.")
    elif report.marks_left:
        note(
            f"Marked {frames_in_words(report.marks_left)} are not there: the real run needs --leave-missing."
        )
    elif report.clips_lost:
        note("Clips are not there at all: the real run needs --leave-missing.")
    if report.doubtful_labels:
        words = frames_in_words(report.doubtful_labels)
        note(f"Labelled {words} may be taken for neighbours: the real run needs --accept-uncertain.")


def _print_report(report: RelinkReport) -> None:
    rows = [
        (
            f"{run.first}-{run.last}",
            "not there"
            if run.new_first is None
            else f"{run.new_first}-{run.new_first + run.last - run.first}",
        )
        for run in report.runs[:_MOST_RUNS]
    ]
    print_table(("old frames", "new frames"), rows)
    if len(report.runs) > _MOST_RUNS:
        note(f"{counted(len(report.runs) - _MOST_RUNS, 'more run')}: see --json.")
    done(
        f"{report.found} of {report.old_frames} frames found; the new file has {report.new_frames}. "
        f"Their looks differ by {report.apart / 2.56:.1f} % in the median."
    )
    for rater, moved in report.moved.items():
        lost = report.left.get(rater, ())
        ending = f", {counted(len(lost), 'frame')} not found" if lost else ""
        done(f"{rater}: {counted(moved, 'labelled frame')} moved{ending}.")
    for what, clips in (("lost frames", report.clips_cut), ("is not there at all", report.clips_lost)):
        for clip in clips:
            note(f"Clip {clip} {what}.")
    if report.doubtful:
        note(
            f"{counted(len(report.doubtful), 'frame')} ({len(report.doubtful_labels)} labelled) may be taken "
            "for a neighbour: the scene is still, the copy poor or re-timed. Compare both files."
        )


@video.command()
def ledger(
    code: Annotated[str | None, typer.Argument(metavar="[CODE]", help="Only videos of this child.")] = None,
    video: VideoOption = None,
    project: ProjectOption = None,
) -> None:
    """Note how every frame looks, for studies that were made before this was done by itself."""
    failed = False
    with opened(project) as study, terminal_progress() as progress:
        for who, recording in list(study.recordings(code, video)):
            if recording.path is None:
                note(f"Only labels are known of video {recording.name!r} of participant {who.code}.")
                continue
            try:
                frames = len(note_frames(study, recording, progress=progress))
            except (NotFoundError, InvalidFileError) as error:
                # The other videos are no worse for it.
                note(f"Participant {who.code}: {error}")
                failed = True
            else:
                done(f"Participant {who.code}, video {recording.name!r}: {counted(frames, 'frame')} noted.")
    if failed:
        raise typer.Exit(1)


@video.command()
def find(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where to look, subfolders included.")],
    project: ProjectOption = None,
) -> None:
    """Find videos that were moved or renamed, by what they hold."""
    with opened(project) as study, terminal_progress() as progress:
        answers = find_moved_videos(study, folder, progress=progress)
    if not answers:
        done("No video is missing.")
    for recording, place in answers:
        done(f"{recording.name}: {place or _not_found(recording)}")
    if any(place is None for _, place in answers):
        raise typer.Exit(1)


def _not_found(recording: Recording) -> str:
    if recording.fingerprint is not None:
        return "not found"
    return (
        "not found (folders of images are not recognised: put it back, or connect it with "
        "hrm add video --replace)"
    )
