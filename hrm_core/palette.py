"""Colours of codes and states: data, the same in every theme and figure.

The hues are those of Okabe and Ito (2008), darkened until white letters on them
reach a contrast of 4.5; they stay apart for colour-blind readers, and each also
stands with a letter wherever it is used.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["CODE_COLOURS", "STATE_COLOURS"]

CODE_COLOURS: Mapping[int, str] = MappingProxyType(
    {1: "#0067a0", 2: "#007a5a", 3: "#b24a00", 4: "#8a4b80", 5: "#6b5900"}
)
"""By code: 1 both sides, 2 left, 3 right, 4 upper, 5 lower."""

STATE_COLOURS: Mapping[str, str] = MappingProxyType(
    {"coded": "#0067a0", "checked": "#007a5a", "carried": "#8c8c8c", "not_codable": "#b24a00"}
)
"""By state of a frame."""
