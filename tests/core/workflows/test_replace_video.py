"""`--replace` connects no other film to labels, whatever is left out, lost or damaged."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from hrm_core import media
from hrm_core.errors import InvalidFileError, ProjectError, StoreError
from hrm_core.media.frame_folder import FrameFolder, write_manifest
from hrm_core.records.coding import FrameCoding
from hrm_core.records.recording import Recording
from hrm_core.workflows import placing
from hrm_core.workflows.add_participant import add_rater
from hrm_core.workflows.add_video import add_video, change_video, recording_of
from hrm_core.workflows.code_frames import CodingDesk
from hrm_core.workflows.note_frames import note_frames
from hrm_core.workflows.project import Project, open_project
from tests.core.media.clips import KINDS, make_clip

_FRAMES = 40


@pytest.fixture(scope="module")
def numbered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Frames that show their number."""
    return make_clip(tmp_path_factory.mktemp("numbered") / "film.mp4", KINDS[0], _FRAMES)


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another film of as many frames: noise."""
    folder = tmp_path_factory.mktemp("foreign") / "film"
    _pictures(folder, range(_FRAMES + 1), seed=7)
    return folder


def _pictures(folder: Path, numbers: Sequence[int], seed: int = 0) -> Path:
    """Pictures that look unlike one another."""
    for number in range(_FRAMES + 1):
        noise = np.random.default_rng([seed, number]).integers(0, 256, (6, 8, 3), np.uint8)
        if number in numbers:
            media.write_still(np.kron(noise, np.ones((8, 8, 1), np.uint8)), folder / f"{number:03d}.png")
    return folder


def _code(project: Project, recording: Recording, frames: Sequence[int]) -> None:
    rater = add_rater(project, "Ada")
    for frame in frames:
        project.store.codings.save(FrameCoding(rater.id, recording.id, frame).with_code("AU12", 1))


def test_the_look_is_compared_even_without_ledger(project: Project, numbered: Path, foreign: Path) -> None:
    recording = add_video(project, "S1", numbered)
    _code(project, recording, [3, 30])
    kept = project.store.ledgers.get(recording.id)
    with pytest.raises(ProjectError, match="leave out --without-ledger"):
        add_video(project, "S1", foreign, replace_file=True, note_frames=False)
    with pytest.raises(InvalidFileError, match="do not look the same"):
        add_video(project, "S1", foreign, replace_file=True)
    assert recording_of(project, "S1") == recording
    # The very same file needs no look, and what is kept of it stays.
    again = add_video(project, "S1", numbered, replace_file=True, note_frames=False, copy=False)
    assert again.path == numbered.as_posix()
    now = project.store.ledgers.get(recording.id)
    assert kept is not None
    assert now is not None
    assert np.array_equal(now.hashes, kept.hashes)


def test_a_file_that_nobody_coded_takes_its_look_with_it(
    project: Project, numbered: Path, foreign: Path
) -> None:
    recording = add_video(project, "S1", numbered)
    add_video(project, "S1", foreign, replace_file=True, note_frames=False)
    assert project.store.ledgers.get(recording.id) is None


def test_an_old_file_that_is_there_is_looked_at_first(
    project: Project, numbered: Path, foreign: Path
) -> None:
    recording = add_video(project, "S1", numbered, note_frames=False)
    _code(project, recording, [3, 30])
    with pytest.raises(InvalidFileError, match="do not look the same"):
        add_video(project, "S1", foreign, replace_file=True)
    with pytest.raises(ProjectError, match="leave out --without-ledger"):
        add_video(project, "S1", foreign, replace_file=True, note_frames=False)
    assert recording_of(project, "S1") == recording


@pytest.mark.parametrize("spoil", [Path.unlink, lambda path: path.write_bytes(b"another film")])
def test_without_ledger_and_old_file_nobody_can_tell(
    project: Project, numbered: Path, foreign: Path, spoil: object
) -> None:
    recording = add_video(project, "S1", numbered, note_frames=False)
    _code(project, recording, [3, 30])
    assert callable(spoil)
    spoil(project.folder / str(recording.path))
    with pytest.raises(InvalidFileError, match=r"put the old file back, run hrm video ledger"):
        add_video(project, "S1", foreign, replace_file=True)
    assert recording_of(project, "S1") == recording
    # The same content can be nothing else.
    assert add_video(project, "S1", numbered, replace_file=True).id == recording.id


def test_labels_that_came_first_get_any_file_that_is_long_enough(project: Project, foreign: Path) -> None:
    who = project.store.people.participant("S1")
    labels = project.store.recordings.add(Recording(0, who.id, "recording"))
    _code(project, labels, [3, 30])
    connected = add_video(project, "S1", foreign, replace_file=True, note_frames=False)
    assert (connected.id, connected.frame_count) == (labels.id, _FRAMES + 1)


def test_damaged_frames_of_the_same_pictures_are_the_same(project: Project, tmp_path: Path) -> None:
    folder = _pictures(tmp_path / "film", range(_FRAMES))
    (folder / "005.png").write_bytes(b"damaged")
    recording = add_video(project, "S1", folder, copy=False)
    _code(project, recording, [4, 5, 30])
    assert add_video(project, "S1", folder, copy=False, replace_file=True).id == recording.id


def test_frames_that_look_like_any_others_do_not_vouch_for_a_film(project: Project, tmp_path: Path) -> None:
    """Black frames of two films have the same hash."""
    films = [_pictures(tmp_path / f"film {seed}", range(_FRAMES), seed) for seed in (1, 2)]
    for film in films:
        media.write_still(np.zeros((48, 64, 3), np.uint8), film / "005.png")
    recording = add_video(project, "S1", films[0])
    _code(project, recording, [5])
    with pytest.raises(InvalidFileError, match="do not look the same"):
        add_video(project, "S1", films[1], replace_file=True, name="film 1")


def test_a_folder_that_lost_a_picture_gives_no_ledger(project: Project, tmp_path: Path) -> None:
    folder = _pictures(tmp_path / "film", range(_FRAMES))
    recording = add_video(project, "S1", folder, copy=False, note_frames=False)
    lost = (folder / "007.png").rename(tmp_path / "007.png")
    with pytest.raises(InvalidFileError, match=rf"has 39 frames, but had {_FRAMES} .*put the missing"):
        note_frames(project, recording)
    assert project.store.ledgers.get(recording.id) is None
    lost.rename(folder / "007.png")
    assert len(note_frames(project, recording)) == _FRAMES


def test_a_folder_of_a_note_keeps_its_numbers(project: Project, tmp_path: Path) -> None:
    folder = _pictures(tmp_path / "film", range(_FRAMES))
    write_manifest(folder, FrameFolder(_FRAMES, 25.0))
    recording = add_video(project, "S1", folder, copy=False, note_frames=False)
    (folder / "007.png").unlink()
    assert not note_frames(project, recording).hashes[7].any()


def test_only_what_is_meant_is_written(
    project: Project, numbered: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody sets the video mirrored while another one has read it and not written yet."""
    recording = add_video(project, "S1", numbered)
    get = project.store.recordings.of_participant
    stale = get()
    change_video(project, "S1", None, mirrored=True)
    monkeypatch.setattr(project.store.recordings, "of_participant", lambda _: stale)
    assert add_video(project, "S1", numbered, replace_file=True).mirrored
    monkeypatch.undo()
    project.store.recordings.move_file(recording.id, "elsewhere.mp4")
    monkeypatch.setattr(project.store.recordings, "of_participant", lambda _: stale)
    change_video(project, "S1", None, mirrored=False)
    now = project.store.recordings.get(recording.id)
    assert (now.path, now.mirrored) == ("elsewhere.mp4", False)


