"""``hrm extract faces``: videos to faces, their features and pictures of the child."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from hrm_core.cli.options import JsonOption, ProjectOption, opened
from hrm_core.cli.output import counted, done, note, print_json, print_table
from hrm_core.cli.progress_bar import terminal_progress
from hrm_core.workflows.extract_faces import extract_faces
from hrm_core.workflows.face_detector import DETECTORS, GIVEN, Detector, open_detector
from hrm_core.workflows.face_pictures import PictureChoice
from hrm_core.workflows.faces_report import ExtractedFaces, FacesReport

__all__ = ["faces"]

AgainOption = Annotated[
    bool, typer.Option("--again", help="Replace faces of another detector, other settings or another file.")
]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, write nothing.")]

_HEADS = (
    "participant", "video", "frames", "there before", "child", "no face", "several",
    "new aligned", "new crops",
)  # fmt: skip


def faces(
    participants: Annotated[
        list[str] | None,
        typer.Option(metavar="CODES", help="Only these children, as 3,7,12 or repeated; all if left out."),
    ] = None,
    video: Annotated[str | None, typer.Option("--video", help="Only videos of this name.")] = None,
    every: Annotated[int, typer.Option(min=1, help="Every how manyth frame.")] = 1,
    clips_only: Annotated[
        bool, typer.Option("--clips-only", help="Only frames of clips that are not excluded.")
    ] = False,
    detector: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="yunet; insightface (landmarks too); given: what people drew with hrm faces mark --face, "
            "tracked, or what was imported.",
        ),
    ] = DETECTORS[0],
    pack: Annotated[
        str | None, typer.Option(metavar="NAME", help="Weights of another name, as hrm models lists them.")
    ] = None,
    weights: Annotated[
        Path | None, typer.Option(metavar="FILE-OR-FOLDER", help="Weights that lie elsewhere.")
    ] = None,
    least_score: Annotated[
        float | None, typer.Option(min=0, max=1, help="Leave out faces less sure than this, 0-1.")
    ] = None,
    size: Annotated[
        int, typer.Option(min=16, max=2048, help="Width and height of aligned pictures in pixels.")
    ] = PictureChoice().size,
    no_aligned: Annotated[bool, typer.Option("--no-aligned", help="Write no aligned pictures.")] = False,
    no_crops: Annotated[bool, typer.Option("--no-crops", help="Write no unaligned crops.")] = False,
    features_only: Annotated[bool, typer.Option("--features-only", help="Write no pictures at all.")] = False,
    again: AgainOption = False,
    dry_run: DryRunOption = False,
    project: ProjectOption = None,
    json: JsonOption = False,
) -> None:
    """Find faces, follow the child and cut its face out; a run that was stopped goes on."""
    choice = PictureChoice(not (no_aligned or features_only), not (no_crops or features_only), size)
    with _told_when_stopped(), opened(project) as study, terminal_progress() as progress:
        report = extract_faces(
            study,
            _opened(detector, pack, weights, least_score),
            participants=_codes(participants),
            video=video,
            every=every,
            clips_only=clips_only,
            pictures=choice,
            again=again,
            dry_run=dry_run,
            progress=progress,
        )
    if json:
        print_json({**_plain(report), "frames_per_s": report.frames_per_s})
    else:
        _print_report(report)
    problems = [entry.problem for entry in report.videos] + [entry.problem for entry in report.neutral]
    if any(problems):
        raise typer.Exit(1)


@contextmanager
def _told_when_stopped() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        note("Stopped. What was found so far is kept: the same command goes on from there.")
        raise typer.Exit(130) from None


def _opened(
    detector: str, pack: str | None, weights: Path | None, least_score: float | None
) -> Detector | None:
    if pack is not None and weights is not None:
        raise typer.BadParameter("give --pack or --weights, not both")
    if detector == GIVEN:
        return None
    return open_detector(detector, pack=weights or pack, least_score=least_score)


def _codes(named: list[str] | None) -> list[str]:
    return [code.strip() for code in ",".join(named or []).split(",") if code.strip()]


def _plain(report: FacesReport) -> dict[str, object]:
    return {name: getattr(report, name) for name in report.__dataclass_fields__}


def _print_report(report: FacesReport) -> None:
    finished = [entry for entry in report.videos if entry.features is not None]
    if report.dry_run:
        rows = [(entry.participant, entry.video, entry.looked, entry.there) for entry in finished]
        if rows:
            print_table(("participant", "video", "to look at", "there already"), rows)
    elif finished:
        print_table(
            (
                "participant",
                "video",
                "frames",
                "there before",
                "child",
                "no face",
                "several",
                "new aligned",
                "new crops",
            ),
            [_row(entry) for entry in finished],
        )
    for entry in report.videos:
        title = f"Participant {entry.participant}, video {entry.video!r}"
        if entry.problem:
            note(f"{title}: {entry.problem}")
        elif entry.features is None:
            note(f"{title}: labels only, there is no file to look at.")
        if entry.damaged:
            note(f"{title}: damaged and left out: frames {_some(entry.damaged)}.")
        if entry.switches:
            note(
                f"{title}: another face was taken for the child's in frame {_some(entry.switches)}: look "
                "with hrm faces show, correct with hrm faces pick."
            )
    for neutral in report.neutral:
        if neutral.problem:
            note(f"Participant {neutral.participant}, neutral picture: {neutral.problem}")
        elif neutral.faces != 1:
            note(
                f"Participant {neutral.participant}, neutral picture: {counted(neutral.faces, 'face')} found."
            )
    if report.dry_run:
        done(f"Nothing was written. It would be {counted(report.frames, 'frame')}.")
    else:
        done(
            f"Looked at {counted(report.frames, 'frame')} in {report.seconds:.1f} s "
            f"({report.frames_per_s:.0f} frames/s) with {report.detector}."
        )


def _row(entry: ExtractedFaces) -> tuple[str | int, ...]:
    return (
        entry.participant,
        entry.video,
        entry.frames,
        entry.there,
        entry.with_child,
        entry.without_face,
        entry.several_faces,
        entry.aligned,
        entry.crops,
    )


def _some(frames: tuple[int, ...], most: int = 12) -> str:
    shown = ", ".join(map(str, frames[:most]))
    return shown if len(frames) <= most else f"{shown} and {len(frames) - most} more"
