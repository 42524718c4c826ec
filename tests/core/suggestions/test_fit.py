"""What is fitted to two made-up children must hold for four others, whose truth is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from unittest.mock import patch

import numpy as np
import pytest

from hrm_core.facs import Code
from hrm_core.stats.detection import calibration_error, calibration_sums
from hrm_core.suggestions import quality
from hrm_core.suggestions.boundaries import boundary_counts, sequences
from hrm_core.suggestions.calibration import sigmoid
from hrm_core.suggestions.fit import Coded, fit, is_enough
from hrm_core.suggestions.fitted import Fitted, as_detail, read_detail, unfitted
from hrm_core.suggestions.propose import Proposed, propose
from hrm_core.suggestions.thresholds import method_named
from tests.support.said_study import COLUMNS, KEYS, in_clips, planned, said_of

NOBODY = dict.fromkeys(KEYS, 0.5)


def coded(children: Sequence[int], noise: float = 1.8, most: int | None = 150) -> Coded:
    """Frames of the clips of these children, as if all were coded."""
    plan = planned()
    said = said_of(plan, noise=noise)
    rows = [in_clips(plan[child]) for child in children]
    child = np.concatenate([np.full(len(each), number) for number, each in zip(children, rows, strict=True)])
    frames = np.concatenate(rows)
    return Coded(
        KEYS,
        np.concatenate([said[number][each] for number, each in zip(children, rows, strict=True)]),
        np.concatenate(
            [plan[number].truth[each][:, COLUMNS] for number, each in zip(children, rows, strict=True)]
        ),
        sequences(frames, child, most=most),
        child,
        np.ones(len(KEYS), dtype=bool),
    )


def proposed(fitted: Fitted, of: Coded) -> Proposed:
    return propose(fitted, np.arange(len(of.codes)), of.spans, of.probabilities)


def wrong(fitted: Fitted, of: Coded) -> int:
    true, exact, extra = boundary_counts(proposed(fitted, of).codes > 0, of.truth, of.spans).sum(axis=0)
    return int(true - exact + extra)


@pytest.fixture(scope="module")
def fitted() -> Fitted:
    return fit(coded([0, 1]))


def test_other_children_need_less_than_half_of_the_corrections(fitted: Fitted) -> None:
    others = coded([2, 3, 4, 5], most=None)
    card = unfitted(KEYS, NOBODY, 3.0)
    assert wrong(fitted, others) < 0.5 * wrong(card, others)


def test_probabilities_are_right_as_often_as_they_say(fitted: Fitted) -> None:
    others = coded([2, 3, 4, 5], most=None)
    said = proposed(fitted, others).probabilities
    truth, everywhere = others.truth, np.ones_like(others.truth)
    assert ((said - others.truth) ** 2).mean() < 0.5 * ((others.probabilities - others.truth) ** 2).mean()
    before, after = (
        # All actions in one column: what a coder sees are percentages of all of them.
        calibration_error(
            calibration_sums(*(values.reshape(-1, 1) for values in table), np.zeros(truth.size))
        )
        for table in ((truth, others.probabilities, everywhere), (truth, said, everywhere))
    )
    assert after.mean() < 0.25 * before.mean()


def test_onsets_and_offsets_are_right_as_often_as_they_say(fitted: Fitted) -> None:
    others = coded([2, 3, 4, 5], most=None)
    truth = others.truth
    sure, right = [], []
    edges = {span.start for span in others.spans} | {span.stop for span in others.spans}
    for run in proposed(fitted, others).runs:
        column = KEYS.index(run.action)
        for place, sign, confidence in (
            (run.first, 1, run.onset_confidence),
            (run.last + 1, -1, run.offset_confidence),
        ):
            if not edges.isdisjoint(range(place - 1, place + 3)):
                continue
            near = np.diff(truth[place - 2 : place + 2, column].astype(int))
            sure.append(confidence)
            right.append(bool((near == sign).any()))
    sure, right = np.array(sure), np.array(right)
    # Two children are few: what was held out of them was fitted to less, and is believed less.
    assert sure.mean() == pytest.approx(right.mean(), abs=0.12)
    doubtful = sure < np.quantile(sure, 0.2)
    assert right[doubtful].mean() < right[~doubtful].mean() - 0.1


def test_the_same_codes_give_the_same_fit(fitted: Fitted) -> None:
    assert as_detail(fit(coded([0, 1]))) == as_detail(fitted)


def test_a_fit_is_the_same_after_it_was_kept(fitted: Fitted) -> None:
    others = coded([4], most=None)
    kept = read_detail(as_detail(fitted), 1)
    assert np.array_equal(proposed(kept, others).codes, proposed(fitted, others).codes)
    assert proposed(kept, others).probabilities == pytest.approx(
        proposed(fitted, others).probabilities, abs=1e-3
    )


def test_actions_that_were_never_seen_or_coded_take_what_holds_for_all() -> None:
    some = coded([0, 1])
    hidden = KEYS.index("AU4")
    codes = some.codes.copy()
    codes[:, hidden] = 0
    known = np.ones(len(KEYS), dtype=bool)
    known[hidden] = False
    found = fit(Coded(KEYS, some.probabilities, codes, some.spans, some.child, known))
    never = [place for place in range(len(KEYS)) if not codes[:, place].any()]
    assert len(never) > 1
    assert len({tuple(found.lines[place].tolist()) for place in never}) == 1
    # Coded as absent throughout, they begin as often as others do, elsewhere.
    assert set(found.switch[never].tolist()) == {found.switch[hidden]}
    others = coded([2, 3, 4, 5], most=None)
    assert (proposed(found, others).codes[:, hidden] > 0).any(), "it is not silenced"


def test_a_detector_without_noise_is_left_alone() -> None:
    clean = fit(coded([0, 1], noise=0.0))
    others = coded([2, 3], noise=0.0, most=None)
    card = unfitted(KEYS, NOBODY, 3.0)
    alone = replace(card, methods=(method_named("none"),) * len(KEYS))
    assert wrong(clean, others) < wrong(alone, others) < wrong(card, others)


def test_quality_is_measured_on_children_of_whom_nothing_was_fitted() -> None:
    some = coded([0, 1, 2])
    fits = list[Coded]()

    def noted(of: Coded) -> Fitted:
        fits.append(of)
        return fit(of)

    asked = list[np.ndarray]()

    def proposing(how: Fitted, frames: np.ndarray, spans: object, said: np.ndarray) -> Proposed:
        asked.append(said)
        return propose(how, frames, spans, said)  # type: ignore[arg-type]

    with patch.object(quality, "fit", noted), patch.object(quality, "propose", proposing):
        found = quality.measure(some, NOBODY)
    assert found is not None
    assert [of.children() for of in fits] == [[1, 2], [0, 2], [0, 1]]
    for out, (card, fitted_) in enumerate(zip(asked[::2], asked[1::2], strict=True)):
        assert np.array_equal(card, fitted_)
        assert np.array_equal(card, some.probabilities[some.child == out])
    assert (found.children, found.frames) == (3, len(some.codes))
    true = int(boundary_counts(some.truth, some.truth, some.spans)[:, 0].sum())
    for tally in (found.before, found.after):
        assert tally.exact + tally.missed == true
    assert found.after.missed + found.after.extra < found.before.missed + found.before.extra
    assert found.after.brier < found.before.brier


def test_nothing_is_said_of_quality_where_there_is_one_child() -> None:
    assert quality.measure(coded([0]), NOBODY) is None


def test_too_little_is_too_little() -> None:
    some = coded([0, 1])
    assert is_enough(some)
    assert not is_enough(some.only([0]))
    assert not is_enough(Coded(KEYS, some.probabilities, some.codes * 0, some.spans, some.child, some.known))


def test_sides_are_hinted_at_where_halves_tell_them() -> None:
    some, others = coded([0, 1]), coded([2, 3, 4, 5], most=None)

    def halves(of: Coded) -> tuple[np.ndarray, np.ndarray]:
        # A half in which the action is not looks like a face without it.
        random = np.random.default_rng(2)
        left, right = (
            sigmoid(np.where(of.truth & (of.codes != other), 3.0, -3.0) + random.normal(0, 1, of.codes.shape))
            for other in (Code.RIGHT, Code.LEFT)
        )
        return left, right

    left, right = halves(some)
    fitted = fit(Coded(KEYS, some.probabilities, some.codes, some.spans, some.child, some.known, left, right))
    assert fitted.side_margin is not None
    found = propose(fitted, np.arange(len(others.codes)), others.spans, others.probabilities, *halves(others))
    both = (found.codes > 0) & (others.codes > 0) & (others.codes <= Code.RIGHT)
    assert (found.codes[both] == others.codes[both]).mean() > 0.97
    assert {run.code for run in found.runs if run.is_hint} == {Code.LEFT, Code.RIGHT}
    assert {run.code for run in found.runs if not run.is_hint} == {Code.BOTH}
