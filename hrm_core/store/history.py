"""The append-only log: what was done, undo and redo.

An undo is a new entry that writes back what was before; nothing is erased, so
the log is the audit trail and undo survives a restart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import sqlalchemy as sa

from hrm_core.errors import StoreError
from hrm_core.records.coding import FrameCoding
from hrm_core.records.revision import Changes, Revision, RevisionKind, UndoStatus, step_words
from hrm_core.store.frames import Act, read_frames, refuse_consensus, replace_frames
from hrm_core.store.mapping import to_revision
from hrm_core.store.schema import revision
from hrm_core.store.session import Database

__all__ = ["History"]


class History:
    """The log of one store."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def log(self, rater_id: int, video_id: int, frame: int | None = None) -> list[Revision]:
        """Entries about one rater's labels of one recording, oldest first.

        Parameters
        ----------
        rater_id, video_id : int
            Whose labels of which recording.
        frame : int, optional
            Only entries that touched this frame.
        """
        query = _entries(rater_id, video_id)
        if frame is not None:
            query = query.where(revision.c.first_frame <= frame, frame <= revision.c.last_frame)
        with self._db.reading() as connection:
            entries = [to_revision(row) for row in connection.execute(query).mappings()]
        return entries if frame is None else [entry for entry in entries if frame in entry.after]

    def status(self, rater_id: int, video_id: int) -> UndoStatus:
        """What undo and redo would do now."""
        with self._db.reading() as connection:
            undo, redo = _stacks(connection, rater_id, video_id)
            words = [_words(connection, stack[-1]) if stack else None for stack in (undo, redo)]
        return UndoStatus(*words)

    def undo(self, rater_id: int, video_id: int) -> Changes | None:
        """Take back the rater's last change on this recording that is not undone yet.

        Returns
        -------
        Changes or None
            The frames as they are now; None if there is nothing to undo.

        Raises
        ------
        ProjectError
            If the labels are the consensus of two raters, which is never written by hand.
        StoreError
            If the frames no longer hold what that change wrote.
        StoreWriteError
            If it could not be written; the store is as it was.
        """
        return self._step(rater_id, video_id, RevisionKind.UNDO)

    def redo(self, rater_id: int, video_id: int) -> Changes | None:
        """Do again the change that was undone last.

        Returns and raises as :meth:`undo`.
        """
        return self._step(rater_id, video_id, RevisionKind.REDO)

    def _step(self, rater_id: int, video_id: int, kind: RevisionKind) -> Changes | None:
        with self._db.writing() as connection:
            self._db.lock(connection, rater_id, video_id)
            undo, redo = _stacks(connection, rater_id, video_id)
            stack = undo if kind is RevisionKind.UNDO else redo
            if not stack:
                return None
            refuse_consensus(connection, rater_id)
            row = connection.execute(sa.select(revision).where(revision.c.id == stack[-1])).mappings().one()
            target = to_revision(row)
            old, new = target.before, target.after
            source, result = (new, old) if kind is RevisionKind.UNDO else (old, new)
            current = read_frames(connection, rater_id, video_id, list(source))
            _require_unchanged(current, source)
            act = Act(rater_id, rater_id, video_id, kind, target.reason, target.id)
            before = {frame: current.get(frame) for frame in source}
            return replace_frames(connection, act, before, _keep_times(result, current))


def _entries(rater_id: int, video_id: int) -> sa.Select[tuple[object, ...]]:
    return (
        sa.select(revision)
        .where(revision.c.rater_id == rater_id, revision.c.video_id == video_id)
        .order_by(revision.c.id)
    )


def _stacks(connection: sa.Connection, rater_id: int, video_id: int) -> tuple[list[int], list[int]]:
    """Entries that can be undone and redone, the next one last, read off the log."""
    undo: list[int] = []
    redo: list[int] = []
    columns = (revision.c.id, revision.c.kind, revision.c.target_id)
    query = _entries(rater_id, video_id).with_only_columns(*columns)
    for number, kind, target in connection.execute(query):
        if kind == RevisionKind.SAVE:
            undo.append(number)
            redo.clear()
        elif kind == RevisionKind.UNDO:
            undo.pop()
            redo.append(target)
        elif kind == RevisionKind.REDO:
            redo.pop()
            undo.append(target)
        else:
            # Ctrl+Z after an import must never wipe out thousands of frames, and after
            # a relink the frames before it have other numbers.
            undo.clear()
            redo.clear()
    return undo, redo


def _words(connection: sa.Connection, number: int) -> str:
    row = connection.execute(
        sa.select(revision.c.reason, revision.c.first_frame, revision.c.last_frame).where(
            revision.c.id == number
        )
    ).one()
    return step_words(row.reason, row.first_frame, row.last_frame)


def _require_unchanged(
    current: Mapping[int, FrameCoding], expected: Mapping[int, FrameCoding | None]
) -> None:
    for frame, coding in expected.items():
        now = current.get(frame)
        if (coding is None) != (now is None) or (coding and not coding.says_the_same_as(now)):
            raise StoreError(
                f"Frame {frame} does not hold what this step wrote, so it was not taken back: "
                "run hrm store verify."
            )


def _keep_times(
    result: Mapping[int, FrameCoding | None], current: Mapping[int, FrameCoding]
) -> dict[int, FrameCoding | None]:
    """Taking a code back does not take back the time somebody looked at the frame."""
    kept: dict[int, FrameCoding | None] = {}
    for frame, coding in result.items():
        if coding is not None and frame in current:
            seconds = max(coding.seconds_spent, current[frame].seconds_spent)
            coding = replace(coding, seconds_spent=seconds)
        kept[frame] = coding
    return kept
