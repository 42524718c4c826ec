"""A run of a model on frames that experts coded by themselves, and beside older runs of its family."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hrm_core.analysis.detection_decisions import Decisions, fixed_decisions, person_numbers
from hrm_core.analysis.detection_pairs import compare
from hrm_core.analysis.detection_quality import quality
from hrm_core.records.assistance_results import (
    AssistanceOptions,
    ModelAgainstExpert,
    RunDrift,
)
from hrm_core.records.code_grid import COLUMN_OF
from hrm_core.records.detection_results import Comparison, DetectionOptions, DetectorQuality
from hrm_core.records.model_run import ModelRun
from hrm_core.stats.bootstrap import FEW_CLUSTERS
from hrm_core.suggestions.expert_agreement import rate_agreement
from hrm_core.suggestions.run_drift import action_drift
from hrm_core.workflows.assistance_evidence import Evidence, RunSays
from hrm_core.workflows.detector_sources import DetectorSource, Said
from hrm_core.workflows.match_detections import Matched, match
from hrm_core.workflows.project import Project

__all__ = ["against_expert", "family_of", "run_drift", "run_label"]

_VERSION = re.compile(r"-v\d+$")


@dataclass(frozen=True, slots=True, eq=False)
class _Decided:
    matched: Matched
    decisions: Decisions


def run_label(run: ModelRun) -> str:
    """``"demo_starter, run 3"``."""
    return f"{run.model}, run {run.id}"


def family_of(run: ModelRun) -> str:
    """What versions of one model have in common: the name without its version."""
    return _VERSION.sub("", run.model)


def against_expert(
    project: Project, run: ModelRun, said: RunSays, evidence: Evidence, options: AssistanceOptions
) -> ModelAgainstExpert | None:
    """F1, calibration and ICC of a run on frames that the rater coded without seeing suggestions.

    Parameters
    ----------
    project : Project
        The open study.
    run : ModelRun
        The run.
    said : mapping of Place to Proposals
        What it proposes.
    evidence : Evidence
        Of the rater.
    options : AssistanceOptions
        How.

    Returns
    -------
    ModelAgainstExpert or None
        None where the two have no frame or no action in common.
    """
    one = _decided(project, run, said, evidence)
    if one is None:
        return None
    found, decisions = one.matched.detections, one.decisions
    asked = DetectionOptions("fixed", options.replicates, options.seed, options.level)
    told = quality(decisions, asked)
    children = len(found.participants)
    recordings = np.unique(np.column_stack([found.of_participant, found.of_video]), axis=0)
    measured = DetectorQuality(
        f"{found.name} against {evidence.rater.name}",
        found.kind,
        False,
        "An action counts as there where the run proposes it, after its thresholds and smoothing.",
        {},
        told.folds,
        children,
        len(recordings),
        len(found.frames),
        told.actions,
        told.means,
        told.calibration,
        not_compared=one.matched.not_compared,
        dropped=one.matched.dropped,
        warnings=_few(children),
    )
    _, person = person_numbers(found)
    rates = rate_agreement(found.actions, decisions.truth, decisions.said, decisions.known, person, options)
    return ModelAgainstExpert(measured, rates)


def _few(children: int) -> tuple[str, ...]:
    if children == 1:
        return ("F1 and ICC are of 1 child only and have no intervals: children cannot be resampled.",)
    if children < FEW_CLUSTERS:
        return (f"F1 and ICC are of {children} children only: their intervals may be too narrow.",)
    return ()


def _decided(project: Project, run: ModelRun, said: RunSays, evidence: Evidence) -> _Decided | None:
    """What the run proposes where the expert's own codes are; None if that is nowhere."""
    own = {place: one for place, one in evidence.own.codes.items() if place in said}
    if not any(len(np.intersect1d(one.frames, said[place].frames)) for place, one in own.items()):
        return None
    keys = tuple(entry.key for entry in project.actions())
    actions = tuple(key for key in COLUMN_OF if any(key in one.actions for one in said.values()))
    if not set(keys) & set(actions):
        return None
    asked = [_source(run_label(run), actions, said, which) for which in ("probabilities", "codes")]
    matched, proposed = (match(source, evidence.own, keys) for source in asked)
    plain = fixed_decisions(matched.detections)
    there = (proposed.detections.said > 0) & plain.known
    # Smoothing follows no threshold, so none is told.
    decisions = replace(plain, said=there, thresholds=np.empty((0, len(matched.detections.actions))))
    return _Decided(matched, decisions)


