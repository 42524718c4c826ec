"""``hrm train``: networks learn from a study's codes."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from enum import StrEnum
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hrm_core.cli.options import JsonOption, ProjectOption, opened
from hrm_core.cli.output import counted, done, note, print_folded, print_json
from hrm_core.cli.progress_bar import terminal_progress
from hrm_core.progress import CancelToken

if TYPE_CHECKING:
    from hrm_core.workflows.project import Project
    from hrm_core.workflows.training_plan import TrainingPlan, TrainOptions
    from hrm_core.workflows.training_report import EpochFacts, FoldFigures, Machines, TrainReport

__all__ = ["train"]

train = typer.Typer(no_args_is_help=True, help="Train networks on a study's codes.")


class Device(StrEnum):
    """Where a network is trained."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"


class Precision(StrEnum):
    """Of the arithmetic."""

    SINGLE = "32-true"
    BRAIN = "bf16-mixed"
    HALF = "16-mixed"


class Sampling(StrEnum):
    """How often pictures are seen."""

    SHUFFLE = "shuffle"
    BALANCED = "balanced"


NetworkOption = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="resnet50 (to begin with), emofan, me_graphau, me_graphau_edge, mae_face, fmae, fmae_iat.",
    ),
]
PresetOption = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Recipe: hrm as published, for a graphics card; smoke, small, for a try. \\[default: hrm]",
    ),
]
RaterOption = Annotated[
    str | None, typer.Option(metavar="NAME", help="Whose codes, if several people have coded.")
]
ActionsOption = Annotated[
    str | None,
    typer.Option(
        metavar="22|17|KEYS", help="The paper's 22 or 17 actions, or your own: AU1,AU12,AD19. \\[default: 22]"
    ),
]
FoldsOption = Annotated[
    int | None,
    typer.Option(min=2, max=100, help="Into how many groups the children are divided. \\[default: 3]"),
]
OnlyOption = Annotated[int | None, typer.Option(min=1, help="Train and test this fold alone, from 1.")]
EpochsOption = Annotated[
    int | None, typer.Option(min=1, help="Passes over all pictures, instead of the recipe's.")
]
BatchOption = Annotated[
    int | None,
    typer.Option(min=2, help="Pictures learned from at once, on all devices, instead of the recipe's."),
]
RateOption = Annotated[
    float | None, typer.Option(min=0, help="How much a step changes at most, instead of the recipe's.")
]
PrecisionOption = Annotated[
    Precision | None,
    typer.Option(help="Of the arithmetic, instead of the recipe's: 32-true is exact, the others save time."),
]
DeviceOption = Annotated[Device, typer.Option(help="Where it is trained; auto takes a graphics card.")]
DevicesOption = Annotated[
    int | None, typer.Option(min=1, help="On this computer; several are started by torchrun.")
]
NodesOption = Annotated[int | None, typer.Option(min=1, help="Computers; several are started by torchrun.")]
SeedOption = Annotated[int | None, typer.Option(min=0, help="Of all that is random. \\[default: 0]")]
SamplingOption = Annotated[
    Sampling | None,
    typer.Option(help="Each picture once an epoch, or rare actions more often. \\[default: shuffle]"),
]
StopOption = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        min=1,
        help="Set some training children aside, and stop after N epochs without progress on them; "
        "the fold's own children are not looked at for that.",
    ),
]
BeginOption = Annotated[
    str | None,
    typer.Option(
        metavar="NAME|FILE|none",
        help="Weights to begin from, instead of the recipe's; names as in hrm models list.",
    ),
]
MinutesOption = Annotated[
    float | None,
    typer.Option(
        "--checkpoint-minutes", min=0, help="Within an epoch, keep the state so often. \\[default: 10]"
    ),
]
NameOption = Annotated[
    str | None, typer.Option(metavar="NAME", help="Of the run. \\[default: au-NETWORK-PRESET-1]")
]
ResumeOption = Annotated[str | None, typer.Option(metavar="NAME", help="Go on with this run, as it began.")]
FromProjectOption = Annotated[
    bool,
    typer.Option(
        "--from-project",
        help="Learn from all that is coded so far, and keep the network as a model of this computer.",
    ),
]
WarmStartOption = Annotated[
    str | None,
    typer.Option(
        metavar="CARD",
        help="With --from-project: begin from this model and go on with its actions.",
    ),
]
TouchedOption = Annotated[
    bool,
    typer.Option(
        "--machine-touched",
        help="Learn also from frames in which codes were taken over from a network, or corrected.",
    ),
]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Say what would be trained, write nothing.")]


