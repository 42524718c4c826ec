"""``hrm training``: gold-standard clips, and how coders in training do on them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from hrm_core.cli.options import JsonOption, ProjectOption, opened
from hrm_core.cli.output import counted, done, print_folded, print_json
from hrm_core.facs import action
from hrm_core.records.training import TrainingScore
from hrm_core.workflows.add_video import recording_of
from hrm_core.workflows.choose_clips import clip_numbered
from hrm_core.workflows.train_coder import (
    add_gold,
    gold_numbered,
    remove_gold,
    score_clip,
    training_clips,
    training_log,
)

__all__ = ["training"]

training = typer.Typer(
    no_args_is_help=True, help="Gold-standard clips, and how coders in training do on them."
)

NumberArgument = Annotated[int, typer.Argument(metavar="NUMBER", help="Number in hrm training list.")]


@training.command()
def add(
    code: Annotated[str, typer.Argument(metavar="CODE", help="Code of the child.")],
    clip: Annotated[int, typer.Option(min=1, help="Number of the clip.")],
    gold: Annotated[str, typer.Option("--by", metavar="NAME", help="Rater whose codes are the standard.")],
    video: Annotated[
        str | None, typer.Option("--video", help="Name of the video, if the child has several.")
    ] = None,
    project: ProjectOption = None,
) -> None:
    """Make a rater's codes of a clip a gold standard."""
    with opened(project) as study:
        recording = recording_of(study, code, video)
        rater = study.store.people.rater(gold)
        made = add_gold(study, rater, recording, clip_numbered(study, recording, clip))
    done(f"Frames {made.first_frame}–{made.last_frame} as {gold} coded them are a gold standard now.")


@training.command("list")
def list_clips(
    rater: Annotated[str | None, typer.Option(metavar="NAME", help="Also how far this coder is.")] = None,
    project: ProjectOption = None,
    json: JsonOption = False,
) -> None:
    """List the gold-standard clips."""
    with opened(project) as study:
        clips = training_clips(study, study.store.people.rater(rater) if rater else None)
        names = {entry.id: entry.name for entry in study.raters()}
    if json:
        print_json(
            [
                {
                    "number": entry.number,
                    "participant": entry.participant,
                    "video": entry.recording.name,
                    "first_frame": entry.clip.first_frame,
                    "last_frame": entry.clip.last_frame,
                    "gold": names[entry.clip.rater_id],
                    "coded": entry.settled,
                    "attempts": [
                        {"at": result.at.isoformat(), "index": result.index} for result in entry.results
                    ],
                }
                for entry in clips
            ]
        )
        return
    if not clips:
        done("No clip is a gold standard yet: hrm training add makes one.")
        return
    rows = [
        (
            entry.number,
            entry.participant,
            entry.recording.name,
            f"{entry.clip.first_frame}–{entry.clip.last_frame}",
            names[entry.clip.rater_id],
            f"{entry.settled} of {len(entry.clip)}" if rater else "",
            ", ".join(map(_index_words, (result.index for result in entry.results))),
        )
        for entry in clips
    ]
    print_folded(("number", "child", "video", "frames", "gold", "coded", "attempts"), rows)


@training.command()
def remove(number: NumberArgument, project: ProjectOption = None) -> None:
    """Let a clip be a gold standard no more; codes and results stay."""
    with opened(project) as study:
        remove_gold(study, gold_numbered(study, number))
    done("It is no gold standard any more; codes and results stay.")


@training.command()
def score(
    number: NumberArgument,
    rater: Annotated[str, typer.Option(metavar="NAME", help="Coder in training.")],
    project: ProjectOption = None,
    json: JsonOption = False,
) -> None:
    """Measure a coder by the gold standard and show every missed or wrong action; the attempt is logged.

    The FACS agreement index is twice the actions that both have, over all frames, divided by those of the
    gold standard and those of the coder together. Sides and intensities do not enter it: "other side" counts
    frames where both have the action, on different sides. Frames that either calls not codable are left out.
    """
    with opened(project) as study:
        found = score_clip(study, study.store.people.rater(rater), gold_numbered(study, number))
    if json:
        print_json(asdict(found))
        return
    _print_score(found)


def _print_score(found: TrainingScore) -> None:
    verdict = {True: "passed", False: "not passed", None: "no action by either, so no index"}[found.passed]
    again = "" if found.attempt == 1 else f"; attempt {found.attempt}, with the gold standard seen before"
    done(f"FACS agreement index {_index_words(found.index)} (0.70 passes): {verdict}{again}.")
    done(f"{counted(found.frames, 'frame')} compared, {found.left_out} left out as not codable.")
    done("")
    rows = [
        (
            str(action(entry.action)),
            _index_words(entry.index),
            entry.agreed,
            entry.gold,
            entry.coded,
            entry.other_side,
        )
        for entry in found.actions
    ]
    print_folded(("action", "index", "agreed", "gold", "coded", "other side"), rows, right_from=1)
    if found.mistakes:
        done("")
        print_folded(
            ("frames", "action", "what", "gold", "coded"),
            [
                (
                    _span(entry.first_frame, entry.last_frame),
                    entry.action,
                    entry.kind.value,
                    action(entry.action).word(entry.gold),
                    action(entry.action).word(entry.coded),
                )
                for entry in found.mistakes
            ],
        )


@training.command()
def log(
    rater: Annotated[str | None, typer.Option(metavar="NAME", help="Only this coder.")] = None,
    project: ProjectOption = None,
    json: JsonOption = False,
) -> None:
    """Show all attempts, the oldest first."""
    with opened(project) as study:
        entries = training_log(study, study.store.people.rater(rater) if rater else None)
    if json:
        print_json([{**asdict(entry), "at": entry.at.isoformat()} for entry in entries])
        return
    rows = [
        (
            entry.at.strftime("%Y-%m-%d %H:%M"),
            entry.rater,
            entry.participant,
            entry.video,
            _span(entry.first_frame, entry.last_frame),
            entry.gold,
            entry.attempt,
            _index_words(entry.index),
            {True: "yes", False: "no", None: "n/a"}[entry.passed],
        )
        for entry in entries
    ]
    heads = ("time (UTC)", "coder", "child", "video", "frames", "gold", "attempt", "index", "passed")
    print_folded(heads, rows or [("(none)", *[""] * 8)])


def _span(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}–{last}"


def _index_words(index: float | None) -> str:
    return "n/a" if index is None else f"{index:.2f}"
