"""The coding language: actions, codes and written scores.

Changes only when the reading of the FACS manual changes.
"""

from __future__ import annotations

from hrm_core.facs.actions import ACTIONS, ALL_ACTIONS, Action, Group, action
from hrm_core.facs.codes import INTENSITIES, Code, is_present
from hrm_core.facs.notation import Score, ScoredAction, format_score, parse_score

__all__ = [
    "ACTIONS",
    "ALL_ACTIONS",
    "INTENSITIES",
    "Action",
    "Code",
    "Group",
    "Score",
    "ScoredAction",
    "action",
    "format_score",
    "is_present",
    "parse_score",
]
