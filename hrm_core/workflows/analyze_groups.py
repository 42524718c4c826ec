"""Compare two groups of children: everything that the report of a group analysis says."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from importlib.metadata import version

import numpy as np

import hrm_core
from hrm_core.analysis.action_dynamics import action_dynamics
from hrm_core.analysis.combinations import combinations
from hrm_core.analysis.frame_tests import frame_tests
from hrm_core.analysis.groups import cautions, units
from hrm_core.analysis.laterality import asymmetries
from hrm_core.analysis.participant_tests import participant_tests
from hrm_core.errors import NotFoundError, ProjectError
from hrm_core.progress import CancelToken, NoProgress, Progress
from hrm_core.records.analysis_results import AnalysisOptions, AnalysisReport
from hrm_core.records.coded_frames import EXPRESSIONS, NO_EXPRESSION, CodedFrames
from hrm_core.records.expressions import BY_HAND, ExpressionFacts
from hrm_core.workflows.action_strengths import with_strengths
from hrm_core.workflows.coded_frames import coded_frames
from hrm_core.workflows.explain_ratings import explain_ratings
from hrm_core.workflows.frame_expressions import with_expressions
from hrm_core.workflows.machine_touched import machine_touched
from hrm_core.workflows.project import Project

__all__ = ["analyze_groups", "choose_groups"]

_COVARIATES = ("age", "sex")


def choose_groups(project: Project, named: Sequence[str] | None = None) -> tuple[str, str]:
    """Which two groups are compared: those named, or the only two that the study has.

    Parameters
    ----------
    project : Project
        The open study.
    named : sequence of str, optional
        First and second group.

    Raises
    ------
    ProjectError
        If these are not two groups of the study, or it has not just two and none is named.
    """
    found = {who.group for who in project.participants() if who.group}
    # In the order of the study: what comes first there is the first group.
    there = [name for name in project.settings.groups if name in found]
    there += sorted(found - set(there))
    told = ", ".join(there) or "none"
    if named is None:
        if len(there) != 2:
            raise ProjectError(
                f"Two groups are compared, and this study has {len(there)} ({told}): name two with "
                "--groups FIRST,SECOND."
            )
        return there[0], there[1]
    if len(named) != 2 or named[0] == named[1]:
        raise ProjectError("Two different groups are compared: name them with --groups FIRST,SECOND.")
    for name in named:
        if name not in there:
            raise ProjectError(f"No child is in a group {name!r}; the groups of this study are: {told}.")
    return named[0], named[1]


def analyze_groups(
    project: Project,
    *,
    rater: str | None = None,
    options: AnalysisOptions,
    session: str | None = None,
    made_on: datetime | None = None,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> AnalysisReport:
    """Differences between two groups, combinations of actions, their time course, and what ratings rest on.

    Parameters
    ----------
    project : Project
        The open study; nothing in it is changed.
    rater : str, optional
        Whose codes; may be left out if only one has coded.
    options : AnalysisOptions
        How.
    session : str, optional
        Rating session to explain; may be left out if there is only one.
    made_on : datetime, optional
        Date of the report; without one the same study gives the same bytes.
    progress : Progress, optional
        Told of recordings, then of actions.
    cancel : CancelToken, optional
        Asked between steps.

    Raises
    ------
    NotFoundError
        If there is no such rater or session, or a group has no coded frame.
    ProjectError
        If a group, an expression or a covariate does not exist.
    Cancelled
        On request.
    """
    progress, cancel = progress or NoProgress(), cancel or CancelToken()
    _require_known(project, options)
    frames = coded_frames(project, rater, human_only=options.human_only, progress=progress, cancel=cancel)
    _require_coded(frames, options)
    frames, expression_facts = with_expressions(project, frames)
    if (frames.expression == NO_EXPRESSION).all():
        options = replace(options, expressions=())
    cancel.raise_if_cancelled()
    frames = with_strengths(project, frames)
    over_frames = frame_tests(frames, options)
    cancel.raise_if_cancelled()
    over_children = participant_tests(frames, options, progress=progress, cancel=cancel)
    touched = 0 if options.human_only else _touched(project, frames)
    told = cautions(frames, options, over_frames, machine_touched=touched)
    report = AnalysisReport(
        project.settings.name,
        project.settings.synthetic,
        frames.coder,
        frames.actions,
        options,
        units(frames, options),
        over_frames,
        over_children,
        facts=_facts(options, frames) | expression_facts.in_words(),
        warnings=(*told, *expression_facts.notes),
        versions=_versions(options),
        required=_required(options, expression_facts),
        made_on=made_on,
    )
    report = _with_patterns(report, frames, cancel)
    ratings = explain_ratings(
        project, frames.coder, session, options, frames=frames, progress=progress, cancel=cancel
    )
    return replace(report, ratings=ratings)


def _with_patterns(report: AnalysisReport, frames: CodedFrames, cancel: CancelToken) -> AnalysisReport:
    """The report with sides, combinations and time course."""
    cancel.raise_if_cancelled()
    report = replace(report, asymmetry=asymmetries(frames, report.options))
    cancel.raise_if_cancelled()
    report = replace(report, combinations=combinations(frames, report.options))
    cancel.raise_if_cancelled()
    return replace(report, dynamics=action_dynamics(frames, report.options))


def _require_coded(frames: CodedFrames, options: AnalysisOptions) -> None:
    for group in options.groups:
        if not (frames.groups_of_frames == group).any():
            raise NotFoundError(
                f"{frames.coder} has coded no frame of a child in {group}: code some, or compare "
                "other groups."
            )


def _require_known(project: Project, options: AnalysisOptions) -> None:
    choose_groups(project, options.groups)
    for name in options.expressions:
        if name not in EXPRESSIONS:
            raise ProjectError(f"There is no expression {name!r}: choose from {', '.join(EXPRESSIONS)}.")
    for name in options.covariates:
        if name not in _COVARIATES:
            raise ProjectError(f"There is no covariate {name!r}: choose from {', '.join(_COVARIATES)}.")


def _touched(project: Project, frames: CodedFrames) -> int:
    """How many of the frames suggestions had a part in."""
    coder = project.coder(frames.coder)
    places = {pair: place for place, pair in enumerate(frames.videos)}
    of_child = {child.code: place for place, child in enumerate(frames.children)}
    found = 0
    for who, recording in project.recordings():
        place = places.get((of_child[who.code], recording.name))
        if place is None:
            continue
        numbers = np.array(sorted(machine_touched(project, coder, recording)), dtype=np.int64)
        found += int(np.isin(frames.frame[frames.video == place], numbers).sum())
    return found


def _facts(options: AnalysisOptions, frames: CodedFrames) -> dict[str, str]:
    rest = ", without frames that suggestions had a part in" if options.human_only else ""
    facts = {"Codes": f"of {frames.coder}{rest}"}
    if frames.strength_source:
        facts["Strengths"] = frames.strength_source
    return facts


def _required(options: AnalysisOptions, facts: ExpressionFacts) -> dict[str, tuple[str, ...]]:
    """Of the expressions compared, the actions that are there by rule; people are asked for none."""
    if all(model.model == BY_HAND for model in facts.models):
        return {}
    return {name: facts.requires[name] for name in options.expressions if name in facts.requires}


def _versions(options: AnalysisOptions) -> dict[str, str]:
    libraries = ("numpy", "statsmodels") if options.mixed else ("numpy",)
    return {
        "HRM Annotator": hrm_core.__version__,
        "Python": platform.python_version(),
        **{name: version(name) for name in libraries},
    }
