"""Measure what suggestions of a model did to coding: effort, acceptance, anchoring, and how good they are.

Acts and time, and agreement with the model, are compared between control frames, whose suggestions were
withheld by lot, and assisted frames.  How good the model is, is said on frames that were coded without
seeing suggestions, of children that it did not learn from: codes that were accepted from a model agree with
it, and what it says of children that it learned from flatters it.
"""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version

import hrm_core
from hrm_core.errors import NotFoundError, ProjectError
from hrm_core.progress import CancelToken, NoProgress, Progress
from hrm_core.records.assistance_results import (
    Anchoring,
    AssistanceOptions,
    AssistanceReport,
    Effort,
    RaterAssistance,
)
from hrm_core.records.model_run import ModelRun
from hrm_core.records.people import Rater
from hrm_core.records.suggestion import Condition, Mode
from hrm_core.records.words import counted
from hrm_core.stats.bootstrap import FEW_CLUSTERS
from hrm_core.suggestions.acceptance import acceptance
from hrm_core.suggestions.bias import anchoring
from hrm_core.suggestions.effort import effort
from hrm_core.workflows.assistance_evidence import LEARNED, Evidence, RunSays, read_evidence, run_says
from hrm_core.workflows.own_cards import learned_from
from hrm_core.workflows.project import Project
from hrm_core.workflows.run_quality import against_expert, family_of, run_drift, run_label

__all__ = ["measure_assistance"]

_MOST_OLDER_RUNS = 3


