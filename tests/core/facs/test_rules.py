"""The file of rules: complete, and a damaged one is named, never half used."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hrm_core.errors import InvalidFileError
from hrm_core.facs import Code
from hrm_core.facs.rules import RULES_FILE, TO_BE_CONFIRMED, RuleKind, Term, read_rules, rules_of_study
from hrm_core.paths import resource

_REFERENCE = Path(__file__).parents[4] / "shared" / "reference" / "facs" / "README.md"
_WHY = 'reason = "Because."\nsource = "Us"\n'
PAIR = f'[[rule]]\nid = "1-2"\nkind = "together"\nactions = ["1", "2"]\n{_WHY}'


def test_every_pair_of_alternatives_of_the_reference_is_a_rule() -> None:
    if not _REFERENCE.exists():
        pytest.skip("the reference facts are not on this machine")
    (line,) = re.findall(r"manual's tables: (.*?)\. To be confirmed", _REFERENCE.read_text("utf-8"))
    wanted = [tuple(re.sub(r"\(.*?\)", "", pair).strip().split("–")) for pair in line.split(", ")]
    assert len(wanted) == 22
    read = [tuple(map(str, rule.actions)) for rule in rules_of_study() if rule.kind is RuleKind.TOGETHER]
    assert read == [tuple("2X" if term == "27" else term for term in pair) for pair in wanted]


def test_every_rule_says_why_who_and_that_it_is_to_be_confirmed() -> None:
    for rule in rules_of_study():
        assert rule.on
        assert rule.status == TO_BE_CONFIRMED
        assert rule.source
        assert re.fullmatch(r"[A-Z0-9].*\.", rule.reason)


def test_terms_are_read_as_scores_are_written() -> None:
    rules = {rule.id: rule for rule in rules_of_study()}
    assert rules["5-7E"].actions == (Term("AU5"), Term("AU7", None, "E"))
    assert rules["16-B28"].actions == (Term("AU16"), Term("AU28", Code.LOWER))
    assert rules["27-32"].actions == (Term("AU2X"), Term("AD32"))


def test_a_study_replaces_adds_and_switches_off(tmp_path: Path) -> None:
    own = tmp_path / RULES_FILE
    own.write_text(
        PAIR
        + '[[rule]]\nid = "24-25"\non = false\n'
        + f'[[rule]]\nid = "sudden-change"\nkind = "sudden"\nat_least = 9\n{_WHY}status = "confirmed"\n',
        encoding="utf-8",
    )
    shipped = {rule.id: rule for rule in rules_of_study()}
    found = {rule.id: rule for rule in rules_of_study(tmp_path)}
    assert list(found) == [*shipped, "1-2"]
    assert not found["24-25"].on
    assert found["24-25"].reason == shipped["24-25"].reason
    assert (found["sudden-change"].at_least, found["sudden-change"].status) == (9, "confirmed")
    assert found["5-43"] == shipped["5-43"]
    own.unlink()
    assert rules_of_study(tmp_path) == tuple(shipped.values())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[rule]\n", "line 1"),
        ("\x00", "cannot be read"),
        ('name = "x"\n', "only sections [[rule]]"),
        ("rule = 3\n", "begins with [[rule]]"),
        (f'\n\n[[rule]]\nkind = "side"\n{_WHY}', "line 3, rule 1: id must be a text"),
        (f'[[rule]]\nid = "a"\nkind = "sidewards"\n{_WHY}', "rule 'a': kind must be one of together,"),
        ('[[rule]]\nid = "a"\nkind = "side"\nsource = "x"\n', "reason must be a text"),
        (f'[[rule]]\nid = "a"\nkind = "side"\non = "no"\n{_WHY}', "on must be true or false, not 'no'"),
        (f'[[rule]]\nid = "a"\nkind = "side"\nlongest = 2\n{_WHY}', "'longest' means nothing"),
        ('[[rule]]\nid = "nobody"\non = false\n', "no rule of this name"),
        (PAIR + PAIR, "line 7, rule '1-2': there is another rule of this name"),
        (PAIR.replace('"2"]', '"99"]'), "99 is not among the actions"),
        (PAIR.replace('"2"]', '"1"]'), "two different actions"),
        (PAIR.replace('"2"]', "2]"), "lists actions as texts, not 2"),
        (PAIR.replace('"2"]', '"2+4"]'), "'2+4' is not one action"),
        (PAIR.replace('"2"]', '"A2"]'), "without further letters"),
        (f'[[rule]]\nid = "a"\nkind = "missing"\nactions = ["1"]\n{_WHY}', "needs must be a list"),
        (f'[[rule]]\nid = "a"\nkind = "sudden"\nat_least = true\n{_WHY}', "at_least must be a whole number"),
        (f'[[rule]]\nid = "a"\nkind = "sudden"\nat_least = 1\n{_WHY}', "2 or more, not 1"),
        (f'[[rule]]\nid = "a"\nkind = "flicker"\nwhat = "on"\nlongest = 0\n{_WHY}', "1 or more, not 0"),
        (f'[[rule]]\nid = "a"\nkind = "flicker"\nwhat = "up"\nlongest = 1\n{_WHY}', "what must be on, off"),
        (f'[[rule]]\nid = "a"\nkind = "flip"\nbetween = ["left", "left"]\n{_WHY}', "two of left, right"),
        (f'[[rule]]\nid = "a"\nkind = "flip"\nbetween = ["left"]\nactions = ["L1"]\n{_WHY}', "'L1'"),
    ],
)
def test_a_damaged_file_is_told_in_one_sentence_with_its_place(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / RULES_FILE
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidFileError) as caught:
        rules_of_study(tmp_path)
    assert words in str(caught.value)
    assert str(path) in str(caught.value)
    assert "mend it" in str(caught.value)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_mutation_of_the_file_ends_otherwise(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    text = bytearray(resource("facs/rules.toml").read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text) - 1))
        text[at : at + data.draw(st.integers(0, 30))] = data.draw(st.binary(max_size=6))
    path = tmp_path_factory.mktemp("study") / RULES_FILE
    path.write_bytes(bytes(text))
    # Any other error than this one fails the test.
    with contextlib.suppress(InvalidFileError):
        assert len(read_rules(path, rules_of_study())) >= len(rules_of_study())
