"""Who hears how training goes on, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from hrm_core.models.train.figures import FoldFigures
from hrm_core.models.train.fold_job import EpochFacts
from hrm_core.workflows.training_plan import TrainingPlan

if TYPE_CHECKING:
    from hrm_core.models.train.session import Device

__all__ = ["EpochFacts", "FoldFigures", "Machines", "TrainReport", "TrainWatcher"]


@dataclass(frozen=True, slots=True)
class Machines:
    """What it is trained on; another at each session of a run.

    Attributes
    ----------
    device : {"auto", "cpu", "cuda"}
        Of each process.
    devices, nodes : int or None
        How many there are to be; None takes what ``torchrun`` started.
    """

    device: Device = "auto"
    devices: int | None = None
    nodes: int | None = None


@dataclass(frozen=True, slots=True)
class TrainReport:
    """What came of a run.

    Attributes
    ----------
    name : str
        Of the run.
    folder : pathlib.Path
        Where it lies.
    folds : tuple of FoldFigures
        Of the folds that are finished.
    mean_f1, mean_accuracy : float or None
        Means over folds.
    mean_f1_50 : float or None
        Mean F1 over actions with at least 50 positive frames, all held-out frames together.
    leads : bool
        Whether this process speaks for all.
    kept : str
        Name of the model that was kept on this computer; empty if none was asked for.
    """

    name: str
    folder: Path
    folds: tuple[FoldFigures, ...]
    mean_f1: float | None
    mean_accuracy: float | None
    mean_f1_50: float | None
    leads: bool
    kept: str = ""


class TrainWatcher(Protocol):
    """Who sees a run go on."""

    def begun(self, plan: TrainingPlan, name: str, runs_on: str) -> None:
        """Hear what is trained, in which run, and on what."""

    def epoch(self, history: Sequence[EpochFacts]) -> None:
        """Hear of an epoch, the last of those of its fold."""

    def said(self, sentence: str) -> None:
        """Hear of something that a person should know."""

    def fold(self, figures: FoldFigures) -> None:
        """Hear what came of a fold."""
