"""Everything the window says can be said in Chinese, and nothing is translated that it does not say."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from string import Formatter

import polib
import pytest

from hrm_annotator.language.catalogue import LANGUAGES, load
from hrm_core.paths import resource
from tools.collect_texts import (
    NAMES,
    Found,
    Text,
    all_words,
    collect,
    collect_from,
    untranslated,
    untranslated_in,
)

TRANSLATED = [code for code in LANGUAGES if code != "en"]
OF_THE_CORE = {
    "analysis_core.po", "analysis_core_H.po", "core.po", "facs.po", "networks_core.po", "rating_core.po",
    "reliability_core.po", "suggestions_core.po", "training_core.po",
}  # fmt: skip
"""Sentences that the core puts together from parts, and what the system says of files."""
PLANTED = {
    "an f-string": 'tr(f"Frame {number}")',
    "words put together": 'tr("Frame " + number)',
    "words that were filled": 'tr("Frame {number}".format(number=3))',
    "a plural that is made": 'trn(one, "{count} frames", 3)',
    "a mark on nothing": "mark(words)",
    "Qt's own tr": 'self.tr("Frame")',
}
SHOWN = {
    "a literal": 'label.setText("Frame on the screen")',
    "an f-string": 'box.setToolTip(f"<b>{name}</b> is coded")',
    "a choice": 'button = QPushButton("Play" if stopped else "Pause")',
    "a refusal": 'self.refused.emit("Nothing is coded.")',
}


@cache
def window_texts() -> Found:
    return collect()


def files(language: str) -> list[Path]:
    return sorted(resource(f"translations/{language}").glob("*.po"))


def entries(language: str) -> list[tuple[str, polib.POEntry]]:
    return [(path.name, entry) for path in files(language) for entry in polib.pofile(str(path))]


def values(text: str) -> set[str]:
    """Names of the values that are put into a text; fails where it is written wrongly."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def letter(text: str) -> str:
    """The underlined letter of a menu entry or button."""
    return "".join(re.findall(r"&(\w)", text)).lower()


def missing(texts: list[Text], known: dict[str, str]) -> list[str]:
    return sorted({f"{text.place}: {text.one}" for text in texts if not known.get(text.one)})


def obsolete(msgid: str, said: str) -> bool:
    """Whether the longest part of a text that is no value stands nowhere in the program."""
    parts = [part.strip() for part in re.split(r"\{[^}]*\}", msgid)]
    return max(parts, key=len) not in said


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_of_the_window_is_translated(language: str) -> None:
    texts = window_texts().texts
    assert len(texts) > 250, "the search finds texts"
    assert missing(texts, dict(load(language).texts)) == []
    assert missing([Text("Never said", "", "here")], dict(load(language).texts)) == ["here: Never said"]


def test_only_literal_texts_are_given_to_be_translated() -> None:
    assert window_texts().faults == []


@pytest.mark.parametrize("source", PLANTED.values(), ids=PLANTED.keys())
def test_a_text_that_is_made_while_the_program_runs_is_noticed(source: str) -> None:
    assert len(collect_from(source, "planted.py").faults) == 1


def test_texts_are_found_wherever_they_are_given() -> None:
    source = "\n".join(
        (
            'a = tr("One" if first else "Two", count=1)',
            'b = {K: Command("Thr&ee", tip="Four"), L: SubMenu("Five", names)}',
            'c = trn("{count} six", "{count} sixes", n)',
            'd = mark("Se" "ven")',
            "e = tr(table[key])",
        )
    )
    found = collect_from(source, "planted.py")
    assert found.faults == []
    assert {(text.one, text.many) for text in found.texts} == {
        *((word, "") for word in ("One", "Two", "Thr&ee", "Four", "Five", "Seven")),
        ("{count} six", "{count} sixes"),
    }


def test_nothing_is_shown_past_the_catalogue() -> None:
    assert untranslated() == []


@pytest.mark.parametrize("source", SHOWN.values(), ids=SHOWN.keys())
def test_words_shown_past_the_catalogue_are_noticed(source: str) -> None:
    assert len(untranslated_in(source, "planted.py")) >= 1
    wrapped = re.sub(r'f?("[^"]*")', r"tr(\1)", source)
    assert untranslated_in(wrapped, "planted.py") == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_nothing_is_translated_that_is_never_said(language: str) -> None:
    said = all_words()
    wanted = {text.one for text in window_texts().texts}
    left = [
        f"{name}: {entry.msgid}"
        for name, entry in entries(language)
        if name not in OF_THE_CORE and entry.msgid not in wanted and obsolete(entry.msgid, said)
    ]
    assert left == []
    assert obsolete("The {animal} sings at night, unheard", said), "the search is sharp"


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_text_is_translated_twice(language: str, tmp_path: Path) -> None:
    chinese: dict[str, set[str]] = {}
    for path in files(language):
        for entry in polib.pofile(str(path), check_for_duplicates=True):
            chinese.setdefault(entry.msgid, set()).add(entry.msgstr_plural.get(0, entry.msgstr))
    assert {msgid: said for msgid, said in chinese.items() if len(said) > 1} == {}
    twice = tmp_path / "twice.po"
    twice.write_text('msgid "a"\nmsgstr "b"\n\nmsgid "a"\nmsgstr "c"\n', encoding="utf-8")
    with pytest.raises(ValueError, match="already exists"):
        polib.pofile(str(twice), check_for_duplicates=True)


@pytest.mark.parametrize("language", TRANSLATED)
def test_translations_have_the_same_values_letters_and_dots(language: str) -> None:
    faults = []
    for name, entry in entries(language):
        english = entry.msgid_plural or entry.msgid
        translated = entry.msgstr_plural.get(0, "") if entry.msgid_plural else entry.msgstr
        if values(english) != values(translated):
            faults.append(f"{name}: other values: {translated}")
        if letter(english) != letter(translated):
            faults.append(f"{name}: another underlined letter: {translated}")
        if english.rstrip().endswith("…") != translated.rstrip().endswith("…"):
            faults.append(f"{name}: dots at the end: {translated}")
        if entry.fuzzy or entry.obsolete:
            faults.append(f"{name}: not settled: {translated}")
    assert faults == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_counted_texts_are_counted_in_every_language(language: str) -> None:
    counted = {text.one: text.many for text in window_texts().texts if text.many}
    plain = {text.one for text in window_texts().texts if not text.many}
    found = {entry.msgid: entry for _, entry in entries(language)}
    for one, many in counted.items():
        assert "{count}" in many
        assert values(one) | {"count"} == values(many)
        if one in found:
            assert found[one].msgid_plural == many
            assert set(found[one].msgstr_plural) == {0}, "Chinese counts in one form"
    assert [one for one in plain if one in found and found[one].msgid_plural] == []


def test_chinese_is_written_as_chinese_is() -> None:
    faults = []
    for name, entry in entries("zh_CN"):
        translated = entry.msgstr_plural.get(0, entry.msgstr)
        words = re.sub(r"\{[^}]*\}", "", entry.msgid)
        if translated == entry.msgid and re.search(r"[a-z]{4}", words) and words.strip() not in NAMES:
            faults.append(f"{name}: not translated: {translated}")
        if re.search(r"[\u4e00-\u9fff][,.:;?!](?!\w)", translated):
            faults.append(f"{name}: English punctuation: {translated}")
    assert faults == []
