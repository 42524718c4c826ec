"""What is painted comes from arrays: they must say what the codings say, at every zoom level."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hrm_annotator.timeline.code_grid import CARRIED, DOUBTFUL, UNCODED, CodeGrid, Run, cell_byte
from hrm_annotator.timeline.frame_scale import FrameScale
from hrm_annotator.timeline.mip_levels import MipLevels
from hrm_core.facs import ALL_ACTIONS
from hrm_core.records.coding import ActionCode, CodingState, FrameCoding
from tests.support.builders import codings

KEYS = [entry.key for entry in ALL_ACTIONS]


@st.composite
def recordings(draw: st.DrawFn) -> tuple[int, dict[int, FrameCoding]]:
    """Frames of a recording, and codings of some; a few lie behind its end."""
    count = draw(st.integers(1, 40))
    frames = draw(st.sets(st.integers(0, count + 2), max_size=20))
    return count, {frame: draw(codings(frame=frame)) for frame in sorted(frames)}


def expected(coding: FrameCoding | None) -> list[int]:
    if coding is None:
        return [0] * len(KEYS)
    letters = {code.action: code.intensity for code in coding.codes}
    doubted = {code.action for code in coding.codes if code.doubtful}
    carried = coding.state is CodingState.CARRIED
    return [
        cell_byte(coding.code_of(key), letters.get(key), carried=carried, doubtful=key in doubted)
        for key in KEYS
    ]


@settings(max_examples=30, deadline=None)
@given(recordings(), recordings())
def test_cells_are_those_of_the_codings_also_after_an_edit(
    first: tuple[int, dict[int, FrameCoding]], second: tuple[int, dict[int, FrameCoding]]
) -> None:
    count, live = first
    grid = CodeGrid(KEYS, count, live)
    for known in ({}, second[1]):
        for frame in known:
            live[frame] = known[frame]
        for frame in list(live)[::3] if known else ():
            del live[frame]
        grid.update(range(count), live)
        assert grid.cells.finest.T.tolist() == [expected(live.get(frame)) for frame in range(count)]
        fresh = CodeGrid(KEYS, count, live)
        # Each level, not only the finest: an edit must not leave a stale one behind.
        for kept, made in ((grid.cells, fresh.cells), (grid.states, fresh.states)):
            assert all(np.array_equal(a, b) for a, b in zip(kept._levels, made._levels, strict=True))
    used = {code.action for frame, coding in live.items() if frame < count for code in coding.codes}
    assert {KEYS[row] for row in grid.rows_in_use()} == used


@settings(max_examples=80, deadline=None)
@given(
    st.integers(1, 3000),
    st.integers(1, 400),
    st.floats(0, 1),
    st.floats(0, 1),
    st.integers(0, 2**32 - 1),
)
def test_no_event_is_lost_and_none_invented_at_any_zoom(
    frames: int, width: int, zoom: float, place: float, seed: int
) -> None:
    values = (np.random.default_rng(seed).random((2, frames)) < 0.02).astype(np.uint8) * 7
    levels = MipLevels(2, frames, np.maximum)
    levels.finest[:] = values
    levels.refresh(0, frames - 1)
    fit = width / frames
    step = fit * (48 / fit) ** zoom if fit < 48 else fit
    span = width / step
    first = place * max(frames - span, 0)
    seen = levels.columns(np.arange(2), first, step, width)
    assert seen.shape == (2, width)
    centres = (np.arange(frames) + 0.5 - first) * step
    for row in range(2):
        lit = np.flatnonzero(seen[row]) + 0.5
        events = np.flatnonzero(values[row])
        tolerance = max(step / 2, 1) + 1
        for event in events:
            if tolerance < centres[event] < width - tolerance:
                assert np.abs(lit - centres[event]).min(initial=np.inf) <= tolerance
        for x in lit:
            assert np.abs(centres[events] - x).min(initial=np.inf) <= tolerance


def test_runs_end_where_the_code_changes_and_not_where_the_intensity_does() -> None:
    made = {
        frame: FrameCoding(1, 1, frame, (ActionCode("AU12", 1 if frame < 6 else 2, "AB"[frame % 2]),))
        for frame in range(3, 9)
    }
    grid = CodeGrid(KEYS, 20, made)
    row = grid.row_of("AU12")
    assert row is not None
    assert grid.run_at(row, 4) == Run("AU12", 3, 5, 1)
    assert grid.run_at(row, 8) == Run("AU12", 6, 8, 2)
    assert grid.run_at(row, 2) is None
    assert grid.run_at(row, 20) is None
    assert grid.row_of("AU99") is None


def test_states_of_frames_are_kept_apart_from_their_codes() -> None:
    made = {1: FrameCoding(1, 1, 1, (), CodingState.CARRIED, doubtful=True)}
    assert CodeGrid(KEYS, 3, made).states.finest.tolist() == [[UNCODED, CARRIED | DOUBTFUL, UNCODED]]


@pytest.mark.parametrize("count", [1, 7, 630, 131_758])
def test_the_scale_never_leaves_the_recording_and_zooms_about_the_pointer(count: int) -> None:
    scale = FrameScale()
    scale.show_count(count)
    scale.show_width(1000)
    assert (scale.frame_at(0), scale.frame_in_view(1000)) == (0, count - 1)
    rng = np.random.default_rng(0)
    for _ in range(200):
        x = float(rng.uniform(0, 1000))
        before = scale.first + x / scale.step
        scale.zoom(float(rng.uniform(0.5, 2)), x)
        assert scale.first >= 0
        assert scale.first + scale.span <= count + 1e-6
        free = 0 < scale.first < count - scale.span
        assert not free or scale.first + x / scale.step == pytest.approx(before)
        scale.pan(float(rng.normal(0, 400)))
        named, marked = scale.ticks()
        # A name that reaches into view is kept when its tick is just out of it.
        assert {frame for frame in named if frame >= scale.first} <= set(marked)
        assert all(0 <= frame < count for frame in marked)
        assert len(named) <= 1000 / 64 + 2


def test_pages_turn_only_when_the_frame_would_leave_the_view() -> None:
    scale = FrameScale()
    scale.show_count(1000)
    scale.show_width(100)
    scale.zoom(10, 0)
    moves = [scale.page_to(frame) for frame in range(1000)]
    assert 9 <= sum(moves) <= 13
    assert all(scale.page_to(frame) is False for frame in (999, 950))
    assert scale.page_to(0)
    assert scale.first == 0
