"""Read what a model suggests for a recording, and log what coders do with it, beside the labels.

A log that cannot be written is said in one sentence, is tried again with the next entry, and
never keeps a label waiting: labels have a writer of their own.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from hrm_annotator.language import tr
from hrm_core.errors import UserError

if TYPE_CHECKING:
    from hrm_core.records.people import Rater
    from hrm_core.records.proposal import Proposals
    from hrm_core.records.recording import Recording
    from hrm_core.records.suggestion import FrameVisit, SuggestionDecision
    from hrm_core.workflows.assist import AssistDesk
    from hrm_core.workflows.project import Project

__all__ = ["LogWriter", "Suggested", "read_suggestions"]

# Each writing is a wait for the disk, which labels need too.
_VISITS_AT_ONCE = 32


@dataclass(frozen=True, slots=True, eq=False)
class Suggested:
    """What there is to show of a model for one coder and one recording.

    Attributes
    ----------
    desk : AssistDesk
        Where the logs go.
    proposals : Proposals or None
        None if no model was run on the recording.
    control, gold : ndarray of bool, shape (frame_count,)
        Frames whose proposals are withheld: by draw in the mode *assist*, and always.
    decisions : sequence of SuggestionDecision
        What the coder did with them so far.
    """

    desk: AssistDesk
    proposals: Proposals | None
    control: NDArray[np.bool_]
    gold: NDArray[np.bool_]
    decisions: Sequence[SuggestionDecision]


def read_suggestions(project: Project, rater: Rater, recording: Recording) -> Suggested:
    """Read it; runs in a worker thread."""
    from hrm_core.workflows.assist import AssistDesk

    desk = AssistDesk(project, rater, recording)
    return Suggested(desk, desk.proposals(), desk.control(), desk.gold(), desk.decisions())


class LogWriter(QObject):
    """Writes decisions and visits of one coder and recording in a thread of its own."""

    failed = Signal(str)
    """They could not be written, and why; said once until they can be."""

    def __init__(self, desk: AssistDesk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._decisions: list[SuggestionDecision] = []
        self._visits: list[FrameVisit] = []
        self._wake = threading.Condition()
        self._due = self._stopping = self._failing = False
        self._thread = threading.Thread(target=self._work, name="hrm-suggestion-log")
        self._thread.start()

    def add_decisions(self, decisions: Sequence[SuggestionDecision]) -> None:
        """Hand over decisions; they are written at once."""
        with self._wake:
            self._decisions.extend(decisions)
            self._due = True
            self._wake.notify()

    def add_visits(self, visits: Sequence[FrameVisit]) -> None:
        """Hand over visits; they are written when some have come together."""
        with self._wake:
            self._visits.extend(visits)
            if len(self._visits) >= _VISITS_AT_ONCE:
                self._due = True
                self._wake.notify()

    def stop(self) -> None:
        """Write what is left, once, and end the thread."""
        with self._wake:
            self._stopping = True
            self._wake.notify()
        self._thread.join()

    def _work(self) -> None:
        stopping = False
        while not stopping:
            with self._wake:
                self._wake.wait_for(lambda: self._due or self._stopping)
                stopping, self._due = self._stopping, False
                decisions, visits = tuple(self._decisions), tuple(self._visits)
            try:
                self._write(decisions, visits)
            except UserError as error:
                self._tell(str(error))
            except Exception as error:
                # Our fault; coding goes on all the same.
                self._tell(tr("The program made a mistake."))
                threading.excepthook(
                    threading.ExceptHookArgs(
                        (type(error), error, error.__traceback__, threading.current_thread())
                    )
                )
            else:
                self._failing = False

    def _write(self, decisions: Sequence[SuggestionDecision], visits: Sequence[FrameVisit]) -> None:
        if decisions:
            self._desk.log_decisions(decisions)
            with self._wake:
                del self._decisions[: len(decisions)]
        if visits:
            self._desk.log_visits(visits)
            with self._wake:
                del self._visits[: len(visits)]

    def _tell(self, why: str) -> None:
        if not self._failing:
            self._failing = True
            self.failed.emit(why)
