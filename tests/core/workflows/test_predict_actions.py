"""A folder's and a study's faces get predictions once, beside the others, whole or not at all."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image

from hrm_core.errors import Cancelled, InvalidFileError, NotFoundError, ProjectError, UserError
from hrm_core.exchange.predictions import read_prediction_csv, read_predictions
from hrm_core.media import read_still, write_still
from hrm_core.media.frame_folder import FrameFolder, write_manifest
from hrm_core.models import create_model, parity
from hrm_core.models.card import ModelCard, WeightFile
from hrm_core.models.infer import PredictionError
from hrm_core.models.registered import RegisteredWeights
from hrm_core.models.weights import WeightRecord, sha256_of, write_record
from hrm_core.progress import CancelToken
from hrm_core.workflows import predict_actions
from hrm_core.workflows.add_video import add_video, recording_of
from hrm_core.workflows.export_model import export_model
from hrm_core.workflows.extract_faces import ALIGNED, extract_faces
from hrm_core.workflows.look_at_models import weight_store
from hrm_core.workflows.predict_actions import (
    PredictOptions,
    predict_folder,
    predict_study,
    predictions_path,
)
from hrm_core.workflows.project import Project
from tests.architecture.source_tree import ROOT
from tests.support.drawn_faces import DiscDetector, disc_film, disc_places
from tests.support.onnx_networks import one_thread  # noqa: F401 - a fixture
from tests.support.tiny_network import (
    ACTIONS,
    LIMITS,
    THRESHOLDS,
    TINY,
    said_of,
    tiny_card,
    tiny_facts,
    tiny_onnx,
    tiny_weights,
)


@pytest.fixture
def registered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The synthetic network, registered as an ONNX file."""
    path = tiny_onnx(tmp_path / "weights" / "tiny.onnx")
    register(monkeypatch, tiny_weights(path))
    return path


def register(monkeypatch: pytest.MonkeyPatch, weights: RegisteredWeights) -> None:
    monkeypatch.setattr(predict_actions, "model_card", lambda name: weights.card)
    monkeypatch.setattr(predict_actions, "registered_weights", lambda store, card: weights)


def faces_in(folder: Path, numbers: list[int], seed: int = 4, name: str = "{}_0.png") -> Path:
    """Pictures of one colour each."""
    random = np.random.default_rng(seed)
    for number in numbers:
        colour = random.integers(0, 256, 3, dtype=np.uint8)
        write_still(np.broadcast_to(colour, (20, 24, 3)).copy(), folder / name.format(number))
    return folder


def pictures_of(folder: Path, frames: NDArray[np.int64]) -> list[NDArray[np.uint8]]:
    return [read_still(folder / f"{frame}_0.png") for frame in frames]


def extracted(project: Project, code: str, frames: int = 5, seed: int = 4) -> Path:
    """Aligned faces of a participant's video, with the note that extracting writes beside them."""
    recording = recording_of(project, code)
    folder = project.face_path(ALIGNED, project.store.people.participant(code), recording)
    assert recording.frame_count is not None
    write_manifest(folder, FrameFolder(recording.frame_count, 30.0, recording.fingerprint, quality=95))
    return faces_in(folder, list(range(frames)), seed, "{:06d}.png")


def path_of(project: Project, code: str) -> Path:
    return predictions_path(project, project.store.people.participant(code), recording_of(project, code))


def names_below(folder: Path) -> list[str]:
    return sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file())


