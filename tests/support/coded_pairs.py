"""Two synthetic codings of the same frames, written as a reader would."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from hrm_core.facs import ALL_ACTIONS
from hrm_core.records.agreement import Source, SourceKind
from hrm_core.records.code_grid import COLUMN_OF
from hrm_core.reliability.pairing import RecordingPair, SourceCodes

__all__ = ["ANNA", "BEN", "coded", "recording", "said"]

ANNA = Source(SourceKind.RATER, "Anna", "Anna")
BEN = Source(SourceKind.RATER, "Ben", "Ben")


def said(
    frames: Sequence[int],
    grades: Mapping[str, str] | None = None,
    hidden: Mapping[str, str] | None = None,
    left_out: Mapping[str, Sequence[int]] | None = None,
    not_codable: Sequence[int] = (),
    **codes: str,
) -> SourceCodes:
    """A source whose codes are written as digits, one for each of `frames`: ``AU12="00112"``."""
    wide = (len(frames), len(ALL_ACTIONS))
    table, intensities = np.zeros(wide, dtype=np.uint8), np.zeros(wide, dtype=np.uint8)
    for target, texts in ((table, codes), (intensities, grades or {})):
        for key, text in texts.items():
            target[:, COLUMN_OF[key]] = [int(digit) for digit in text]
    judged = np.array([entry.key not in (hidden or {}) for entry in ALL_ACTIONS])
    return SourceCodes(
        np.array(frames, dtype=np.int64),
        table,
        judged,
        hidden or {},
        intensities if grades else None,
        {why: np.array(those, dtype=np.int64) for why, those in (left_out or {}).items()},
        np.array(not_codable, dtype=np.int64),
    )


def coded(table: NDArray[np.uint8], actions: Sequence[str]) -> SourceCodes:
    """A source that coded frames 0, 1, ... with these codes [frames, actions]."""
    codes = np.zeros((len(table), len(ALL_ACTIONS)), dtype=np.uint8)
    codes[:, [COLUMN_OF[key] for key in actions]] = table
    return SourceCodes(np.arange(len(table)), codes, np.ones(len(ALL_ACTIONS), dtype=np.bool_))


def recording(
    first: SourceCodes,
    second: SourceCodes,
    participant: str = "S1",
    video: str = "1.mp4",
    fps: float = 10.0,
    segments: Sequence[tuple[int, int]] = (),
    coded_at: NDArray[np.datetime64] | None = None,
) -> RecordingPair:
    """A recording of 10 frames a second."""
    return RecordingPair(participant, video, 1, first, second, fps=fps, segments=segments, coded_at=coded_at)
