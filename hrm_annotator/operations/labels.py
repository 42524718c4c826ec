"""Write labels in the order they were given, in a thread of their own.

Every change is handed over the moment it is made.  The writer acknowledges it
only after the store has committed it; until then it counts as pending, and if
the disk refuses it, nothing is dropped: the queue waits to be tried again.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject, Signal

from hrm_annotator.language import tr
from hrm_core.errors import ConflictError, StoreWriteError, UserError
from hrm_core.paths import write_whole
from hrm_core.records.coding import FrameCoding
from hrm_core.records.revision import Changes, UndoStatus, step_words

if TYPE_CHECKING:
    from hrm_core.workflows.code_frames import CodingDesk

__all__ = ["LabelWriter", "write_copy"]


def write_copy(path: Path, codings: Mapping[int, FrameCoding | None]) -> None:
    """Write frames to a text file that a person can type in again; None is a frame left uncoded.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    lines = ["frame\tstate\tcodes (action=code; ? is doubtful)\tdoubtful\tnote\tnotes of codes"]
    for frame, coding in sorted(codings.items()):
        if coding is None:
            lines.append(f"{frame}\tuncoded\t\t\t\t")
            continue
        codes = " ".join(
            f"{code.action}={code.code}{code.intensity or ''}{'?' * code.doubtful}" for code in coding.codes
        )
        notes = "; ".join(f"{code.action}: {code.note}" for code in coding.codes if code.note)
        doubt = "doubtful" if coding.doubtful else ""
        lines.append(f"{frame}\t{coding.state}\t{codes}\t{doubt}\t{coding.comment}\t{notes}")
    write_whole(path, ("\n".join(lines) + "\n").encode())


@dataclass(frozen=True, slots=True)
class _Job:
    """One change to be written, of one frame or of many; without codings it is a step of undo or redo."""

    reason: str
    codings: Mapping[int, FrameCoding | None] = field(default_factory=dict)
    step: Callable[[], Changes | None] | None = None


