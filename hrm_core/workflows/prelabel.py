"""Let a network suggest codes for a study's recordings; a run that was stopped goes on."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import Any

from hrm_core import __version__, media
from hrm_core.errors import InvalidFileError, NotFoundError, ProjectError
from hrm_core.faces.align import ALIGNED_SIZE
from hrm_core.faces.detector import Detector
from hrm_core.models.card import NetworkFacts
from hrm_core.models.infer import detector_facts
from hrm_core.models.open_runner import ChosenFile, Prefer, choose_file, open_runner
from hrm_core.models.registered import RegisteredWeights, registered_weights
from hrm_core.models.runners import Device
from hrm_core.models.steady_runner import PlacedRunner, SteadyRunner
from hrm_core.models.stream import BLOCK_FRAMES, StreamBlock
from hrm_core.progress import CancelToken, NoProgress, Progress
from hrm_core.records.coding import CodingState
from hrm_core.records.people import Participant
from hrm_core.records.recording import Recording
from hrm_core.records.segments import segments
from hrm_core.workflows.choose_clips import excluded_frames
from hrm_core.workflows.face_detector import open_detector
from hrm_core.workflows.look_at_models import model_card, weight_store
from hrm_core.workflows.prelabel_faces import Places, faces_to_look_at, held, known_faces
from hrm_core.workflows.prelabel_pictures import fingerprint_of, predict_faces
from hrm_core.workflows.prelabel_report import PrelabeledVideo, PrelabelReport
from hrm_core.workflows.project import Project

__all__ = ["PRELABEL_BATCH", "PrelabelOptions", "PrelabelReport", "PrelabeledVideo", "prelabel"]

PRELABEL_BATCH = 16
"""Pictures at once, if nothing else is said: more hold memory and gain a processor nothing."""

_SETTLED = (CodingState.CODED, CodingState.CHECKED, CodingState.NOT_CODABLE)


@dataclass(frozen=True, slots=True)
class PrelabelOptions:
    """How suggestions are made.

    Attributes
    ----------
    batch_size : int
        Pictures at once; the numbers do not depend on it.
    backend : {"auto", "onnx", "half", "torch"}
        What runs the network.
    device : {"auto", "cpu", "cuda"}
        Where it runs; with ``auto`` the processor goes on where a graphics card fails.
    clips_only : bool
        Only frames of clips that are not excluded; else all frames but those of excluded clips.
    uncoded_by : str or None
        Only clips of which the rater of this name has coded no frame.
    sides : bool
        Look at each half of a face with its mirror image, too.
    again : bool
        Look at frames anew that this model has looked at in the same way.
    anyway : bool
        Take a model that learned from drawn faces for a study of people.
    dry_run : bool
        Say what would be done, write nothing.
    """

    batch_size: int = PRELABEL_BATCH
    backend: Prefer = "auto"
    device: Device = "auto"
    clips_only: bool = False
    uncoded_by: str | None = None
    sides: bool = False
    again: bool = False
    anyway: bool = False
    dry_run: bool = False


def prelabel(
    project: Project,
    model: str,
    *,
    participants: Sequence[str] = (),
    video: str | None = None,
    options: PrelabelOptions | None = None,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> PrelabelReport:
    """Let a network say how probable each action is on frames of a study's recordings.

    Probabilities go into the study's store, block by block, as suggestions of one run; nothing of them
    becomes a code by itself. What the same weights have looked at in the same way is not done again,
    and where faces have moved since, the suggestions of those frames are made anew. Faces that nobody
    has looked for yet are looked for, and kept. What is wrong with one recording stops no other.

    Parameters
    ----------
    project : Project
        The open study.
    model : str
        Name of a card whose weights are on this computer.
    participants : sequence of str
        Codes; all if empty.
    video : str, optional
        Only the recordings of this name.
    options : PrelabelOptions, optional
        How it is done.
    progress : Progress, optional
        Told of frames, a step for each recording.
    cancel : CancelToken, optional
        Asked between batches.

    Raises
    ------
    NotFoundError
        If a participant, recording, rater or model is unknown, or its weights are not there.
    PredictionError
        If the model finds no actions in pictures, or gives what is no probability.
    MissingLibraryError
        If what runs it is not installed.
    InvalidFileError
        If its weights are damaged, or are not those of its card.
    RunnerError
        If it cannot be run where it was asked for.
    ProjectError
        If there is no recording, or the model learned from drawn faces and the study is of people.
    StoreWriteError
        If the store refuses.
    Cancelled
        On request; in all these cases what is written stays, whole blocks each.
    """
    options, cancel = options or PrelabelOptions(), cancel or CancelToken()
    codes: list[str | None] = [*dict.fromkeys(participants)] or [None]
    chosen = [entry for code in codes for entry in project.recordings(code, video)]
    if not chosen:
        raise ProjectError("There is no video to suggest codes for: add one with hrm add video.")
    rater = None if options.uncoded_by is None else project.store.people.rater(options.uncoded_by).id
    network = _opened(project, model, options, progress, cancel)
    try:
        run = _Run(project, network, options, rater, progress or NoProgress(), cancel)
        videos = tuple(run.look_at(who, recording) for who, recording in chosen)
        return PrelabelReport(
            model,
            run.number,
            network.chosen.sha256,
            network.runner.ran_on,
            network.runner.passed_over,
            network.facts.population,
            network.facts.limits,
            videos,
            options.dry_run,
        )
    finally:
        network.runner.close()


# ---- the network -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Network:
    """A network that is ready, and what it is."""

    weights: RegisteredWeights
    facts: NetworkFacts
    chosen: ChosenFile
    runner: SteadyRunner
    checkpoint_sha256: str

    def key(self, *, sides: bool) -> str:
        """What tells runs apart: which weights saw pictures that were prepared in which way."""
        about: list[Any] = [
            "prelabel 1",
            self.weights.card.name,
            # The authors' file where it is known: its ONNX file and itself give the same numbers.
            self.checkpoint_sha256 or self.chosen.sha256,
            "half" if self.chosen.by == "half" else "float32",
            ALIGNED_SIZE,
            asdict(self.facts.input),
            self.facts.actions,
            sides,
        ]
        return hashlib.sha256(json.dumps(about).encode()).hexdigest()

    def settings(self, *, sides: bool) -> dict[str, Any]:
        """What is noted of a run that begins."""
        facts = self.facts
        return {
            "weights_sha256": self.chosen.sha256,
            "checkpoint_sha256": self.checkpoint_sha256,
            "ran_on": self.runner.ran_on,
            "program": f"HRM Annotator {__version__}",
            "actions": list(facts.actions),
            "thresholds": dict(zip(facts.actions, facts.thresholds, strict=True)),
            "population": facts.population,
            "limits": list(facts.limits),
            "licence": self.weights.card.licence.name,
            "synthetic": facts.synthetic,
            "sides": sides,
        }


def _opened(
    project: Project,
    model: str,
    options: PrelabelOptions,
    progress: Progress | None,
    cancel: CancelToken,
) -> _Network:
    card = model_card(model)
    facts = detector_facts(card)
    if facts.synthetic and not (project.settings.synthetic or options.anyway):
        raise ProjectError(
            f"{model} learned from drawn faces and says nothing of people: choose another model, or add "
            "--anyway to see what comes of it."
        )
    weights = registered_weights(weight_store(), card)
    chosen = choose_file(weights, options.backend)

    def opened(device: Device) -> PlacedRunner:
        return open_runner(weights, chosen.by, device, progress=progress, cancel=cancel)

    first = opened(options.device)
    # Whoever asked for a card is told that it failed; only where it was ours to choose does another go on.
    other = partial(opened, "cpu") if options.device == "auto" else None
    checkpoint = weights.trained_sha256
    if weights.checkpoint is None:
        noted = getattr(first, "facts", None)
        checkpoint = "" if noted is None else str(noted.metadata.get("hrm_weights_sha256", ""))
    return _Network(weights, facts, chosen, SteadyRunner(first, other), checkpoint)


# ---- the recordings --------------------------------------------------------------------


@dataclass(slots=True)
class _Run:
    """One call over all recordings."""

    project: Project
    network: _Network
    options: PrelabelOptions
    rater: int | None
    progress: Progress
    cancel: CancelToken
    number: int | None = None
    detector: Detector | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        key = self.network.key(sides=self.options.sides)
        self.number = self.project.store.suggestions.run_with(key)

    def look_at(self, who: Participant, recording: Recording) -> PrelabeledVideo:
        """One recording; whatever is wrong with it stops no other."""
        self.cancel.raise_if_cancelled()
        answer = PrelabeledVideo(who.code, recording.name)
        begin = time.perf_counter()
        try:
            recording = self.project.identified(recording)
            if self.options.dry_run:
                return self._planned(who, recording, answer)
            path = self.project.original_path(recording)
            wanted = self._wanted(recording)
            if not wanted:
                return answer
            places = faces_to_look_at(
                self.project,
                who,
                recording,
                wanted,
                self._detector,
                clips_only=self.options.clips_only or self.rater is not None,
                sides=self.options.sides,
                progress=self.progress,
                cancel=self.cancel,
            )
            run = self._begun()
            lock = self.project.folder / f".prelabel-{run}-{recording.id}.lock"
            with held(lock) as free:
                if not free:
                    raise ProjectError(
                        "Another program is making these suggestions now: wait for it, then run this again "
                        "if anything is missing."
                    )
                with media.open_video(path, cache_bytes=0, cancel=self.cancel) as opened:
                    answer = self._done(run, recording, opened, places, answer)
        except (NotFoundError, InvalidFileError, ProjectError) as error:
            answer = replace(answer, problem=str(error))
        return replace(answer, seconds=time.perf_counter() - begin)

    def _detector(self) -> Detector:
        if self.detector is None:
            self.detector = open_detector()
        return self.detector

    def _begun(self) -> int:
        if self.number is None:
            sides = self.options.sides
            self.number = self.project.store.suggestions.run_of(
                self.network.weights.card.name,
                self.network.key(sides=sides),
                self.network.settings(sides=sides),
            )
        return self.number

    def _wanted(self, recording: Recording) -> list[int]:
        """Frames that are asked for, ascending."""
        all_frames = range(recording.frame_count or 0)
        if not self.options.clips_only and self.rater is None:
            excluded = set(excluded_frames(self.project, recording).tolist())
            return [frame for frame in all_frames if frame not in excluded]
        coded, wanted = self._coded(recording), set[int]()
        for clip in self.project.store.recordings.clips(recording.id):
            frames = range(clip.first_frame, clip.last_frame + 1)
            if not clip.is_excluded and coded.isdisjoint(frames):
                wanted.update(frames)
        return sorted(wanted.intersection(all_frames))

    def _coded(self, recording: Recording) -> set[int]:
        if self.rater is None:
            return set()
        by_state = self.project.store.codings.frames_by_state(self.rater, recording.id)
        return {frame for state in _SETTLED for frame in by_state.get(state, ())}

    def _planned(self, who: Participant, recording: Recording, answer: PrelabeledVideo) -> PrelabeledVideo:
        """What would be done; faces that nobody has looked for yet would be looked for."""
        wanted = self._wanted(recording)
        places, _ = known_faces(self.project, who, recording, sides=self.options.sides)
        if places is None:
            return replace(answer, frames=len(wanted))
        current, _ = self._there(self.number, recording, places)
        to_do = [frame for frame in wanted if frame not in current]
        faceless = sum(frame in places and places[frame] is None for frame in to_do)
        there = len(wanted) - len(to_do)
        return replace(answer, frames=len(to_do), faceless=faceless, there=there)

    def _there(self, run: int | None, recording: Recording, places: Places) -> tuple[set[int], list[int]]:
        """Frames whose suggestions hold, and where stretches begin whose faces have moved since."""
        holding: set[int] = set()
        moved: list[int] = []
        if run is None:
            return holding, moved
        for first, last, source in self.project.store.suggestions.blocks(run, recording.id):
            if source != self._source(recording, places, range(first, last + 1)):
                moved.append(first)
            # What is done again takes the place of what is there block by block: a stop loses nothing.
            elif not self.options.again:
                holding.update(range(first, last + 1))
        return holding, moved

    def _source(self, recording: Recording, places: Places, frames: Sequence[int]) -> str:
        about = [str(recording.fingerprint)]
        if self.options.sides:
            about.append("mirrored" if recording.mirrored else "as filmed")
        return fingerprint_of(places, frames, *about)

    def _done(
        self, run: int, recording: Recording, opened: media.Video, places: Places, answer: PrelabeledVideo
    ) -> PrelabeledVideo:
        if len(opened) != recording.frame_count:
            raise InvalidFileError(
                f"Video {recording.name!r} has {len(opened)} frames, but had {recording.frame_count} when it "
                "was added: put the missing pictures back, or connect it with hrm add video --replace."
            )
        store, wanted = self.project.store.suggestions, self._wanted(recording)
        current, moved = self._there(run, recording, places)
        if moved:
            store.forget_blocks(run, recording.id, moved)
        to_do = [frame for frame in wanted if frame in places and frame not in current]
        there = sum(frame in current for frame in wanted)
        answer = replace(answer, there=there, unseen=len(wanted) - there - len(to_do))
        if not to_do:
            return answer
        self.progress.start(f"Suggesting codes for {recording.name}", len(to_do))
        try:
            blocks = predict_faces(
                opened,
                places,
                to_do,
                self.network.facts,
                self.network.runner,
                sides=self.options.sides,
                mirrored=recording.mirrored,
                batch_size=self.options.batch_size,
                block_frames=BLOCK_FRAMES,
                progress=self.progress,
                cancel=self.cancel,
            )
            with closing(blocks):
                for block in blocks:
                    self._keep(run, recording, places, block)
                    answer = replace(
                        answer,
                        frames=answer.frames + len(block.looked_at),
                        faceless=answer.faceless + len(block.looked_at) - len(block.frames),
                    )
        finally:
            self.progress.finish()
        return answer

    def _keep(self, run: int, recording: Recording, places: Places, block: StreamBlock) -> None:
        """Write a block, stretch by stretch, each with what its faces were."""
        whole, *halves = block.probabilities
        for first, last in segments(block.looked_at):
            frames = range(first, last + 1)
            here = (block.frames >= first) & (block.frames <= last)
            left, right = (half[here] for half in halves) if halves else (None, None)
            self.project.store.suggestions.add_block(
                run,
                recording.id,
                frames,
                block.frames[here],
                self.network.facts.actions,
                whole[here],
                left=left,
                right=right,
                source=self._source(recording, places, frames),
            )
