"""Which decisions belong to which act, so that taking an act back takes its decisions back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject

from hrm_annotator.operations.assist import LogWriter
from hrm_annotator.operations.suggestions import Suggestions
from hrm_annotator.session import Session
from hrm_core.records.coding import FrameCoding
from hrm_core.records.revision import Changes
from hrm_core.records.suggestion import SuggestionDecision, Verdict

__all__ = ["REASONS", "Decisions"]

REASONS = ("suggestion accepted", "suggestion corrected")
"""Reasons of edits that decide on suggestions, as the history of a recording keeps them."""

_VERDICTS = dict(zip(REASONS, (Verdict.ACCEPTED, Verdict.CORRECTED), strict=True))


@dataclass(frozen=True, slots=True)
class _Act:
    reason: str
    frames: frozenset[int]
    decisions: Sequence[SuggestionDecision]


class Decisions(QObject):
    """Logs decisions, and what undo and redo make of them.

    Every edit of this sitting is kept in order, those without a decision too: undo and redo go
    through them as through a stack.
    """

    def __init__(self, session: Session, suggestions: Suggestions, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._suggestions = suggestions
        self._log: LogWriter | None = None
        self._acts: list[_Act] = []
        self._held = 0
        self._coming: list[SuggestionDecision] = []
        session.edited.connect(self._on_edited)

    def use(self, log: LogWriter | None) -> None:
        """Log there from now on; another recording, or none, is open."""
        self._log = log
        self._acts.clear()
        self._held = 0
        self._coming.clear()

    def announce(self, decisions: Sequence[SuggestionDecision]) -> None:
        """The edit that is made next decides this."""
        self._coming.extend(decisions)

    def drop(self) -> None:
        """The announced edit was not made."""
        self._coming.clear()

    def write(self, decisions: Sequence[SuggestionDecision]) -> None:
        """Log decisions now."""
        if self._log is not None and decisions:
            self._suggestions.add(decisions)
            self._log.add_decisions(decisions)

    def _on_edited(self, codings: Mapping[int, FrameCoding | None], reason: str) -> None:
        decisions, self._coming = tuple(self._coming), []
        # A new edit leaves nothing to be done again.
        del self._acts[self._held :]
        self._acts.append(_Act(reason, frozenset(codings), decisions))
        self._held += 1
        self.write(decisions)

    def on_stepped(self, changes: Changes) -> None:
        """An edit was taken back, or done again."""
        act = self._act_of(changes)
        if act is not None:
            self._held += 1 if changes.redone else -1
            self.write([replace(each, taken_back=not changes.redone) for each in act.decisions])
        elif changes.reason in REASONS:
            self._step_of_before(changes)

    def _act_of(self, changes: Changes) -> _Act | None:
        """The edit of this sitting that a step was about; None if it was made before."""
        place = self._held if changes.redone else self._held - 1
        if not 0 <= place < len(self._acts):
            return None
        act = self._acts[place]
        return act if act.reason == changes.reason and act.frames >= changes.codings.keys() else None

    def _step_of_before(self, changes: Changes) -> None:
        """Take back, or renew, what an edit of an earlier sitting decided of these frames."""
        frames, newest = set(changes.codings), dict[tuple[int, int, str | None], SuggestionDecision]()
        verdict = _VERDICTS[changes.reason]
        for each in self._suggestions.decisions:
            if each.verdict is verdict and frames.issuperset(range(each.first_frame, each.last_frame + 1)):
                newest[each.first_frame, each.last_frame, each.action] = each
        stepped = [each for each in newest.values() if each.taken_back is changes.redone]
        self.write([replace(each, taken_back=not changes.redone) for each in stepped])
