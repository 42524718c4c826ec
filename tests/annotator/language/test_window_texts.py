"""Every text of coding pane, player and timeline goes through the catalogue; the store keeps English."""

from __future__ import annotations

import re
import sqlite3
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QLineEdit, QToolButton, QWidget

from hrm_annotator import language
from hrm_annotator.language import catalogue
from hrm_annotator.timeline.timeline import Timeline
from hrm_annotator.timeline.tool_tip import tool_tip
from hrm_annotator.timeline.view import CLIPS_PX, GUTTER_PX, ROWS_TOP_PX, RULER_PX, STATES_PX
from hrm_core.facs import ALL_ACTIONS, Code
from hrm_core.records.coding import CodingState
from tests.support.window import Seat

_INNERMOST = re.compile(r"⟦[^⟦⟧]*⟧")
# What is data in every language: numbers, kinds and intensities of actions, scores, seconds, marks of HTML.
_DATA = re.compile(r"<[^>]*>|\bA[UD]\w+|\b[LRTBA]?\d+\w?\b|\b[A-ELRT]\b|\bs\b")
_ROOMS = ("hrm_annotator.coding.", "hrm_annotator.player.", "hrm_annotator.timeline.")
_HAN = re.compile(r"[\u4e00-\u9fff]")


class _EveryText(Mapping[str, str]):
    """Translates every text there is to itself in brackets."""

    def get(self, text: str, default: Any = None) -> str:  # type: ignore[override]
        return f"⟦{text}⟧"

    def __getitem__(self, text: str) -> str:
        return f"⟦{text}⟧"

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


@pytest.fixture
def brackets(monkeypatch: pytest.MonkeyPatch) -> None:
    """A language in which every text stands in brackets."""
    monkeypatch.setattr(catalogue, "_current", catalogue.Catalogue(_EveryText()))
    monkeypatch.setattr(catalogue, "_language", "brackets")


@pytest.fixture
def chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chinese, until the test ends."""
    monkeypatch.setattr(catalogue, "_current", catalogue.load("zh_CN"))
    monkeypatch.setattr(catalogue, "_language", "zh_CN")


@pytest.fixture
def painted_texts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every text that these panes paint themselves."""
    texts: list[str] = []
    draw = QPainter.drawText

    def drawn(painter: QPainter, *where: Any) -> Any:
        # Names are painted once and kept: they cannot be asked for again.
        if sys._getframe(1).f_globals["__name__"].startswith(_ROOMS):
            texts.extend(part for part in where if isinstance(part, str))
        return draw(painter, *where)

    monkeypatch.setattr(QPainter, "drawText", drawn)
    return texts


def unwrapped(text: str) -> str:
    """What of a text did not go through the catalogue and is no data; empty if nothing."""
    # What is cut off on the screen has lost its closing bracket.
    text = text if text.count("⟦") == text.count("⟧") else text.partition("⟦")[0]
    while _INNERMOST.search(text):
        text = _INNERMOST.sub("", text)
    return "".join(re.findall(r"[A-Za-z\u4e00-\u9fff]+", _DATA.sub("", text)))


def texts_of(root: QWidget) -> Iterator[tuple[str, str]]:
    """All texts of a pane that can be seen or heard, with where they stand."""
    for widget in [root, *root.findChildren(QWidget)]:
        if isinstance(widget, QToolButton) and widget.defaultAction() is not None:
            continue  # a command of the window
        if widget.objectName().startswith("qt_"):
            continue
        where = type(widget).__name__
        found = [widget.toolTip(), widget.accessibleName(), widget.accessibleDescription()]
        if isinstance(widget, (QLabel, QAbstractButton)):
            found.append(widget.text())
        if isinstance(widget, QLineEdit):
            found.append(widget.placeholderText())
        if isinstance(widget, QComboBox):
            found += [widget.itemText(place) for place in range(widget.count())]
        yield from ((where, text) for text in found if text)


def panes(seat: Seat) -> list[QWidget]:
    """The panes of the workbench that code is seen and written in."""
    return [seat.window.coding, seat.window.player, seat.window.timeline, seat.program.comfort.frame_window]


def timeline_words(seat: Seat) -> list[str]:
    """What the timeline says of every kind of place."""
    timeline = seat.window.timeline.timeline
    assert isinstance(timeline, Timeline)
    view = timeline._view
    row_y = next(ROWS_TOP_PX + placed.top + 1 for placed in view.layout.in_view())
    x = view.x_of(12.5)
    places = [
        QPointF(GUTTER_PX / 2, row_y),
        QPointF(x, row_y),
        QPointF(view.x_of(50.5), row_y),
        QPointF(x, RULER_PX + 2),
        QPointF(x, RULER_PX + CLIPS_PX + STATES_PX / 2),
    ]
    title = seat.window.timeline._title_of
    return [tool_tip(view, place, way) for place in places for way in (None, title)]


