"""Let a network say which actions are there: on a folder of aligned faces, or on a study's."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from hrm_core import __version__, media
from hrm_core.errors import InvalidFileError, NotFoundError, ProjectError
from hrm_core.models.card import NetworkFacts
from hrm_core.models.infer import BATCH_SIZE, PredictionError, detector_facts, predict
from hrm_core.models.open_runner import ChosenFile, Prefer, choose_file, open_runner
from hrm_core.models.registered import RegisteredWeights, registered_weights
from hrm_core.paths import may_write
from hrm_core.progress import CancelToken, Progress
from hrm_core.records.people import Participant
from hrm_core.records.prediction import Prediction
from hrm_core.records.recording import Recording
from hrm_core.workflows.aligned_faces import AlignedFaces, aligned_faces
from hrm_core.workflows.look_at_models import model_card, weight_store
from hrm_core.workflows.prediction_report import PredictedVideo, PredictionReport
from hrm_core.workflows.project import Project
from hrm_core.workflows.recording_faces import faces_of_recording

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from hrm_core.models.runners import Device, Runner

__all__ = [
    "BATCH_SIZE",
    "PREDICTIONS",
    "PredictOptions",
    "predict_folder",
    "predict_study",
    "predictions_path",
]

PREDICTIONS = "AU Predictions"
"""Folder of what networks say of a study's videos."""

_PARQUET, _CSV = ".parquet", ".csv"


@dataclass(frozen=True, slots=True)
class PredictOptions:
    """How predictions are made.

    Attributes
    ----------
    batch_size : int
        Pictures at once; the numbers do not depend on it.
    backend : {"auto", "onnx", "half", "torch"}
        What runs the network: its ONNX file, that with weights in half precision, or PyTorch.
    device : {"auto", "cpu", "cuda"}
        Where it runs.
    force : bool
        Replace predictions that are there, of whatever model.
    dry_run : bool
        Say what would be done, write nothing.
    """

    batch_size: int = BATCH_SIZE
    backend: Prefer = "auto"
    device: Device = "auto"
    force: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class _Job:
    """One file of predictions that is to be made, and where to."""

    faces: AlignedFaces
    parquet: Path
    csv: Path | None
    participant: str = ""
    video: str = ""
    standing: Prediction | None = None
    frame_count: int | None = None


@dataclass(slots=True)
class _Network:
    """A network that is opened when the first picture is to be looked at."""

    weights: RegisteredWeights
    facts: NetworkFacts
    chosen: ChosenFile
    options: PredictOptions
    progress: Progress | None
    cancel: CancelToken
    runner: Runner | None = field(default=None, init=False)

    def opened(self) -> Runner:
        if self.runner is None:
            self.runner = open_runner(
                self.weights,
                self.chosen.by,
                self.options.device,
                progress=self.progress,
                cancel=self.cancel,
            )
        return self.runner

    def checkpoint_sha256(self) -> str:
        """Of the authors' file, which a person can compare; an ONNX file tells what it was made from."""
        if self.weights.checkpoint is not None:
            return self.weights.trained_sha256
        noted = getattr(self.opened(), "facts", None)
        return "" if noted is None else str(noted.metadata.get("hrm_weights_sha256", ""))


