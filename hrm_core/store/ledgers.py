"""Read and write how the frames of recordings looked."""

from __future__ import annotations

import numpy as np
import sqlalchemy as sa

from hrm_core.errors import StoreError
from hrm_core.records.frame_ledger import HASH_WORDS, FrameLedger
from hrm_core.store.schema import frame_ledger
from hrm_core.store.session import Database

__all__ = ["Ledgers"]


class Ledgers:
    """Frame ledgers, one per recording."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def get(self, video_id: int) -> FrameLedger | None:
        """The ledger of a recording; None if none was made.

        Raises
        ------
        StoreError
            If it is damaged.
        """
        query = sa.select(frame_ledger).where(frame_ledger.c.video_id == video_id)
        with self._db.reading() as connection:
            row = connection.execute(query).mappings().first()
        if row is None:
            return None
        try:
            times = np.frombuffer(row["times"], dtype="<f8").astype(np.float64)
            hashes = np.frombuffer(row["hashes"], dtype="<u8").astype(np.uint64)
            return FrameLedger(times, hashes.reshape(-1, HASH_WORDS), row["method"])
        except ValueError as error:
            raise StoreError(
                f"What the frames of video number {video_id} looked like is damaged in the label store: "
                "make it anew with hrm video ledger."
            ) from error

    def kept(self) -> set[int]:
        """Numbers of the recordings that have a ledger."""
        with self._db.reading() as connection:
            return set(connection.scalars(sa.select(frame_ledger.c.video_id)))

    def put(self, video_id: int, ledger: FrameLedger | None) -> None:
        """Write the ledger of a recording in place of the one there is; None takes it away."""
        with self._db.writing() as connection:
            connection.execute(sa.delete(frame_ledger).where(frame_ledger.c.video_id == video_id))
            if ledger is not None:
                connection.execute(
                    sa.insert(frame_ledger).values(
                        video_id=video_id,
                        method=ledger.method,
                        times=ledger.times.astype("<f8").tobytes(),
                        hashes=ledger.hashes.astype("<u8").tobytes(),
                    )
                )
