"""Proxies in a study: named by content, used for the right file only, never needed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from hrm_core import media
from hrm_core.errors import InvalidFileError, NotFoundError, UserError
from hrm_core.media.frame_folder import FrameFolder, frame_name, write_manifest
from hrm_core.media.stills import write_still
from hrm_core.records.recording import Recording
from hrm_core.workflows.add_video import add_video, recording_of
from hrm_core.workflows.make_proxy import (
    make_proxy,
    proxy_path,
    proxy_would_help,
    remove_all_proxies,
    remove_proxy,
)
from hrm_core.workflows.project import Project
from hrm_core.workflows.show_video import show_video
from tests.core.media.clips import FRAMES, KINDS, make_clip, read_number

_FAR = 90


@pytest.fixture(scope="module")
def numbered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Numbered frames, a key frame every 250."""
    return make_clip(tmp_path_factory.mktemp("film") / "numbered.mp4", KINDS[2])


@pytest.fixture
def recording(project: Project, numbered: Path) -> Recording:
    return add_video(project, "S1", numbered, note_frames=False)


def _preview(project: Project, recording: Recording, number: int = _FAR) -> np.ndarray | None:
    with show_video(project, recording) as video:
        return video.preview(number)


def test_it_is_made_once_and_shows_what_is_far_away(project: Project, recording: Recording) -> None:
    assert _preview(project, recording) is None
    report = make_proxy(project, recording)
    assert recording.fingerprint is not None
    file = proxy_path(project, recording.fingerprint)
    assert (report.made, report.frames, report.size_bytes) == (True, FRAMES, file.stat().st_size)
    assert read_number(_preview(project, recording)) == _FAR
    assert not make_proxy(project, recording).made
    relative = file.relative_to(project.folder).as_posix()
    assert relative == f".hrm-cache/proxies/{recording.fingerprint.replace(':', '-')}.mp4"
    assert "ASD" not in relative


def test_a_damaged_one_is_made_again_and_it_is_said_why(project: Project, recording: Recording) -> None:
    make_proxy(project, recording)
    file = proxy_path(project, recording.fingerprint or "")
    file.write_bytes(file.read_bytes()[:-100])
    assert _preview(project, recording) is None
    report = make_proxy(project, recording)
    assert report.made
    assert report.flaw == "is cut off"
    assert read_number(_preview(project, recording)) == _FAR


def test_another_file_in_its_place_has_no_proxy(project: Project, recording: Recording) -> None:
    make_proxy(project, recording)
    other = make_clip(project.folder / "other.mp4", KINDS[0])
    replaced = add_video(project, "S1", other, replace_file=True, note_frames=False)
    assert _preview(project, replaced) is None
    make_proxy(project, replaced)
    assert read_number(_preview(project, replaced)) == _FAR
    shutil.copy(make_clip(project.folder / "third.mp4", KINDS[1]), project.video_path(replaced))
    with pytest.raises(InvalidFileError, match="not the one that was added"):
        make_proxy(project, replaced)


def test_extracted_frames_stand_in_too(project: Project, recording: Recording) -> None:
    who = project.store.people.participant("S1")
    folder = project.frames_folder(who, recording)
    with show_video(project, recording) as video:
        write_still(video[_FAR], folder / frame_name(_FAR))
    write_manifest(folder, FrameFolder(FRAMES, 30.0, recording.fingerprint))
    assert read_number(_preview(project, recording)) == _FAR
    assert _preview(project, recording, _FAR + 1) is None


def test_removing(project: Project, recording: Recording) -> None:
    made = make_proxy(project, recording)
    assert remove_proxy(project, recording) > made.size_bytes
    assert _preview(project, recording) is None
    assert remove_proxy(project, recording) == 0
    make_proxy(project, recording)
    orphan = proxy_path(project, "sha256:0")
    parts = orphan.with_name(f"{orphan.name}.parts")
    parts.mkdir()
    (parts / "000000.mp4").write_bytes(b"part of one that was never finished")
    assert remove_all_proxies(project) > made.size_bytes
    assert list(orphan.parent.iterdir()) == []
    assert remove_all_proxies(project) == 0


def test_where_one_would_help(project: Project, recording: Recording, film: Path) -> None:
    assert proxy_would_help(project, recording)
    assert not proxy_would_help(project, add_video(project, "S2", film))


def test_what_has_none(project: Project, tmp_path: Path, recording: Recording) -> None:
    for number in range(3):
        write_still(np.zeros((8, 8, 3), dtype=np.uint8), tmp_path / "stills" / f"{number}.png")
    folder = add_video(project, "S2", tmp_path / "stills")
    with pytest.raises(UserError, match="needs no proxy"):
        make_proxy(project, folder)
    assert not proxy_would_help(project, folder)
    project.video_path(recording).unlink()
    with pytest.raises(NotFoundError):
        make_proxy(project, recording_of(project, "S1"))


def test_the_index_of_the_original_is_kept(project: Project, recording: Recording) -> None:
    make_proxy(project, recording)
    cache = project.folder / ".hrm-cache"
    assert [file.suffix for file in cache.iterdir() if file.is_file()] == [".npz"]
    assert media.fingerprint(project.video_path(recording)) == recording.fingerprint
