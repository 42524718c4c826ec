"""InsightFace's own path runs offline: a detector made here, landmarks by the stand-in models."""

from __future__ import annotations

import builtins
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from hrm_core.errors import InvalidFileError, NotFoundError
from hrm_core.faces.detector import Detector
from hrm_core.faces.insightface import InsightFace
from hrm_core.faces.yunet import YuNet
from hrm_core.media import read_still
from hrm_core.records.face import Face
from tests.support.programs import ROOT

pytest.importorskip("insightface", reason="InsightFace is not installed")

_SHARED = Path(__file__).parents[4] / "shared"
_needs_models = pytest.mark.skipif(
    not _SHARED.is_dir(), reason="shared/ with models and pictures is not beside the project"
)
_MESH = ("facemesh_as_2d106.onnx", "facemesh_as_3d68.onnx")
_STRIDES = (8, 16, 32)
_SIDE = 640


def _net(path: Path, faces: Sequence[tuple[NDArray[np.float64], NDArray[np.float64], float]]) -> Path:
    """An SCRFD-shaped network that reports given faces wherever the picture has any bright red.

    Boxes and points are in pixels of the 640 px picture that the detector sees.
    """
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    picture = helper.make_tensor_value_info("input.1", TensorProto.FLOAT, [1, 3, "h", "w"])
    constants = {
        "axes": np.array([0, 2, 3]),
        "red": np.array([0]),
        "ten": np.array(10, np.float32),
        "half": np.array(0.5, np.float32),
        "none": np.array(0, np.float32),
        "one": np.array(1, np.float32),
    }
    # The first channel is red if BGR was handed over; its brightest pixel opens or shuts the gate.
    nodes = [
        helper.make_node("ReduceMax", ["input.1", "axes"], ["colours"], keepdims=0),
        helper.make_node("Gather", ["colours", "red"], ["brightest"]),
        helper.make_node("Add", ["brightest", "half"], ["raised"]),
        helper.make_node("Mul", ["raised", "ten"], ["steep"]),
        helper.make_node("Clip", ["steep", "none", "one"], ["gate"]),
    ]
    outputs = []
    for kind, width in (("score", 1), ("box", 4), ("points", 10)):
        for stride in _STRIDES:
            cells = _SIDE // stride
            table = np.zeros((cells * cells * 2, width), np.float32)
            for box, five, score in faces if stride == 32 else ():
                column, row = np.floor(box.reshape(2, 2).mean(axis=0) / stride).astype(int)
                place = (row * cells + column) * 2
                anchor = np.array([column, row]) * stride
                away = {
                    "score": [score],
                    "box": np.concatenate([anchor - box[:2], box[2:] - anchor]) / stride,
                }
                table[place] = away.get(kind, ((five - anchor) / stride).reshape(-1))
            name = f"{kind}_{stride}"
            constants[f"{name}_table"] = table
            how = ("Mul", "gate") if kind == "score" else ("Add", "none")
            nodes.append(helper.make_node(how[0], [f"{name}_table", how[1]], [name]))
            outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", width]))
    held = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "stand-in", [picture], outputs, held)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))
    return path


def _pack(folder: Path, faces: Sequence[Face], *, scale: float, landmarks: bool = True) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    _net(
        folder / "det.onnx", [(face.box * scale, np.asarray(face.five) * scale, face.score) for face in faces]
    )
    for name in _MESH if landmarks else ():
        shutil.copyfile(_SHARED / "models" / "standin" / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def picture() -> NDArray[np.uint8]:
    return read_still(_SHARED / "data" / "single_face.jpg")


@pytest.fixture(scope="module")
def seen(picture: NDArray[np.uint8]) -> Face:
    (face,) = YuNet(_SHARED / "models" / "yunet_n_dynamic.onnx").detect(picture)
    return face


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory, picture: NDArray[np.uint8], seen: Face) -> Path:
    return _pack(
        tmp_path_factory.mktemp("模型 pack #1") / "standin", [seen], scale=_SIDE / max(picture.shape)
    )


@pytest.fixture(scope="module")
def detector(pack: Path) -> Detector:
    return InsightFace(pack)


