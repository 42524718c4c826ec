"""The order in which each judge is asked: mixed or by child, with repetitions, checks and breaks."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from random import Random

from hrm_core.records.rating_plan import OrderKind, PlannedJudge, SessionPlan, Trial, TrialKind

__all__ = ["least_distance", "make_trials", "most_attention_checks", "most_repeats"]

_TOKEN_BYTES = 16
# Swaps that are tried for every place where two clips of one child meet, before they are laid out anew.
_TRIES = 60


def least_distance(clips: int) -> int:
    """How many trials later a clip comes back at the earliest: a third of the rating trials, never at once.

    Parameters
    ----------
    clips : int
        How many clips are rated.
    """
    return max(2, ceil(clips / 3))


def most_repeats(clips: int) -> int:
    """How many of so many clips can come back late enough."""
    return max(0, clips - least_distance(clips))


def most_attention_checks(shown: int) -> int:
    """How many checks of attention fit between so many showings, no more than one for every two."""
    return max(0, (shown - 1) // 2)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a trial asks, before it has a place and a token."""

    kind: TrialKind
    clip_id: int | None = None
    expected: int | None = None
    break_before: bool = False


def make_trials(plan: SessionPlan, child_of: Mapping[int, int]) -> dict[str, tuple[Trial, ...]]:
    """Everything that each judge is asked, in order.

    Practice comes first.  Then every clip is rated once: in random order, where two clips of the same child
    never follow one another if that can be avoided, or child after child.  Clips that are repeated are chosen
    for each judge anew, among those that this judge sees early enough: were they the same for all, they would
    stand early in everybody's order, and first ratings would no more be spread evenly.  They come
    back at least a third of the rating trials later; where the order goes by child, after all children,
    again child after child.  Checks of attention are spread evenly, with jitter, and never the first of
    the rating trials.  Order, repetitions and checks follow from the plan's seed and the judge's name
    alone; tokens follow from nothing.

    Parameters
    ----------
    plan : SessionPlan
        A possible one: :func:`hrm_core.rating.check_plan.plan_problems` finds nothing.
    child_of : mapping of int to int
        Number of the child by number of the clip, for every clip of the plan.

    Returns
    -------
    dict of str to tuple of Trial
        By name of the judge.
    """
    return {judge.name: _trials_of(plan, judge, child_of) for judge in plan.judges}


def _trials_of(plan: SessionPlan, judge: PlannedJudge, child_of: Mapping[int, int]) -> tuple[Trial, ...]:
    # A text as seed gives the same numbers on every machine and in every version of Python.
    random = Random(f"{plan.seed}\0{judge.name}")
    practice = [_Asked(TrialKind.PRACTICE, clip) for clip in random.sample(plan.practice, len(plan.practice))]
    shown = _with_repeats(plan, _first_showings(plan, child_of, random), child_of, random)
    asked = practice + _with_checks(plan, _with_breaks(plan, shown), random)
    return tuple(
        Trial(
            position=position,
            token=secrets.token_hex(_TOKEN_BYTES),
            kind=entry.kind,
            clip_id=entry.clip_id,
            expected=entry.expected,
            break_before=entry.break_before,
        )
        for position, entry in enumerate(asked)
    )


def _first_showings(plan: SessionPlan, child_of: Mapping[int, int], random: Random) -> list[int]:
    clips = random.sample(plan.clips, len(plan.clips))
    if plan.order is OrderKind.BLOCKED:
        return _by_child(clips, child_of, random)
    return _apart(clips, child_of, random)


def _by_child(clips: Sequence[int], child_of: Mapping[int, int], random: Random) -> list[int]:
    """The clips of one child after one another; those of a child keep their order."""
    of_child: dict[int, list[int]] = {}
    for clip in clips:
        of_child.setdefault(child_of[clip], []).append(clip)
    # Sorted first, or a child with many clips would tend to come early.
    children = sorted(of_child)
    random.shuffle(children)
    return [clip for child in children for clip in of_child[child]]


