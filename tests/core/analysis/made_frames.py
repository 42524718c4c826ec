"""Coded frames made by hand, for tests of group analyses; all of them are synthetic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from hrm_core.records.coded_frames import EXPRESSIONS, NO_EXPRESSION, AnalysedChild, CodedFrames


def frames_of(
    children: Sequence[AnalysedChild],
    codes: Mapping[str, Sequence[Sequence[int]]],
    actions: Sequence[str],
    expressions: Mapping[str, Sequence[str]] | None = None,
) -> CodedFrames:
    """Frames with `codes` of each child, rows [frames][actions], all in one recording each."""
    rows = [(place, row) for place, who in enumerate(children) for row in codes.get(who.code, ())]
    child = np.array([place for place, _ in rows], dtype=np.int32)
    table = np.array([row for _, row in rows], dtype=np.uint8).reshape(len(rows), len(actions))
    words = [word for who in children for word in (expressions or {}).get(who.code, ())]
    shown = [EXPRESSIONS.index(word) if word else NO_EXPRESSION for word in words or [""] * len(rows)]
    return CodedFrames(
        "Synthetic coder",
        tuple(actions),
        tuple(children),
        tuple((place, "video") for place in range(len(children))),
        child,
        child,
        np.concatenate([np.arange((child == place).sum()) for place in range(len(children))]),
        np.full(len(rows), np.nan),
        table,
        np.array(shown, dtype=np.int8),
        np.full(table.shape, np.nan, dtype=np.float32),
    )


def children_of(first: int, second: int) -> list[AnalysedChild]:
    """So many children of ASD, and of TD."""
    return [AnalysedChild(f"S{place}", "ASD" if place < first else "TD") for place in range(first + second)]


def counted_frames(shares: Sequence[tuple[int, int]], first: int, action: str = "AU12") -> CodedFrames:
    """Of each child frames with the action, and all of its frames."""
    who = children_of(first, len(shares) - first)
    codes = {
        child.code: [[1]] * present + [[0]] * (frames - present)
        for child, (present, frames) in zip(who, shares, strict=True)
    }
    return frames_of(who, codes, [action])
