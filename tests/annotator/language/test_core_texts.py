"""Every sentence of the core has its Chinese, and a sentence finds its own among all others."""

from __future__ import annotations

import re
from functools import cache
from string import Formatter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hrm_annotator.language.catalogue import Catalogue, load
from hrm_core.records.segments import frames_in_words
from hrm_core.records.words import counted
from tools.collect_core_texts import CoreText, collect_core, collect_core_from, fault, sample

_HAN = re.compile(r"[\u4e00-\u9fff]")
_LETTER = re.compile(r"[^\W\d_]")
PLANTED = """
class UserError(Exception): ...
class TapeError(UserError): ...

def _why(broken):
    return "the tape is torn" if broken else f"the tape has {counted(3, 'knot')}"

def play(tape, broken):
    also = f"; {len(tape)} of them twice" if tape else ""
    if broken:
        raise TapeError(f"{tape.path} cannot be played ({_why(broken)}{also}): " + (
            "rewind " + ("it." if broken else "both.")
        ))
    raise ValueError(f"{tape} is our own fault")
"""


@cache
def core() -> list[CoreText]:
    return collect_core()


@cache
def chinese() -> Catalogue:
    return load("zh_CN")


def filled(template: str, values: dict[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda hole: values[hole[1]], template)


def names_in(template: str) -> list[str]:
    return list(dict.fromkeys(name for _, name, _, _ in Formatter().parse(template) if name))


@cache
def telling() -> list[str]:
    """Templates that say enough by themselves to be found in a sentence."""
    return [
        text
        for text in chinese().texts
        if "{" in text and len(_LETTER.findall(re.sub(r"\{\w+\}", "", text))) >= 10
    ]


def by_others(template: str, sentence: str) -> list[str]:
    """The Chinese of a sentence by templates that differ in nothing but the names of their values."""
    plain = re.sub(r"\{\w+\}", "{}", template)
    twins = [text for text in telling() if re.sub(r"\{\w+\}", "{}", text) == plain]
    return [Catalogue({text: chinese().texts[text]}).find(sentence) for text in twins]


def test_every_sentence_of_the_core_has_its_chinese() -> None:
    texts = core()
    assert len(texts) > 400, "the sentences of the core are not found any more"
    missing = [
        f"{text.place}: {why}: {text.template}"
        for text in texts
        if (why := fault(text.template, chinese().find(sample(text.template)[0])))
    ]
    hint = "python tools/collect_core_texts.py --missing zh_CN writes entries for core.po:"
    assert not missing, "\n".join([hint, *missing])


def test_a_sentence_without_chinese_is_noticed() -> None:
    assert fault("Nobody rewound {tape}.", "Nobody rewound 71.") == "not translated"
    assert "half" in fault("Nobody rewound {tape}.", "没有人 has rewound it 71。")
    assert "lost 71" in fault("Nobody rewound {tape}.", "没有人倒带。")
    assert fault("Nobody rewound {tape}.", "没有人把 71 倒带。") == ""


def test_sentences_are_found_however_they_are_written() -> None:
    found = {text.template: text.whole for text in collect_core_from(PLANTED, "planted.py")}
    begin = "{path} cannot be played ({why}"
    assert found == {
        f"{begin}; {{count}} of them twice): rewind it.": True,
        f"{begin}; {{count}} of them twice): rewind both.": True,
        f"{begin}): rewind it.": True,
        f"{begin}): rewind both.": True,
        "the tape is torn": False,
        "the tape has {counted}": False,
        "{count} knot": False,
        "{count} knots": False,
    }


@pytest.mark.parametrize("long", ["/data/study/a b/7.csv", "Zoë O'Hara", "Jörg’s 3rd “tape”"])
def test_every_template_finds_itself_among_all_others(long: str) -> None:
    """Values of any look come through unchanged, in the Chinese of the very template."""
    faults = []
    for template in telling():
        values = {
            name: str(300 + place) if name in ("frame", "count") or place else long
            for place, name in enumerate(names_in(template))
        }
        sentence = filled(template, values)
        wanted, got = filled(chinese().texts[template], values), chinese().find(sentence)
        if got != wanted and got not in by_others(template, sentence):
            faults.append(f"{template}\n   wanted {wanted}\n   got    {got}")
    assert not faults, "\n".join(faults)


@settings(max_examples=60, deadline=None)
@given(st.data(), st.lists(st.integers(0, 10**6), min_size=12, max_size=12))
def test_numbers_come_through(data: st.DataObject, numbers: list[int]) -> None:
    template = data.draw(st.sampled_from(telling()))
    values = {name: str(number) for name, number in zip(names_in(template), numbers, strict=False)}
    sentence = filled(template, values)
    assert chinese().find(sentence) in by_others(template, sentence)


@pytest.mark.parametrize(
    "exotic",
    [
        "It ran from dusk to dawn, and nobody knows why.",
        "Two of three are left: nothing helps.",
        "frame by frame",
        "Frame 7 of it is broken: nobody knows why.",
        "labels of my own making",
    ],
)
def test_a_sentence_that_nobody_has_translated_stays_whole(exotic: str) -> None:
    assert chinese().find(exotic) == exotic


def test_names_of_the_user_stay_names() -> None:
    assert "没有文件 left：" in chinese().find("There is no file left: check its name.")
    assert "other" in chinese().find(
        "The images in other cannot be read (Permission denied): check its permissions."
    )


def test_counted_words_and_frames_inside_a_sentence_are_translated() -> None:
    nouns = {
        match[1] for text in core() if (match := re.fullmatch(r"\{count\} ([a-zA-Z ]+[^s])", text.template))
    }
    assert "frame" in nouns
    untranslated = {
        counted(number, noun)
        for number in (1, 2)
        for noun in nouns
        if not _HAN.search(chinese().find(counted(number, noun)))
    }
    assert untranslated == set()
    sentence = f"Code the whole clip first: {counted(9, 'frame')} missing ({frames_in_words([3, 4, 8])})."
    assert chinese().find(sentence) == "请先编码整个片段：还缺 9 帧（第 3–4, 8 帧）。"
