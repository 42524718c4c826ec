"""Run an expression model over the faces of a study, by the engine that suggests codes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hrm_core import media
from hrm_core.errors import InvalidFileError, NotFoundError, ProjectError
from hrm_core.exchange.expression_classes import classes_from, to_expressions
from hrm_core.faces.detector import Detector
from hrm_core.models.card import InputSpec, NetworkFacts
from hrm_core.models.open_runner import PROVIDERS
from hrm_core.models.runners import Device, OnnxRunner, RunnerError
from hrm_core.models.steady_runner import SteadyRunner
from hrm_core.models.weights import sha256_of
from hrm_core.progress import CancelToken, NoProgress, Progress
from hrm_core.records.expressions import ExpressionSource, FrameProbabilities
from hrm_core.records.people import Participant
from hrm_core.records.recording import Recording
from hrm_core.workflows.choose_clips import excluded_frames
from hrm_core.workflows.face_detector import open_detector
from hrm_core.workflows.prelabel_faces import Places, faces_to_look_at, held
from hrm_core.workflows.prelabel_pictures import fingerprint_of, predict_faces
from hrm_core.workflows.project import Project
from hrm_core.workflows.study_expressions import (
    EXPRESSIONS_FOLDER,
    keep_recordings,
    kept_recordings,
    require_model_name,
)

__all__ = ["ExpressionRun", "ExpressionRunVideo", "ExpressionsOptions", "run_expressions"]

# What POSTER++, EAC and DDAMFN++ were trained on: the means and deviations of ImageNet.
_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_BATCH = 16
_SUM_WITHIN = 0.01


@dataclass(frozen=True, slots=True)
class ExpressionsOptions:
    """How a model is run.

    Attributes
    ----------
    size : int
        Height and width of its pictures in pixels: 224 of POSTER++ and EAC, 112 of DDAMFN++.
    probabilities : bool
        Whether its first output is probabilities already; logits otherwise.
    device : {"auto", "cpu", "cuda"}
        Where it runs; with ``auto`` the processor goes on where a graphics card fails.
    again : bool
        Look anew at recordings that the same model has looked at in the same way.
    """

    size: int = 224
    probabilities: bool = False
    device: Device = "auto"
    again: bool = False


@dataclass(frozen=True, slots=True)
class ExpressionRunVideo:
    """What became of one recording.

    Attributes
    ----------
    participant, video : str
        Child and recording.
    frames : int
        Frames that were looked at, those without a face among them.
    faceless : int
        Of them, those without the child's face.
    unseen : int
        Frames that could not be looked at, because nobody has looked for their faces.
    there : bool
        Whether the same was done before, so that nothing had to be done.
    problem : str
        Why nothing was done; empty otherwise.
    """

    participant: str
    video: str
    frames: int = 0
    faceless: int = 0
    unseen: int = 0
    there: bool = False
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ExpressionRun:
    """What :func:`run_expressions` did.

    Attributes
    ----------
    model : str
        What it is called.
    classes : tuple of str
        In the order of its outputs.
    ran_on : str
        By what it was run.
    passed_over : tuple of str
        What would have come first and why it was not used, a sentence each.
    videos : tuple of ExpressionRunVideo
        Recording by recording.
    """

    model: str
    classes: tuple[str, ...]
    ran_on: str
    passed_over: tuple[str, ...]
    videos: tuple[ExpressionRunVideo, ...] = field(default=())


def run_expressions(
    project: Project,
    onnx: Path,
    model: str,
    classes: str,
    *,
    participants: Sequence[str] = (),
    options: ExpressionsOptions | None = None,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> ExpressionRun:
    """Let an expression model look at the child's aligned face in every frame, and keep what it says.

    A recording is kept when all of it is done; a run that was stopped goes on with the next one. What the
    same network has looked at in the same way is not done again, but where faces have moved since. Frames
    of excluded clips are left out. What is wrong with one recording stops no other.

    Parameters
    ----------
    project : Project
        The open study.
    onnx : pathlib.Path
        The network as one ONNX file: float32 pictures [B, 3, size, size], RGB, normalised by the mean and
        deviation of ImageNet; of its outputs the first counts, [B, n_classes].
    model : str
        What it is called in the study.
    classes : str
        Order of its outputs, as :func:`~hrm_core.exchange.expression_classes.classes_from` reads it.
    participants : sequence of str
        Codes; all if empty.
    options : ExpressionsOptions, optional
        How it is run.
    progress : Progress, optional
        Told of frames, a step for each recording.
    cancel : CancelToken, optional
        Asked between batches.

    Raises
    ------
    NotFoundError
        If the file or a participant does not exist.
    InvalidFileError
        If the file is no such network, or does not give a number for each class.
    MissingLibraryError
        If ONNX Runtime is not installed.
    RunnerError
        If it cannot be run where it was asked for.
    ProjectError
        If there is no recording, or the name cannot be used.
    Cancelled
        On request; recordings that are done stay.
    """
    options, progress, cancel = (
        options or ExpressionsOptions(),
        progress or NoProgress(),
        cancel or CancelToken(),
    )
    require_model_name(model)
    order = classes_from(classes)
    codes: list[str | None] = [*dict.fromkeys(participants)] or [None]
    chosen = [entry for code in codes for entry in project.recordings(code)]
    if not chosen:
        raise ProjectError("There is no video to look at: add one with hrm add video.")
    facts = _facts(order, options)
    opened = partial(_opened, onnx)
    by_cpu = partial(opened, "cpu") if options.device == "auto" else None
    runner = SteadyRunner(opened(options.device), by_cpu)
    try:
        _require_outputs(onnx, runner, facts)
        run = _Run(project, model, sha256_of(onnx), facts, runner, options, progress, cancel)
        videos = tuple(run.look_at(who, recording) for who, recording in chosen)
        return ExpressionRun(model, order, runner.ran_on, runner.passed_over, videos)
    finally:
        runner.close()


def _opened(path: Path, device: Device) -> OnnxRunner:
    return OnnxRunner(path, PROVIDERS[device])


def _facts(classes: tuple[str, ...], options: ExpressionsOptions) -> NetworkFacts:
    """The engine takes classes for actions; it asks for no more than their number."""
    return NetworkFacts(
        "expressions",
        "detector",
        classes,
        InputSpec(options.size, "pil-bilinear", _MEAN, _STD),
        "none" if options.probabilities else "softmax",
        (),
        "",
        (),
        0,
        0,
        None,
    )


def _require_outputs(path: Path, runner: SteadyRunner, facts: NetworkFacts) -> None:
    """Look at two grey pictures: an hour of faces is too late to learn of a wrong size or order."""
    size, wanted = facts.input.size, len(facts.actions)
    grey = np.stack([np.full((3, size, size), level, dtype=np.float32) for level in (0.0, 0.5)])
    try:
        said = runner.run(grey)
    except (RunnerError, ValueError) as error:
        raise InvalidFileError(
            f"{path} cannot be run on pictures of {size}×{size} pixels ({error}): say with --size what it "
            "takes."
        ) from error
    if said.shape != (2, wanted):
        raise InvalidFileError(
            f"{path} gives {said.shape[-1]} numbers, but --classes names {wanted}: name the classes it was "
            "trained on."
        )
    proper = bool((said >= 0).all() and (np.abs(said.sum(axis=1) - 1) <= _SUM_WITHIN).all())
    if proper and facts.activation == "softmax":
        raise InvalidFileError(f"{path} gives probabilities already: add --probabilities.")
    if not proper and facts.activation == "none":
        raise InvalidFileError(f"{path} gives no probabilities: leave --probabilities out.")


@dataclass(slots=True)
class _Run:
    """One call over all recordings."""

    project: Project
    model: str
    sha256: str
    facts: NetworkFacts
    runner: SteadyRunner
    options: ExpressionsOptions
    progress: Progress
    cancel: CancelToken
    detector: Detector | None = field(default=None, init=False)

    def look_at(self, who: Participant, recording: Recording) -> ExpressionRunVideo:
        """One recording; whatever is wrong with it stops no other."""
        self.cancel.raise_if_cancelled()
        answer = ExpressionRunVideo(who.code, recording.name)
        lock = self.project.folder / EXPRESSIONS_FOLDER / f".{self.model}-{recording.id}.lock"
        try:
            recording = self.project.identified(recording)
            path = self.project.original_path(recording)
            lock.parent.mkdir(exist_ok=True)
            with held(lock) as free:
                if not free:
                    raise ProjectError(
                        "Another program is looking at this recording now: wait for it, then run this again."
                    )
                return self._done(who, recording, path, answer)
        except (NotFoundError, InvalidFileError, ProjectError) as error:
            return replace(answer, problem=str(error))

    def _done(
        self, who: Participant, recording: Recording, path: Path, answer: ExpressionRunVideo
    ) -> ExpressionRunVideo:
        excluded = set(excluded_frames(self.project, recording).tolist())
        wanted = [frame for frame in range(recording.frame_count or 0) if frame not in excluded]
        places = faces_to_look_at(
            self.project,
            who,
            recording,
            wanted,
            self._detector,
            clips_only=False,
            sides=False,
            progress=self.progress,
            cancel=self.cancel,
        )
        to_do = [frame for frame in wanted if frame in places]
        answer = replace(answer, frames=len(to_do), unseen=len(wanted) - len(to_do))
        answer = replace(answer, faceless=sum(places[frame] is None for frame in to_do))
        sha256 = self._seen_by(recording, places, to_do)
        there = kept_recordings(self.project, self.model).get((who.code, recording.name))
        if there is not None and not self.options.again:
            if there.sha256 == sha256:
                return replace(answer, there=True)
            # Of the same network, but faces have moved since: done anew. Anything else is somebody's work.
            if there.sha256.partition(":")[0] != sha256.partition(":")[0]:
                raise ProjectError(
                    f"Other expressions of {self.model} are kept of this recording: use another name, or "
                    "--again to replace them."
                )
        frames, values = self._probabilities(recording, path, places, to_do)
        if not len(frames):
            raise InvalidFileError(
                "The child's face is in no frame: pick it with hrm faces, or in the window."
            )
        source = ExpressionSource(
            who.code,
            recording.name,
            recording.fingerprint,
            len(frames),
            self.facts.actions,
            not self.options.probabilities,
            sha256,
            self.project.settings.synthetic,
            datetime.now(UTC).isoformat(timespec="seconds"),
        )
        rows = FrameProbabilities(frames, to_expressions(values, self.facts.actions))
        keep_recordings(self.project, self.model, [(source, rows)], again=True)
        return answer

    def _detector(self) -> Detector:
        if self.detector is None:
            self.detector = open_detector()
        return self.detector

    def _seen_by(self, recording: Recording, places: Places, frames: Sequence[int]) -> str:
        """What tells runs apart: which network saw pictures prepared in which way, and of which faces."""
        about = [self.sha256, self.facts.actions, self.facts.activation, asdict(self.facts.input)]
        network = hashlib.sha256(json.dumps(about).encode()).hexdigest()
        faces = fingerprint_of(places, frames, str(recording.fingerprint))
        return f"{network}:{faces}"

    def _probabilities(
        self, recording: Recording, path: Path, places: Places, frames: Sequence[int]
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        self.progress.start(f"Looking for expressions in {recording.name}", len(frames))
        found, said = [], []
        try:
            with media.open_video(path, cache_bytes=0, cancel=self.cancel) as video:
                if len(video) != recording.frame_count:
                    raise InvalidFileError(
                        f"Video {recording.name!r} has {len(video)} frames, but had {recording.frame_count} "
                        "when it was added: put the missing pictures back, or connect it with hrm add video "
                        "--replace."
                    )
                blocks = predict_faces(
                    video,
                    places,
                    frames,
                    self.facts,
                    self.runner,
                    batch_size=_BATCH,
                    progress=self.progress,
                    cancel=self.cancel,
                )
                with closing(blocks):
                    for block in blocks:
                        found.append(block.frames)
                        said.append(block.probabilities[0].astype(np.float64))
        finally:
            self.progress.finish()
        empty = np.empty((0, len(self.facts.actions)))
        return np.concatenate([np.empty(0, np.int64), *found]), np.concatenate([empty, *said])