@pytest.mark.usefixtures("registered")
def test_a_folder_gets_its_predictions(tmp_path: Path) -> None:
    folder, out = (
        faces_in(tmp_path / "面 faces", [30, 2, 100, 7, 8, 9, 10, 11, 12, 13]),
        tmp_path / "p.parquet",
    )
    report = predict_folder(folder, TINY, out, csv=tmp_path / "p.csv")
    (video,) = report.videos
    assert (report.frames, video.frames, video.there, video.problem) == (10, 10, False, "")
    assert report.frames_per_s > 0
    assert report.ran_on.startswith("ONNX Runtime ")
    assert report.ran_on.endswith("CPUExecutionProvider")
    assert (report.population, report.limits) == ("nobody at all", LIMITS)
    told = read_predictions(out)
    assert told.frames.tolist() == [2, 7, 8, 9, 10, 11, 12, 13, 30, 100]
    assert told.actions == ACTIONS
    wanted = said_of(pictures_of(folder, told.frames))
    assert np.abs(told.probabilities - wanted).max() <= 1e-5
    assert told.thresholds.tolist() == list(THRESHOLDS)
    assert (told.model, told.ran_on, told.limits) == (TINY, report.ran_on, LIMITS)
    assert told.weights_sha256 == report.weights_sha256
    frames, actions, present = read_prediction_csv(tmp_path / "p.csv")
    assert actions == ACTIONS
    assert np.array_equal(frames, told.frames)
    assert np.array_equal(present, wanted >= THRESHOLDS)
    assert video.actions_per_frame == pytest.approx(present.sum(axis=1).mean())


@pytest.mark.usefixtures("registered")
def test_the_size_of_batches_changes_no_number(tmp_path: Path) -> None:
    folder = faces_in(tmp_path / "faces", list(range(11)))
    told = []
    for batch_size in (1, 4, 64):
        out = tmp_path / f"{batch_size}.parquet"
        predict_folder(folder, TINY, out, options=PredictOptions(batch_size=batch_size))
        told.append(read_predictions(out).probabilities)
    assert np.abs(told[0] - told[1]).max() <= 1e-5
    assert np.abs(told[0] - told[2]).max() <= 1e-5


@pytest.mark.usefixtures("registered")
def test_what_is_there_is_not_done_again_nor_replaced(tmp_path: Path) -> None:
    folder, out = faces_in(tmp_path / "faces", [0, 1]), tmp_path / "p.parquet"
    predict_folder(folder, TINY, out)
    before = out.read_bytes()
    again = predict_folder(folder, TINY, out, csv=tmp_path / "p.csv")
    assert (again.videos[0].there, again.frames, again.ran_on) == (True, 0, "")
    assert out.read_bytes() == before
    assert read_prediction_csv(tmp_path / "p.csv")[0].tolist() == [0, 1]
    other = faces_in(tmp_path / "other", [0, 1], seed=5)
    with pytest.raises(ProjectError, match="holds predictions on other pictures: use --force"):
        predict_folder(other, TINY, out)
    assert out.read_bytes() == before
    with pytest.raises(ProjectError, match=r"p\.csv is there already: use --force"):
        predict_folder(other, TINY, tmp_path / "q.parquet", csv=tmp_path / "p.csv")
    forced = predict_folder(other, TINY, out, options=PredictOptions(force=True))
    assert not forced.videos[0].there
    assert out.read_bytes() != before
    out.write_bytes(b"torn")
    with pytest.raises(InvalidFileError, match="Add --force to have it replaced"):
        predict_folder(folder, TINY, out)


@pytest.mark.usefixtures("registered")
def test_a_file_of_anything_else_is_never_replaced(tmp_path: Path) -> None:
    folder, out = faces_in(tmp_path / "faces", [0, 1]), tmp_path / "S7.parquet"
    labels = tmp_path / "S7.csv"
    labels.write_text("frame,AU1,AU0,ASD\n0,1,0,1\n", encoding="utf-8")
    store = tmp_path / "labels.sqlite"
    store.write_bytes(b"SQLite format 3")
    predict_folder(folder, TINY, out)
    for force in (False, True):
        options = PredictOptions(force=force)
        with pytest.raises(ProjectError, match=r"S7\.csv is there and holds no predictions"):
            predict_folder(folder, TINY, out, csv=labels, options=options)
        for wrong in (store, folder / "0_0.png", labels):
            with pytest.raises(ProjectError, match=r"must end in \.parquet: choose another file"):
                predict_folder(folder, TINY, wrong, options=options)
        with pytest.raises(ProjectError, match=r"S7\.parquet must end in \.csv: choose another file"):
            predict_folder(folder, TINY, out, csv=out, options=options)
    assert labels.read_text(encoding="utf-8").startswith("frame,AU1,AU0,ASD")
    assert store.read_bytes() == b"SQLite format 3"
    assert names_below(folder) == ["0_0.png", "1_0.png"]
    assert read_predictions(out).frames.tolist() == [0, 1]