def test_a_window_with_the_old_film_cannot_code_its_frames_into_the_new_one(
    project: Project, numbered: Path, foreign: Path
) -> None:
    recording = add_video(project, "S1", numbered, name="film")
    rater = add_rater(project, "Ada")
    with open_project(project.folder) as window:
        desk = CodingDesk(window, rater, recording)
        # Nothing is coded yet, so any film may take its place.
        add_video(project, "S1", foreign, name="film", replace_file=True)
        with pytest.raises(StoreError, match="connected to another file"):
            desk.save(FrameCoding(rater.id, recording.id, 3).with_code("AU1", 1), "AU1")
    assert project.store.codings.of_video(rater.id, recording.id) == {}


def test_frames_coded_while_the_new_film_is_looked_at_stop_it(
    project: Project, numbered: Path, foreign: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = add_video(project, "S1", numbered, name="film")
    rater = add_rater(project, "Ada")
    copy = placing.shutil.copytree

    def meanwhile(*paths: Path) -> object:
        project.store.codings.save(FrameCoding(rater.id, recording.id, 3).with_code("AU1", 1))
        return copy(*paths)

    monkeypatch.setattr(placing.shutil, "copytree", meanwhile)
    with pytest.raises(ProjectError, match=r"has coded frames .* start again"):
        add_video(project, "S1", foreign, name="film", replace_file=True)
    assert recording_of(project, "S1") == recording
    assert list(project.store.codings.of_video(rater.id, recording.id)) == [3]
