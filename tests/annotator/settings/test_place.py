"""Where the coder was is remembered without names, and never in part."""

from __future__ import annotations

import json

import pytest

from hrm_annotator.settings.place import Places, left_open, note_closed, note_open, take_seat
from hrm_core.paths import user_config_dir

URL = "postgresql://anna@labels.example.org/autism-study"


def test_places_are_kept_apart_by_project_and_coder_and_tell_no_name() -> None:
    Places(URL, 1).store(7, 120)
    Places(URL, 1).store(8, 3)
    Places(URL, 2).store(7, 9)
    mine = Places(URL, 1)
    assert (mine.last, mine.frame(7), mine.frame(8), mine.frame(9)) == (8, 120, 3, None)
    assert (Places(URL, 2).last, Places(URL, 2).frame(7)) == (7, 9)
    assert Places("elsewhere", 1).last is None
    files = list((user_config_dir() / "places").iterdir())
    assert len(files) == 2
    for file in files:
        text = file.name + file.read_text(encoding="utf-8")
        assert not [word for word in ("anna", "autism", "example") if word in text]


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"last": "x", "frames": []}', '{"last": -1, "frames": {"7": null, "8": true}}'],
)
def test_a_damaged_file_is_as_none_and_is_written_anew(text: str) -> None:
    Places(URL, 1).store(7, 1)
    (file,) = (user_config_dir() / "places").iterdir()
    file.write_text(text, encoding="utf-8")
    places = Places(URL, 1)
    assert (places.last, places.frame(7), places.frame(8)) == (None, None, None)
    places.store(8, 5)
    assert (places.last, places.frame(8)) == (8, 5)
    assert json.loads(file.read_text(encoding="utf-8")) == {"last": 8, "frames": {"8": 5}}


def test_only_a_project_that_was_left_open_is_told_of() -> None:
    folder = user_config_dir()
    folder.mkdir(parents=True, exist_ok=True)
    assert left_open() is None
    note_open(folder)
    assert left_open() == folder
    note_open(folder / "gone")
    assert left_open() is None
    note_open(folder)
    note_closed()
    note_closed()
    assert left_open() is None


def test_a_second_program_does_not_take_the_first_for_a_crashed_one() -> None:
    first = take_seat()
    assert first is not None
    assert take_seat() is None
    first.unlock()
    again = take_seat()
    assert again is not None
    again.unlock()


def test_a_settings_folder_that_cannot_be_written_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = user_config_dir()
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_text("a file where the folder should be")
    Places(URL, 1).store(7, 1)
    assert Places(URL, 1).frame(7) is None
    assert take_seat() is None
