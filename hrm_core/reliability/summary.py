"""All that can be said of how two sources agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

import numpy as np

from hrm_core.errors import NotFoundError, UserError
from hrm_core.facs import ALL_ACTIONS
from hrm_core.progress import CancelToken, NoProgress, Progress
from hrm_core.records.agreement import (
    ActionAgreement,
    AgreementOptions,
    Average,
    Estimate,
    EventAgreement,
    PairAgreement,
    Source,
)
from hrm_core.records.code_grid import COLUMN_OF
from hrm_core.records.words import counted
from hrm_core.reliability.averages import averages
from hrm_core.reliability.by_event import ByEvent, by_event
from hrm_core.reliability.by_frame import ByFrame, ClassicalICC, by_frame, classical, effective_frames
from hrm_core.reliability.confusions import confusions
from hrm_core.reliability.disagreements import disagreements
from hrm_core.reliability.drift import drift, shifts
from hrm_core.reliability.estimates import Labels
from hrm_core.reliability.intensity import ByIntensity, by_intensity
from hrm_core.reliability.pairing import Paired
from hrm_core.reliability.sides import BySide, by_side
from hrm_core.reliability.warnings import action_warnings, pair_warnings, too_rare
from hrm_core.reliability.whole_face import facs_indices, visibility

__all__ = ["summarise"]

_STEPS = 9
_ESTIMATES = tuple(entry.name for entry in fields(ActionAgreement) if isinstance(entry.default, Estimate))


def summarise(
    paired: Paired,
    first: Source,
    second: Source,
    actions: Sequence[str],
    options: AgreementOptions | None = None,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> PairAgreement:
    """Measure how two sources agree.

    Parameters
    ----------
    paired : Paired
        The common frames.
    first, second : Source
        The first is the reference of precision, recall and F1.
    actions : sequence of str
        Keys of the study's actions.
    options : AgreementOptions, optional
        How it is measured.  Without replicates there are no intervals but the classical ones.
    progress : Progress, optional
        Told of each part.
    cancel : CancelToken, optional
        Asked between the parts.

    Returns
    -------
    PairAgreement
        Codes above 1 count as 1 but for the sides and the disagreements.  Intervals of all
        coefficients but ``icc``, ``icc_agreement`` and the intensities are by resampling participants
        (``icc_segments`` and drift: segments).  Where both sources never used an action, or always,
        what is 0/0 has a reason and no value.

    Raises
    ------
    UserError
        If both sources are the same, or have no frame or no action in common.
    ValueError
        If an action is not in the catalogue or is named twice.
    """
    options, progress, cancel = (
        options or AgreementOptions(),
        progress or NoProgress(),
        cancel or CancelToken(),
    )
    labels = (first.label, second.label)
    keys = _in_order(actions)
    judged = [key for key in keys if paired.judged[:, COLUMN_OF[key]].any()]
    _check(paired, first, second, judged)
    progress.start(f"Comparing {labels[0]} with {labels[1]}", _STEPS)
    try:
        rows = _of_actions(paired, judged, labels, options, progress, cancel)
        told = tuple(rows[key] if key in rows else _nothing(paired, key, options) for key in keys)
        pooled, mean, undefined = facs_indices(paired, judged, options)
        _done(progress, cancel)
        over_time = drift(paired, judged, labels, options)
        _done(progress, cancel)
        moved = shifts(paired, judged, options)
        _done(progress, cancel)
        return PairAgreement(
            first,
            second,
            told,
            _averages(told),
            pooled,
            mean,
            undefined,
            visibility(paired, labels, options),
            len(paired),
            len(paired.participants),
            paired.segments,
            paired.parts,
            paired.dropped,
            disagreements(paired, judged),
            confusions(paired, judged),
            over_time,
            moved,
            tuple(pair_warnings(paired, judged, labels, options)),
        )
    finally:
        progress.finish()


def _done(progress: Progress, cancel: CancelToken) -> None:
    progress.advance()
    cancel.raise_if_cancelled()


def _in_order(actions: Sequence[str]) -> list[str]:
    unknown = sorted(set(actions) - set(COLUMN_OF))
    if unknown or len(set(actions)) < len(actions):
        raise ValueError(f"actions must be keys of the catalogue, none twice: {unknown or list(actions)}")
    return [entry.key for entry in ALL_ACTIONS if entry.key in set(actions)]


def _check(paired: Paired, first: Source, second: Source, judged: Sequence[str]) -> None:
    if first == second:
        raise UserError(f"{first.label} cannot be compared with itself: choose two different codings.")
    if not len(paired):
        most = f" Of all frames, most are {paired.dropped[0].why}." if paired.dropped else ""
        raise NotFoundError(
            f"{first.label} and {second.label} have no frame in common: {first.label} coded "
            f"{counted(paired.first_frames, 'frame')}, {second.label} "
            f"{counted(paired.second_frames, 'frame')}.{most}"
        )
    if not judged:
        raise NotFoundError(
            f"There is no action of this study that both {first.label} and {second.label} can judge: "
            "choose other actions or another source."
        )


def _of_actions(
    paired: Paired,
    keys: Sequence[str],
    labels: Labels,
    options: AgreementOptions,
    progress: Progress,
    cancel: CancelToken,
) -> Mapping[str, ActionAgreement]:
    frames = by_frame(paired, keys, labels, options)
    _done(progress, cancel)
    iccs = classical(paired, keys, frames.counts, labels, options.level)
    _done(progress, cancel)
    effective = effective_frames(paired, keys)
    _done(progress, cancel)
    events = by_event(paired, keys, labels, options)
    _done(progress, cancel)
    sides = by_side(paired, keys, labels, options)
    _done(progress, cancel)
    grades = by_intensity(paired, keys, labels, options.level)
    _done(progress, cancel)
    return {
        key: _joined(
            key,
            frames,
            at,
            iccs[at],
            None if too_rare(frames.counts[at], events[at], options) else effective[at],
            events[at],
            sides[at],
            grades[at],
            tuple(action_warnings(paired, key, frames.counts[at], events[at], labels, options))
            + tuple(filter(None, [sides[at].warning])),
        )
        for at, key in enumerate(keys)
    }


def _joined(
    key: str,
    frames: ByFrame,
    at: int,
    icc: ClassicalICC,
    effective: float | None,
    events: ByEvent,
    sides: BySide,
    grades: ByIntensity,
    warnings: tuple[str, ...],
) -> ActionAgreement:
    both, first_only, second_only, neither = frames.counts[at].tolist()
    of = {name: estimates[at] for name, estimates in frames.coefficients.items()}
    return ActionAgreement(
        key,
        frames=both + first_only + second_only + neither,
        both=both,
        first_only=first_only,
        second_only=second_only,
        neither=neither,
        first_events=events.first_events,
        second_events=events.second_events,
        icc=icc.consistency,
        f=icc.f,
        df1=icc.df1,
        df2=icc.df2,
        p=icc.p,
        icc_participants=of["icc"],
        icc_segments=frames.icc_segments[at],
        icc_agreement=icc.agreement,
        effective_frames=effective,
        kappa=of["kappa"],
        kappa_max=of["kappa_max"],
        ac1=of["ac1"],
        pabak=of["pabak"],
        alpha=of["alpha"],
        percent=of["percent"],
        positive=of["positive"],
        negative=of["negative"],
        precision=of["precision"],
        recall=of["recall"],
        f1=of["f1"],
        mcc=of["mcc"],
        bias=of["bias"],
        events=events.at,
        overlap=events.overlap,
        sides=sides.matrix,
        side_agreement=sides.agreement,
        intensity_icc=grades.icc,
        intensity_kappa=grades.kappa,
        intensity_frames=grades.frames,
        warnings=warnings,
    )


def _nothing(paired: Paired, key: str, options: AgreementOptions) -> ActionAgreement:
    """What is said of an action that one of the sources cannot judge anywhere."""
    why = "; ".join(dict.fromkeys(reasons[key] for reasons in paired.why_not if key in reasons))
    none = Estimate(None, why=why)
    estimates: dict[str, Any] = dict.fromkeys(_ESTIMATES, none)
    return ActionAgreement(
        key,
        why=why,
        **estimates,
        events=tuple(EventAgreement(at, 0, none, none, none) for at in options.tolerances_s),
    )


def _averages(rows: Sequence[ActionAgreement]) -> tuple[Average, ...]:
    values = [np.nan if row.icc.value is None else row.icc.value for row in rows]
    occurrences = [row.both + (row.first_only + row.second_only) / 2 for row in rows]
    return averages([row.action for row in rows], values, occurrences)
