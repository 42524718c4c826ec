"""Keys of one's own: kept, refused in words where they are taken, never a reason to crash."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from hrm_annotator.actions.bindings import Bindings, apply, from_stored
from hrm_annotator.actions.ids import toggle
from hrm_annotator.actions.profiles import Profile
from hrm_annotator.actions.table import COMMANDS, ActionId, keys_on, make_actions

FACE, NUMBERS = Profile


def test_own_keys_come_back_from_a_file() -> None:
    bindings = Bindings(FACE).with_key(ActionId.PLAY, "F13").with_key(ActionId.OPEN_DEMO, "Shift+Q")
    bindings = bindings.without_key(toggle("AU1"), "Q").with_key(ActionId.UNDO, "Q")
    stored = json.loads(json.dumps({name: list(keys) for name, keys in bindings.own.items()}))
    assert from_stored(FACE, stored) == (bindings, ())
    assert bindings.keys_of(ActionId.PLAY) == ("Space", "F13")
    assert bindings.keys_of(toggle("AU1")) == ()


def test_the_default_keys_are_nobodys_own() -> None:
    bindings = Bindings(FACE).with_key(ActionId.PLAY, "F13").without_key(ActionId.PLAY, "F13")
    assert bindings == Bindings(FACE)


REFUSED = [
    (FACE, ActionId.UNDO, "Q", "AU1"),
    (FACE, ActionId.UNDO, "Q, W", "cannot be told from Q"),
    (FACE, toggle("AU1"), "1, 2", "Both sides"),
    (FACE, ActionId.PLAY, "Space", "already"),
    (FACE, ActionId.PLAY, "Space, A", "stands alone"),
    (FACE, ActionId.PLAY, "Tab", "next field"),
    (FACE, ActionId.PLAY, "Shift+Backtab", "field before"),
    (FACE, ActionId.PLAY, "Esc", "half typed"),
    (FACE, ActionId.PLAY, "Alt+A", "menu"),
    (FACE, ActionId.PLAY, "Nonsense", "no key"),
    (FACE, ActionId.PLAY, "", "no key"),
    (NUMBERS, ActionId.PLAY, "1", "AU1 Inner"),
    (NUMBERS, ActionId.PLAY, "1, 1", "cannot be told from 1"),
    (NUMBERS, ActionId.PLAY, "Shift+=", "ends a number"),
]


def test_a_key_that_is_not_free_is_refused_in_words() -> None:
    for profile, name, keys, words in REFUSED:
        assert words in Bindings(profile).why_not(name, keys), keys
        with pytest.raises(ValueError, match=r"\."):
            Bindings(profile).with_key(name, keys)


def test_numbers_of_actions_may_begin_alike() -> None:
    assert Bindings(NUMBERS).with_key(toggle("AU1"), "1, 1").keys_of(toggle("AU1"))[-1] == "1, 1"


def test_a_key_that_was_given_away_does_not_come_back_twice() -> None:
    bindings = Bindings(FACE).without_key(toggle("AU1"), "Q").with_key(toggle("AU2"), "Q")
    with pytest.raises(ValueError, match="AU2"):
        bindings.reset(toggle("AU1"))
    assert bindings.reset(toggle("AU2")).reset(toggle("AU1")) == Bindings(FACE)


def test_keys_can_be_swapped_and_stored() -> None:
    stored = {toggle("AU1"): ["W"], toggle("AU2"): ["Q"]}
    bindings, dropped = from_stored(FACE, stored)
    assert (bindings.keys_of(toggle("AU1")), dropped) == (("W",), ())


def test_what_cannot_be_used_is_dropped_and_said() -> None:
    stored = {
        "brew_coffee": ["F13"],
        ActionId.UNDO: ["Q"],
        ActionId.REDO: ["Nonsense"],
        ActionId.PLAY: "Space",
        ActionId.QUIT: ["F13"],
    }
    bindings, dropped = from_stored(FACE, stored)
    assert bindings.own == {ActionId.QUIT: ("F13",)}
    assert [words.split("“")[1].split("”")[0] for words in dropped] == [
        "brew_coffee",
        "Redo",
        "Play or pause",
        "Undo",
    ]


_KEYS = st.lists(st.sampled_from(["Q", "1", "1, 2", "F13", "Tab", "Shift+=", "", "Ä", ", ,", "Esc", "G, H"]))


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(Profile),
    st.dictionaries(
        st.sampled_from([*list(COMMANDS)[:60], "unknown"]),
        _KEYS | st.sampled_from([None, "Q", 7]),
        max_size=8,
    ),
)
def test_whatever_is_stored_the_bindings_are_sound(profile: Profile, stored: dict[str, object]) -> None:
    bindings, dropped = from_stored(profile, stored)
    assert bindings.first_conflict() is None
    assert len(dropped) == len(set(stored) - set(bindings.own))


def test_actions_menus_and_tool_tips_follow(qapp: QApplication) -> None:
    parent = QObject()
    actions = make_actions(parent)
    bindings = Bindings(NUMBERS).with_key(toggle("AU12"), "F13")
    apply(bindings, actions)
    smile, absent = actions[toggle("AU12")], actions[ActionId.CODE_ABSENT]
    assert keys_on(smile) == ("1, 2", "F13")
    assert [sequence.toString() for sequence in smile.shortcuts()] == ["F13"]
    assert smile.text().endswith("\t12")
    assert "(12 or F13)" in smile.toolTip()
    assert [sequence.toString() for sequence in absent.shortcuts()] == ["Del"]
    smile.setToolTip(f"{smile.toolTip()}\nNot now.")
    apply(Bindings(FACE), actions)
    assert (smile.shortcuts(), smile.text().endswith("\tA")) == ([], True)
    assert smile.toolTip().endswith("(A)\nNot now.")
