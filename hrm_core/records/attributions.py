"""Why a regressor says of a clip what it says: each action in each frame has its share in the rating."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["ClipAttribution"]


@dataclass(frozen=True, slots=True, eq=False)
class ClipAttribution:
    """A clip's rating by a network, taken apart by frames and actions.

    `values` add up to `rating` less `baseline`: above zero what made the clip look more atypical to the
    network, below zero what made it look less so.

    Attributes
    ----------
    participant, video : str
        Whose clip, and in which recording.
    first_frame, last_frame : int
        Of the clip, both included, 0-based.
    network : str
        ``"gru"`` or ``"bilstm"``.
    rating : float
        What the network says of the clip: the mean over its windows; it has not learned from this child.
    baseline : float
        What it says of frames without any action.
    actions : tuple of str
        Keys of the actions that it is told of, in its order.
    values : ndarray of float32, shape (n_frames, n_actions)
        Integrated gradients, one row for each frame from `first_frame` to `last_frame`, in units of the
        rating; NaN in frames that the network was not shown.
    judged : float or None
        Mean rating of the judges.
    clip : int
        Number of the clip in its recording; 0 if not known.
    run : str
        Name of the run that the network was trained in.
    """

    participant: str
    video: str
    first_frame: int
    last_frame: int
    network: str
    rating: float
    baseline: float
    actions: tuple[str, ...]
    values: NDArray[np.float32]
    judged: float | None = None
    clip: int = 0
    run: str = ""

    def __post_init__(self) -> None:
        if self.values.shape != (self.last_frame - self.first_frame + 1, len(self.actions)):
            raise ValueError("every frame of the clip has one value of each action")