@_needs_models
def test_box_and_five_points_come_through(
    detector: Detector, picture: NDArray[np.uint8], seen: Face, capfd: pytest.CaptureFixture[str]
) -> None:
    (face,) = detector.detect(picture)
    assert seen.five is not None
    assert face.five is not None
    # InsightFace shrinks to whole pixels, but counts with the unrounded scale.
    assert np.abs(face.box - seen.box).max() < 1
    assert np.abs(face.five - seen.five).max() < 1
    assert face.score == pytest.approx(seen.score, abs=1e-6)
    assert {array.dtype for array in (face.box, face.five, face.points_2d, face.points_3d, face.pose)} == {  # type: ignore[union-attr]
        np.dtype(np.float64)
    }
    assert capfd.readouterr() == ("", "")


@_needs_models
def test_landmarks_lie_in_the_face_and_on_its_eyes(
    detector: Detector, picture: NDArray[np.uint8], seen: Face
) -> None:
    (face,) = detector.detect(picture)
    assert face.points_2d is not None
    assert face.points_3d is not None
    assert seen.five is not None
    assert (face.points_2d.shape, face.points_3d.shape) == ((106, 2), (68, 3))
    width = seen.box[2] - seen.box[0]
    for points in (face.points_2d, face.points_3d[:, :2]):
        assert (points > seen.box[:2] - 0.1 * width).all()
        assert (points < seen.box[2:] + 0.1 * width).all()
    eyes = face.points_3d[36:42, :2].mean(axis=0), face.points_3d[42:48, :2].mean(axis=0)
    for eye, expected in zip(eyes, seen.five[:2], strict=True):
        assert np.linalg.norm(eye - expected) < 0.06 * width
    corners = face.points_3d[[48, 54], :2]
    assert np.linalg.norm(corners - seen.five[3:], axis=1).max() < 0.1 * width


@_needs_models
def test_the_pose_of_a_frontal_face_is_small(detector: Detector, picture: NDArray[np.uint8]) -> None:
    (face,) = detector.detect(picture)
    assert face.pose is not None
    assert np.abs(face.pose).max() < 20


@_needs_models
def test_colours_are_handed_over_as_insightface_wants_them(detector: Detector) -> None:
    plain = np.zeros((300, 300, 3), np.uint8)
    red, blue = plain.copy(), plain.copy()
    red[..., 0], blue[..., 2] = 255, 255
    assert len(detector.detect(red)) == 1
    assert detector.detect(blue) == []


@_needs_models
@pytest.mark.parametrize("size", [(90, 120), (1, 1), (1, 5000), (5000, 1), (3, 1919)])
def test_where_nothing_is_found_there_is_no_face(detector: Detector, size: tuple[int, int]) -> None:
    assert detector.detect(np.zeros((*size, 3), np.uint8)) == []


@_needs_models
def test_the_surest_face_comes_first_and_doubtful_ones_are_left_out(
    tmp_path: Path, picture: NDArray[np.uint8], seen: Face
) -> None:
    others = [
        Face(seen.box + [step, 0, step, 0], score, np.asarray(seen.five) + [step, 0])
        for step, score in ((-160.0, 0.7), (170.0, 0.4))
    ]
    pack = _pack(tmp_path / "p", [*others, seen], scale=_SIDE / max(picture.shape), landmarks=False)
    assert [round(face.score, 2) for face in InsightFace(pack).detect(picture)] == [0.96, 0.7]
    assert len(InsightFace(pack, least_score=0.3).detect(picture)) == 3


@_needs_models
def test_landmarks_that_the_pack_does_not_have_are_missing(
    tmp_path: Path, picture: NDArray[np.uint8], seen: Face
) -> None:
    detector = InsightFace(_pack(tmp_path / "p", [seen], scale=_SIDE / max(picture.shape), landmarks=False))
    (face,) = detector.detect(picture)
    assert (face.points_2d, face.points_3d, face.pose) == (None, None, None)
    assert detector.settings["models"] == "detection"


@_needs_models
def test_what_was_used_is_written_down(detector: Detector, pack: Path) -> None:
    assert detector.name == "insightface"
    assert detector.weights == {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in pack.glob("*.onnx")
    }
    assert detector.settings == {
        "least score": "0.6",
        "detection size": "640 px",
        "models": "detection, landmark_2d_106, landmark_3d_68",
    }


