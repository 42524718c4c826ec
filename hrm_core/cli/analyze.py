"""``hrm analyze``: compare two groups of children, and write the report."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from hrm_core.cli.analyze_expressions import expressions as expressions_of_frames
from hrm_core.cli.analyze_expressions import run_expression_model
from hrm_core.cli.analyze_ratings import attributions, ratings
from hrm_core.cli.options import HumanOnlyOption, JsonOption, ProjectOption, opened
from hrm_core.cli.output import counted, done, note, print_folded, print_json
from hrm_core.cli.progress_bar import terminal_progress
from hrm_core.cli.reliability import Format
from hrm_core.cli.reliability_tables import as_plain
from hrm_core.facs import action as action_of
from hrm_core.records.agreement import Estimate
from hrm_core.records.analysis_results import (
    AnalysisOptions,
    AnalysisReport,
    ExplainedRatings,
    FrameTest,
    ParticipantTest,
)

__all__ = ["analyze"]

analyze = typer.Typer(no_args_is_help=True, help="Compare groups of children, and explain ratings.")
analyze.command("expressions")(expressions_of_frames)
analyze.command("run-expressions")(run_expression_model)
analyze.command()(ratings)
analyze.command()(attributions)

_NONE = "n/a"
_EXPRESSIONS = "happiness,surprise,sadness"
_MOST_SCORES = 5


def _enough(replicates: int) -> int:
    if replicates == 1:
        raise typer.BadParameter("1 resample gives no interval: take 2000, or 0 for none.")
    return replicates


def _listed(text: str) -> tuple[str, ...]:
    """The names between commas, each once."""
    return tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


_OutOption = Annotated[
    Path | None,
    typer.Option("--out", metavar="FOLDER", help="Write the report there.", show_default=False),
]
_RaterOption = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Whose codes. \\[default: the only one who coded]"),
]
_GroupsOption = Annotated[
    str | None,
    typer.Option(
        metavar="FIRST,SECOND",
        help="Which groups; differences are the first less the second. \\[default: the only two]",
    ),
]
_ExpressionsOption = Annotated[
    str,
    typer.Option(
        metavar="NAMES",
        help="Expressions whose frames are compared beside all frames, between commas; '' for none.",
    ),
]
_FormatsOption = Annotated[
    list[Format] | None,
    typer.Option("--format", help="Only these kinds; may be given several times.", show_default=False),
]
_ReplicatesOption = Annotated[
    int,
    typer.Option(
        min=0,
        max=100_000,
        callback=_enough,
        help="Bootstrap resamples of children, and random permutations; 0 leaves them out.",
    ),
]
_SeedOption = Annotated[int, typer.Option(min=0, help="Of both: same seed, same numbers.")]
_LevelOption = Annotated[float, typer.Option(min=0.5, max=0.999, help="Of all intervals.")]
_MixedOption = Annotated[
    bool,
    typer.Option(
        "--mixed", help="Fit mixed-effects models, too; takes minutes and needs the extra 'analysis'."
    ),
]
_CovariatesOption = Annotated[
    str, typer.Option(metavar="NAMES", help="In mixed-effects models: age, sex, or 'age,sex'.")
]
_SessionOption = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Whose ratings are explained. \\[default: the only session]"),
]
_NoDateOption = Annotated[
    bool, typer.Option("--no-date", help="Leave the date out: the same study gives the same bytes.")
]
_ReplaceOption = Annotated[bool, typer.Option("--replace", help="Replace a report that is there.")]


@analyze.command()
def report(
    out: _OutOption = None,
    rater: _RaterOption = None,
    groups: _GroupsOption = None,
    expressions: _ExpressionsOption = _EXPRESSIONS,
    formats: _FormatsOption = None,
    replicates: _ReplicatesOption = 2000,
    seed: _SeedOption = 0,
    level: _LevelOption = 0.95,
    mixed: _MixedOption = False,
    covariates: _CovariatesOption = "",
    human_only: HumanOnlyOption = False,
    session: _SessionOption = None,
    no_date: _NoDateOption = False,
    replace: _ReplaceOption = False,
    project: ProjectOption = None,
    json: JsonOption = False,
) -> None:
    """Compare two groups: how often each action occurs, combinations, time course, and ratings.

    Each action is tested twice. The p of children compares one number per child and is the one to rely on;
    the p of frames takes frames of one child for independent, as the HRM study does, and is far too small.
    Without --out a short table is printed. The report names groups: it is not for coders who are to stay
    blind.
    """
    from hrm_core.workflows.analyze_groups import analyze_groups, choose_groups
    from hrm_core.workflows.write_analysis_report import require_room, write_analysis_report

    kinds = [kind.value for kind in formats or list(Format)]
    if out is None and formats:
        raise typer.BadParameter("say where the report is written, too", param_hint="--out")
    if covariates and not mixed:
        raise typer.BadParameter("covariates are for mixed-effects models: add --mixed.")
    if out is not None:
        require_room(out, kinds, replace=replace)
    written: tuple[Path, ...] = ()
    with opened(project) as study, terminal_progress() as progress:
        options = AnalysisOptions(
            choose_groups(study, None if groups is None else _listed(groups)),
            _listed(expressions),
            replicates,
            seed,
            level,
            mixed,
            _listed(covariates),
            human_only,
        )
        found = analyze_groups(
            study,
            rater=rater,
            options=options,
            session=session,
            made_on=None if no_date else datetime.now(UTC),
            progress=progress,
        )
        if out is not None:
            written = write_analysis_report(found, out, kinds, replace=replace, progress=progress)
    if json:
        print_json({**as_plain(found), "files": written})
        return
    _print(found)
    if out is not None:
        done(f"The report is in {out} ({counted(len(written), 'file')}).")


# ---- in the terminal -----------------------------------------------------------------------------


def _print(found: AnalysisReport) -> None:
    first, second = found.options.groups
    whole = [unit for unit in found.units if not unit.expression]
    told = " and ".join(
        f"{counted(unit.frames, 'frame')} of {unit.children} in {unit.group}" for unit in whole
    )
    done(f"{found.coder}: {told}.")
    of_children = {(test.expression, test.action): test for test in found.participant_tests}
    for expression in dict.fromkeys(test.expression for test in found.frame_tests):
        rows = [
            _row(test, of_children[expression, test.action])
            for test in found.frame_tests
            if test.expression == expression and any(test.present)
        ]
        done("")
        done(f"{expression.capitalize() or 'All frames'}, share of frames of a child:")
        heads = ("action", f"{first} %", f"{second} %", "difference", "p children", "Holm", "p frames")
        print_folded(heads, rows, right_from=1)
        if by_rule := found.required.get(expression):
            done(
                f"Frames were chosen by {', '.join(by_rule)} (any of them): a difference in such an action "
                "says little."
            )
    done("")
    done("Rely on p children; p frames takes frames of one child for independent and is far too small.")
    _print_combinations(found)
    _print_ratings(found.ratings)
    for sentence in found.warnings:
        note(sentence)


def _print_ratings(found: ExplainedRatings) -> None:
    error, base = found.mean_absolute_error, found.baseline_error
    if not found.actions:
        return
    better = error.value is not None and base.value is not None and error.value < base.value
    best = ", ".join(one.action for one in found.actions[:3])
    done(
        f"Ratings of {found.session}: mean error {_shown(error)} on children held out, {_shown(base)} by the "
        f"mean alone; {f'most important: {best}' if better else 'actions foretell nothing here'}."
    )


def _row(frames: FrameTest, children: ParticipantTest) -> tuple[str, ...]:
    entry = action_of(frames.action)
    mean = children.mean or (None, None)
    trusted = children.p if children.p_exact is None else children.p_exact
    return (
        f"{entry.kind}{entry.label}",
        *(_NONE if share is None else f"{100 * share:.1f}" for share in mean),
        _points(children.difference),
        _p(trusted),
        _p(children.p_holm),
        _p(frames.p),
    )


def _print_combinations(found: AnalysisReport) -> None:
    for one in found.combinations.rarefaction:
        if not one.expression:
            done(f"{one.group}: {_shown(one.unique, 1)} different combinations expected in {one.at} frames.")
    for group in found.options.groups:
        scores = [
            f"{one.score} ({100 * one.share:.1f} %)"
            for one in found.combinations.top
            if one.group == group and not one.expression
        ]
        if scores:
            done(f"{group}, most frequent: {', '.join(scores[:_MOST_SCORES])}.")


def _points(difference: Estimate) -> str:
    """A difference of shares in percentage points."""
    if difference.value is None:
        return _NONE
    if difference.low is None or difference.high is None:
        return f"{100 * difference.value:.1f}"
    return f"{100 * difference.value:.1f} [{100 * difference.low:.1f}, {100 * difference.high:.1f}]"


def _p(value: float | None) -> str:
    if value is None:
        return _NONE
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def _shown(value: Estimate, places: int = 3) -> str:
    if value.value is None:
        return _NONE
    if value.low is None or value.high is None:
        return f"{value.value:.{places}f}"
    return f"{value.value:.{places}f} [{value.low:.{places}f}, {value.high:.{places}f}]"
