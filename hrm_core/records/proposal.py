"""What a model proposes to code in one recording, ready to be shown and accepted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hrm_core.records.model_run import ModelRun

__all__ = ["Proposals", "ProposedRun"]


@dataclass(frozen=True, slots=True)
class ProposedRun:
    """A stretch of frames in which an action is proposed.

    Attributes
    ----------
    action : str
        Key of the catalogue.
    first, last : int
        Onset and offset frame, both included.
    code : int
        1-5; 1 (both sides) unless a side is hinted at.
    confidence : float
        Mean calibrated probability over its frames, in [0, 1].
    onset_confidence, offset_confidence : float
        How sure it is that it begins, and ends, within one frame of where it is said to, in [0, 1].
    is_hint : bool
        Whether the side of `code` is only a hint: the face was scored with each half mirrored.
    """

    action: str
    first: int
    last: int
    code: int
    confidence: float
    onset_confidence: float
    offset_confidence: float
    is_hint: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Proposals:
    """What one run of a model proposes for one recording.

    Attributes
    ----------
    run : ModelRun
        Whose.
    actions : tuple of str
        Keys of the catalogue; of other actions nothing is said.
    frames : ndarray of int64, shape (n_frames,)
        Frames with a face that the run looked at, ascending; of others nothing is said.
    probabilities : ndarray of float32, shape (n_frames, n_actions)
        Calibrated on the study's own codes where it has been (see `calibrated`), in [0, 1].
    codes : ndarray of uint8, shape (n_frames, n_actions)
        Proposed codes 0-5 after thresholds and smoothing.
    runs : tuple of ProposedRun
        The same by stretches, by action and frame.
    calibrated : bool
        Whether probabilities, thresholds and smoothing were fitted to codes of this study.
    """

    run: ModelRun
    actions: tuple[str, ...]
    frames: NDArray[np.int64]
    probabilities: NDArray[np.float32]
    codes: NDArray[np.uint8]
    runs: tuple[ProposedRun, ...]
    calibrated: bool = False

    def row(self, frame: int) -> int | None:
        """Place of a frame in the arrays; None if nothing is said of it."""
        place = int(np.searchsorted(self.frames, frame))
        return place if place < len(self.frames) and self.frames[place] == frame else None

    def codes_of(self, frame: int) -> dict[str, int] | None:
        """Proposed codes of a frame, absent actions as 0; None if nothing is said of it."""
        place = self.row(frame)
        if place is None:
            return None
        return dict(zip(self.actions, self.codes[place].tolist(), strict=True))

    def run_at(self, action: str, frame: int) -> ProposedRun | None:
        """The proposed stretch of an action around a frame; None if it is not proposed there."""
        for run in self.runs:
            if run.action == action and run.first <= frame <= run.last:
                return run
        return None
