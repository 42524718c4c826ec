"""Which key gives which answer: 1 to 9, then 0 for ten and - for eleven."""

from __future__ import annotations

from PySide6.QtGui import QKeyEvent

from hrm_annotator.actions.strokes import strokes_of

__all__ = ["key_of", "score_of"]

_KEYS = "1234567890-"
_ANSWERS = {key: score for score, key in enumerate(_KEYS, 1)}


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

    Number pads send the same keys. Where digits stand behind Shift, as in France, the keys of the
    row of digits answer without it, too, as they do in a browser.

    Parameters
    ----------
    event : QKeyEvent
        The key.
    points : int
        How many answers there are.
    """
    readings = strokes_of(event, by_place=False)
    key = next((reading for reading in readings if reading in _ANSWERS), None)
    return None if key is None or _ANSWERS[key] > points else _ANSWERS[key]
