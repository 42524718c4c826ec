"""YuNet finds the faces of the real pictures where they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hrm_core.errors import InvalidFileError, NotFoundError
from hrm_core.faces.yunet import YuNet
from hrm_core.media import read_still

_SHARED = Path(__file__).parents[4] / "shared"
_needs_models = pytest.mark.skipif(
    not _SHARED.is_dir(), reason="shared/ with models and pictures is not beside the project"
)


@pytest.fixture(scope="module")
def detector() -> YuNet:
    return YuNet(_SHARED / "models" / "yunet_n_dynamic.onnx")


@_needs_models
def test_one_face_is_where_it_was_measured(detector: YuNet, capfd: pytest.CaptureFixture[str]) -> None:
    (face,) = detector.detect(read_still(_SHARED / "data" / "single_face.jpg"))
    assert np.abs(face.box - [193, 143, 193 + 179, 143 + 260]).max() < 3
    assert face.score > 0.95
    assert face.five is not None
    left, right, nose, mouth_left, mouth_right = face.five
    assert left[0] < nose[0] < right[0]
    assert max(left[1], right[1]) < nose[1] < min(mouth_left[1], mouth_right[1])
    assert mouth_left[0] < mouth_right[0]
    assert capfd.readouterr().err == ""


@_needs_models
def test_five_faces(detector: YuNet) -> None:
    faces = detector.detect(read_still(_SHARED / "data" / "multi_face.jpg"))
    assert len(faces) == 5
    assert [face.score for face in faces] == sorted((face.score for face in faces), reverse=True)


@_needs_models
@pytest.mark.parametrize("scale", [0.5, 3])
def test_the_size_of_the_picture_hardly_matters(detector: YuNet, scale: float) -> None:
    import cv2

    rgb = read_still(_SHARED / "data" / "single_face.jpg")
    size = (round(rgb.shape[1] * scale), round(rgb.shape[0] * scale))
    (face,) = detector.detect(np.asarray(cv2.resize(rgb, size), dtype=np.uint8))
    assert np.abs(face.box / scale - [193, 143, 372, 403]).max() < 13


@_needs_models
@pytest.mark.parametrize("size", [(20, 20), (1, 1), (7, 300)])
def test_pictures_without_a_face(detector: YuNet, size: tuple[int, int]) -> None:
    assert detector.detect(np.full((*size, 3), 128, np.uint8)) == []


@_needs_models
def test_half_a_face_and_one_upside_down_do_no_harm(detector: YuNet) -> None:
    rgb = read_still(_SHARED / "data" / "single_face.jpg")
    for picture in (rgb[:, :280], rgb[::-1], np.tile(rgb[::8, ::8], (6, 7, 1))):
        for face in detector.detect(np.ascontiguousarray(picture)):
            assert np.isfinite(face.box).all()


def test_a_missing_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"no model file .*gone.onnx"):
        YuNet(tmp_path / "gone.onnx")


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.onnx").write_text("no model", encoding="utf-8")
    with pytest.raises(InvalidFileError, match="is not a YuNet model"):
        YuNet(tmp_path / "text.onnx")


@_needs_models
def test_a_model_of_another_kind_is_refused() -> None:
    with pytest.raises(InvalidFileError, match="is not a YuNet model"):
        YuNet(_SHARED / "models" / "openseeface_lm_model0_opt.onnx")
