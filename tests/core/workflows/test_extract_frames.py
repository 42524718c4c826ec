"""Frames become files once, whole and under their own number, however often the run is stopped."""

from __future__ import annotations

import errno
import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from hrm_core.errors import Cancelled, InvalidFileError, NotFoundError, ProjectError
from hrm_core.media import open_video
from hrm_core.media.frame_folder import FrameFolder, read_manifest
from hrm_core.media.stills import StillError
from hrm_core.progress import CancelToken, NoProgress
from hrm_core.records.findings import FindingKind
from hrm_core.records.recording import Recording
from hrm_core.workflows.add_video import add_clips, add_video, recording_of
from hrm_core.workflows.check_dataset import check_dataset
from hrm_core.workflows.extract_frames import extract_study
from hrm_core.workflows.project import Project, create_project
from tests.core.media.clips import KINDS, make_clip, read_number
from tests.support.programs import ROOT


@pytest.fixture(scope="module")
def numbered_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """110 frames that show their number; B-frames and an open group."""
    return make_clip(tmp_path_factory.mktemp("numbered") / "film.mp4", KINDS[1])


def _folder(project: Project, code: str = "S1") -> Path:
    who = project.store.people.participant(code)
    return project.frames_folder(who, recording_of(project, code))


def _bytes(folder: Path) -> dict[str, str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files
    }


def test_every_frame_is_under_its_number(project: Project, numbered_film: Path) -> None:
    recording = add_video(project, "S1", numbered_film)
    report = extract_study(project)
    assert (report.frames, report.videos[0].there, report.videos[0].damaged) == (110, 0, ())
    assert report.frames_per_s > 0
    folder = project.folder / "Convert Frames" / "ASD" / "Participant-S1" / "film"
    assert folder == _folder(project)
    with open_video(folder) as pictures, open_video(numbered_film) as video:
        assert (len(pictures), pictures.fps) == (110, pytest.approx(video.fps))
        for number in range(110):
            picture = pictures[number]
            assert read_number(picture) == number
            assert np.abs(picture.astype(int) - video[number]).mean() < 4
    assert read_manifest(folder) == FrameFolder(110, recording.fps or 0, recording.fingerprint, 1, 95)
    assert {finding.kind for finding in check_dataset(project.folder).findings} == {
        FindingKind.NEUTRAL_MISSING
    }


def test_what_is_there_is_not_done_again(project: Project, numbered_film: Path) -> None:
    add_video(project, "S1", numbered_film)
    first = extract_study(project, every=10)
    folder = _folder(project)
    assert [path.name for path in sorted(folder.glob("*.jpg"))] == [f"{n:06d}.jpg" for n in range(0, 110, 10)]
    stamps = {path: path.stat().st_mtime_ns for path in folder.glob("*.jpg")}
    second = extract_study(project)
    assert (first.frames, second.frames, second.videos[0].there) == (11, 99, 11)
    assert {path: path.stat().st_mtime_ns for path in stamps} == stamps
    # A file that a power cut has left empty or cut off is done again.
    (folder / "000004.jpg").write_bytes(b"")
    (folder / "000005.jpg").write_bytes((folder / "000005.jpg").read_bytes()[:-40])
    assert extract_study(project).frames == 2
    assert extract_study(project).frames == 0


def test_only_clips_of_some_children(project: Project, numbered_film: Path, film: Path) -> None:
    recording = add_video(project, "S1", numbered_film)
    add_video(project, "S2", film)
    add_clips(project, recording, [(3, 5), (100, 101)])
    dry = extract_study(project, participants=["S1"], clips_only=True, dry_run=True)
    assert (dry.frames, dry.dry_run) == (5, True)
    assert not _folder(project).exists()
    assert extract_study(project, participants=["S1"], clips_only=True).frames == 5
    assert [path.stem for path in sorted(_folder(project).glob("*.jpg"))] == [
        "000003",
        "000004",
        "000005",
        "000100",
        "000101",
    ]
    assert not _folder(project, "S2").exists()
    # Frames outside the clips are not missing.
    assert not [f for f in check_dataset(project.folder).findings if "FRAMES" in f.kind.name]
    with pytest.raises(NotFoundError, match="S9"):
        extract_study(project, participants=["S9"])


def test_frames_of_another_file_are_not_mixed_in(project: Project, numbered_film: Path, film: Path) -> None:
    add_video(project, "S1", film, name="film")
    extract_study(project)
    add_video(project, "S1", numbered_film, name="film", replace_file=True)
    (video,) = extract_study(project).videos
    assert "from another file: use --again" in video.problem
    assert len(list(_folder(project).glob("*.jpg"))) == 12
    assert extract_study(project, again=True).frames == 110
    assert extract_study(project, again=True).frames == 0
    assert "in quality 95: use --again" in extract_study(project, quality=60).videos[0].problem
    sizes = sum(path.stat().st_size for path in _folder(project).glob("*.jpg"))
    # Also those that nobody asks for now come back: a smaller choice takes nothing away.
    assert extract_study(project, quality=60, every=50, again=True).frames == 110
    assert sum(path.stat().st_size for path in _folder(project).glob("*.jpg")) < sizes


