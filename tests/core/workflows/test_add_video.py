"""Recordings, clips and neutral faces are taken in whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from hrm_core.errors import InvalidFileError, NotFoundError, ProjectError, StoreWriteError, UserError
from hrm_core.records.recording import Recording
from hrm_core.workflows.add_participant import add_rater, change_participant
from hrm_core.workflows.add_video import add_clips, add_video, set_neutral
from hrm_core.workflows.code_frames import CodingDesk
from hrm_core.workflows.project import Project
from hrm_core.workflows.show_video import neutral_picture, show_video
from tests.support.builders import tiny_video


def _files(project: Project) -> list[str]:
    folder = project.folder / "Origin Videos"
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_a_video_is_copied_into_the_folder_of_its_group(project: Project, film: Path) -> None:
    recording = add_video(project, "S1", film, mirrored=True)
    assert (recording.name, recording.frame_count, recording.width, recording.height) == (
        "play time",
        12,
        64,
        48,
    )
    assert recording.fps == pytest.approx(25)
    assert recording.mirrored
    assert recording.fingerprint
    assert _files(project) == ["ASD/Participant-S1/play time.mp4"]
    assert recording.path == "Origin Videos/ASD/Participant-S1/play time.mp4"
    assert (project.folder / recording.path).read_bytes() == film.read_bytes()
    assert project.store.recordings.get(recording.id) == recording
    with show_video(project, recording) as video:
        assert len(video) == 12


def test_a_video_can_stay_where_it_is(project: Project, film: Path) -> None:
    recording = add_video(project, "S1", film, copy=False)
    assert recording.path == film.as_posix()
    assert _files(project) == []


@pytest.mark.parametrize("name", ["a/b", "../x", "a\\b", "", " ", "S1_ASD", "a\nb"])
def test_names_stay_in_the_folder_and_tell_nothing(project: Project, film: Path, name: str) -> None:
    with pytest.raises(ProjectError, match=r"cannot name a file|would tell blind coders"):
        add_video(project, "S1", film, name=name)
    assert _files(project) == []
    assert project.store.recordings.of_participant() == []


def test_what_is_no_video_leaves_nothing(project: Project, tmp_path: Path, film: Path) -> None:
    text, torn = tmp_path / "text.mp4", tmp_path / "torn.mp4"
    text.write_text("no video", encoding="utf-8")
    torn.write_bytes(film.read_bytes()[: film.stat().st_size // 2])
    for path in (text, torn, tmp_path / "gone.mp4"):
        with pytest.raises(UserError, match=path.name):
            add_video(project, "S1", path)
    with pytest.raises(NotFoundError, match="'S9'"):
        add_video(project, "S9", film)
    assert _files(project) == []
    assert project.store.recordings.of_participant() == []


def test_a_name_is_taken_once(project: Project, film: Path) -> None:
    add_video(project, "S1", film)
    with pytest.raises(ProjectError, match=r"already has a video named 'play time'.*--name.*--replace"):
        add_video(project, "S1", film)
    add_video(project, "S1", film, name="second")
    add_video(project, "S2", film)
    assert len(_files(project)) == 3


def test_a_file_is_connected_to_labels_that_came_first(project: Project, film: Path) -> None:
    who = project.store.people.participant("S1")
    labels = project.store.recordings.add(Recording(0, who.id, "recording"))
    other = add_video(project, "S1", film)
    assert other.id != labels.id  # labels are never put under another film unasked
    recording = add_video(project, "S1", film, name="recording", replace_file=True)
    assert (recording.id, recording.name, recording.frame_count) == (labels.id, "recording", 12)


def test_labels_must_not_point_behind_the_end(project: Project, film: Path, tmp_path: Path) -> None:
    recording = add_video(project, "S1", film)
    desk = CodingDesk(project, add_rater(project, "Ada"), recording)
    desk.save(desk.uncoded(11), "")
    short = tiny_video(tmp_path / "short.mp4", frames=11)
    with pytest.raises(InvalidFileError, match=r"has 11 frames, but frame 11 .* is coded"):
        add_video(project, "S1", short, replace_file=True)
    assert project.store.recordings.get(recording.id) == recording
    longer = tiny_video(tmp_path / "longer.mp4", frames=13)
    assert add_video(project, "S1", longer, replace_file=True).frame_count == 13
    assert desk.codings().keys() == {11}


def test_a_full_disk_leaves_no_half_copy(
    project: Project, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(source: Path, target: Path) -> None:
        Path(target).write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("hrm_core.workflows.placing.shutil.copyfile", full)
    with pytest.raises(ProjectError, match=r"cannot be copied .*No space left.*--link"):
        add_video(project, "S1", film)
    assert _files(project) == []
    assert project.store.recordings.of_participant() == []


def test_a_file_that_is_gone_is_explained(project: Project, film: Path) -> None:
    recording = add_video(project, "S1", film)
    (project.folder / str(recording.path)).unlink()
    with pytest.raises(NotFoundError, match="is not where it was: put it back, or connect it again"):
        show_video(project, recording)
    labels = project.store.recordings.add(Recording(0, recording.participant_id, "labels"))
    with pytest.raises(NotFoundError, match=r"Only labels are known .*hrm add video"):
        show_video(project, labels)


@pytest.mark.parametrize("span", [(-1, 3), (5, 4), (0, 12), (12, 12)])
def test_clips_lie_in_the_video(project: Project, film: Path, span: tuple[int, int]) -> None:
    recording = add_video(project, "S1", film)
    words = (
        "ends before it begins" if span == (5, 4) else "does not fit: the frames of 'play time' go 0 to 11"
    )
    with pytest.raises(ProjectError, match=words):
        add_clips(project, recording, [(0, 3), span])
    assert project.store.recordings.clips() == []
    assert len(add_clips(project, recording, [(0, 11)])) == 1


def test_clips_of_a_video_never_overlap(project: Project, film: Path) -> None:
    with pytest.raises(ProjectError, match="overlap clip 1"):
        add_video(project, "S1", film, clips=[(0, 5), (5, 8)])
    assert project.store.recordings.of_participant() == []
    recording = add_video(project, "S1", film, clips=[(6, 8)])
    with pytest.raises(ProjectError, match="overlap clip 2"):
        add_clips(project, recording, [(0, 2), (8, 9)])
    added = add_clips(project, recording, [(0, 2), (9, 11)])
    assert [(clip.number, clip.first_frame) for clip in added] == [(1, 0), (2, 6), (3, 9)]


def test_a_neutral_face_from_a_frame_or_a_picture(project: Project, film: Path) -> None:
    add_video(project, "S1", film)
    who = project.store.people.participant("S1")
    assert neutral_picture(project, who.id) is None
    path = set_neutral(project, "S1", frame=6)
    assert path == project.folder / "Neutral Frames" / "ASD" / "Participant-S1.jpg"
    picture = neutral_picture(project, who.id)
    assert picture is not None
    assert picture.shape == (48, 64, 3)
    assert picture.mean() == pytest.approx(100, abs=6)
    other = set_neutral(project, "S2", path)
    assert other.parent.name == "TD"
    with pytest.raises(NotFoundError, match="has no frame 12; its frames go 0 to 11"):
        set_neutral(project, "S1", frame=12)
    with pytest.raises(NotFoundError, match="Say which video of participant S2"):
        set_neutral(project, "S2", frame=0)
    for wrong in ({}, {"source": path, "frame": 1}):
        with pytest.raises(ProjectError, match="by an image file, or by --frame"):
            set_neutral(project, "S1", **wrong)
    with pytest.raises(UserError):
        set_neutral(project, "S1", film)
    assert neutral_picture(project, who.id) is not None


def test_a_film_that_is_connected_again_keeps_what_is_known_and_destroys_nothing(
    project: Project, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = add_video(project, "S1", film, mirrored=True)
    again = add_video(project, "S1", film, replace_file=True)
    assert (again.id, again.mirrored) == (first.id, True)
    files = _files(project)

    def refuse(*_: object, **__: object) -> None:
        raise StoreWriteError("The disk is full.")

    monkeypatch.setattr(project.store.recordings, "connect_file", refuse)
    with pytest.raises(StoreWriteError):
        add_video(project, "S1", film, replace_file=True)
    assert _files(project) == files
    with show_video(project, again) as video:
        assert len(video) == 12


def test_a_new_neutral_picture_is_the_one_that_is_found(project: Project, film: Path) -> None:
    add_video(project, "S1", film)
    set_neutral(project, "S1", frame=0)
    change_participant(project, "S1", group="TD")
    path = set_neutral(project, "S1", frame=3)
    assert project.neutral_path("S1") == path
    assert "TD" in path.parts
