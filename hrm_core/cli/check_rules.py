"""``hrm check rules``: codes that contradict each other or look like slips."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer

from hrm_core.cli.options import JsonOption, ProjectOption, opened
from hrm_core.cli.output import counted, done, print_folded, print_json
from hrm_core.cli.progress_bar import terminal_progress
from hrm_core.facs.rules import Rule, RuleKind
from hrm_core.workflows.check_rules import FindingOf, check_rules, study_rules

__all__ = ["add_rules"]


def add_rules(group: typer.Typer) -> None:
    """Give a group of commands the one named ``rules``."""
    group.command("rules")(_rules)


def _rules(
    list_: Annotated[
        bool, typer.Option("--list", help="List the rules with their sources and reasons instead.")
    ] = False,
    rater: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Whose codes are looked at, if several raters have coded."),
    ] = None,
    participant: Annotated[str | None, typer.Option(metavar="CODE", help="Only this child's codes.")] = None,
    video: Annotated[str | None, typer.Option(metavar="NAME", help="Only codes of this video.")] = None,
    kept: Annotated[bool, typer.Option("--kept", help="Show findings that were kept, too.")] = False,
    project: ProjectOption = None,
    json: JsonOption = False,
) -> None:
    """Point at codes that contradict each other or look like slips; nothing is changed or blocked."""
    with opened(project) as study, terminal_progress() as progress:
        rules = study_rules(study)
        found = [] if list_ else check_rules(study, rater, participant, video, progress=progress)
    if list_:
        _list(rules, json=json)
        return
    shown = [entry for entry in found if kept or entry.kept is None]
    if json:
        print_json([_as_json(entry) for entry in shown])
        return
    if shown:
        print_folded(
            ("participant", "video", "frames", "rule", "what to look at"),
            [_row(entry) for entry in shown],
        )
        done("")
    hidden = len(found) - len(shown)
    told = f"{counted(len(shown), 'finding')} to look at" if shown else "Nothing to look at"
    done(f"{told}{f'; {hidden} kept (--kept shows them)' if hidden else ''}.")
    if shown:
        done("hrm check rules --list tells why; the rules are to be confirmed by a certified coder.")


def _row(entry: FindingOf) -> tuple[Any, ...]:
    finding = entry.finding
    first, last = finding.first_frame, finding.last_frame
    words = finding.sentence
    if entry.kept is not None:
        words += f" Kept{f': {entry.kept.reason}' if entry.kept.reason else ''}"
    frames = f"{first}" if first == last else f"{first}–{last}"
    return entry.participant, entry.video, frames, finding.rule, words


def _as_json(entry: FindingOf) -> dict[str, Any]:
    kept = entry.kept
    return {
        "participant": entry.participant,
        "video": entry.video,
        **asdict(entry.finding),
        "kept": None if kept is None else {"at": kept.at.isoformat(), "reason": kept.reason},
    }


def _list(rules: tuple[Rule, ...], *, json: bool) -> None:
    if json:
        print_json([_rule_as_json(rule) for rule in rules])
        return
    for rule in rules:
        off = "" if rule.on else " (switched off)"
        done(f"{rule.id}{off}: {_words(rule)}")
        done(f"  {rule.reason}")
        done(f"  {rule.source}; {rule.status}.")


def _rule_as_json(rule: Rule) -> dict[str, Any]:
    return {
        **asdict(rule),
        "actions": [str(term) for term in rule.actions],
        "needs": [str(term) for term in rule.needs],
        "between": [side.word for side in rule.between],
    }


def _words(rule: Rule) -> str:
    """What a rule looks for, with its numbers."""
    actions = [str(term) for term in rule.actions]
    whose = f" ({', '.join(actions)})" if actions else ""
    moment = counted(rule.longest, "frame")
    if rule.kind is RuleKind.FLICKER:
        what = {"on": "an action is there", "off": "an action is gone", "side": "a side is another one"}
        return f"{what[rule.what]} for {moment} at most{whose}"
    return {
        RuleKind.TOGETHER: " with ".join(actions),
        RuleKind.MISSING: f"{' or '.join(actions)} without {' or '.join(map(str, rule.needs))}",
        RuleKind.SIDE: "a side that the catalogue does not give the action",
        RuleKind.FLIP: f"{' and '.join(side.word for side in rule.between)} in neighbouring frames{whose}",
        RuleKind.SUDDEN: f"{counted(rule.at_least, 'action')} or more change between two frames",
        RuleKind.PREVENTED: "refused before it can be coded; nothing is looked for",
    }[rule.kind]
