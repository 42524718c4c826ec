"""``hrm analyze ratings`` and ``hrm analyze attributions``: what about a clip goes with its rating."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from hrm_core.cli.options import HumanOnlyOption, JsonOption, ProjectOption, opened
from hrm_core.cli.output import counted, done, note, print_folded, print_json
from hrm_core.cli.progress_bar import terminal_progress
from hrm_core.errors import ProjectError

if TYPE_CHECKING:
    from hrm_core.records.agreement import Estimate
    from hrm_core.records.analysis_results import ExplainedRatings
    from hrm_core.workflows.attribute_ratings import AttributionReport

__all__ = ["attributions", "ratings"]

_MOST_SHOWN = 10

RaterOption = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Whose codes; needed if several have coded.", show_default=False),
]
SessionOption = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Whose ratings; needed if there are several.", show_default=False),
]
RunOption = Annotated[
    str, typer.Option(metavar="NAME", help="A run of hrm train atypicality; hrm runs list shows them.")
]
ParticipantsOption = Annotated[
    str, typer.Option(metavar="CODES", help="Only these children, with commas between.", show_default=False)
]


def ratings(
    rater: RaterOption = None,
    session: SessionOption = None,
    replicates: Annotated[
        int, typer.Option(min=0, help="Resamples of children for intervals; 0 for none.")
    ] = 2000,
    seed: Annotated[int, typer.Option(min=0, help="Of the resamples.")] = 0,
    level: Annotated[float, typer.Option(min=0.5, max=0.999, help="Of the intervals.")] = 0.95,
    human_only: HumanOnlyOption = False,
    project: ProjectOption = None,
    json: JsonOption = False,
) -> None:
    """Say which actions go with how atypical judges find a clip.

    Ridge regression on the share of a clip's frames that show each action; every child is foretold by a model
    that has not learned from it, and an action's importance is what the error grows by if it is permuted.
    """
    from hrm_core.records.analysis_results import AnalysisOptions
    from hrm_core.workflows.explain_ratings import explain_ratings

    options = AnalysisOptions(
        groups=("", ""), replicates=replicates, seed=seed, level=level, human_only=human_only
    )
    with opened(project) as study, terminal_progress() as progress:
        found = explain_ratings(study, rater, session, options, progress=progress)
        synthetic = study.settings.synthetic
    if found.why:
        raise ProjectError(found.why)
    if json:
        print_json({"synthetic": synthetic, **asdict(found)})
        return
    if synthetic:
        note("This study is synthetic: its figures say nothing about people.")
    _print_ratings(found)


def _print_ratings(found: ExplainedRatings) -> None:
    done(
        f"{counted(found.clips, 'clip')} of {counted(found.children, 'participant')}, rated in "
        f"{found.session}."
    )
    done(
        f"Mean absolute error on left-out participants: {_cell(found.mean_absolute_error)}; of the mean "
        f"rating: {_cell(found.baseline_error)}; R² {found.r2:.2f}."
    )
    rows = [
        (each.action, f"{each.coefficient:+.3f}", _cell(each.importance))
        for each in found.actions[:_MOST_SHOWN]
    ]
    print_folded(("action", "per SD", "importance"), rows, "Most important actions", right_from=1)
    note(found.note)


def attributions(
    run: RunOption,
    participants: ParticipantsOption = "",
    project: ProjectOption = None,
    json: JsonOption = False,
) -> None:
    """Say which actions, when, made a trained network's rating of each clip, and keep that in the run.

    Integrated gradients against frames without any action; each clip is shown to the network that has not
    learned from its child.  The window shows them under the clip to whoever may see ratings.
    """
    from hrm_core.workflows.attribute_ratings import attribute_ratings

    codes = [part.strip() for part in participants.split(",") if part.strip()]
    with opened(project) as study, terminal_progress() as progress:
        report = attribute_ratings(study, run, participants=codes, progress=progress)
    if json:
        print_json(asdict(report))
        return
    if report.synthetic:
        note("This study is synthetic: its figures say nothing about people.")
    _print_attributions(report)


def _print_attributions(report: AttributionReport) -> None:
    done(
        f"{counted(report.clips, 'clip')} of {counted(report.participants, 'participant')} taken apart by "
        f"{', '.join(report.networks)} of {report.run}; coded by {report.rater}, rated in {report.session}."
    )
    if report.left_out:
        note(
            f"{counted(report.left_out, 'clip')} without 15 coded frames in a row, or of a participant whom "
            "the run does not hold out: left out."
        )
    if report.changed:
        note("Codes, clips or ratings are not those that the run learned from: these are of today's codes.")
    size = {
        action: max(abs(report.actions[network][action]) for network in report.networks)
        for action in report.actions[report.networks[0]]
    }
    rows = [
        (action, *(f"{report.actions[network][action]:+.3f}" for network in report.networks))
        for action in sorted(size, key=lambda action: -size[action])[:_MOST_SHOWN]
    ]
    title = "What an action adds to a clip's rating, mean over clips"
    print_folded(("action", *report.networks), rows, title, right_from=1)
    done(f"Shares add up to ratings less the baseline, to {report.gap:.4f} at most.")
    done(report.protocol)
    done(f"Written to {report.folder}.")


def _cell(estimate: Estimate) -> str:
    if estimate.value is None:
        return ""
    interval = "" if estimate.low is None else f" [{estimate.low:.3f}, {estimate.high:.3f}]"
    return f"{estimate.value:.3f}{interval}"