def test_a_video_that_is_gone_does_not_stop_the_others(
    project: Project, numbered_film: Path, film: Path
) -> None:
    gone = add_video(project, "S1", film)
    add_video(project, "S2", numbered_film)
    (project.folder / str(gone.path)).unlink()
    report = extract_study(project)
    assert "is not where it was" in report.videos[0].problem
    assert report.videos[1].written == 110


def test_pictures_and_labels_without_file_need_nothing(project: Project, film: Path, tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="no video to extract"):
        extract_study(project)
    add_video(project, "S1", film)
    extract_study(project)
    pictures = _folder(project).rename(tmp_path / "pictures")
    add_video(project, "S2", pictures, copy=False)
    videos = extract_study(project).videos
    assert [(video.folder is None, video.problem) for video in videos] == [(False, ""), (True, "")]


def test_damaged_frames_are_left_out_and_named(
    project: Project, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hrm_core.media.reader import VideoFile

    add_video(project, "S1", film)
    whole = VideoFile._picture

    def picture(self: VideoFile, number: int) -> np.ndarray:
        if number == 7:
            raise InvalidFileError("damaged")
        return whole(self, number)

    monkeypatch.setattr(VideoFile, "_picture", picture)
    report = extract_study(project)
    assert (report.frames, report.videos[0].damaged) == (11, (7,))


def test_a_full_disk_is_explained_and_the_rest_goes_on_later(
    project: Project, numbered_film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_video(project, "S1", numbered_film)
    replace, calls = Path.replace, []

    def full(self: Path, target: Path) -> Path:
        calls.append(target)
        if len(calls) > 40:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return replace(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", full)
        with pytest.raises(StillError, match=r"No space left .* has room"):
            extract_study(project)
    folder = _folder(project)
    there = len(list(folder.glob("*.jpg")))
    assert 0 < there < 110
    assert not list(folder.glob(".*.part"))
    assert extract_study(project).frames == 110 - there


def test_it_can_be_stopped(project: Project, numbered_film: Path) -> None:
    add_video(project, "S1", numbered_film)
    token = CancelToken()

    class StopAtTen(NoProgress):
        done = 0

        def advance(self, units: int = 1) -> None:
            self.done += units
            if self.done == 10:
                token.cancel()

    with pytest.raises(Cancelled):
        extract_study(project, progress=StopAtTen(), cancel=token)
    there = len(list(_folder(project).glob("*.jpg")))
    assert 10 <= there < 110
    assert extract_study(project).frames == 110 - there


@pytest.mark.parametrize(("every", "quality"), [(0, 95), (1, 0), (1, 101)])
def test_nonsense_is_refused(project: Project, every: int, quality: int) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        extract_study(project, every=every, quality=quality)


# ---- killed ------------------------------------------------------------------------------

_KILLS = 10


def _study(folder: Path, film: Path) -> Project:
    from hrm_core.workflows.add_participant import add_participant

    with create_project(folder) as project:
        for code in ("1", "2", "3"):
            add_participant(project, code, group="ASD")
            add_video(project, code, film, note_frames=False)
        return project


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_killed_ten_times_and_run_again_gives_the_same_bytes(tmp_path: Path) -> None:
    film = make_clip(tmp_path / "film.mp4", KINDS[0], 190)
    undisturbed, killed = _study(tmp_path / "a", film), _study(tmp_path / "b", film)
    rng = random.Random(6)
    frames = killed.folder / "Convert Frames"
    for _ in range(_KILLS):
        _kill_after(killed.folder, frames, rng.randint(1, 30))
    assert 10 <= len(list(frames.rglob("*.jpg"))) < 570
    for study in (undisturbed, killed):
        command = [sys.executable, "-m", "hrm_core.cli.main", "extract", "frames", "-p", str(study.folder)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    assert len(_bytes(frames)) == 3 * 191
    assert _bytes(frames) == _bytes(undisturbed.folder / "Convert Frames")


def _kill_after(project: Path, frames: Path, more: int) -> None:
    """Start an extraction and kill it once `more` frames have come."""
    before = len(list(frames.rglob("*.jpg")))
    # Slowed down, because it would be over before anybody could kill it.
    script = (
        "import time; from hrm_core.media import stills; whole = stills.put_still\n"
        "from hrm_core.media import extract\n"
        "def slow(*a, **k): time.sleep(0.004); whole(*a, **k)\n"
        "extract.put_still = slow\n"
        "import sys; from hrm_core.cli.main import run\n"
        f"sys.argv = ['hrm', 'extract', 'frames', '-p', {str(project)!r}]; run()"
    )
    with subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.DEVNULL) as program:
        deadline = time.monotonic() + 60
        while len(list(frames.rglob("*.jpg"))) < before + more:
            assert program.poll() is None, "it ended before it was killed"
            assert time.monotonic() < deadline
            time.sleep(0.001)
        program.send_signal(signal.SIGKILL)
        assert program.wait() == -signal.SIGKILL


def test_numbers_are_those_of_the_window(project: Project, numbered_film: Path) -> None:
    recording: Recording = add_video(project, "S1", numbered_film)
    extract_study(project, every=7)
    with open_video(_folder(project)) as pictures:
        assert len(pictures) == recording.frame_count
        assert read_number(pictures[77]) == 77
        with pytest.raises(InvalidFileError, match="Frame 78 is not among"):
            pictures[78]
