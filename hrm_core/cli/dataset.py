"""``hrm dataset check | stats``: is everything there, and what is in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from hrm_core.cli.options import JsonOption, ProjectOption, opened
from hrm_core.cli.output import counted, done, note, print_folded, print_json
from hrm_core.cli.progress_bar import terminal_progress
from hrm_core.facs import action
from hrm_core.records.findings import DatasetCheck, SegmentsOf
from hrm_core.workflows import dataset_stats as statistics
from hrm_core.workflows.check_dataset import check_dataset

__all__ = ["dataset"]

dataset = typer.Typer(no_args_is_help=True, help="Check a data set before it is used, and describe it.")

# More of them say no more than the first ones.
_NAMED = 5


@dataset.command()
def check(
    folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="FOLDER",
            help="A project, or a folder of label files and frames; the project you are in if left out.",
            show_default=False,
        ),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Find what is missing, changed or contradictory; exit 1 if there is an error. Nothing is changed."""
    with terminal_progress() as progress:
        result = check_dataset(folder, progress=progress)
    if json:
        segments = [
            {
                "participant": entry.participant,
                "video": entry.video,
                "rater": entry.rater,
                **asdict(entry.lengths),
            }
            for entry in result.segments
        ]
        print_json({"findings": result.findings, "segments": segments, "summary": result.summary})
    else:
        _print_check(result)
    if result.summary.errors:
        raise typer.Exit(1)


def _print_check(result: DatasetCheck) -> None:
    rows = [(entry.severity, entry.participant, entry.video, entry.message) for entry in result.findings]
    if rows:
        print_folded(("severity", "participant", "video", "what to look at"), rows)
        done("")
    segments = [_segment_row(entry) for entry in result.segments]
    if segments:
        title = "Segments: runs of consecutive coded frames; length is their median (shortest–longest)"
        print_folded(("participant", "video", "rater", "segments", "frames", "length"), segments, title=title)
        done("")
    done(_verdict(result))


def _segment_row(entry: SegmentsOf) -> tuple[Any, ...]:
    told = entry.lengths
    length = f"{told.median:g} ({told.shortest}–{told.longest})"
    return entry.participant, entry.video, entry.rater, told.segments, told.frames, length


def _verdict(result: DatasetCheck) -> str:
    told = result.summary
    looked = (
        f"{counted(told.participants, 'participant')}, "
        f"{counted(told.videos, 'video' if told.is_project else 'label file')}, "
        f"{counted(told.pictures, 'picture')}"
    )
    if not result.findings:
        return f"Nothing to find fault with: {looked}."
    found = (
        f"{counted(told.errors, 'error')}, {counted(told.warnings, 'warning')}, {counted(told.notes, 'note')}"
    )
    return f"{found} in {looked}."


@dataset.command()
def stats(
    rater: Annotated[
        str | None, typer.Option(help="Whose codes are counted, if several raters have coded.")
    ] = None,
    every: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Measure every how manyth picture; if left out, 10 of videos and 1 of picture folders.",
            show_default=False,
        ),
    ] = None,
    project: ProjectOption = None,
    json: JsonOption = False,
) -> None:
    """Describe a study: children, labels, how often each action occurs, pixels for normalisation."""
    with opened(project) as study, terminal_progress() as progress:
        result = statistics.dataset_stats(study, rater, every=every, progress=progress)
    unreadable = result.pixels.unreadable
    for sentence in unreadable[:_NAMED]:
        note(f"not measured: {sentence}")
    if len(unreadable) > _NAMED:
        note(f"not measured: {len(unreadable) - _NAMED} more; --json names all of them.")
    if json:
        print_json(result)
        return
    print_folded(("", ""), _line(result), headed=False)
    if result.actions:
        done("")
        _print_rates(result)
        done("")
        _print_sides(result)
    done("")
    _print_pixels(result.pixels)


def _line(result: statistics.DatasetStats) -> list[tuple[str, str]]:
    line = result.dataset
    whose = f" by {result.rater}" if result.rater else ""
    ages = line.age_years
    age = "not known"
    if ages.n:
        mean = f"mean {ages.mean:.2f}" + ("" if ages.sd is None else f" ± {ages.sd:.2f}")
        age = f"{ages.low:g}–{ages.high:g} years, {mean} ({ages.n} known)"
    return [
        ("participants", f"{line.participants}{_in_brackets(line.groups, line.sexes)}"),
        ("age", age),
        ("videos", f"{line.videos}, {counted(line.clips, 'clip')}"),
        ("coded frames", f"{line.coded_frames}{whose}, {counted(line.segments, 'segment')}"),
        ("actions", f"{line.actions} occur"),
        ("people", f"{counted(line.coders, 'coder')}, {counted(line.judges, 'judge')}"),
        ("ratings", str(line.ratings)),
    ]


def _in_brackets(*tables: dict[str, int]) -> str:
    parts = [", ".join(f"{number} {name}" for name, number in table.items()) for table in tables if table]
    return f" ({'; '.join(parts)})" if parts else ""


def _print_rates(result: statistics.DatasetStats) -> None:
    groups = list(result.actions[0].groups)
    headers = ["action", "frames", "%"]
    for group in groups:
        headers += [group, "%"]
    all_coded: list[Any] = ["all coded frames"]
    for rate in (result.actions[0].everybody, *result.actions[0].groups.values()):
        all_coded += [rate.coded_frames, ""]
    rows = [all_coded]
    for entry in result.actions:
        row: list[Any] = [_name(entry.action)]
        for rate in (entry.everybody, *(entry.groups[group] for group in groups)):
            row += [rate.frames, "" if rate.percent is None else f"{rate.percent:.2f}"]
        rows.append(row)
    title = f"Occurrence: frames in which {result.rater} has coded an action"
    print_folded(headers, rows, title=title, right_from=1)


def _print_sides(result: statistics.DatasetStats) -> None:
    sides = list(result.actions[0].sides)
    rows: Sequence[Sequence[Any]] = [
        (_name(entry.action), *(entry.sides[side] or "" for side in sides))
        for entry in result.actions
        if entry.everybody.frames
    ]
    if rows:
        print_folded(["action", *sides], rows, title="Side codes: frames of each", right_from=1)


def _name(key: str) -> str:
    entry = action(key)
    return f"{key} {entry.short}"


def _print_pixels(pixels: statistics.PixelReport) -> None:
    if pixels.stats is None:
        done(
            "No picture could be measured: there is none in Aligned Face, Convert Frames or the videos that "
            "can be read."
        )
        return
    stats = pixels.stats
    taken = "" if pixels.every == 1 else f", one in {pixels.every}"
    title = f"Pixels from 0 to 1: {counted(stats.pictures, 'picture')} of {pixels.source}{taken}"
    rows = [
        (channel, f"{mean:.6f}", f"{sd:.6f}")
        for channel, mean, sd in zip(("red", "green", "blue"), stats.mean, stats.sd, strict=True)
    ]
    print_folded(("channel", "mean", "sd"), rows, title=title, right_from=1)