def measure_assistance(
    project: Project,
    *,
    rater: str | None = None,
    run_id: int | None = None,
    options: AssistanceOptions | None = None,
    made_on: datetime | None = None,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> AssistanceReport:
    """Measure one run of a model beside the coders who worked with it.

    Parameters
    ----------
    project : Project
        The open study; nothing in it is changed.
    rater : str, optional
        Only this coder; everybody with codes if left out.
    run_id : int, optional
        Which run; by default the newest that anybody coded beside, else the newest.
    options : AssistanceOptions, optional
        How.
    made_on : datetime, optional
        The date of the report; now if left out.
    progress : Progress, optional
        Told of coders and older runs.
    cancel : CancelToken, optional
        Asked between recordings.

    Returns
    -------
    AssistanceReport
        Names no child and no group.

    Raises
    ------
    NotFoundError
        If there is no such rater or run.
    ProjectError
        If no model has suggested anything, or nobody has coded.
    Cancelled
        On request.
    """
    options = options or AssistanceOptions()
    progress, cancel = progress or NoProgress(), cancel or CancelToken()
    run = _run(project, run_id)
    coders = _coders(project, rater)
    said = run_says(project, run, cancel)
    older = _older(project, run)
    learned = {one.model: _learned(project, one) for one in (run, *older)}
    stretch = project.settings.assistance.control_frames
    progress.start("Measuring", len(coders) + len(older))
    evidence, measured, drift = [], [], []
    try:
        for coder in coders:
            cancel.raise_if_cancelled()
            evidence.append(read_evidence(project, coder, run, said, learned[run.model] or (), cancel))
            measured.append(_measured(project, run, said, evidence[-1], stretch, options))
            progress.advance()
        for before in older:
            cancel.raise_if_cancelled()
            drift.append(
                run_drift(
                    project,
                    (before, run),
                    (run_says(project, before, cancel), said),
                    evidence,
                    options,
                    learned[before.model] or (),
                )
            )
            progress.advance()
    finally:
        progress.finish()
    return AssistanceReport(
        project.settings.name,
        project.settings.synthetic,
        run_label(run),
        any(one.calibrated for one in said.values()),
        _facts(project, run),
        stretch,
        tuple(measured),
        tuple(one for one in drift if one is not None),
        options,
        _about_all(project, run, measured, learned),
        {
            "HRM Annotator": hrm_core.__version__,
            "Python": platform.python_version(),
            "numpy": version("numpy"),
        },
        made_on or datetime.now(UTC),
    )


def _run(project: Project, run_id: int | None) -> ModelRun:
    runs = project.store.model_runs.all()
    if run_id is not None:
        return project.store.model_runs.get(run_id)
    if not runs:
        raise ProjectError(
            "No model has suggested anything in this study yet: let one look at it with hrm prelabel --model."
        )
    beside = {visit.run_id for visit in project.store.suggestion_log.visits()}
    return next((run for run in reversed(runs) if run.id in beside), runs[-1])


def _coders(project: Project, name: str | None) -> list[Rater]:
    if name is not None:
        coder = project.store.people.rater(name)
        if not project.store.codings.count(coder.id):
            raise ProjectError(f"{name} has coded nothing: choose another rater with --rater.")
        return [coder]
    coders = [one for one in project.people() if project.store.codings.count(one.id)]
    if not coders:
        raise ProjectError("Nobody has coded in this study: there is nothing to measure.")
    return coders


def _older(project: Project, run: ModelRun) -> list[ModelRun]:
    """Earlier runs of the same family, the nearest first."""
    runs = [one for one in project.store.model_runs.all() if one.id < run.id]
    return [one for one in reversed(runs) if family_of(one) == family_of(run)][:_MOST_OLDER_RUNS]


def _learned(project: Project, run: ModelRun) -> frozenset[str] | None:
    """Children of the study that a run's network learned from; None where nobody knows any more."""
    try:
        return learned_from(project, run.model)
    except NotFoundError:
        return None


def _facts(project: Project, run: ModelRun) -> dict[str, str]:
    settings = run.settings
    limits = settings.get("limits", ())
    fit = project.store.suggestions.fit(run.id)
    facts = {
        "model": run.model,
        "weights (sha256)": str(settings.get("weights_sha256", ""))[:12],
        "ran on": str(settings.get("ran_on", "")),
        "learned from": str(settings.get("population", "")),
        "limits": limits if isinstance(limits, str) else "; ".join(str(limit) for limit in limits),
        "licence": str(settings.get("licence", "")),
        "fitted on": "" if fit is None else fit.fitted_on,
    }
    return {name: text for name, text in facts.items() if text}


# ---- one coder -------------------------------------------------------------------------------


def _measured(
    project: Project,
    run: ModelRun,
    said: RunSays,
    evidence: Evidence,
    stretch_frames: int,
    options: AssistanceOptions,
) -> RaterAssistance:
    cost = effort(evidence.costs, stretch_frames, options)
    acts = project.store.suggestion_log.decisions(evidence.rater.id, run_id=run.id)
    bias = None if evidence.beside is None else anchoring(evidence.beside, stretch_frames, options)
    model = against_expert(project, run, said, evidence, options)
    warnings = [*_about_anchoring(evidence, cost, bias), *_about_own_frames(evidence)]
    if model is None and LEARNED in evidence.left_out:
        warnings.append(
            "All frames that were coded without suggestions are of children that the model learned from: no "
            "F1. Its card has figures of networks that had not seen them."
        )
    elif model is None:
        warnings.append("No frame was coded without suggestions of which the run says something: no F1.")
    else:
        warnings += model.quality.warnings
    if evidence.gold:
        warnings.append(
            f"{counted(evidence.gold, 'frame')} of gold-standard clips are left out of acts, time and "
            "anchoring: their suggestions are never shown, so no lot withheld them."
        )
    if evidence.other_runs:
        warnings.append(
            f"{counted(evidence.other_runs, 'frame')} were coded beside another run and are left out: "
            "name it with --run."
        )
    return RaterAssistance(
        evidence.rater.name, cost, acceptance(acts, options.level), bias, model, tuple(warnings)
    )


def _about_anchoring(evidence: Evidence, cost: Effort, bias: Anchoring | None) -> list[str]:
    if not cost.conditions:
        return ["Nothing is known of acts and time: no stay on a frame was logged."]
    if bias is None:
        there = {one.condition for one in cost.conditions}
        lacking = [one.value for one in (Condition.CONTROL, Condition.ASSISTED) if one not in there]
        return [
            f"There are no {' and no '.join(lacking or ['comparable'])} frames: neither anchoring nor what "
            "assistance saves can be measured. In the mode assist a share of the frames is control."
        ]
    told = []
    if bias.control_stretches < FEW_CLUSTERS or bias.assisted_stretches < FEW_CLUSTERS:
        told.append(
            f"Control frames lie in {_stretches(bias.control_stretches)}, assisted ones in "
            f"{_stretches(bias.assisted_stretches)}: with so few the intervals may be too narrow."
        )
    if evidence.one_condition:
        told.append(
            f"{counted(evidence.one_condition, 'frame')} are of recordings that were coded in one condition "
            "only: there the lot does not part them, and the recordings may differ."
        )
    if evidence.control_touched:
        told.append(
            f"{counted(evidence.control_touched, 'control frame')} took in a suggestion later. They stay "
            "control frames, as they were drawn, so the difference is rather too small than too large."
        )
    return told


def _stretches(number: int) -> str:
    return "1 stretch" if number == 1 else f"{number} stretches"


def _about_own_frames(evidence: Evidence) -> list[str]:
    if not evidence.after_touched:
        return []
    return [
        f"{counted(evidence.after_touched, 'frame')} took in a suggestion once they were coded and are left "
        "out of F1 and ICC. These are frames where coder and model differed: the figures are rather too good."
    ]


# ---- the whole -------------------------------------------------------------------------------


def _about_all(
    project: Project,
    run: ModelRun,
    raters: Sequence[RaterAssistance],
    learned: Mapping[str, frozenset[str] | None],
) -> tuple[str, ...]:
    told = []
    if run.settings.get("synthetic"):
        told.append("The model learned from drawn faces: it means nothing on photographs.")
    asked = project.settings.assistance
    if asked.mode == Mode.CONTROL and asked.mode_fixed:
        told.append(
            "The study withholds all suggestions: control frames that were coded so were not drawn by lot, "
            "and what is compared may be other material."
        )
    fit = project.store.suggestions.fit(run.id)
    seen = [visit.at for visit in project.store.suggestion_log.visits() if visit.run_id == run.id]
    if fit is not None and seen and fit.at > min(seen):
        told.append(
            "The run was fitted to codes after the first frames were coded beside it: what coders saw then "
            "may differ from the proposals that are compared here."
        )
    if fit is not None and any(one.model is not None for one in raters):
        told.append(
            f"Calibration, thresholds and smoothing of the run were fitted to {fit.fitted_on}: on these "
            "frames its F1 and calibration are too good. hrm prelabel fit gives figures on children left out."
        )
    assisted = [one.rater for one in raters if one.anchoring is not None or _assisted(one)]
    if len(assisted) > 1:
        told.append(
            f"{' and '.join(assisted)} saw suggestions of the same model: agreement between them on assisted "
            "frames is no reliability, as both may lean towards the model. Compare them on control frames."
        )
    unknown = [model for model, children in learned.items() if children is None]
    if unknown:
        told.append(
            f"There is no card of {' and '.join(unknown)} on this computer, so nobody knows here which "
            "children it learned from: if it was trained in this study, its F1 is too good."
        )
    return tuple(told)


def _assisted(one: RaterAssistance) -> bool:
    return any(each.condition is Condition.ASSISTED for each in one.effort.conditions)
