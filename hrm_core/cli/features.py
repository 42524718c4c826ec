"""``hrm import openface | pyfeat`` and ``hrm export features``: what other programs say of faces."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from hrm_core.cli.options import JsonOption, ProjectOption, opened
from hrm_core.cli.output import counted, done, note, print_json, print_table
from hrm_core.cli.progress_bar import terminal_progress
from hrm_core.progress import Progress
from hrm_core.workflows.export_features import FeatureExport, export_features
from hrm_core.workflows.import_features import Chooser, FeatureImport, import_features

__all__ = ["features", "openface", "pyfeat"]

FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="The CSV that the program wrote.")]
ParticipantOption = Annotated[str, typer.Option("--participant", help="Whose recording it is about.")]
VideoOption = Annotated[str | None, typer.Option(help="Which video, if the child has several.")]
FaceOption = Annotated[
    str | None,
    typer.Option(metavar="N|largest", help="Which face is the child's, if frames have several."),
]
AgainOption = Annotated[bool, typer.Option("--again", help="Replace what was imported before.")]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Read and check everything, write nothing.")]
ByOption = Annotated[str | None, typer.Option(help="Your name as a rater of this study, for the note.")]


class Source(StrEnum):
    """Whose features are exported."""

    FACES = "faces"
    OPENFACE = "openface"
    PYFEAT = "pyfeat"


class Format(StrEnum):
    """Kinds of files."""

    CSV = "csv"
    PARQUET = "parquet"


def openface(
    file: FileArgument,
    participant: ParticipantOption,
    video: VideoOption = None,
    face: FaceOption = None,
    accept_times: Annotated[
        bool,
        typer.Option(
            "--accept-times", help="Go on if its times differ from those of the frames; numbers count."
        ),
    ] = False,
    again: AgainOption = False,
    dry_run: DryRunOption = False,
    by: ByOption = None,
    project: ProjectOption = None,
    json: JsonOption = False,
) -> None:
    """Take action units, landmarks, head and gaze that OpenFace found in a recording into the study."""
    with opened(project) as study:
        report = _import(
            lambda chosen, choose, progress: import_features(
                study,
                "openface",
                file,
                participant=participant,
                video=video,
                face=chosen,
                choose=choose,
                accept_times=accept_times,
                again=again,
                dry_run=dry_run,
                by=by,
                progress=progress,
            ),
            face,
            json=json,
        )
    _print_import(report, json=json)


def pyfeat(
    file: FileArgument,
    participant: ParticipantOption,
    video: VideoOption = None,
    face: FaceOption = None,
    rows_are_frames: Annotated[
        bool,
        typer.Option(
            "--rows-are-frames", help="The file names no frames and has one row for each, in order."
        ),
    ] = False,
    again: AgainOption = False,
    dry_run: DryRunOption = False,
    by: ByOption = None,
    project: ProjectOption = None,
    json: JsonOption = False,
) -> None:
    """Take action units, landmarks, head and emotions that Py-Feat found in a recording into the study."""
    with opened(project) as study:
        report = _import(
            lambda chosen, choose, progress: import_features(
                study,
                "pyfeat",
                file,
                participant=participant,
                video=video,
                face=chosen,
                choose=choose,
                rows_are_frames=rows_are_frames,
                again=again,
                dry_run=dry_run,
                by=by,
                progress=progress,
            ),
            face,
            json=json,
        )
    _print_import(report, json=json)


class _Question(Exception):
    """Nobody can be asked while bars are drawn over the terminal."""

    def __init__(self, faces: tuple[Any, ...]) -> None:
        super().__init__()
        self.faces = faces


def _import(
    run: Callable[[str | None, Chooser | None, Progress], FeatureImport], face: str | None, *, json: bool
) -> FeatureImport:
    """Import, and ask for the child's face where somebody sits at a terminal."""

    def stop(faces: tuple[Any, ...]) -> str:
        raise _Question(faces)

    asks = not json and sys.stdin.isatty() and sys.stdout.isatty()
    try:
        with terminal_progress() as progress:
            return run(face, stop if asks else None, progress)
    except _Question as question:
        answer = _ask(question.faces)
    with terminal_progress() as progress:
        return run(answer, None, progress)


