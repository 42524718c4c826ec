"""The page: all in one file, nothing that a question or a name can break out of, both languages whole."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

from PySide6.QtGui import QColor

from hrm_annotator.judging.ground import ground_palette
from hrm_core.paths import resource
from hrm_core.rating.browser_folder import LANGUAGES, browser_page, page_data, waiting
from hrm_core.records.rating_plan import Presentation, ScalePoint, Trial, TrialKind

NASTY = "</script><script>alert(1)</script>@DATA@ @STYLE@ <!-- \\u003c “引号” & 'x' \u2028"
TRIALS = [
    Trial(0, "p0", TrialKind.PRACTICE, 4),
    Trial(1, "r1", TrialKind.RATING, 5),
    Trial(2, "a2", TrialKind.ATTENTION, None, 2),
    Trial(3, "r3", TrialKind.REPEAT, 5, None, True),
]


class _Page(HTMLParser):
    """The texts of elements by name, and all attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.texts: dict[str, list[str]] = {}
        self.attributes: list[tuple[str, str | None]] = []
        self._open = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += attrs
        self._open = tag
        self.texts.setdefault(tag, []).append("")

    def handle_endtag(self, tag: str) -> None:
        self._open = ""

    def handle_data(self, data: str) -> None:
        if self._open:
            self.texts[self._open][-1] += data


def _data(name: str = "Impressions") -> dict[str, object]:
    presentation = Presentation(question=NASTY, scale=(ScalePoint(NASTY), ScalePoint("two")))
    files = {"p0": "clips/p0.mp4", "r3": "clips/r3.mp4"}
    return page_data(
        name,
        presentation,
        TRIALS,
        files,
        session="s" * 32,
        seat="t" * 32,
        folder="f" * 32,
        key=b"k" * 32,
        answered={1},
        language="zh_CN",
    )


def test_no_question_breaks_out_of_its_place() -> None:
    page = _Page(browser_page(_data(NASTY)).decode())
    words, data, script = page.texts["script"]
    assert json.loads(data) == json.loads(json.dumps(_data(NASTY)))
    assert json.loads(data)["presentation"]["question"] == NASTY
    assert set(json.loads(words)) == set(LANGUAGES)
    assert "alert(1)" not in script


def test_the_pages_own_rules_allow_just_its_script_and_style() -> None:
    page = _Page(browser_page(_data()).decode())
    (rules,) = (value for _, value in page.attributes if value and value.startswith("default-src"))
    policy = dict(rule.split(" ", 1) for rule in rules.split("; "))
    for kind, text in (("script", page.texts["script"][2]), ("style", page.texts["style"][0])):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert policy[f"{kind}-src"] == f"'sha256-{digest}'"
    assert policy["default-src"] == policy["base-uri"] == policy["form-action"] == "'none'"
    assert not {"connect-src", "frame-src", "object-src"} & policy.keys()


def test_nothing_is_asked_from_anywhere() -> None:
    text = browser_page(_data()).decode()
    assert not re.search(r"https?://|//[a-z]|url\(|@import|\bfetch\(|XMLHttpRequest|sendBeacon", text)
    page = _Page(text)
    assert [value for name, value in page.attributes if name in ("src", "href")] == ["data:,"]


def test_a_repeated_clip_looks_like_any_other() -> None:
    data = _data()
    trials = data["trials"]
    assert isinstance(trials, list)
    assert [trial["kind"] for trial in trials] == ["practice", "rating", "attention", "rating"]
    assert [trial["done"] for trial in trials] == [False, True, False, False]
    assert all("clip_id" not in trial and "clip" not in trial for trial in trials)
    assert "repeat" not in browser_page(data).decode().split('id="data">')[1].split("</script>")[0]


def test_what_waits_keeps_its_order() -> None:
    assert [trial.token for trial in waiting(TRIALS, {1, 3})] == ["p0", "a2"]


def _dictionary() -> dict[str, dict[str, str]]:
    return dict(json.loads(resource("rating/words.json").read_text(encoding="utf-8")))


def test_both_languages_say_everything_with_the_same_gaps() -> None:
    english, chinese = (_dictionary()[language] for language in LANGUAGES)
    assert english.keys() == chinese.keys()
    for key, text in english.items():
        gaps = set(re.findall(r"\{(\w+)\}", text))
        assert set(re.findall(r"\{(\w+)\}", chinese[key])) == gaps, key
        assert re.search("[\u4e00-\u9fff]", chinese[key]) or key in ("language", "progress"), key


def test_every_text_is_used_and_every_used_text_is_there() -> None:
    scripts = "".join(file.read_text(encoding="utf-8") for file in resource("rating").glob("*.js"))
    quoted = set(re.findall(r"'([A-Za-z]+)'", scripts))
    counted = {key + end for key in quoted for end in ("One", "Many")}
    words = _dictionary()["en"]
    assert words.keys() - quoted - counted == set()
    said = set(re.findall(r"say\('([A-Za-z]+)'", scripts))
    assert said - words.keys() == set()


def _luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_words_stand_out_on_the_one_ground_that_judges_have_here_and_in_the_window() -> None:
    style = resource("rating/page.css").read_text(encoding="utf-8")
    (block,) = re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", block))
    assert QColor(colours["ground"]) == ground_palette().window().color()
    for ink, grounds in {
        "ink": ("ground", "raised", "press", "warn-ground"),
        "muted": ("ground", "raised"),
        "act-ink": ("act",),
    }.items():
        for ground in grounds:
            light, dark = sorted((_luminance(colours[ink]), _luminance(colours[ground])), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (ink, ground)
