"""``hrm reliability``: how well two codings agree, where they differ, and the report of it."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from hrm_core.cli.options import JsonOption, ProjectOption, opened
from hrm_core.cli.output import counted, done, note, print_folded, print_json
from hrm_core.cli.progress_bar import terminal_progress
from hrm_core.cli.reliability_tables import (
    as_plain,
    disagreement_rows,
    print_agreement,
    write_actions,
    write_disagreements,
)
from hrm_core.errors import ProjectError
from hrm_core.records.agreement import AgreementOptions, Source, SourceKind
from hrm_core.workflows.agreement_sources import source_named, source_text, sources, two_coders
from hrm_core.workflows.measure_agreement import (
    list_disagreements,
    make_report,
    measure_pair,
    pairs_of_report,
)
from hrm_core.workflows.project import Project

__all__ = ["reliability"]

reliability = typer.Typer(
    no_args_is_help=True, help="How well two codings agree, where they differ, and the report of it."
)

_SOURCE_HELP = (
    "A rater's name, NAME@2026-01-31 (as the rater had coded by the end of that day, UTC), openface, "
    "pyfeat or pyfeat:0.4 (threshold), run:3 or run:3:0.6."
)


def _enough(replicates: int) -> int:
    if replicates == 1:
        raise typer.BadParameter(
            "1 resample gives no interval: take 0 to leave intervals out, or 2 and more (2000 is usual)."
        )
    return replicates


FirstArgument = Annotated[
    str | None,
    typer.Argument(metavar="FIRST", help=f"The reference. {_SOURCE_HELP}", show_default=False),
]
SecondArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="SECOND",
        help="What is compared with it; both may be left out where two raters coded.",
        show_default=False,
    ),
]
ParticipantOption = Annotated[
    str | None, typer.Option("--participant", metavar="CODE", help="Only this child's recordings.")
]
VideoOption = Annotated[str | None, typer.Option("--video", metavar="NAME", help="Only this video.")]
ActionOption = Annotated[
    str | None, typer.Option("--action", metavar="KEY", help="Only this action, as AU12.")
]
CsvOption = Annotated[
    Path | None, typer.Option("--csv", metavar="FILE", help="Write all numbers as CSV.", show_default=False)
]
ReplicatesOption = Annotated[
    int,
    typer.Option(
        min=0,
        max=100_000,
        callback=_enough,
        help="Bootstrap resamples of children and clips, 2 or more; 0 leaves them out.",
    ),
]
SeedOption = Annotated[int, typer.Option(min=0, help="Of the bootstrap: same seed, same intervals.")]
LevelOption = Annotated[float, typer.Option(min=0.5, max=0.999, help="Of all intervals.")]
RareFramesOption = Annotated[
    int, typer.Option("--rare-frames", min=0, help="An action with fewer frames by either gets a warning.")
]
RareEventsOption = Annotated[
    int, typer.Option("--rare-events", min=0, help="An action with fewer events by either gets a warning.")
]


class Format(StrEnum):
    """Kinds of files of a report."""

    HTML = "html"
    PDF = "pdf"
    LATEX = "latex"
    CSV = "csv"
    XLSX = "xlsx"


@reliability.command("sources")
def list_sources(project: ProjectOption = None, json: JsonOption = False) -> None:
    """List everything that can be compared, and how it is written."""
    with opened(project) as study:
        found = sources(study)
        coded = {rater.name: study.coded_frames(rater) for rater in study.raters()}
    if json:
        print_json([{"write": source_text(source), **as_plain(source)} for source in found])
        return
    if not found:
        done("Nothing can be compared yet: nobody has coded, and nothing was imported.")
        return
    rows = [
        (
            source_text(source),
            source.label,
            source.kind.value,
            counted(coded[source.name], "frame") if source.kind is SourceKind.RATER else "",
        )
        for source in found
    ]
    print_folded(("write", "source", "kind", "coded"), rows)
    done("")
    done("NAME@2026-01-31 is a rater's coding as it stood at the end of that day (UTC).")


@reliability.command()
def show(
    first: FirstArgument = None,
    second: SecondArgument = None,
    participant: ParticipantOption = None,
    video: VideoOption = None,
    action: ActionOption = None,
    replicates: ReplicatesOption = 2000,
    seed: SeedOption = 0,
    level: LevelOption = 0.95,
    rare_frames: RareFramesOption = 30,
    rare_events: RareEventsOption = 10,
    csv: CsvOption = None,
    project: ProjectOption = None,
    json: JsonOption = False,
) -> None:
    """Show how well two sources agree, action by action, on the frames that both coded.

    The interval behind ICC(3,1) takes frames for independent, which neighbouring frames are not; the one
    by children resamples whole children and is the one to trust.
    """
    options = AgreementOptions(level, replicates, seed, rare_frames, rare_events)
    with opened(project) as study, terminal_progress() as progress:
        one, other = _two(study, first, second)
        _require_action(study, action)
        found = measure_pair(
            study, one, other, options, participant=participant, video=video, progress=progress
        )
    if csv is not None:
        write_actions(csv, found, action)
    if json:
        print_json(as_plain(found, action))
        return
    print_agreement(found, options, action)
    if csv is not None:
        done(f"All numbers are in {csv}.")


@reliability.command()
def report(
    first: FirstArgument = None,
    others: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SECOND [MORE...]",
            help="Further raters, tools or runs: raters with one another, each rater with each program.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[Path, typer.Option("--out", metavar="FOLDER", help="Where the report is written.")] = Path(
        "Reliability"
    ),
    formats: Annotated[
        list[Format] | None,
        typer.Option("--format", help="Only these kinds; may be given several times.", show_default=False),
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Replace a report that is there.")] = False,
    participant: ParticipantOption = None,
    video: VideoOption = None,
    replicates: ReplicatesOption = 2000,
    seed: SeedOption = 0,
    level: LevelOption = 0.95,
    rare_frames: RareFramesOption = 30,
    rare_events: RareEventsOption = 10,
    project: ProjectOption = None,
    json: JsonOption = False,
) -> None:
    """Write the report that goes with a paper: tables, figures, methods and what was left out."""
    from hrm_core.workflows.write_reliability_report import require_room, write_reliability_report

    kinds = [kind.value for kind in formats or list(Format)]
    require_room(out, kinds, replace=replace)
    options = AgreementOptions(level, replicates, seed, rare_frames, rare_events)
    with opened(project) as study, terminal_progress() as progress:
        if others:
            chosen = [source_named(study, text) for text in (first, *others) if text is not None]
        else:
            chosen = [*_two(study, first, None)]
        made = make_report(
            study,
            pairs_of_report(chosen),
            options,
            participant=participant,
            video=video,
            progress=progress,
        )
        written = write_reliability_report(made, out, kinds, replace=replace, progress=progress)
    for sentence in made.left_out:
        note(sentence)
    if json:
        labels = [[pair.first.label, pair.second.label] for pair in made.pairs]
        print_json({"files": written, "pairs": labels, "left_out": made.left_out})
        return
    for pair in made.pairs:
        done(f"{pair.first.label} and {pair.second.label}: {counted(pair.frames, 'frame')} compared.")
    done(f"The report is in {out} ({counted(len(written), 'file')}).")


@reliability.command()
def disagreements(
    first: FirstArgument = None,
    second: SecondArgument = None,
    participant: ParticipantOption = None,
    video: VideoOption = None,
    action: ActionOption = None,
    csv: CsvOption = None,
    project: ProjectOption = None,
    json: JsonOption = False,
) -> None:
    """List where two sources differ: runs of frames with the code of each.

    Where one of them is a program, only whether an action is there counts: programs tell no sides.
    Codes of both are shown to whoever runs this, as to everybody who has the project's files: a coder whose
    coding is still to be independent uses hrm adjudicate list --rater NAME, or the window.
    """
    with opened(project) as study, terminal_progress() as progress:
        one, other = _two(study, first, second)
        found = list_disagreements(
            study, one, other, participant=participant, video=video, action=action, progress=progress
        )
    if csv is not None:
        write_disagreements(csv, found, one, other)
    if json:
        print_json([as_plain(entry) for entry in found])
        return
    if found:
        print_folded(("child", "video", "frames", "action", one.label, other.label), disagreement_rows(found))
        done("")
    frames = sum(len(entry) for entry in found)
    done(
        f"{counted(len(found), 'run')} of frames with different codes, {counted(frames, 'decision')} in all."
        if found
        else f"{one.label} and {other.label} agree on everything that both coded."
    )


def _two(study: Project, first: str | None, second: str | None) -> tuple[Source, Source]:
    if first is None:
        return two_coders(study)
    one = source_named(study, first)
    if second is None:
        raise ProjectError(
            f"Say what {one.label} is compared with: a second source, as hrm reliability sources lists them."
        )
    return one, source_named(study, second)


def _require_action(study: Project, action: str | None) -> None:
    keys = [entry.key for entry in study.actions()]
    if action is not None and action not in keys:
        raise ProjectError(
            f"This study does not code {action!r}: write the action as a column of the label file, as AU12."
        )
