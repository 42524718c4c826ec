"""Made-up sheets of codes, and how often they are tried."""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np
from hypothesis import strategies as st

from hrm_core.records.coding import FrameCoding
from hrm_core.records.coding_sheet import CodingSheet
from tests.support.builders import codings, comments

# 1,000 codings per format where HRM_MANY_SHEETS is set, a few otherwise.
EXAMPLES = 1000 if os.environ.get("HRM_MANY_SHEETS") else 20

_STEPS_S = [0.0, 0.0001, 0.0004, 0.0009, 1 / 30, 0.04, 0.041, 0.5]


@st.composite
def sheets(draw: st.DrawFn) -> CodingSheet:
    """Anything a rater may say of a recording of up to 40 frames, at any rate, also none at all.

    Times are variable, with frames less than a millisecond apart and some at the same time.
    """
    count = draw(st.integers(1, 40))
    steps = draw(st.lists(st.sampled_from(_STEPS_S), min_size=count - 1, max_size=count - 1))
    pool = draw(st.lists(codings(rater_id=0, video_id=0), min_size=1, max_size=3))
    chosen = draw(st.lists(st.integers(-1, len(pool) - 1), min_size=count, max_size=count))
    note, name = draw(comments), draw(comments).strip()
    said = {frame: _dressed(pool[place], frame, note) for frame, place in enumerate(chosen) if place >= 0}
    return CodingSheet(name, "play time", "Ada 编码者", said, np.concatenate([[0.0], np.cumsum(steps)]))


def _dressed(coding: FrameCoding, frame: int, note: str) -> FrameCoding:
    """A coding of a frame with doubts and notes on some of its codes, and without time spent."""
    codes = tuple(
        replace(code, doubtful=place % 2 == 1, note=note if place % 3 == 0 else "")
        for place, code in enumerate(coding.codes)
    )
    return replace(coding, frame=frame, codes=codes, seconds_spent=0.0)
