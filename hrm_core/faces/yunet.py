"""OpenCV's YuNet: boxes and five points, small and under a free licence (Apache-2.0)."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hrm_core.errors import InvalidFileError, NotFoundError
from hrm_core.faces.upright import put_upright
from hrm_core.records.face import Face

__all__ = ["YuNet"]

_LEAST_SCORE = 0.6
_OVERLAP = 0.3
_MOST_FACES = 5000
# Faces of a child that fills the picture are found as well at this size, ten times as fast as at 4K.
_LONGEST_SIDE = 960

# In turned pictures a face may be much less sure than it is upright: that is what tells them apart.
_LEAST_ANY = 0.3
_AS_IT_IS = np.ones(2)

_LOG_LEVEL = threading.Lock()


class YuNet:
    """Faces by ``cv2.FaceDetectorYN``.

    Parameters
    ----------
    weights : pathlib.Path
        The ONNX file.
    least_score : float
        Faces less sure than this are not reported, 0-1.
    longest_side : int
        Larger pictures are made this small (in pixels) before looking.

    Raises
    ------
    NotFoundError
        If there is no such file.
    InvalidFileError
        If it is not a YuNet model that OpenCV can read.
    """

    name = "yunet"

    def __init__(
        self, weights: Path, *, least_score: float = _LEAST_SCORE, longest_side: int = _LONGEST_SIDE
    ) -> None:
        if not weights.is_file():
            raise NotFoundError(f"There is no model file {weights}: check its path.")
        self._longest_side, self._least_score, self._file = longest_side, least_score, weights
        # One net for each thread: OpenCV's keep the size of the picture they are looking at.
        self._nets = threading.local()
        self.at_once = os.cpu_count() or 1
        self.weights = {weights.name: hashlib.sha256(weights.read_bytes()).hexdigest()}
        self.settings = {
            "least score": f"{least_score:g}",
            "longest side": f"{longest_side} px",
            "turns": "tried",
        }
        self._net()

    def detect(self, rgb: NDArray[np.uint8], frame: int = 0) -> list[Face]:
        """All faces of a picture, the surest first; see :class:`hrm_core.faces.detector.Detector`."""
        import cv2

        scale = min(1.0, self._longest_side / max(rgb.shape[:2]))
        size = (max(1, round(rgb.shape[1] * scale)), max(1, round(rgb.shape[0] * scale)))
        small = rgb
        if scale < 1:
            small = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
        shrunk = np.array([rgb.shape[1] / size[0], rgb.shape[0] / size[1]])
        sure = [face for face in self._look(small, shrunk) if face.score >= self._least_score]
        faces = [put_upright(rgb, face, self._look) for face in sure]
        return sorted(faces, key=lambda face: -face.score)

    def _look(self, rgb: NDArray[np.uint8], shrunk: NDArray[np.float64] = _AS_IT_IS) -> list[Face]:
        """All faces of a picture as the net finds them, the surest first."""
        import cv2

        bgr = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), dtype=np.uint8)
        return sorted((_face(row, shrunk) for row in self._rows(bgr)), key=lambda face: -face.score)

    def _rows(self, bgr: NDArray[np.uint8]) -> NDArray[np.float64]:
        net = self._net()
        net.setInputSize((bgr.shape[1], bgr.shape[0]))
        _, rows = net.detect(bgr)
        return np.empty((0, 15)) if rows is None else np.asarray(rows, dtype=np.float64)

    def _net(self) -> Any:
        """The net of this thread, made when it is first asked for."""
        import cv2

        if not hasattr(self._nets, "net"):
            try:
                with _quiet():
                    net: Any = cv2.FaceDetectorYN.create(
                        str(self._file),
                        "",
                        (64, 64),
                        min(self._least_score, _LEAST_ANY),
                        _OVERLAP,
                        _MOST_FACES,
                    )
                    # A file of another kind is noticed, and the backend complained of, at first use.
                    net.detect(np.zeros((64, 64, 3), dtype=np.uint8))
            except cv2.error as error:
                raise InvalidFileError(f"{self._file} is not a YuNet model: choose another file.") from error
            self._nets.net = net
        return self._nets.net


def _face(row: NDArray[np.float64], shrunk: NDArray[np.float64]) -> Face:
    """A row of the detector: left, top, width, height, five points, score."""
    corner, size = row[:2] * shrunk, row[2:4] * shrunk
    # The child's right eye, which is the picture's left one, comes first.
    five = row[4:14].reshape(5, 2) * shrunk
    return Face(np.concatenate([corner, corner + size]), float(min(1.0, row[14])), five)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep OpenCV from writing about its backends to the terminal."""
    import cv2

    # The level is the whole program's: two threads at once would give each other's back.
    with _LOG_LEVEL:
        level = cv2.utils.logging.getLogLevel()
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)
        try:
            yield
        finally:
            cv2.utils.logging.setLogLevel(level)
