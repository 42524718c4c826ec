"""What moved a network's rating: drawn where its frames are, and only for who may know of ratings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from hrm_annotator.actions.ids import ActionId
from hrm_annotator.look.theme import apply_theme
from hrm_annotator.timeline.attribution_strip import AttributionStrip
from hrm_annotator.timeline.view import GUTTER_PX
from hrm_core.records.attributions import ClipAttribution
from hrm_core.records.people import Role
from hrm_core.records.rating_plan import PlannedJudge
from hrm_core.records.shown_codings import Concealment
from hrm_core.workflows.add_participant import add_rater
from hrm_core.workflows.plan_rating import SessionChoice, plan_session
from hrm_core.workflows.project import open_project
from tests.support.window import CODER, Seat, painted

LEADER = "Leader"
ACTIONS = ("AU1", "AU4", "AU12")


def explained() -> tuple[ClipAttribution, ...]:
    """Frames 10-39: AU12 raises in 20, AU4 lowers in 30, half as much; AU1 moves nothing.

    Frame 39 was not shown to the network; a second network explains the same clip.
    """
    values = np.zeros((30, 3), np.float32)
    values[10, 2], values[20, 1] = 0.5, -0.25
    values[29] = np.nan
    place = ("7", "play-7", 10, 39)
    return (
        ClipAttribution(*place, "gru", 3.25, 3.0, ACTIONS, values),
        ClipAttribution(*place, "bilstm", 2.0, 1.0, ACTIONS, np.ones_like(values)),
    )


@pytest.fixture
def seen(study: Path) -> Path:
    """The study; its leader is not blind."""
    with open_project(study) as project:
        add_rater(project, LEADER, blind=False)
    return study


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of recordings that were asked about; only participant 7 has explained clips."""
    names: list[str] = []

    def find(_: object, recording: object) -> tuple[ClipAttribution, ...]:
        names.append(recording.name)
        return explained() if recording.name == "play-7" else ()

    monkeypatch.setattr("hrm_core.workflows.clip_attributions.clip_attributions", find)
    return names


def strip_of(seat: Seat) -> AttributionStrip:
    """The strip under the timeline."""
    timeline = seat.window.timeline.timeline
    assert timeline is not None
    return timeline.findChild(AttributionStrip)


def switch_on(seat: Seat) -> AttributionStrip:
    """The strip, after it was asked for."""
    strip = strip_of(seat)
    seat.window.actions_by_id[ActionId.SHOW_ATTRIBUTIONS].trigger()
    seat.wait(strip.isVisible)
    return strip


def coloured(strip: AttributionStrip, seat: Seat, row: int) -> dict[int, tuple[int, int]]:
    """By frame: pixels of strong colour that raise and that lower in a row."""
    picture = painted(strip).astype(int)
    # Above the line orange, below it blue: which kind of colour is where is part of it.
    above_line = picture[..., 0] - picture[..., 2] > 90
    below_line = picture[..., 2] - picture[..., 0] > 90
    top = 16 + 15 * row
    scale = seat.window.timeline.timeline._view.scale
    found = {}
    for frame in range(seat.session.frame_count):
        x = GUTTER_PX + int(scale.x_of(frame + 0.5))
        if not GUTTER_PX <= x < strip.width():
            continue
        above, below = above_line[top : top + 15, x], below_line[top : top + 15, x]
        if above.any() or below.any():
            found[frame] = (int(above.sum()), int(below.sum()))
    return found


def heights(strip: AttributionStrip, seat: Seat, frame: int, row: int) -> tuple[bool, bool]:
    """Whether there is a bar above the line of a row, and below it."""
    picture = painted(strip).astype(int)
    strong = picture.max(axis=2) - picture.min(axis=2) > 90
    timeline = seat.window.timeline.timeline
    assert timeline is not None
    x, top = GUTTER_PX + int(timeline._view.scale.x_of(frame + 0.5)), 16 + 15 * row
    return bool(strong[top : top + 6, x].any()), bool(strong[top + 9 : top + 15, x].any())


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_bars_stand_where_their_frames_are(
    new_seat: Callable[..., Seat], seen: Path, asked: list[str], qapp: QApplication, theme: str
) -> None:
    style, palette = qapp.style().objectName(), qapp.palette()
    apply_theme(qapp, theme)
    seat = new_seat(LEADER)
    seat.open(seen)
    strip = strip_of(seat)
    assert not strip.isVisible()
    assert asked == [], "nothing is read before somebody asks"
    switch_on(seat)
    assert strip.rows == ("AU12", "AU4"), "what moved most stands above; what moved nothing has no row"
    seat.go_to(50)
    up, down = coloured(strip, seat, 0), coloured(strip, seat, 1)
    assert set(up) == {20}
    assert set(down) == {30}
    assert up[20][1] == 0 < up[20][0], "it raises"
    assert down[30][0] == 0 < down[30][1], "it lowers"
    assert heights(strip, seat, 20, 0) == (True, False), "above the line"
    assert heights(strip, seat, 30, 1) == (False, True), "below it: not told by colour alone"
    assert up[20][0] > down[30][1], "all rows have one scale"
    # The bars go where the timeline goes.
    seat.window.timeline.zoom_to(15, 25)
    assert set(coloured(strip, seat, 0)) == {20}
    seat.leave()
    qapp.setStyle(style)
    qapp.setPalette(palette)
    qapp.setProperty("hrm_theme", None)


