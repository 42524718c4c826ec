"""Evaluate detectors of actions against the codes of one rater.

Thresholds are the source's own (0.5, or those of a model's card), or tuned: by action, the one with the
highest F1 on what was said of the children of the other folds. For a run of ``hrm train au`` these are
the children that the fold's network was trained on, seen by the networks that were not. For a source
that was not trained here, folds by person are made for this alone. In neither case is a frame of a
fold looked at when its thresholds are tuned.
"""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

import hrm_core
from hrm_core.analysis.detection_decisions import Decisions, fixed_decisions, tuned_decisions
from hrm_core.analysis.detection_gaps import gap
from hrm_core.analysis.detection_pairs import compare
from hrm_core.analysis.detection_quality import quality
from hrm_core.errors import ProjectError
from hrm_core.models.train.splits import balanced_folds, same_person
from hrm_core.progress import CancelToken, NoProgress, Progress
from hrm_core.records.agreement import Source, SourceKind
from hrm_core.records.detection_results import (
    DetectionOptions,
    DetectionReport,
    DetectorQuality,
    Gap,
)
from hrm_core.records.detections import Detections
from hrm_core.records.words import counted
from hrm_core.stats.bootstrap import FEW_CLUSTERS
from hrm_core.workflows.agreement_sources import raters_with_codes, source_named
from hrm_core.workflows.detector_sources import DetectorSource, read_detector_source
from hrm_core.workflows.match_detections import Matched, match, read_truth
from hrm_core.workflows.project import Project

__all__ = ["evaluate_actions"]

_MOST_FOLDS = 3


@dataclass(frozen=True, slots=True, eq=False)
class _Evaluated:
    source: DetectorSource
    matched: Matched
    decisions: Decisions
    how: str
    warnings: tuple[str, ...]


