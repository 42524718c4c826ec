"""Given faces are looked up, whatever the picture shows."""

from __future__ import annotations

import numpy as np

from hrm_core.faces.detector import Detector
from hrm_core.faces.given import GivenFaces
from hrm_core.records.face import Face

_PICTURE = np.zeros((40, 60, 3), np.uint8)


def _face(score: float) -> Face:
    return Face(np.array([1.0, 2.0, 30.0, 38.0]), score)


def test_faces_come_by_frame_the_surest_first() -> None:
    doubtful, sure = _face(0.5), _face(0.9)
    detector: Detector = GivenFaces({3: (doubtful, sure), 7: (doubtful,)}, "imported from another program")
    assert detector.detect(_PICTURE, 3) == [sure, doubtful]
    assert detector.detect(_PICTURE, 7) == [doubtful]
    assert detector.detect(_PICTURE, 4) == []
    assert detector.detect(_PICTURE) == []


def test_an_answer_can_be_changed_without_changing_what_was_given() -> None:
    detector = GivenFaces({0: [_face(1.0)]}, "drawn")
    detector.detect(_PICTURE).clear()
    assert len(detector.detect(_PICTURE)) == 1


def test_it_says_where_its_faces_come_from() -> None:
    detector = GivenFaces({}, "drawn by hand in 2 frames and tracked")
    assert detector.name == "given"
    assert detector.weights == {}
    assert detector.settings == {"faces": "drawn by hand in 2 frames and tracked"}
