"""What the rules point at, and what they leave alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hrm_core.analysis.rule_findings import find
from hrm_core.errors import InvalidFileError, ScoreError
from hrm_core.exchange.hrm_csv import HEADER, read_hrm_csv
from hrm_core.facs import ALL_ACTIONS, INTENSITIES, Code, action, parse_score
from hrm_core.facs.rules import Rule, RuleKind, Term, rules_of_study
from hrm_core.records.code_grid import CodeGrid
from hrm_core.records.coding import ActionCode, CodingState, FrameCoding

RULES = {rule.id: rule for rule in rules_of_study()}
Written = Mapping[int, str]


def frame(number: int, score: str) -> FrameCoding:
    """A frame as an expert writes it; ``AU12=4`` says what no expert may, ``-`` is not codable."""
    if score == "-":
        return FrameCoding(1, 1, number, state=CodingState.NOT_CODABLE)
    if "=" in score:
        key, code = score.split("=")
        return FrameCoding(1, 1, number, (ActionCode(key, int(code)),))
    codes = [ActionCode(entry.key, int(entry.code), entry.intensity) for entry in parse_score(score)]
    return FrameCoding(1, 1, number, tuple(codes))


def grid(written: Written) -> CodeGrid:
    return CodeGrid({number: frame(number, score) for number, score in written.items()})


def runs(*parts: tuple[int, str]) -> Written:
    """Frames from 0 on: so many of each score."""
    scores = [score for count, score in parts for _ in range(count)]
    return dict(enumerate(scores))


# By rule: what it points at (and the frames it names), and what is near to it but fine.
PAIRS: dict[str, tuple[Written, tuple[int, int], Written]] = {
    "5-7E": (runs((2, "5+7"), (3, "5+7E")), (2, 4), runs((2, "5+7D"), (2, "5"), (2, "7E"), (2, "5+7"))),
    "5-43": ({3: "5+43"}, (3, 3), {3: "L5", 4: "43", 5: "0"}),
    "8-24": ({3: "8+24"}, (3, 3), {3: "8+25"}),
    "8-34": ({3: "8+34"}, (3, 3), {3: "8", 4: "34"}),
    "16-B28": ({3: "16+28", 4: "L16+B28"}, (3, 4), {3: "16+T28"}),
    "18-28": ({3: "18+28"}, (3, 3), {3: "18", 4: "28"}),
    "19-24": ({3: "19+24"}, (3, 3), {3: "19+25"}),
    "19-36": ({3: "19+36"}, (3, 3), {3: "36"}),
    "19-37": ({3: "19+37"}, (3, 3), {3: "37"}),
    "T22-T28": ({3: "T22+28", 4: "22+T28"}, (3, 4), {3: "T22+B28", 4: "B22+T28"}),
    "B22-B28": ({3: "B22+28", 4: "22+B28"}, (3, 4), {3: "T22+B28", 4: "B22+T28"}),
    "24-25": ({3: "24+25"}, (3, 3), {3: "24", 4: "25"}),
    "24-33": ({3: "24+33"}, (3, 3), {3: "33"}),
    "24-37": ({3: "24+37"}, (3, 3), {3: "37"}),
    "25-34": ({3: "25+34"}, (3, 3), {3: "34"}),
    "27-32": ({3: "25+27+32"}, (3, 3), {3: "25+27", 4: "32"}),
    "28-32": ({3: "28+32"}, (3, 3), {3: "28", 4: "32"}),
    "32-37": ({3: "32+37"}, (3, 3), {3: "32", 4: "37"}),
    "33-34": ({3: "33+L34"}, (3, 3), {3: "33"}),
    "33-35": ({3: "33+R35"}, (3, 3), {3: "33", 4: "R35"}),
    "34-35": ({3: "34+35"}, (3, 3), {3: "R34+L35"}),
    "36-37": ({3: "36+37"}, (3, 3), {3: "36", 4: "37"}),
    "2X-without-25": (runs((1, "25+26"), (2, "27")), (1, 2), runs((2, "25+27"), (1, "25"))),
    "impossible-side": (runs((1, "12"), (2, "AU12=4")), (1, 2), runs((1, "12"), (1, "L12"), (1, "T18"))),
    # Both neighbours are needed: at an end, or beside a gap, nobody knows.
    "on-for-a-moment": (
        runs((2, "0"), (1, "12"), (1, "0")),
        (2, 2),
        {0: "12", 1: "0", 2: "12", 3: "12", 4: "0", 5: "1", 7: "0", 8: "-", 9: "6", 10: "0"},
    ),
    "off-for-a-moment": (
        runs((2, "L12"), (1, "0"), (1, "L12")),
        (2, 2),
        runs((2, "L12"), (1, "0"), (1, "12"), (2, "0"), (1, "12")),
    ),
    "side-for-a-moment": (
        runs((2, "12"), (1, "L12"), (1, "12")),
        (2, 2),
        runs((1, "L12"), (1, "12"), (1, "R12"), (2, "L12"), (1, "R12")),
    ),
    "left-right-flip": (
        runs((2, "R12"), (2, "L12")),
        (1, 2),
        {0: "L12", 1: "12", 2: "R12", 3: "0", 4: "L12", 6: "R12", 7: "L14"},
    ),
    "sudden-change": (
        runs((2, "1+2"), (2, "4+6+12")),
        (1, 2),
        {0: "0", 1: "1+2+4+6", 2: "L1+R2+4+6", 3: "0", 5: "1+2+4+6+12"},
    ),
}


@pytest.mark.parametrize("name", [rule.id for rule in RULES.values() if rule.kind is not RuleKind.PREVENTED])
def test_every_rule_points_at_what_it_means_and_at_nothing_else(name: str) -> None:
    assert name in PAIRS, "give the rule a coding that triggers it and one that does not"
    guilty, place, innocent = PAIRS[name]
    (finding,) = [one for one in find(grid(guilty).rows(), RULES.values()) if one.rule == name]
    assert (finding.first_frame, finding.last_frame) == place
    assert finding.kind is RULES[name].kind
    assert finding.sentence.endswith(".")
    assert name not in {one.rule for one in find(grid(innocent).rows(), RULES.values())}
    assert find(grid(guilty).rows(), [replace(RULES[name], on=False)]) == []


def test_no_action_beside_another_is_refused_before_it_is_a_code(tmp_path: Path) -> None:
    (prevented,) = [rule for rule in RULES.values() if rule.kind is RuleKind.PREVENTED]
    assert prevented.id == "0-with-others"
    with pytest.raises(ScoreError, match="neutral"):
        parse_score("0+12")
    path = tmp_path / "Participant-1.csv"
    row = {"frame": "0", "AU12": "1", "AU0": "1"}
    lines = [",".join(HEADER), ",".join(row.get(name, "0") for name in HEADER)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(InvalidFileError, match="AU0"):
        read_hrm_csv(path)
    assert find(grid({0: "0"}).rows(), RULES.values()) == []


def test_an_action_that_is_there_from_the_first_to_the_last_frame_is_fine() -> None:
    assert find(grid(runs((40, "6+12+25"))).rows(), RULES.values()) == []
    assert find(CodeGrid().rows(), RULES.values()) == []


def test_a_stretch_ends_where_a_frame_is_uncoded_or_not_codable() -> None:
    found = find(grid({0: "24+25", 1: "24+25", 3: "24+25", 4: "-", 5: "24+25"}).rows(), [RULES["24-25"]])
    assert [(one.first_frame, one.last_frame) for one in found] == [(0, 1), (3, 3), (5, 5)]


def test_the_digest_is_of_the_codes_concerned() -> None:
    def digest(written: Written, rule: str) -> str:
        (one,) = find(grid(written).rows(), [RULES[rule]])
        return one.digest

    before = {0: "0", 1: "12", 2: "0", 3: "0"}
    assert digest(before, "on-for-a-moment") == digest({**before, 3: "1"}, "on-for-a-moment")
    assert digest(before, "on-for-a-moment") != digest({**before, 1: "L12"}, "on-for-a-moment")
    assert digest({1: "24+25"}, "24-25") == digest({1: "24C+25+1"}, "24-25")
    assert digest({1: "24+25"}, "24-25") != digest({2: "24+25"}, "24-25")
    assert digest({1: "5+7E"}, "5-7E") != digest({1: "5A+7E"}, "5-7E")


def test_the_parameters_of_a_rule_are_followed() -> None:
    longer = replace(RULES["on-for-a-moment"], longest=3, actions=(Term("AU12"),))
    written = {**runs((1, "0"), (3, "12"), (1, "0"), (4, "12"), (1, "0")), 11: "0", 12: "6", 13: "0"}
    assert [(one.first_frame, one.last_frame) for one in find(grid(written).rows(), [longer])] == [(1, 3)]
    lips = Rule("lips", RuleKind.FLIP, "R.", "S", between=(Code.UPPER, Code.LOWER))
    (flip,) = find(grid({0: "T18", 1: "B18"}).rows(), [lips])
    assert flip.sentence == "AU18 jumps from upper to lower."
    anywhere = replace(RULES["34-35"], same_side=False)
    assert find(grid({0: "L34+R35"}).rows(), [anywhere])
    assert not find(grid({0: "L34+R35"}).rows(), [RULES["34-35"]])


# -- a slow, literal reading of the same rules ------------------------------------------------

_FEW = ("AU5", "AU7", "AU12", "AU18", "AU22", "AU25", "AU28", "AU43")
_OWN = (
    RULES["5-7E"],
    RULES["5-43"],
    RULES["T22-T28"],
    replace(RULES["18-28"], same_side=False),
    RULES["2X-without-25"],
    Rule("18-or-5", RuleKind.MISSING, "R.", "S", actions=(Term("AU18"),), needs=(Term("AU5", None, "C"),)),
    RULES["impossible-side"],
    RULES["on-for-a-moment"],
    replace(RULES["off-for-a-moment"], longest=2),
    replace(RULES["side-for-a-moment"], longest=2, actions=(Term("AU12"), Term("AU18"))),
    RULES["left-right-flip"],
    replace(RULES["sudden-change"], at_least=3),
)
_CODES = st.dictionaries(
    st.sampled_from([*_FEW, "AU2X"]),
    st.tuples(st.sampled_from([1, 1, 2, 3, 4, 5]), st.sampled_from([None, None, "B", "E"])),
    max_size=5,
)
codings = st.dictionaries(st.integers(0, 14), st.one_of(st.none(), _CODES, _CODES, _CODES), max_size=15)
Read = dict[int, dict[str, tuple[int, str | None]]]


def _there(codes: dict[str, tuple[int, str | None]], term: Term) -> bool:
    code, intensity = codes.get(term.key, (0, None))
    if code == 0 or (term.intensity and (intensity or "") < term.intensity):
        return False
    opposite = {Code.UPPER: Code.LOWER, Code.LOWER: Code.UPPER, Code.LEFT: Code.RIGHT, Code.RIGHT: Code.LEFT}
    return term.side is None or code != opposite[term.side]


def _said_of_frame(codes: dict[str, tuple[int, str | None]], rule: Rule) -> Iterator[tuple[object, ...]]:
    if rule.kind is RuleKind.TOGETHER and all(_there(codes, term) for term in rule.actions):
        sides = {codes[term.key][0] for term in rule.actions}
        if not rule.same_side or sides != {2, 3}:
            yield tuple(term.key for term in rule.actions)
    if rule.kind is RuleKind.MISSING and not any(_there(codes, term) for term in rule.needs):
        for term in rule.actions:
            if _there(codes, term):
                yield (term.key, *(need.key for need in rule.needs))
    if rule.kind is RuleKind.SIDE:
        for key, (code, _) in codes.items():
            if not action(key).allows(code):
                yield (key, code)


def _literal(read: Read, rule: Rule) -> set[tuple[tuple[str, ...], int, int]]:
    found: set[tuple[tuple[str, ...], int, int]] = set()
    at = {number: set(_said_of_frame(codes, rule)) for number, codes in read.items()}
    for number, said in at.items():
        for one in said - at.get(number - 1, set()):
            last = number
            while one in at.get(last + 1, set()):
                last += 1
            found.add((tuple(part for part in one if isinstance(part, str)), number, last))
    keys = [term.key for term in rule.actions] or [entry.key for entry in ALL_ACTIONS]
    for number in read:
        after = read.get(number + 1)
        if rule.kind is RuleKind.FLIP and after is not None:
            for key in keys:
                if {read[number].get(key, (0,))[0], after.get(key, (0,))[0]} == set(rule.between):
                    found.add(((key,), number, number + 1))
        if rule.kind is RuleKind.SUDDEN and after is not None:
            changed = [
                entry.key for entry in ALL_ACTIONS if (entry.key in read[number]) != (entry.key in after)
            ]
            if len(changed) >= rule.at_least:
                found.add((tuple(changed), number, number + 1))
        if rule.kind is RuleKind.FLICKER:
            for key in keys:
                for length in range(1, rule.longest + 1):
                    if _flickers(read, rule, key, range(number, number + length)):
                        found.add(((key,), number, number + length - 1))
    return found


def _flickers(read: Read, rule: Rule, key: str, frames: range) -> bool:
    around = (frames[0] - 1, *frames, frames[-1] + 1)
    if any(number not in read for number in around):
        return False
    before, *inside, after = (read[number].get(key, (0, None))[0] for number in around)
    if before != after or len(set(inside)) != 1 or inside[0] == before:
        return False
    return rule.what == ("on" if before == 0 else "off" if inside[0] == 0 else "side")


@settings(max_examples=80, deadline=None)
@given(written=codings)
def test_arrays_say_what_a_literal_reading_says(
    written: dict[int, dict[str, tuple[int, str | None]] | None],
) -> None:
    frames = {
        number: FrameCoding(
            1,
            1,
            number,
            tuple(ActionCode(key, *said) for key, said in (codes or {}).items()),
            CodingState.NOT_CODABLE if codes is None else CodingState.CODED,
        )
        for number, codes in written.items()
    }
    read: Read = {number: codes for number, codes in written.items() if codes is not None}
    for rule in _OWN:
        found = find(CodeGrid(frames).rows(), [rule])
        assert {(one.actions, one.first_frame, one.last_frame) for one in found} == _literal(read, rule), rule
        assert len({one.identity for one in found}) == len(found)


@settings(max_examples=20, deadline=None)
@given(versions=st.lists(codings, min_size=1, max_size=3))
def test_a_grid_that_follows_edits_is_the_one_made_anew(
    versions: list[dict[int, dict[str, tuple[int, str | None]] | None]],
) -> None:
    followed, now = CodeGrid(), {}
    for version in versions:
        changed = {
            number: None
            if codes is None
            else FrameCoding(1, 1, number, tuple(ActionCode(key, *said) for key, said in codes.items()))
            for number, codes in version.items()
        }
        followed.update(changed)
        now.update(changed)
    left, right = followed.rows(), CodeGrid(now).rows()
    for name in ("frames", "codes", "intensities"):
        assert np.array_equal(getattr(left, name), getattr(right, name))
    for row, number in enumerate(left.frames.tolist()):
        for column, entry in enumerate(ALL_ACTIONS):
            code = next((code for code in now[number].codes if code.action == entry.key), None)
            assert left.codes[row, column] == (code.code if code else 0)
            grade = left.intensities[row, column]
            assert (INTENSITIES[grade - 1] if grade else None) == (code.intensity if code else None)
