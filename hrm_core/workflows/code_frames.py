"""Code the frames of one recording."""

from __future__ import annotations

from collections.abc import Mapping

from hrm_core.records.coding import FrameCoding
from hrm_core.records.people import Rater
from hrm_core.records.recording import Recording
from hrm_core.records.revision import Changes, Revision, UndoStatus
from hrm_core.workflows.project import Project

__all__ = ["CodingDesk"]


class CodingDesk:
    """One rater in front of one recording: everything a window needs to code it.

    Safe to call from several threads; every call is one transaction.

    Parameters
    ----------
    project : Project
        The open study.
    rater : Rater
        Who codes.
    recording : Recording
        What is coded.
    """

    def __init__(self, project: Project, rater: Rater, recording: Recording) -> None:
        self.project = project
        self.rater = rater
        self.recording = recording
        self._store = project.store

    def codings(self) -> dict[int, FrameCoding]:
        """All frames the rater has coded, by number."""
        return self._store.codings.of_video(self.rater.id, self.recording.id)

    def uncoded(self, frame: int) -> FrameCoding:
        """An empty coding of a frame, to be filled and saved."""
        return FrameCoding(self.rater.id, self.recording.id, frame)

    def save(self, coding: FrameCoding, reason: str) -> Changes:
        """Write one frame; raises as :meth:`hrm_core.store.codings.Codings.save`."""
        return self._store.codings.save(coding, reason=reason)

    def save_frames(
        self, codings: Mapping[int, FrameCoding | None], based_on: Mapping[int, int | None], reason: str
    ) -> Changes:
        """Write frames as one act; raises as :meth:`hrm_core.store.codings.Codings.save_frames`."""
        return self._store.codings.save_frames(
            self.rater.id, self.recording.id, codings, based_on=based_on, reason=reason
        )

    def undo(self) -> Changes | None:
        """Take back the last change; None if there is none."""
        return self._store.history.undo(self.rater.id, self.recording.id)

    def redo(self) -> Changes | None:
        """Do the change again that was undone last; None if there is none."""
        return self._store.history.redo(self.rater.id, self.recording.id)

    def undo_status(self) -> UndoStatus:
        """What undo and redo would do, in words."""
        return self._store.history.status(self.rater.id, self.recording.id)

    def history(self, frame: int) -> list[Revision]:
        """Who changed a frame, oldest first."""
        return self._store.history.log(self.rater.id, self.recording.id, frame)
