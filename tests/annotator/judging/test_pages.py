"""Every page of a judge's window can be read, heard and used, small and large, in every language."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QAbstractButton, QApplication

from hrm_annotator.judging.ground import ground_palette
from hrm_annotator.language import LANGUAGES
from hrm_annotator.look.theme import apply_theme
from hrm_core.records.rating_plan import Presentation, ScalePoint
from hrm_core.records.sitting import Seated
from tests.annotator.accessibility.test_names_and_roles import faults
from tests.annotator.language.test_texts_fit import too_tight
from tests.support.contrast import contrast
from tests.support.judging import JudgeSeat, Planned, judge_seat, plan, quick_film
from tests.support.languages import spoken
from tests.support.window import painted

__all__ = ["judge_seat", "quick_film"]

NewJudge = Callable[..., JudgeSeat]
_SIZES = [(1024, 700), (1280, 800)]
_LONG = tuple(
    ScalePoint(
        f"Point {number} of a scale with many long words", {"zh_CN": f"量表第 {number} 级，文字较长的说明"}
    )
    for number in range(1, 12)
)


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest, qapp: QApplication) -> Iterator[str]:
    """The window made in this test speaks this language."""
    with spoken(qapp, request.param):
        yield request.param


def pages(seat: JudgeSeat) -> Iterator[str]:
    """From the first page to the last, each once it has come to rest."""
    for _ in range(40):
        # Sizes are what is looked at: a screen that is filled has one size only.
        seat.window.set_full_screen = lambda on: None  # type: ignore[method-assign]
        QApplication.processEvents()
        yield seat.title
        if seat.window.page is seat.window.notice and seat.sitting.sitting.current is None:  # type: ignore[union-attr]
            return
        if seat.asked:
            seat.press(" ")
            seat.settled()
            yield seat.title
            seat.press(Qt.Key.Key_Return)
            seat.settled()
            seat.answer(2)
        else:
            seat.press(Qt.Key.Key_Return)
            seat.settled()
    raise AssertionError("the session never ends")


@pytest.mark.parametrize("scale", [Presentation().scale, _LONG], ids=["5 points", "11 points"])
def test_every_page_can_be_read_and_heard(
    language: str, judge_seat: NewJudge, tmp_path: Path, quick_film: Path, scale: tuple[ScalePoint, ...]
) -> None:
    study = tmp_path / "study"
    presentation = Presentation(max_replays=2, speed=2.0, scale=scale)
    plan(study, quick_film, Planned(clips=2, practice=1, checks=1, break_every=1, presentation=presentation))
    seat = judge_seat(study)
    seen = set()
    for title in pages(seat):
        seen.add(title)
        for size in _SIZES:
            seat.window.resize(*size)
            seat.wait(lambda size=size: seat.window.size().toTuple() == size)
            for _ in range(20):
                if not too_tight(seat.window.page):
                    break
                seat.qtbot.wait(5)
            assert too_tight(seat.window.page) == []
            bars = seat.window.notice._scroll.verticalScrollBar()
            if seat.window.page is seat.window.notice and scale is not _LONG:
                assert bars.maximum() == 0, "a page that must be scrolled"
        assert faults(seat.window) == []
    assert len(seen) >= 6


def test_seats_can_be_read_and_heard(
    language: str, judge_seat: NewJudge, tmp_path: Path, quick_film: Path, qapp: QApplication
) -> None:
    study = tmp_path / "study"
    plan(study, quick_film, Planned(clips=1))
    for theme in ("dark", "light"):
        apply_theme(qapp, theme)
        seat = judge_seat(study, "")
        seats = [
            Seated("First wave", "A", 0, 60),
            Seated("First wave", "B", 12, 60),
            Seated("First wave", "C", 60, 60),
            Seated("With sound", "C", 1, 60, sound=True),
            Seated("Before", "D", 1, 60, closed=True),
        ]
        seat.sitting._show_seats(seats)
        seat.qtbot.wait(20)
        assert len(set(seat.items())) == 5
        assert too_tight(seat.window) == []
        assert faults(seat.window) == []
        # One ground in both themes.
        screen = painted(seat.window)
        assert screen[4, 4].tolist() == [0x23, 0x23, 0x23]
        assert screen.mean() < 90, "nothing bright"
        seat.leave()


def test_words_stand_out_from_the_ground() -> None:
    palette, role = ground_palette(), QPalette.ColorRole
    grounds = [role.Window, role.Base, role.Button, role.Midlight]
    for ink in (role.WindowText, role.Text, role.ButtonText, role.PlaceholderText):
        for ground in grounds:
            assert contrast(palette.color(ink), palette.color(ground)) >= 4.5, (ink, ground)
    faded = palette.color(QPalette.ColorGroup.Disabled, role.Text)
    assert contrast(faded, palette.color(role.Base)) >= 4.5, "why a seat cannot be taken"
    assert contrast(palette.color(role.HighlightedText), palette.color(role.Highlight)) >= 4.5
    for ground in grounds:
        assert contrast(palette.color(role.Accent), palette.color(ground)) >= 3.0
    assert contrast(palette.color(role.Mid), palette.color(role.Window)) >= 3.0, "edges of the answers"


def test_everything_is_reached_by_tab(judge_seat: NewJudge, tmp_path: Path, quick_film: Path) -> None:
    study = tmp_path / "study"
    plan(study, quick_film, Planned(clips=2, presentation=Presentation(max_replays=2, speed=2.0)))
    seat = judge_seat(study)
    seat.begin()
    seat.answer(1)
    buttons = {button for button in seat.window.question.findChildren(QAbstractButton) if button.isVisible()}
    assert len(buttons) == 8
    reached = set()
    for _ in range(12):
        seat.press(Qt.Key.Key_Tab)
        reached.add(QApplication.focusWidget())
    assert buttons <= reached
    seat.window.question.scale.buttons[3].setFocus()
    seat.press(Qt.Key.Key_Return)
    seat.settled()
    assert seat.title == "Thank you"
