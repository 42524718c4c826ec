"""What a session of ratings came to, from its table of answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from hrm_core.progress import CancelToken, NoProgress, Progress
from hrm_core.rating.agreement import judge_agreement
from hrm_core.rating.estimates import (
    ResultOptions,
    by_children,
    mean_of_sums,
    pearson_of_sums,
)
from hrm_core.rating.judges import judge_result
from hrm_core.rating.rating_table import Floats, RatingTable
from hrm_core.rating.warnings import rating_warnings
from hrm_core.records.rating_plan import OrderKind, Presentation
from hrm_core.records.rating_results import BlindComparison, ClipRating, JudgeAgreement, RatingResults

__all__ = ["SessionFacts", "rating_results"]


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """What results say of a session beside its numbers; see :class:`RatingResults`.

    Attributes
    ----------
    study, session, synthetic, presentation, order, seed, unblinded, joined, versions, made_on
        As there.
    practice, repeats, attention_checks
        As there.
    warnings : tuple of str
        Sentences about what the table does not hold; they come before those about the table.
    """

    study: str
    session: str
    presentation: Presentation
    synthetic: bool = False
    order: OrderKind | None = None
    seed: int | None = None
    unblinded: tuple[str, ...] = ()
    joined: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    practice: int | None = None
    repeats: int | None = None
    attention_checks: int | None = None
    versions: Mapping[str, str] = field(default_factory=dict, hash=False)
    made_on: datetime | None = None


def rating_results(
    table: RatingTable,
    facts: SessionFacts,
    options: ResultOptions | None = None,
    *,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> RatingResults:
    """Agreement, the judges and the clips.

    Parameters
    ----------
    table : RatingTable
        All answers that count.
    facts : SessionFacts
        What else is said of the session.
    options : ResultOptions, optional
        Level, resamples of children and their seed.
    progress : Progress, optional
        Told of judges and groups of judges.
    cancel : CancelToken, optional
        Asked between them.

    Returns
    -------
    RatingResults
        The same for the same answers, whatever their order.  Judges who have rated nothing are
        among its judges, but in no coefficient.

    Raises
    ------
    Cancelled
        On request.
    """
    options = options or ResultOptions()
    progress, cancel = progress or NoProgress(), cancel or CancelToken()
    groups = _groups(table)
    progress.start("Measuring agreement", len(groups) + len(table.judges))
    agreements: list[JudgeAgreement] = []
    for label, columns in groups:
        cancel.raise_if_cancelled()
        agreements.append(judge_agreement(table, columns, label, options))
        progress.advance()
    judges = []
    for column in range(len(table.judges)):
        cancel.raise_if_cancelled()
        judges.append(judge_result(table, column, options))
        progress.advance()
    progress.finish()
    return RatingResults(
        study=facts.study,
        session=facts.session,
        synthetic=facts.synthetic,
        presentation=facts.presentation,
        points=table.points,
        order=facts.order,
        seed=facts.seed,
        judges=tuple(judges),
        agreements=tuple(agreements),
        clips=_clips(table),
        participants=len(np.unique(table.children[table.given.any(axis=1)])),
        blind_comparison=_blind_comparison(table, options),
        unblinded=facts.unblinded,
        joined=facts.joined,
        warnings=(*facts.warnings, *rating_warnings(table, facts.presentation, options)),
        level=options.level,
        replicates=options.replicates,
        seed_of_intervals=options.seed,
        practice=facts.practice,
        repeats=facts.repeats,
        attention_checks=facts.attention_checks,
        versions=facts.versions,
        made_on=facts.made_on,
    )


def _groups(table: RatingTable) -> list[tuple[str, list[int]]]:
    """All judges, then the blind ones and the others, where two or more are only a part of all."""
    everybody = table.active
    blind = [column for column in everybody if table.judges[column].blind]
    others = [column for column in everybody if not table.judges[column].blind]
    parts = [("blind judges", blind), ("judges who are not blind", others)]
    return [
        ("all judges", everybody),
        *((label, part) for label, part in parts if 2 <= len(part) < len(everybody)),
    ]


def _clips(table: RatingTable) -> tuple[ClipRating, ...]:
    of_blind = table.blind_means()
    entries = []
    for row in np.argsort(table.numbers, kind="stable").tolist():
        scores = table.scores[row]
        given = scores[~np.isnan(scores)]
        entries.append(
            ClipRating(
                number=int(table.numbers[row]),
                scores=tuple(None if np.isnan(score) else int(score) for score in scores.tolist()),
                mean=float(given.mean()) if len(given) else None,
                sd=float(given.std(ddof=1)) if len(given) > 1 else None,
                mean_blind=None if np.isnan(of_blind[row]) else float(of_blind[row]),
            )
        )
    return tuple(entries)


def _blind_comparison(table: RatingTable, options: ResultOptions) -> BlindComparison | None:
    """Means of both kinds of judges on the clips that both rated; None unless there are both."""
    columns = {
        kind: [column for column in table.active if table.judges[column].blind is kind]
        for kind in (True, False)
    }
    if not columns[True] or not columns[False]:
        return None
    known = {kind: table.given[:, own].any(axis=1) for kind, own in columns.items()}
    both = known[True] & known[False]
    blind, others = (_means(table.scores[both][:, columns[kind]]) for kind in (True, False))
    children, ones = table.children[both], np.ones(int(both.sum()))
    middle = (table.points + 1) / 2
    a, b = blind - middle, others - middle
    why = "no clip that both kinds of judges rated" if not both.any() else "one of the two means never varies"
    if len(ones) == 1:
        why = "only one clip that both kinds of judges rated"
    return BlindComparison(
        blind=_names(table, columns[True]),
        not_blind=_names(table, columns[False]),
        clips=len(ones),
        difference=by_children(np.column_stack([ones, others - blind]), mean_of_sums, children, options, why),
        correlation=by_children(
            np.column_stack([ones, a, b, a * a, b * b, a * b]), pearson_of_sums, children, options, why
        ),
    )


def _names(table: RatingTable, columns: Sequence[int]) -> tuple[str, ...]:
    return tuple(table.judges[column].name for column in columns)


def _means(scores: Floats) -> Floats:
    """Means over judges of [clips, judges] in which every clip has an answer."""
    known = ~np.isnan(scores)
    means: Floats = np.where(known, scores, 0.0).sum(axis=1) / known.sum(axis=1)
    return means
