"""How the clips of a session were to be shown and asked about, as a table."""

from __future__ import annotations

from hrm_core.records.rating_plan import OrderKind
from hrm_core.records.rating_results import RatingResults
from hrm_core.reporting.numbers import count, seconds
from hrm_core.reporting.table import Column, Kind, Table, text_cell

__all__ = ["plan_table"]


def plan_table(results: RatingResults) -> Table:
    """How clips were shown and asked about; without rows for ratings that were imported."""
    columns = (Column("setting", "Setting", Kind.TEXT), Column("value", "As planned", Kind.TEXT))
    rows = tuple((text_cell(setting), text_cell(value)) for setting, value in _settings(results))
    return Table("plan", "The plan", columns, rows)


def _settings(results: RatingResults) -> list[tuple[str, str]]:
    if results.order is None:
        return []
    shown = results.presentation
    orders = {
        OrderKind.RANDOM: "all clips mixed, another order for every judge",
        OrderKind.BLOCKED: "child after child, both children and clips in another order for every judge",
    }
    watched = (
        "after the end of the clip"
        if shown.least_watch_s is None
        else f"after {seconds(shown.least_watch_s)} s of the clip"
    )
    replays = "as often as wanted" if shown.max_replays is None else count(shown.max_replays)
    return [
        *_extras(results),
        ("Order", orders[results.order]),
        ("Seed of the order", "n/a" if results.seed is None else str(results.seed)),
        ("Replays allowed", replays),
        ("An answer counts", watched),
        ("Speed", "as filmed" if shown.speed == 1 else f"{shown.speed:g} times as filmed"),
        ("Moving through a clip", "allowed after its first showing" if shown.scrubbing else "not allowed"),
        ("Eyes of the children", "covered" if shown.eyes_covered else "not covered"),
        ("Sound", "with sound" if shown.sound else "without sound"),
        ("Breaks", f"offered every {shown.break_every} trials" if shown.break_every else "none offered"),
    ]


def _extras(results: RatingResults) -> list[tuple[str, str]]:
    """What each judge was asked beside the clips that are rated once."""
    numbers = (
        ("Clips for practice", results.practice),
        ("Clips shown twice", results.repeats),
        ("Checks of attention", results.attention_checks),
    )
    return [(setting, count(number)) for setting, number in numbers if number is not None]
