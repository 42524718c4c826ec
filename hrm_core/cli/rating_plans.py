"""``hrm rating plan``: who rates which clips, how they are shown, in which order."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from hrm_core.cli.options import JsonOption, ProjectOption, opened
from hrm_core.cli.output import counted, done, note, print_json, print_table
from hrm_core.cli.progress_bar import terminal_progress
from hrm_core.cli.rating import rating
from hrm_core.cli.rating_facts import as_json, plan_as_json, plan_facts, print_facts
from hrm_core.records.rating_plan import OrderKind, PlannedJudge, Presentation
from hrm_core.workflows.plan_rating import PlanPreview, SessionChoice, plan_session, preview
from hrm_core.workflows.project import Project
from hrm_core.workflows.rating_plan_files import points_of, read_clip_list, with_scale_of
from hrm_core.workflows.rating_sessions import session_progress

__all__ = ["plan"]

_UNLIMITED = "unlimited"


class Mask(StrEnum):
    """What is covered."""

    EYES = "eyes"
    NONE = "none"


_Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the session; judges see it.")]
_Judge = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME", help="Who rates; repeat it. Who is new is taken in as a judge."),
]
_NotBlind = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME=WHY", help="A judge who is not blind, and why, for reports; repeat it."),
]
_Participants = Annotated[
    list[str] | None,
    typer.Option(metavar="CODES", help="Only these children, as 3,7,12 or repeated; all if left out."),
]
_Clips = Annotated[
    str,
    typer.Option(
        metavar="all|FILE",
        help="All clips that are not excluded, or those of a file with a line child,video,number for each, "
        "as hrm clips list prints them.",
    ),
]
_Practice = Annotated[
    int,
    typer.Option(
        min=0, help="So many of these clips, chosen by the seed, are for practice alone and not rated."
    ),
]
_PracticeClip = Annotated[
    list[str] | None,
    typer.Option(metavar="CHILD:VIDEO:NUMBER", help="A clip for practice alone; repeat it."),
]
_Repeats = Annotated[int, typer.Option(min=0, help="So many clips are rated twice.")]
_Checks = Annotated[int, typer.Option(min=0, help="So many times a judge is asked to press a given key.")]
_Order = Annotated[
    OrderKind, typer.Option(help="All clips mixed, or child after child; another order for each judge.")
]
_Seed = Annotated[
    int | None, typer.Option(min=0, help="Same seed, same orders; chosen by chance if left out.")
]
_Breaks = Annotated[int, typer.Option(min=0, help="Offer a break after so many clips; 0 for none.")]
_Question = Annotated[
    str | None, typer.Option(help="What is asked after each clip. \\[default: the question of the paper]")
]
_Points = Annotated[
    str | None,
    typer.Option(metavar="LABELS", help='Labels of the scale, score 1 first: "Natural;Atypical".'),
]
_Scale = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help='Scale, and question if it has one, from a TOML file: question = "…", below '
        '\\[question_translations] zh_CN = "…", and for each point a \\[\\[points]] with label = "…" and '
        'zh_CN = "…", in whatever languages. \\[default: the five points of the paper]',
    ),
]
_Speed = Annotated[float, typer.Option(help="How fast clips play: 0.25 to 2, 1 as filmed.")]
_Replays = Annotated[
    str, typer.Option(metavar="N|unlimited", help="How often a judge may play a clip again.")
]
_LeastWatch = Annotated[
    float | None,
    typer.Option(
        metavar="SECONDS", help="Seconds of a clip before an answer counts. \\[default: its whole length]"
    ),
]
_Scrubbing = Annotated[
    bool, typer.Option("--scrubbing", help="Let judges move through a clip that has been played once.")
]
_Sound = Annotated[bool, typer.Option("--sound", help="With sound; such sessions are rated in a browser.")]
_Mask = Annotated[
    Mask | None,
    typer.Option(help="Cover the eyes, or nothing. \\[default: as the study's privacy settings say]"),
]
_Withheld = Annotated[
    bool,
    typer.Option(
        "--allow-withheld", help="Plain grey pictures where eyes cannot be covered or a frame is damaged."
    ),
]
_By = Annotated[
    str | None, typer.Option(metavar="NAME", help="Who plans, for the log; needed for --mask none.")
]
_DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what it would be, and write nothing.")]


@rating.command("plan")
def plan(
    name: _Name,
    judge: _Judge = None,
    not_blind: _NotBlind = None,
    participants: _Participants = None,
    clips: _Clips = "all",
    practice: _Practice = 0,
    practice_clip: _PracticeClip = None,
    repeats: _Repeats = 0,
    attention_checks: _Checks = 0,
    order: _Order = OrderKind.RANDOM,
    seed: _Seed = None,
    break_every: _Breaks = 0,
    question: _Question = None,
    points: _Points = None,
    scale: _Scale = None,
    speed: _Speed = 1.0,
    max_replays: _Replays = "0",
    least_watch: _LeastWatch = None,
    scrubbing: _Scrubbing = False,
    sound: _Sound = False,
    mask: _Mask = None,
    allow_withheld: _Withheld = False,
    by: _By = None,
    dry_run: _DryRun = False,
    project: ProjectOption = None,
    json: JsonOption = False,
) -> None:
    """Plan a session of ratings and make its clips, all or nothing."""
    shown = _asked(Presentation(break_every=break_every, sound=sound), question, points, scale)
    shown = replace(shown, speed=speed, scrubbing=scrubbing, least_watch_s=least_watch)
    choice = SessionChoice(
        name=name,
        judges=_judges(judge or [], not_blind or []),
        presentation=replace(shown, max_replays=_replays(max_replays)),
        eyes_covered=None if mask is None else mask is Mask.EYES,
        participants=tuple(code.strip() for code in ",".join(participants or []).split(",") if code.strip()),
        clips=() if clips == "all" else read_clip_list(Path(clips)),
        practice=practice,
        practice_clips=tuple(practice_clip or ()),
        repeats=repeats,
        attention_checks=attention_checks,
        order=order,
        seed=seed,
        allow_withheld=allow_withheld,
    )
    with opened(project) as study:
        if dry_run:
            with terminal_progress() as progress:
                seen = preview(study, choice, by=by, progress=progress)
            _print_preview(seen, json)
        else:
            _plan(study, choice, by, json)


def _plan(study: Project, choice: SessionChoice, by: str | None, json: bool) -> None:
    with terminal_progress() as progress:
        seen = preview(study, choice, by=by, progress=progress)
    if not seen.problems:
        for sentence in seen.notes:
            note(sentence)
        made = counted(len(seen.clips) + len(seen.practice), "clip")
        note(f"Making {made}, about {_size(seen)}; if this is stopped, nothing is left behind.")
    with terminal_progress() as progress:
        session = plan_session(study, choice, by=by, seen=seen, progress=progress)
    if json:
        print_json(as_json(session_progress(study, session.name)))
        return
    done(
        f"Planned {session.name!r}: {counted(len(seen.clips), 'clip')}, "
        f"{counted(len(session.seats), 'judge')}, {counted(seen.trials_per_judge, 'trial')} for each, about "
        f"{seen.minutes_per_judge:.0f} min without breaks."
    )


def _asked(shown: Presentation, question: str | None, points: str | None, scale: Path | None) -> Presentation:
    if points is not None and scale is not None:
        raise typer.BadParameter("Choose either --points or --scale.")
    if scale is not None:
        shown = with_scale_of(scale, shown)
    if points is not None:
        shown = replace(shown, scale=points_of(points))
    if question is not None:
        shown = replace(shown, question=question, question_translations={})
    return shown


def _judges(names: list[str], not_blind: list[str]) -> tuple[PlannedJudge, ...]:
    reasons: dict[str, str] = {}
    for text in not_blind:
        name, mark, why = text.partition("=")
        if not mark or not name.strip() or not why.strip():
            raise typer.BadParameter(f'Write --not-blind as "NAME=why", not {text!r}.')
        reasons[name.strip()] = why.strip()
    everybody = [*names, *(name for name in reasons if name not in names)]
    return tuple(PlannedJudge(name, name not in reasons, reasons.get(name, "")) for name in everybody)


def _replays(text: str) -> int | None:
    if text == _UNLIMITED:
        return None
    if not text.isdecimal():
        raise typer.BadParameter(f"Write --max-replays as a number, or as {_UNLIMITED}, not {text!r}.")
    return int(text)


def _with_blinding(judge: PlannedJudge) -> str:
    return judge.name if judge.blind else f"{judge.name} (not blind: {judge.why_not_blind})"


def _size(seen: PlanPreview) -> str:
    return f"{max(1, round(seen.megabytes))} MB"


def _print_preview(seen: PlanPreview, json: bool) -> None:
    if json:
        print_json(
            {
                "plan": plan_as_json(seen.plan),
                "clips": [entry.name for entry in seen.clips],
                "practice": [entry.name for entry in seen.practice],
                "withheld": [{"clip": entry.name, "frames": count} for entry, count in seen.withheld],
                "trials_per_judge": seen.trials_per_judge,
                "minutes_per_judge": round(seen.minutes_per_judge, 1),
                "megabytes": round(seen.megabytes, 1),
                "problems": list(seen.problems),
                "notes": list(seen.notes),
            }
        )
    else:
        children = {entry.who.code for entry in seen.clips}
        print_facts(
            [
                *plan_facts(seen.plan),
                ("children", str(len(children))),
                ("judges", ", ".join(map(_with_blinding, seen.plan.judges))),
                ("trials", f"{seen.trials_per_judge} for each judge, about {seen.minutes_per_judge:.0f} min"),
                ("room", f"about {_size(seen)}"),
            ]
        )
        if seen.withheld:
            print_table(
                ("clip", "frames that would be grey"), [(entry.name, count) for entry, count in seen.withheld]
            )
        for sentence in (*seen.notes, *seen.problems):
            note(sentence)
    if seen.problems:
        raise typer.Exit(1)
