"""An expression network sees the child's aligned face, and what it says is kept a recording at a time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from PIL import Image
from scipy.special import softmax

from hrm_core import media
from hrm_core.errors import Cancelled, InvalidFileError, NotFoundError, ProjectError
from hrm_core.faces.align import Alignment
from hrm_core.faces.feature_file import read_features
from hrm_core.progress import CancelToken, NoProgress
from hrm_core.records.coded_frames import EXPRESSIONS
from hrm_core.records.expressions import KeptExpressions
from hrm_core.records.recording import Recording
from hrm_core.workflows.add_participant import add_rater
from hrm_core.workflows.add_video import add_video
from hrm_core.workflows.extract_faces import extract_faces
from hrm_core.workflows.face_pictures import PictureChoice
from hrm_core.workflows.pick_face import pick_face
from hrm_core.workflows.project import FEATURES, Project
from hrm_core.workflows.run_expressions import ExpressionRun, ExpressionsOptions, run_expressions
from hrm_core.workflows.study_expressions import kept_models
from tests.support.drawn_faces import DiscDetector, disc_film, disc_places

FRAMES, GAP, SIZE = 24, range(5, 9), 8
RAF_DB = ("surprise", "fear", "disgust", "happiness", "sadness", "anger", "neutral")
WEIGHTS = np.random.default_rng(3).normal(0, 1, (3, 7)).astype(np.float32)
MEAN, STD = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
OPTIONS = ExpressionsOptions(SIZE, device="cpu")


def network(path: Path, weights: np.ndarray = WEIGHTS, *, ends_in_softmax: bool = False) -> Path:
    """The means of the colours, weighted, and beside them an output that nobody asks for, as EAC has one."""
    nodes = [
        helper.make_node("ReduceMean", ["pictures", "axes"], ["means"], keepdims=0),
        helper.make_node("MatMul", ["means", "weights"], ["logits"]),
    ]
    if ends_in_softmax:
        nodes.append(helper.make_node("Softmax", ["logits"], ["chances"], axis=1))
    outputs = ("chances" if ends_in_softmax else "logits", "means")
    graph = helper.make_graph(
        nodes,
        "expressions",
        [helper.make_tensor_value_info("pictures", TensorProto.FLOAT, ["batch", 3, SIZE, SIZE])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", None]) for name in outputs],
        [
            numpy_helper.from_array(weights, "weights"),
            numpy_helper.from_array(np.array([2, 3], dtype=np.int64), "axes"),
        ],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9), path)
    return path


@pytest.fixture
def recording(project: Project, tmp_path: Path) -> Recording:
    """Two discs, of which the middle one is the child's and is away for a while; a second child, too."""
    film = disc_film(tmp_path / "film.mp4", disc_places(FRAMES, gap=GAP))
    other = disc_film(tmp_path / "other.mp4", disc_places(FRAMES + 1))
    recording = add_video(project, "S1", film)
    add_video(project, "S2", other)
    extract_faces(project, DiscDetector(), pictures=PictureChoice(aligned=False, crops=False))
    return recording


def ran(project: Project, file: Path, options: ExpressionsOptions = OPTIONS) -> ExpressionRun:
    return run_expressions(project, file, "poster", "raf-db", options=options)


def kept(project: Project) -> KeptExpressions:
    (found,) = kept_models(project)
    return found


def wanted(project: Project, recording: Recording) -> dict[int, np.ndarray]:
    """What it must say, worked out from pixels."""
    who = project.store.people.participant("S1")
    _, frames = read_features(project.face_path(FEATURES, who, recording))
    found = {}
    with media.open_video(project.video_path(recording)) as video:
        for entry in frames:
            if entry.alignment is None:
                continue
            picture = Alignment(entry.alignment, 224).picture(video[entry.frame])
            small = np.asarray(Image.fromarray(picture).resize((SIZE, SIZE), Image.Resampling.BILINEAR))
            chances = softmax(((small / 255 - MEAN) / STD).mean(axis=(0, 1)) @ WEIGHTS.astype(np.float64))
            found[entry.frame] = chances[[RAF_DB.index(name) for name in EXPRESSIONS]]
    return found


