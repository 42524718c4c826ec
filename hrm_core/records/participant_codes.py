"""Participant codes as different programs and people write them."""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["bare_code", "group_in_code"]

_PREFIX = re.compile(r"^participant[ _-]*|^s[ _-]?(?=\d)")
_ZEROS = re.compile(r"^0+(?=\d)")


def bare_code(text: str, groups: Sequence[str] = ()) -> str:
    """What is left of a code without case, prefix, leading zeros and group.

    ``7``, ``S7``, ``S07``, ``s7TD`` and ``Participant-7`` are all ``"7"``.

    Parameters
    ----------
    text : str
        A code, or the name of a file or folder that stands for a participant.
    groups : sequence of str
        Group names that may stand behind the code.

    Returns
    -------
    str
        Equal for codes that may mean the same child.
    """
    bare = text.strip().casefold()
    group = group_in_code(bare, groups)
    if group is not None:
        bare = bare[: -len(group)].rstrip(" _-")
    # Twice, because of Participant-S7.
    for _ in range(2):
        bare = _PREFIX.sub("", bare) or bare
    return _ZEROS.sub("", bare)


def group_in_code(text: str, groups: Sequence[str]) -> str | None:
    """The group that stands behind a code with a digit in it: TD in ``S7TD``; None if none does."""
    folded = text.strip().casefold()
    for group in groups:
        rest = folded.removesuffix(group.casefold())
        if rest != folded and any(map(str.isdigit, rest)):
            return group
    return None
