"""Colours of codes and states: data, the same in every theme and figure.

White letters on them reach a contrast of 4.5.  Any two codes, and any two states,
stay at least 12 CIEDE2000 units apart for people with normal, protan, deutan and
tritan sight (Machado, Oliveira and Fernandes 2009, full severity); dark colours can
do so only if they differ in lightness too, not just in hue.  A code also stands with
a letter wherever it is used.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["CODE_COLOURS", "STATE_COLOURS"]

CODE_COLOURS: Mapping[int, str] = MappingProxyType(
    {1: "#014d8d", 2: "#048673", 3: "#7b352a", 4: "#7857f2", 5: "#8d7421"}
)
"""By code: 1 both sides, 2 left, 3 right, 4 upper, 5 lower."""

STATE_COLOURS: Mapping[str, str] = MappingProxyType(
    {"coded": "#0773db", "checked": "#027243", "carried": "#757575", "not_codable": "#b90000"}
)
"""By state of a frame."""
