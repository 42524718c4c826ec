"""Which frames of a study are analysed, and as whose."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hrm_core.errors import NotFoundError
from hrm_core.records.code_table import CodeTable
from hrm_core.records.coded_frames import NO_EXPRESSION, NOT_CODABLE, AnalysedChild
from hrm_core.records.people import Role
from hrm_core.records.recording import ExclusionReason
from hrm_core.workflows.add_participant import add_participant
from hrm_core.workflows.add_video import add_clips, add_video
from hrm_core.workflows.coded_frames import coded_frames
from hrm_core.workflows.project import Project


def _code(project: Project, name: str, videos: dict[int, dict[int, int]], *, sees_eyes: bool = True) -> int:
    """Give AU12 codes by recording and frame; returns its column."""
    people = project.store.people
    rater = people.ensure_rater(name, Role.CODER)
    if not sees_eyes:
        people.update_rater(replace(rater, sees_eyes=False))
    column = [action.key for action in project.actions()].index("AU12")
    tables = []
    for video, said in videos.items():
        codes = np.zeros((len(said), 35), np.uint8)
        codes[:, column] = list(said.values())
        tables.append(CodeTable(rater.id, video, np.array(list(said), np.int64), codes))
    project.store.codings.import_tables(tables, actor_id=rater.id, reason="test")
    return column


def test_rows_are_ordered_and_know_child_video_time_and_code(project: Project, film: Path) -> None:
    second = add_video(project, "S2", film, name="b")
    first = add_video(project, "S1", film, name="z")
    other = add_video(project, "S1", film, name="a")
    column = _code(project, "Ada", {second.id: {4: 1}, first.id: {2: 2, 3: 0}, other.id: {11: 3}})
    found = coded_frames(project)
    assert found.coder == "Ada"
    assert found.children == (AnalysedChild("S1", "ASD"), AnalysedChild("S2", "TD"))
    assert found.videos == ((0, "a"), (0, "z"), (1, "b"))
    assert found.child.tolist() == [0, 0, 0, 1]
    assert found.video.tolist() == [0, 1, 1, 2]
    assert found.frame.tolist() == [11, 2, 3, 4]
    assert found.codes[:, column].tolist() == [3, 2, 0, 1]
    assert (np.diff(found.seconds[1:3]) > 0).all()
    assert found.groups_of_frames.tolist() == ["ASD", "ASD", "ASD", "TD"]
    assert (found.expression == NO_EXPRESSION).all()
    assert found.chosen("").all()
    assert not found.chosen("happiness").any()


def test_excluded_frames_take_no_part(project: Project, film: Path) -> None:
    recording = add_video(project, "S1", film)
    _code(project, "Ada", {recording.id: dict.fromkeys(range(10), 1)})
    clips = add_clips(project, recording, [(0, 4), (5, 9)])
    project.store.clips.exclude(clips[0].id, ExclusionReason.OCCLUDED, "", None)
    assert coded_frames(project).frame.tolist() == [5, 6, 7, 8, 9]


def test_what_a_coder_could_not_see_is_not_absent(project: Project, film: Path) -> None:
    recording = add_video(project, "S1", film)
    column = _code(project, "Ada", {recording.id: {0: 1}}, sees_eyes=False)
    found = coded_frames(project, "Ada")
    assert found.codes[0, found.actions.index("AU1")] == NOT_CODABLE
    assert found.codes[0, column] == 1


def test_who_has_coded_nothing_cannot_be_analysed(project: Project, film: Path) -> None:
    add_participant(project, "S3")
    recording = add_video(project, "S3", film)
    _code(project, "Ada", {recording.id: {0: 1}})
    project.store.people.ensure_rater("Bea", Role.CODER)
    assert coded_frames(project, "Ada").children[2] == AnalysedChild("S3", "")
    with pytest.raises(NotFoundError, match="Bea has coded no frame"):
        coded_frames(project, "Bea")
