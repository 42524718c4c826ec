"""``hrm doubts``: what a rater wants to look at again."""

from __future__ import annotations

from typing import Annotated

import typer

from hrm_core.cli.options import JsonOption, ProjectOption, opened
from hrm_core.cli.output import counted, done, print_folded, print_json
from hrm_core.facs import action
from hrm_core.workflows.list_doubts import DoubtIn, list_doubts

__all__ = ["doubts"]


def doubts(
    rater: Annotated[
        str | None, typer.Option(metavar="NAME", help="Whose doubts; may be left out if only one has coded.")
    ] = None,
    participant: Annotated[str | None, typer.Option(help="Only of this participant.")] = None,
    video: Annotated[str | None, typer.Option(help="Only of this video.")] = None,
    project: ProjectOption = None,
    json: JsonOption = False,
) -> None:
    """List the codes and frames that a rater flagged as doubtful, with their notes.

    Neighbouring frames with the same doubt are one line.
    """
    with opened(project) as study:
        who = study.coder(rater)
        found = list_doubts(study, who, participant=participant, video=video)
    if json:
        print_json({"rater": who.name, "doubts": [_as_json(entry) for entry in found]})
        return
    if not found:
        done(f"{who.name} has flagged nothing as doubtful.")
        return
    done(f"Rater {who.name}")
    done("")
    print_folded(("child", "video", "clip", "frames", "what", "note"), [_row(entry) for entry in found])
    done("")
    frames = sum(entry.doubt.last - entry.doubt.first + 1 for entry in found)
    done(f"{counted(len(found), 'doubt')} on {counted(frames, 'frame')} in all.")


def _row(entry: DoubtIn) -> tuple[str, ...]:
    doubt = entry.doubt
    where = f"{doubt.first}" if doubt.first == doubt.last else f"{doubt.first}–{doubt.last}"
    what = "frame" if doubt.action is None else f"{action(doubt.action).kind}{action(doubt.action).label}"
    clips = ", ".join(map(str, entry.clips))
    return entry.participant, entry.video, clips, where, what, doubt.note


def _as_json(entry: DoubtIn) -> dict[str, object]:
    return {
        "participant": entry.participant,
        "video": entry.video,
        "clips": list(entry.clips),
        "first_frame": entry.doubt.first,
        "last_frame": entry.doubt.last,
        "action": entry.doubt.action,
        "note": entry.doubt.note,
    }
