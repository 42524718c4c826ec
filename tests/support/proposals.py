"""What a model proposes, by a rule that tests can compute in their heads."""

from __future__ import annotations

import numpy as np
import pytest

from hrm_core.records.columns import CODE_COLUMNS
from hrm_core.records.proposal import Proposals
from hrm_core.records.recording import Recording
from hrm_core.workflows import code_next
from hrm_core.workflows.project import Project

__all__ = ["plain_proposals", "proposed_from_half"]


def proposed_from_half(project: Project, recording: Recording, run_id: int | None = None) -> Proposals | None:
    """Probabilities as they are stored, proposed from 0.5 on, without calibration and smoothing."""
    for run in reversed(project.store.model_runs.all()):
        said = project.store.model_runs.probabilities(run.id, recording.id)
        if run_id in (None, run.id) and len(said.frames):
            columns = [CODE_COLUMNS.index(key) for key in run.actions]
            values = said.probabilities[:, columns].astype(np.float32)
            return Proposals(run, run.actions, said.frames, values, (values >= 0.5).astype(np.uint8), ())
    return None


@pytest.fixture(autouse=True)
def plain_proposals(monkeypatch: pytest.MonkeyPatch) -> None:
    """What to code next is asked of :func:`proposed_from_half`."""
    monkeypatch.setattr(code_next, "proposals", proposed_from_half)
