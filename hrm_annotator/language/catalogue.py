"""Texts of the window in the language in use; English is what the code says.

A text is looked up when it is shown, never when a module is loaded: the language
can change while the program runs.  Tables of texts that are made at import keep the
English, marked by :func:`mark`, and whoever shows them asks :func:`tr`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hrm_core.paths import resource

__all__ = ["ENGLISH", "LANGUAGES", "Catalogue", "in_use", "load", "mark", "said", "tr", "trn", "use"]

ENGLISH = "en"

# What these stand for is a number: "Frame {frame}" must not match every sentence that begins with "Frame".
_NUMBERED = frozenset({"frame", "count"})
_NUMBER = r"-?\d+(?:,\d{3})*"
# What these stand for is the user's: a file that is called "other" keeps its name in every language.
_NAMES = frozenset({"code", "file", "folder", "group", "name", "path", "root", "target", "text", "video"})
_HOLE = re.compile(r"\{(\w+)[^}]*\}")
_LETTER = re.compile(r"[^\W\d_]")
# What stands between reasons that the core gives one after the other.
_BETWEEN = "; "
# Few letters, as in "{first} to {last}", say little: many a sentence holds them by chance.
_TELLING_LETTERS = 10

LANGUAGES: Mapping[str, str] = {ENGLISH: "English", "zh_CN": "简体中文"}
"""Languages by code, each under its own name."""


@dataclass(frozen=True)
class Catalogue:
    """Translations of one language.

    Attributes
    ----------
    texts : mapping of str to str
        By English text; of counted texts by the English of one.
    """

    texts: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # Sentences with values in them, those first that have most words of their own.
        templates = [_Template.of(text) for text in self.texts if "{" in text]
        # One without a letter, such as "{words} ({keys})", would match anything.
        telling = sorted((one for one in templates if one.letters), key=lambda one: (-one.letters, -one.own))
        object.__setattr__(self, "_templates", telling)

    def find(self, sentence: str) -> str:
        """The translation of a sentence that may have values in it; itself if there is none."""
        if found := self.texts.get(sentence):
            return found
        if (parts := self._parts(sentence)) is not None:
            return parts
        templates: list[_Template] = self._templates  # type: ignore[attr-defined]
        for template in templates:
            if (values := template.values_in(sentence)) is None:
                continue
            said = {name: value if name in _NAMES else self.find(value) for name, value in values.items()}
            if template.letters >= _TELLING_LETTERS or not _left_over(values, said):
                return self.texts[template.text].format(**said)
        return sentence

    def _parts(self, sentence: str) -> str | None:
        """Reasons one after the other, each of which has its own translation; None if one has none."""
        if _BETWEEN not in sentence or sentence.endswith("."):
            return None
        parts = sentence.split(_BETWEEN)
        said = [self.find(part) for part in parts]
        if any(one == other for one, other in zip(parts, said, strict=True)):
            return None
        return self.texts.get(_BETWEEN, _BETWEEN).join(said)


def _left_over(values: Mapping[str, str], translated: Mapping[str, str]) -> bool:
    """Whether a value is words that nobody has translated: then it is the sentence that was cut wrongly."""
    return any(
        " " in value and translated[name] == value and _LETTER.search(value) is not None
        for name, value in values.items()
    )


@dataclass(frozen=True)
class _Template:
    """A text with named values, and what it takes to find it in a sentence."""

    text: str
    begin: str
    end: str
    longest: str
    letters: int
    own: int
    pattern: re.Pattern[str]

    @classmethod
    def of(cls, text: str) -> _Template:
        parts = _HOLE.split(text)
        own = parts[::2]
        letters = sum(len(_LETTER.findall(part)) for part in own)
        return cls(text, own[0], own[-1], max(own, key=len), letters, sum(map(len, own)), _pattern(parts))

    def values_in(self, sentence: str) -> dict[str, str] | None:
        """Values by name if the sentence was made from this text; None if it was not."""
        # Hundreds of texts are tried on one sentence: most are dismissed without a regular expression.
        if not sentence.startswith(self.begin) or not sentence.endswith(self.end):
            return None
        if self.longest not in sentence or (match := self.pattern.fullmatch(sentence)) is None:
            return None
        return match.groupdict()


def _pattern(parts: list[str]) -> re.Pattern[str]:
    """What matches every sentence made of words and, between them, named values."""
    seen: set[str] = set()
    made = []
    for place, part in enumerate(parts):
        if place % 2 == 0:
            made.append(re.escape(part))
        elif part in seen:
            made.append(f"(?P={part})")
        else:
            seen.add(part)
            made.append(f"(?P<{part}>{_NUMBER if part in _NUMBERED else '.*?'})")
    return re.compile("".join(made), re.DOTALL)


_current = Catalogue()
_language = ENGLISH


def load(language: str) -> Catalogue:
    """The catalogue of a language, read from ``resources/translations/<language>/*.po``."""
    if language == ENGLISH:
        return Catalogue()
    import polib  # read only where it is needed: English starts without it

    texts: dict[str, str] = {}
    for path in sorted(resource(f"translations/{language}").glob("*.po")):
        for entry in polib.pofile(str(path)):
            texts[entry.msgid] = entry.msgstr_plural[0] if entry.msgid_plural else entry.msgstr
    return Catalogue(texts)


def use(language: str) -> None:
    """Show texts in `language` from now on; what is on the screen already stays as it is."""
    global _current, _language
    _current, _language = load(language), language


def in_use() -> str:
    """Code of the language in use."""
    return _language


def mark(text: str) -> str:
    """The text itself: says that it is shown through :func:`tr` later."""
    return text


def tr(text: str, /, **values: Any) -> str:
    """A text in the language in use.

    Parameters
    ----------
    text : str
        In English, with named values as ``{frame}``; written out where it is used.
    **values
        What to put in.
    """
    found = _current.texts.get(text) or text
    return found.format(**values) if values else found


def trn(one: str, many: str, count: int, /, **values: Any) -> str:
    """A counted text in the language in use; ``{count}`` is put in by itself."""
    found = _current.texts.get(one) or (one if count == 1 else many)
    return found.format(count=count, **values)


def said(sentence: str) -> str:
    """A sentence of the core, which speaks English, in the language in use."""
    return _current.find(sentence) if _language != ENGLISH else sentence
