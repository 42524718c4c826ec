"""What the program remembers of a person, on machines that do not make it easy."""

from __future__ import annotations

from pathlib import Path

import pytest

from hrm_annotator.settings import personal
from hrm_annotator.settings.personal import PersonalSettings, load, remember_project, store
from hrm_core.paths import user_config_dir

OWN_KEYS = {"face_map": {"undo": ("F5",), "quit": ()}, "facs_numbers": {"play": ("G", "1, 2")}}
EVERYTHING = PersonalSettings(
    "Ärztin 李", ("/a b/ü", "/c"), "dark", 0.25, True, True, True, True, "facs_numbers", OWN_KEYS, "zh_CN"
)
DEFAULTS = PersonalSettings()


def file() -> Path:
    return user_config_dir() / "personal.json"


def test_a_new_user_has_defaults() -> None:
    assert load() == DEFAULTS
    assert not file().exists()


def test_what_is_stored_comes_back() -> None:
    store(EVERYTHING)
    assert load() == EVERYTHING
    store(DEFAULTS)
    assert load() == DEFAULTS


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\xff\xfe",
        b"{",
        b"[1, 2]",
        b"null",
        b'{"coder": 7, "recent": "x", "theme": "pink", "speed": "fast"}',
        b'{"speed": NaN}',
        b'{"speed": Infinity}',
        b'{"speed": -1}',
        b'{"speed": 1' + b"0" * 400 + b"}",
        b'{"speed": true, "recent": null}',
        b'{"cover_eyes": 1, "face_box": "yes", "landmarks": null}',
        b'{"key_profile": "qwerty", "own_keys": [1]}',
        b'{"key_profile": ["face_map"], "own_keys": {"qwerty": {"undo": ["A"]}}}',
        b"[" * 100_000,
    ],
)
def test_a_damaged_file_is_as_good_as_none(content: bytes) -> None:
    file().parent.mkdir(parents=True, exist_ok=True)
    file().write_bytes(content)
    assert load() == DEFAULTS


def test_what_is_sound_in_a_damaged_file_is_kept() -> None:
    file().parent.mkdir(parents=True, exist_ok=True)
    file().write_text('{"coder": "AB", "speed": "fast", "unknown": 1}', encoding="utf-8")
    assert load() == PersonalSettings(coder="AB")


def test_own_keys_of_another_shape_are_left_out() -> None:
    file().parent.mkdir(parents=True, exist_ok=True)
    file().write_text('{"own_keys": {"face_map": {"undo": "F5", "redo": ["F6"]}, "facs_numbers": 7}}')
    assert load() == PersonalSettings(own_keys={"face_map": {"redo": ("F6",)}})


def test_a_folder_that_cannot_be_written_is_no_reason_to_stop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Even the superuser cannot make a folder in a file.
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "file"))
    store(EVERYTHING)
    assert load() == DEFAULTS


def test_nothing_is_left_beside_the_file() -> None:
    store(EVERYTHING)
    store(DEFAULTS)
    assert [path.name for path in file().parent.iterdir()] == ["personal.json"]


def test_the_last_project_is_first_and_none_is_listed_twice() -> None:
    settings = DEFAULTS
    for name in "abcdefghija":
        settings = remember_project(settings, Path("/") / name)
    assert settings.recent == ("/a", "/j", "/i", "/h", "/g", "/f", "/e", "/d")
    assert len(settings.recent) == personal._MOST_RECENT