@train.command()
def au(
    network: NetworkOption = None,
    preset: PresetOption = None,
    rater: RaterOption = None,
    actions: ActionsOption = None,
    folds: FoldsOption = None,
    only_fold: OnlyOption = None,
    epochs: EpochsOption = None,
    batch_size: BatchOption = None,
    learning_rate: RateOption = None,
    precision: PrecisionOption = None,
    sampling: SamplingOption = None,
    early_stop: StopOption = None,
    begin_from: BeginOption = None,
    seed: SeedOption = None,
    checkpoint_minutes: MinutesOption = None,
    name: NameOption = None,
    resume: ResumeOption = None,
    from_project: FromProjectOption = False,
    warm_start: WarmStartOption = None,
    machine_touched: TouchedOption = False,
    device: DeviceOption = Device.AUTO,
    devices: DevicesOption = None,
    nodes: NodesOption = None,
    dry_run: DryRunOption = False,
    project: ProjectOption = None,
    json: JsonOption = False,
) -> None:
    """Train a detector of actions on this study's codes, tested on children it has not seen.

    It learns from aligned faces (hrm extract faces) and the codes of one rater. The children are divided
    into folds: for each fold, a network learns from all others and is then tested on these. Begin with
    --dry-run, which shows the folds and writes nothing.

    A run that was stopped, by Ctrl+C or a power cut, goes on with --resume NAME. All it writes lies in the
    study's folder Training Runs, a copy of the children's faces (.faces-….npy) among it: pass on single
    files of a run, never that folder.

    With --from-project, one more network learns from all coded children in the end and is kept as a model,
    STUDY-NETWORK-v1 and so on, which hrm models list, hrm predict and hrm prelabel know by that name. Its
    figures are those of the folds. It begins from another model with --warm-start CARD.

    Several devices need a process each: torchrun --nproc-per-node N -m hrm_core.cli.main train au …
    """
    from hrm_core.workflows.training_plan import plan_training
    from hrm_core.workflows.training_report import Machines

    given: dict[str, Any] = {
        "network": network,
        "preset": preset,
        "rater": rater,
        "actions": actions,
        "folds": folds,
        "only_fold": only_fold,
        "epochs": epochs,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
        "precision": None if precision is None else precision.value,
        "sampling": None if sampling is None else sampling.value,
        "early_stop": early_stop,
        "begin_from": begin_from,
        "seed": seed,
        "checkpoint_minutes": checkpoint_minutes,
        "name": name,
        "keep": from_project or None,
        "machine_touched": machine_touched or None,
        "warm_start": warm_start,
    }
    options = _options(given, resume=resume, dry_run=dry_run)
    with opened(project) as study:
        plan = None if options is None else plan_training(study, options)
        if plan is not None and dry_run:
            _Printed(json=json).dry(plan)
            return
        report = _trained(study, plan or resume or "", Machines(device.value, devices, nodes), json=json)
    _tell(report, json=json)


def _options(given: dict[str, Any], *, resume: str | None, dry_run: bool) -> TrainOptions | None:
    """What was asked for, if it goes together; None of a run that goes on."""
    from hrm_core.workflows.train_from_project import options_to_go_on
    from hrm_core.workflows.training_plan import TrainOptions

    asked = {option: value for option, value in given.items() if value is not None}
    if resume is not None:
        if asked or dry_run:
            raise typer.BadParameter("it goes on as it began: give --resume, and of the rest only devices.")
        return None
    kept, warm_start = "keep" in asked, asked.pop("warm_start", None)
    if warm_start is not None and not kept:
        raise typer.BadParameter("it needs --from-project.", param_hint="--warm-start")
    for option in ("only_fold", "early_stop"):
        if kept and option in asked:
            raise typer.BadParameter(
                "it is not for --from-project, whose last network learns from all children.",
                param_hint=f"--{option.replace('_', '-')}",
            )
    if warm_start is None:
        if "network" not in asked:
            also = ", --warm-start CARD" if kept else ""
            raise typer.BadParameter(f"say which network{also}, or --resume NAME", param_hint="--network")
        return TrainOptions(**asked)
    for option in ("network", "begin_from"):
        if option in asked:
            raise typer.BadParameter(
                "the model of --warm-start says that.", param_hint=f"--{option.replace('_', '-')}"
            )
    preset = asked.pop("preset", None)
    return options_to_go_on(
        warm_start, TrainOptions(**{"network": "", "actions": "", **asked}), preset=preset
    )


def _trained(study: Project, what: TrainingPlan | str, machines: Machines, *, json: bool) -> TrainReport:
    """Train what is planned, or go on with the run of this name."""
    from hrm_core.workflows.train_actions import resume_training, train_actions

    watcher = _Printed(json=json)
    with terminal_progress() as progress, _stopped_by_hand() as cancel:
        if isinstance(what, str):
            return resume_training(study, what, watcher, machines=machines, progress=progress, cancel=cancel)
        return train_actions(study, what, watcher, machines=machines, progress=progress, cancel=cancel)


