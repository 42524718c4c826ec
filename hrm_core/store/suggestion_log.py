"""The logs of what coders did with suggestions, and of what each frame cost them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from hrm_core.records.coding import Origin
from hrm_core.records.suggestion import Condition, FrameVisit, SuggestionDecision, Verdict
from hrm_core.store.mapping import from_timestamp, now
from hrm_core.store.schema import action_code, frame_visit, suggestion_decision
from hrm_core.store.session import Database

__all__ = ["SuggestionLog"]


class SuggestionLog:
    """Decisions and visits; neither forgets anything."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add_decisions(self, decisions: Sequence[SuggestionDecision]) -> None:
        """Append decisions, all or none.

        Raises
        ------
        StoreWriteError
            If they could not be written.
        """
        at = now()
        rows = [
            {
                "at": at,
                "rater_id": each.rater_id,
                "video_id": each.video_id,
                "first_frame": each.first_frame,
                "last_frame": each.last_frame,
                "run_id": each.run_id,
                "action": each.action,
                "verdict": str(each.verdict),
                "condition": str(each.condition),
                "probability": each.probability,
                "taken_back": each.taken_back,
            }
            for each in decisions
        ]
        if rows:
            with self._db.writing() as connection:
                connection.execute(sa.insert(suggestion_decision), rows)

    def decisions(
        self, rater_id: int | None = None, video_id: int | None = None, run_id: int | None = None
    ) -> list[SuggestionDecision]:
        """The whole log, or of one rater, recording or run, the oldest first."""
        wanted = {"rater_id": rater_id, "video_id": video_id, "run_id": run_id}
        query = sa.select(suggestion_decision).order_by(suggestion_decision.c.id)
        for name, value in wanted.items():
            if value is not None:
                query = query.where(suggestion_decision.c[name] == value)
        with self._db.reading() as connection:
            return [_to_decision(row) for row in connection.execute(query).mappings()]

    def touched(self, rater_id: int, video_id: int, until: datetime | None = None) -> set[int]:
        """Frames in which a rater accepted or corrected what a model says, absence included.

        With `until`, as it stood at that moment.
        """
        newest: dict[tuple[int, int, str | None], SuggestionDecision] = {}
        for each in self.decisions(rater_id, video_id):
            if until is not None and from_timestamp(each.at) > until:
                break
            for frame in range(each.first_frame, each.last_frame + 1):
                newest[frame, each.run_id, each.action] = each
        return {
            frame
            for (frame, _, _), each in newest.items()
            if each.verdict is not Verdict.REJECTED and not each.taken_back
        }

    def with_machine_codes(self, rater_id: int, video_id: int) -> set[int]:
        """Frames in which a rater has a code that came from a model, or was copied from one that did."""
        origins = (str(Origin.ACCEPTED), str(Origin.CORRECTED))
        query = sa.select(action_code.c.frame).where(
            action_code.c.rater_id == rater_id,
            action_code.c.video_id == video_id,
            action_code.c.model_run_id.is_not(None) | action_code.c.origin.in_(origins),
        )
        with self._db.reading() as connection:
            return set(connection.scalars(query.distinct()))

    def add_visits(self, visits: Sequence[FrameVisit]) -> None:
        """Append visits, all or none.

        Raises
        ------
        StoreWriteError
            If they could not be written.
        """
        at = now()
        rows = [
            {
                "at": at,
                "rater_id": each.rater_id,
                "video_id": each.video_id,
                "frame": each.frame,
                "condition": str(each.condition),
                "run_id": each.run_id,
                "acts": each.acts,
                "seconds": each.seconds,
                "committed": each.committed,
            }
            for each in visits
        ]
        if rows:
            with self._db.writing() as connection:
                connection.execute(sa.insert(frame_visit), rows)

    def visits(self, rater_id: int | None = None, video_id: int | None = None) -> list[FrameVisit]:
        """The whole log, or of one rater or recording, the oldest first."""
        query = sa.select(frame_visit).order_by(frame_visit.c.id)
        for name, value in {"rater_id": rater_id, "video_id": video_id}.items():
            if value is not None:
                query = query.where(frame_visit.c[name] == value)
        with self._db.reading() as connection:
            return [
                FrameVisit(
                    row["rater_id"],
                    row["video_id"],
                    row["frame"],
                    Condition(row["condition"]),
                    row["run_id"],
                    row["acts"],
                    row["seconds"],
                    bool(row["committed"]),
                    row["at"],
                )
                for row in connection.execute(query).mappings()
            ]


def _to_decision(row: sa.RowMapping) -> SuggestionDecision:
    return SuggestionDecision(
        row["rater_id"],
        row["video_id"],
        row["first_frame"],
        row["last_frame"],
        row["run_id"],
        row["action"],
        Verdict(row["verdict"]),
        Condition(row["condition"]),
        row["probability"],
        bool(row["taken_back"]),
        row["at"],
    )
