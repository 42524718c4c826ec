"""Combinations of actions in the frames of two groups."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from hrm_core.analysis.co_occurrence import co_occurrence
from hrm_core.analysis.combination_changes import transitions
from hrm_core.analysis.combination_diversity import count_combinations, entropy_of, rarefy
from hrm_core.analysis.distinct_combinations import DistinctCombinations, distinct_combinations
from hrm_core.analysis.top_combinations import top_combinations
from hrm_core.records.analysis_patterns import (
    Combinations,
    ComplexityRow,
    CoOccurrence,
    Entropy,
    Rarefaction,
    TopCombination,
)
from hrm_core.records.analysis_results import AnalysisOptions
from hrm_core.records.coded_frames import NOT_CODABLE, CodedFrames

__all__ = ["combinations"]

Integers = NDArray[np.int64]


def combinations(frames: CodedFrames, options: AnalysisOptions) -> Combinations:
    """Count combinations of actions, in all frames and in those of each expression.

    Parameters
    ----------
    frames : CodedFrames
        Of the whole study.
    options : AnalysisOptions
        Groups, expressions, resamples, seed and level.

    Returns
    -------
    Combinations
        Groups in the order of `options`, within all frames first and each expression after them.

    Notes
    -----
    A combination is which actions a frame shows and on which sides.  Where one action could not be seen
    it is not known, so such frames are dropped and counted; an action that the coder could see in no frame
    (of a child whose eyes are masked, say) is left out of all combinations in place of all frames.
    """
    kept, unseen, dropped = _kept(frames, options)
    found = distinct_combinations(kept.actions, kept.codes)
    groups = kept.groups_of_frames
    complexity: list[ComplexityRow] = []
    rarefied: list[Rarefaction] = []
    entropy: list[Entropy] = []
    top: list[TopCombination] = []
    together: list[CoOccurrence] = []
    for expression in ("", *options.expressions):
        chosen = kept.chosen(expression)
        rows = {group: np.flatnonzero(chosen & (groups == group)) for group in options.groups}
        complexity += _complexity(expression, found, rows)
        at = min(len(each) for each in rows.values())
        for group, each in rows.items():
            combination, child = found.of_frame[each], kept.child[each]
            counts = count_combinations(group, expression, combination, child, found)
            rarefied.append(rarefy(counts, at, options))
            entropy.append(entropy_of(counts, found.complexity[combination], child, options))
            top += top_combinations(group, expression, kept, found, each)
        together += co_occurrence(
            expression, kept.actions, {group: kept.codes[each] > 0 for group, each in rows.items()}
        )
    changes = (transitions(group, kept, found, np.flatnonzero(groups == group)) for group in options.groups)
    return Combinations(
        tuple(complexity),
        tuple(rarefied),
        tuple(entropy),
        tuple(top),
        tuple(together),
        tuple(change for each in changes for change in each),
        dropped,
        unseen,
    )


def _kept(frames: CodedFrames, options: AnalysisOptions) -> tuple[CodedFrames, tuple[str, ...], int]:
    """Frames of both groups in which every action could be seen; what never could; how many are dropped."""
    compared = np.isin(frames.groups_of_frames, options.groups)
    seen = frames.codes != NOT_CODABLE
    able = seen[compared].any(axis=0)
    rows = np.flatnonzero(compared & seen[:, able].all(axis=1))
    kept = replace(
        frames,
        actions=tuple(key for key, there in zip(frames.actions, able, strict=True) if there),
        child=frames.child[rows],
        video=frames.video[rows],
        frame=frames.frame[rows],
        seconds=frames.seconds[rows],
        codes=frames.codes[np.ix_(rows, able)],
        expression=frames.expression[rows],
        strength=frames.strength[np.ix_(rows, able)],
    )
    unseen = tuple(key for key, there in zip(frames.actions, able, strict=True) if not there)
    return kept, unseen if compared.any() else (), int(compared.sum()) - len(rows)


def _complexity(
    expression: str, found: DistinctCombinations, rows: dict[str, Integers]
) -> list[ComplexityRow]:
    """As many rows for both groups, up to the highest complexity of either."""
    combination = {group: found.of_frame[each] for group, each in rows.items()}
    highest = max(
        (int(found.complexity[each].max()) for each in combination.values() if len(each)), default=-1
    )
    told = []
    for group, each in combination.items():
        frames = np.bincount(found.complexity[each], minlength=highest + 1)
        met = np.unique(each)
        unique = np.bincount(found.complexity[met], minlength=highest + 1)
        _, one_of = np.unique(found.sideless[met], return_index=True)
        sideless = np.bincount(found.complexity[met[one_of]], minlength=highest + 1)
        told += [
            ComplexityRow(
                group, expression, level, int(frames[level]), int(unique[level]), int(sideless[level])
            )
            for level in range(highest + 1)
        ]
    return told