def test_each_frame_gets_the_networks_word(project: Project, recording: Recording, tmp_path: Path) -> None:
    report = ran(project, network(tmp_path / "net.onnx"))
    assert [(v.participant, v.frames, v.faceless, v.unseen, v.there, v.problem) for v in report.videos] == [
        ("S1", FRAMES, len(GAP), 0, False, ""),
        ("S2", FRAMES + 1, 0, 0, False, ""),
    ]
    (source, rows), _ = kept(project).recordings
    must = wanted(project, recording)
    assert (source.classes, source.softmaxed) == (RAF_DB, True)
    assert rows.frames.tolist() == sorted(must) == [n for n in range(FRAMES) if n not in GAP]
    assert np.abs(rows.values - np.stack([must[frame] for frame in sorted(must)])).max() < 1e-5


def test_probabilities_are_said_to_be_some(project: Project, recording: Recording, tmp_path: Path) -> None:
    file = network(tmp_path / "net.onnx", ends_in_softmax=True)
    with pytest.raises(InvalidFileError, match="add --probabilities"):
        ran(project, file)
    ran(project, file, ExpressionsOptions(SIZE, probabilities=True, device="cpu"))
    must = wanted(project, recording)
    (_, rows), _ = kept(project).recordings
    assert np.abs(rows.values - np.stack([must[frame] for frame in sorted(must)])).max() < 1e-5
    with pytest.raises(InvalidFileError, match="leave --probabilities out"):
        ran(project, network(tmp_path / "l.onnx"), ExpressionsOptions(SIZE, probabilities=True, device="cpu"))


class StopsIn(NoProgress):
    """Asks for a stop in the recording of this place."""

    def __init__(self, place: int) -> None:
        self.cancel, self._left = CancelToken(), place

    def start(self, title: str, total: int | None) -> None:
        self._left -= title.startswith("Looking for expressions")
        if self._left < 0:
            self.cancel.cancel()


@pytest.mark.usefixtures("recording")
def test_a_stopped_run_goes_on(project: Project, tmp_path: Path) -> None:
    file, stops = network(tmp_path / "net.onnx"), StopsIn(1)
    with pytest.raises(Cancelled):
        run_expressions(
            project, file, "poster", "raf-db", options=OPTIONS, progress=stops, cancel=stops.cancel
        )
    assert [source.participant for source, _ in kept(project).recordings] == ["S1"]
    assert [video.there for video in ran(project, file).videos] == [True, False]
    assert [video.there for video in ran(project, file).videos] == [True, True]
    add_rater(project, "Ada")
    pick_face(project, "S1", 12, by="Ada", at=(260, 65))
    assert [video.there for video in ran(project, file).videos] == [False, True], "another face was picked"


def test_another_network_replaces_nothing_unasked(
    project: Project, recording: Recording, tmp_path: Path
) -> None:
    ran(project, network(tmp_path / "one.onnx"))
    before = kept(project).recordings[0][1].values
    other = network(tmp_path / "two.onnx", WEIGHTS * 2)
    assert all("another name" in video.problem for video in ran(project, other).videos)
    assert kept(project).recordings[0][1].values.tolist() == before.tolist()
    ran(project, other, ExpressionsOptions(SIZE, device="cpu", again=True))
    assert kept(project).recordings[0][1].values.tolist() != before.tolist()


def test_what_cannot_be_run_is_said_before_any_face(project: Project, film: Path, tmp_path: Path) -> None:
    file = network(tmp_path / "net.onnx")
    with pytest.raises(ProjectError, match="no video"):
        ran(project, file)
    add_video(project, "S1", film)
    with pytest.raises(InvalidFileError, match="--size"):
        ran(project, file, ExpressionsOptions(16, device="cpu"))
    with pytest.raises(InvalidFileError, match="gives 5 numbers"):
        ran(project, network(tmp_path / "five.onnx", WEIGHTS[:, :5].copy()))
    with pytest.raises(NotFoundError):
        ran(project, tmp_path / "none.onnx")
    (tmp_path / "no.onnx").write_bytes(b"no network")
    with pytest.raises(InvalidFileError):
        ran(project, tmp_path / "no.onnx")
    assert kept_models(project) == ()
