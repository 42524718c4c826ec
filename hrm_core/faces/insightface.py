"""InsightFace: boxes, five points, landmarks and pose, from a model pack that the user has fetched."""

from __future__ import annotations

import glob
import hashlib
import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hrm_core.errors import InvalidFileError, NotFoundError
from hrm_core.records.face import Face

__all__ = ["InsightFace"]

_LEAST_SCORE = 0.6
# Who a child is, how old and of which sex is nobody's business here: those networks never run.
_TASKS = ("detection", "landmark_2d_106", "landmark_3d_68")
_DETECTION_SIDE = 640
_FEWEST_OUTPUTS_OF_A_DETECTOR = 5


class InsightFace:
    """Faces by InsightFace's ``FaceAnalysis``, without recognition, age and sex.

    Parameters
    ----------
    pack : pathlib.Path
        Folder with the ONNX files of a model pack. Nothing is ever downloaded.
    least_score : float
        Faces less sure than this are not reported, 0-1.

    Raises
    ------
    NotFoundError
        If there is no such folder, no model in it, or InsightFace is not installed.
    InvalidFileError
        If no model of the pack detects faces, or one cannot be read.
    """

    name = "insightface"
    # ONNX Runtime uses all cores for one picture.
    at_once = 1

    def __init__(self, pack: Path, *, least_score: float = _LEAST_SCORE) -> None:
        pack = pack.expanduser().resolve()
        # InsightFace starts a download by itself where it finds no folder.
        files = _model_files(pack)
        with _quiet():
            runtime, analysis = _libraries()
            _require_detection(pack, files, runtime)
            cuda = "CUDAExecutionProvider" in runtime.get_available_providers()
            try:
                self._net: Any = analysis(
                    str(pack),
                    allowed_modules=list(_TASKS),
                    providers=["CUDAExecutionProvider"] * cuda + ["CPUExecutionProvider"],
                )
                self._net.prepare(
                    0 if cuda else -1, det_thresh=least_score, det_size=(_DETECTION_SIDE, _DETECTION_SIDE)
                )
                # Models of another kind may fit at first sight and fail when they are used.
                self._net.get(np.zeros((64, 64, 3), dtype=np.uint8))
            except Exception as error:  # InsightFace and ONNX Runtime raise whatever a file leads to
                raise InvalidFileError(
                    f"InsightFace cannot use the model pack {pack} ({_first_line(error)}): fetch it again."
                ) from error
        used = [Path(model.model_file) for model in self._net.models.values()]
        self.weights = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(used)}
        self.settings = {
            "least score": f"{least_score:g}",
            "detection size": f"{_DETECTION_SIDE} px",
            "models": ", ".join(task for task in _TASKS if task in self._net.models),
        }

    def detect(self, rgb: NDArray[np.uint8], frame: int = 0) -> list[Face]:
        """All faces of a picture, the surest first; see :class:`hrm_core.faces.detector.Detector`."""
        import cv2

        height, width = rgb.shape[:2]
        if min(height, width) * _DETECTION_SIDE < max(height, width):
            # InsightFace would shrink such a strip to nothing, and fail.
            return []
        bgr = cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR)
        return sorted((_face(entry) for entry in self._net.get(bgr)), key=lambda face: -face.score)


def _model_files(pack: Path) -> list[Path]:
    """The ONNX files of a pack, or what is wrong with the folder."""
    if not pack.is_dir():
        raise NotFoundError(
            f"There is no folder {pack} with InsightFace models: check its path, or fetch a model pack and "
            "unpack it there."
        )
    files = sorted(pack.glob("*.onnx"))
    if not files:
        inner = sorted({path.parent for path in pack.glob("*/*.onnx")})
        advice = (
            f"name the folder {inner[0]}" if inner else "unpack a model pack there, or name another folder"
        )
        raise NotFoundError(f"There is no model (.onnx) in {pack}: {advice}.")
    if glob.has_magic(str(pack)):
        raise InvalidFileError(
            f"InsightFace finds no models in {pack}, as the path contains one of the characters * ? [: "
            "move the pack to another folder."
        )
    return files


def _libraries() -> tuple[Any, Any]:
    """ONNX Runtime and InsightFace's ``FaceAnalysis``."""
    try:
        # In this order: InsightFace turns the telemetry of ONNX Runtime off before it is loaded.
        from insightface.app import FaceAnalysis  # isort: skip
        import onnxruntime
    except ImportError as error:
        raise NotFoundError(
            "InsightFace is not installed here: install it with pip install 'hrm-annotator[faces]', or look "
            "for faces with YuNet."
        ) from error
    return onnxruntime, FaceAnalysis


def _require_detection(pack: Path, files: list[Path], runtime: Any) -> None:
    options = runtime.SessionOptions()
    # Only the outputs are asked for: nothing to be made faster, and nothing to be told of.
    options.graph_optimization_level = runtime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    detects = False
    for path in files:
        try:
            session = runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime raises whatever the damaged bytes lead to
            raise InvalidFileError(
                f"{path} cannot be read as a model ({_first_line(error)}): fetch the model pack again."
            ) from error
        # By this InsightFace tells detectors from other models.
        detects |= len(session.get_outputs()) >= _FEWEST_OUTPUTS_OF_A_DETECTOR
    if not detects:
        raise InvalidFileError(
            f"None of the {len(files)} models in {pack} detects faces: use a whole model pack of InsightFace."
        )


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")[:200]


def _face(found: Any) -> Face:
    return Face(
        np.asarray(found["bbox"], dtype=np.float64),
        float(min(1.0, found["det_score"])),
        _unless_missing(found.get("kps")),
        _unless_missing(found.get("landmark_2d_106")),
        _unless_missing(found.get("landmark_3d_68")),
        _unless_missing(found.get("pose")),
    )


def _unless_missing(values: Any) -> NDArray[np.float64] | None:
    return None if values is None else np.array(values, dtype=np.float64)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep InsightFace from writing to the terminal while it is loaded, and from warning of its own code."""
    with redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