class LabelWriter(QObject):
    """The one writer of one coder's labels of one recording.

    Parameters
    ----------
    desk : CodingDesk
        Where the labels go.
    codings : mapping of int to FrameCoding
        What the store holds now, by frame.
    undo_status : UndoStatus
        What undo and redo would do now.
    """

    written = Signal(object, object)
    """Changes that reached the disk, and the new UndoStatus."""
    nothing_to_do = Signal()
    """There was nothing to undo or redo."""
    pending_changed = Signal(int)
    """How many changes are not on disk yet."""
    step_failed = Signal(str)
    """An undo or redo is not possible, and why; it was dropped."""
    failed = Signal(str)
    """A change could not be written; all wait until :meth:`retry`."""
    conflicted = Signal(object)
    """Their codings by frame, None where uncoded; all changes wait until :meth:`resolve`."""

    def __init__(
        self,
        desk: CodingDesk,
        codings: Mapping[int, FrameCoding],
        undo_status: UndoStatus,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._known = {frame: coding.revision for frame, coding in codings.items()}
        self._jobs: deque[_Job] = deque()
        self._wake = threading.Condition()
        self._paused = self._stopping = False
        self._theirs: Mapping[int, FrameCoding | None] = {}
        self._status = undo_status
        self._thread = threading.Thread(target=self._work, name="hrm-labels")
        self._thread.start()

    @property
    def pending(self) -> int:
        """How many changes are not on disk yet."""
        with self._wake:
            return len(self._jobs)

    @property
    def stuck(self) -> bool:
        """Whether changes wait for a retry or a decision."""
        with self._wake:
            return self._paused and bool(self._jobs)

    @property
    def stepping(self) -> bool:
        """Whether an undo or redo is still to be written."""
        with self._wake:
            return any(job.step is not None for job in self._jobs)

    def save(self, codings: Mapping[int, FrameCoding | None], reason: str) -> None:
        """Hand over changed frames that were changed by one act; None leaves one uncoded."""
        self._add(_Job(reason, dict(codings)))

    def undo(self) -> None:
        """Take back the last change, after those handed over before."""
        self._add(_Job("undo", step=self._desk.undo))

    def redo(self) -> None:
        """Do the change again that was undone last."""
        self._add(_Job("redo", step=self._desk.redo))

    def retry(self) -> None:
        """Try the change that failed again, and then those behind it."""
        with self._wake:
            self._paused = False
            self._wake.notify()

    def resolve(self, *, keep_mine: bool) -> None:
        """Decide a conflict: write mine over theirs, or drop mine for theirs."""
        with self._wake:
            theirs = self._theirs
            self._known.update({frame: old.revision if old else None for frame, old in theirs.items()})
            if not keep_mine:
                # Mine is written and theirs at once over it: the history keeps both.
                # Undo and redo that wait behind were meant for changes that are
                # dropped now.
                mine = {frame: self._latest()[frame] for frame in theirs}
                rest = [
                    replace(job, codings={f: new for f, new in job.codings.items() if f not in theirs})
                    for job in self._jobs
                ]
                first = self._jobs[0].reason
                back = _Job("kept the version on disk", theirs)
                self._jobs = deque([_Job(first, mine), back, *(job for job in rest if job.codings)])
            self._paused = False
            self._wake.notify()
        self.pending_changed.emit(self.pending)

    def wait_until_written(self, timeout_s: float) -> bool:
        """Whether everything handed over is on disk within `timeout_s` seconds."""
        with self._wake:
            return self._wake.wait_for(lambda: not self._jobs or self._paused, timeout_s) and not self._jobs

    def stop(self) -> None:
        """End the thread; what could not be written is lost, so ask before."""
        with self._wake:
            self._stopping = True
            self._wake.notify()
        self._thread.join()

    def unwritten(self) -> dict[int, FrameCoding | None]:
        """Frames whose changes are not on disk, the latest version of each; None is uncoded."""
        with self._wake:
            return self._latest()

    def _latest(self) -> dict[int, FrameCoding | None]:
        return {frame: new for job in self._jobs for frame, new in job.codings.items()}

    def _add(self, job: _Job) -> None:
        with self._wake:
            self._jobs.append(job)
            self._wake.notify()
        self.pending_changed.emit(self.pending)

    def _work(self) -> None:
        while (job := self._next()) is not None:
            try:
                changes = self._do(job)
            except ConflictError as error:
                self._theirs = cast("Mapping[int, FrameCoding | None]", error.theirs)
                self._pause()
                self.conflicted.emit(self._theirs)
            except UserError as error:
                if job.step is not None and not isinstance(error, StoreWriteError):
                    # It would fail each time it is tried, and hold up every label behind it.
                    self._drop_first()
                    self.step_failed.emit(str(error))
                    self.pending_changed.emit(self.pending)
                    continue
                self._pause()
                self.failed.emit(str(error))
            except Exception as error:
                # Our fault, but the labels in the queue are still somebody's work.
                self._pause()
                self.failed.emit(tr("The program made a mistake while writing; the labels are kept here."))
                threading.excepthook(
                    threading.ExceptHookArgs(
                        (type(error), error, error.__traceback__, threading.current_thread())
                    )
                )
            else:
                self._acknowledge(job, changes)

    def _next(self) -> _Job | None:
        """The next change; waits for one.  None when the thread is to end."""
        with self._wake:
            self._wake.wait_for(lambda: (self._jobs and not self._paused) or self._stopping)
            return self._jobs[0] if self._jobs and not self._paused else None

    def _do(self, job: _Job) -> Changes | None:
        if job.step is not None:
            return job.step()
        # Edits follow one another faster than the disk: what this one builds upon
        # got its number only now.
        based_on = {frame: self._known.get(frame) for frame in job.codings}
        return self._desk.save_frames(job.codings, based_on, job.reason)

    def _acknowledge(self, job: _Job, changes: Changes | None) -> None:
        with self._wake:
            self._jobs.popleft()
            if changes is not None:
                for frame, coding in changes.codings.items():
                    self._known[frame] = coding.revision if coding else None
            self._wake.notify_all()
        if changes is None:
            self.nothing_to_do.emit()
        else:
            self.written.emit(changes, self._status_after(job, changes))
        self.pending_changed.emit(self.pending)

    def _status_after(self, job: _Job, changes: Changes) -> UndoStatus:
        """What undo and redo would do now."""
        if job.codings and changes.revision_id is not None:
            # After a save that is known without reading the log, which grows all day.
            self._status = UndoStatus(step_words(job.reason, min(job.codings), max(job.codings)))
        elif changes.undone:
            # What was written stays written, even if the log cannot be read now.
            with suppress(UserError):
                self._status = self._desk.undo_status()
        return self._status

    def _drop_first(self) -> None:
        with self._wake:
            self._jobs.popleft()
            self._wake.notify_all()

    def _pause(self) -> None:
        with self._wake:
            self._paused = True
            self._wake.notify_all()
