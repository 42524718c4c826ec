"""How far a rater is: by clip, child and day, and no group in it."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from datetime import date

import pytest

from hrm_core.records.coding import CodingState, FrameCoding
from hrm_core.records.people import Rater
from hrm_core.records.recording import ExclusionReason, Recording
from hrm_core.workflows.add_participant import add_rater
from hrm_core.workflows.choose_clips import clip_numbered, exclude_clip, new_clip
from hrm_core.workflows.coding_progress import coding_days, coding_progress, progress_by_recording
from hrm_core.workflows.look_at_project import look_at_project
from hrm_core.workflows.project import Project
from tests.support.builders import random_table


@pytest.fixture
def ada(project: Project) -> Rater:
    return add_rater(project, "Ada")


@pytest.fixture
def play(project: Project, ada: Rater) -> Recording:
    """Clips 0-9, 20-29 and 40-49, the last one excluded, of a hundred frames."""
    who = project.store.people.participant("S1")
    play = project.store.recordings.add(Recording(0, who.id, "play", frame_count=100))
    for first in (0, 20, 40):
        new_clip(project, ada, play, first, first + 9)
    exclude_clip(project, ada, clip_numbered(project, play, 3), ExclusionReason.POSE)
    return play


def save(project: Project, rater: Rater, recording: Recording, *frames: int, **said: object) -> None:
    """Let a rater say something of frames."""
    for frame in frames:
        project.store.codings.save(FrameCoding(rater.id, recording.id, frame, **said))


def test_clips_recordings_children_and_all_add_up(project: Project, ada: Rater, play: Recording) -> None:
    other = project.store.people.participant("S2")
    bare = project.store.recordings.add(Recording(0, other.id, "bare", frame_count=30))
    save(project, ada, play, 0, 1, seconds_spent=2.0)
    save(project, ada, play, 2, state=CodingState.CHECKED, doubtful=True, seconds_spent=1.5)
    save(project, ada, play, 3, 4, 5, state=CodingState.CARRIED)
    save(project, ada, play, *range(20, 30), state=CodingState.NOT_CODABLE)
    save(project, ada, play, 40, 41)
    save(project, ada, play, 60)
    save(project, ada, bare, 7)
    save(project, add_rater(project, "Bo"), play, *range(10))
    found = coding_progress(project, ada)
    (child, second) = found.participants
    (video,) = child.recordings
    first, full, out = (entry.counts for entry in video.clips)
    assert (first.frames, first.coded, first.checked, first.carried) == (10, 2, 1, 3)
    # Carried frames count neither as coded nor as uncoded.
    assert (first.done, first.uncoded, first.doubtful, first.seconds) == (3, 4, 1, 5.5)
    assert (full.not_codable, full.done, full.is_complete, first.is_complete) == (10, 10, True, False)
    assert (out.frames, out.coded) == (10, 2)
    assert video.counts == first + full == child.counts
    assert (video.excluded, child.excluded) == (out, out)
    assert (video.outside.frames, video.outside.coded) == (1, 1)
    assert (video.today, video.today_seconds) == (2 + 1 + 10 + 2 + 1, 5.5)
    # Without clips, all frames are to be coded.
    (whole,) = second.recordings
    assert (whole.counts.frames, whole.counts.coded, whole.outside.frames) == (30, 1, 0)
    assert found.counts == child.counts + second.counts
    assert (found.counts.frames, found.excluded.frames, found.outside.frames) == (50, 10, 1)
    assert progress_by_recording(project, ada, play) == {play.id: video}


def test_of_labels_without_a_film_nobody_knows_how_many_frames_there_are(
    project: Project, ada: Rater
) -> None:
    who = project.store.people.participant("S1")
    labels = project.store.recordings.add(Recording(0, who.id, "labels"))
    project.store.codings.import_tables(
        [random_table(ada.id, labels.id, 20)], actor_id=ada.id, reason="label file"
    )
    ((video,), _) = (child.recordings for child in coding_progress(project, ada).participants)
    assert (video.counts.frames, video.counts.coded, video.frames_known) == (20, 20, False)
    assert video.today == 0
    assert coding_days(project, ada) == []


def test_a_rater_who_is_not_blind_is_told_no_group_either(project: Project, play: Recording) -> None:
    leader = add_rater(project, "Leader", blind=False)
    said = str(asdict(coding_progress(project, leader)))
    assert "S1" in said
    assert "ASD" not in said


def test_the_tree_gets_the_progress_of_who_looks(project: Project, ada: Rater, play: Recording) -> None:
    save(project, ada, play, 0)
    (view,) = look_at_project(project, ada)[0].recordings
    assert view.progress is not None
    assert (view.progress.counts.done, view.progress.counts.frames) == (1, 20)
    (view,) = look_at_project(project)[0].recordings
    assert view.progress is None


@pytest.fixture
def far_east(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The clock of a computer in Shanghai."""
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_days_are_those_of_the_clock_on_the_wall(
    project: Project, ada: Rater, play: Recording, far_east: None
) -> None:
    save(project, ada, play, 0, seconds_spent=10.0)
    save(project, ada, play, 1, seconds_spent=20.0)
    save(project, ada, play, 2, seconds_spent=40.0)
    save(project, ada, play, 3, state=CodingState.CARRIED)
    save(project, ada, play, 4, state=CodingState.NOT_CODABLE, seconds_spent=5.0)
    # Midnight in Shanghai is 16:00 UTC.
    times = ["2026-03-01T15:59:59", "2026-03-01T16:00:00", "2026-03-02T15:00:00", "2026-03-02T15:00:01"]
    move_log(project, times)
    first, second, today = coding_days(project, ada)
    assert (first.day, first.frames, first.seconds, first.median_seconds) == (date(2026, 3, 1), 1, 10.0, 10.0)
    assert (second.day, second.frames, second.carried) == (date(2026, 3, 2), 2, 1)
    assert (second.seconds, second.median_seconds) == (60.0, 30.0)
    assert (today.day, today.frames, today.median_seconds) == (date.today(), 1, None)
    assert progress_by_recording(project, ada)[play.id].today == 1


def move_log(project: Project, times: list[str]) -> None:
    """Let the first entries of the log be of these times."""
    with closing(sqlite3.connect(project.folder / "labels.sqlite")) as file, file:
        for number, at in enumerate(times, start=1):
            file.execute("UPDATE revision SET at = ? WHERE id = ?", (f"{at}.000000+00:00", number))
