"""What an agreement says beside its numbers is no error, yet it is read in the window: it has its Chinese."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator, Mapping

import numpy as np
import pytest

from hrm_annotator.language.catalogue import Catalogue, load
from hrm_annotator.language.words import shortened
from hrm_core.facs import ALL_ACTIONS
from hrm_core.progress import CancelToken, NoProgress
from hrm_core.records.agreement import AgreementOptions, PairAgreement, Source, SourceKind
from hrm_core.records.code_grid import COLUMN_OF
from hrm_core.reliability.pairing import RecordingPair, SourceCodes, pair
from hrm_core.reliability.summary import summarise

ANNA, TOOL = Source(SourceKind.RATER, "Anna", "Anna"), Source(SourceKind.TOOL, "openface", "OpenFace")
KEYS = [entry.key for entry in ALL_ACTIONS]
FRAMES = 1200
_TWO_WORDS = re.compile(r"[a-z]{2,} [a-z]{2,}")
_HAN = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def chinese() -> Catalogue:
    """The Chinese catalogue as it is shipped."""
    return load("zh_CN")


def codes_of(
    runs: Mapping[str, tuple[int, int, int]],
    hidden: Mapping[str, str],
    left_out: Mapping[str, int],
    start: int = 0,
    graded: bool = False,
) -> SourceCodes:
    """What one source says of frames from `start` on: (first frame, last frame, code) of an action."""
    frames = np.arange(start, FRAMES)
    codes = np.zeros((len(frames), len(KEYS)), np.uint8)
    for key, (first, last, code) in runs.items():
        codes[max(first - start, 0) : max(last + 1 - start, 0), COLUMN_OF[key]] = code
    return SourceCodes(
        frames,
        codes,
        np.array([key not in hidden for key in KEYS]),
        hidden,
        np.where(codes > 0, 2, 0).astype(np.uint8) if graded else None,
        {why: np.array([frame]) for why, frame in left_out.items()},
        np.array([FRAMES + 90]),
    )


def measured(participants: int) -> PairAgreement:
    """Two codings that go wrong in as many ways as there are sentences for."""
    runs = {
        "AU1": (0, FRAMES, 1),
        "AU4": (100, 109, 1),
        "AU6": (100, 400, 2),
        "AU9": (0, FRAMES, 1),
        "AU12": (100, 400, 2),
        "AU14": (50, 90, 1),
    }
    others = {
        "AU1": (0, FRAMES, 1),
        "AU2": (0, FRAMES, 1),
        "AU6": (120, 400, 3),
        "AU12": (100, 400, 2),
        "AU14": (50, 90, 1),
    }
    nowhere = {"AU43": "OpenFace does not have it; it has AU45, a blink", "AU8": "OpenFace does not have it"}
    here = [
        RecordingPair(
            str(number),
            "play",
            number,
            codes_of(
                runs if number == 1 else {},
                {"AU5": "Anna does not see the eyes", "AU43": "Anna does not see the eyes"},
                {
                    "carried by Anna and never confirmed": FRAMES + 91,
                    "in a clip that is excluded": FRAMES + 92,
                },
                graded=True,
            ),
            codes_of(
                others if number == 1 else {},
                nowhere | ({"AU10": "OpenFace does not have it"} if number == 1 else {}),
                {
                    "no face of the child found by OpenFace (or confidence below 0.5)": FRAMES + 91,
                    "not every action judged by OpenFace": FRAMES + 93,
                },
                start=10,
                graded=True,
            ),
            fps=25.0,
        )
        for number in range(1, participants + 1)
    ]
    nothing = SourceCodes(np.zeros(0, np.int64), np.zeros((0, len(KEYS)), np.uint8), np.ones(len(KEYS), bool))
    apart = [
        RecordingPair(str(number), "late", number, codes_of({}, {}, {}), nothing, fps=25.0)
        for number in range(101, 106)
    ]
    paired = pair([*here, *apart], ("Anna", "OpenFace"))
    options = AgreementOptions(replicates=50)
    return summarise(paired, ANNA, TOOL, KEYS, options, NoProgress(), CancelToken())


def words_of(told: object) -> Iterator[str]:
    """Every text of two words or more that a record holds."""
    if isinstance(told, str):
        if " " in told:
            yield told
    elif dataclasses.is_dataclass(told):
        for part in dataclasses.fields(told):
            yield from words_of(getattr(told, part.name))
    elif isinstance(told, tuple):
        for entry in told:
            yield from words_of(entry)


@pytest.mark.parametrize("participants", [1, 3])
def test_every_word_beside_the_numbers_has_its_chinese(participants: int, chinese: Catalogue) -> None:
    said = set(words_of(measured(participants)))
    assert len(said) > 25, "the sentences are not found any more"
    left = [
        f"{sentence}\n   {words}"
        for sentence in sorted(said)
        if not sentence.endswith(" play")  # how a recording is written, not a text
        if not _HAN.search(words := chinese.find(sentence)) or _TWO_WORDS.search(words)
    ]
    assert not left, "\n".join(left)


def test_reasons_one_after_the_other_are_each_translated(chinese: Catalogue) -> None:
    both = "not coded by Anna; no face of the child found by OpenFace (or confidence below 0.5)"
    assert chinese.find(both) == "未由 Anna 编码；OpenFace 未找到儿童的面部（或置信度低于 0.5）"
    assert chinese.find("AU43 is compared in 1 of 2 recordings only: " + both + ".") == (
        "AU43 只在 2 个视频中的 1 个里比较：未由 Anna 编码；OpenFace 未找到儿童的面部（或置信度低于 0.5）。"
    )
    assert chinese.find("my own; words") == "my own; words"
    assert chinese.find("neither used it in 1,535 frames") == "双方在 1,535 帧中均未使用"


@pytest.mark.parametrize("cut", [shortened, lambda name: shortened(name, 18)])
def test_two_names_that_begin_alike_stay_apart(cut: Callable[[str], str]) -> None:
    first, second = (cut(f"Coder of the first wave {letter}") for letter in "AB")
    assert first != second
    assert len(first) <= 18
    assert cut("Anna") == "Anna"
