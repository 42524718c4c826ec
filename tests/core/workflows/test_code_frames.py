"""One rater in front of one recording."""

from __future__ import annotations

from pathlib import Path

import pytest

from hrm_core.errors import ConflictError
from hrm_core.records.revision import RevisionKind
from hrm_core.workflows.add_participant import add_rater
from hrm_core.workflows.add_video import add_video
from hrm_core.workflows.code_frames import CodingDesk
from hrm_core.workflows.project import Project, open_project


@pytest.fixture
def desk(project: Project, film: Path) -> CodingDesk:
    """Ada in front of the film of S1."""
    return CodingDesk(project, add_rater(project, "Ada"), add_video(project, "S1", film))


def test_codes_are_loaded_as_they_were_left(project: Project, desk: CodingDesk) -> None:
    """The earlier tool never showed old codes again, so that a correction was a recode."""
    desk.save(desk.uncoded(4).with_code("AU12", 2, "C").with_code("AU25", 1), "typed")
    with open_project(project.folder) as later:
        again = CodingDesk(later, desk.rater, desk.recording)
        old = again.codings()[4]
        assert (old.code_of("AU12"), old.code_of("AU25"), old.code_of("AU1")) == (2, 1, 0)
        again.save(old.with_code("AU25", 0), "no AU25")
    assert [code.action for code in desk.codings()[4].codes] == ["AU12"]


def test_undo_redo_and_history(desk: CodingDesk) -> None:
    desk.save(desk.uncoded(4).with_code("AU12", 2), "AU12 left")
    assert desk.undo_status().undo == "AU12 left, frame 4"
    assert desk.undo().codings == {4: None}
    assert desk.redo().codings[4].code_of("AU12") == 2
    assert desk.redo() is None
    kinds = [entry.kind for entry in desk.history(4)]
    assert kinds == [RevisionKind.SAVE, RevisionKind.UNDO, RevisionKind.REDO]
    assert desk.history(5) == []


def test_two_windows_do_not_overwrite_each_other(project: Project, desk: CodingDesk) -> None:
    first = desk.save(desk.uncoded(4), "").codings[4]
    with open_project(project.folder) as second:
        theirs = CodingDesk(second, desk.rater, desk.recording).save(first.with_code("AU1", 1), "")
    with pytest.raises(ConflictError) as caught:
        desk.save(first.with_code("AU2", 1), "")
    assert caught.value.theirs == {4: theirs.codings[4]}
