"""Keys of disputed frames: while they are decided these answer, wherever the keyboard is."""

from __future__ import annotations

from PySide6.QtGui import QKeyEvent

from hrm_annotator.actions.strokes import strokes_of
from hrm_annotator.wiring.check_keys import CheckKeys

__all__ = ["DisputeKeys"]


class DisputeKeys(CheckKeys):
    """As the keys of a check, but letters are meant by what is printed on them: L is left."""

    def readings(self, event: QKeyEvent) -> tuple[str, ...]:
        placed = strokes_of(event, by_place=True)
        # Digits by their place: on some keyboards they need Shift, which has a meaning of its own here.
        if any(stroke[-1:].isdigit() for stroke in placed):
            return placed
        return strokes_of(event, by_place=False)