def predict_folder(
    source: Path,
    model: str,
    out: Path,
    *,
    csv: Path | None = None,
    options: PredictOptions | None = None,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> PredictionReport:
    """Predict actions on aligned faces that lie in a folder.

    Parameters
    ----------
    source : pathlib.Path
        A folder of aligned faces or one picture, named as :func:`aligned_faces` says.
    model : str
        Name of a card whose weights are registered.
    out : pathlib.Path
        The Parquet file of probabilities.
    csv : pathlib.Path, optional
        The published CSV of 0 and 1, as well.
    options : PredictOptions, optional
        How it is done.
    progress : Progress, optional
        Told of pictures.
    cancel : CancelToken, optional
        Asked between batches.

    Raises
    ------
    NotFoundError
        If there is no such model, its weights are not registered, or there is no such folder.
    PredictionError
        If the model finds no actions in pictures, or gives what is no probability.
    MissingLibraryError
        If what runs it is not installed.
    InvalidFileError
        If a picture or its name cannot be read, or the disk refuses; nothing is written.
    ProjectError
        If other predictions lie where these would go, or anything else does; or if `out`
        does not end in ``.parquet``, or `csv` in ``.csv``.
    Cancelled
        On request; nothing is written.
    """
    options, cancel = options or PredictOptions(), cancel or CancelToken()
    _require_places(out, csv)
    _require_ending(out, _PARQUET)
    if csv is not None:
        _require_ending(csv, _CSV)
    network = _network(model, options, progress, cancel)
    faces = aligned_faces(source)
    standing = _standing(out, network, faces, of_these=True)
    if csv is not None and csv.exists():
        _require_replaceable(csv, standing, force=options.force)
    return _finished(network, [_Job(faces, out, csv, standing=standing)])


def predict_study(
    project: Project,
    model: str,
    *,
    participants: Sequence[str] = (),
    video: str | None = None,
    csv: bool = False,
    options: PredictOptions | None = None,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> PredictionReport:
    """Predict actions on the aligned faces of a study's videos.

    What is there already, of the same weights and pictures, is not done again; what is wrong
    with one video stops no other.

    Parameters
    ----------
    project : Project
        The open study.
    model : str
        Name of a card whose weights are registered.
    participants : sequence of str
        Codes; all if empty.
    video : str, optional
        Only the recordings of this name.
    csv : bool
        Write the published CSV of 0 and 1 beside each Parquet file.
    options : PredictOptions, optional
        How it is done.
    progress : Progress, optional
        Told of pictures.
    cancel : CancelToken, optional
        Asked between batches.

    Raises
    ------
    NotFoundError
        If a participant, video or model is unknown, or its weights are not registered.
    PredictionError
        If the model finds no actions in pictures, or gives what is no probability.
    MissingLibraryError
        If what runs it is not installed.
    ProjectError
        If there is no video.
    Cancelled
        On request; what is finished stays.
    """
    options, cancel = options or PredictOptions(), cancel or CancelToken()
    network = _network(model, options, progress, cancel)
    codes: list[str | None] = [*dict.fromkeys(participants)] or [None]
    chosen = [entry for code in codes for entry in project.recordings(code, video)]
    if not chosen:
        raise ProjectError("There is no video to predict actions on: add one with hrm add video.")
    jobs = [_planned(project, who, recording, network, csv=csv) for who, recording in chosen]
    return _finished(network, jobs)


def predictions_path(project: Project, who: Participant, recording: Recording) -> Path:
    """Where the predictions on a recording are, or would be written: a Parquet file."""
    # Looked for in every group's folder: a group can be corrected after predictions were made.
    return project.face_path(PREDICTIONS, who, replace(recording, name=f"{recording.name}{_PARQUET}"))


# ---- what is to be done ----------------------------------------------------------------


def _network(model: str, options: PredictOptions, progress: Progress | None, cancel: CancelToken) -> _Network:
    card = model_card(model)
    facts = detector_facts(card)
    weights = registered_weights(weight_store(), card)
    return _Network(weights, facts, choose_file(weights, options.backend), options, progress, cancel)


def _planned(
    project: Project, who: Participant, recording: Recording, network: _Network, *, csv: bool
) -> _Job | PredictedVideo:
    """What is to be done for one video, or why it cannot be."""
    try:
        faces = faces_of_recording(project, who, recording)
        parquet = predictions_path(project, who, recording)
        beside = parquet.with_suffix(_CSV)
        _require_places(parquet, beside if csv else None)
        standing = _standing(parquet, network, faces, of_these=False)
    except (NotFoundError, InvalidFileError, ProjectError) as error:
        return PredictedVideo(None, who.code, recording.name, problem=str(error))
    # One that is left of earlier predictions would be taken for that of the new ones.
    renew = csv or (standing is None and beside.exists())
    frames = recording.frame_count
    return _Job(faces, parquet, beside if renew else None, who.code, recording.name, standing, frames)


def _require_ending(path: Path, ending: str) -> None:
    """Keep the two files apart, and both from pictures and stores that --force would replace."""
    if path.suffix.lower() != ending:
        raise ProjectError(f"{path} must end in {ending}: choose another file.")


def _require_replaceable(csv: Path, standing: Prediction | None, *, force: bool) -> None:
    """Refuse to replace other predictions unless asked to, and never what is no prediction: labels, say."""
    import numpy as np

    from hrm_core.exchange.predictions import read_prediction_csv

    try:
        frames, actions, present = read_prediction_csv(csv)
    except InvalidFileError as error:
        raise ProjectError(f"{csv} is there and holds no predictions: choose another file.") from error
    same = (
        standing is not None
        and actions == standing.actions
        and np.array_equal(frames, standing.frames)
        and np.array_equal(present, standing.present)
    )
    if not same and not force:
        raise ProjectError(f"{csv} is there already: use --force to replace it, or choose another file.")


def _require_places(*places: Path | None) -> None:
    """Refuse before hours of work what would be refused behind them."""
    for place in places:
        if place is not None and place.is_dir():
            raise ProjectError(
                f"{place} is a folder: name the file in it, for example {place / 'faces.parquet'}."
            )
        if place is not None and not may_write(place.resolve()):
            raise InvalidFileError(
                f"{place} cannot be written: allow writing in its folder, or choose another."
            )


def _standing(path: Path, network: _Network, faces: AlignedFaces, *, of_these: bool) -> Prediction | None:
    """Predictions that are there and are those asked for; None if they are to be made.

    With `of_these`, those of other pictures are somebody's and not replaced.
    """
    from hrm_core.exchange.predictions import read_predictions

    model = network.weights.card.name
    if network.options.force or not path.exists():
        return None
    try:
        there = read_predictions(path)
    except InvalidFileError as error:
        raise InvalidFileError(f"{error} Add --force to have it replaced.") from error
    if there.model != model or there.weights_sha256 not in network.chosen.same_weights:
        weights = f"other weights of {model}" if there.model == model else there.model
        raise ProjectError(f"{path} holds predictions of {weights}: use --force to replace them.")
    same = (
        there.pictures == faces.fingerprint != ""
        and there.actions == network.facts.actions
        and there.frames.tolist() == list(faces.files)
        and there.thresholds.tolist() == _thresholds(network).tolist()
    )
    if not same and of_these:
        raise ProjectError(
            f"{path} holds predictions on other pictures: use --force to replace them, or choose another "
            "file."
        )
    return there if same else None


# ---- doing it --------------------------------------------------------------------------


def _finished(network: _Network, jobs: Sequence[_Job | PredictedVideo]) -> PredictionReport:
    facts = network.facts
    done = [_done(network, job) if isinstance(job, _Job) else (job, 0.0) for job in jobs]
    videos = tuple(video for video, _ in done)
    return PredictionReport(
        network.weights.card.name,
        network.chosen.sha256,
        "" if network.runner is None else network.runner.ran_on,
        tuple(getattr(network.runner, "passed_over", ())),
        facts.population,
        facts.limits,
        videos,
        sum(video.frames for video in videos if not video.there),
        sum(seconds for _, seconds in done),
        network.options.dry_run,
    )


def _done(network: _Network, job: _Job) -> tuple[PredictedVideo, float]:
    """What came of one job, and how many seconds the network and its pictures took."""
    frames, of = len(job.faces.files), job.frame_count
    without = None if of is None else of - frames
    answer = PredictedVideo(job.faces.place, job.participant, job.video, frames=frames, without=without)
    if network.options.dry_run:
        return replace(answer, there=job.standing is not None), 0.0
    if job.standing is None:
        # Before the clock runs, and not forgiven: what is wrong with the weights is wrong for all.
        network.opened()
    begin = time.perf_counter()
    try:
        prediction = job.standing or _prediction(network, network.opened(), job.faces)
        answer = _written(job, prediction, answer)
    except (NotFoundError, InvalidFileError) as error:
        # A folder is all there is; of a study, one video must not stop the others.
        if not job.video:
            raise
        return replace(answer, frames=0, without=None, problem=str(error)), 0.0
    return answer, 0.0 if answer.there else time.perf_counter() - begin


def _prediction(network: _Network, runner: Runner, faces: AlignedFaces) -> Prediction:
    import numpy as np

    facts = network.facts
    files = list(faces.files.values())
    try:
        found = predict(
            [partial(media.read_still, file) for file in files],
            facts,
            runner,
            batch_size=network.options.batch_size,
            progress=network.progress,
            cancel=network.cancel,
        )
    except PredictionError as error:
        if error.picture is None:
            raise
        raise PredictionError(f"{files[error.picture]}: {error}", error.picture) from error
    return Prediction(
        np.array(list(faces.files), dtype=np.int64),
        facts.actions,
        found,
        _thresholds(network),
        network.weights.card.name,
        network.chosen.sha256,
        runner.ran_on,
        facts.population,
        facts.limits,
        faces.fingerprint,
        network.checkpoint_sha256(),
        network.weights.card.licence.name,
        f"HRM Annotator {__version__}",
    )


def _written(job: _Job, prediction: Prediction, answer: PredictedVideo) -> PredictedVideo:
    from hrm_core.exchange.predictions import write_prediction_csv, write_predictions

    if job.standing is None:
        write_predictions(job.parquet, prediction, job.csv)
    elif job.csv is not None:
        write_prediction_csv(job.csv, prediction)
    return replace(
        answer,
        parquet=job.parquet,
        csv=job.csv,
        there=job.standing is not None,
        actions_per_frame=prediction.actions_per_frame,
    )


def _thresholds(network: _Network) -> NDArray[np.float32]:
    import numpy as np

    return np.array(network.facts.thresholds, dtype=np.float32)
