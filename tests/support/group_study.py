"""A synthetic study of two groups whose every number can be counted by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from hrm_core.records.code_grid import COLUMN_OF
from hrm_core.records.people import Participant
from hrm_core.records.recording import Recording
from hrm_core.workflows.project import Project, create_project
from tests.support.builders import table

__all__ = ["CODER", "FRAMES", "SMILING", "group_study"]

CODER, FRAMES = "Ada", 40
SMILING = {"ASD": (20, 10, 5, 5), "TD": (40, 30, 30)}
"""Of the 40 frames of each child, how many show AU12; the first of them AU6, too."""


def group_study(folder: Path, *, smiling: dict[str, tuple[int, ...]] | None = None) -> Project:
    """Children of groups, each with one recording of 40 frames coded by Ada."""
    project = create_project(folder, name="Synthetic study", synthetic=True)
    store = project.store
    rater = store.people.ensure_rater(CODER)
    number = 0
    for group, counts in (smiling or SMILING).items():
        for count in counts:
            number += 1
            child = Participant(0, f"S{number:02}", group or None, "FM"[number % 2], 4.0 + number / 10)
            who = store.people.add_participant(child)
            video = store.recordings.add(Recording(0, who.id, "play", frame_count=FRAMES, fps=20.0))
            codes = np.zeros((FRAMES, len(COLUMN_OF)), dtype=np.uint8)
            codes[:count, COLUMN_OF["AU12"]] = 1
            codes[:1, COLUMN_OF["AU6"]] = 2
            tables = [table(rater.id, video.id, range(FRAMES), codes)]
            store.codings.import_tables(tables, actor_id=rater.id, reason="synthetic")
    return project
