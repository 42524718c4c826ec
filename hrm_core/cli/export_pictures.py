"""``hrm export frames`` and ``hrm export video``: pictures for others, with covered eyes."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from hrm_core.cli.frame_spans import frame_spans
from hrm_core.cli.options import JsonOption, ProjectOption, opened
from hrm_core.cli.output import counted, done, note, print_json, print_table
from hrm_core.cli.progress_bar import terminal_progress
from hrm_core.records.segments import frames_in_words, segments
from hrm_core.workflows import export_pictures as pictures
from hrm_core.workflows.export_folder import WITHHELD
from hrm_core.workflows.export_pictures import (
    ExportedVideo,
    ExportReport,
    MaskStyle,
    PictureChoice,
)
from hrm_core.workflows.see_faces import without_score

__all__ = ["export_frames", "export_video"]


class Mask(StrEnum):
    """What is covered."""

    EYES = "eyes"
    NONE = "none"


class Format(StrEnum):
    """Kinds of pictures."""

    JPG = "jpg"
    PNG = "png"


ParticipantsOption = Annotated[
    list[str] | None,
    typer.Option(metavar="CODES", help="Only these children, as 3,7,12 or repeated; all if left out."),
]
VideoOption = Annotated[str | None, typer.Option(help="Only videos of this name.")]
ClipsOption = Annotated[
    bool, typer.Option("--clips-only", help="Only frames of clips that are not excluded.")
]
FramesOption = Annotated[
    str | None, typer.Option("--frames", metavar="FRAMES", help="Only these frames, as 10-50,90.")
]
MaskOption = Annotated[
    Mask | None,
    typer.Option(help="Cover the eyes, or nothing. \\[default: as the study's privacy settings say: eyes]"),
]
StyleOption = Annotated[
    MaskStyle,
    typer.Option(help="What is put over the eyes; blur and pixels let their mean colours through."),
]
IntoOption = Annotated[
    Path | None,
    typer.Option(metavar="FOLDER", help="Folder to write to. \\[default: Export in the project]"),
]
ByOption = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Who gives out uncovered eyes; needed for --mask none, and logged."),
]
AgainOption = Annotated[
    bool,
    typer.Option("--again", help="Replace what was exported before; write beside files of somebody else."),
]


def export_frames(
    participants: ParticipantsOption = None,
    video: VideoOption = None,
    clips_only: ClipsOption = False,
    frames: FramesOption = None,
    mask: MaskOption = None,
    style: StyleOption = MaskStyle.GREY_GREEN,
    into: IntoOption = None,
    format: Annotated[Format, typer.Option(help="Kind of picture.")] = Format.JPG,
    quality: Annotated[int, typer.Option(min=1, max=100, help="JPEG quality.")] = 95,
    by: ByOption = None,
    again: AgainOption = False,
    project: ProjectOption = None,
    json: JsonOption = False,
) -> None:
    """Write pictures for others, eyes covered; a frame whose eyes cannot be located is withheld."""
    choice = _choice(participants, video, clips_only, frames, mask, style, into, by, again)
    with opened(project) as study, terminal_progress() as progress:
        report = pictures.export_frames(
            study, choice, suffix=f".{format}", quality=quality, progress=progress
        )
    _tell(report, json)


def export_video(
    participants: ParticipantsOption = None,
    video: VideoOption = None,
    clips_only: Annotated[
        bool, typer.Option("--clips-only", help="One video per clip that is not excluded.")
    ] = False,
    frames: Annotated[
        str | None,
        typer.Option("--frames", metavar="FRAMES", help="One video per run of these, as 10-50,90."),
    ] = None,
    mask: MaskOption = None,
    style: StyleOption = MaskStyle.GREY_GREEN,
    into: IntoOption = None,
    by: ByOption = None,
    again: AgainOption = False,
    project: ProjectOption = None,
    json: JsonOption = False,
) -> None:
    """Write videos for others: H.264, eyes covered, no sound; a withheld frame is grey, with its number."""
    choice = _choice(participants, video, clips_only, frames, mask, style, into, by, again)
    with opened(project) as study, terminal_progress() as progress:
        report = pictures.export_videos(study, choice, progress=progress)
    _tell(report, json, silent=True)


def _choice(
    participants: list[str] | None,
    video: str | None,
    clips_only: bool,
    frames: str | None,
    mask: Mask | None,
    style: MaskStyle,
    into: Path | None,
    by: str | None,
    again: bool,
) -> PictureChoice:
    if clips_only and frames is not None:
        raise typer.BadParameter("Choose either --clips-only or --frames.")
    codes = [code.strip() for code in ",".join(participants or []).split(",") if code.strip()]
    return PictureChoice(
        participants=codes,
        video=video,
        clips_only=clips_only,
        spans=frame_spans(frames) if frames is not None else (),
        masked=None if mask is None else mask is Mask.EYES,
        style=style,
        into=into,
        by=by,
        again=again,
    )


def _tell(report: ExportReport, json: bool, *, silent: bool = False) -> None:
    if json:
        print_json(_as_json(report))
    else:
        _print(report, silent)
    if report.written == 0 or any(entry.problem for entry in report.videos):
        raise typer.Exit(1)


def _print(report: ExportReport, silent: bool) -> None:
    rows = [
        (entry.participant, entry.video, entry.written, len(entry.withheld))
        for entry in report.videos
        if not entry.problem
    ]
    if rows:
        print_table(("participant", "video", "written", "withheld"), rows)
    for entry in report.videos:
        if entry.problem:
            note(f"Participant {entry.participant}: {entry.problem}")
        for why, which in _by_reason(entry).items():
            note(
                f"Participant {entry.participant}, video {entry.video!r}: {frames_in_words(which)} withheld: "
                f"{why}."
            )
    if silent and report.written:
        note("The videos have no sound: a voice tells who speaks.")
        if padded := [entry.video for entry in report.videos if entry.padded and entry.files]:
            note(f"Odd sizes: the last row or column is repeated in {', '.join(map(repr, padded))}.")
    if report.withheld:
        note(
            f"{counted(report.withheld, 'frame')} withheld; {report.folder / WITHHELD} lists them. "
            "hrm faces review shows why; hrm faces mark says where the eyes are, or with --no-eyes that "
            "none are seen."
        )
    eyes = f"eyes covered ({report.style})" if report.masked else "eyes uncovered, which was logged"
    done(
        f"Wrote {counted(report.written, 'frame')} to {report.folder}, {eyes}, in {report.seconds:.1f} s "
        f"({report.frames_per_s:.0f} frames/s)."
    )


def _by_reason(entry: ExportedVideo) -> dict[str, list[int]]:
    reasons: dict[str, list[int]] = {}
    for frame in entry.withheld:
        reasons.setdefault(without_score(frame.reason), []).append(frame.frame)
    return reasons


def _as_json(report: ExportReport) -> dict[str, Any]:
    return {
        "folder": report.folder,
        "mask": "eyes" if report.masked else "none",
        "style": report.style if report.masked else None,
        "frames": report.written,
        "withheld": report.withheld,
        "seconds": round(report.seconds, 3),
        "videos": [
            {
                "participant": entry.participant,
                "video": entry.video,
                "files": [str(file) for file in entry.files],
                "frames": entry.written,
                "withheld": len(entry.withheld),
                "reasons": [
                    {"reason": why, "count": len(which), "frames": segments(which)}
                    for why, which in _by_reason(entry).items()
                ],
                "problem": entry.problem,
            }
            for entry in report.videos
        ],
    }
