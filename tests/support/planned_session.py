"""A planned rating session in a store, without any videos."""

from __future__ import annotations

from itertools import count

from hrm_core.records.people import Role
from hrm_core.records.rating_plan import (
    PlannedJudge,
    PreparedClip,
    Presentation,
    RatingSession,
    Seat,
    SessionPlan,
    Trial,
    TrialKind,
)
from hrm_core.records.recording import Clip
from hrm_core.store.label_store import LabelStore

__all__ = ["add_session", "trials_of"]

_FRESH = count(1)


def trials_of(judge: str, clips: list[Clip], *, name: str = "s") -> list[Trial]:
    """Practice on the last clip, then all others, an attention check, and the first two again."""
    rated = [clip.id for clip in clips[:-1]]
    kinds: list[tuple[TrialKind, int | None, int | None]] = [
        (TrialKind.PRACTICE, clips[-1].id, None),
        *((TrialKind.RATING, clip_id, None) for clip_id in rated),
        (TrialKind.ATTENTION, None, 2),
        *((TrialKind.REPEAT, clip_id, None) for clip_id in rated[:2]),
    ]
    return [
        Trial(place, f"{name}-{judge}-{place:04}", kind, clip_id, expected, break_before=place % 5 == 4)
        for place, (kind, clip_id, expected) in enumerate(kinds)
    ]


def add_session(
    store: LabelStore,
    clips: list[Clip],
    *judges: str,
    name: str | None = None,
    presentation: Presentation | None = None,
) -> RatingSession:
    """Store a session in which everybody sees the clips as :func:`trials_of` orders them."""
    name = name or f"session {next(_FRESH)}"
    raters = [store.people.ensure_rater(judge, Role.JUDGE) for judge in judges]
    plan = SessionPlan(
        name,
        presentation or Presentation(),
        tuple(PlannedJudge(judge) for judge in judges),
        tuple(clip.id for clip in clips[:-1]),
        practice=(clips[-1].id,),
        repeats=2,
        attention_checks=1,
        seed=3,
    )
    prepared = [
        PreparedClip(
            clip.id, f"{clip.id:x}f.mp4", f"{clip.id:064x}", len(clip), len(clip) / 25, 1,
            clip.first_frame, clip.last_frame,
        )
        for clip in clips
    ]  # fmt: skip
    return store.rating_sessions.add(
        plan,
        [Seat(rater.id, rater.name, f"seat {name} {rater.name}") for rater in raters],
        {rater.id: trials_of(rater.name, clips, name=name) for rater in raters},
        prepared,
        token=f"folder {name}",
        sign_key=f"key {name}",
    )
