"""How the actions of a segment come and go, in six numbers that do not name an action.

All are read from runs of frames that follow one another; nothing is said across a gap.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hrm_core.facs import Code
from hrm_core.models.train.windows import Segment

__all__ = ["FEATURES", "dynamics"]

FEATURES = ("density", "switches", "duration", "together", "one_sided", "variety")
"""What :func:`dynamics` says of a segment.

- ``density``: actions in a frame, mean.
- ``switches``: times that an action begins or ends, per frame of action (frames in which an action is
  there, summed over actions).
- ``duration``: logarithm of the mean length of episodes, in frames; 0 without any.
- ``together``: of these beginnings and ends, the share that falls on a frame with another one.
- ``one_sided``: share of the frames of action that are coded on one side or part only.
- ``variety``: different combinations of actions per frame.
"""


def dynamics(segment: Segment) -> NDArray[np.float64]:
    """Numbers of :data:`FEATURES` for a segment, shape (6,)."""
    there = segment.codes != Code.ABSENT
    frames, active = len(there), int(there.sum())
    switches = together = episodes = 0
    for run in segment.runs:
        changed = there[run][1:] != there[run][:-1]
        in_frame = changed.sum(axis=1)
        switches += int(changed.sum())
        together += int(in_frame[in_frame > 1].sum())
        begun = there[run][1:] & changed
        episodes += int(begun.sum()) + int(there[run][0].sum())
    return np.array(
        [
            active / frames,
            switches / max(active, 1),
            np.log(active / episodes) if episodes else 0.0,
            together / max(switches, 1),
            int((segment.codes > Code.BOTH).sum()) / max(active, 1),
            len(np.unique(there, axis=0)) / frames,
        ]
    )
