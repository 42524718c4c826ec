"""``hrm prelabel queue``: what to code, or to look at again, next."""

from __future__ import annotations

from typing import Annotated

import typer

from hrm_core.cli.options import JsonOption, ProjectOption, opened
from hrm_core.cli.output import counted, done, print_folded, print_json
from hrm_core.cli.progress_bar import terminal_progress
from hrm_core.facs import action
from hrm_core.records.queue import QueueBy, QueueEntry, QueueLevel

__all__ = ["queue"]

_WHY = {
    QueueBy.DOUBT: "uncertain",
    QueueBy.CONFLICT: "you differ",
    QueueBy.DIVERSITY: "unlike others",
    QueueBy.RARITY: "rare, uncertain",
}


def queue(
    by: Annotated[QueueBy, typer.Option(help="What counts; mix takes the best of each in turn.")] = (
        QueueBy.MIX
    ),
    level: Annotated[QueueLevel, typer.Option(help="Single frames, or clips as wholes.")] = QueueLevel.FRAMES,
    count: Annotated[int, typer.Option(min=1, help="How many at most.")] = 20,
    rater: Annotated[
        str | None, typer.Option(metavar="NAME", help="Who codes; may be left out if only one has coded.")
    ] = None,
    mine: Annotated[
        bool, typer.Option("--mine", help="Among frames that were coded, not among those to be coded.")
    ] = False,
    run: Annotated[
        int | None,
        typer.Option(
            metavar="NUMBER", help="By this run; by default the newest that says anything of a recording."
        ),
    ] = None,
    project: ProjectOption = None,
    json: JsonOption = False,
) -> None:
    """List what is most worth coding, or looking at again, by what a model is unsure of.

    Of frames that a coder may not see suggestions of, it tells where they are and nothing else.
    """
    from hrm_core.workflows.code_next import code_next

    with opened(project) as study, terminal_progress() as progress:
        who = study.coder(rater)
        found = code_next(
            study, who, by=by, level=level, count=count, run_id=run, mine_only=mine, progress=progress
        )
    if json:
        print_json({"rater": who.name, "by": by, "level": level, "queue": [_as_json(each) for each in found]})
        return
    if not found:
        done(f"Nothing is left for {who.name} in this queue.")
        return
    done(f"Rater {who.name}")
    done("")
    heads = ("", "child", "video", "clip", "frames", "why", "actions")
    print_folded(heads, [_row(place, entry) for place, entry in enumerate(found, start=1)])
    done("")
    done(f"{counted(len(found), str(level)[:-1])}, the most urgent first.")


def _row(place: int, entry: QueueEntry) -> tuple[str | int, ...]:
    where = f"{entry.first}" if entry.first == entry.last else f"{entry.first}–{entry.last}"
    named = " ".join(f"{action(key).kind}{action(key).label}" for key in entry.actions)
    why = ("your doubt, " if entry.flagged else "") + _WHY[entry.by]
    clip = "" if entry.clip is None else str(entry.clip)
    return place, entry.participant, entry.video, clip, where, why, named


def _as_json(entry: QueueEntry) -> dict[str, object]:
    return {
        "participant": entry.participant,
        "video": entry.video,
        "clip": entry.clip,
        "first_frame": entry.first,
        "last_frame": entry.last,
        "by": entry.by,
        "score": entry.score,
        "actions": list(entry.actions),
        "flagged": entry.flagged,
    }
