"""How every frame of a recording looked when it was added: what its labels are about."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["FRAME_HASH_METHOD", "HASH_WORDS", "FrameLedger"]

FRAME_HASH_METHOD = "dct16x16.1"
"""How the hashes of this version are made; those of another method are not compared."""

HASH_WORDS = 4
"""Unsigned 64-bit words of one hash."""


@dataclass(frozen=True, slots=True, eq=False)
class FrameLedger:
    """Time and look of every frame, kept with the labels.

    A hash tells whether two pictures look alike, and nothing about who is on them.

    Attributes
    ----------
    times : ndarray of float64, shape (n_frames,)
        Seconds from the first frame.
    hashes : ndarray of uint64, shape (n_frames, HASH_WORDS)
        From ``media.ledger_of``; all zero where the frame could not be decoded.
    method : str
        How the hashes were made.
    """

    times: NDArray[np.float64]
    hashes: NDArray[np.uint64]
    method: str = FRAME_HASH_METHOD

    def __post_init__(self) -> None:
        if self.hashes.shape != (len(self.times), HASH_WORDS):
            raise ValueError(f"{len(self.times)} times, but hashes of shape {self.hashes.shape}")

    def __len__(self) -> int:
        return len(self.times)
