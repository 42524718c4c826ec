"""How this person compares faces with the neutral one."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace

from hrm_core.paths import user_config_dir, write_whole

__all__ = ["FULL", "RATES", "ComparisonSettings", "load", "store"]

_FILE = "comparison.json"

RATES = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0)
"""How often a second the neutral face may come in place of the frame."""

FULL = (10.0, 15.0, 25.0, 35.0, 50.0, 75.0, 100.0)
"""Percent of brightness at which the colours of a difference may be fullest."""


@dataclass(frozen=True, slots=True)
class ComparisonSettings:
    """Personal settings of comparing.

    Attributes
    ----------
    rate : float
        How often a second the neutral face comes, one of :data:`RATES`.
    side_by_side : bool
        Whether the neutral picture stands beside the frame.
    signed : bool
        Whether a difference tells darker from brighter.
    full : float
        Percent at which its colours are fullest, one of :data:`FULL`.
    follow : bool
        Whether the pictures zoom to the chosen action.
    """

    rate: float = 2.5
    side_by_side: bool = True
    signed: bool = True
    full: float = 50.0
    follow: bool = False


def load() -> ComparisonSettings:
    """Settings as stored; defaults where the file is missing or says something else."""
    settings = ComparisonSettings()
    try:
        stored = json.loads((user_config_dir() / _FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return settings
    if not isinstance(stored, dict):
        return settings
    for name in ("side_by_side", "signed", "follow"):
        if isinstance(stored.get(name), bool):
            settings = replace(settings, **{name: stored[name]})
    if stored.get("rate") in RATES:
        settings = replace(settings, rate=float(stored["rate"]))
    if stored.get("full") in FULL:
        settings = replace(settings, full=float(stored["full"]))
    return settings


def store(settings: ComparisonSettings) -> None:
    """Write the settings; a machine that does not allow it forgets them, no more."""
    try:
        write_whole(user_config_dir() / _FILE, json.dumps(asdict(settings), indent=2).encode())
    except OSError:
        return
