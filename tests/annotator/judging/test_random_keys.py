"""Whatever a judge presses: what stands in the store is what a model of the rules says."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from hrm_core.records.rating_plan import Presentation
from hrm_core.records.sitting import SittingAct
from tests.support.judging import JudgeSeat, Planned, events_of, plan, quick_film, ratings_of

__all__ = ["quick_film"]

_CLIPS, _REST, _REPLAYS = 5, 2, 1
_KEYS: dict[str, Qt.Key | str] = {
    **{digit: digit for digit in "12345"},
    "6": "6",
    "back": Qt.Key.Key_Backspace,
    "enter": Qt.Key.Key_Return,
    "space": Qt.Key.Key_Space,
    "p": Qt.Key.Key_P,
    "r": Qt.Key.Key_R,
    "escape": Qt.Key.Key_Escape,
    "f11": Qt.Key.Key_F11,
}
# Answers come more often than the rest: a walk shall get somewhere.
_WALKS = st.lists(st.sampled_from([*_KEYS, *"11223345", "enter"]), min_size=12, max_size=30)


@dataclass
class Model:
    """The rules, written a second time: page, answers that stand, what may be taken back."""

    page: str = "welcome"
    answers: list[str] = field(default_factory=list)
    may_take_back: bool = False
    rested: set[int] = field(default_factory=set)
    replays: dict[int, int] = field(default_factory=dict)

    def press(self, key: str) -> None:
        if self.page == "question" and key in "12345":
            self.answers.append(key)
            self.may_take_back = True
            place = len(self.answers)
            rest = place < _CLIPS and place % _REST == 0 and place not in self.rested
            self.rested |= {place} if rest else set()
            self.page = "end" if place == _CLIPS else "break" if rest else "question"
        elif key == "back" and self.may_take_back and self.page in ("question", "break", "end"):
            self.answers.pop()
            self.may_take_back = False
            self.page = "question"
        elif self.page in ("welcome", "break", "paused") and key in ("enter", "space", "p"):
            self.page = "question"
        elif self.page == "question" and key in ("space", "p", "escape"):
            self.page = "paused"
        elif self.page == "question" and key == "r":
            place = len(self.answers)
            if self.replays.get(place, 0) < _REPLAYS:
                self.replays[place] = self.replays.get(place, 0) + 1


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory, quick_film: Path) -> Path:
    """The study that every walk gets a copy of."""
    folder = tmp_path_factory.mktemp("walk") / "study"
    presentation = Presentation(max_replays=_REPLAYS, speed=2.0)
    plan(folder, quick_film, Planned(clips=_CLIPS, break_every=_REST, presentation=presentation))
    return folder


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(walk=_WALKS)
def test_any_keys_leave_what_the_rules_say(template: Path, qtbot: QtBot, walk: list[str]) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        study = Path(shutil.copytree(template, Path(scratch) / "study"))
        seat, model = JudgeSeat(qtbot, study), Model()
        try:
            for key in walk:
                if model.page == "end" and key in ("enter", "space", "p"):
                    # That leads out of the window.
                    continue
                seat.press(_KEYS[key])
                seat.settled()
                model.press(key)
                assert seat.asked == (model.page == "question"), (key, model, seat.title)
        finally:
            seat.leave()
        assert ratings_of(study) == {place: int(score) for place, score in enumerate(model.answers)}
        events = events_of(study)
        replayed = {event.position: event.replays for event in events if event.act is SittingAct.ANSWERED}
        assert all(model.replays.get(place, 0) >= times for place, times in replayed.items())


def test_a_killed_sitting_goes_on_where_it_was(template: Path, qtbot: QtBot, tmp_path: Path) -> None:
    """Without a word to the program: its store is copied in every state, as a kill would leave it."""
    study = Path(shutil.copytree(template, tmp_path / "study"))
    seat = JudgeSeat(qtbot, study)
    copies: list[tuple[Path, int]] = []
    try:
        seat.begin()
        for place in range(_CLIPS):
            copies.append((Path(shutil.copytree(study, tmp_path / f"asked-{place}")), place))
            seat.answer(1 + place)
            if not seat.asked and seat.title != "Thank you":
                copies.append((Path(shutil.copytree(study, tmp_path / f"rest-{place}")), place + 1))
                seat.press(Qt.Key.Key_Return)
                seat.settled()
    finally:
        seat.leave()
    for copy, answered in copies:
        again = JudgeSeat(qtbot, copy)
        try:
            assert ratings_of(copy) == {place: 1 + place for place in range(answered)}
            again.begin()
            assert again.sitting.sitting is not None
            assert again.sitting.sitting.current is not None
            assert again.sitting.sitting.current.position == answered
            assert again.asked
        finally:
            again.leave()
