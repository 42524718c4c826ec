"""Which actions go together, which never do, and how often each is seen."""

from __future__ import annotations

from itertools import combinations

__all__ = ["CONTRADICTIONS", "FRIENDS", "NEEDED", "OCCURRENCE", "contradict"]

_FRAMES = 131_758
_COUNTS = (
    "1 17839 2 14118 4 13988 5 524 6 12545 7 19733 8 599 9 1924 10 6924 12 31623 13 184 14 18937 "
    "15 684 16 7586 17 6386 18 3440 19 2772 20 3870 22 1760 23 6090 24 5968 25 80683 2X 51182 "
    "28 3840 29 816 30 1796 32 2038 33 31 34 696 35 277 36 63 37 783 43 3303"
)
_DESCRIPTORS = {"19", "29", "30", "32", "33", "34", "35", "36", "37"}


def _key(number: str) -> str:
    return f"{'AD' if number in _DESCRIPTORS else 'AU'}{number}"


def _occurrence() -> dict[str, float]:
    words = _COUNTS.split()
    return {_key(word): int(count) / _FRAMES for word, count in zip(words[::2], words[1::2], strict=True)}


OCCURRENCE: dict[str, float] = _occurrence()
"""Share of frames with each action among the 131,758 of Ji et al. (2025)."""

# Alternatives of the FACS manual, one side apart or not: the demo never needs the
# finer reading (16 with an upper 28, say), so whole actions are kept apart.
_ALTERNATIVES = (
    "5-43 8-24 8-34 16-28 18-28 19-24 19-36 19-37 22-28 24-25 24-33 24-37 25-34 "
    "2X-32 28-32 32-37 33-34 33-35 34-35 36-37"
)
# Lips can be drawn into one shape at a time; what the drawing could not tell apart.
_ONE_LIP_SHAPE = ("8", "18", "19", "20", "22", "23", "24", "28", "32", "33", "34", "35", "36", "37")
_ALSO_APART = (
    "12-13 12-15 13-15 12-18 12-22 12-33 12-34 12-35 13-18 13-14 13-20 15-20 14-20 "
    "16-17 16-24 17-2X 17-25 17-8 17-19 17-37 24-2X 34-2X 36-2X 36-25 28-25 33-2X 29-30 29-2X "
    "29-17 30-2X 10-17 10-34 10-28 10-24 18-20 16-33 16-34 16-36 35-25 35-2X 18-2X 13-2X 15-2X "
    "14-18 14-22 14-33 14-34 15-18 15-33 15-34 29-33 29-34 30-34 16-19 16-37 16-32 16-18 10-37 10-32"
)  # fmt: skip


def _pairs(text: str) -> set[frozenset[str]]:
    return {frozenset(map(_key, pair.split("-"))) for pair in text.split()}


CONTRADICTIONS: frozenset[frozenset[str]] = frozenset(_pairs(_ALTERNATIVES))
"""Pairs that FACS scores as alternatives: never in one frame."""

_APART = (
    CONTRADICTIONS
    | _pairs(_ALSO_APART)
    | {frozenset(map(_key, pair)) for pair in combinations(_ONE_LIP_SHAPE, 2)}
)

FRIENDS: dict[str, tuple[str, ...]] = {
    "AU2": ("AU1",), "AU5": ("AU1", "AU2"), "AU6": ("AU12",), "AU7": ("AU4", "AU12"), "AU4": ("AU7",),
    "AU9": ("AU4", "AU10"), "AU10": ("AU25", "AU9"), "AU16": ("AU25",), "AU17": ("AU15", "AU24"),
    "AU2X": ("AU25",), "AU12": ("AU25", "AU6"), "AU20": ("AU25",), "AU43": (), "AU15": ("AU17",),
    "AU24": ("AU17",), "AU14": ("AU12",), "AU18": (),
}  # fmt: skip
"""Actions an action likes to overlap with."""

NEEDED: dict[str, tuple[str, ...]] = {
    "AU8": ("AU25", "AU2X"), "AD19": ("AU25",), "AU22": ("AU25",), "AD32": ("AU25",), "AD33": ("AU25",),
    "AD37": ("AU25",), "AU16": ("AU25",), "AU2X": ("AU25",),
}  # fmt: skip
"""What is drawn with an action, and so must be coded with it: parted lips, a lowered jaw."""


def contradict(first: str, second: str) -> bool:
    """Whether two actions are never simulated in the same frame.

    Parameters
    ----------
    first, second : str
        Action keys.

    Returns
    -------
    bool
        True for :data:`CONTRADICTIONS` and for pairs that one mouth cannot show plainly.
    """
    return frozenset((first, second)) in _APART
