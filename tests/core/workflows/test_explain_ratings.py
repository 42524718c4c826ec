"""A study's ratings are explained by its codes, or the reason why not is said."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from hrm_core.errors import NotFoundError
from hrm_core.records.analysis_results import AnalysisOptions
from hrm_core.records.people import Role
from hrm_core.workflows.coded_frames import coded_frames
from hrm_core.workflows.explain_ratings import explain_ratings
from hrm_core.workflows.project import Project, create_project
from tests.core.workflows.test_train_atypicality import add_child
from tests.support.rated_sessions import add_imported

OPTIONS = AnalysisOptions(groups=("ASD", "TD"), replicates=100)


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Project]:
    """Four synthetic children with two clips each, rated by two judges."""
    with create_project(tmp_path / "study", synthetic=True) as project:
        coder = project.store.people.ensure_rater("Ann", Role.CODER)
        clips = [clip for code in ("S1", "S2", "S3", "S4") for clip in add_child(project, code, coder)]
        scores = np.array([[1, 2], [2, 3], [3, 3], [4, 5], [1, 1], [2, 2], [5, 5], [3, 4]], dtype=float)
        add_imported(project, "first", clips, ["Bo", "Cy"], scores)
        yield project


def test_actions_that_never_change_explain_nothing(study: Project) -> None:
    found = explain_ratings(study, options=OPTIONS)
    assert (found.session, found.clips, found.children) == ("first", 8, 4)
    assert "as frequent in all rated clips" in found.why


def test_what_varies_is_looked_at(study: Project) -> None:
    coder = study.store.people.rater("Ann")
    (recording, *_) = study.store.recordings.of_participant(study.store.people.participant("S1").id)
    # Of S1's first clip only frames without AU43 are left.
    gone = dict.fromkeys(range(12))
    based = {frame: study.store.codings.get(coder.id, recording.id, frame).revision for frame in gone}
    study.store.codings.save_frames(coder.id, recording.id, gone, based_on=based)
    found = explain_ratings(study, options=OPTIONS)
    assert [each.action for each in found.actions] == ["AU43"]
    means = np.array([1.5, 2.5, 3, 4.5, 1, 2, 5, 3.5]).reshape(4, 2)
    left_out = [(means.sum() - own.sum()) / 6 for own in means]
    expected = np.abs(means - np.array(left_out)[:, None]).mean()
    assert found.baseline_error.value == pytest.approx(expected)
    assert explain_ratings(study, options=OPTIONS, frames=coded_frames(study, "Ann")) == found


def test_reasons(study: Project, tmp_path: Path) -> None:
    with create_project(tmp_path / "empty") as project:
        assert "Nobody has rated" in explain_ratings(project).why
    with pytest.raises(NotFoundError, match="third"):
        explain_ratings(study, session="third")
    add_imported(study, "second", study.store.recordings.clips(), ["Bo"], np.arange(8.0)[:, None] % 5 + 1)
    assert "there are first, second" in explain_ratings(study).why
    assert explain_ratings(study, session="second").session == "second"
