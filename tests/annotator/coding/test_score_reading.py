"""A typed score is understood, previewed, or refused at the place where it is wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrm_annotator.coding.score_reading import as_ascii, read_score
from hrm_core.errors import ScoreError
from hrm_core.facs import ALL_ACTIONS, INTENSITIES, Score, ScoredAction, parse_score
from hrm_core.records.coding import ActionCode, CodingState, FrameCoding

KNOWN = frozenset(entry.key for entry in ALL_ACTIONS)
NOW = FrameCoding(1, 1, 7, (ActionCode("AU1", 1), ActionCode("AU12", 2, "B"), ActionCode("AU25", 1)))


@st.composite
def scores(draw: st.DrawFn) -> Score:
    """Any score that can be written."""
    entries = draw(st.lists(st.sampled_from(ALL_ACTIONS), unique=True, max_size=8))
    return Score(
        tuple(
            ScoredAction(
                entry.key,
                draw(st.sampled_from(sorted(entry.sides))),
                draw(st.sampled_from([None, *INTENSITIES])),
            )
            for entry in sorted(entries, key=ALL_ACTIONS.index)
        )
    )


@given(scores())
def test_every_score_is_read_as_it_was_written(score: Score) -> None:
    reading = read_score(str(score), None, KNOWN, frozenset())
    assert reading.score == score
    assert reading.wrong is None
    full_width = "".join(chr(ord(letter) + 0xFEE0) for letter in str(score))
    assert as_ascii(full_width) == str(score)


@given(st.text("0123456789+LRTBAEUDXx ,/", max_size=12))
def test_what_cannot_be_read_is_marked_and_what_can_is_not(text: str) -> None:
    reading = read_score(text, NOW, KNOWN, frozenset())
    try:
        assert reading.score == parse_score(text)
        assert reading.wrong is None
    except ScoreError:
        assert reading.score is None
        assert reading.begun or reading.wrong is not None
    if reading.wrong is not None:
        start, end = reading.wrong
        assert 0 <= start < end <= len(text)
        # All before the mark can be read, or there is nothing before it.
        head = text[:start].rstrip().removesuffix("+")
        assert not head.strip() or parse_score(head) is not None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1+L12B+25", "As it stands"),
        ("1+L12B+25+R2c", "+2 right C"),
        ("l12b+25", "−1"),
        ("1+12E+25", "12 left B → both E"),
        ("1+L12+25", "12 B → no intensity"),
        ("0", "−1, −12, −25"),
        ("1+L12B+25+A14", "+14 (stronger on one side, stored as both)"),
        ("1+A12B+25", "12 left B → both B (stronger on one side, stored as both)"),
    ],
)
def test_the_preview_says_what_will_change(text: str, words: str) -> None:
    assert read_score(text, NOW, KNOWN, frozenset()).words == words


def test_the_preview_knows_what_the_frame_was() -> None:
    def words(text: str, state: CodingState) -> str:
        return read_score(text, FrameCoding(1, 1, 7, (), state), KNOWN, frozenset()).words

    assert words("0", CodingState.CARRIED) == "Confirms the carried codes"
    assert words("12", CodingState.NOT_CODABLE) == "Codable again: +12"
    assert words("0", CodingState.NOT_CODABLE) == "Codable again: no action"
    assert read_score("0", None, KNOWN, frozenset()).words == "No action (AU0)"


@pytest.mark.parametrize(
    ("text", "token", "said"),
    [
        ("1+99+25", "99", "not among the actions"),
        ("1+x+25", "x", "not an action"),
        ("1+T12", "T12", "cannot be upper"),
        ("1 + 12/14 +25", "12/14", "undecided"),
        ("12+L12", "L12", "twice"),
        ("1+4+25", "4", "cannot be coded by you"),
        ("1+21+25", "21", "not among the actions of this study"),
    ],
)
def test_the_wrong_token_is_marked_and_said(text: str, token: str, said: str) -> None:
    closed = frozenset({"AU1", "AU2", "AU4"})  # AU1 stands there and may stay
    reading = read_score(text, NOW, KNOWN - {"AU21"}, closed)
    assert reading.score is None
    assert reading.wrong is not None
    assert text[slice(*reading.wrong)] == token
    assert said in reading.words


@pytest.mark.parametrize("text", ["", "1+", "1+L", "1+3", "AU", "1+ad"])
def test_what_is_only_begun_is_not_called_wrong(text: str) -> None:
    reading = read_score(text, NOW, KNOWN, frozenset())
    assert reading.begun
    assert reading.score is None
    assert reading.words


def test_what_a_rater_cannot_see_is_not_said_to_go() -> None:
    assert read_score("L12B+25", NOW, KNOWN, frozenset({"AU1"})).words == "As it stands"
