"""What commands say of a rating session, to people and to scripts; never what anybody has answered."""

from __future__ import annotations

from typing import Any

from hrm_core.cli.output import counted, print_folded
from hrm_core.records.rating_plan import SessionPlan
from hrm_core.workflows.rating_sessions import SessionProgress

__all__ = ["as_json", "plan_as_json", "plan_facts", "print_facts", "state_words"]


def state_words(found: SessionProgress) -> str:
    """``"open"``, ``"finished"``, ``"closed"`` or ``"imported"``."""
    if found.session.plan is None:
        return "imported"
    if found.session.closed_at is not None:
        return "closed"
    return "finished" if found.finished else "open"


def plan_facts(plan: SessionPlan) -> list[tuple[str, str]]:
    """What a plan says, as lines of a name and words."""
    shown = plan.presentation
    replays = "as often as wanted" if shown.max_replays is None else counted(shown.max_replays, "replay")
    showing = [
        f"eyes {'covered' if shown.eyes_covered else 'uncovered'}",
        "sound" if shown.sound else "no sound",
        f"{shown.speed:g}x",
        replays,
        *(["may be moved through"] if shown.scrubbing else []),
    ]
    return [
        ("scale", "; ".join(f"{score} {p.label}" for score, p in enumerate(shown.scale, start=1))),
        ("shown", ", ".join(showing)),
        ("order", f"{plan.order}, seed {plan.seed}"),
        (
            "trials",
            f"{counted(len(plan.clips), 'clip')}, {len(plan.practice)} for practice, {plan.repeats} "
            f"repeated, {counted(plan.attention_checks, 'check')} of attention",
        ),
    ]


def print_facts(facts: list[tuple[str, str]]) -> None:
    """Print lines of a name and words."""
    print_folded(("", ""), facts, headed=False)


def as_json(found: SessionProgress) -> dict[str, Any]:
    """A session and how far its judges are, for a script."""
    # Never the key with which answers are signed.
    return {
        "session": found.session.name,
        "question": found.session.question,
        "state": state_words(found),
        "created_at": found.session.created_at.isoformat(),
        "closed_at": None if found.session.closed_at is None else found.session.closed_at.isoformat(),
        "plan": None if found.session.plan is None else plan_as_json(found.session.plan),
        "judges": [
            {
                "name": entry.seat.name,
                "blind": entry.blind,
                "why_not_blind": entry.seat.why_not_blind,
                "done": entry.done,
                "total": entry.total,
                "finished": entry.finished,
            }
            for entry in found.seats
        ],
    }


def plan_as_json(plan: SessionPlan) -> dict[str, Any]:
    """A plan, for a script; how many clips there are, and not which."""
    shown = plan.presentation
    return {
        "name": plan.name,
        "presentation": shown,
        "judges": plan.judges,
        "clips": len(plan.clips),
        "practice": len(plan.practice),
        "repeats": plan.repeats,
        "attention_checks": plan.attention_checks,
        "order": plan.order,
        "seed": plan.seed,
    }
