"""Eyes that are not known to be covered are never let through."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from hrm_core.faces.align import five_point_template
from hrm_core.faces.eye_cover import LEAST_SCORE, EyeCover, cover_eyes, locate_eyes
from hrm_core.faces.eye_mask import MaskStyle
from hrm_core.records.face import Face, FrameFaces

SIZE = 400


def face(x: float, y: float, score: float = 0.9, *, five: bool = True, scale: float = 0.5) -> Face:
    """A synthetic face of 56 pixels whose left top corner is at (x, y)."""
    points = five_point_template(112) * scale + (x, y)
    return Face(np.array([x, y, x + 112 * scale, y + 112 * scale]), score, points if five else None)


places = st.tuples(st.floats(0, SIZE - 60), st.floats(0, SIZE - 60))
scores = st.one_of(st.floats(0, 1), st.just(float("nan")))


@st.composite
def recordings(draw: st.DrawFn) -> list[FrameFaces]:
    """Frames, some left out, with faces of any trust; the child may be none of them."""
    numbers = sorted(draw(st.sets(st.integers(0, 12), max_size=8)))
    frames = []
    for number in numbers:
        found = draw(st.lists(st.tuples(places, scores, st.booleans()), max_size=3))
        faces = tuple(face(*at, score, five=five) for at, score, five in found)
        target = draw(st.sampled_from([None, *range(len(faces))]))
        frames.append(FrameFaces(number, number / 25, faces, target))
    return frames


bands = places.map(
    lambda at: np.array([at, (at[0] + 40, at[1]), (at[0] + 40, at[1] + 20), (at[0], at[1] + 20)])
)
marks = st.dictionaries(st.integers(0, 12), st.one_of(st.none(), bands), max_size=5)


def is_trusted(entry: FrameFaces) -> bool:
    child = entry.child
    return child is not None and child.score >= LEAST_SCORE and child.five is not None


@given(recordings(), marks)
def test_without_a_trusted_face_of_the_child_only_a_mark_locates(
    frames: list[FrameFaces], marked: dict[int, NDArray[np.float64] | None]
) -> None:
    covers = locate_eyes(frames, marked)
    trusted = {entry.frame for entry in frames if is_trusted(entry)}
    located = {frame for frame, cover in covers.items() if cover.located}
    assert located <= trusted | marked.keys()
    assert marked.keys() <= located
    # What is withheld says why.
    assert all(cover.problem for frame, cover in covers.items() if frame not in located)


@given(recordings(), marks)
def test_a_mark_always_wins(frames: list[FrameFaces], marked: dict[int, NDArray[np.float64] | None]) -> None:
    covers = locate_eyes(frames, marked)
    for frame, band in marked.items():
        assert covers[frame].located
        if band is not None:
            assert np.array_equal(covers[frame].bands[0], band)


@given(recordings(), marks, st.sampled_from([MaskStyle.GREY_GREEN, MaskStyle.BLACK]))
def test_eyes_of_others_are_covered_in_every_frame_that_is_shown(
    frames: list[FrameFaces], marked: dict[int, NDArray[np.float64] | None], style: MaskStyle
) -> None:
    covers = locate_eyes(frames, marked)
    white = np.full((SIZE, SIZE, 3), 255, np.uint8)
    for entry in frames:
        if not covers[entry.frame].located:
            continue
        masked = cover_eyes(white, covers[entry.frame], style)
        for place, other in enumerate(entry.faces):
            if place == entry.target and entry.frame in marked:
                continue
            # Where the template has its eyes, whether or not the detector gave the points.
            for x, y in (five_point_template(112) * 0.5 + other.box[:2])[:2]:
                assert masked[int(y), int(x)].max() < 255
    assert (white == 255).all()


def still(count: int, *, score: float = 0.9) -> list[FrameFaces]:
    return [FrameFaces(n, n / 25, (face(100 + n, 100, score),), 0) for n in range(count)]


@given(st.integers(1, 8), st.floats(40, 200), st.floats(0, 2 * np.pi))
def test_an_outlier_of_one_frame_is_found(at: int, far: float, where: float) -> None:
    frames = still(10)
    away = face(100 + at + far * np.cos(where), 100 + far * np.sin(where))
    frames[at] = FrameFaces(at, at / 25, (away,), 0)
    covers = locate_eyes(frames)
    assert not covers[at].located
    assert "elsewhere" in covers[at].problem
    # Its neighbours are not blamed for it.
    assert all(cover.located for frame, cover in covers.items() if frame != at)


def test_a_head_that_moves_is_no_outlier() -> None:
    frames = [FrameFaces(n, n / 25, (face(10 + 15 * n, 100),), 0) for n in range(12)]
    assert all(cover.located for cover in locate_eyes(frames).values())


@pytest.mark.parametrize("score", [0.0, LEAST_SCORE - 1e-6, float("nan")])
@pytest.mark.parametrize("eyes", [None, np.full((4, 2), np.nan)])
def test_a_face_without_trust_locates_nothing(score: float, eyes: NDArray[np.float64] | None) -> None:
    sure = face(10, 10)
    doubtful = Face(sure.box, score, sure.five, eyes=eyes)
    assert not locate_eyes([FrameFaces(0, 0.0, (doubtful,), 0)])[0].located


def test_a_tracked_band_is_covered_as_it_is_while_the_track_is_sure() -> None:
    band = np.array([[10.0, 10], [50, 10], [50, 30], [10, 30]])
    (cover,) = locate_eyes([FrameFaces(0, 0.0, (Face(np.zeros(4), LEAST_SCORE, eyes=band),), 0)]).values()
    assert cover.located
    assert np.array_equal(cover.bands[0], band)
    doubtful = Face(np.zeros(4), LEAST_SCORE - 1e-6, eyes=band)
    assert not locate_eyes([FrameFaces(0, 0.0, (doubtful,), 0)])[0].located


def test_another_face_that_is_nowhere_withholds_the_frame() -> None:
    lost = Face(np.full(4, np.nan), 0.9)
    (cover,) = locate_eyes([FrameFaces(0, 0.0, (face(10, 10), lost), 0)]).values()
    assert not cover.located


@pytest.mark.parametrize("band", [None, np.array([[300.0, 300], [340, 300], [340, 320], [300, 320]])])
def test_whom_the_detector_took_for_the_child_is_covered_beside_a_mark(
    band: NDArray[np.float64] | None,
) -> None:
    mother = face(20, 20)
    (cover,) = locate_eyes([FrameFaces(0, 0.0, (mother,), 0)], {0: band}).values()
    masked = cover_eyes(np.full((SIZE, SIZE, 3), 255, np.uint8), cover)
    assert mother.five is not None
    for x, y in mother.five[:2]:
        assert masked[int(y), int(x)].max() < 255
    if band is not None:
        assert masked[310, 320].max() < 255


def test_what_is_not_located_cannot_be_covered() -> None:
    with pytest.raises(ValueError, match="not located: why"):
        cover_eyes(np.zeros((5, 5, 3), np.uint8), EyeCover((), "why"))


@pytest.mark.parametrize("far", [1e7, 3e9, np.inf])
def test_points_far_outside_cover_nothing_and_are_not_believed(far: float) -> None:
    points = np.zeros((68, 3))
    points[36] = far
    five = np.array([[40, 40], [60, 40], [50, 50], [42, 60], [58, 60]], float)
    face = Face(np.array([20, 20, 80, 80], float), 0.9, five, points_3d=points)
    assert not locate_eyes([FrameFaces(0, 0.0, (face,), 0)])[0].located


@pytest.mark.parametrize(("shift", "located"), [(0.0, True), (4.0, True), (60.0, False), (np.nan, False)])
def test_eyes_that_two_networks_see_in_different_places_are_not_located(shift: float, located: bool) -> None:
    sure = face(100, 100)
    points = np.zeros((68, 3))
    points[36:42, :2], points[42:48, :2] = sure.five[0] + shift, sure.five[1] + shift
    seen = replace(sure, points_3d=points)
    assert locate_eyes([FrameFaces(0, 0.0, (seen,), 0)])[0].located == located


@pytest.mark.parametrize("score", [0.5, LEAST_SCORE - 1e-6, float("nan")])
def test_of_somebody_else_who_may_be_upside_down_the_whole_face_is_covered(score: float) -> None:
    child, other = face(10, 10), face(200, 100, score)
    cover = locate_eyes([FrameFaces(0, 0.0, (child, other), 0)])[0]
    assert cover.located
    picture = np.full((300, 400, 3), 255, dtype=np.uint8)
    left, top, right, bottom = other.box.astype(int)
    assert not (cover_eyes(picture, cover)[top:bottom, left:right] == 255).all(axis=2).any()
