"""An extraction takes away nothing but what an extraction has written, and one fault stops no other video."""

from __future__ import annotations

import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from hrm_core import media
from hrm_core.errors import InvalidFileError
from hrm_core.media.extract import extract_frames, picture_room, plan_frames
from hrm_core.media.frame_folder import FrameFolder, frame_name, is_frame_name, read_manifest, write_manifest
from hrm_core.media.reader import VideoFile
from hrm_core.progress import CancelToken
from hrm_core.records.findings import FindingKind, Severity
from hrm_core.workflows.add_participant import change_participant
from hrm_core.workflows.add_video import add_video, recording_of
from hrm_core.workflows.check_dataset import check_project
from hrm_core.workflows.extract_frames import extract_study
from hrm_core.workflows.project import Project
from tests.support.builders import tiny_video

_GREY = np.full((48, 64, 3), 90, np.uint8)


def _folder(project: Project, code: str = "S1") -> Path:
    return project.frames_folder(project.store.people.participant(code), recording_of(project, code))


def _put(folder: Path, *names: str) -> dict[str, bytes]:
    for name in names:
        media.write_still(_GREY, folder / name)
    return _held(folder)


def _held(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def _problems(project: Project) -> list[str]:
    """What the first video is refused for: as it is, with --again, and asked what would be done."""
    return [
        extract_study(project, again=again, dry_run=dry).videos[0].problem
        for again in (False, True)
        for dry in (True, False)
    ]


# ---- what is not ours stays ----------------------------------------------------------------


@pytest.mark.parametrize("name", ["000003.jpg", "3_0.jpg", "000003.png", "scan.TIF"])
def test_pictures_without_a_note_are_never_taken_away(project: Project, film: Path, name: str) -> None:
    add_video(project, "S1", film)
    folder = _folder(project)
    folder.mkdir(parents=True)
    (folder / name).write_bytes(b"a picture")
    for problem in _problems(project):
        assert "holds pictures that were not extracted" in problem
        assert f"{folder}" in problem
        assert "move the folder away" in problem
    assert _held(folder) == {name: b"a picture"}


@pytest.mark.parametrize("note", [FrameFolder(12, 25.0), None])
def test_an_imports_only_copy_stays(project: Project, film: Path, note: FrameFolder | None) -> None:
    add_video(project, "S1", film)
    folder = _folder(project)
    _put(folder, *(frame_name(number) for number in range(12)))
    if note is None:
        (folder / "frames.json").write_text("{", encoding="utf-8")
    else:
        write_manifest(folder, note)
    before = _held(folder)
    assert all(_problems(project))
    assert _held(folder) == before


def test_the_pictures_of_another_recording_stay(project: Project, film: Path) -> None:
    add_video(project, "S1", film)
    extract_study(project)
    folder = _folder(project)
    add_video(project, "S2", folder, copy=False)
    before = _held(folder)
    for quality in (95, 60):
        for again in (False, True):
            video = extract_study(project, quality=quality, again=again).videos[0]
            assert "belongs to video" in video.problem
    assert _held(folder) == before
    # Nor is anything written into a folder above or below them.
    below = folder / "more"
    add_video(project, "S2", _put(below, "1.jpg") and below, name="below", copy=False)
    above = recording_of(project, "S2", folder.name)
    project.store.recordings.move_file(above.id, "Convert Frames/ASD/Participant-S1")
    assert all("belongs to video" in problem for problem in _problems(project))


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_originals_behind_a_link_stay(project: Project, film: Path, tmp_path: Path) -> None:
    add_video(project, "S1", film)
    extract_study(project)
    folder = _folder(project)
    originals = folder.rename(tmp_path / "originals")
    folder.symlink_to(originals, target_is_directory=True)
    before = _held(originals)
    add_video(project, "S1", tiny_video(tmp_path / "other.mp4"), replace_file=True)
    assert all("is a link" in problem for problem in _problems(project))
    assert _held(originals) == before


def test_again_takes_away_only_files_that_are_named_as_ours(project: Project, film: Path) -> None:
    add_video(project, "S1", film)
    extract_study(project)
    folder = _folder(project)
    strangers = ("0000005.jpg", "5.jpg", "scan.png")
    _put(folder, *strangers)
    (folder / ".cover.part").write_bytes(b"not ours")
    before = _held(folder)
    assert extract_study(project, quality=50, again=True).frames == 12
    after = _held(folder)
    assert after.keys() == before.keys()
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"frames.json", *map(frame_name, range(12))}
    names = (
        "000004.jpg",
        "1000000.jpg",
        "0000004.jpg",
        "00004.jpg",
        "000004.JPG",
        "000004_0.jpg",
        "٠٠٠٠٠٤.jpg",
    )
    assert [is_frame_name(name) for name in names] == [True, True, *[False] * 5]