_OFFLINE = """
import socket, sys
from pathlib import Path

def refuse(*_args, **_kwargs):
    raise AssertionError("the network was touched")

class Shut(socket.socket):
    def __init__(self, *args, **kwargs):
        refuse()

socket.socket = Shut
socket.create_connection = socket.getaddrinfo = refuse
from hrm_core.errors import NotFoundError
from hrm_core.faces.insightface import InsightFace
from hrm_core.media import read_still

pack, picture = Path(sys.argv[1]), Path(sys.argv[2])
print(len(InsightFace(pack).detect(read_still(picture))))
try:
    InsightFace(pack.with_name("buffalo_l"))
except NotFoundError as error:
    print(error)
"""


@_needs_models
def test_nothing_touches_the_network_or_the_home_folder(tmp_path: Path, pack: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", _OFFLINE, str(pack), str(_SHARED / "data" / "single_face.jpg")],
        env={**os.environ, "HOME": str(home), "PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    number, message = done.stdout.splitlines()
    assert number == "1"
    assert message.startswith("There is no folder ")
    assert not (home / ".insightface").exists()


@_needs_models
def test_recognition_age_and_sex_never_run(tmp_path: Path, pack: Path, picture: NDArray[np.uint8]) -> None:
    """A pack holds such models as well; one of the size of a recognition model is not used."""
    import onnx
    from onnx import TensorProto, helper

    whole = Path(shutil.copytree(pack, tmp_path / "whole"))
    shape = [1, 3, 112, 112]
    graph = helper.make_graph(
        [helper.make_node("Flatten", ["data"], ["fc1"])],
        "recognition",
        [helper.make_tensor_value_info("data", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("fc1", TensorProto.FLOAT, [1, 3 * 112 * 112])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.save(model, str(whole / "w600k.onnx"))
    detector = InsightFace(whole)
    assert len(detector.detect(picture)) == 1
    assert "w600k.onnx" not in detector.weights


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"no folder .*buffalo_l with InsightFace models"):
        InsightFace(tmp_path / "buffalo_l")


def test_an_empty_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"no model \(\.onnx\) in .*unpack a model pack there"):
        InsightFace(tmp_path)


def test_a_pack_in_a_folder_of_its_own_name_is_pointed_at(tmp_path: Path) -> None:
    (tmp_path / "antelopev2").mkdir()
    (tmp_path / "antelopev2" / "det.onnx").write_bytes(b"")
    with pytest.raises(NotFoundError, match=r"name the folder .*antelopev2\."):
        InsightFace(tmp_path)


@_needs_models
def test_a_pack_without_detection_is_refused(tmp_path: Path) -> None:
    shutil.copyfile(_SHARED / "models" / "standin" / _MESH[0], tmp_path / _MESH[0])
    with pytest.raises(InvalidFileError, match=r"None of the 1 models .* detects faces"):
        InsightFace(tmp_path)


@pytest.mark.parametrize("content", [b"", b"<html>404</html>", b"\x08\x09" * 400])
def test_a_broken_model_is_named(tmp_path: Path, content: bytes, capfd: pytest.CaptureFixture[str]) -> None:
    _net(tmp_path / "det.onnx", [])
    (tmp_path / "2d106det.onnx").write_bytes(content)
    with pytest.raises(
        InvalidFileError, match=r"2d106det\.onnx cannot be read as a model .*again\.$"
    ) as caught:
        InsightFace(tmp_path)
    assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", "")


def test_five_outputs_of_something_else_are_refused(tmp_path: Path) -> None:
    import onnx
    from onnx import TensorProto, helper

    names = [f"o{place}" for place in range(6)]
    graph = helper.make_graph(
        [helper.make_node("Identity", ["data"], [name]) for name in names],
        "no detector",
        [helper.make_tensor_value_info("data", TensorProto.FLOAT, [1, 3, 16, 16])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 3, 16, 16]) for name in names],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.save(model, str(tmp_path / "odd.onnx"))
    with pytest.raises(InvalidFileError, match="InsightFace cannot use the model pack"):
        InsightFace(tmp_path)


def test_a_path_that_insightface_misreads_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "models [old]"
    folder.mkdir()
    _net(folder / "det.onnx", [])
    with pytest.raises(InvalidFileError, match="move the pack to another folder"):
        InsightFace(folder)


@pytest.mark.parametrize("library", ["insightface", "onnxruntime"])
def test_without_the_library_the_way_to_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, library: str
) -> None:
    _net(tmp_path / "det.onnx", [])
    real = builtins.__import__

    def missing(name: str, *args: object) -> object:
        if name.partition(".")[0] == library:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return real(name, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(NotFoundError, match=r"pip install 'hrm-annotator\[faces\]'"):
        InsightFace(tmp_path)