def _ask(faces: tuple[Any, ...]) -> str:
    done("Some frames have several faces:")
    _print_faces(faces)
    return str(typer.prompt("Which is the child's? Its number, or largest for the largest of each frame"))


def _print_faces(faces: tuple[Any, ...]) -> None:
    rows = [
        (entry.number, entry.frames, _shown(entry.size, "%.0f px"), _shown(entry.confidence, "%.2f"))
        for entry in faces
    ]
    print_table(("face", "frames", "size (median)", "confidence (mean)"), rows)


def _shown(value: float, form: str) -> str:
    return "not said" if math.isnan(value) else form % value


def _print_import(report: FeatureImport, *, json: bool) -> None:
    for sentence in report.notes:
        note(sentence)
    if json:
        print_json(_without_nan(report))
        return
    mapped = dict.fromkeys(entry.action for entry in report.actions if entry.action is not None)
    if mapped:
        done("Actions of the catalogue: " + ", ".join(mapped) + ".")
    for entry in report.actions:
        if entry.action is None:
            done(f"Kept under its own name: {entry.column}, {entry.says}.")
    counts = (
        f"{counted(report.rows, 'row')} about {report.frames} of {report.frames_in_recording} frames, "
        f"{counted(len(report.faces), 'face')}; {report.without_face} without the child's face"
    )
    if report.confidence is not None:
        counts += f"; confidence {report.confidence:.3f} in the mean"
    if report.dry_run:
        done(f"Nothing was written. It would be: {counts}.")
    else:
        done(f"Participant {report.participant}, video {report.video!r}: imported {counts}.")


def _without_nan(report: FeatureImport) -> dict[str, Any]:
    """The report for JSON, which knows no NaN."""
    from dataclasses import asdict

    values = asdict(report)
    for face in values["faces"]:
        for key, value in face.items():
            face[key] = None if isinstance(value, float) and math.isnan(value) else value
    return values


def features(
    participants: Annotated[
        list[str] | None,
        typer.Option(metavar="CODES", help="Only these children, as 3,7,12 or repeated; all if left out."),
    ] = None,
    source: Annotated[
        Source, typer.Option("--from", help="Our own face features, or what was imported.")
    ] = Source.FACES,
    form: Annotated[Format, typer.Option("--format", help="Kind of file.")] = Format.CSV,
    into: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", help="Folder to write to. \\[default: Exported Features in the project]"
        ),
    ] = None,
    landmarks: Annotated[
        bool, typer.Option("--landmarks/--no-landmarks", help="Whether landmarks are written too.")
    ] = True,
    again: Annotated[bool, typer.Option("--again", help="Replace files that are there.")] = False,
    project: ProjectOption = None,
    json: JsonOption = False,
) -> None:
    """Write one table per recording, a row for each face of each frame; frames are counted from 0."""
    named = ",".join(participants or []).split(",")
    codes = [code.strip() for code in named if code.strip()]
    with opened(project) as study, terminal_progress() as progress:
        report = export_features(
            study,
            into,
            participants=codes,
            source=source.value,
            parquet=form is Format.PARQUET,
            landmarks=landmarks,
            again=again,
            progress=progress,
        )
    if json:
        print_json(report)
    else:
        _print_export(report)
    if any(video.problem for video in report.videos):
        raise typer.Exit(1)


def _print_export(report: FeatureExport) -> None:
    rows = [
        (video.participant, video.video, video.rows, video.columns)
        for video in report.videos
        if video.file is not None
    ]
    if rows:
        print_table(("participant", "video", "rows", "columns"), rows)
    for video in report.videos:
        if video.problem:
            note(video.problem)
        elif video.file is None:
            note(f"Participant {video.participant}, video {video.video!r}: nothing to export.")
    done(f"Wrote {counted(len(rows), 'table')} to {report.folder}.")