@pytest.mark.usefixtures("registered")
def test_a_csv_of_other_predictions_is_replaced_only_on_request(tmp_path: Path) -> None:
    """Also where the probabilities are there already, and only their CSV is to be made."""
    folder, out, csv = faces_in(tmp_path / "faces", [0, 1]), tmp_path / "p.parquet", tmp_path / "p.csv"
    predict_folder(folder, TINY, out)
    csv.write_text("frame,1,19,27,43\n5,1,1,1,1\n", encoding="utf-8")
    with pytest.raises(ProjectError, match=r"p\.csv is there already: use --force"):
        predict_folder(folder, TINY, out, csv=csv)
    assert read_prediction_csv(csv)[0].tolist() == [5]
    predict_folder(folder, TINY, out, csv=csv, options=PredictOptions(force=True))
    assert read_prediction_csv(csv)[0].tolist() == [0, 1]
    assert predict_folder(folder, TINY, out, csv=csv).videos[0].there


@pytest.mark.usefixtures("registered")
def test_a_picture_that_changed_is_looked_at_again(tmp_path: Path) -> None:
    """Bitmaps of one size are all of one length, and a name says nothing of what is in it."""
    folder, out = tmp_path / "faces", tmp_path / "p.parquet"
    folder.mkdir()
    for number in range(200):
        Image.new("RGB", (20, 24), (number, 90, 90)).save(folder / f"frame_det_00_{number:06d}.bmp")
    predict_folder(folder, TINY, out)
    Image.new("RGB", (20, 24), (200, 0, 0)).save(folder / "frame_det_00_000002.bmp")
    with pytest.raises(ProjectError, match="holds predictions on other pictures"):
        predict_folder(folder, TINY, out)


def test_predictions_of_other_weights_are_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, registered: Path
) -> None:
    folder, out = faces_in(tmp_path / "faces", [0, 1]), tmp_path / "p.parquet"
    predict_folder(folder, TINY, out)
    register(monkeypatch, tiny_weights(tiny_onnx(tmp_path / "other.onnx", scale=2)))
    with pytest.raises(ProjectError, match="holds predictions of other weights of tiny: use --force"):
        predict_folder(folder, TINY, out)
    weights = tiny_weights(registered)
    register(monkeypatch, replace(weights, card=replace(weights.card, name="small")))
    with pytest.raises(ProjectError, match="holds predictions of tiny: use --force"):
        predict_folder(folder, "small", out)
    # A checkpoint beside the ONNX file is the same weights.
    register(monkeypatch, replace(weights, checkpoint=out, checkpoint_sha256="c"))
    assert predict_folder(folder, TINY, out).videos[0].there


@pytest.mark.usefixtures("registered")
def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    folder = faces_in(tmp_path / "faces", [0, 1, 2])
    report = predict_folder(folder, TINY, tmp_path / "p.parquet", options=PredictOptions(dry_run=True))
    assert (report.dry_run, report.frames, report.ran_on) == (True, 3, "")
    assert not (tmp_path / "p.parquet").exists()


