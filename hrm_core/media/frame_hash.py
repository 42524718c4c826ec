"""Perceptual hash of frames: alike for the same picture in another size or compression."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hrm_core.errors import InvalidFileError
from hrm_core.media.video import LUMA_SIZE, Video
from hrm_core.progress import CancelToken, NoProgress, Progress
from hrm_core.records.frame_ledger import HASH_WORDS, FrameLedger

__all__ = ["HASH_BITS", "bits_apart", "frame_hash", "ledger_of"]

HASH_BITS = 64 * HASH_WORDS
_WAVES = 16


def frame_hash(luma: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Hash of a picture.

    The signs of its 16 × 16 lowest waves (two-dimensional cosine transform, type
    II) but the mean, after Zauner, Implementation and benchmarking of perceptual
    image hash functions (2010), with more waves: neighbouring frames of a face
    differ in fine detail only.

    Parameters
    ----------
    luma : ndarray of uint8, shape (64, 64)
        The picture in grey, whatever its shape was.

    Returns
    -------
    ndarray of uint64, shape (4,)
        Never all zero: the place of the mean is always set.
    """
    import cv2

    if luma.shape != (LUMA_SIZE, LUMA_SIZE):
        raise ValueError(f"expected a grey picture of {LUMA_SIZE}×{LUMA_SIZE}, not {luma.shape}")
    waves = cv2.dct(luma.astype(np.float32))[:_WAVES, :_WAVES].ravel()
    bits = waves > 0
    bits[0] = True
    return np.packbits(bits).view(">u8").astype(np.uint64)


def bits_apart(one: NDArray[np.uint64], other: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Number of bits in which hashes differ, of 256.

    Parameters
    ----------
    one, other : ndarray of uint64, shape (..., 4)
        Shapes that fit each other.

    Returns
    -------
    ndarray of int64, shape (...)
        About 5 to 15 for a picture compressed again, 128 for unlike ones.
    """
    return np.asarray(np.bitwise_count(one ^ other).sum(axis=-1, dtype=np.int64))


def ledger_of(
    video: Video, *, progress: Progress | None = None, cancel: CancelToken | None = None
) -> FrameLedger:
    """Time and hash of every frame; decodes the whole video once.

    Parameters
    ----------
    video : Video
        Open.
    progress : Progress, optional
        Told of frames.
    cancel : CancelToken, optional
        Asked between frames.

    Returns
    -------
    FrameLedger
        Damaged and missing frames have a hash of zeros.

    Raises
    ------
    Cancelled
        On request.
    """
    progress, cancel = progress or NoProgress(), cancel or CancelToken()
    hashes = np.zeros((len(video), HASH_WORDS), dtype=np.uint64)
    progress.start("Noting how every frame looks", len(video))
    try:
        for number in range(len(video)):
            cancel.raise_if_cancelled()
            try:
                hashes[number] = frame_hash(video.luma(number))
            except InvalidFileError:
                # It has a number all the same, and labels may say that it is not codable.
                hashes[number] = 0
            progress.advance()
    finally:
        progress.finish()
    return FrameLedger(np.array(video.times), hashes)
