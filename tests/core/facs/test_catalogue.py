"""The catalogue against what the study's design and the published label file say."""

from __future__ import annotations

import tomllib

import pytest

from hrm_core.facs import ACTIONS, ALL_ACTIONS, Code, action
from hrm_core.paths import resource
from hrm_core.records.columns import CODE_COLUMNS

# Typed off the design of the study, not made from the catalogue.
UPPER = {
    "AU1": "Inner Brow Raiser",
    "AU2": "Outer Brow Raiser",
    "AU4": "Brow Lowerer",
    "AU5": "Upper Lid Raiser",
    "AU6": "Cheek Raiser",
    "AU7": "Lid Tightener",
    "AU43": "Eye Closure",
}
LOWER = {
    "AU8": "Lips Toward Each Other",
    "AU9": "Nose Wrinkler",
    "AU10": "Upper Lip Raiser",
    "AU12": "Lip Corner Puller",
    "AU13": "Sharp Lip Puller",
    "AU14": "Dimpler",
    "AU15": "Lip Corner Depressor",
    "AU16": "Lower Lip Depressor",
    "AU17": "Chin Raiser",
    "AU18": "Lip Pucker",
    "AD19": "Tongue Show",
    "AU20": "Lip Stretcher",
    "AU22": "Lip Funneler",
    "AU23": "Lip Tightener",
    "AU24": "Lip Presser",
    "AU25": "Lips Part",
    "AU2X": "Jaw Drop or Mouth Stretch",
    "AU28": "Lip Suck",
    "AD29": "Jaw Thrust",
    "AD30": "Jaw Sideways",
    "AD32": "Bite",
    "AD33": "Blow",
    "AD34": "Puff",
    "AD35": "Suck",
    "AD36": "Bulge",
    "AD37": "Lip Wipe",
}
PUBLISHED_HEADER = (
    "frame,AU1,AU2,AU4,AU5,AU6,AU7,AU43,AU8,AU9,AU10,AU12,AU13,AU14,AU15,AU16,AU17,AU18,AD19,AU20,AU21,"
    "AU22,AU23,AU24,AU25,AU2X,AU28,AD29,AD30,AU31,AD32,AD33,AD34,AD35,AD36,AD37,AU0,ASD"
)


def test_the_33_actions_of_the_study() -> None:
    assert len(ACTIONS) == 33
    assert [(entry.key, entry.name) for entry in ACTIONS] == [*UPPER.items(), *LOWER.items()]


def test_the_parts_of_the_face() -> None:
    groups = {entry.key: entry.group for entry in ALL_ACTIONS}
    assert {key for key, group in groups.items() if group == "upper"} == set(UPPER)
    assert {key for key, group in groups.items() if group == "lower"} == set(LOWER)
    assert {key for key, group in groups.items() if group == "other"} == {"AU21", "AU31"}


def test_the_35_columns_of_the_published_file() -> None:
    published = PUBLISHED_HEADER.split(",")[1:-2]
    assert len(published) == 35
    assert [entry.key for entry in ALL_ACTIONS] == published == list(CODE_COLUMNS)
    assert [entry.key for entry in ALL_ACTIONS if not entry.active] == ["AU21", "AU31"]


def test_numbers_kinds_labels_and_aliases() -> None:
    assert (action("AU12").kind, action("AU12").number) == ("AU", "12")
    assert (action("AD19").kind, action("AD19").number) == ("AD", "19")
    assert (action("AU2X").number, action("AU2X").aliases) == ("2X", ("26", "27"))
    assert (action("AU43").number, action("AU43").label) == ("43", "43E")
    assert str(action("AU12")) == "AU12 Lip Corner Puller"
    assert all(entry.label == entry.number for entry in ALL_ACTIONS if entry.key != "AU43")
    assert all(not entry.aliases for entry in ALL_ACTIONS if entry.key != "AU2X")


def test_no_number_means_two_actions() -> None:
    numbers = [number for entry in ALL_ACTIONS for number in (entry.number, *entry.aliases)]
    assert len(set(numbers)) == len(numbers)


def test_every_action_allows_absence_and_both_sides() -> None:
    assert all(entry.allows(0) and entry.allows(1) for entry in ALL_ACTIONS)
    assert all(not entry.allows(code) for entry in ALL_ACTIONS for code in (-1, 6, 7))


def test_left_and_right_come_together_and_so_do_upper_and_lower() -> None:
    for entry in ALL_ACTIONS:
        assert (Code.LEFT in entry.sides) == (Code.RIGHT in entry.sides), entry
        assert (Code.UPPER in entry.sides) == (Code.LOWER in entry.sides), entry


@pytest.mark.parametrize("key", ["AU12", "AU14", "AD19", "AU31", "AD30", "AU1"])
def test_actions_that_can_be_one_sided(key: str) -> None:
    assert action(key).allows(Code.LEFT)
    assert action(key).allows(Code.RIGHT)


@pytest.mark.parametrize("key", ["AU25", "AU2X", "AU17", "AD33", "AU8", "AD29"])
def test_actions_in_the_middle_have_no_sides(key: str) -> None:
    assert action(key).sides == {Code.BOTH}


@pytest.mark.parametrize("key", ["AU22", "AU23", "AU24", "AU28", "AD32", "AU18"])
def test_lips_can_be_upper_or_lower_alone(key: str) -> None:
    assert action(key).sides == {Code.BOTH, Code.UPPER, Code.LOWER}


def test_every_action_is_explained() -> None:
    assert all(entry.change.endswith(".") and entry.muscles for entry in ALL_ACTIONS)


def test_the_file_holds_nothing_the_catalogue_does_not_read() -> None:
    with resource("facs/actions.toml").open("rb") as file:
        table = tomllib.load(file)
    assert table.keys() == {"action"}
    assert len(table["action"]) == 35


def test_an_unknown_action_is_an_error() -> None:
    with pytest.raises(KeyError):
        action("AU99")


def test_codes_as_the_label_file_writes_them() -> None:
    words = {0: "absent", 1: "both", 2: "left", 3: "right", 4: "upper", 5: "lower"}
    assert {int(code): code.word for code in Code} == words
    assert [code.prefix for code in Code] == ["", "", "L", "R", "T", "B"]
