"""Single cells about codes: read as they are meant, or named in the report."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hrm_core.exchange.code_words import SIDES, action_named
from hrm_core.exchange.sheet_table import SheetRow, SheetTable
from hrm_core.facs import INTENSITIES, Code
from hrm_core.records.coding import ActionCode, CodingState, Origin
from hrm_core.records.coding_sheet import RowSeverity

__all__ = [
    "compare_times",
    "read_code",
    "read_flag",
    "read_origin",
    "read_seconds",
    "read_state",
]

_YES = frozenset({"true", "1", "1.0", "yes"})
_NO = frozenset({"", "false", "0", "0.0", "no"})
_TIME_TOLERANCE_S = 0.002


def read_code(table: SheetTable, row: SheetRow) -> ActionCode | None:
    """Action, side and intensity of a row; None, and a line in the report, if they cannot be read."""
    entry = action_named(row.get("action"))
    if entry is None:
        table.error(row.where, f"There is no action {row.get('action')!r} in the catalogue: correct it.")
        return None
    code = _read_side(table, row)
    intensity = row.get("intensity").upper()
    if intensity and intensity not in INTENSITIES:
        table.error(row.where, f"{row.get('intensity')!r} is no intensity: write A, B, C, D, E or nothing.")
        return None
    if code is None:
        return None
    if not entry.allows(code):
        table.say(row.where, RowSeverity.NOTE, f"{entry.key} cannot be {Code(code).word}; kept as it is.")
    return ActionCode(entry.key, code, intensity or None)


def _read_side(table: SheetTable, row: SheetRow) -> int | None:
    number, word = row.get("code"), row.get("side").casefold()
    digits = number.removesuffix(".0")
    by_number = int(digits) if digits in ("1", "2", "3", "4", "5") else None
    by_word = SIDES.get(word)
    if number not in ("", "0", "0.0") and by_number is None:
        table.error(row.where, f"{number!r} is no code: write 1 both, 2 left, 3 right, 4 upper or 5 lower.")
        return None
    if word and by_word is None:
        table.error(row.where, f"{row.get('side')!r} is no side: write both, left, right, upper or lower.")
        return None
    if by_number is None and by_word is None:
        table.error(row.where, f"{row.get('action')} has neither code nor side: write one.")
        return None
    if None not in (by_number, by_word) and by_number != by_word:
        table.error(row.where, f"The code {number} is not the side {word!r}: correct one of them.")
        return None
    return by_number or by_word


def read_state(table: SheetTable, row: SheetRow) -> CodingState | None:
    """State of the frames of a row, coded where nothing is said; None, and an error, if it is none."""
    text = row.get("state").casefold().replace(" ", "_")
    if not text:
        return CodingState.CODED
    if text not in set(CodingState):
        table.error(
            row.where,
            f"{row.get('state')!r} is no state: write coded, carried, checked or not_codable.",
        )
        return None
    return CodingState(text)


def read_origin(table: SheetTable, row: SheetRow) -> Origin:
    """Where a code came from: human where nothing is said."""
    text = row.get("origin").casefold()
    if text and text not in set(Origin):
        table.error(row.where, f"{row.get('origin')!r} is no origin: write human or leave it empty.")
        return Origin.HUMAN
    return Origin(text) if text else Origin.HUMAN


def read_flag(table: SheetTable, row: SheetRow, name: str) -> bool:
    """Whether a cell says yes."""
    text = row.get(name).casefold()
    if text not in _YES and text not in _NO:
        table.error(
            row.where, f"{row.get(name)!r} in the column {name} is neither true nor false: correct it."
        )
    return text in _YES


def read_seconds(text: str) -> float | None:
    """A time in seconds, also with a decimal comma; None if it is none."""
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return None
    return value if np.isfinite(value) else None


def compare_times(
    table: SheetTable, shown: Sequence[tuple[str, int, str]], times: NDArray[np.float64] | None
) -> None:
    """Say where frames of a table are shown at other times than those of the recording.

    Parameters
    ----------
    table : SheetTable
        Whose report it goes to.
    shown : sequence of (str, int, str)
        Row, frame and the time it gives to that frame in seconds; empty where it gives none.
    times : ndarray of float64, shape (n_frames,), or None
        Seconds of the recording's frames; None where they are not known.
    """
    if times is None:
        return
    different = []
    for where, frame, text in shown:
        seconds = read_seconds(text)
        if text and seconds is None:
            table.error(where, f"{text!r} is no time in seconds: correct it.")
        elif seconds is not None and frame < len(times) and abs(seconds - times[frame]) > _TIME_TOLERANCE_S:
            different.append((where, frame, seconds))
    if different:
        where, frame, seconds = different[0]
        table.error(
            where,
            f"Frame {frame} is shown at {times[frame]:.3f} s in this recording, not at {seconds:.3f} s "
            f"({len(different)} such rows): it may be another film; empty the times to go by frame numbers.",
        )
