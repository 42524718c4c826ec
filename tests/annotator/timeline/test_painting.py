"""What the timeline paints, pixel by pixel."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from hrm_annotator.look.theme import apply_theme
from hrm_annotator.timeline.cell_pixels import CellPixels
from hrm_annotator.timeline.timeline import Timeline
from hrm_annotator.timeline.view import CLIPS_PX, GUTTER_PX, ROWS_TOP_PX, RULER_PX
from hrm_core.facs import ACTIONS, ALL_ACTIONS
from hrm_core.palette import CODE_COLOURS, STATE_COLOURS
from hrm_core.records.coding import ActionCode, CodingState, FrameCoding
from hrm_core.records.curve import Curve
from hrm_core.records.recording import Clip, ClipState
from tests.support.window import painted

Colour = tuple[int, int, int]
STATE_Y = RULER_PX + CLIPS_PX + 7
KEYS = ("AU1", "AU12", "AU25")


@pytest.fixture
def timeline(qtbot: QtBot) -> Iterator[Timeline]:
    made = Timeline()
    qtbot.addWidget(made)
    made.resize(1000, 300)
    made.show()
    return made


@pytest.fixture
def themes(qapp: QApplication) -> Iterator[QApplication]:
    """The program, whose theme the test may change; afterwards as it was."""
    style, palette = qapp.style().objectName(), qapp.palette()
    yield qapp
    qapp.setStyle(style)
    qapp.setPalette(palette)
    qapp.setProperty("hrm_theme", None)


def rgb(colour: str | QColor) -> Colour:
    found = QColor(colour)
    return found.red(), found.green(), found.blue()


def coded(
    frame: int,
    code: int = 1,
    state: CodingState = CodingState.CODED,
    key: str = "AU12",
    doubtful: bool = False,
) -> FrameCoding:
    codes = (ActionCode(key, code),) if code else ()
    return FrameCoding(1, 1, frame, codes, state, doubtful=doubtful)


def show(timeline: Timeline, count: int, *codings: FrameCoding, clips: tuple[Clip, ...] = ()) -> None:
    timeline.show_recording(count, ACTIONS, clips, {coding.frame: coding for coding in codings})


def row_top(timeline: Timeline, key: str) -> int:
    row = timeline._view.grid.row_of(key)
    return next(ROWS_TOP_PX + placed.top for placed in timeline._view.layout.placed() if placed.row == row)


def band(timeline: Timeline, key: str) -> NDArray[np.uint8]:
    """Pixels of a row's frames."""
    top = row_top(timeline, key)
    return painted(timeline._tracks)[top : top + timeline._view.layout.row_height - 1, GUTTER_PX:]


def colours(pixels: NDArray[np.uint8]) -> set[Colour]:
    return {tuple(pixel) for pixel in pixels.reshape(-1, 3).tolist()}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), count=st.integers(1, 200))
def test_the_middle_of_each_frame_has_the_colour_of_its_code(
    timeline: Timeline, data: st.DataObject, count: int
) -> None:
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    states = rng.choice([None, *CodingState], count)
    codes = rng.integers(0, 6, (count, len(KEYS)))
    codings = {}
    for frame, state in enumerate(states):
        present = () if state in (None, "not_codable") else zip(KEYS, codes[frame].tolist(), strict=True)
        if state is not None:
            entries = tuple(ActionCode(key, code) for key, code in present if code)
            codings[frame] = FrameCoding(1, 1, frame, entries, CodingState(state))
    timeline.show_recording(count, ACTIONS, (), codings)
    screen = painted(timeline._tracks)
    table = timeline._tracks._colours
    assert table is not None
    ground, shade = rgb(QColor(table.ground)), rgb(QColor(table.shade))
    for key in {code.action for coding in codings.values() for code in coding.codes}:
        top = row_top(timeline, key)
        for frame in range(count):
            x = int(timeline._view.x_of(frame + 0.5))
            seen = tuple(screen[top, x].tolist())
            coding = codings.get(frame)
            code = coding.code_of(key) if coding else 0
            if code:
                stripe = rgb(QColor(int(table.stripe[code << 3])))
                allowed = {rgb(CODE_COLOURS[code])}
                assert seen in (allowed | {stripe} if coding.state == "carried" else allowed)
            else:
                assert seen == (shade if coding and coding.state == "not_codable" else ground)
            if coding:
                assert tuple(screen[STATE_Y, x].tolist()) == rgb(STATE_COLOURS[coding.state])


def test_carried_codes_are_hatched_until_they_are_confirmed(timeline: Timeline) -> None:
    codings = {frame: coded(frame, 3, CodingState.CARRIED) for frame in range(10, 40)}
    timeline.show_recording(100, ACTIONS, (), codings)
    fill = rgb(CODE_COLOURS[3])
    left, right = (round(timeline._view.x_of(frame)) - GUTTER_PX for frame in (20, 40))
    hatched = colours(band(timeline, "AU12")[:, left : right - 1])
    assert fill in hatched
    assert len(hatched) > 1
    for frame in range(10, 40):
        codings[frame] = coded(frame, 3)
    timeline.update_frames(range(10, 40))
    # Only the letter R is left of what was over the fill, and it stands at the beginning.
    assert colours(band(timeline, "AU12")[:, left : right - 1]) == {fill}


