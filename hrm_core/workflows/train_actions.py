"""Train a detector of actions on a study, fold by fold, each tested on children it has not seen."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hrm_core import media
from hrm_core.errors import Cancelled, InvalidFileError, ProjectError, UserError
from hrm_core.models.libraries import require_training
from hrm_core.models.train.environment import environment
from hrm_core.models.train.figures import FoldFigures, fold_figures, mean_f1_of_common, mean_of
from hrm_core.models.train.fold_job import EpochFacts, FoldJob, FoldResult
from hrm_core.models.train.run_folder import FOLDER, RunFolder, new_run, open_run, resumed_run
from hrm_core.paths import write_whole
from hrm_core.progress import CancelToken, NoProgress, Progress
from hrm_core.records.detections import Detections
from hrm_core.workflows.keep_trained import keep_trained, trained_network
from hrm_core.workflows.project import Project
from hrm_core.workflows.training_plan import TrainingPlan, plan_training, planned_again
from hrm_core.workflows.training_report import Machines, TrainReport, TrainWatcher

if TYPE_CHECKING:
    from hrm_core.models.train.session import Session

__all__ = [
    "plan_training",
    "resume_training",
    "train_actions",
]

HELD_OUT = "held-out.parquet"
_FOLD = "fold"
_SINGLE = 0.5
_ALL = 0
"""Number of the network that learns from all participants."""


def train_actions(
    project: Project,
    plan: TrainingPlan,
    watcher: TrainWatcher,
    *,
    machines: Machines | None = None,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> TrainReport:
    """Train what was planned, in a new run.

    Parameters
    ----------
    project : Project
        The open study.
    plan : TrainingPlan
        From :func:`plan_training`.
    watcher : TrainWatcher
        Told of epochs and folds.
    machines : Machines, optional
        What it is trained on.
    progress : Progress, optional
        Told of pictures and steps.
    cancel : CancelToken, optional
        Asked between steps.

    Raises
    ------
    MissingLibraryError
        If PyTorch, Lightning, kornia or TensorBoard is not installed.
    ProjectError
        If there is a run of this name.
    UserError
        If training left the numbers, memory does not suffice, or there is no such device.
    InvalidFileError
        If the disk refuses; the checkpoint before is intact.
    Cancelled
        On request; the run can go on.
    """
    options, root = plan.options, project.folder / FOLDER

    def make() -> AbstractContextManager[RunFolder]:
        return new_run(
            root,
            "au",
            options.network,
            options.preset,
            name=options.name,
            synthetic=project.settings.synthetic,
        )

    return _train(project, lambda: plan, make, root, watcher, machines, progress, cancel)


def resume_training(
    project: Project,
    name: str,
    watcher: TrainWatcher,
    *,
    machines: Machines | None = None,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> TrainReport:
    """Go on with a run that was stopped or killed; its later losses are what they would have been.

    Parameters
    ----------
    project : Project
        The open study.
    name : str
        Of the run.
    watcher, machines, progress, cancel
        As for :func:`train_actions`.

    Raises
    ------
    NotFoundError
        If there is no such run.
    ProjectError
        If another program is at it, it trains no detector, or codes or faces have changed since.
    MissingLibraryError, UserError, InvalidFileError, Cancelled
        As for :func:`train_actions`.
    """
    root = project.folder / FOLDER
    summary, kept = open_run(root, name)
    if summary.kind != "au":
        raise UserError(f"{name} trains no detector of actions: hrm runs show {name} says what it is.")
    if not (kept.path / "config.json").is_file():
        raise ProjectError(
            f"{name} was stopped before it noted what to train, so it cannot go on: remove {kept.path} and "
            "start a new run."
        )

    def plan() -> TrainingPlan:
        return planned_again(project, kept.read_json("config"), kept.read_json("data"), name)

    return _train(project, plan, lambda: resumed_run(root, name), root, watcher, machines, progress, cancel)


def _train(
    project: Project,
    planned: Callable[[], TrainingPlan],
    make: Callable[[], AbstractContextManager[RunFolder]],
    root: Path,
    watcher: TrainWatcher,
    machines: Machines | None,
    progress: Progress | None,
    cancel: CancelToken | None,
) -> TrainReport:
    require_training()
    from hrm_core.models.train.session import Session

    plan, machines = planned(), machines or Machines()
    if plan.options.keep:
        from hrm_core.models.onnx_export import require_exporter

        require_exporter()
    session = Session(
        machines.device,
        plan.recipe.precision,
        insist=plan.options.precision is not None,
        devices=machines.devices,
        nodes=machines.nodes,
    )
    with _one_writer(session, make, root) as run:
        work = _Run(project, plan, session, run, watcher, progress or NoProgress(), cancel or CancelToken())
        return _told_how_to_go_on(run, work.done)


@contextmanager
def _one_writer(
    session: Session, make: Callable[[], AbstractContextManager[RunFolder]], root: Path
) -> Iterator[RunFolder]:
    """The run's folder, held by the first process for all of them."""
    if not session.leads:
        yield RunFolder(root / session.told(""))
        return
    with make() as run:
        session.told(run.path.name)
        yield run