@pytest.mark.usefixtures("registered")
def test_nothing_is_left_of_a_run_that_failed_or_was_stopped(tmp_path: Path) -> None:
    folder, out = faces_in(tmp_path / "faces", list(range(12))), tmp_path / "out" / "p.parquet"
    # Whole at both ends, and rubbish between: only decoding tells.
    whole = (folder / "9_0.png").read_bytes()
    (folder / "9_0.png").write_bytes(whole[:8] + b"\0" * 40 + whole[-12:])
    with pytest.raises(InvalidFileError, match=r"9_0\.png is not an image that can be read"):
        predict_folder(folder, TINY, out, csv=tmp_path / "out" / "p.csv")
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        predict_folder(folder, TINY, out, cancel=cancel)
    assert not out.parent.exists()


def test_changed_and_unfit_weights_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, registered: Path
) -> None:
    folder, out = faces_in(tmp_path / "faces", [0]), tmp_path / "p.parquet"
    with registered.open("ab") as file:
        file.write(b"\0")
    with pytest.raises(InvalidFileError, match="has changed since it was kept"):
        predict_folder(folder, TINY, out)
    # White times these is more than float32 can hold.
    write_still(np.full((9, 9, 3), 255, dtype=np.uint8), folder / "0_0.png")
    register(monkeypatch, tiny_weights(tiny_onnx(registered, scale=1e38)))
    with pytest.raises(UserError, match=r"tiny gives something that is no number"):
        predict_folder(folder, TINY, out)
    register(monkeypatch, tiny_weights(None))
    with pytest.raises(NotFoundError, match="hrm models add tiny --weights FILE"):
        predict_folder(folder, TINY, out)
    assert not out.exists()


@pytest.mark.parametrize(
    ("card", "message"),
    [
        (tiny_card(tiny_facts("backbone")), "tiny is here only what training begins from"),
        (tiny_card(tiny_facts("regressor")), "tiny scores sequences of actions"),
        (replace(tiny_card(), network=None, kind="face detector"), "tiny is a face detector and finds no"),
    ],
)
def test_cards_of_other_models_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, card: ModelCard, message: str
) -> None:
    monkeypatch.setattr(predict_actions, "model_card", lambda name: card)
    with pytest.raises(PredictionError, match=message):
        predict_folder(tmp_path, TINY, tmp_path / "p.parquet")


def test_an_unknown_model_is_told_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"There is no model 'mae_fase': there are .*yunet"):
        predict_folder(tmp_path, "mae_fase", tmp_path / "p.parquet")


@pytest.mark.usefixtures("registered")
def test_a_study_gets_predictions_beside_the_others(project: Project, film: Path) -> None:
    for code in ("S1", "S2"):
        add_video(project, code, film)
        extracted(project, code, seed=int(code[1]))
    report = predict_study(project, TINY, csv=True)
    assert [(video.participant, video.frames, video.problem) for video in report.videos] == [
        ("S1", 5, ""),
        ("S2", 5, ""),
    ]
    assert report.frames == 10
    # Of 12 frames 5 have a face.
    assert [video.without for video in report.videos] == [7, 7]
    assert names_below(project.folder / "AU Predictions") == [
        "ASD/Participant-S1/play time.csv",
        "ASD/Participant-S1/play time.parquet",
        "TD/Participant-S2/play time.csv",
        "TD/Participant-S2/play time.parquet",
    ]
    told = read_predictions(path_of(project, "S1"))
    assert told.frames.tolist() == [0, 1, 2, 3, 4]
    again = predict_study(project, TINY)
    assert [video.there for video in again.videos] == [True, True]
    assert (again.frames, again.ran_on) == (0, "")
    # Of one video the faces were cut out anew: that one alone is done again, and nobody is asked.
    extracted(project, "S2", frames=6, seed=9)
    third = predict_study(project, TINY)
    assert [video.there for video in third.videos] == [True, False]
    assert read_predictions(path_of(project, "S2")).frames.tolist() == [0, 1, 2, 3, 4, 5]


