"""Groups compared by children: one value for each child, since frames of one child are not independent."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hrm_core.analysis.child_counts import ChildCounts, of_group, present_counts
from hrm_core.analysis.group_intervals import GroupDraws, difference_intervals
from hrm_core.analysis.mixed_models import Design, design_of, mixed_model, require_statsmodels
from hrm_core.progress import CancelToken, NoProgress, Progress
from hrm_core.records.analysis_results import AnalysisOptions, MixedModel, ParticipantTest
from hrm_core.records.coded_frames import CodedFrames
from hrm_core.stats.adjust import adjust_p
from hrm_core.stats.bootstrap import FEW_CLUSTERS
from hrm_core.stats.exact_rank_sum import exact_rank_sum_p
from hrm_core.stats.mann_whitney import mann_whitney
from hrm_core.stats.permutation import permutation_p

__all__ = ["participant_tests"]

Floats = NDArray[np.float64]


def participant_tests(
    frames: CodedFrames,
    options: AnalysisOptions,
    *,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> tuple[ParticipantTest, ...]:
    """Compare the shares of frames of the children of two groups, for each action and expression.

    Parameters
    ----------
    frames : CodedFrames
        All of the study; frames in which an action could not be seen are left out of its share.
    options : AnalysisOptions
        Groups, expressions, replicates, seed, level and mixed models.
    progress : Progress, optional
        Told of actions.
    cancel : CancelToken, optional
        Asked between actions.

    Returns
    -------
    tuple of ParticipantTest
        All frames, then each expression; within it the order of ``frames.actions``.  An action of which all
        children have the same share has z = 0 and p = 1 and, as in
        :func:`hrm_core.analysis.frame_tests.counted_tests`, does not count in the family.

    Raises
    ------
    NoStatsmodelsError
        If mixed models are asked for and statsmodels is not installed.
    Cancelled
        On request.
    """
    progress, cancel = progress or NoProgress(), cancel or CancelToken()
    if options.mixed:
        require_statsmodels()
    children = [of_group(frames, group) for group in options.groups]
    design = design_of(
        frames, np.concatenate(children), len(children[0]), options.covariates if options.mixed else ()
    )
    draws = GroupDraws.of((len(children[0]), len(children[1])), options)
    expressions = ("", *options.expressions)
    progress.start("Comparing children", len(expressions) * len(frames.actions))
    found: list[ParticipantTest] = []
    for expression in expressions:
        counts = present_counts(frames, expression)
        family = _Family(
            frames.actions,
            expression,
            *(ChildCounts(counts.present[places], counts.codable[places]) for places in children),
        )
        found += _compared(family, options, draws, design, progress, cancel)
    progress.finish()
    return tuple(found)


@dataclass(frozen=True, slots=True, eq=False)
class _Family:
    """Counts of both groups' children in the frames of one expression."""

    actions: tuple[str, ...]
    expression: str
    first: ChildCounts
    second: ChildCounts


def _compared(
    family: _Family,
    options: AnalysisOptions,
    draws: GroupDraws,
    design: Design,
    progress: Progress,
    cancel: CancelToken,
) -> list[ParticipantTest]:
    first, second = family.first.share, family.second.share
    ranks = mann_whitney(first.T, second.T)
    permuted = permutation_p(first.T, second.T, options.replicates, options.seed)
    rank_biserial, difference, pooled = difference_intervals(family.first, family.second, draws)
    tests = []
    for place, action in enumerate(family.actions):
        cancel.raise_if_cancelled()
        sides = tuple(shares[~np.isnan(shares[:, place]), place] for shares in (first, second))
        children = (len(sides[0]), len(sides[1]))
        exact = exact_rank_sum_p(*sides)
        tests.append(
            ParticipantTest(
                action,
                family.expression,
                children,
                _of_both(sides, np.mean),
                _of_both(sides, np.median),
                _known(ranks.z[place]),
                _known(ranks.p[place]),
                exact,
                _known(permuted[place]),
                rank_biserial[place],
                difference[place],
                pooled[place],
                mixed=_mixed(family, place, design, options) if options.mixed else None,
                note=_note(ranks.note[place] or ranks.reason[place], children, exact, options),
            )
        )
        progress.advance()
    return _adjusted(tests, [note.startswith("constant") for note in ranks.note])


def _of_both(sides: Sequence[Floats], middle: Callable[[Floats], np.floating]) -> tuple[float, float] | None:
    first, second = sides
    return (float(middle(first)), float(middle(second))) if len(first) and len(second) else None


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _mixed(family: _Family, place: int, design: Design, options: AnalysisOptions) -> MixedModel:
    present, codable = (
        np.concatenate([getattr(counts, name)[:, place] for counts in (family.first, family.second)])
        for name in ("present", "codable")
    )
    return mixed_model(present, codable, design, options.level)


def _note(about_ranks: str, children: tuple[int, int], exact: float | None, options: AnalysisOptions) -> str:
    """What to know before a test is trusted; that the approximation is rough matters only without exact p."""
    said = [about_ranks] if exact is None or about_ranks.startswith("constant") else []
    if min(children):
        least = min(2 / math.comb(sum(children), children[0]), 1.0)
        if least > 1 - options.level:
            said.append(
                f"with {children[0]} and {children[1]} children "
                f"even complete separation by rank has p = {least:.2g}"
            )
        if min(children) < FEW_CLUSTERS:
            said.append(f"only {min(children)} children in a group: intervals may be too narrow")
    return "; ".join(filter(None, said))


def _adjusted(tests: Sequence[ParticipantTest], constant: Sequence[bool]) -> list[ParticipantTest]:
    """The tests of one family with p adjusted for their number; constant actions are not tested."""
    trusted = [test.p if test.p_exact is None else test.p_exact for test in tests]
    p = np.array(
        [math.nan if each is None or same else each for each, same in zip(trusted, constant, strict=True)]
    )
    (holm, family), (bh, _) = (adjust_p(p, method) for method in ("holm", "bh"))
    return [
        replace(test, p_holm=_known(one), p_bh=_known(other), family=family)
        for test, one, other in zip(tests, holm, bh, strict=True)
    ]