def _told_how_to_go_on(run: RunFolder, work: Callable[[], TrainReport]) -> TrainReport:
    try:
        return work()
    except (Cancelled, KeyboardInterrupt) as error:
        raise Cancelled(f"Stopped: go on with hrm train au --resume {run.path.name}.") from error


class _Run:
    """One session of a run."""

    def __init__(
        self,
        project: Project,
        plan: TrainingPlan,
        session: Session,
        run: RunFolder,
        watcher: TrainWatcher,
        progress: Progress,
        cancel: CancelToken,
    ) -> None:
        self._project, self._plan, self._session, self._run = project, plan, session, run
        # As many bars as processes would write over one another.
        self._progress = progress if session.leads else NoProgress()
        self._watcher, self._cancel = watcher, cancel
        self._curves: list[EpochFacts] = []
        self._micro_batch = plan.recipe.batch_size

    def done(self) -> TrainReport:
        plan, session = self._plan, self._session
        if session.leads:
            self._note_plan()
        faces = self._faces()
        figures = []
        from hrm_core.models.train.loop import LAST

        for number in plan.numbers:
            if not (self._folder(number) / f"{_FOLD}.json").is_file():
                self._fold(number, faces)
            if session.leads:
                # Nothing goes on from it any more; a process may have been killed between the two.
                (self._folder(number) / LAST).unlink(missing_ok=True)
            session.wait()
            kept = self._run_of_fold(number).read_json(_FOLD)
            self._curves.extend(EpochFacts(**facts) for facts in kept["history"])
            figures.append(
                FoldFigures(**{**kept["figures"], "participants": tuple(kept["figures"]["participants"])})
            )
        if plan.options.keep:
            self._learn_from_all(faces)
        return self._finished(figures)

    # ---- before ----------------------------------------------------------------------------

    def _note_plan(self) -> None:
        plan, run = self._plan, self._run
        if not (run.path / "config.json").is_file():
            run.write_rows(
                "splits.csv",
                [
                    {"participant": who, "fold": number}
                    for number, fold in enumerate(plan.folds, 1)
                    for who in fold
                ],
            )
            run.write_json("data", {"study": self._project.settings.name, **plan.data()})
            run.write_json("config", plan.config())
        run.write_json("environment", environment(str(self._session.device)))
        self._watcher.begun(plan, run.path.name, self._session.words)
        if plan.recipe.precision != self._session.precision:
            self._watcher.said(
                f"This device does not compute in {plan.recipe.precision}: {self._session.precision} it is."
            )

    def _faces(self) -> NDArray[np.uint8]:
        """The cache, made by the first process for all of them."""
        from hrm_core.models.train.face_cache import cached_faces

        frames = self._plan.frames

        def cached() -> NDArray[np.uint8]:
            return cached_faces(
                self._run.path.parent,
                [partial(media.read_still, file) for file in frames.pictures],
                frames.faces_fingerprint,
                self._plan.recipe.cache_size,
                cut=self._plan.recipe.cut,
                progress=self._progress,
                cancel=self._cancel,
            )

        if self._session.leads:
            faces = cached()
        self._session.wait()
        return faces if self._session.leads else cached()

    # ---- a fold ----------------------------------------------------------------------------

    def _fold(self, number: int, faces: NDArray[np.uint8]) -> None:
        result, job = self._learned(number, faces)
        if not self._session.leads:
            return
        from hrm_core.exchange.held_out import write_held_out

        said = self._detections(job.held_out, result.said)
        write_held_out(self._folder(number) / HELD_OUT, said)
        seconds = sum(facts.seconds for facts in result.history)
        figures = fold_figures(said, self._plan.folds[number - 1], result.best_epoch, seconds)
        # Last, as it says that the fold is finished.
        self._run_of_fold(number).write_json(
            _FOLD, {"figures": asdict(figures), "history": [asdict(facts) for facts in result.history]}
        )
        self._watcher.fold(figures)

    def _learn_from_all(self, faces: NDArray[np.uint8]) -> None:
        """The network that is kept; nobody is left to test it on."""
        from hrm_core.models.train.loop import LAST

        if not (self._folder(_ALL) / f"{_FOLD}.json").is_file():
            result, _ = self._learned(_ALL, faces)
            if self._session.leads:
                self._run_of_fold(_ALL).write_json(
                    _FOLD, {"history": [asdict(facts) for facts in result.history]}
                )
        if self._session.leads:
            (self._folder(_ALL) / LAST).unlink(missing_ok=True)
        self._session.wait()
        kept = self._run_of_fold(_ALL).read_json(_FOLD)
        self._curves.extend(EpochFacts(**facts) for facts in kept["history"])

    def _learned(self, number: int, faces: NDArray[np.uint8]) -> tuple[FoldResult, FoldJob]:
        from hrm_core.models.train.loop import train_fold

        job = self._job(number, faces)
        # Of the network of all, the plan said so.
        if self._session.leads and number:
            self._say_what_is_missing(job)
        result = train_fold(
            self._session,
            job,
            self._folder(number),
            self._run.path / "tensorboard" / self._folder(number).name,
            self,
            progress=self._progress,
            cancel=self._cancel,
        )
        self._micro_batch = result.micro_batch
        return result, job

    def _job(self, number: int, faces: NDArray[np.uint8]) -> FoldJob:
        plan, frames = self._plan, self._plan.frames
        held_out = plan.fold_of_frame == number
        aside = [frames.participants.index(who) for who in plan.set_aside(number)]
        inner = np.isin(frames.of_participant, aside)
        training = ~held_out & ~inner & frames.every(plan.recipe.every)
        persons, subjects = np.unique(plan.person_of_frame, return_inverse=True)
        known = np.unique(subjects[training])
        numbers = np.full(len(persons), -1, dtype=np.int64)
        numbers[known] = np.arange(len(known))
        return FoldJob(
            number=number,
            recipe=plan.recipe,
            seed=plan.options.seed,
            faces=faces,
            truth=frames.truth,
            subjects=numbers[subjects],
            training=np.flatnonzero(training),
            inner=np.flatnonzero(inner),
            held_out=np.flatnonzero(held_out),
            patience=plan.options.early_stop,
            mean=plan.facts.input.mean,
            std=plan.facts.input.std,
            begins_from=plan.beginning.files,
            micro_batch=self._micro_batch,
            checkpoint_seconds=60 * plan.options.checkpoint_minutes,
        )

    def _say_what_is_missing(self, job: FoldJob) -> None:
        shown = job.truth[job.training].sum(axis=0)
        missing = [key for key, n in zip(self._plan.frames.actions, shown.tolist(), strict=True) if not n]
        if missing:
            self._watcher.said(
                f"Fold {job.number} never shows {', '.join(missing)} in training: left out of its loss, and "
                "what it says of that in the end means nothing."
            )

    def epoch(self, history: Sequence[EpochFacts]) -> None:
        """Write the curves anew, and pass them on."""
        if self._session.leads:
            self._run.write_rows("curves.csv", [_row(facts) for facts in (*self._curves, *history)])
            self._watcher.epoch(history)

    def said(self, sentence: str) -> None:
        """Pass it on."""
        if self._session.leads:
            self._watcher.said(sentence)

    # ---- after -----------------------------------------------------------------------------

    def _finished(self, figures: Sequence[FoldFigures]) -> TrainReport:
        from hrm_core.exchange.held_out import read_held_out, write_held_out

        parts = [read_held_out(self._folder(number) / HELD_OUT) for number in self._plan.numbers]
        rows = np.flatnonzero(np.isin(self._plan.fold_of_frame, self._plan.numbers))
        said = np.empty((len(rows), len(self._plan.frames.actions)), dtype=np.float32)
        fold_of = self._plan.fold_of_frame[rows]
        for number, part in zip(self._plan.numbers, parts, strict=True):
            said[fold_of == number] = part.said
        joined = self._detections(rows, said)
        report = TrainReport(
            self._run.path.name,
            self._run.path,
            tuple(figures),
            mean_of([fold.mean_f1 for fold in figures]),
            mean_of([fold.mean_accuracy for fold in figures]),
            mean_f1_of_common(joined),
            self._session.leads,
        )
        if self._session.leads:
            write_held_out(self._run.path / HELD_OUT, joined)
            self._run.write_rows("curves.csv", [_row(facts) for facts in self._curves])
            means = {
                "mean_f1": report.mean_f1,
                "mean_f1_50": report.mean_f1_50,
                "mean_accuracy": report.mean_accuracy,
            }
            self._run.write_json("metrics", {"folds": [asdict(fold) for fold in figures], **means})
            measured = {name: value for name, value in means.items() if value is not None}
            self._write_card(measured)
            if self._plan.options.keep:
                report = replace(report, kept=self._kept(measured))
            self._run.set_state(state="finished", headline=measured)
        return report

    def _write_card(self, measured: Mapping[str, float]) -> None:
        from hrm_core.models.train.card_draft import draft_card

        trained = trained_network(self._project, self._plan, _model_name(self._run.path.name), measured)
        path = self._run.path / "card.toml"
        try:
            write_whole(path, draft_card(trained).encode())
        except OSError as error:
            raise InvalidFileError(
                f"{path} could not be written ({error.strerror}): free some space and go on with hrm train "
                f"au --resume {self._run.path.name}."
            ) from error

    def _kept(self, measured: Mapping[str, float]) -> str:
        """Name of the model that the network of all participants is kept as."""
        from hrm_core.models.train.loop import WEIGHTS

        view = keep_trained(
            self._project,
            self._plan,
            self._run.path.name,
            self._folder(_ALL) / WEIGHTS,
            measured,
            progress=self._progress,
            cancel=self._cancel,
        )
        return view.name

    def _detections(self, rows: NDArray[np.int64], said: NDArray[np.float32]) -> Detections:
        plan, frames = self._plan, self._plan.frames
        return Detections(
            self._run.path.name,
            frames.actions,
            frames.participants,
            frames.of_participant[rows],
            frames.videos,
            frames.of_video[rows],
            frames.frames[rows],
            plan.fold_of_frame[rows],
            frames.truth[rows],
            said,
            "probabilities",
            _SINGLE,
            {
                "network": plan.options.network,
                "preset": plan.options.preset,
                "trained on": f"codes of {frames.rater} in {self._project.settings.name}",
                "began from": plan.beginning.words,
                "licence of the weights it began from": plan.beginning.licence or "none",
            },
        )

    def _folder(self, number: int) -> Path:
        return self._run.fold(number)

    def _run_of_fold(self, number: int) -> RunFolder:
        return RunFolder(self._folder(number))


def _model_name(run: str) -> str:
    """A name that a model may have, made of that of a run."""
    plain = re.sub("[^a-z0-9_-]+", "-", run.lower()).strip("-_")[:64]
    return plain or "trained"


def _row(facts: EpochFacts) -> dict[str, object]:
    return {name: value for name, value in asdict(facts).items() if value is not None}
