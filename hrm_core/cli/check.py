"""``hrm check``: the second pass over clips, what it found, and what was submitted."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from hrm_core.cli.check_rules import add_rules
from hrm_core.cli.options import JsonOption, ProjectOption, opened
from hrm_core.cli.output import counted, done, print_folded, print_json
from hrm_core.records.people import Rater
from hrm_core.records.recording import Clip, Recording
from hrm_core.workflows import check_clip as checking
from hrm_core.workflows.add_video import recording_of
from hrm_core.workflows.choose_clips import clip_numbered
from hrm_core.workflows.project import Project
from hrm_core.workflows.report_checks import ClipCheck, check_trail, checks_of_study

__all__ = ["check"]

check = typer.Typer(
    no_args_is_help=True,
    help="Rules, and omission checks: how far they are, what they found.",
)
add_rules(check)

_Code = Annotated[str, typer.Argument(metavar="CODE", help="The study's own code of the child.")]
_OnlyCode = Annotated[
    str | None, typer.Argument(metavar="[CODE]", help="Only this child; all if left out.", show_default=False)
]
_Number = Annotated[
    int, typer.Argument(metavar="NUMBER", help="Number of the clip, as hrm clips list shows it.")
]
_Video = Annotated[str | None, typer.Option(help="Which video, if there are several.")]
_Rater = Annotated[str | None, typer.Option(metavar="NAME", help="Only this coder.")]
_By = Annotated[str, typer.Option(metavar="NAME", help="The coder whose clip it is.")]


@check.command("status")
def status(
    code: _OnlyCode = None,
    video: _Video = None,
    rater: _Rater = None,
    project: ProjectOption = None,
    json: JsonOption = False,
) -> None:
    """Say of every clip and coder how far coding and checking are."""
    found = _found(project, code, video, rater)
    if json:
        print_json([_as_json(entry) for entry in found])
        return
    if not found:
        done("Nobody has coded a clip yet.")
        return
    print_folded(
        ("child", "video", "clip", "frames", "coder", "state", "answered", "submitted (UTC)"),
        [
            (
                entry.participant,
                entry.video,
                entry.clip,
                f"{entry.first_frame}–{entry.last_frame}",
                entry.rater,
                entry.state,
                f"{entry.answered} of {entry.asked}",
                _minute(entry.submitted_at),
            )
            for entry in found
        ],
    )


@check.command("report")
def report(
    code: _OnlyCode = None,
    video: _Video = None,
    rater: _Rater = None,
    project: ProjectOption = None,
    json: JsonOption = False,
) -> None:
    """Tell both passes over each checked clip with their times, and the omissions found by action."""
    found = [entry for entry in _found(project, code, video, rater) if entry.second_pass[0]]
    totals: dict[str, int] = {}
    for entry in found:
        for change in entry.omissions:
            totals[change.action] = totals.get(change.action, 0) + 1
    whole = sum(entry.answered == entry.asked for entry in found)
    if json:
        print_json(
            {
                "clips": [_as_json(entry) for entry in found],
                "omissions": totals,
                "clips_checked_to_the_end": whole,
            }
        )
        return
    if not found:
        done("No clip was checked yet.")
        return
    print_folded(
        (
            "child",
            "video",
            "clip",
            "frames",
            "coder",
            "first pass",
            "second pass (UTC)",
            "state",
            "omissions",
        ),
        [
            (
                entry.participant,
                entry.video,
                entry.clip,
                f"{entry.first_frame}–{entry.last_frame}",
                entry.rater,
                _span(entry.first_pass),
                _span(entry.second_pass),
                entry.state,
                "; ".join(f"{change.action} {change.after}" for change in entry.omissions),
            )
            for entry in found
        ],
    )
    _print_sum(found, totals, whole)


def _print_sum(found: list[ClipCheck], totals: dict[str, int], whole: int) -> None:
    """Omissions, and over how many clips: a rate makes sense only where every action was answered for."""
    words = ", ".join(f"{key} in {counted(clips, 'clip')}" for key, clips in totals.items())
    rest = f"; {len(found) - whole} more not checked to the end" if whole < len(found) else ""
    done(
        f"{counted(sum(totals.values()), 'omission')}{f' ({words})' if words else ''}; "
        f"{counted(whole, 'clip')} checked to the end{rest}."
    )


@check.command("submit")
def submit(
    code: _Code, number: _Number, by: _By, video: _Video = None, project: ProjectOption = None
) -> None:
    """Submit a clip that is coded and checked; refused while an answer is missing."""
    with opened(project) as study:
        recording, rater, clip = _named(study, code, video, number, by)
        checking.submit(study, rater, recording, clip)
    done(f"Clip {number} of video {recording.name!r} is submitted by {rater.name}.")


@check.command("take-back")
def take_back(
    code: _Code,
    number: _Number,
    by: _By,
    reason: Annotated[str, typer.Option(help="Why; the log keeps it.")],
    video: _Video = None,
    project: ProjectOption = None,
) -> None:
    """Take a submission back; codes and answers stay."""
    with opened(project) as study:
        recording, rater, clip = _named(study, code, video, number, by)
        checking.take_back(study, rater, recording, clip, reason)
    done(f"Clip {number} of video {recording.name!r} is not submitted any more.")


@check.command("log")
def log(
    code: _Code,
    number: _Number,
    by: _By,
    video: _Video = None,
    project: ProjectOption = None,
    json: JsonOption = False,
) -> None:
    """Show the audit trail of a clip: its first pass, its second pass and its submissions."""
    with opened(project) as study:
        recording, rater, clip = _named(study, code, video, number, by)
        trail = check_trail(study, rater, recording, clip)
    if json:
        print_json(trail)
        return
    if not trail:
        done(f"{by} has not coded anything of clip {number}.")
        return
    print_folded(
        ("time (UTC)", "who", "phase", "what"),
        [(entry.at[:19].replace("T", " "), entry.who, entry.phase, entry.what) for entry in trail],
    )


def _found(project: Path | None, code: str | None, video: str | None, rater: str | None) -> list[ClipCheck]:
    with opened(project) as study:
        return list(checks_of_study(study, code, video, rater))


def _named(
    study: Project, code: str, video: str | None, number: int, by: str
) -> tuple[Recording, Rater, Clip]:
    recording, rater = recording_of(study, code, video), study.store.people.rater(by)
    return recording, rater, clip_numbered(study, recording, number)


def _as_json(entry: ClipCheck) -> dict[str, Any]:
    return {**asdict(entry), "omissions": [asdict(change) for change in entry.omissions]}


def _minute(at: str | None) -> str:
    return "" if at is None else at[:16].replace("T", " ")


def _span(times: tuple[str | None, str | None]) -> str:
    first, last = map(_minute, times)
    # Of the same day the day is said once.
    return (
        first if not last or last == first else f"{first} – {last[11:] if last[:10] == first[:10] else last}"
    )
