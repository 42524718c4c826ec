"""``hrm runs list | show | compare``: what was trained in a study, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Annotated, Any

import typer

from hrm_core.cli.options import JsonOption, ProjectOption, opened
from hrm_core.cli.output import done, note, print_folded, print_json
from hrm_core.workflows import runs as looking
from hrm_core.workflows.runs import RunComparison, RunView

__all__ = ["runs"]

runs = typer.Typer(no_args_is_help=True, help="What was trained in this study: list, show and compare runs.")

_BARS = "▁▂▃▄▅▆▇█"
_WIDTH = 40
_MOST_CURVES = 24
# Of a curve these say where on the way a value was measured, or what was chosen, not what came of it.
_NOT_SHOWN = ("seconds", "rate")

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="As hrm runs list calls it.")]


@runs.command("list")
def list_runs(project: ProjectOption = None, json: JsonOption = False) -> None:
    """List the runs of a study with their figures, the oldest first."""
    with opened(project) as study:
        found = looking.look_at_runs(study)
    if json:
        print_json({"runs": found.runs, "problems": found.problems})
        return
    for run in found.runs:
        state = f"{run.state}, synthetic" if run.synthetic else run.state
        begun = run.started.replace("T", " ")[: len("2026-01-31 12:00")]
        took = f", took {_duration(run.seconds)}" if run.seconds else ""
        done(f"{run.name}  {state}; begun {begun}{took}")
        done(f"    {run.kind}: {run.network}, {run.preset}")
        if run.headline:
            done(f"    {_figures(run.headline)}")
    if not found.runs and not found.problems:
        done("Nothing was trained in this study yet: hrm train au, hrm train atypicality.")
    for run in found.runs:
        if run.problem:
            note(f"{run.name} failed: {run.problem}")
    for problem in found.problems:
        note(problem)


@runs.command("show")
def show(name: NameArgument, project: ProjectOption = None, json: JsonOption = False) -> None:
    """Show what a run learned from, how, what came of it, and where its files lie."""
    with opened(project) as study:
        view = looking.show_run(study, name)
    if json:
        print_json(asdict(view))
        return
    _say_how_it_stands(view)
    for title, section in (
        ("How it was trained", view.config),
        ("What it learned from", view.data),
        ("On what machine", view.environment),
        ("Figures", view.metrics),
    ):
        if section:
            done("")
            print_folded(
                ("", ""), [(key, _cell(value)) for key, value in section.items()], title, headed=False
            )
    if view.splits:
        done("")
        print_folded(("fold", "participants"), [(_or_all(k), ", ".join(v)) for k, v in view.splits.items()])
    _show_folds(view)
    _show_curves(view)
    done("")
    print_folded(
        ("file", "bytes"), [(file.name, file.size_bytes) for file in view.files], f"Files in {view.folder}"
    )


@runs.command()
def compare(
    names: Annotated[list[str], typer.Argument(metavar="NAME NAME...", help="Two runs or more.")],
    project: ProjectOption = None,
    json: JsonOption = False,
) -> None:
    """Set runs side by side: in what they differ, and what came of each."""
    if len(set(names)) < 2:
        raise typer.BadParameter("name two different runs or more.", param_hint="NAME")
    with opened(project) as study:
        found = looking.compare_runs(study, list(dict.fromkeys(names)))
    if json:
        print_json(found)
        return
    _show_comparison(found)


def _say_how_it_stands(view: RunView) -> None:
    run = view.summary
    made = " Its data are synthetic." if run.synthetic else ""
    done(f"{run.name}: {run.kind}, {run.network}, preset {run.preset}; {run.state}.{made}")
    begun, ended = run.started, f", ended {run.ended}" if run.ended else ""
    done(
        f"Begun {begun}{ended}; took {_duration(run.seconds) if run.seconds else 'a time that nobody noted'}."
    )
    if run.problem:
        note(run.problem)
    if run.headline:
        done(_figures(run.headline))


def _show_folds(view: RunView) -> None:
    if not view.folds:
        return
    keys = dict.fromkeys(key for fold in view.folds for key in fold)
    names = [f"fold {fold.get('fold', place)}" for place, fold in enumerate(view.folds, 1)]
    rows = [(key, *(_cell(fold.get(key)) for fold in view.folds)) for key in keys if key != "fold"]
    done("")
    print_folded(("by fold", *names), rows)


def _show_curves(view: RunView) -> None:
    # A row of what never changed would say nothing.
    moving = [curve for curve in view.curves if len(curve.values) == 1 or len(set(curve.values)) > 1]
    curves = [curve for curve in moving if curve.name not in _NOT_SHOWN]
    if not curves:
        return
    rows = [
        (
            " ".join(f"{key} {value}" for key, value in curve.of.items()),
            curve.name,
            _sparkline(curve.values),
            f"{curve.values[0]:.4g}",
            f"{curve.values[-1]:.4g}",
            len(curve.values),
        )
        for curve in curves[:_MOST_CURVES]
    ]
    done("")
    print_folded(("curves", "", "", "first", "last", "epochs"), rows, right_from=3)
    if len(curves) > _MOST_CURVES:
        done(f"and {len(curves) - _MOST_CURVES} more in curves.csv")


def _show_comparison(found: RunComparison) -> None:
    names = [run.name for run in found.runs]
    for warning in found.warnings:
        note(warning)
    for title, section in (
        ("How they were trained", found.config),
        ("What they learned from", found.data),
        ("On what machine", found.environment),
        ("Figures", found.metrics),
    ):
        rows = [(each.key, *map(_cell, each.values)) for each in section]
        if rows:
            print_folded(("", *names), rows, title)
        else:
            done(f"{title}: nothing differs." if title != "Figures" else "There are no figures yet.")
        done("")
    if found.advice:
        done(found.advice)


def _sparkline(values: Sequence[float]) -> str:
    """Values as bars, the lowest lowest; long curves by every so-manieth value and the last."""
    if len(values) > _WIDTH:
        values = [values[place * (len(values) - 1) // (_WIDTH - 1)] for place in range(_WIDTH)]
    low, high = min(values), max(values)
    if low == high:
        return _BARS[0] * len(values)
    return "".join(_BARS[round((value - low) / (high - low) * (len(_BARS) - 1))] for value in values)


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02d} min"
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"


def _figures(headline: Mapping[str, float] | None) -> str:
    return ", ".join(f"{name} {_cell(value)}" for name, value in (headline or {}).items())


def _or_all(part: str) -> str:
    return part or "all"


def _cell(value: Any) -> str:
    """A value as a table shows it; nothing where nothing is said."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