def _source(label: str, actions: tuple[str, ...], said: RunSays, which: str) -> DetectorSource:
    tables: dict[tuple[str, str], Said] = {}
    for place, one in said.items():
        values = np.full((len(one.frames), len(actions)), np.nan, dtype=np.float32)
        values[:, [actions.index(key) for key in one.actions]] = getattr(one, which)
        tables[place] = Said(one.frames, values)
    return DetectorSource(label, "probabilities", actions, tables, np.full(len(actions), 0.5))


# ---- an older and a newer run ---------------------------------------------------------------


def run_drift(
    project: Project,
    runs: tuple[ModelRun, ModelRun],
    said: tuple[RunSays, RunSays],
    evidence: Sequence[Evidence],
    options: AssistanceOptions,
    learned: Collection[str] = (),
) -> RunDrift | None:
    """What changed from an older run to a newer one on frames of which both say something.

    Parameters
    ----------
    project : Project
        The open study.
    runs : tuple of ModelRun
        The older and the newer one.
    said : tuple of mapping of Place to Proposals
        What they propose.
    evidence : sequence of Evidence
        Of the raters whose own codes tell which is better.
    options : AssistanceOptions
        How.
    learned : collection of str
        Codes of the children that the older one's network learned from.

    Returns
    -------
    RunDrift or None
        None where they have no frame or no action in common.
    """
    places = [place for place in said[1] if place in said[0]]
    has = [{key for one in each.values() for key in one.actions} for each in said]
    actions = tuple(key for key in COLUMN_OF if key in has[0] and key in has[1])
    parts = [_both(said[0], said[1], place, actions) for place in places]
    parts = [part for part in parts if len(part[0])]
    if not parts or not actions:
        return None
    probabilities = [np.concatenate([part[side] for part in parts]) for side in (0, 1)]
    proposed = [np.concatenate([part[side] for part in parts]) for side in (2, 3)]
    overall, each = action_drift(
        actions, (probabilities[0], probabilities[1]), (proposed[0] > 0, proposed[1] > 0)
    )
    asked = DetectionOptions("fixed", options.replicates, options.seed, options.level)
    unseen = tuple({place: one for place, one in each.items() if place[0] not in learned} for each in said)
    return RunDrift(
        run_label(runs[0]),
        run_label(runs[1]),
        len(probabilities[0]),
        len(parts),
        overall,
        each,
        tuple(_compared(project, runs, unseen, one, asked) for one in evidence),
    )


def _both(
    older: RunSays, newer: RunSays, place: tuple[str, str], actions: tuple[str, ...]
) -> tuple[NDArray[np.floating], NDArray[np.floating], NDArray[np.uint8], NDArray[np.uint8]]:
    """Probabilities and codes of both on common frames."""
    one, other = older[place], newer[place]
    if not set(actions) <= set(one.actions) & set(other.actions):
        none = np.empty((0, len(actions)))
        return none, none, none.astype(np.uint8), none.astype(np.uint8)
    _, rows, facing = np.intersect1d(one.frames, other.frames, assume_unique=True, return_indices=True)
    here = [one.actions.index(key) for key in actions]
    there = [other.actions.index(key) for key in actions]
    return (
        one.probabilities[rows][:, here],
        other.probabilities[facing][:, there],
        one.codes[rows][:, here],
        other.codes[facing][:, there],
    )


def _compared(
    project: Project,
    runs: tuple[ModelRun, ModelRun],
    said: tuple[RunSays, ...],
    evidence: Evidence,
    options: DetectionOptions,
) -> tuple[str, Comparison]:
    older, newer = (_decided(project, run, one, evidence) for run, one in zip(runs, said, strict=True))
    name, labels = evidence.rater.name, [run_label(run) for run in runs]
    if older is None or newer is None:
        why = f"{name} coded none of their frames unaided, of children that neither learned from"
        return name, Comparison(labels[1], labels[0], why=why)
    found = compare(newer.decisions, older.decisions, options)
    return name, replace(found, first=labels[1], second=labels[0])
