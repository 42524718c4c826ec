"""Control frames are drawn once and for all, by the study's seed, per coder and recording."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from hrm_core.config import Assistance
from hrm_core.records.people import Rater, Role
from hrm_core.records.recording import Recording
from hrm_core.workflows.assist import AssistDesk
from hrm_core.workflows.project import Project, create_project


def control(
    project: Project, wanted: Assistance, rater: str = "AB", frames: int = 100, name: str = "play"
) -> NDArray[np.bool_]:
    """Control frames of a coder, by settings that are not written."""
    project.settings = replace(project.settings, assistance=wanted)
    recording = Recording(1, 1, name, frame_count=frames)
    return AssistDesk(project, Rater(1, rater, Role.CODER), recording).control()


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with create_project(tmp_path / "study", name="Study", groups=("ASD", "TD")) as made:
        yield made


def test_the_draw_is_the_hash_that_the_documents_name(project: Project) -> None:
    drawn = control(project, Assistance(control_share=0.3, control_frames=10, seed=5), frames=95)
    expected = []
    for stretch in range(10):
        text = f"5\x00AB\x00play\x00{stretch}"
        number = int(sha256(text.encode()).hexdigest()[:16], 16)
        expected += [number / 2**64 < 0.3] * 10
    assert drawn.tolist() == expected[:95]


def test_the_share_is_kept_over_many_stretches(project: Project) -> None:
    drawn = control(project, Assistance(control_share=0.2, control_frames=30), frames=30 * 4000)
    # Of 4,000 draws with a chance of 0.2 the share lies within 0.025 in all but 1 of 10,000 cases.
    assert abs(drawn.mean() - 0.2) < 0.025
    assert not control(project, Assistance(control_share=0.0)).any()
    assert control(project, Assistance(control_share=1.0)).all()


def test_other_coders_recordings_and_seeds_have_other_control_frames(project: Project) -> None:
    settings = Assistance(control_share=0.5, control_frames=2)
    base = control(project, settings)
    assert (base == control(project, settings)).all()
    for other in (
        control(project, settings, rater="CD"),
        control(project, settings, name="other"),
        control(project, replace(settings, seed=1)),
    ):
        assert (base != other).any()
