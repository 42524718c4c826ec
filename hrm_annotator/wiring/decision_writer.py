"""Decisions on their way to the disk, one after the other, whoever sits at the window by then."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from hrm_annotator.operations import reliability
from hrm_annotator.operations.reliability import Wish
from hrm_annotator.operations.runner import Runner
from hrm_core.errors import UserError
from hrm_core.records.adjudication import Decision
from hrm_core.records.agreement import Disagreement
from hrm_core.records.people import Rater

if TYPE_CHECKING:
    from hrm_core.workflows.project import Project

__all__ = ["Act", "DecisionWriter"]


@dataclass(frozen=True, slots=True)
class Act:
    """A decision, with all that it was made in; without a code it is taken back.

    Attributes
    ----------
    project, actor, wish
        In which study, by whom, about which codings: another one may be on the screen by now.
    run : Disagreement
        As it was shown.
    code : int or None
        What holds.
    reason : str
        Why.
    frame : int or None
        Only this frame of the run.
    undoes : Act or None
        The act that is taken back, if it is one of this sitting: what held before it holds again.
    before : list of Decision
        What held there until this act; known once it is written.
    """

    project: Project
    actor: Rater
    wish: Wish
    run: Disagreement
    code: int | None
    reason: str = ""
    frame: int | None = None
    undoes: Act | None = None
    before: list[Decision] = field(default_factory=list, compare=False)


class DecisionWriter(QObject):
    """Writes acts in the order in which they were made."""

    advanced = Signal()
    """An act is on disk, or all that waited were dropped."""
    failed = Signal(object, object)
    """This UserError kept these acts (tuple of Act) from the disk: the first, and all behind it."""

    def __init__(self, runner: Runner, parent: QObject) -> None:
        super().__init__(parent)
        self._runner = runner
        self._acts: deque[Act] = deque()
        self._ticket: _Ticket | None = None

    @property
    def waiting(self) -> Sequence[Act]:
        """What is not on disk yet, the oldest first."""
        return [*([] if self._ticket is None else [self._ticket.act]), *self._acts]

    def add(self, act: Act) -> None:
        """Write this, too."""
        self._acts.append(act)
        self._go_on()

    def drop(self, act: Act) -> bool:
        """Forget an act; False if it is being written already, or was."""
        if act not in self._acts:
            return False
        self._acts.remove(act)
        return True

    def finish(self) -> UserError | None:
        """Write all that waits before this returns; the error that kept an act from the disk, if any."""
        ticket, acts, self._ticket = self._ticket, list(self._acts), None
        self._acts.clear()
        tickets = [*([] if ticket is None else [ticket]), *map(_Ticket, acts)]
        try:
            for entry in tickets:
                entry.write()
        except UserError as error:
            # What was decided behind it may stand on it.
            return error
        return None

    def _go_on(self) -> None:
        if self._ticket is not None or not self._acts:
            return
        self._ticket = ticket = _Ticket(self._acts.popleft())

        def done(_: None) -> None:
            # Not if it was finished in the main thread meanwhile.
            if self._ticket is ticket:
                self._ticket = None
                self._go_on()
                self.advanced.emit()

        def failed(error: UserError) -> None:
            if self._ticket is ticket:
                lost = tuple(self.waiting)
                self._ticket = None
                self._acts.clear()
                self.failed.emit(error, lost)
                self.advanced.emit()

        self._runner.run(ticket.write, done, failed)


class _Ticket:
    """Has an act written once, by whichever thread comes first; the other one waits for it."""

    def __init__(self, act: Act) -> None:
        self.act = act
        self._lock = threading.Lock()
        self._tried = False
        self._error: UserError | None = None

    def write(self) -> None:
        """Write it, or learn what became of it."""
        with self._lock:
            if not self._tried:
                self._tried = True
                try:
                    _write(self.act)
                except UserError as error:
                    self._error = error
        if self._error is not None:
            raise self._error


def _write(act: Act) -> None:
    where = (act.project, act.actor, act.wish, act.run)
    if act.undoes is not None:
        reliability.undo(*where, act.frame, act.undoes.before)
    elif act.code is None:
        reliability.take_back(*where, act.frame)
    else:
        act.before[:] = reliability.decide(*where, act.code, act.reason, act.frame)
