"""Each fault, planted in a study that has no other, is found and named; a clean study has none."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import av
import cv2
import pytest

from hrm_core import media
from hrm_core.errors import Cancelled, ProjectError
from hrm_core.media.frame_folder import FrameFolder, frame_name, read_manifest, write_manifest
from hrm_core.progress import CancelToken
from hrm_core.records.coding import CodingState, FrameCoding
from hrm_core.records.findings import DatasetCheck, Finding, FindingKind, Severity
from hrm_core.records.recording import Recording
from hrm_core.records.segments import SegmentLengths
from hrm_core.workflows.add_participant import add_participant, add_rater
from hrm_core.workflows.add_video import add_clips, add_video, set_neutral
from hrm_core.workflows.check_dataset import check_dataset, check_project
from hrm_core.workflows.project import Project, create_project
from hrm_core.workflows.relink_video import note_frames
from tests.support.builders import random_table, tiny_video

FRAMES = 12


def extract(project: Project, code: str, recording: Recording, group: str, every: int = 1) -> Path:
    """Frames of a recording as an extraction leaves them."""
    folder = project.folder / "Convert Frames" / group / f"Participant-{code}" / recording.name
    with media.open_video(project.video_path(recording)) as video:
        for number in range(0, len(video), every):
            media.write_still(video[number], folder / frame_name(number))
    write_manifest(folder, FrameFolder(FRAMES, 25.0, recording.fingerprint, every))
    return folder


@pytest.fixture(scope="session")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished study; nobody may change it."""
    home = tmp_path_factory.mktemp("clean")
    with create_project(home / "我的 study") as project:
        add_participant(project, "1", group="ASD")
        add_participant(project, "2", group="TD")
        film = add_video(project, "1", tiny_video(home / "play.mp4"), clips=[(0, 5), (6, 11)])
        extract(project, "1", film, "ASD", every=2)
        with media.open_video(project.video_path(film)) as video:
            for number in range(FRAMES):
                media.write_still(video[number], home / "pictures" / f"{number}_0.jpg")
        write_manifest(home / "pictures", FrameFolder(FRAMES, 25.0))
        pictures = add_video(project, "2", home / "pictures")
        ada, bo = add_rater(project, "Ada"), add_rater(project, "Bo")
        for rater, frames in ((ada, FRAMES), (bo, 6)):
            tables = [random_table(rater.id, entry.id, frames) for entry in (film, pictures)]
            project.store.codings.import_tables(tables, actor_id=rater.id, reason="test")
        for code in ("1", "2"):
            set_neutral(project, code, frame=0)
        return project.folder


@pytest.fixture
def study(clean: Path, tmp_path: Path) -> Iterator[Project]:
    """The finished study, to be spoilt."""
    from hrm_core.workflows.project import open_project

    with open_project(shutil.copytree(clean, tmp_path / "study")) as project:
        yield project


Found = Callable[[], list[Finding]]


@pytest.fixture
def found(study: Project) -> Found:
    """What the check finds now, as JSON could say it."""
    return lambda: list(check_project(study).findings)


def only(findings: list[Finding]) -> Finding:
    """The one finding, which must say whose and what to do."""
    assert len(findings) == 1, findings
    (one,) = findings
    assert one.severity is one.kind.severity
    assert one.message.endswith(".")
    return one


def recording(project: Project, code: str) -> Recording:
    (entry,) = (entry for _, entry in project.recordings(code))
    return entry


def film_of(project: Project) -> Path:
    return project.video_path(recording(project, "1"))


def extracted(project: Project) -> Path:
    return project.folder / "Convert Frames" / "ASD" / "Participant-1" / "play"


# ---- a study without faults ---------------------------------------------------------------