def refusals(seat: Seat) -> list[Callable[[], object]]:
    """What a coder may ask in vain, or is told of."""
    session, ranges, player = seat.session, seat.program.runs.ranges, seat.window.player
    return [
        lambda: session.set_code("AU25", Code.LEFT),
        lambda: session.set_code("AU18", Code.LEFT),
        lambda: session.set_intensity("AU20", "C"),
        lambda: seat.coding.toggle("AU21"),
        lambda: session.set_not_codable(False),
        lambda: ranges.shift_run("AU9", 1),
        lambda: ranges.bound_run("AU9", start=True),
        lambda: ranges.bound_run("AU9", start=False),
        lambda: ranges.mark_apex(None),
        lambda: ranges.fill_action(None),
        ranges.paste,
        ranges.fill,
        lambda: player._number.setValue(5000) or player._on_number_entered(),
        lambda: (ranges.mark(10, 15), ranges.fill()),
        lambda: (ranges.mark(10, 15), ranges.empty()),
        lambda: (ranges.mark(90, 95), ranges.copy()),
        lambda: (ranges.forget(), seat.program.clips._new()),
        lambda: seat.program.runs._go(lambda _: None, 1),
    ]


def test_every_text_of_the_panes_goes_through_the_catalogue(
    brackets: None, painted_texts: list[str], new_seat: Callable[..., Seat], study: Path
) -> None:
    seat = new_seat()
    seat.open(study)
    seat.session.set_code("AU1", Code.BOTH)
    seat.session.set_code("AU12", Code.LEFT)
    seat.session.set_intensity("AU12", "C")
    seat.session.set_doubtful(True)
    seat.coding.choose("AU12")
    seat.coding.show_waiting("1…")
    seat.saved()
    for pane in panes(seat):
        pane.grab()
        for where, text in texts_of(pane):
            assert not unwrapped(text), f"{where}: {text}"
    for text in (*painted_texts, *timeline_words(seat)):
        assert not unwrapped(text), text
    assert any("clips" in text for text in painted_texts), "the timeline's names were not painted"
    assert any("Inner Brow Raiser" in text for text in painted_texts)
    for place, act in enumerate(refusals(seat)):
        seat.window.show_message("")
        act()
        assert seat.message, f"nothing was said to request {place}"
        assert not unwrapped(seat.message), seat.message
    seat.go_to(20)
    seat.coding.score.begin()
    for typed in ("L25", "1+", "1+A12D", "0", "47", "21"):
        seat.coding.score._line.selectAll()
        seat.type(typed)
        assert not unwrapped(seat.coding.score.words.replace("…", "")), seat.coding.score.words
    seat.press(Qt.Key.Key_Escape)
    seat.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    seat.wait(lambda: "Taken back" in seat.message)
    assert not unwrapped(seat.message), seat.message
    # The walk itself finds what was forgotten.
    seat.coding._state.setText("coded and forgotten")
    seat.coding._waiting.setToolTip(f"{language.tr('Frame')} of nobody")
    forgotten = {text for _, text in texts_of(seat.window.coding) if unwrapped(text)}
    assert forgotten == {"⟦Frame⟧ of nobody", "coded and forgotten"}


def test_a_chinese_coder_reads_chinese_and_the_store_keeps_english(
    chinese: None, painted_texts: list[str], new_seat: Callable[..., Seat], study: Path
) -> None:
    seat = new_seat()
    seat.open(study)
    seat.session.set_code("AU12", Code.LEFT)
    seat.saved()
    action_text = seat.window.actions_by_id["undo"].text()
    assert action_text.startswith("撤销(&U): AU12 左侧，第 10 帧"), action_text
    seat.program.runs.ranges.mark(10, 13)
    seat.program.runs.ranges.fill()
    assert seat.message == "已更改 3 帧；其中 3 帧为沿用，待查看并确认。"
    seat.saved()
    box = seat.coding.box("AU12")
    assert box.accessibleName() == "AU12 嘴角上拉: 左侧"
    seat.coding.choose("AU12")
    assert "颧大肌" in seat.coding._description.text()
    seat.session.set_code("AU25", Code.LEFT)
    assert seat.message == "AU25 双唇分开 不能为“左侧”：它不分侧别。"
    for pane in panes(seat):
        pane.grab()
        for where, text in texts_of(pane):
            known = r"<[^>]*>|hrm [a-z -]+[a-z]|play-7|HRM Annotator|FACS|Ctrl|Esc"
            words = re.findall(r"[A-Za-z]{3,}", re.sub(known, "", text))
            assert not words, f"{where}: {text}"
    assert {"片段", "状态", "左", "右"} <= set(painted_texts)
    with sqlite3.connect(f"file:{study / 'labels.sqlite'}?mode=ro", uri=True) as store:
        reasons = [row[0] for row in store.execute("select reason from revision order by id")]
    store.close()
    assert reasons == ["AU12 left", "filled as frame 10"]
    coded = seat.on_disk()
    assert {frame: coding.state for frame, coding in coded.items()} == {
        10: CodingState.CODED,
        **dict.fromkeys((11, 12, 13), CodingState.CARRIED),
    }


def test_actions_have_chinese_names_that_tell_them_apart() -> None:
    texts = catalogue.load("zh_CN").texts
    for field in ("name", "short", "change", "muscles"):
        for entry in ALL_ACTIONS:
            assert _HAN.search(texts[getattr(entry, field)]), f"{entry.key}: {field}"
    for field in ("name", "short", "change"):
        assert len({texts[getattr(entry, field)] for entry in ALL_ACTIONS}) == len(ALL_ACTIONS)
    assert all(_HAN.search(texts[code.word]) for code in Code)
    assert all(_HAN.search(texts[str(entry)]) for entry in ALL_ACTIONS)
