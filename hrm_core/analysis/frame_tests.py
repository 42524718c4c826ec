"""Groups compared frame by frame, as the HRM study did: the smaller half of an answer.

Frames of one child resemble each other, so these p-values are far too small where groups do not differ; see
:mod:`hrm_core.analysis.participant_tests` for those to be trusted.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hrm_core.records.agreement import Estimate
from hrm_core.records.analysis_results import AnalysisOptions, FrameTest
from hrm_core.records.coded_frames import NOT_CODABLE, CodedFrames
from hrm_core.stats.adjust import adjust_p
from hrm_core.stats.difference_of_shares import newcombe_interval
from hrm_core.stats.exact_rank_sum import exact_rank_sum_p_of_counts
from hrm_core.stats.mann_whitney import MannWhitney, mann_whitney_counts

__all__ = ["counted_tests", "frame_tests"]

Counts = NDArray[np.int64]

_INDEPENDENT = "frames are taken for independent"


def frame_tests(frames: CodedFrames, options: AnalysisOptions) -> tuple[FrameTest, ...]:
    """Mann-Whitney over frames for every action: of all frames, then of each expression.

    Parameters
    ----------
    frames : CodedFrames
        Codes above 0 are present; frames in which an action is not codable are left out for that action.
    options : AnalysisOptions
        Groups, expressions and level.

    Returns
    -------
    tuple of FrameTest
        All frames first, then the expressions in the order of the options; within each the order of the
        actions.  Each expression is one family.
    """
    codable, present = _counted(frames, options)
    found: list[FrameTest] = []
    for place, expression in enumerate(("", *options.expressions)):
        found += counted_tests(
            frames.actions, codable[place], present[place], expression=expression, level=options.level
        )
    return tuple(found)


def counted_tests(
    actions: Sequence[str], codable: Counts, present: Counts, expression: str = "", level: float = 0.95
) -> tuple[FrameTest, ...]:
    """The tests of one family, from what was counted.

    Parameters
    ----------
    actions : sequence of str
        Keys of the actions.
    codable, present : ndarray of int64, shape (2, n_actions)
        Frames of both groups in which an action could be seen, and was.
    expression : str
        What the frames show; ``""`` for all of them.
    level : float
        Of the intervals.

    Returns
    -------
    tuple of FrameTest
        In the order of the actions.  An action that is in all frames or in none has z = 0 and p = 1, as SPSS
        prints it; nothing was tested there, so it does not count in the family and has no adjusted p, as R's
        ``p.adjust`` has it with NA.
    """
    of_x, of_y = np.stack([codable - present, present], axis=-1)
    plain = mann_whitney_counts(of_x, of_y)
    moved = mann_whitney_counts(of_x, of_y, continuity=True)
    seen = present.sum(axis=0)
    constant = (seen == 0) | (seen == codable.sum(axis=0))
    of_family = np.where(constant, np.nan, plain.p)
    holm, family = adjust_p(of_family, "holm")
    bh, _ = adjust_p(of_family, "bh")
    effects = _effects(codable, present, plain, level)
    return tuple(
        FrameTest(
            action=action,
            expression=expression,
            frames=(int(codable[0, place]), int(codable[1, place])),
            present=(int(present[0, place]), int(present[1, place])),
            u=_number(plain.u[place]),
            z=_number(plain.z[place]),
            p=_number(plain.p[place]),
            log10_p=_number(plain.log10_p[place]),
            z_continuity=_number(moved.z[place]),
            p_continuity=_number(moved.p[place]),
            p_exact=exact_rank_sum_p_of_counts(of_x[place].tolist(), of_y[place].tolist()),
            rank_biserial=effects[place],
            p_holm=_number(holm[place]),
            p_bh=_number(bh[place]),
            family=family,
            note=plain.reason[place] or plain.note[place],
        )
        for place, action in enumerate(actions)
    )


def _counted(frames: CodedFrames, options: AnalysisOptions) -> tuple[Counts, Counts]:
    """Codable frames and those with the action, [all and each expression, groups, actions]."""
    group = frames.groups_of_frames
    cells = (1 + len(options.expressions), 2, len(frames.actions))
    codable, present = np.zeros(cells, np.int64), np.zeros(cells, np.int64)
    for side, name in enumerate(options.groups):
        of_group = group == name
        for place, expression in enumerate(("", *options.expressions)):
            codes = frames.codes[of_group & frames.chosen(expression)]
            unseen = np.count_nonzero(codes == NOT_CODABLE, axis=0)
            codable[place, side] = len(codes) - unseen
            present[place, side] = np.count_nonzero(codes, axis=0) - unseen
    return codable, present


def _effects(codable: Counts, present: Counts, plain: MannWhitney, level: float) -> list[Estimate]:
    low, high = newcombe_interval(present[0], codable[0], present[1], codable[1], level)
    return [
        Estimate(float(value), float(below), float(above), note=_INDEPENDENT)
        if math.isfinite(value)
        else Estimate(None, why=why)
        for value, below, above, why in zip(plain.rank_biserial, low, high, plain.reason, strict=True)
    ]


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