def test_a_clean_study_has_no_findings(clean: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def decoded(*_: object) -> None:
        raise AssertionError("a picture was decoded")

    monkeypatch.setattr(cv2, "imdecode", decoded)
    monkeypatch.setattr(av, "open", decoded)
    result = check_dataset(clean)
    assert result.findings == ()
    summary = result.summary
    assert (summary.is_project, summary.participants, summary.videos) == (True, 2, 2)
    assert summary.pictures == FRAMES // 2 + FRAMES
    assert (summary.errors, summary.warnings, summary.notes) == (0, 0, 0)


def test_segments_are_told_by_recording_and_rater(study: Project) -> None:
    film = recording(study, "1")
    bo = study.store.people.rater("Bo")
    for frame, state in ((9, CodingState.CODED), (10, CodingState.CARRIED), (11, CodingState.NOT_CODABLE)):
        study.store.codings.save(FrameCoding(bo.id, film.id, frame, state=state))
    told = {(s.participant, s.video, s.rater): s.lengths for s in check_project(study).segments}
    assert told == {
        ("1", "play", "Ada"): SegmentLengths(1, 12, 12, 12.0, 12),
        ("1", "play", "Bo"): SegmentLengths(2, 7, 1, 3.5, 6),
        ("2", "pictures", "Ada"): SegmentLengths(1, 12, 12, 12.0, 12),
        ("2", "pictures", "Bo"): SegmentLengths(1, 6, 6, 6.0, 6),
    }


def test_it_stops_on_request(study: Project) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        check_project(study, cancel=token)


def test_the_project_around_the_current_folder(clean: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(clean / "Label" / "ASD")
    assert check_dataset().summary.folder == str(clean)
    monkeypatch.chdir(clean.parent)
    with pytest.raises(ProjectError, match="not in a project"):
        check_dataset()


def test_the_worst_comes_first(study: Project) -> None:
    film_of(study).unlink()
    (study.folder / "Neutral Frames" / "TD" / "Participant-2.jpg").unlink()
    bo = study.store.people.rater("Bo")
    study.store.codings.save(FrameCoding(bo.id, recording(study, "1").id, 7))
    result: DatasetCheck = check_project(study)
    assert [entry.severity for entry in result.findings] == list(Severity)
    assert (result.summary.errors, result.summary.warnings, result.summary.notes) == (1, 1, 1)


# ---- files ----------------------------------------------------------------------------------


def test_a_missing_file(study: Project, found: Found) -> None:
    film_of(study).unlink()
    one = only(found())
    assert one.kind is FindingKind.FILE_MISSING
    assert (one.participant, one.video, one.severity) == ("1", "play", Severity.ERROR)
    assert one.where == "Origin Videos/ASD/Participant-1/play.mp4"
    assert "hrm add video 1 FILE --name play --replace" in one.message
    assert "hrm video find FOLDER" in one.message


def test_a_missing_folder_of_images(study: Project, found: Found) -> None:
    shutil.rmtree(study.video_path(recording(study, "2")))
    assert only(found()).kind is FindingKind.FILE_MISSING


def test_a_changed_file(study: Project, found: Found) -> None:
    film = film_of(study)
    film.write_bytes(film.read_bytes() + b"x")
    kinds = [entry.kind for entry in found()]
    # The frames were taken from the file as it was: they may be the last ones that are right.
    assert kinds == [FindingKind.FILE_CHANGED]
    shutil.rmtree(extracted(study))
    one = only(found())
    assert one.kind is FindingKind.FILE_CHANGED
    assert "hrm video relink 1 FILE --by NAME --video play." in one.message


def test_an_empty_file(study: Project, found: Found) -> None:
    film_of(study).write_bytes(b"")
    one = only(found())
    assert one.kind is FindingKind.FILE_UNREADABLE
    assert "0 bytes" in one.message


def test_an_image_folder_with_another_number_of_frames(study: Project, found: Found) -> None:
    folder = study.video_path(recording(study, "2"))
    write_manifest(folder, FrameFolder(FRAMES + 3, 25.0))
    one = only(found())
    assert one.kind is FindingKind.FRAME_COUNT_CHANGED
    assert "had 12 frames when it was added and has 15 now" in one.message


@pytest.mark.parametrize("spoilt", ["note", "pictures"])
def test_a_folder_that_cannot_be_read(study: Project, found: Found, spoilt: str) -> None:
    folder = study.video_path(recording(study, "2"))
    if spoilt == "note":
        (folder / "frames.json").write_text("{}", encoding="utf-8")
    else:
        for file in folder.glob("*.jpg"):
            file.unlink()
    assert only(found()).kind is FindingKind.FILE_UNREADABLE


# ---- extracted frames -----------------------------------------------------------------------


def test_missing_frames_honour_every(study: Project, found: Found) -> None:
    for number in (2, 6, 8):
        (extracted(study) / frame_name(number)).unlink()
    one = only(found())
    assert one.kind is FindingKind.FRAMES_MISSING
    assert "Participant-1/play lacks 3 frames (frames 2, 6, 8)" in one.message


@pytest.mark.parametrize("damage", ["empty", "cut", "zeros"])
def test_a_picture_that_is_not_whole(study: Project, found: Found, damage: str) -> None:
    file = extracted(study) / frame_name(4)
    data = file.read_bytes()
    file.write_bytes({"empty": b"", "cut": data[:-2], "zeros": bytes(len(data))}[damage])
    one = only(found())
    assert one.kind is FindingKind.PICTURE_NOT_WHOLE
    assert "Participant-1/play holds 1 picture empty or cut off (frame 4)" in one.message


def test_a_picture_of_an_image_folder_that_is_not_whole(study: Project, found: Found) -> None:
    (study.video_path(recording(study, "2")) / "7_0.jpg").write_bytes(b"")
    one = only(found())
    assert (one.kind, one.participant) == (FindingKind.PICTURE_NOT_WHOLE, "2")


def test_a_picture_whose_name_says_no_frame(study: Project, found: Found) -> None:
    shutil.copy(extracted(study) / frame_name(0), extracted(study) / "000099.jpg")
    one = only(found())
    assert one.kind is FindingKind.PICTURE_MISNAMED
    assert "000099.jpg" in one.message


@pytest.mark.parametrize("change", [{"source": "sha256:00"}, {"frame_count": FRAMES - 1}])
def test_frames_of_another_file(study: Project, found: Found, change: dict[str, object]) -> None:
    note = read_manifest(extracted(study))
    assert note is not None
    write_manifest(extracted(study), replace(note, **change))  # type: ignore[arg-type]
    assert only(found()).kind is FindingKind.FRAMES_FROM_OTHER_FILE


def test_frames_without_a_note(study: Project, found: Found) -> None:
    (extracted(study) / "frames.json").unlink()
    one = only(found())
    assert (one.kind, one.severity) == (FindingKind.FRAMES_WITHOUT_NOTE, Severity.WARNING)


def test_frames_with_a_damaged_note(study: Project, found: Found) -> None:
    (extracted(study) / "frames.json").write_text("[]", encoding="utf-8")
    assert only(found()).kind is FindingKind.FILE_UNREADABLE


@pytest.mark.parametrize("name", ["Participant-9/play", "Participant-1/other", "Participant-1"])
def test_frames_of_nobody(study: Project, found: Found, name: str) -> None:
    folder = study.folder / "Convert Frames" / "ASD" / name
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(extracted(study) / frame_name(0), folder)
    one = only(found())
    assert (one.kind, one.where) == (FindingKind.FRAMES_OF_NOBODY, f"Convert Frames/ASD/{name}")


def test_half_written_frames_are_nobodys_business(study: Project, found: Found) -> None:
    (extracted(study) / ".000001-abc.part").write_bytes(b"x")
    (extracted(study).parent / ".play.part").mkdir()
    assert found() == []


def test_frames_that_are_the_recording_itself(study: Project, found: Found) -> None:
    folder = study.folder / "Convert Frames" / "TD" / "Participant-2" / "pictures"
    old = recording(study, "2")
    folder.parent.mkdir(parents=True)
    study.video_path(old).rename(folder)
    study.store.recordings.update(replace(old, path=folder.relative_to(study.folder).as_posix()))
    (folder / "frames.json").unlink()
    assert found() == []


# ---- labels ---------------------------------------------------------------------------------


def test_labels_without_a_file(study: Project, found: Found) -> None:
    film_of(study).unlink()
    study.store.recordings.update(replace(recording(study, "1"), path=None))
    one = only(found())
    assert (one.kind, one.severity) == (FindingKind.LABELS_ONLY, Severity.WARNING)


def test_a_label_file_of_nobody(study: Project, found: Found) -> None:
    for name in (
        "ASD/Participant-1.csv",
        "TD/S2TD.csv",
        "ASD/Participant-1__play.csv",
        "ASD/Participant-77.csv",
    ):
        (study.folder / "Label" / name).write_text("frame", encoding="utf-8")
    one = only(found())
    assert (one.kind, one.where) == (FindingKind.LABELS_OF_NOBODY, "Label/ASD/Participant-77.csv")


def test_labels_without_picture(study: Project, found: Found) -> None:
    folder = study.video_path(recording(study, "2"))
    for number in (3, 4, 9):
        (folder / f"{number}_0.jpg").unlink()
    one = only(found())
    assert (one.kind, one.where) == (FindingKind.LABEL_WITHOUT_PICTURE, "frames 3–4, 9")
    assert "lacks the pictures of 3 coded frames" in one.message


def test_pictures_without_label(study: Project, found: Found) -> None:
    with_labels = recording(study, "2")
    study.store.recordings.update(replace(with_labels, frame_count=FRAMES + 2))
    folder = study.video_path(with_labels)
    for number in (12, 13):
        shutil.copy(folder / "0_0.jpg", folder / f"{number}_0.jpg")
    write_manifest(folder, FrameFolder(FRAMES + 2, 25.0))
    one = only(found())
    assert (one.kind, one.severity) == (FindingKind.PICTURE_WITHOUT_LABEL, Severity.NOTE)
    assert one.message.startswith("Nobody has labelled 2 pictures of ")


def test_labels_of_any_rater_out_of_range(study: Project, found: Found) -> None:
    bo = study.store.people.rater("Bo")
    film = recording(study, "1")
    for frame, state in ((12, CodingState.CARRIED), (40, CodingState.CODED)):
        study.store.codings.save(FrameCoding(bo.id, film.id, frame, state=state))
    one = only(found())
    assert (one.kind, one.where) == (FindingKind.LABEL_OUT_OF_RANGE, "frames 12, 40")
    assert "Bo has coded 2 frames behind the end" in one.message


def test_a_clip_out_of_range(study: Project, found: Found) -> None:
    study.store.recordings.add_clips(recording(study, "1").id, [(10, 12)])
    one = only(found())
    assert (one.kind, one.where) == (FindingKind.CLIP_OUT_OF_RANGE, "frames 10–12")


def test_a_clip_that_is_partly_coded(study: Project, found: Found) -> None:
    bo = study.store.people.rater("Bo")
    film = recording(study, "1")
    study.store.codings.save(FrameCoding(bo.id, film.id, 6, state=CodingState.NOT_CODABLE))
    study.store.codings.save(FrameCoding(bo.id, film.id, 7, state=CodingState.CARRIED))
    one = only(found())
    assert (one.kind, one.severity) == (FindingKind.CLIP_PARTLY_CODED, Severity.NOTE)
    assert one.message == "Bo has coded 1 of the 6 frames of clip 2 (6–11): code the others."


# ---- children -------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["S1", "S01", "s1"])
def test_codes_that_may_mean_the_same_child(study: Project, found: Found, code: str) -> None:
    add_participant(study, code, group="ASD")
    picture = study.neutral_path("1")
    assert picture is not None
    set_neutral(study, code, picture)
    one = only(found())
    assert (one.kind, one.severity) == (FindingKind.PARTICIPANT_TWICE, Severity.WARNING)
    assert f"The codes 1 and {code} " in one.message or f"The codes {code} and 1 " in one.message


def test_the_same_file_twice(study: Project, found: Found) -> None:
    add_video(study, "2", film_of(study), name="again")
    one = only(found())
    assert one.kind is FindingKind.RECORDING_TWICE
    assert (one.participant, one.video) == ("2", "again")
    assert "video 'play' of participant 1" in one.message


def test_no_neutral_frame(study: Project, found: Found) -> None:
    (study.folder / "Neutral Frames" / "TD" / "Participant-2.jpg").unlink()
    one = only(found())
    assert (one.kind, one.participant, one.severity) == (FindingKind.NEUTRAL_MISSING, "2", Severity.WARNING)
    assert "hrm add neutral 2" in one.message


def test_clips_in_range_are_no_fault(study: Project, found: Found) -> None:
    add_clips(study, recording(study, "2"), [(0, 5)])
    assert found() == []


def test_a_video_whose_look_was_not_kept_is_noted(project: Project, film: Path) -> None:
    recording = add_video(project, "S1", film, note_frames=False)
    found = [
        entry for entry in check_dataset(project.folder).findings if entry.kind is FindingKind.LOOK_NOT_KEPT
    ]
    assert [(entry.participant, entry.severity) for entry in found] == [("S1", Severity.NOTE)]
    note_frames(project, recording)
    assert not [f for f in check_dataset(project.folder).findings if f.kind is FindingKind.LOOK_NOT_KEPT]
