"""Importances are means over permutations, and what cannot be explained is said."""

from __future__ import annotations

import numpy as np
import pytest

from hrm_core.analysis.left_out_ridge import fit_left_out
from hrm_core.analysis.rating_explanation import RatedSpan, clip_shares, explain
from hrm_core.records.analysis_results import AnalysisOptions
from hrm_core.records.coded_frames import NOT_CODABLE, AnalysedChild, CodedFrames

ACTIONS = ("AU1", "AU2", "AU12")
OPTIONS = AnalysisOptions(groups=("ASD", "TD"), replicates=200)
LENGTH = 20


def coded(codes: np.ndarray, children: int, first: int = 0) -> CodedFrames:
    """Equally many frames of one recording of each child."""
    own = len(codes) // children
    child = np.repeat(np.arange(children), own).astype(np.int32)
    n = len(codes)
    return CodedFrames(
        "Ann",
        ACTIONS,
        tuple(AnalysedChild(f"S{place}", "ASD") for place in range(children)),
        tuple((place, "play") for place in range(children)),
        child,
        child,
        np.tile(np.arange(first, first + own), children),
        np.full(n, np.nan),
        codes.astype(np.uint8),
        np.full(n, -1, dtype=np.int8),
        np.full(codes.shape, np.nan, dtype=np.float32),
    )


def study(children: int = 8, clips: int = 5, weight: float = 3.0) -> tuple[CodedFrames, list[RatedSpan]]:
    """Synthetic clips whose rating rises with AU12 alone."""
    rng = np.random.default_rng(1)
    often = rng.random((children * clips, 3))
    codes = rng.random((children * clips, LENGTH, 3)) < often[:, None]
    frames = coded(codes.reshape(-1, 3), children)
    spans = [
        RatedSpan(f"S{child}", "play", clip * LENGTH, (clip + 1) * LENGTH - 1, float(rating))
        for (child, clip), rating in zip(
            np.ndindex(children, clips),
            1 + weight * codes.mean(axis=1)[:, 2] + rng.normal(0, 0.2, children * clips),
            strict=True,
        )
    ]
    return frames, spans


def test_shares_leave_out_what_could_not_be_seen() -> None:
    codes = np.zeros((8, 3), dtype=np.uint8)
    codes[0, 0], codes[:3, 1], codes[4:8, 0] = 2, NOT_CODABLE, NOT_CODABLE
    codes[3, 1] = 1
    found = clip_shares(
        coded(codes, 2, first=10),
        [
            RatedSpan("S1", "play", 10, 13, 2.0),
            RatedSpan("S0", "play", 0, 13, 3.0),
            RatedSpan("S0", "play", 14, 20, 4.0),
            RatedSpan("S0", "other", 10, 13, 5.0),
        ],
    )
    # AU1 of S1 could not be seen at all: the mean of the others; AU2 of S0 in one frame only.
    assert found.shares.tolist() == [[0.25, 0, 0], [0.25, 1, 0]]
    assert (found.ratings.tolist(), found.children.tolist()) == ([2, 3], [1, 0])


def test_importance_is_the_mean_over_permutations() -> None:
    frames, spans = study()
    found = explain(frames, spans, "first", OPTIONS)
    clips = clip_shares(frames, spans)
    model = fit_left_out(clips.shares, clips.ratings, clips.children)
    rng = np.random.default_rng(0)
    plain = np.abs(clips.ratings - model.predicted).mean()
    assert found.mean_absolute_error.value == pytest.approx(plain)
    for place, action in enumerate(ACTIONS):
        drawn = []
        for _ in range(4000):
            moved = rng.permutation(clips.shares[:, place]) - clips.shares[:, place]
            said = model.predicted + model.slopes[:, place] * moved
            drawn.append(np.abs(clips.ratings - said).mean() - plain)
        (own,) = [each for each in found.actions if each.action == action]
        assert own.importance.value == pytest.approx(np.mean(drawn), abs=4 * np.std(drawn) / 4000**0.5)


def test_the_action_that_makes_the_rating_comes_first() -> None:
    found = explain(*study(), "first", OPTIONS)
    first, *others = found.actions
    assert (found.clips, found.children, first.action) == (40, 8, "AU12")
    assert first.importance.low is not None
    assert first.importance.low > 0.1
    assert all(abs(each.importance.value or 0) < 0.05 for each in others)
    assert (found.r2 or 0) > 0.8
    assert (found.mean_absolute_error.value or 9) < (found.baseline_error.value or 0) / 2
    assert "no better" not in found.note


def test_ratings_that_have_nothing_to_do_with_actions_are_not_explained() -> None:
    frames, spans = study(weight=0.0)
    found = explain(frames, spans, "first", OPTIONS)
    assert (found.r2 or 0) < 0.1
    if (found.mean_absolute_error.value or 0) >= (found.baseline_error.value or 0):
        assert "no better" in found.note


def test_the_same_seed_gives_the_same_intervals() -> None:
    frames, spans = study()
    assert explain(frames, spans, "first", OPTIONS) == explain(frames, spans, "first", OPTIONS)


def test_clips_without_frames_are_counted() -> None:
    frames, spans = study()
    found = explain(frames, [*spans, RatedSpan("S0", "gone", 0, 5, 2.0)], "first", OPTIONS)
    assert found.clips == 40
    assert "1 of 41 rated clips" in found.note


@pytest.mark.parametrize(
    ("children", "change", "why"),
    [
        (2, lambda codes, rating: (codes, rating), "fewer than 3 children"),
        (4, lambda codes, rating: (codes, 2.0), "the same mean rating"),
        (4, lambda codes, rating: (codes * 0, rating), "as frequent in all"),
    ],
)
def test_why_there_is_nothing(children: int, change: object, why: str) -> None:
    codes = np.arange(children * 4 * 3).reshape(-1, 3) % 2
    spans = [
        RatedSpan(f"S{child}", "play", 0, child, change(codes, 1.0 + child)[1])  # type: ignore[operator]
        for child in range(children)
    ]
    frames = coded(change(codes, 0.0)[0], children)  # type: ignore[operator]
    found = explain(frames, spans, "first", OPTIONS)
    assert why in found.why
    assert not found.actions
