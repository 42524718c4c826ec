"""Curves below the codes, and proposals of onset and offset: shown, never written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject

from hrm_annotator.actions.ids import ActionId
from hrm_annotator.actions.table import keys_on
from hrm_annotator.language import said, tr
from hrm_annotator.main_window import MainWindow
from hrm_annotator.operations.ranges import Ranges
from hrm_annotator.session import Marks, Session
from hrm_annotator.wiring.face_wiring import FaceWiring
from hrm_core.progress import CancelToken
from hrm_core.records.curve import Curve

if TYPE_CHECKING:
    from hrm_core.records.extent import ExtentProposal

__all__ = ["ExtentWiring"]


class ExtentWiring(QObject):
    """Asks for curves and proposals beside the window, and shows what comes."""

    def __init__(self, window: MainWindow, session: Session, faces: FaceWiring, ranges: Ranges) -> None:
        super().__init__(window)
        self._window, self._session, self._faces, self._ranges = window, session, faces, ranges
        self._curves: Sequence[Curve] = ()
        self._cancel, self._asked = CancelToken(), CancelToken()
        self._asked_of = Marks()
        session.recording_changed.connect(self._on_recording_changed)
        session.range_changed.connect(self._on_range_changed)
        faces.read.connect(self._read_curves)
        window.actions_by_id[ActionId.PROPOSE_EXTENT].triggered.connect(lambda _=False: self._propose())

    def stop(self) -> None:
        """Stop what is under way."""
        self._cancel.cancel()
        self._asked.cancel()

    def _on_recording_changed(self) -> None:
        self.stop()
        self._cancel, self._curves = CancelToken(), ()

    def _on_range_changed(self) -> None:
        if not self._session.marks.proposed:
            self._window.timeline.show_curves(self._curves)

    def _read_curves(self) -> None:
        cancel = self._cancel
        self._faces.run(lambda desk: desk.curves(cancel), self._on_curves)

    def _on_curves(self, curves: Sequence[Curve]) -> None:
        self._curves = curves
        self._window.timeline.show_curves(curves)

    def _propose(self) -> None:
        chosen, marks = self._window.coding.current, self._session.marks
        if marks.apex is None or marks.action != chosen:
            self._ranges.mark_apex(chosen)
            marks = self._session.marks
        if chosen is None or marks.apex is None or marks.action is None:
            return
        if chosen in self._session.closed_actions:
            self._session.refused.emit(tr("An action that you cannot see is not proposed to you."))
            return
        self._window.player.transport.stop()
        self._window.show_message(tr("Looking for onset and offset …"))
        # Whoever asks again means the new question.
        self._asked.cancel()
        self._asked = cancel = CancelToken()
        action, apex, self._asked_of = marks.action, marks.apex, marks
        codings = dict(self._session.coded_frames())
        self._faces.run(lambda desk: desk.propose_extent(action, apex, codings, cancel), self._on_proposed)

    def _on_proposed(self, proposal: ExtentProposal) -> None:
        if self._session.marks != self._asked_of:
            return  # the coder has marked something else meanwhile
        onset, offset = proposal.onset, proposal.offset
        self._session.mark(Marks(onset, offset, proposal.apex, proposal.action, proposed=True))
        values = np.full(self._session.frame_count, np.nan)
        values[proposal.first_frame : proposal.first_frame + len(proposal.values)] = proposal.values
        why = Curve(f"change of {proposal.region}", proposal.unit, values)
        self._window.timeline.show_curves([why, *self._curves])
        keys = tr(" or ").join(keys_on(self._window.actions_by_id[ActionId.FILL_RANGE]))
        self._window.show_message(
            tr(
                "Proposed: {onset}–{offset}; {keys} accepts, [ and ] move its ends. {why}",
                onset=onset,
                offset=offset,
                keys=keys,
                why=said(proposal.reason),
            )
        )
