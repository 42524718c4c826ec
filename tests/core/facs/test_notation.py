"""Written scores: what is read, what is refused and with which words."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hrm_core.errors import ScoreError
from hrm_core.facs import ALL_ACTIONS, Code, Score, ScoredAction, format_score, parse_score
from tests.support.builders import KEYS, scored_actions, scores

_GOLDEN = Path(__file__).parents[2] / "golden" / "facs" / "scores_in_the_wild.txt"
_REFERENCE = Path(__file__).parents[4] / "shared" / "reference" / "facs" / "scores_in_the_wild.txt"


def _lines(path: Path) -> list[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.strip() and not line.startswith("#")]


@pytest.mark.parametrize("line", _lines(_GOLDEN))
def test_scores_in_the_wild(line: str) -> None:
    written, _, expected = (part.strip() for part in line.rpartition(" | "))
    if not expected.startswith("refused"):
        assert str(parse_score(written)) == expected
        return
    with pytest.raises(ScoreError) as caught:
        parse_score(written)
    for words in expected.removeprefix("refused").split(";"):
        assert words.strip() in str(caught.value)


def test_no_published_form_is_left_out() -> None:
    if not _REFERENCE.exists():
        pytest.skip("the reference forms are not on this machine")
    tested = [line.rpartition(" | ")[0].strip() for line in _lines(_GOLDEN)]
    assert tested[: len(_lines(_REFERENCE))] == [line.strip() for line in _lines(_REFERENCE)]


@given(scores())
def test_what_is_written_is_read_back(actions: list[ScoredAction]) -> None:
    score = parse_score(format_score(actions))
    assert sorted(score, key=lambda entry: entry.key) == sorted(actions, key=lambda entry: entry.key)
    assert parse_score(str(score)) == score
    assert score.codes() == {entry.key: entry.code for entry in actions}


@pytest.mark.parametrize("key", KEYS)
@settings(max_examples=20)
@given(data=st.data())
def test_every_action_survives_with_side_and_intensity(key: str, data: st.DataObject) -> None:
    entry = data.draw(scored_actions(key))
    assert parse_score(str(entry)).actions == (entry,)


@given(scores(), st.randoms())
def test_order_case_and_blanks_do_not_matter(actions: list[ScoredAction], random: object) -> None:
    shuffled = list(actions)
    random.shuffle(shuffled)
    untidy = " + ".join(f" {entry} ".lower() for entry in shuffled) or " 0 "
    assert parse_score(untidy) == parse_score(format_score(actions))


@given(scores())
def test_actions_are_in_the_order_of_the_catalogue(actions: list[ScoredAction]) -> None:
    places = [KEYS.index(entry.key) for entry in parse_score(format_score(actions))]
    assert places == sorted(places)


@given(
    st.text(max_size=12) | st.from_regex(r"[LRTBAlr]?(AU|AD)?[0-9X]{0,3}[A-F]?([+,，/ ]|$)", fullmatch=True)
)
@example("")
@example("+")
@example("L12+")
@example("0+0")
@example("\x00")
def test_any_text_is_read_or_refused_never_more(text: str) -> None:
    score = None
    with contextlib.suppress(ScoreError):
        score = parse_score(text)
    assert score is None or parse_score(str(score)) == score


@pytest.mark.parametrize("prefix", ["L", "R", "T", "B", "A", ""])
@pytest.mark.parametrize("number", ["19", "26", "27", "2X", "31", "21"])
def test_one_sided_tongue_and_jaw_never_crash(prefix: str, number: str) -> None:
    """The earlier tool died of each of these."""
    entry = next(entry for entry in ALL_ACTIONS if number in (entry.number, *entry.aliases))
    side = {"L": 2, "R": 3, "T": 4, "B": 5}.get(prefix, 1)
    possible = entry.allows(side) and (prefix != "A" or entry.allows(2))
    if possible:
        assert parse_score(prefix + number).codes() == {entry.key: side}
        return
    with pytest.raises(ScoreError, match=re.escape(f"“{prefix}{number}”") + f".*{entry.name}"):
        parse_score(prefix + number)


@pytest.mark.parametrize("text", ["", " ", "\n"])
def test_an_empty_score_says_how_to_write_neutral(text: str) -> None:
    with pytest.raises(ScoreError, match="empty: write 0 for a neutral face"):
        parse_score(text)


def test_neutral() -> None:
    assert parse_score("0") == Score(())
    assert len(parse_score("au0")) == 0
    assert format_score([]) == "0"


def test_an_asymmetric_action_is_on_both_sides() -> None:
    (entry,) = parse_score("A12C")
    assert (entry.code, entry.intensity, entry.asymmetric) == (Code.BOTH, "C", True)
    with pytest.raises(ValueError, match="both sides"):
        ScoredAction("AU12", Code.LEFT, asymmetric=True)


def test_absence_cannot_be_written_as_presence() -> None:
    with pytest.raises(ValueError, match="absent"):
        ScoredAction("AU12", Code.ABSENT)
