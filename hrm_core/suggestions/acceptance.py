"""What a coder did with suggestions, by how probable the model called them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from hrm_core.records.agreement import Estimate
from hrm_core.records.assistance_results import Acceptance, AcceptanceBin
from hrm_core.records.suggestion import SuggestionDecision, Verdict
from hrm_core.stats.wilson import wilson_interval

__all__ = ["BINS", "acceptance", "standing_decisions"]

BINS = 10
"""Ranges of probability of equal width."""


def standing_decisions(decisions: Iterable[SuggestionDecision]) -> list[SuggestionDecision]:
    """Of acts on the same frames and action the newest one, if it was not taken back.

    Parameters
    ----------
    decisions : iterable of SuggestionDecision
        Of one coder, the oldest first.
    """
    newest: dict[tuple[int, int, int, int, str | None], SuggestionDecision] = {}
    for one in decisions:
        newest[one.video_id, one.first_frame, one.last_frame, one.run_id, one.action] = one
    return [one for one in newest.values() if not one.taken_back]


def acceptance(decisions: Iterable[SuggestionDecision], level: float = 0.95) -> Acceptance:
    """Share of suggestions that were accepted, by probability.

    Parameters
    ----------
    decisions : iterable of SuggestionDecision
        Of one coder on one run, the oldest first.
    level : float
        Of the intervals.

    Returns
    -------
    Acceptance
        Without an act all counts are 0.
    """
    log = list(decisions)
    counts: Counter[tuple[int | None, Verdict]] = Counter()
    for one in standing_decisions(log):
        counts[_bin(one), one.verdict] += 1
    return Acceptance(
        tuple(_told(counts, place, level) for place in range(BINS)),
        _told(counts, None, level),
        sum(one.taken_back for one in log),
    )


def _bin(one: SuggestionDecision) -> int | None:
    if one.action is None or one.probability is None:
        return None
    return min(int(one.probability * BINS), BINS - 1)


def _told(counts: Counter[tuple[int | None, Verdict]], place: int | None, level: float) -> AcceptanceBin:
    accepted, rejected, corrected = (counts[place, verdict] for verdict in Verdict)
    total = accepted + rejected + corrected
    share = Estimate(None, why="nothing was decided here")
    if total:
        low, high = wilson_interval(accepted, total, level)
        share = Estimate(accepted / total, float(low), float(high))
    bounds = (0.0, 1.0) if place is None else (place / BINS, (place + 1) / BINS)
    return AcceptanceBin(*bounds, accepted, rejected, corrected, share)
