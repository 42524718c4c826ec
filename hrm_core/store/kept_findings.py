"""Read and write which findings of the rules a rater keeps as they are."""

from __future__ import annotations

import sqlalchemy as sa

from hrm_core.records.rule_finding import FindingIdentity, KeptFinding, RuleFinding
from hrm_core.store.mapping import from_timestamp, now
from hrm_core.store.renumber import renumbered_at
from hrm_core.store.schema import kept_finding
from hrm_core.store.session import Database

__all__ = ["KeptFindings"]


class KeptFindings:
    """Findings kept, and taken back again; nothing is ever forgotten.

    A finding is the same as long as its rule, actions, frames and codes are: once the
    codes were changed it is another one, which nobody has kept.
    """

    def __init__(self, database: Database) -> None:
        self._db = database

    def of_video(self, rater_id: int, video_id: int) -> dict[FindingIdentity, KeptFinding]:
        """What a rater keeps now of a recording.

        What was kept before the recording got other frame numbers (see
        :meth:`hrm_core.store.recordings.Recordings.renumber`) was said of other pictures
        and holds no more.
        """
        with self._db.reading() as connection:
            renumbered = renumbered_at(connection, rater_id).get(video_id)
            rows = self._rows(connection, rater_id, video_id)
        newest = {entry.identity: entry for entry in rows if renumbered is None or entry.at > renumbered}
        return {identity: entry for identity, entry in newest.items() if not entry.taken_back}

    def log(self, rater_id: int, video_id: int) -> list[KeptFinding]:
        """Everything a rater ever kept or took back of a recording, the oldest first."""
        with self._db.reading() as connection:
            return self._rows(connection, rater_id, video_id)

    def keep(self, rater_id: int, video_id: int, finding: RuleFinding, reason: str = "") -> None:
        """Let a finding be kept, for a reason in the rater's words.

        Raises
        ------
        StoreWriteError
            If it could not be written.
        """
        self._write(rater_id, video_id, finding, reason, taken_back=False)

    def take_back(self, rater_id: int, video_id: int, finding: RuleFinding) -> None:
        """Let a finding be kept no more.

        Raises
        ------
        StoreWriteError
            If it could not be written.
        """
        self._write(rater_id, video_id, finding, "", taken_back=True)

    def _write(
        self, rater_id: int, video_id: int, finding: RuleFinding, reason: str, *, taken_back: bool
    ) -> None:
        with self._db.writing() as connection:
            connection.execute(
                sa.insert(kept_finding).values(
                    at=now(),
                    rater_id=rater_id,
                    video_id=video_id,
                    first_frame=finding.first_frame,
                    last_frame=finding.last_frame,
                    rule=finding.rule,
                    actions=" ".join(finding.actions),
                    digest=finding.digest,
                    reason=reason,
                    taken_back=taken_back,
                )
            )

    def _rows(self, connection: sa.Connection, rater_id: int, video_id: int) -> list[KeptFinding]:
        query = (
            sa.select(kept_finding)
            .where(kept_finding.c.rater_id == rater_id, kept_finding.c.video_id == video_id)
            .order_by(kept_finding.c.id)
        )
        return [
            KeptFinding(
                rater_id,
                video_id,
                row["rule"],
                tuple(row["actions"].split()),
                row["first_frame"],
                row["last_frame"],
                row["digest"],
                row["reason"],
                from_timestamp(row["at"]),
                bool(row["taken_back"]),
            )
            for row in connection.execute(query).mappings()
        ]