@pytest.mark.usefixtures("registered")
def test_what_is_wrong_with_one_video_stops_no_other(project: Project, film: Path) -> None:
    add_video(project, "S1", film)
    add_video(project, "S2", film)
    extracted(project, "S2")
    report = predict_study(project, TINY)
    assert "no aligned faces of it: cut them out with hrm extract faces" in report.videos[0].problem
    assert (report.videos[1].problem, report.videos[1].frames) == ("", 5)
    folder = extracted(project, "S1")
    whole = (folder / "000003.png").read_bytes()
    (folder / "000003.png").write_bytes(whole[:8] + b"\0" * 40 + whole[-12:])
    report = predict_study(project, TINY, options=PredictOptions(force=True))
    assert "000003.png is not an image" in report.videos[0].problem
    assert report.frames == 5
    assert not path_of(project, "S1").exists()
    assert path_of(project, "S2").exists()


@pytest.mark.usefixtures("registered")
def test_faces_of_another_file_are_refused(project: Project, film: Path) -> None:
    recording = add_video(project, "S1", film)
    folder = extracted(project, "S1")
    write_manifest(folder, FrameFolder(12, 30.0, "sha256:of-another", quality=95))
    assert "were taken from another file" in predict_study(project, TINY).videos[0].problem
    assert recording.frame_count == 12
    faces_in(extracted(project, "S1"), [12], name="{:06d}.png")
    assert (
        "000012.png names no frame of the video, which has 12"
        in predict_study(project, TINY).videos[0].problem
    )


@pytest.mark.usefixtures("registered")
def test_only_the_children_and_videos_that_were_asked_for(project: Project, film: Path) -> None:
    with pytest.raises(ProjectError, match="There is no video to predict actions on"):
        predict_study(project, TINY)
    for code in ("S1", "S2"):
        add_video(project, code, film)
        extracted(project, code)
    report = predict_study(project, TINY, participants=["S2"], options=PredictOptions(dry_run=True))
    assert [(video.participant, video.frames) for video in report.videos] == [("S2", 5)]
    assert not (project.folder / "AU Predictions").exists()
    with pytest.raises(NotFoundError, match="No video named 'gone'"):
        predict_study(project, TINY, video="gone")
    with pytest.raises(NotFoundError):
        predict_study(project, TINY, participants=["S9"])


@pytest.mark.usefixtures("registered")
def test_predictions_stay_where_they_are_when_a_group_is_corrected(project: Project, film: Path) -> None:
    add_video(project, "S1", film)
    extracted(project, "S1")
    predict_study(project, TINY)
    before = path_of(project, "S1")
    who = project.store.people.participant("S1")
    assert predictions_path(project, replace(who, group="TD"), recording_of(project, "S1")) == before


_WITHOUT = """
import sys
from pathlib import Path
for name in sys.argv[4].split(","):
    sys.modules[name] = None
from hrm_core.errors import UserError
from hrm_core.models.card import InputSpec, Licence, ModelCard, NetworkFacts
from hrm_core.models.registered import RegisteredWeights
from hrm_core.workflows import predict_actions
actions, thresholds = ("AU1", "AD19", "AU2X", "AU43"), (0.5, 0.5, 0.25, 0.75)
mean, std = (0.4434122, 0.36354306, 0.35404983), (0.19467306, 0.19811313, 0.1991408)
spec = InputSpec(8, "pil-bilinear", mean, std)
facts = NetworkFacts(
    "resnet50", "detector", actions, spec, "sigmoid", thresholds, "nobody", (), 12, 12, None
)
licence = Licence("Test-1.0", ("You may.",), "https://example.org", True)
card = ModelCard("tiny", "action detector", "synthetic", "https://example.org", licence, None, facts)
weights = RegisteredWeights(card, None, None, Path(sys.argv[2]), sys.argv[3], None, None)
predict_actions.model_card = lambda name: card
predict_actions.registered_weights = lambda store, card: weights
try:
    report = predict_actions.predict_folder(Path(sys.argv[1]), "tiny", Path(sys.argv[1]).parent / "p.parquet")
except UserError as error:
    print("refused:", error)
else:
    print("ran on", report.ran_on, report.frames)
"""


