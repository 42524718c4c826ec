"""Which key gives which answer: 1 to 9, then 0 for ten and - for eleven."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

__all__ = ["key_of", "score_of"]

_KEYS = "1234567890-"
_NOT_WITH = (
    Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier
)


def key_of(score: int) -> str:
    """What is printed on the key of an answer.

    Parameters
    ----------
    score : int
        1 to 11.
    """
    return "−" if score == len(_KEYS) else _KEYS[score - 1]


def score_of(event: QKeyEvent, points: int) -> int | None:
    """The answer that a key gives; None if it gives none.

    Number pads send the same keys; where digits stand behind Shift, as in France, they are
    typed with it.

    Parameters
    ----------
    event : QKeyEvent
        The key.
    points : int
        How many answers there are.
    """
    if event.modifiers() & _NOT_WITH:
        return None
    key = event.key()
    if Qt.Key.Key_1 <= key <= Qt.Key.Key_9:
        score = key - Qt.Key.Key_0
    elif key == Qt.Key.Key_0:
        score = 10
    elif key == Qt.Key.Key_Minus:
        score = 11
    else:
        return None
    return int(score) if score <= points else None