# ---- one fault stops no other video ----------------------------------------------------------


def test_one_damaged_note_stops_no_other_video(project: Project, film: Path) -> None:
    for code in ("S1", "S2"):
        add_video(project, code, film)
    folder = _folder(project)
    _put(folder, frame_name(0))
    (folder / "frames.json").write_text("{", encoding="utf-8")
    first, second = extract_study(project).videos
    assert "frames.json is damaged" in first.problem
    assert (second.problem, second.written) == ("", 12)


def test_one_film_that_cannot_be_opened_stops_no_other(
    project: Project, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for code in ("S1", "S2"):
        add_video(project, code, film)
    open_video = media.open_video

    def opened(path: Path, **options: object) -> object:
        if "S1" in str(path):
            raise InvalidFileError("torn")
        return open_video(path, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(media, "open_video", opened)
    report = extract_study(project)
    assert [(video.problem, video.written) for video in report.videos] == [("torn", 0), ("", 12)]


@pytest.mark.parametrize("fps", ["Infinity", "NaN", "-1", "1" + "0" * 400, "true"])
def test_a_note_without_a_sensible_rate_is_damaged(tmp_path: Path, fps: str) -> None:
    (tmp_path / "frames.json").write_text(
        f'{{"format": 1, "frame_count": 3, "fps": {fps}}}', encoding="utf-8"
    )
    with pytest.raises(InvalidFileError, match="is damaged"):
        read_manifest(tmp_path)


# ---- memory -------------------------------------------------------------------------------


def test_all_videos_of_a_run_share_the_room_for_pictures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hrm_core.media import extract

    jobs, frames = 6, 30
    film = tiny_video(tmp_path / "film.mp4", frames)
    held, most, lock, gate = 0, 0, threading.Lock(), threading.Event()
    picture = VideoFile._picture

    def decoded(self: VideoFile, number: int) -> np.ndarray:
        nonlocal held, most
        with lock:
            held += 1
            most = max(most, held)
            if held >= 12 + jobs:
                # As many as may be: from now on they are written.
                gate.set()
        return picture(self, number)

    def write(*_: object) -> None:
        nonlocal held
        gate.wait(20)
        with lock:
            held -= 1

    monkeypatch.setattr(VideoFile, "_picture", decoded)
    monkeypatch.setattr(extract, "_write", write)
    room = picture_room(jobs)

    def run(job: int) -> None:
        plan = plan_frames(tmp_path / f"{job}", FrameFolder(frames, 25.0, None, 1, 95))
        with media.open_video(film, cache_bytes=0) as video:
            extract_frames(video, plan, helpers, room=room, advance=lambda: None, cancel=CancelToken())

    with ThreadPoolExecutor(2) as helpers, ThreadPoolExecutor(jobs) as workers:
        for future in [workers.submit(run, job) for job in range(jobs)]:
            future.result()
    assert (held, most) == (0, 12 + jobs)


# ---- a group that was corrected -----------------------------------------------------------------


def test_frames_stay_found_when_the_group_is_corrected(project: Project, film: Path) -> None:
    add_video(project, "S1", film)
    extract_study(project)
    folder = _folder(project)
    change_participant(project, "S1", group="TD")
    assert _folder(project) == folder
    assert extract_study(project).videos[0].there == 12
    assert FindingKind.FRAMES_TWICE not in {found.kind for found in check_project(project).findings}


def test_a_second_folder_of_frames_is_named(project: Project, film: Path) -> None:
    add_video(project, "S1", film)
    extract_study(project)
    first = _folder(project)
    second = project.folder / "Convert Frames" / "TD" / first.parent.name / first.name
    second.mkdir(parents=True)
    for name, data in _held(first).items():
        (second / name).write_bytes(data)
    (found,) = (f for f in check_project(project).findings if f.kind is FindingKind.FRAMES_TWICE)
    assert (found.severity, found.where) == (Severity.WARNING, second.relative_to(project.folder).as_posix())
    assert "keep one of these folders and take away the others" in found.message
    # That of the present group is the one in use.
    assert _folder(project) == first
    change_participant(project, "S1", group="TD")
    assert _folder(project) == second
