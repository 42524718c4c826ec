"""Files that were moved are found again, and nothing else that is known of a video changes by it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hrm_core import media
from hrm_core.workflows.add_video import add_video, change_video, recording_of
from hrm_core.workflows.project import Project
from hrm_core.workflows.relink_video import find_moved_videos


def test_what_was_changed_meanwhile_stays(
    project: Project, film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = add_video(project, "S1", film)
    elsewhere = tmp_path / "disk" / "renamed.mp4"
    elsewhere.parent.mkdir()
    (project.folder / str(recording.path)).rename(elsewhere)
    fingerprint = media.fingerprint

    def slow(path: Path) -> str:
        # While the disk is searched, a colleague sets the video mirrored.
        change_video(project, "S1", None, mirrored=True)
        return fingerprint(path)

    monkeypatch.setattr(media, "fingerprint", slow)
    find_moved_videos(project, elsewhere.parent)
    now = recording_of(project, "S1")
    assert (now.mirrored, now.path) == (True, elsewhere.resolve().as_posix())


def test_a_file_that_was_connected_meanwhile_stays(
    project: Project, film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = add_video(project, "S1", film)
    elsewhere = tmp_path / "disk" / "renamed.mp4"
    elsewhere.parent.mkdir()
    (project.folder / str(recording.path)).rename(elsewhere)
    fingerprint = media.fingerprint

    def slow(path: Path) -> str:
        project.store.recordings.move_file(recording.id, film.as_posix())
        return fingerprint(path)

    monkeypatch.setattr(media, "fingerprint", slow)
    find_moved_videos(project, elsewhere.parent)
    assert recording_of(project, "S1").path == film.as_posix()


def test_a_folder_of_images_that_is_gone_is_not_passed_over(project: Project, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    media.write_still(np.zeros((48, 64, 3), np.uint8), folder / "1.png")
    recording = add_video(project, "S1", folder, copy=False)
    assert find_moved_videos(project, tmp_path) == []
    folder.rename(tmp_path / "moved")
    assert find_moved_videos(project, tmp_path) == [(recording, None)]
