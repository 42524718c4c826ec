"""What every order must hold, whatever the plan, and that no clip has a place it prefers."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrm_core.rating.check_plan import plan_problems
from hrm_core.rating.trials import make_trials, most_attention_checks, most_repeats
from hrm_core.records.rating_plan import (
    OrderKind,
    PlannedJudge,
    Presentation,
    SessionPlan,
    Trial,
    TrialKind,
)

Plan = tuple[SessionPlan, dict[int, int]]
SHOWN = (TrialKind.RATING, TrialKind.REPEAT)


@st.composite
def plans(draw: st.DrawFn, order: OrderKind | None = None) -> Plan:
    """A possible plan, and whose the clips are."""
    children = draw(st.lists(st.integers(1, 9), min_size=1, max_size=8))
    clips = list(range(100, 100 + sum(children)))
    whose = [child for child, count in enumerate(children) for _ in range(count)]
    practice = draw(st.integers(0, 4))
    names = st.lists(st.text("aböλ家", min_size=1), min_size=1, max_size=3, unique_by=str.casefold)
    repeats = draw(st.integers(0, most_repeats(len(clips))))
    plan = SessionPlan(
        "Round",
        Presentation(break_every=draw(st.integers(0, 12))),
        tuple(map(PlannedJudge, draw(names))),
        tuple(clips),
        tuple(range(practice)),
        repeats,
        draw(st.integers(0, most_attention_checks(len(clips) + repeats))),
        order or draw(st.sampled_from(list(OrderKind))),
        draw(st.integers(0, 2**31)),
    )
    return plan, {**dict(zip(clips, whose, strict=True)), **dict.fromkeys(range(practice), 0)}


def _asked(trials: tuple[Trial, ...]) -> list[Trial]:
    """Without the tokens, which nobody can foretell."""
    return [replace(trial, token="") for trial in trials]


@given(plans())
def test_every_clip_is_rated_once_and_practice_comes_first(made: Plan) -> None:
    plan, child_of = made
    assert plan_problems(plan) == ()
    for trials in make_trials(plan, child_of).values():
        assert [trial.position for trial in trials] == list(range(len(trials)))
        kinds = Counter(trial.kind for trial in trials)
        practice = trials[: len(plan.practice)]
        assert sorted(trial.clip_id or 0 for trial in practice) == sorted(plan.practice)
        assert kinds[TrialKind.PRACTICE] == len(plan.practice)
        assert all(trial.kind is TrialKind.PRACTICE for trial in practice)
        assert sorted(t.clip_id or 0 for t in trials if t.kind is TrialKind.RATING) == sorted(plan.clips)
        assert kinds[TrialKind.REPEAT] == plan.repeats
        assert kinds[TrialKind.ATTENTION] == plan.attention_checks


@given(plans())
def test_a_clip_comes_back_a_third_of_the_session_later(made: Plan) -> None:
    plan, child_of = made
    for trials in make_trials(plan, child_of).values():
        shown = [trial for trial in trials if trial.kind in SHOWN]
        first = {trial.clip_id: at for at, trial in enumerate(shown) if trial.kind is TrialKind.RATING}
        again = {trial.clip_id: at for at, trial in enumerate(shown) if trial.kind is TrialKind.REPEAT}
        assert len(again) == plan.repeats
        assert all(at - first[clip] >= len(plan.clips) / 3 for clip, at in again.items())


@given(plans())
def test_checks_of_attention_stand_apart(made: Plan) -> None:
    plan, child_of = made
    for trials in make_trials(plan, child_of).values():
        for before, after in pairwise((None, *trials)):
            if after is not None and after.kind is TrialKind.ATTENTION:
                assert before is not None
                assert before.kind in SHOWN
                assert after.clip_id is None
                assert 1 <= (after.expected or 0) <= len(plan.presentation.scale)
        counted = [trial for trial in trials if trial.kind is not TrialKind.PRACTICE]
        places = [at for at, trial in enumerate(counted) if trial.kind is TrialKind.ATTENTION]
        if places:
            # One in each of as many equal parts.
            stretch = (len(plan.clips) + plan.repeats) / len(places)
            assert all(low < 2 * stretch + 3 for low in (b - a for a, b in pairwise((0, *places))))


@given(plans())
def test_breaks_come_after_so_many_clips_and_not_at_the_end(made: Plan) -> None:
    plan, child_of = made
    every = plan.presentation.break_every
    for trials in make_trials(plan, child_of).values():
        shown = [trial for trial in trials if trial.kind in SHOWN]
        rests = [at for at, trial in enumerate(shown) if trial.break_before]
        assert sum(trial.break_before for trial in trials) == len(rests)
        assert all(at > 0 and at % every == 0 and at < len(shown) - 1 for at in rests)
        # None is forgotten but the one before the last few.
        assert len(rests) >= (ceil(len(shown) / every) - 2 if every else 0)


@given(plans(OrderKind.RANDOM))
def test_clips_of_a_child_meet_as_seldom_as_can_be(made: Plan) -> None:
    plan, child_of = made
    plan = replace(plan, repeats=0, attention_checks=0)
    most = max(Counter(child_of[clip] for clip in plan.clips).values())
    for trials in make_trials(plan, child_of).values():
        whose = [child_of[t.clip_id] for t in trials if t.kind is TrialKind.RATING and t.clip_id is not None]
        meetings = sum(one == other for one, other in pairwise(whose))
        # Others part the clips of the most frequent child; what they cannot part must meet.
        assert meetings == max(0, most - 1 - (len(whose) - most))


@given(plans(OrderKind.BLOCKED))
def test_by_child_means_child_after_child(made: Plan) -> None:
    plan, child_of = made
    for trials in make_trials(plan, child_of).values():
        for kind in SHOWN:
            whose = [child_of[t.clip_id] for t in trials if t.kind is kind and t.clip_id is not None]
            changes = 1 + sum(one != other for one, other in pairwise(whose)) if whose else 0
            assert changes == len(set(whose))


@given(plans())
def test_orders_follow_from_seed_and_name_alone(made: Plan) -> None:
    plan, child_of = made
    first = make_trials(plan, child_of)
    more = replace(plan, judges=(PlannedJudge("somebody new"), *reversed(plan.judges)))
    second = make_trials(more, child_of)
    for judge in plan.judges:
        assert _asked(second[judge.name]) == _asked(first[judge.name])
    tokens = [trial.token for entries in (*first.values(), *second.values()) for trial in entries]
    assert len(set(tokens)) == len(tokens)
    assert all(len(token) == 32 and not set(token) - set("0123456789abcdef") for token in tokens)


@pytest.mark.parametrize("order", list(OrderKind))
@pytest.mark.parametrize("clips", [1, 2, 3, 4])
def test_no_clip_comes_back_at_once_however_few_there_are(clips: int, order: OrderKind) -> None:
    """All of one child: nothing stands between two showings but other clips of the same child."""
    judges = tuple(PlannedJudge(f"judge {number}") for number in range(30))
    plan = SessionPlan("R", Presentation(), judges, tuple(range(clips)), order=order)
    plan = replace(plan, repeats=most_repeats(clips))
    for trials in make_trials(plan, dict.fromkeys(range(clips), 1)).values():
        assert all(one.clip_id != other.clip_id for one, other in pairwise(trials))


def test_judges_and_seeds_get_different_orders() -> None:
    plan = SessionPlan("R", Presentation(), (PlannedJudge("Jo"), PlannedJudge("Mia")), tuple(range(40)))
    child_of = {clip: clip % 8 for clip in range(40)}
    orders = [
        tuple(trial.clip_id for trial in trials)
        for seed in range(3)
        for trials in make_trials(replace(plan, seed=seed), child_of).values()
    ]
    assert len(set(orders)) == len(orders)


def test_no_clip_has_a_place_it_prefers() -> None:
    clips, judges = 12, 1200
    plan = SessionPlan(
        "R",
        Presentation(),
        tuple(PlannedJudge(f"judge {number}") for number in range(judges)),
        tuple(range(clips)),
        repeats=4,
        seed=11,
    )
    for order in OrderKind:
        made = make_trials(replace(plan, order=order), {clip: clip % 4 for clip in range(clips)})
        seen = Counter(
            (entry.clip_id, at)
            for trials in made.values()
            for at, entry in enumerate(t for t in trials if t.kind is TrialKind.RATING)
        )
        expected = judges / clips
        chi_square = sum(
            (seen[clip, place] - expected) ** 2 / expected for clip in range(clips) for place in range(clips)
        )
        # (12 - 1)² degrees of freedom: 121 ± 15.6; a fair order is above 200 once in a hundred thousand.
        assert 60 < chi_square < 200
        again = Counter(t.clip_id for trials in made.values() for t in trials if t.kind is TrialKind.REPEAT)
        each = judges * 4 / clips
        assert sum((again[clip] - each) ** 2 / each for clip in range(clips)) < 40
