"""Training on gold-standard clips; every function here runs in a worker thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hrm_core.records.people import Rater
    from hrm_core.records.training import GoldClip, TrainingScore
    from hrm_core.workflows.project import Project
    from hrm_core.workflows.train_coder import TrainingClip

__all__ = ["list_clips", "measure"]


def list_clips(project: Project, rater: Rater) -> list[TrainingClip]:
    """Gold-standard clips that this coder can be measured by; their own are not among them."""
    from hrm_core.workflows.train_coder import training_clips

    return [entry for entry in training_clips(project, rater) if entry.clip.rater_id != rater.id]


def measure(project: Project, rater: Rater, clip: GoldClip) -> TrainingScore:
    """How the coder did on a clip; a UserError says what is missing."""
    from hrm_core.workflows.train_coder import score_clip

    return score_clip(project, rater, clip)
