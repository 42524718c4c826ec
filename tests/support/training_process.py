"""A process that trains and tells its steps, so that a test can kill it: see tests of killed runs.

``python -m tests.support.training_process STUDY NETWORK NAME``
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import torch

from hrm_core.models.train.fold_job import EpochFacts
from hrm_core.models.train.recipes import recipe
from hrm_core.workflows import training_plan
from hrm_core.workflows.project import open_project
from hrm_core.workflows.train_actions import plan_training, resume_training, train_actions
from hrm_core.workflows.training_plan import TrainingPlan, TrainOptions
from hrm_core.workflows.training_report import FoldFigures, Machines, TrainReport
from tests.support.training_study import ACTIONS, small_network

__all__ = ["SMALL_NETWORK", "train_here"]

SMALL_NETWORK = "small"


class _Told:
    """Prints every step at once."""

    def __init__(self) -> None:
        self._steps = False

    def begun(self, plan: TrainingPlan, name: str, runs_on: str) -> None:
        pass

    def epoch(self, history: Sequence[EpochFacts]) -> None:
        pass

    def said(self, sentence: str) -> None:
        print(sentence, file=sys.stderr)

    def fold(self, figures: FoldFigures) -> None:
        pass

    def start(self, title: str, total: int | None) -> None:
        self._steps = title.startswith("Fold")

    def advance(self, units: int = 1) -> None:
        if self._steps and units:
            print("step", flush=True)

    def finish(self) -> None:
        pass


@contextmanager
def _few_pictures() -> Iterator[None]:
    """The smoke recipes, in steps of two pictures of every sixth frame."""

    def few(name: str, preset: str) -> object:
        return replace(recipe(name, preset), epochs=1, batch_size=2, every=6)

    with patch.object(training_plan, "recipe", few):
        yield


def train_here(study: Path, network: str, name: str) -> TrainReport:
    """Train in this process, or go on with a run of this name; state is kept after every step."""
    told, small = _Told(), network == SMALL_NETWORK
    torch.set_num_threads(1)
    with small_network() if small else _few_pictures(), open_project(study) as project:
        if (project.folder / "Training Runs" / name).exists():
            return resume_training(project, name, told, machines=Machines("cpu"), progress=told)
        options = TrainOptions(
            network="resnet50" if small else network,
            preset="smoke",
            actions=ACTIONS,
            folds=2,
            only_fold=None if small else 1,
            name=name,
            checkpoint_minutes=0,
        )
        plan = plan_training(project, options)
        return train_actions(project, plan, told, machines=Machines("cpu"), progress=told)


if __name__ == "__main__":
    train_here(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
