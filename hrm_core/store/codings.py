"""Save and read what raters say of frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from hrm_core.errors import ConflictError
from hrm_core.facs import INTENSITIES
from hrm_core.records.code_table import CodeTable
from hrm_core.records.coding import CodingState, FrameCoding
from hrm_core.records.columns import CODE_COLUMNS
from hrm_core.records.revision import Changes, RevisionKind
from hrm_core.records.segments import frames_in_words
from hrm_core.store.bulk import ImportCounts, insert_table
from hrm_core.store.frames import Act, read_frames, refuse_consensus, replace_frames
from hrm_core.store.schema import action_code, frame_coding, revision
from hrm_core.store.session import Database

__all__ = ["Codings"]


class Codings:
    """Frame codings of all raters."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def get(self, rater_id: int, video_id: int, frame: int) -> FrameCoding | None:
        """The coding of one frame; None if it is uncoded."""
        with self._db.reading() as connection:
            return read_frames(connection, rater_id, video_id, [frame]).get(frame)

    def of_video(self, rater_id: int, video_id: int) -> dict[int, FrameCoding]:
        """All codings of one rater on one recording, by frame."""
        with self._db.reading() as connection:
            return read_frames(connection, rater_id, video_id)

    def count(self, rater_id: int) -> dict[int, int]:
        """How many frames a rater has coded, by recording number."""
        query = (
            sa.select(frame_coding.c.video_id, sa.func.count().label("frames"))
            .where(frame_coding.c.rater_id == rater_id)
            .group_by(frame_coding.c.video_id)
        )
        with self._db.reading() as connection:
            return {row.video_id: row.frames for row in connection.execute(query)}

    def frames_by_state(self, rater_id: int, video_id: int) -> dict[CodingState, NDArray[np.int64]]:
        """Frames a rater has coded of one recording, ascending, by state; states without frames left out."""
        query = (
            sa.select(frame_coding.c.frame, frame_coding.c.state)
            .where(frame_coding.c.rater_id == rater_id, frame_coding.c.video_id == video_id)
            .order_by(frame_coding.c.frame)
        )
        found: dict[CodingState, list[int]] = {}
        with self._db.reading() as connection:
            for frame, state in connection.execute(query):
                found.setdefault(CodingState(state), []).append(frame)
        return {state: np.array(frames, dtype=np.int64) for state, frames in found.items()}

    def has_history(self, rater_id: int, video_id: int) -> bool:
        """Whether a rater has ever said anything of a recording, also if it was taken back."""
        query = sa.select(revision.c.id).where(
            revision.c.rater_id == rater_id, revision.c.video_id == video_id
        )
        with self._db.reading() as connection:
            return connection.scalar(query.limit(1)) is not None

    def actions_used(self) -> set[str]:
        """Keys of all actions that anybody has coded."""
        with self._db.reading() as connection:
            return set(connection.scalars(sa.select(action_code.c.action).distinct()))

    def save(self, coding: FrameCoding, *, reason: str = "", actor_id: int | None = None) -> Changes:
        """Write one frame, if nobody changed it since it was read.

        Parameters
        ----------
        coding : FrameCoding
            With the ``revision`` it was read with (None: it was uncoded).
        reason : str
            What was done, for history and undo: ``"AU12 left"``.
        actor_id : int, optional
            Who does it, if not the rater whose label it is.

        Returns
        -------
        Changes
            The frame as it is in the store now; ``revision_id`` is None if the
            store said the same already.

        Raises
        ------
        ConflictError
            If somebody saved the frame in the meantime; it carries both versions.
        ProjectError
            If the labels are the consensus of two raters, which is never written by hand.
        StoreWriteError
            If it could not be written; the store is as it was.
        """
        return self.save_frames(
            coding.rater_id,
            coding.video_id,
            {coding.frame: coding},
            based_on={coding.frame: coding.revision},
            reason=reason,
            actor_id=actor_id,
        )

    def save_frames(
        self,
        rater_id: int,
        video_id: int,
        codings: Mapping[int, FrameCoding | None],
        *,
        based_on: Mapping[int, int | None],
        reason: str = "",
        actor_id: int | None = None,
    ) -> Changes:
        """Write many frames as one act, all or none of them, if nobody changed any since it was read.

        Parameters
        ----------
        rater_id, video_id : int
            Whose labels of which recording.
        codings : mapping of int to FrameCoding or None
            By frame; None leaves the frame uncoded.
        based_on : mapping of int to int or None
            The revision that each of these frames was read with (None: it was uncoded).
        reason, actor_id
            As for :meth:`save`.

        Returns
        -------
        Changes
            The frames as they are in the store now; ``revision_id`` is None if the
            store said the same already.

        Raises
        ------
        ConflictError
            If somebody saved one of the frames in the meantime; it carries both
            versions of all such frames.
        ProjectError
            If the labels are the consensus of two raters, which is never written by hand.
        StoreWriteError
            If it could not be written; the store is as it was.
        """
        with self._db.writing() as connection:
            self._db.lock(connection, rater_id, video_id)
            refuse_consensus(connection, rater_id)
            found = read_frames(connection, rater_id, video_id, list(codings))
            after = {frame: new for frame, new in codings.items() if not _same(new, found.get(frame))}
            if not after:
                return Changes(None, rater_id, video_id, {frame: found.get(frame) for frame in codings})
            before = {frame: found.get(frame) for frame in after}
            theirs = {
                frame: old
                for frame, old in before.items()
                if (old.revision if old else None) != based_on[frame]
            }
            if theirs:
                where = frames_in_words(list(theirs))
                raise ConflictError(
                    f"F{where[1:]} {'was' if len(theirs) == 1 else 'were'} changed by another window "
                    "or program since shown here: choose which version to keep.",
                    mine={frame: codings[frame] for frame in theirs},
                    theirs=theirs,
                )
            act = Act(actor_id or rater_id, rater_id, video_id, RevisionKind.SAVE, reason)
            changes = replace_frames(connection, act, before, after)
            return replace(
                changes, codings={**{frame: found.get(frame) for frame in codings}, **changes.codings}
            )

    def import_tables(
        self, tables: Sequence[CodeTable], *, actor_id: int, reason: str, replace: bool = False
    ) -> ImportCounts:
        """Write the codes of many frames, all or none of them.

        Parameters
        ----------
        tables : sequence of CodeTable
            One per rater and recording.
        actor_id : int
            Who imports.
        reason : str
            Where they come from, for the log.
        replace : bool
            Whether frames that are coded differently in the store are overwritten
            (the log keeps what they were).

        Raises
        ------
        ConflictError
            If a frame is coded differently in the store and `replace` is False.
        ProjectError
            If the labels are the consensus of two raters, which is never written by hand.
        StoreWriteError
            If it could not be written; the store is as it was.
        """
        counts = ImportCounts()
        with self._db.writing() as connection:
            for number in sorted({table.rater_id for table in tables}):
                refuse_consensus(connection, number)
            for table in tables:
                self._db.lock(connection, table.rater_id, table.video_id)
                act = Act(actor_id, table.rater_id, table.video_id, RevisionKind.IMPORT, reason)
                counts += insert_table(connection, table, act, replace=replace)
        return counts

    def import_codings(
        self,
        rater_id: int,
        video_id: int,
        before: Mapping[int, FrameCoding | None],
        after: Mapping[int, FrameCoding],
        *,
        actor_id: int,
        reason: str,
    ) -> None:
        """Write frames with everything that is said of them, if nobody changed any since they were compared.

        Parameters
        ----------
        rater_id, video_id : int
            Whose labels of which recording.
        before : mapping of int to FrameCoding or None
            The same frames as they were found (None: uncoded).
        after : mapping of int to FrameCoding
            What becomes of them.
        actor_id : int
            Who imports.
        reason : str
            Where they come from, for the log.

        Raises
        ------
        ConflictError
            If one of the frames says something else by now.
        ProjectError
            If the labels are the consensus of two raters, which is never written by hand.
        StoreWriteError
            If it could not be written; the store is as it was.
        """
        if not after:
            return
        with self._db.writing() as connection:
            self._db.lock(connection, rater_id, video_id)
            refuse_consensus(connection, rater_id)
            found = read_frames(connection, rater_id, video_id, list(after))
            changed = {
                frame: found.get(frame) for frame in after if not _same(before[frame], found.get(frame))
            }
            if changed:
                where = frames_in_words(list(changed))
                raise ConflictError(
                    f"F{where[1:]} {'was' if len(changed) == 1 else 'were'} changed since the file was "
                    "compared with the project: nothing was imported; look at the report again.",
                    mine={frame: after[frame] for frame in changed},
                    theirs=changed,
                )
            act = Act(actor_id, rater_id, video_id, RevisionKind.IMPORT, reason)
            replace_frames(connection, act, {frame: found.get(frame) for frame in after}, after)

    def table(
        self, rater_id: int, video_id: int, *, carried: bool = False, intensities: bool = False
    ) -> CodeTable:
        """Codes of one rater on one recording as arrays; frames not codable are left out.

        Parameters
        ----------
        rater_id, video_id : int
            Whose labels of which recording.
        carried : bool
            Whether frames whose codes were carried there and not confirmed are in it, too.
        intensities : bool
            Whether intensities are read, too; else the table tells nothing of them.
        """
        states = ("coded", "checked", "carried") if carried else ("coded", "checked")
        heads = (
            sa.select(frame_coding.c.frame)
            .where(
                frame_coding.c.rater_id == rater_id,
                frame_coding.c.video_id == video_id,
                frame_coding.c.state.in_(states),
            )
            .order_by(frame_coding.c.frame)
        )
        there = (action_code.c.rater_id == rater_id, action_code.c.video_id == video_id)
        codes = sa.select(action_code.c.frame, action_code.c.action, action_code.c.code).where(*there)
        graded = sa.select(action_code.c.frame, action_code.c.action, action_code.c.intensity).where(
            *there, action_code.c.intensity.is_not(None)
        )
        with self._db.reading() as connection:
            frames = np.array(connection.scalars(heads).all(), dtype=np.int64)
            entries = connection.execute(codes).all()
            letters = connection.execute(graded).all() if intensities else []
        found = [(frame, action, INTENSITIES.index(letter) + 1) for frame, action, letter in letters]
        return CodeTable(
            rater_id,
            video_id,
            frames,
            _dense(frames, entries),
            _dense(frames, found) if intensities else None,
        )


def _same(new: FrameCoding | None, old: FrameCoding | None) -> bool:
    return old is None if new is None else new.says_the_same_as(old)


_COLUMN = {key: place for place, key in enumerate(CODE_COLUMNS)}


def _dense(frames: NDArray[np.int64], entries: Sequence[Sequence[Any]]) -> NDArray[np.uint8]:
    """Sparse (frame, action, number) entries as an array with a row per frame."""
    codes = np.zeros((len(frames), len(CODE_COLUMNS)), dtype=np.uint8)
    if not entries:
        return codes
    at = np.array([entry[0] for entry in entries])
    columns = np.array([_COLUMN[entry[1]] for entry in entries])
    values = np.array([entry[2] for entry in entries], dtype=np.uint8)
    # Codes of frames that were left out (carried, not codable) have no row here.
    kept = np.isin(at, frames)
    codes[np.searchsorted(frames, at[kept]), columns[kept]] = values[kept]
    return codes
