"""``hrm prelabel report``: what suggestions of a model did to coding."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hrm_core.cli.options import JsonOption, ProjectOption, opened
from hrm_core.cli.output import counted, done, note, print_folded, print_json
from hrm_core.cli.progress_bar import terminal_progress
from hrm_core.cli.reliability import Format
from hrm_core.cli.reliability_tables import as_plain
from hrm_core.records.agreement import Estimate
from hrm_core.records.assistance_results import AssistanceOptions, AssistanceReport, RaterAssistance

__all__ = ["report"]

_NONE = "n/a"


def _enough(replicates: int) -> int:
    if replicates == 1:
        raise typer.BadParameter("1 resample gives no interval: take 2000, or 0 for none.")
    return replicates


def report(
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FOLDER", help="Write the report there.", show_default=False),
    ] = None,
    rater: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Only this coder. \\[default: everybody who coded]"),
    ] = None,
    run: Annotated[
        int | None,
        typer.Option(
            metavar="NUMBER",
            help="Of which run. \\[default: the newest that anybody coded beside]",
            show_default=False,
        ),
    ] = None,
    formats: Annotated[
        list[Format] | None,
        typer.Option("--format", help="Only these kinds; may be given several times.", show_default=False),
    ] = None,
    replicates: Annotated[
        int,
        typer.Option(
            min=0, max=100_000, callback=_enough, help="Bootstrap resamples; 0 for no such intervals."
        ),
    ] = 2000,
    seed: Annotated[int, typer.Option(min=0, help="Of the resampling.")] = 0,
    level: Annotated[float, typer.Option(min=0.5, max=0.999, help="Of all intervals.")] = 0.95,
    replace: Annotated[bool, typer.Option("--replace", help="Replace a report that is there.")] = False,
    project: ProjectOption = None,
    json: JsonOption = False,
) -> None:
    """Measure what suggestions save, whether they sway coders, and how good the model is.

    Acts, time and agreement with the model are compared between assisted frames and control frames, whose
    suggestions were withheld by lot. F1, ICC and calibration are measured on frames that were coded without
    seeing suggestions. Earlier runs of the same family of models show drift. No child and no group is named.
    """
    from hrm_core.workflows.measure_assistance import measure_assistance
    from hrm_core.workflows.write_assistance_report import require_room, write_assistance_report

    kinds = [kind.value for kind in formats or list(Format)]
    if out is None and formats:
        raise typer.BadParameter("say where the report is written, too", param_hint="--out")
    if out is not None:
        require_room(out, kinds, replace=replace)
    options = AssistanceOptions(replicates, seed, level)
    written: tuple[Path, ...] = ()
    with opened(project) as study, terminal_progress() as progress:
        found = measure_assistance(study, rater=rater, run_id=run, options=options, progress=progress)
        if out is not None:
            written = write_assistance_report(found, out, kinds, replace=replace, progress=progress)
    if json:
        print_json({**as_plain(found), "files": written})
        return
    _print(found)
    if out is not None:
        done(f"The report is in {out} ({counted(len(written), 'file')}).")


def _print(found: AssistanceReport) -> None:
    done(f"Suggestions of {found.run}.")
    for one in found.raters:
        done("")
        _print_rater(one)
    for drift in found.drift:
        done("")
        share = drift.overall.changed / drift.overall.decisions
        done(
            f"{drift.newer} after {drift.older}, {counted(drift.frames, 'frame')}: probabilities changed by "
            f"{drift.overall.mean_change:.3f} on average, {100 * share:.1f} % of the proposals changed."
        )
        for rater, pair in drift.comparisons:
            mean = f"not compared ({pair.why})" if pair.mean is None else _shown(pair.mean.difference)
            done(f"Mean F1 against {rater}, newer less older: {mean}.")
    for sentence in found.warnings:
        note(sentence)
    for one in found.raters:
        for sentence in one.warnings:
            note(f"{one.rater}: {sentence}")


def _print_rater(one: RaterAssistance) -> None:
    heads = ("condition", "frames", "stretches", "acts/frame", "seconds/frame")
    rows = [
        (each.condition.value, each.frames, each.stretches, _shown(each.acts, 2), _shown(each.seconds, 2))
        for each in one.effort.conditions
    ]
    done(f"{one.rater}:")
    if rows:
        print_folded(heads, rows)
    if (saved := one.effort.difference) is not None:
        done(
            f"Assisted less control: acts {_shown(saved.acts, 2)}, seconds {_shown(saved.seconds, 2)} per "
            f"frame; assisted / control: acts {_shown(saved.acts_ratio, 2)}."
        )
    if (bias := one.anchoring) is not None:
        done(
            f"Agreement with the model, assisted less control: {_shown(bias.overall.difference)}, positive "
            f"agreement {_shown(bias.overall.positive_difference)}."
        )
    if one.acceptance.acts:
        bins = (*one.acceptance.bins, one.acceptance.whole)
        told = ", ".join(
            f"{name} {sum(getattr(each, name) for each in bins)}"
            for name in ("accepted", "rejected", "corrected")
        )
        done(f"Acts on suggestions: {told}.")
    if one.model is not None:
        means = one.model.quality.means[0]
        frames = counted(one.model.quality.frames, "frame")
        done(f"Mean F1 of the model on {frames} coded without suggestions: {_shown(means.f1)}.")


def _shown(value: Estimate, places: int = 3) -> str:
    if value.value is None:
        return f"{_NONE} ({value.why})" if value.why else _NONE
    if value.low is None or value.high is None:
        return f"{value.value:.{places}f}"
    return f"{value.value:.{places}f} [{value.low:.{places}f}, {value.high:.{places}f}]"
