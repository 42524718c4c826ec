"""What the core says in English reaches a Chinese coder in Chinese, whole, with its values unchanged."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from hrm_annotator.language import catalogue
from hrm_core.errors import ScoreError
from hrm_core.faces.region import region_of
from hrm_core.facs import ALL_ACTIONS, parse_score
from hrm_core.records.recording import Clip, ClipState, ExclusionReason
from hrm_core.records.revision import step_words
from hrm_core.records.segments import frames_in_words
from hrm_core.store.judge_connection import WORDING
from hrm_core.store.session import translate

_WORDS = re.compile(r"[A-Za-z]{3,}")
# Commands, formats and settings keep their names in every language.
_NAMES = re.compile(r"\bhrm( [a-z]+)+|--[a-z-]+|https?\S+|'[^']*'|“[^”]*”|\bplay-\d\b")


@pytest.fixture(scope="module")
def chinese() -> catalogue.Catalogue:
    """The Chinese catalogue as it is shipped."""
    return catalogue.load("zh_CN")


def _scores() -> Iterator[str]:
    for typed in ("", "1+", "0+1", "12ref", "1/2", "xyz", "99", "L25", "L18", "A18", "L12+R12", "1+1"):
        try:
            parse_score(typed)
        except ScoreError as error:
            yield str(error)


def _clips() -> Iterator[str]:
    for reason in ExclusionReason:
        for words in ("", "7"):
            why = Clip(1, 1, 1, 0, 9, ClipState.EXCLUDED, reason, words).why
            if why != words:
                yield why


def _to_judges() -> Iterator[str]:
    """What a judge is told when the store fails, whose words are put together."""
    yield from (WORDING.replaced, WORDING.moved)
    for name in ("SQLITE_FULL", "SQLITE_READONLY", "SQLITE_BUSY", "SQLITE_IOERR", "SQLITE_CORRUPT", ""):
        problem = sqlite3.OperationalError("no words of the database")
        problem.sqlite_errorname = name
        for writing in (True, False):
            refused = sa.exc.OperationalError("", None, problem)
            yield str(translate(refused, writing=writing, wording=WORDING))
    lost = sa.exc.OperationalError("", None, ConnectionError("no words of the server"))
    yield str(translate(lost, writing=True, wording=WORDING))


COMPOSED = [
    *_to_judges(),
    *_scores(),
    *_clips(),
    *(frames_in_words(frames) for frames in ([7], [3, 4, 5, 8], range(0, 40, 2), range(0, 12, 2))),
    *(
        step_words(reason, first, last)
        for reason in ("AU12 left", "score of 9 actions", "")
        for first, last in [(3, 3), (3, 9)]
    ),
    *(f"change of {region_of(entry.key).name}" for entry in ALL_ACTIONS),
    *map(str, ALL_ACTIONS),
    "Frame 3 was changed by another window or program since shown here: choose which version to keep.",
    "Frames 3–5, 8 were changed by another window or program since shown here: choose which version to keep.",
    "The labels could not be written: the disk is full; free some space and try again. "
    "Nothing was changed on disk.",
    "Clip 2 was rated by 3 judges as frames 2–9, so its edges stay: exclude it if it is not to be coded.",
    "Frames 1–3 overlap clip 2 of video 'play-7' (frames 2–9, excluded (face occluded)): "
    "clips never overlap; change that clip or choose other frames.",
    "Landmarks of the mouth corners are compared with the neutral face; onset 10: the change falls under 30% "
    "of what it is at the apex; offset 30: the clip ends there, so that it may go on; the face is not known "
    "in 3 of the frames between; the head turns meanwhile, which shows in the curve too.",
]


def test_a_sentence_is_translated_whole(chinese: catalogue.Catalogue) -> None:
    for sentence in COMPOSED:
        translated = chinese.find(sentence)
        assert translated != sentence
        assert not _WORDS.search(_NAMES.sub("", translated)), translated
        assert sorted(re.findall(r"\d+", translated)) == sorted(re.findall(r"\d+", sentence))


def test_a_sentence_that_nobody_has_translated_stays_whole(chinese: catalogue.Catalogue) -> None:
    for sentence in ("Frame 7 of it is broken: nobody knows why.", "frame by frame", "Some 3 frames of it."):
        assert chinese.find(sentence) == sentence
