"""Rows and log entries to records, and back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from hrm_core.records.coding import ActionCode, CodingState, FrameCoding, Origin
from hrm_core.records.people import Participant, Rater, Role
from hrm_core.records.recording import Clip, ClipAct, ClipChange, ClipState, ExclusionReason, Recording
from hrm_core.records.revision import Revision, RevisionKind

__all__ = [
    "clip_values",
    "code_text",
    "dump_clips",
    "dump_codings",
    "from_timestamp",
    "load_codings",
    "now",
    "to_clip",
    "to_clip_change",
    "to_participant",
    "to_rater",
    "to_recording",
    "to_revision",
]


def now() -> str:
    """The present, UTC, to the microsecond, sortable as text."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def from_timestamp(text: str) -> datetime:
    """The time that :func:`now` wrote."""
    return datetime.fromisoformat(text)


def to_participant(row: sa.RowMapping, *, blind: bool = False) -> Participant:
    """A participant; without the group if `blind`."""
    return Participant(
        id=row["id"],
        code=row["code"],
        group=None if blind else row["group_name"],
        sex=row["sex"],
        age_years=row["age_years"],
        language_scores={} if blind else json.loads(row["language_scores"]),
        consent=row["consent"],
    )


def to_rater(row: sa.RowMapping) -> Rater:
    """A rater."""
    return Rater(row["id"], row["name"], Role(row["role"]), bool(row["blind"]), bool(row["sees_eyes"]))


def to_recording(row: sa.RowMapping) -> Recording:
    """A recording."""
    return Recording(**{**row, "mirrored": bool(row["mirrored"])})


def to_clip(row: sa.RowMapping) -> Clip:
    """A clip."""
    return _clip(dict(row))


def _clip(values: dict[str, Any]) -> Clip:
    reason = values["exclusion_reason"]
    why = ExclusionReason(reason) if reason else None
    return Clip(**{**values, "state": ClipState(values["state"]), "exclusion_reason": why})


def clip_values(clip: Clip) -> dict[str, Any]:
    """The columns of a clip."""
    return {**asdict(clip), "state": str(clip.state), "exclusion_reason": str(clip.exclusion_reason or "")}


def dump_clips(clips: Iterable[Clip]) -> str:
    """Clips as the log keeps them."""
    return json.dumps([clip_values(clip) for clip in clips], ensure_ascii=False, separators=(",", ":"))


def to_clip_change(row: sa.RowMapping, rater: str | None) -> ClipChange:
    """An entry of the log of clips."""
    before, after = (tuple(_clip(entry) for entry in json.loads(row[side])) for side in ("before", "after"))
    at = from_timestamp(row["at"])
    return ClipChange(at, rater, row["video_id"], ClipAct(row["what"]), before, after)


def code_text(code: ActionCode) -> str:
    """One code as the log writes it: ``AU12=2C``, ``AU12=1@accepted#7``."""
    text = f"{code.action}={int(code.code)}{code.intensity or ''}"
    if code.origin is not Origin.HUMAN:
        text += f"@{code.origin}"
    return text if code.model_run_id is None else f"{text}#{code.model_run_id}"


# Few of the possible sets of codes occur, and each occurs on thousands of frames.
@lru_cache(maxsize=1 << 16)
def _read_codes(text: str) -> tuple[ActionCode, ...]:
    return tuple(map(_read_code, text.split()))


def _read_code(text: str) -> ActionCode:
    body, _, run = text.partition("#")
    body, _, origin = body.partition("@")
    action, _, value = body.partition("=")
    return ActionCode(
        action,
        int(value[0]),
        value[1:] or None,
        Origin(origin) if origin else Origin.HUMAN,
        int(run) if run else None,
    )


def dump_codings(codings: Mapping[int, FrameCoding | None]) -> str:
    """Frames as the log keeps them: JSON by frame number, null where uncoded."""
    entries = {
        str(frame): None if coding is None else _dump(coding) for frame, coding in sorted(codings.items())
    }
    return json.dumps(entries, ensure_ascii=False, separators=(",", ":"))


def _dump(coding: FrameCoding) -> dict[str, Any]:
    entry: dict[str, Any] = {"codes": " ".join(map(code_text, coding.codes))}
    if coding.state is not CodingState.CODED:
        entry["state"] = str(coding.state)
    if coding.comment:
        entry["comment"] = coding.comment
    if coding.doubtful:
        entry["doubtful"] = True
    # Beside the codes, not in them: few codes have any, and entries of older stores stay readable.
    if doubted := [code.action for code in coding.codes if code.doubtful]:
        entry["doubted"] = doubted
    if notes := {code.action: code.note for code in coding.codes if code.note}:
        entry["notes"] = notes
    if coding.seconds_spent:
        entry["seconds"] = round(coding.seconds_spent, 3)
    return entry


def load_codings(
    text: str, rater_id: int, video_id: int, revision: int | None
) -> dict[int, FrameCoding | None]:
    """Frames that :func:`dump_codings` wrote."""
    return {
        int(frame): None if entry is None else _load(entry, rater_id, video_id, int(frame), revision)
        for frame, entry in json.loads(text).items()
    }


def _load(
    entry: dict[str, Any], rater_id: int, video_id: int, frame: int, revision: int | None
) -> FrameCoding:
    return FrameCoding(
        rater_id,
        video_id,
        frame,
        codes=_annotated(_read_codes(entry["codes"]), entry),
        state=CodingState(entry.get("state", CodingState.CODED)),
        comment=entry.get("comment", ""),
        doubtful=entry.get("doubtful", False),
        seconds_spent=entry.get("seconds", 0.0),
        revision=revision,
    )


def _annotated(codes: tuple[ActionCode, ...], entry: Mapping[str, Any]) -> tuple[ActionCode, ...]:
    doubted, notes = entry.get("doubted", ()), entry.get("notes", {})
    if not doubted and not notes:
        return codes
    return tuple(
        replace(code, doubtful=code.action in doubted, note=notes.get(code.action, "")) for code in codes
    )


def to_revision(row: sa.RowMapping) -> Revision:
    """An entry of the log with the frames before and after it."""
    rater_id, video_id = row["rater_id"], row["video_id"]
    at = from_timestamp(row["at"])
    after = load_codings(row["after"], rater_id, video_id, row["id"])
    return Revision(
        id=row["id"],
        at=at,
        actor_id=row["actor_id"],
        rater_id=rater_id,
        video_id=video_id,
        kind=RevisionKind(row["kind"]),
        target_id=row["target_id"],
        reason=row["reason"],
        before=load_codings(row["before"], rater_id, video_id, None),
        after=_dated(after.items(), at),
    )


def _dated(codings: Iterable[tuple[int, FrameCoding | None]], at: datetime) -> dict[int, FrameCoding | None]:
    return {frame: coding and replace(coding, changed_at=at) for frame, coding in codings}
