"""Whichever way up a real face is, its eyes are covered or the picture is withheld."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from hrm_core.faces.eye_cover import locate_eyes
from hrm_core.faces.upright import UNSURE, put_upright
from hrm_core.faces.yunet import YuNet
from hrm_core.media import open_video
from hrm_core.records.face import Face, FrameFaces

_SHARED = Path(__file__).parents[3].parent / "shared"
_YUNET = _SHARED / "models" / "yunet_n_dynamic.onnx"
_LANDMARKS = _SHARED / "models" / "standin" / "facemesh_as_3d68.onnx"
_TURNS = range(0, 360, 15)
_FILMS = {"WolfgangLanger_Pexels.mp4": (0, 240, 400), "single_face.mp4": (36,), "face_noface.mov": (30,)}


@pytest.fixture(scope="module")
def detector() -> YuNet:
    if not _YUNET.is_file():
        pytest.skip("shared/models is not beside the project")
    return YuNet(_YUNET)


def _eyes(rgb: NDArray[np.uint8], face: Face) -> NDArray[np.float64]:
    """Outlines of both eyes by another network, which sees the face upright, shape (12, 2)."""
    from insightface.app.common import Face as Found
    from insightface.model_zoo import model_zoo

    net: Any = model_zoo.get_model(str(_LANDMARKS), providers=["CPUExecutionProvider"])
    net.prepare(-1)
    found = Found(bbox=face.box.astype(np.float32), kps=face.five.astype(np.float32), det_score=face.score)
    net.get(cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), found)
    return np.asarray(found.landmark_3d_68)[36:48, :2].astype(np.float64)


def _are_inside(band: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.bool_]:
    edges = np.roll(band, -1, axis=0) - band
    sides = [
        edge[0] * (points[:, 1] - corner[1]) - edge[1] * (points[:, 0] - corner[0])
        for edge, corner in zip(edges, band, strict=True)
    ]
    return np.asarray((np.array(sides) >= -0.5).all(axis=0) | (np.array(sides) <= 0.5).all(axis=0))


@pytest.mark.slow
@pytest.mark.parametrize(("film", "frame"), [(film, n) for film, frames in _FILMS.items() for n in frames])
def test_no_eye_of_a_real_face_is_left_bare_at_any_roll(detector: YuNet, film: str, frame: int) -> None:
    with open_video(_SHARED / "data" / film, cache_bytes=0) as video:
        rgb = video[frame]
    height, width = rgb.shape[:2]
    eyes = _eyes(rgb, detector.detect(rgb)[0])
    side = int(np.hypot(height, width)) + 1
    shown = 0
    for turn in _TURNS:
        matrix = cv2.getRotationMatrix2D((width / 2, height / 2), turn, 1.0)
        matrix[:, 2] += [(side - width) / 2, (side - height) / 2]
        turned = np.asarray(cv2.warpAffine(rgb, matrix, (side, side)), dtype=np.uint8)
        faces = tuple(detector.detect(turned))
        (cover,) = locate_eyes([FrameFaces(0, 0.0, faces, 0 if faces else None)]).values()
        if cover.located:
            shown += 1
            covered = [_are_inside(band, eyes @ matrix[:, :2].T + matrix[:, 2]) for band in cover.bands]
            assert np.any(covered, axis=0).all(), f"turned by {turn} degrees"
    assert shown >= len(_TURNS) // 2


def test_a_face_that_looks_the_same_in_all_turns_is_not_trusted() -> None:
    five = np.array([[40.0, 40], [60, 40], [50, 50], [43, 62], [57, 62]])
    face = Face(np.array([30.0, 25, 70, 75]), 0.95, five)

    def anywhere(rgb: NDArray[np.uint8]) -> list[Face]:
        middle = rgb.shape[0] / 2
        return [Face(np.array([middle - 9, middle - 9, middle + 9, middle + 9]), 0.9, five)]

    answer = put_upright(np.zeros((100, 100, 3), dtype=np.uint8), face, anywhere)
    assert answer.score <= UNSURE
    assert np.array_equal(answer.box, face.box)


def test_a_face_that_is_surest_as_it_stands_stays_as_it_is() -> None:
    picture = np.zeros((100, 100, 3), dtype=np.uint8)
    # Red above, so that the stand-in can tell which way up a picture is.
    picture[:50, :, 0] = 255
    five = np.array([[40.0, 40], [60, 40], [50, 50], [43, 62], [57, 62]])
    face = Face(np.array([30.0, 25, 70, 75]), 0.8, five)

    def by_colour(rgb: NDArray[np.uint8]) -> list[Face]:
        middle = rgb.shape[0] // 2
        above, below = rgb[middle - 8, middle, 0], rgb[middle + 8, middle, 0]
        box = np.array([middle - 9.0, middle - 9, middle + 9, middle + 9])
        return [Face(box, 0.9 if above > 200 > below else 0.4, five)]

    assert put_upright(picture, face, by_colour) is face
    upside_down = put_upright(np.ascontiguousarray(picture[::-1]), face, by_colour)
    assert upside_down is not face