def test_a_single_frame_of_two_hundred_thousand_is_seen(timeline: Timeline) -> None:
    for frame in (0, 123_457, 199_999):
        show(timeline, 200_000, coded(frame, 2), coded(1000, 0, CodingState.NOT_CODABLE))
        row = band(timeline, "AU12")[3]
        (places,) = np.nonzero((row == rgb(CODE_COLOURS[2])).all(axis=1))
        assert len(places) == 1
        assert abs(places[0] + GUTTER_PX - timeline._view.x_of(frame + 0.5)) <= 1.5
        assert rgb(STATE_COLOURS["not_codable"]) in colours(painted(timeline._tracks)[STATE_Y, GUTTER_PX:])
    timeline.zoom_to(199_990, 199_999)
    assert timeline.frames_in_view[1] == 199_999
    assert rgb(CODE_COLOURS[2]) in colours(band(timeline, "AU12"))


def test_a_recording_of_one_frame_and_one_of_none_are_painted(timeline: Timeline) -> None:
    show(timeline, 1, coded(0, 4))
    assert timeline.frames_in_view == (0, 0)
    assert rgb(CODE_COLOURS[4]) in colours(band(timeline, "AU12"))
    timeline.show_frame(0)
    timeline.zoom_in()
    timeline.zoom_out()
    painted(timeline)
    show(timeline, 0)
    timeline.show_frame(None)
    timeline.zoom_in()
    timeline.update_frames([0, 5])
    painted(timeline)


def test_an_edit_of_one_frame_or_of_thousands_shows_at_once(timeline: Timeline) -> None:
    codings: dict[int, FrameCoding] = {}
    timeline.show_recording(20_000, ACTIONS, (), codings)
    codings[700] = coded(700, 5, key="AU22")
    timeline.update_frames([700])
    timeline.zoom_to(690, 710)
    assert rgb(CODE_COLOURS[5]) in colours(band(timeline, "AU22"))
    codings.update({frame: coded(frame, 2) for frame in range(5000, 10_000)})
    timeline.update_frames(range(5000, 10_000))
    timeline.fit()
    share = (band(timeline, "AU12")[2] == rgb(CODE_COLOURS[2])).all(axis=1).mean()
    assert share == pytest.approx(0.25, abs=0.01)
    codings.clear()
    timeline.update_frames(range(20_000))
    assert timeline._view.layout.shown == ()


def test_rows_are_those_in_use_and_the_chosen_one_until_all_are_asked_for(timeline: Timeline) -> None:
    view = timeline._view
    codings = {3: coded(3), 4: coded(4, key="AU21")}
    timeline.show_recording(10, ALL_ACTIONS, (), codings)

    def names() -> list[str]:
        return [view.actions[row].key for row in view.layout.shown]

    assert names() == ["AU12", "AU21"]
    timeline.show_chosen("AU4")
    assert names() == ["AU4", "AU12", "AU21"]
    timeline.show_range(2, 5, 3, "AU9", proposed=True)
    assert names() == ["AU4", "AU9", "AU12", "AU21"]
    timeline.show_only_rows_in_use(False)
    # AU31 is neither in the study nor coded.
    assert len(names()) == 34
    assert view.layout.row_height >= 11
    timeline.show_chosen("AD37")
    top = row_top(timeline, "AD37") - ROWS_TOP_PX
    assert 0 <= top <= view.layout.area - view.layout.row_height
    assert rgb(timeline.palette().color(QPalette.ColorRole.Highlight)) in colours(
        painted(timeline)[top + ROWS_TOP_PX + 2 : top + ROWS_TOP_PX + 4, :8]
    )


