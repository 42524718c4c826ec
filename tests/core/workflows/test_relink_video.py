"""Labels follow their frames into another file of the same recording."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from hrm_core.errors import InvalidFileError, NotFoundError, ProjectError, StoreError
from hrm_core.media import write_still
from hrm_core.records.coding import FrameCoding
from hrm_core.records.people import Rater
from hrm_core.records.recording import Recording
from hrm_core.records.revision import RevisionKind
from hrm_core.store.schema import frame_ledger
from hrm_core.workflows.add_participant import add_rater
from hrm_core.workflows.add_video import add_clips, add_video, change_video, recording_of
from hrm_core.workflows.code_frames import CodingDesk
from hrm_core.workflows.project import Project, open_project
from hrm_core.workflows.relink_video import FrameRun, find_moved_videos, note_frames, relink_video
from hrm_core.workflows.review_eyes import mark_no_eyes
from hrm_core.workflows.show_video import show_video
from tests.core.media.clips import KINDS, make_clip, re_encoded, read_number

_FRAMES = 190


@pytest.fixture(scope="module")
def long_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """190 numbered frames."""
    return make_clip(tmp_path_factory.mktemp("long") / "第 1 次.mp4", KINDS[0], _FRAMES)


@pytest.fixture(scope="module")
def trimmed(long_film: Path) -> Path:
    """The same without the first hundred, half as large."""
    return re_encoded(long_film, long_film.with_name("trimmed.mp4"), lambda n: n >= 100)[0]


def _coded(project: Project, film: Path, frames: list[int]) -> tuple[Recording, Rater]:
    """Frame `n` is coded with AU12 if n is even, with AU4 if odd; and a note says `n`."""
    recording = add_video(project, "S1", film)
    rater = add_rater(project, "Ada")
    for frame in frames:
        coding = FrameCoding(rater.id, recording.id, frame, comment=f"{frame}")
        project.store.codings.save(coding.with_code("AU4" if frame % 2 else "AU12", 1))
    return recording, rater


def _shown_number(project: Project, frame: int) -> int:
    with show_video(project, recording_of(project, "S1")) as video:
        return read_number(np.kron(video[frame], np.ones((2, 2, 1))).astype(np.uint8))


def test_labels_of_a_trimmed_smaller_copy_are_on_the_right_frames(
    project: Project, long_film: Path, trimmed: Path
) -> None:
    frames = [100, 101, 137, 150, 189]
    recording, rater = _coded(project, long_film, frames)
    add_clips(project, recording, [(90, 120), (130, 189)])
    report = relink_video(project, "S1", trimmed, by="Ada")
    assert report.runs == (FrameRun(0, 99, None), FrameRun(100, 189, 0))
    assert (report.found, report.moved, report.left, report.doubtful) == (90, {"Ada": 5}, {}, ())
    codings = project.store.codings.of_video(rater.id, recording.id)
    for frame, coding in codings.items():
        # What the note says was on the screen when it was coded.
        assert _shown_number(project, frame) == int(coding.comment)
    assert sorted(codings) == [0, 1, 37, 50, 89]
    now = recording_of(project, "S1")
    assert (now.frame_count, now.width, now.height, now.name) == (90, 96, 48, recording.name)
    assert [(clip.first_frame, clip.last_frame) for clip in project.store.recordings.clips(now.id)] == [
        (0, 20),
        (30, 89),
    ]
    assert report.clips_cut == (1,)
    assert project.store.history.log(rater.id, recording.id)[-1].kind is RevisionKind.RELINK
    assert project.store.verify().sound
    # The first file is still there, and the labels before are in the backup.
    assert (project.folder / str(recording.path)).read_bytes() == long_film.read_bytes()
    assert report.backup is not None
    project.store.restore(report.backup)
    assert sorted(project.store.codings.of_video(rater.id, recording.id)) == frames


def test_marks_that_would_be_lost_stop_it(project: Project, long_film: Path, trimmed: Path) -> None:
    recording, ada = _coded(project, long_film, [150])
    for frame in (7, 140):
        mark_no_eyes(project, ada, recording, frame)
    with pytest.raises(ProjectError, match=r"marked in frame 7 .* not in trimmed.mp4"):
        relink_video(project, "S1", trimmed, by="Ada")
    assert [mark.frame for mark in project.store.face_marks.of_video(recording.id)] == [7, 140]
    assert relink_video(project, "S1", trimmed, by="Ada", leave_missing=True).marks_left == (7,)
    assert [mark.frame for mark in project.store.face_marks.of_video(recording.id)] == [40]


def test_and_back_again(project: Project, long_film: Path, trimmed: Path) -> None:
    recording, rater = _coded(project, long_film, [120, 121])
    relink_video(project, "S1", trimmed, by="Ada")
    relink_video(project, "S1", long_film, by="Ada", copy=False)
    assert sorted(project.store.codings.of_video(rater.id, recording.id)) == [120, 121]
    assert recording_of(project, "S1").path == long_film.as_posix()


def test_labels_that_would_be_lost_stop_it(project: Project, long_film: Path, trimmed: Path) -> None:
    recording, rater = _coded(project, long_film, [7, 8, 9, 42, 150])
    with pytest.raises(ProjectError, match=r"4 coded frames .* are not in trimmed.mp4 \(7-9, 42\)"):
        relink_video(project, "S1", trimmed, by="Ada")
    assert recording_of(project, "S1") == recording
    assert sorted(project.store.codings.of_video(rater.id, recording.id)) == [7, 8, 9, 42, 150]
    dry = relink_video(project, "S1", trimmed, by="Ada", dry_run=True)
    assert dry.left == {"Ada": (7, 8, 9, 42)}
    assert recording_of(project, "S1") == recording
    report = relink_video(project, "S1", trimmed, by="Ada", leave_missing=True)
    assert report.left == {"Ada": (7, 8, 9, 42)}
    assert sorted(project.store.codings.of_video(rater.id, recording.id)) == [50]
    # What was left is in the history, as it was.
    entry = project.store.history.log(rater.id, recording.id)[-1]
    assert entry.before[42] is not None
    assert entry.before[42].comment == "42"
    assert project.store.verify().sound


def test_a_clip_that_would_be_lost_stops_it(project: Project, long_film: Path, trimmed: Path) -> None:
    recording, _ = _coded(project, long_film, [150])
    add_clips(project, recording, [(10, 20)])
    with pytest.raises(ProjectError, match=r"Clips 1 of video .* are not in trimmed.mp4 at all"):
        relink_video(project, "S1", trimmed, by="Ada")


def test_another_recording_is_refused(project: Project, long_film: Path, film: Path) -> None:
    recording, _ = _coded(project, long_film, [150])
    with pytest.raises(InvalidFileError, match=r"does not show what video .* shows"):
        relink_video(project, "S1", film, by="Ada")
    assert recording_of(project, "S1") == recording


def test_who_does_it_must_be_known(project: Project, long_film: Path, trimmed: Path) -> None:
    recording, _ = _coded(project, long_film, [150])
    assert relink_video(project, "S1", trimmed, dry_run=True).moved == {"Ada": 1}
    other = add_rater(project, "Bo")
    project.store.codings.save(FrameCoding(other.id, recording.id, 151).with_code("AU1", 1))
    with pytest.raises(NotFoundError, match=r"Ada, Bo\): say with --by"):
        relink_video(project, "S1", trimmed)
    with pytest.raises(NotFoundError, match="Zoe"):
        relink_video(project, "S1", trimmed, by="Zoe")


def test_a_window_that_is_open_cannot_write_to_the_wrong_frame(
    project: Project, long_film: Path, trimmed: Path
) -> None:
    recording, rater = _coded(project, long_film, [150])
    with open_project(project.folder) as window:
        desk = CodingDesk(window, rater, recording)
        relink_video(project, "S1", trimmed, by="Ada")
        with pytest.raises(StoreError, match="open it again"):
            desk.save(FrameCoding(rater.id, recording.id, 20).with_code("AU1", 1), "AU1")


def test_replace_refuses_a_file_whose_frames_are_elsewhere(
    project: Project, long_film: Path, trimmed: Path
) -> None:
    recording, _ = _coded(project, long_film, [50])
    with pytest.raises(InvalidFileError, match=r"do not look the same .* hrm video relink"):
        add_video(project, "S1", trimmed, replace_file=True)
    assert recording_of(project, "S1") == recording
    same, _ = re_encoded(long_film, long_film.with_name("same.mp4"), lambda n: True)
    assert add_video(project, "S1", same, replace_file=True).frame_count == _FRAMES


def test_a_study_from_before_the_ledger(project: Project, long_film: Path, trimmed: Path) -> None:
    recording = add_video(project, "S1", long_film, note_frames=False)
    assert project.store.ledgers.kept() == set()
    path = project.folder / str(recording.path)
    hidden = path.rename(path.with_suffix(".hidden"))
    add_rater(project, "Ada")
    with pytest.raises(NotFoundError, match="never noted how the frames"):
        relink_video(project, "S1", trimmed, by="Ada")
    hidden.rename(path)
    assert len(note_frames(project, recording)) == _FRAMES
    path.unlink()
    # Now the first file is not needed any more.
    assert relink_video(project, "S1", trimmed, by="Ada").found == 90


def test_moved_videos_are_found_by_what_they_hold(project: Project, film: Path, tmp_path: Path) -> None:
    recording = add_video(project, "S1", film)
    place = project.folder / str(recording.path)
    assert find_moved_videos(project, tmp_path) == []
    elsewhere = tmp_path / "other disk" / "renamed.MP4"
    elsewhere.parent.mkdir()
    (elsewhere.parent / "empty.mp4").touch()
    place.rename(elsewhere)
    ((found, where),) = find_moved_videos(project, elsewhere.parent)
    assert (found.id, where) == (recording.id, elsewhere.resolve())
    with show_video(project, recording_of(project, "S1")) as video:
        assert len(video) == 12
    elsewhere.unlink()
    assert find_moved_videos(project, tmp_path) == [(recording_of(project, "S1"), None)]


def test_labels_without_a_file_get_their_first_one_otherwise(project: Project, trimmed: Path) -> None:
    who = project.store.people.participant("S1")
    project.store.recordings.add(Recording(0, who.id, "recording"))
    add_rater(project, "Ada")
    with pytest.raises(NotFoundError, match="hrm add video --replace"):
        relink_video(project, "S1", trimmed, by="Ada")


def test_labels_that_may_be_taken_for_neighbours_stop_it(project: Project, tmp_path: Path) -> None:
    for number in range(40):
        still = np.full((96, 192, 3), 90, np.uint8)
        still[20:60, 50:90] = 160
        write_still(still, tmp_path / "long" / f"{number:06d}.png")
        if number >= 10:
            write_still(still, tmp_path / "short" / f"{number:06d}.png")
    recording, rater = _coded(project, tmp_path / "long", [20])
    with pytest.raises(
        ProjectError, match=r"Frame 20 of video .* may be taken for neighbours .* --accept-uncertain"
    ):
        relink_video(project, "S1", tmp_path / "short", by="Ada")
    assert sorted(project.store.codings.of_video(rater.id, recording.id)) == [20]
    dry = relink_video(project, "S1", tmp_path / "short", by="Ada", dry_run=True)
    assert dry.doubtful_labels == (20,)
    report = relink_video(project, "S1", tmp_path / "short", by="Ada", accept_uncertain=True)
    assert report.moved == {"Ada": 1}


def test_the_mirror_flag_that_was_set_meanwhile_stays(
    project: Project, long_film: Path, trimmed: Path
) -> None:
    _coded(project, long_film, [150])
    change_video(project, "S1", None, mirrored=True)
    relink_video(project, "S1", trimmed, by="Ada")
    assert recording_of(project, "S1").mirrored


def test_a_damaged_ledger_is_made_anew(project: Project, long_film: Path) -> None:
    recording = add_video(project, "S1", long_film)
    good = project.store.ledgers.get(recording.id)
    with project.store._db.writing() as connection:
        connection.execute(sa.update(frame_ledger).values(hashes=b"damaged"))
    with pytest.raises(StoreError, match="hrm video ledger"):
        project.store.ledgers.get(recording.id)
    made = note_frames(project, recording)
    assert good is not None
    assert np.array_equal(made.hashes, good.hashes)
