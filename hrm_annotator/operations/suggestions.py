"""What a coder may see now of what a model suggests for the open recording."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from hrm_annotator.operations.assist import Suggested
from hrm_annotator.session import Session
from hrm_core.facs import Action
from hrm_core.records.coding import CodingState
from hrm_core.records.proposal import Proposals
from hrm_core.records.suggestion import Condition, Mode, SuggestionDecision, Verdict

__all__ = ["Layer", "Offer", "Suggestions"]

_COMMITTED = (CodingState.CODED, CodingState.CHECKED)


@dataclass(frozen=True, slots=True)
class Offer:
    """What is suggested for one action of one frame.

    Attributes
    ----------
    code : int
        Proposed code 0-5.
    probability : float
        Calibrated, in [0, 1].
    """

    code: int
    probability: float


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """What may be seen of some frames, for the timeline.

    Attributes
    ----------
    probabilities : ndarray of float32, shape (n_actions, n_frames)
        NaN where nothing may be seen.
    proposed : ndarray of uint8, shape (n_actions, n_frames)
        Proposed codes plus 1; 0 where nothing may be seen.
    """

    probabilities: NDArray[np.float32]
    proposed: NDArray[np.uint8]


class Suggestions(QObject):
    """Decides frame by frame what is shown; everything that shows suggestions asks here.

    A frame being coded in the mode *after commit* counts as committed only when it is left or
    confirmed: with its first code nothing may be told about the others.

    Attributes
    ----------
    mode : Mode
        When this coder sees suggestions.
    fixed : bool
        Whether the study lets nobody choose another mode.
    decisions : list of SuggestionDecision
        What this coder did with suggestions for the recording, the oldest first.
    """

    changed = Signal(object)
    """Other suggestions may be seen than before: first and last frame where, or None for everywhere."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._suggested: Suggested | None = None
        self._settled = np.zeros((0, 0), dtype=bool)
        self._being_coded: int | None = None
        self.mode, self.fixed = Mode.AFTER_COMMIT, False
        self._next_mode: Mode | None = None
        self.decisions: list[SuggestionDecision] = []
        session.project_changed.connect(self._on_project_changed)
        session.recording_changed.connect(self.forget)

    # -- what there is --------------------------------------------------------------------

    def take_up(self, suggested: Suggested) -> None:
        """Show what was read for the open recording, or what another run says of it now."""
        if self._suggested is None:
            # Later the disk may know less than the coder did: the log is written behind.
            self.decisions = list(suggested.decisions)
        self._suggested = suggested
        self.settle()
        self.changed.emit(None)

    def forget(self) -> None:
        """Show nothing."""
        self._suggested, self.decisions, self._being_coded = None, [], None
        self._settled = np.zeros((0, 0), dtype=bool)
        self.changed.emit(None)

    def _on_project_changed(self) -> None:
        project = self._session.project
        if project is not None:
            assistance, next_mode = project.settings.assistance, self._next_mode
            self.mode, self.fixed, self._next_mode = Mode(assistance.mode), assistance.mode_fixed, None
            if next_mode is not None and not self.fixed:
                self.mode = next_mode

    @property
    def proposals(self) -> Proposals | None:
        """All that is proposed, whether it may be seen or not; None if nothing is."""
        return self._suggested.proposals if self._suggested is not None else None

    def choose_mode(self, mode: Mode) -> None:
        """See suggestions at other times from now on."""
        self.mode = mode
        self.changed.emit(None)

    def choose_for_next(self, mode: Mode) -> None:
        """See suggestions as is said here in the study that is opened next, if it leaves the choice."""
        self._next_mode = mode

    # -- what may be seen -----------------------------------------------------------------

    @property
    def is_barred(self) -> bool:
        """Whether nothing may be seen now: a check hides codes, or disputes are decided."""
        session = self._session
        return session.checking or session.deciding or session.shown.concealment is not None

    def arrive(self, frame: int) -> None:
        """Another frame is on the screen: the one before is committed if it was coded."""
        coding = self._session.coding(frame)
        committed = coding is not None and coding.state in _COMMITTED
        self.commit()
        self._being_coded = None if committed else frame

    def commit(self) -> None:
        """The coder is done with the frame on the screen; without codes of its own it stays untold."""
        left = self._being_coded
        coding = None if left is None else self._session.coding(left)
        if left is None or coding is None or coding.state not in _COMMITTED:
            return
        self._being_coded = None
        if self.is_seen(left):
            self.changed.emit((left, left))

    def is_control(self, frame: int) -> bool:
        """Whether proposals of a frame are withheld by draw."""
        return self._suggested is not None and bool(self._suggested.control[frame])

    def is_said(self, frame: int) -> bool:
        """Whether the model says anything of a frame."""
        return self.proposals is not None and self.proposals.row(frame) is not None

    def is_seen(self, frame: int) -> bool:
        """Whether what is proposed for a frame may be seen now."""
        return self.is_said(frame) and not self.is_barred and self._is_open(frame)

    def _is_open(self, frame: int) -> bool:
        return bool(self._open(np.array([frame]))[0])

    def _open(self, frames: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether mode, draw and state of frames let their proposals be seen, bool [n_frames]."""
        suggested, coded = self._suggested, self._session.shown.truth
        if suggested is None or self.mode is Mode.CONTROL:
            return np.zeros(len(frames), dtype=bool)
        states = [coded[frame].state if frame in coded else None for frame in frames.tolist()]
        if self.mode is Mode.ASSIST:
            fit = [state is not CodingState.NOT_CODABLE for state in states]
            withheld = suggested.gold[frames] | suggested.control[frames]
        else:
            fit = [state in _COMMITTED for state in states]
            being_coded = -1 if self._being_coded is None else self._being_coded
            withheld = suggested.gold[frames] | (frames == being_coded)
        shown: NDArray[np.bool_] = np.array(fit, dtype=bool) & ~withheld
        return shown

    def condition(self, frame: int) -> Condition:
        """What the coder can see of suggestions while coding a frame."""
        suggested = self._suggested
        if suggested is None or not self.is_said(frame):
            return Condition.UNAIDED
        if suggested.gold[frame] or (self.mode is Mode.CONTROL and self.fixed):
            return Condition.CONTROL
        if self.mode is Mode.CONTROL:
            return Condition.UNAIDED
        if self.mode is Mode.ASSIST:
            return Condition.CONTROL if suggested.control[frame] else Condition.ASSISTED
        return Condition.AFTER

    def proposed(self, frame: int) -> dict[str, int]:
        """Proposed codes of a frame that may be seen and can be coded by this coder, settled ones too."""
        found = self.proposals.codes_of(frame) if self.proposals is not None and self.is_seen(frame) else None
        closed = self._session.closed_actions
        return {action: code for action, code in (found or {}).items() if action not in closed}

    def offered(self, frame: int) -> dict[str, Offer]:
        """What is proposed for a frame, may be seen, and was not rejected or corrected."""
        proposals = self.proposals
        row = proposals.row(frame) if proposals is not None else None
        if proposals is None or row is None:
            return {}
        values, settled = proposals.probabilities[row], self._settled[row]
        seen = self.proposed(frame)
        return {
            action: Offer(seen[action], float(values[column]))
            for column, action in enumerate(proposals.actions)
            if action in seen and not settled[column]
        }

    def layer(self, actions: Sequence[Action], first: int, last: int) -> Layer:
        """What may be seen of the frames `first` to `last`, both included."""
        count = last - first + 1
        shape = (len(actions), count)
        layer = Layer(np.full(shape, np.nan, dtype=np.float32), np.zeros(shape, dtype=np.uint8))
        proposals = self.proposals
        if proposals is None or self.is_barred or self.mode is Mode.CONTROL:
            return layer
        rows = np.arange(*np.searchsorted(proposals.frames, [first, last + 1]))
        rows = rows[self._open(proposals.frames[rows])]
        places = proposals.frames[rows] - first
        closed, column_of = self._session.closed_actions, {k: c for c, k in enumerate(proposals.actions)}
        for line, entry in enumerate(actions):
            column = column_of.get(entry.key)
            if column is None or entry.key in closed:
                continue
            shown = ~self._settled[rows, column]
            at, these = places[shown], rows[shown]
            layer.probabilities[line, at] = proposals.probabilities[these, column]
            layer.proposed[line, at] = proposals.codes[these, column] + 1
        return layer

    # -- what was decided -----------------------------------------------------------------

    def add(self, decisions: Iterable[SuggestionDecision]) -> None:
        """Take over what the coder decided."""
        for decision in decisions:
            self.decisions.append(decision)
            self._settle(decision)

    def settle(self) -> None:
        """Read off all decisions which proposals are rejected or corrected."""
        proposals = self.proposals
        shape = (0, 0) if proposals is None else (len(proposals.frames), len(proposals.actions))
        self._settled = np.zeros(shape, dtype=bool)
        for decision in self.decisions:
            self._settle(decision)

    def _settle(self, decision: SuggestionDecision) -> None:
        proposals = self.proposals
        if proposals is None or decision.run_id != proposals.run.id:
            return
        begin, end = np.searchsorted(proposals.frames, [decision.first_frame, decision.last_frame + 1])
        column: slice | int = slice(None)
        if decision.action is not None:
            if decision.action not in proposals.actions:
                return
            column = proposals.actions.index(decision.action)
        answered = decision.verdict is not Verdict.ACCEPTED and not decision.taken_back
        self._settled[begin:end, column] = answered

    def is_settled(self, frame: int, action: str | None = None) -> bool:
        """Whether the proposal of an action, or all of a frame, was rejected or corrected."""
        proposals = self.proposals
        row = proposals.row(frame) if proposals is not None else None
        if proposals is None or row is None:
            return False
        settled = self._settled[row]
        return bool(settled.all() if action is None else settled[proposals.actions.index(action)])

    # -- differences ------------------------------------------------------------------------

    def next_difference(self, frame: int, direction: int) -> int | None:
        """Where the coder's codes and what is offered begin to differ, or differ otherwise, on one side."""
        proposals = self.proposals
        if proposals is None or self.is_barred:
            return None
        differing = self._differing(proposals)
        before = np.zeros_like(differing)
        goes_on = np.diff(proposals.frames) == 1
        before[1:][goes_on] = differing[:-1][goes_on]
        begins = differing.any(axis=1) & (differing != before).any(axis=1)
        places = proposals.frames[begins]
        places = places[places > frame] if direction > 0 else places[places < frame][::-1]
        return int(places[0]) if len(places) else None

    def _differing(self, proposals: Proposals) -> NDArray[np.uint8]:
        """By frame and action of the proposals which codes differ, 0 where none do."""
        mine, is_coded = np.zeros_like(proposals.codes), np.zeros(len(proposals.frames), dtype=bool)
        row_of = {frame: row for row, frame in enumerate(proposals.frames.tolist())}
        column_of = {key: column for column, key in enumerate(proposals.actions)}
        for frame, coding in self._session.coded_frames().items():
            row = row_of.get(frame)
            if row is None:
                continue
            is_coded[row] = True
            for code in coding.codes:
                if code.action in column_of:
                    mine[row, column_of[code.action]] = code.code
        closed = [key in self._session.closed_actions for key in proposals.actions]
        shown = (
            (is_coded & self._open(proposals.frames))[:, None]
            & ~self._settled
            & ~np.array(closed, dtype=bool)
        )
        pairs = mine * 8 + proposals.codes + 1
        found: NDArray[np.uint8] = np.where(shown & (mine != proposals.codes), pairs, 0).astype(np.uint8)
        return found
