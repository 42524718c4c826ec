"""A search for words that nobody may meet, in texts and in files, also where they are written otherwise."""

from __future__ import annotations

import base64
import io
import json
import os
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable
from html import escape
from pathlib import Path
from urllib.parse import quote, quote_plus

__all__ = ["SecretWords"]

# Base64 of fewer letters stands anywhere by chance.
_LEAST_BASE64 = 6
_ZIP, _GZIP = b"PK\x03\x04", b"\x1f\x8b"
_WITH_HEADER = 32


class SecretWords:
    """Finds words, whatever their case, in UTF-8, UTF-16, Latin-1, URLs, JSON, HTML, hexadecimals and base64.

    Parameters
    ----------
    words : iterable of str
        What nobody may meet.
    """

    def __init__(self, words: Iterable[str]) -> None:
        self.words = tuple(dict.fromkeys(words))
        self._plain = {word: _plain_forms(word) for word in self.words}
        self._exact = {word: _base64_forms(word) for word in self.words}

    def in_bytes(self, data: bytes) -> list[str]:
        """Words that stand in bytes, also in those of archives."""
        parts = [(part, part.lower()) for part in (data, *_unpacked(data))]
        return [
            word
            for word in self.words
            if any(form in small for form in self._plain[word] for _, small in parts)
            or any(form in part for form in self._exact[word] for part, _ in parts)
        ]

    def in_text(self, text: str) -> list[str]:
        """Words that stand in a text."""
        return self.in_bytes(text.encode("utf-8", "surrogatepass"))

    def in_texts(self, texts: Iterable[str]) -> list[str]:
        """Texts in which a word stands."""
        every = list(texts)
        # All at once: nearly always there is nothing to be found.
        return [text for text in every if self.in_text(text)] if self.in_text("\n".join(every)) else []

    def in_folder(self, folder: Path) -> list[str]:
        """Words in the names and contents of all that lies in a folder: ``"name: word"``."""
        found = []
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(folder)
            words = self.in_bytes(os.fsencode(name))
            if path.is_symlink():
                words += self.in_bytes(os.fsencode(path.readlink()))
            elif path.is_file():
                words += self.in_bytes(path.read_bytes())
            found += [f"{name}: {word}" for word in dict.fromkeys(words)]
        return found


def _spellings(word: str) -> set[str]:
    # bytes.lower() knows no letters but those of ASCII.
    cased = {word, word.lower(), word.upper(), word.capitalize()}
    return cased | {unicodedata.normalize(form, text) for text in cased for form in ("NFC", "NFD")}


def _plain_forms(word: str) -> set[bytes]:
    """How a word may stand in bytes that were made lower case."""
    forms: set[bytes] = set()
    for text in _spellings(word):
        written = {text, quote(text, safe=""), quote(text), quote_plus(text), json.dumps(text)[1:-1]}
        written |= {escape(text), text.encode("ascii", "xmlcharrefreplace").decode(), text.encode().hex()}
        written |= {text.encode("ascii", "backslashreplace").decode(), repr(text.encode())[2:-1]}
        for one in written:
            forms |= {one.encode(), one.encode("utf-16-le"), one.encode("utf-16-be")}
        forms.add(text.encode("latin-1", "ignore") if text.isascii() else _latin(text))
    return {form.lower() for form in forms}


def _latin(text: str) -> bytes:
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode()


def _base64_forms(word: str) -> set[bytes]:
    """The letters of base64 that depend on the word alone, wherever it begins in what was written so."""
    forms: set[bytes] = set()
    for text in _spellings(word):
        data = text.encode()
        if len(data) < _LEAST_BASE64:
            continue
        for before in range(3):
            whole = base64.b64encode(bytes(before) + data)
            inner = whole[(0, 2, 3)[before] : (before + len(data)) * 8 // 6]
            forms |= {inner, inner.translate(bytes.maketrans(b"+/", b"-_"))}
    return forms


def _unpacked(data: bytes) -> list[bytes]:
    """What an archive holds; nothing for other bytes."""
    if data.startswith(_ZIP):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return [name.encode() + b"\n" + archive.read(name) for name in archive.namelist()]
    if data.startswith(_GZIP):
        return [zlib.decompress(data, _WITH_HEADER + zlib.MAX_WBITS)]
    return []
