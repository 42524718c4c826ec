"""Codes of many frames at once, as arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hrm_core.facs import ALL_ACTIONS
from hrm_core.records.doubts import Remark

__all__ = ["CodeTable"]


@dataclass(frozen=True, slots=True, eq=False)
class CodeTable:
    """What one rater says of many frames of one recording.

    Attributes
    ----------
    rater_id, video_id : int
        Numbers in the store.
    frames : ndarray of int64, shape (n_frames,)
        0-based, ascending, no frame twice.
    codes : ndarray of uint8, shape (n_frames, 35)
        Codes 0-5; columns in the order of the catalogue (``facs.ALL_ACTIONS``).
    intensities : ndarray of uint8, shape (n_frames, 35), or None
        0 none, 1-5 for A-E; None where nothing was told of intensities.
    remarks : tuple of Remark or None
        Doubts and notes on these frames; None where nothing was told of them.
    """

    rater_id: int
    video_id: int
    frames: NDArray[np.int64]
    codes: NDArray[np.uint8]
    intensities: NDArray[np.uint8] | None = None
    remarks: tuple[Remark, ...] | None = None

    def __post_init__(self) -> None:
        if self.codes.shape != (len(self.frames), len(ALL_ACTIONS)):
            raise ValueError(f"codes have shape {self.codes.shape} for {len(self.frames)} frames")
        if len(self.frames) and (self.frames[0] < 0 or (np.diff(self.frames) <= 0).any()):
            raise ValueError("frames must ascend from 0 or above, none twice")
        if self.codes.size and self.codes.max() > 5:
            raise ValueError("codes must be 0-5")
        if self.intensities is not None:
            if self.intensities.shape != self.codes.shape or (
                self.intensities.size and self.intensities.max() > 5
            ):
                raise ValueError("intensities must be 0-5, one for each code")
            if (self.intensities[self.codes == 0] != 0).any():
                raise ValueError("only what is present has an intensity")

    def __len__(self) -> int:
        return len(self.frames)