def test_marks_clips_and_doubts_are_where_their_frames_are(timeline: Timeline) -> None:
    clips = (Clip(1, 1, 1, 10, 29), Clip(2, 1, 2, 50, 69, ClipState.EXCLUDED, "left the frame"))
    show(timeline, 100, coded(5), coded(80, 0, doubtful=True), clips=clips)
    view = timeline._view
    before = painted(timeline._tracks)
    line = before[RULER_PX + 3, :]
    inside = round(view.x_of(28))
    assert tuple(line[inside].tolist()) != tuple(line[round(view.x_of(40))].tolist())
    excluded = before[RULER_PX + 2 : RULER_PX + CLIPS_PX - 3, round(view.x_of(56)) : round(view.x_of(68))]
    assert len(colours(excluded)) > len(
        colours(before[RULER_PX + 2 : RULER_PX + CLIPS_PX - 3, inside - 30 : inside])
    )
    doubt = before[STATE_Y - 4 : STATE_Y + 4, round(view.x_of(80.5)) - 4 : round(view.x_of(80.5)) + 4]
    assert rgb(timeline.palette().color(QPalette.ColorRole.Text)) in colours(doubt)

    timeline.show_range(60, 69, 64, "AU12")
    marked = painted(timeline._tracks)
    (changed,) = np.nonzero((marked != before).any(axis=(0, 2)))
    assert abs(changed.min() - view.x_of(60)) <= 2
    assert abs(changed.max() - view.x_of(70)) <= 2
    timeline.show_range(60, 69, 64, "AU12", proposed=True)
    proposal = painted(timeline._tracks)
    edge = slice(round(view.x_of(70)) - 1, round(view.x_of(70)) + 1)
    assert (marked[ROWS_TOP_PX:, edge] == marked[ROWS_TOP_PX + 90, edge]).mean() > 0.9
    assert (proposal[ROWS_TOP_PX:, edge] == proposal[ROWS_TOP_PX + 90, edge]).mean() < 0.9
    # A code under the band keeps its colour: a veil would make another code of it.
    timeline.show_range(0, 20)
    assert rgb(CODE_COLOURS[1]) in colours(
        band(timeline, "AU12")[:, round(view.x_of(5.2)) - GUTTER_PX :][:, :4]
    )
    timeline.show_range(None, None)
    assert np.array_equal(painted(timeline._tracks), before)


def test_suggestions_lie_behind_what_a_human_coded(timeline: Timeline) -> None:
    show(timeline, 50, *(coded(frame) for frame in range(10, 20)))
    before = painted(timeline._tracks)
    row = [entry.key for entry in ACTIONS].index("AU12")
    probabilities = np.full((len(ACTIONS), 50), np.nan, np.float32)
    probabilities[row, 15:30] = np.linspace(0.2, 1, 15)
    timeline.show_suggestions(probabilities)
    (changed,) = np.nonzero((painted(timeline._tracks) != before).any(axis=(0, 2)))
    assert timeline._view.x_of(20) - 1 <= changed.min()
    assert abs(changed.max() + 1 - timeline._view.x_of(30)) <= 1
    timeline.show_suggestions(None)
    assert np.array_equal(painted(timeline._tracks), before)
    with pytest.raises(ValueError, match="shape"):
        timeline.show_suggestions(probabilities[:, :49])


def test_curves_keep_their_peaks_and_their_gaps(timeline: Timeline) -> None:
    count = 100_000
    show(timeline, count, coded(0))
    assert timeline._view.strip_height == 0
    values = np.zeros(count)
    values[50_000] = 8.0
    values[::7] = np.nan
    values[70_000:90_000] = np.nan
    timeline.show_curves([Curve("pitch", "°", values)])
    view = timeline._view
    assert view.strip_height > 0
    table = timeline._tracks._colours
    assert table is not None
    strip = painted(timeline._tracks)[view.strip_top :, GUTTER_PX:]
    drawn = (strip == rgb(table.curves[0])).all(axis=2)
    by_column = drawn.any(axis=0)
    at = [round(view.x_of(frame)) - GUTTER_PX for frame in (50_000, 70_000, 90_000)]
    # One frame in a hundred thousand, at the top of the strip; frames lost one by one hide nothing.
    assert drawn[:8, at[0] - 2 : at[0] + 3].any()
    assert by_column[: at[1] - 2].mean() > 0.99
    assert not by_column[at[1] + 2 : at[2] - 2].any()
    assert by_column[at[2] + 2 :].mean() > 0.99
    timeline.show_curves([Curve("roll", "°", np.full(count, np.nan)), Curve("yaw", "°", np.ones(count))])
    painted(timeline._tracks)
    with pytest.raises(ValueError, match="'short'"):
        timeline.show_curves([Curve("short", "", np.zeros(3))])
    timeline.show_curves([])
    assert view.strip_height == 0


def test_the_colours_follow_the_theme(timeline: Timeline, themes: QApplication, qtbot: QtBot) -> None:
    show(timeline, 20, coded(3))
    for theme, is_right in (("dark", lambda middle: middle < 90), ("light", lambda middle: middle > 200)):
        painted(timeline._tracks)
        apply_theme(themes, theme)
        # Qt tells the widgets of another palette by and by.
        qtbot.waitUntil(lambda right=is_right: bool(right(np.median(painted(timeline._tracks)))))
        assert rgb(CODE_COLOURS[1]) in colours(band(timeline, "AU12"))


@pytest.mark.parametrize("ratio", [1.1, 1.25, 1.5, 1.75, 2.0])
def test_cells_end_with_the_picture_at_every_width_and_scale(qtbot: QtBot, ratio: float) -> None:
    """Rounded by themselves they were one pixel too wide for some widths, and the program ended."""
    timeline = Timeline()
    qtbot.addWidget(timeline)
    timeline.show_recording(100, ACTIONS, [], {})
    view, colours = timeline._view, timeline._tracks._colours
    for width in (*range(140, 200), *range(640, 700)):
        view.place(width, 200)
        picture_width = round(width * ratio)
        assert round(GUTTER_PX * ratio) + CellPixels(view, colours, ratio, 0).width == picture_width