def _apart(clips: list[int], child_of: Mapping[int, int], random: Random) -> list[int]:
    """The clips in an order in which as few as possible follow one of the same child.

    Clips that meet change places with others at random, which leaves every clip as likely to stand
    anywhere; only where hardly any order will do are they laid out by rule.
    """
    children = [child_of[clip] for clip in clips]
    most = max(Counter(children).values(), default=0)
    fewest = max(0, 2 * most - len(clips) - 1)
    order = list(range(len(clips)))

    def meets(place: int) -> bool:
        return 0 <= place < len(order) - 1 and children[order[place]] == children[order[place + 1]]

    def meetings(*places: int) -> int:
        return sum(meets(place) for place in {near for at in places for near in (at - 1, at)})

    met = [place for place in range(len(order)) if meets(place)]
    tries = _TRIES * (len(met) + 1)
    while len(met) > fewest and tries:
        tries -= 1
        one, other = random.choice(met) + random.randrange(2), random.randrange(len(order))
        before = meetings(one, other)
        order[one], order[other] = order[other], order[one]
        if meetings(one, other) > before:
            order[one], order[other] = order[other], order[one]
        else:
            near = {one - 1, one, other - 1, other}
            met = sorted({*(p for p in met if p not in near), *(p for p in near if meets(p))})
    if len(met) > fewest:
        return _laid_out(clips, child_of, random)
    return [clips[place] for place in order]


def _laid_out(clips: Sequence[int], child_of: Mapping[int, int], random: Random) -> list[int]:
    counts = Counter(child_of[clip] for clip in clips)
    first = max(counts.values())
    by_count = sorted(_by_child(clips, child_of, random), key=lambda clip: -counts[child_of[clip]])
    if 2 * first <= len(clips) + 1:
        # Every second place, then those between: the most frequent child fills no two neighbours.
        order = list(by_count)
        order[::2], order[1::2] = by_count[: len(clips[::2])], by_count[len(clips[::2]) :]
        return order
    # One child has more clips than all others can keep apart: each of the others parts two of them.
    gaps = set(random.sample(range(first - 1), len(clips) - first))
    others = iter(by_count[first:])
    parted: list[int] = []
    for place, clip in enumerate(by_count[:first]):
        parted.append(clip)
        if place in gaps:
            parted.append(next(others))
    return parted


def _with_repeats(
    plan: SessionPlan, clips: list[int], child_of: Mapping[int, int], random: Random
) -> list[_Asked]:
    shown = [_Asked(TrialKind.RATING, clip) for clip in clips]
    distance = least_distance(len(clips))
    again = random.sample(clips[: most_repeats(len(clips))], plan.repeats)
    if plan.order is OrderKind.BLOCKED:
        return shown + [_Asked(TrialKind.REPEAT, clip) for clip in _by_child(again, child_of, random)]
    # Put in one by one, so that those behind only move further away from their first showing.
    for clip in again:
        first = next(at for at, entry in enumerate(shown) if entry.clip_id == clip)
        places = range(first + distance, len(shown) + 1)
        apart = [at for at in places if not _touches(shown, at, child_of, child_of[clip])]
        shown.insert(random.choice(apart or places), _Asked(TrialKind.REPEAT, clip))
    return shown


def _touches(shown: Sequence[_Asked], at: int, child_of: Mapping[int, int], child: int) -> bool:
    return any(
        entry.clip_id is not None and child_of[entry.clip_id] == child
        for entry in shown[max(0, at - 1) : at + 1]
    )


def _with_breaks(plan: SessionPlan, shown: Sequence[_Asked]) -> list[_Asked]:
    every = plan.presentation.break_every
    if not every:
        return list(shown)
    # A break from which one comes back for a handful of clips tires more than it rests.
    enough = max(2, ceil(every / 2))
    return [
        _Asked(
            entry.kind, entry.clip_id, break_before=at > 0 and at % every == 0 and len(shown) - at >= enough
        )
        for at, entry in enumerate(shown)
    ]


def _with_checks(plan: SessionPlan, shown: Sequence[_Asked], random: Random) -> list[_Asked]:
    count = plan.attention_checks
    # One in each of so many equal stretches, and before which trial of it is random.
    bounds = [1 + (len(shown) - 1) * part // count for part in range(count + 1)] if count else []
    before = {random.randrange(low, high) for low, high in pairwise(bounds)}
    points = len(plan.presentation.scale)
    asked: list[_Asked] = []
    for at, entry in enumerate(shown):
        if at in before:
            asked.append(_Asked(TrialKind.ATTENTION, expected=random.randint(1, points)))
        asked.append(entry)
    return asked
