"""Names, dtypes and units of the tables that cross a room."""

from __future__ import annotations

from hrm_core.facs import ALL_ACTIONS

__all__ = ["CODES_INDEX", "CODE_COLUMNS", "CODE_DTYPE", "RATING_COLUMNS"]

CODES_INDEX = ("participant", "video", "frame")
"""Index of a table of codes: participant code, video name, 0-based frame."""

CODE_COLUMNS: tuple[str, ...] = tuple(entry.key for entry in ALL_ACTIONS)
"""Columns of a table of codes, in the order of the label file."""

CODE_DTYPE = "uint8"
"""Codes 0-5."""

RATING_COLUMNS = (
    "session",
    "participant",
    "video",
    "clip",
    "judge",
    "score",
    "position",
    "response_s",
    "replays",
    "repeat",
)
"""Columns of a table of ratings: ``response_s`` in seconds, ``repeat`` for a clip that the judge
rates for the second time in a session, which counts for test and retest alone."""
