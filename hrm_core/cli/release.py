"""``hrm release``: a package of the study that may be shared."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from hrm_core.cli.options import JsonOption, ProjectOption, opened
from hrm_core.cli.output import counted, done, note, print_json, print_table
from hrm_core.cli.progress_bar import terminal_progress
from hrm_core.workflows.release import ReleaseChoice, ReleaseReport, build_release
from hrm_core.workflows.release_codes import RELEASE_CODES
from hrm_core.workflows.release_plan import ReleasePlan, plan_release

__all__ = ["release"]


class Pictures(StrEnum):
    """What pictures are packed."""

    NONE = "none"
    MASKED = "masked"


def release(
    out: Annotated[
        Path | None, typer.Option(metavar="FOLDER|FILE.zip", help="The new package.", show_default=False)
    ] = None,
    rater: Annotated[str | None, typer.Option(help="Whose codes, if several people have coded.")] = None,
    pictures: Annotated[
        Pictures, typer.Option(help="Pictures of coded frames with covered eyes, where consent allows it.")
    ] = Pictures.NONE,
    features: Annotated[
        bool, typer.Option("--features", help="Face features of coded frames; of landmarks five points only.")
    ] = False,
    version: Annotated[str, typer.Option(help="Version of the data set.")] = "1.0.0",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say who and what would be in it.")] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Replace an earlier package.")] = False,
    project: ProjectOption = None,
    json: JsonOption = False,
) -> None:
    """Pack what consent allows for others: labels, features, masked pictures; children get other codes."""
    if (out is None) != dry_run:
        raise typer.BadParameter("Say where the package goes with --out, or look first with --dry-run.")
    with opened(project) as study, terminal_progress() as progress:
        if out is None:
            plan = plan_release(study, rater)
            if json:
                print_json(_planned(plan))
            else:
                _print_plan(plan, with_pictures=pictures is Pictures.MASKED)
                done("Nothing was written.")
            return
        choice = ReleaseChoice(out, rater, features, pictures is Pictures.MASKED, version, replace)
        report = build_release(study, choice, progress=progress)
        if json:
            print_json(_written(report))
        else:
            _print_plan(report.plan, with_pictures=choice.pictures)
            _print_report(report, study.folder / RELEASE_CODES)


def _print_plan(plan: ReleasePlan, *, with_pictures: bool) -> None:
    print_table(("group", "sex", "age", "children"), _cells(plan))
    for words, number in plan.refused:
        consent = f"the consent {words!r} does not allow it" if words else "no consent is noted"
        note(f"{_children(number)} left out: {consent}.")
    if plan.without_codes:
        note(f"{_children(plan.without_codes)} left out: {plan.coder.name} has coded none of their frames.")
    if with_pictures and (without := sum(not child.pictures for child in plan.children)):
        note(f"Without pictures, which their consent does not allow: {_children(without)}.")
    if plan.unseen:
        note(f"{plan.coder.name} does not see eyes, so nothing is said of {', '.join(plan.unseen)}.")
    done(f"{_children(len(plan.children))}, {counted(plan.frames, 'coded frame')} of {plan.coder.name}.")


def _print_report(report: ReleaseReport, codes: Path) -> None:
    facts = report.facts
    if report.gone:
        note(
            f"{_children(report.gone)} of earlier releases not in this one: if a consent was withdrawn, ask "
            "whoever has an earlier release to delete it."
        )
    if withheld := sum(entry.withheld for entry in facts.recordings):
        note(f"{counted(withheld, 'picture')} withheld, because the eyes could not be located.")
    if facts.pictures:
        note("Look at the pictures before you share them: only eyes of faces that were found are covered.")
    done(
        f"Wrote {counted(report.files, 'file')} to {report.out}; its README.md marks what is left to answer."
    )
    done(f"{codes} tells who is who. Keep it, and never share it.")


def _children(number: int) -> str:
    return "1 child" if number == 1 else f"{number} children"


def _cells(plan: ReleasePlan) -> list[tuple[str, str, str, int]]:
    """Children by what is told of them."""
    found = Counter((child.told.group, child.told.sex, child.told.years) for child in plan.children)
    return sorted(
        (group or "not told", sex or "not told", _years(years), number)
        for (group, sex, years), number in found.items()
    )


def _years(band: tuple[int, int] | None) -> str:
    return "not told" if band is None else "-".join(map(str, dict.fromkeys(band)))


def _planned(plan: ReleasePlan) -> dict[str, Any]:
    return {
        "rater": plan.coder.name,
        "children": len(plan.children),
        "with_picture_consent": sum(child.pictures for child in plan.children),
        "frames": plan.frames,
        "cells": [dict(zip(("group", "sex", "age", "children"), row, strict=True)) for row in _cells(plan)],
        "left_out": [{"consent": words, "children": number} for words, number in plan.refused],
        "without_codes": plan.without_codes,
        "unseen": list(plan.unseen),
    }


def _written(report: ReleaseReport) -> dict[str, Any]:
    return {
        **_planned(report.plan),
        "out": report.out,
        "files": report.files,
        "gone_since_earlier": report.gone,
        "pictures": report.facts.pictures,
        "pictures_withheld": sum(entry.withheld for entry in report.facts.recordings),
        "features": list(report.facts.features),
    }