def test_words_say_what_bars_show(new_seat: Callable[..., Seat], seen: Path, asked: list[str]) -> None:
    seat = new_seat(LEADER)
    seat.open(seen)
    strip = switch_on(seat)
    seat.go_to(20)
    rating = "GRU rates this clip 3.25, without any action 3.00."
    assert strip.spoken_value() == f"{rating} This frame: AU12 +0.500"
    seat.go_to(30)
    assert strip.spoken_value() == f"{rating} This frame: AU4 −0.250"
    assert strip.words(11) == f"{rating} Nothing in this frame moved it."
    assert strip.words(39) == f"{rating} It was not shown this frame."
    assert strip.words(50) == "No rating of this frame's clip was explained."
    x = GUTTER_PX + int(seat.window.timeline.timeline._view.scale.x_of(20.5))
    QTest.mouseClick(strip, Qt.MouseButton.LeftButton, pos=QPoint(x, 25))
    seat.wait_frame(20)
    seat.open_recording(1)
    seat.wait(lambda: asked[-1] == "play-8" and strip.isVisible())
    assert strip.spoken_value() == "No network's ratings of this recording were explained yet."
    seat.window.actions_by_id[ActionId.SHOW_ATTRIBUTIONS].trigger()
    assert not strip.isVisible()


@pytest.mark.parametrize(
    ("name", "role", "blind"),
    [(CODER, Role.CODER, True), ("Jo", Role.JUDGE, False), ("Ada", Role.ADJUDICATOR, True)],
)
def test_judges_and_blind_people_are_refused(
    new_seat: Callable[..., Seat], seen: Path, asked: list[str], name: str, role: Role, blind: bool
) -> None:
    with open_project(seen) as project:
        add_rater(project, name, role, blind=blind)
    seat = new_seat(name)
    seat.open(seen)
    switch = seat.window.actions_by_id[ActionId.SHOW_ATTRIBUTIONS]
    switch.trigger()
    seat.wait(lambda: f"is kept from {name}" in seat.message)
    assert not switch.isChecked()
    assert not strip_of(seat).isVisible()
    assert asked == []


def test_a_blind_coordinator_may_know_of_ratings(
    new_seat: Callable[..., Seat], seen: Path, asked: list[str]
) -> None:
    with open_project(seen) as project:
        add_rater(project, "Kim", Role.COORDINATOR)
    seat = new_seat("Kim")
    seat.open(seen)
    switch_on(seat)
    assert asked == ["play-7"]


def test_who_still_rates_is_refused(new_seat: Callable[..., Seat], seen: Path, asked: list[str]) -> None:
    with open_project(seen) as project:
        judges = (PlannedJudge(LEADER, blind=False, why_not_blind="leads the study"),)
        plan_session(project, SessionChoice("Wave", judges, allow_withheld=True, seed=1), by=LEADER)
    seat = new_seat(LEADER)
    seat.open(seen)
    seat.window.actions_by_id[ActionId.SHOW_ATTRIBUTIONS].trigger()
    seat.wait(lambda: "You have not answered everything in “Wave”" in seat.message)
    assert asked == []


def test_it_goes_with_hidden_codes_and_with_the_person(
    new_seat: Callable[..., Seat], seen: Path, asked: list[str]
) -> None:
    seat = new_seat(LEADER)
    seat.open(seen)
    strip = switch_on(seat)
    switch = seat.window.actions_by_id[ActionId.SHOW_ATTRIBUTIONS]
    seat.session.conceal(Concealment(10, 39, frozenset({"AU12"})))
    assert not strip.isVisible()
    assert not switch.isChecked()
    switch.trigger()
    assert "Hidden as long as the codes are." in seat.message
    assert not switch.isChecked()
    seat.session.conceal(None)
    switch_on(seat)
    seat.program.study.open_project(seen, CODER)
    seat.wait(lambda: seat.session.rater is not None and seat.session.rater.name == CODER)
    assert not switch.isChecked()
    seat.wait(lambda: seat.session.frame is not None)
    assert not strip.isVisible()
