"""Synthetic films of plain discs, and a detector that finds them: what was drawn is the truth."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hrm_core.records.face import Face

__all__ = ["DISC_SIZE", "DiscDetector", "disc_film", "disc_places"]

DISC_SIZE = (320, 240)
"""Width and height of a film in pixels."""


def disc_places(frames: int, *, gap: range = range(0)) -> list[list[tuple[int, int, int]]]:
    """The child (first) in the middle, somebody smaller on the right: middle and radius in each frame."""
    return [[*([] if n in gap else [(140 + n % 20, 120, 40)]), (260, 60 + n % 7, 24)] for n in range(frames)]


def disc_film(path: Path, places: Sequence[Sequence[tuple[int, int, int]]]) -> Path:
    """An MP4 of white discs on grey."""
    import av
    import cv2

    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = *DISC_SIZE, "yuv420p"
        stream.options = {"preset": "ultrafast", "crf": "10"}
        for discs in places:
            rgb = np.full((DISC_SIZE[1], DISC_SIZE[0], 3), 60, np.uint8)
            for x, y, radius in discs:
                cv2.circle(rgb, (x, y), radius, (250, 250, 250), -1)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(rgb, format="rgb24")))
        container.mux(stream.encode(None))
    return path


class DiscDetector:
    """Finds bright discs and says where eyes, nose and mouth would be in them."""

    name = "discs"

    def __init__(self, least_score: float = 0.6) -> None:
        self.at_once = 2
        self.weights = {"discs": "0" * 64}
        self.settings = {"least score": f"{least_score:g}"}
        self.looked_at: list[int] = []

    def detect(self, rgb: NDArray[np.uint8], frame: int = 0) -> list[Face]:
        """All discs, the largest first."""
        import cv2

        self.looked_at.append(frame)
        bright = (rgb[:, :, 0] > 150).astype(np.uint8)
        _, _, stats, _ = cv2.connectedComponentsWithStats(bright)
        faces = []
        for left, top, width, height, area in sorted(stats[1:].tolist(), key=lambda row: -row[4]):
            if area < 200:
                continue
            five = [left, top] + np.array([[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [0.35, 0.8], [0.65, 0.8]]) * [
                width,
                height,
            ]
            faces.append(Face(np.array([left, top, left + width, top + height], float), 0.9, five))
        return faces
