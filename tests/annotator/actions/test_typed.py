"""Numbers and sequences: at once where nothing can follow, and never another action than the one typed."""

from __future__ import annotations

from collections.abc import Sequence

from hrm_annotator.actions.bindings import Bindings
from hrm_annotator.actions.ids import toggle
from hrm_annotator.actions.profiles import Profile
from hrm_annotator.actions.typed import Reading, TypedKeys
from hrm_core.errors import ScoreError
from hrm_core.facs import parse_score


def numbers() -> TypedKeys:
    return TypedKeys(Bindings(Profile.FACS_NUMBERS).all_keys())


def type_all(typed: TypedKeys, strokes: Sequence[str]) -> Reading:
    commands, refused = [], ""
    for stroke in strokes:
        assert typed.takes((stroke,))
        reading = typed.read((stroke,))
        commands += reading.commands
        refused = refused or reading.refused
    return Reading(tuple(commands), refused)


def test_a_number_means_what_a_written_score_means() -> None:
    for number in range(50):  # 5 to 9 stand alone: no action begins with them
        typed = numbers()
        text = f"{number:02d}"
        done = type_all(typed, text)
        end = typed.finish()
        try:
            (entry,) = parse_score(text) if number else ()
        except (ScoreError, ValueError):
            assert done.commands + end.commands == (), text
            assert done.refused or end.refused, text
        else:
            assert (done.commands + end.commands, done.refused, end.refused) == ((toggle(entry.key),), "", "")


def test_only_digits_that_begin_other_numbers_wait() -> None:
    for digit in "56789":
        assert type_all(numbers(), digit).commands == (toggle(f"AU{digit}"),)
    for digit in "124":
        typed = numbers()
        assert type_all(typed, digit) == Reading()
        assert (typed.waiting, typed.complete) == (digit, True)
        assert typed.finish().commands == (toggle(f"AU{digit}"),)
        assert typed.waiting == ""


def test_a_letter_settles_the_number_and_is_read_itself() -> None:
    assert type_all(numbers(), "1L").commands == (toggle("AU1"), "code_left")
    assert type_all(numbers(), ["1", "2", "L", "C"]).commands == (toggle("AU12"), "code_left", "intensity_c")


def test_a_digit_never_makes_two_actions_out_of_one_wrong_number() -> None:
    typed = numbers()
    done = type_all(typed, "41")
    assert done.commands == ()
    assert "no action 41" in done.refused
    assert typed.waiting == ""


def test_a_beginning_is_no_action() -> None:
    typed = numbers()
    type_all(typed, "3")
    assert not typed.complete
    assert "no action 38" in typed.read(("8",)).refused
    type_all(typed, "3")
    assert typed.finish().commands == ()


def test_what_is_dropped_leaves_nothing() -> None:
    typed = numbers()
    type_all(typed, "1")
    typed.drop()
    assert (typed.finish(), typed.waiting) == (Reading(), "")


def test_the_reading_that_means_something_counts() -> None:
    typed = TypedKeys({"one": ["A"], "two": ["B, C"], "not typed": ["F1", "Ctrl+A"]})
    assert not typed.takes(("X", "Y"))
    assert not typed.takes(("F1",))
    assert typed.read(("X", "A")).commands == ("one",)
    assert typed.read(("B",)) == Reading()
    assert typed.waiting == "B"
    assert typed.read(("C",)).commands == ("two",)
    assert (typed.single(("A",)), typed.single(("B",))) == ("one", None)
