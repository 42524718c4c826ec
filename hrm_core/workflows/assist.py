"""What a window needs to show one coder what a model suggests for one recording."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from hrm_core.records.people import Rater
from hrm_core.records.proposal import Proposals
from hrm_core.records.recording import Recording
from hrm_core.records.suggestion import FrameVisit, SuggestionDecision
from hrm_core.workflows.project import Project
from hrm_core.workflows.propose_codes import proposals

__all__ = ["AssistDesk"]

_RANGE = 1 << 64


class AssistDesk:
    """One coder, one recording, and what a model suggests for it.

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
        self.project, self.rater, self.recording = project, rater, recording
        self._log = project.store.suggestion_log

    def proposals(self) -> Proposals | None:
        """What the newest run that says anything of the recording proposes; None if none does."""
        return proposals(self.project, self.recording)

    def control(self) -> NDArray[np.bool_]:
        """Frames whose proposals this coder never sees in the mode *assist*, bool [frame_count].

        Whole stretches of ``control_frames`` frames are drawn, each with the chance ``control_share``,
        by the hash of the study's seed, the coder's name, the recording and the stretch: the same on
        every machine and in every sitting, other ones for every coder.
        """
        assistance, count = self.project.settings.assistance, self.recording.frame_count or 0
        stretches = -(-count // assistance.control_frames)
        what = self.recording.fingerprint or self.recording.name
        limit = assistance.control_share * _RANGE
        drawn = [_draw(assistance.seed, self.rater.name, what, number) < limit for number in range(stretches)]
        whole = np.repeat(np.array(drawn, dtype=bool), assistance.control_frames)
        return whole[:count]

    def gold(self) -> NDArray[np.bool_]:
        """Frames of gold-standard clips, by which coders are measured, bool [frame_count].

        No coder ever sees proposals there: the measure would be one of the model.
        """
        found = np.zeros(self.recording.frame_count or 0, dtype=bool)
        for clip in self.project.store.gold.numbered().values():
            if clip.video_id == self.recording.id:
                found[clip.first_frame : clip.last_frame + 1] = True
        return found

    def decisions(self) -> list[SuggestionDecision]:
        """What this coder did with suggestions for this recording, the oldest first."""
        return self._log.decisions(self.rater.id, self.recording.id)

    def log_decisions(self, decisions: Sequence[SuggestionDecision]) -> None:
        """Append decisions; raises as :meth:`hrm_core.store.suggestion_log.SuggestionLog.add_decisions`."""
        self._log.add_decisions(decisions)

    def log_visits(self, visits: Sequence[FrameVisit]) -> None:
        """Append visits; raises as :meth:`hrm_core.store.suggestion_log.SuggestionLog.add_visits`."""
        self._log.add_visits(visits)


def _draw(seed: int, rater: str, what: str, stretch: int) -> int:
    """A number below 2**64 that looks random and is always the same."""
    text = "\x00".join([str(seed), rater, what, str(stretch)])
    return int.from_bytes(sha256(text.encode()).digest()[:8], "big")