@contextmanager
def _stopped_by_hand() -> Iterator[CancelToken]:
    """Ctrl+C stops between two steps, and where it stands is kept; a second one stops at once."""
    cancel = CancelToken()

    def stop(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, before)
        cancel.cancel()

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield cancel
    finally:
        signal.signal(signal.SIGINT, before)


class _Printed:
    """What happens, on the terminal."""

    def __init__(self, *, json: bool) -> None:
        self._json = json

    def begun(self, plan: TrainingPlan, name: str, runs_on: str) -> None:
        self._plan(plan)
        self._line(f"Run {name}, on {runs_on}, from {plan.beginning.words}.")

    def dry(self, plan: TrainingPlan) -> None:
        if self._json:
            print_json({"config": plan.config(), "data": plan.data()})
            return
        self._plan(plan)
        done(f"It would begin from {plan.beginning.words}. Nothing was written.")

    def epoch(self, history: Sequence[EpochFacts]) -> None:
        facts = history[-1]
        speed = facts.pictures / facts.seconds if facts.seconds else 0.0
        inner = "" if facts.loss_inner is None else f", set aside: loss {facts.loss_inner:.4f}"
        inner += "" if facts.f1_inner is None else f", F1 {facts.f1_inner:.3f}"
        what = f"Fold {facts.fold}" if facts.fold else "All participants"
        self._line(
            f"{what}, epoch {facts.epoch}: loss {facts.loss:.4f}, F1 on training pictures "
            f"{facts.f1_training:.3f}{inner}, {speed:.1f} pictures/s"
        )

    def said(self, sentence: str) -> None:
        note(sentence)

    def fold(self, figures: FoldFigures) -> None:
        self._line(
            f"Fold {figures.fold}, children not seen before ({', '.join(figures.participants)}): "
            f"mean F1 {_number(figures.mean_f1)}, accuracy {_number(figures.mean_accuracy)}"
        )

    def _plan(self, plan: TrainingPlan) -> None:
        frames = plan.frames
        for problem in frames.problems:
            note(problem)
        if frames.without_face:
            note(f"{counted(frames.without_face, 'coded frame')} without an aligned face left out.")
        shown = frames.truth.sum(axis=0).tolist()
        if frames.excluded:
            note(f"{counted(frames.excluded, 'coded frame')} in excluded clips left out.")
        if frames.machine_touched:
            note(
                f"{counted(frames.machine_touched, 'coded frame')} left out: codes of them were taken over "
                "from a network, or corrected; --machine-touched learns from them as well."
            )
        never = [key for key, there in zip(frames.actions, shown, strict=True) if not there]
        if never:
            note(f"Nobody shows {', '.join(never)}: left out of the loss, and no figure comes of it.")
        if self._json:
            return
        counts, shares = plan.table()
        heads = ["", *(f"fold {number}" for number in range(1, len(plan.folds) + 1))]
        rows = [
            [key, *(f"{n} ({100 * share:.1f} %)" if n else "0" for n, share in zip(*row, strict=True))]
            for key, *row in zip(frames.actions, counts.T.tolist(), shares.T.tolist(), strict=True)
        ]
        rows.append(["participants", *(str(len(fold)) for fold in plan.folds)])
        print_folded(heads, rows, "Frames that show an action, and which share of all that do", right_from=1)
        done(
            f"{plan.recipe.network}, preset {plan.recipe.preset}: {counted(len(frames.frames), 'frame')} of "
            f"{counted(len(frames.participants), 'participant')}, coded by {frames.rater}; "
            f"{counted(len(frames.actions), 'action')}, {counted(plan.recipe.epochs, 'epoch')}."
        )
        if len(plan.numbers) < len(plan.folds):
            note(f"Fold {plan.numbers[0]} alone is trained and tested; --only-fold names another.")

    def _line(self, text: str) -> None:
        if not self._json:
            done(text)


def _tell(report: TrainReport, *, json: bool) -> None:
    if not report.leads:
        return
    if json:
        print_json({key: value for key, value in asdict(report).items() if key != "leads"})
        return
    done(
        f"Mean over {counted(len(report.folds), 'fold')} of children not seen before: F1 "
        f"{_number(report.mean_f1)}, accuracy {_number(report.mean_accuracy)}; F1 of actions with 50 "
        f"positive frames or more {_number(report.mean_f1_50)}."
    )
    done(f"The run lies in {report.folder}. Next: hrm evaluate au {report.name}")
    if report.kept:
        done(
            f"A network that learned from all participants is kept as {report.kept}. Next: hrm prelabel "
            f"--model {report.kept}"
        )


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:.3f}"
