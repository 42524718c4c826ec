"""Holds the codes of the open recording against the rules while they are edited."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from hrm_annotator.operations.runner import Runner
from hrm_annotator.operations.study import words_for
from hrm_annotator.session import Session
from hrm_core.errors import UserError

if TYPE_CHECKING:
    from hrm_core.facs.rules import Rule
    from hrm_core.records.coding import FrameCoding
    from hrm_core.records.people import Rater
    from hrm_core.records.recording import Recording
    from hrm_core.records.rule_finding import FindingIdentity, KeptFinding, RuleFinding
    from hrm_core.workflows.check_rules import RuleDesk
    from hrm_core.workflows.project import Project

__all__ = ["Doubt", "Look", "RuleWatch"]

# Findings follow what is coded this fast and no faster: a key that is held pays nothing.
_REFRESH_MS = 250

Doubt = tuple[str | None, str]
"""Key of a doubtful action (None: the whole frame is doubtful) and the note on it."""


@dataclass(frozen=True, slots=True)
class Look:
    """What there is to look at in a recording.

    Attributes
    ----------
    findings : tuple of RuleFinding
        By frame; those that are kept, too.
    kept : mapping of identity to KeptFinding
        What the coder keeps.
    rules : mapping of str to Rule
        By id.
    doubts : mapping of int to tuple of Doubt
        By frame, ascending.
    failure : str or None
        Why the rules could not be asked.
    is_pending : bool
        Whether nobody has looked yet.
    """

    findings: tuple[RuleFinding, ...] = ()
    kept: Mapping[FindingIdentity, KeptFinding] = field(default_factory=dict)
    rules: Mapping[str, Rule] = field(default_factory=dict)
    doubts: Mapping[int, tuple[Doubt, ...]] = field(default_factory=dict)
    failure: str | None = None
    is_pending: bool = False


class RuleWatch(QObject):
    """Looks in a worker a moment after codes changed, one look at a time.

    On the way of a key there is only a note of which frames changed.
    """

    looked = Signal(object)
    """There is a new :class:`Look`."""
    failed = Signal(str)
    """Something could not be kept, and why."""

    def __init__(self, session: Session, runner: Runner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._runner = session, runner
        self._bench: _Bench | None = None
        self._stale: set[int] = set()
        self._unread = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_REFRESH_MS)
        self._timer.timeout.connect(self._look)
        session.recording_changed.connect(self._on_recording_changed)
        session.frames_changed.connect(self._on_frames_changed)

    def keep(self, finding: RuleFinding, reason: str) -> None:
        """Keep a finding as it is, and look again."""
        if (bench := self._bench) is not None:
            self._write(bench, lambda: bench.desk().keep(finding, reason))

    def take_back(self, finding: RuleFinding) -> None:
        """Keep a finding no more, and look again."""
        if (bench := self._bench) is not None:
            self._write(bench, lambda: bench.desk().take_back(finding))

    def stop(self) -> None:
        """Look no more."""
        self._timer.stop()
        self._bench = None

    def _on_recording_changed(self) -> None:
        self.stop()
        self._stale.clear()
        session = self._session
        if session.project is not None and session.rater is not None and session.recording is not None:
            self._bench = _Bench(session.project, session.rater, session.recording)
            self._stale.update(session.coded_frames())
            self._unread = True
            self._timer.start()
        self.looked.emit(Look(is_pending=True))

    def _on_frames_changed(self, frames: tuple[int, ...]) -> None:
        self._stale.update(frames)
        self._unread = True
        if not self._timer.isActive():
            self._timer.start()

    def _look(self) -> None:
        bench = self._bench
        if bench is None or bench.busy or not self._unread:
            return
        # With what a check hides, or rules would miss it: the list is withheld that long.
        truth = self._session.shown.truth
        changed = {frame: truth.get(frame) for frame in self._stale}
        self._stale.clear()
        self._unread = False
        bench.busy = True
        self._runner.run(
            lambda: bench.look(changed),
            lambda look: self._on_looked(bench, look),
            lambda error: self._on_looked(bench, Look(failure=str(error))),
        )

    def _on_looked(self, bench: _Bench, look: Look) -> None:
        bench.busy = False
        if bench is not self._bench:
            return  # another recording was opened meanwhile
        self.looked.emit(look)
        if self._unread and not self._timer.isActive():
            self._timer.start()

    def _write(self, bench: _Bench, act: object) -> None:
        assert callable(act)
        self._runner.run(act, lambda _: self._look_again(bench), self._on_failure)

    def _look_again(self, bench: _Bench) -> None:
        if bench is self._bench:
            self._unread = True
            self._look()

    def _on_failure(self, error: UserError) -> None:
        self.failed.emit(words_for(error, self._session.project, self._session.rater))


class _Bench:
    """Where one recording is looked at; used by one worker at a time."""

    def __init__(self, project: Project, rater: Rater, recording: Recording) -> None:
        self._place = project, rater, recording
        self._desk: RuleDesk | None = None
        self._doubts: dict[int, tuple[Doubt, ...]] = {}
        self._waiting: dict[int, FrameCoding | None] = {}
        self.busy = False

    def desk(self) -> RuleDesk:
        """The rules on the codes of the recording; raises UserError if they cannot be read."""
        if self._desk is None:
            from hrm_core.workflows.check_rules import RuleDesk

            self._desk = RuleDesk(*self._place)
        return self._desk

    def look(self, changed: Mapping[int, FrameCoding | None]) -> Look:
        """Take over what changed, and ask the rules."""
        self._waiting.update(changed)
        for frame, coding in changed.items():
            self._doubts.pop(frame, None)
            if found := doubts_in(coding):
                self._doubts[frame] = found
        doubts = dict(sorted(self._doubts.items()))
        try:
            desk = self.desk()
            desk.update(self._waiting)
            self._waiting.clear()
            rules = {rule.id: rule for rule in desk.rules}
            return Look(tuple(desk.findings()), desk.kept(), rules, doubts)
        except UserError as error:
            # A damaged file of rules, or a store out of reach, hides no doubt.
            project, rater, _ = self._place
            return Look(doubts=doubts, failure=words_for(error, project, rater))


def doubts_in(coding: FrameCoding | None) -> tuple[Doubt, ...]:
    """What is doubtful in a frame, the frame as a whole first."""
    if coding is None:
        return ()
    whole: list[Doubt] = [(None, coding.comment)] if coding.doubtful else []
    return (*whole, *((code.action, code.note) for code in coding.codes if code.doubtful))
