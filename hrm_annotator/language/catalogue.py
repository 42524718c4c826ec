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
_NUMBER = r"-?\d+"

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
        # Sentences with values in them, the longest first: it says most of what it matches.
        # One without a letter of its own, such as "{words} ({keys})", would match anything.
        telling = (text for text in self.texts if re.search(r"[^\W\d_]", re.sub(r"\{.*?\}", "", text)))
        patterns = sorted((text for text in telling if "{" in text), key=len, reverse=True)
        object.__setattr__(self, "_patterns", [(_pattern(text), text) for text in patterns])

    def find(self, sentence: str) -> str:
        """The translation of a sentence that may have values in it; itself if there is none."""
        if found := self.texts.get(sentence):
            return found
        patterns: list[tuple[re.Pattern[str], str]] = self._patterns  # type: ignore[attr-defined]
        for pattern, text in patterns:
            if (match := pattern.fullmatch(sentence)) is not None:
                values = {name: self.find(value) for name, value in match.groupdict().items()}
                return self.texts[text].format(**values)
        return sentence


def _pattern(text: str) -> re.Pattern[str]:
    """What matches every sentence made from a text with named values."""
    parts = re.split(r"\{(\w+)[^}]*\}", text)
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