def _without(libraries: str, folder: Path, weights: RegisteredWeights) -> str:
    """What is said in a fresh interpreter that cannot import these."""
    words = [str(folder), str(weights.onnx), str(weights.onnx_sha256), libraries]
    result = subprocess.run(
        [sys.executable, "-c", _WITHOUT, *words], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_an_onnx_file_needs_no_pytorch(tmp_path: Path, registered: Path) -> None:
    folder, weights = faces_in(tmp_path / "faces", [0, 1, 2]), tiny_weights(registered)
    said = _without("torch,onnx,onnxscript", folder, weights)
    assert said.startswith("ran on ONNX Runtime")
    assert said.endswith("CPUExecutionProvider 3\n")
    told = read_predictions(tmp_path / "p.parquet")
    assert np.abs(told.probabilities - said_of(pictures_of(folder, told.frames))).max() <= 1e-5


def test_what_is_missing_is_told_with_its_extra(tmp_path: Path, registered: Path) -> None:
    folder, weights = faces_in(tmp_path / "faces", [0]), tiny_weights(registered)
    said = _without("torch,onnx,onnxruntime", folder, weights)
    assert said.startswith("refused: The ONNX file of tiny is run by ONNX Runtime, which is not installed")
    assert "pip install 'hrm-annotator[predict]'" in said
    said = _without("PIL", folder, weights)
    assert said.startswith("refused: Pictures are brought to a network's size by Pillow, which is not")


@pytest.mark.usefixtures("registered")
def test_faces_that_were_cut_out_here_are_predicted(project: Project, tmp_path: Path) -> None:
    add_video(project, "S1", disc_film(tmp_path / "film.mp4", disc_places(12)))
    extract_faces(project, DiscDetector(), every=5)
    report = predict_study(project, TINY)
    assert [video.problem for video in report.videos] == [""]
    told = read_predictions(path_of(project, "S1"))
    assert told.frames.tolist() == [0, 5, 10]


@pytest.mark.slow
def test_a_network_says_the_same_by_pytorch_and_by_onnx_runtime(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The parity of each network is shown elsewhere.
    monkeypatch.setattr(parity, "batch_sizes", lambda _: (1, 2))
    torch.manual_seed(8)
    checkpoint = tmp_path / "resnet50.pth"
    torch.save({"state_dict": create_model("resnet50").state_dict()}, checkpoint)
    with weight_store().incoming("resnet50") as folder:
        shutil.copyfile(checkpoint, folder / "resnet50.pth")
        kept = WeightFile("resnet50.pth", checkpoint.stat().st_size, sha256_of(checkpoint))
        licence = ("CC BY-NC-SA 4.0", "https://example.org")
        record = WeightRecord("resnet50", "", "", *licence, "now", "resnet50.pth", False, False, (kept,))
        write_record(folder, record)
    random = np.random.default_rng(6)
    for number in range(5):
        rgb = random.integers(0, 256, (200, 180, 3), dtype=np.uint8)
        write_still(rgb, tmp_path / "faces" / f"{number}_0.jpg")
    by_torch = predict_folder(tmp_path / "faces", "resnet50", tmp_path / "torch.parquet")
    export_model("resnet50")
    by_onnx = predict_folder(
        tmp_path / "faces", "resnet50", tmp_path / "onnx.parquet", options=PredictOptions(batch_size=2)
    )
    assert (by_torch.ran_on[:7], by_onnx.ran_on[:7]) == ("PyTorch", "ONNX Ru")
    first, second = (read_predictions(tmp_path / f"{name}.parquet") for name in ("torch", "onnx"))
    assert first.weights_sha256 == kept.sha256 != second.weights_sha256
    assert first.probabilities.std(axis=0).max() > 1e-4
    assert np.abs(first.probabilities - second.probabilities).max() <= 1e-4
    again = predict_folder(tmp_path / "faces", "resnet50", tmp_path / "torch.parquet")
    assert again.videos[0].there
