"""The page that a judge opens in a browser: one file with words, style and script, nothing from elsewhere."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from hrm_core.paths import resource
from hrm_core.records.rating_plan import Presentation, Trial, TrialKind

__all__ = ["CLIPS", "LANGUAGES", "browser_page", "page_data", "waiting"]

CLIPS = "clips"
"""Folder of the clips, beside the page."""

LANGUAGES = ("en", "zh_CN")
"""Languages that the page speaks."""

# In this order, in one function of their own: the parts see one another, the page sees none.
_SCRIPTS = ("words.js", "journal.js", "film.js", "screens.js", "sitting.js")


def waiting(trials: Sequence[Trial], answered: Collection[int]) -> list[Trial]:
    """Trials that still have to be answered, in the judge's order."""
    return [trial for trial in trials if trial.position not in answered]


def page_data(
    name: str,
    presentation: Presentation,
    trials: Sequence[Trial],
    files: Mapping[str, str],
    *,
    session: str,
    seat: str,
    folder: str,
    key: bytes,
    answered: Collection[int],
    language: str,
) -> dict[str, Any]:
    """All that the page knows: what :class:`~hrm_core.records.sitting.SeatTrial` allows, and the seat's key.

    Parameters
    ----------
    name : str
        Of the session.
    presentation : Presentation
        What is shown and asked.
    trials : sequence of Trial
        All of the judge, in order.
    files : mapping of str to str
        Names of clips, relative to the page, by token of the trial.
    session, seat, folder : str
        Tokens; that of the folder is another one each time it is given out.
    key : bytes
        Of the seat.
    answered : collection of int
        Positions that were answered before.
    language : str
        One of :data:`LANGUAGES`, in which the page begins.
    """
    return {
        "name": name,
        "session": session,
        "seat": seat,
        "folder": folder,
        "key": key.hex(),
        "language": language,
        "presentation": asdict(presentation),
        "trials": [
            {
                "token": trial.token,
                # A repeated clip is a clip like any other to who sees it.
                "kind": str(TrialKind.RATING if trial.kind is TrialKind.REPEAT else trial.kind),
                "file": files.get(trial.token),
                "expected": trial.expected,
                "breakBefore": trial.break_before,
                "done": trial.position in answered,
            }
            for trial in trials
        ],
    }


def browser_page(data: Mapping[str, Any]) -> bytes:
    """The page as HTML, UTF-8; it asks nobody for anything but its clips.

    Parameters
    ----------
    data : mapping
        From :func:`page_data`.
    """
    style = _part("page.css")
    words = json.loads(_part("words.json"))
    script = "(() => {\n'use strict';\n" + "\n".join(_part(name) for name in _SCRIPTS) + "\n})();\n"
    known = {
        "@LANGUAGE@": str(data["language"]).replace("_", "-"),
        "@RULES@": _rules(script, style),
        "@STYLE@": style,
        "@WORDS@": _inert(words),
        "@DATA@": _inert(data),
        "@SCRIPT@": script,
    }
    page = _part("page.html")
    # Split at the marks, never replaced one after another: a question may hold such a mark itself.
    for mark in known:
        assert page.count(mark) == 1, f"page.html must hold {mark} once"
    pieces = [page]
    for mark, text in known.items():
        place = next(number for number, piece in enumerate(pieces) if number % 2 == 0 and mark in piece)
        before, after = pieces[place].split(mark)
        pieces[place : place + 1] = [before, text, after]
    return "".join(pieces).encode()


def _part(name: str) -> str:
    return resource(f"rating/{name}").read_text(encoding="utf-8")


def _rules(script: str, style: str) -> str:
    """The content security policy: this script and style by their hashes, clips from beside the page."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src '{_hash(script)}'",
            f"style-src '{_hash(style)}'",
            # What 'self' means for a page opened by double click, browsers do not agree on.
            "media-src 'self' file:",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _inert(value: Any) -> str:
    """JSON that cannot end the element it stands in."""
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")