def evaluate_actions(
    project: Project,
    names: Sequence[str],
    *,
    rater: str | None = None,
    options: DetectionOptions | None = None,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> DetectionReport:
    """Evaluate one source or several on the frames and actions that a rater coded.

    Parameters
    ----------
    project : Project
        The open study; nothing in it is changed.
    names : sequence of str
        What is evaluated, as :func:`hrm_core.workflows.detector_sources.read_detector_source` reads it.
    rater : str, optional
        Whose codes are the truth, as :func:`source_named` reads it; by default the one on whose codes the
        runs were trained, or the only one who coded.
    options : DetectionOptions, optional
        How.
    progress : Progress, optional
        Told of recordings and sources.
    cancel : CancelToken, optional
        Asked between them.

    Returns
    -------
    DetectionReport
        Names no child.

    Raises
    ------
    NotFoundError
        If nothing has one of the names.
    ProjectError
        If it is not clear whose codes are the truth, the rater coded nothing, a run is not finished or of
        another study, or a source has no frame or action in common with the codes.
    InvalidFileError
        If a file is damaged.
    Cancelled
        On request.
    """
    options = options or DetectionOptions()
    progress, cancel = progress or NoProgress(), cancel or CancelToken()
    read = _distinct([read_detector_source(project, name, cancel) for name in dict.fromkeys(names)])
    reference = _rater(project, rater, read)
    truth = read_truth(project, reference, progress, cancel)
    keys = tuple(entry.key for entry in project.actions())
    progress.start("Evaluating", len(read))
    evaluated, found = [], []
    try:
        for source in read:
            cancel.raise_if_cancelled()
            one = _decided(source, match(source, truth, keys), reference, options)
            evaluated.append(one)
            found.append(_measured(project, one, options))
            progress.advance()
    finally:
        progress.finish()
    pairs = combinations(evaluated, 2)
    return DetectionReport(
        project.settings.name,
        project.settings.synthetic,
        reference.label,
        tuple(found),
        tuple(compare(one.decisions, other.decisions, options) for one, other in pairs),
        options,
        {
            "HRM Annotator": hrm_core.__version__,
            "Python": platform.python_version(),
            "numpy": version("numpy"),
        },
        datetime.now(UTC),
    )


def _distinct(read: Sequence[DetectorSource]) -> list[DetectorSource]:
    """Sources whose labels differ: two folders may have one name."""
    labels: list[str] = []
    for source in read:
        number, label = 2, source.label
        while label in labels:
            label, number = f"{source.label} ({number})", number + 1
        labels.append(label)
    return [replace(source, label=label) for source, label in zip(read, labels, strict=True)]


def _rater(project: Project, name: str | None, read: Sequence[DetectorSource]) -> Source:
    if name is not None:
        source = source_named(project, name)
        if source.kind not in (SourceKind.RATER, SourceKind.THEN):
            raise ProjectError(f"{source.label} is a program: name a rater whose codes are the truth.")
        return source
    coders = [rater.name for rater in raters_with_codes(project)]
    trained = {source.rater for source in read if source.rater}
    if len(trained) == 1 and trained <= set(coders):
        return source_named(project, trained.pop())
    if len(coders) == 1:
        return source_named(project, coders[0])
    raise ProjectError(
        f"Say with --rater whose codes are the truth; frames were coded by {', '.join(coders)}."
        if coders
        else "Nobody has coded in this study: there is nothing to compare with."
    )


# ---- decisions -----------------------------------------------------------------------------


def _decided(
    source: DetectorSource, matched: Matched, rater: Source, options: DetectionOptions
) -> _Evaluated:
    found = matched.detections
    warnings = list(source.notes)
    if source.rater and source.rater != rater.name:
        warnings.append(f"It was trained on the codes of {source.rater}.")
    elif matched.changed:
        warnings.append(
            f"{counted(matched.changed, 'code')} changed since it was trained; the codes of today count."
        )
    if matched.not_said:
        warnings.append(
            f"It says nothing of {counted(matched.not_said, 'decision')} (an action of a frame) that "
            f"{rater.label} coded; they count neither way."
        )
    if matched.machine_touched:
        warnings.append(
            f"A model's suggestions were accepted or corrected on {matched.machine_touched} of the "
            f"{len(found.frames)} frames that {rater.label} coded: there the codes are no independent "
            "measure of a model."
        )
    decisions = fixed_decisions(found, matched.thresholds)
    if found.kind == "decisions":
        how = "It says itself whether an action is there; there is no threshold to tune."
    elif options.thresholds == "fixed":
        limits = sorted(set(matched.thresholds.tolist()))
        shown = f"{limits[0]:g}" if len(limits) == 1 else f"{limits[0]:g} to {limits[-1]:g}, by action"
        how = f"An action counts as there from the probability {shown} on; nothing was tuned."
    elif len(persons := {same_person(code) for code in found.participants}) < 2:
        how = f"Thresholds could not be tuned on other children, as there is {len(persons)} only."
        warnings.append(how)
    else:
        own = np.unique(found.folds)
        folds = found.folds if len(own) > 1 else _made_folds(found, min(_MOST_FOLDS, len(persons)), options)
        decisions = tuned_decisions(found, folds, matched.thresholds)
        how = _how_tuned(len(np.unique(folds)), own=len(own) > 1)
        if decisions.not_tuned:
            warnings.append(
                f"The threshold of {', '.join(decisions.not_tuned)} could not be tuned in every fold, as the "
                "children of the others do not show it; it stayed at the source's own there."
            )
    return _Evaluated(source, matched, decisions, how, tuple(warnings))


def _made_folds(found: Detections, k: int, options: DetectionOptions) -> NDArray[np.int64]:
    """Folds by person, for thresholds alone."""
    places = range(len(found.participants))
    rows = [found.of_participant == place for place in places]
    positives = np.stack([(found.truth[own] == 1).sum(axis=0) for own in rows])
    frames = np.array([int(own.sum()) for own in rows])
    folds = balanced_folds(found.participants, positives, k, options.seed, frames=frames)
    number = {code: place for place, codes in enumerate(folds, 1) for code in codes}
    of_child = np.array([number[code] for code in found.participants], dtype=np.int64)
    return of_child[found.of_participant]


def _how_tuned(folds: int, *, own: bool) -> str:
    kind = "the folds it was trained in" if own else f"{folds} folds by person, made for this alone"
    return (
        "Thresholds were tuned by action: in each fold the one with the highest F1 on what was said of the "
        f"children of the other folds ({kind}); no frame of a fold was looked at for its own thresholds."
    )


# ---- figures -------------------------------------------------------------------------------


def _measured(project: Project, one: _Evaluated, options: DetectionOptions) -> DetectorQuality:
    found = one.matched.detections
    told = quality(one.decisions, options)
    children = len(found.participants)
    warnings = list(one.warnings)
    if children == 1:
        warnings.append("There is 1 child only, so there are no intervals: children cannot be resampled.")
    elif children < FEW_CLUSTERS:
        warnings.append(
            f"There are {children} children only: the intervals may be too narrow and p values too small."
        )
    if never := [entry.action for entry in told.actions if not entry.counts]:
        warnings.append(f"Not coded in any frame, so n/a and in no mean: {', '.join(never)}.")
    recordings = np.unique(np.column_stack([found.of_participant, found.of_video]), axis=0)
    return DetectorQuality(
        one.source.label,
        found.kind,
        one.decisions.tuned,
        one.how,
        one.source.facts,
        told.folds,
        children,
        len(recordings),
        len(found.frames),
        told.actions,
        told.means,
        told.calibration,
        _gaps(project, one.decisions, options),
        one.matched.not_compared,
        one.matched.dropped,
        tuple(warnings),
    )


def _gaps(project: Project, decisions: Decisions, options: DetectionOptions) -> tuple[Gap, ...]:
    """By group, sex and age; what nobody knows of any child is left out."""
    people = {who.code: who for who in project.participants()}
    children = [people[code] for code in decisions.detections.participants]
    attributes = {
        "group": [who.group for who in children],
        "sex": [who.sex for who in children],
        "age": _age_groups([who.age_years for who in children]),
    }
    return tuple(
        gap(decisions, attribute, groups, options)
        for attribute, groups in attributes.items()
        if any(group is not None for group in groups)
    )


def _age_groups(ages: Sequence[float | None]) -> list[str | None]:
    """Two groups, parted at the median age."""
    known = [age for age in ages if age is not None]
    if not known:
        return [None] * len(ages)
    middle = float(np.median(known))
    words = f"{middle:.3g} years or less", f"over {middle:.3g} years"
    return [None if age is None else words[age > middle] for age in ages]
