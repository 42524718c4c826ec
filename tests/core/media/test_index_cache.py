"""The kept index is used when sound and made anew when not."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from hrm_core.media import index_cache, open_video
from hrm_core.media.index_build import build_index
from hrm_core.media.index_cache import indexed
from tests.core.media.clips import FRAMES, read_number


@pytest.fixture
def builds(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Files that were indexed anew."""
    built: list[Path] = []
    build = build_index

    def counted(path, progress, cancel):  # type: ignore[no-untyped-def]
        built.append(path)
        return build(path, progress, cancel)

    monkeypatch.setattr(index_cache, "build_index", counted)
    return built


def test_it_is_used_again_after_the_file_was_moved(closed: Path, tmp_path: Path, builds: list[Path]) -> None:
    cache, moved = tmp_path / "new" / "cache", tmp_path / "moved.mp4"
    shutil.copy(closed, moved)
    first = indexed(closed, cache_dir=cache)
    again = indexed(moved, cache_dir=cache)
    assert builds == [closed]
    assert [file.suffix for file in cache.iterdir()] == [".npz"]
    for name in ("ticks", "stamps", "key_of", "damaged"):
        assert np.array_equal(getattr(first, name), getattr(again, name))
    for name in ("pts", "dts", "position", "first"):
        assert np.array_equal(getattr(first.keys, name), getattr(again.keys, name))
    for name in ("codec", "width", "height", "orientation", "time_base", "end_tick"):
        assert getattr(first, name) == getattr(again, name)
    with open_video(moved, cache_dir=cache) as video:
        assert read_number(video[77]) == 77


@pytest.mark.parametrize("damage", ["cut", "text", "empty", "other arrays", "wrong lengths"])
def test_a_damaged_cache_is_made_anew(closed: Path, tmp_path: Path, builds: list[Path], damage: str) -> None:
    indexed(closed, cache_dir=tmp_path)
    (file,) = tmp_path.iterdir()
    data = file.read_bytes()
    if damage == "other arrays":
        np.savez(file, ticks=np.arange(3))
    elif damage == "wrong lengths":
        with np.load(file) as arrays:
            np.savez(file, **({name: arrays[name] for name in arrays.files} | {"ticks": np.arange(9)}))
    else:
        file.write_bytes({"cut": data[: len(data) // 2], "text": b"hello", "empty": b""}[damage])
    assert len(indexed(closed, cache_dir=tmp_path)) == FRAMES
    assert len(indexed(closed, cache_dir=tmp_path)) == FRAMES
    assert len(builds) == 2


def test_a_folder_that_cannot_be_written_is_no_obstacle(closed: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder", encoding="utf-8")
    assert len(indexed(closed, cache_dir=blocked)) == FRAMES


def test_a_full_disk_leaves_nothing_behind(
    closed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    assert len(indexed(closed, cache_dir=tmp_path)) == FRAMES
    assert list(tmp_path.iterdir()) == []


def test_without_a_folder_nothing_is_kept(closed: Path, builds: list[Path]) -> None:
    indexed(closed)
    indexed(closed)
    assert len(builds) == 2
